//! Segments: files of one size, filled with zeros before they are used, so that making a frame
//! durable changes no metadata.
//!
//! A segment is named by the position of its first record. It gets that name only after its header
//! is durable, and the frame that fills it comes later still: a named segment always has a header.

use super::disk::Disk;
use super::frame::{ALIGN, HEAD};
use super::{ChainHash, JournalError};
use ledger::id::{CellId, Position};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The size of segments, unless somebody wants another.
pub const SEGMENT_SIZE: u64 = 64 << 20;
/// The least and the most that a segment may have.
pub(super) const SIZES: std::ops::RangeInclusive<u64> = 8 << 10..=1 << 30;
/// Where frames begin: on a page of their own, so that writing them never touches the header.
pub(super) const FIRST: u32 = 4_096;
/// What every frame leaves free behind it: a seal, and the mark of the end.
pub(super) const ROOM: u32 = 2 * HEAD;
/// The name of a file that is being prepared and belongs to no journal yet.
pub(super) const SPARE: &str = "spare.preparing";
pub(super) const HEADER: usize = 128;
const MAGIC: [u8; 8] = *b"DANBAOJL";
const FORMAT: u16 = 1;
const SUFFIX: &str = ".journal";
const _: () = assert!(FIRST.is_multiple_of(ALIGN));

/// What the beginning of a segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) cell: CellId,
    /// Segments are numbered from 0.
    pub(super) number: u32,
    /// Bytes of the file.
    pub(super) size: u32,
    /// A random number that all frames of the segment repeat.
    pub(super) salt: u64,
    /// The position of the first record, the hash of all before it, and the time of the last.
    pub(super) first: Position,
    pub(super) previous: ChainHash,
    pub(super) time_ms: u64,
}

/// Why bytes are not the header of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Damaged,
    Format(u16),
}

impl Header {
    pub(super) fn write(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[12..14].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[14] = self.cell.number();
        bytes[16..20].copy_from_slice(&self.number.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.size.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.salt.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.first.0.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.time_ms.to_le_bytes());
        bytes[48..80].copy_from_slice(&self.previous.0);
        let sum = crc32c::crc32c(&bytes[12..]);
        bytes[8..12].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    pub(super) fn read(bytes: &[u8; HEADER]) -> Result<Header, Unread> {
        let four = |at: usize| bytes[at..].first_chunk().map_or(0, |it| u32::from_le_bytes(*it));
        let eight = |at: usize| bytes[at..].first_chunk().map_or(0, |it| u64::from_le_bytes(*it));
        if bytes[..8] != MAGIC || four(8) != crc32c::crc32c(&bytes[12..]) {
            return Err(Unread::Damaged);
        }
        let format = u16::from_le_bytes([bytes[12], bytes[13]]);
        if format != FORMAT {
            return Err(Unread::Format(format));
        }
        let mut previous = ChainHash::default();
        previous.0.copy_from_slice(&bytes[48..80]);
        Ok(Header {
            cell: CellId::new(bytes[14]),
            number: four(16),
            size: four(20),
            salt: eight(24),
            first: Position(eight(32)),
            time_ms: eight(40),
            previous,
        })
    }

    pub(super) fn name(&self) -> String {
        name(self.first)
    }
}

/// The name of the segment that begins at a position.
pub(super) fn name(first: Position) -> String {
    format!("{:016x}{SUFFIX}", first.0)
}

/// The position in a name; an error if the name is like that of a segment and is none.
pub(super) fn position_in(file: &str) -> Option<Result<Position, ()>> {
    let stem = file.strip_suffix(SUFFIX)?;
    let position = u64::from_str_radix(stem, 16).map(Position).map_err(|_| ());
    Some(position.and_then(|it| if name(it) == file { Ok(it) } else { Err(()) }))
}

/// A segment that is part of the journal.
pub(super) struct Segment {
    pub(super) header: Header,
    /// Where some of its frames begin, in order; see [`Segment::note`].
    index: Mutex<Vec<(Position, u32)>>,
}

/// At most one entry of the index for so many bytes.
const STRIDE: u32 = 1 << 20;

impl Segment {
    pub(super) fn new(header: Header) -> Segment {
        Segment { header, index: Mutex::new(Vec::new()) }
    }

    fn index(&self) -> MutexGuard<'_, Vec<(Position, u32)>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers where a frame begins, if that is far behind what is remembered already. Whoever
    /// walks over a segment notes what it passes, so the index grows where it is used.
    pub(super) fn note(&self, first: Position, offset: u32) {
        let mut index = self.index();
        if index.last().map_or(FIRST, |it| it.1).saturating_add(STRIDE) <= offset {
            index.push((first, offset));
        }
    }

    /// The last frame known to begin at `position` or before.
    pub(super) fn near(&self, position: Position) -> (Position, u32) {
        let index = self.index();
        let after = index.partition_point(|it| it.0 <= position);
        let noted = after.checked_sub(1).and_then(|it| index.get(it).copied());
        noted.unwrap_or((self.header.first, FIRST))
    }
}

/// The error that says where a journal is damaged, and what to do.
pub(super) fn damaged(
    disk: &dyn Disk,
    header: &Header,
    (offset, position): (u32, Position),
    what: &str,
) -> JournalError {
    let file = disk.show(&header.name());
    JournalError::Damaged(format!(
        "{file}, offset {offset}, position {position}: {what}. This was durable, and going on \
         would lose acknowledged requests. Restore the journal of cell {} from a backup or from a \
         follower.",
        header.cell
    ))
}
