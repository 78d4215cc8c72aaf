//! Top-ups and withdrawals, from the ledger's side.
//!
//! The intent is durable before the bank hears of it, and the identifier is the reference under
//! which the bank hears of it, for ever. Silence is a stage with a name; it ends when the bank
//! answers, never by a clock.

use crate::id::{AccountId, CardId, TopUpId, WithdrawalId};
use crate::money::Money;
use crate::time::Time;

/// What a bank, or its silence, does to a top-up or a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BankEvent {
    /// The instruction is about to leave for the bank.
    Send,
    /// No answer came: whether the bank did it is not known.
    Silence,
    /// The bank did it.
    Confirm,
    /// The bank did not do it and never will.
    Reject,
    /// The bank did it and undid it.
    Return,
    /// The answers contradict each other: a person has to look.
    Investigate,
}

impl BankEvent {
    /// Every event.
    pub const ALL: [BankEvent; 6] = [
        BankEvent::Send,
        BankEvent::Silence,
        BankEvent::Confirm,
        BankEvent::Reject,
        BankEvent::Return,
        BankEvent::Investigate,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            BankEvent::Send => "send",
            BankEvent::Silence => "silence",
            BankEvent::Confirm => "confirm",
            BankEvent::Reject => "reject",
            BankEvent::Return => "return",
            BankEvent::Investigate => "investigate",
        }
    }
}

/// Where a top-up stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TopUpStage {
    /// Intended; the bank has not heard of it.
    Created,
    /// The bank may have heard of it.
    Sent,
    /// The bank is silent. The money is with the bank or with the customer.
    Unknown,
    /// The bank took the money and the account has it.
    Credited,
    /// The bank did not take the money.
    Rejected,
    /// The money went back the way it came.
    Returned,
    /// The platform looks into it; what the bank took is set aside.
    Investigating,
}

impl TopUpStage {
    /// Every stage.
    pub const ALL: [TopUpStage; 7] = [
        TopUpStage::Created,
        TopUpStage::Sent,
        TopUpStage::Unknown,
        TopUpStage::Credited,
        TopUpStage::Rejected,
        TopUpStage::Returned,
        TopUpStage::Investigating,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            TopUpStage::Created => "created",
            TopUpStage::Sent => "sent",
            TopUpStage::Unknown => "unknown",
            TopUpStage::Credited => "credited",
            TopUpStage::Rejected => "rejected",
            TopUpStage::Returned => "returned",
            TopUpStage::Investigating => "investigating",
        }
    }

    /// Where `event` leads from here, or `None` if it changes nothing.
    #[rustfmt::skip]
    #[expect(clippy::match_same_arms, reason = "one line per arrow; merged lines are no table")]
    pub const fn next(self, event: BankEvent) -> Option<TopUpStage> {
        use BankEvent::{Confirm, Investigate, Reject, Return, Send, Silence};
        use TopUpStage::{Created, Credited, Investigating, Rejected, Returned, Sent, Unknown};

        match (self, event) {
            (Created, Send)   => Some(Sent),
            (Created, Reject) => Some(Rejected),        // It never left the house.
            (Created, Silence | Confirm | Return | Investigate) => None,

            (Sent, Silence)     => Some(Unknown),
            (Sent, Confirm)     => Some(Credited),
            (Sent, Reject)      => Some(Rejected),
            (Sent, Return)      => Some(Returned),
            (Sent, Investigate) => Some(Investigating),
            (Sent, Send)        => None,

            (Unknown, Confirm)     => Some(Credited),
            (Unknown, Reject)      => Some(Rejected),
            (Unknown, Return)      => Some(Returned),
            (Unknown, Investigate) => Some(Investigating),
            (Unknown, Send | Silence) => None,          // Ask; never send again blindly.

            (Rejected, Confirm) => Some(Investigating), // First no, then yes: set it aside.
            (Rejected, Send | Silence | Reject | Return | Investigate) => None,

            (Investigating, Confirm) => Some(Credited),
            (Investigating, Reject)  => Some(Rejected),
            (Investigating, Return)  => Some(Returned),
            (Investigating, Send | Silence | Investigate) => None,

            (Credited | Returned, Send | Silence | Confirm | Reject | Return | Investigate) => None,
        }
    }

    /// Whether the bank still owes an answer.
    pub const fn open(self) -> bool {
        match self {
            TopUpStage::Created | TopUpStage::Sent | TopUpStage::Unknown => true,
            TopUpStage::Credited
            | TopUpStage::Rejected
            | TopUpStage::Returned
            | TopUpStage::Investigating => false,
        }
    }
}

/// Where a withdrawal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WithdrawalStage {
    /// The balance is debited; the bank has not heard of it.
    Created,
    /// The bank may have heard of it.
    Sent,
    /// The bank is silent. The money stays out of the balance until it answers.
    Unknown,
    /// The bank paid it out.
    Paid,
    /// The bank did not; the money is back in the balance.
    Rejected,
    /// The bank paid it out, got it back, and so did the balance.
    Returned,
    /// The platform looks into it.
    Investigating,
}

impl WithdrawalStage {
    /// Every stage.
    pub const ALL: [WithdrawalStage; 7] = [
        WithdrawalStage::Created,
        WithdrawalStage::Sent,
        WithdrawalStage::Unknown,
        WithdrawalStage::Paid,
        WithdrawalStage::Rejected,
        WithdrawalStage::Returned,
        WithdrawalStage::Investigating,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            WithdrawalStage::Created => "created",
            WithdrawalStage::Sent => "sent",
            WithdrawalStage::Unknown => "unknown",
            WithdrawalStage::Paid => "paid",
            WithdrawalStage::Rejected => "rejected",
            WithdrawalStage::Returned => "returned",
            WithdrawalStage::Investigating => "investigating",
        }
    }

    /// Where `event` leads from here, or `None` if it changes nothing.
    #[rustfmt::skip]
    #[expect(clippy::match_same_arms, reason = "one line per arrow; merged lines are no table")]
    pub const fn next(self, event: BankEvent) -> Option<WithdrawalStage> {
        use BankEvent::{Confirm, Investigate, Reject, Return, Send, Silence};
        use WithdrawalStage::{Created, Investigating, Paid, Rejected, Returned, Sent, Unknown};

        match (self, event) {
            (Created, Send)   => Some(Sent),
            (Created, Reject) => Some(Rejected),
            (Created, Silence | Confirm | Return | Investigate) => None,

            (Sent, Silence)     => Some(Unknown),
            (Sent, Confirm)     => Some(Paid),
            (Sent, Reject)      => Some(Rejected),
            (Sent, Investigate) => Some(Investigating),
            (Sent, Send | Return) => None,

            (Unknown, Confirm)     => Some(Paid),
            (Unknown, Reject)      => Some(Rejected),
            (Unknown, Investigate) => Some(Investigating),
            (Unknown, Send | Silence | Return) => None,

            (Paid, Return) => Some(Returned),
            (Paid, Send | Silence | Confirm | Reject | Investigate) => None,

            (Investigating, Confirm) => Some(Paid),
            (Investigating, Reject)  => Some(Rejected),
            (Investigating, Send | Silence | Return | Investigate) => None,

            (Rejected | Returned, Send | Silence | Confirm | Reject | Return | Investigate) => None,
        }
    }

    /// Whether the bank still owes an answer.
    pub const fn open(self) -> bool {
        match self {
            WithdrawalStage::Created | WithdrawalStage::Sent | WithdrawalStage::Unknown => true,
            WithdrawalStage::Paid
            | WithdrawalStage::Rejected
            | WithdrawalStage::Returned
            | WithdrawalStage::Investigating => false,
        }
    }
}

/// A top-up as the books have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopUp {
    /// Its name, and its reference at the bank.
    pub id: TopUpId,
    /// The account to credit.
    pub account: AccountId,
    /// The card to take it from.
    pub card: CardId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub stage: TopUpStage,
    /// What the bank took and nobody has been given yet, in minor units.
    pub set_aside: u64,
    /// When it was intended.
    pub created_at: Time,
    /// When its stage last changed.
    pub changed_at: Time,
    /// Its last event: the head of its timeline.
    pub last_event: Option<u64>,
}

/// A withdrawal as the books have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Its name, and its reference at the bank.
    pub id: WithdrawalId,
    /// The account that was debited.
    pub account: AccountId,
    /// The card to pay it to.
    pub card: CardId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub stage: WithdrawalStage,
    /// When it was intended.
    pub created_at: Time,
    /// When its stage last changed.
    pub changed_at: Time,
    /// Its last event: the head of its timeline.
    pub last_event: Option<u64>,
}
