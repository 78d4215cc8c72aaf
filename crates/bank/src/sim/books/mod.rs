//! The simulated bank's books, in an embedded database. One thread writes; whatever has arrived
//! while it synced is written in one go, and so is what is due by the bank's clock.

mod money;
mod read;
mod tell;
mod work;

use super::clock::{Anchor, Clock};
use super::faults::Faults;
use super::script::{Act, Manner};
use crate::{Answer, Instruction, Kind, Notice, Side};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use work::Work;

/// A card's token, to its number's last four digits and its behaviour.
const CARDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("card_behaviours");
/// An account and a currency, to its balance in minor units.
const BALANCES: TableDefinition<'_, &str, i64> = TableDefinition::new("balances");
/// A reference, to all that the bank knows about it.
const REFERENCES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("references");
/// Movements of money, in order.
const MOVEMENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("movements");
/// A movement's number, to what is wrong with it in the statement.
const STATEMENT_FAULTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("statement_faults");
/// When something is due and its number, to what the bank then does.
const AGENDA: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("agenda");
/// When a notice is due and its number, to the notice.
const OUTBOX: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("outbox");
/// Faults that were applied, in order.
const APPLIED: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("applied");
/// How many numbers of a kind were given.
const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
/// How the bank is set up, by name.
const SETUP: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("setup");

/// What a card begins with, in minor units.
const OPENING: i64 = 100_000_000_000;
/// Changes that are written in one go.
const TOGETHER: usize = 1_024;
/// How often the clock is looked at when nothing arrives.
const TICK: Duration = Duration::from_millis(5);
/// How many inquiries are kept with their times; all are counted.
const INQUIRIES_KEPT: usize = 64;

/// What is answered, and how.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) what: What,
    pub(super) manner: Manner,
}

#[derive(Debug)]
pub(super) enum What {
    Answer(Answer),
    /// The reference was used for something else.
    OtherContent,
    NotFound {
        is_final: bool,
    },
    /// The instruction was lost on the way here.
    Lost,
}

/// What the bank knows about a reference.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) reference: String,
    /// What was instructed, once it was.
    instruction: Option<Instruction>,
    /// The truth at present.
    answer: Option<Answer>,
    /// How often it was instructed, also if it was lost on the way.
    pub(super) instructed: u32,
    /// How often it was asked for.
    pub(super) inquired: u32,
    /// The times of the first of these questions.
    inquiries: Vec<u64>,
    /// Since when the bank says that it never will hear of it.
    closed_at: Option<u64>,
    /// How often money moved for it, and how often it went back.
    executed: u32,
    returned: u32,
    /// Every answer that there was, with its time.
    history: Vec<(u64, Answer)>,
}

/// Money that moved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Movement {
    pub(super) number: u64,
    pub(super) bank_reference: String,
    pub(super) reference: String,
    pub(super) kind: Kind,
    pub(super) token: String,
    pub(super) amount: u64,
    pub(super) currency: String,
    pub(super) side: Side,
    /// When, by the bank's clock.
    pub(super) at: u64,
    /// The bank's reference of the movement that this one undoes.
    pub(super) returns: Option<String>,
}

/// What is wrong with a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Forgery {
    Signature,
    Amount,
    Reference,
}

/// A notice that has to be told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Letter {
    pub(super) notice: Notice,
    pub(super) copies: u16,
    /// How often the platform said that it does not want it.
    pub(super) refused: u32,
    pub(super) forgery: Option<Forgery>,
}

/// A fault that was applied, for whoever has to know what really was wrong.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Applied {
    number: u64,
    at: u64,
    fault: String,
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_reference: Option<String>,
}

/// Something that the bank will do.
#[derive(Serialize, Deserialize)]
struct Due {
    reference: String,
    act: Act,
}

/// What becomes of a letter after it was told.
pub(super) enum After {
    /// It was taken, or nobody will ever take it.
    Forget,
    /// It is told again later.
    Later(u64, Letter),
}

enum Change {
    Tokenise(String, oneshot::Sender<Option<String>>),
    Instruct(Instruction, oneshot::Sender<Told>),
    Inquire(String, oneshot::Sender<Told>),
    Told(Vec<((u64, u64), After)>, oneshot::Sender<()>),
    Setup(&'static str, Vec<u8>, oneshot::Sender<()>),
    Nothing(oneshot::Sender<()>),
}

pub(super) struct Books {
    database: Arc<Database>,
    changes: Sender<Change>,
    pub(super) clock: Arc<Clock>,
    faults: Arc<Mutex<Faults>>,
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

/// What the writing thread has.
struct Writer {
    database: Arc<Database>,
    clock: Arc<Clock>,
    faults: Arc<Mutex<Faults>>,
    /// After how many seconds what the bank never heard of is closed.
    finality: u64,
}

impl Books {
    /// Opens the books. Faults that are given replace those that were kept, and so does a scale.
    pub(super) fn open(
        directory: &Path,
        faults: Option<Faults>,
        scale: Option<u32>,
        finality: u64,
    ) -> io::Result<Books> {
        std::fs::create_dir_all(directory)?;
        let database = Database::create(directory.join("bank.redb")).map_err(failed)?;
        let (anchor, faults) = prepare(&database, faults, scale)?;
        let database = Arc::new(database);
        let (changes, arriving) = channel();
        let (clock, faults) = (Arc::new(Clock::new(anchor)), Arc::new(Mutex::new(faults)));
        let writer = Writer {
            database: database.clone(),
            clock: clock.clone(),
            faults: faults.clone(),
            finality,
        };
        std::thread::Builder::new()
            .name("bank-books".to_owned())
            .spawn(move || writer.write_all(&arriving))?;
        Ok(Books { database, changes, clock, faults })
    }

    /// What goes wrong at present.
    pub(super) fn faults(&self) -> Faults {
        lock(&self.faults).clone()
    }

    /// Lets other things go wrong from now on, and after a restart.
    pub(super) async fn set_faults(&self, faults: Faults) -> io::Result<()> {
        let bytes = serde_json::to_vec(&faults)?;
        self.ask(|tell| Change::Setup("faults", bytes, tell)).await?;
        *lock(&self.faults) = faults;
        Ok(())
    }

    /// Moves the clock forward, and lets it run at another speed if one is given.
    pub(super) async fn turn(&self, forward: Duration, scale: Option<u32>) -> io::Result<()> {
        let anchor = self.clock.turned(forward, scale);
        let bytes = serde_json::to_vec(&anchor)?;
        self.ask(|tell| Change::Setup("clock", bytes, tell)).await?;
        self.clock.set(anchor);
        Ok(())
    }

    /// The token of a card number, if the number is one: the same number, the same token.
    pub(super) async fn tokenise(&self, number: String) -> io::Result<Option<String>> {
        self.ask(|tell| Change::Tokenise(number, tell)).await
    }

    /// Does an instruction, once.
    pub(super) async fn instruct(&self, instruction: Instruction) -> io::Result<Told> {
        self.ask(|tell| Change::Instruct(instruction, tell)).await
    }

    /// What became of a reference.
    pub(super) async fn inquire(&self, reference: String) -> io::Result<Told> {
        self.ask(|tell| Change::Inquire(reference, tell)).await
    }

    /// Writes down what became of letters.
    pub(super) async fn told(&self, letters: Vec<((u64, u64), After)>) -> io::Result<()> {
        self.ask(|tell| Change::Told(letters, tell)).await
    }

    /// Waits until everything with a time before this moment is in the books.
    pub(super) async fn settle(&self) -> io::Result<()> {
        self.ask(Change::Nothing).await
    }

    async fn ask<T>(&self, change: impl FnOnce(oneshot::Sender<T>) -> Change) -> io::Result<T> {
        let (tell, told) = oneshot::channel();
        self.changes.send(change(tell)).map_err(failed)?;
        told.await.map_err(failed)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes what is missing, and reads how the bank is set up.
fn prepare(
    database: &Database,
    faults: Option<Faults>,
    scale: Option<u32>,
) -> io::Result<(Anchor, Faults)> {
    let write = database.begin_write().map_err(failed)?;
    let (anchor, faults) = {
        write.open_table(CARDS).map_err(failed)?;
        write.open_table(BALANCES).map_err(failed)?;
        write.open_table(REFERENCES).map_err(failed)?;
        write.open_table(MOVEMENTS).map_err(failed)?;
        write.open_table(STATEMENT_FAULTS).map_err(failed)?;
        write.open_table(AGENDA).map_err(failed)?;
        write.open_table(OUTBOX).map_err(failed)?;
        write.open_table(APPLIED).map_err(failed)?;
        write.open_table(COUNTERS).map_err(failed)?;
        let mut setup = write.open_table(SETUP).map_err(failed)?;
        let kept = |name: &str| -> io::Result<Option<Vec<u8>>> {
            Ok(setup.get(name).map_err(failed)?.map(|it| it.value().to_vec()))
        };
        let anchor = match kept("clock")? {
            Some(bytes) => serde_json::from_slice(&bytes)?,
            None => Anchor::fresh(),
        };
        let faults = match (faults, kept("faults")?) {
            (Some(given), _) => given,
            (None, Some(bytes)) => serde_json::from_slice(&bytes)?,
            (None, None) => Faults::default(),
        };
        let anchor = Clock::new(anchor).turned(Duration::ZERO, scale);
        let bytes = serde_json::to_vec(&anchor)?;
        setup.insert("clock", bytes.as_slice()).map_err(failed)?;
        let bytes = serde_json::to_vec(&faults)?;
        setup.insert("faults", bytes.as_slice()).map_err(failed)?;
        (anchor, faults)
    };
    write.commit().map_err(failed)?;
    Ok((anchor, faults))
}

impl Writer {
    /// Writes what arrives and what is due, until nobody can send any more.
    fn write_all(&self, arriving: &Receiver<Change>) {
        loop {
            let first = match arriving.recv_timeout(TICK) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) if self.nothing_due() => continue,
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut changes: Vec<Change> = first.into_iter().collect();
            changes.extend(arriving.try_iter().take(TOGETHER));
            match self.write(changes) {
                Ok(tellers) => tellers.into_iter().for_each(|tell| tell()),
                // Nobody is told anything: for them the bank is silent, which is the truth.
                Err(error) => eprintln!("the bank's books failed: {error}"),
            }
        }
    }

    fn nothing_due(&self) -> bool {
        let first = || -> io::Result<Option<u64>> {
            let look = self.database.begin_read().map_err(failed)?;
            let agenda = look.open_table(AGENDA).map_err(failed)?;
            Ok(agenda.first().map_err(failed)?.map(|(key, _)| key.value().0))
        };
        first().is_ok_and(|due| due.is_none_or(|due| due > self.clock.now()))
    }

    fn write(&self, changes: Vec<Change>) -> io::Result<Vec<Box<dyn FnOnce()>>> {
        let faults = lock(&self.faults).clone();
        let write = self.database.begin_write().map_err(failed)?;
        let mut tellers: Vec<Box<dyn FnOnce()>> = Vec::with_capacity(changes.len());
        {
            let (now, finality) = (self.clock.now(), self.finality.saturating_mul(1_000));
            let work = Work { write: &write, now, faults: &faults, finality };
            work.do_what_is_due(TOGETHER)?;
            for change in changes {
                tellers.push(work.make(change)?);
            }
        }
        write.commit().map_err(failed)?;
        Ok(tellers)
    }
}
