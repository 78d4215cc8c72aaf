//! The vault: one key for each person, under which everything about them is sealed.
//!
//! Keys are the one thing that is not in the journal, because a journal forgets nothing: whoever
//! destroys a person's key erases what the journal has about them, and the books stay whole. A key
//! is in the vault, and synced, before anything that is sealed under it is offered to a journal; a
//! key that nobody came to need is harmless.
//!
//! The file has a slot of 64 bytes for each key:
//!
//! ```text
//! 0       1 in use, 2 destroyed; 0 never written
//! 1..4    zero
//! 4..16   nonce
//! 16..64  the key and its tag, sealed under the master key, with the number of the slot
//! ```
//!
//! A sealed text is `v1.` and base64url of nonce, cipher text and tag: ChaCha20-Poly1305 (RFC 8439)
//! with the slot and the name of the field beside it, so that what was sealed as one thing about
//! one person opens as nothing else.

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::name::Text;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file of the data directory with the keys.
pub const VAULT_FILE: &str = "vault";
/// The file of the data directory with the key that the keys are sealed under.
pub const KEY_FILE: &str = "vault.key";
/// The most bytes that can be sealed: as text they fit [`Text::MAX`].
pub const PLAIN_MAX: usize = 737;

/// Bytes of a key.
const KEY: usize = 32;
/// Bytes of a tag.
const TAG: usize = 16;
/// Bytes of a slot.
const SLOT: usize = 64;
/// Keys that are made at a time, with one sync for all of them.
const BATCH: u64 = 64;
/// Keys that are kept unsealed in memory.
const CACHE_MAX: usize = 10_000;
/// The first byte of a slot whose key is in use.
const IN_USE: u8 = 1;
/// The first byte of a slot whose key is no more.
const DESTROYED: u8 = 2;
/// What sealed texts begin with.
const VERSION: &str = "v1.";

/// The number of a person's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u64);

impl Slot {
    /// Stands for users whom the platform added without a sign-in: they have no key of their own,
    /// and cannot be erased. Their key is made of the master key and is on no disk.
    pub const SHARED: Slot = Slot(u64::MAX);
}

/// Why something could not be sealed or opened.
#[derive(Debug)]
pub enum VaultError {
    /// The key was destroyed: this person has been erased.
    Erased,
    /// The key is not in this vault: the file is older than the journal, or another one.
    Missing,
    /// What was sealed, or the key itself, has been changed, or belongs to something else.
    Damaged,
    /// There is more than [`PLAIN_MAX`] to seal.
    TooLong,
    /// The file could not be read.
    Unreadable(io::Error),
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VaultError::Erased => f.write_str("the key was destroyed"),
            VaultError::Missing => {
                write!(f, "the key is missing: restore {VAULT_FILE} from the latest backup")
            }
            VaultError::Damaged => f.write_str("what was sealed is damaged"),
            VaultError::TooLong => write!(f, "there are more than {PLAIN_MAX} bytes to seal"),
            VaultError::Unreadable(error) => write!(f, "{VAULT_FILE}: {error}"),
        }
    }
}

impl std::error::Error for VaultError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            VaultError::Erased
            | VaultError::Missing
            | VaultError::Damaged
            | VaultError::TooLong => None,
            VaultError::Unreadable(error) => Some(error),
        }
    }
}

/// All keys.
pub struct Vault {
    file: File,
    wrap: LessSafeKey,
    shared: [u8; KEY],
    logins: hmac::Key,
    free: Mutex<Free>,
    cache: Mutex<HashMap<Slot, Keys>>,
}

/// What is made of the key of a slot.
struct Keys {
    seal: LessSafeKey,
    /// For nonces that depend on what is sealed.
    nonces: hmac::Key,
}

/// Slots that are on the disk already and nobody's yet: from `next` to before `end`.
struct Free {
    next: u64,
    end: u64,
}

impl Vault {
    /// Opens the vault of a data directory; a directory without one gets an empty one.
    pub fn open(data: &Path) -> io::Result<Vault> {
        let path = data.join(VAULT_FILE);
        let there = fs::metadata(&path).is_ok_and(|it| it.len() > 0);
        let master = master(&data.join(KEY_FILE), there)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)?;
        File::open(data)?.sync_all()?;
        // What was made before a restart and not used by then stays unused.
        let end = file.metadata()?.len().div_ceil(SLOT as u64);
        let derived = |purpose: &str| hmac::sign(&master, purpose.as_bytes());
        let wrap = key_of(derived("danbao: keys of people").as_ref()).ok_or_else(unusable)?;
        let shared =
            *derived("danbao: users without a key").as_ref().first_chunk().ok_or_else(unusable)?;
        let logins = hmac::Key::new(hmac::HMAC_SHA256, derived("danbao: logins").as_ref());
        let (free, cache) = (Mutex::new(Free { next: end, end }), Mutex::default());
        Ok(Vault { file, wrap, shared, logins, free, cache })
    }

    /// A slot with a new key, which is on the disk. Waits for the disk once in so many calls.
    pub fn new_slot(&self) -> io::Result<Slot> {
        let mut free = lock(&self.free);
        if free.next == free.end {
            let end = free.end.saturating_add(BATCH);
            let mut bytes = Vec::new();
            for slot in free.end..end {
                bytes.extend_from_slice(&self.fresh(Slot(slot))?);
            }
            self.file.write_all_at(&bytes, offset(Slot(free.end))?)?;
            self.file.sync_all()?;
            free.end = end;
        }
        let slot = Slot(free.next);
        free.next += 1;
        Ok(slot)
    }

    /// Never gives out this slot or one before it: the books know it, whatever the file says.
    pub fn skip_past(&self, slot: Slot) {
        let mut free = lock(&self.free);
        let next = slot.0.saturating_add(1);
        if free.next < next {
            free.next = next;
            free.end = free.end.max(next);
        }
    }

    /// Seals something about a person. `field` says what it is, and is needed to open it again.
    pub fn seal(&self, slot: Slot, field: &'static str, plain: &[u8]) -> Result<Text, VaultError> {
        if plain.len() > PLAIN_MAX {
            return Err(VaultError::TooLong);
        }
        let nonce: [u8; NONCE_LEN] = random().map_err(VaultError::Unreadable)?;
        let text =
            self.with_key(slot, |key| sealed(&key.seal, nonce, &beside(slot, field), plain))?;
        Text::new(&text).ok_or(VaultError::TooLong)
    }

    /// Seals like [`Vault::seal`], but the same thing under the same name comes out the same, so
    /// that a request can be repeated. The nonce is a keyed hash of both: it is another one for
    /// everything else, and says nothing to whoever has no key.
    pub fn seal_alike(
        &self,
        slot: Slot,
        field: &'static str,
        name: u128,
        plain: &[u8],
    ) -> Result<String, VaultError> {
        let aad = beside(slot, field);
        self.with_key(slot, |key| {
            let all = [&aad[..], &name.to_le_bytes(), plain].concat();
            let hash = hmac::sign(&key.nonces, &all);
            let nonce = *hash.as_ref().first_chunk().ok_or(VaultError::Damaged)?;
            sealed(&key.seal, nonce, &aad, plain)
        })
    }

    /// Opens what was sealed under this slot as this field.
    pub fn open_sealed(
        &self,
        slot: Slot,
        field: &'static str,
        sealed: &Text,
    ) -> Result<Vec<u8>, VaultError> {
        self.open_text(slot, field, sealed.as_str())
    }

    /// The same, of a text that may be longer.
    pub fn open_text(
        &self,
        slot: Slot,
        field: &'static str,
        sealed: &str,
    ) -> Result<Vec<u8>, VaultError> {
        self.with_key(slot, |key| {
            let text = sealed.strip_prefix(VERSION).ok_or(VaultError::Damaged)?;
            let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| VaultError::Damaged)?;
            let (nonce, bytes) = bytes.split_first_chunk().ok_or(VaultError::Damaged)?;
            opened(&key.seal, *nonce, &beside(slot, field), bytes).ok_or(VaultError::Damaged)
        })
    }

    /// Destroys a key: what was sealed under it can never be opened again, and this is on the disk
    /// when the call returns. Whether there was a key to destroy.
    pub fn destroy(&self, slot: Slot) -> io::Result<bool> {
        // Held to the end, so that nobody puts the key back into memory meanwhile.
        let mut cache = lock(&self.cache);
        cache.remove(&slot);
        let [state, ..] = match self.read(slot) {
            Ok(bytes) => bytes,
            Err(VaultError::Unreadable(error)) => return Err(error),
            Err(
                VaultError::Erased
                | VaultError::Missing
                | VaultError::Damaged
                | VaultError::TooLong,
            ) => return Ok(false),
        };
        if state == DESTROYED {
            return Ok(false);
        }
        let mut bytes = [0; SLOT];
        bytes[0] = DESTROYED;
        self.file.write_all_at(&bytes, offset(slot)?)?;
        self.file.sync_all()?;
        Ok(state == IN_USE)
    }

    /// The keyed hash of a name to sign in with, which the caller has normalised. Without the
    /// vault's master key nobody can try names against it.
    pub fn login_hash(&self, login: &str) -> u128 {
        let hash = hmac::sign(&self.logins, login.as_bytes());
        hash.as_ref().first_chunk().map_or(0, |it| u128::from_le_bytes(*it))
    }

    fn with_key<T>(
        &self,
        slot: Slot,
        work: impl FnOnce(&Keys) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut cache = lock(&self.cache);
        if !cache.contains_key(&slot) {
            let key = self.unwrap(slot)?;
            if cache.len() >= CACHE_MAX {
                cache.clear();
            }
            cache.insert(slot, key);
        }
        work(cache.get(&slot).ok_or(VaultError::Missing)?)
    }

    /// The key of a slot, from the disk.
    fn unwrap(&self, slot: Slot) -> Result<Keys, VaultError> {
        if slot == Slot::SHARED {
            return keys_of(&self.shared).ok_or(VaultError::Damaged);
        }
        let bytes = self.read(slot)?;
        let (head, sealed) = bytes.split_at(SLOT - KEY - TAG);
        match head.first() {
            Some(&IN_USE) => {}
            Some(&DESTROYED) => return Err(VaultError::Erased),
            Some(0) => return Err(VaultError::Missing),
            Some(_) | None => return Err(VaultError::Damaged),
        }
        let nonce = head.last_chunk().ok_or(VaultError::Damaged)?;
        let key = opened(&self.wrap, *nonce, &beside(slot, "key"), sealed);
        key.and_then(|it| keys_of(&it)).ok_or(VaultError::Damaged)
    }

    fn read(&self, slot: Slot) -> Result<[u8; SLOT], VaultError> {
        let mut bytes = [0; SLOT];
        let offset = offset(slot).map_err(|_| VaultError::Missing)?;
        match self.file.read_exact_at(&mut bytes, offset) {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(VaultError::Missing),
            Err(error) => Err(VaultError::Unreadable(error)),
        }
    }

    /// The bytes of a slot with a new key.
    fn fresh(&self, slot: Slot) -> io::Result<[u8; SLOT]> {
        let (mut key, nonce): ([u8; KEY], [u8; NONCE_LEN]) = (random()?, random()?);
        let aad = Aad::from(beside(slot, "key"));
        let unique = Nonce::assume_unique_for_key(nonce);
        let tag = self.wrap.seal_in_place_separate_tag(unique, aad, &mut key);
        let tag = tag.map_err(|_| unusable())?;
        let mut bytes = [0; SLOT];
        bytes[0] = IN_USE;
        bytes[4..16].copy_from_slice(&nonce);
        bytes[16..48].copy_from_slice(&key);
        bytes[48..].copy_from_slice(tag.as_ref());
        Ok(bytes)
    }
}

/// What is authenticated beside a cipher text.
fn beside(slot: Slot, field: &str) -> Vec<u8> {
    [b"danbao vault 1".as_slice(), &slot.0.to_le_bytes(), field.as_bytes()].concat()
}

fn opened(key: &LessSafeKey, nonce: [u8; NONCE_LEN], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    let plain = key.open_in_place(nonce, Aad::from(aad), &mut bytes).ok()?.len();
    bytes.truncate(plain);
    Some(bytes)
}

fn sealed(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
) -> Result<String, VaultError> {
    let mut sealed = plain.to_vec();
    let unique = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(unique, Aad::from(aad), &mut sealed)
        .map_err(|_| VaultError::Damaged)?;
    Ok(VERSION.to_owned() + &URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
}

fn keys_of(bytes: &[u8]) -> Option<Keys> {
    let hash = hmac::Key::new(hmac::HMAC_SHA256, bytes);
    let nonces = hmac::sign(&hash, b"danbao: nonces");
    let nonces = hmac::Key::new(hmac::HMAC_SHA256, nonces.as_ref());
    Some(Keys { seal: key_of(bytes)?, nonces })
}

fn key_of(bytes: &[u8]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, bytes).ok().map(LessSafeKey::new)
}

fn offset(slot: Slot) -> io::Result<u64> {
    let far = || io::Error::new(io::ErrorKind::InvalidInput, "there is no such slot");
    slot.0.checked_mul(SLOT as u64).ok_or_else(far)
}

fn unusable() -> io::Error {
    io::Error::other("a key of the vault cannot be used")
}

/// The master key; made if there is none and nothing yet that was sealed under it.
fn master(path: &PathBuf, needed: bool) -> io::Result<hmac::Key> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !needed => made(path)?.to_vec(),
        Err(error) => {
            return Err(io::Error::new(error.kind(), format!("{}: {error}", path.display())));
        }
    };
    if bytes.len() != KEY {
        let text = format!("{} is not a key: restore it", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// Makes a master key. It gets its name when it is whole, so that half a key is none.
fn made(path: &Path) -> io::Result<[u8; KEY]> {
    let bytes = random()?;
    let draft = path.with_extension("key.new");
    let options = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).to_owned();
    let mut file = options.open(&draft)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    Ok(bytes)
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
