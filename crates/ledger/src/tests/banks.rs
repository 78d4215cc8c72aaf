//! Top-ups and withdrawals: every event in every stage, and money whose taker is gone.

use super::check;
use crate::bank::{BankEvent, TopUpStage, WithdrawalStage};

const BEFORE: &str = "
    alice customer 100 | accepted
";

/// A stage, the events that lead there, and where each event leads that is allowed there.
type Case<S> = (S, &'static [&'static str], &'static [(BankEvent, S)]);

fn events(route: &[&str]) -> String {
    let lines: Vec<_> = route.iter().map(|it| format!("- bank t {it} | accepted\n")).collect();
    lines.concat()
}

#[test]
fn every_event_of_a_top_up_in_every_stage() {
    use BankEvent::{Confirm, Investigate, Reject, Return, Send, Silence};
    let routes: [Case<TopUpStage>; 7] = [
        (TopUpStage::Created, &[], &[(Send, TopUpStage::Sent), (Reject, TopUpStage::Rejected)]),
        (
            TopUpStage::Sent,
            &["send"],
            &[
                (Silence, TopUpStage::Unknown),
                (Confirm, TopUpStage::Credited),
                (Reject, TopUpStage::Rejected),
                (Return, TopUpStage::Returned),
                (Investigate, TopUpStage::Investigating),
            ],
        ),
        (
            TopUpStage::Unknown,
            &["send", "silence"],
            &[
                (Confirm, TopUpStage::Credited),
                (Reject, TopUpStage::Rejected),
                (Return, TopUpStage::Returned),
                (Investigate, TopUpStage::Investigating),
            ],
        ),
        (TopUpStage::Credited, &["send", "confirm"], &[]),
        // What was shown as rejected stays rejected: late money has a fate of its own.
        (TopUpStage::Rejected, &["send", "reject"], &[(Confirm, TopUpStage::Rejected)]),
        (TopUpStage::Returned, &["send", "return"], &[]),
        (
            TopUpStage::Investigating,
            &["send", "investigate"],
            &[
                (Confirm, TopUpStage::Credited),
                (Reject, TopUpStage::Rejected),
                (Return, TopUpStage::Returned),
            ],
        ),
    ];
    for (stage, route, arrows) in routes {
        for event in BankEvent::ALL {
            let next = arrows.iter().find(|it| it.0 == event).map(|it| it.1);
            let answer = if next.is_some() { "accepted" } else { "bank_event_not_allowed" };
            let after = next.unwrap_or(stage);
            let late = (stage, event) == (TopUpStage::Rejected, Confirm);
            let alice = if after == TopUpStage::Credited { "107.00" } else { "100.00" };
            let suspense = if late { "7.00" } else { "0.00" };
            let (before, route) = (BEFORE, events(route));
            check(&format!(
                "{before}
                t  topup alice 7     | accepted
                {route}
                -  as bank bank t {event} | {answer}
                   show t            | {after}
                   show alice        | {alice}
                   show suspense     | {suspense}
                ",
                event = event.code(),
                after = after.code(),
            ));
        }
    }
}

#[test]
fn every_event_of_a_withdrawal_in_every_stage() {
    use BankEvent::{Confirm, Investigate, Reject, Return, Send, Silence};
    use WithdrawalStage::{Created, Investigating, Paid, Rejected, Returned, Sent, Unknown};
    let routes: [Case<WithdrawalStage>; 7] = [
        (Created, &[], &[(Send, Sent), (Reject, Rejected)]),
        (
            Sent,
            &["send"],
            &[
                (Silence, Unknown),
                (Confirm, Paid),
                (Reject, Rejected),
                (Investigate, Investigating),
            ],
        ),
        (
            Unknown,
            &["send", "silence"],
            &[(Confirm, Paid), (Reject, Rejected), (Investigate, Investigating)],
        ),
        (Paid, &["send", "confirm"], &[(Return, Returned)]),
        (Rejected, &["send", "reject"], &[(Confirm, Rejected)]),
        (Returned, &["send", "confirm", "return"], &[]),
        (
            Investigating,
            &["send", "investigate"],
            &[(Confirm, Paid), (Reject, Rejected), (Return, Returned)],
        ),
    ];
    for (stage, route, arrows) in routes {
        for event in BankEvent::ALL {
            let next = arrows.iter().find(|it| it.0 == event).map(|it| it.1);
            let answer = if next.is_some() { "accepted" } else { "bank_event_not_allowed" };
            let after = next.unwrap_or(stage);
            let (alice, payouts, clearing) = match after {
                Created | Sent | Unknown | Investigating => ("93.00", "7.00", "0.00"),
                Paid => ("93.00", "0.00", "7.00"),
                Rejected if event == Confirm => ("100.00", "0.00", "7.00"),
                Rejected | Returned => ("100.00", "0.00", "0.00"),
            };
            let (before, route) = (BEFORE, events(route));
            check(&format!(
                "{before}
                t  withdraw alice 7  | accepted
                {route}
                -  as bank bank t {event} | {answer}
                   show t            | {after}
                   show alice        | {alice}
                   show payouts      | {payouts}
                   show clearing     | {clearing}
                ",
                event = event.code(),
                after = after.code(),
            ));
        }
    }
}

#[test]
fn a_top_up_whose_taker_is_gone_is_set_aside_until_a_person_sends_it_back() {
    check(
        "
        alice customer       | accepted
        t  topup alice 7     | accepted
        -  bank t send       | accepted
        -  close alice       | accepted
        -  bank t confirm    | accepted
           show t            | investigating, set aside 7.00
           show suspense     | 7.00
           show clearing     | -7.00
        -  both bank t confirm | accepted
           show suspense     | 7.00
        -  both bank t return | accepted
           show t            | returned
           show suspense     | 0.00
           show clearing     | 0.00
        ",
    );
}

#[test]
fn what_nobody_found_out_in_five_days_is_the_customers() {
    check(
        "
        alice customer              | accepted
        t  topup alice 7            | accepted
        -  bank t send              | accepted
        -  bank t confirm of=6.50   | accepted
           show t                   | investigating, set aside 6.50
           at 4d23h59m59s           |
        -  tick                     | accepted
           show alice               | 0.00
           at 5d                    |
        -  tick                     | accepted
           show t                   | credited
           show alice               | 6.50
           show suspense            | 0.00
        ",
    );
    // Whose account is gone cannot be given it; it is tried again after as long a time.
    check(
        "
        alice customer       | accepted
        t  topup alice 7     | accepted
        -  bank t send       | accepted
        -  close alice       | accepted
        -  bank t confirm    | accepted
           at 300d           |
        -  tick              | accepted
           show t            | investigating, set aside 7.00
           show suspense     | 7.00
        ",
    );
}

#[test]
fn a_withdrawal_that_comes_back_to_nobody_is_set_aside() {
    for route in [&["reject"][..], &["send", "confirm", "return"][..]] {
        let route = events(route);
        check(&format!(
            "
            alice customer 7     | accepted
            t  withdraw alice 7  | accepted
            -  close alice       | accepted
            {route}
               show suspense     | 7.00
               show payouts      | 0.00
               show clearing     | 0.00
            "
        ));
    }
}

#[test]
fn a_card_serves_its_owner_only() {
    check(
        "
        alice customer 7                    | accepted
        bob   customer 7                    | accepted
        -  topup alice 1 card=bob           | card_not_found
        -  withdraw alice 1 card=bob        | card_not_found
        -  topup fees 1 card=bob            | account_kind_not_allowed
        -  withdraw alice 7.01              | insufficient_funds
        -  withdraw alice 0                 | amount_out_of_range
        t  topup alice 1                    | accepted
        -  as alice bank t confirm          | not_allowed
        -  as bank bank t send              | accepted
        ",
    );
}

#[test]
fn a_second_attempt_is_made_on_purpose_or_not_at_all() {
    check(
        "
        alice customer 100         | accepted
        bob   customer 100         | accepted
        t  topup alice 7           | accepted
        -  topup alice 7           | top_up_under_way
        -  topup alice 7.01        | accepted
        -  topup bob 7             | accepted
        -  bank t send             | accepted
        -  topup alice 7           | top_up_under_way
        -  bank t silence          | accepted
        -  topup alice 7           | top_up_under_way
        u  topup alice 7 again     | accepted
        -  bank t confirm          | accepted
        -  topup alice 7           | top_up_under_way
        -  bank u reject           | accepted
        -  topup alice 7           | accepted
        at 9m59s
        -  topup alice 7           | top_up_under_way
        at 10m
        -  topup alice 7           | accepted
        ",
    );
}

#[test]
fn a_card_pays_an_order_in_the_step_in_which_the_bank_confirms() {
    check(
        "
        bob   customer             | accepted
        shop  merchant             | accepted
        o  order shop bob 7 fee=100 | accepted
        -  topup bob 7.01 order=o  | amount_differs
        t  topup bob 7 order=o     | accepted
        -  topup bob 7 order=o     | top_up_under_way
        -  pay o 7                 | payment_under_way
        -  bank t send             | accepted
        -  bank t silence          | accepted
        at 11m
        -  topup bob 7 order=o     | top_up_under_way
        -  bank t confirm          | accepted
           show t                  | credited
           show o                  | paid
           show bob                | 0.00
           show escrow             | 7.00
           show clearing           | -7.00
        -  topup bob 7 order=o     | event_not_allowed in paid
        -  bank t confirm          | bank_event_not_allowed
        ",
    );
}

#[test]
fn of_two_payments_the_second_goes_back_to_its_card() {
    check(
        "
        bob   customer 7            | accepted
        shop  merchant              | accepted
        o  order shop bob 7 direct  | accepted
        t  topup bob 7 order=o      | accepted
        u  topup bob 7 order=o again | accepted
        -  bank t send              | accepted
        -  bank u send              | accepted
        -  pay o 7                  | payment_under_way
        -  pay o 7 again            | accepted
        -  bank u confirm           | accepted
           show u                   | returning
           show payouts             | 7.00
           show bob                 | 0.00
        w  returning u              | accepted
        -  bank w send              | accepted
        -  bank u confirm           | bank_event_not_allowed
        -  bank u return            | bank_event_not_allowed
        -  bank w confirm           | accepted
           show u                   | returned
           show clearing            | 0.00
        -  bank t confirm           | accepted
        w2 returning t              | accepted
        -  bank w2 send             | accepted
        -  bank w2 reject           | accepted
           show t                   | credited
           show bob                 | 7.00
           show payouts             | 0.00
        ",
    );
}

#[test]
fn what_can_neither_pay_nor_go_back_to_card_or_account_is_set_aside() {
    check(
        "
        bob   customer              | accepted
        shop  merchant              | accepted
        o  order shop bob 7 pay=1h  | accepted
        t  topup bob 7 order=o      | accepted
        -  bank t send              | accepted
        at 2h
        -  close bob                | accepted
        -  bank t confirm           | accepted
           show o                   | closed
           show t                   | returning
        w  returning t              | accepted
        -  bank w send              | accepted
        -  bank w reject            | accepted
           show t                   | investigating, set aside 7.00
           show suspense            | 7.00
        -  both bank t confirm      | accepted
           show t                   | returning
           show suspense            | 0.00
        ",
    );
}

#[test]
fn a_card_pays_an_order_of_another_cell_or_gets_the_money_back() {
    check(
        "
        bob   customer @1           | accepted
        shop  merchant              | accepted
        o  order shop bob 7         | accepted
        t  topup bob 7 order=o      | accepted
        u  topup bob 7 order=o again | accepted
        -  bank t send              | accepted
        -  bank u send              | accepted
        -  bank t confirm           | accepted
           show t                   | paying
           show transit0@1          | 7.00
        -  topup bob 7 order=o      | top_up_under_way
        -  bank t return            | bank_event_not_allowed
        -  bank u confirm           | accepted
        deliver
           show o                   | paid
           show t                   | credited
           show u                   | returning
           show bob                 | 0.00
           show payouts@1           | 7.00
        w  returning u              | accepted
        -  bank w send              | accepted
        -  bank w confirm           | accepted
           show u                   | returned
           show clearing@1          | -7.00
        ",
    );
}

#[test]
fn what_a_bank_took_instead_is_set_aside_until_a_person_decides() {
    check(
        "
        alice customer               | accepted
        t  topup alice 7             | accepted
        -  bank t send               | accepted
        -  as bank bank t confirm of=6:JPY ref=r1 | accepted
           show t                    | investigating, set aside 6 JPY
           show suspense:JPY         | 6 JPY
           show clearing:JPY         | -6 JPY
           show alice                | 0.00
        -  as bank bank t confirm    | bank_event_not_allowed
        -  both bank t return        | accepted
           show t                    | returned
           show suspense:JPY         | 0 JPY
        ",
    );
}

#[test]
fn another_amount_of_the_same_currency_can_be_credited_by_a_person() {
    check(
        "
        alice customer               | accepted
        t  topup alice 7             | accepted
        -  bank t send               | accepted
        -  as bank bank t confirm of=6.50 | accepted
           show t                    | investigating, set aside 6.50
        -  both bank t confirm       | accepted
           show t                    | credited
           show alice                | 6.50
           show suspense             | 0.00
        ",
    );
}

#[test]
fn what_a_bank_paid_out_instead_is_the_platforms_loss_and_not_the_customers() {
    check(
        "
        alice customer 100           | accepted
        t  withdraw alice 7          | accepted
        -  bank t send               | accepted
        -  as bank bank t confirm of=9 | accepted
           show t                    | investigating, paid 9.00
           show alice                | 93.00
           show payouts              | 7.00
           show capital              | -109.00
        -  as bank bank t reject     | bank_event_not_allowed
        -  both bank t confirm       | accepted
           show t                    | paid, paid 9.00
           show payouts              | 0.00
           show capital              | -102.00
           show clearing             | 9.00
        -  bank t return             | accepted
           show alice                | 100.00
           show clearing             | 0.00
           show capital              | -100.00
        ",
    );
}

#[test]
fn a_bank_that_gives_two_movements_one_reference_moves_money_once() {
    check(
        "
        alice customer               | accepted
        t  topup alice 7             | accepted
        u  topup alice 8             | accepted
        -  bank t send               | accepted
        -  bank u send               | accepted
        -  bank t confirm ref=r1     | accepted
        -  bank u confirm ref=r1     | accepted
           show u                    | investigating
           show alice                | 7.00
           show clearing             | -7.00
        ",
    );
}
