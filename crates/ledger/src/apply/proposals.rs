//! Proposals: one person wants something done by hand, and another one decides.

use super::{Done, Work, receipts, top_ups, withdrawals};
use crate::bank::{BankEvent, TopUpStage, WithdrawalStage};
use crate::books::{Books, Listing, Record, Series};
use crate::currency::Currency;
use crate::event::{Actor, EventKind, Subject};
use crate::id::{CellId, KeyId, ProposalId};
use crate::money::Money;
use crate::proposal::{
    Action, DecideProposal, Proposal, ProposalEvent, ProposalStage, Propose, Verdict,
};
use crate::receipt::{ReceiptStage, Resolution};
use crate::registry::Role;
use crate::rejection::Rejection;

/// Refuses what one person would do alone. The platform's own programs settle what the bank itself
/// settles, and record its statements; whose money it is, they do not say.
pub(super) fn not_by_hand<B: Books>(
    work: &mut Work<'_, B>,
    action: &Action,
) -> Result<(), Rejection> {
    work.platform_only()?;
    let (cell, program) = (work.cell(), work.actor == Actor::Bank);
    let by_hand = match action {
        Action::ResolveReceipt(it) => match it.resolution {
            Resolution::Match { .. } => !program,
            Resolution::Credit { .. } | Resolution::Return { .. } | Resolution::WriteOff => true,
        },
        Action::RecordReceipt(_) => !program,
        Action::AdvanceTopUp(it) => {
            let here = !program && it.top_up.cell() == cell;
            let known = if here { work.books.top_up(it.top_up) } else { None };
            known.is_some_and(|it| it.stage == TopUpStage::Investigating)
        }
        Action::AdvanceWithdrawal(it) => {
            let here = !program && it.withdrawal.cell() == cell;
            let known = if here { work.books.withdrawal(it.withdrawal) } else { None };
            known.is_some_and(|it| it.stage == WithdrawalStage::Investigating)
        }
    };
    if by_hand { Err(Rejection::NeedsApproval) } else { Ok(()) }
}

pub(super) fn propose<B: Books>(work: &mut Work<'_, B>, it: &Propose) -> Done {
    people_only(work)?;
    may_decide(work, it.maker)?;
    check_subject(work, &it.action)?;
    if it.reason.as_str().trim().is_empty() {
        return Err(Rejection::ReasonMissing);
    }
    let about = it.action.about();
    if let Some(proposal) = work.books.open_proposal(about) {
        return Err(Rejection::ProposalUnderWay { proposal });
    }

    let id = ProposalId::new(work.cell(), work.books.next_number(Series::Proposals));
    work.books.list(Listing::OpenProposal(about, id));
    let proposal = Proposal {
        id,
        stage: ProposalStage::Open,
        subject: it.action.subject(),
        about,
        maker: it.maker,
        checker: None,
        fingerprint: it.action.fingerprint(),
        position: work.position,
        decided: None,
        done: None,
        failure: None,
        created_at: work.now,
        changed_at: work.now,
        last_event: None,
    };
    Ok(write(work, None, proposal))
}

pub(super) fn decide<B: Books>(work: &mut Work<'_, B>, it: &DecideProposal) -> Done {
    people_only(work)?;
    if it.proposal.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let before = work.books.proposal(it.proposal).ok_or(Rejection::ProposalNotFound)?;
    may_decide(work, it.checker)?;
    let event = match it.verdict {
        Verdict::Approve { .. } => {
            // Whose key was taken away may not have money moved any more.
            may_decide(work, before.maker)?;
            ProposalEvent::Approve
        }
        Verdict::Refuse => ProposalEvent::Refuse,
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
    let (stage, done, failure) = match it.verdict {
        Verdict::Approve { action } => {
            if action.fingerprint() != before.fingerprint || action.subject() != before.subject {
                return Err(Rejection::ActionDiffers);
            }
            // From here on nothing can fail: what cannot be done any more has written nothing.
            match act(work, &action) {
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

/// Refuses whoever is not a person of the platform: programs do not propose.
fn people_only<B>(work: &Work<'_, B>) -> Result<(), Rejection> {
    match work.actor {
        Actor::Platform => Ok(()),
        Actor::User(_) | Actor::Bank | Actor::Clock | Actor::Cell => Err(Rejection::NotAllowed),
    }
}

/// Refuses keys that do not belong to the platform, or not any more. Keys live in the first cell:
/// in the others whoever asks has made certain of it.
fn may_decide<B: Books>(work: &mut Work<'_, B>, key: KeyId) -> Result<(), Rejection> {
    if key.cell() != CellId::FIRST {
        return Err(Rejection::KeyNotFound);
    }
    if work.cell() != CellId::FIRST {
        return Ok(());
    }
    let key = work.books.key(key).ok_or(Rejection::KeyNotFound)?;
    match key.role {
        Role::Platform => {}
        Role::Merchant | Role::ReadOnly => return Err(Rejection::NotAllowed),
    }
    if key.revoked_at.is_some() { Err(Rejection::KeyRevoked) } else { Ok(()) }
}

/// Refuses what nobody has to decide now: it is not there, or not a matter for people.
fn check_subject<B: Books>(work: &mut Work<'_, B>, action: &Action) -> Result<(), Rejection> {
    let cell = work.cell();
    let here = |it: CellId| if it == cell { Ok(()) } else { Err(Rejection::NotInThisCell) };
    match action {
        Action::ResolveReceipt(it) => {
            here(it.receipt.cell())?;
            let receipt = work.books.receipt(it.receipt).ok_or(Rejection::ReceiptNotFound)?;
            let open = receipt.stage == ReceiptStage::Open;
            if open { Ok(()) } else { Err(Rejection::ReceiptNotOpen) }
        }
        Action::AdvanceTopUp(it) => {
            here(it.top_up.cell())?;
            let top_up = work.books.top_up(it.top_up).ok_or(Rejection::TopUpNotFound)?;
            settles(top_up.stage == TopUpStage::Investigating, it.event)
        }
        Action::AdvanceWithdrawal(it) => {
            here(it.withdrawal.cell())?;
            let known = work.books.withdrawal(it.withdrawal);
            let stage = known.ok_or(Rejection::WithdrawalNotFound)?.stage;
            settles(stage == WithdrawalStage::Investigating, it.event)
        }
        Action::RecordReceipt(it) => match work.books.referenced(&it.reference) {
            Some(_) => Err(Rejection::BankReferenceTaken),
            None => super::draft::check_amount(it.amount),
        },
    }
}

/// Whether people may settle a movement so: only one that is under investigation.
fn settles(investigating: bool, event: BankEvent) -> Result<(), Rejection> {
    let settled = match event {
        BankEvent::Confirm | BankEvent::Reject | BankEvent::Return => investigating,
        BankEvent::Send | BankEvent::Silence | BankEvent::Investigate => false,
    };
    if settled { Ok(()) } else { Err(Rejection::BankEventNotAllowed { event }) }
}

/// Does what was approved, if it can still be done. A rejection has changed nothing.
fn act<B: Books>(work: &mut Work<'_, B>, action: &Action) -> Done {
    check_subject(work, action)?;
    match action {
        Action::ResolveReceipt(it) => receipts::resolve(work, it),
        Action::AdvanceTopUp(it) => top_ups::advance(work, *it),
        Action::AdvanceWithdrawal(it) => withdrawals::advance(work, *it),
        Action::RecordReceipt(it) => receipts::record(work, it),
    }
}

fn write<B: Books>(work: &mut Work<'_, B>, before: Option<Proposal>, after: Proposal) -> Subject {
    if let Some(before) = before {
        work.books.unlist(Listing::StageProposal(before.stage, after.id));
    }
    work.books.list(Listing::StageProposal(after.stage, after.id));
    let kind = match after.stage {
        ProposalStage::Open => EventKind::ProposalMade,
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
