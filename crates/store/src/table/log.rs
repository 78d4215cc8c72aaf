//! Rows that never change once they are there.
//!
//! New rows gather in memory and go to the file in large pieces. A checkpoint syncs the file and
//! remembers how many rows there are. Whatever stands behind them after a crash is written again,
//! with the same bytes: a sector that has both old rows and new ones is written with the old bytes
//! unchanged, so even a torn write leaves them as they were.

use super::{Key, Miss, PAGE, Scratch, damaged, read_page};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

/// Bytes that gather before they are given to the file.
const GATHER: usize = 1 << 20;
/// Bytes at the end of each row: a checksum over the row and its number.
pub(crate) const CHECK: usize = 4;

/// Rows of one size that are only ever added. See the module.
pub struct Log {
    name: String,
    tag: u8,
    row: usize,
    per_page: u64,
    file: Arc<File>,
    /// Rows that the file has.
    flushed: u64,
    /// All rows.
    rows: u64,
    /// The rows that are not flushed, as they will stand on their pages.
    tail: Vec<u8>,
    /// How many of them are on the last page.
    on_page: u64,
    /// The writer's last page from the file.
    last_read: Option<(u64, Box<[u8; PAGE]>)>,
}

impl Log {
    /// Opens the log with so many rows, as a manifest remembers.
    pub fn open(path: &Path, tag: u8, row: usize, rows: u64) -> io::Result<Log> {
        assert!((16..=1_024).contains(&row), "a row has 16 to 1,024 bytes");
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(rows == 0).open(path)?;
        let name = path.display().to_string();
        let per_page = u64::try_from(PAGE / row).map_err(io::Error::other)?;
        // Only whole pages are flushed; the last part of one comes back into memory.
        let mut log = Log {
            name,
            tag,
            row,
            per_page,
            file: Arc::new(file),
            flushed: rows - rows % per_page,
            rows,
            tail: Vec::new(),
            on_page: rows % per_page,
            last_read: None,
        };
        if rows > log.flushed {
            let mut bytes = Box::new([0; PAGE]);
            read_page(&log.file, &mut bytes, offset(log.flushed / per_page))?;
            let left = usize::try_from(rows - log.flushed).map_err(io::Error::other)?;
            log.tail.extend_from_slice(&bytes[..left * row]);
        }
        Ok(log)
    }

    /// How many rows there are.
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a row, whose last bytes become its checksum. Returns the row as it is kept.
    pub fn push(&mut self, row: &[u8]) -> &[u8] {
        debug_assert_eq!(row.len(), self.row);
        let number = self.rows;
        if self.on_page == self.per_page {
            self.tail.resize(self.tail.len().next_multiple_of(PAGE), 0);
            self.on_page = 0;
        }
        let begin = self.tail.len();
        self.tail.extend_from_slice(row);
        let (content, check) = self.tail[begin..].split_at_mut(row.len() - CHECK);
        check.copy_from_slice(&sum(content, number));
        self.rows += 1;
        self.on_page += 1;
        if self.tail.len() >= GATHER {
            self.flush().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        }
        // A flush keeps at least the last row.
        &self.tail[self.tail.len() - self.row..]
    }

    /// Gives whole pages to the file, and keeps at least the last row.
    fn flush(&mut self) -> io::Result<()> {
        let pages = (self.tail.len() - 1) / PAGE;
        self.file.write_all_at(&self.tail[..pages * PAGE], offset(self.flushed / self.per_page))?;
        self.tail.drain(..pages * PAGE);
        self.flushed += u64::try_from(pages).map_err(io::Error::other)? * self.per_page;
        Ok(())
    }

    /// The row, for the writer.
    ///
    /// # Panics
    /// If the disk fails or the row is damaged: the writer cannot go on.
    pub fn get(&mut self, number: u64) -> Option<&[u8]> {
        if number >= self.len() {
            return None;
        }
        if number >= self.flushed {
            return self.in_tail(number);
        }
        let page = number / self.per_page;
        if self.last_read.as_ref().is_none_or(|(it, _)| *it != page) {
            let mut bytes = Box::new([0; PAGE]);
            let read = read_page(&self.file, &mut bytes, offset(page));
            read.unwrap_or_else(|error| panic!("{}: {error}", self.name));
            self.last_read = Some((page, bytes));
        }
        let (_, bytes) = self.last_read.as_ref()?;
        let row = self.within(bytes, number);
        assert!(self.sound(row, number), "{}", damaged(&self.name, "row", number));
        Some(row)
    }

    /// The row, for a reader under a shared lock.
    pub fn peek<'a>(&'a self, number: u64, scratch: &'a Scratch) -> Result<Option<&'a [u8]>, Miss> {
        if number >= self.len() {
            return Ok(None);
        }
        if number >= self.flushed {
            return Ok(self.in_tail(number));
        }
        let page = number / self.per_page;
        let key = Key { tag: self.tag, page, generation: 0 };
        match scratch.find(key).map(|bytes| self.within(bytes, number)) {
            Some(row) if self.sound(row, number) => Ok(Some(row)),
            // The page was loaded before this row was flushed to it, or is damaged.
            Some(_) | None => Err(Miss { file: self.file.clone(), offset: offset(page), key }),
        }
    }

    fn in_tail(&self, number: u64) -> Option<&[u8]> {
        let (page, row) = ((number - self.flushed) / self.per_page, number % self.per_page);
        let at = usize::try_from(page).ok()? * PAGE + usize::try_from(row).ok()? * self.row;
        self.tail.get(at..at + self.row)
    }

    fn within<'a>(&self, bytes: &'a [u8; PAGE], number: u64) -> &'a [u8] {
        let at = usize::try_from(number % self.per_page).expect("a page has few rows") * self.row;
        &bytes[at..at + self.row]
    }

    fn sound(&self, row: &[u8], number: u64) -> bool {
        let (content, check) = row.split_at(self.row - CHECK);
        check == sum(content, number)
    }

    /// Begins a checkpoint of the log as it is now: what is in memory goes to the file.
    pub fn freeze(&mut self) -> io::Result<FrozenLog> {
        // What is behind the last row is not written with it: no row is read from there before it
        // is written in full.
        self.file.write_all_at(&self.tail, offset(self.flushed / self.per_page))?;
        Ok(FrozenLog { file: self.file.clone(), rows: self.len() })
    }

    /// Shows every row in order.
    pub fn for_each(&self, mut show: impl FnMut(u64, &[u8])) -> io::Result<()> {
        let mut bytes = Box::new([0; PAGE]);
        for number in 0..self.flushed {
            if number % self.per_page == 0 {
                read_page(&self.file, &mut bytes, offset(number / self.per_page))?;
            }
            let row = self.within(&bytes, number);
            if !self.sound(row, number) {
                return Err(damaged(&self.name, "row", number));
            }
            show(number, row);
        }
        for number in self.flushed..self.rows {
            show(number, self.in_tail(number).expect("what is not flushed is in memory"));
        }
        Ok(())
    }
}

fn offset(page: u64) -> u64 {
    page.saturating_mul(PAGE as u64)
}

fn sum(content: &[u8], number: u64) -> [u8; CHECK] {
    crc32c::crc32c_append(crc32c::crc32c(content), &number.to_le_bytes()).to_le_bytes()
}

/// A log at one moment.
pub struct FrozenLog {
    file: Arc<File>,
    rows: u64,
}

impl FrozenLog {
    /// Syncs; belongs in the background. After an error the checkpoint must be given up, and with
    /// it the process.
    pub fn write(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// What the manifest has to remember.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}
