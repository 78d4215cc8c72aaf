//! The native API. Each handler parses, submits and renders; the ledger decides.

pub mod accounts;
pub mod actions;
pub mod announcements;
pub mod banks;
pub mod batches;
pub mod events;
pub mod holds;
pub mod journal;
pub mod movements;
pub mod operators;
pub mod orders;
mod page;
pub mod platform;
pub mod proposals;
pub mod receipts;
pub mod shipments;
pub mod statements;
pub mod trace;
pub mod transfers;
pub mod users;
pub mod webhooks;

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use http::{HeaderName, HeaderValue, header};
use ledger::id::{CellId, IdError};
use serde_json::Value;
use store::At;

static POSITION: HeaderName = HeaderName::from_static("danbao-position");
static CELL: HeaderName = HeaderName::from_static("danbao-cell");

/// Every route under `/v1`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/batches", post(batches::create))
        .route("/v1/users", post(users::create))
        .route("/v1/users/{id}", get(users::show))
        .route("/v1/users/{id}/accounts", get(users::accounts))
        .route("/v1/users/{id}/cards", get(banks::cards))
        .route("/v1/accounts", post(accounts::create))
        .route("/v1/accounts/{id}", get(accounts::show))
        .route("/v1/accounts/{id}/entries", get(accounts::entries))
        .route("/v1/accounts/{id}/orders", get(accounts::orders))
        .route("/v1/accounts/{id}/holds", get(holds::list))
        .route("/v1/accounts/{id}/top_ups", get(movements::top_ups))
        .route("/v1/accounts/{id}/withdrawals", get(movements::withdrawals))
        .route("/v1/accounts/{id}/{change}", post(accounts::change))
        .route("/v1/transfers", post(transfers::create))
        .route("/v1/transfers/linked", post(transfers::linked))
        .route("/v1/transfers/{id}", get(transfers::show))
        .route("/v1/remittances/{id}", get(transfers::show_remittance))
        .route("/v1/holds", post(holds::create))
        .route("/v1/holds/{id}", get(holds::show))
        .route("/v1/holds/{id}/capture", post(holds::capture))
        .route("/v1/holds/{id}/release", post(holds::release))
        .route("/v1/orders", post(orders::create).get(orders::numbered))
        .route("/v1/orders/{id}", get(orders::show))
        .route("/v1/orders/{id}/{action}", post(orders::act))
        .route("/v1/cards", post(banks::add_card))
        .route("/v1/cards/{id}", get(banks::show_card))
        .route("/v1/top_ups", post(banks::top_up))
        .route("/v1/top_ups/{id}", get(movements::show_top_up))
        .route("/v1/receipts", get(receipts::list))
        .route("/v1/receipts/{id}", get(receipts::show))
        .route("/v1/proposals", post(proposals::propose).get(proposals::list))
        .route("/v1/proposals/{id}", get(proposals::show))
        .route("/v1/proposals/{id}/{verdict}", post(proposals::decide))
        .route("/v1/announcements", post(announcements::create).get(announcements::list))
        .route("/v1/announcements/{id}/end", post(announcements::end))
        .route("/v1/withdrawals", post(banks::withdraw))
        .route("/v1/withdrawals/{id}", get(movements::show_withdrawal))
        .route("/v1/banks", get(banks::list))
        .route("/v1/banks/notices", post(banks::notice_of_the_only))
        .route("/v1/banks/{name}/notices", post(banks::notice))
        .route("/v1/banks/{name}/statements", post(statements::fetch))
        .route("/v1/banks/{name}/statements/{format}", put(statements::put))
        .route("/v1/banks/{name}/reports", get(statements::list))
        .route("/v1/banks/{name}/reports/{day}", get(statements::show))
        .route("/v1/events", get(events::list))
        .route("/v1/events/{id}", get(events::show))
        .route("/v1/keys", post(platform::add_key).get(platform::keys))
        .route("/v1/keys/{id}", delete(platform::revoke_key))
        .route("/v1/operators", post(operators::add).get(operators::list))
        .route("/v1/operators/{id}", delete(operators::disable))
        .route("/v1/clock/advance", post(platform::advance_clock))
        .route("/v1/limits", post(platform::set_limit).get(platform::limits))
        .route("/v1/status", get(platform::status))
        .route("/v1/trace/{id}", get(trace::show))
        .route("/v1/signing_key", get(trace::key))
        .route("/v1/journal", get(journal::list))
        .route("/v1/journal/{cell}/{segment}", get(journal::segment))
        .route("/v1/webhook_endpoints", post(webhooks::create).get(webhooks::list))
        .route("/v1/webhook_endpoints/{id}", get(webhooks::show).delete(webhooks::remove))
        .route("/v1/webhook_endpoints/{id}/rotate", post(webhooks::rotate))
        .route("/v1/webhook_endpoints/{id}/redeliver", post(webhooks::redeliver))
        .route("/v1/webhook_endpoints/{id}/deliveries", get(webhooks::deliveries))
}

/// An identifier from an address. One of another kind names nothing here.
pub(crate) fn path_id<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, IdError>,
) -> Result<T, Problem> {
    parse(text).map_err(|error| {
        let detail = format!("{text} in the address: {error}.");
        Problem::new(&codes::ID_INVALID, detail)
    })
}

/// What was seen, and at which position.
pub(crate) fn seen(value: &Value, cell: CellId, at: At) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let mut response = (kind, value.to_string()).into_response();
    response.headers_mut().insert(POSITION.clone(), HeaderValue::from(at.position.0));
    response.headers_mut().insert(CELL.clone(), HeaderValue::from(u16::from(cell.number())));
    response
}
