//! Users, cards and API keys.

use super::people::{not_erased, told};
use super::{Done, Work};
use crate::books::{Books, Listing, Record, Series};
use crate::command::{AddCard, AddKey, AddSealedCard, AddUser, RemoveCard, RevokeKey};
use crate::currency::Currency;
use crate::event::{Actor, EventKind, Subject};
use crate::id::{CardId, KeyId, UserId};
use crate::money::Money;
use crate::registry::{Card, Key, Role, User, UserKind};
use crate::rejection::Rejection;

pub(super) fn add_user<B: Books>(work: &mut Work<'_, B>, it: &AddUser) -> Done {
    work.platform_only()?;
    let merchant = match it.kind {
        UserKind::Merchant => true,
        UserKind::Customer => false,
        UserKind::Operator => return Err(Rejection::KindNotAllowed),
    };

    let id = UserId::new(work.cell(), work.books.next_number(Series::Users));
    work.books.put(Record::User(User {
        id,
        kind: it.kind,
        created_at: work.now,
        position: work.position,
        accounts: 0,
        endpoints: 0,
    }));
    let merchant = merchant.then_some(id);
    let nothing = Money::new(0, Currency::CNY);
    work.happened(EventKind::UserAdded, Subject::User(id), merchant, nothing, None);
    Ok(Subject::User(id))
}

pub(super) fn add_card<B: Books>(work: &mut Work<'_, B>, it: &AddCard) -> Done {
    keep_card(work, it.user, it.last_four)
}

pub(super) fn add_sealed_card<B: Books>(work: &mut Work<'_, B>, it: &AddSealedCard) -> Done {
    keep_card(work, it.user, it.last_four)
}

fn keep_card<B: Books>(work: &mut Work<'_, B>, user: UserId, last_four: u16) -> Done {
    if user.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let user = work.books.user(user).ok_or(Rejection::UserNotFound)?;
    if !work.acts_for(Some(user.id)) {
        return Err(Rejection::UserNotFound);
    }
    not_erased(work, user.id)?;
    match user.kind {
        UserKind::Customer | UserKind::Merchant => {}
        UserKind::Operator => return Err(Rejection::KindNotAllowed),
    }

    let id = CardId::new(work.cell(), work.books.next_number(Series::Cards));
    work.books.put(Record::Card(Card {
        id,
        user: user.id,
        last_four,
        created_at: work.now,
        position: work.position,
        removed_at: None,
    }));
    work.books.list(Listing::UserCard(user.id, id));
    Ok(Subject::Card(id))
}

pub(super) fn remove_card<B: Books>(work: &mut Work<'_, B>, it: RemoveCard) -> Done {
    if it.card.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let card = work.books.card(it.card).ok_or(Rejection::CardNotFound)?;
    if !work.acts_for(Some(card.user)) || card.removed_at.is_some() {
        return Err(Rejection::CardNotFound);
    }

    work.books.unlist(Listing::UserCard(card.user, card.id));
    work.books.put(Record::Card(Card { removed_at: Some(work.now), ..card }));
    let (kind, subject) = (EventKind::CardRemoved, Subject::Card(card.id));
    if let Some(person) = work.books.person(card.user) {
        told(work, person, kind, subject);
    } else {
        work.happened(kind, subject, None, Money::new(0, Currency::CNY), None);
    }
    Ok(subject)
}

pub(super) fn add_key<B: Books>(work: &mut Work<'_, B>, it: &AddKey) -> Done {
    match work.actor {
        Actor::User(user) => own_key(work, user, it)?,
        Actor::Operator(_) => return Err(Rejection::NotAllowed),
        Actor::Platform | Actor::Bank | Actor::Clock | Actor::Cell => {}
    }
    // A merchant's key without a merchant would open every door that says "its own".
    if it.role == Role::Merchant && it.user.is_none()
        || it.role == Role::Platform && it.user.is_some()
    {
        return Err(Rejection::KindNotAllowed);
    }

    let id = KeyId::new(work.cell(), work.books.next_number(Series::Keys));
    work.books.put(Record::Key(Key {
        id,
        hash: it.hash,
        role: it.role,
        user: it.user,
        created_at: work.now,
        revoked_at: None,
    }));
    work.books.list(Listing::UserKey(it.user, id));
    Ok(Subject::Key(id))
}

/// A merchant makes keys that open its own doors, and no others.
fn own_key<B: Books>(work: &mut Work<'_, B>, user: UserId, it: &AddKey) -> Result<(), Rejection> {
    let own = match it.role {
        Role::Merchant | Role::ReadOnly => it.user == Some(user),
        Role::Platform => false,
    };
    if !own {
        return Err(Rejection::NotAllowed);
    }
    // The first cell has all keys and not all users. A key lets nobody do more than its user may,
    // so what a user of another cell is need not be known here.
    if user.cell() != work.cell() {
        return Ok(());
    }
    let user = work.books.user(user).ok_or(Rejection::UserNotFound)?;
    not_erased(work, user.id)?;
    match user.kind {
        UserKind::Merchant => Ok(()),
        UserKind::Customer | UserKind::Operator => Err(Rejection::KindNotAllowed),
    }
}

pub(super) fn revoke_key<B: Books>(work: &mut Work<'_, B>, it: RevokeKey) -> Done {
    if it.key.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let key = work.books.key(it.key).ok_or(Rejection::KeyNotFound)?;
    if !work.acts_for(key.user) {
        return Err(Rejection::KeyNotFound);
    }
    if key.revoked_at.is_some() {
        return Err(Rejection::StateUnchanged);
    }

    work.books.put(Record::Key(Key { revoked_at: Some(work.now), ..key }));
    Ok(Subject::Key(key.id))
}
