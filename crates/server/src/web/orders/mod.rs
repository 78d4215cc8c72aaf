//! `/orders`: what somebody bought, what may be done with it, and where its money is.

mod act;
mod carried;
pub(crate) mod plea;
mod slip;
mod stages;
mod view;

pub(crate) use carried::{Carried, Choices, Typed, carrier_name};
#[cfg(test)]
pub(crate) use stages::tests::order as order_in_test;
pub(crate) use stages::{chip, may_state};
pub(crate) use view::{OrderView, find, mark, name, next, order_view, payer, stage_name, subject};

use super::page::{Page, render};
use super::visit::{Shell, Visit};
use super::{live, money, words};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::trace::Side;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use ledger::id::{AccountId, OrderId, UserId};
use ledger::order::{Order, Stage};
use serde::Deserialize;
use store::List;
use store::index::Direction;

/// Orders on a page, and accounts that somebody's orders are looked for in.
const ORDERS_MAX: usize = 20;
const ACCOUNTS_MAX: usize = 20;

/// Every address of orders.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/orders", get(list))
        .route("/orders/{id}", get(show))
        .route("/orders/{id}/slip.pdf", get(slip::show))
        .route("/orders/{id}/{act}", get(act::review).post(act::act))
        .route("/live/orders/{id}", get(follow))
}

struct Row {
    id: String,
    subject: String,
    seller: String,
    price: String,
    stage: &'static str,
    class: &'static str,
    icon: &'static str,
    at: super::dates::Moment,
}

struct Tab {
    code: &'static str,
    name: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "orders/list.html")]
struct Orders {
    shell: Shell,
    t: words::Orders,
    tabs: Vec<Tab>,
    tab: &'static str,
    rows: Vec<Row>,
    older: Option<u64>,
}

/// Which orders to show.
#[derive(Debug, Deserialize)]
struct Wanted {
    tab: Option<String>,
    before: Option<u64>,
}

fn tabs(t: words::Orders, wanted: Option<&str>) -> (Vec<Tab>, Option<Stage>) {
    let all = [
        ("", t.tab_all(), None),
        ("created", t.tab_created(), Some(Stage::Created)),
        ("paid", t.tab_paid(), Some(Stage::Paid)),
        ("shipped", t.tab_shipped(), Some(Stage::Shipped)),
        ("completed", t.tab_completed(), Some(Stage::Completed)),
    ];
    let stage = all.iter().find(|it| Some(it.0) == wanted).and_then(|it| it.2);
    let tab = |(code, name, it)| Tab { code, name, current: it == stage };
    (all.into_iter().map(tab).collect(), stage)
}

/// `GET /orders`
async fn list(State(app): State<App>, visit: Visit, Query(wanted): Query<Wanted>) -> Page {
    let user = visit.customer()?.user;
    let t = words::Orders(visit.lang);
    let (tabs, stage) = tabs(t, wanted.tab.as_deref());
    let mut orders = bought(&app, user, stage, wanted.before)?;
    let more = orders.len() > ORDERS_MAX;
    orders.truncate(ORDERS_MAX);
    let older = orders.last().filter(|_| more).map(|it| it.id.raw());
    let mut rows = Vec::new();
    for it in &orders {
        let (class, icon) = chip(it.stage);
        rows.push(Row {
            id: it.id.to_string(),
            subject: subject(&app, it)?,
            seller: name(&app, &visit, Some(it.merchant)),
            price: money::amount(it.price),
            stage: stage_name(&visit, it.stage),
            class,
            icon,
            at: super::dates::Moment::new(visit.lang, it.created_at),
        });
    }
    let tab = tabs.iter().find(|it| it.current).map_or("", |it| it.code);
    let shell = visit.shell(&app, t.title());
    render(&Orders { shell, t, tabs, tab, rows, older })
}

/// The accounts of a user.
pub(crate) fn accounts(app: &App, user: UserId) -> Result<Vec<AccountId>, Problem> {
    let list = List::UserAccounts(user);
    let look = |view: &store::View<'_>| view.list(list, Direction::Forwards, None, ACCOUNTS_MAX);
    let (ids, _) = app.read(user.cell(), look)?;
    Ok(ids.into_iter().map(AccountId::from_raw).collect())
}

/// What somebody bought, the newest first, one more than fits on a page. An order lives in its
/// seller's cell: what somebody bought may be anywhere.
fn bought(
    app: &App,
    user: UserId,
    stage: Option<Stage>,
    before: Option<u64>,
) -> Result<Vec<Order>, Problem> {
    let accounts = accounts(app, user)?;
    let mut found = Vec::new();
    for cell in app.engine().all_cells() {
        for account in &accounts {
            let list = List::PartyOrders(*account, stage);
            let (here, _) = app.read(cell, |view| {
                let ids = view.list(list, Direction::Backwards, before, ORDERS_MAX + 1)?;
                let orders = ids.into_iter().map(|it| view.order(OrderId::from_raw(it)));
                orders.collect::<Result<Vec<_>, _>>()
            })?;
            found.extend(here.into_iter().flatten());
        }
    }
    found.sort_by_key(|it| std::cmp::Reverse(it.id.raw()));
    Ok(found)
}

struct Button {
    code: &'static str,
    name: &'static str,
    href: String,
}

#[derive(Template)]
#[template(path = "orders/show.html")]
struct Show {
    shell: Shell,
    t: words::Orders,
    order: OrderView,
    primary: Option<Button>,
    others: Vec<Button>,
}

/// `GET /orders/{id}`
async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let user = visit.customer()?.user;
    let t = words::Orders(visit.lang);
    let it = find(&app, user, &id, Side::Buyer)?;
    let order = order_view(&app, &visit, &it, Side::Buyer)?;
    let now = app.engine().now(it.id.cell()).unwrap_or(it.created_at);
    let mut buttons: Vec<Button> = stages::acts(&it, now)
        .into_iter()
        .map(|act| Button {
            code: act.code(),
            name: act::name(t, act),
            href: match act {
                stages::Act::Pay => format!("/pay/{id}"),
                stages::Act::Cancel
                | stages::Act::Confirm
                | stages::Act::AskRefund
                | stages::Act::WithdrawRefund
                | stages::Act::Dispute
                | stages::Act::AddStatement => format!("/orders/{id}/{}", act.code()),
            },
        })
        .collect();
    let primary = if buttons.is_empty() { None } else { Some(buttons.remove(0)) };
    let title = format!("{} · {}", order.stage, order.subject);
    let shell = visit.shell(&app, title);
    let shell = if order.waits { shell.refreshing(30) } else { shell };
    render(&Show { shell, t, order, primary, others: buttons })
}

/// What the page has seen.
#[derive(Debug, Deserialize)]
struct Follow {
    seen: Option<u64>,
}

/// `GET /live/orders/{id}`: for both sides.
async fn follow(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(it): Query<Follow>,
) -> Page {
    let user = visit.signed()?.user;
    let sides = [Side::Buyer, Side::Seller];
    let found = sides.into_iter().find_map(|side| find(&app, user, &id, side).ok());
    let order = found.ok_or_else(|| Problem::of(&codes::ORDER_NOT_FOUND))?.id;
    let look = move || mark(&app, &app.read(order.cell(), |view| view.order(order)).ok()?.0?).ok();
    live::changes(it.seen, look)
}
