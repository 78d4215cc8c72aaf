//! Proposals: two people, and what neither of them can do alone.

use super::check;
use super::script::{Script, action_of};
use crate::command::Action;
use crate::proposal::{ProposalEvent, ProposalStage};

/// Two people of the platform, and a receipt that waits for them.
const BEFORE: &str = "
    alice customer               | accepted
    ann  key platform            | accepted
    ben  key platform            | accepted
    a  as bank receive r1 7      | accepted
";

fn after_that(lines: &str) {
    check(&format!("{BEFORE}{lines}"));
}

#[test]
fn one_person_proposes_and_another_approves_and_then_it_is_done() {
    after_that(
        "
        p  propose ann resolve a credit alice  | accepted
           show p                              | open
           show a                              | open in
           show suspense                       | 7.00
           show alice                          | 0.00
        -  check p ann approve                 | same_person
        -  check p ann refuse                  | same_person
        -  check p ben withdraw                | not_allowed
           show alice                          | 0.00
        q  check p ben approve                 | accepted
           show p                              | approved
           show a                              | credited in
           show alice                          | 7.00
           show suspense                       | 0.00
        q  check p ben approve                 | accepted
           show alice                          | 7.00
        -  check p ben approve                 | proposal_decided
        -  check p ben refuse                  | proposal_decided
        -  check p ann withdraw                | proposal_decided
           show alice                          | 7.00
        ",
    );
}

#[test]
fn nobody_does_alone_what_needs_two() {
    after_that(
        "
        t  topup alice 5                       | accepted
        w  both receive r0 1                   | accepted
        -  bank t send                         | accepted
        -  bank t investigate                  | accepted
        -  resolve a credit alice              | needs_approval
        -  resolve a match t                   | needs_approval
        -  resolve a writeoff                  | needs_approval
        -  as bank resolve a credit alice      | needs_approval
        -  as bank resolve a writeoff          | needs_approval
        -  as clock resolve a match t          | needs_approval
        -  as alice resolve a credit alice     | not_allowed
        -  receive r2 5                        | needs_approval
        -  as cell receive r2 5                | needs_approval
        -  bank t confirm                      | needs_approval
        -  bank t reject                       | needs_approval
        -  bank t return                       | needs_approval
        -  as alice bank t confirm             | not_allowed
           show t                              | investigating
        -  as bank bank t confirm              | accepted
           show t                              | credited
        ",
    );
    check(
        "
        alice customer 9     | accepted
        w  withdraw alice 7  | accepted
        -  bank w send       | accepted
        -  bank w investigate | accepted
        -  bank w confirm    | needs_approval
        -  bank w return     | needs_approval
        -  both bank w return | accepted
           show w            | returned
           show alice        | 9.00
        v  withdraw alice 7  | accepted
        -  bank v send       | accepted
        -  bank v investigate | accepted
        -  as bank bank v confirm | accepted
           show v            | paid
        ",
    );
}

#[test]
fn programs_and_users_propose_and_decide_nothing() {
    after_that(
        "
        -  as alice propose ann resolve a writeoff | not_allowed
        -  as bank propose ann resolve a writeoff  | not_allowed
        -  as clock propose ann resolve a writeoff | not_allowed
        -  as cell propose ann resolve a writeoff  | not_allowed
        p  propose ann resolve a writeoff          | accepted
        -  as alice check p ben approve            | not_allowed
        -  as bank check p ben approve             | not_allowed
        -  as clock check p ben refuse             | not_allowed
           show p                                  | open
        ",
    );
}

#[test]
fn only_keys_of_the_platform_that_are_in_force_decide() {
    after_that(
        "
        shop merchant                              | accepted
        m  key merchant shop                       | accepted
        r  key read_only                           | accepted
        x  key platform                            | accepted
        -  propose m resolve a writeoff            | not_allowed
        -  propose r resolve a writeoff            | not_allowed
        p  propose x resolve a writeoff            | accepted
        -  check p m approve                       | not_allowed
        -  check p r approve                       | not_allowed
        -  revoke ben                              | accepted
        -  check p ben approve                     | key_revoked
        -  revoke x                                | accepted
        -  propose x receive r2 1                  | key_revoked
        -  check p ann approve                     | key_revoked
           show p                                  | open
        -  check p ann refuse                      | accepted
           show p                                  | refused
        ",
    );
}

#[test]
fn a_proposal_has_a_reason_and_is_about_something_to_decide() {
    after_that(
        "
        t  topup alice 5                           | accepted
        -  propose ann unexplained resolve a writeoff | reason_missing
        -  propose ann bank t confirm              | bank_event_not_allowed
        -  bank t send                             | accepted
        -  propose ann bank t confirm              | bank_event_not_allowed
        -  bank t investigate                      | accepted
        -  propose ann bank t send                 | bank_event_not_allowed
        -  propose ann bank t investigate          | bank_event_not_allowed
        -  propose ann receive r1 7                | bank_reference_taken
        -  propose ann receive r2 0                | amount_out_of_range
        -  check p ben approve instead resolve a writeoff | proposal_not_found
        -  both resolve a writeoff                 | accepted
        -  propose ann resolve a credit alice      | receipt_not_open
        ",
    );
}

#[test]
fn about_one_thing_one_proposal_is_open() {
    after_that(
        "
        b  as bank receive r2 5                    | accepted
        p  propose ann resolve a credit alice      | accepted
        -  propose ben resolve a credit alice      | proposal_under_way
        -  propose ann resolve a writeoff          | proposal_under_way
        q  propose ben resolve b writeoff          | accepted
        c  propose ann receive r3 5                | accepted
        -  propose ben receive r3 6                | proposal_under_way
        -  propose ben receive r4 6                | accepted
        -  check p ann withdraw                    | accepted
           show p                                  | withdrawn
        r  propose ben resolve a writeoff          | accepted
        -  check r ann refuse                      | accepted
           show r                                  | refused
        s  propose ann resolve a writeoff          | accepted
        -  check s ben approve                     | accepted
        -  check c ben approve                     | accepted
           show suspense                           | 10.00
        ",
    );
}

#[test]
fn what_is_approved_is_what_was_proposed() {
    after_that(
        "
        bob customer                                       | accepted
        b  as bank receive r2 5                            | accepted
        p  propose ann resolve a credit alice              | accepted
        -  check p ben approve instead resolve a credit bob | action_differs
        -  check p ben approve instead resolve a return alice | action_differs
        -  check p ben approve instead resolve a writeoff  | action_differs
        -  check p ben approve instead resolve b credit alice | action_differs
        -  check p ben approve instead receive r1 7        | action_differs
           show p                                          | open
           show alice                                      | 0.00
        -  check p ben approve                             | accepted
           show alice                                      | 7.00
        ",
    );
}

#[test]
fn what_cannot_be_done_any_more_fails_and_moves_nothing() {
    after_that(
        "
        t  topup alice 7                           | accepted
        -  bank t send                             | accepted
        -  bank t investigate                      | accepted
        p  propose ann resolve a credit alice      | accepted
        -  as bank resolve a match t               | accepted
        -  check p ben approve                     | accepted
           show p                                  | failed: receipt_not_open
           show alice                              | 0.00
           show suspense                           | 7.00
        -  check p ben approve                     | proposal_decided
        u  topup alice 5                           | accepted
        -  bank u send                             | accepted
        -  bank u investigate                      | accepted
        q  propose ann bank u confirm              | accepted
        -  as bank bank u reject                   | accepted
        -  check q ben approve                     | accepted
           show q                                  | failed: bank_event_not_allowed
           show u                                  | rejected
           show alice                              | 0.00
        c  propose ann receive r3 5                | accepted
        -  as bank receive r3 5                    | accepted
        -  check c ben approve                     | accepted
           show c                                  | failed: bank_reference_taken
           show suspense                           | 12.00
        b  as bank receive r4 1                    | accepted
        d  propose ann resolve b credit alice      | accepted
        -  close alice                             | accepted
        -  check d ben approve                     | accepted
           show d                                  | failed: account_closed
           show b                                  | open in
        ",
    );
}

#[test]
fn two_people_settle_what_is_under_investigation() {
    after_that(
        "
        t  topup alice 7                           | accepted
        -  bank t send                             | accepted
        -  as bank bank t confirm of=6.50          | accepted
           show t                                  | investigating, set aside 6.50
        p  propose ann bank t confirm              | accepted
           show t                                  | investigating, set aside 6.50
        -  check p ben approve                     | accepted
           show t                                  | credited
           show alice                              | 6.50
        ",
    );
}

#[test]
fn other_cells_take_the_servers_word_for_keys_but_not_for_persons() {
    check(
        "
        alice customer @1                          | accepted
        ann  key platform                          | accepted
        ben  key platform                          | accepted
        t  topup alice 7                           | accepted
        -  bank t send                             | accepted
        -  bank t investigate                      | accepted
        p  propose ann bank t confirm              | accepted
        -  check p ann approve                     | same_person
        -  check p ben approve @0                  | not_in_this_cell
        -  check p ben approve                     | accepted
           show alice                              | 7.00
        ",
    );
}

#[test]
fn every_event_of_a_proposal_in_every_stage() {
    use ProposalEvent::{Approve, Fail, Refuse, Withdraw};
    use ProposalStage::{Approved, Failed, Open, Refused, Withdrawn};
    let arrows = [(Approve, Approved), (Refuse, Refused), (Withdraw, Withdrawn), (Fail, Failed)];
    for stage in ProposalStage::ALL {
        for (event, after) in arrows {
            let expected = if stage == Open { Some(after) } else { None };
            assert_eq!(stage.next(event), expected, "{stage:?} {event:?}");
        }
    }
    assert_eq!(arrows.map(|it| it.0), ProposalEvent::ALL);
}

/// Open proposals of a running platform were written with these: if this fails, put the digest
/// back.
#[test]
fn a_fingerprint_is_for_ever_and_of_everything() {
    let mut script = Script::new();
    script.run(BEFORE);
    script.run(
        "
        bob customer                               | accepted
        t  topup alice 7                           | accepted
        w  both receive r9 1                       | accepted
        ",
    );
    let action = |words: &str| {
        let words: Vec<&str> = words.split_whitespace().collect();
        action_of(&script.parse("-", &words).1)
    };
    let all = [
        "resolve a credit alice",
        "resolve a credit bob",
        "resolve a return alice",
        "resolve a match t",
        "resolve a writeoff",
        "resolve w writeoff",
        "receive r1 7",
        "receive r1 7:JPY",
        "receive r1 7.01",
        "receive r2 7",
        "bank t confirm",
        "bank t reject",
        "bank t confirm of=7",
        "bank t confirm ref=r1",
        "bank t confirm ref=r1 of=7",
    ];
    let actions: Vec<Action> = all.iter().map(|it| action(it)).collect();
    for (place, one) in actions.iter().enumerate() {
        for other in &actions[place + 1..] {
            assert_ne!(one.fingerprint(), other.fingerprint(), "{one:?} {other:?}");
        }
    }
    assert_eq!(action("resolve a writeoff").fingerprint(), 16_086_711_045_897_654_304);
    assert_eq!(action("bank t confirm ref=r1 of=7").fingerprint(), 16_275_349_279_905_636_691);
    assert_eq!(action("receive r1 7").about(), action("receive r1 8").about());
    assert_ne!(action("receive r1 7").about(), action("receive r2 7").about());
}
