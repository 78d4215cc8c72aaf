//! The kinds of entries that people tell apart, fewer than there are reasons.

use ledger::posting::Reason;

/// What an entry was, for whoever looks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Order,
    Refund,
    TopUp,
    Withdrawal,
    Transfer,
    Other,
}

impl Kind {
    pub(super) const ALL: [Kind; 6] =
        [Kind::Order, Kind::Refund, Kind::TopUp, Kind::Withdrawal, Kind::Transfer, Kind::Other];

    /// Its name in addresses, and of its words.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Kind::Order => "order",
            Kind::Refund => "refund",
            Kind::TopUp => "top_up",
            Kind::Withdrawal => "withdrawal",
            Kind::Transfer => "transfer",
            Kind::Other => "other",
        }
    }

    /// The kind with this name.
    pub(super) fn named(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|it| it.code() == code)
    }

    /// The kind of a reason. What left for another cell is what it was sent for: `pays` says
    /// whether that was an order.
    pub(super) const fn of(reason: Reason, pays: bool) -> Kind {
        match reason {
            Reason::OrderPaid | Reason::OrderReleased | Reason::OrderFee => Kind::Order,
            Reason::OrderRefunded => Kind::Refund,
            Reason::ToppedUp | Reason::TopUpReturned => Kind::TopUp,
            Reason::Withdrawn | Reason::PaidOut | Reason::WithdrawalReturned => Kind::Withdrawal,
            Reason::Remitted | Reason::RemittanceReturned if pays => Kind::Order,
            Reason::Transfer
            | Reason::Capture
            | Reason::Remitted
            | Reason::Received
            | Reason::RemittanceReturned => Kind::Transfer,
            Reason::SetAside | Reason::GivenBack | Reason::Misdirected | Reason::WrittenOff => {
                Kind::Other
            }
        }
    }

    /// An icon of the sprite.
    pub(super) const fn icon(self) -> &'static str {
        match self {
            Kind::Order => "shopping-bag",
            Kind::Refund => "undo-2",
            Kind::TopUp => "arrow-down-left",
            Kind::Withdrawal => "arrow-up-right",
            Kind::Transfer => "arrow-left-right",
            Kind::Other => "file-text",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::words;

    #[test]
    fn every_kind_is_found_by_its_name_and_has_words() {
        for it in Kind::ALL {
            assert_eq!(Kind::named(it.code()), Some(it));
            for lang in [Lang::Zh, Lang::En] {
                let named = words::Activity(lang).named(&format!("kind_{}", it.code()));
                assert!(named.is_some(), "{}", it.code());
            }
        }
    }

    #[test]
    fn money_for_an_order_in_another_cell_is_a_payment() {
        assert_eq!(Kind::of(Reason::Remitted, true), Kind::Order);
        assert_eq!(Kind::of(Reason::Remitted, false), Kind::Transfer);
    }
}
