//! Top-ups and withdrawals, from the ledger's side.
//!
//! The intent is durable before the bank hears of it, and the identifier is the reference under
//! which the bank hears of it, for ever. Silence is a stage with a name; it ends when the bank
//! answers, never by a clock.

use crate::id::{AccountId, CardId, OrderId, ReceiptId, TopUpId, WithdrawalId};
use crate::money::Money;
use crate::name::{BankName, BankNumber};
use crate::time::{Seconds, Time};

/// What a bank calls a movement: unique at that bank, and what it asks for on the telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BankReference {
    /// Which bank.
    pub bank: BankName,
    /// Its number for it.
    pub number: BankNumber,
}

/// Lets a statement count that people brought: what it makes certain is told to the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeStatement {
    /// Whose.
    pub bank: BankName,
    /// When the business day ends that it is of.
    pub ends_at: Time,
    /// SHA-256 over its bytes: nobody lets another file count than the one that was looked at.
    pub digest: [u8; 32],
}

/// After this, what a bank took and was looked into is credited to whom it was taken from, whatever
/// has not been found out: the customer does not wait for ever.
pub const COMPENSATE_AFTER: Seconds = Seconds::days(5);

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

/// What happens to a top-up: what a bank says, and what then becomes of the money.
///
/// When a bank confirms, the money goes where it can: exactly one of `Credit`, `Remit`, `GiveBack`
/// and `SetAside` happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TopUpEvent {
    /// The instruction is about to leave for the bank.
    Send,
    /// No answer came.
    Silence,
    /// The bank did it; the account has the money, or the order it was for.
    Credit,
    /// The bank did it; the money is on its way to the cell of the order it is for.
    Remit,
    /// The bank did it; the order cannot be paid any more, and the money goes back.
    GiveBack,
    /// The bank did it; nobody can be given the money.
    SetAside,
    /// The bank did not do it and never will.
    Reject,
    /// The bank did it and undid it.
    Return,
    /// The answers contradict each other.
    Investigate,
    /// The other cell took the payment, or the money that could not go back is the account's.
    Settle,
    /// The other cell would not take the payment.
    Refuse,
    /// The bank paid back what it took.
    PayBack,
    /// The bank would not pay it back, and the account is gone.
    Strand,
}

impl TopUpEvent {
    /// Every event.
    pub const ALL: [TopUpEvent; 13] = [
        TopUpEvent::Send,
        TopUpEvent::Silence,
        TopUpEvent::Credit,
        TopUpEvent::Remit,
        TopUpEvent::GiveBack,
        TopUpEvent::SetAside,
        TopUpEvent::Reject,
        TopUpEvent::Return,
        TopUpEvent::Investigate,
        TopUpEvent::Settle,
        TopUpEvent::Refuse,
        TopUpEvent::PayBack,
        TopUpEvent::Strand,
    ];
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
    /// The bank took the money, and it is on its way to the cell of the order it is for.
    Paying,
    /// The order could not be paid any more: the money goes back the way it came.
    Returning,
}

impl TopUpStage {
    /// Every stage.
    pub const ALL: [TopUpStage; 9] = [
        TopUpStage::Created,
        TopUpStage::Sent,
        TopUpStage::Unknown,
        TopUpStage::Credited,
        TopUpStage::Rejected,
        TopUpStage::Returned,
        TopUpStage::Investigating,
        TopUpStage::Paying,
        TopUpStage::Returning,
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
            TopUpStage::Paying => "paying",
            TopUpStage::Returning => "returning",
        }
    }

    /// Where `event` leads from here, or `None` if it changes nothing.
    #[rustfmt::skip]
    #[expect(clippy::match_same_arms, reason = "one line per arrow; merged lines are no table")]
    pub const fn next(self, event: TopUpEvent) -> Option<TopUpStage> {
        use TopUpEvent::{
            Credit, GiveBack, Investigate, PayBack, Refuse, Reject, Remit, Return, Send, SetAside,
            Settle, Silence, Strand,
        };
        use TopUpStage::{
            Created, Credited, Investigating, Paying, Rejected, Returned, Returning, Sent, Unknown,
        };

        match (self, event) {
            (Created, Send)   => Some(Sent),
            (Created, Reject) => Some(Rejected),        // It never left the house.
            (Created, Silence | Credit | Remit | GiveBack | SetAside | Return | Investigate
                | Settle | Refuse | PayBack | Strand) => None,

            (Sent, Silence)     => Some(Unknown),
            (Sent, Credit)      => Some(Credited),
            (Sent, Remit)       => Some(Paying),
            (Sent, GiveBack)    => Some(Returning),
            (Sent, SetAside)    => Some(Investigating),
            (Sent, Reject)      => Some(Rejected),
            (Sent, Return)      => Some(Returned),
            (Sent, Investigate) => Some(Investigating),
            (Sent, Send | Settle | Refuse | PayBack | Strand) => None,

            (Unknown, Credit)      => Some(Credited),
            (Unknown, Remit)       => Some(Paying),
            (Unknown, GiveBack)    => Some(Returning),
            (Unknown, SetAside)    => Some(Investigating),
            (Unknown, Reject)      => Some(Rejected),
            (Unknown, Return)      => Some(Returned),
            (Unknown, Investigate) => Some(Investigating),
            (Unknown, Send | Silence                    // Ask; never send again blindly.
                | Settle | Refuse | PayBack | Strand) => None,

            (Paying, Settle) => Some(Credited),
            (Paying, Refuse) => Some(Returning),
            (Paying, Send | Silence | Credit | Remit | GiveBack | SetAside | Reject | Return
                | Investigate | PayBack | Strand) => None,

            (Returning, PayBack) => Some(Returned),
            (Returning, Settle)  => Some(Credited),     // The card takes nothing: the account does.
            (Returning, Strand)  => Some(Investigating),
            (Returning, Send | Silence | Credit | Remit | GiveBack | SetAside | Reject | Return
                | Investigate | Refuse) => None,

            (Investigating, Credit)   => Some(Credited),
            (Investigating, Remit)    => Some(Paying),
            (Investigating, GiveBack) => Some(Returning),
            (Investigating, SetAside) => Some(Investigating),
            (Investigating, Reject)   => Some(Rejected),
            (Investigating, Return)   => Some(Returned),
            (Investigating, Send | Silence | Investigate
                | Settle | Refuse | PayBack | Strand) => None,

            // What the bank says later is another matter: see `receipt`.
            (Credited | Rejected | Returned, Send | Silence | Credit | Remit | GiveBack | SetAside
                | Reject | Return | Investigate | Settle | Refuse | PayBack | Strand) => None,
        }
    }

    /// Whether the bank still owes an answer.
    pub const fn open(self) -> bool {
        match self {
            TopUpStage::Created | TopUpStage::Sent | TopUpStage::Unknown => true,
            TopUpStage::Credited
            | TopUpStage::Rejected
            | TopUpStage::Returned
            | TopUpStage::Investigating
            | TopUpStage::Paying
            | TopUpStage::Returning => false,
        }
    }

    /// Whether its money is where it stays: on the card, or in the balance.
    pub const fn ended(self) -> bool {
        match self {
            TopUpStage::Credited | TopUpStage::Rejected | TopUpStage::Returned => true,
            TopUpStage::Created
            | TopUpStage::Sent
            | TopUpStage::Unknown
            | TopUpStage::Investigating
            | TopUpStage::Paying
            | TopUpStage::Returning => false,
        }
    }

    /// Whether what it is for may still be done with it: a second attempt may do it twice.
    pub const fn under_way(self) -> bool {
        self.open() || matches!(self, TopUpStage::Paying)
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
            (Investigating, Return)  => Some(Returned),
            (Investigating, Send | Silence | Investigate) => None,

            (Rejected | Returned, Send | Silence | Confirm | Reject | Return | Investigate) => None,
        }
    }

    /// Whether its money is where it stays: on the card, or in the balance.
    pub const fn ended(self) -> bool {
        match self {
            WithdrawalStage::Paid | WithdrawalStage::Rejected | WithdrawalStage::Returned => true,
            WithdrawalStage::Created
            | WithdrawalStage::Sent
            | WithdrawalStage::Unknown
            | WithdrawalStage::Investigating => false,
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
    /// The order that it pays.
    pub order: Option<OrderId>,
    /// The withdrawal by which it goes back.
    pub withdrawal: Option<WithdrawalId>,
    /// What the bank took, as the books have it. It may differ from what it was asked for.
    pub taken: Option<Money>,
    /// Whether that is in suspense, and nobody has been given it yet.
    pub set_aside: bool,
    /// What the bank took after it had said no.
    pub late: Option<ReceiptId>,
    /// When it was intended.
    pub created_at: Time,
    /// When its stage last changed.
    pub changed_at: Time,
    /// Its last event: the head of its timeline.
    pub last_event: Option<u64>,
}

impl TopUp {
    /// When what was set aside is credited, if nobody decides before.
    pub fn due(&self) -> Option<Time> {
        let waits = self.stage == TopUpStage::Investigating && self.set_aside;
        waits.then(|| self.changed_at.after(COMPENSATE_AFTER))
    }
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
    /// What the bank paid out, as the books have it. It may differ from what it was asked for.
    pub paid: Option<Money>,
    /// The top-up that goes back by it.
    pub top_up: Option<TopUpId>,
    /// The receipt that goes back by it.
    pub receipt: Option<ReceiptId>,
    /// What the bank paid out after it had said no.
    pub late: Option<ReceiptId>,
    /// When it was intended.
    pub created_at: Time,
    /// When its stage last changed.
    pub changed_at: Time,
    /// Its last event: the head of its timeline.
    pub last_event: Option<u64>,
}
