//! `/v1/users`

use super::{path_id, seen};
use crate::app::App;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{receipt, rfc3339};
use crate::http::{Look, Wish};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use ledger::id::{AccountId, UserId};
use ledger::registry::UserKind;
use serde_json::json;
use store::List;
use store::index::Direction;

/// Accounts of a user that are shown.
const ACCOUNTS_MAX: usize = 100;

/// `POST /v1/users`
pub async fn create(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let kinds = [("customer", UserKind::Customer), ("merchant", UserKind::Merchant)];
    let kind = body.choice("kind", &kinds, None)?;
    let name = body.note("name")?;
    body.finish()?;
    let accepted = app.people().add(&wish.caller, wish.name, kind, name).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

/// `GET /v1/users/{id}`
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, UserId::parse)?;
    let (found, at) = app.read(id.cell(), |view| view.user(id))?;
    let missing = || Problem::of(&codes::USER_NOT_FOUND);
    let user = found.filter(|it| look.caller.sees(Some(it.id))).ok_or_else(missing)?;
    let name = app.people().name_of(id)?;
    let value = json!({
        "id": id.to_string(), "object": "user", "kind": user.kind.code(), "name": name,
        "accounts": user.accounts, "created_at": rfc3339(user.created_at),
    });
    Ok(seen(&value, id.cell(), at))
}

/// `GET /v1/users/{id}/accounts`
pub async fn accounts(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, UserId::parse)?;
    if !look.caller.sees(Some(id)) {
        return Err(Problem::of(&codes::USER_NOT_FOUND));
    }
    let list = List::UserAccounts(id);
    let (accounts, at) = app.read(id.cell(), |view| {
        let ids = view.list(list, Direction::Forwards, None, ACCOUNTS_MAX)?;
        let accounts = ids.into_iter().map(|it| view.account(AccountId::from_raw(it)));
        accounts.collect::<Result<Vec<_>, _>>()
    })?;
    let data: Vec<_> = accounts.iter().flatten().map(super::accounts::render).collect();
    Ok(seen(&json!({ "object": "list", "data": data, "has_more": false }), id.cell(), at))
}
