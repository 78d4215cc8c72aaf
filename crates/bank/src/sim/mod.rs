//! A simulated bank: a process of its own with durable books of its own.
//!
//! It is the witness of every test. Its books are double entry too, between cards, the platform's
//! reserve account, and the world outside from which cards get what they begin with; and they are
//! kept by other means than ours, so that one mistake cannot be made on both sides.
//!
//! It misbehaves when it is told to: by card number (`cards`), by rates (`faults`) and by outages
//! (`control`). Whatever it says, its books have what really moved, and it moves money for a
//! reference at most once.

mod books;
pub mod cards;
mod clock;
mod control;
mod door;
pub mod faults;
mod notices;
mod script;
mod statement;
#[cfg(test)]
mod tests;

pub use clock::SCALE_MAX;
pub use faults::Faults;
pub use statement::Calendar;

use crate::Instruction;
use crate::sign::{Gate, SECRET_FILE, Secret};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use books::{Books, Told, What};
use door::Outage;
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::json;
use statement::Made;
use std::future::Future;
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The most movements of one page.
const PAGE_MAX: usize = 10_000;
/// The most bytes of a reference.
const REFERENCE_MAX: usize = 64;
/// After how many seconds the bank is certain that it never heard of something.
pub const FINALITY: u64 = 120;

/// How a bank is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where its books and its secret are.
    pub directory: PathBuf,
    /// Where it tells every answer, until it is taken.
    pub notify: Option<String>,
    /// What goes wrong; otherwise what went wrong before it was started again.
    pub faults: Option<Faults>,
    /// How much faster its clock runs; otherwise as before.
    pub time_scale: Option<u32>,
    /// After how many seconds it is certain that it never heard of something.
    pub finality_seconds: u64,
    /// When its business day ends.
    pub calendar: Calendar,
}

impl Options {
    /// A bank in this directory that makes no mistakes, in a Chinese time zone.
    pub fn new(directory: &FilePath) -> Options {
        let calendar = Calendar::parse("+08:00", "00:00").expect("this is a time zone and a time");
        Options {
            directory: directory.to_owned(),
            notify: None,
            faults: None,
            time_scale: None,
            finality_seconds: FINALITY,
            calendar,
        }
    }

    /// The file that has the secret by which the bank and the platform know each other.
    pub fn secret_file(&self) -> PathBuf {
        self.directory.join(SECRET_FILE)
    }

    /// The secret, which is made if there is none.
    pub fn secret(&self) -> io::Result<Secret> {
        std::fs::create_dir_all(&self.directory)?;
        Secret::open(&self.secret_file())
    }
}

/// What every handler has.
struct House {
    books: Arc<Books>,
    calendar: Calendar,
    secret: Secret,
    gate: Gate,
    /// Requests that were not the platform's.
    refused: AtomicU64,
    outage: watch::Sender<Option<Outage>>,
    notifies: bool,
}

/// Serves the bank until `shutdown`; what has no need of a signature also on `control`, which
/// answers through every outage.
pub async fn serve(
    options: Options,
    listener: TcpListener,
    control: Option<TcpListener>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let secret = options.secret()?;
    let Options { directory, notify, faults, time_scale, finality_seconds, calendar } = options;
    let books = Arc::new(Books::open(&directory, faults, time_scale, finality_seconds)?);
    let wrong = |error| io::Error::new(io::ErrorKind::InvalidInput, format!("notify: {error}"));
    let notify = notify.map(|it| it.parse::<Uri>()).transpose().map_err(wrong)?;
    let (gate, refused) = (Gate::new(secret.clone()), AtomicU64::new(0));
    let (outage, notifies) = (watch::Sender::new(None), notify.is_some());
    let teller = |url| notices::Teller::new(books.clone(), secret.clone(), url);
    let teller = notify.map(|url| tokio::spawn(teller(url).tell_all()));
    let house =
        Arc::new(House { books: books.clone(), calendar, secret, gate, refused, outage, notifies });
    let served = door::open(house, listener, control, shutdown).await;
    if let Some(teller) = teller {
        teller.abort();
    }
    served
}

/// What needs a signature.
fn channel() -> Router<Arc<House>> {
    Router::new()
        .route("/cards/tokens", post(tokenise))
        .route("/instructions", post(instruct))
        .route("/instructions/{reference}", get(inquire))
        .route("/statements/{date}", get(statement))
}

/// What everybody may see and do, because it is no real bank.
fn open() -> Router<Arc<House>> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/ledger/movements", get(movements))
        .route("/ledger/balances", get(balances))
        .route("/ledger/references", get(references))
        .route("/ledger/references/{reference}", get(reference))
        .merge(control::router())
}

type Bank = State<Arc<House>>;

fn problem(status: StatusCode, code: &str) -> Response {
    let kind = [(http::header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, json!({ "status": status.as_u16(), "code": code }).to_string()).into_response()
}

fn broken(error: &io::Error) -> Response {
    eprintln!("the bank's books failed: {error}");
    problem(StatusCode::INTERNAL_SERVER_ERROR, "books_failed")
}

/// Whether this can be the name of something.
fn is_reference(text: &str) -> bool {
    let usual = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b':');
    (1..=REFERENCE_MAX).contains(&text.len()) && text.bytes().all(usual)
}

/// Whether this can be a currency.
fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|it| it.is_ascii_uppercase())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    number: String,
}

async fn tokenise(State(bank): Bank, Json(body): Json<Number>) -> Response {
    match bank.books.tokenise(body.number).await {
        Ok(Some(token)) => Json(json!({ "token": token })).into_response(),
        Ok(None) => problem(StatusCode::UNPROCESSABLE_ENTITY, "no_such_card"),
        Err(error) => broken(&error),
    }
}

async fn instruct(State(bank): Bank, Json(it): Json<Instruction>) -> Response {
    if !is_reference(&it.reference) || !is_currency(&it.currency) {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, "instruction_invalid");
    }
    match bank.books.instruct(it).await {
        Ok(told) => answered(told),
        Err(error) => broken(&error),
    }
}

async fn inquire(State(bank): Bank, Path(reference): Path<String>) -> Response {
    if !is_reference(&reference) {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, "reference_invalid");
    }
    match bank.books.inquire(reference).await {
        Ok(told) => answered(told),
        Err(error) => broken(&error),
    }
}

/// The answer; how it is said is left to the door.
fn answered(told: Told) -> Response {
    let mut response = match told.what {
        What::Answer(answer) => Json(answer).into_response(),
        What::OtherContent => problem(StatusCode::CONFLICT, "reference_taken"),
        What::NotFound { is_final } => {
            let body = json!({ "status": "not_found", "final": is_final });
            (StatusCode::NOT_FOUND, Json(body)).into_response()
        }
        What::Lost => problem(StatusCode::SERVICE_UNAVAILABLE, "lost"),
    };
    response.extensions_mut().insert(told.manner);
    response
}

async fn statement(State(bank): Bank, Path(date): Path<String>) -> Response {
    let made = match statement::make(&bank.books, &bank.calendar, &date).await {
        Ok(made) => made,
        Err(error) => return broken(&error),
    };
    match made {
        Made::NoSuchDay => problem(StatusCode::UNPROCESSABLE_ENTITY, "date_invalid"),
        Made::TooEarly => problem(StatusCode::NOT_FOUND, "day_not_over"),
        Made::Statement(head, rows) => match statement::lines(&head, &rows) {
            Ok(lines) => {
                let kind = [(http::header::CONTENT_TYPE, "application/x-ndjson")];
                (kind, lines).into_response()
            }
            Err(error) => broken(&error),
        },
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    after: Option<u64>,
    limit: Option<usize>,
}

impl Page {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(1_000).clamp(1, PAGE_MAX)
    }
}

async fn movements(State(bank): Bank, Query(page): Query<Page>) -> Response {
    match bank.books.movements(page.after, page.limit()) {
        Ok(found) => Json(json!({ "data": found })).into_response(),
        Err(error) => broken(&error),
    }
}

async fn balances(State(bank): Bank) -> Response {
    match bank.books.balances() {
        Ok(found) => Json(json!({ "data": found })).into_response(),
        Err(error) => broken(&error),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct References {
    after: Option<String>,
    limit: Option<usize>,
}

async fn references(State(bank): Bank, Query(page): Query<References>) -> Response {
    let limit = page.limit.unwrap_or(1_000).clamp(1, PAGE_MAX);
    match bank.books.references(page.after.as_deref(), limit) {
        Ok(found) => Json(json!({ "data": found })).into_response(),
        Err(error) => broken(&error),
    }
}

async fn reference(State(bank): Bank, Path(reference): Path<String>) -> Response {
    match bank.books.reference(&reference) {
        Ok(Some(found)) => Json(found).into_response(),
        Ok(None) => problem(StatusCode::NOT_FOUND, "not_found"),
        Err(error) => broken(&error),
    }
}

/// What the simulated bank reads, for the target of fuzzing.
pub(crate) fn fuzz(bytes: &[u8]) {
    let _ = serde_json::from_slice::<Number>(bytes);
    let _ = serde_json::from_slice::<Page>(bytes);
    if let Ok(text) = str::from_utf8(bytes) {
        let _ = Faults::parse(Some(text), &[]);
    }
    control::fuzz(bytes);
}
