//! `/v1/events`: what happened, in order, for whoever comes back with the cursor of the last page.

use super::seen;
use crate::app::App;
use crate::http::Look;
use crate::http::problem::Problem;
use crate::http::receipt::{named, rfc3339};
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use ledger::event::Happening;
use ledger::id::{CellId, EventId, UserId};
use serde::Deserialize;
use serde_json::{Value, json};
use store::List;
use store::index::Direction;

/// The most events of one page.
const LIMIT_MAX: usize = 100;

/// Which events to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    cell: Option<u8>,
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /v1/events`: of one cell, the oldest first, after the event `after`.
pub async fn list(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
    look: Look,
) -> Result<Response, Problem> {
    let limit = wanted.limit.unwrap_or(20).clamp(1, LIMIT_MAX);
    let after = wanted.after.as_deref().map(EventId::parse).transpose().map_err(|error| {
        let detail = format!("after: {error}.");
        Problem::new(StatusCode::BAD_REQUEST, "id_invalid", detail)
    })?;
    let merchant = look.caller.user;
    // A merchant's events are in its own cell.
    let asked = wanted.cell.map(CellId::new).or(after.map(EventId::cell));
    let cell = asked.or(merchant.map(UserId::cell)).unwrap_or(CellId::FIRST);
    let (found, at) = app.read(cell, |view| match merchant {
        None => view.happenings(after.map_or(0, |it| it.number() + 1), limit + 1),
        Some(user) => {
            let list = List::UserEvents(user);
            let after = after.map(EventId::raw);
            let ids = view.list(list, Direction::Forwards, after, limit + 1)?;
            let mut found = Vec::new();
            for number in ids.into_iter().map(|it| EventId::from_raw(it).number()) {
                found.extend(view.happening(number)?.map(|it| (number, it)));
            }
            Ok(found)
        }
    })?;
    let more = found.len() > limit;
    let shown = found.get(..limit.min(found.len())).unwrap_or_default();
    let data: Vec<Value> = shown.iter().map(|(number, it)| render(cell, *number, it)).collect();
    let next = shown.last().map(|(number, _)| EventId::new(cell, *number).to_string());
    let list = json!({ "object": "list", "data": data, "has_more": more, "next_cursor": next });
    Ok(seen(&list, cell, at))
}

fn render(cell: CellId, number: u64, it: &Happening) -> Value {
    let (subject, object) = named(it.subject);
    json!({
        "id": EventId::new(cell, number).to_string(), "object": "event", "kind": it.kind.code(),
        "subject": subject, "subject_object": object, "amount": it.amount,
        "merchant": it.merchant.map(|it| it.to_string()), "time": rfc3339(it.time),
        "position": it.position.0,
    })
}
