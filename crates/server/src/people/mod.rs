//! People: what is secret about them, and how they prove who they are.
//!
//! The ledger decides about people as it does about money; what it keeps of them are sealed texts
//! that it cannot read. Here they are sealed and opened, passwords are compared, and cookies are
//! given out. What is decided goes through the journal: `App::people` has everything that pages
//! need.
//!
//! Read it in this order: `vault`, `password`, `totp`, `profile`, `register`, `sign_in`,
//! `credentials`, `passkeys`, `level`, `erase`.

mod ceremonies;
mod credentials;
mod erase;
mod level;
mod operators;
pub mod passkeys;
pub mod password;
mod profile;
mod register;
mod sign_in;
mod signed;
mod statements;
#[cfg(test)]
mod tests;
pub mod totp;
pub mod vault;

pub use credentials::{ATTEMPTS as PASSWORD_ATTEMPTS, PasswordState, PaymentState};
pub use erase::run;
pub use level::Papers;
pub use operators::Operator;
pub use profile::{Login, Profile, mask};
pub use register::Newcomer;
pub use sign_in::{Entry, Opened, SignIn};
pub use signed::Signed;
pub use statements::Opening;

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use ceremonies::Ceremonies;
use ledger::command::{Command, Request};
use ledger::id::{CellId, Position, RequestId, UserId};
use ledger::name::Text;
use ledger::person::Person;
use ledger::registry::User;
use passkeys::Passkeys;
use password::Passwords;
use profile::Profiles;
use sign_in::HalfWay;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};
use totp::UsedSteps;
use vault::{Slot, Vault, VaultError};

/// What the sealed texts of people are, as their seals say.
mod field {
    pub(super) const PROFILE: &str = "profile";
    pub(super) const PASSWORD: &str = "password";
    pub(super) const PAYMENT_PASSWORD: &str = "payment password";
    pub(super) const TOTP: &str = "totp";
    pub(super) const PASSKEY: &str = "passkey";
    pub(super) const SEEN_FROM: &str = "seen from";
    pub(super) const CARD: &str = "card";
    pub(super) const PAPERS: &str = "papers";
    pub(super) const STATEMENT: &str = "statement";
}

/// People take turns at proving who they are, in so many rows.
const ROWS: usize = 64;
/// People who have given their password and not yet their one-time code, at a time.
const HALF_WAY_MAX: usize = 10_000;
/// How long somebody waits for a turn.
const TURN: Duration = Duration::from_secs(3);

/// What is kept for people beside the books.
pub struct Kept {
    vault: Arc<Vault>,
    passwords: Passwords,
    /// Whoever pays is signed in and has a queue of their own: anybody at all can fill the other.
    payments: Passwords,
    used_steps: UsedSteps,
    half_way: Ceremonies<HalfWay>,
    passkeys: Passkeys,
    profiles: Profiles,
    rows: Vec<Mutex<()>>,
    payment_rows: Vec<Mutex<()>>,
}

impl Kept {
    /// Opens the vault of a data directory.
    pub(crate) fn open(data: &Path) -> io::Result<Kept> {
        Ok(Kept {
            vault: Arc::new(Vault::open(data)?),
            passwords: Passwords::default(),
            payments: Passwords::default(),
            used_steps: UsedSteps::default(),
            half_way: Ceremonies::new(HALF_WAY_MAX),
            passkeys: Passkeys::default(),
            profiles: Profiles::default(),
            rows: (0..ROWS).map(|_| Mutex::default()).collect(),
            payment_rows: (0..ROWS).map(|_| Mutex::default()).collect(),
        })
    }
}

/// Everything that can be done with people.
#[derive(Clone, Copy)]
pub struct People<'a> {
    app: &'a App,
    kept: &'a Kept,
}

impl<'a> People<'a> {
    pub(crate) fn new(app: &'a App, kept: &'a Kept) -> People<'a> {
        People { app, kept }
    }

    /// The rows of somebody; a user of the time before there were people has no person.
    fn rows(&self, user: UserId) -> Result<(User, Option<Person>), Problem> {
        let look = |view: &store::View<'_>| Ok((view.user(user)?, view.person(user)?));
        let ((found, person), _) = self.app.read(user.cell(), look)?;
        Ok((found.ok_or_else(|| Problem::of(&codes::USER_NOT_FOUND))?, person))
    }

    /// The row of a person who was not erased.
    fn person(&self, user: UserId) -> Result<Person, Problem> {
        let person = self.rows(user)?.1.ok_or_else(|| Problem::of(&codes::USER_NOT_FOUND))?;
        let erased = person.erased_at.is_some();
        if erased { Err(Problem::of(&codes::USER_ERASED)) } else { Ok(person) }
    }

    /// The command that a record has.
    fn command_at(&self, cell: CellId, position: Position) -> Result<Command, Problem> {
        Ok(self.app.engine().request_at(cell, position)?.command)
    }

    /// What was asked under this name before. Sealed texts are never the same twice, so a retry has
    /// to be told by what is in them.
    fn earlier(&self, cell: CellId, name: RequestId) -> Result<Option<Request>, Problem> {
        let (answer, _) = self.app.read(cell, |view| view.answer(name))?;
        let Some(answer) = answer else { return Ok(None) };
        Ok(Some(self.app.engine().request_at(cell, answer.position)?))
    }

    /// A slot with a new key, for a new person.
    async fn new_slot(&self) -> Result<Slot, Problem> {
        let vault = self.kept.vault.clone();
        let made = tokio::task::spawn_blocking(move || vault.new_slot()).await;
        let made = made.map_err(|_| Problem::of(&codes::INTERNAL_ERROR))?;
        made.map_err(|error| VaultError::Unreadable(error).into())
    }

    fn seal(&self, slot: Slot, field: &'static str, plain: &[u8]) -> Result<Text, Problem> {
        Ok(self.kept.vault.seal(slot, field, plain)?)
    }

    fn open(&self, slot: Slot, field: &'static str, sealed: &Text) -> Result<String, Problem> {
        let bytes = self.kept.vault.open_sealed(slot, field, sealed)?;
        String::from_utf8(bytes).map_err(|_| VaultError::Damaged.into())
    }

    /// Whether a sealed text says this.
    fn says(&self, slot: Slot, field: &'static str, sealed: &Text, plain: &[u8]) -> bool {
        self.kept.vault.open_sealed(slot, field, sealed).is_ok_and(|it| it == plain)
    }

    /// Waits until nobody else proves to be this user: failures are counted one after the other,
    /// or many guesses at once would count as one.
    async fn turn(&self, user: UserId) -> Result<MutexGuard<'a, ()>, Problem> {
        turn_in(&self.kept.rows, user).await
    }

    /// Waits until nobody else proves to be the one who pays. These failures have a count of their
    /// own, so whoever guesses at the door keeps nobody from paying.
    async fn payment_turn(&self, user: UserId) -> Result<MutexGuard<'a, ()>, Problem> {
        turn_in(&self.kept.payment_rows, user).await
    }
}

async fn turn_in(rows: &[Mutex<()>], user: UserId) -> Result<MutexGuard<'_, ()>, Problem> {
    let row = usize::try_from(user.number() % ROWS as u64).unwrap_or(0);
    let waited = tokio::time::timeout(TURN, rows[row].lock()).await;
    waited.map_err(|_| Problem::busy(1))
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Problem {
        match error {
            VaultError::Erased => Problem::of(&codes::USER_ERASED),
            VaultError::TooLong => Problem::of(&codes::TEXT_INVALID),
            VaultError::Missing | VaultError::Damaged | VaultError::Unreadable(_) => {
                // The cause is for the operator.
                eprintln!("danbao: {error}");
                Problem::of(&codes::VAULT_UNREADABLE)
            }
        }
    }
}
