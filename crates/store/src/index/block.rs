//! The unit of a run file: 4 KiB with a checksum.
//!
//! Every block says which run it belongs to, where in it, and what it holds, so that a block that
//! the disk put in the wrong place is found out as surely as one with a flipped bit. What is not
//! believed is not used: a damaged filter would otherwise call a known request new.

use std::io;
use std::path::PathBuf;

/// Bytes of a block.
pub(super) const BLOCK: usize = 4096;

/// Bytes before the content of a block.
pub(super) const HEADER: usize = 40;

/// A block as it is on disk.
pub(super) type Block = [u8; BLOCK];

const CHECKSUM: usize = 0;
const NUMBER: usize = 4;
const KIND: usize = 8;
const COUNT: usize = 10;
const RUN: usize = 12;
const REMOVED: usize = 16;

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Entries in the order of their keys.
    Data,
    /// The first key of each data block.
    Index,
    /// Lines of the filter.
    Filter,
    /// What the file consists of. There is one, at the end.
    Footer,
}

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Kind::Data => 1,
            Kind::Index => 2,
            Kind::Filter => 3,
            Kind::Footer => 4,
        }
    }
}

/// The place of a block, which its header repeats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The run that the block belongs to. The header has room for the lower half.
    pub(super) run: u64,
    /// Which block of the file it is, from 0.
    pub(super) number: usize,
    /// What is expected there.
    pub(super) kind: Kind,
}

/// A file of an index is not what was written. The folder of the index may be deleted: all that is
/// in it can be made again from the journal.
#[derive(Debug)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// Which 4 KiB of it, from 0.
    pub block: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Damage { path, block, what } = self;
        write!(f, "index file {} is damaged: block {block} {what}", path.display())
    }
}

impl std::error::Error for Damage {}

impl From<Damage> for io::Error {
    fn from(damage: Damage) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, damage)
    }
}

/// Writes the header of a block whose content is complete.
pub(super) fn seal(block: &mut Block, place: Place, count: usize) {
    let number = u32::try_from(place.number).expect("a run has fewer than 2^32 blocks");
    let count = u16::try_from(count).expect("a block holds few things");
    block[NUMBER..NUMBER + 4].copy_from_slice(&number.to_le_bytes());
    block[KIND] = place.kind.code();
    block[COUNT..COUNT + 2].copy_from_slice(&count.to_le_bytes());
    block[RUN..RUN + 4].copy_from_slice(&place.run.to_le_bytes()[..4]);
    let checksum = crc32c::crc32c(&block[NUMBER..]);
    block[CHECKSUM..CHECKSUM + 4].copy_from_slice(&checksum.to_le_bytes());
}

/// What is wrong with a block, if anything is.
pub(super) fn check(block: &Block, place: Place) -> Result<(), &'static str> {
    if get_u32(block, CHECKSUM) != crc32c::crc32c(&block[NUMBER..]) {
        return Err("does not have its checksum");
    }
    if usize::try_from(get_u32(block, NUMBER)) != Ok(place.number) {
        return Err("belongs in another place");
    }
    if block[RUN..RUN + 4] != place.run.to_le_bytes()[..4] {
        return Err("belongs to another run");
    }
    if block[KIND] != place.kind.code() {
        return Err("is of another kind");
    }
    Ok(())
}

/// How many things the block holds.
pub(super) fn count(block: &Block) -> usize {
    usize::from(u16::from_le_bytes([block[COUNT], block[COUNT + 1]]))
}

/// Whether the entry in `slot` says that its key is gone.
pub(super) fn is_removed(block: &Block, slot: usize) -> bool {
    block[REMOVED + slot / 8] >> (slot % 8) & 1 == 1
}

/// Marks the entry in `slot` as saying that its key is gone.
pub(super) fn mark_removed(block: &mut Block, slot: usize) {
    block[REMOVED + slot / 8] |= 1 << (slot % 8);
}

/// The number at `at`.
pub(super) fn get_u32(block: &[u8], at: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&block[at..at + 4]);
    u32::from_le_bytes(bytes)
}

/// The number at `at`.
pub(super) fn get_u64(block: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&block[at..at + 8]);
    u64::from_le_bytes(bytes)
}

/// Puts a number at `at`.
pub(super) fn put_u64(block: &mut [u8], at: usize, number: u64) {
    block[at..at + 8].copy_from_slice(&number.to_le_bytes());
}
