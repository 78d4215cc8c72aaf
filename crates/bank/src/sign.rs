//! Signatures: how the platform and a bank know each other's words.
//!
//! Both have one secret. Whoever speaks signs what is said together with what it is about: a
//! request with its method, path, time and a name used once; an answer with the name of the request
//! that it answers; a notice like a request, but never to be taken for one. So nothing that was
//! said once can be said again, elsewhere, later than five minutes, or to the one who said it.
//!
//! A message without a right signature is no message: a request is refused, an answer is silence.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;
use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// The file of the simulated bank's directory that has its secret.
pub const SECRET_FILE: &str = "bank.secret";
/// The header with the name of a request, which is used once, and is repeated by its answer.
pub const ID: &str = "bank-id";
/// The header with the time, in seconds since 1970.
pub const TIMESTAMP: &str = "bank-timestamp";
/// The header with the signature.
pub const SIGNATURE: &str = "bank-signature";
/// How far the time of a message may be from ours, in seconds, either way.
pub const WINDOW: u64 = 300;

/// Names that are remembered at a time; twice as many are kept. Beyond that requests are refused,
/// which is silence to whoever sent them.
const SEEN_MAX: usize = 4 << 20;
/// How a secret is written.
const PREFIX: &str = "bksec_";

/// What the platform and one bank know and nobody else. Cheap to clone.
#[derive(Clone)]
pub struct Secret {
    bytes: Arc<[u8; 32]>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Reads the secret in a file.
    pub fn read(path: &Path) -> io::Result<Secret> {
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("the bank's secret {}: {error}", path.display()))
        };
        let text = fs::read_to_string(path).map_err(named)?;
        Secret::parse(text.trim()).ok_or_else(|| {
            let text = format!("{} has no secret of a bank in it", path.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        })
    }

    /// Reads the secret in a file, and makes one, for its owner only, if the file is not there.
    pub fn open(path: &Path) -> io::Result<Secret> {
        match Secret::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            read => return read,
        }
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        let secret = Secret { bytes: Arc::new(bytes) };
        // Under another name first: whoever finds the file finds the whole secret in it.
        let beside = path.with_extension("new");
        let mut file = OpenOptions::new();
        let mut file = file.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        writeln!(file, "{}", secret.text())?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(secret)
    }

    /// The secret as it is written in a file.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(*self.bytes))
    }

    fn parse(text: &str) -> Option<Secret> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        Some(Secret { bytes: Arc::new(bytes.try_into().ok()?) })
    }
}

/// Who says something to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The platform asks the bank.
    Request,
    /// The bank answers, with this status.
    Answer(u16),
    /// The bank tells the platform without being asked.
    Notice,
}

/// What a message is about: together with the body, what its signature covers.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Who says it.
    pub role: Role,
    /// The method of the request.
    pub method: &'a str,
    /// The path of the request, with its query.
    pub path: &'a str,
    /// The name of the request.
    pub id: &'a str,
    /// When it was said, in seconds since 1970.
    pub timestamp: u64,
}

/// Why a message is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// It has no signature, name or time, or one that is none.
    Unsigned,
    /// Its time is too far from ours.
    Stale,
    /// The signature is wrong.
    Forged,
    /// It was said before.
    Repeated,
    /// Too many messages came to remember them all.
    Crowded,
}

impl Untrusted {
    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Untrusted::Unsigned => "signature_missing",
            Untrusted::Stale => "timestamp_outside_window",
            Untrusted::Forged => "signature_wrong",
            Untrusted::Repeated => "id_used_before",
            Untrusted::Crowded => "too_many_ids",
        }
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Untrusted {}

fn keyed(secret: &Secret, about: &About<'_>, body: &[u8]) -> Hmac<Sha256> {
    let About { role, method, path, id, timestamp } = about;
    let role = match role {
        Role::Request => "request".to_owned(),
        Role::Answer(status) => format!("answer {status}"),
        Role::Notice => "notice".to_owned(),
    };
    let mut mac = Hmac::new_from_slice(&*secret.bytes).expect("HMAC takes keys of any length");
    // None of these can have a line break in it, so each text is that of one message only.
    mac.update(format!("{role}\n{method}\n{path}\n{id}\n{timestamp}\n").as_bytes());
    mac.update(body);
    mac
}

/// The signature of a message.
pub fn signature(secret: &Secret, about: &About<'_>, body: &[u8]) -> String {
    format!("v1,{}", STANDARD.encode(keyed(secret, about, body).finalize().into_bytes()))
}

fn holds(secret: &Secret, about: &About<'_>, body: &[u8], signature: &str) -> bool {
    let Some(bytes) = signature.strip_prefix("v1,") else { return false };
    let Ok(bytes) = STANDARD.decode(bytes) else { return false };
    // Takes the same time wherever the first difference is.
    keyed(secret, about, body).verify_slice(&bytes).is_ok()
}

/// The time of messages: the wall clock, in seconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |it| it.as_secs())
}

/// A name for a request that nobody used before.
pub fn fresh_id() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// The headers of a signed message.
pub fn headers(secret: &Secret, about: &About<'_>, body: &[u8]) -> [(&'static str, String); 3] {
    let signature = signature(secret, about, body);
    [(ID, about.id.to_owned()), (TIMESTAMP, about.timestamp.to_string()), (SIGNATURE, signature)]
}

/// The three headers as they came.
#[derive(Debug)]
pub struct Marks<'a> {
    /// The name of the request.
    pub id: &'a str,
    /// The time that it says it has.
    pub timestamp: u64,
    signature: &'a str,
}

/// Reads the three headers.
pub fn marks(headers: &HeaderMap) -> Result<Marks<'_>, Untrusted> {
    let text = |name| {
        let mut all = headers.get_all(name).iter();
        let (only, more) = (all.next(), all.next());
        let only = only.filter(|_| more.is_none()).map(HeaderValue::to_str);
        only.and_then(Result::ok).ok_or(Untrusted::Unsigned)
    };
    let timestamp = text(TIMESTAMP)?.parse().map_err(|_| Untrusted::Unsigned)?;
    Ok(Marks { id: text(ID)?, timestamp, signature: text(SIGNATURE)? })
}

/// Whether an answer is the bank's, to this request, and said just now.
pub fn check_answer(
    secret: &Secret,
    asked: &About<'_>,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Untrusted> {
    let Marks { id, timestamp, signature } = marks(headers)?;
    if id != asked.id {
        return Err(Untrusted::Repeated);
    }
    if timestamp.abs_diff(now()) > WINDOW {
        return Err(Untrusted::Stale);
    }
    let about = About { role: Role::Answer(status), timestamp, ..*asked };
    if holds(secret, &about, body, signature) { Ok(()) } else { Err(Untrusted::Forged) }
}

/// Who comes in: the check of requests or notices, with a memory of those that came before.
///
/// The memory does not outlive the process. What comes twice across a restart is done once all the
/// same, because instructions have references.
#[derive(Debug)]
pub struct Gate {
    secret: Secret,
    seen: Mutex<Seen>,
}

/// Names, in two generations: a name is remembered at least as long as its time is in the window.
#[derive(Debug, Default)]
struct Seen {
    young: HashSet<u128>,
    old: HashSet<u128>,
    turned_at: u64,
}

impl Seen {
    fn first(&mut self, id: u128, now: u64) -> Result<(), Untrusted> {
        if now.saturating_sub(self.turned_at) > 2 * WINDOW {
            self.old = std::mem::take(&mut self.young);
            self.turned_at = now;
        }
        if self.old.contains(&id) || self.young.contains(&id) {
            return Err(Untrusted::Repeated);
        }
        if self.young.len() >= SEEN_MAX {
            return Err(Untrusted::Crowded);
        }
        self.young.insert(id);
        Ok(())
    }
}

impl Gate {
    /// A gate for those who know the secret.
    pub fn new(secret: Secret) -> Gate {
        Gate { secret, seen: Mutex::default() }
    }

    /// Whether this is a message of theirs, said just now and for the first time.
    pub fn check(
        &self,
        role: Role,
        method: &str,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), Untrusted> {
        self.check_at(now(), role, (method, path), headers, body)
    }

    fn check_at(
        &self,
        now: u64,
        role: Role,
        (method, path): (&str, &str),
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), Untrusted> {
        let Marks { id, timestamp, signature } = marks(headers)?;
        if timestamp.abs_diff(now) > WINDOW {
            return Err(Untrusted::Stale);
        }
        let name = u128::from_str_radix(id, 16).ok().filter(|_| id.len() == 32);
        let name = name.ok_or(Untrusted::Unsigned)?;
        let about = About { role, method, path, id, timestamp };
        if !holds(&self.secret, &about, body, signature) {
            return Err(Untrusted::Forged);
        }
        // Last, so that only those who know the secret can fill the memory.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).first(name, now)
    }
}

#[cfg(test)]
mod tests;
