//! Dense tables: rows of one size, numbered from 0, on disk with a bounded part in memory.
//!
//! The books are derived from a journal that replays from the last checkpoint, so a table needs no
//! log of its own and no sync except at checkpoints. There are two kinds:
//!
//! - [`Table`]: rows that change. Each page has two places in the file; a checkpoint writes changed
//!   pages to the place that is not current, and a page's new place becomes current only when the
//!   caller's manifest says so. A crash at any time leaves the last checkpoint whole, and nothing
//!   is written twice.
//! - [`Log`]: rows that never change once they are there.
//!
//! # Reading without waiting
//!
//! Readers hold a shared lock on the books for moments and must do no I/O under it. So they *peek*:
//! what is not in memory is a [`Miss`], which they carry out of the lock, load, and bring back in a
//! [`Scratch`]. A page that was loaded from the disk is believed only if its *generation* is still
//! that of the table. The generation counts how often the page changed its place. While it stays
//! the same, the place that was read is not written to: a checkpoint writes to the other place, and
//! must be committed, which counts, before the next one may write to this place. And a page that is
//! not in memory has no changes that the disk lacks, because changed pages stay until they are
//! committed.
//!
//! Every byte is described in `docs/data/tables.md`.

mod log;
mod paged;
#[cfg(test)]
mod tests;

pub(crate) use log::CHECK;
pub use log::{FrozenLog, Log};
pub use paged::{Budget, FrozenTable, Table, TableState};

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// The size of a page, and of what is read at once.
pub const PAGE: usize = 4_096;

/// The bytes of a page.
#[derive(Clone)]
pub(crate) struct PageBytes([u8; PAGE]);

/// What a reader needs and is not in memory.
#[derive(Debug)]
pub struct Miss {
    file: Arc<File>,
    offset: u64,
    key: Key,
}

/// Which page of which table, as of which generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    tag: u8,
    page: u64,
    generation: u32,
}

impl Miss {
    /// Reads the page. To be done without any lock. Bytes behind the end of the file are zeros.
    pub fn load(self, scratch: &mut Scratch) -> io::Result<()> {
        let mut bytes = Box::new([0; PAGE]);
        read_page(&self.file, &mut bytes, self.offset)?;
        scratch.loaded.retain(|(key, _)| (key.tag, key.page) != (self.key.tag, self.key.page));
        scratch.loaded.push((self.key, bytes));
        Ok(())
    }
}

/// Pages that a reader has loaded.
#[derive(Default)]
pub struct Scratch {
    loaded: Vec<(Key, Box<[u8; PAGE]>)>,
}

impl Scratch {
    fn find(&self, wanted: Key) -> Option<&[u8; PAGE]> {
        self.loaded.iter().find(|(key, _)| *key == wanted).map(|(_, bytes)| &**bytes)
    }
}

/// Reads a page; what is behind the end of the file is zeros.
fn read_page(file: &File, bytes: &mut [u8; PAGE], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < PAGE {
        let at = offset + u64::try_from(done).map_err(io::Error::other)?;
        match file.read_at(&mut bytes[done..], at) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes[done..].fill(0);
    Ok(())
}

/// What is said about a page or row that is not what was written.
fn damaged(name: &str, what: &str, number: u64) -> io::Error {
    let text = format!(
        "{name}: {what} {number} is damaged. Stop, delete the folder `books` of this cell, and \
         start \
         again: the books are made anew from the journal."
    );
    io::Error::new(io::ErrorKind::InvalidData, text)
}
