//! The journal: what happened, in order.
//!
//! Records are offered at one side and come out, numbered, timed and durable, at the other. The
//! books are made only of what came out. Leader, follower, restart and replay therefore run the
//! same code.
//!
//! Every implementation keeps these promises, which [`contract`] checks:
//!
//! 1. Positions are dense: the first record has position 0 and each next one is one further.
//! 2. A record that came out comes out again after any crash, unchanged and at the same position.
//! 3. Records that were offered one after the other never come out in another order.
//! 4. Time never runs backwards.
//! 5. Each frame names the hash of the one before it, so nothing can be changed unseen.
//!
//! On one machine "durable" means that `fdatasync` returned; in a cluster, that a majority has it.
//! Callers cannot tell the difference and must not try.
//!
//! Read it in this order: `frame` (what is written in one go), `segment` (the files), `local`
//! (offer and sync), `recovery` (what a crash may leave, letter by letter), `reader`. All files are
//! reached through `disk`, so that [`sim`] can lose what was not synced. `docs/data/journal.md` has
//! every byte.

pub mod contract;
mod disk;
mod frame;
pub mod fuzz;
mod local;
mod reader;
mod records;
mod recovery;
mod segment;
pub mod sim;
mod spare;
#[cfg(test)]
mod tests;
mod walk;

pub use frame::{Frame, Record};
pub use local::{Check, LocalJournal, Options};
pub use reader::{Frames, Reader, SegmentFile};
pub use records::{PAYLOAD_MAX, RECORD_MAX, RECORDS_MAX, Records};
pub use recovery::{Recovered, RecoveryCase};
pub use segment::SEGMENT_SIZE;

use std::fmt;
use std::io;

/// SHA-256 over a frame, which contains the hash of the frame before it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct ChainHash(pub [u8; 32]);

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|it| write!(f, "{it:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a record is: the segment's number, and the offset in it. It stays true for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location(u64);

impl Location {
    fn new(segment: u32, offset: u32) -> Location {
        Location(u64::from(segment) << 32 | u64::from(offset))
    }

    fn plus(self, bytes: usize) -> Location {
        Location(self.0 + u64::try_from(bytes).expect("a frame is small"))
    }

    #[expect(clippy::cast_possible_truncation, reason = "it takes the two halves apart")]
    fn parts(self) -> (u32, u32) {
        ((self.0 >> 32) as u32, self.0 as u32)
    }

    /// The location as it is kept.
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// The location that was kept as `raw`.
    pub const fn from_raw(raw: u64) -> Location {
        Location(raw)
    }
}

/// Why the journal did not do something. An operator may act on it.
#[derive(Debug)]
pub enum JournalError {
    /// The disk is full. Nothing was written, and reading goes on. It ends when space returns.
    Full,
    /// A record or a frame is larger than its limit. Nothing was written.
    TooLarge,
    /// A write or a sync failed before. What the disk holds is not known until it is read again.
    Poisoned,
    /// Something that was durable is not there any more, or was changed. The text says where, and
    /// what to do.
    Damaged(String),
    /// A whole segment is missing. The text says which, and what to do.
    Gap(String),
    /// A file belongs to another cell, or to a version of the program that this one does not know.
    Foreign(String),
    /// There is no record at a location.
    NoRecord(Location),
    /// The disk failed.
    Io(io::Error),
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalError::Full => f.write_str("the disk of the journal is full"),
            JournalError::TooLarge => f.write_str("a record or a frame is too large"),
            JournalError::Poisoned => {
                f.write_str("a write failed before; open the journal again to see what is durable")
            }
            JournalError::Damaged(text) | JournalError::Gap(text) | JournalError::Foreign(text) => {
                f.write_str(text)
            }
            JournalError::NoRecord(Location(at)) => {
                write!(f, "the journal has no record at {at:#x}")
            }
            JournalError::Io(error) => write!(f, "the disk of the journal failed: {error}"),
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            JournalError::Io(error) => Some(error),
            JournalError::Full
            | JournalError::TooLarge
            | JournalError::Poisoned
            | JournalError::Damaged(_)
            | JournalError::Gap(_)
            | JournalError::Foreign(_)
            | JournalError::NoRecord(_) => None,
        }
    }
}

impl From<io::Error> for JournalError {
    fn from(error: io::Error) -> JournalError {
        JournalError::Io(error)
    }
}

/// A durable sequence of records.
pub trait Journal: Send {
    /// Offers records as one frame, under a time in Unix milliseconds (which is raised to the time
    /// of the frame before, if it is earlier) and a version of the rules. Whether and where they
    /// were taken is known when they come out. There must be at least one record.
    fn offer(&mut self, now_ms: u64, rules: u16, records: &Records) -> Result<(), JournalError>;

    /// The next durable frame, or `None` if nothing that was offered is outstanding.
    ///
    /// After an error other than `Full` and `TooLarge` the journal must be opened again: what the
    /// disk holds is not known until then.
    fn next(&mut self) -> Result<Option<Frame>, JournalError>;
}
