//! Rows that change.

use super::{Key, Miss, PAGE, PageBytes, Scratch, damaged, read_page};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Bytes at the end of a page: its checksum, its table and its number.
const TRAILER: usize = 16;
/// Rows are read in place; this one is read where nothing was ever written.
static EMPTY: [u8; PAGE] = [0; PAGE];
/// Slots that are looked at for something to evict before the budget is exceeded instead.
const CLOCK_STEPS: usize = 4_096;
/// How often that many are looked at when a checkpoint ends. The writer waits for it: a few
/// milliseconds at most.
const SWEEPS_PER_COMMIT: usize = 8;

/// How many pages all tables of a cell may keep in memory.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    used: AtomicUsize,
}

impl Budget {
    /// So many bytes of pages.
    pub fn new(bytes: usize) -> Arc<Budget> {
        Arc::new(Budget { limit: (bytes / PAGE).max(64), used: AtomicUsize::new(0) })
    }

    /// Pages in memory.
    pub fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    /// Pages that may be in memory.
    pub fn limit(&self) -> usize {
        self.limit
    }
}

#[derive(Default)]
struct Slot {
    page: Option<Arc<PageBytes>>,
    /// How often the page changed its place.
    generation: u32,
    /// Changed since it was last frozen.
    dirty: bool,
    /// Part of the checkpoint that is being written.
    frozen: bool,
    /// Which of its two places is current.
    second: bool,
    /// Used since the clock last came by.
    touched: AtomicBool,
}

/// What a manifest has to remember of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableState {
    /// For each page, one bit: whether its second place is current.
    pub places: Vec<u8>,
}

/// Rows of one size that change. See the module.
pub struct Table {
    name: String,
    tag: u8,
    row: usize,
    per_page: u64,
    file: Arc<File>,
    slots: Vec<Slot>,
    dirty: Vec<usize>,
    budget: Arc<Budget>,
    hand: usize,
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
        assert!((16..=1_024).contains(&row), "a row has 16 to 1,024 bytes");
        let fresh = state.places.is_empty();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(fresh);
        let slots = (0..state.places.len() * 8).map(|page| Slot {
            second: state.places[page / 8] >> (page % 8) & 1 == 1,
            ..Slot::default()
        });
        let per_page = u64::try_from((PAGE - TRAILER) / row).map_err(io::Error::other)?;
        Ok(Table {
            name: path.display().to_string(),
            tag,
            row,
            per_page,
            file: Arc::new(options.open(path)?),
            slots: slots.collect(),
            dirty: Vec::new(),
            budget,
            hand: 0,
        })
    }

    fn place(&self, number: u64) -> (usize, usize) {
        let page = usize::try_from(number / self.per_page).expect("row numbers have 48 bits");
        let within = usize::try_from(number % self.per_page).expect("a page has few rows");
        (page, within * self.row)
    }

    pub(super) fn offset(page: usize, second: bool) -> u64 {
        let place = 2 * page + usize::from(second);
        u64::try_from(place).expect("page numbers fit").saturating_mul(PAGE as u64)
    }

    /// The row, for the writer: read from the disk if it must be. Zeros if it was never written.
    ///
    /// # Panics
    /// If the disk fails or the page is damaged: the writer cannot go on.
    pub fn get(&mut self, number: u64) -> &[u8] {
        let (page, at) = self.place(number);
        if page >= self.slots.len() {
            return &EMPTY[..self.row];
        }
        self.load(page);
        let bytes = self.slots[page].page.as_ref().expect("it was loaded just now");
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
        self.load(page);
        let slot = &mut self.slots[page];
        // A page that a checkpoint is writing is shared with it, and copied here.
        let bytes = Arc::make_mut(slot.page.as_mut().expect("it was loaded just now"));
        bytes.0[at..at + self.row].copy_from_slice(row);
        if !slot.dirty {
            slot.dirty = true;
            self.dirty.push(page);
        }
    }

    /// The row, for a reader under a shared lock.
    pub fn peek<'a>(&'a self, number: u64, scratch: &'a Scratch) -> Result<&'a [u8], Miss> {
        let (page, at) = self.place(number);
        let Some(slot) = self.slots.get(page) else { return Ok(&EMPTY[..self.row]) };
        if let Some(bytes) = &slot.page {
            slot.touched.store(true, Relaxed);
            return Ok(&bytes.0[at..at + self.row]);
        }
        let key = self.key(page, slot);
        let offset = Table::offset(page, slot.second);
        match scratch.find(key) {
            Some(bytes) if self.sound(page, bytes) => Ok(&bytes[at..at + self.row]),
            // A damaged page is met again and again by readers; the writer and `verify` name it.
            Some(_) | None => Err(Miss { file: self.file.clone(), offset, key }),
        }
    }

    fn key(&self, page: usize, slot: &Slot) -> Key {
        let page = u64::try_from(page).expect("page numbers fit");
        Key { tag: self.tag, page, generation: slot.generation }
    }

    fn load(&mut self, page: usize) {
        let slot = &mut self.slots[page];
        slot.touched.store(true, Relaxed);
        if slot.page.is_some() {
            return;
        }
        if self.budget.used() >= self.budget.limit {
            self.evict();
        }
        let second = self.slots[page].second;
        let bytes = self.read(page, second).unwrap_or_else(|error| panic!("{error}"));
        self.slots[page].page = Some(Arc::new(PageBytes(*bytes)));
        self.budget.used.fetch_add(1, Relaxed);
    }

    fn read(&self, page: usize, second: bool) -> io::Result<Box<[u8; PAGE]>> {
        let mut bytes = Box::new([0; PAGE]);
        read_page(&self.file, &mut bytes, Table::offset(page, second))?;
        if self.sound(page, &bytes) {
            return Ok(bytes);
        }
        Err(damaged(&self.name, "page", u64::try_from(page).unwrap_or(u64::MAX)))
    }

    /// Whether a page is what was written, or was never written.
    fn sound(&self, page: usize, bytes: &[u8; PAGE]) -> bool {
        let (rows, trailer) = bytes.split_at(PAGE - TRAILER);
        trailer == stamp(self.tag, page, rows) || *bytes == EMPTY
    }

    /// Gives up the memory of a page that is not needed, by second chance.
    fn evict(&mut self) {
        for _ in 0..CLOCK_STEPS.min(2 * self.slots.len()) {
            self.hand = (self.hand + 1) % self.slots.len();
            let slot = &mut self.slots[self.hand];
            let idle = slot.page.is_some() && !slot.dirty && !slot.frozen;
            if idle && !slot.touched.swap(false, Relaxed) {
                slot.page = None;
                if self.budget.used.fetch_sub(1, Relaxed) <= self.budget.limit {
                    return;
                }
            }
        }
    }

    /// Pages that a checkpoint would write now.
    pub fn dirty_pages(&self) -> usize {
        self.dirty.len()
    }

    /// Begins a checkpoint of the table as it is now. One at a time.
    pub fn freeze(&mut self) -> FrozenTable {
        let mut pages = std::mem::take(&mut self.dirty);
        pages.sort_unstable();
        let mut places = vec![0; self.slots.len().div_ceil(8)];
        for (page, slot) in self.slots.iter().enumerate() {
            places[page / 8] |= u8::from(slot.second) << (page % 8);
        }
        let frozen = pages.iter().map(|page| {
            let slot = &mut self.slots[*page];
            slot.dirty = false;
            slot.frozen = true;
            places[page / 8] ^= 1 << (page % 8);
            let bytes = slot.page.clone().expect("changed pages stay in memory");
            (*page, !slot.second, bytes)
        });
        let pages = frozen.collect();
        FrozenTable { tag: self.tag, file: self.file.clone(), pages, state: TableState { places } }
    }

    /// Ends a checkpoint whose state is remembered by a durable manifest.
    pub fn commit(&mut self, written: FrozenTable) {
        for (page, second, _) in written.pages {
            let slot = &mut self.slots[page];
            slot.second = second;
            slot.generation = slot.generation.wrapping_add(1);
            slot.frozen = false;
        }
        // What grew beyond the budget while nothing could be given up shrinks again.
        for _ in 0..SWEEPS_PER_COMMIT {
            if self.budget.used() > self.budget.limit {
                self.evict();
            }
        }
    }

    /// Shows every row that was ever written, or may have been, in order.
    pub fn for_each(&self, mut show: impl FnMut(u64, &[u8])) -> io::Result<()> {
        let per_page = usize::try_from(self.per_page).map_err(io::Error::other)?;
        for (page, slot) in self.slots.iter().enumerate() {
            let read;
            let bytes = if let Some(bytes) = &slot.page {
                &bytes.0
            } else {
                read = self.read(page, slot.second)?;
                &*read
            };
            if *bytes == EMPTY {
                continue;
            }
            let first = u64::try_from(page).map_err(io::Error::other)? * self.per_page;
            for (number, row) in (first..).zip(bytes.chunks_exact(self.row).take(per_page)) {
                show(number, row);
            }
        }
        Ok(())
    }
}

/// The last bytes of a page.
fn stamp(tag: u8, page: usize, rows: &[u8]) -> [u8; TRAILER] {
    let mut trailer = [0; TRAILER];
    let page = u64::try_from(page).expect("page numbers fit");
    trailer[0] = tag;
    trailer[4..12].copy_from_slice(&page.to_le_bytes());
    let sum = crc32c::crc32c_append(crc32c::crc32c(rows), &trailer[..12]);
    trailer[12..].copy_from_slice(&sum.to_le_bytes());
    trailer
}

/// The changed pages of a table at one moment. The table goes on meanwhile.
pub struct FrozenTable {
    tag: u8,
    file: Arc<File>,
    /// A page, the place it goes to, and what is in it.
    pub(super) pages: Vec<(usize, bool, Arc<PageBytes>)>,
    state: TableState,
}

impl FrozenTable {
    /// Writes and syncs; belongs in the background. After an error the checkpoint must be given up,
    /// and with it the process: pages that are neither here nor there cannot be given back.
    pub fn write(&self) -> io::Result<()> {
        for (page, second, bytes) in &self.pages {
            let mut stamped = bytes.0;
            let (rows, trailer) = stamped.split_at_mut(PAGE - TRAILER);
            trailer.copy_from_slice(&stamp(self.tag, *page, rows));
            self.file.write_all_at(&stamped, Table::offset(*page, *second))?;
        }
        if self.pages.is_empty() { Ok(()) } else { self.file.sync_data() }
    }

    /// What the manifest has to remember.
    pub fn state(&self) -> &TableState {
        &self.state
    }
}
