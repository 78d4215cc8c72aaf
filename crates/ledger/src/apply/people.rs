//! People: added, changed, checked, given a duty, and forgotten.

use super::{Done, Work, accounts, sessions};
use crate::account::{Account, AccountState};
use crate::books::{Books, Listing, Record, Series};
use crate::currency::Currency;
use crate::event::{Actor, EventKind, Subject};
use crate::id::{AccountId, CellId, Position, UserId};
use crate::money::Money;
use crate::order::Stage;
use crate::person::{
    AddPerson, AskLevel, Credential, ErasePerson, Level, PASSKEYS_MAX, Person, SetCredential,
    SetDuty, SetLevel, SetProfile,
};
use crate::registry::{User, UserKind};
use crate::rejection::Rejection;

/// The most accounts of a person who can be forgotten.
const ACCOUNTS_MAX: usize = 256;
/// So many of an account's last top-ups and withdrawals are looked at. Older ones ended long ago.
const MOVEMENTS_MAX: usize = 1_000;

pub(super) fn add<B: Books>(work: &mut Work<'_, B>, it: &AddPerson) -> Done {
    work.platform_only()?;
    let operator = match it.kind {
        UserKind::Operator => true,
        UserKind::Customer | UserKind::Merchant => false,
    };
    if operator && work.cell() != CellId::FIRST {
        return Err(Rejection::NotInThisCell);
    }
    if operator != it.duty.is_some() {
        return Err(Rejection::KindNotAllowed);
    }
    free_login(work, it.login, None)?;

    let user = UserId::new(work.cell(), work.books.next_number(Series::Users));
    work.books.put(Record::User(User {
        id: user,
        kind: it.kind,
        created_at: work.now,
        position: work.position,
        accounts: 0,
        endpoints: 0,
    }));
    if let Some(login) = it.login {
        work.books.list(Listing::Login(login, user));
    }
    let person = Person {
        user,
        slot: it.slot,
        login: it.login,
        duty: it.duty,
        level: Level::Unverified,
        profile: work.position,
        password: it.password.as_ref().map(|_| work.position),
        payment_password: None,
        totp: None,
        passkeys: [None; PASSKEYS_MAX],
        sign_in_failures: 0,
        sign_in_locked_until: None,
        payment_failures: 0,
        payment_locked_until: None,
        level_asked: None,
        erased_at: None,
        last_event: None,
    };
    Ok(write(work, person, EventKind::PersonAdded))
}

pub(super) fn set_profile<B: Books>(work: &mut Work<'_, B>, it: &SetProfile) -> Done {
    let before = find(work, it.user)?;
    free_login(work, it.login, Some(before.user))?;

    if before.login != it.login {
        if let Some(old) = before.login {
            work.books.unlist(Listing::Login(old, before.user));
        }
        if let Some(new) = it.login {
            work.books.list(Listing::Login(new, before.user));
        }
    }
    let after = Person { login: it.login, profile: work.position, ..before };
    Ok(write(work, after, EventKind::PersonChanged))
}

pub(super) fn set_credential<B: Books>(work: &mut Work<'_, B>, it: &SetCredential) -> Done {
    let before = find(work, it.user)?;
    let (here, passkeys) = (Some(work.position), before.passkeys);
    let after = match &it.credential {
        Credential::Password(_) => {
            let (sign_in_failures, sign_in_locked_until) = (0, None);
            Person { password: here, sign_in_failures, sign_in_locked_until, ..before }
        }
        Credential::PaymentPassword(_) => {
            let (payment_failures, payment_locked_until) = (0, None);
            Person { payment_password: here, payment_failures, payment_locked_until, ..before }
        }
        Credential::Totp(Some(_)) => Person { totp: here, ..before },
        Credential::Totp(None) if before.totp.is_none() => return Err(Rejection::StateUnchanged),
        Credential::Totp(None) => Person { totp: None, ..before },
        Credential::AddPasskey(_) => {
            let free = passkeys.iter().position(Option::is_none);
            let free = free.ok_or(Rejection::CountOutOfRange)?;
            Person { passkeys: with(passkeys, free, here), ..before }
        }
        Credential::ReplacePasskey { place, .. } => {
            let place = taken(passkeys, *place)?;
            Person { passkeys: with(passkeys, place, here), ..before }
        }
        Credential::RemovePasskey { place } => {
            let place = taken(passkeys, *place)?;
            Person { passkeys: with(passkeys, place, None), ..before }
        }
    };

    Ok(write(work, after, EventKind::PersonChanged))
}

pub(super) fn ask_level<B: Books>(work: &mut Work<'_, B>, it: &AskLevel) -> Done {
    let before = find(work, it.user)?;
    if before.level == Level::Verified {
        return Err(Rejection::StateUnchanged);
    }

    if before.level_asked.is_none() {
        work.books.list(Listing::AskedLevel(before.user));
    }
    let after = Person { level_asked: Some(work.position), ..before };
    Ok(write(work, after, EventKind::PersonChanged))
}

pub(super) fn set_level<B: Books>(work: &mut Work<'_, B>, it: SetLevel) -> Done {
    work.platform_only()?;
    let before = find(work, it.user)?;
    if before.level == it.level && before.level_asked.is_none() {
        return Err(Rejection::StateUnchanged);
    }

    if before.level_asked.is_some() {
        work.books.unlist(Listing::AskedLevel(before.user));
    }
    let after = Person { level: it.level, level_asked: None, ..before };
    Ok(write(work, after, EventKind::PersonLevelChanged))
}

pub(super) fn set_duty<B: Books>(work: &mut Work<'_, B>, it: SetDuty) -> Done {
    work.platform_only()?;
    let before = find(work, it.user)?;
    match work.books.user(before.user).ok_or(Rejection::UserNotFound)?.kind {
        UserKind::Operator => {}
        UserKind::Customer | UserKind::Merchant => return Err(Rejection::KindNotAllowed),
    }
    if before.duty == it.duty {
        return Err(Rejection::StateUnchanged);
    }

    let kept = match it.duty {
        Some(_) => before,
        None => sessions::end_all(work, before, None),
    };
    Ok(write(work, Person { duty: it.duty, ..kept }, EventKind::OperatorDutyChanged))
}

pub(super) fn erase<B: Books>(work: &mut Work<'_, B>, it: ErasePerson) -> Done {
    let before = find(work, it.user)?;
    let ids = work.books.accounts_of(before.user, ACCOUNTS_MAX.saturating_add(1));
    if ids.len() > ACCOUNTS_MAX {
        return Err(Rejection::UserInUse);
    }
    let accounts: Vec<_> = ids.into_iter().filter_map(|it| work.books.account(it)).collect();
    if accounts.iter().any(|it| in_use(work, it)) {
        return Err(Rejection::UserInUse);
    }

    // Nobody can pay somebody who is not there any more.
    for account in accounts.iter().filter(|it| it.state != AccountState::Closed) {
        accounts::write(work, account, AccountState::Closed, EventKind::AccountClosed);
    }
    let before = sessions::end_all(work, before, None);
    if let Some(login) = before.login {
        work.books.unlist(Listing::Login(login, before.user));
    }
    if before.level_asked.is_some() {
        work.books.unlist(Listing::AskedLevel(before.user));
    }
    let after = Person {
        login: None,
        duty: None,
        password: None,
        payment_password: None,
        totp: None,
        passkeys: [None; PASSKEYS_MAX],
        level_asked: None,
        erased_at: Some(work.now),
        ..before
    };
    Ok(write(work, after, EventKind::PersonErased))
}

/// The person, if it is one for this caller.
pub(super) fn find<B: Books>(work: &mut Work<'_, B>, user: UserId) -> Result<Person, Rejection> {
    if user.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let person = work.books.person(user).ok_or(Rejection::UserNotFound)?;
    if !work.acts_for(Some(user)) {
        return Err(Rejection::UserNotFound);
    }
    if person.erased_at.is_some() { Err(Rejection::UserErased) } else { Ok(person) }
}

/// Refuses users who were erased. Users who are no persons never are.
pub(super) fn not_erased<B: Books>(work: &mut Work<'_, B>, user: UserId) -> Result<(), Rejection> {
    let erased = work.books.person(user).is_some_and(|it| it.erased_at.is_some());
    if erased { Err(Rejection::UserErased) } else { Ok(()) }
}

/// Refuses payments that somebody who may not be the owner asks for.
pub(super) fn may_pay<B: Books>(work: &mut Work<'_, B>) -> Result<(), Rejection> {
    let user = match work.actor {
        Actor::User(user) if user.cell() == work.cell() => user,
        Actor::User(_)
        | Actor::Operator(_)
        | Actor::Platform
        | Actor::Bank
        | Actor::Clock
        | Actor::Cell => return Ok(()),
    };
    let person = work.books.person(user);
    match person.and_then(|it| it.payment_locked(work.now)) {
        Some(until) => Err(Rejection::PaymentLocked { until }),
        None => Ok(()),
    }
}

/// Writes a person down, and that something happened to it.
pub(super) fn write<B: Books>(work: &mut Work<'_, B>, it: Person, kind: EventKind) -> Subject {
    let subject = Subject::User(it.user);
    told(work, it, kind, subject);
    subject
}

/// Writes a person down, and that something happened that belongs to its timeline. Only the
/// platform and the person see it: no merchant's endpoint is told who signs in.
pub(super) fn told<B: Books>(
    work: &mut Work<'_, B>,
    it: Person,
    kind: EventKind,
    subject: Subject,
) -> Person {
    let nothing = Money::new(0, Currency::CNY);
    let event = work.happened(kind, subject, None, nothing, it.last_event);
    let after = Person { last_event: Some(event), ..it };
    work.books.put(Record::Person(after));
    after
}

fn free_login<B: Books>(
    work: &mut Work<'_, B>,
    login: Option<u128>,
    own: Option<UserId>,
) -> Result<(), Rejection> {
    let taken = login.and_then(|it| work.books.by_login(it));
    if taken.is_some() && taken != own { Err(Rejection::LoginTaken) } else { Ok(()) }
}

type Passkeys = [Option<Position>; PASSKEYS_MAX];

/// The place of a passkey that is there.
fn taken(passkeys: Passkeys, place: u8) -> Result<usize, Rejection> {
    let place = usize::from(place);
    match passkeys.get(place) {
        Some(Some(_)) => Ok(place),
        Some(None) => Err(Rejection::StateUnchanged),
        None => Err(Rejection::CountOutOfRange),
    }
}

fn with(mut passkeys: Passkeys, place: usize, passkey: Option<Position>) -> Passkeys {
    passkeys.iter_mut().skip(place).take(1).for_each(|it| *it = passkey);
    passkeys
}

/// Whether an account has money, or money on its way.
fn in_use<B: Books>(work: &mut Work<'_, B>, account: &Account) -> bool {
    let kept = account.balance() != 0 || account.held != 0 || account.open_top_ups != 0;
    kept || in_trade(work, account.id) || at_a_bank(work, account.id)
}

fn in_trade<B: Books>(work: &mut Work<'_, B>, account: AccountId) -> bool {
    let mut open = Stage::ALL.into_iter().filter(|it| it.held() || *it == Stage::Created);
    open.any(|it| work.books.has_order(account, it))
}

fn at_a_bank<B: Books>(work: &mut Work<'_, B>, account: AccountId) -> bool {
    let top_ups = work.books.top_ups_of(account, MOVEMENTS_MAX);
    let coming =
        top_ups.into_iter().filter_map(|it| work.books.top_up(it)).any(|it| !it.stage.ended());
    let withdrawals = work.books.withdrawals_of(account, MOVEMENTS_MAX);
    let going = withdrawals
        .into_iter()
        .filter_map(|it| work.books.withdrawal(it))
        .any(|it| !it.stage.ended());
    coming || going
}
