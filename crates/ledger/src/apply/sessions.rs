//! Sessions: opened, refused, ended; and what follows when somebody guesses a password.

use super::people::{find, told, write};
use super::{Done, Work};
use crate::books::{Books, Listing, Record, Series};
use crate::event::{EventKind, Subject};
use crate::id::{SessionId, UserId};
use crate::person::{
    CloseSession, CloseSessions, FailPayment, FailSignIn, Method, OpenSession, PassPayment, Person,
    SESSION_MAX, SESSIONS_MAX, Session,
};
use crate::registry::UserKind;
use crate::rejection::Rejection;
use crate::time::{Seconds, Time};

pub(super) fn open<B: Books>(work: &mut Work<'_, B>, it: &OpenSession) -> Done {
    work.platform_only()?;
    let before = find(work, it.user)?;
    on_duty(work, &before)?;
    // The lock is against guesses, and nobody guesses a passkey: it stands in the way of no owner.
    let locked = before.sign_in_locked(work.now);
    if it.method != Method::Passkey {
        not_locked(locked)?;
    }
    if it.lasts == Seconds(0) || it.lasts > SESSION_MAX {
        return Err(Rejection::TimeOutOfRange);
    }

    let before = make_room(work, before);
    let id = SessionId::new(work.cell(), work.books.next_number(Series::Sessions));
    work.books.list(Listing::UserSession(it.user, id));
    work.books.list(Listing::OpenSession(it.user, id));
    work.books.put(Record::Session(Session {
        id,
        user: it.user,
        method: it.method,
        hash: it.hash,
        opened_at: work.now,
        expires_at: work.now.after(it.lasts),
        ended_at: None,
        refused: false,
        position: work.position,
    }));
    let after = match locked {
        Some(_) => before,
        None => Person { sign_in_failures: 0, sign_in_locked_until: None, ..before },
    };
    let subject = Subject::Session(id);
    told(work, after, EventKind::SessionOpened, subject);
    Ok(subject)
}

pub(super) fn fail_sign_in<B: Books>(work: &mut Work<'_, B>, it: &FailSignIn) -> Done {
    work.platform_only()?;
    let before = find(work, it.user)?;
    not_locked(before.sign_in_locked(work.now))?;

    let id = SessionId::new(work.cell(), work.books.next_number(Series::Sessions));
    work.books.list(Listing::UserSession(it.user, id));
    work.books.put(Record::Session(Session {
        id,
        user: it.user,
        method: it.method,
        hash: [0; 32],
        opened_at: work.now,
        expires_at: work.now,
        ended_at: Some(work.now),
        refused: true,
        position: work.position,
    }));
    let subject = Subject::Session(id);
    let failed = before.sign_in_failed(work.now);
    let after = told(work, failed, EventKind::SessionRefused, subject);
    if after.sign_in_locked(work.now).is_some() {
        write(work, after, EventKind::PersonLocked);
    }
    Ok(subject)
}

pub(super) fn fail_payment<B: Books>(work: &mut Work<'_, B>, it: FailPayment) -> Done {
    work.platform_only()?;
    let before = find(work, it.user)?;
    may_pay(&before, work.now)?;

    let after = before.payment_failed(work.now);
    if after.payment_locked(work.now).is_some() {
        return Ok(write(work, after, EventKind::PersonLocked));
    }
    work.books.put(Record::Person(after));
    Ok(Subject::User(it.user))
}

pub(super) fn pass_payment<B: Books>(work: &mut Work<'_, B>, it: PassPayment) -> Done {
    work.platform_only()?;
    let before = find(work, it.user)?;
    may_pay(&before, work.now)?;
    if before.payment_failures == 0 {
        return Err(Rejection::StateUnchanged);
    }

    let (payment_failures, payment_locked_until) = (0, None);
    work.books.put(Record::Person(Person { payment_failures, payment_locked_until, ..before }));
    Ok(Subject::User(it.user))
}

pub(super) fn close<B: Books>(work: &mut Work<'_, B>, it: CloseSession) -> Done {
    if it.session.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let session = work.books.session(it.session).ok_or(Rejection::SessionNotFound)?;
    if !work.acts_for(Some(session.user)) {
        return Err(Rejection::SessionNotFound);
    }
    let person = find(work, session.user)?;
    if session.ended_at.is_some() {
        return Err(Rejection::StateUnchanged);
    }

    end(work, person, session);
    Ok(Subject::Session(session.id))
}

pub(super) fn close_all<B: Books>(work: &mut Work<'_, B>, it: CloseSessions) -> Done {
    let person = find(work, it.user)?;

    end_all(work, person, it.keep);
    Ok(Subject::User(person.user))
}

/// Ends all sessions of a person, or all but one.
pub(super) fn end_all<B: Books>(
    work: &mut Work<'_, B>,
    person: Person,
    keep: Option<SessionId>,
) -> Person {
    let open = open_ones(work, person.user).into_iter().filter(|it| Some(it.id) != keep);
    open.fold(person, |person, session| end(work, person, session))
}

/// Ends the oldest sessions when there are as many as there may be.
fn make_room<B: Books>(work: &mut Work<'_, B>, person: Person) -> Person {
    let open = open_ones(work, person.user);
    let over = open.len().saturating_add(1).saturating_sub(SESSIONS_MAX);
    open.into_iter().take(over).fold(person, |person, session| end(work, person, session))
}

fn open_ones<B: Books>(work: &mut Work<'_, B>, user: UserId) -> Vec<Session> {
    let ids = work.books.sessions_of(user, SESSIONS_MAX);
    ids.into_iter().filter_map(|it| work.books.session(it)).collect()
}

fn end<B: Books>(work: &mut Work<'_, B>, person: Person, session: Session) -> Person {
    work.books.unlist(Listing::OpenSession(session.user, session.id));
    work.books.put(Record::Session(Session { ended_at: Some(work.now), ..session }));
    told(work, person, EventKind::SessionClosed, Subject::Session(session.id))
}

fn not_locked(locked: Option<Time>) -> Result<(), Rejection> {
    locked.map_or(Ok(()), |until| Err(Rejection::SignInLocked { until }))
}

fn may_pay(person: &Person, now: Time) -> Result<(), Rejection> {
    let locked = person.payment_locked(now);
    locked.map_or(Ok(()), |until| Err(Rejection::PaymentLocked { until }))
}

/// Refuses operators whose duty was taken away.
fn on_duty<B: Books>(work: &mut Work<'_, B>, person: &Person) -> Result<(), Rejection> {
    let user = work.books.user(person.user).ok_or(Rejection::UserNotFound)?;
    match user.kind {
        UserKind::Operator if person.duty.is_none() => Err(Rejection::NotAllowed),
        UserKind::Operator | UserKind::Customer | UserKind::Merchant => Ok(()),
    }
}
