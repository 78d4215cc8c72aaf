//! Rows that never change once they are there.
//!
//! New rows gather in memory and go to the file in large pieces. A checkpoint syncs the file and
//! its manifest remembers how many rows there are; whatever stands behind them after a crash is
//! overwritten.
//!
//! The first row after a checkpoint seldom begins with a disk sector. Writing it writes the end of
//! the row before again, with the bytes that are there already: whichever part of a torn sector is
//! old and whichever is new, the old rows come out the same. For the same reason a checkpoint may
//! write the gathered rows while the writer, running out of room, writes them too. And because a
//! row never changes, what a reader has loaded stays right.

use super::miss::{Miss, Part, Scratch};
use super::page::{RowFile, narrow, wide};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Bytes that gather before they are given to the file. Twice as many can be read from memory.
const GATHER: usize = if cfg!(test) { 10_000 } else { 512 << 10 };
/// Bytes that are read at once.
const BLOCK: usize = 8 << 10;
/// Bytes that are read at once when all rows are read in order.
const STRETCH: usize = if cfg!(test) { 20_000 } else { 256 << 10 };
/// Bytes at the end of each row: a checksum over the row and its number.
pub(crate) const CHECK: usize = 4;

/// Rows of one size that are only ever added. See the module.
pub struct Log {
    file: Arc<RowFile>,
    row: usize,
    /// The rows before those in `tail`, which the file has, too.
    before: Vec<u8>,
    /// The rows that the file does not have.
    tail: Vec<u8>,
    /// The number of the first of them.
    tail_first: u64,
    /// What the writer last read.
    last_read: Scratch,
}

impl Log {
    /// Opens the log with so many rows, as a manifest remembers.
    pub fn open(path: &Path, tag: u8, row: usize, rows: u64) -> io::Result<Log> {
        let file = RowFile::open(path, tag, row, rows == 0)?;
        let there = file.file.metadata()?.len() / wide(row);
        if there < rows {
            return Err(file.damaged("row", there));
        }
        Ok(Log {
            file: Arc::new(file),
            row,
            before: Vec::new(),
            tail: Vec::new(),
            tail_first: rows,
            last_read: Scratch::default(),
        })
    }

    /// How many rows there are.
    pub fn len(&self) -> u64 {
        self.tail_first + wide(self.tail.len() / self.row)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a row, whose last bytes become its checksum. Returns the row as it is kept.
    ///
    /// # Panics
    /// If the disk fails: the writer cannot go on.
    pub fn push(&mut self, row: &[u8]) -> &[u8] {
        assert_eq!(row.len(), self.row, "all rows of a log have the same size");
        if self.tail.len() + row.len() > GATHER {
            self.flush().unwrap_or_else(|error| panic!("{error}"));
        }
        let number = self.len();
        let begin = self.tail.len();
        self.tail.extend_from_slice(row);
        let (content, check) = self.tail[begin..].split_at_mut(row.len() - CHECK);
        check.copy_from_slice(&sum(content, number));
        &self.tail[begin..]
    }

    /// Gives the gathered rows to the file.
    fn flush(&mut self) -> io::Result<()> {
        self.file.write(&self.tail, self.tail_first * wide(self.row))?;
        self.tail_first = self.len();
        std::mem::swap(&mut self.before, &mut self.tail);
        self.tail.clear();
        Ok(())
    }

    /// The row, for the writer; `None` if it was never added.
    ///
    /// # Panics
    /// If the disk fails or the row is damaged: the writer cannot go on.
    pub fn get(&mut self, number: u64) -> Option<&[u8]> {
        if number >= self.first_in_memory() {
            return self.in_memory(number);
        }
        while let Err(miss) = self.peek(number, &self.last_read) {
            if !miss.damaged {
                self.last_read = Scratch::default();
            }
            miss.load(&mut self.last_read).unwrap_or_else(|error| panic!("{error}"));
        }
        self.peek(number, &self.last_read).ok().flatten()
    }

    /// The row, for a reader under a shared lock; `None` if it was never added.
    pub fn peek<'a>(&'a self, number: u64, scratch: &'a Scratch) -> Result<Option<&'a [u8]>, Miss> {
        if number >= self.first_in_memory() {
            return Ok(self.in_memory(number));
        }
        let rows = wide(BLOCK / self.row);
        let first = number - number % rows;
        let loaded = scratch.row(&self.file, first, number);
        match loaded {
            Some(row) if self.is_sound(row, number) => Ok(Some(row)),
            // A row that was not in the file yet when its neighbours were loaded is loaded now.
            Some(_) | None => {
                let part = Part::Rows { first, end: self.tail_first.min(first + rows), number };
                Err(Miss { file: self.file.clone(), part, damaged: loaded.is_some() })
            }
        }
    }

    fn first_in_memory(&self) -> u64 {
        self.tail_first - wide(self.before.len() / self.row)
    }

    fn in_memory(&self, number: u64) -> Option<&[u8]> {
        let (rows, first) = if number < self.tail_first {
            (&self.before, self.first_in_memory())
        } else {
            (&self.tail, self.tail_first)
        };
        let at = usize::try_from(number - first).ok()?.checked_mul(self.row)?;
        rows.get(at..at.checked_add(self.row)?)
    }

    fn is_sound(&self, row: &[u8], number: u64) -> bool {
        let (content, check) = row.split_at(self.row - CHECK);
        check == sum(content, number)
    }

    /// Begins a checkpoint of the log as it is now. Copies what has gathered, and does no I/O.
    pub fn freeze(&self) -> FrozenLog {
        let (file, bytes) = (self.file.clone(), self.tail.clone());
        FrozenLog { file, bytes, first: self.tail_first, rows: self.len() }
    }

    /// Shows every row in order. Leaves the memory as it is.
    pub fn for_each(&self, mut show: impl FnMut(u64, &[u8])) -> io::Result<()> {
        let at_once = wide(STRETCH / self.row);
        let mut bytes = Vec::new();
        for first in (0..self.tail_first).step_by(narrow(at_once)) {
            let rows = at_once.min(self.tail_first - first);
            bytes.resize(narrow(rows) * self.row, 0);
            self.file.read(&mut bytes, first * wide(self.row))?;
            for (number, row) in (first..).zip(bytes.chunks_exact(self.row)) {
                if !self.is_sound(row, number) {
                    return Err(self.file.damaged("row", number));
                }
                show(number, row);
            }
        }
        for (number, row) in (self.tail_first..).zip(self.tail.chunks_exact(self.row)) {
            show(number, row);
        }
        Ok(())
    }
}

fn sum(content: &[u8], number: u64) -> [u8; CHECK] {
    crc32c::crc32c_append(crc32c::crc32c(content), &number.to_le_bytes()).to_le_bytes()
}

/// A log at one moment. Nothing has to be committed: rows do not change their places.
pub struct FrozenLog {
    file: Arc<RowFile>,
    /// The rows that the file did not have, and the number of the first.
    bytes: Vec<u8>,
    first: u64,
    rows: u64,
}

impl FrozenLog {
    /// Writes and syncs; belongs in the background. After an error the process has to end, as after
    /// that of a table.
    pub fn write(&self) -> io::Result<()> {
        self.file.write(&self.bytes, self.first * wide(self.file.row))?;
        self.file.sync()
    }

    /// What the manifest has to remember, once this is written.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}
