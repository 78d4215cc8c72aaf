//! Papers: what a page hands out to be kept, printed or counted elsewhere.
//!
//! Values in, bytes out. Nothing here reads the books, knows HTTP or asks a clock, so the same
//! values give the same bytes, today and in ten years. What does not add up is not written: a
//! statement is counted again before a line of it goes to paper.

pub mod csv;
pub mod pdf;
pub mod qr;

#[cfg(test)]
mod tests;

use ledger::money::Money;
use ledger::time::Time;
use std::fmt;

/// The most lines of one document. Who wants more asks for a shorter time.
pub const LINES_MAX: usize = 10_000;

/// What happened to a balance, as its owner sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Money came in.
    Credit(Money),
    /// Money went out.
    Debit(Money),
}

/// A line of an account statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was posted.
    pub at: Time,
    /// What it was, in the reader's words.
    pub what: String,
    /// Who was on the other side; empty if that was the platform itself.
    pub counterparty: String,
    /// The identifier by which it is found again.
    pub reference: String,
    /// What it did to the balance.
    pub change: Change,
    /// The balance after it, as the books say.
    pub balance: Money,
}

/// What happened to one account from one moment to another, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The account's identifier.
    pub account: String,
    /// Whose account it is, as people know them.
    pub owner: String,
    /// The first moment that belongs to it.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    /// The balance at its beginning.
    pub opening: Money,
    /// What happened.
    pub entries: Vec<Entry>,
}

/// What a statement comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The sum of what came in.
    pub credits: Money,
    /// How many entries that were.
    pub credits_count: usize,
    /// The sum of what went out.
    pub debits: Money,
    /// How many entries that were.
    pub debits_count: usize,
    /// The balance at the end.
    pub closing: Money,
}

/// Why a document was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMade {
    /// There are more than [`LINES_MAX`] lines.
    TooLong,
    /// The balance that the books have after this entry (counted from 0) is another than what the
    /// entries before it lead to, or is in another currency.
    DoesNotAddUp {
        /// The entry.
        entry: usize,
    },
}

impl fmt::Display for NotMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotMade::TooLong => write!(f, "a document has {LINES_MAX} lines at most"),
            NotMade::DoesNotAddUp { entry } => write!(f, "entry {entry} does not add up"),
        }
    }
}

impl std::error::Error for NotMade {}

impl Change {
    /// How much it was, either way.
    pub const fn amount(self) -> Money {
        match self {
            Change::Credit(amount) | Change::Debit(amount) => amount,
        }
    }

    /// The balance that it makes of `balance`, if both can be counted together.
    fn after(self, balance: Money) -> Option<Money> {
        match self {
            Change::Credit(amount) => balance.plus(amount).ok(),
            Change::Debit(amount) => {
                let amount = amount.in_currency(balance.currency()).ok()?;
                let left = balance.minor().checked_sub(amount.minor())?;
                Some(Money::new(left, balance.currency()))
            }
        }
    }
}

impl Statement {
    /// Counts the statement again, from its opening balance to the last entry.
    pub fn totals(&self) -> Result<Totals, NotMade> {
        enough(self.entries.len())?;
        let nothing = Money::new(0, self.opening.currency());
        let mut totals = Totals {
            credits: nothing,
            credits_count: 0,
            debits: nothing,
            debits_count: 0,
            closing: self.opening,
        };
        for (place, entry) in self.entries.iter().enumerate() {
            let wrong = NotMade::DoesNotAddUp { entry: place };
            totals.closing = entry.change.after(totals.closing).ok_or(wrong)?;
            if totals.closing != entry.balance {
                return Err(wrong);
            }
            match entry.change {
                Change::Credit(amount) => {
                    totals.credits = totals.credits.plus(amount).map_err(|_| wrong)?;
                    totals.credits_count += 1;
                }
                Change::Debit(amount) => {
                    totals.debits = totals.debits.plus(amount).map_err(|_| wrong)?;
                    totals.debits_count += 1;
                }
            }
        }
        Ok(totals)
    }
}

/// Whether so many lines may go into one document.
fn enough(lines: usize) -> Result<(), NotMade> {
    if lines > LINES_MAX { Err(NotMade::TooLong) } else { Ok(()) }
}
