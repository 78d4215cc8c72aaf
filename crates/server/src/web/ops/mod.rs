//! `/ops`: the console, for operators. What they do by hand is proposed with a reason, and what
//! moves money needs another of them.

mod accounts;
mod announcements;
mod appeals;
mod approvals;
mod chart;
mod clock;
mod configuration;
mod discards;
mod effects;
mod jobs;
mod limits;
mod movements;
mod orders;
mod overview;
mod proposing;
mod reconciliation;
mod search;
mod things;
mod users;
mod withdrawals;

use crate::app::App;
use axum::Router;
use axum::routing::{get, post};

/// Every address of the console.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/ops", get(overview::show))
        .route("/ops/accounts/{id}", get(accounts::show))
        .route("/ops/accounts/{id}/{change}", post(accounts::change))
        .route("/ops/announcements", get(announcements::show).post(announcements::make))
        .route("/ops/announcements/{id}/end", post(announcements::end))
        .route("/ops/appeals", get(appeals::show))
        .route("/ops/approvals", get(approvals::open))
        .route("/ops/approvals/{id}", get(approvals::show))
        .route("/ops/approvals/{id}/{verdict}", post(approvals::decide))
        .route("/ops/audit", get(approvals::audit))
        .route("/ops/clock", get(clock::show).post(clock::advance))
        .route("/ops/configuration", get(configuration::show))
        .route("/ops/disputes", get(orders::disputes))
        .route("/ops/jobs", get(jobs::show))
        .route("/ops/jobs/deliveries/{id}/discard", post(jobs::discard))
        .route("/ops/jobs/deliveries/{id}/retry", post(jobs::retry))
        .route("/ops/limits", get(limits::show).post(limits::set))
        .route("/ops/movements/{id}", get(movements::show))
        .route("/ops/movements/{id}/settle", post(movements::settle))
        .route("/ops/orders/{id}", get(orders::show))
        .route("/ops/orders/{id}/award", post(orders::award))
        .route("/ops/orders/{id}/refund", post(orders::refund))
        .route("/ops/receipts/{id}", get(movements::receipt))
        .route("/ops/receipts/{id}/resolve", post(movements::resolve))
        .route("/ops/search", get(search::show))
        .route("/ops/users/{id}", get(users::show))
        .route("/ops/users/{id}/close-sessions", post(users::close_sessions))
        .route("/ops/users/{id}/level", post(users::set_level))
        .route("/ops/withdrawals", get(withdrawals::show))
        .merge(reconciliation::routes())
}
