//! Frames: what is written in one go.
//!
//! A frame is a header, records, and zeros up to a multiple of eight bytes. Its checksum covers all
//! of it but the first eight bytes; its hash covers all but the zeros behind it. Two fields exist
//! for recovery. The *salt* is a random number of the segment: bytes inside a record, which
//! strangers may choose, can never be taken for a frame. *Synced* says how far the segment was
//! durable when the frame was written: a whole frame proves that everything before its `synced`
//! must be whole too, and proves nothing about the frames that were written together with it.

use super::records::{LENGTH, PAYLOAD_LIMIT, PAYLOAD_MAX, RECORD_MAX, RECORDS_MAX, Records};
use super::{ChainHash, Location};
use ledger::id::Position;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Bytes before the records of a frame.
pub(super) const HEAD: u32 = 80;
const HEAD_BYTES: usize = HEAD as usize;
/// Frames begin at multiples of this.
pub(super) const ALIGN: u32 = 8;
const MAGIC: [u8; 4] = *b"DBFR";
const FORMAT: u8 = 1;
/// What the checksum covers begins here.
const COVERED: usize = 8;
/// The longest frame.
pub(super) const FRAME_MAX: u32 = HEAD + PAYLOAD_LIMIT;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It has records.
    Records,
    /// It has none. It says that everything before it was durable, and it is no link of the chain.
    Seal,
    /// A seal behind which nothing follows in this segment: the next segment exists.
    End,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Records, Kind::Seal, Kind::End];

    fn number(self) -> u8 {
        match self {
            Kind::Records => 0,
            Kind::Seal => 1,
            Kind::End => 2,
        }
    }
}

/// What the header of a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    pub(super) rules: u16,
    pub(super) count: u32,
    /// Bytes of records, with their lengths.
    pub(super) payload: u32,
    pub(super) synced: u32,
    pub(super) salt: u64,
    pub(super) first: Position,
    pub(super) time_ms: u64,
    pub(super) previous: ChainHash,
}

/// Why bytes are not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Nothing was written there.
    Blank,
    /// What stands there does not begin like a frame of this segment, or not with sound numbers.
    NoFrame,
    /// The frame would go on behind the end of what can be read.
    Cut,
    /// The checksum is wrong.
    Checksum,
    /// The checksum is right, and the lengths of the records are not, or something stands behind
    /// them.
    Shape,
    /// The checksum is right, and the format is of another version of the program.
    Format,
}

impl Flaw {
    pub(super) fn text(self) -> &'static str {
        match self {
            Flaw::Blank => "there are only zeros where a frame must be",
            Flaw::NoFrame => "what stands here is no frame of this segment",
            Flaw::Cut => "the frame here is longer than its segment",
            Flaw::Checksum => "the frame here fails its checksum",
            Flaw::Shape => "the records of the frame here have wrong lengths",
            Flaw::Format => "the frame here was written by another version of the program",
        }
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut field = [0; N];
    field.copy_from_slice(&bytes[at..at + N]);
    field
}

impl Head {
    /// Reads a header. It is not to be believed before the checksum of the frame was compared,
    /// except that the salt tells it from anything that strangers wrote.
    pub(super) fn read(bytes: &[u8]) -> Result<Head, Flaw> {
        if bytes.len() < HEAD_BYTES {
            return Err(Flaw::Cut);
        }
        if bytes[..HEAD_BYTES].iter().all(|it| *it == 0) {
            return Err(Flaw::Blank);
        }
        let kind = Kind::ALL.into_iter().find(|it| it.number() == bytes[16]);
        let (Some(kind), true) = (kind, bytes[..4] == MAGIC) else { return Err(Flaw::NoFrame) };
        let head = Head {
            kind,
            rules: u16::from_le_bytes(field(bytes, 18)),
            count: u32::from_le_bytes(field(bytes, 20)),
            payload: u32::from_le_bytes(field(bytes, 24)),
            synced: u32::from_le_bytes(field(bytes, 28)),
            salt: u64::from_le_bytes(field(bytes, 8)),
            first: Position(u64::from_le_bytes(field(bytes, 32))),
            time_ms: u64::from_le_bytes(field(bytes, 40)),
            previous: ChainHash(field(bytes, 48)),
        };
        let some = head.count > 0 && head.payload > 0;
        let none = head.count == 0 && head.payload == 0;
        let sound = if kind == Kind::Records { some } else { none };
        let small = head.count as usize <= RECORDS_MAX && head.payload as usize <= PAYLOAD_MAX;
        // Positions of a sound journal are far from the end of their numbers.
        let sound = sound && small && head.first.0 <= u64::MAX >> 1;
        if sound { Ok(head) } else { Err(Flaw::NoFrame) }
    }

    /// The position after the last record.
    pub(super) fn end(&self) -> Position {
        Position(self.first.0 + u64::from(self.count))
    }

    /// Bytes of the frame without the zeros behind it.
    fn covered(&self) -> usize {
        HEAD_BYTES + self.payload as usize
    }

    /// Bytes of the frame.
    pub(super) fn length(&self) -> u32 {
        length(self.payload)
    }

    /// Writes a frame.
    pub(super) fn write(&self, payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.length() as usize);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.salt.to_le_bytes());
        bytes.extend_from_slice(&[self.kind.number(), FORMAT]);
        bytes.extend_from_slice(&self.rules.to_le_bytes());
        bytes.extend_from_slice(&self.count.to_le_bytes());
        bytes.extend_from_slice(&self.payload.to_le_bytes());
        bytes.extend_from_slice(&self.synced.to_le_bytes());
        bytes.extend_from_slice(&self.first.0.to_le_bytes());
        bytes.extend_from_slice(&self.time_ms.to_le_bytes());
        bytes.extend_from_slice(&self.previous.0);
        bytes.extend_from_slice(payload);
        bytes.resize(self.length() as usize, 0);
        let sum = crc32c::crc32c(&bytes[COVERED..]);
        bytes[4..8].copy_from_slice(&sum.to_le_bytes());
        bytes
    }
}

/// Bytes of a frame with so many bytes of records.
pub(super) const fn length(payload: u32) -> u32 {
    (HEAD + payload).next_multiple_of(ALIGN)
}

/// Whether `bytes`, which begin with `head`, are a whole frame.
pub(super) fn check(bytes: &[u8], head: &Head) -> Result<(), Flaw> {
    let bytes = bytes.get(..head.length() as usize).ok_or(Flaw::Cut)?;
    if u32::from_le_bytes(field(bytes, 4)) != crc32c::crc32c(&bytes[COVERED..]) {
        return Err(Flaw::Checksum);
    }
    if bytes[17] != FORMAT {
        return Err(Flaw::Format);
    }
    let mut rest = &bytes[HEAD_BYTES..head.covered()];
    for _ in 0..head.count {
        let (length, behind) = rest.split_first_chunk().ok_or(Flaw::Shape)?;
        let length = u32::from_le_bytes(*length) as usize;
        if length == 0 || length > RECORD_MAX {
            return Err(Flaw::Shape);
        }
        rest = behind.get(length..).ok_or(Flaw::Shape)?;
    }
    // The hash does not cover what stands behind the records: nothing may hide there.
    let nothing_behind = bytes[head.covered()..].iter().all(|it| *it == 0);
    if rest.is_empty() && nothing_behind { Ok(()) } else { Err(Flaw::Shape) }
}

/// The hash of a whole frame.
pub(super) fn hash(bytes: &[u8], head: &Head) -> ChainHash {
    ChainHash(Sha256::digest(&bytes[..head.covered()]).into())
}

/// A frame with records, as it stands in the journal. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Frame {
    bytes: Arc<Vec<u8>>,
    head: Head,
    location: Location,
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
    /// A frame for a journal that is not on the local disk. `location` is where that journal will
    /// find its first byte again.
    pub fn new(
        (first, previous): (Position, ChainHash),
        time_ms: u64,
        rules: u16,
        records: &Records,
        location: Location,
    ) -> Frame {
        assert!(!records.is_empty(), "a frame has at least one record");
        let head = Head {
            kind: Kind::Records,
            rules,
            count: records.count(),
            payload: payload_of(records),
            synced: 0,
            salt: 0,
            first,
            time_ms,
            previous,
        };
        Frame::written(head, records, location)
    }

    /// Reads a frame that [`Frame::bytes`] gave. `None` if the bytes are not one whole frame with
    /// records; that it continues the frame before it is for the caller to compare.
    pub fn read(bytes: &[u8], location: Location) -> Option<Frame> {
        let head = Head::read(bytes).ok()?;
        let whole = bytes.len() == head.length() as usize && check(bytes, &head).is_ok();
        (whole && head.kind == Kind::Records).then(|| Frame::believed(bytes, head, location))
    }

    /// Writes the frame with this header.
    pub(super) fn written(head: Head, records: &Records, location: Location) -> Frame {
        let bytes = head.write(records.payload());
        let chain = hash(&bytes, &head);
        Frame { bytes: Arc::new(bytes), head, location, chain }
    }

    /// A frame out of bytes that [`check`] found whole.
    pub(super) fn believed(bytes: &[u8], head: Head, location: Location) -> Frame {
        let chain = hash(bytes, &head);
        Frame { bytes: Arc::new(bytes.to_vec()), head, location, chain }
    }

    /// The frame as it stands in the journal.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The position of its first record.
    pub fn first(&self) -> Position {
        self.head.first
    }

    /// The position after its last record.
    pub fn end(&self) -> Position {
        self.head.end()
    }

    /// How many records it has; at least one.
    #[expect(clippy::len_without_is_empty, reason = "a frame is never empty")]
    pub fn len(&self) -> usize {
        self.head.count as usize
    }

    /// The time of all its records, in Unix milliseconds. Never before the frame before it.
    pub fn time_ms(&self) -> u64 {
        self.head.time_ms
    }

    /// The version of the rules that its records are applied under.
    pub fn rules(&self) -> u16 {
        self.head.rules
    }

    /// The hash of the frame before it.
    pub fn previous(&self) -> ChainHash {
        self.head.previous
    }

    /// The hash of the journal up to and with this frame.
    pub fn chain(&self) -> ChainHash {
        self.chain
    }

    /// Its records, in order.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let payload = &self.bytes[..self.head.covered()];
        let mut offset = HEAD_BYTES;
        let mut position = self.head.first.0;
        std::iter::from_fn(move || {
            let rest = payload.get(offset..)?;
            let length = u32::from_le_bytes(*rest.first_chunk()?) as usize;
            let bytes = rest.get(LENGTH..)?.get(..length)?;
            let location = self.location.plus(offset);
            let record = Record { position: Position(position), location, bytes };
            offset += LENGTH + length;
            position += 1;
            Some(record)
        })
    }
}

/// Bytes of the records, with their lengths.
pub(super) fn payload_of(records: &Records) -> u32 {
    u32::try_from(records.payload().len()).expect("records are at most 4 MiB")
}
