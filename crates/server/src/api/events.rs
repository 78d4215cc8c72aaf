//! `/v1/events`: what happened, in order, for whoever comes back with the cursor of the last page.
//!
//! Each cell numbers its own events. The platform's feed is all of them, by their times; its cursor
//! says how far each cell was shown, so that nothing is left out and nothing comes twice.

use super::page::Page;
use super::{path_id, seen, shipments};
use crate::app::App;
use crate::freezes;
use crate::http::Look;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{named, rfc3339};
use crate::said;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ledger::event::Happening;
use ledger::id::{CellId, EventId, UserId};
use ledger::order::Grounds;
use serde::Deserialize;
use serde_json::{Value, json};
use store::List;
use store::index::Direction;

/// Which events to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    cell: Option<u8>,
    after: Option<String>,
    cursor: Option<String>,
    limit: Option<usize>,
}

/// `GET /v1/events`: the oldest first. Those of a merchant, or of one cell, after the event
/// `after`; or those of all cells, from a `cursor` on.
pub async fn list(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
    look: Look,
) -> Result<Response, Problem> {
    let limit = Page { limit: wanted.limit, cursor: None }.limit()?;
    if look.caller.user.is_none() && wanted.cell.is_none() && wanted.after.is_none() {
        return everywhere(&app, wanted.cursor.as_deref(), limit);
    }
    let cursor = wanted.cursor.as_deref().or(wanted.after.as_deref());
    let after = cursor.map(EventId::parse).transpose().map_err(|error| {
        let detail = format!("That is no event to go on after: {error}.");
        Problem::new(&codes::CURSOR_INVALID, detail)
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
    let data = shown.iter().map(|(number, it)| render(&app, cell, *number, it));
    let data = data.collect::<Result<Vec<Value>, Problem>>()?;
    let next = shown.last().map(|(number, _)| EventId::new(cell, *number).to_string());
    let list = json!({ "object": "list", "data": data, "has_more": more, "next_cursor": next });
    Ok(seen(&list, cell, at))
}

/// `GET /v1/events/{id}`
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, EventId::parse)?;
    let (found, at) = app.read(id.cell(), |view| view.happening(id.number()))?;
    let seen_by = found.filter(|it| look.caller.sees(it.merchant));
    let it = seen_by.ok_or_else(|| Problem::of(&codes::EVENT_NOT_FOUND))?;
    Ok(seen(&render(&app, id.cell(), id.number(), &it)?, id.cell(), at))
}

/// Events of all cells by their times, behind what a cursor says was shown of each.
fn everywhere(app: &App, cursor: Option<&str>, limit: usize) -> Result<Response, Problem> {
    let cells: Vec<CellId> = app.engine().all_cells().collect();
    let wrong = || {
        let detail = "The cursor is not one that this list gave out.";
        Problem::new(&codes::CURSOR_INVALID, detail)
    };
    let mut shown: Vec<u64> = match cursor {
        None => vec![0; cells.len()],
        Some(text) => text
            .split('.')
            .map(|it| u64::from_str_radix(it, 16).map_err(|_| wrong()))
            .collect::<Result<_, _>>()?,
    };
    if shown.len() != cells.len() {
        return Err(wrong());
    }
    let mut found = Vec::new();
    let mut first = None;
    for (cell, from) in cells.iter().zip(&shown) {
        let (here, at) = app.read(*cell, |view| view.happenings(*from, limit + 1))?;
        found.extend(here.into_iter().map(|(number, it)| (*cell, number, it)));
        first = first.or(Some(at));
    }
    // The times of a cell never fall, so its own events stay in their order.
    found.sort_by_key(|(cell, number, it)| (it.time, *cell, *number));
    let more = found.len() > limit;
    found.truncate(limit);
    for (cell, number, _) in &found {
        shown[usize::from(cell.number())] = number + 1;
    }
    let next: Vec<String> = shown.iter().map(|it| format!("{it:x}")).collect();
    let data: Vec<Value> = found
        .iter()
        .map(|(cell, number, it)| render(app, *cell, *number, it))
        .collect::<Result<_, _>>()?;
    let list = json!({
        "object": "list", "data": data, "has_more": more, "next_cursor": next.join("."),
    });
    let at = first.ok_or_else(|| Problem::of(&codes::CELL_NOT_FOUND))?;
    Ok(seen(&list, CellId::FIRST, at))
}

/// An event as JSON.
pub(crate) fn render(
    app: &App,
    cell: CellId,
    number: u64,
    it: &Happening,
) -> Result<Value, Problem> {
    let (subject, object) = named(it.subject);
    let mut event = json!({
        "id": EventId::new(cell, number).to_string(), "object": "event", "kind": it.kind.code(),
        "subject": subject, "subject_object": object, "amount": it.amount,
        "merchant": it.merchant.map(|it| it.to_string()), "time": rfc3339(it.time),
        "position": it.position.0,
        "grounds": said::grounds(app, cell, it).map(Grounds::code),
    });
    if let Some(reason) = freezes::reason(app, cell, it)? {
        event["reason"] = json!(reason);
    }
    // Only where there is one: the message about an event that was sent before stays what it was.
    if let Some(shipment) = shipments::told(app, cell, it)? {
        event["shipment"] = shipments::render(&shipment);
    }
    Ok(event)
}
