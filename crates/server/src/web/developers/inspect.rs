//! `/developers/inspect`: an object as the API shows it to a key of this merchant.

use crate::api;
use crate::app::App;
use crate::http::Look;
use crate::http::auth::Caller;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::page::{Page, again, render};
use crate::web::visit::{Shell, Visit};
use crate::web::words;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use http_body_util::BodyExt as _;
use ledger::id::KeyId;
use ledger::registry::Role;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// What to look at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    id: String,
}

/// The addresses of the API by the beginnings of the identifiers that they take.
const PLACES: [(&str, &str); 11] = [
    ("ord_", "orders"),
    ("acc_", "accounts"),
    ("usr_", "users"),
    ("card_", "cards"),
    ("hold_", "holds"),
    ("top_", "top_ups"),
    ("wdr_", "withdrawals"),
    ("trf_", "transfers"),
    ("rem_", "remittances"),
    ("evt_", "events"),
    ("whe_", "webhook_endpoints"),
];

/// What the API answers to a key of this merchant that may only look.
async fn asked(app: &App, signed: &Signed, id: &str) -> Result<Response, Problem> {
    let caller = Caller { key: KeyId::from_raw(0), role: Role::ReadOnly, user: Some(signed.user) };
    let look = Look { caller, wait: Duration::ZERO };
    let (app, path) = (State(app.clone()), Path(id.to_owned()));
    match id.split_once('_').map_or("", |it| it.0) {
        "ord" => api::orders::show(app, path, look).await,
        "acc" => api::accounts::show(app, path, look).await,
        "usr" => api::users::show(app, path, look).await,
        "card" => api::banks::show_card(app, path, look).await,
        "hold" => api::holds::show(app, path, look).await,
        "top" => api::movements::show_top_up(app, path, look).await,
        "wdr" => api::movements::show_withdrawal(app, path, look).await,
        "trf" => api::transfers::show(app, path, look).await,
        "rem" => api::transfers::show_remittance(app, path, look).await,
        "evt" => api::events::show(app, path, look).await,
        "whe" => api::webhooks::show(app, path, look).await,
        _ => Err(Problem::of(&codes::ID_INVALID)),
    }
}

/// The answer's JSON, for people; what is not there or another's is not found.
async fn json(app: &App, signed: &Signed, id: &str) -> Result<String, Problem> {
    let response = asked(app, signed, id).await?;
    if response.status() != StatusCode::OK {
        return Err(Problem::of(&codes::ROUTE_NOT_FOUND));
    }
    let broken = || Problem::of(&codes::INTERNAL_ERROR);
    let bytes = response.into_body().collect().await.map_err(|_| broken())?.to_bytes();
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| broken())?;
    serde_json::to_string_pretty(&value).map_err(|_| broken())
}

#[derive(Template)]
#[template(path = "developers/inspect.html")]
struct InspectPage {
    shell: Shell,
    t: words::DevelopersEvents,
    id: String,
    fault: bool,
    kinds: [(&'static str, &'static str); 11],
    found: Option<(String, String)>,
}

/// `GET /developers/inspect`
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Page {
    let signed = visit.merchant()?;
    let t = words::DevelopersEvents(visit.lang);
    let (shell, id) = (visit.shell(&app, t.inspector()), wanted.id.trim().to_owned());
    let page = InspectPage { shell, t, id, fault: false, kinds: PLACES, found: None };
    if page.id.is_empty() {
        return render(&page);
    }
    match json(&app, signed, &page.id).await {
        Ok(json) => {
            let place = PLACES.into_iter().find(|(start, _)| page.id.starts_with(start));
            let address = place.map_or_else(String::new, |(_, it)| format!("/v1/{it}/{}", page.id));
            render(&InspectPage { found: Some((address, json)), ..page })
        }
        Err(problem) if problem.code.name == codes::ID_INVALID.name => {
            again(&InspectPage { fault: true, ..page })
        }
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::PLACES;

    /// A wrong place would show a command that answers with something else.
    #[test]
    fn every_place_is_an_address_of_the_api() {
        let source = include_str!("../../api/mod.rs");
        for (_, place) in PLACES {
            assert!(source.contains(&format!("\"/v1/{place}/{{id}}\", get(")), "{place}");
        }
    }
}
