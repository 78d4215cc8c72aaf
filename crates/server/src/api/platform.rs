//! What only the platform does: keys, limits, the sandbox's clock, the state of the whole.

use super::{path_id, seen};
use crate::app::App;
use crate::http::auth::{hash_of, new_key};
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{receipt, rfc3339};
use crate::http::{Look, Wish};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use ledger::account::AccountKind;
use ledger::command::{AddKey, AdvanceClock, Command, RevokeKey, SetBalanceLimit, SetLimit};
use ledger::id::{CellId, KeyId, RequestId, UserId};
use ledger::limits::{Flow, Limit};
use ledger::person::Level;
use ledger::registry::Role;
use ledger::time::Seconds;
use serde::Deserialize;
use serde_json::{Value, json};
use store::List;
use store::index::Direction;

/// Keys that are shown.
const KEYS_MAX: usize = 100;

/// `POST /v1/keys`: the answer is the only place where the key is ever shown.
pub async fn add_key(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let mut body = Body::parse(&wish.body)?;
    let roles =
        [("platform", Role::Platform), ("merchant", Role::Merchant), ("read_only", Role::ReadOnly)];
    let role = body.choice("role", &roles, None)?;
    let user = body.optional_id("user", UserId::parse)?;
    body.finish()?;
    let no_dice = |_| Problem::new(&codes::NO_RANDOMNESS, "No key could be made.");
    let key = new_key(app.engine().sandbox()).map_err(no_dice)?;
    let command = Command::AddKey(AddKey { hash: hash_of(&key), role, user });
    // A retry makes another key, so it is another request: nobody can be shown a key twice.
    let accepted = app.submit(&wish.caller, wish.name, CellId::FIRST, command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[("key", format!("\"{key}\""))]))
}

/// Whose keys to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whose {
    user: Option<String>,
}

/// `GET /v1/keys`: of the platform, or of a merchant. The keys themselves are kept nowhere.
pub async fn keys(
    State(app): State<App>,
    Query(whose): Query<Whose>,
    look: Look,
) -> Result<Response, Problem> {
    let asked = whose.user.as_deref().map(|it| path_id(it, UserId::parse)).transpose()?;
    if !look.caller.sees(asked.or(look.caller.user)) {
        return Err(Problem::of(&codes::USER_NOT_FOUND));
    }
    let list = List::UserKeys(asked.or(look.caller.user));
    let (keys, at) = app.read(CellId::FIRST, |view| {
        let ids = view.list(list, Direction::Forwards, None, KEYS_MAX)?;
        let keys = ids.into_iter().map(|it| view.key(KeyId::from_raw(it)));
        keys.collect::<Result<Vec<_>, _>>()
    })?;
    let shown = keys.iter().flatten().map(|it| {
        json!({
            "id": it.id.to_string(), "object": "key", "role": it.role.code(),
            "user": it.user.map(|it| it.to_string()), "created_at": rfc3339(it.created_at),
            "revoked_at": it.revoked_at.map(rfc3339),
        })
    });
    let data: Vec<_> = shown.collect();
    let more = data.len() >= KEYS_MAX;
    let value = json!({ "object": "list", "data": data, "has_more": more });
    Ok(seen(&value, CellId::FIRST, at))
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
    let accepted = first.ok_or_else(|| Problem::of(&codes::CELL_NOT_FOUND))?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// `POST /v1/limits`, in every cell: the most that accounts of a kind may come to have; or, with a
/// `level`, the most that people of that level may do.
pub async fn set_limit(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let command = command_of(Body::parse(&wish.body)?)?;
    let mut first = None;
    for cell in app.engine().all_cells() {
        let name = RequestId(wish.name.0.rotate_left(u32::from(cell.number())));
        let accepted = app.submit(&wish.caller, name, cell, command.clone()).await?;
        first = first.or(Some(accepted));
    }
    let accepted = first.ok_or_else(|| Problem::of(&codes::CELL_NOT_FOUND))?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

fn command_of(mut body: Body<'_>) -> Result<Command, Problem> {
    let levels = Level::ALL.map(|it| (it.code(), Some(it)));
    let command = if let Some(level) = body.choice("level", &levels, Some(None))? {
        Command::SetLimit(limit_of(&mut body, level)?)
    } else {
        let kinds = AccountKind::ALL.map(|it| (it.code(), it));
        let kind = body.choice("kind", &kinds, None)?;
        let limit = body.integer("limit", u64::MAX)?;
        Command::SetBalanceLimit(SetBalanceLimit { kind, limit })
    };
    body.finish()?;
    Ok(command)
}

/// What people of a level may do; what is not said is without limit.
pub(super) fn limit_of(body: &mut Body<'_>, level: Level) -> Result<SetLimit, Problem> {
    let flow = body.choice("flow", &Flow::ALL.map(|it| (it.code(), it)), None)?;
    let mut most = |name| body.optional_integer(name, u64::MAX).map(Option::unwrap_or_default);
    let limit = Limit {
        single_max: most("single_max")?,
        day_max: most("day_max")?,
        day_count: most("day_count")?,
        month_max: most("month_max")?,
    };
    Ok(SetLimit { level, flow, limit })
}

/// A limit of people, in the words in which it is set.
pub(super) fn render_limit(it: &SetLimit) -> Value {
    let Limit { single_max, day_max, day_count, month_max } = it.limit;
    json!({
        "level": it.level.code(), "flow": it.flow.code(), "single_max": single_max,
        "day_max": day_max, "day_count": day_count, "month_max": month_max,
    })
}

/// `GET /v1/limits`: all that are set. They are the same in every cell.
pub async fn limits(State(app): State<App>, look: Look) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let ((settings, limits), at) =
        app.read(CellId::FIRST, |view| Ok((view.settings()?, view.limits()?)))?;
    let of_kinds = settings.map_or([0; AccountKind::ALL.len()], |it| it.balance_limits);
    let of_kinds = AccountKind::ALL.iter().zip(of_kinds).filter(|(_, limit)| *limit != 0);
    let of_kinds = of_kinds.map(|(kind, limit)| json!({ "kind": kind.code(), "limit": limit }));
    let limits = limits.unwrap_or_default();
    let all = Level::ALL.into_iter().flat_map(|it| Flow::ALL.map(|flow| (it, flow)));
    let of_levels =
        all.map(|(level, flow)| SetLimit { level, flow, limit: limits.of(level, flow) });
    let of_levels = of_levels.filter(|it| it.limit != Limit::default());
    let of_levels = of_levels.map(|it| render_limit(&it));
    let data: Vec<_> = of_kinds.chain(of_levels).collect();
    let value = json!({ "object": "list", "data": data, "has_more": false });
    Ok(seen(&value, CellId::FIRST, at))
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
    let at = last.ok_or_else(|| Problem::of(&codes::CELL_NOT_FOUND))?;
    let value = json!({
        "object": "status", "sandbox": app.engine().sandbox(), "cells": cells,
    });
    Ok(seen(&value, CellId::FIRST, at))
}
