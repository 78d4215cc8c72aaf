//! The lock around the books of a cell, and who holds it for how long: the writer for a turn of
//! records, readers for a moment, and nobody while reading a disk.

use super::{Checkpoint, Miss, Store, View};
use crate::table::Scratch;
use ledger::id::Position;
use ledger::time::Time;
use std::io;
use std::sync::{PoisonError, RwLock};

/// Pages that one look may need. More are a sign of a page that never becomes readable.
const MISSES_MAX: usize = 100_000;

/// Where the books stood when they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The position of the next record: everything before it has been applied.
    pub position: Position,
    /// The journal's time.
    pub time: Time,
}

/// The books of one cell, for one writer and any number of readers.
pub struct Cell {
    store: RwLock<Store>,
}

impl Cell {
    /// The cell with these books.
    pub fn new(store: Store) -> Cell {
        Cell { store: RwLock::new(store) }
    }

    /// Looks at the books at one position. `look` may run several times, because what it misses is
    /// read from the disk without holding the lock: it must only look.
    pub fn read<T>(
        &self,
        mut look: impl FnMut(&View<'_>) -> Result<T, Miss>,
    ) -> io::Result<(T, At)> {
        let mut scratch = Scratch::default();
        for _ in 0..MISSES_MAX {
            let miss = {
                let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
                let at = At { position: store.next_position(), time: store.time };
                match look(&View { store: &store, scratch: &scratch }) {
                    Ok(seen) => return Ok((seen, at)),
                    Err(Miss::Page(miss)) => miss,
                    Err(Miss::Failed(error)) => return Err(error),
                }
            };
            miss.load(&mut scratch)?;
        }
        Err(io::Error::other("a page of the books cannot be read; see `danbao verify`"))
    }

    /// Changes the books. Only the cell's one writer does.
    pub fn write<T>(&self, change: impl FnOnce(&mut Store) -> T) -> T {
        change(&mut self.store.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a checkpoint durable that the writer has begun; belongs in the background. After an
    /// error the process must end: what is half written cannot be taken back.
    pub fn complete(&self, mut checkpoint: Checkpoint) -> io::Result<()> {
        // The lock is let go between any two steps, so that the writer waits for one of them at
        // most.
        while !checkpoint.gather(&self.store.read().unwrap_or_else(PoisonError::into_inner)) {}
        let rows = checkpoint.write()?;
        let named = self.write(|store| store.adopt(rows));
        named.write()?;
        self.write(|store| store.conclude(&named)).delete()
    }

    /// Merges runs of the indexes, if enough have come together; belongs in the background. It may
    /// take as long as a few checkpoints, and goes on beside them. An error, such as a full disk,
    /// leaves everything as it was.
    pub fn merge(&self) -> io::Result<()> {
        let planned = self.write(Store::plan_merges);
        let merged = planned.run()?;
        self.write(|store| store.adopt_merges(merged));
        Ok(())
    }
}
