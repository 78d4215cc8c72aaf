//! Where money is, what is certain, and who acts next: a pure function of the books' rows, with a
//! complete match over every stage, so that a new stage cannot be forgotten.

use super::words::{self, Words};
use ledger::bank::{TopUp, TopUpStage, Withdrawal, WithdrawalStage};
use ledger::hold::{Hold, HoldStage};
use ledger::order::{Order, Stage};
use ledger::receipt::{Receipt, ReceiptStage};
use ledger::remittance::{Remittance, RemittanceStage};
use ledger::time::{Seconds, Time};

/// How long somebody of the platform may take to look into something: to the second day.
const PERSON: Seconds = Seconds::days(2);

/// Where the money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On the customer's card: nothing was taken.
    Card,
    /// With the bank, or still with the customer: the bank has not said.
    Bank,
    /// In the wallet.
    Wallet,
    /// The platform holds it.
    Held,
    /// On its way back to the card.
    GoingBack,
    /// With the seller.
    Seller,
    /// On its way to another cell.
    Cells,
    /// Set aside until it is known whose it is.
    SetAside,
}

impl Place {
    /// Its name in the interfaces.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Place::Card => "card",
            Place::Bank => "bank",
            Place::Wallet => "wallet",
            Place::Held => "held",
            Place::GoingBack => "going_back",
            Place::Seller => "seller",
            Place::Cells => "between_cells",
            Place::SetAside => "set_aside",
        }
    }
}

/// Who acts next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A bank.
    Bank,
    /// The platform.
    Platform,
    /// The buyer.
    Buyer,
    /// The seller.
    Seller,
    /// Nobody: it has ended.
    Nobody,
}

impl Who {
    /// Its name in the interfaces.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Who::Bank => "bank",
            Who::Platform => "platform",
            Who::Buyer => "buyer",
            Who::Seller => "seller",
            Who::Nobody => "nobody",
        }
    }
}

/// From whose side one looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who pays.
    Buyer,
    /// Who is paid.
    Seller,
}

/// The answer to "where is my money?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whereabouts {
    /// Where it is.
    pub place: Place,
    /// What is certain.
    pub certain: &'static Words,
    /// Since when.
    pub since: Time,
    /// Who acts next.
    pub next: Who,
    /// By when.
    pub by: Option<Time>,
    /// What happens then.
    pub then: &'static Words,
    /// What to do.
    pub advice: &'static Words,
    /// What not to do.
    pub avoid: Option<&'static Words>,
}

/// When a bank that owes an answer is asked next; `None` when its statement decides, which is there
/// by the second date.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates {
    /// The next question.
    pub asked: Option<Time>,
    /// The statement.
    pub statement: Time,
}

impl Whereabouts {
    /// Something that has ended.
    fn ended(place: Place, certain: &'static Words, since: Time) -> Whereabouts {
        let (next, by, avoid) = (Who::Nobody, None, None);
        let (then, advice) = (&words::THEN_NOTHING, &words::DONE);
        Whereabouts { place, certain, since, next, by, then, advice, avoid }
    }

    /// Something that a person of the platform has to look into.
    fn looked_into(certain: &'static Words, since: Time) -> Whereabouts {
        Whereabouts {
            next: Who::Platform,
            by: Some(since.after(PERSON)),
            then: &words::THEN_PERSON,
            advice: &words::WAIT,
            ..Whereabouts::ended(Place::SetAside, certain, since)
        }
    }

    /// Something that a bank has to answer.
    fn awaited(
        certain: &'static Words,
        since: Time,
        dates: Dates,
        asked: &'static Words,
    ) -> Whereabouts {
        Whereabouts {
            place: Place::Bank,
            certain,
            since,
            next: Who::Bank,
            by: dates.asked.or(Some(dates.statement)),
            then: if dates.asked.is_some() { asked } else { &words::THEN_STATEMENT },
            advice: &words::QUOTE,
            avoid: Some(&words::NOT_AGAIN),
        }
    }
}

/// Where the money of a top-up is.
pub(super) fn top_up(it: &TopUp, dates: Dates) -> Whereabouts {
    let since = it.changed_at;
    let ended = |place, certain| Whereabouts::ended(place, certain, since);
    match it.stage {
        TopUpStage::Created => Whereabouts {
            next: Who::Platform,
            then: &words::THEN_TOLD,
            advice: &words::WAIT,
            avoid: Some(&words::NOT_AGAIN),
            ..ended(Place::Card, &words::TOP_UP_INTENDED)
        },
        TopUpStage::Sent => {
            Whereabouts::awaited(&words::TOP_UP_TOLD, since, dates, &words::THEN_ASKED)
        }
        TopUpStage::Unknown => {
            Whereabouts::awaited(&words::TOP_UP_SILENT, since, dates, &words::THEN_ASKED)
        }
        TopUpStage::Credited => {
            let place = if it.order.is_some() { Place::Held } else { Place::Wallet };
            ended(place, &words::TOP_UP_CREDITED)
        }
        TopUpStage::Rejected if it.late.is_some() => {
            Whereabouts::looked_into(&words::TOP_UP_LATE, since)
        }
        TopUpStage::Rejected => Whereabouts {
            advice: &words::OTHER_CARD,
            ..ended(Place::Card, &words::TOP_UP_REJECTED)
        },
        TopUpStage::Returned if it.withdrawal.is_some() => {
            ended(Place::Card, &words::TOP_UP_GONE_BACK)
        }
        TopUpStage::Returned => ended(Place::Card, &words::TOP_UP_UNDONE),
        TopUpStage::Investigating => {
            let looked_into = Whereabouts::looked_into(&words::TOP_UP_LOOKED_INTO, since);
            match it.due() {
                Some(by) => {
                    let then = &words::THEN_COMPENSATED;
                    Whereabouts { by: Some(by), then, ..looked_into }
                }
                None => looked_into,
            }
        }
        TopUpStage::Paying => Whereabouts {
            next: Who::Platform,
            then: &words::THEN_ARRIVES,
            advice: &words::WAIT,
            avoid: Some(&words::NOT_AGAIN),
            ..ended(Place::Cells, &words::TOP_UP_PAYING)
        },
        TopUpStage::Returning => Whereabouts {
            place: Place::GoingBack,
            avoid: None,
            ..Whereabouts::awaited(
                &words::TOP_UP_GOING_BACK,
                since,
                dates,
                &words::THEN_PAYOUT_ASKED,
            )
        },
    }
}

/// Where the money of a withdrawal is.
pub(super) fn withdrawal(it: &Withdrawal, dates: Dates) -> Whereabouts {
    let since = it.changed_at;
    let ended = |place, certain| Whereabouts::ended(place, certain, since);
    let awaited = |certain| Whereabouts {
        avoid: None,
        ..Whereabouts::awaited(certain, since, dates, &words::THEN_PAYOUT_ASKED)
    };
    match it.stage {
        WithdrawalStage::Created => Whereabouts {
            next: Who::Platform,
            then: &words::THEN_TOLD,
            advice: &words::WAIT,
            ..ended(Place::GoingBack, &words::WITHDRAWAL_INTENDED)
        },
        WithdrawalStage::Sent => awaited(&words::WITHDRAWAL_TOLD),
        WithdrawalStage::Unknown => awaited(&words::WITHDRAWAL_SILENT),
        WithdrawalStage::Paid => {
            Whereabouts { advice: &words::QUOTE, ..ended(Place::Card, &words::WITHDRAWAL_PAID) }
        }
        WithdrawalStage::Rejected => Whereabouts {
            advice: &words::OTHER_CARD,
            ..ended(Place::Wallet, &words::WITHDRAWAL_REJECTED)
        },
        WithdrawalStage::Returned => Whereabouts {
            advice: &words::OTHER_CARD,
            ..ended(Place::Wallet, &words::WITHDRAWAL_RETURNED)
        },
        WithdrawalStage::Investigating => {
            Whereabouts::looked_into(&words::WITHDRAWAL_LOOKED_INTO, since)
        }
    }
}

/// Where the money of an order is. `confirming` is a payment from a card that is under way.
pub(super) fn order(
    it: &Order,
    confirming: Option<&TopUp>,
    dates: Dates,
    side: Side,
) -> Whereabouts {
    let since = it.ended_at.or(it.shipped_at).or(it.paid_at).unwrap_or(it.created_at);
    let ended = |place, certain| Whereabouts::ended(place, certain, since);
    let buyer = side == Side::Buyer;
    let held = |certain, next, by, then, advice| Whereabouts {
        next,
        by,
        then,
        advice,
        ..ended(Place::Held, certain)
    };
    match it.stage {
        Stage::Created => match confirming {
            Some(top_up) => Whereabouts {
                place: Place::Bank,
                since: top_up.changed_at,
                next: Who::Bank,
                by: dates.asked.or(Some(dates.statement)),
                then: &words::THEN_BANK_DECIDES,
                advice: &words::WAIT,
                avoid: Some(if buyer { &words::NOT_AGAIN } else { &words::NOT_SHIP }),
                ..ended(Place::Bank, &words::ORDER_BANK_CONFIRMING)
            },
            None => Whereabouts {
                next: Who::Buyer,
                by: it.due,
                then: &words::THEN_CLOSES,
                advice: if buyer { &words::PAY } else { &words::WAIT },
                avoid: (!buyer).then_some(&words::NOT_SHIP),
                ..ended(Place::Card, &words::ORDER_UNPAID)
            },
        },
        Stage::Paid => {
            let by = it.ship_by();
            held(&words::ORDER_HELD, Who::Seller, by, &words::THEN_MAY_CANCEL, &words::SHIP)
        }
        Stage::Shipped => {
            let then = &words::THEN_RELEASED;
            held(&words::ORDER_HELD, Who::Buyer, it.due, then, &words::CONFIRM)
        }
        Stage::PaidRefundAsked | Stage::ShippedRefundAsked => {
            let (certain, then) = (&words::ORDER_REFUND_ASKED, &words::THEN_REFUND_GRANTED);
            held(certain, Who::Seller, it.due, then, &words::ANSWER)
        }
        Stage::Disputed => {
            let then = &words::THEN_DECIDED;
            held(&words::ORDER_DISPUTED, Who::Platform, None, then, &words::WAIT)
        }
        Stage::Completed => ended(Place::Seller, &words::ORDER_COMPLETED),
        Stage::Refunded => ended(Place::Wallet, &words::ORDER_REFUNDED),
        Stage::Closed => ended(Place::Card, &words::ORDER_CLOSED),
    }
}

/// Where the money under a hold is.
pub(super) fn hold(it: &Hold) -> Whereabouts {
    let since = it.placed_at;
    let ended = |place, certain| Whereabouts::ended(place, certain, since);
    match it.stage {
        HoldStage::Open => Whereabouts {
            next: Who::Seller,
            by: it.due,
            then: if it.due.is_some() { &words::THEN_EXPIRES } else { &words::THEN_TAKEN_OR_FREED },
            ..ended(Place::Wallet, &words::HOLD_OPEN)
        },
        HoldStage::Captured => ended(Place::Seller, &words::HOLD_CAPTURED),
        HoldStage::Released | HoldStage::Expired => ended(Place::Wallet, &words::HOLD_FREE),
    }
}

/// Where money is that nothing accounted for.
pub(super) fn receipt(it: &Receipt, dates: Dates) -> Whereabouts {
    let since = it.changed_at;
    match it.stage {
        ReceiptStage::Open if it.outgoing => Whereabouts {
            place: Place::Card,
            ..Whereabouts::looked_into(&words::RECEIPT_LOSS, since)
        },
        ReceiptStage::Open => Whereabouts::looked_into(&words::RECEIPT_OPEN, since),
        ReceiptStage::Returning => Whereabouts {
            place: Place::GoingBack,
            avoid: None,
            ..Whereabouts::awaited(
                &words::RECEIPT_GOING_BACK,
                since,
                dates,
                &words::THEN_PAYOUT_ASKED,
            )
        },
        ReceiptStage::Returned => Whereabouts::ended(Place::Card, &words::RECEIPT_ENDED, since),
        ReceiptStage::Credited | ReceiptStage::Matched => {
            Whereabouts::ended(Place::Wallet, &words::RECEIPT_ENDED, since)
        }
        ReceiptStage::WrittenOff => {
            Whereabouts::ended(Place::SetAside, &words::RECEIPT_ENDED, since)
        }
    }
}

/// Where money between cells is.
pub(super) fn remittance(it: &Remittance) -> Whereabouts {
    let since = it.sent_at;
    match it.stage {
        RemittanceStage::Sent => Whereabouts {
            next: Who::Platform,
            then: &words::THEN_ARRIVES,
            advice: &words::WAIT,
            ..Whereabouts::ended(Place::Cells, &words::BETWEEN_CELLS, since)
        },
        RemittanceStage::Settled => Whereabouts::ended(Place::Seller, &words::ARRIVED, since),
        RemittanceStage::Returned => Whereabouts::ended(Place::Wallet, &words::CAME_BACK, since),
    }
}

/// A transfer is done in the moment in which it is asked for.
pub(super) fn transfer(at: Time) -> Whereabouts {
    Whereabouts::ended(Place::Wallet, &words::ARRIVED, at)
}

#[cfg(test)]
mod tests;
