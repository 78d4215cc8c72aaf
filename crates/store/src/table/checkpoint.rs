//! A table at one moment, on its way to the disk while the table goes on.
//!
//! The writer waits for none of this. [`Table::freeze`] only ends an epoch. Then, under the
//! readers' lock and a few pages at a time, [`FrozenTable::gather`] collects the pages that were
//! changed until then. The writer may change one of them first: it then sends the page as it was,
//! and goes on with a copy. So each page either still has the frozen epoch on it or has been sent,
//! and when the last has been looked at, the checkpoint has all of them.

use super::page::{PAGE, Page, Place, RowFile, TableState, narrow, seal, wide};
use super::paged::Table;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Pages that are gathered at once: some 50 microseconds, for which the writer may have to wait.
const GATHER: usize = if cfg!(test) { 8 } else { 512 };
/// Bytes that are written at once, if they stand together.
const RUN: usize = if cfg!(test) { 3 * PAGE } else { 256 << 10 };
/// Bytes after which the disk gets time to catch up, so that the journal's own syncs do not have to
/// wait for a whole checkpoint.
const SYNC: usize = if cfg!(test) { 64 * PAGE } else { 16 << 20 };

/// What the table remembers of the checkpoint that is being written.
pub(super) struct Writing {
    sender: Sender<(u32, Arc<Page>)>,
    gathered: Arc<AtomicBool>,
}

impl Writing {
    /// Sends the page as it is, because it will change.
    pub(super) fn keep(&self, page: usize, bytes: &Arc<Page>) {
        if !self.gathered.load(Relaxed) {
            let page = u32::try_from(page).expect("a table has fewer than 2^32 pages");
            // A checkpoint that was given up listens no more, and never will be committed.
            let _ = self.sender.send((page, bytes.clone()));
        }
    }
}

/// The changed pages of a table at one moment. The table goes on meanwhile.
pub struct FrozenTable {
    file: Arc<RowFile>,
    state: Arc<TableState>,
    epoch: u32,
    /// The pages that were changed, and how many of them have been looked at.
    changed: Vec<u32>,
    looked_at: usize,
    pages: Vec<(u32, Arc<Page>)>,
    sent: Receiver<(u32, Arc<Page>)>,
    gathered: Arc<AtomicBool>,
}

impl FrozenTable {
    pub(super) fn begin(
        file: Arc<RowFile>,
        state: Arc<TableState>,
        epoch: u32,
        changed: Vec<u32>,
    ) -> (Writing, FrozenTable) {
        let (sender, sent) = channel();
        let gathered = Arc::new(AtomicBool::new(false));
        let writing = Writing { sender, gathered: gathered.clone() };
        let (looked_at, pages) = (0, Vec::new());
        let frozen = FrozenTable { file, state, epoch, changed, looked_at, pages, sent, gathered };
        (writing, frozen)
    }

    /// Gathers some of the pages; to be called under the readers' lock, taken anew each time, until
    /// it says that it has all of them.
    pub fn gather(&mut self, table: &Table) -> bool {
        assert!(table.has(&self.file), "pages are gathered from the table that was frozen");
        let end = self.changed.len().min(self.looked_at + GATHER);
        for page in &self.changed[self.looked_at..end] {
            let bytes = table.as_of(self.epoch, narrow(u64::from(*page)));
            self.pages.extend(bytes.map(|it| (*page, it)));
        }
        self.looked_at = end;
        if end == self.changed.len() && !self.gathered.load(Relaxed) {
            self.pages.extend(self.sent.try_iter());
            self.gathered.store(true, Relaxed);
        }
        end == self.changed.len()
    }

    /// Writes the pages beside those that are current, and syncs; belongs in the background.
    ///
    /// After an error the process has to end. What a failed sync leaves on the disk is unknown, and
    /// trying again may succeed without having written anything. Until then the table goes on in
    /// memory, and a restart finds the checkpoint before.
    pub fn write(self) -> io::Result<WrittenTable> {
        assert!(self.gathered.load(Relaxed), "a checkpoint is written when it has all pages");
        let mut pages = self.pages;
        // A page may have been gathered first and sent later; it is the same page.
        pages.sort_unstable_by_key(|(page, _)| *page);
        pages.dedup_by_key(|(page, _)| *page);
        assert_eq!(pages.len(), self.changed.len(), "every changed page is gathered or sent");
        let mut state = TableState::clone(&self.state);
        let mut run = Run { file: &self.file, bytes: Vec::with_capacity(RUN), at: 0, unsynced: 0 };
        for (page, bytes) in pages {
            let page = narrow(u64::from(page));
            let place = Place::beside(state.place(page));
            state.set(page, place);
            run.add(page, place, &bytes)?;
        }
        run.write()?;
        run.sync()?;
        Ok(WrittenTable { epoch: self.epoch, state: Arc::new(state) })
    }
}

/// Pages that stand together in the file.
struct Run<'a> {
    file: &'a RowFile,
    bytes: Vec<u8>,
    at: u64,
    unsynced: usize,
}

impl Run<'_> {
    fn add(&mut self, page: usize, place: Place, bytes: &Page) -> io::Result<()> {
        let offset = place.offset(page);
        let next = self.at + wide(self.bytes.len());
        if offset != next || self.bytes.len() >= RUN {
            self.write()?;
            self.at = offset;
        }
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(&bytes.0);
        seal(&mut self.bytes[begin..begin + PAGE], self.file.tag, page);
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        if !self.bytes.is_empty() {
            self.file.write(&self.bytes, self.at)?;
            self.unsynced += self.bytes.len();
            self.bytes.clear();
        }
        if self.unsynced >= SYNC { self.sync() } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.unsynced > 0 {
            self.file.sync()?;
            self.unsynced = 0;
        }
        Ok(())
    }
}

/// A table whose changed pages are on the disk, beside those of the checkpoint before.
pub struct WrittenTable {
    pub(super) epoch: u32,
    pub(super) state: Arc<TableState>,
}

impl WrittenTable {
    /// What the manifest has to remember.
    pub fn state(&self) -> &TableState {
        &self.state
    }
}
