//! Orders: every arrow of the table, and every refusal. The routes to each stage are written here;
//! which events they allow is written here again, and not asked of the table.

use super::check;
use crate::order::{Event, Stage};

/// What everybody has before the order.
const BEFORE: &str = "
    shop  merchant 100                     | accepted
    alice customer 100                     | accepted
    o     order shop alice 50.00 fee=100   | accepted
";

/// How an order comes to this stage, and how it is shown there.
fn route(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Created => ("", "created, due 1d"),
        Stage::Paid => ("- pay o 50 | accepted", "paid"),
        Stage::Shipped => ("- pay o 50 | accepted\n - ship o | accepted", "shipped, due 10d"),
        Stage::PaidRefundAsked => {
            let route = "- pay o 50 | accepted\n - ask o 20 | accepted";
            (route, "paid_refund_asked, due 2d, asked 20.00")
        }
        Stage::ShippedRefundAsked => {
            let route = "- pay o 50 | accepted\n - ship o | accepted\n - ask o 20 | accepted";
            (route, "shipped_refund_asked, due 2d, asked 20.00")
        }
        Stage::Disputed => ("- pay o 50 | accepted\n - dispute o buyer | accepted", "disputed"),
        Stage::Completed => {
            ("- pay o 50 | accepted\n - confirm o | accepted", "completed, fee 0.50")
        }
        Stage::Refunded => {
            ("- pay o 50 | accepted\n - refund o 50 | accepted", "refunded, refunded 50.00")
        }
        Stage::Closed => ("- cancel o seller | accepted", "closed"),
    }
}

/// The line that makes an event happen to an order. A deadline has none.
fn line(event: Event) -> Option<&'static str> {
    match event {
        Event::Pay => Some("pay o 50"),
        Event::Ship => Some("ship o"),
        Event::Confirm => Some("confirm o"),
        Event::Cancel => Some("cancel o seller"),
        Event::Extend => Some("extend o 1d"),
        Event::AskRefund => Some("ask o 50"),
        Event::WithdrawRefund => Some("unask o"),
        Event::RefuseRefund => Some("refuse o"),
        Event::RefundPart => Some("refund o 30"),
        Event::RefundAll => Some("refund o 50"),
        Event::Dispute => Some("dispute o seller"),
        Event::AddStatement => Some("state o seller parcel-is-there"),
        Event::AwardSeller => Some("award o 10"),
        Event::AwardBuyer => Some("award o 50"),
        Event::CorrectShipment => Some("correct o sto 776-2"),
        Event::PayDirect | Event::Lapse => None,
    }
}

/// What each event comes to, as it should be: how the order is shown, and what buyer and seller
/// have.
/// `None` if it may not happen.
#[expect(clippy::match_same_arms, reason = "by stage, as the table is; merged it says less")]
fn expected(stage: Stage, event: Event) -> Option<(&'static str, &'static str, &'static str)> {
    use Event::{
        AddStatement, AskRefund, AwardBuyer, AwardSeller, Cancel, Confirm, CorrectShipment,
        Dispute, Extend, Pay, RefundAll, RefundPart, RefuseRefund, Ship, WithdrawRefund,
    };
    use Stage::{Completed, Created, Disputed, Paid, PaidRefundAsked, Shipped, ShippedRefundAsked};

    let back = ("refunded, refunded 50.00", "100.00", "100.00");
    let done = ("completed, fee 0.50", "50.00", "149.50");
    Some(match (stage, event) {
        (Created, Pay) => ("paid", "50.00", "100.00"),
        (Created, Cancel) => ("closed", "100.00", "100.00"),
        (Created, Extend) => ("created, due 2d", "100.00", "100.00"),

        (Paid, Ship) => ("shipped, due 10d", "50.00", "100.00"),
        (Paid, AskRefund) => ("paid_refund_asked, due 2d, asked 50.00", "50.00", "100.00"),
        (Paid, RefundPart) => ("paid, refunded 30.00", "80.00", "100.00"),
        (Paid, Cancel) => back,

        // The number is another one; the deadline is not.
        (Shipped, CorrectShipment) => ("shipped, due 10d", "50.00", "100.00"),
        (Shipped, Extend) => ("shipped, due 11d", "50.00", "100.00"),
        (Shipped, AskRefund) => ("shipped_refund_asked, due 2d, asked 50.00", "50.00", "100.00"),
        (Shipped, RefundPart) => ("shipped, due 10d, refunded 30.00", "80.00", "100.00"),

        (PaidRefundAsked, RefundPart) => ("paid, refunded 30.00", "80.00", "100.00"),
        (PaidRefundAsked, RefuseRefund | WithdrawRefund) => ("paid", "50.00", "100.00"),

        (ShippedRefundAsked, CorrectShipment) => {
            ("shipped_refund_asked, due 2d, asked 20.00", "50.00", "100.00")
        }
        (ShippedRefundAsked, RefundPart) => ("shipped, due 10d, refunded 30.00", "80.00", "100.00"),
        (ShippedRefundAsked, RefuseRefund | WithdrawRefund) => {
            ("shipped, due 10d", "50.00", "100.00")
        }

        (Paid | Shipped | ShippedRefundAsked, Confirm) => done,
        (Paid | Shipped | PaidRefundAsked | ShippedRefundAsked, RefundAll) => back,
        (Paid | Shipped, Dispute) => ("disputed", "50.00", "100.00"),
        (PaidRefundAsked | ShippedRefundAsked, Dispute) => {
            ("disputed, asked 20.00", "50.00", "100.00")
        }

        (PaidRefundAsked, AddStatement) => {
            ("paid_refund_asked, due 2d, asked 20.00", "50.00", "100.00")
        }
        (ShippedRefundAsked, AddStatement) => {
            ("shipped_refund_asked, due 2d, asked 20.00", "50.00", "100.00")
        }
        (Disputed, AddStatement) => ("disputed", "50.00", "100.00"),

        (Disputed, AwardSeller) => ("completed, refunded 10.00, fee 0.40", "60.00", "139.60"),
        (Disputed, AwardBuyer) => back,

        (Completed, RefundPart) => ("completed, refunded 30.00, fee 0.50", "80.00", "119.50"),
        (Completed, RefundAll) => ("completed, refunded 50.00, fee 0.50", "100.00", "99.50"),
        _ => return None,
    })
}

/// What buyer and seller have while the order stands there.
fn funds(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Created | Stage::Refunded | Stage::Closed => ("100.00", "100.00"),
        Stage::Completed => ("50.00", "149.50"),
        Stage::Paid
        | Stage::Shipped
        | Stage::PaidRefundAsked
        | Stage::ShippedRefundAsked
        | Stage::Disputed => ("50.00", "100.00"),
    }
}

#[test]
fn every_event_in_every_stage_does_what_it_should_or_is_refused() {
    for stage in Stage::ALL {
        for event in Event::ALL {
            let Some(line) = line(event) else { continue };
            let (route, shown) = route(stage);
            let refused = format!("event_not_allowed in {}", stage.code());
            let (alice, shop) = funds(stage);
            let (answer, (shown, alice, shop)) = expected(stage, event)
                .map_or((refused.as_str(), (shown, alice, shop)), |it| ("accepted", it));
            check(&format!(
                "{BEFORE}
                {route}
                - {line}   | {answer}
                show o     | {shown}
                show alice | {alice}
                show shop  | {shop}
                "
            ));
        }
    }
}

#[test]
fn the_table_agrees_with_what_is_expected_here() {
    for stage in Stage::ALL {
        for event in Event::ALL.into_iter().filter(|it| line(*it).is_some()) {
            let named = expected(stage, event)
                .map(|(shown, _, _)| shown.split_once(',').map_or(shown, |(stage, _)| stage));
            assert_eq!(stage.next(event).map(Stage::code), named, "{stage:?} {event:?}");
        }
    }
}

#[test]
fn a_direct_payment_is_the_sellers_at_once_less_the_fee() {
    check(
        "
        shop  merchant                                | accepted
        alice customer 100                            | accepted
        o  order shop alice 99.99 direct fee=250      | accepted
        -  pay o 99.99                                | accepted
           show o                                     | completed, fee 2.49
           show shop                                  | 97.50
           show fees                                  | 2.49
           show escrow                                | 0.00
        -  pay o 99.99                                | event_not_allowed in completed
        -  refund o 0.01                              | accepted
           show alice                                 | 0.02
        o2 order shop alice 0.01 direct fee=10000     | accepted
        -  pay o2 0.01                                | accepted
           show shop                                  | 97.49
           show fees                                  | 2.50
        ",
    );
}

#[test]
fn a_payment_is_of_the_price_by_the_buyer() {
    check(
        "
        shop  merchant                 | accepted
        alice customer 100             | accepted
        bob   customer 100             | accepted
        o  order shop alice 50         | accepted
        -  pay o 49.99                 | amount_differs
        -  pay o 50:JPY                | amount_differs
        -  pay o 50 from=bob           | not_allowed
        -  pay o 50 from=fees          | account_kind_not_allowed
        -  freeze alice                | accepted
        -  pay o 50                    | account_frozen
        -  unfreeze alice              | accepted
        h  hold alice 50.01            | accepted
        -  pay o 50                    | insufficient_funds
        -  release h                   | accepted
        -  pay o 50                    | accepted
           show escrow                 | 50.00
        ",
    );
}

#[test]
fn an_order_needs_a_seller_a_buyer_a_price_and_sensible_terms() {
    check(
        "
        shop  merchant                        | accepted
        alice customer                        | accepted
        alice.usd open alice USD              | accepted
        -  order alice shop 1                 | account_kind_not_allowed
        -  order shop fees 1                  | account_kind_not_allowed
        -  order shop shop 1                  | same_account
        -  order shop alice 0                 | amount_out_of_range
        -  order shop alice 1:USD             | currency_differs
        -  order shop alice.usd 1             | currency_differs
        -  order shop alice 1 pay=0s          | time_out_of_range
        -  order shop alice 1 confirm=366d1s  | time_out_of_range
        -  order shop alice 1 answer=366d     | accepted
        -  close shop                         | accepted
        -  order shop alice 1                 | account_closed
        ",
    );
}

#[test]
fn an_order_number_is_used_once_for_ever() {
    check(
        "
        shop  merchant                          | accepted
        rival merchant                          | accepted
        alice customer 10                       | accepted
        -  order shop alice 1 number=A-1        | accepted
        -  order shop alice 1 number=A-1        | order_number_taken
        -  order rival alice 1 number=A-1       | accepted
           at 300d                              |
        -  tick                                 | accepted
        -  order shop alice 2 number=A-1        | order_number_taken
        -  order shop alice 1 number=a-1        | accepted
        ",
    );
}

#[test]
fn a_buyer_cancels_a_paid_order_only_when_the_seller_is_late() {
    check(
        "
        shop  merchant                 | accepted
        alice customer 50              | accepted
        o  order shop alice 50         | accepted
        -  pay o 50                    | accepted
           at 2d23h59m59s              |
        -  cancel o buyer              | event_not_allowed in paid
           at 3d                       |
        -  cancel o buyer              | accepted
           show alice                  | 50.00
        ",
    );
}

#[test]
fn time_is_given_within_a_year_from_now() {
    check(
        "
        shop  merchant                 | accepted
        alice customer 50              | accepted
        o  order shop alice 50         | accepted
        -  extend o 0s                 | time_out_of_range
        -  extend o 365d1s             | time_out_of_range
        -  extend o 365d               | accepted
           show o                      | created, due 366d
        -  extend o 1s                 | time_out_of_range
        ",
    );
}

#[test]
fn a_seller_who_is_gone_is_not_paid_and_what_was_due_is_set_aside() {
    check(
        "
        shop  merchant                    | accepted
        alice customer 100                | accepted
        o1 order shop alice 10 fee=100    | accepted
        o2 order shop alice 20            | accepted
        o3 order shop alice 30 direct     | accepted
        -  pay o1 10                      | accepted
        -  close shop                     | accepted
        -  pay o2 20                      | account_closed
        -  pay o3 30                      | account_closed
           show alice                     | 90.00
        -  confirm o1                     | accepted
           show suspense                  | 9.90
           show fees                      | 0.10
        ",
    );
}
