//! Proposals: one person wants something done by hand, and another one decides, if it needs two.

use super::{Done, Work, actions};
use crate::action::Action;
use crate::books::{Books, Listing, Record, Series};
use crate::command::Command;
use crate::currency::Currency;
use crate::event::{Actor, EventKind, Subject};
use crate::hand::Hand;
use crate::id::{CellId, ProposalId};
use crate::money::Money;
use crate::person::Duty;
use crate::proposal::{DecideProposal, Proposal, ProposalEvent, ProposalStage, Propose, Verdict};
use crate::registry::{Role, UserKind};
use crate::rejection::Rejection;

/// Refuses what an operator would do without a proposal: their list has everything that they did.
/// What they prove to be themselves with is their own affair.
pub(super) fn not_past_the_list<B>(work: &Work<'_, B>, command: &Command) -> Result<(), Rejection> {
    let theirs = matches!(
        command,
        Command::Propose(_)
            | Command::DecideProposal(_)
            | Command::SetProfile(_)
            | Command::SetCredential(_)
            | Command::CloseSession(_)
            | Command::CloseSessions(_)
    );
    match work.actor {
        Actor::Operator(_) if !theirs => Err(Rejection::NotAllowed),
        Actor::Operator(_)
        | Actor::Platform
        | Actor::User(_)
        | Actor::Bank
        | Actor::Clock
        | Actor::Cell => Ok(()),
    }
}

pub(super) fn propose<B: Books>(work: &mut Work<'_, B>, it: &Propose) -> Done {
    own_hand(work, it.maker)?;
    may_propose(work, it.maker, &it.action)?;
    actions::check(&mut in_the_platforms_name(work), &it.action)?;
    if it.action.explained() && it.reason.as_str().trim().is_empty() {
        return Err(Rejection::ReasonMissing);
    }
    let about = it.action.about();
    let done = if it.action.alone() {
        Some(actions::act(&mut in_the_platforms_name(work), &it.action)?)
    } else if let Some(proposal) = work.books.open_proposal(about) {
        return Err(Rejection::ProposalUnderWay { proposal });
    } else {
        None
    };

    let id = ProposalId::new(work.cell(), work.books.next_number(Series::Proposals));
    if done.is_none() {
        work.books.list(Listing::OpenProposal(about, id));
    }
    let proposal = Proposal {
        id,
        stage: if done.is_some() { ProposalStage::Approved } else { ProposalStage::Open },
        subject: it.action.subject(),
        about,
        maker: it.maker,
        checker: None,
        fingerprint: it.action.fingerprint(),
        position: work.position,
        decided: done.map(|_| work.position),
        done,
        failure: None,
        created_at: work.now,
        changed_at: work.now,
        last_event: None,
    };
    Ok(write(work, None, proposal))
}

pub(super) fn decide<B: Books>(work: &mut Work<'_, B>, it: &DecideProposal) -> Done {
    own_hand(work, it.checker)?;
    if it.proposal.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let before = work.books.proposal(it.proposal).ok_or(Rejection::ProposalNotFound)?;
    let duty = in_force(work, it.checker)?;
    let event = match &it.verdict {
        Verdict::Approve { action } => {
            allowed(duty.is_none_or(|it| it.may_decide(action)))?;
            // Whose key or duty was taken away may not have money moved any more.
            may_propose(work, before.maker, action)?;
            ProposalEvent::Approve
        }
        Verdict::Refuse => {
            allowed(duty.is_none_or(Duty::decides))?;
            ProposalEvent::Refuse
        }
        Verdict::Withdraw => ProposalEvent::Withdraw,
    };
    let own = it.checker == before.maker;
    match event {
        ProposalEvent::Approve | ProposalEvent::Refuse if own => return Err(Rejection::SamePerson),
        ProposalEvent::Withdraw if !own => return Err(Rejection::NotAllowed),
        ProposalEvent::Approve
        | ProposalEvent::Refuse
        | ProposalEvent::Withdraw
        | ProposalEvent::Fail => {}
    }
    let next = |event| before.stage.next(event).ok_or(Rejection::ProposalDecided);
    let stage = next(event)?;
    let failed = next(ProposalEvent::Fail)?;
    let (stage, done, failure) = match &it.verdict {
        Verdict::Approve { action } => {
            if action.fingerprint() != before.fingerprint || action.subject() != before.subject {
                return Err(Rejection::ActionDiffers);
            }
            // From here on nothing can fail: what cannot be done any more has written nothing.
            match actions::act(&mut in_the_platforms_name(work), action) {
                Ok(done) => (stage, Some(done), None),
                Err(rejection) => (failed, None, Some(rejection)),
            }
        }
        Verdict::Refuse | Verdict::Withdraw => (stage, None, None),
    };
    work.books.unlist(Listing::OpenProposal(before.about, before.id));
    let (checker, decided) = (Some(it.checker), Some(work.position));
    Ok(write(work, Some(before), Proposal { stage, checker, decided, done, failure, ..before }))
}

/// Refuses whoever is not a person of the platform, and whoever acts with the hand of another:
/// programs do not propose, and operators do nothing in the name of a key.
fn own_hand<B>(work: &Work<'_, B>, hand: Hand) -> Result<(), Rejection> {
    let own = match (work.actor, hand) {
        (Actor::Platform, Hand::Key(_)) => true,
        (Actor::Operator(user), Hand::Operator(hand)) => user == hand,
        (Actor::Platform, Hand::Operator(_))
        | (Actor::Operator(_), Hand::Key(_))
        | (Actor::User(_) | Actor::Bank | Actor::Clock | Actor::Cell, _) => false,
    };
    allowed(own)
}

fn allowed(it: bool) -> Result<(), Rejection> {
    if it { Ok(()) } else { Err(Rejection::NotAllowed) }
}

fn may_propose<B: Books>(
    work: &mut Work<'_, B>,
    maker: Hand,
    action: &Action,
) -> Result<(), Rejection> {
    let duty = in_force(work, maker)?;
    allowed(duty.is_none_or(|it| it.may_propose(action)))
}

/// Refuses hands that do not belong to the platform, or not any more. Keys and operators live in
/// the first cell: in the others whoever asks has made certain of it. Only operators have a duty:
/// a key of the platform may everything.
fn in_force<B: Books>(work: &mut Work<'_, B>, hand: Hand) -> Result<Option<Duty>, Rejection> {
    let unknown = match hand {
        Hand::Key(_) => Rejection::KeyNotFound,
        Hand::Operator(_) => Rejection::UserNotFound,
    };
    if hand.cell() != CellId::FIRST {
        return Err(unknown);
    }
    if work.cell() != CellId::FIRST {
        return Ok(None);
    }
    match hand {
        Hand::Key(key) => {
            let key = work.books.key(key).ok_or(unknown)?;
            match key.role {
                Role::Platform => {}
                Role::Merchant | Role::ReadOnly => return Err(Rejection::NotAllowed),
            }
            if key.revoked_at.is_some() { Err(Rejection::KeyRevoked) } else { Ok(None) }
        }
        Hand::Operator(user) => {
            match work.books.user(user).ok_or(unknown)?.kind {
                UserKind::Operator => {}
                UserKind::Customer | UserKind::Merchant => return Err(unknown),
            }
            let duty = work.books.person(user).and_then(|it| it.duty);
            duty.map(Some).ok_or(Rejection::OperatorDisabled)
        }
    }
}

/// What people do by hand is the platform's doing, whichever of them it was: the proposal says so.
fn in_the_platforms_name<'b, B>(work: &'b mut Work<'_, B>) -> Work<'b, B> {
    let Work { settings, position, now, .. } = *work;
    Work { books: &mut *work.books, settings, position, now, actor: Actor::Platform }
}

fn write<B: Books>(work: &mut Work<'_, B>, before: Option<Proposal>, after: Proposal) -> Subject {
    if let Some(before) = before {
        work.books.unlist(Listing::StageProposal(before.stage, after.id));
    }
    work.books.list(Listing::StageProposal(after.stage, after.id));
    let kind = match after.stage {
        ProposalStage::Open => EventKind::ProposalMade,
        ProposalStage::Approved if after.checker.is_none() => EventKind::ProposalDone,
        ProposalStage::Approved => EventKind::ProposalApproved,
        ProposalStage::Refused => EventKind::ProposalRefused,
        ProposalStage::Withdrawn => EventKind::ProposalWithdrawn,
        ProposalStage::Failed => EventKind::ProposalFailed,
    };
    let subject = Subject::Proposal(after.id);
    let nothing = Money::new(0, Currency::CNY);
    let event = work.happened(kind, subject, None, nothing, after.last_event);
    let (changed_at, last_event) = (work.now, Some(event));
    work.books.put(Record::Proposal(Proposal { changed_at, last_event, ..after }));
    subject
}
