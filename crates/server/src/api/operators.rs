//! `/v1/operators`: who sits at the console.

use super::{path_id, seen};
use crate::app::App;
use crate::http::body::Body;
use crate::http::problem::Problem;
use crate::http::receipt::{receipt, rfc3339};
use crate::http::{Look, Wish};
use crate::people::{Newcomer, Operator};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use ledger::books::Series;
use ledger::id::{CellId, UserId};
use ledger::person::Duty;
use ledger::registry::UserKind;
use serde_json::{Value, json};

fn render(it: &Operator) -> Value {
    json!({
        "id": it.user.to_string(), "object": "operator", "name": it.name,
        "duty": it.duty.map(Duty::code), "second_step": it.second_step,
        "created_at": rfc3339(it.since),
    })
}

/// `POST /v1/operators`: somebody who signs in with this password once, and then chooses another.
pub async fn add(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let mut body = Body::parse(&wish.body)?;
    let duties = Duty::ALL.map(|it| (it.code(), it));
    let newcomer = Newcomer {
        kind: UserKind::Operator,
        name: body.text("name")?.into_owned(),
        login: body.text("login")?.into_owned(),
        password: body.text("password")?.into_owned(),
        locale: None,
        duty: Some(body.choice("duty", &duties, None)?),
        once: true,
    };
    body.finish()?;
    let user = app.people().register(wish.name, &newcomer).await?;
    let (_, at) = app.read(CellId::FIRST, |view| view.user(user))?;
    let mut response = seen(&render(&app.people().operator(user)?), CellId::FIRST, at);
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// `GET /v1/operators`
pub async fn list(State(app): State<App>, look: Look) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let data: Vec<_> = app.people().operators().await?.iter().map(render).collect();
    let (_, at) = app.read(CellId::FIRST, |view| view.count(Series::Users))?;
    let value = json!({ "object": "list", "data": data, "has_more": false });
    Ok(seen(&value, CellId::FIRST, at))
}

/// `DELETE /v1/operators/{id}`
pub async fn disable(
    State(app): State<App>,
    Path(id): Path<String>,
    wish: Wish,
) -> Result<Response, Problem> {
    let user = path_id(&id, UserId::parse)?;
    let accepted = app.people().disable(&wish.caller, wish.name, user).await?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}
