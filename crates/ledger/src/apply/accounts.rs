//! Accounts: opened for a user, frozen, closed.

use super::transfers::merchant;
use super::{Done, Work, people};
use crate::account::{Account, AccountKind, AccountState};
use crate::books::{Books, Listing, Record, Series};
use crate::command::{AccountChange, OpenAccount, SetAccountState};
use crate::event::{EventKind, Subject};
use crate::id::AccountId;
use crate::money::Money;
use crate::registry::{User, UserKind};
use crate::rejection::Rejection;

pub(super) fn open<B: Books>(work: &mut Work<'_, B>, it: OpenAccount) -> Done {
    work.platform_only()?;
    if it.owner.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let user = work.books.user(it.owner).ok_or(Rejection::UserNotFound)?;
    let kind = match user.kind {
        UserKind::Customer => AccountKind::Customer,
        UserKind::Merchant => AccountKind::Merchant,
        UserKind::Operator => return Err(Rejection::KindNotAllowed),
    };
    people::not_erased(work, user.id)?;

    let id = AccountId::new(work.cell(), work.books.next_number(Series::Accounts));
    let owner = Some(user.id);
    let account = Account::opened(id, kind, it.currency, owner, it.balance_limit, work.now);
    work.books.put(Record::Account(account));
    let accounts = user.accounts.saturating_add(1);
    work.books.put(Record::User(User { accounts, ..user }));
    work.books.list(Listing::UserAccount(user.id, id));
    let nothing = Money::new(0, it.currency);
    let subject = Subject::Account(id);
    work.happened(EventKind::AccountOpened, subject, merchant(&account), nothing, None);
    Ok(subject)
}

pub(super) fn set_state<B: Books>(work: &mut Work<'_, B>, it: SetAccountState) -> Done {
    work.platform_only()?;
    if it.account.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let account = work.books.account(it.account).ok_or(Rejection::AccountNotFound)?;
    if account.owner.is_none() {
        return Err(Rejection::AccountKindNotAllowed);
    }
    let (state, kind) = match (account.state, it.change) {
        (AccountState::Open, AccountChange::Freeze) => {
            (AccountState::Frozen, EventKind::AccountFrozen)
        }
        (AccountState::Frozen, AccountChange::Unfreeze) => {
            (AccountState::Open, EventKind::AccountUnfrozen)
        }
        (AccountState::Open | AccountState::Frozen, AccountChange::Close) => {
            if account.balance() != 0 || account.held != 0 {
                return Err(Rejection::AccountInUse);
            }
            (AccountState::Closed, EventKind::AccountClosed)
        }
        (AccountState::Open, AccountChange::Unfreeze)
        | (AccountState::Frozen, AccountChange::Freeze)
        | (AccountState::Closed, AccountChange::Close) => return Err(Rejection::StateUnchanged),
        (AccountState::Closed, AccountChange::Freeze | AccountChange::Unfreeze) => {
            return Err(Rejection::AccountClosed);
        }
    };

    Ok(write(work, &account, state, kind))
}

/// Writes down what became of an account.
pub(super) fn write<B: Books>(
    work: &mut Work<'_, B>,
    account: &Account,
    state: AccountState,
    kind: EventKind,
) -> Subject {
    work.books.put(Record::Account(Account { state, ..*account }));
    let nothing = Money::new(0, account.currency);
    let subject = Subject::Account(account.id);
    work.happened(kind, subject, merchant(account), nothing, None);
    subject
}
