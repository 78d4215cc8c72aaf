//! What every handler has: the engine, who calls, and how to ask the engine something.

use crate::banks::{Banks, Desk};
use crate::http::auth::{Caller, Callers};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::signer::Signer;
use crate::webhooks::Secrets;
use engine::{Answered, Engine};
use ledger::command::{Command, Outcome, Request};
use ledger::event::Subject;
use ledger::id::{CardId, CellId, RequestId};
use ledger::remittance::{Remittance, RemittanceStage};
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{At, Miss, View};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How long a request waits for another cell before it is answered with what is under way.
pub const OTHER_CELL_PATIENCE: Duration = Duration::from_secs(5);
/// Requests under way are remembered in so many parts, each with a lock of its own.
const SHARDS: usize = 64;

/// The application. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    callers: Callers,
    banks: Banks,
    data: PathBuf,
    signer: Signer,
    secrets: Secrets,
    under_way: UnderWay,
}

/// The names of requests that have no answer yet.
struct UnderWay {
    shards: Vec<Mutex<HashSet<RequestId>>>,
}

impl UnderWay {
    fn new() -> UnderWay {
        UnderWay { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    fn shard(&self, id: RequestId) -> &Mutex<HashSet<RequestId>> {
        let [place, ..] = id.0.to_le_bytes();
        &self.shards[usize::from(place) % SHARDS]
    }

    /// Whether nobody else asks under this name at present.
    fn begin(&self, id: RequestId) -> bool {
        self.shard(id).lock().unwrap_or_else(PoisonError::into_inner).insert(id)
    }

    fn end(&self, id: RequestId) {
        self.shard(id).lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// An accepted request.
#[derive(Clone, Copy, Debug)]
pub struct Accepted {
    /// The answer, as the books keep it.
    pub answered: Answered,
    /// What it was done to.
    pub subject: Subject,
    /// Where.
    pub cell: CellId,
}

impl App {
    /// The application over an engine, with its banks, and with what is in its data directory: the
    /// secrets with which webhooks are signed, and the platform's signing key.
    pub fn new(engine: Engine, banks: Banks, data: &Path) -> io::Result<App> {
        let (secrets, signer) = (Secrets::open(data)?, Signer::open(data)?);
        let (callers, data) = (Callers::new(engine.clone()), data.to_owned());
        let under_way = UnderWay::new();
        let inner = Inner { engine, callers, banks, data, signer, secrets, under_way };
        Ok(App { inner: Arc::new(inner) })
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Who may call.
    pub fn callers(&self) -> &Callers {
        &self.inner.callers
    }

    /// The banks.
    pub fn banks(&self) -> &Banks {
        &self.inner.banks
    }

    /// The platform's signing key.
    pub fn signer(&self) -> &Signer {
        &self.inner.signer
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.inner.data
    }

    /// The secrets with which webhooks are signed.
    pub fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    /// Looks at the books of a cell.
    pub fn read<T>(
        &self,
        cell: CellId,
        look: impl FnMut(&View<'_>) -> Result<T, Miss>,
    ) -> Result<(T, At), Problem> {
        if cell.number() >= self.engine().cells() {
            return Err(Problem::of(&codes::CELL_NOT_FOUND));
        }
        Ok(self.engine().read(cell, look)?)
    }

    /// Asks the ledger of a cell and waits for its answer, accepted or not.
    pub async fn ask(&self, cell: CellId, request: Request) -> Result<Answered, Problem> {
        let id = request.id;
        if id != RequestId::UNNAMED {
            if !self.inner.under_way.begin(id) {
                return Err(Problem::in_progress());
            }
            let before = self.engine().answered_before(cell, &request);
            if !matches!(before, Ok(None)) {
                self.inner.under_way.end(id);
            }
            if let Some(answered) = before? {
                return Ok(answered);
            }
        }
        let (tell, told) = oneshot::channel();
        let inner = self.inner.clone();
        let queued = self.engine().submit(cell, &request, move |answer| {
            // Also when the caller has gone meanwhile: the request is no longer under way.
            inner.under_way.end(id);
            let _ = tell.send(answer);
        });
        if let Err(refused) = queued {
            self.inner.under_way.end(id);
            return Err(refused.into());
        }
        let answer = told.await.unwrap_or(Err(engine::NotDone::Unknown));
        Ok(answer?)
    }

    /// Asks under the caller's name, and makes a problem of a rejection.
    pub async fn submit(
        &self,
        caller: &Caller,
        name: RequestId,
        cell: CellId,
        command: Command,
    ) -> Result<Accepted, Problem> {
        let request = Request { id: name, actor: caller.actor(), command };
        let answered = self.ask(cell, request).await?;
        match answered.answer.outcome {
            Outcome::Accepted(subject) => Ok(Accepted { answered, subject, cell }),
            Outcome::Rejected(rejection) => Err(Problem::rejected(&rejection, answered.repeated)),
        }
    }

    /// Waits until money that left for another cell has arrived there, or has come back.
    pub async fn settled(&self, accepted: Accepted) -> Result<Option<Remittance>, Problem> {
        let Subject::Remittance(id) = accepted.subject else { return Ok(None) };
        let until = Instant::now() + OTHER_CELL_PATIENCE;
        let mut pause = Duration::from_micros(500);
        loop {
            let (found, _) = self.read(id.cell(), |view| view.remittance(id))?;
            let gone = || Problem::of(&codes::REMITTANCE_NOT_FOUND);
            let remittance = found.ok_or_else(gone)?;
            let (stage, refusal) = (remittance.stage, remittance.refusal);
            match (stage, refusal) {
                (RemittanceStage::Returned, Some(refusal)) => return Err(refusal.into()),
                (RemittanceStage::Settled, _) | (RemittanceStage::Returned, None) => {
                    return Ok(Some(remittance));
                }
                (RemittanceStage::Sent, _) if Instant::now() >= until => {
                    return Ok(Some(remittance));
                }
                (RemittanceStage::Sent, _) => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    /// A cell for something new, chosen by the name of the request, so that a retry finds it again.
    pub fn cell_for(&self, name: RequestId) -> CellId {
        let cells = u128::from(self.engine().cells());
        CellId::new(u8::try_from(name.0 % cells).unwrap_or(0))
    }

    /// Turns away what would ask something new of a bank that does not answer. What was accepted
    /// before gets its first answer, also now.
    pub fn bank_must_answer(
        &self,
        cell: CellId,
        name: RequestId,
        card: CardId,
    ) -> Result<(), Problem> {
        let desk = self.bank_of(card)?;
        let paused = desk.is_some_and(|it| it.breaker().is_open());
        if !paused || self.read(cell, |view| view.answer(name))?.0.is_some() {
            return Ok(());
        }
        Err(Problem::bank_paused())
    }

    /// The bank of a card; `None` if there is no such card, which the ledger says better.
    pub fn bank_of(&self, card: CardId) -> Result<Option<&Arc<Desk>>, Problem> {
        self.need_banks()?;
        if let Some((_, desk, _)) = self.banks().of_card(self, card) {
            return Ok(Some(desk));
        }
        if self.read(card.cell(), |view| view.card(card)).is_ok_and(|(found, _)| found.is_some()) {
            let detail = "This server was started without the bank of this card: add it by --bank.";
            return Err(Problem::new(&codes::NO_BANK, detail));
        }
        Ok(None)
    }

    /// The banks, or the problem of having none.
    pub fn need_banks(&self) -> Result<&[Arc<Desk>], Problem> {
        let detail = "This server was started without a bank: start it with --bank URL.";
        let banks = self.banks().all();
        if banks.is_empty() { Err(Problem::new(&codes::NO_BANK, detail)) } else { Ok(banks) }
    }
}

/// The name of a request: made from whose key it is and the key that the caller chose, so that two
/// merchants never meet.
pub fn request_name(scope: &str, key: &str) -> RequestId {
    let digest = Sha256::new().chain_update(scope).chain_update([0]).chain_update(key).finalize();
    let bytes = digest.first_chunk().copied().unwrap_or_default();
    // Zero is the name of requests without one.
    RequestId(u128::from_le_bytes(bytes).max(1))
}
