//! Proposals: what moves money by hand is proposed by one person and decided by another.
//!
//! A proposal says what somebody wants done, and why; no money moves for it. Another person, with
//! another key, approves it, and what was proposed happens in that same step or not at all. The row
//! keeps who, when and where the words are; what is to be done stands in the record at `position`,
//! and the row has its fingerprint, so that nothing else can be approved in its place.

use crate::bank::BankReference;
use crate::command::{AdvanceTopUp, AdvanceWithdrawal};
use crate::event::Subject;
use crate::id::{KeyId, Position, ProposalId};
use crate::money::Money;
use crate::name::Text;
use crate::receipt::{RecordReceipt, Resolution, ResolveReceipt};
use crate::rejection::Rejection;
use crate::time::Time;

/// What people may do by hand, two of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Decide about money that nothing accounted for.
    ResolveReceipt(ResolveReceipt),
    /// Settle a top-up that is under investigation.
    AdvanceTopUp(AdvanceTopUp),
    /// Settle a withdrawal that is under investigation.
    AdvanceWithdrawal(AdvanceWithdrawal),
    /// Say that a bank took money that nothing here accounts for.
    RecordReceipt(RecordReceipt),
}

impl Action {
    /// What it is done to; the cell, if that is not there yet.
    pub const fn subject(&self) -> Subject {
        match self {
            Action::ResolveReceipt(it) => Subject::Receipt(it.receipt),
            Action::AdvanceTopUp(it) => Subject::TopUp(it.top_up),
            Action::AdvanceWithdrawal(it) => Subject::Withdrawal(it.withdrawal),
            Action::RecordReceipt(_) => Subject::Cell,
        }
    }

    /// Tells what it is done to apart from everything else: only one proposal about the same is
    /// open. A line of a statement is known by its reference alone, whose digest stands for it.
    pub fn about(&self) -> u64 {
        const ID: u64 = (1 << 56) - 1;
        const KIND: u64 = 1 << 56;
        match self {
            Action::ResolveReceipt(it) => KIND | it.receipt.raw() & ID,
            Action::AdvanceTopUp(it) => KIND << 1 | it.top_up.raw() & ID,
            Action::AdvanceWithdrawal(it) => KIND << 2 | it.withdrawal.raw() & ID,
            Action::RecordReceipt(it) => {
                let mut print = Print::new();
                print.reference(&it.reference);
                1 << 63 | print.0
            }
        }
    }

    /// Stands for all that it says. The same action has the same fingerprint for ever: the books
    /// of a running platform are full of them.
    pub fn fingerprint(&self) -> u64 {
        let mut print = Print::new();
        match self {
            Action::ResolveReceipt(it) => {
                print.numbers(&[1, it.receipt.raw()]);
                match it.resolution {
                    Resolution::Credit { account } => print.numbers(&[1, account.raw()]),
                    Resolution::Return { account, card } => {
                        print.numbers(&[2, account.raw(), card.raw()]);
                    }
                    Resolution::Match { top_up } => print.numbers(&[3, top_up.raw()]),
                    Resolution::WriteOff => print.numbers(&[4]),
                }
            }
            Action::AdvanceTopUp(it) => {
                print.numbers(&[2, it.top_up.raw()]);
                print.text(it.event.code());
                print.said(it.reference.as_ref(), it.amount);
            }
            Action::AdvanceWithdrawal(it) => {
                print.numbers(&[3, it.withdrawal.raw()]);
                print.text(it.event.code());
                print.said(it.reference.as_ref(), it.amount);
            }
            Action::RecordReceipt(it) => {
                print.numbers(&[4]);
                print.said(Some(&it.reference), Some(it.amount));
            }
        }
        print.0
    }
}

/// A digest in the making (FNV-1a). Numbers have eight bytes and texts say how long they are, so
/// two different actions never spell the same bytes.
struct Print(u64);

impl Print {
    fn new() -> Print {
        Print(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn numbers(&mut self, numbers: &[u64]) {
        for number in numbers {
            self.bytes(&number.to_le_bytes());
        }
    }

    fn text(&mut self, text: &str) {
        self.numbers(&[u64::try_from(text.len()).unwrap_or(u64::MAX)]);
        self.bytes(text.as_bytes());
    }

    fn reference(&mut self, it: &BankReference) {
        self.text(it.bank.as_str());
        self.text(it.number.as_str());
    }

    fn said(&mut self, reference: Option<&BankReference>, amount: Option<Money>) {
        self.numbers(&[u64::from(reference.is_some()), u64::from(amount.is_some())]);
        if let Some(reference) = reference {
            self.reference(reference);
        }
        if let Some(amount) = amount {
            self.numbers(&[amount.minor()]);
            self.text(amount.currency().code());
        }
    }
}

/// Proposes to do something by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Propose {
    /// The key of whoever proposes it.
    pub maker: KeyId,
    /// Why; not empty.
    pub reason: Text,
    /// What to do.
    pub action: Action,
}

/// What somebody makes of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is to be done, now.
    Approve {
        /// What was proposed, as it stands in its record: the books keep only its fingerprint.
        action: Action,
    },
    /// It is not to be done.
    Refuse,
    /// Its maker takes it back.
    Withdraw,
}

/// Decides about a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecideProposal {
    /// Which.
    pub proposal: ProposalId,
    /// The key of whoever decides.
    pub checker: KeyId,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why.
    pub reason: Text,
}

/// What happens to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProposalEvent {
    /// Somebody else approved it, and it was done.
    Approve,
    /// Somebody else refused it.
    Refuse,
    /// Its maker took it back.
    Withdraw,
    /// Somebody else approved it, and it could not be done any more.
    Fail,
}

impl ProposalEvent {
    /// Every event.
    pub const ALL: [ProposalEvent; 4] = [
        ProposalEvent::Approve,
        ProposalEvent::Refuse,
        ProposalEvent::Withdraw,
        ProposalEvent::Fail,
    ];
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProposalStage {
    /// Somebody else has to decide.
    Open,
    /// It was approved and done.
    Approved,
    /// It was refused.
    Refused,
    /// Its maker took it back.
    Withdrawn,
    /// It was approved and could not be done any more. No money moved.
    Failed,
}

impl ProposalStage {
    /// Every stage.
    pub const ALL: [ProposalStage; 5] = [
        ProposalStage::Open,
        ProposalStage::Approved,
        ProposalStage::Refused,
        ProposalStage::Withdrawn,
        ProposalStage::Failed,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            ProposalStage::Open => "open",
            ProposalStage::Approved => "approved",
            ProposalStage::Refused => "refused",
            ProposalStage::Withdrawn => "withdrawn",
            ProposalStage::Failed => "failed",
        }
    }

    /// Where `event` leads from here, or `None` if it may not happen now.
    #[rustfmt::skip]
    pub const fn next(self, event: ProposalEvent) -> Option<ProposalStage> {
        use ProposalEvent::{Approve, Fail, Refuse, Withdraw};
        use ProposalStage::{Approved, Failed, Open, Refused, Withdrawn};

        match (self, event) {
            (Open, Approve)  => Some(Approved),
            (Open, Refuse)   => Some(Refused),
            (Open, Withdraw) => Some(Withdrawn),
            (Open, Fail)     => Some(Failed),

            // What was decided stays decided: whoever thinks again proposes again.
            (Approved | Refused | Withdrawn | Failed, Approve | Refuse | Withdraw | Fail) => None,
        }
    }
}

/// A proposal as the books have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its name.
    pub id: ProposalId,
    /// Where it stands.
    pub stage: ProposalStage,
    /// What it is about; the cell, if that is not there yet.
    pub subject: Subject,
    /// Tells what it is about apart from everything else; see [`Action::about`].
    pub about: u64,
    /// The key of whoever proposed it.
    pub maker: KeyId,
    /// The key of whoever decided.
    pub checker: Option<KeyId>,
    /// Stands for what is to be done; see [`Action::fingerprint`].
    pub fingerprint: u64,
    /// The record that has what is to be done, and why.
    pub position: Position,
    /// The record that decided, and why.
    pub decided: Option<Position>,
    /// What it was done to.
    pub done: Option<Subject>,
    /// Why it could not be done any more.
    pub failure: Option<Rejection>,
    /// When it was proposed.
    pub created_at: Time,
    /// When it was decided, or else proposed.
    pub changed_at: Time,
    /// Its last event: the head of its timeline.
    pub last_event: Option<u64>,
}
