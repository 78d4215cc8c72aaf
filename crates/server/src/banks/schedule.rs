//! When a bank that was silent about a movement is asked what became of it.
//!
//! Not more than three times in two hours, then every hour for six hours, and after that its
//! statement decides. The times follow from when the silence began and from the movement's own
//! number, so nothing has to be kept: a restart goes on where it was.

use ledger::time::Time;

const MINUTE: u64 = 60_000;

/// How long after the silence began the bank is asked, and by how much that may vary, in
/// milliseconds.
const POINTS: [(u64, u64); 9] = [
    (MINUTE, MINUTE / 5),
    (5 * MINUTE, MINUTE),
    (30 * MINUTE, 6 * MINUTE),
    (150 * MINUTE, 12 * MINUTE),
    (210 * MINUTE, 12 * MINUTE),
    (270 * MINUTE, 12 * MINUTE),
    (330 * MINUTE, 12 * MINUTE),
    (390 * MINUTE, 12 * MINUTE),
    (450 * MINUTE, 12 * MINUTE),
];

/// The times at which one movement is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    since: Time,
    seed: u64,
    /// How much faster than a clock time passes; 1 unless somebody tests.
    scale: u64,
}

impl Schedule {
    /// The schedule of a movement with this number, about which the bank is silent since then.
    pub fn new(since: Time, number: u64, scale: u32) -> Schedule {
        Schedule { since, seed: number, scale: u64::from(scale.max(1)) }
    }

    fn points(self) -> impl Iterator<Item = Time> {
        POINTS.into_iter().zip(1_u64..).map(move |((after, vary), place)| {
            // Spread, so that what fell silent together is not asked about together.
            let mixed = (self.seed ^ place).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            let after = after - vary + mixed % (2 * vary);
            Time(self.since.0.saturating_add(after / self.scale))
        })
    }

    /// The last of its times that has come.
    pub fn last(self, now: Time) -> Option<Time> {
        self.points().take_while(|it| *it <= now).last()
    }

    /// The next of its times; `None` when only the statement is left.
    pub fn next(self, now: Time) -> Option<Time> {
        self.points().find(|it| *it > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: Time = Time(1_000_000_000);
    const TWO_HOURS: u64 = 120 * MINUTE;

    #[test]
    fn it_begins_after_a_minute_and_ends_within_eight_hours() {
        let schedule = Schedule::new(BEGAN, 7, 1);
        let after = |minutes: u64| Time(BEGAN.0 + minutes * MINUTE);
        assert_eq!(schedule.last(Time(BEGAN.0 + MINUTE / 2)), None);
        assert!(schedule.last(after(2)).is_some_and(|it| it < after(2)));
        assert!(schedule.next(after(40)).is_some_and(|it| it > after(120)));
        assert_eq!(schedule.next(after(480)), None);
    }

    #[test]
    fn a_test_may_hurry() {
        let schedule = Schedule::new(BEGAN, 7, 60);
        assert!(schedule.last(Time(BEGAN.0 + 2_000)).is_some());
        assert_eq!(schedule.next(Time(BEGAN.0 + 8 * MINUTE)), None);
    }

    #[test]
    fn no_two_hours_see_more_than_three_questions() {
        for number in (0..10_000_u64).map(|it| it.wrapping_mul(0xD134_2543_DE82_EF95)) {
            let times: Vec<Time> = Schedule::new(BEGAN, number, 1).points().collect();
            assert!(times.is_sorted(), "{number}");
            for first in &times {
                let soon = times.iter().filter(|it| *it >= first && it.0 < first.0 + TWO_HOURS);
                assert!(soon.count() <= 3, "{number}");
            }
        }
    }
}
