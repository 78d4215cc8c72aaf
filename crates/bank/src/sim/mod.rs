//! A simulated bank: a process of its own with durable books of its own.
//!
//! It is the witness of every test. Its books are double entry too, between cards, the platform's
//! reserve account, and the world outside from which cards get what they begin with; and they are
//! kept by other means than ours, so that one mistake cannot be made on both sides.

mod books;
mod notices;
#[cfg(test)]
mod tests;

use crate::Instruction;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use books::{Books, Told};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::future::Future;
use std::io;
use std::path::Path as FilePath;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The most movements of one page.
const PAGE_MAX: usize = 10_000;
/// The most bytes of a body.
const BODY_MAX: usize = 64 << 10;

/// Serves the bank whose books are in `directory` until `shutdown`. If there is a `notify`, every
/// answer is also posted there, until it is taken.
pub async fn serve(
    directory: &FilePath,
    listener: TcpListener,
    notify: Option<String>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let bank = Arc::new(Books::open(directory)?);
    let teller = notify.map(|url| tokio::spawn(notices::tell(bank.clone(), url)));
    let router = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/cards/tokens", post(tokenise))
        .route("/instructions", post(instruct))
        .route("/instructions/{reference}", get(inquire))
        .route("/ledger/movements", get(movements))
        .route("/ledger/balances", get(balances))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(bank);
    let served = axum::serve(listener, router).with_graceful_shutdown(shutdown).await;
    if let Some(teller) = teller {
        teller.abort();
    }
    served
}

type Bank = State<Arc<Books>>;

fn problem(status: StatusCode, code: &str) -> Response {
    let kind = [(http::header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, json!({ "status": status.as_u16(), "code": code }).to_string()).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    number: String,
}

async fn tokenise(State(bank): Bank, Json(body): Json<Number>) -> Response {
    match bank.tokenise(body.number).await {
        Ok(Some(token)) => Json(json!({ "token": token })).into_response(),
        Ok(None) => problem(StatusCode::UNPROCESSABLE_ENTITY, "no_such_card"),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "books_failed"),
    }
}

async fn instruct(State(bank): Bank, Json(instruction): Json<Instruction>) -> Response {
    match bank.instruct(instruction).await {
        Ok(Told::Answer(answer)) => Json(answer).into_response(),
        Ok(Told::OtherContent) => problem(StatusCode::CONFLICT, "reference_taken"),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "books_failed"),
    }
}

async fn inquire(State(bank): Bank, Path(reference): Path<String>) -> Response {
    match bank.answer_to(&reference) {
        Ok(Some(answer)) => Json(answer).into_response(),
        Ok(None) => problem(StatusCode::NOT_FOUND, "not_found"),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "books_failed"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    after: Option<u64>,
    limit: Option<usize>,
}

async fn movements(State(bank): Bank, Query(page): Query<Page>) -> Response {
    let limit = page.limit.unwrap_or(1_000).clamp(1, PAGE_MAX);
    match bank.movements(page.after, limit) {
        Ok(found) => Json(json!({ "data": found })).into_response(),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "books_failed"),
    }
}

async fn balances(State(bank): Bank) -> Response {
    match bank.balances() {
        Ok(found) => Json(json!({ "data": found })).into_response(),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "books_failed"),
    }
}

/// What the simulated bank reads, for the target of fuzzing.
pub(crate) fn fuzz(bytes: &[u8]) {
    let _ = serde_json::from_slice::<Number>(bytes);
    let _ = serde_json::from_slice::<Page>(bytes);
}
