//! People: how somebody proves who they are, what they were checked for, and how they are
//! forgotten.
//!
//! The ledger never sees a secret. Whatever is secret or personal is a [`Text`] that the server
//! sealed under a key of that one person, which is kept outside the journal and numbered by a slot.
//! Destroying that key erases the person, and the books stay whole. What is left here decides who
//! may do what: which record has a credential, how often it was wrong, and until when nobody is let
//! in.

use crate::id::{CardId, Position, SessionId, UserId};
use crate::name::{BankName, Text};
use crate::registry::UserKind;
use crate::time::{Seconds, Time};

/// The most passkeys of a person.
pub const PASSKEYS_MAX: usize = 4;
/// The most sessions that a person has at a time: one more, and the oldest ends.
pub const SESSIONS_MAX: usize = 32;
/// The longest that a session may last.
pub const SESSION_MAX: Seconds = Seconds::days(90);
/// So many failures in a row lock, and so many more lock again.
const FAILURES: u8 = 5;
/// For how long sign-in is locked at the first lock, at the second, and at every one after it.
const SIGN_IN_LOCKS: [Seconds; 3] = [Seconds(15 * 60), Seconds(60 * 60), Seconds::days(1)];
/// For how long payments are locked.
const PAYMENT_LOCKS: [Seconds; 1] = [Seconds(3 * 60 * 60)];

/// How well the platform knows who somebody is. Later levels know more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nobody has checked anything.
    Unverified,
    /// A name and a document's number.
    Basic,
    /// The document itself, looked at by an operator.
    Verified,
}

impl Level {
    /// Every level, the lowest first.
    pub const ALL: [Level; 3] = [Level::Unverified, Level::Basic, Level::Verified];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Level::Unverified => "unverified",
            Level::Basic => "basic",
            Level::Verified => "verified",
        }
    }
}

/// What an operator is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Helps people.
    Support,
    /// Answers for the money.
    Finance,
    /// Keeps the platform running.
    Sre,
    /// Looks, and changes nothing.
    Auditor,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Duty; 4] = [Duty::Support, Duty::Finance, Duty::Sre, Duty::Auditor];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Duty::Support => "support",
            Duty::Finance => "finance",
            Duty::Sre => "sre",
            Duty::Auditor => "auditor",
        }
    }
}

/// How somebody signed in, or tried to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// With a password.
    Password,
    /// With a password and a one-time code.
    PasswordAndTotp,
    /// With a passkey.
    Passkey,
}

impl Method {
    /// Every method.
    pub const ALL: [Method; 3] = [Method::Password, Method::PasswordAndTotp, Method::Passkey];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Method::Password => "password",
            Method::PasswordAndTotp => "password_and_totp",
            Method::Passkey => "passkey",
        }
    }
}

/// A person as the books have it, under the number of its user. Each position names the record in
/// which the sealed text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Whose person this is.
    pub user: UserId,
    /// The number of the key that everything personal is sealed under.
    pub slot: u64,
    /// A keyed hash of the name to sign in with, made by the server and only compared here.
    pub login: Option<u128>,
    /// What an operator is there for; an operator without may do nothing.
    pub duty: Option<Duty>,
    /// How well the platform knows who it is.
    pub level: Level,
    /// The record with the profile.
    pub profile: Position,
    /// The record with the password.
    pub password: Option<Position>,
    /// The record with the payment password.
    pub payment_password: Option<Position>,
    /// The record with the secret of one-time codes.
    pub totp: Option<Position>,
    /// The records with the passkeys.
    pub passkeys: [Option<Position>; PASSKEYS_MAX],
    /// How often sign-in failed in a row.
    pub sign_in_failures: u8,
    /// Until when nobody is let in.
    pub sign_in_locked_until: Option<Time>,
    /// How often the payment password was wrong in a row.
    pub payment_failures: u8,
    /// Until when the person cannot pay.
    pub payment_locked_until: Option<Time>,
    /// The record with the papers for a higher level, until somebody has looked at them.
    pub level_asked: Option<Position>,
    /// When the person was erased.
    pub erased_at: Option<Time>,
    /// The last event: the head of the person's timeline, sessions included.
    pub last_event: Option<u64>,
}

impl Person {
    /// Until when nobody is let in, if that is later than `now`.
    pub fn sign_in_locked(&self, now: Time) -> Option<Time> {
        self.sign_in_locked_until.filter(|it| now < *it)
    }

    /// Until when the person cannot pay, if that is later than `now`.
    pub fn payment_locked(&self, now: Time) -> Option<Time> {
        self.payment_locked_until.filter(|it| now < *it)
    }

    /// The person after one more sign-in failed.
    pub(crate) fn sign_in_failed(self, now: Time) -> Person {
        let sign_in_failures = self.sign_in_failures.saturating_add(1);
        let lock = lock(&SIGN_IN_LOCKS, sign_in_failures);
        let sign_in_locked_until = lock.map(|it| now.after(it));
        Person { sign_in_failures, sign_in_locked_until, ..self }
    }

    /// The person after the payment password was wrong once more.
    pub(crate) fn payment_failed(self, now: Time) -> Person {
        let payment_failures = self.payment_failures.saturating_add(1);
        let lock = lock(&PAYMENT_LOCKS, payment_failures);
        let payment_locked_until = lock.map(|it| now.after(it));
        Person { payment_failures, payment_locked_until, ..self }
    }
}

/// For how long so many failures in a row lock, if they do: each fifth one does, and the last of
/// `locks` is for all that are left.
fn lock(locks: &[Seconds], failures: u8) -> Option<Seconds> {
    let (times, left) = (failures.checked_div(FAILURES)?, failures.checked_rem(FAILURES)?);
    let before = usize::from(times.checked_sub(1)?);
    let lock = locks.get(before).or(locks.last()).copied();
    if left == 0 { lock } else { None }
}

/// Somebody who is signed in, or tried to be. A sign-in that failed is a row too: together they are
/// the history of sign-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// Who it is.
    pub user: UserId,
    /// How.
    pub method: Method,
    /// SHA-256 of the secret in the cookie; nothing if the sign-in failed.
    pub hash: [u8; 32],
    /// When it began.
    pub opened_at: Time,
    /// When it ends by itself.
    pub expires_at: Time,
    /// When it was ended.
    pub ended_at: Option<Time>,
    /// Whether the sign-in failed.
    pub refused: bool,
    /// The record with the device and the address, sealed.
    pub position: Position,
}

impl Session {
    /// Whether whoever has the secret is signed in.
    pub fn in_force(&self, now: Time) -> bool {
        !self.refused && self.ended_at.is_none() && now < self.expires_at
    }
}

/// What somebody proves to be themselves with, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The password to sign in with.
    Password(Text),
    /// The password to pay with.
    PaymentPassword(Text),
    /// The secret of one-time codes; `None` to do without them.
    Totp(Option<Text>),
    /// One more passkey, in the first free place.
    AddPasskey(Text),
    /// A passkey in the place of another.
    ReplacePasskey {
        /// Which place, from 0.
        place: u8,
        /// The new one.
        passkey: Text,
    },
    /// A passkey less.
    RemovePasskey {
        /// Which place, from 0.
        place: u8,
    },
}

/// Adds a user that is a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddPerson {
    /// Customer, merchant or operator.
    pub kind: UserKind,
    /// The number of the person's key.
    pub slot: u64,
    /// The keyed hash of the name to sign in with.
    pub login: Option<u128>,
    /// Name, addresses and the like, sealed.
    pub profile: Text,
    /// The password, sealed.
    pub password: Option<Text>,
    /// What an operator is there for; nothing for everybody else.
    pub duty: Option<Duty>,
}

/// Gives a person another profile and another name to sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetProfile {
    /// Whose.
    pub user: UserId,
    /// Name, addresses and the like, sealed.
    pub profile: Text,
    /// The keyed hash of the name to sign in with.
    pub login: Option<u128>,
}

/// Sets, adds or takes away a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCredential {
    /// Whose.
    pub user: UserId,
    /// Which, sealed.
    pub credential: Credential,
}

/// Lets somebody in whom the server has recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// Whom.
    pub user: UserId,
    /// SHA-256 of the secret in the cookie.
    pub hash: [u8; 32],
    /// How they signed in.
    pub method: Method,
    /// The device and the address, sealed.
    pub seen_from: Text,
    /// For how long; at most [`SESSION_MAX`].
    pub lasts: Seconds,
}

/// Says that somebody tried to sign in and was not recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailSignIn {
    /// As whom.
    pub user: UserId,
    /// How they tried.
    pub method: Method,
    /// The device and the address, sealed.
    pub seen_from: Text,
}

/// Says that a payment password was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailPayment {
    /// Whose.
    pub user: UserId,
}

/// Says that a payment password was right after it had been wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassPayment {
    /// Whose.
    pub user: UserId,
}

/// Ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseSession {
    /// Which.
    pub session: SessionId,
}

/// Ends all sessions of a person, or all but one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseSessions {
    /// Whose.
    pub user: UserId,
    /// The one that goes on.
    pub keep: Option<SessionId>,
}

/// Applies for a higher level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskLevel {
    /// Who.
    pub user: UserId,
    /// What proves it, sealed.
    pub papers: Text,
}

/// Says how well the platform knows who somebody is. It also answers an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetLevel {
    /// Whose.
    pub user: UserId,
    /// How well.
    pub level: Level,
}

/// Adds a bank card, with its number sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddSealedCard {
    /// Whose it is.
    pub user: UserId,
    /// Which bank it is asked of.
    pub bank: BankName,
    /// The bank's token for it.
    pub token: Text,
    /// The last four digits of its number.
    pub last_four: u16,
    /// Its number and whose name is on it, sealed.
    pub sealed: Text,
}

/// Takes a bank card from a user. What is under way with it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoveCard {
    /// Which.
    pub card: CardId,
}

/// Gives an operator another duty, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetDuty {
    /// Whose.
    pub user: UserId,
    /// What for; without a duty an operator may do nothing.
    pub duty: Option<Duty>,
}

/// Forgets a person who has no money here any more. The server destroys the key when this is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErasePerson {
    /// Whom.
    pub user: UserId,
}
