//! Users, cards and API keys.

use super::{Done, Work};
use crate::books::{Books, Listing, Record, Series};
use crate::command::{AddCard, AddKey, AddUser, RevokeKey};
use crate::currency::Currency;
use crate::event::{EventKind, Subject};
use crate::id::{CardId, KeyId, UserId};
use crate::money::Money;
use crate::registry::{Card, Key, Role, User, UserKind};
use crate::rejection::Rejection;

pub(super) fn add_user<B: Books>(work: &mut Work<'_, B>, it: &AddUser) -> Done {
    work.platform_only()?;

    let id = UserId::new(work.cell(), work.books.next_number(Series::Users));
    work.books.put(Record::User(User {
        id,
        kind: it.kind,
        created_at: work.now,
        position: work.position,
        accounts: 0,
        endpoints: 0,
    }));
    let merchant = match it.kind {
        UserKind::Merchant => Some(id),
        UserKind::Customer => None,
    };
    let nothing = Money::new(0, Currency::CNY);
    work.happened(EventKind::UserAdded, Subject::User(id), merchant, nothing, None);
    Ok(Subject::User(id))
}

pub(super) fn add_card<B: Books>(work: &mut Work<'_, B>, it: &AddCard) -> Done {
    if it.user.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let user = work.books.user(it.user).ok_or(Rejection::UserNotFound)?;
    if !work.acts_for(Some(user.id)) {
        return Err(Rejection::UserNotFound);
    }

    let id = CardId::new(work.cell(), work.books.next_number(Series::Cards));
    work.books.put(Record::Card(Card {
        id,
        user: user.id,
        last_four: it.last_four,
        created_at: work.now,
        position: work.position,
    }));
    work.books.list(Listing::UserCard(user.id, id));
    Ok(Subject::Card(id))
}

pub(super) fn add_key<B: Books>(work: &mut Work<'_, B>, it: &AddKey) -> Done {
    work.platform_only()?;
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
