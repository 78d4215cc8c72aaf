//! What the entries of an account come to, as a shop counts: what was sold, what the platform kept
//! of it, what went back, and everything else, so that it adds up to the balance.

use crate::web::dates;
use crate::web::holdings::left;
use jiff::civil::Date;
use ledger::id::AccountId;
use ledger::order::Order;
use ledger::posting::{Posting, Reason};

/// What an entry was for a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An order paid the shop, less this fee.
    Sale { fee: u64 },
    /// An order took from the balance what went back to its buyer.
    Refund,
    /// Everything else.
    Other,
}

impl Part {
    /// What an entry was; `order` is the order that it belongs to, if there is one.
    ///
    /// The fee never was in the account: it goes from escrow to the platform, and the shop is given
    /// the rest. An order pays its seller once, so its fee is the fee on that payment, also when
    /// part of the price went back before: the fee is a share of what was released. What goes back
    /// later leaves the fee as it is. A refund to a buyer in another cell is booked as money that
    /// left for that cell, under the name of its order.
    pub(super) fn of(own: AccountId, it: &Posting, order: Option<&Order>) -> Part {
        // Whoever sells may buy too, and that is not their sale.
        let Some(order) = order.filter(|order| order.seller == own) else { return Part::Other };
        match it.reason {
            Reason::OrderPaid | Reason::OrderReleased if it.credit == own => {
                Part::Sale { fee: order.fee }
            }
            Reason::OrderRefunded | Reason::Remitted if it.debit == own => Part::Refund,
            Reason::Transfer
            | Reason::Capture
            | Reason::OrderPaid
            | Reason::OrderReleased
            | Reason::OrderFee
            | Reason::OrderRefunded
            | Reason::ToppedUp
            | Reason::Withdrawn
            | Reason::PaidOut
            | Reason::WithdrawalReturned
            | Reason::TopUpReturned
            | Reason::Remitted
            | Reason::Received
            | Reason::RemittanceReturned
            | Reason::SetAside
            | Reason::GivenBack
            | Reason::Misdirected
            | Reason::WrittenOff => Part::Other,
        }
    }
}

/// An entry, with the number of its posting and what it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) it: Posting,
    pub(super) part: Part,
}

/// What entries come to, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Orders that paid the shop.
    pub(super) orders: usize,
    /// What they came to, with the fees.
    pub(super) gross: u64,
    pub(super) fees: u64,
    pub(super) refunds: u64,
    /// What else came in, less what else went out.
    pub(super) other: i128,
}

impl Sums {
    /// The same with one more entry.
    pub(super) fn and(self, own: AccountId, line: &Line) -> Sums {
        let amount = line.it.amount;
        match line.part {
            Part::Sale { fee } => Sums {
                orders: self.orders + 1,
                gross: self.gross + amount + fee,
                fees: self.fees + fee,
                ..self
            },
            Part::Refund => Sums { refunds: self.refunds + amount, ..self },
            Part::Other if line.it.credit == own => {
                Sums { other: self.other + i128::from(amount), ..self }
            }
            Part::Other => Sums { other: self.other - i128::from(amount), ..self },
        }
    }

    /// What several entries come to.
    pub(super) fn of(own: AccountId, lines: &[Line]) -> Sums {
        lines.iter().fold(Sums::default(), |sums, it| sums.and(own, it))
    }

    /// What they did to the balance.
    pub(super) fn net(self) -> i128 {
        let out = i128::from(self.fees) + i128::from(self.refunds);
        i128::from(self.gross) - out + self.other
    }
}

/// A day on which something moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) date: Date,
    pub(super) sums: Sums,
    pub(super) closing: u64,
}

/// The days of lines, both with the newest first.
pub(super) fn days(own: AccountId, lines: &[Line]) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for line in lines {
        let date = dates::local(line.it.time).date();
        if days.last().is_none_or(|last| last.date != date) {
            days.push(Day { date, sums: Sums::default(), closing: left(own, &line.it) });
        }
        if let Some(last) = days.last_mut() {
            last.sums = last.sums.and(own, line);
        }
    }
    days
}
