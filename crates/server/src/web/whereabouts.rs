//! `/trace/{id}`: where the money of any movement of the visitor is.

use super::page::{Page, render};
use super::visit::{Shell, Visit};
use super::{dates, money, orders, words};
use crate::app::App;
use crate::trace::{self, Told};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use ledger::registry::UserKind;

/// Every address of traces.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/trace/{id}", get(show))
}

#[derive(Template)]
#[template(path = "trace.html")]
struct Trace {
    shell: Shell,
    t: words::Whereabouts,
    o: words::Orders,
    amount: String,
    place: &'static str,
    next: Option<&'static str>,
    told: Told,
    order: Option<&'static str>,
    events: Vec<(dates::Moment, String)>,
}

/// `GET /trace/{id}`
async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let signed = visit.signed()?;
    let told = trace::tell(&app, signed, &id, None, visit.lang, None)?;
    let (t, o) = (words::Whereabouts(visit.lang), words::Orders(visit.lang));
    let shell = visit.shell(&app, t.title());
    let next = orders::next(o, told.next);
    let shell = if next.is_some() { shell.refreshing(10) } else { shell };
    let place = place(t, told.place);
    let events =
        told.events.iter().map(|(at, what)| (dates::Moment::new(visit.lang, *at), what.clone()));
    let events = events.collect();
    let amount = money::amount(told.amount);
    let order = (told.kind == "order").then(|| orders_of(signed.kind));
    render(&Trace { shell, t, o, amount, place, next, told, order, events })
}

/// Where each kind of user looks at orders.
fn orders_of(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Customer => "/orders",
        UserKind::Merchant => "/shop/orders",
        UserKind::Operator => "/ops/orders",
    }
}

/// Where the money is, in words.
fn place(t: words::Whereabouts, code: &str) -> &'static str {
    let key = if code == "seller" { "with_seller" } else { code };
    t.named(key).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn every_place_has_its_words() {
        let codes = [
            "card",
            "bank",
            "wallet",
            "held",
            "going_back",
            "seller",
            "between_cells",
            "set_aside",
        ];
        for code in codes {
            assert!(!place(words::Whereabouts(Lang::Zh), code).is_empty(), "{code}");
        }
    }
}
