//! What a browser is asked to have signed by whoever signs in.
//!
//! Anybody may ask for such a challenge, so none is kept: asking often enough would make those of
//! other people be forgotten. A challenge says itself until when it is good, and proves that it was
//! made here. Only those by which somebody signed in are remembered, for as long as they would be
//! good otherwise.

use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::ceremonies::{CHALLENGE, Challenge, PATIENCE};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// Bytes of the time, and of the time and what makes the challenge one of a kind.
const TIME: usize = 8;
const SAID: usize = 16;

/// The challenges of a process. After a restart none of them is good any more.
pub(super) struct Challenges {
    since: Instant,
    secret: OnceLock<[u8; 32]>,
    /// Those by which somebody signed in, with the second in which they end.
    spent: Mutex<HashMap<Challenge, u64>>,
}

impl Default for Challenges {
    fn default() -> Challenges {
        let (secret, spent) = (OnceLock::new(), Mutex::default());
        Challenges { since: Instant::now(), secret, spent }
    }
}

impl Challenges {
    /// A new one.
    pub(super) fn new_one(&self, now: Instant) -> Result<Challenge, Problem> {
        let mut challenge = [0; CHALLENGE];
        let (said, proof) = challenge.split_at_mut(SAID);
        let (time, kind) = said.split_at_mut(TIME);
        time.copy_from_slice(&self.second(now + PATIENCE).to_le_bytes());
        fill(kind)?;
        proof.copy_from_slice(&self.mac(said)?.finalize().into_bytes()[..CHALLENGE - SAID]);
        Ok(challenge)
    }

    /// Whether this was made here, is good still, and nobody signed in by it.
    pub(super) fn is_good(&self, challenge: &Challenge, now: Instant) -> Result<bool, Problem> {
        let (said, proof) = challenge.split_at(SAID);
        let made_here = self.mac(said)?.verify_truncated_left(proof).is_ok();
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(made_here && self.second(now) < ends(challenge) && !spent.contains_key(challenge))
    }

    /// Signs somebody in by a challenge that is good: false if somebody was faster.
    pub(super) fn spend(&self, challenge: Challenge, now: Instant) -> bool {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.second(now);
        spent.retain(|_, it| now < *it);
        spent.insert(challenge, ends(&challenge)).is_none()
    }

    fn second(&self, at: Instant) -> u64 {
        at.duration_since(self.since).as_secs()
    }

    fn mac(&self, said: &[u8]) -> Result<Hmac<Sha256>, Problem> {
        let mut secret = self.secret.get().copied().unwrap_or_default();
        if self.secret.get().is_none() {
            fill(&mut secret)?;
            secret = *self.secret.get_or_init(|| secret);
        }
        let mut mac =
            Hmac::new_from_slice(&secret).map_err(|_| Problem::of(&codes::INTERNAL_ERROR))?;
        mac.update(said);
        Ok(mac)
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), Problem> {
    getrandom::fill(bytes).map_err(|_| Problem::of(&codes::NO_RANDOMNESS))
}

/// The second in which a challenge ends.
fn ends(challenge: &Challenge) -> u64 {
    let mut time = [0; TIME];
    time.copy_from_slice(&challenge[..TIME]);
    u64::from_le_bytes(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_challenge_is_good_until_somebody_signs_in_by_it() {
        let (all, now) = (Challenges::default(), Instant::now());
        let [one, other] = [all.new_one(now).unwrap(), all.new_one(now).unwrap()];
        assert_ne!(one, other);
        assert!(all.is_good(&one, now).unwrap());
        assert!(all.is_good(&one, now).unwrap(), "a wrong answer spends nothing");
        assert!(all.spend(one, now));
        assert!(!all.is_good(&one, now).unwrap());
        assert!(!all.spend(one, now), "nor does it let a second one in at the same moment");
        assert!(all.is_good(&other, now).unwrap());
    }

    #[test]
    fn a_challenge_is_good_as_long_as_people_may_take() {
        let (all, now) = (Challenges::default(), Instant::now());
        let it = all.new_one(now).unwrap();
        let second = Duration::from_secs(1);
        assert!(all.is_good(&it, now + PATIENCE.checked_sub(2 * second).unwrap()).unwrap());
        assert!(!all.is_good(&it, now + PATIENCE + second).unwrap());
    }

    #[test]
    fn nobody_else_makes_a_challenge_or_makes_one_last() {
        let (all, other, now) = (Challenges::default(), Challenges::default(), Instant::now());
        let it = all.new_one(now).unwrap();
        assert!(!other.is_good(&it, now).unwrap());
        for byte in 0..CHALLENGE {
            let mut changed = it;
            changed[byte] ^= 1;
            assert!(!all.is_good(&changed, now).unwrap(), "byte {byte}");
        }
    }

    #[test]
    fn what_is_spent_is_forgotten_when_it_would_be_good_no_more() {
        let (all, now) = (Challenges::default(), Instant::now());
        for _ in 0..100 {
            assert!(all.spend(all.new_one(now).unwrap(), now));
        }
        let late = now + PATIENCE * 2;
        assert!(all.spend(all.new_one(late).unwrap(), late));
        assert_eq!(all.spent.lock().unwrap().len(), 1);
    }
}
