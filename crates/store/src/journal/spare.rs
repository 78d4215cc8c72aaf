//! The segment after this one, which is filled with zeros in the background long before it is
//! needed.

use super::JournalError;
use super::disk::{Disk, DiskFile};
use super::segment::SPARE;
use std::io;
use std::mem::replace;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// See the module.
pub(super) struct Spare {
    disk: Arc<dyn Disk>,
    size: u64,
    reserve: u64,
    slot: Arc<Slot>,
}

#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    None,
    Preparing,
    Ready(Arc<dyn DiskFile>),
    Failed(io::Error),
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn become_(&self, state: State) {
        *self.lock() = state;
        self.changed.notify_all();
    }

    /// The state when nothing is being prepared.
    fn settled(&self) -> MutexGuard<'_, State> {
        let settled = self.changed.wait_while(self.lock(), |it| matches!(it, State::Preparing));
        settled.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells whoever waits, even if the work is dropped or panics.
struct Promise {
    slot: Arc<Slot>,
    outcome: State,
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.slot.become_(replace(&mut self.outcome, State::None));
    }
}

impl Spare {
    pub(super) fn new(disk: Arc<dyn Disk>, size: u64, reserve: u64) -> Spare {
        Spare { disk, size, reserve, slot: Arc::default() }
    }

    /// Begins to prepare a segment, unless there is one or there is no space for one.
    pub(super) fn begin(&self) -> Result<(), JournalError> {
        {
            let mut state = self.slot.lock();
            if matches!(*state, State::Preparing | State::Ready(_)) {
                return Ok(());
            }
            if self.disk.free()? < self.reserve.saturating_add(self.size) {
                return Err(JournalError::Full);
            }
            *state = State::Preparing;
        }
        let disk = self.disk.clone();
        let size = self.size;
        let nobody = State::Failed(io::Error::other("the spare segment was not prepared"));
        let promise = Promise { slot: self.slot.clone(), outcome: nobody };
        self.disk.in_background(Box::new(move || {
            // All of it belongs to the job, so that it is kept when the job ends, or is dropped.
            let mut promise = promise;
            promise.outcome = match disk.create(SPARE, size) {
                Ok(file) => State::Ready(file),
                Err(error) => {
                    // What was filled is given back: others need the space too.
                    let _ = disk.remove(SPARE);
                    State::Failed(error)
                }
            };
        }));
        Ok(())
    }

    /// Whether a segment is ready, or will be.
    pub(super) fn is_coming(&self) -> bool {
        matches!(*self.slot.lock(), State::Preparing | State::Ready(_))
    }

    /// The prepared file, for which this waits. `Full` if there is no space for one.
    pub(super) fn take(&self) -> Result<Arc<dyn DiskFile>, JournalError> {
        // An attempt that failed is no answer: there may be space by now. One that fails now is.
        for attempt in 0..2 {
            self.begin()?;
            match replace(&mut *self.slot.settled(), State::None) {
                State::Ready(file) => return Ok(file),
                State::Failed(error) if attempt == 1 => return Err(no_space_or_failed(error)),
                State::Failed(_) | State::None | State::Preparing => {}
            }
        }
        Err(JournalError::Full)
    }
}

/// What it means that a file could not be made.
pub(super) fn no_space_or_failed(error: io::Error) -> JournalError {
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
    if full.contains(&error.kind()) { JournalError::Full } else { JournalError::Io(error) }
}

impl Drop for Spare {
    fn drop(&mut self) {
        // Whoever opens the journal next must not meet the thread that fills the file.
        drop(self.slot.settled());
    }
}
