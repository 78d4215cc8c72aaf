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
//! # A checkpoint
//!
//! 1. Writer: [`Table::freeze`] and [`Log::freeze`] on all of them, between two requests.
//! 2. Background: [`FrozenTable::gather`] under the readers' lock until it has all pages, then
//!    [`FrozenTable::write`] and [`FrozenLog::write`] without any lock.
//! 3. Background: a manifest with each [`WrittenTable::state`] and [`FrozenLog::rows`] replaces the
//!    one before: written, synced, renamed, and the folder synced.
//! 4. Writer: [`Table::commit`] on all tables. Not earlier: from here on the places that the
//!    manifest before needed are written to.
//!
//! An error in 2 or 3 ends the process. A restart finds the checkpoint before and the journal.
//!
//! # Reading without waiting
//!
//! Readers hold a shared lock on the books for moments and must do no I/O under it. So they *peek*:
//! what is not in memory is a [`Miss`], which they carry out of the lock, load, and bring back in a
//! [`Scratch`]. Anything may have happened meanwhile. A page that was loaded is believed if it is
//! still not in memory and was not changed since; the epoch of its last change tells. That is
//! right:
//!
//! - A page that is not in memory has no changes that the disk lacks. Changed pages stay in memory
//!   until they are committed, and a page comes in and goes out as often as it likes without
//!   changing.
//! - A page moves to its other place only by a commit of changes, which were made in an epoch that
//!   was not committed when the reader looked, so later than any that a page on the disk can have.
//!   The epoch of the last change only grows. If it is the same as before, the page has not moved.
//! - While the page has not moved, nobody writes to the place that was read: checkpoints write to
//!   the other one.
//!
//! If it was changed, the bytes may be old or even torn: two checkpoints later its place is written
//! to again, perhaps while the reader reads. So a wrong checksum says nothing until the next peek
//! finds that the page was not changed; only then it is damaged.
//!
//! Every byte is described in `docs/data/tables.md`.

mod budget;
mod checkpoint;
pub mod fuzz;
mod log;
mod miss;
mod page;
mod paged;
#[cfg(test)]
mod tests;

pub use budget::Budget;
pub use checkpoint::{FrozenTable, WrittenTable};
pub(crate) use log::CHECK;
pub use log::{FrozenLog, Log};
pub use miss::{Miss, Scratch};
pub use page::{PAGE, TableState};
pub use paged::Table;
