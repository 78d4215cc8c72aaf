//! What an order's stage looks like, and what its buyer may do in it: pure, so that it is tested.

use ledger::order::{Event, Order, Party, Stage};
use ledger::refund::STATEMENTS_MAX;
use ledger::time::Time;

/// Something that a buyer may do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Pay,
    Cancel,
    Confirm,
    AskRefund,
    WithdrawRefund,
    Dispute,
    AddStatement,
}

impl Act {
    const ALL: [Act; 7] = [
        Act::Pay,
        Act::Cancel,
        Act::Confirm,
        Act::AskRefund,
        Act::WithdrawRefund,
        Act::Dispute,
        Act::AddStatement,
    ];

    /// Its name in addresses.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Act::Pay => "pay",
            Act::Cancel => "cancel",
            Act::Confirm => "confirm",
            Act::AskRefund => "ask-refund",
            Act::WithdrawRefund => "withdraw-refund",
            Act::Dispute => "dispute",
            Act::AddStatement => "add-statement",
        }
    }

    /// The act with this name.
    pub(super) fn named(code: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// What the buyer may do now, the most likely first.
pub(super) fn acts(order: &Order, now: Time) -> Vec<Act> {
    let late = order.ship_by().is_some_and(|it| it <= now);
    let mut acts = match order.stage {
        Stage::Created => vec![Act::Pay, Act::Cancel],
        Stage::Paid if late => vec![Act::Cancel, Act::Confirm, Act::AskRefund, Act::Dispute],
        Stage::Paid => vec![Act::AskRefund, Act::Confirm, Act::Dispute],
        Stage::Shipped => vec![Act::Confirm, Act::AskRefund, Act::Dispute],
        Stage::PaidRefundAsked => vec![Act::WithdrawRefund, Act::Dispute],
        Stage::ShippedRefundAsked => vec![Act::WithdrawRefund, Act::Confirm, Act::Dispute],
        Stage::Disputed | Stage::Completed | Stage::Refunded | Stage::Closed => Vec::new(),
    };
    if may_state(order, Party::Buyer) {
        acts.push(Act::AddStatement);
    }
    acts
}

/// Whether a side may add a statement now.
pub(crate) fn may_state(order: &Order, party: Party) -> bool {
    order.stage.next(Event::AddStatement).is_some() && order.statements(party) < STATEMENTS_MAX
}

/// The colour and the icon of a stage.
pub(crate) const fn chip(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Created => ("", "clock"),
        Stage::Paid => ("hold", "shield-check"),
        Stage::Shipped => ("info", "truck"),
        Stage::PaidRefundAsked | Stage::ShippedRefundAsked => ("warn", "undo-2"),
        Stage::Disputed => ("warn", "scale"),
        Stage::Completed => ("ok", "circle-check"),
        Stage::Refunded => ("ok", "undo-2"),
        Stage::Closed => ("", "circle-minus"),
    }
}

/// How many of the five steps are done, and whether there is a next one.
pub(super) const fn progress(order: &Order) -> (usize, bool) {
    match order.stage {
        Stage::Created => (1, true),
        Stage::Disputed if order.shipped_at.is_none() => (2, true),
        Stage::Paid | Stage::PaidRefundAsked => (2, true),
        Stage::Shipped | Stage::ShippedRefundAsked | Stage::Disputed => (3, true),
        Stage::Completed => (5, false),
        Stage::Refunded if order.shipped_at.is_some() => (3, false),
        Stage::Refunded => (2, false),
        Stage::Closed => (1, false),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use ledger::currency::Currency;
    use ledger::id::{AccountId, OrderId, Position, UserId};
    use ledger::money::{Money, Share};
    use ledger::name::OrderNumber;
    use ledger::order::{Mode, Terms};
    use ledger::time::Seconds;

    pub(crate) fn order(stage: Stage) -> Order {
        let terms = Terms {
            pay_within: Seconds::days(3),
            ship_within: Seconds::days(7),
            confirm_within: Seconds::days(10),
            answer_within: Seconds::days(3),
            fee: Share::NONE,
        };
        Order {
            id: OrderId::from_raw(1),
            seller: AccountId::from_raw(2),
            buyer: AccountId::from_raw(3),
            merchant: UserId::from_raw(4),
            customer: Some(UserId::from_raw(5)),
            number: OrderNumber::new("1").unwrap(),
            price: Money::new(8_800, Currency::CNY),
            mode: Mode::Escrow,
            terms,
            stage,
            refunded: 0,
            asked: 0,
            fee: 0,
            buyer_statements: 0,
            seller_statements: 0,
            created_at: Time(0),
            paid_at: (!matches!(stage, Stage::Created | Stage::Closed)).then_some(Time(0)),
            shipped_at: None,
            ended_at: None,
            due: None,
            position: Position(0),
            last_event: None,
        }
    }

    #[test]
    fn a_buyer_is_offered_only_what_the_ledger_allows() {
        for stage in Stage::ALL {
            for act in acts(&order(stage), Time(0)) {
                let event = match act {
                    Act::Pay => Event::Pay,
                    Act::Cancel => Event::Cancel,
                    Act::Confirm => Event::Confirm,
                    Act::AskRefund => Event::AskRefund,
                    Act::WithdrawRefund => Event::WithdrawRefund,
                    Act::Dispute => Event::Dispute,
                    Act::AddStatement => Event::AddStatement,
                };
                assert!(stage.next(event).is_some(), "{} {}", stage.code(), act.code());
                assert_eq!(Act::named(act.code()), Some(act));
            }
        }
    }

    #[test]
    fn the_buyer_of_a_late_seller_may_cancel_and_of_another_may_not() {
        let paid = order(Stage::Paid);
        let late = Time(0).after(Seconds::days(7));
        assert!(!acts(&paid, Time(0)).contains(&Act::Cancel));
        assert_eq!(acts(&paid, late).first(), Some(&Act::Cancel));
    }

    #[test]
    fn progress_ends_where_an_order_ends() {
        assert_eq!(progress(&order(Stage::Created)), (1, true));
        assert_eq!(progress(&order(Stage::Completed)), (5, false));
        assert_eq!(progress(&order(Stage::Refunded)), (2, false));
        assert_eq!(progress(&order(Stage::Closed)), (1, false));
    }
}
