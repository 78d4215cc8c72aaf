//! Passwords: Argon2id (RFC 9106), rules for what may be one, and a queue before the work.
//!
//! One hash takes 19 MiB and some forty milliseconds of a core. So that a storm of sign-ins cannot
//! take the machine, few are worked on at a time, not many wait, and whoever finds the queue full
//! is told when to come back.

use crate::http::codes::{self, Code};
use crate::http::problem::Problem;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use std::sync::Arc;
use std::thread;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// What OWASP recommends for Argon2id: 19 MiB, two passes, one lane.
const COST: (u32, u32, u32) = (19 * 1_024, 2, 1);
/// The most hashes at a time, whatever the machine has.
const AT_ONCE_MAX: usize = 8;
/// Hashes that may be asked for at a time, those at work included.
const QUEUE_MAX: usize = 200;
/// When to come back if the queue is full.
const BUSY_SECONDS: u32 = 3;
/// The fewest and the most characters of a password.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;
/// Digits of a payment password.
const PAYMENT_DIGITS: usize = 6;
/// What is verified when there is nobody to verify: the same work, and no password is right.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA\
                      $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// The commonest passwords of at least eight characters that are more than digits. Lower case.
const COMMON: [&str; 40] = [
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "1qazxsw2",
    "a1234567",
    "a12345678",
    "a123456789",
    "aa123456",
    "aa123456789",
    "abc12345",
    "abc123456",
    "abcd1234",
    "abcdefgh",
    "admin123",
    "asd123456",
    "asdfghjk",
    "asdfghjkl",
    "changeme",
    "danbao123",
    "football",
    "iloveyou",
    "letmein1",
    "p@ssw0rd",
    "passw0rd",
    "password",
    "password1",
    "password123",
    "princess",
    "q1w2e3r4",
    "qq123456",
    "qwer1234",
    "qwerty123",
    "qwertyui",
    "qwertyuiop",
    "sunshine",
    "wang1234",
    "welcome1",
    "woaini1314",
    "woaini520",
    "zxcvbnm1",
];

/// Whether a password is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is, and its hash was made at another cost: hash it anew and keep that.
    RightButOld,
    /// It is not, or there was nothing to compare it with.
    Wrong,
}

/// Refuses what is no password to sign in with.
pub fn may_be_password(text: &str) -> Result<(), &'static Code> {
    if !LENGTH.contains(&text.chars().count()) {
        return Err(&codes::PASSWORD_LENGTH);
    }
    if text.chars().all(|it| it.is_ascii_digit()) {
        return Err(&codes::PASSWORD_ONLY_DIGITS);
    }
    let first = text.chars().next();
    let one_letter = text.chars().all(|it| Some(it) == first);
    if one_letter || COMMON.contains(&text.to_lowercase().as_str()) {
        return Err(&codes::PASSWORD_COMMON);
    }
    Ok(())
}

/// Refuses what is no password to pay with: six digits that are neither all equal nor a run.
pub fn may_be_payment_password(text: &str) -> Result<(), &'static Code> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|it| it - b'0').collect();
    if text.len() != PAYMENT_DIGITS || digits.len() != PAYMENT_DIGITS {
        return Err(&codes::PAYMENT_PASSWORD_SHAPE);
    }
    // Equal digits, and runs up and down: each step is 0, 1 or 9, and all steps are the same.
    let steps: Vec<u8> = digits.windows(2).map(|it| (it[1] + 10 - it[0]) % 10).collect();
    let easy = [0, 1, 9].into_iter().any(|step| steps.iter().all(|it| *it == step));
    if easy { Err(&codes::PAYMENT_PASSWORD_EASY) } else { Ok(()) }
}

/// The queue before the work. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    queue: Arc<Semaphore>,
    work: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Passwords {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Passwords {
            queue: Arc::new(Semaphore::new(QUEUE_MAX)),
            work: Arc::new(Semaphore::new(cores.min(AT_ONCE_MAX))),
        }
    }
}

impl Passwords {
    /// Fills the queue, as many who sign in at once would.
    #[cfg(test)]
    pub(super) fn fill(&self) -> tokio::sync::OwnedSemaphorePermit {
        let all = u32::try_from(QUEUE_MAX).unwrap();
        self.queue.clone().try_acquire_many_owned(all).unwrap()
    }

    /// The hash of a password, as a PHC string with its salt and its cost.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        let hashed = self.queued(move || hash(&password)).await?;
        hashed.ok_or_else(|| Problem::of(&codes::NO_RANDOMNESS))
    }

    /// Whether a password is the one with this hash. Without a hash it takes as long and is wrong,
    /// so that time does not tell who is known here.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<Verdict, Problem> {
        self.queued(move || verify(&password, hash.as_deref())).await
    }

    async fn queued<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = || Problem::busy(BUSY_SECONDS);
        let _place = self.queue.try_acquire().map_err(|_| busy())?;
        // The work goes on to its end also when the caller has gone, and keeps its permit until
        // then.
        let permit = self.work.clone().acquire_owned().await.map_err(|_| busy())?;
        let done = spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(|_| Problem::of(&codes::INTERNAL_ERROR))
    }
}

/// The hash of a password, in this thread; `None` if the system has no randomness for its salt.
pub fn hash(password: &str) -> Option<String> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).ok()?;
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt).ok()?;
    Some(hash.to_string())
}

fn verify(password: &str, hash: Option<&str>) -> Verdict {
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY)).ok();
    let Some((parsed, argon2)) = parsed.zip(argon2()) else { return Verdict::Wrong };
    if argon2.verify_password(password.as_bytes(), &parsed).is_err() {
        return Verdict::Wrong;
    }
    let cost = Params::try_from(&parsed).map(|it| (it.m_cost(), it.t_cost(), it.p_cost()));
    if cost == Ok(COST) { Verdict::Right } else { Verdict::RightButOld }
}

fn argon2() -> Option<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_password_is_known_again_by_its_hash_only() {
        let phc = hash("correct horse").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_ne!(phc, hash("correct horse").unwrap(), "each has its own salt");
        assert_eq!(verify("correct horse", Some(&phc)), Verdict::Right);
        assert_eq!(verify("correct horsf", Some(&phc)), Verdict::Wrong);
        assert_eq!(verify("correct horse", Some("$argon2id$")), Verdict::Wrong);
        let cheap = Params::new(64, 1, 1, None).unwrap();
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap);
        let old = cheap.hash_password_with_salt(b"correct horse", b"sixteen letters!").unwrap();
        assert_eq!(verify("correct horse", Some(&old.to_string())), Verdict::RightButOld);
        assert_eq!(verify("wrong horse", Some(&old.to_string())), Verdict::Wrong);
    }

    #[test]
    fn nobody_has_a_password_and_to_find_that_out_takes_as_long() {
        let phc = hash("correct horse").unwrap();
        let least = |hash: Option<&str>| {
            let times = (0..5).map(|_| {
                let begin = Instant::now();
                assert_eq!(verify("wrong", hash), Verdict::Wrong);
                begin.elapsed()
            });
            times.min().unwrap_or(Duration::MAX)
        };
        let (somebody, nobody) = (least(Some(&phc)), least(None));
        assert!(nobody * 3 > somebody && somebody * 3 > nobody, "{somebody:?} {nobody:?}");
    }

    #[tokio::test]
    async fn a_full_queue_says_when_to_come_back() {
        let passwords = Passwords::default();
        let permits = passwords.fill();
        let refused = passwords.hash("correct horse".to_owned()).await.unwrap_err();
        assert_eq!(refused.code.name, codes::TOO_MANY_REQUESTS.name);
        assert_eq!(refused.retry, crate::http::problem::Retry::After(BUSY_SECONDS));
        drop(permits);
        let phc = passwords.hash("correct horse".to_owned()).await.unwrap();
        let verdict = passwords.verify("correct horse".to_owned(), Some(phc)).await.unwrap();
        assert_eq!(verdict, Verdict::Right);
        assert_eq!(passwords.verify(String::new(), None).await.unwrap(), Verdict::Wrong);
    }

    #[test]
    fn what_everybody_would_guess_is_no_password() {
        let said = |text: &str| may_be_password(text).err().map(|it| it.name);
        assert_eq!(said("茶叶很好喝呀真的"), None);
        assert_eq!(said("correct horse"), None);
        assert_eq!(said("seven77"), Some("password_length"));
        assert_eq!(said(&"x1".repeat(64)), None);
        assert_eq!(said(&"x1".repeat(65)), Some("password_length"));
        assert_eq!(said("13800138000"), Some("password_only_digits"));
        assert_eq!(said("PassWord123"), Some("password_common"));
        assert_eq!(said("aaaaaaaaaa"), Some("password_common"));
        assert!(COMMON.is_sorted() && COMMON.iter().all(|it| it.len() >= *LENGTH.start()));
    }

    #[test]
    fn a_payment_password_is_six_digits_that_are_no_run() {
        let said = |text: &str| may_be_payment_password(text).err().map(|it| it.name);
        assert_eq!(said("258369"), None);
        assert_eq!(said("112233"), None);
        for shape in ["", "12345", "1234567", "12a456", "１２３４５６"] {
            assert_eq!(said(shape), Some("payment_password_shape"), "{shape}");
        }
        for easy in ["000000", "888888", "123456", "654321", "890123", "210987"] {
            assert_eq!(said(easy), Some("payment_password_easy"), "{easy}");
        }
    }
}
