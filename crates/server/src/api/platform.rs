//! What only the platform does: keys, limits, the sandbox's clock, the state of the whole.

use super::{path_id, seen};
use crate::app::App;
use crate::http::auth::{hash_of, new_key};
use crate::http::body::Body;
use crate::http::problem::Problem;
use crate::http::receipt::{receipt, rfc3339};
use crate::http::{Look, Wish};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use ledger::account::AccountKind;
use ledger::command::{AddKey, AdvanceClock, Command, RevokeKey, SetBalanceLimit};
use ledger::id::{CellId, KeyId, RequestId, UserId};
use ledger::registry::Role;
use ledger::time::Seconds;
use serde_json::json;

/// `POST /v1/keys`: the answer is the only place where the key is ever shown.
pub async fn add_key(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let mut body = Body::parse(&wish.body)?;
    let roles =
        [("platform", Role::Platform), ("merchant", Role::Merchant), ("read_only", Role::ReadOnly)];
    let role = body.choice("role", &roles, None)?;
    let user = body.optional_id("user", UserId::parse)?;
    body.finish()?;
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let no_dice = |_| Problem::new(status, "no_randomness", "No key could be made.");
    let key = new_key(app.engine().sandbox()).map_err(no_dice)?;
    let command = Command::AddKey(AddKey { hash: hash_of(&key), role, user });
    // A retry makes another key, so it is another request: nobody can be shown a key twice.
    let accepted = app.submit(&wish.caller, wish.name, CellId::FIRST, command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[("key", format!("\"{key}\""))]))
}

/// `DELETE /v1/keys/{id}`
pub async fn revoke_key(
    State(app): State<App>,
    Path(id): Path<String>,
    wish: Wish,
) -> Result<Response, Problem> {
    let key = path_id(&id, KeyId::parse)?;
    let command = Command::RevokeKey(RevokeKey { key });
    let accepted = app.submit(&wish.caller, wish.name, key.cell(), command).await?;
    app.callers().forget();
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// `POST /v1/clock/advance`: every cell's clock, in a sandbox.
pub async fn advance_clock(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let seconds = body.integer("seconds", u64::from(u32::MAX))?;
    body.finish()?;
    let by = Seconds(u32::try_from(seconds).unwrap_or(u32::MAX));
    let mut first = None;
    for cell in app.engine().all_cells() {
        let name = RequestId(wish.name.0.rotate_left(u32::from(cell.number())));
        let command = Command::AdvanceClock(AdvanceClock { by });
        let accepted = app.submit(&wish.caller, name, cell, command).await?;
        first = first.or(Some(accepted));
    }
    let accepted = first.ok_or_else(|| Problem::not_found("cell_not_found", "cell"))?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// `POST /v1/limits`: the most that accounts of a kind may come to have, in every cell.
pub async fn set_limit(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let kinds = AccountKind::ALL.map(|it| (it.code(), it));
    let kind = body.choice("kind", &kinds, None)?;
    let limit = body.integer("limit", u64::MAX)?;
    body.finish()?;
    let mut first = None;
    for cell in app.engine().all_cells() {
        let name = RequestId(wish.name.0.rotate_left(u32::from(cell.number())));
        let command = Command::SetBalanceLimit(SetBalanceLimit { kind, limit });
        let accepted = app.submit(&wish.caller, name, cell, command).await?;
        first = first.or(Some(accepted));
    }
    let accepted = first.ok_or_else(|| Problem::not_found("cell_not_found", "cell"))?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// `GET /v1/status`: where every cell stands, and its money by kind of account.
pub async fn status(State(app): State<App>, look: Look) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let mut cells = Vec::new();
    let mut last = None;
    for cell in app.engine().all_cells() {
        let ((totals, (state_hash, chain), orders), at) = app.read(cell, |view| {
            let orders = view.count(ledger::books::Series::Orders)?;
            Ok((view.totals()?, view.hashes()?, orders))
        })?;
        let totals: Vec<_> = totals
            .iter()
            .map(|it| {
                json!({
                    "kind": it.kind.code(), "currency": it.currency.code(),
                    "debits": u64::try_from(it.debits).unwrap_or(u64::MAX),
                    "credits": u64::try_from(it.credits).unwrap_or(u64::MAX),
                    "held": u64::try_from(it.held).unwrap_or(u64::MAX),
                })
            })
            .collect();
        cells.push(json!({
            "cell": cell.number(), "position": at.position.0, "time": rfc3339(at.time),
            "orders": orders, "totals": totals, "state_hash": format!("{state_hash:032x}"),
            "chain_hash": chain.to_string(),
        }));
        last = Some(at);
    }
    let at = last.ok_or_else(|| Problem::not_found("cell_not_found", "cell"))?;
    let value = json!({
        "object": "status", "sandbox": app.engine().sandbox(), "cells": cells,
    });
    Ok(seen(&value, CellId::FIRST, at))
}
