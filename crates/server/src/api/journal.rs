//! `/v1/journal`: the journal as it is on the disk, for backups and for whoever wants to verify the
//! books without trusting this server. Only the platform may read it.

use super::seen;
use crate::app::App;
use crate::http::Look;
use crate::http::codes;
use crate::http::problem::Problem;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use ledger::id::{CellId, Position};
use serde::Deserialize;
use serde_json::json;
use store::At;

/// The most bytes of one answer.
pub const PIECE_MAX: u32 = 4 << 20;

/// `GET /v1/journal`: the segments of every cell, and how far each is durable.
pub async fn list(State(app): State<App>, look: Look) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let mut cells = Vec::new();
    let mut last = Position(0);
    for cell in app.engine().all_cells() {
        let Some(journal) = app.engine().journal(cell) else { continue };
        let (position, chain) = journal.durable();
        let segments: Vec<_> = journal
            .segments()
            .iter()
            .map(|it| json!({ "name": it.name, "size": it.size, "durable": it.durable }))
            .collect();
        cells.push(json!({
            "cell": cell.number(), "position": position.0, "chain_hash": chain.to_string(),
            "segments": segments,
        }));
        last = position;
    }
    let value = json!({ "object": "journal", "sandbox": app.engine().sandbox(), "cells": cells });
    let ((), at) = app.read(CellId::FIRST, |_| Ok(()))?;
    Ok(seen(&value, CellId::FIRST, At { position: last, ..at }))
}

/// Which bytes to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    #[serde(default)]
    offset: u32,
    limit: Option<u32>,
}

/// `GET /v1/journal/{cell}/{segment}`: durable bytes of a segment from `offset` on; none at its
/// end.
pub async fn segment(
    State(app): State<App>,
    Path((cell, segment)): Path<(u8, String)>,
    Query(wanted): Query<Wanted>,
    look: Look,
) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let missing = || Problem::of(&codes::SEGMENT_NOT_FOUND);
    let journal = app.engine().journal(CellId::new(cell)).ok_or_else(missing)?;
    let limit = wanted.limit.unwrap_or(PIECE_MAX).min(PIECE_MAX);
    let bytes = journal
        .segment_bytes(&segment, wanted.offset, limit)
        .map_err(engine::EngineError::from)?
        .ok_or_else(missing)?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))];
    Ok((kind, bytes).into_response())
}
