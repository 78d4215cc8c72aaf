//! Money between cells: debit first, then a message that cannot be lost or applied twice.
//!
//! The payer's cell debits the payer into its transit account for the other cell, keeps a
//! remittance, and owes a message. Messages from one cell to another are numbered from 1 without a
//! gap, and the receiver takes only the next one. It credits the payee from its own transit account
//! and answers; or it refuses, and the answer brings the money back. The transit accounts of a pair
//! of cells mirror each other, and their sum is zero when nothing is under way.

use crate::id::{AccountId, CellId, OrderId, RemittanceId, TopUpId, UserId};
use crate::money::Money;
use crate::posting::Reason;
use crate::rejection::Rejection;
use crate::time::Time;

/// Where a remittance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemittanceStage {
    /// The payer is debited; the other cell has not answered.
    Sent,
    /// The other cell took it.
    Settled,
    /// The other cell would not take it, and the money is back.
    Returned,
}

impl RemittanceStage {
    /// Every stage.
    pub const ALL: [RemittanceStage; 3] =
        [RemittanceStage::Sent, RemittanceStage::Settled, RemittanceStage::Returned];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            RemittanceStage::Sent => "sent",
            RemittanceStage::Settled => "settled",
            RemittanceStage::Returned => "returned",
        }
    }
}

/// What the other cell does with the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Credit the account, for this reason.
    Credit(Reason),
    /// Pay this order.
    Pay(OrderId),
}

/// Money sent to another cell, as the payer's books have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remittance {
    /// Its name.
    pub id: RemittanceId,
    /// The account that was debited, here.
    pub debit: AccountId,
    /// The account to credit, there. For a payment, the order's escrow account.
    pub credit: AccountId,
    /// How much.
    pub amount: Money,
    /// What for.
    pub purpose: Purpose,
    /// Where it stands.
    pub stage: RemittanceStage,
    /// The top-up whose money it is.
    pub top_up: Option<TopUpId>,
    /// Why the other cell would not take it.
    pub refusal: Option<Rejection>,
    /// When it was sent.
    pub sent_at: Time,
    /// Its last event: the head of its timeline.
    pub last_event: Option<u64>,
}

/// What one cell tells another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Money arrives.
    Remit(Remit),
    /// What became of money that was sent.
    Reply {
        /// The sender's name for it.
        remittance: RemittanceId,
        /// Why it was not taken; `None` if it was.
        refusal: Option<Rejection>,
    },
}

/// Money on its way, as the message says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remit {
    /// The sender's name for it.
    pub remittance: RemittanceId,
    /// The account that was debited.
    pub debit: AccountId,
    /// Whose account that is.
    pub payer: Option<UserId>,
    /// The account to credit.
    pub credit: AccountId,
    /// How much.
    pub amount: Money,
    /// What for.
    pub purpose: Purpose,
}

/// How far the messages between this cell and another have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// The number of the last message to the other cell.
    pub sent: u64,
    /// The number of the last message from it.
    pub received: u64,
}

/// A message that is owed to another cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The cell it is for.
    pub to: CellId,
    /// Its number among all messages to that cell, from 1.
    pub number: u64,
    /// What it says.
    pub message: Message,
}
