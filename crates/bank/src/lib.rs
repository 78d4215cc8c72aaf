//! Banks: the channel by which the platform talks to one, and a simulated one to talk to.
//!
//! The idea that explains the rest: a bank's answer is definite, or it is silence. A timeout, a
//! broken connection, a status of 500, an answer that makes no sense and one whose signature is
//! wrong are all silence: the bank may have done it or not. Nothing in here makes a "no" out of
//! silence, and every instruction carries a reference under which the bank can be asked, for ever.
//!
//! `docs/bank-protocol.md` describes the protocol.

mod channel;
pub mod files;
pub mod fuzz;
pub mod sign;
pub mod sim;

pub use channel::{Channel, HttpBank, Silence};

use serde::{Deserialize, Serialize};
use std::future::Future;

/// A bank, whatever it speaks.
pub trait Bank {
    /// Tells the bank to do something. The same reference is done once, however often it is told.
    fn instruct(
        &self,
        instruction: &Instruction,
    ) -> impl Future<Output = Result<Answer, Silence>> + Send;

    /// Asks what became of a reference.
    fn inquire(&self, reference: &str) -> impl Future<Output = Result<Found, Silence>> + Send;

    /// The bank's statement of a business day, such as `2026-11-23`; `None` until that day is over.
    fn statement(
        &self,
        date: &str,
    ) -> impl Future<Output = Result<Option<Statement>, Silence>> + Send;
}

/// Which way money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// From a card to the platform.
    Collect,
    /// From the platform to a card.
    Payout,
}

/// What the bank is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instruction {
    /// The platform's name for it, for ever. The bank does each once.
    pub reference: String,
    /// Which way.
    pub kind: Kind,
    /// The card.
    pub token: String,
    /// How much, in minor units.
    pub amount: u64,
    /// An ISO 4217 code.
    pub currency: String,
}

/// What the bank did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Answer {
    /// The money moved.
    Executed {
        /// The bank's own reference.
        bank_reference: String,
        /// How much really moved, in minor units. Whoever instructed has to compare.
        amount: u64,
        /// In which currency.
        currency: String,
        /// When, by the bank's clock, in milliseconds since 1970.
        at: u64,
    },
    /// It did not, and will not.
    Rejected {
        /// Why.
        reason: String,
    },
    /// The bank has the instruction and has not decided.
    Pending,
    /// The money moved, and has gone back the way it came.
    Returned {
        /// The bank's own reference of the movement that was undone.
        bank_reference: String,
        /// The bank's own reference of the movement back.
        return_reference: String,
        /// How much went back, in minor units.
        amount: u64,
        /// In which currency.
        currency: String,
        /// When it went back, by the bank's clock, in milliseconds since 1970.
        at: u64,
        /// Why.
        reason: String,
    },
}

/// What the bank knows about a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It has heard of it.
    Answer(Answer),
    /// It has not heard of it.
    NotFound {
        /// Whether it never will: what arrives under the reference from now on is refused. Until
        /// then an instruction may still be on its way.
        is_final: bool,
    },
}

/// What the bank says without being asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The platform's name for what was instructed.
    pub reference: String,
    /// What became of it.
    #[serde(flatten)]
    pub answer: Answer,
}

/// Whether the platform's account at the bank got money or gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// It got money.
    Credit,
    /// It gave money.
    Debit,
}

/// The bank's own list of what it did on a business day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it says of itself.
    pub head: StatementHead,
    /// What moved, in the bank's order.
    pub rows: Vec<StatementRow>,
}

/// The first line of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementHead {
    /// The business day, such as `2026-11-23`.
    pub date: String,
    /// The time zone of the cut-off.
    pub zone: String,
    /// When the day begins, in milliseconds since 1970.
    pub from: u64,
    /// When it ends; what moves then belongs to the next.
    pub to: u64,
    /// How many lines follow, so that a statement that was cut off is known by it.
    pub rows: usize,
    /// What the platform's account held.
    pub balances: Vec<StatementBalance>,
}

/// What the platform's account held in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementBalance {
    /// An ISO 4217 code.
    pub currency: String,
    /// When the day began, in minor units.
    pub opening: i64,
    /// When it ended.
    pub closing: i64,
}

/// A line of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementRow {
    /// The bank's own reference of the movement.
    pub bank_reference: String,
    /// The platform's reference, where the bank has one.
    pub reference: Option<String>,
    /// Which way, as the platform's account sees it.
    pub side: Side,
    /// How much, in minor units.
    pub amount: u64,
    /// An ISO 4217 code.
    pub currency: String,
    /// When it was booked, in milliseconds since 1970.
    pub booked_at: u64,
    /// The bank's reference of the movement that this one undoes.
    pub returns: Option<String>,
}
