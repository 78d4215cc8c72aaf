//! The journal: what happened, in order.
//!
//! Records are offered at one side and come out, numbered, timed and durable, at the other. The books
//! are made only of what came out. Leader, follower, restart and replay therefore run the same code.
//!
//! Every implementation keeps these promises, which `tests::contract` checks:
//!
//! 1. Positions are dense: the first record has position 0 and each next one is one further.
//! 2. A record that came out comes out again after any crash, unchanged and at the same position.
//! 3. Records that were offered one after the other never come out in another order.
//! 4. Time never runs backwards.
//! 5. Each frame names the hash of the one before it, so nothing can be changed unseen.
//!
//! On one machine "durable" means that `fdatasync` returned. Callers cannot tell the difference to a
//! replicated log and must not try.

mod frame;
mod local;
mod reader;
mod recovery;
mod segment;
#[cfg(test)]
mod tests;

pub use frame::{Frame, PAYLOAD_MAX, RECORD_MAX, RECORDS_MAX, Record, Records};
pub use local::LocalJournal;
pub use reader::{Frames, Reader};
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

/// Where a record is: the segment's number, and the offset in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location(u64);

impl Location {
    pub(self) fn new(segment: u32, offset: u32) -> Location {
        Location(u64::from(segment) << 32 | u64::from(offset))
    }

    pub(self) fn plus(self, bytes: usize) -> Location {
        Location(self.0 + u64::try_from(bytes).expect("a frame is small"))
    }

    pub(self) fn segment(self) -> u64 {
        self.0 >> 32
    }

    pub(self) fn offset(self) -> u64 {
        self.0 & 0xffff_ffff
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
    /// The disk is full. Nothing was written, and reading goes on.
    Full,
    /// A record or a frame is larger than its limit. Nothing was written.
    TooLarge,
    /// A write or a sync failed before. What the disk holds is not known until it is read again.
    Poisoned,
    /// The files are damaged, or not what they should be. The text says where and what to do.
    Damaged(String),
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
            JournalError::Damaged(text) => f.write_str(text),
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
            | JournalError::Damaged(_) => None,
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
    /// were taken is known when they come out.
    fn offer(&mut self, now_ms: u64, rules: u16, records: &Records) -> Result<(), JournalError>;

    /// The next durable frame, or `None` if nothing that was offered is outstanding.
    ///
    /// After an error other than `Full` and `TooLarge` the journal must be opened again: what the
    /// disk holds is not known until then.
    fn next(&mut self) -> Result<Option<Frame>, JournalError>;
}
