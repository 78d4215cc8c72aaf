//! The journal on the local disk.

use super::frame::{Frame, Place, Records};
use super::reader::{Reader, Shared};
use super::segment::{self, Header};
use super::{ChainHash, Journal, JournalError, Location, Recovered, recovery};
use ledger::id::{CellId, Position};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// See the module above. One process has it open: the engine's data directory is locked.
pub struct LocalJournal {
    directory: PathBuf,
    cell: CellId,
    segment_size: u64,
    file: Arc<File>,
    /// The number of the segment that is being filled, and how far it is filled.
    segment: u32,
    filled: u64,
    end: Position,
    chain: ChainHash,
    time_ms: u64,
    /// Written and not yet synced.
    offered: VecDeque<Frame>,
    spare: Spare,
    poisoned: bool,
    sealed: bool,
    shared: Arc<Shared>,
}

/// The segment after this one.
enum Spare {
    None,
    Preparing(JoinHandle<Result<File, JournalError>>),
}

impl LocalJournal {
    /// Opens the journal of a cell in `directory`, which is made if it is not there, and recovers.
    pub fn open(
        directory: &Path,
        cell: CellId,
        segment_size: u64,
    ) -> Result<(LocalJournal, Recovered), JournalError> {
        fs::create_dir_all(directory)?;
        let found = recovery::recover(directory, cell, segment_size)?;
        let shared =
            Arc::new(Shared::new(found.segments, found.recovered, found.filled, segment_size));
        let Recovered { end, chain, time_ms, .. } = found.recovered;
        let (segment, file) = shared.last().ok_or(JournalError::Poisoned)?;
        let mut journal = LocalJournal {
            directory: directory.to_owned(),
            cell,
            segment_size,
            file,
            segment,
            filled: found.filled,
            end,
            chain,
            time_ms,
            offered: VecDeque::new(),
            spare: Spare::None,
            poisoned: false,
            sealed: found.recovered.case == recovery::RecoveryCase::Sealed,
            shared,
        };
        journal.prepare_spare();
        Ok((journal, found.recovered))
    }

    /// A reader of what is durable, now and later.
    pub fn reader(&self) -> Reader {
        Reader::new(self.shared.clone())
    }

    /// Writes a seal, so that damage to the last frame can be told from a torn write. More may be
    /// offered afterwards.
    pub fn close(&mut self) -> Result<(), JournalError> {
        if self.sealed {
            return Ok(());
        }
        let (time_ms, rules) = (self.time_ms, 0);
        self.offer(time_ms, rules, &Records::new())?;
        while self.next()?.is_some() {}
        self.sealed = true;
        Ok(())
    }

    /// Begins to prepare the next segment in the background.
    fn prepare_spare(&mut self) {
        let (directory, size) = (self.directory.clone(), self.segment_size);
        let thread = std::thread::Builder::new().name("journal-spare".to_owned());
        self.spare = match thread.spawn(move || segment::prepare(&directory, size)) {
            Ok(handle) => Spare::Preparing(handle),
            Err(_) => Spare::None,
        };
    }

    /// Goes on in the next segment. `Full` if there is no space for one.
    fn roll(&mut self) -> Result<(), JournalError> {
        let prepared = match std::mem::replace(&mut self.spare, Spare::None) {
            Spare::Preparing(thread) => thread.join().unwrap_or(Err(JournalError::Poisoned)),
            // The last attempt failed; perhaps there is space by now.
            Spare::None => segment::prepare(&self.directory, self.segment_size),
        };
        let file = prepared?;
        // Frames of the segment before must not become durable after those of this one.
        self.sync()?;
        let number = self.segment + 1;
        let (first, previous) = (self.offered_end(), self.chain);
        let header = Header { cell: self.cell, number, first, previous };
        segment::adopt(&self.directory, &file, &header)?;
        self.file = Arc::new(file);
        self.segment = number;
        self.filled = segment::HEADER;
        self.shared.add_segment(header, self.file.clone());
        self.prepare_spare();
        Ok(())
    }

    fn offered_end(&self) -> Position {
        self.offered.back().map_or(self.end, Frame::end)
    }

    fn sync(&mut self) -> Result<(), JournalError> {
        if let Err(error) = self.file.sync_data() {
            // Never again: the kernel may have dropped the pages and told us once.
            self.poisoned = true;
            return Err(error.into());
        }
        Ok(())
    }
}

impl Journal for LocalJournal {
    fn offer(&mut self, now_ms: u64, rules: u16, records: &Records) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        let time_ms = now_ms.max(self.time_ms);
        let first = self.offered_end();
        let offset = u32::try_from(self.filled).map_err(|_| JournalError::TooLarge)?;
        let location = Location::new(self.segment, offset);
        let place = Place { first, time_ms, rules, previous: self.chain, location };
        let mut frame = Frame::new(place, records);
        let length = u64::try_from(frame.bytes().len()).map_err(|_| JournalError::TooLarge)?;
        if self.filled + length > self.segment_size {
            self.roll().inspect_err(|error| {
                self.poisoned = !matches!(error, JournalError::Full);
            })?;
            let offset = u32::try_from(self.filled).map_err(|_| JournalError::TooLarge)?;
            let location = Location::new(self.segment, offset);
            frame = Frame::new(Place { location, ..place }, records);
        }
        if let Err(error) = self.file.write_all_at(frame.bytes(), self.filled) {
            self.poisoned = true;
            return Err(error.into());
        }
        self.filled += length;
        self.chain = frame.chain();
        self.time_ms = time_ms;
        self.sealed = false;
        self.offered.push_back(frame);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Frame>, JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        if self.offered.is_empty() {
            return Ok(None);
        }
        if self.end == self.synced_end() {
            self.sync()?;
            self.shared.now_durable(self.offered_end(), self.chain, self.segment, self.filled);
        }
        let frame = self.offered.pop_front();
        if let Some(frame) = &frame {
            self.end = frame.end();
        }
        Ok(frame)
    }
}

impl LocalJournal {
    /// The end of what is known to be durable.
    fn synced_end(&self) -> Position {
        self.shared.durable().0
    }
}

impl Drop for LocalJournal {
    fn drop(&mut self) {
        // The thread writes into the directory: whoever opens it next must not meet it.
        if let Spare::Preparing(thread) = std::mem::replace(&mut self.spare, Spare::None) {
            let _ = thread.join();
        }
    }
}
