//! Receipts: money that a bank moved and that nothing here accounts for.
//!
//! A line of a statement without a movement of ours, or a success after the bank said no: what was
//! shown as rejected stays rejected, and the money has a fate of its own. What came in waits in
//! suspense until somebody is given it; what went out is the platform's loss, and no balance is
//! debited for it.

use crate::bank::BankReference;
use crate::event::Subject;
use crate::id::{AccountId, CardId, Position, ReceiptId, TopUpId};
use crate::money::Money;
use crate::time::Time;

/// What becomes of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptEvent {
    /// An account gets it.
    Credit,
    /// It goes back to a card.
    GiveBack,
    /// The bank paid it back.
    PayBack,
    /// The bank would not pay it back.
    Bounce,
    /// A top-up under investigation is what it was for.
    Match,
    /// Nobody will be given it, or asked for it: it is the platform's gain or loss.
    WriteOff,
}

/// Where a receipt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptStage {
    /// Somebody has to find out whose it is.
    Open,
    /// An account has it.
    Credited,
    /// It goes back to a card.
    Returning,
    /// The card has it.
    Returned,
    /// It is a top-up's now.
    Matched,
    /// It is the platform's gain or loss.
    WrittenOff,
}

impl ReceiptStage {
    /// Every stage.
    pub const ALL: [ReceiptStage; 6] = [
        ReceiptStage::Open,
        ReceiptStage::Credited,
        ReceiptStage::Returning,
        ReceiptStage::Returned,
        ReceiptStage::Matched,
        ReceiptStage::WrittenOff,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            ReceiptStage::Open => "open",
            ReceiptStage::Credited => "credited",
            ReceiptStage::Returning => "returning",
            ReceiptStage::Returned => "returned",
            ReceiptStage::Matched => "matched",
            ReceiptStage::WrittenOff => "written_off",
        }
    }

    /// Where `event` leads from here, or `None` if it may not happen now.
    #[rustfmt::skip]
    #[expect(clippy::match_same_arms, reason = "one line per arrow; merged lines are no table")]
    pub const fn next(self, event: ReceiptEvent) -> Option<ReceiptStage> {
        use ReceiptEvent::{Bounce, Credit, GiveBack, Match, PayBack, WriteOff};
        use ReceiptStage::{Credited, Matched, Open, Returned, Returning, WrittenOff};

        match (self, event) {
            (Open, Credit)   => Some(Credited),
            (Open, GiveBack) => Some(Returning),
            (Open, Match)    => Some(Matched),
            (Open, WriteOff) => Some(WrittenOff),
            (Open, PayBack | Bounce) => None,

            (Returning, PayBack) => Some(Returned),
            (Returning, Bounce)  => Some(Open),
            (Returning, Credit | GiveBack | Match | WriteOff) => None,

            (Credited | Returned | Matched | WrittenOff,
             Credit | GiveBack | PayBack | Bounce | Match | WriteOff) => None,
        }
    }
}

/// A receipt as the books have it. What the bank calls it is in the record at `position`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its name.
    pub id: ReceiptId,
    /// How much the bank moved.
    pub amount: Money,
    /// Whether the bank paid it out, instead of taking it in.
    pub outgoing: bool,
    /// Where it stands.
    pub stage: ReceiptStage,
    /// The movement that the bank had rejected before.
    pub cause: Option<Subject>,
    /// Who or what has it now.
    pub taker: Option<Subject>,
    /// When it was recorded.
    pub created_at: Time,
    /// When its stage last changed.
    pub changed_at: Time,
    /// The record that opened it.
    pub position: Position,
    /// Its last event: the head of its timeline.
    pub last_event: Option<u64>,
}

/// Says that a bank took money that nothing here accounts for. Once for each reference, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordReceipt {
    /// What the bank calls it.
    pub reference: BankReference,
    /// How much.
    pub amount: Money,
}

/// What becomes of money that nothing accounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It is this account's.
    Credit {
        /// Which.
        account: AccountId,
    },
    /// It goes back by the original path.
    Return {
        /// Whose it was.
        account: AccountId,
        /// The card it came from.
        card: CardId,
    },
    /// It is what this top-up, which is under investigation, took.
    Match {
        /// Which.
        top_up: TopUpId,
    },
    /// It is the platform's gain or loss.
    WriteOff,
}

/// Decides about money that nothing accounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolveReceipt {
    /// Which.
    pub receipt: ReceiptId,
    /// What becomes of it.
    pub resolution: Resolution,
}
