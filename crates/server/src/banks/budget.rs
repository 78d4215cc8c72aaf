//! How many questions a bank is asked in a second: a small part of what it can take, so that
//! asking about what is late never keeps what is new from being done.

use std::time::Instant;

/// Questions that are kept for later, in seconds of the rate.
const SAVED: u64 = 2;
const NANOS: u128 = 1_000_000_000;

/// A bucket of questions, filled at a rate.
#[derive(Debug)]
pub(super) struct Budget {
    per_second: u64,
    /// In billionths of a question.
    left: u128,
    filled_at: Instant,
}

impl Budget {
    /// So many questions in a second, and a full bucket.
    pub(super) fn new(per_second: u64, now: Instant) -> Budget {
        let per_second = per_second.max(1);
        Budget { per_second, left: u128::from(per_second * SAVED) * NANOS, filled_at: now }
    }

    /// Questions that may be asked now, and how many more in each second.
    pub(super) fn left(&self, now: Instant) -> (u64, u64) {
        let passed = now.saturating_duration_since(self.filled_at).as_nanos();
        let full = u128::from(self.per_second * SAVED) * NANOS;
        let left = (self.left + passed * u128::from(self.per_second)).min(full) / NANOS;
        (u64::try_from(left).unwrap_or(u64::MAX), self.per_second)
    }

    /// Whether a question may be asked now. If so, it counts.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled_at).as_nanos();
        let full = u128::from(self.per_second * SAVED) * NANOS;
        self.left = (self.left + passed * u128::from(self.per_second)).min(full);
        self.filled_at = now;
        let enough = self.left >= NANOS;
        if enough {
            self.left -= NANOS;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_is_bounded_and_the_rate_is_kept() {
        let begun = Instant::now();
        let mut budget = Budget::new(10, begun);
        assert_eq!(budget.left(begun), (20, 10));
        let taken = |budget: &mut Budget, now| (0..1_000).filter(|_| budget.take(now)).count();
        assert_eq!(taken(&mut budget, begun), 20);
        assert_eq!(budget.left(begun + Duration::from_millis(500)), (5, 10));
        assert_eq!(taken(&mut budget, begun + Duration::from_millis(500)), 5);
        assert_eq!(taken(&mut budget, begun + Duration::from_hours(1)), 20, "no more is saved");
        let mut slow = Budget::new(10, begun);
        let ticks = (0..10_000).map(|it| begun + Duration::from_millis(it));
        assert_eq!(ticks.filter(|now| slow.take(*now)).count(), 20 + 99);
    }
}
