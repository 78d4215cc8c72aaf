//! The applier thread of a cell: what comes out of the journal becomes books, answers and letters.

use crate::data_dir::DataDir;
use crate::gather::{Answered, Reply};
use crate::writer::{Context, Durable};
use crate::{EngineError, NotDone};
use ledger::id::{CellId, Position};
use ledger::{At, Decision};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use store::codec::{decode_request, fingerprint};
use store::journal::{Frame, LocalJournal, Reader, SEGMENT_SIZE};
use store::{Cell, Store};

/// Records that are applied before readers get a turn.
const TURN: usize = 1_024;
/// How often an idle applier looks whether a checkpoint has finished.
const IDLE: Duration = Duration::from_millis(100);

/// See the module.
pub(crate) struct Applier {
    books: Arc<Cell>,
    next_due: Arc<AtomicU64>,
    checkpoint: Option<JoinHandle<std::io::Result<()>>>,
    merge: Option<JoinHandle<std::io::Result<()>>>,
}

impl Applier {
    /// Opens a cell and applies what its books have not seen of its journal.
    pub(crate) fn recover(
        data: &DataDir,
        cell: CellId,
        memory_bytes: u64,
    ) -> Result<(Applier, LocalJournal), EngineError> {
        let (journal, recovered) = LocalJournal::open(&data.journal(cell), cell, SEGMENT_SIZE)?;
        let store = Store::open(&data.books(cell), memory_bytes)?;
        let from = store.next_position();
        if from > recovered.end {
            return Err(EngineError::Data(format!(
                "the books of cell {cell} have seen record {from}, but its journal ends at {}: \
                 records were lost. Restore the journal, or see `danbao doctor`.",
                recovered.end
            )));
        }
        if !continues(&journal.reader(), &store) {
            return Err(EngineError::Data(format!(
                "the books of cell {cell} were not made from its journal. Delete {} and start \
                 again: the books are made anew.",
                data.books(cell).display()
            )));
        }
        let mut applier = Applier {
            books: Arc::new(Cell::new(store)),
            next_due: Arc::new(AtomicU64::new(u64::MAX)),
            checkpoint: None,
            merge: None,
        };
        for frame in journal.reader().frames_from(from) {
            applier.apply(&frame?, |_| {});
            applier.checkpoint_if_due();
        }
        applier.see_next_due();
        Ok((applier, journal))
    }

    pub(crate) fn books(&self) -> Arc<Cell> {
        self.books.clone()
    }

    pub(crate) fn next_due(&self) -> Arc<AtomicU64> {
        self.next_due.clone()
    }

    /// Applies frames until there are no more.
    pub(crate) fn run(mut self, frames: &Receiver<Durable>, context: &Context) {
        loop {
            match frames.recv_timeout(IDLE) {
                Ok(durable) => self.take(durable, context),
                Err(RecvTimeoutError::Timeout) => self.finish_checkpoint(false),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.checkpoint_if_due();
        }
        self.finish_checkpoint(true);
        self.begin_checkpoint();
        self.finish_checkpoint(true);
        if let Some(merging) = self.merge.take() {
            // What was not merged is merged another time.
            let _ = merging.join();
        }
    }

    fn take(&mut self, durable: Durable, context: &Context) {
        let begun = Instant::now();
        let count = durable.frame.len();
        let mut answers = Vec::with_capacity(count);
        self.apply(&durable.frame, |decision| {
            answers.push(Answered { answer: decision.answer, repeated: decision.repeated });
        });
        context.metrics.apply.add(begun.elapsed());
        context.metrics.records.fetch_add(u64::try_from(count).unwrap_or(0), Relaxed);
        self.see_next_due();
        context.bell.ring();
        answer(durable.replies, answers);
    }

    /// Applies a frame in turns, between which readers look.
    fn apply(&self, frame: &Frame, mut decided: impl FnMut(Decision)) {
        let time = ledger::time::Time(frame.time_ms());
        let mut records = frame.records();
        let mut more = true;
        while more {
            self.books.write(|store| {
                for _ in 0..TURN {
                    let Some(record) = records.next() else {
                        more = false;
                        store.end_frame(frame);
                        return;
                    };
                    let request = decode_request(record.bytes)
                        .expect("the journal has only what this program encoded");
                    store.begin_record(record.location);
                    let at = At { position: record.position, time };
                    let print = fingerprint(record.bytes);
                    decided(ledger::apply(store, at, &request, print));
                }
            });
        }
    }

    /// Tells the journal thread when the next timer is due by the wall clock.
    fn see_next_due(&self) {
        let due = self.books.write(Store::next_due_by_clock);
        self.next_due.store(due.map_or(u64::MAX, |it| it.0), Relaxed);
    }

    fn checkpoint_if_due(&mut self) {
        self.finish_checkpoint(false);
        if self.checkpoint.is_none() && self.books.write(|store| store.wants_checkpoint()) {
            self.begin_checkpoint();
        }
    }

    fn begin_checkpoint(&mut self) {
        let begun = self.books.write(Store::begin_checkpoint);
        let books = self.books.clone();
        self.checkpoint = Some(std::thread::spawn(move || books.complete(begun)));
    }

    /// Ends a checkpoint that has been written; waits for it if `wait`.
    fn finish_checkpoint(&mut self, wait: bool) {
        let ready = self.checkpoint.as_ref().is_some_and(|it| wait || it.is_finished());
        let Some(writing) = (if ready { self.checkpoint.take() } else { None }) else { return };
        let written = writing.join().expect("writing a checkpoint does not panic");
        written.expect("a checkpoint that cannot be written ends the process");
        self.merge_if_due();
    }

    /// Merges beside everything else. What cannot be merged now is tried again after the next
    /// checkpoint.
    fn merge_if_due(&mut self) {
        if self.merge.as_ref().is_none_or(JoinHandle::is_finished) {
            let books = self.books.clone();
            self.merge = Some(std::thread::spawn(move || books.merge()));
        }
    }
}

/// Whether the journal leads up to the books: the last record that they have seen is followed by
/// the same hash here and there.
fn continues(journal: &Reader, store: &Store) -> bool {
    let Some(last) = store.next_position().0.checked_sub(1) else { return true };
    let frame = journal.frames_from(Position(last)).next();
    let ends_so = |it: Frame| it.end().0 == last + 1 && it.chain() == store.chain();
    frame.is_some_and(|it| it.is_ok_and(ends_so))
}

fn answer(replies: Vec<Reply>, answers: Vec<Answered>) {
    let mut answers = answers.into_iter();
    for reply in replies {
        match reply {
            Reply::One(tell) => tell(answers.next().ok_or(NotDone::Unknown)),
            Reply::Many(count, tell) => tell(Ok(answers.by_ref().take(count).collect())),
            Reply::Nobody(count) => drop(answers.by_ref().take(count).count()),
        }
    }
}
