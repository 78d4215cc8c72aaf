//! The pulse of a server: what it did in the last minutes, a beat every five seconds. It is kept in
//! memory only; who wants more asks `/metrics`.

use crate::app::App;
use engine::metrics::{BOUNDS_US, HistogramReading};
use ledger::id::CellId;
use ledger::time::Time;
use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::View;

/// Between two beats.
pub const PAUSE: Duration = Duration::from_secs(5);
/// Beats that are kept: five minutes.
pub const BEATS: usize = 60;

/// What happened between two beats.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beat {
    /// When it was.
    pub at: Time,
    /// Records that were applied since the one before.
    pub records: u64,
    /// Records in the queues then.
    pub queue: u64,
    /// Requests that were turned away.
    pub turned_away: u64,
    /// Whether debits and credits were the same in every currency.
    pub balanced: bool,
}

/// The last minutes.
#[derive(Debug, Default)]
pub struct Pulse {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    beats: VecDeque<Beat>,
    records: u64,
    turned_away: u64,
    /// The histograms as they were when the oldest beat was new, beside when that was.
    readings: VecDeque<[HistogramReading; 3]>,
}

/// How long something took, in microseconds: at most so long in half of all cases, and in all but
/// one of a hundred; nothing if there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Took {
    /// In half of all cases.
    pub half: Option<u64>,
    /// In all but one of a hundred.
    pub most: Option<u64>,
}

/// What the last minutes come to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The beats, the oldest first.
    pub beats: Vec<Beat>,
    /// Waiting in the queue.
    pub queue: Took,
    /// Becoming durable.
    pub sync: Took,
    /// Being applied.
    pub apply: Took,
}

impl Pulse {
    /// Adds a beat.
    fn beat(&self, app: &App) {
        let now = app.engine().now(CellId::FIRST).unwrap_or_default();
        let (mut records, mut queue, mut turned_away) = (0, 0, 0);
        let mut readings: [HistogramReading; 3] = Default::default();
        for cell in app.engine().all_cells() {
            let Some(it) = app.engine().metrics(cell) else { continue };
            records += it.records.load(Relaxed);
            queue += it.waiting.load(Relaxed);
            turned_away += it.turned_away.load(Relaxed);
            let each = [&it.queue_wait, &it.sync, &it.apply];
            for (sum, histogram) in readings.iter_mut().zip(each) {
                add(sum, &histogram.read());
            }
        }
        let balanced = balanced(app);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let since = records.saturating_sub(std::mem::replace(&mut kept.records, records));
        let away = std::mem::replace(&mut kept.turned_away, turned_away);
        let turned_away = turned_away.saturating_sub(away);
        kept.beats.push_back(Beat { at: now, records: since, queue, turned_away, balanced });
        kept.readings.push_back(readings);
        if kept.beats.len() > BEATS {
            kept.beats.pop_front();
            kept.readings.pop_front();
        }
    }

    /// What the last minutes come to.
    pub fn summary(&self) -> Summary {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (first, last) = (kept.readings.front(), kept.readings.back());
        let took = |place: usize| match (first, last) {
            (Some(first), Some(last)) => between(&first[place], &last[place]),
            _ => Took::default(),
        };
        let [queue, sync, apply] = [took(0), took(1), took(2)];
        Summary { beats: kept.beats.iter().copied().collect(), queue, sync, apply }
    }
}

fn add(sum: &mut HistogramReading, more: &HistogramReading) {
    for (it, more) in sum.buckets.iter_mut().zip(more.buckets) {
        *it += more;
    }
    sum.count += more.count;
    sum.sum_us += more.sum_us;
}

/// How long what was between two readings took, to the bound of its bucket.
fn between(first: &HistogramReading, last: &HistogramReading) -> Took {
    let count = last.count.saturating_sub(first.count);
    let at = |of_hundred: u64| {
        let wanted = (count * of_hundred).div_ceil(100);
        let below = last.buckets.iter().zip(first.buckets).zip(BOUNDS_US);
        let mut reached = below.filter(|((last, first), _)| last.saturating_sub(*first) >= wanted);
        reached.next().map(|it| it.1)
    };
    if count == 0 { Took::default() } else { Took { half: at(50), most: at(99) } }
}

/// Whether debits and credits are the same in every currency, over all cells.
fn balanced(app: &App) -> bool {
    let mut sums = std::collections::BTreeMap::new();
    for cell in app.engine().all_cells() {
        let Ok((totals, _)) = app.read(cell, |view: &View<'_>| view.totals()) else { return false };
        for it in totals {
            let sum: &mut (u128, u128) = sums.entry(it.currency).or_default();
            sum.0 += it.debits;
            sum.1 += it.credits;
        }
    }
    sums.values().all(|it| it.0 == it.1)
}

/// Beats until it is dropped.
pub async fn run(app: App) {
    loop {
        app.pulse().beat(&app);
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::metrics::Histogram;

    #[test]
    fn how_long_it_took_is_of_what_was_between_the_readings() {
        let histogram = Histogram::default();
        histogram.add_value(4_000_000);
        let first = histogram.read();
        assert_eq!(between(&first, &histogram.read()), Took::default());
        for _ in 0..98 {
            histogram.add_value(150);
        }
        histogram.add_value(1_500);
        histogram.add_value(1_500);
        let took = between(&first, &histogram.read());
        assert_eq!(took, Took { half: Some(200), most: Some(2_000) });
    }
}
