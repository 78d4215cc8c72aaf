//! Pages of lists: how many rows, from where on, and where the next page begins.

use super::seen;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use axum::response::Response;
use ledger::id::CellId;
use serde::Deserialize;
use serde_json::{Value, json};
use store::index::Direction;
use store::{List, Miss, View};

/// The most rows of one page.
const LIMIT_MAX: usize = 100;
/// The rows of one page unless the caller says how many.
const LIMIT: usize = 20;

/// What part of a list to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

impl Page {
    /// How many rows to show.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        let limit = self.limit.unwrap_or(LIMIT);
        if (1..=LIMIT_MAX).contains(&limit) {
            return Ok(limit);
        }
        let detail = format!("limit is a whole number from 1 to {LIMIT_MAX}.");
        Err(Problem::new(&codes::MALFORMED_REQUEST, detail))
    }

    /// Where the page before ended: the number it was given, in plain digits, opaque to callers.
    pub(super) fn cursor(&self) -> Result<Option<u64>, Problem> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let wrong = "The cursor is not one that this list gave out.";
        let wrong = || Problem::new(&codes::CURSOR_INVALID, wrong);
        u64::from_str_radix(text, 16).map(Some).map_err(|_| wrong())
    }

    /// The answer with these rows, which begin with the number that is their place in the list.
    /// One more than fit on the page says that there is another page.
    pub(super) fn of(&self, mut rows: Vec<(u64, Value)>) -> Result<Value, Problem> {
        let limit = self.limit()?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|(place, _)| format!("{place:x}"));
        let data: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
        Ok(json!({ "object": "list", "data": data, "has_more": more, "next_cursor": next }))
    }
}

/// A page of a list of one cell, the newest first.
pub(super) fn listed(
    app: &App,
    cell: CellId,
    list: List,
    page: &Page,
    row: impl Fn(&View<'_>, u64) -> Result<Option<Value>, Miss>,
) -> Result<Response, Problem> {
    let (limit, after) = (page.limit()?, page.cursor()?);
    let (rows, at) = app.read(cell, |view| {
        let ids = view.list(list, Direction::Backwards, after, limit + 1)?;
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(row(view, id)?.map(|it| (id, it)));
        }
        Ok(rows)
    })?;
    Ok(seen(&page.of(rows)?, cell, at))
}
