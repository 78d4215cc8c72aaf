//! What every handler has: the engine, who calls, and how to ask the engine something.

use crate::banks::{Banks, Desk};
use crate::demo::Demo;
use crate::http::auth::Callers;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::requests::Requests;
use crate::people::{Kept, People};
use crate::pulse::Pulse;
use crate::settings::Setting;
use crate::signer::Signer;
use crate::webhooks::Secrets;
use crate::webhooks::attempts::Attempts;
use engine::{Answered, Engine};
use ledger::command::{Command, Outcome, Request};
use ledger::event::{Actor, Subject};
use ledger::id::{CardId, CellId, RequestId};
use ledger::remittance::{Remittance, RemittanceStage};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use store::{At, Miss, View};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

/// How long a request waits for another cell before it is answered with what is under way.
pub const OTHER_CELL_PATIENCE: Duration = Duration::from_secs(5);
/// How long a request waits for the answer to another one of the same name.
const SAME_NAME_PATIENCE: Duration = Duration::from_secs(5);
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
    attempts: Attempts,
    requests: Requests,
    people: Kept,
    under_way: UnderWay,
    demo: OnceLock<Demo>,
    configuration: OnceLock<Vec<Setting>>,
    pulse: Pulse,
}

/// Requests by name, each with those who wait until it is over.
type Waiting = HashMap<RequestId, Vec<oneshot::Sender<()>>>;

/// The requests that have no answer yet.
struct UnderWay {
    shards: Vec<Mutex<Waiting>>,
}

impl UnderWay {
    fn new() -> UnderWay {
        UnderWay { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    fn shard(&self, id: RequestId) -> MutexGuard<'_, Waiting> {
        let [place, ..] = id.0.to_le_bytes();
        self.shards[usize::from(place) % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins, once nobody else asks under this name. Whoever presses twice is answered twice; only
    /// what takes very long is turned away.
    async fn begin(&self, id: RequestId) -> Result<(), Problem> {
        let first = async {
            loop {
                let over = match self.shard(id).entry(id) {
                    Entry::Vacant(free) => {
                        free.insert(Vec::new());
                        return;
                    }
                    Entry::Occupied(mut taken) => {
                        let (tell, over) = oneshot::channel();
                        taken.get_mut().push(tell);
                        over
                    }
                };
                // It is never sent: it goes with its entry, and that is told too.
                let _ = over.await;
            }
        };
        timeout(SAME_NAME_PATIENCE, first).await.map_err(|_| Problem::in_progress())
    }

    fn end(&self, id: RequestId) {
        self.shard(id).remove(&id);
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
    /// secrets with which webhooks are signed, the platform's signing key, and the vault.
    pub fn new(engine: Engine, banks: Banks, data: &Path) -> io::Result<App> {
        let (secrets, signer, people) =
            (Secrets::open(data)?, Signer::open(data)?, Kept::open(data)?);
        let (callers, data) = (Callers::new(engine.clone()), data.to_owned());
        let (under_way, demo) = (UnderWay::new(), OnceLock::new());
        let (attempts, requests) = (Attempts::default(), Requests::default());
        let inner = Inner {
            engine,
            callers,
            banks,
            data,
            signer,
            secrets,
            attempts,
            requests,
            people,
            under_way,
            demo,
            configuration: OnceLock::new(),
            pulse: Pulse::default(),
        };
        let app = App { inner: Arc::new(inner) };
        let unreadable = |_| io::Error::other("the books could not be read");
        app.people().skip_known_slots().map_err(unreadable)?;
        Ok(app)
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

    /// The demonstration that this server is a part of.
    pub fn demo(&self) -> Option<&Demo> {
        self.inner.demo.get()
    }

    /// Makes this server a part of a demonstration, once.
    pub(crate) fn join(&self, demo: Demo) {
        let _ = self.inner.demo.set(demo);
    }

    /// How this server was started; nothing if nobody said.
    pub fn configuration(&self) -> &[Setting] {
        self.inner.configuration.get().map_or(&[], Vec::as_slice)
    }

    /// Says how this server was started, once.
    pub(crate) fn configured(&self, settings: Vec<Setting>) {
        let _ = self.inner.configuration.set(settings);
    }

    /// What it did in the last minutes.
    pub fn pulse(&self) -> &Pulse {
        &self.inner.pulse
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.inner.data
    }

    /// Everything that can be done with people.
    pub fn people(&self) -> People<'_> {
        People::new(self, &self.inner.people)
    }

    /// The secrets with which webhooks are signed.
    pub fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    /// How the last attempts at webhooks went.
    pub fn attempts(&self) -> &Attempts {
        &self.inner.attempts
    }

    /// What the keys of each merchant asked last.
    pub fn requests(&self) -> &Requests {
        &self.inner.requests
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
            self.inner.under_way.begin(id).await?;
            let before = self.engine().answered_before(cell, &request);
            if !matches!(before, Ok(None)) {
                self.inner.under_way.end(id);
            }
            // It may have been accepted when it was asked first.
            if let Some(answered) = before.map_err(|it| unsure(it.into()))? {
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

    /// Asks on behalf of somebody, and makes a problem of a rejection.
    pub async fn submit(
        &self,
        who: impl Into<Actor>,
        name: RequestId,
        cell: CellId,
        command: Command,
    ) -> Result<Accepted, Problem> {
        let request = Request { id: name, actor: who.into(), command };
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
            // It was accepted, so whoever cannot look does not know whether money has moved.
            let found = self.read(id.cell(), |view| view.remittance(id));
            let gone = || unsure(Problem::of(&codes::REMITTANCE_NOT_FOUND));
            let remittance = found.map_err(unsure)?.0.ok_or_else(gone)?;
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

/// What is said instead of a problem with the books, when the request may have been accepted.
fn unsure(_: Problem) -> Problem {
    engine::NotDone::Unknown.into()
}

#[cfg(test)]
impl App {
    /// An application of one cell and without banks, in a directory of a test's.
    pub(crate) fn in_test(home: &Path) -> App {
        engine::DataDir::init(home, 1, true).unwrap();
        let engine = Engine::open(&engine::Options::new(home)).unwrap();
        App::new(engine, Banks::new(Vec::new(), 1), home).unwrap()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::problem::MoneyMoved;
    use ledger::id::RemittanceId;

    #[tokio::test]
    async fn whoever_was_accepted_is_not_told_that_nothing_moved_when_the_books_cannot_be_read() {
        let home = tempfile::tempdir().unwrap();
        let app = App::in_test(home.path());
        let people = app.people();
        let name = ledger::name::Text::new("Tea").unwrap();
        let kind = ledger::registry::UserKind::Merchant;
        let accepted = people.add(Actor::Platform, RequestId(1), kind, name).await.unwrap();
        let lost = Subject::Remittance(RemittanceId::new(CellId::FIRST, 9));
        let problem = app.settled(Accepted { subject: lost, ..accepted }).await.unwrap_err();
        assert_eq!(problem.money_moved, MoneyMoved::Unknown);
        assert_eq!(problem.code.name, codes::NO_ANSWER.name);
        app.engine().stop();
    }
}
