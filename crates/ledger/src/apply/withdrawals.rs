//! Withdrawals: the balance is debited first, then the bank is told, and then whatever it says.

use super::draft::{Draft, Move};
use super::transfers::merchant;
use super::{Done, Work, top_ups};
use crate::account::{Account, AccountKind, AccountState, System};
use crate::bank::{TopUp, Withdrawal, WithdrawalStage};
use crate::books::{Books, Listing, Record, Series};
use crate::command::{AdvanceWithdrawal, StartWithdrawal};
use crate::event::{EventKind, Subject};
use crate::id::{AccountId, CardId, WithdrawalId};
use crate::posting::Reason;
use crate::rejection::Rejection;

pub(super) fn start<B: Books>(work: &mut Work<'_, B>, it: &StartWithdrawal) -> Done {
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
        top_up: None,
        created_at: work.now,
        changed_at: work.now,
        last_event: None,
    };
    Ok(write(work, None, withdrawal))
}

pub(super) fn advance<B: Books>(work: &mut Work<'_, B>, it: AdvanceWithdrawal) -> Done {
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
    let subject = write(work, Some(before.stage), after);
    if let Some(top_up) = before.top_up {
        let gone = account.state == AccountState::Closed;
        top_ups::came_back(work, top_up, stage, gone);
    }
    Ok(subject)
}

/// Sends money that a bank took back to the card it came from, out of `source`.
pub(super) fn give_back<B: Books>(
    work: &mut Work<'_, B>,
    top_up: &TopUp,
    source: AccountId,
) -> Result<WithdrawalId, Rejection> {
    let id = WithdrawalId::new(work.cell(), work.books.next_number(Series::Withdrawals));
    let (amount, subject) = (top_up.amount, Subject::Withdrawal(id));
    let payouts = System::Payouts.id(work.cell(), amount.currency());
    let reason = Reason::GivenBack;
    let mut draft = Draft::default();
    draft.post(work, Move { debit: source, credit: payouts, amount, reason, subject })?;

    draft.keep(work);
    work.books.list(Listing::AccountWithdrawal(top_up.account, id));
    let withdrawal = Withdrawal {
        id,
        account: top_up.account,
        card: top_up.card,
        amount,
        stage: WithdrawalStage::Created,
        top_up: Some(top_up.id),
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
    work.books.put(Record::Withdrawal(Withdrawal { last_event: Some(event), ..after }));
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
    if Some(card.user) == account.owner { Ok(account) } else { Err(Rejection::CardNotFound) }
}
