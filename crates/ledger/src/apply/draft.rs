//! A draft: the accounts and postings as they would become. Nothing is written before it is kept.

use super::Work;
use crate::account::{Account, AccountState, System};
use crate::books::{Books, Record, Series};
use crate::event::{EventKind, Subject};
use crate::id::{AccountId, CellId, RemittanceId, TopUpId};
use crate::limits::Usage;
use crate::money::{AMOUNT_MAX, Money};
use crate::posting::{Posting, Reason};
use crate::rejection::Rejection;
use crate::remittance::{Letter, Message, Purpose, Remit, Remittance, RemittanceStage};

/// One movement of money, to be decided.
#[derive(Clone, Copy)]
pub(super) struct Move {
    pub(super) debit: AccountId,
    pub(super) credit: AccountId,
    pub(super) amount: Money,
    pub(super) reason: Reason,
    pub(super) subject: Subject,
}

/// What would change. Dropping it changes nothing.
#[derive(Default)]
pub(super) struct Draft {
    accounts: Vec<Account>,
    postings: Vec<Posting>,
    remittances: Vec<Remittance>,
    usages: Vec<Usage>,
}

impl Draft {
    /// The account as it would be, if it lives in this cell and was ever opened.
    pub(super) fn account<B: Books>(
        &self,
        work: &mut Work<'_, B>,
        id: AccountId,
    ) -> Result<Account, Rejection> {
        if let Some(known) = self.accounts.iter().find(|it| it.id == id) {
            return Ok(*known);
        }
        if id.cell() != work.cell() {
            return Err(Rejection::NotInThisCell);
        }
        work.books.account(id).ok_or(Rejection::AccountNotFound)
    }

    /// Remembers how an account would be.
    pub(super) fn set(&mut self, account: Account) {
        match self.accounts.iter_mut().find(|it| it.id == account.id) {
            Some(known) => *known = account,
            None => self.accounts.push(account),
        }
    }

    /// What an account would have used of its limits, if that would change.
    pub(super) fn usage(&self, account: AccountId) -> Option<Usage> {
        self.usages.iter().find(|it| it.account == account).copied()
    }

    /// Remembers what an account would have used of its limits.
    pub(super) fn set_usage(&mut self, usage: Usage) {
        self.usages.retain(|it| it.account != usage.account);
        self.usages.push(usage);
    }

    /// Moves money between two accounts of this cell, if both allow it.
    pub(super) fn post<B: Books>(
        &mut self,
        work: &mut Work<'_, B>,
        it: Move,
    ) -> Result<(), Rejection> {
        check_amount(it.amount)?;
        let debit = self.account(work, it.debit)?;
        let credit = self.account(work, it.credit)?;
        if debit.id == credit.id {
            return Err(Rejection::SameAccount);
        }
        may_debit(&debit)?;
        may_credit(work, &credit, it)?;
        let number = work.books.next_number(Series::Postings);
        let number = number.saturating_add(u64::try_from(self.postings.len()).unwrap_or(u64::MAX));
        let (debit_previous, credit_previous) = (debit.last_posting, credit.last_posting);
        let debit = debit.debited(it.amount)?.posted(number);
        let credit = credit.credited(it.amount)?.posted(number);
        self.postings.push(Posting {
            position: work.position,
            time: work.now,
            reason: it.reason,
            subject: it.subject,
            debit: debit.id,
            credit: credit.id,
            amount: it.amount.minor(),
            currency: it.amount.currency(),
            debit_previous,
            credit_previous,
            debit_balance: written(debit.balance())?,
            credit_balance: written(credit.balance())?,
        });
        self.set(debit);
        self.set(credit);
        Ok(())
    }

    /// Moves money to wherever `credit` lives: here, or by remittance to its cell.
    pub(super) fn send<B: Books>(
        &mut self,
        work: &mut Work<'_, B>,
        it: Move,
        purpose: Purpose,
    ) -> Result<Option<RemittanceId>, Rejection> {
        if it.credit.cell() == work.cell() {
            self.post(work, it)?;
            return Ok(None);
        }
        let series = work.books.next_number(Series::Remittances);
        let already = u64::try_from(self.remittances.len()).unwrap_or(u64::MAX);
        let id = RemittanceId::new(work.cell(), series.saturating_add(already));
        let transit = System::Transit(it.credit.cell()).id(work.cell(), it.amount.currency());
        let own = matches!(it.subject, Subject::Transfer(_));
        let subject = if own { Subject::Remittance(id) } else { it.subject };
        self.post(work, Move { credit: transit, reason: Reason::Remitted, subject, ..it })?;
        self.remittances.push(Remittance {
            id,
            debit: it.debit,
            credit: it.credit,
            amount: it.amount,
            purpose,
            stage: RemittanceStage::Sent,
            top_up: None,
            refusal: None,
            sent_at: work.now,
            last_event: None,
        });
        Ok(Some(id))
    }

    /// Says that what leaves for other cells is a top-up's money: what they answer is its affair.
    pub(super) fn sent_for(&mut self, top_up: TopUpId) {
        for remittance in &mut self.remittances {
            remittance.top_up = Some(top_up);
        }
    }

    /// Gives money to whom it belongs; sets it aside if that account is closed.
    pub(super) fn give<B: Books>(
        &mut self,
        work: &mut Work<'_, B>,
        it: Move,
    ) -> Result<(), Rejection> {
        let here = it.credit.cell() == work.cell();
        let closed = here && self.account(work, it.credit)?.state == AccountState::Closed;
        if closed {
            let suspense = System::Suspense.id(work.cell(), it.amount.currency());
            return self.post(work, Move { credit: suspense, reason: Reason::SetAside, ..it });
        }
        self.send(work, it, Purpose::Credit(it.reason)).map(|_| ())
    }

    /// Writes everything down. From here on nothing can fail.
    pub(super) fn keep<B: Books>(self, work: &mut Work<'_, B>) {
        for posting in &self.postings {
            work.books.add_posting(posting);
        }
        for account in self.accounts {
            work.books.put(Record::Account(account));
        }
        for usage in self.usages {
            work.books.put(Record::Usage(usage));
        }
        for remittance in self.remittances {
            depart(work, remittance);
        }
    }
}

/// Writes down a remittance and the message that is owed for it.
fn depart<B: Books>(work: &mut Work<'_, B>, remittance: Remittance) {
    let subject = Subject::Remittance(remittance.id);
    let payer = work.books.account(remittance.debit).and_then(|it| it.owner);
    let event = work.happened(EventKind::RemittanceSent, subject, None, remittance.amount, None);
    work.books.put(Record::Remittance(Remittance { last_event: Some(event), ..remittance }));
    let message = Message::Remit(Remit {
        remittance: remittance.id,
        debit: remittance.debit,
        payer,
        credit: remittance.credit,
        amount: remittance.amount,
        purpose: remittance.purpose,
    });
    tell(work, remittance.credit.cell(), message);
}

/// Owes another cell a message.
pub(super) fn tell<B: Books>(work: &mut Work<'_, B>, to: CellId, message: Message) {
    let mut channel = work.books.channel(to);
    channel.sent = channel.sent.saturating_add(1);
    work.books.add_letter(&Letter { to, number: channel.sent, message });
    work.books.put(Record::Channel(to, channel));
}

/// Refuses amounts that no request may have.
pub(super) fn check_amount(amount: Money) -> Result<(), Rejection> {
    if (1..=AMOUNT_MAX).contains(&amount.minor()) {
        Ok(())
    } else {
        Err(Rejection::AmountOutOfRange)
    }
}

fn may_debit(account: &Account) -> Result<(), Rejection> {
    match account.state {
        AccountState::Open => Ok(()),
        AccountState::Frozen => Err(Rejection::AccountFrozen),
        AccountState::Closed => Err(Rejection::AccountClosed),
    }
}

fn may_credit<B>(work: &Work<'_, B>, account: &Account, it: Move) -> Result<(), Rejection> {
    if account.state == AccountState::Closed {
        return Err(Rejection::AccountClosed);
    }
    // Limits stop new money. What an account is owed already may arrive.
    match it.reason {
        Reason::Transfer | Reason::Capture | Reason::Received => {
            within_limit(work, account, it.amount)
        }
        Reason::OrderPaid
        | Reason::OrderReleased
        | Reason::OrderFee
        | Reason::OrderRefunded
        | Reason::ToppedUp
        | Reason::Withdrawn
        | Reason::PaidOut
        | Reason::WithdrawalReturned
        | Reason::TopUpReturned
        | Reason::Remitted
        | Reason::RemittanceReturned
        | Reason::SetAside
        | Reason::GivenBack
        | Reason::Misdirected
        | Reason::WrittenOff => Ok(()),
    }
}

/// Refuses what would bring an account over its own limit or its kind's.
pub(super) fn within_limit<B>(
    work: &Work<'_, B>,
    account: &Account,
    more: Money,
) -> Result<(), Rejection> {
    let kinds = crate::account::AccountKind::ALL.iter();
    let of_kind = kinds
        .zip(work.settings.balance_limits)
        .find_map(|(kind, limit)| (*kind == account.kind).then_some(limit))
        .unwrap_or(0);
    let after = account.balance().saturating_add(i128::from(more.minor()));
    let over = |limit: u64| limit != 0 && after > i128::from(limit);
    if over(of_kind) || over(account.balance_limit) {
        return Err(Rejection::BalanceLimitExceeded);
    }
    Ok(())
}

fn written(balance: i128) -> Result<i64, Rejection> {
    i64::try_from(balance).map_err(|_| Rejection::BalanceOverflow)
}
