//! Who calls: API keys, their roles, and what each may do.

use super::codes;
use super::problem::Problem;
use base64::Engine as _;
use engine::Engine;
use http::{HeaderMap, header};
use ledger::event::Actor;
use ledger::id::{CellId, KeyId, UserId};
use ledger::registry::Role;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Keys that are remembered, so that they are not looked up for every request.
const REMEMBERED_MAX: usize = 10_000;
/// The most bytes of a header with a key. Ours need a quarter of it.
const HEADER_MAX: usize = 256;

/// Somebody with a good key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Which key it is.
    pub key: KeyId,
    /// What the key allows.
    pub role: Role,
    /// The merchant it is limited to.
    pub user: Option<UserId>,
}

impl Caller {
    /// Who the ledger is told it is.
    pub fn actor(&self) -> Actor {
        self.user.map_or(Actor::Platform, Actor::User)
    }

    /// Whose names of requests these are.
    pub fn scope(&self) -> String {
        self.user.map_or_else(|| "platform".to_owned(), |it| it.to_string())
    }

    /// Refuses keys that may only look.
    pub fn may_write(&self) -> Result<(), Problem> {
        match self.role {
            Role::Platform | Role::Merchant => Ok(()),
            Role::ReadOnly => Err(Problem::not_allowed()),
        }
    }

    /// Refuses everybody but the platform.
    pub fn platform_only(&self) -> Result<(), Problem> {
        if self.user.is_none() { Ok(()) } else { Err(Problem::not_allowed()) }
    }

    /// Whether the caller may see what belongs to `owner`.
    pub fn sees(&self, owner: Option<UserId>) -> bool {
        self.user.is_none() || self.user == owner
    }
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Actor {
        caller.actor()
    }
}

/// Everybody who may call.
pub struct Callers {
    engine: Engine,
    known: RwLock<Known>,
}

/// What is remembered.
#[derive(Default)]
struct Known {
    /// By the hash of the key, as in the books.
    callers: HashMap<[u8; 32], Caller>,
    /// How often everything was forgotten.
    generation: u64,
}

impl Callers {
    pub(crate) fn new(engine: Engine) -> Callers {
        Callers { engine, known: RwLock::default() }
    }

    /// Forgets what was remembered: a key was revoked, or somebody with keys was erased.
    pub fn forget(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.callers.clear();
        known.generation += 1;
    }

    /// The caller with this key, if remembered, and how often everything was forgotten so far.
    fn recall(&self, hash: &[u8; 32]) -> (Option<Caller>, u64) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        (known.callers.get(hash).copied(), known.generation)
    }

    /// Remembers a caller, unless keys were revoked since the books were looked at: it may be this
    /// one.
    fn remember(&self, hash: [u8; 32], caller: Caller, generation: u64) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.generation != generation {
            return;
        }
        if known.callers.len() >= REMEMBERED_MAX {
            known.callers.clear();
        }
        known.callers.insert(hash, caller);
    }

    /// The caller with the key in these headers: `Authorization: Bearer KEY`, or Basic with the key
    /// as the user name.
    pub fn find(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let refused = || {
            let detail = "Send an API key: Authorization: Bearer sk_…, or curl -u sk_…: .";
            Problem::new(&codes::UNAUTHENTICATED, detail)
        };
        let value = headers.get(header::AUTHORIZATION).ok_or_else(refused)?.as_bytes();
        let key = key_of(value).ok_or_else(refused)?;
        let hash = hash_of(&key);
        let (known, generation) = self.recall(&hash);
        if let Some(caller) = known {
            return Ok(caller);
        }
        let (found, _) = self.engine.read(CellId::FIRST, |view| view.key_by_hash(&hash))?;
        let key = found.filter(|it| it.revoked_at.is_none()).ok_or_else(refused)?;
        if let Some(user) = key.user {
            let (owner, _) = self.engine.read(user.cell(), |view| view.person(user))?;
            if owner.is_some_and(|it| it.erased_at.is_some()) {
                return Err(refused());
            }
        }
        let caller = Caller { key: key.id, role: key.role, user: key.user };
        self.remember(hash, caller, generation);
        Ok(caller)
    }
}

fn key_of(value: &[u8]) -> Option<String> {
    if value.len() > HEADER_MAX {
        return None;
    }
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(rest.trim()).ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    Some(pair.split_once(':').map_or(pair.as_str(), |(user, _)| user).to_owned())
}

/// What the books keep of a key.
pub fn hash_of(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// A new key: 160 bits of the system's randomness, and a prefix that says what it opens.
pub fn new_key(sandbox: bool) -> std::io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(key_from(&bytes, sandbox))
}

/// The key that is spelt by these bytes, which nobody else may know.
pub fn key_from(bytes: &[u8; 32], sandbox: bool) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let digits = bytes.iter().map(|it| char::from(DIGITS[usize::from(it % 32)]));
    let prefix = if sandbox { "sk_test_" } else { "sk_live_" };
    prefix.chars().chain(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{DataDir, Options};

    #[test]
    fn a_key_that_is_revoked_while_it_is_looked_up_is_not_remembered() {
        let home = tempfile::tempdir().unwrap();
        DataDir::init(home.path(), 1, true).unwrap();
        let engine = Engine::open(&Options::new(home.path())).unwrap();
        let callers = Callers::new(engine.clone());
        let (hash, key) = (hash_of("sk_test_1"), KeyId::new(CellId::FIRST, 1));
        let caller = Caller { key, role: Role::Merchant, user: None };
        let (_, generation) = callers.recall(&hash);
        callers.forget();
        callers.remember(hash, caller, generation);
        assert_eq!(callers.recall(&hash).0, None);
        let (_, generation) = callers.recall(&hash);
        callers.remember(hash, caller, generation);
        assert_eq!(callers.recall(&hash).0, Some(caller));
        engine.stop();
    }

    #[test]
    fn a_header_that_is_longer_than_any_key_is_none() {
        assert_eq!(key_of(b"Bearer sk_test_1").as_deref(), Some("sk_test_1"));
        assert_eq!(key_of(format!("Bearer {}", "a".repeat(300)).as_bytes()), None);
    }
}
