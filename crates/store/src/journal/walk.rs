//! Walking over the frames of a segment, one after the other, in large reads.

use super::ChainHash;
use super::disk::DiskFile;
use super::frame::{self, Flaw, HEAD, Head, Kind};
use super::segment::{FIRST, Header};
use ledger::id::Position;
use std::io;

/// Bytes that are read ahead: at first, and at most.
const AHEAD: (u32, u32) = (32 << 10, 1 << 20);

/// A part of a file in memory.
pub(super) struct Window {
    at: u32,
    bytes: Vec<u8>,
    ahead: u32,
}

impl Window {
    pub(super) fn new() -> Window {
        Window { at: 0, bytes: Vec::new(), ahead: AHEAD.0 }
    }

    /// Forgets what was read: the next read is from another file.
    pub(super) fn forget(&mut self) {
        self.bytes.clear();
    }

    /// `length` bytes at `at`, or fewer if `limit` comes before. Nothing behind `limit` is read: it
    /// may still change.
    fn bytes(
        &mut self,
        file: &dyn DiskFile,
        (at, length): (u32, u32),
        limit: u32,
    ) -> io::Result<&[u8]> {
        let length = length.min(limit.saturating_sub(at));
        let skip = at.checked_sub(self.at).map(|it| it as usize);
        let here = skip.filter(|it| it + length as usize <= self.bytes.len());
        let skip = if let Some(skip) = here {
            skip
        } else {
            let wanted = length.max(self.ahead).min(limit.saturating_sub(at));
            self.ahead = (self.ahead * 2).min(AHEAD.1);
            self.at = at;
            self.bytes.resize(wanted as usize, 0);
            if let Err(error) = file.read(&mut self.bytes, at) {
                self.forget();
                return Err(error);
            }
            0
        };
        Ok(&self.bytes[skip..skip + length as usize])
    }

    /// The header that stands at an offset, unchecked.
    pub(super) fn head(
        &mut self,
        file: &dyn DiskFile,
        header: &Header,
        at: u32,
        limit: u32,
    ) -> io::Result<Result<Head, Flaw>> {
        let head = Head::read(self.bytes(file, (at, HEAD), limit)?);
        Ok(head.and_then(|it| if it.salt == header.salt { Ok(it) } else { Err(Flaw::NoFrame) }))
    }

    /// The whole, sound frame that stands at an offset.
    pub(super) fn frame(
        &mut self,
        file: &dyn DiskFile,
        header: &Header,
        at: u32,
        limit: u32,
    ) -> io::Result<Result<(Head, &[u8]), Flaw>> {
        let head = match self.head(file, header, at, limit)? {
            Ok(head) => head,
            Err(flaw) => return Ok(Err(flaw)),
        };
        let bytes = self.bytes(file, (at, head.length()), limit)?;
        Ok(frame::check(bytes, &head).map(|()| (head, bytes)))
    }
}

/// How far somebody came, and what the next frame must continue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) offset: u32,
    pub(super) position: Position,
    /// `None` if the walk began in the middle of a segment.
    pub(super) chain: Option<ChainHash>,
    pub(super) time_ms: u64,
    /// What the last frame said to be durable before it.
    pub(super) synced: u32,
}

impl Place {
    /// Before the first frame of a segment.
    pub(super) fn start(header: &Header) -> Place {
        Place {
            offset: FIRST,
            position: header.first,
            chain: Some(header.previous),
            time_ms: header.time_ms,
            synced: FIRST,
        }
    }

    /// Steps over a frame; `chain` is its hash.
    pub(super) fn step(&mut self, head: &Head, chain: ChainHash) -> Result<(), &'static str> {
        if head.first != self.position {
            return Err("the frame here has other positions than must follow");
        }
        if self.chain.is_some_and(|it| it != head.previous) {
            return Err("the frame here does not name the hash of the one before it");
        }
        if head.time_ms < self.time_ms || head.synced < self.synced || head.synced > self.offset {
            return Err("the frame here does not fit the one before it");
        }
        self.position = head.end();
        self.offset += head.length();
        self.time_ms = head.time_ms;
        self.synced = head.synced;
        match head.kind {
            Kind::Records => self.chain = Some(chain),
            Kind::Seal | Kind::End => self.chain = Some(head.previous),
        }
        Ok(())
    }
}
