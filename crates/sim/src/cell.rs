//! A cell that can crash: a journal on a disk that forgets, and books made of what comes out of it.

use crate::Fault;
use ledger::command::Request;
use ledger::id::{CellId, Position};
use ledger::memory::MemoryBooks;
use ledger::time::Time;
use ledger::{At, Decision};
use store::codec::{decode_request, encode_request, fingerprint};
use store::journal::contract::Dice;
use store::journal::sim::SimDisk;
use store::journal::{Check, Frame, Journal, LocalJournal, Options, Record, Records, RecoveryCase};
use tempfile::TempDir;

/// Small, so that a run crosses from segment to segment.
const SEGMENT: u64 = 32 << 10;
const MEMORY: u64 = 16 << 20;

/// The books as the store keeps them, in a folder.
struct Stored {
    folder: TempDir,
    books: Option<store::Cell>,
}

/// See the module.
pub(crate) struct Cell {
    pub(crate) id: CellId,
    disk: SimDisk,
    journal: Option<LocalJournal>,
    /// Everything that ever came out.
    pub(crate) frames: Vec<Frame>,
    pub(crate) books: MemoryBooks,
    stored: Option<Stored>,
}

/// What a restart found.
pub(crate) struct Restart {
    /// Frames that had not come out before.
    pub(crate) new: Vec<Frame>,
    /// Whether something torn was dropped.
    pub(crate) torn: bool,
    /// Whether the stored books went on from a checkpoint.
    pub(crate) from_checkpoint: bool,
}

impl Cell {
    pub(crate) fn new(id: CellId, seed: u64, stored: bool) -> Result<Cell, String> {
        let stored = if stored { Some(Stored::new()?) } else { None };
        let disk = SimDisk::new(seed);
        let books = MemoryBooks::default();
        let (journal, _) = disk.open(options(id)).map_err(|it| it.to_string())?;
        Ok(Cell { id, disk, journal: Some(journal), frames: Vec::new(), books, stored })
    }

    /// Plans that the power fails after some more operations of the disk.
    pub(crate) fn power_off_after(&self, operations: u64) {
        self.disk.power_off_after(operations);
    }

    /// Plans that the next sync fails.
    pub(crate) fn fail_sync(&self) {
        self.disk.fail_sync_after(0);
    }

    /// Offers requests as one frame. `false` if the cell is dead.
    pub(crate) fn offer(&mut self, now: u64, requests: &[Request]) -> bool {
        let mut records = Records::new();
        for request in requests {
            let mut bytes = Vec::new();
            encode_request(request, &mut bytes);
            records.push(&bytes).expect("a few requests fit into a frame");
        }
        self.journal.as_mut().is_some_and(|it| it.offer(now, 1, &records).is_ok())
    }

    /// The next frame that is durable; `Err` if the cell is dead.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, ()> {
        self.journal.as_mut().ok_or(())?.next().map_err(|_| ())
    }

    /// Decides a record, in the plain books and in the stored ones.
    pub(crate) fn decide(
        &mut self,
        frame: &Frame,
        record: &Record<'_>,
    ) -> Result<Decision, String> {
        let decision = apply(&mut self.books, frame, record)?;
        if let Some(stored) = &self.stored {
            let also = stored.apply(frame, record)?;
            if also != decision {
                return Err(format!("the store decided {also:?}, the maps {decision:?}"));
            }
        }
        Ok(decision)
    }

    /// Says that a frame is wholly applied.
    pub(crate) fn end_frame(&mut self, frame: Frame) {
        if let Some(books) = self.stored.as_ref().and_then(|it| it.books.as_ref()) {
            books.write(|store| store.end_frame(&frame));
        }
        self.frames.push(frame);
    }

    /// Writes a checkpoint of the stored books.
    pub(crate) fn checkpoint(&self) -> Result<(), String> {
        let Some(books) = self.stored.as_ref().and_then(|it| it.books.as_ref()) else {
            return Ok(());
        };
        let begun = books.write(store::Store::begin_checkpoint);
        books.complete(begun).map_err(|it| it.to_string())
    }

    /// Ends the process without warning, cuts the power, and starts again.
    pub(crate) fn crash(&mut self, seed: u64, fault: Option<Fault>) -> Result<Restart, String> {
        self.journal = None;
        self.disk.crash(seed);
        // Sometimes the power fails again while the journal is being recovered.
        let mut dice = Dice::new(seed ^ 0x5eed);
        if dice.roll(4) == 0 {
            self.disk.power_off_after(dice.roll(12));
            if let Ok((journal, _)) = self.disk.open(options(self.id)) {
                drop(journal);
            }
            self.disk.crash(!seed);
        }
        let opened = self.disk.open(options(self.id));
        let (journal, found) = opened.map_err(|it| format!("recovery failed: {it}"))?;
        let frames: Result<Vec<Frame>, _> = journal.reader().frames_from(Position(0)).collect();
        let frames = frames.map_err(|it| format!("the journal cannot be read: {it}"))?;
        for (number, before) in self.frames.iter().enumerate() {
            if frames.get(number).map(Frame::bytes) != Some(before.bytes()) {
                return Err(format!("frame {number} was acknowledged and is not there any more"));
            }
        }
        self.journal = Some(journal);
        let known = self.frames.len();
        let before = std::mem::take(&mut self.books);
        let last = match fault {
            Some(Fault::ForgottenFrame) => known.saturating_sub(1),
            Some(Fault::RepeatedFrame | Fault::Oracle(_)) | None => known,
        };
        let again = if fault == Some(Fault::RepeatedFrame) { frames[..known].last() } else { None };
        for frame in frames[..last].iter().chain(again) {
            for record in frame.records() {
                apply(&mut self.books, frame, &record)?;
            }
        }
        same_books(&before, &self.books)?;
        let from_checkpoint = match &mut self.stored {
            Some(stored) => stored.reopen(&frames[..known], &self.books)?,
            None => false,
        };
        let torn = found.case == RecoveryCase::Torn;
        Ok(Restart { new: frames[known..].to_vec(), torn, from_checkpoint })
    }

    /// Compares the stored books with the plain ones.
    pub(crate) fn check_stored(&self) -> Result<(), String> {
        self.stored.as_ref().map_or(Ok(()), |it| it.compare(&self.books))
    }
}

fn options(cell: CellId) -> Options {
    Options { segment_size: SEGMENT, reserve: 0, check: Check::Whole, ..Options::new(cell) }
}

/// The request of a record, and its fingerprint.
pub(crate) fn request_of(record: &Record<'_>) -> Result<Request, String> {
    decode_request(record.bytes).map_err(|it| format!("a record cannot be decoded: {it}"))
}

fn at(frame: &Frame, record: &Record<'_>) -> At {
    At { position: record.position, time: Time(frame.time_ms()) }
}

fn apply(books: &mut MemoryBooks, frame: &Frame, record: &Record<'_>) -> Result<Decision, String> {
    let request = request_of(record)?;
    Ok(ledger::apply(books, at(frame, record), &request, fingerprint(record.bytes)))
}

impl Stored {
    fn new() -> Result<Stored, String> {
        let folder = TempDir::new().map_err(|it| it.to_string())?;
        let mut stored = Stored { folder, books: None };
        stored.open()?;
        Ok(stored)
    }

    fn open(&mut self) -> Result<(), String> {
        let store = store::Store::open(self.folder.path(), MEMORY).map_err(|it| it.to_string())?;
        self.books = Some(store::Cell::new(store));
        Ok(())
    }

    fn books(&self) -> &store::Cell {
        self.books.as_ref().expect("the stored books are open between restarts")
    }

    fn apply(&self, frame: &Frame, record: &Record<'_>) -> Result<Decision, String> {
        let request = request_of(record)?;
        Ok(self.books().write(|store| {
            store.begin_record(record.location);
            ledger::apply(store, at(frame, record), &request, fingerprint(record.bytes))
        }))
    }

    /// Forgets what no checkpoint has and applies it again. Whether there was a checkpoint.
    fn reopen(&mut self, frames: &[Frame], plain: &MemoryBooks) -> Result<bool, String> {
        self.books = None;
        self.open()?;
        let from = self.books().write(|it| it.next_position());
        for frame in frames.iter().filter(|it| it.first() >= from) {
            for record in frame.records() {
                self.apply(frame, &record)?;
            }
            self.books().write(|store| store.end_frame(frame));
        }
        self.compare(plain)?;
        Ok(from > Position(0))
    }

    fn compare(&self, plain: &MemoryBooks) -> Result<(), String> {
        self.books().write(|store| compare_store(store, plain))
    }
}

fn compare_store(store: &store::Store, plain: &MemoryBooks) -> Result<(), String> {
    macro_rules! compare {
        ($($each:ident $rows:ident),*) => {$(
            let mut rows = Vec::new();
            store.$each(|it| rows.push(*it)).map_err(|it| it.to_string())?;
            let expected: Vec<_> = plain.$rows.values().copied().collect();
            if rows != expected {
                return Err(format!("the stored {} differ from the maps", stringify!($rows)));
            }
        )*};
    }
    compare!(each_account accounts, each_order orders, each_hold holds, each_top_up top_ups);
    compare!(each_withdrawal withdrawals, each_remittance remittances);
    compare!(each_receipt receipts, each_proposal proposals, each_key keys);
    compare!(each_announcement announcements);
    let mut postings = Vec::new();
    store.each_posting(|_, it| postings.push(*it)).map_err(|it| it.to_string())?;
    let mut letters = Vec::new();
    store.each_letter(|it| letters.push(*it)).map_err(|it| it.to_string())?;
    if postings != plain.postings || letters != plain.letters {
        return Err("the stored postings or letters differ from the maps".to_owned());
    }
    let summed = store.recompute_state_hash().map_err(|it| it.to_string())?;
    if summed != store.state_hash() {
        return Err("the state hash is not the sum of the stored rows".to_owned());
    }
    Ok(())
}

/// Whether a replay made the same books again.
fn same_books(before: &MemoryBooks, after: &MemoryBooks) -> Result<(), String> {
    macro_rules! same {
        ($($rows:ident)*) => {$(
            if before.$rows != after.$rows {
                return Err(format!("after a restart the {} differ", stringify!($rows)));
            }
        )*};
    }
    same!(settings accounts orders holds top_ups withdrawals remittances channels users cards);
    same!(receipts proposals keys);
    same!(postings happenings answers letters listings);
    Ok(())
}
