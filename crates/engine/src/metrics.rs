//! What a cell tells about itself: counters and histograms without locks.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the buckets, in microseconds.
pub const BOUNDS_US: [u64; 16] = [
    50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
    1_000_000, 5_000_000, 30_000_000,
];

/// How often something took how long.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS_US.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

/// A histogram at one moment.
#[derive(Clone, Debug, Default)]
pub struct HistogramReading {
    /// For each bound, how often it took at most so long.
    pub buckets: [u64; BOUNDS_US.len()],
    /// How often.
    pub count: u64,
    /// How long altogether, in microseconds.
    pub sum_us: u64,
}

impl Histogram {
    /// Adds one.
    pub fn add(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.add_value(us);
    }

    /// Adds one value that is not a time, such as a size.
    pub fn add_value(&self, value: u64) {
        let place = BOUNDS_US.partition_point(|it| *it < value);
        if let Some(bucket) = self.buckets.get(place) {
            bucket.fetch_add(1, Relaxed);
        }
        self.count.fetch_add(1, Relaxed);
        self.sum_us.fetch_add(value, Relaxed);
    }

    /// As it is now, cumulative from the smallest bound on.
    pub fn read(&self) -> HistogramReading {
        let mut below = 0;
        let buckets = std::array::from_fn(|at| {
            below += self.buckets[at].load(Relaxed);
            below
        });
        let (count, sum_us) = (self.count.load(Relaxed), self.sum_us.load(Relaxed));
        HistogramReading { buckets, count, sum_us }
    }
}

/// What a cell counts.
#[derive(Debug, Default)]
pub struct CellMetrics {
    /// From the first request of a frame to the moment the journal takes the frame.
    pub queue_wait: Histogram,
    /// Making a frame durable.
    pub sync: Histogram,
    /// Applying a frame.
    pub apply: Histogram,
    /// Records in a frame. The bounds count records, not microseconds.
    pub frame_records: Histogram,
    /// Records applied since the start.
    pub records: AtomicU64,
    /// Requests turned away because the queue was full.
    pub turned_away: AtomicU64,
    /// Checkpoints finished since the start.
    pub checkpoints: AtomicU64,
    /// Records that wait in the queue.
    pub waiting: AtomicU64,
}
