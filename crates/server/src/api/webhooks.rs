//! `/v1/webhook_endpoints`: where a merchant's events are sent, and how that went.

use super::page::{Page, listed};
use super::{path_id, seen};
use crate::app::{Accepted, App};
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{receipt, rfc3339};
use crate::http::{Look, Wish};
use crate::webhooks::{Policy, target, url_of};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use ledger::command::{AddEndpoint, Command, Redeliver, RemoveEndpoint, RotateEndpoint};
use ledger::id::{DeliveryId, EndpointId, EventId, UserId};
use ledger::name::Text;
use ledger::registry::{Delivery, Endpoint};
use serde::Deserialize;
use serde_json::{Value, json};
use store::index::Direction;
use store::{At, List};

/// Endpoints that are shown: a merchant has no more in use.
const ENDPOINTS_MAX: usize = 100;

fn missing() -> Problem {
    Problem::of(&codes::ENDPOINT_NOT_FOUND)
}

/// `POST /v1/webhook_endpoints`: the answer shows the secret, and asking again shows it again.
pub async fn create(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let user = body.optional_id("user", UserId::parse)?;
    let url = body.text("url")?;
    body.finish()?;
    let wrong = |code, detail: &str| Problem::new(code, detail);
    let whose = "user is missing: whose events are wanted?";
    let user = user.or(wish.caller.user).ok_or_else(|| wrong(&codes::MISSING_FIELD, whose))?;
    let policy = Policy::of(app.engine().sandbox());
    target(&url, policy)
        .map_err(|it| wrong(&codes::URL_INVALID, &format!("url: {}.", it.said())))?;
    let long = format!("url has at most {} bytes.", Text::MAX);
    let url = Text::new(&url).ok_or_else(|| wrong(&codes::URL_INVALID, &long))?;
    let command = Command::AddEndpoint(AddEndpoint { user, url });
    let accepted = app.submit(&wish.caller, wish.name, user.cell(), command).await?;
    with_secret(&app, StatusCode::CREATED, &accepted)
}

/// A receipt with the endpoint's secret as it is now.
fn with_secret(app: &App, status: StatusCode, accepted: &Accepted) -> Result<Response, Problem> {
    let ledger::event::Subject::Endpoint(id) = accepted.subject else { return Err(missing()) };
    let (found, _) = app.read(id.cell(), |view| view.endpoint(id))?;
    let secret = app.secrets().shown(&found.ok_or_else(missing)?);
    Ok(receipt(status, accepted, &[("secret", format!("\"{secret}\""))]))
}

/// Whose endpoints to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whose {
    user: Option<String>,
}

/// `GET /v1/webhook_endpoints`: those of a merchant that are in use.
pub async fn list(
    State(app): State<App>,
    Query(whose): Query<Whose>,
    look: Look,
) -> Result<Response, Problem> {
    let asked = whose.user.as_deref().map(|it| path_id(it, UserId::parse)).transpose()?;
    let user = asked.or(look.caller.user).filter(|it| look.caller.sees(Some(*it)));
    let user = user.ok_or_else(|| Problem::of(&codes::USER_NOT_FOUND))?;
    let (endpoints, at) = app.read(user.cell(), |view| {
        let list = List::UserEndpoints(user);
        let ids = view.list(list, Direction::Forwards, None, ENDPOINTS_MAX)?;
        let endpoints = ids.into_iter().map(|it| view.endpoint(EndpointId::from_raw(it)));
        endpoints.collect::<Result<Vec<_>, _>>()
    })?;
    let data: Vec<_> = endpoints.iter().flatten().map(|it| render(&app, it)).collect();
    let list = json!({ "object": "list", "data": data, "has_more": false });
    Ok(seen(&list, user.cell(), at))
}

fn render(app: &App, it: &Endpoint) -> Value {
    json!({
        "id": it.id.to_string(), "object": "webhook_endpoint", "user": it.user.to_string(),
        "url": url_of(app, it), "created_at": rfc3339(it.created_at),
        "rotated_at": rfc3339(it.rotated_at), "disabled_at": it.disabled_at.map(rfc3339),
    })
}

fn find(app: &App, look: &Look, id: &str) -> Result<(Endpoint, At), Problem> {
    let id = path_id(id, EndpointId::parse)?;
    let (found, at) = app.read(id.cell(), |view| view.endpoint(id))?;
    let seen = found.filter(|it| look.caller.sees(Some(it.user)));
    Ok((seen.ok_or_else(missing)?, at))
}

/// `GET /v1/webhook_endpoints/{id}`
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let (endpoint, at) = find(&app, &look, &id)?;
    Ok(seen(&render(&app, &endpoint), endpoint.id.cell(), at))
}

/// `DELETE /v1/webhook_endpoints/{id}`: what is still owed to it is given up.
pub async fn remove(
    State(app): State<App>,
    Path(id): Path<String>,
    wish: Wish,
) -> Result<Response, Problem> {
    let endpoint = path_id(&id, EndpointId::parse)?;
    let command = Command::RemoveEndpoint(RemoveEndpoint { endpoint });
    let accepted = app.submit(&wish.caller, wish.name, endpoint.cell(), command).await?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// `POST /v1/webhook_endpoints/{id}/rotate`: a new secret; for a day messages are signed with both.
pub async fn rotate(
    State(app): State<App>,
    Path(id): Path<String>,
    wish: Wish,
) -> Result<Response, Problem> {
    let endpoint = path_id(&id, EndpointId::parse)?;
    Body::parse(&wish.body)?.finish()?;
    let command = Command::RotateEndpoint(RotateEndpoint { endpoint });
    let accepted = app.submit(&wish.caller, wish.name, endpoint.cell(), command).await?;
    with_secret(&app, StatusCode::OK, &accepted)
}

/// `POST /v1/webhook_endpoints/{id}/redeliver`: one event again, or all from one to another.
pub async fn redeliver(
    State(app): State<App>,
    Path(id): Path<String>,
    wish: Wish,
) -> Result<Response, Problem> {
    let endpoint = path_id(&id, EndpointId::parse)?;
    let mut body = Body::parse(&wish.body)?;
    let from = body.id("from", EventId::parse)?;
    let to = body.optional_id("to", EventId::parse)?.unwrap_or(from);
    body.finish()?;
    let command = Command::Redeliver(Redeliver { endpoint, from, to });
    let accepted = app.submit(&wish.caller, wish.name, endpoint.cell(), command).await?;
    Ok(receipt(StatusCode::ACCEPTED, &accepted, &[]))
}

/// `GET /v1/webhook_endpoints/{id}/deliveries`: the newest first.
pub async fn deliveries(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    look: Look,
) -> Result<Response, Problem> {
    let (endpoint, _) = find(&app, &look, &id)?;
    let (cell, list) = (endpoint.id.cell(), List::EndpointDeliveries(endpoint.id));
    listed(&app, cell, list, &page, |view, id| {
        Ok(view.delivery(DeliveryId::from_raw(id))?.as_ref().map(render_delivery))
    })
}

fn render_delivery(it: &Delivery) -> Value {
    let pending = it.stage == ledger::registry::DeliveryStage::Pending;
    let answered = it.last_status != 0;
    json!({
        "id": it.id.to_string(), "object": "delivery", "endpoint": it.endpoint.to_string(),
        "event": it.event.to_string(), "stage": it.stage.code(), "attempts": it.attempts,
        "last_status": answered.then_some(it.last_status),
        "next_at": pending.then(|| rfc3339(it.next_at)), "created_at": rfc3339(it.created_at),
    })
}
