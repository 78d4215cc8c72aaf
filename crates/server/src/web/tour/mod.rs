//! `/tour`: buyer, platform and seller side by side, and what can be broken on purpose. Only a
//! demonstration has it.

mod breaks;
mod scene;

use super::form::Form;
use super::page::{Page, render, see};
use super::visit::{Shell, Visit};
use super::{form, live, words};
use crate::app::{App, request_name};
use crate::http::codes;
use crate::http::problem::Problem;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use ledger::command::{Command, ConfirmOrder, CreateOrder, PayOrder, RefundOrder, ShipOrder};
use ledger::event::Actor;
use ledger::money::Share;
use ledger::name::{OrderNumber, Text};
use ledger::order::{Mode, Order, Stage, Terms};
use ledger::time::Seconds;
use scene::{Actors, PRICE, Scene};
use serde::Deserialize;

/// Every address of the tour.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/tour", get(show))
        .route("/tour/act/{act}", post(act))
        .route("/tour/break/{what}", post(breaks::begin))
        .route("/live/tour", get(follow))
}

#[derive(Template)]
#[template(path = "tour/tour.html")]
struct Tour {
    shell: Shell,
    t: words::Tour,
    key: String,
    scene: Scene,
    broken: Option<String>,
}

/// `GET /tour`
async fn show(State(app): State<App>, visit: Visit) -> Page {
    let t = words::Tour(visit.lang);
    let actors = Actors::find(&app)?;
    let order = match actors.last_order(&app)? {
        Some(order) => order,
        None => new_order(&app, &actors, "first").await?,
    };
    let scene = Scene::look(&app, &visit, &actors, &order)?;
    let broken = breaks::told(&app, visit.lang);
    let shell = visit.shell(&app, t.title());
    render(&Tour { shell, t, key: form::new_key()?, scene, broken })
}

/// What the page has seen.
#[derive(Debug, Deserialize)]
struct Follow {
    seen: Option<u64>,
}

/// `GET /live/tour`
async fn follow(State(app): State<App>, Query(it): Query<Follow>) -> Page {
    let actors = Actors::find(&app)?;
    live::changes(it.seen, move || scene::mark(&app, &actors).ok())
}

/// `POST /tour/act/{act}`: as whoever's turn it is.
async fn act(State(app): State<App>, Path(act): Path<String>, form: Form) -> Page {
    let actors = Actors::find(&app)?;
    let name = form.name("tour")?;
    let last = actors.last_order(&app)?.ok_or_else(|| Problem::of(&codes::ORDER_NOT_FOUND))?;
    let (buyer, seller) = (Actor::User(actors.buyer_user), Actor::User(actors.seller_user));
    let (order, amount) = (last.id, last.price);
    let (who, command) = match act.as_str() {
        "pay" => {
            let pay = PayOrder { order, debit: last.buyer, amount, deliberate: false };
            (buyer, Command::PayOrder(pay))
        }
        "ship" => (seller, Command::ShipOrder(ShipOrder { order, shipment: None })),
        "confirm" => (buyer, Command::ConfirmOrder(ConfirmOrder { order })),
        "refund" => (seller, Command::RefundOrder(RefundOrder { order, amount })),
        "again" if last.stage != Stage::Created => {
            new_order(&app, &actors, form.text(form::KEY)).await?;
            return see("/tour");
        }
        _ => return Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    };
    breaks::forget(&app);
    match app.submit(who, name, order.cell(), command).await {
        // Two people may look at one tour: whoever was faster has done it.
        Err(problem) if problem.code.name == "event_not_allowed" => see("/tour"),
        Err(problem) => Err(problem),
        Ok(_) => see("/tour"),
    }
}

/// The next order of the tour, with deadlines that an ordinary order has.
async fn new_order(app: &App, actors: &Actors, key: &str) -> Result<Order, Problem> {
    let name = request_name("tour", &format!("order:{key}"));
    let number = OrderNumber::new(&format!("tour-{:x}", name.0 >> 64));
    let number = number.ok_or_else(|| Problem::of(&codes::INTERNAL_ERROR))?;
    let terms = Terms {
        pay_within: Seconds::days(3),
        ship_within: Seconds::days(7),
        confirm_within: Seconds::days(10),
        answer_within: Seconds::days(3),
        fee: Share::new(60).unwrap_or_default(),
    };
    let subject = Text::new("西湖龙井 250 克").unwrap_or_default();
    let (seller, buyer, price, mode) = (actors.seller, actors.buyer, PRICE, Mode::Escrow);
    let order = CreateOrder { seller, buyer, number, price, mode, terms, subject };
    let who = Actor::User(actors.seller_user);
    app.submit(who, name, seller.cell(), Command::CreateOrder(order)).await?;
    actors.last_order(app)?.ok_or_else(|| Problem::of(&codes::ORDER_NOT_FOUND))
}
