//! `/developers/webhooks/{id}` and `/developers/deliveries/{id}`: what was sent to an endpoint, how
//! that went, and sending it again.

use super::webhooks::{self, Line};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::receipt::named;
use crate::people::Signed;
use crate::web::form::{Form, new_key};
use crate::web::page::{Page, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use crate::webhooks::attempts::{Attempt, Trouble};
use crate::webhooks::body;
use askama::Template;
use axum::extract::{Path, Query, State};
use ledger::command::{Command, Redeliver};
use ledger::event::Happening;
use ledger::id::{DeliveryId, EndpointId, EventId};
use ledger::registry::{Delivery, DeliveryStage, Endpoint};
use ledger::rejection::Rejection;
use serde::Deserialize;

/// Deliveries on a page.
const PAGE: usize = 50;
/// Deliveries that are looked through for those of one stage.
const LOOKED_MAX: usize = 2_000;

/// Which deliveries to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    view: String,
    before: String,
}

/// A stage as a page shows it.
pub(super) struct Chip {
    pub(super) text: &'static str,
    pub(super) class: &'static str,
    pub(super) icon: &'static str,
}

fn chip(t: words::DevelopersWebhooks, stage: DeliveryStage) -> Chip {
    let (text, class, icon) = match stage {
        DeliveryStage::Pending => (t.stage_waiting(), "warn", "clock"),
        DeliveryStage::Delivered => (t.stage_delivered(), "ok", "circle-check"),
        DeliveryStage::Failed => (t.stage_failed(), "bad", "circle-x"),
        DeliveryStage::Discarded => (t.stage_discarded(), "", "ban"),
    };
    Chip { text, class, icon }
}

/// A delivery as a page shows it.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) event: String,
    pub(super) kind: &'static str,
    pub(super) subject: String,
    pub(super) chip: Chip,
    pub(super) attempts: u8,
    /// The last answer's status, if somebody answered.
    pub(super) status: Option<u16>,
    pub(super) next: Option<dates::Moment>,
    pub(super) discarded: bool,
    pub(super) created: dates::Moment,
}

/// A delivery of an event.
pub(super) fn row(visit: &Visit, it: &Delivery, event: &Happening) -> Row {
    let waits = it.stage == DeliveryStage::Pending;
    Row {
        id: it.id.to_string(),
        event: it.event.to_string(),
        kind: event.kind.code(),
        subject: named(event.subject).0,
        chip: chip(words::DevelopersWebhooks(visit.lang), it.stage),
        attempts: it.attempts,
        status: (it.last_status != 0).then_some(it.last_status),
        next: waits.then(|| dates::Moment::new(visit.lang, it.next_at).relative()),
        discarded: it.stage == DeliveryStage::Discarded,
        created: dates::Moment::new(visit.lang, it.created_at),
    }
}

/// Which of the deliveries a tab has: all if it names none.
const fn stages_of(view: &str) -> &'static [DeliveryStage] {
    match view.as_bytes() {
        b"waiting" => &[DeliveryStage::Pending],
        b"failed" => &[DeliveryStage::Failed, DeliveryStage::Discarded],
        _ => &[],
    }
}

struct Tab {
    code: &'static str,
    label: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "developers/webhook.html")]
struct EndpointPage {
    shell: Shell,
    t: words::DevelopersWebhooks,
    key: String,
    it: Line,
    tabs: [Tab; 3],
    rows: Vec<Row>,
    next: Option<String>,
    from: String,
    to: String,
}

/// `GET /developers/webhooks/{id}`
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Page {
    let endpoint = webhooks::find(&app, visit.merchant()?, &id)?;
    let t = words::DevelopersWebhooks(visit.lang);
    let stages = stages_of(&wanted.view);
    let before = DeliveryId::parse(&wanted.before).ok().map(DeliveryId::raw);
    let limit = if stages.is_empty() { PAGE + 1 } else { LOOKED_MAX };
    let mut found = webhooks::deliveries(&app, endpoint.id, before, limit)?;
    found.retain(|it| stages.is_empty() || stages.contains(&it.stage));
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().filter(|_| more);
    let view = if stages.is_empty() { "" } else { wanted.view.as_str() };
    let address = format!("/developers/webhooks/{}", endpoint.id);
    let next = last.map(|it| format!("{address}?view={view}&before={}", it.id));
    let mut rows = Vec::new();
    for it in &found {
        let (event, _) = app.read(it.event.cell(), |view| view.happening(it.event.number()))?;
        rows.extend(event.map(|event| row(&visit, it, &event)));
    }
    let it = webhooks::line(&app, &visit, &endpoint)?;
    let tab = |code, label| Tab { code, label, current: view == code };
    let tabs =
        [tab("", t.all()), tab("waiting", t.stage_waiting()), tab("failed", t.stage_failed())];
    let now = app.engine().now(endpoint.id.cell()).unwrap_or_default();
    let (from, to) = super::times::last_day(now);
    let shell = visit.shell(&app, t.endpoint());
    let shell = if it.waiting > 0 { shell.refreshing(10) } else { shell };
    render(&EndpointPage { shell, t, key: new_key()?, it, tabs, rows, next, from, to })
}

/// A delivery to an endpoint of this merchant. What is another's is not there.
fn find(app: &App, signed: &Signed, id: &str) -> Result<(Delivery, Endpoint, Happening), Problem> {
    let missing = || Problem::from(Rejection::DeliveryNotFound);
    let id = DeliveryId::parse(id).map_err(|_| missing())?;
    let look = |view: &store::View<'_>| {
        let Some(delivery) = view.delivery(id)? else { return Ok(None) };
        let endpoint = view.endpoint(delivery.endpoint)?;
        let event = view.happening(delivery.event.number())?;
        Ok(endpoint.zip(event).map(|(endpoint, event)| (delivery, endpoint, event)))
    };
    let (found, _) = app.read(id.cell(), look).map_err(|_| missing())?;
    found.filter(|(_, endpoint, _)| endpoint.user == signed.user).ok_or_else(missing)
}

/// An attempt as a page shows it.
struct Try {
    at: dates::Moment,
    took: String,
    status: Option<u16>,
    good: bool,
    trouble: Option<&'static str>,
    said: String,
}

/// Why there was no answer, in words.
fn trouble(t: words::DevelopersWebhooks, it: Trouble) -> &'static str {
    match it {
        Trouble::Address => t.trouble_address(),
        Trouble::NoHost => t.trouble_no_host(),
        Trouble::NoConnection => t.trouble_no_connection(),
        Trouble::Tls => t.trouble_tls(),
        Trouble::NoAnswer => t.trouble_no_answer(),
        Trouble::TooSlow => t.trouble_too_slow(),
        Trouble::Gone => t.trouble_gone(),
    }
}

fn attempt(visit: &Visit, it: &Attempt) -> Try {
    let t = words::DevelopersWebhooks(visit.lang);
    Try {
        at: dates::Moment::new(visit.lang, it.at),
        took: t.milliseconds(it.took.as_millis()),
        status: (it.went.status != 0).then_some(it.went.status),
        good: (200..300).contains(&it.went.status),
        trouble: it.went.trouble.map(|it| trouble(t, it)),
        said: it.went.said.clone(),
    }
}

#[derive(Template)]
#[template(path = "developers/delivery.html")]
struct DeliveryPage {
    shell: Shell,
    t: words::DevelopersWebhooks,
    key: String,
    row: Row,
    endpoint: Line,
    tries: Vec<Try>,
    /// Attempts that nothing more is known of.
    forgotten: Option<String>,
    body: String,
}

/// `GET /developers/deliveries/{id}`
pub(super) async fn one(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let (delivery, endpoint, event) = find(&app, visit.merchant()?, &id)?;
    let t = words::DevelopersWebhooks(visit.lang);
    let kept = app.attempts().of(endpoint.id, delivery.id);
    let forgotten = usize::from(delivery.attempts).saturating_sub(kept.len());
    let shell = visit.shell(&app, t.delivery());
    let waits = delivery.stage == DeliveryStage::Pending;
    render(&DeliveryPage {
        shell: if waits { shell.refreshing(5) } else { shell },
        t,
        key: new_key()?,
        row: row(&visit, &delivery, &event),
        endpoint: webhooks::line(&app, &visit, &endpoint)?,
        tries: kept.iter().map(|it| attempt(&visit, it)).collect(),
        forgotten: (forgotten > 0).then(|| t.forgotten(forgotten)),
        body: body(&app, delivery.event, &event)?,
    })
}

/// `POST /developers/deliveries/{id}/again`: the same event to the same endpoint, once more.
pub(super) async fn again(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    let signed = visit.merchant()?;
    let (delivery, endpoint, _) = find(&app, signed, &id)?;
    redeliver(&app, signed, &form, endpoint.id, [delivery.event; 2]).await
}

/// `POST /developers/webhooks/{id}/replay`: everything from one event to another, once more.
pub(super) async fn replay(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    let signed = visit.merchant()?;
    let endpoint = webhooks::find(&app, signed, &id)?;
    let gone = || Problem::of(&crate::http::codes::EVENT_NOT_FOUND);
    let event = |name| form.id(name, EventId::parse).ok_or_else(gone);
    redeliver(&app, signed, &form, endpoint.id, [event("from")?, event("to")?]).await
}

/// Asks for deliveries, and goes to the page where they are.
async fn redeliver(
    app: &App,
    signed: &Signed,
    form: &Form,
    endpoint: EndpointId,
    [from, to]: [EventId; 2],
) -> Page {
    let name = form.name(&signed.scope())?;
    let command = Command::Redeliver(Redeliver { endpoint, from, to });
    app.submit(signed, name, endpoint.cell(), command).await?;
    see(&format!("/developers/webhooks/{endpoint}"))
}
