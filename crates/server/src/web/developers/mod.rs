//! `/developers`: what a merchant's programs need, and what became of what they asked.

mod deliveries;
mod events;
mod inspect;
mod keys;
mod replay;
mod requests;
mod signature;
pub(crate) mod times;
mod webhooks;

pub(crate) use signature::{remedy as cause_remedy, title as cause_title};

use super::page::{Page, render};
use super::visit::{Shell, Visit};
use super::words;
use crate::app::App;
use crate::demo::Demo;
use crate::http::problem::Problem;
use crate::people::Signed;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use ledger::id::AccountId;
use serde_json::json;
use store::List;
use store::index::Direction;

/// Problems that are shown.
const ERRORS_MAX: usize = 5;

/// Every address here.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/developers", get(show))
        .route("/developers/keys", get(keys::list).post(keys::make))
        .route("/developers/keys/{id}/roll", get(keys::ask_to_roll).post(keys::roll))
        .route("/developers/keys/{id}/revoke", get(keys::ask_to_revoke).post(keys::revoke))
        .route("/developers/webhooks", get(webhooks::list).post(webhooks::add))
        .route("/developers/webhooks/{id}", get(deliveries::show))
        .route(
            "/developers/webhooks/{id}/rotate",
            get(webhooks::ask_to_rotate).post(webhooks::rotate),
        )
        .route("/developers/webhooks/{id}/end", get(webhooks::ask_to_end).post(webhooks::end))
        .route("/developers/webhooks/{id}/replay", get(replay::ask).post(deliveries::replay))
        .route("/developers/events", get(events::list))
        .route("/developers/events/{id}", get(events::show))
        .route("/developers/requests", get(requests::list))
        .route("/developers/requests/{id}", get(requests::one))
        .route("/developers/signature", get(signature::ask).post(signature::look))
        .route("/developers/inspect", get(inspect::show))
        .route("/developers/deliveries/{id}", get(deliveries::one))
        .route("/developers/deliveries/{id}/again", post(deliveries::again))
}

/// A step of setting up, ticked by what the books say.
struct Step {
    done: bool,
    title: &'static str,
    note: &'static str,
    way: Option<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "developers/overview.html")]
struct Overview {
    shell: Shell,
    t: words::Developers,
    address: String,
    curl: String,
    steps: Vec<Step>,
    keys: usize,
    endpoints: usize,
    waiting: usize,
    failed: usize,
    groups: Vec<requests::Group>,
}

/// `GET /developers`
async fn show(State(app): State<App>, visit: Visit) -> Page {
    let signed = visit.merchant()?;
    let t = words::Developers(visit.lang);
    let keys = keys::in_use(&app, signed)?;
    let account = account(&app, signed)?;
    let sold = account.map_or(Ok(false), |it| sold(&app, it))?;
    let found = webhooks::all(&app, signed)?;
    let lines = found.iter().map(|it| webhooks::line(&app, &visit, it));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    let received = lines.iter().any(|it| it.delivered > 0);
    let address = format!("{}/v1", visit.origin);
    let mut groups = requests::groups(&visit, &app.requests().of(signed.user));
    groups.truncate(ERRORS_MAX);
    render(&Overview {
        shell: visit.shell(&app, t.developers()),
        t,
        curl: curl(&app, t, &address, account),
        address,
        steps: steps(&app, t, [keys > 0, sold, !lines.is_empty(), received]),
        keys,
        endpoints: lines.len(),
        waiting: lines.iter().map(|it| it.waiting).sum(),
        failed: lines.iter().map(|it| it.failed).sum(),
        groups,
    })
}

/// The account that a shop sells with.
fn account(app: &App, signed: &Signed) -> Result<Option<AccountId>, Problem> {
    let list = List::UserAccounts(signed.user);
    let (ids, _) =
        app.read(signed.user.cell(), |view| view.list(list, Direction::Forwards, None, 1))?;
    Ok(ids.first().copied().map(AccountId::from_raw))
}

/// Whether there ever was an order.
fn sold(app: &App, seller: AccountId) -> Result<bool, Problem> {
    let list = List::PartyOrders(seller, None);
    let (ids, _) = app.read(seller.cell(), |view| view.list(list, Direction::Forwards, None, 1))?;
    Ok(!ids.is_empty())
}

/// The steps from nothing to real money.
fn steps(app: &App, t: words::Developers, done: [bool; 4]) -> Vec<Step> {
    let [key, order, endpoint, event] = done;
    let live = !app.engine().sandbox();
    let step = |done, title, note, way| Step { done, title, note, way };
    let hooks = "/developers/webhooks";
    vec![
        step(key, t.step_key(), t.step_key_note(), Some(("/developers/keys", t.keys()))),
        step(order, t.step_order(), t.step_order_note(), Some(("#first", t.see_first_order()))),
        step(endpoint, t.step_endpoint(), t.step_endpoint_note(), Some((hooks, t.endpoints()))),
        step(event, t.step_event(), t.step_event_note(), Some((hooks, t.endpoints()))),
        step(live, t.step_live(), if live { t.step_live_done() } else { t.step_live_note() }, None),
    ]
}

/// A command that makes an order of this shop. In a demonstration there is a buyer to name.
fn curl(app: &App, t: words::Developers, address: &str, seller: Option<AccountId>) -> String {
    let cast = app.demo().and_then(Demo::cast);
    let buyer = cast.and_then(|it| it.part("buyer").and_then(|it| it.account.clone()));
    let body = json!({
        "seller": seller.map(|it| it.to_string()),
        "buyer": buyer.unwrap_or_else(|| "acc_…".to_owned()),
        "number": "A1001", "amount": 8_800, "subject": t.sample_subject(),
    });
    format!(
        "curl {address}/orders \\\n  -H \"Authorization: Bearer $DANBAO_KEY\" \\\n  \
         -H \"Idempotency-Key: A1001\" \\\n  -H \"Content-Type: application/json\" \\\n  \
         -d '{body}'"
    )
}
