//! Verification: the books against their journal, and both against what must be true of money.
//!
//! The journal of every cell is read from its first byte on, and replayed into fresh books beside
//! the stored ones. Three things have to agree: the chain of hashes with itself, the stored books
//! with the fresh ones, and the fresh books with the invariants, which `audit` states in words of
//! its own and counts from single postings. Nothing of the stored books is believed on the way.

mod appeals;
pub(crate) mod audit;
mod owed;
mod people;

use crate::applier::apply_record;
use crate::{DataDir, EngineError};
pub use owed::Owed;

use audit::{Audited, audit, between_cells};
use ledger::account::AccountKind;
use ledger::currency::Currency;
use ledger::id::{CellId, Position};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use store::journal::{ChainHash, JournalError, LocalJournal, Reader, SEGMENT_SIZE};
use store::{Cell, Store};

/// What is wrong is listed up to here; more would not be read.
const FAULTS_MAX: usize = 100;

/// The balance of all accounts of a kind in a currency, in minor units: what they have, or, if it
/// is negative, what they lack.
pub type Sums = BTreeMap<(Currency, AccountKind), i128>;

/// How to verify.
#[derive(Clone, Debug)]
pub struct Task {
    /// A folder of its own for the fresh books: as much space as the stored ones take.
    pub scratch: PathBuf,
    /// Memory for the books of all cells together, in bytes.
    pub memory_bytes: u64,
    /// State hashes that somebody else claims, to be compared on the way.
    pub claims: Vec<Claim>,
    /// Whether to list what is owed to whom.
    pub owed: bool,
}

/// What somebody says that the books of a cell were at a position.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Of which cell.
    pub cell: CellId,
    /// After the record before this position.
    pub position: Position,
    /// The sum over all rows.
    pub state_hash: u128,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Cell by cell.
    pub cells: Vec<CellReport>,
    /// The money of all cells.
    pub money: Sums,
    /// What is owed to whom, each account once, if that was asked for.
    pub owed: Vec<Owed>,
    /// Everything that is not as it must be. Empty if all is well.
    pub faults: Faults,
}

/// What was found in one cell.
#[derive(Clone, Copy, Debug)]
pub struct CellReport {
    /// Which.
    pub cell: CellId,
    /// The position after its last record.
    pub position: Position,
    /// The hash of its whole journal.
    pub chain: ChainHash,
    /// The sum over all rows of the books that the journal makes.
    pub state_hash: u128,
    /// Up to where the stored books had come.
    pub stored: Position,
    /// How many postings, accounts and orders it has.
    pub postings: u64,
    /// Accounts that were ever used.
    pub accounts: u64,
    /// Orders.
    pub orders: u64,
}

/// What is not as it must be.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The first of them, in words.
    pub texts: Vec<String>,
    /// How many there are.
    pub count: usize,
}

impl Faults {
    fn add(&mut self, text: String) {
        self.count += 1;
        if self.texts.len() < FAULTS_MAX {
            self.texts.push(text);
        }
    }
}

/// Verifies a data directory that no server has open. `progress` hears how many records of a cell
/// were replayed, and how many there are.
///
/// Opening the journals does what every start does: a torn tail that was never acknowledged is cut
/// off. Nothing else in the directory is changed.
pub fn verify(
    data: &DataDir,
    task: &Task,
    mut progress: impl FnMut(CellId, u64, u64),
) -> Result<Report, EngineError> {
    let mut report = Report::default();
    let mut audited = Vec::new();
    let share = task.memory_bytes / u64::from(data.cells()) / 2;
    fs::create_dir_all(&task.scratch)?;
    for number in 0..data.cells() {
        let cell = CellId::new(number);
        let Some(journal) = open(data, cell, &mut report.faults)? else { continue };
        let reader = journal.reader();
        let claims = claims(data, task, cell, reader.durable().0, share, &mut report.faults)?;
        let fresh = task.scratch.join(format!("cell-{number:03}"));
        let books = Cell::new(Store::open(&fresh, share)?);
        let replay = Replay { cell, books: &books, claims };
        replay.run(&reader, &mut report.faults, &mut progress)?;
        let (seen, told) = books.write(|store| -> Result<_, EngineError> {
            let seen = audit(store, cell, &mut report.faults)?;
            if task.owed {
                owed::owed(store, &mut report.owed)?;
            }
            let told = told(store, &reader, &seen, &replay);
            Ok((seen, told))
        })?;
        report.cells.push(told);
        audited.push((seen, books));
    }
    for (seen, _) in &audited {
        for (key, sum) in &seen.sums {
            *report.money.entry(*key).or_default() += sum;
        }
    }
    between_cells(&audited, &mut report.faults)?;
    report.owed = owed::together(std::mem::take(&mut report.owed));
    fs::remove_dir_all(&task.scratch)?;
    Ok(report)
}

/// The journal of a cell, or a fault.
fn open(
    data: &DataDir,
    cell: CellId,
    faults: &mut Faults,
) -> Result<Option<LocalJournal>, EngineError> {
    match LocalJournal::open(&data.journal(cell), cell, SEGMENT_SIZE) {
        Ok((journal, _)) => Ok(Some(journal)),
        Err(JournalError::Io(error)) => Err(error.into()),
        Err(error) => {
            faults.add(format!("cell {cell}: {error}"));
            Ok(None)
        }
    }
}

/// What others and the stored books themselves say the state was.
fn claims(
    data: &DataDir,
    task: &Task,
    cell: CellId,
    end: Position,
    memory_bytes: u64,
    faults: &mut Faults,
) -> Result<Claims, EngineError> {
    let mut claims = Claims { stored: Position(0), at: BTreeMap::new() };
    for it in task.claims.iter().filter(|it| it.cell == cell) {
        claims.at.entry(it.position).or_default().push((it.state_hash, "the server's status"));
    }
    if has_books(&data.books(cell)) {
        let stored = Store::open(&data.books(cell), memory_bytes)?;
        claims.stored = stored.next_position();
        let sum = stored.recompute_state_hash()?;
        let at = claims.at.entry(claims.stored).or_default();
        at.push((sum, "the stored books"));
        at.push((stored.state_hash(), "the manifest of the stored books"));
    }
    for (position, of) in claims.at.range(Position(end.0 + 1)..) {
        for (_, who) in of {
            faults.add(format!(
                "cell {cell}: {who} knows record {}, but the journal ends at {end}: acknowledged \
                 requests are lost. Restore the journal from a backup or a follower.",
                position.0 - 1
            ));
        }
    }
    Ok(claims)
}

fn has_books(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|mut it| it.next().is_some())
}

/// State hashes by position, and who says so.
struct Claims {
    stored: Position,
    at: BTreeMap<Position, Vec<(u128, &'static str)>>,
}

/// The journal of a cell on its way into fresh books.
struct Replay<'a> {
    cell: CellId,
    books: &'a Cell,
    claims: Claims,
}

impl Replay<'_> {
    fn run(
        &self,
        reader: &Reader,
        faults: &mut Faults,
        progress: &mut impl FnMut(CellId, u64, u64),
    ) -> Result<(), EngineError> {
        let (end, chain) = reader.durable();
        for frame in reader.frames_from(Position(0)) {
            let frame = match frame {
                Ok(frame) => frame,
                Err(JournalError::Io(error)) => return Err(error.into()),
                Err(error) => {
                    faults.add(format!("cell {}: {error}", self.cell));
                    return Ok(());
                }
            };
            self.books.write(|store| {
                for record in frame.records() {
                    apply_record(store, &frame, &record);
                    self.compare(store, faults);
                }
                store.end_frame(&frame);
            });
            if self.books.write(|store| store.wants_checkpoint()) {
                self.books.complete(self.books.write(Store::begin_checkpoint))?;
                self.books.merge()?;
            }
            progress(self.cell, frame.end().0, end.0);
        }
        let replayed = self.books.write(|store| (store.next_position(), store.chain()));
        if replayed != (end, chain) {
            let text = format!(
                "cell {}: the journal says that it ends at {end} with the hash {chain}, but \
                 reading it ended at {} with {}",
                self.cell, replayed.0, replayed.1
            );
            faults.add(text);
        }
        Ok(())
    }

    fn compare(&self, store: &Store, faults: &mut Faults) {
        let Some(claims) = self.claims.at.get(&store.next_position()) else { return };
        for (claimed, who) in claims {
            if *claimed != store.state_hash() {
                faults.add(format!(
                    "cell {}, position {}: by {who} the state hash is {claimed:032x}; the journal \
                     makes {:032x}. If the journal is sound, delete the folder `books` of this \
                     cell: it comes back.",
                    self.cell,
                    store.next_position(),
                    store.state_hash()
                ));
            }
        }
    }
}

fn told(store: &Store, reader: &Reader, seen: &Audited, replay: &Replay<'_>) -> CellReport {
    let (position, chain) = reader.durable();
    CellReport {
        cell: replay.cell,
        position,
        chain,
        state_hash: store.state_hash(),
        stored: replay.claims.stored,
        postings: seen.postings,
        accounts: seen.accounts,
        orders: seen.orders,
    }
}
