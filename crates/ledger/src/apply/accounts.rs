//! Accounts: opened for a user, frozen, closed; and what their owners say against it.

use super::transfers::merchant;
use super::{Done, Work, people};
use crate::account::{Account, AccountKind, AccountState};
use crate::appeal::RefuseAppeal;
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
    let nothing = Money::new(0, it.currency);
    let subject = Subject::Account(id);
    let event = work.happened(EventKind::AccountOpened, subject, merchant(&account), nothing, None);
    work.books.put(Record::Account(Account { last_event: Some(event), ..account }));
    let accounts = user.accounts.saturating_add(1);
    work.books.put(Record::User(User { accounts, ..user }));
    work.books.list(Listing::UserAccount(user.id, id));
    Ok(subject)
}

pub(super) fn set_state<B: Books>(work: &mut Work<'_, B>, it: SetAccountState) -> Done {
    work.platform_only()?;
    let account = find(work, it.account)?;
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

/// The owner says why a frozen account should not be; once, until somebody has answered.
pub(super) fn appeal<B: Books>(work: &mut Work<'_, B>, id: AccountId) -> Done {
    let account = find(work, id)?;
    if !work.acts_for(account.owner) {
        return Err(Rejection::AccountNotFound);
    }
    if account.owner.is_none() {
        return Err(Rejection::AccountKindNotAllowed);
    }
    match account.state {
        AccountState::Frozen => {}
        AccountState::Open => return Err(Rejection::AccountNotFrozen),
        AccountState::Closed => return Err(Rejection::AccountClosed),
    }
    if account.appealed {
        return Err(Rejection::AppealUnderWay);
    }

    Ok(write(work, &account, account.state, EventKind::AccountAppealed))
}

pub(super) fn refuse_appeal<B: Books>(work: &mut Work<'_, B>, it: RefuseAppeal) -> Done {
    work.platform_only()?;
    let account = find(work, it.account)?;
    if !account.appealed {
        return Err(Rejection::AppealNotOpen);
    }

    Ok(write(work, &account, account.state, EventKind::AccountAppealRefused))
}

fn find<B: Books>(work: &mut Work<'_, B>, id: AccountId) -> Result<Account, Rejection> {
    if id.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    work.books.account(id).ok_or(Rejection::AccountNotFound)
}

/// Writes down what became of an account. Whatever that is, it answers an appeal.
pub(super) fn write<B: Books>(
    work: &mut Work<'_, B>,
    account: &Account,
    state: AccountState,
    kind: EventKind,
) -> Subject {
    if let Some(answered) = account.open_appeal() {
        work.books.unlist(Listing::OpenAppeal(answered));
    }
    let (subject, nothing) = (Subject::Account(account.id), Money::new(0, account.currency));
    let event = work.happened(kind, subject, merchant(account), nothing, account.last_event);
    let (last_event, appealed) = (Some(event), kind == EventKind::AccountAppealed);
    let after = Account { state, last_event, appealed, ..*account };
    if let Some(opened) = after.open_appeal() {
        work.books.list(Listing::OpenAppeal(opened));
    }
    work.books.put(Record::Account(after));
    subject
}
