//! How the last attempts went, for the eyes of merchants: when, how long they took, and how the
//! answer began.
//!
//! The books keep what counts: how many attempts a delivery had, the last status and the next time.
//! This is what is nice to know beside it. It is in memory, so it begins anew with the process, and
//! it has a limit for each endpoint and for all of them.

use ledger::id::{DeliveryId, EndpointId};
use ledger::time::Time;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The most bytes of an answer that are kept.
pub const SAID_MAX: usize = 256;
/// The most attempts of one endpoint that are kept.
const EACH: usize = 200;
/// The most endpoints whose attempts are kept.
const ENDPOINTS: usize = 1_000;

/// Why there was no answer, as far as it is anything for whoever gave the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing may be sent to such an address.
    Address,
    /// The host's name leads to no public address.
    NoHost,
    /// Nobody listens there.
    NoConnection,
    /// The connection could not be encrypted.
    Tls,
    /// What came back was no answer.
    NoAnswer,
    /// The answer did not come in time.
    TooSlow,
    /// The endpoint is gone, so nobody was asked.
    Gone,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Went {
    /// The answer's status; 0 if there was none.
    pub status: u16,
    /// Why there was none.
    pub trouble: Option<Trouble>,
    /// How the answer began.
    pub said: String,
}

impl Went {
    /// There was no answer.
    pub const fn failed(trouble: Trouble) -> Went {
        Went { status: 0, trouble: Some(trouble), said: String::new() }
    }
}

/// An attempt that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// When it began.
    pub at: Time,
    /// How long it took.
    pub took: Duration,
    /// How it went.
    pub went: Went,
}

/// The last attempts of every endpoint.
#[derive(Default)]
pub struct Attempts {
    kept: Mutex<HashMap<EndpointId, VecDeque<Attempt>>>,
}

impl Attempts {
    /// Keeps an attempt; the oldest of its endpoint makes room for it.
    pub fn keep(&self, endpoint: EndpointId, attempt: Attempt) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= ENDPOINTS && !kept.contains_key(&endpoint) {
            let newest = |it: &VecDeque<Attempt>| it.back().map(|it| it.at);
            let quiet = kept.iter().min_by_key(|(_, it)| newest(it)).map(|(id, _)| *id);
            quiet.map(|it| kept.remove(&it));
        }
        let mine = kept.entry(endpoint).or_default();
        if mine.len() >= EACH {
            mine.pop_front();
        }
        mine.push_back(attempt);
    }

    /// The attempts of a delivery that are remembered, the oldest first.
    pub fn of(&self, endpoint: EndpointId, delivery: DeliveryId) -> Vec<Attempt> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = kept.get(&endpoint).into_iter().flatten();
        mine.filter(|it| it.delivery == delivery).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::id::CellId;

    fn attempt(number: u64) -> Attempt {
        Attempt {
            delivery: DeliveryId::new(CellId::FIRST, number),
            at: Time(number),
            took: Duration::from_millis(3),
            went: Went::failed(Trouble::NoConnection),
        }
    }

    #[test]
    fn the_oldest_attempts_make_room() {
        let (attempts, endpoint) = (Attempts::default(), EndpointId::new(CellId::FIRST, 1));
        let each = u64::try_from(EACH).unwrap();
        (0..=each).for_each(|it| attempts.keep(endpoint, attempt(it)));
        assert!(attempts.of(endpoint, attempt(0).delivery).is_empty());
        assert_eq!(attempts.of(endpoint, attempt(1).delivery), [attempt(1)]);
        assert_eq!(attempts.of(endpoint, attempt(each).delivery), [attempt(each)]);
    }

    #[test]
    fn the_quietest_endpoint_makes_room() {
        let attempts = Attempts::default();
        let endpoint = |it| EndpointId::new(CellId::FIRST, it);
        let most = u64::try_from(ENDPOINTS).unwrap();
        (0..=most).for_each(|it| attempts.keep(endpoint(it), attempt(it)));
        assert!(attempts.of(endpoint(0), attempt(0).delivery).is_empty());
        assert_eq!(attempts.of(endpoint(1), attempt(1).delivery), [attempt(1)]);
    }
}
