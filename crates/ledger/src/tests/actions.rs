//! Actions: what one person of the platform does alone, and what needs two. And announcements.

use super::check;
use super::script::Script;
use crate::action::Action;
use crate::hand::Hand;
use crate::id::{CellId, KeyId, UserId};
use std::collections::BTreeSet;

/// Two people of the platform, and somebody who sells something to somebody.
const BEFORE: &str = "
    alice customer 20        | accepted
    shop  merchant           | accepted
    ann  key platform        | accepted
    ben  key platform        | accepted
";

fn after_that(lines: &str) {
    check(&format!("{BEFORE}{lines}"));
}

#[test]
fn what_moves_no_money_is_done_by_one_and_kept_with_who_and_why() {
    after_that(
        "
        p  propose ann freeze alice            | accepted
           show p                              | approved
           show alice                          | 20.00, frozen
        p  propose ann freeze alice            | accepted
        -  propose ann freeze alice            | state_unchanged
        -  check p ben approve                 | proposal_decided
        -  check p ben refuse                  | proposal_decided
        -  check p ann withdraw                | proposal_decided
        q  propose ben unfreeze alice          | accepted
           show alice                          | 20.00
        -  propose ann unexplained freeze alice | reason_missing
           show alice                          | 20.00
        -  propose ann close alice             | account_in_use
        c  propose ann clock 1h                | accepted
        w  endpoint shop                       | accepted
        -  order shop alice 5                  | accepted
        -  propose ann redeliver w 0 99        | accepted
        -  as alice propose ann clock 1h       | not_allowed
        ",
    );
}

#[test]
fn only_a_delivery_that_failed_is_discarded_once_and_nobody_hears_of_it() {
    after_that(
        "
        w  endpoint shop                       | accepted
        -  order shop alice 5                  | accepted
        -  propose ann discard 0               | not_allowed
        -  propose ann discard 9               | delivery_not_found
        d  attempt 0 410                       | accepted
           show d                              | failed, attempts 1
        -  propose ann unexplained discard 0   | reason_missing
        -  as alice propose ann discard 0      | not_allowed
        p  propose ann discard 0               | accepted
           show p                              | approved
           show d                              | discarded, attempts 1
           show w                              | deliveries 1
        -  propose ann discard 0               | state_unchanged
        -  attempt 0 200                       | state_unchanged
        ",
    );
}

#[test]
fn what_cannot_be_done_alone_is_not_kept_either() {
    let mut script = Script::new();
    script.run(BEFORE);
    script.run("- propose ann unfreeze alice | state_unchanged");
    let books = &script.world.cells[0];
    assert!(books.proposals.is_empty(), "{:?}", books.proposals);
    script.run("- propose ann freeze alice | accepted");
    let books = &script.world.cells[0];
    let [done] = books.proposals.values().collect::<Vec<_>>()[..] else { panic!("one") };
    assert_eq!((done.checker, done.decided), (None, Some(done.position)));
    let kinds: Vec<&str> = books.happenings.iter().rev().map(|it| it.kind.code()).take(2).collect();
    assert_eq!(kinds, ["proposal.done", "account.frozen"]);
}

#[test]
fn disputes_refunds_and_limits_need_two() {
    after_that(
        "
        o  order shop alice 10                 | accepted
        -  as alice pay o 10                   | accepted
        -  as shop ship o                      | accepted
        -  propose ann award o 4               | event_not_allowed in shipped
        r  propose ann refund o 3              | accepted
           show o                              | shipped, due 10d
        -  propose ben refund o 2              | proposal_under_way
        -  check r ann approve                 | same_person
        -  check r ben approve                 | accepted
           show o                              | shipped, due 10d, refunded 3.00
           show alice                          | 13.00
        -  propose ann refund o 8              | refund_too_large
        -  as alice dispute o buyer            | accepted
        -  propose ann award o 8               | refund_too_large
        a  propose ann award o 4               | accepted
        -  propose ben award o 3               | proposal_under_way
        -  check a ben approve                 | accepted
           show o                              | completed, refunded 7.00
           show alice                          | 17.00
           show shop                           | 3.00
        l  propose ann limit customer 18       | accepted
        -  transfer capital alice 2            | accepted
        -  propose ben limit customer 30       | proposal_under_way
        -  check l ben approve                 | accepted
        -  transfer capital alice 2            | balance_limit_exceeded
        m  propose ann limit merchant 1        | accepted
        n  propose ann set-limit basic pay day=1 | accepted
        -  propose ben set-limit basic pay day=2 | proposal_under_way
        -  check n ann approve                 | same_person
        -  check n ben approve                 | accepted
        -  propose ben set-limit basic pay day=2 | accepted
        -  propose ben set-limit basic transfer day=2 | accepted
        pat person customer                    | accepted
        p  open pat CNY                        | accepted
        -  transfer capital p 10               | accepted
        -  level pat basic                     | accepted
        x  order shop p 2                      | accepted
        -  as pat pay x 2                      | limit_exceeded
        ",
    );
}

#[test]
fn a_statement_that_people_brought_counts_when_two_looked_at_the_same_file() {
    after_that(
        "
        s  propose ann statement icbc 1d 1     | accepted
           show s                              | open
        -  propose ben statement icbc 1d 2     | proposal_under_way
        -  propose ben statement boc 1d 1      | accepted
        -  propose ben statement icbc 2d 1     | accepted
        -  check s ann approve                 | same_person
        -  check s ben approve instead statement icbc 1d 2 | action_differs
        -  check s ben approve                 | accepted
           show s                              | approved
        -  propose ann unexplained statement icbc 1d 2 | reason_missing
        -  propose ann statement icbc 1d 2     | accepted
        -  as alice propose ann statement icbc 3d 1 | not_allowed
        ",
    );
}

#[test]
fn an_award_that_comes_too_late_moves_nothing() {
    after_that(
        "
        o  order shop alice 10                 | accepted
        -  as alice pay o 10                   | accepted
        -  as alice dispute o buyer            | accepted
        a  propose ann award o 10              | accepted
        -  award o 0                           | accepted
        -  check a ben approve                 | accepted
           show a                              | failed: event_not_allowed
           show alice                          | 10.00
           show shop                           | 10.00
        ",
    );
}

#[test]
fn an_announcement_is_made_and_ended_once() {
    after_that(
        "
        -  as alice announce notice            | not_allowed
        a  announce incident                   | accepted
           show a                              | incident, from 0s
        m  announce maintenance from=2h until=4h | accepted
           show m                              | maintenance, from 2h, until 4h
        -  announce notice from=4h until=4h    | time_out_of_range
        at 5h
           show m                              | maintenance, from 2h, until 4h
        -  announce incident from=1h until=5h  | time_out_of_range
        i  announce incident from=1h           | accepted
           show i                              | incident, from 1h
        -  as alice end m                      | not_allowed
        -  end m                               | accepted
           show m                              | maintenance, from 2h, until 4h, ended 5h
        -  end m                               | state_unchanged
        -  end nothing                         | announcement_not_found
        -  announce notice @1                  | not_in_this_cell
        -  end a @1                            | not_in_this_cell
        p  propose ann announce notice         | accepted
        q  propose ann end a                   | accepted
           show a                              | incident, from 0s, ended 5h
        -  propose ann end a                   | state_unchanged
        ",
    );
}

/// Operators of every duty, and a receipt that waits for somebody.
const OPERATORS: &str = "
    sue  person operator duty=support          | accepted
    fin  person operator duty=finance          | accepted
    fay  person operator duty=finance          | accepted
    sre  person operator duty=sre              | accepted
    aud  person operator duty=auditor          | accepted
    pat  person customer                       | accepted
    a    as bank receive r1 7                  | accepted
";

#[test]
fn operators_do_what_their_duty_is_and_nothing_past_the_list() {
    after_that(&format!(
        "{OPERATORS}
        -  as sue freeze alice                 | not_allowed
        -  as fin transfer capital alice 1     | not_allowed
        -  as sre announce notice              | not_allowed
        -  as fin key platform                 | not_allowed
        -  as sue level pat basic              | not_allowed
        -  as sue leave-all pat                | user_not_found
        -  as sue credential pat password      | user_not_found
        -  as sue credential sue password      | accepted
        f  as sue propose sue freeze alice     | accepted
           show alice                          | 20.00, frozen
        -  as alice appeal alice why           | accepted
        -  as sue appeal alice why             | not_allowed
        -  as sre propose sre refuse-appeal alice | not_allowed
        -  as aud propose aud refuse-appeal alice | not_allowed
        -  as sue propose sue refuse-appeal alice | accepted
        -  as alice appeal alice why           | accepted
        -  as fin propose fin refuse-appeal alice | accepted
        -  as sue propose sue unfreeze alice   | accepted
        -  as sue propose sue level pat basic  | accepted
        -  as sue propose sue leave-all pat    | accepted
        -  as sue propose sue announce notice  | not_allowed
        -  as sue propose sue resolve a credit alice | not_allowed
        -  as sre propose sre announce notice  | accepted
        -  as sre propose sre clock 1h         | accepted
        -  as sre propose sre freeze alice     | not_allowed
        -  as aud propose aud announce notice  | not_allowed
        -  as aud propose aud freeze alice     | not_allowed
        -  as sue propose fin freeze alice     | not_allowed
        -  as sue propose ann freeze alice     | not_allowed
        -  propose sue freeze alice            | not_allowed
        -  as pat propose sue freeze alice     | not_allowed
        p  as fin propose fin resolve a credit alice | accepted
        -  as fin check p fin approve          | same_person
        -  as sue check p sue approve          | not_allowed
        -  as sre check p sre refuse           | not_allowed
        -  as aud check p aud refuse           | not_allowed
        -  as fin check p fay approve          | not_allowed
        -  as fay check p fay approve          | accepted
           show alice                          | 27.00
        "
    ));
}

#[test]
fn a_difference_is_assigned_to_one_who_may_resolve_it_and_needs_no_reason() {
    after_that(&format!(
        "{OPERATORS}
        -  as fin propose fin assign b1 nobody | state_unchanged
        -  as fin propose fin unexplained assign b1 fin | accepted
        -  as fay propose fay assign b1 fin    | state_unchanged
        -  as fay propose fay assign b2 fin    | accepted
        -  as fay propose fay assign b1 fay    | accepted
        -  as fin propose fin assign b1 sue    | not_allowed
        -  as fin propose fin assign b1 pat    | operator_disabled
        -  as sue propose sue assign b1 sue    | not_allowed
        -  as pat propose fin assign b1 fin    | not_allowed
        -  as fin propose fin assign b1 nobody | accepted
        -  as fin propose fin assign b1 fin    | accepted
        -  duty fay none                       | accepted
        -  as fin propose fin assign b1 fay    | operator_disabled
        "
    ));
}

#[test]
fn support_proposes_an_award_and_finance_decides_about_it() {
    after_that(&format!(
        "{OPERATORS}
        o  order shop alice 10                 | accepted
        -  as alice pay o 10                   | accepted
        -  as alice dispute o buyer            | accepted
        -  as sue award o 10                   | not_allowed
        p  as sue propose sue award o 10       | accepted
        -  as fin check p fin refuse           | accepted
        q  as sue propose sue award o 9        | accepted
        -  as sue check q sue withdraw         | accepted
        r  as sue propose sue award o 10       | accepted
        -  check r ann approve                 | accepted
           show alice                          | 20.00
        "
    ));
}

#[test]
fn what_an_operator_without_a_duty_proposed_is_not_done_any_more() {
    after_that(&format!(
        "{OPERATORS}
        p  as fin propose fin resolve a credit alice | accepted
        -  duty fin none                       | accepted
        -  as fay check p fay approve          | operator_disabled
        -  as fin check p fin withdraw         | operator_disabled
        -  as fin propose fin freeze alice     | operator_disabled
        -  duty fin auditor                    | accepted
        -  as fay check p fay approve          | not_allowed
           show p                              | open
        -  as fay check p fay refuse           | accepted
        -  duty fay none                       | accepted
        -  duty sue none                       | accepted
        -  as sue propose sue freeze alice     | operator_disabled
           show alice                          | 20.00
        "
    ));
}

#[test]
fn a_hand_is_kept_in_the_bits_of_a_key() {
    let key = KeyId::new(CellId::new(7), 9);
    assert_eq!(Hand::Key(key).raw(), key.raw());
    let user = UserId::new(CellId::new(255), (1 << 48) - 1);
    for hand in [Hand::Key(key), Hand::Operator(user)] {
        assert_eq!(Hand::from_raw(hand.raw()), Some(hand));
    }
    assert_ne!(Hand::Operator(user).raw(), Hand::Key(KeyId::from_raw(user.raw())).raw());
    assert_eq!(Hand::from_raw(1 << 56), None);
    assert_eq!(Hand::from_raw(3 << 62), None);
}

/// Open proposals of a running platform were written with these: if this fails, put the digest
/// back.
#[test]
fn every_action_has_a_fingerprint_of_its_own_for_ever() {
    let mut script = Script::new();
    script.run(BEFORE);
    script.run(
        "
        o  order shop alice 10                 | accepted
        w  endpoint shop                       | accepted
        a  announce incident                   | accepted
        pat person customer                    | accepted
        s  enter pat                           | accepted
        ",
    );
    let actions: Vec<Action> = [
        "award o 4",
        "award o 5",
        "refund o 4",
        "refund o 4:JPY",
        "freeze alice",
        "unfreeze alice",
        "close alice",
        "freeze shop",
        "limit customer 5",
        "limit customer 6",
        "limit merchant 5",
        "announce incident",
        "announce notice",
        "announce notice from=1h",
        "announce notice until=1h",
        "end a",
        "redeliver w 0 1",
        "redeliver w 1 1",
        "clock 1h",
        "clock 2h",
        "level pat basic",
        "level pat verified",
        "leave-all pat",
        "leave-all pat keep=s",
        "set-limit basic pay day=5",
        "set-limit basic transfer day=5",
        "set-limit basic pay month=5",
        "statement icbc 1d 1",
        "statement icbc 2d 1",
        "statement icbc 1d 2",
        "statement boc 1d 1",
        "refuse-appeal alice",
        "refuse-appeal shop",
    ]
    .iter()
    .map(|it| script.parse_action("-", &it.split_whitespace().collect::<Vec<_>>()).1)
    .collect();
    let prints: BTreeSet<u64> = actions.iter().map(Action::fingerprint).collect();
    assert_eq!(prints.len(), actions.len());
    let kinds: BTreeSet<u64> = actions.iter().map(|it| it.about() >> 56).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), [3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 17]);
    let known = [
        (0, 17_505_036_883_507_811_467),
        (2, 10_052_958_450_144_591_582),
        (4, 13_640_566_652_478_082_381),
        (8, 17_652_117_655_567_633_125),
        (11, 9_153_392_810_942_935_939),
        (15, 12_759_463_218_755_341_868),
        (16, 2_521_530_295_207_473_294),
        (18, 11_442_642_888_433_528_732),
    ];
    for (place, print) in known {
        assert_eq!(actions[place].fingerprint(), print, "{:?}", actions[place]);
    }
}
