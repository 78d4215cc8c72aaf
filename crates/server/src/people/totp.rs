//! One-time codes (RFC 6238): six digits of an app, new every thirty seconds.
//!
//! Codes go by the clock on the wall, as the app's do, also in a sandbox whose time was moved. One
//! step to either side is taken too, for clocks that are a little wrong. A code is good once: which
//! steps were used is remembered in memory for as long as they would be taken.

use ledger::id::UserId;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Mutex, PoisonError};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// Bytes of a secret, as RFC 4226 recommends.
pub const SECRET: usize = 20;
/// Seconds that a code stands.
const STEP: u64 = 30;
/// Steps to either side that are taken too.
const SKEW: u16 = 1;
/// Steps that are remembered before old ones are looked for.
const REMEMBERED: usize = 1_000;
/// Who gives out the codes, as an app shows it.
const ISSUER: &str = "Danbao";

/// A new secret.
pub fn new_secret() -> io::Result<[u8; SECRET]> {
    let mut secret = [0; SECRET];
    getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(secret)
}

/// A secret in base32, for people who type it into their app.
pub fn base32(secret: [u8; SECRET]) -> String {
    Secret::new_stack(secret).to_base32()
}

/// Reads a secret as [`base32`] writes it: pages carry it until a code shows that an app has it.
pub fn from_base32(text: &str) -> Option<[u8; SECRET]> {
    Secret::try_from_base32(text).ok()?.as_bytes().try_into().ok()
}

/// What the QR code for an app says. `account` is the name to sign in with.
pub fn uri(secret: [u8; SECRET], account: &str) -> String {
    let (account, secret) = (percent_encoded(account), base32(secret));
    format!("otpauth://totp/{ISSUER}:{account}?secret={secret}&issuer={ISSUER}")
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The code of a secret at a time.
#[cfg(test)]
pub(super) fn code_at(secret: [u8; SECRET], now: u64) -> String {
    codes(secret).unwrap().generate(now).to_string()
}

/// The step at which `code` is the code of this secret at `now`, in seconds since 1970.
fn step_of(secret: [u8; SECRET], code: &str, now: u64) -> Option<u64> {
    codes(secret)?.check(code, now)
}

fn codes(secret: [u8; SECRET]) -> Option<Totp> {
    let codes = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(STEP)
        .with_skew(SKEW)
        .with_secret(Secret::new_stack(secret));
    codes.build().ok()
}

/// Which steps were used. In memory only: nobody can use a code again after a restart that takes
/// longer than the code stands, and within it only on the machine that starts.
#[derive(Default)]
pub struct UsedSteps {
    last: Mutex<HashMap<UserId, u64>>,
}

impl UsedSteps {
    /// Whether `code` is the user's at `now`, in seconds since 1970, and neither it nor a later one
    /// was used before. It is used then.
    pub fn take(&self, user: UserId, secret: [u8; SECRET], code: &str, now: u64) -> bool {
        let Some(step) = step_of(secret, code, now) else { return false };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(&user).is_some_and(|it| *it >= step) {
            return false;
        }
        if last.len() >= REMEMBERED {
            // What is left is at most what the queue of passwords lets through in three steps.
            let oldest = (now / STEP).saturating_sub(u64::from(SKEW));
            last.retain(|_, it| *it >= oldest);
        }
        last.insert(user, step);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::id::CellId;

    /// The secret of the test vectors in RFC 6238.
    const RFC: [u8; SECRET] = *b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // The last six of the eight digits in appendix B.
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
        {
            assert_eq!(step_of(RFC, code, time), Some(time / STEP), "{time}");
        }
        assert_eq!(step_of(RFC, "287083", 59), None);
        assert_eq!(step_of(RFC, "", 59), None);
    }

    #[test]
    fn a_code_is_good_for_one_step_to_either_side_and_once() {
        let (used, somebody) = (UsedSteps::default(), UserId::new(CellId::FIRST, 7));
        let other = UserId::new(CellId::FIRST, 8);
        assert!(!used.take(somebody, RFC, "287082", 59 + 2 * STEP));
        assert!(!used.take(somebody, RFC, "081804", 1_111_111_109 - 2 * STEP));
        assert!(used.take(somebody, RFC, "287082", 59 + STEP));
        assert!(!used.take(somebody, RFC, "287082", 59), "it was used");
        assert!(used.take(other, RFC, "287082", 59), "not by everybody");
    }

    #[test]
    fn used_steps_are_remembered_no_longer_than_they_matter() {
        let used = UsedSteps::default();
        for number in 0..2 * REMEMBERED as u64 {
            assert!(used.take(UserId::new(CellId::FIRST, number), RFC, "287082", 59));
        }
        assert!(used.take(UserId::new(CellId::FIRST, 9_999_999), RFC, "081804", 1_111_111_109));
        assert_eq!(used.last.lock().unwrap().len(), 1);
    }

    #[test]
    fn an_app_is_told_who_gives_out_the_codes_and_to_whom() {
        assert_eq!(
            uri(RFC, "小红@b.cn"),
            "otpauth://totp/Danbao:%E5%B0%8F%E7%BA%A2%40b.cn\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Danbao"
        );
        assert_eq!(from_base32(&base32(RFC)), Some(RFC));
        assert_eq!(from_base32("GEZDGNBV"), None);
        assert_ne!(new_secret().unwrap(), new_secret().unwrap());
    }
}
