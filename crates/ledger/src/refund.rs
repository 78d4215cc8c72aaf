//! Money back and disputes: what the sides of an order and the platform ask for, and why.
//!
//! Grounds are a code, which programs may read. Statements are the words of a person and may be
//! about a person: whoever asks seals them, so that the ledger keeps what it cannot read, and the
//! order's row has neither. Both are read back from the record of the event.

use crate::id::OrderId;
use crate::money::Money;
use crate::name::Statement;
use crate::order::{Grounds, Party};

/// The most statements that one side may add to an order.
pub const STATEMENTS_MAX: u8 = 10;

/// The buyer asks for money back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskRefund {
    /// Which order.
    pub order: OrderId,
    /// How much.
    pub amount: Money,
    /// Why, as a code.
    pub grounds: Grounds,
    /// Why, in the buyer's words.
    pub statement: Option<Statement>,
}

/// The buyer takes the wish for a refund back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithdrawRefund {
    /// Which order.
    pub order: OrderId,
}

/// The seller answers a wish for a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRefund {
    /// Which order.
    pub order: OrderId,
    /// Whether what was asked goes back.
    pub agree: bool,
    /// Why, in the seller's words.
    pub statement: Option<Statement>,
}

/// The seller gives money back of its own accord, from escrow or, after the end, from its balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// Which order.
    pub order: OrderId,
    /// How much.
    pub amount: Money,
}

/// Asks the platform to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeOrder {
    /// Which order.
    pub order: OrderId,
    /// Which side asks.
    pub party: Party,
    /// Why, as a code.
    pub grounds: Grounds,
    /// Why, in the words of that side.
    pub statement: Option<Statement>,
}

/// A side adds to what it said, for the other side and the platform to read before they decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddStatement {
    /// Which order.
    pub order: OrderId,
    /// Which side.
    pub party: Party,
    /// What it says.
    pub statement: Statement,
}

/// The platform decides a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwardOrder {
    /// Which order.
    pub order: OrderId,
    /// What goes back to the buyer, in minor units; the rest is released to the seller.
    pub to_buyer: u64,
}
