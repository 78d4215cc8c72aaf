//! `/developers/webhooks`: where a merchant's events are sent, and the secrets that sign them.

use crate::app::{Accepted, App};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::form::{Form, new_key};
use crate::web::mistake::at_fault;
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use crate::webhooks::{Policy, Unfit, overlap, target, url_of};
use askama::Template;
use axum::extract::{Path, State};
use ledger::command::{AddEndpoint, Command, RemoveEndpoint, RotateEndpoint};
use ledger::event::Subject;
use ledger::id::{DeliveryId, EndpointId};
use ledger::name::Text;
use ledger::registry::{Delivery, DeliveryStage, Endpoint};
use store::List;
use store::index::Direction;

/// Endpoints that are shown: a merchant has no more in use.
const ENDPOINTS_MAX: usize = 100;
/// The newest deliveries by which an endpoint is judged.
const JUDGED: usize = 100;

fn missing() -> Problem {
    Problem::of(&codes::ENDPOINT_NOT_FOUND)
}

/// The endpoints of a merchant that are in use.
pub(super) fn all(app: &App, signed: &Signed) -> Result<Vec<Endpoint>, Problem> {
    let (endpoints, _) = app.read(signed.user.cell(), |view| {
        let list = List::UserEndpoints(signed.user);
        let ids = view.list(list, Direction::Forwards, None, ENDPOINTS_MAX)?;
        let endpoints = ids.into_iter().map(|it| view.endpoint(EndpointId::from_raw(it)));
        endpoints.collect::<Result<Vec<_>, _>>()
    })?;
    Ok(endpoints.into_iter().flatten().collect())
}

/// An endpoint of this merchant, also one that has ended. What is another's is not there.
pub(super) fn find(app: &App, signed: &Signed, id: &str) -> Result<Endpoint, Problem> {
    let id = EndpointId::parse(id).map_err(|_| missing())?;
    let (found, _) = app.read(id.cell(), |view| view.endpoint(id)).map_err(|_| missing())?;
    found.filter(|it| it.user == signed.user).ok_or_else(missing)
}

/// The newest deliveries to an endpoint, those before one, so many.
pub(super) fn deliveries(
    app: &App,
    endpoint: EndpointId,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Delivery>, Problem> {
    let list = List::EndpointDeliveries(endpoint);
    let (found, _) = app.read(endpoint.cell(), |view| {
        let ids = view.list(list, Direction::Backwards, before, limit)?;
        let found = ids.into_iter().map(|it| view.delivery(DeliveryId::from_raw(it)));
        found.collect::<Result<Vec<_>, _>>()
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// An endpoint as a page shows it.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) created: dates::Moment,
    pub(super) waiting: usize,
    pub(super) failed: usize,
    pub(super) delivered: usize,
    /// Until when the secret before is still signed with.
    pub(super) overlap: Option<dates::Moment>,
    pub(super) ended: Option<dates::Moment>,
}

/// An endpoint, and how its newest deliveries went.
pub(super) fn line(app: &App, visit: &Visit, it: &Endpoint) -> Result<Line, Problem> {
    let newest = deliveries(app, it.id, None, JUDGED)?;
    let count = |stage| newest.iter().filter(|it| it.stage == stage).count();
    let moment = |time| dates::Moment::new(visit.lang, time);
    Ok(Line {
        id: it.id.to_string(),
        url: url_of(app, it).unwrap_or_default(),
        created: moment(it.created_at),
        waiting: count(DeliveryStage::Pending),
        failed: count(DeliveryStage::Failed),
        delivered: count(DeliveryStage::Delivered),
        overlap: overlap(app, it).map(|it| moment(it).relative()),
        ended: it.disabled_at.map(moment),
    })
}

#[derive(Template)]
#[template(path = "developers/webhooks.html")]
struct ListPage {
    shell: Shell,
    t: words::DevelopersWebhooks,
    key: String,
    url: String,
    fault: Option<String>,
    judged: String,
    endpoints: Vec<Line>,
}

fn page(app: &App, visit: &Visit, url: &str, fault: Option<String>) -> Result<ListPage, Problem> {
    let t = words::DevelopersWebhooks(visit.lang);
    let endpoints = all(app, visit.merchant()?)?;
    let endpoints = endpoints.iter().map(|it| line(app, visit, it)).collect::<Result<_, _>>()?;
    let (shell, key) = (visit.shell(app, t.webhooks()), new_key()?);
    Ok(ListPage { shell, t, key, url: url.to_owned(), fault, judged: t.judged(JUDGED), endpoints })
}

/// `GET /developers/webhooks`
pub(super) async fn list(State(app): State<App>, visit: Visit) -> Page {
    visit.merchant()?;
    render(&page(&app, &visit, "", None)?)
}

/// What is wrong with an address, in words.
fn unfit(t: words::DevelopersWebhooks, it: Unfit) -> String {
    match it {
        Unfit::NoUrl => t.unfit_no_url("https://shop.example/hook"),
        Unfit::NotSecure => t.unfit_not_secure("https://"),
        Unfit::NoHost => t.unfit_no_host().to_owned(),
        Unfit::Password => t.unfit_password().to_owned(),
        Unfit::NotPublic => t.unfit_not_public().to_owned(),
    }
}

/// `POST /developers/webhooks`: adds an endpoint and shows its secret.
pub(super) async fn add(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let signed = visit.merchant()?;
    let t = words::DevelopersWebhooks(visit.lang);
    let url = form.text("url");
    if let Err(wrong) = target(url, Policy::of(app.engine().sandbox())) {
        return again(&page(&app, &visit, url, Some(unfit(t, wrong)))?);
    }
    let Some(text) = Text::new(url) else {
        return again(&page(&app, &visit, url, Some(t.unfit_long(Text::MAX)))?);
    };
    let (user, name) = (signed.user, form.name(&signed.scope())?);
    let command = Command::AddEndpoint(AddEndpoint { user, url: text });
    match app.submit(signed, name, user.cell(), command).await {
        Ok(accepted) => shown(&app, &visit, &accepted, false),
        Err(problem) if problem.code.name == codes::COUNT_OUT_OF_RANGE.name => {
            again(&page(&app, &visit, url, Some(t.too_many().to_owned()))?)
        }
        Err(problem) => again(&page(&app, &visit, url, Some(at_fault(&visit, &problem)?))?),
    }
}

#[derive(Template)]
#[template(path = "developers/webhook_secret.html")]
struct SecretPage {
    shell: Shell,
    t: words::DevelopersWebhooks,
    it: Line,
    secret: String,
    rotated: bool,
}

/// The secret as it is now. Sending the same form again shows it again.
fn shown(app: &App, visit: &Visit, accepted: &Accepted, rotated: bool) -> Page {
    let Subject::Endpoint(id) = accepted.subject else { return Err(missing()) };
    let (found, _) = app.read(id.cell(), |view| view.endpoint(id))?;
    let endpoint = found.ok_or_else(missing)?;
    let t = words::DevelopersWebhooks(visit.lang);
    let title = if rotated { t.rotated() } else { t.added() };
    let (shell, it) = (visit.shell(app, title), line(app, visit, &endpoint)?);
    render(&SecretPage { shell, t, it, secret: app.secrets().shown(&endpoint), rotated })
}

#[derive(Template)]
#[template(path = "developers/webhook_review.html")]
struct ReviewPage {
    shell: Shell,
    t: words::DevelopersWebhooks,
    key: String,
    it: Line,
    /// Whether the endpoint ends, or gets a new secret.
    ends: bool,
}

fn review(app: &App, visit: &Visit, id: &str, ends: bool) -> Page {
    let endpoint = find(app, visit.merchant()?, id)?;
    if endpoint.disabled_at.is_some() {
        // It ended meanwhile: its page says when.
        return see(&format!("/developers/webhooks/{}", endpoint.id));
    }
    let t = words::DevelopersWebhooks(visit.lang);
    let title = if ends { t.end() } else { t.rotate() };
    let (shell, key, it) = (visit.shell(app, title), new_key()?, line(app, visit, &endpoint)?);
    render(&ReviewPage { shell, t, key, it, ends })
}

/// `GET /developers/webhooks/{id}/rotate`
pub(super) async fn ask_to_rotate(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
) -> Page {
    review(&app, &visit, &id, false)
}

/// `GET /developers/webhooks/{id}/end`
pub(super) async fn ask_to_end(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
) -> Page {
    review(&app, &visit, &id, true)
}

/// `POST /developers/webhooks/{id}/rotate`: a new secret, shown once.
pub(super) async fn rotate(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    let signed = visit.merchant()?;
    let endpoint = find(&app, signed, &id)?.id;
    let name = form.name(&signed.scope())?;
    let command = Command::RotateEndpoint(RotateEndpoint { endpoint });
    let accepted = app.submit(signed, name, endpoint.cell(), command).await?;
    shown(&app, &visit, &accepted, true)
}

/// `POST /developers/webhooks/{id}/end`: nothing is sent there any more.
pub(super) async fn end(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    let signed = visit.merchant()?;
    let found = find(&app, signed, &id)?;
    let page = format!("/developers/webhooks/{}", found.id);
    let name = form.name(&signed.scope())?;
    if found.disabled_at.is_some() {
        // Somebody was faster, or the endpoint itself said that it is gone.
        return see(&page);
    }
    let command = Command::RemoveEndpoint(RemoveEndpoint { endpoint: found.id });
    app.submit(signed, name, found.id.cell(), command).await?;
    see(&page)
}
