//! The control API: how a test, or a person in a sandbox, makes the bank misbehave, and learns what
//! really was wrong. `docs/bank-protocol.md` has it in a table.

use super::cards::CARDS;
use super::clock::SCALE_MAX;
use super::door::{Outage, OutageKind};
use super::faults::{DELAY_MAX, Faults};
use super::{Bank, House, Page, broken};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub(super) fn router() -> Router<Arc<House>> {
    Router::new()
        .route("/control", get(everything))
        .route("/control/faults", get(faults).put(set_faults))
        .route("/control/clock", post(turn))
        .route("/control/outage", post(begin_outage).delete(end_outage))
        .route("/control/applied", get(applied))
        .route("/control/cards", get(cards))
}

fn state(bank: &House) -> Value {
    let outage = *bank.outage.borrow();
    let now = bank.books.clock.now();
    json!({
        "now": now, "time_scale": bank.books.clock.scale(),
        "faults": bank.books.faults(),
        "outage": outage.filter(|it| it.until > now),
        "requests_refused": bank.refused.load(Ordering::Relaxed),
        "notices_left": bank.books.letters_left().unwrap_or(0),
    })
}

/// `GET /control`
async fn everything(State(bank): Bank) -> Response {
    Json(state(&bank)).into_response()
}

/// `GET /control/faults`
async fn faults(State(bank): Bank) -> Response {
    Json(bank.books.faults()).into_response()
}

/// `PUT /control/faults`: what is not named does not go wrong.
async fn set_faults(State(bank): Bank, body: String) -> Response {
    match Faults::parse(Some(&body), &[]) {
        Ok(faults) => match bank.books.set_faults(faults).await {
            Ok(()) => Json(bank.books.faults()).into_response(),
            Err(error) => broken(&error),
        },
        Err(error) => wrong(&error),
    }
}

fn wrong(detail: &str) -> Response {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let body = json!({ "status": status.as_u16(), "code": "invalid", "detail": detail });
    (status, Json(body)).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    #[serde(default)]
    advance_seconds: u64,
    time_scale: Option<u32>,
}

/// `POST /control/clock`
async fn turn(State(bank): Bank, Json(turn): Json<Turn>) -> Response {
    let scale_fits = turn.time_scale.is_none_or(|it| (1..=SCALE_MAX).contains(&it));
    if turn.advance_seconds > DELAY_MAX || !scale_fits {
        let text =
            format!("advance_seconds is up to {DELAY_MAX}, time_scale is from 1 to {SCALE_MAX}");
        return wrong(&text);
    }
    let forward = Duration::from_secs(turn.advance_seconds);
    match bank.books.turn(forward, turn.time_scale).await {
        Ok(()) => Json(state(&bank)).into_response(),
        Err(error) => broken(&error),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    kind: OutageKind,
    seconds: u64,
}

/// `POST /control/outage`: it ends by itself, by the bank's clock.
async fn begin_outage(State(bank): Bank, Json(begin): Json<Begin>) -> Response {
    if begin.seconds > DELAY_MAX {
        return wrong(&format!("seconds is up to {DELAY_MAX}"));
    }
    let until = bank.books.clock.now().saturating_add(begin.seconds.saturating_mul(1_000));
    bank.outage.send_replace(Some(Outage { kind: begin.kind, until }));
    Json(state(&bank)).into_response()
}

/// `DELETE /control/outage`
async fn end_outage(State(bank): Bank) -> Response {
    bank.outage.send_replace(None);
    Json(state(&bank)).into_response()
}

/// `GET /control/applied`
async fn applied(State(bank): Bank, Query(page): Query<Page>) -> Response {
    match bank.books.applied(page.after, page.limit()) {
        Ok(found) => Json(json!({ "data": found })).into_response(),
        Err(error) => broken(&error),
    }
}

/// `GET /control/cards`
async fn cards() -> Response {
    let each =
        CARDS.iter().map(|(number, behaviour)| json!({ "number": number, "behaviour": behaviour }));
    Json(json!({ "data": each.collect::<Vec<_>>() })).into_response()
}

/// What is read here, for the target of fuzzing.
pub(super) fn fuzz(bytes: &[u8]) {
    let _ = serde_json::from_slice::<Turn>(bytes);
    let _ = serde_json::from_slice::<Begin>(bytes);
}
