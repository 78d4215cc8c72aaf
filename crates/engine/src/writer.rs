//! The journal thread of a cell: takes what has gathered, makes it durable, hands it on.

use crate::applier::Applier;
use crate::courier::Bell;
use crate::gather::{Batch, Gather, Reply};
use crate::metrics::CellMetrics;
use crate::{NotDone, RULES};
use ledger::command::{Command, Request};
use ledger::event::Actor;
use ledger::id::{CellId, RequestId};
use ledger::time::Time;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant, SystemTime};
use store::journal::{Frame, Journal, JournalError, LocalJournal};

/// Durable frames that may wait to be applied.
const FRAMES_AHEAD: usize = 4;
/// Bytes that have to be free on the disk before anything is written to the journal.
const FREE_LEAST: u64 = 128 << 20;
/// The longest that the journal thread sleeps. A timer that is due fires at most so much late.
const PATIENCE: Duration = Duration::from_millis(200);
/// Callers of one frame from which on they are many.
const MANY: usize = 16;
/// While callers are many, frames begin at least so far apart: on a fast disk the next one would
/// begin with the first few of them, and each frame costs several turns of the processor.
const PACE: Duration = Duration::from_micros(750);

/// What the threads of a cell share.
pub(crate) struct Context {
    pub(crate) cell: CellId,
    pub(crate) gather: Arc<Gather>,
    pub(crate) metrics: Arc<CellMetrics>,
    pub(crate) bell: Bell,
    pub(crate) on_fatal: Arc<dyn Fn(&str) + Send + Sync>,
}

/// A durable frame and those who wait for its answers.
pub(crate) struct Durable {
    pub(crate) frame: Frame,
    pub(crate) replies: Vec<Reply>,
}

/// Unix time in milliseconds. The only clock of the engine: the journal makes time of it.
pub(crate) fn wall_clock() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Starts the journal thread and the applier thread of a cell.
pub(crate) fn start(
    journal: LocalJournal,
    applier: Applier,
    context: Context,
) -> io::Result<[JoinHandle<()>; 2]> {
    let (hand_on, frames) = sync_channel(FRAMES_AHEAD);
    let next_due = applier.next_due();
    let cell = context.cell;
    let context = Arc::new(context);
    let theirs = context.clone();
    let apply = Builder::new().name(format!("apply-{cell}")).spawn(move || {
        let _witness = Witness(&theirs);
        applier.run(&frames, &theirs);
    })?;
    let mut writer = Writer { journal, hand_on, next_due, context };
    let write = Builder::new().name(format!("journal-{cell}")).spawn(move || writer.run())?;
    Ok([write, apply])
}

/// Tells when the applier panics: without it nothing would ever be answered again, and the process
/// would go on as if it lived.
struct Witness<'a>(&'a Context);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.gather.close();
            (self.0.on_fatal)("the books cannot be kept; the reason stands above");
        }
    }
}

struct Writer {
    journal: LocalJournal,
    hand_on: SyncSender<Durable>,
    /// When the next timer is due, by the wall clock; `u64::MAX` for never.
    next_due: Arc<AtomicU64>,
    context: Arc<Context>,
}

impl Writer {
    fn run(&mut self) {
        let mut next_frame = Instant::now();
        loop {
            std::thread::sleep(next_frame.saturating_duration_since(Instant::now()));
            match self.context.gather.take(PATIENCE) {
                Some(batch) => {
                    if batch.replies.len() >= MANY {
                        next_frame = Instant::now() + PACE;
                    }
                    if let Err(error) = self.write(batch) {
                        (self.context.on_fatal)(&format!("the journal failed: {error}"));
                        self.context.gather.close();
                        return;
                    }
                }
                None if self.context.gather.is_closed() => break,
                None => self.tick(),
            }
        }
        if let Err(error) = self.journal.close() {
            (self.context.on_fatal)(&format!("the journal was not sealed: {error}"));
        }
    }

    /// Queues a record that does nothing, so that what is due happens although nobody asks.
    fn tick(&self) {
        if wall_clock().0 < self.next_due.load(Relaxed) {
            return;
        }
        let tick = Request { id: RequestId::UNNAMED, actor: Actor::Clock, command: Command::Tick };
        // A full queue brings time of its own.
        let _ = self.context.gather.push(std::iter::once(&tick), Reply::Nobody(1));
    }

    fn write(&mut self, mut batch: Batch) -> Result<(), JournalError> {
        let metrics = &self.context.metrics;
        metrics.queue_wait.add(batch.since.elapsed());
        metrics.frame_records.add_value(u64::try_from(batch.records.len()).unwrap_or(u64::MAX));
        // Half of what the journal leaves free when it prepares a segment is for the books, which
        // grow by several bytes for each of the journal, and for whoever else fills the disk.
        let crowded = self.journal.free().map_err(JournalError::Io)? < FREE_LEAST;
        let offered = if crowded {
            Err(JournalError::Full)
        } else {
            self.journal.offer(wall_clock().0, RULES, &batch.records)
        };
        match offered {
            Ok(()) => {}
            Err(JournalError::Full) => {
                batch.fail(NotDone::DiskFull);
                return Ok(());
            }
            Err(error) => {
                batch.fail(NotDone::Unknown);
                return Err(error);
            }
        }
        let begun = Instant::now();
        let mut replies = std::mem::take(&mut batch.replies);
        loop {
            match self.journal.next() {
                Ok(Some(frame)) => {
                    metrics.sync.add(begun.elapsed());
                    let durable = Durable { frame, replies: std::mem::take(&mut replies) };
                    // Nobody takes it only if the applier failed, which it has told.
                    let _ = self.hand_on.send(durable);
                }
                Ok(None) => break,
                Err(error) => {
                    Batch { replies, ..batch }.fail(NotDone::Unknown);
                    return Err(error);
                }
            }
        }
        self.context.gather.recycle(batch.records);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn an_applier_that_panics_is_fatal_and_one_that_ends_is_not() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = told.clone();
        let context = Context {
            cell: CellId::FIRST,
            gather: Arc::new(Gather::new(1)),
            metrics: Arc::default(),
            bell: Bell::default(),
            on_fatal: Arc::new(move |why| tell.lock().unwrap().push(why.to_owned())),
        };
        drop(Witness(&context));
        assert!(told.lock().unwrap().is_empty() && !context.gather.is_closed());
        let panicked = std::thread::scope(|scope| {
            let applier = scope.spawn(|| {
                let _witness = Witness(&context);
                panic!("on purpose");
            });
            applier.join().is_err()
        });
        assert!(panicked && context.gather.is_closed());
        assert_eq!(told.lock().unwrap().len(), 1);
    }
}
