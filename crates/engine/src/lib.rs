//! The engine: one writer per cell.
//!
//! A request is *offered* to its cell's queue. The journal thread takes what has gathered, makes it
//! durable as one frame, and hands it on; while it waits for the disk the next frame gathers. The
//! applier thread decodes each record of the frame, lets the ledger decide it, and only then
//! answers. So nothing is acknowledged before it is durable, only what came out of the journal is
//! applied, and a restart is the same code reading the same frames.
//!
//! ```text
//! submit ─▶ gather ─▶ journal thread: offer, sync ─▶ applier thread: decode, apply, answer ─▶
//! reply
//!                                                         │ letters
//!                                                         └▶ courier: the other cells' submit
//! ```
//!
//! Readers take a shared lock for moments and never wait for a disk under it; see [`store::View`].
//!
//! Read it in this order: [`Engine`], `gather`, `writer`, `applier`, `courier`.

mod applier;
mod courier;
mod data_dir;
mod gather;
pub mod metrics;
#[cfg(test)]
mod tests;
mod writer;

pub use data_dir::DataDir;
pub use gather::Answered;

use applier::Applier;
use courier::Courier;
use gather::{Gather, Reply};
use ledger::command::{Answer, Outcome, Request};
use ledger::id::{CellId, Position};
use ledger::rejection::Rejection;
use ledger::time::{Seconds, Time};
use metrics::CellMetrics;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use store::journal::{JournalError, Reader};
use store::{At as ReadAt, Cell, Miss, View};

/// The version of the rules by which this program decides. Every frame of the journal names its
/// own.
pub const RULES: u16 = 1;

/// How to run an engine.
#[derive(Clone)]
pub struct Options {
    /// The data directory.
    pub data: PathBuf,
    /// Memory for the books of all cells together, in bytes.
    pub memory_bytes: u64,
    /// Records that may wait in the queue of each cell.
    pub queue_limit: usize,
    /// Called, once, when going on could lose or invent something: a failed sync, a damaged page.
    pub on_fatal: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Options {
    /// The usual: 2 GiB, 65,536 records, and the process ends on a fatal error.
    pub fn new(data: &Path) -> Options {
        Options {
            data: data.to_owned(),
            memory_bytes: 2 << 30,
            queue_limit: 65_536,
            on_fatal: Arc::new(|why| {
                eprintln!("danbao cannot go on: {why}");
                std::process::exit(1);
            }),
        }
    }
}

/// Why an engine could not be made, opened or read.
#[derive(Debug)]
pub enum EngineError {
    /// The data directory is not what it should be. The text says what to do.
    Data(String),
    /// The journal could not be opened or read.
    Journal(JournalError),
    /// Something else on the disk.
    Io(io::Error),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EngineError::Data(text) => f.write_str(text),
            EngineError::Journal(error) => error.fmt(f),
            EngineError::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EngineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            EngineError::Data(_) => None,
            EngineError::Journal(error) => Some(error),
            EngineError::Io(error) => Some(error),
        }
    }
}

impl From<io::Error> for EngineError {
    fn from(error: io::Error) -> EngineError {
        EngineError::Io(error)
    }
}

impl From<JournalError> for EngineError {
    fn from(error: JournalError) -> EngineError {
        EngineError::Journal(error)
    }
}

/// Why a request was not even queued. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Too many requests wait. Come back in a moment.
    QueueFull,
    /// The engine is stopping.
    Stopping,
    /// There is no such cell.
    NoSuchCell,
}

/// Why a queued request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// The disk is full. Nothing was written.
    DiskFull,
    /// The engine stopped. Whether the request is durable is not known: ask again under its name.
    Unknown,
}

/// One cell at work.
struct Running {
    gather: Arc<Gather>,
    books: Arc<Cell>,
    journal: Reader,
    metrics: Arc<CellMetrics>,
}

/// The cells of one process. Cheap to clone; all clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    cells: Vec<Running>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    courier: Mutex<Option<Courier>>,
    data: DataDir,
}

impl Engine {
    /// Opens the data directory, recovers every cell, and starts the threads.
    pub fn open(options: &Options) -> Result<Engine, EngineError> {
        let data = DataDir::open(&options.data)?;
        let mut cells = Vec::new();
        let mut threads = Vec::new();
        let bell = courier::Bell::default();
        let memory = options.memory_bytes / u64::from(data.cells());
        for number in 0..data.cells() {
            let cell = CellId::new(number);
            let (applier, journal) = Applier::recover(&data, cell, memory)?;
            let gather = Arc::new(Gather::new(options.queue_limit));
            let metrics = Arc::new(CellMetrics::default());
            cells.push(Running {
                gather: gather.clone(),
                books: applier.books(),
                journal: journal.reader(),
                metrics: metrics.clone(),
            });
            let context = writer::Context {
                cell,
                gather,
                metrics,
                bell: bell.clone(),
                on_fatal: options.on_fatal.clone(),
            };
            threads.extend(writer::start(journal, applier, context)?);
        }
        let engine = Engine {
            shared: Arc::new(Shared {
                cells,
                threads: Mutex::new(threads),
                courier: Mutex::new(None),
                data,
            }),
        };
        let courier = Courier::start(&engine, bell)?;
        *engine.shared.courier.lock().unwrap_or_else(PoisonError::into_inner) = Some(courier);
        Ok(engine)
    }

    /// How many cells there are.
    pub fn cells(&self) -> u8 {
        self.shared.data.cells()
    }

    /// Every cell.
    pub fn all_cells(&self) -> impl Iterator<Item = CellId> + use<> {
        (0..self.cells()).map(CellId::new)
    }

    /// Whether this is a sandbox, whose clock may be moved.
    pub fn sandbox(&self) -> bool {
        self.shared.data.sandbox()
    }

    /// Queues a request. `reply` is called from a thread of the engine once the answer is durable
    /// and applied; it must not block.
    pub fn submit(
        &self,
        cell: CellId,
        request: &Request,
        reply: impl FnOnce(Result<Answered, NotDone>) + Send + 'static,
    ) -> Result<(), Refused> {
        self.push(cell, std::slice::from_ref(request), Reply::One(Box::new(reply)))
    }

    /// What was answered to a request of this name before, if there was one: so a retry need not be
    /// written down. Another request under the name is told so, as it would be by the ledger.
    pub fn answered_before(
        &self,
        cell: CellId,
        request: &Request,
    ) -> Result<Option<Answered>, EngineError> {
        let (found, _) = self.read(cell, |view| view.answer(request.id))?;
        let Some(answer) = found else { return Ok(None) };
        let mut bytes = Vec::with_capacity(128);
        store::codec::encode_request(request, &mut bytes);
        if store::codec::fingerprint(&bytes) == answer.fingerprint {
            return Ok(Some(Answered { answer, repeated: true }));
        }
        let outcome = Outcome::Rejected(Rejection::RequestIdTaken);
        Ok(Some(Answered { answer: Answer { outcome, ..answer }, repeated: false }))
    }

    /// Queues requests in their order, all or none. `reply` gets an answer for each.
    pub fn submit_batch(
        &self,
        cell: CellId,
        requests: &[Request],
        reply: impl FnOnce(Result<Vec<Answered>, NotDone>) + Send + 'static,
    ) -> Result<(), Refused> {
        self.push(cell, requests, Reply::Many(requests.len(), Box::new(reply)))
    }

    fn push(&self, cell: CellId, requests: &[Request], reply: Reply) -> Result<(), Refused> {
        let running = self.running(cell).ok_or(Refused::NoSuchCell)?;
        let pushed = running.gather.push(requests.iter(), reply);
        if pushed == Err(Refused::QueueFull) {
            running.metrics.turned_away.fetch_add(1, Relaxed);
        }
        pushed
    }

    /// Reads the books of a cell at one position, which is told. `look` may run several times: it
    /// must only look.
    pub fn read<T>(
        &self,
        cell: CellId,
        look: impl FnMut(&View<'_>) -> Result<T, Miss>,
    ) -> Result<(T, ReadAt), EngineError> {
        let no_cell = || EngineError::Data(format!("there is no cell {cell}"));
        let running = self.running(cell).ok_or_else(no_cell)?;
        Ok(running.books.read(look)?)
    }

    /// The request at a position, as the journal has it: the home of every text.
    pub fn request_at(&self, cell: CellId, position: Position) -> Result<Request, EngineError> {
        let lost = || EngineError::Data(format!("cell {cell} has no record {position}"));
        let (location, _) = self.read(cell, |view| view.location_of(position))?;
        let running = self.running(cell).ok_or_else(lost)?;
        let bytes = running.journal.read_at(location.ok_or_else(lost)?)?;
        let text = |error| EngineError::Data(format!("record {position} of cell {cell}: {error}"));
        store::codec::decode_request(&bytes).map_err(text)
    }

    /// A reader of a cell's journal.
    pub fn journal(&self, cell: CellId) -> Option<Reader> {
        self.running(cell).map(|it| it.journal.clone())
    }

    /// What a cell counts.
    pub fn metrics(&self, cell: CellId) -> Option<Arc<CellMetrics>> {
        let running = self.running(cell)?;
        let waiting = u64::try_from(running.gather.len()).unwrap_or(u64::MAX);
        running.metrics.waiting.store(waiting, Relaxed);
        Some(running.metrics.clone())
    }

    /// The settings of a cell and its time now: the clock's, moved as far as a sandbox's was.
    pub fn now(&self, cell: CellId) -> Result<Time, EngineError> {
        let ahead = |view: &View<'_>| Ok(view.settings()?.map(|it| it.clock_ahead));
        let ahead = self.read(cell, ahead)?.0.unwrap_or(Seconds(0));
        Ok(writer::wall_clock().after(ahead))
    }

    /// Answers what is queued, seals the journals, writes a last checkpoint, and ends.
    pub fn stop(&self) {
        let courier = self.shared.courier.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(courier) = courier {
            courier.stop();
        }
        for cell in &self.shared.cells {
            cell.gather.close();
        }
        let mut threads = self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            // A thread that panicked has told `on_fatal` already.
            let _ = thread.join();
        }
    }

    fn running(&self, cell: CellId) -> Option<&Running> {
        self.shared.cells.get(usize::from(cell.number()))
    }
}
