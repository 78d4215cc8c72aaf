//! Withdrawals: the balance is debited first, then the bank is told, and then whatever it says.

use super::actions::not_by_hand;
use super::draft::{Draft, Move};
use super::people::may_pay;
use super::top_ups::{is_anothers, remember};
use super::transfers::merchant;
use super::{Done, Work, receipts, top_ups};
use crate::account::{Account, AccountKind, AccountState, System};
use crate::bank::{BankEvent, Withdrawal, WithdrawalStage};
use crate::books::{Books, Listing, Record, Series};
use crate::command::{Action, AdvanceWithdrawal, StartWithdrawal};
use crate::event::{Actor, EventKind, Subject};
use crate::id::{AccountId, CardId, ReceiptId, TopUpId, WithdrawalId};
use crate::limits::Flow;
use crate::money::Money;
use crate::posting::Reason;
use crate::rejection::Rejection;

pub(super) fn start<B: Books>(work: &mut Work<'_, B>, it: &StartWithdrawal) -> Done {
    let account = own_account(work, it.account, it.card)?;
    may_pay(work)?;
    let id = WithdrawalId::new(work.cell(), work.books.next_number(Series::Withdrawals));
    let (amount, subject) = (it.amount, Subject::Withdrawal(id));
    let payouts = System::Payouts.id(work.cell(), amount.currency());
    let mut draft = Draft::default();
    let reason = Reason::Withdrawn;
    draft.post(work, Move { debit: account.id, credit: payouts, amount, reason, subject })?;
    draft.count(work, &account, Flow::Withdraw, amount)?;

    draft.keep(work);
    work.books.list(Listing::AccountWithdrawal(account.id, id));
    let withdrawal = Withdrawal {
        id,
        account: account.id,
        card: it.card,
        amount,
        stage: WithdrawalStage::Created,
        paid: None,
        top_up: None,
        receipt: None,
        late: None,
        created_at: work.now,
        changed_at: work.now,
        last_event: None,
    };
    Ok(write(work, None, withdrawal))
}

/// Does it on somebody's word alone, unless two people have to decide about it.
pub(super) fn advance_alone<B: Books>(work: &mut Work<'_, B>, it: AdvanceWithdrawal) -> Done {
    not_by_hand(work, &Action::AdvanceWithdrawal(it))?;
    advance(work, it)
}

pub(super) fn advance<B: Books>(work: &mut Work<'_, B>, it: AdvanceWithdrawal) -> Done {
    work.platform_only()?;
    if it.withdrawal.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let before = work.books.withdrawal(it.withdrawal).ok_or(Rejection::WithdrawalNotFound)?;
    let refused = Rejection::BankEventNotAllowed { event: it.event };
    let decided = before.paid.is_some() && before.stage == WithdrawalStage::Investigating;
    if decided && work.actor == Actor::Bank {
        // Who bears it, a person decides; a bank that says the same again does not.
        return Err(refused);
    }
    let subject = Subject::Withdrawal(before.id);
    let confirmed = it.event == BankEvent::Confirm && before.paid.is_none();
    let anothers = confirmed && is_anothers(work, it.reference, subject);
    if confirmed && !anothers && before.stage == WithdrawalStage::Rejected && before.late.is_none()
    {
        return come_late(work, &before, &it);
    }
    let paid = if confirmed { it.amount.or(Some(before.amount)) } else { before.paid };
    let other = confirmed && paid != Some(before.amount);
    // Before it was sent, nothing could be confirmed.
    before.stage.next(it.event).ok_or(refused)?;
    let event = if anothers || other { BankEvent::Investigate } else { it.event };
    let stays = other && !anothers && before.stage == WithdrawalStage::Investigating;
    let stage = if stays { before.stage } else { before.stage.next(event).ok_or(refused)? };
    let paid = match stage {
        WithdrawalStage::Returned => None,
        _ if anothers => before.paid,
        WithdrawalStage::Created
        | WithdrawalStage::Sent
        | WithdrawalStage::Unknown
        | WithdrawalStage::Paid
        | WithdrawalStage::Rejected
        | WithdrawalStage::Investigating => paid,
    };
    let after = Withdrawal { stage, paid, ..before };
    let gone = moved(work, &before, &after)?;
    if !anothers {
        remember(work, it.reference, subject);
    }
    write(work, Some(before.stage), after);
    if let Some(top_up) = before.top_up {
        top_ups::came_back(work, top_up, stage, gone);
    }
    if let Some(receipt) = before.receipt {
        receipts::came_back(work, receipt, stage);
    }
    Ok(subject)
}

/// The bank paid after it had said no, and the balance has the money already: the platform is
/// short of it.
fn come_late<B: Books>(
    work: &mut Work<'_, B>,
    before: &Withdrawal,
    it: &AdvanceWithdrawal,
) -> Done {
    let subject = Subject::Withdrawal(before.id);
    let amount = it.amount.unwrap_or(before.amount);
    let late = receipts::open(work, amount, Some(subject), true)?;
    remember(work, it.reference, subject);
    work.books.put(Record::Withdrawal(Withdrawal { late: Some(late), ..*before }));
    Ok(Subject::Receipt(late))
}

/// Moves the money to where it belongs after the bank spoke. Returns whether its owner is gone.
///
/// What the bank paid out instead of what it was asked for is the platform's loss until a person
/// has looked: the balance is not touched for it.
fn moved<B: Books>(
    work: &mut Work<'_, B>,
    before: &Withdrawal,
    after: &Withdrawal,
) -> Result<bool, Rejection> {
    let account = work.books.account(before.account).ok_or(Rejection::AccountNotFound)?;
    let gone = account.state == AccountState::Closed
        || account.currency != before.amount.currency()
        || before.receipt.is_some();
    let cell = work.cell();
    let of = |system: System, amount: Money| system.id(cell, amount.currency());
    let (amount, subject) = (before.amount, Subject::Withdrawal(before.id));
    let (payouts, clearing) = (of(System::Payouts, amount), of(System::BankClearing, amount));
    let capital = of(System::Capital, amount);
    let other = before.paid.filter(|it| *it != amount || before.stage != WithdrawalStage::Paid);
    let movement = |debit, credit, reason| Move { debit, credit, amount, reason, subject };
    let mut draft = Draft::default();
    let mut home = None;
    match after.stage {
        WithdrawalStage::Paid => {
            let credit = if other.is_some() { capital } else { clearing };
            draft.post(work, movement(payouts, credit, Reason::PaidOut))?;
        }
        WithdrawalStage::Rejected => home = Some(payouts),
        WithdrawalStage::Returned => {
            if let Some(paid) = other {
                let (debit, credit) = (of(System::BankClearing, paid), of(System::Capital, paid));
                let reason = Reason::Misdirected;
                draft.post(work, Move { debit, credit, amount: paid, reason, subject })?;
            }
            home = Some(match (before.stage, other) {
                (WithdrawalStage::Paid, Some(_)) => capital,
                (WithdrawalStage::Paid, None) => clearing,
                (_, _) => payouts,
            });
        }
        WithdrawalStage::Investigating => {
            if let Some(paid) = after.paid.filter(|_| before.paid.is_none()) {
                let (debit, credit) = (of(System::Capital, paid), of(System::BankClearing, paid));
                let reason = Reason::Misdirected;
                draft.post(work, Move { debit, credit, amount: paid, reason, subject })?;
            }
        }
        WithdrawalStage::Created | WithdrawalStage::Sent | WithdrawalStage::Unknown => {}
    }
    if let Some(source) = home {
        let taker = if gone { of(System::Suspense, amount) } else { account.id };
        let reason = if gone { Reason::SetAside } else { Reason::WithdrawalReturned };
        draft.post(work, movement(source, taker, reason))?;
    }

    draft.keep(work);
    Ok(gone)
}

/// What goes back to the card it came from.
#[derive(Clone, Copy)]
pub(super) struct Return {
    pub(super) account: AccountId,
    pub(super) card: CardId,
    pub(super) amount: Money,
    pub(super) top_up: Option<TopUpId>,
    pub(super) receipt: Option<ReceiptId>,
}

/// Sends money that a bank took back to the card it came from, out of `source`.
pub(super) fn give_back<B: Books>(
    work: &mut Work<'_, B>,
    it: Return,
    source: AccountId,
) -> Result<WithdrawalId, Rejection> {
    let id = WithdrawalId::new(work.cell(), work.books.next_number(Series::Withdrawals));
    let amount = it.amount;
    let subject = Subject::Withdrawal(id);
    let payouts = System::Payouts.id(work.cell(), amount.currency());
    let reason = Reason::GivenBack;
    let mut draft = Draft::default();
    draft.post(work, Move { debit: source, credit: payouts, amount, reason, subject })?;

    draft.keep(work);
    work.books.list(Listing::AccountWithdrawal(it.account, id));
    let withdrawal = Withdrawal {
        id,
        account: it.account,
        card: it.card,
        amount,
        stage: WithdrawalStage::Created,
        paid: None,
        top_up: it.top_up,
        receipt: it.receipt,
        late: None,
        created_at: work.now,
        changed_at: work.now,
        last_event: None,
    };
    write(work, None, withdrawal);
    Ok(id)
}

fn write<B: Books>(
    work: &mut Work<'_, B>,
    before: Option<WithdrawalStage>,
    after: Withdrawal,
) -> Subject {
    if let Some(before) = before {
        work.books.unlist(Listing::StageWithdrawal(before, after.id));
    }
    work.books.list(Listing::StageWithdrawal(after.stage, after.id));
    let kind = match after.stage {
        WithdrawalStage::Created => EventKind::WithdrawalCreated,
        WithdrawalStage::Sent => EventKind::WithdrawalSent,
        WithdrawalStage::Unknown => EventKind::WithdrawalUnknown,
        WithdrawalStage::Paid => EventKind::WithdrawalPaid,
        WithdrawalStage::Rejected => EventKind::WithdrawalRejected,
        WithdrawalStage::Returned => EventKind::WithdrawalReturned,
        WithdrawalStage::Investigating => EventKind::WithdrawalInvestigating,
    };
    let subject = Subject::Withdrawal(after.id);
    let owner = work.books.account(after.account).as_ref().and_then(merchant);
    let event = work.happened(kind, subject, owner, after.amount, after.last_event);
    let (changed_at, last_event) = (work.now, Some(event));
    work.books.put(Record::Withdrawal(Withdrawal { changed_at, last_event, ..after }));
    subject
}

/// The caller's account, once it is certain that the card belongs to the same user.
pub(super) fn own_account<B: Books>(
    work: &mut Work<'_, B>,
    id: AccountId,
    card: CardId,
) -> Result<Account, Rejection> {
    let account = Draft::default().account(work, id)?;
    if !work.acts_for(account.owner) {
        return Err(Rejection::AccountNotFound);
    }
    match account.kind {
        AccountKind::Customer | AccountKind::Merchant => {}
        AccountKind::Escrow
        | AccountKind::BankClearing
        | AccountKind::Fees
        | AccountKind::Suspense
        | AccountKind::Payouts
        | AccountKind::Transit
        | AccountKind::Capital => return Err(Rejection::AccountKindNotAllowed),
    }
    if card.cell() != work.cell() {
        return Err(Rejection::CardNotFound);
    }
    let card = work.books.card(card).ok_or(Rejection::CardNotFound)?;
    let own = Some(card.user) == account.owner && card.removed_at.is_none();
    if own { Ok(account) } else { Err(Rejection::CardNotFound) }
}
