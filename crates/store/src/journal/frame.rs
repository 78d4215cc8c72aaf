//! Frames: what is made durable in one go. The bytes are described in `docs/data/journal.md`.

use super::{ChainHash, JournalError, Location};
use ledger::id::Position;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Bytes before the records of a frame.
pub(super) const HEADER: usize = 72;
/// The most bytes of records in a frame.
pub const PAYLOAD_MAX: usize = 4 << 20;
/// The most bytes of one record.
pub const RECORD_MAX: usize = 1 << 20;
/// The most records in a frame.
pub const RECORDS_MAX: usize = 1 << 16;
const MAGIC: u32 = 0x314d_5246; // "FRM1"
/// What the checksum covers begins here; so does what the chain covers.
const COVERED: usize = 8;

/// Records on their way into a frame: one buffer, filled once.
#[derive(Debug, Default)]
pub struct Records {
    bytes: Vec<u8>,
    count: usize,
}

impl Records {
    /// No records.
    pub fn new() -> Records {
        Records::default()
    }

    /// Adds a record, unless the frame would be too large.
    pub fn push(&mut self, record: &[u8]) -> Result<(), JournalError> {
        if record.len() > RECORD_MAX || !self.has_room_for(1, record.len() + 4) {
            return Err(JournalError::TooLarge);
        }
        let length = u32::try_from(record.len()).map_err(|_| JournalError::TooLarge)?;
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(record);
        self.count += 1;
        Ok(())
    }

    /// Whether so many records of so many bytes fit.
    pub fn has_room_for(&self, count: usize, bytes: usize) -> bool {
        self.count + count <= RECORDS_MAX && self.bytes.len() + bytes <= PAYLOAD_MAX
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Forgets all records and keeps the buffer.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }
}

/// Where a frame stands, and what it is hashed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) first: Position,
    pub(super) time_ms: u64,
    pub(super) rules: u16,
    pub(super) previous: ChainHash,
    pub(super) location: Location,
}

/// A frame of the journal. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Frame {
    bytes: Arc<[u8]>,
    count: u32,
    place: Place,
    chain: ChainHash,
}

/// A record of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its place among all records.
    pub position: Position,
    /// Where it can be read again.
    pub location: Location,
    /// What was offered.
    pub bytes: &'a [u8],
}

impl Frame {
    pub(super) fn new(place: Place, records: &Records) -> Frame {
        let mut bytes = Vec::with_capacity(HEADER + records.bytes.len());
        let count = u32::try_from(records.count).expect("a frame has at most 65,536 records");
        let length = u32::try_from(records.bytes.len()).expect("a frame has at most 4 MiB");
        bytes.extend_from_slice(&MAGIC.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&place.rules.to_le_bytes());
        bytes.extend_from_slice(&[0; 2]);
        bytes.extend_from_slice(&count.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&place.time_ms.to_le_bytes());
        bytes.extend_from_slice(&place.first.0.to_le_bytes());
        bytes.extend_from_slice(&place.previous.0);
        bytes.extend_from_slice(&records.bytes);
        let covered = &bytes[COVERED..];
        let (sum, chain) = (crc32c::crc32c(covered), ChainHash(Sha256::digest(covered).into()));
        bytes[4..8].copy_from_slice(&sum.to_le_bytes());
        Frame { bytes: bytes.into(), count, place, chain }
    }

    /// Reads the frame at the start of `bytes`. `None` if there is no whole, undamaged frame.
    pub(super) fn read(bytes: &[u8], location: Location) -> Option<Frame> {
        let length = Frame::length(bytes.first_chunk()?)?;
        let bytes = bytes.get(..length)?;
        let sum = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?);
        if sum != crc32c::crc32c(bytes.get(COVERED..)?) {
            return None;
        }
        let count = u32::from_le_bytes(*bytes.get(12..)?.first_chunk()?);
        let place = Place {
            rules: u16::from_le_bytes(*bytes.get(8..)?.first_chunk()?),
            time_ms: u64::from_le_bytes(*bytes.get(24..)?.first_chunk()?),
            first: Position(u64::from_le_bytes(*bytes.get(32..)?.first_chunk()?)),
            previous: ChainHash(*bytes.get(40..)?.first_chunk()?),
            location,
        };
        let chain = ChainHash(Sha256::digest(bytes.get(COVERED..)?).into());
        let frame = Frame { bytes: bytes.into(), count, place, chain };
        let sound = frame.records().count() == usize::try_from(count).ok()?;
        sound.then_some(frame)
    }

    /// How long the frame with this header is, if it is one.
    pub(super) fn length(header: &[u8; HEADER]) -> Option<usize> {
        let magic = u32::from_le_bytes(*header.first_chunk()?);
        let length = u32::from_le_bytes(*header.get(16..)?.first_chunk()?);
        let length = usize::try_from(length).ok()?;
        (magic == MAGIC && length <= PAYLOAD_MAX).then_some(HEADER + length)
    }

    /// The first four bytes of every frame.
    pub(super) const fn magic() -> [u8; 4] {
        MAGIC.to_le_bytes()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn previous(&self) -> ChainHash {
        self.place.previous
    }

    /// The position of its first record; of the next record if it has none.
    pub fn first(&self) -> Position {
        self.place.first
    }

    /// The position after its last record.
    pub fn end(&self) -> Position {
        Position(self.place.first.0 + u64::from(self.count))
    }

    /// How many records it has.
    pub fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// Whether it is a seal.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The time of all its records, in Unix milliseconds. Never before the frame before it.
    pub fn time_ms(&self) -> u64 {
        self.place.time_ms
    }

    /// The version of the rules that its records are applied under.
    pub fn rules(&self) -> u16 {
        self.place.rules
    }

    /// The hash of the journal up to and with this frame.
    pub fn chain(&self) -> ChainHash {
        self.chain
    }

    /// Its records, in order.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut offset = HEADER;
        let mut position = self.place.first.0;
        std::iter::from_fn(move || {
            let rest = self.bytes.get(offset..)?;
            let length = usize::try_from(u32::from_le_bytes(*rest.first_chunk()?)).ok()?;
            let bytes = rest.get(4..)?.get(..length)?;
            let location = self.place.location.plus(offset);
            let record = Record { position: Position(position), location, bytes };
            offset += 4 + length;
            position += 1;
            Some(record)
        })
    }
}
