//! Proposals: what moves money by hand is proposed by one person and decided by another.
//!
//! A proposal says what somebody wants done, and why; no money moves for it. Another person
//! approves it, and what was proposed happens in that same step or not at all. What moves no money
//! is done when it is proposed, and kept as a proposal all the same: so the proposals in order are
//! the list of everything that people did by hand, who, when and why. The row keeps who, when and
//! where the words are; what is to be done stands in the record at `position`, and the row has its
//! fingerprint, so that nothing else can be approved in its place.

pub use crate::action::Action;
use crate::event::Subject;
use crate::hand::Hand;
use crate::id::{Position, ProposalId};
use crate::name::Text;
use crate::rejection::Rejection;
use crate::time::Time;

/// Proposes to do something by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Propose {
    /// Whoever proposes it.
    pub maker: Hand,
    /// Why; not empty.
    pub reason: Text,
    /// What to do.
    pub action: Action,
}

/// What somebody makes of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Whoever decides.
    pub checker: Hand,
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
    /// It was approved and done, or done at once because it needs nobody else.
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
    /// Whoever proposed it.
    pub maker: Hand,
    /// Whoever decided; nobody else did about what one person may do alone.
    pub checker: Option<Hand>,
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
