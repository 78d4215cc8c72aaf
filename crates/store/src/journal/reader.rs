//! Reading what is durable, from other threads, while more is being written.

use super::frame::{Frame, HEADER as FRAME_HEADER, PAYLOAD_MAX};
use super::segment::{self, Header};
use super::{ChainHash, JournalError, Location, RECORD_MAX, Recovered};
use ledger::id::Position;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that are read ahead.
const READ_AHEAD: usize = 1 << 20;

/// What the journal and its readers know.
pub(super) struct Shared {
    known: Mutex<Known>,
    segment_size: u64,
}

struct Known {
    segments: Vec<(Header, Arc<File>)>,
    end: Position,
    chain: ChainHash,
    /// Where the durable part ends.
    segment: u32,
    filled: u64,
}

impl Shared {
    pub(super) fn new(
        segments: Vec<(Header, Arc<File>)>,
        recovered: Recovered,
        filled: u64,
        segment_size: u64,
    ) -> Shared {
        let segment = segments.last().map_or(0, |(it, _)| it.number);
        let Recovered { end, chain, .. } = recovered;
        let known = Mutex::new(Known { segments, end, chain, segment, filled });
        Shared { known, segment_size }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn last(&self) -> Option<(u32, Arc<File>)> {
        self.lock().segments.last().map(|(header, file)| (header.number, file.clone()))
    }

    pub(super) fn add_segment(&self, header: Header, file: Arc<File>) {
        self.lock().segments.push((header, file));
    }

    pub(super) fn now_durable(&self, end: Position, chain: ChainHash, segment: u32, filled: u64) {
        let mut known = self.lock();
        (known.end, known.chain, known.segment, known.filled) = (end, chain, segment, filled);
    }

    pub(super) fn durable(&self) -> (Position, ChainHash) {
        let known = self.lock();
        (known.end, known.chain)
    }

    /// A segment, and how much of it is durable.
    fn segment(&self, number: u64) -> Option<(Header, Arc<File>, u64)> {
        let known = self.lock();
        let (header, file) =
            known.segments.iter().find(|(it, _)| u64::from(it.number) == number)?;
        let durable = match header.number.cmp(&known.segment) {
            std::cmp::Ordering::Less => self.segment_size,
            std::cmp::Ordering::Equal => known.filled,
            std::cmp::Ordering::Greater => 0,
        };
        Some((*header, file.clone(), durable))
    }

    /// The segment in which a position is.
    fn segment_of(&self, position: Position) -> Option<u64> {
        let known = self.lock();
        let after = known.segments.partition_point(|(it, _)| it.first <= position);
        // Seals at the end of a segment may share a position with the next one: begin before them.
        known.segments.get(after.checked_sub(1)?).map(|(it, _)| u64::from(it.number))
    }
}

/// Reads a journal. Cheap to clone, and usable from any thread.
#[derive(Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>) -> Reader {
        Reader { shared }
    }

    /// The position after the last durable record, and the hash of everything up to there.
    pub fn durable(&self) -> (Position, ChainHash) {
        self.shared.durable()
    }

    /// The frames from the one that has `position` on, up to what is durable when the iterator gets
    /// there. Checksums and the chain are verified; after an error there is nothing more.
    pub fn frames_from(&self, position: Position) -> Frames {
        let segment = self.shared.segment_of(position);
        Frames {
            shared: self.shared.clone(),
            segment,
            offset: segment::HEADER,
            from: position,
            previous: None,
            buffer: Vec::new(),
            buffered_at: 0,
        }
    }

    /// Reads one record again.
    pub fn read_at(&self, location: Location) -> Result<Vec<u8>, JournalError> {
        let wrong = || JournalError::Damaged(format!("there is no record at {location:?}"));
        let (_, file, durable) = self.shared.segment(location.segment()).ok_or_else(wrong)?;
        let begin = location.offset();
        let mut length = [0; 4];
        if begin + 4 > durable {
            return Err(wrong());
        }
        file.read_exact_at(&mut length, begin)?;
        let length = usize::try_from(u32::from_le_bytes(length)).map_err(|_| wrong())?;
        let end = begin + 4 + u64::try_from(length).map_err(|_| wrong())?;
        if length > RECORD_MAX || end > durable {
            return Err(wrong());
        }
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, begin + 4)?;
        Ok(bytes)
    }
}

/// See [`Reader::frames_from`].
pub struct Frames {
    shared: Arc<Shared>,
    /// The segment that is being read; `None` after an error.
    segment: Option<u64>,
    offset: u64,
    from: Position,
    previous: Option<ChainHash>,
    buffer: Vec<u8>,
    buffered_at: u64,
}

impl Frames {
    fn read(&mut self) -> Result<Option<Frame>, JournalError> {
        while let Some(number) = self.segment {
            let Some((header, file, durable)) = self.shared.segment(number) else {
                return Ok(None);
            };
            let expected = self.previous.unwrap_or(header.previous);
            let frame = self.frame_at(&file, number, durable)?;
            let Some(frame) = frame else {
                // The rest of this segment is zeros: either it is the last one, or it was full.
                if self.shared.segment(number + 1).is_none_or(|it| it.2 == 0) {
                    return Ok(None);
                }
                self.segment = Some(number + 1);
                self.offset = segment::HEADER;
                self.buffer.clear();
                continue;
            };
            if frame.previous() != expected {
                return Err(self.damaged(number, "does not name the hash of the frame before it"));
            }
            self.offset += u64::try_from(frame.bytes().len()).unwrap_or(u64::MAX);
            self.previous = Some(frame.chain());
            if frame.end() > self.from {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }

    fn frame_at(
        &mut self,
        file: &File,
        number: u64,
        durable: u64,
    ) -> Result<Option<Frame>, JournalError> {
        let header = u64::try_from(FRAME_HEADER).unwrap_or(u64::MAX);
        if self.offset + header > durable {
            return Ok(None);
        }
        let bytes = self.bytes(file, FRAME_HEADER, durable)?;
        if bytes.iter().all(|it| *it == 0) {
            return Ok(None);
        }
        let length = bytes.first_chunk().and_then(Frame::length);
        let Some(length) = length else {
            return Err(self.damaged(number, "is no frame"));
        };
        let offset = u32::try_from(self.offset).unwrap_or(u32::MAX);
        let location = Location::new(u32::try_from(number).unwrap_or(u32::MAX), offset);
        let bytes = self.bytes(file, length, durable)?;
        match Frame::read(bytes, location) {
            Some(frame) => Ok(Some(frame)),
            None => Err(self.damaged(number, "fails its checksum")),
        }
    }

    /// So many bytes at the present offset, through the read-ahead buffer.
    fn bytes(&mut self, file: &File, length: usize, durable: u64) -> Result<&[u8], JournalError> {
        let skip =
            self.offset.checked_sub(self.buffered_at).and_then(|it| usize::try_from(it).ok());
        let here = skip.filter(|it| it + length <= self.buffer.len());
        let start = if let Some(start) = here {
            start
        } else {
            let want = length.max(READ_AHEAD.min(PAYLOAD_MAX));
            let left = usize::try_from(durable - self.offset).unwrap_or(want);
            self.buffer.resize(want.min(left.max(length)), 0);
            file.read_exact_at(&mut self.buffer, self.offset)?;
            self.buffered_at = self.offset;
            0
        };
        Ok(&self.buffer[start..start + length])
    }

    fn damaged(&self, segment: u64, what: &str) -> JournalError {
        JournalError::Damaged(format!(
            "segment {segment:08}.journal, offset {}: what stands here {what}. The journal is \
             damaged in the middle; restore this cell from a backup or a follower.",
            self.offset
        ))
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, JournalError>;

    fn next(&mut self) -> Option<Result<Frame, JournalError>> {
        let frame = self.read();
        if frame.is_err() {
            self.segment = None;
        }
        frame.transpose()
    }
}
