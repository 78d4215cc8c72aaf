//! Rows that change.

use super::budget::Budget;
use super::checkpoint::{FrozenTable, Writing, WrittenTable};
use super::miss::{Miss, Part, Scratch};
use super::page::{EMPTY, PAGE, Page, Place, RowFile, TRAILER, TableState, is_sound, narrow, wide};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Pages that are looked at for one to evict before the budget is exceeded instead.
const CLOCK_STEPS: usize = 64;
/// Pages that are given back at most in one go, because the writer waits for it.
const GIVEN_BACK_MAX: usize = 256;

#[derive(Default)]
struct Slot {
    page: Option<Arc<Page>>,
    /// The epoch in which it was last changed, 0 if not since the table was opened.
    changed: u32,
    /// Used since the clock last came by.
    touched: AtomicBool,
}

/// Rows of one size that change. See the module.
///
/// An *epoch* is the time from one freeze to the next. A page that was changed in an epoch after
/// that of the last commit is in memory and stays there. All others are on the disk, where `state`
/// says, and in memory only to be found faster.
pub struct Table {
    file: Arc<RowFile>,
    row: usize,
    per_page: u64,
    slots: Vec<Slot>,
    /// The pages in memory, in no order: the dial of the clock.
    resident: Vec<u32>,
    hand: usize,
    budget: Arc<Budget>,
    state: Arc<TableState>,
    epoch: u32,
    /// The last epoch that is on the disk.
    committed: u32,
    /// Pages that were changed in this epoch.
    dirty: Vec<u32>,
    /// How many pages were changed since the last epoch that is on the disk.
    kept: usize,
    writing: Option<Writing>,
}

impl Table {
    /// Opens the table as a manifest remembers it; with the default state, it is empty.
    pub fn open(
        path: &Path,
        tag: u8,
        row: usize,
        state: &TableState,
        budget: Arc<Budget>,
    ) -> io::Result<Table> {
        let file = RowFile::open(path, tag, row, state.places.is_empty())?;
        let mut slots = Vec::new();
        slots.resize_with(state.pages(), Slot::default);
        Ok(Table {
            file: Arc::new(file),
            row,
            per_page: wide((PAGE - TRAILER) / row),
            slots,
            resident: Vec::new(),
            hand: 0,
            budget,
            state: Arc::new(state.clone()),
            epoch: 1,
            committed: 0,
            dirty: Vec::new(),
            kept: 0,
            writing: None,
        })
    }

    fn place(&self, number: u64) -> (usize, usize) {
        let within = narrow(number % self.per_page);
        (narrow(number / self.per_page), within * self.row)
    }

    /// The row, for the writer: read from the disk if it must be. Zeros if it was never written.
    ///
    /// # Panics
    /// If the disk fails or the page is damaged: the writer cannot go on.
    pub fn get(&mut self, number: u64) -> &[u8] {
        let (page, at) = self.place(number);
        let empty = match self.slots.get(page) {
            None => true,
            Some(slot) => slot.page.is_none() && !self.load(page),
        };
        if empty {
            return &EMPTY.0[..self.row];
        }
        let slot = &mut self.slots[page];
        *slot.touched.get_mut() = true;
        let bytes = slot.page.as_ref().expect("it is in memory or was loaded just now");
        &bytes.0[at..at + self.row]
    }

    /// Writes a row.
    ///
    /// # Panics
    /// As [`Table::get`].
    pub fn put(&mut self, number: u64, row: &[u8]) {
        let (page, at) = self.place(number);
        if page >= self.slots.len() {
            self.slots.resize_with(page + 1, Slot::default);
        }
        if self.slots[page].page.is_none() && !self.load(page) {
            self.admit(page, Arc::new(EMPTY.clone()));
        }
        if self.slots[page].changed != self.epoch {
            self.note_change(page);
        }
        let slot = &mut self.slots[page];
        *slot.touched.get_mut() = true;
        // What a checkpoint has yet to write is shared with it, and copied here.
        let bytes = Arc::make_mut(slot.page.as_mut().expect("it was loaded just now"));
        bytes.0[at..at + self.row].copy_from_slice(row);
    }

    /// The row, for a reader under a shared lock.
    pub fn peek<'a>(&'a self, number: u64, scratch: &'a Scratch) -> Result<&'a [u8], Miss> {
        let (page, at) = self.place(number);
        let row = at..at + self.row;
        let Some(slot) = self.slots.get(page) else { return Ok(&EMPTY.0[..self.row]) };
        if let Some(bytes) = &slot.page {
            if !slot.touched.load(Relaxed) {
                slot.touched.store(true, Relaxed);
            }
            return Ok(&bytes.0[row]);
        }
        let Some(place) = self.state.place(page) else { return Ok(&EMPTY.0[..self.row]) };
        let loaded = scratch.page(&self.file, page, slot.changed);
        if let Some(Ok(bytes)) = loaded {
            return Ok(&bytes[row]);
        }
        let part = Part::Page { page, place, changed: slot.changed };
        Err(Miss { file: self.file.clone(), part, damaged: loaded.is_some() })
    }

    /// Brings a page into memory that is not there; `false` if it was never written.
    fn load(&mut self, page: usize) -> bool {
        let Some(place) = self.state.place(page) else { return false };
        let bytes = self.read(page, place).unwrap_or_else(|error| panic!("{error}"));
        self.admit(page, bytes);
        true
    }

    fn read(&self, page: usize, place: Place) -> io::Result<Arc<Page>> {
        let mut bytes = EMPTY.clone();
        self.file.read(&mut bytes.0, place.offset(page))?;
        if is_sound(&bytes, self.file.tag, page) {
            return Ok(Arc::new(bytes));
        }
        Err(self.file.damaged("page", wide(page)))
    }

    /// Takes a page into memory, instead of another one if there is no room.
    fn admit(&mut self, page: usize, bytes: Arc<Page>) {
        if self.budget.used() > self.budget.limit() {
            // It was exceeded for a while; one page more goes with each that comes.
            self.give_back(1);
        }
        let entry = u32::try_from(page).expect("a table has fewer than 2^32 pages");
        let full = self.budget.used() >= self.budget.limit();
        if let Some(at) = if full { self.idle_page() } else { None } {
            let old = std::mem::replace(&mut self.resident[at], entry);
            self.slots[slot_of(old)].page = None;
        } else {
            self.resident.push(entry);
            self.budget.take();
        }
        self.slots[page].page = Some(bytes);
    }

    /// A page that need not stay in memory, by second chance: where it is on the dial.
    fn idle_page(&mut self) -> Option<usize> {
        if self.resident.len() <= self.kept {
            return None;
        }
        for _ in 0..CLOCK_STEPS.min(2 * self.resident.len()) {
            let at = if self.hand < self.resident.len() { self.hand } else { 0 };
            self.hand = at + 1;
            let slot = &mut self.slots[slot_of(self.resident[at])];
            if slot.changed <= self.committed && !std::mem::take(slot.touched.get_mut()) {
                return Some(at);
            }
        }
        None
    }

    fn give_back(&mut self, pages: usize) {
        for _ in 0..pages {
            let Some(at) = self.idle_page() else { return };
            let old = self.resident.swap_remove(at);
            self.slots[slot_of(old)].page = None;
            self.budget.give_back(1);
        }
    }

    /// Gives back this table's share of the pages that are missing in the budget.
    ///
    /// A table that runs out of budget evicts pages of its own, and cannot reach those of others.
    /// So whoever has all tables calls this on each, every so often while [`Budget::is_short`]:
    /// then the pages that stay are those in use, whichever table came first.
    pub fn relieve(&mut self) {
        self.give_back(self.budget.share_of(self.resident.len()).min(GIVEN_BACK_MAX));
    }

    /// Pages in memory.
    pub fn cached_pages(&self) -> usize {
        self.resident.len()
    }

    /// Pages that have to stay in memory until they are committed.
    pub fn dirty_pages(&self) -> usize {
        self.kept
    }

    /// Notes the first change of a page in this epoch, before it is made.
    fn note_change(&mut self, page: usize) {
        let slot = &mut self.slots[page];
        if slot.changed <= self.committed {
            self.kept += 1;
        } else if let (Some(writing), Some(bytes)) = (&self.writing, &slot.page) {
            writing.keep(page, bytes);
        }
        slot.changed = self.epoch;
        self.dirty.push(u32::try_from(page).expect("a table has fewer than 2^32 pages"));
    }

    /// Begins a checkpoint of the table as it is now. One at a time. Takes no time: what belongs to
    /// it is collected by [`FrozenTable::gather`].
    pub fn freeze(&mut self) -> FrozenTable {
        assert!(self.writing.is_none(), "a checkpoint begins when the one before is committed");
        let pages = std::mem::take(&mut self.dirty);
        let (writing, frozen) =
            FrozenTable::begin(self.file.clone(), self.state.clone(), self.epoch, pages);
        self.writing = Some(writing);
        self.epoch += 1;
        frozen
    }

    /// The page as it was when the epoch ended, unless it was changed since.
    pub(super) fn as_of(&self, epoch: u32, page: usize) -> Option<Arc<Page>> {
        let slot = self.slots.get(page).filter(|it| it.changed == epoch)?;
        slot.page.clone()
    }

    /// Whether this is the file of this table.
    pub(super) fn has(&self, file: &Arc<RowFile>) -> bool {
        Arc::ptr_eq(&self.file, file)
    }

    /// Ends a checkpoint. To be called when a manifest with [`WrittenTable::state`] is durable, and
    /// not before: the next checkpoint writes over what the manifest before needs.
    pub fn commit(&mut self, written: WrittenTable) {
        assert!(self.writing.is_some(), "this is not the checkpoint that was begun");
        assert_eq!(written.epoch + 1, self.epoch, "this is not the checkpoint that was begun");
        self.writing = None;
        self.committed = written.epoch;
        self.state = written.state;
        self.kept = self.dirty.len();
    }

    /// Shows the rows of every page that was ever written, in order. Leaves the memory as it is.
    pub fn for_each(&self, mut show: impl FnMut(u64, &[u8])) -> io::Result<()> {
        for (page, slot) in self.slots.iter().enumerate() {
            let bytes = match (&slot.page, self.state.place(page)) {
                (Some(bytes), _) => bytes.clone(),
                (None, Some(place)) => self.read(page, place)?,
                (None, None) => continue,
            };
            let first = wide(page) * self.per_page;
            let rows = bytes.0.chunks_exact(self.row).take(narrow(self.per_page));
            for (number, row) in (first..).zip(rows) {
                show(number, row);
            }
        }
        Ok(())
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.budget.give_back(self.resident.len());
    }
}

fn slot_of(page: u32) -> usize {
    narrow(u64::from(page))
}
