//! `/v1/holds`

use super::accounts::find;
use super::page::{Page, listed};
use super::{path_id, seen};
use crate::app::App;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{receipt, rfc3339};
use crate::http::{Look, Wish};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use ledger::command::{CaptureHold, Command, PlaceHold, ReleaseHold};
use ledger::hold::Hold;
use ledger::id::{AccountId, HoldId};
use ledger::time::Seconds;
use serde_json::{Value, json};
use store::List;

/// `POST /v1/holds`
pub async fn create(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let account = body.id("account", AccountId::parse)?;
    let amount = body.money()?;
    let expires_in = body.seconds("expires_in_seconds")?.unwrap_or(Seconds(0));
    body.finish()?;
    let command = Command::PlaceHold(PlaceHold { account, amount, expires_in });
    let accepted = app.submit(&wish.caller, wish.name, account.cell(), command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

/// `POST /v1/holds/{id}/capture`
pub async fn capture(
    State(app): State<App>,
    Path(id): Path<String>,
    wish: Wish,
) -> Result<Response, Problem> {
    let hold = path_id(&id, HoldId::parse)?;
    let mut body = Body::parse(&wish.body)?;
    let credit = body.id("credit", AccountId::parse)?;
    let amount = body.money()?;
    let last = body.flag("last")?.unwrap_or(false);
    body.finish()?;
    let command = Command::CaptureHold(CaptureHold { hold, credit, amount, last });
    let accepted = app.submit(&wish.caller, wish.name, hold.cell(), command).await?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// `POST /v1/holds/{id}/release`
pub async fn release(
    State(app): State<App>,
    Path(id): Path<String>,
    wish: Wish,
) -> Result<Response, Problem> {
    let hold = path_id(&id, HoldId::parse)?;
    Body::parse(&wish.body)?.finish()?;
    let command = Command::ReleaseHold(ReleaseHold { hold });
    let accepted = app.submit(&wish.caller, wish.name, hold.cell(), command).await?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// `GET /v1/holds/{id}`
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, HoldId::parse)?;
    let (found, at) = app.read(id.cell(), |view| {
        let Some(it) = view.hold(id)? else { return Ok(None) };
        Ok(Some((it, view.account(it.account)?.and_then(|it| it.owner))))
    })?;
    let seen_by = found.filter(|(_, owner)| look.caller.sees(*owner));
    let (it, _) = seen_by.ok_or_else(|| Problem::of(&codes::HOLD_NOT_FOUND))?;
    Ok(seen(&render(&it), id.cell(), at))
}

fn render(it: &Hold) -> Value {
    json!({
        "id": it.id.to_string(), "object": "hold", "stage": it.stage.code(),
        "account": it.account.to_string(), "amount": it.amount.minor(),
        "currency": it.amount.currency().code(), "captured": it.captured,
        "remaining": it.remaining(), "placed_at": rfc3339(it.placed_at),
        "expires_at": it.due.map(rfc3339),
    })
}

/// `GET /v1/accounts/{id}/holds`: the newest first.
pub async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    look: Look,
) -> Result<Response, Problem> {
    let (account, _) = find(&app, &look, &id)?;
    let list = List::AccountHolds(account.id);
    listed(&app, account.id.cell(), list, &page, |view, id| {
        Ok(view.hold(HoldId::from_raw(id))?.as_ref().map(render))
    })
}
