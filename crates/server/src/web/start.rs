//! `/`: what this is, for whoever is not signed in; otherwise one's own first page.

use super::page::{Page, render, see};
use super::visit::{Shell, Visit};
use super::words;
use crate::app::App;
use askama::Template;
use axum::extract::State;
use ledger::registry::UserKind;

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    shell: Shell,
    t: words::Start,
}

/// `GET /`
pub(super) async fn home(State(app): State<App>, visit: Visit) -> Page {
    match visit.signed.as_ref().map(|it| it.kind) {
        Some(UserKind::Customer) => see("/wallet"),
        Some(UserKind::Merchant) => see("/shop"),
        Some(UserKind::Operator) => see("/ops"),
        None => {
            let t = words::Start(visit.lang);
            render(&Start { shell: visit.shell(&app, t.title()), t })
        }
    }
}
