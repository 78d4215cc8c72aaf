//! Receipts: money that a bank moved and that nothing here accounts for.

use super::actions::not_by_hand;
use super::draft::{Draft, Move};
use super::top_ups::remember;
use super::withdrawals::{Return, give_back, own_account};
use super::{Done, Work};
use crate::account::{AccountKind, System};
use crate::bank::{TopUp, TopUpStage, WithdrawalStage};
use crate::books::{Books, Listing, Record, Series, Timer};
use crate::command::{Action, RecordReceipt, Resolution, ResolveReceipt};
use crate::event::{EventKind, Subject};
use crate::id::{AccountId, ReceiptId, TopUpId};
use crate::money::Money;
use crate::posting::Reason;
use crate::receipt::{Receipt, ReceiptEvent, ReceiptStage};
use crate::rejection::Rejection;

/// Does it on somebody's word alone, unless two people have to decide about it.
pub(super) fn record_alone<B: Books>(work: &mut Work<'_, B>, it: &RecordReceipt) -> Done {
    not_by_hand(work, &Action::RecordReceipt(*it))?;
    record(work, it)
}

pub(super) fn record<B: Books>(work: &mut Work<'_, B>, it: &RecordReceipt) -> Done {
    work.platform_only()?;
    if let Some(known) = work.books.referenced(&it.reference) {
        // The same line of a statement may come in many files.
        let Subject::Receipt(id) = known else { return Err(Rejection::BankReferenceTaken) };
        let same = work.books.receipt(id).is_some_and(|known| known.amount == it.amount);
        return if same { Ok(known) } else { Err(Rejection::BankReferenceTaken) };
    }
    let id = open(work, it.amount, None, false)?;
    remember(work, Some(it.reference), Subject::Receipt(id));
    Ok(Subject::Receipt(id))
}

/// Opens a receipt, for money in or out. `cause` is what the bank had rejected before.
pub(super) fn open<B: Books>(
    work: &mut Work<'_, B>,
    amount: Money,
    cause: Option<Subject>,
    outgoing: bool,
) -> Result<ReceiptId, Rejection> {
    let id = ReceiptId::new(work.cell(), work.books.next_number(Series::Receipts));
    let (cell, currency) = (work.cell(), amount.currency());
    let clearing = System::BankClearing.id(cell, currency);
    let (debit, credit, reason) = if outgoing {
        (System::Capital.id(cell, currency), clearing, Reason::Misdirected)
    } else {
        (clearing, System::Suspense.id(cell, currency), Reason::SetAside)
    };
    let mut draft = Draft::default();
    draft.post(work, Move { debit, credit, amount, reason, subject: Subject::Receipt(id) })?;

    draft.keep(work);
    let receipt = Receipt {
        id,
        amount,
        outgoing,
        stage: ReceiptStage::Open,
        cause,
        taker: None,
        created_at: work.now,
        changed_at: work.now,
        position: work.position,
        last_event: None,
    };
    write(work, None, receipt);
    Ok(id)
}

/// Does it on somebody's word alone, unless two people have to decide about it.
pub(super) fn resolve_alone<B: Books>(work: &mut Work<'_, B>, it: &ResolveReceipt) -> Done {
    not_by_hand(work, &Action::ResolveReceipt(*it))?;
    resolve(work, it)
}

pub(super) fn resolve<B: Books>(work: &mut Work<'_, B>, it: &ResolveReceipt) -> Done {
    work.platform_only()?;
    if it.receipt.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let receipt = work.books.receipt(it.receipt).ok_or(Rejection::ReceiptNotFound)?;
    let event = match it.resolution {
        Resolution::Credit { .. } => ReceiptEvent::Credit,
        Resolution::Return { .. } => ReceiptEvent::GiveBack,
        Resolution::Match { .. } => ReceiptEvent::Match,
        Resolution::WriteOff => ReceiptEvent::WriteOff,
    };
    let stage = receipt.stage.next(event).ok_or(Rejection::ReceiptNotOpen)?;
    if receipt.outgoing && event != ReceiptEvent::WriteOff {
        return Err(Rejection::ReceiptNotOpen);
    }
    let suspense = System::Suspense.id(work.cell(), receipt.amount.currency());
    let taker = match it.resolution {
        Resolution::Credit { account } => Some(credit(work, &receipt, suspense, account)?),
        Resolution::Return { account, card } => {
            let account = own_account(work, account, card)?.id;
            let (amount, top_up, receipt) = (receipt.amount, None, Some(receipt.id));
            let back = Return { account, card, amount, top_up, receipt };
            Some(Subject::Withdrawal(give_back(work, back, suspense)?))
        }
        Resolution::Match { top_up } => Some(give_to_top_up(work, &receipt, top_up)?),
        Resolution::WriteOff => {
            if !receipt.outgoing {
                let capital = System::Capital.id(work.cell(), receipt.amount.currency());
                post(work, &receipt, suspense, capital, Reason::WrittenOff)?;
            }
            None
        }
    };
    Ok(write(work, Some(receipt.stage), Receipt { stage, taker, ..receipt }))
}

fn post<B: Books>(
    work: &mut Work<'_, B>,
    receipt: &Receipt,
    debit: AccountId,
    credit: AccountId,
    reason: Reason,
) -> Result<(), Rejection> {
    let (amount, subject) = (receipt.amount, Subject::Receipt(receipt.id));
    let mut draft = Draft::default();
    draft.post(work, Move { debit, credit, amount, reason, subject })?;

    draft.keep(work);
    Ok(())
}

fn credit<B: Books>(
    work: &mut Work<'_, B>,
    receipt: &Receipt,
    suspense: AccountId,
    account: AccountId,
) -> Result<Subject, Rejection> {
    match Draft::default().account(work, account)?.kind {
        AccountKind::Customer | AccountKind::Merchant => {}
        AccountKind::Escrow
        | AccountKind::BankClearing
        | AccountKind::Fees
        | AccountKind::Suspense
        | AccountKind::Payouts
        | AccountKind::Transit
        | AccountKind::Capital => return Err(Rejection::AccountKindNotAllowed),
    }
    post(work, receipt, suspense, account, Reason::ToppedUp)?;
    Ok(Subject::Account(account))
}

/// The receipt is what a top-up under investigation took: it waits in suspense as that top-up's.
fn give_to_top_up<B: Books>(
    work: &mut Work<'_, B>,
    receipt: &Receipt,
    id: TopUpId,
) -> Result<Subject, Rejection> {
    if id.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let top_up = work.books.top_up(id).ok_or(Rejection::TopUpNotFound)?;
    if top_up.stage != TopUpStage::Investigating || top_up.set_aside {
        return Err(Rejection::ReceiptNotOpen);
    }
    let after = TopUp { taken: Some(receipt.amount), set_aside: true, ..top_up };
    if let Some(due) = after.due() {
        work.books.list(Listing::Due(due, Timer::TopUp(id)));
    }
    work.books.put(Record::TopUp(after));
    Ok(Subject::TopUp(id))
}

/// What the bank did with the withdrawal by which a receipt goes back.
pub(super) fn came_back<B: Books>(
    work: &mut Work<'_, B>,
    id: ReceiptId,
    withdrawal: WithdrawalStage,
) {
    let event = match withdrawal {
        WithdrawalStage::Paid => ReceiptEvent::PayBack,
        WithdrawalStage::Rejected | WithdrawalStage::Returned => ReceiptEvent::Bounce,
        WithdrawalStage::Created
        | WithdrawalStage::Sent
        | WithdrawalStage::Unknown
        | WithdrawalStage::Investigating => return,
    };
    let Some(receipt) = work.books.receipt(id) else { return };
    // What a card was shown to have and sends back is a customer's withdrawal like any other.
    let Some(stage) = receipt.stage.next(event) else { return };
    let taker = if stage == ReceiptStage::Open { None } else { receipt.taker };
    write(work, Some(receipt.stage), Receipt { stage, taker, ..receipt });
}

fn write<B: Books>(
    work: &mut Work<'_, B>,
    before: Option<ReceiptStage>,
    after: Receipt,
) -> Subject {
    if let Some(before) = before {
        work.books.unlist(Listing::StageReceipt(before, after.id));
    }
    work.books.list(Listing::StageReceipt(after.stage, after.id));
    let kind = match after.stage {
        ReceiptStage::Open => EventKind::ReceiptOpened,
        ReceiptStage::Credited => EventKind::ReceiptCredited,
        ReceiptStage::Returning => EventKind::ReceiptReturning,
        ReceiptStage::Returned => EventKind::ReceiptReturned,
        ReceiptStage::Matched => EventKind::ReceiptMatched,
        ReceiptStage::WrittenOff => EventKind::ReceiptWrittenOff,
    };
    let subject = Subject::Receipt(after.id);
    let event = work.happened(kind, subject, None, after.amount, after.last_event);
    let (changed_at, last_event) = (work.now, Some(event));
    work.books.put(Record::Receipt(Receipt { changed_at, last_event, ..after }));
    subject
}
