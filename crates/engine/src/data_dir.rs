//! The data directory: which cells there are, and whether this is a sandbox.
//!
//! ```text
//! DATA/danbao.conf           the format of the directory, the number of cells, sandbox or live
//! DATA/lock                  held by the process that has it open
//! DATA/cell-000/journal/     the journal of cell 0; nothing else has to be kept
//! DATA/cell-000/books/       its books, which can be deleted and come back
//! ```

use crate::{EngineError, RULES};
use ledger::command::{Command, Found, Request};
use ledger::event::Actor;
use ledger::id::{CellId, RequestId};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use store::journal::{Journal as _, LocalJournal, Records, SEGMENT_SIZE};

/// The most cells of one directory.
pub(crate) const CELLS_MAX: u8 = 64;
const FORMAT: &str = "1";

/// An open data directory. Nobody else has it open.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    cells: u8,
    sandbox: bool,
    /// Held, not read.
    _lock: File,
}

impl DataDir {
    /// Makes a data directory with so many cells, each with its first record.
    pub fn init(path: &Path, cells: u8, sandbox: bool) -> Result<(), EngineError> {
        DataDir::make(path, cells, sandbox, |cell, journal| found(journal, cell, sandbox))
    }

    /// Makes a data directory for journals that come from elsewhere.
    pub fn lay_out(path: &Path, cells: u8, sandbox: bool) -> Result<(), EngineError> {
        DataDir::make(path, cells, sandbox, |_, _| Ok(()))
    }

    fn make(
        path: &Path,
        cells: u8,
        sandbox: bool,
        begin: impl Fn(CellId, &Path) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        if cells == 0 || cells > CELLS_MAX {
            return refuse(format!("there can be 1 to {CELLS_MAX} cells, not {cells}"));
        }
        fs::create_dir_all(path)?;
        if fs::read_dir(path)?.next().is_some() {
            return refuse(format!("{} is not empty", path.display()));
        }
        for number in 0..cells {
            let cell = CellId::new(number);
            let journal = path.join(cell_name(cell)).join("journal");
            fs::create_dir_all(&journal)?;
            begin(cell, &journal)?;
            File::open(path.join(cell_name(cell)))?.sync_all()?;
        }
        let mode = if sandbox { "sandbox" } else { "live" };
        let text = format!("format = {FORMAT}\ncells = {cells}\nmode = {mode}\n");
        // Written last: a directory without it was never finished.
        let mut file = File::create_new(path.join("danbao.conf"))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        File::open(path)?.sync_all()?;
        Ok(())
    }

    /// Opens a data directory, unless another process has it.
    pub fn open(path: &Path) -> Result<DataDir, EngineError> {
        let file = path.join("danbao.conf");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return refuse(format!(
                    "{} is no data directory. Make one with: danbao init --data {}",
                    path.display(),
                    path.display()
                ));
            }
            Err(error) => return Err(error.into()),
        };
        let value = |name: &str| {
            let lines = text.lines().filter_map(|it| it.split_once('='));
            lines.into_iter().find(|(key, _)| key.trim() == name).map(|(_, it)| it.trim())
        };
        let cells = value("cells").and_then(|it| it.parse().ok()).filter(|it| *it <= CELLS_MAX);
        let sandbox = match value("mode") {
            Some("sandbox") => Some(true),
            Some("live") => Some(false),
            Some(_) | None => None,
        };
        let (Some(FORMAT), Some(cells), Some(sandbox)) = (value("format"), cells, sandbox) else {
            return refuse(format!("{} is damaged, or of a newer danbao", file.display()));
        };
        let lock = File::create(path.join("lock"))?;
        if lock.try_lock().is_err() {
            return refuse(format!("{} is open in another process", path.display()));
        }
        Ok(DataDir { path: path.to_owned(), cells, sandbox, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many cells it has.
    pub fn cells(&self) -> u8 {
        self.cells
    }

    /// Whether clocks may be moved.
    pub fn sandbox(&self) -> bool {
        self.sandbox
    }

    /// Where a cell's journal is.
    pub fn journal(&self, cell: CellId) -> PathBuf {
        self.path.join(cell_name(cell)).join("journal")
    }

    /// Where a cell's books are.
    pub fn books(&self, cell: CellId) -> PathBuf {
        self.path.join(cell_name(cell)).join("books")
    }
}

fn cell_name(cell: CellId) -> String {
    format!("cell-{:03}", cell.number())
}

fn refuse<T>(text: String) -> Result<T, EngineError> {
    Err(EngineError::Data(text))
}

/// Writes the first record of a cell.
fn found(journal: &Path, cell: CellId, sandbox: bool) -> Result<(), EngineError> {
    let (mut journal, _) = LocalJournal::open(journal, cell, SEGMENT_SIZE)?;
    let command = Command::Found(Found { cell, sandbox });
    let request = Request { id: RequestId::UNNAMED, actor: Actor::Platform, command };
    let mut bytes = Vec::new();
    store::codec::encode_request(&request, &mut bytes);
    let mut records = Records::new();
    records.push(&bytes)?;
    journal.offer(crate::writer::wall_clock().0, RULES, &records)?;
    while journal.next()?.is_some() {}
    journal.close()?;
    Ok(())
}
