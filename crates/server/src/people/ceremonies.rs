//! What was asked and not answered yet, by a device or by somebody half-way through the door: each
//! question once, for a while, and no more of them than fit.

use crate::http::codes;
use crate::http::problem::Problem;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of a challenge.
pub(super) const CHALLENGE: usize = 32;
/// How long somebody may take: to find a key and remember its PIN, or to learn to use either.
pub(super) const PATIENCE: Duration = Duration::from_mins(5);

/// The random bytes that a browser has to have signed. They name the ceremony too: whoever can
/// answer it was asked, and two windows of one browser do not get into each other's way.
pub(super) type Challenge = [u8; CHALLENGE];

/// A new question.
pub(super) fn new_challenge() -> Result<Challenge, Problem> {
    let mut challenge = [0; CHALLENGE];
    getrandom::fill(&mut challenge).map_err(|_| Problem::of(&codes::NO_RANDOMNESS))?;
    Ok(challenge)
}

/// Ceremonies under way, with what has to be known at their end.
pub(super) struct Ceremonies<T> {
    most: usize,
    under_way: Mutex<UnderWay<T>>,
}

struct UnderWay<T> {
    open: HashMap<Challenge, T>,
    /// Every challenge with when it ends, the oldest first; those that were answered stay in here
    /// until their time comes.
    order: VecDeque<(Instant, Challenge)>,
}

impl<T> Ceremonies<T> {
    /// Room for so many.
    pub(super) fn new(most: usize) -> Ceremonies<T> {
        let under_way = UnderWay { open: HashMap::new(), order: VecDeque::new() };
        Ceremonies { most, under_way: Mutex::new(under_way) }
    }

    /// Begins one. When there are too many, the oldest is forgotten: whoever began it begins again.
    pub(super) fn begin(&self, challenge: Challenge, known: T, now: Instant) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let UnderWay { open, order } = &mut *under_way;
        while order.front().is_some_and(|it| it.0 <= now) || order.len() >= self.most {
            let Some((_, oldest)) = order.pop_front() else { break };
            open.remove(&oldest);
        }
        order.push_back((now + PATIENCE, challenge));
        open.insert(challenge, known);
    }

    /// Ends one: nobody answers it a second time, whether the answer was good or not.
    pub(super) fn end(&self, challenge: &Challenge, now: Instant) -> Option<T> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let UnderWay { open, order } = &mut *under_way;
        while order.front().is_some_and(|it| it.0 <= now) {
            let Some((_, oldest)) = order.pop_front() else { break };
            open.remove(&oldest);
        }
        open.remove(challenge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(number: u8) -> Challenge {
        [number; CHALLENGE]
    }

    #[test]
    fn a_ceremony_ends_once() {
        let (all, now) = (Ceremonies::new(10), Instant::now());
        all.begin(named(1), "one", now);
        assert_eq!(all.end(&named(2), now), None);
        assert_eq!(all.end(&named(1), now), Some("one"));
        assert_eq!(all.end(&named(1), now), None);
    }

    #[test]
    fn a_ceremony_takes_no_longer_than_people_may() {
        let (all, now) = (Ceremonies::new(10), Instant::now());
        all.begin(named(1), "one", now);
        all.begin(named(2), "two", now + Duration::from_secs(1));
        let late = now + PATIENCE;
        assert_eq!(all.end(&named(1), late), None);
        assert_eq!(all.end(&named(2), late), Some("two"));
    }

    #[test]
    fn ceremonies_that_nobody_ends_cost_no_more_than_there_is_room_for() {
        let (all, now) = (Ceremonies::new(3), Instant::now());
        for number in 0..100 {
            all.begin(named(number), number, now);
        }
        let under_way = all.under_way.lock().unwrap();
        assert_eq!((under_way.open.len(), under_way.order.len()), (3, 3));
        drop(under_way);
        assert_eq!(all.end(&named(96), now), None);
        assert_eq!(all.end(&named(97), now), Some(97));
    }
}
