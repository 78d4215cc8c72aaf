//! Transfers, alone and linked.

use super::draft::{Draft, Move};
use super::people::may_pay;
use super::{Done, Work};
use crate::account::{Account, AccountKind};
use crate::books::Books;
use crate::command::{LINKED_MAX, LinkedTransfers, Transfer};
use crate::event::{EventKind, Subject};
use crate::id::{TransferId, UserId};
use crate::limits::Flow;
use crate::posting::Reason;
use crate::rejection::Rejection;
use crate::remittance::Purpose;

pub(super) fn transfer<B: Books>(work: &mut Work<'_, B>, it: &Transfer) -> Done {
    let subject = Subject::Transfer(TransferId::new(work.cell(), work.position.0));
    let mut draft = Draft::default();
    let debit = debited(&draft, work, it)?;
    let merchant = credited(&draft, work, it)?.or(merchant(&debit));
    let movement = movement(it, subject);
    let sent = draft.send(work, movement, Purpose::Credit(Reason::Transfer))?;
    draft.count(work, &debit, Flow::Transfer, it.amount)?;

    draft.keep(work);
    work.happened(EventKind::TransferDone, subject, merchant, it.amount, None);
    Ok(sent.map_or(subject, Subject::Remittance))
}

pub(super) fn linked<B: Books>(work: &mut Work<'_, B>, it: &LinkedTransfers) -> Done {
    if it.transfers.is_empty() || it.transfers.len() > LINKED_MAX {
        return Err(Rejection::CountOutOfRange);
    }
    let subject = Subject::Transfer(TransferId::new(work.cell(), work.position.0));
    let mut draft = Draft::default();
    let mut moved = Vec::with_capacity(it.transfers.len());
    for transfer in &it.transfers {
        let debit = debited(&draft, work, transfer)?;
        let merchant = credited(&draft, work, transfer)?.or(merchant(&debit));
        draft.post(work, movement(transfer, subject))?;
        draft.count(work, &debit, Flow::Transfer, transfer.amount)?;
        moved.push((merchant, transfer.amount));
    }

    draft.keep(work);
    let mut previous = None;
    for (merchant, amount) in moved {
        let kind = EventKind::TransferDone;
        previous = Some(work.happened(kind, subject, merchant, amount, previous));
    }
    Ok(subject)
}

fn movement(it: &Transfer, subject: Subject) -> Move {
    let reason = Reason::Transfer;
    Move { debit: it.debit, credit: it.credit, amount: it.amount, reason, subject }
}

/// The account to debit, if the caller may debit it.
fn debited<B: Books>(
    draft: &Draft,
    work: &mut Work<'_, B>,
    it: &Transfer,
) -> Result<Account, Rejection> {
    let account = draft.account(work, it.debit)?;
    if !work.acts_for(account.owner) {
        return Err(Rejection::AccountNotFound);
    }
    may_pay(work)?;
    movable(account.kind)?;
    Ok(account)
}

/// The merchant whose account is credited here, once it is certain that transfers may credit it.
fn credited<B: Books>(
    draft: &Draft,
    work: &mut Work<'_, B>,
    it: &Transfer,
) -> Result<Option<UserId>, Rejection> {
    if it.credit.cell() != work.cell() {
        return Ok(None);
    }
    let account = draft.account(work, it.credit)?;
    movable(account.kind)?;
    Ok(merchant(&account))
}

fn movable(kind: AccountKind) -> Result<(), Rejection> {
    if kind.transferable() { Ok(()) } else { Err(Rejection::AccountKindNotAllowed) }
}

/// The merchant who owns an account.
pub(super) fn merchant(account: &Account) -> Option<UserId> {
    if account.kind == AccountKind::Merchant { account.owner } else { None }
}
