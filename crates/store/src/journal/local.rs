//! The journal on the local disk: one writer, one sync for all that was offered since the last.

use super::disk::{Disk, DiskFile, RealDisk};
use super::frame::{self, FRAME_MAX, Frame, Head, Kind};
use super::reader::{Durable, Reader, Shared};
use super::segment::{FIRST, Header, ROOM, SEGMENT_SIZE, SIZES, SPARE, Segment};
use super::spare::Spare;
use super::{ChainHash, Journal, JournalError, Location, Records, Recovered, recovery};
use ledger::id::{CellId, Position};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

/// How a journal is kept.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whose journal it is.
    pub cell: CellId,
    /// Bytes of each new segment. A segment of 5 MiB or more takes any frame.
    pub segment_size: u64,
    /// Free space that is left to the books and to everything else on the disk.
    pub reserve: u64,
    /// How much is verified before anything else.
    pub check: Check,
}

impl Options {
    /// What a cell has unless somebody wants something else.
    pub const fn new(cell: CellId) -> Options {
        Options { cell, segment_size: SEGMENT_SIZE, reserve: 256 << 20, check: Check::Tail }
    }
}

/// How much of a journal is verified when it is opened. Whoever reads verifies what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The header of every segment, and all of the last two segments.
    Tail,
    /// Everything.
    Whole,
}

/// See the module above. One process has it open: its owner locks the data directory.
pub struct LocalJournal {
    disk: Arc<dyn Disk>,
    options: Options,
    shared: Arc<Shared>,
    spare: Spare,
    /// The segment that is being filled.
    segment: Arc<Segment>,
    file: Arc<dyn DiskFile>,
    /// How far it is filled, and how far that is durable.
    filled: u32,
    synced: u32,
    /// What the next frame continues.
    end: Position,
    chain: ChainHash,
    time_ms: u64,
    /// Written and not yet synced; synced and not yet handed out.
    offered: VecDeque<Frame>,
    ready: VecDeque<Frame>,
    sealed: bool,
    poisoned: bool,
}

impl LocalJournal {
    /// Opens the journal of a cell in `directory`, which is made if it is not there, and recovers.
    pub fn open(
        directory: &Path,
        cell: CellId,
        segment_size: u64,
    ) -> Result<(LocalJournal, Recovered), JournalError> {
        LocalJournal::open_with(directory, Options { segment_size, ..Options::new(cell) })
    }

    /// The same, with everything said.
    pub fn open_with(
        directory: &Path,
        options: Options,
    ) -> Result<(LocalJournal, Recovered), JournalError> {
        LocalJournal::open_on(Arc::new(RealDisk::open(directory)?), options)
    }

    pub(super) fn open_on(
        disk: Arc<dyn Disk>,
        options: Options,
    ) -> Result<(LocalJournal, Recovered), JournalError> {
        assert!(SIZES.contains(&options.segment_size), "a segment has 8 KiB to 1 GiB");
        let found = recovery::recover(&disk, &options)?;
        let recovered = found.recovered;
        let segment = found.segments.last().cloned().expect("an open journal has a segment");
        let Recovered { end, chain, time_ms, .. } = recovered;
        let number = segment.header.number;
        let durable = Durable { segment: number, offset: found.filled, position: end, chain };
        let journal = LocalJournal {
            spare: Spare::new(disk.clone(), options.segment_size, options.reserve),
            shared: Arc::new(Shared::new(disk.clone(), found.segments, durable)),
            disk,
            options,
            segment,
            file: found.file,
            filled: found.filled,
            synced: found.filled,
            end,
            chain,
            time_ms,
            offered: VecDeque::new(),
            ready: VecDeque::new(),
            sealed: found.sealed,
            poisoned: false,
        };
        Ok((journal, recovered))
    }

    /// A reader of what is durable, now and later.
    pub fn reader(&self) -> Reader {
        Reader::new(self.shared.clone())
    }

    /// Makes everything that was offered durable and writes a seal behind it, so that damage to the
    /// last frame can be told from a torn write. For quiet moments; it costs one sync, or two.
    pub fn seal(&mut self) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        self.sync()?;
        if self.sealed {
            return Ok(());
        }
        let seal = self.mark(Kind::Seal);
        self.write(&seal)?;
        self.sync()?;
        self.sealed = true;
        Ok(())
    }

    /// Ends the journal in order. A journal that is dropped without it loses nothing; the next
    /// opening only knows less about what it finds.
    pub fn close(&mut self) -> Result<(), JournalError> {
        self.seal()
    }

    /// Bytes that are free on the disk, for the journal and for everybody else.
    pub fn free(&self) -> std::io::Result<u64> {
        self.disk.free()
    }

    /// Bytes that frames may still take of the segment.
    fn left(&self) -> u32 {
        self.segment.header.size.saturating_sub(self.filled).saturating_sub(ROOM)
    }

    /// Makes sure that a frame of `length` bytes can be written here. `Full` if that is so only
    /// with a segment that cannot be had.
    ///
    /// `Full` is said as soon as the segment could not take the largest frame, so that whether
    /// there is space does not depend on how large a frame is: nothing small overtakes something
    /// large.
    fn make_room(&mut self, length: u32) -> Result<(), JournalError> {
        let (left, size) = (self.left(), self.segment.header.size);
        let largest = FRAME_MAX.min(size / 4).max(length);
        if left >= largest.max(size / 2) {
            return Ok(());
        }
        let begun = self.spare.begin();
        if left >= largest {
            return Ok(());
        }
        begun?;
        if length > left {
            return self.roll();
        }
        if self.spare.is_coming() { Ok(()) } else { Err(JournalError::Full) }
    }

    /// Goes on in the next segment.
    fn roll(&mut self) -> Result<(), JournalError> {
        // Until here nothing was written, and nothing is poisoned by it.
        let file = self.spare.take()?;
        self.sync()?;
        let header = Header {
            cell: self.options.cell,
            number: self.segment.header.number + 1,
            size: u32::try_from(self.options.segment_size).map_err(|_| JournalError::TooLarge)?,
            salt: self.disk.salt(),
            first: self.end,
            previous: self.chain,
            time_ms: self.time_ms,
        };
        self.fatal(|it| adopt(&*it.disk, &*file, &header))?;
        let segment = Arc::new(Segment::new(header));
        self.shared.add_segment(segment.clone());
        // Only now, so that a segment with this mark always has one behind it. Nobody waits for it
        // to be durable: it is there to miss a segment that somebody lost.
        let end = self.mark(Kind::End);
        self.write(&end)?;
        (self.segment, self.file) = (segment, file);
        (self.filled, self.synced) = (FIRST, FIRST);
        self.sealed = true;
        Ok(())
    }

    fn head(&self, kind: Kind) -> Head {
        Head {
            kind,
            rules: 0,
            count: 0,
            payload: 0,
            synced: self.synced,
            salt: self.segment.header.salt,
            first: self.end,
            time_ms: self.time_ms,
            previous: self.chain,
        }
    }

    /// A frame without records.
    fn mark(&self, kind: Kind) -> Vec<u8> {
        self.head(kind).write(&[])
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        self.fatal(|it| it.file.write(bytes, it.filled))?;
        self.filled += u32::try_from(bytes.len()).map_err(|_| JournalError::TooLarge)?;
        Ok(())
    }

    /// Makes everything that was written durable.
    fn sync(&mut self) -> Result<(), JournalError> {
        if self.synced == self.filled {
            return Ok(());
        }
        self.fatal(|it| it.file.sync())?;
        self.synced = self.filled;
        self.shared.now_durable(Durable {
            segment: self.segment.header.number,
            offset: self.filled,
            position: self.end,
            chain: self.chain,
        });
        self.ready.append(&mut self.offered);
        Ok(())
    }

    /// Does something whose failure leaves unknown what the disk holds. It is never tried again: a
    /// kernel that could not write pages may drop them, tell it once, and say "synced" from then
    /// on.
    fn fatal(
        &mut self,
        act: impl FnOnce(&LocalJournal) -> std::io::Result<()>,
    ) -> Result<(), JournalError> {
        act(self).map_err(|error| {
            self.poisoned = true;
            JournalError::Io(error)
        })
    }
}

/// Makes a prepared file part of the journal.
pub(super) fn adopt(disk: &dyn Disk, file: &dyn DiskFile, header: &Header) -> std::io::Result<()> {
    file.write(&header.write(), 0)?;
    file.sync()?;
    disk.rename(SPARE, &header.name())?;
    disk.sync_names()
}

impl Journal for LocalJournal {
    fn offer(&mut self, now_ms: u64, rules: u16, records: &Records) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        assert!(!records.is_empty(), "a frame has at least one record");
        let payload = frame::payload_of(records);
        let length = frame::length(payload);
        if u64::from(FIRST) + u64::from(length) + u64::from(ROOM) > self.options.segment_size {
            return Err(JournalError::TooLarge);
        }
        self.make_room(length)?;
        let time_ms = now_ms.max(self.time_ms);
        let head =
            Head { rules, count: records.count(), payload, time_ms, ..self.head(Kind::Records) };
        let location = Location::new(self.segment.header.number, self.filled);
        let frame = Frame::written(head, records, location);
        self.write(frame.bytes())?;
        (self.end, self.chain, self.time_ms) = (frame.end(), frame.chain(), time_ms);
        self.sealed = false;
        self.offered.push_back(frame);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Frame>, JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        if self.ready.is_empty() {
            self.sync()?;
        }
        Ok(self.ready.pop_front())
    }
}
