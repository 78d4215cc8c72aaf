//! Banks: the channel by which the platform talks to one, and a simulated one to talk to.
//!
//! The idea that explains the rest: a bank's answer is definite, or it is silence. A timeout, a
//! broken connection, a status of 500 and an answer that makes no sense are all silence: the bank
//! may have done it or not. Nothing in here makes a "no" out of silence, and every instruction
//! carries a reference under which the bank can be asked, for ever.
//!
//! `docs/bank-protocol.md` describes the protocol.

mod channel;
pub mod fuzz;
pub mod sim;

pub use channel::{HttpBank, Silence};

use serde::{Deserialize, Serialize};

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
    },
    /// It did not, and will not.
    Rejected {
        /// Why.
        reason: String,
    },
}
