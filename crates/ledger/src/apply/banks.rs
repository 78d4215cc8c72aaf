//! Top-ups and withdrawals: the intent first, then whatever the bank says, in whatever order.

use super::draft::{Draft, Move, check_amount, within_limit};
use super::transfers::merchant;
use super::{Done, Work};
use crate::account::{Account, AccountKind, AccountState, System};
use crate::bank::{BankEvent, TopUp, TopUpStage, Withdrawal, WithdrawalStage};
use crate::books::{Books, Listing, Record, Series};
use crate::command::{AdvanceTopUp, AdvanceWithdrawal, StartTopUp, StartWithdrawal};
use crate::event::{EventKind, Subject};
use crate::id::{AccountId, CardId, TopUpId, WithdrawalId};
use crate::money::Money;
use crate::posting::Reason;
use crate::rejection::Rejection;
use crate::time::Seconds;

/// Another top-up of the same amount within this time may be a second click on the same button.
const AGAIN_WITHIN: Seconds = Seconds(10 * 60);
/// The most top-ups under way that are looked through for one like the new one.
const LOOK_THROUGH: usize = 64;

pub(super) fn start_top_up<B: Books>(work: &mut Work<'_, B>, it: &StartTopUp) -> Done {
    let account = own_account(work, it.account, it.card)?;
    check_amount(it.amount)?;
    in_currency(&account, it.amount)?;
    if account.state == AccountState::Closed {
        return Err(Rejection::AccountClosed);
    }
    within_limit(work, &account, it.amount)?;
    if !it.deliberate {
        none_like_it(work, &account, it)?;
    }

    let id = TopUpId::new(work.cell(), work.books.next_number(Series::TopUps));
    work.books.list(Listing::AccountTopUp(account.id, id));
    let top_up = TopUp {
        id,
        account: account.id,
        card: it.card,
        amount: it.amount,
        stage: TopUpStage::Created,
        set_aside: 0,
        created_at: work.now,
        changed_at: work.now,
        last_event: None,
    };
    Ok(write_top_up(work, None, top_up, &account))
}

/// Refuses a top-up that may be a second attempt: money of the first may be taken already.
fn none_like_it<B: Books>(
    work: &mut Work<'_, B>,
    account: &Account,
    it: &StartTopUp,
) -> Result<(), Rejection> {
    if account.open_top_ups == 0 {
        return Ok(());
    }
    for id in work.books.open_top_ups(account.id, LOOK_THROUGH) {
        let Some(other) = work.books.top_up(id) else { continue };
        let recent = work.now < other.created_at.after(AGAIN_WITHIN);
        if recent && other.amount == it.amount {
            return Err(Rejection::TopUpUnderWay { top_up: id });
        }
    }
    Ok(())
}

pub(super) fn advance_top_up<B: Books>(work: &mut Work<'_, B>, it: AdvanceTopUp) -> Done {
    work.platform_only()?;
    if it.top_up.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let top_up = work.books.top_up(it.top_up).ok_or(Rejection::TopUpNotFound)?;
    let refused = Rejection::BankEventNotAllowed { event: it.event };
    let mut stage = top_up.stage.next(it.event).ok_or(refused)?;
    let account = work.books.account(top_up.account).ok_or(Rejection::AccountNotFound)?;
    let clearing = System::BankClearing.id(work.cell(), top_up.amount.currency());
    let suspense = System::Suspense.id(work.cell(), top_up.amount.currency());
    let source = if top_up.set_aside > 0 { suspense } else { clearing };
    let gone = account.state == AccountState::Closed;
    if gone && stage == TopUpStage::Credited {
        // The bank took the money and its taker is gone: a person has to give it back.
        stage = TopUpStage::Investigating;
    }

    let mut draft = Draft::default();
    let (amount, subject) = (top_up.amount, Subject::TopUp(top_up.id));
    let mut post =
        |debit, credit, reason| draft.post(work, Move { debit, credit, amount, reason, subject });
    let mut set_aside = top_up.set_aside;
    match stage {
        TopUpStage::Credited => {
            post(source, account.id, Reason::ToppedUp)?;
            set_aside = 0;
        }
        TopUpStage::Investigating if it.event == BankEvent::Confirm && set_aside == 0 => {
            post(clearing, suspense, Reason::SetAside)?;
            set_aside = amount.minor();
        }
        TopUpStage::Returned | TopUpStage::Rejected if set_aside > 0 => {
            post(suspense, clearing, Reason::TopUpReturned)?;
            set_aside = 0;
        }
        TopUpStage::Created
        | TopUpStage::Sent
        | TopUpStage::Unknown
        | TopUpStage::Investigating
        | TopUpStage::Returned
        | TopUpStage::Rejected => {}
    }

    draft.keep(work);
    let account = work.books.account(top_up.account).unwrap_or(account);
    let after = TopUp { stage, set_aside, changed_at: work.now, ..top_up };
    Ok(write_top_up(work, Some(top_up.stage), after, &account))
}

fn write_top_up<B: Books>(
    work: &mut Work<'_, B>,
    before: Option<TopUpStage>,
    after: TopUp,
    account: &Account,
) -> Subject {
    if let Some(before) = before {
        work.books.unlist(Listing::StageTopUp(before, after.id));
    }
    work.books.list(Listing::StageTopUp(after.stage, after.id));
    count_open(work, before.is_some_and(TopUpStage::open), &after, account);
    let kind = match after.stage {
        TopUpStage::Created => EventKind::TopUpCreated,
        TopUpStage::Sent => EventKind::TopUpSent,
        TopUpStage::Unknown => EventKind::TopUpUnknown,
        TopUpStage::Credited => EventKind::TopUpCredited,
        TopUpStage::Rejected => EventKind::TopUpRejected,
        TopUpStage::Returned => EventKind::TopUpReturned,
        TopUpStage::Investigating => EventKind::TopUpInvestigating,
    };
    let subject = Subject::TopUp(after.id);
    let event = work.happened(kind, subject, merchant(account), after.amount, after.last_event);
    work.books.put(Record::TopUp(TopUp { last_event: Some(event), ..after }));
    subject
}

/// Keeps the account's count and list of top-ups that the bank owes an answer for.
fn count_open<B: Books>(work: &mut Work<'_, B>, was: bool, after: &TopUp, account: &Account) {
    let place = Listing::OpenTopUp(account.id, after.id);
    let open_top_ups = match (was, after.stage.open()) {
        (false, true) => {
            work.books.list(place);
            account.open_top_ups.saturating_add(1)
        }
        (true, false) => {
            work.books.unlist(place);
            account.open_top_ups.saturating_sub(1)
        }
        (true, true) | (false, false) => return,
    };
    work.books.put(Record::Account(Account { open_top_ups, ..*account }));
}

pub(super) fn start_withdrawal<B: Books>(work: &mut Work<'_, B>, it: &StartWithdrawal) -> Done {
    let account = own_account(work, it.account, it.card)?;
    let id = WithdrawalId::new(work.cell(), work.books.next_number(Series::Withdrawals));
    let (amount, subject) = (it.amount, Subject::Withdrawal(id));
    let payouts = System::Payouts.id(work.cell(), amount.currency());
    let mut draft = Draft::default();
    let reason = Reason::Withdrawn;
    draft.post(work, Move { debit: account.id, credit: payouts, amount, reason, subject })?;

    draft.keep(work);
    work.books.list(Listing::AccountWithdrawal(account.id, id));
    let withdrawal = Withdrawal {
        id,
        account: account.id,
        card: it.card,
        amount,
        stage: WithdrawalStage::Created,
        created_at: work.now,
        changed_at: work.now,
        last_event: None,
    };
    Ok(write_withdrawal(work, None, withdrawal, &account))
}

pub(super) fn advance_withdrawal<B: Books>(work: &mut Work<'_, B>, it: AdvanceWithdrawal) -> Done {
    work.platform_only()?;
    if it.withdrawal.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let before = work.books.withdrawal(it.withdrawal).ok_or(Rejection::WithdrawalNotFound)?;
    let refused = Rejection::BankEventNotAllowed { event: it.event };
    let stage = before.stage.next(it.event).ok_or(refused)?;
    let account = work.books.account(before.account).ok_or(Rejection::AccountNotFound)?;
    let clearing = System::BankClearing.id(work.cell(), before.amount.currency());
    let payouts = System::Payouts.id(work.cell(), before.amount.currency());
    let (amount, subject) = (before.amount, Subject::Withdrawal(before.id));
    let movement = |debit, credit, reason| Move { debit, credit, amount, reason, subject };
    let mut draft = Draft::default();
    match stage {
        WithdrawalStage::Paid => {
            draft.post(work, movement(payouts, clearing, Reason::PaidOut))?;
        }
        WithdrawalStage::Rejected => {
            draft.give(work, movement(payouts, account.id, Reason::WithdrawalReturned))?;
        }
        WithdrawalStage::Returned => {
            draft.give(work, movement(clearing, account.id, Reason::WithdrawalReturned))?;
        }
        WithdrawalStage::Created
        | WithdrawalStage::Sent
        | WithdrawalStage::Unknown
        | WithdrawalStage::Investigating => {}
    }

    draft.keep(work);
    let after = Withdrawal { stage, changed_at: work.now, ..before };
    Ok(write_withdrawal(work, Some(before.stage), after, &account))
}

fn write_withdrawal<B: Books>(
    work: &mut Work<'_, B>,
    before: Option<WithdrawalStage>,
    after: Withdrawal,
    account: &Account,
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
    let event = work.happened(kind, subject, merchant(account), after.amount, after.last_event);
    work.books.put(Record::Withdrawal(Withdrawal { last_event: Some(event), ..after }));
    subject
}

/// The caller's account, once it is certain that the card belongs to the same user.
fn own_account<B: Books>(
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
    if Some(card.user) == account.owner { Ok(account) } else { Err(Rejection::CardNotFound) }
}

fn in_currency(account: &Account, amount: Money) -> Result<(), Rejection> {
    if account.currency == amount.currency() { Ok(()) } else { Err(Rejection::CurrencyDiffers) }
}
