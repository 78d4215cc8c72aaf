//! The breaker between the platform and a bank.
//!
//! A bank that has stopped answering is left alone, so that it can recover, and new top-ups from
//! its cards are turned away before anything is written: what was never begun cannot be in doubt.
//! One question at a time is let through to find out whether it is back. Nothing here is kept: a
//! restart begins by trusting the bank, and learns within a few calls.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How far back calls count.
const WINDOW: Duration = Duration::from_secs(30);
/// Calls in the window that have to be there before anything is concluded from them.
const ENOUGH: usize = 5;
/// The most calls that are remembered: the newest.
const REMEMBERED: usize = 64;
/// Pause between two probes of a bank that does not answer.
pub const PROBE: Duration = Duration::from_secs(2);

/// See the module.
#[derive(Debug, Default)]
pub struct Breaker {
    /// When each call ended, and whether the bank answered.
    calls: VecDeque<(Instant, bool)>,
    /// While the bank is left alone: when it may be probed.
    probe_at: Option<Instant>,
}

impl Breaker {
    /// Whether the bank is left alone.
    pub fn is_open(&self) -> bool {
        self.probe_at.is_some()
    }

    /// How many of the last calls were silent, and how many there were: those that count now.
    pub fn window(&self, now: Instant) -> (usize, usize) {
        let counts = |it: &&(Instant, bool)| now.saturating_duration_since(it.0) <= WINDOW;
        let calls = self.calls.iter().filter(counts);
        (calls.clone().filter(|it| !it.1).count(), calls.count())
    }

    /// Whether a bank that is left alone is to be probed now. If so, it is being probed.
    pub fn may_probe(&mut self, now: Instant) -> bool {
        let due = self.probe_at.is_some_and(|at| now >= at);
        if due {
            self.probe_at = Some(now + PROBE);
        }
        due
    }

    /// A call ended. An answer closes the breaker, whatever it says; silence opens it when at least
    /// half of the calls of the window were silent.
    pub fn ended(&mut self, now: Instant, answered: bool) {
        if answered && self.is_open() {
            *self = Breaker::default();
        }
        self.calls.push_back((now, answered));
        let old = |it: &(Instant, bool)| now.saturating_duration_since(it.0) > WINDOW;
        while self.calls.len() > REMEMBERED || self.calls.front().is_some_and(old) {
            self.calls.pop_front();
        }
        let silent = self.calls.iter().filter(|it| !it.1).count();
        let sick = self.calls.len() >= ENOUGH && silent * 2 >= self.calls.len();
        if sick && !answered && !self.is_open() {
            self.probe_at = Some(now + PROBE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A breaker after calls that ended a second apart: `.` answered, `x` silent.
    fn after(calls: &str, begun: Instant) -> (Breaker, Instant) {
        let mut breaker = Breaker::default();
        let mut now = begun;
        for call in calls.chars() {
            now += Duration::from_secs(1);
            breaker.ended(now, call == '.');
        }
        (breaker, now)
    }

    #[test]
    fn silence_opens_it_when_it_is_half_of_enough() {
        for (calls, open) in [
            ("", false),
            ("xxxx", false),
            ("xxxxx", true),
            ("....x", false),
            ("...xxx", true),
            ("......xxxxx", false),
            // The silence is older than the window by the time that it would count.
            ("xxxx..............................x", false),
        ] {
            assert_eq!(after(calls, Instant::now()).0.is_open(), open, "{calls}");
        }
        let (breaker, now) = after("..xx.", Instant::now());
        assert_eq!(breaker.window(now), (2, 5));
        assert_eq!(breaker.window(now + Duration::from_secs(28)), (2, 3));
        assert_eq!(breaker.window(now + Duration::from_mins(2)), (0, 0));
    }

    #[test]
    fn an_open_one_is_probed_in_each_pause_and_an_answer_closes_it() {
        let (mut breaker, now) = after("xxxxx", Instant::now());
        assert!(!breaker.may_probe(now));
        let later = now + PROBE;
        assert!(breaker.may_probe(later) && !breaker.may_probe(later), "one probe");
        breaker.ended(later, false);
        assert!(breaker.is_open() && !breaker.may_probe(later));
        assert!(breaker.may_probe(later + PROBE));
        breaker.ended(later + PROBE, true);
        assert!(!breaker.is_open() && !breaker.may_probe(later + PROBE * 2));
        breaker.ended(later + PROBE, false);
        assert!(!breaker.is_open(), "what was before the answer does not count any more");
    }
}
