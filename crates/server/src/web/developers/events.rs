//! `/developers/events`: what happened to a merchant's orders and money, as it was sent.

use super::{deliveries, times, webhooks};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::named;
use crate::people::Signed;
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use crate::webhooks::body;
use askama::Template;
use axum::extract::{Path, Query, State};
use ledger::books::Series;
use ledger::currency::Currency;
use ledger::event::{Happening, Subject};
use ledger::id::{DeliveryId, EventId};
use ledger::registry::Delivery;
use serde::Deserialize;
use store::List;
use store::index::Direction;

/// Events on a page.
const PAGE: usize = 50;
/// Deliveries of an endpoint that are looked through for those of one event.
const LOOKED_MAX: usize = 1_000;
/// Events of one order that are counted.
const COUNTED_MAX: usize = 1_000;

/// Which events to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    before: String,
}

struct Row {
    id: String,
    kind: &'static str,
    subject: String,
    amount: Option<String>,
    time: dates::Moment,
}

/// Events of a merchant, the newest first.
pub(super) fn newest(
    app: &App,
    signed: &Signed,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<(EventId, Happening)>, Problem> {
    let list = List::UserEvents(signed.user);
    let (found, _) = app.read(signed.user.cell(), |view| {
        let ids = view.list(list, Direction::Backwards, before, limit)?;
        let mut found = Vec::new();
        for id in ids.into_iter().map(EventId::from_raw) {
            found.extend(view.happening(id.number())?.map(|it| (id, it)));
        }
        Ok(found)
    })?;
    Ok(found)
}

fn row(visit: &Visit, id: EventId, it: &Happening, currency: Option<Currency>) -> Row {
    Row {
        id: id.to_string(),
        kind: it.kind.code(),
        subject: named(it.subject).0,
        amount: currency
            .filter(|_| it.amount > 0)
            .map(|currency| money::minor(it.amount, currency)),
        time: dates::Moment::new(visit.lang, it.time),
    }
}

/// The currency of what an event is about, where that is an order.
fn currency(app: &App, it: &Happening) -> Result<Option<Currency>, Problem> {
    let Subject::Order(order) = it.subject else { return Ok(None) };
    Ok(app.read(order.cell(), |view| view.order(order))?.0.map(|it| it.currency()))
}

#[derive(Template)]
#[template(path = "developers/events.html")]
struct ListPage {
    shell: Shell,
    t: words::DevelopersEvents,
    rows: Vec<Row>,
    next: Option<String>,
}

/// `GET /developers/events`
pub(super) async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Page {
    let signed = visit.merchant()?;
    let t = words::DevelopersEvents(visit.lang);
    let before = EventId::parse(&wanted.before).ok().map(EventId::raw);
    let mut found = newest(&app, signed, before, PAGE + 1)?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next =
        found.last().filter(|_| more).map(|(id, _)| format!("/developers/events?before={id}"));
    let mut rows = Vec::new();
    for (id, it) in &found {
        rows.push(row(&visit, *id, it, currency(&app, it)?));
    }
    render(&ListPage { shell: visit.shell(&app, t.events()), t, rows, next })
}

/// The deliveries of an event to the endpoints that are in use, the oldest first.
fn sent(app: &App, signed: &Signed, id: EventId, it: &Happening) -> Result<Vec<Delivery>, Problem> {
    let endpoints = webhooks::all(app, signed)?;
    let (mut found, _) = app.read(id.cell(), |view| {
        // A delivery is owed in the same step as its event, and numbers grow with time.
        let count = view.count(Series::Deliveries)?;
        let late = |number| {
            let delivery = view.delivery(DeliveryId::new(id.cell(), number))?;
            Ok::<_, store::Miss>(delivery.is_some_and(|found| found.created_at >= it.time))
        };
        let begin = times::first(count, late)?;
        let after = begin.checked_sub(1).map(|it| DeliveryId::new(id.cell(), it).raw());
        let mut found = Vec::new();
        for endpoint in &endpoints {
            let list = List::EndpointDeliveries(endpoint.id);
            for delivery in view.list(list, Direction::Forwards, after, LOOKED_MAX)? {
                let delivery = view.delivery(DeliveryId::from_raw(delivery))?;
                found.extend(delivery.filter(|it| it.event == id));
            }
        }
        Ok(found)
    })?;
    found.sort_by_key(|it| it.id);
    Ok(found)
}

#[derive(Template)]
#[template(path = "developers/event.html")]
struct EventPage {
    shell: Shell,
    t: words::DevelopersEvents,
    w: words::DevelopersWebhooks,
    row: Row,
    sequence: String,
    before: Option<String>,
    body: String,
    rows: Vec<deliveries::Row>,
    endpoints: usize,
}

/// `GET /developers/events/{id}`
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let signed = visit.merchant()?;
    let missing = || Problem::of(&codes::EVENT_NOT_FOUND);
    let id = EventId::parse(&id).map_err(|_| missing())?;
    let (found, _) =
        app.read(id.cell(), |view| view.happening(id.number())).map_err(|_| missing())?;
    let it = found.filter(|it| it.merchant == Some(signed.user)).ok_or_else(missing)?;
    let (chain, _) = app.read(id.cell(), |view| view.timeline(Some(id.number()), COUNTED_MAX))?;
    let (t, w) = (words::DevelopersEvents(visit.lang), words::DevelopersWebhooks(visit.lang));
    let sequence =
        if chain.len() < COUNTED_MAX { chain.len().to_string() } else { t.at_least(COUNTED_MAX) };
    let sent = sent(&app, signed, id, &it)?;
    render(&EventPage {
        shell: visit.shell(&app, it.kind.code()),
        t,
        w,
        row: row(&visit, id, &it, currency(&app, &it)?),
        sequence,
        before: it.previous.map(|it| EventId::new(id.cell(), it).to_string()),
        body: body(&app, id, &it)?,
        rows: sent.iter().map(|delivery| deliveries::row(&visit, delivery, &it)).collect(),
        endpoints: webhooks::all(&app, signed)?.len(),
    })
}
