//! `/shop`: a merchant's own pages.

mod books;
mod by_hand;
mod import;
mod links;
mod numbers;
mod order;
mod orders;
mod settlements;

use super::page::{Page, render};
use super::security::account::{Freeze, frozen};
use super::visit::{Shell, Visit};
use super::{holdings, money, words};
use crate::app::App;
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{get, post};
use ledger::currency::Currency;
use orders::Tab;

/// Orders at one next action that are counted; what is more is said to be more.
const COUNTED_MAX: usize = 1_000;

/// Every address here.
pub(super) fn routes() -> Router<App> {
    let table = post(import::preview).layer(DefaultBodyLimit::max(import::UPLOAD_MAX));
    Router::new()
        .route("/shop", get(home))
        .merge(settlements::routes())
        .route("/shop/links", get(links::ask).post(links::make))
        .route("/shop/links/{token}", get(links::share))
        .route("/link/{token}", get(links::open).post(links::take))
        .route("/shop/orders", get(orders::list))
        .route("/shop/orders/ship", post(orders::ship))
        .route("/shop/orders/import", get(import::ask).merge(table))
        .route("/shop/orders/import/confirm", post(import::confirm).get(import::over))
        .route("/shop/orders/import/sample.csv", get(import::sample))
        .route("/shop/orders/new", get(by_hand::ask).post(by_hand::make))
        .route("/shop/orders/{id}", get(order::show))
        .route("/shop/orders/{id}/{action}", post(order::act))
}

/// What a shop has to do, or waits for.
struct ToDo {
    tab: &'static str,
    icon: &'static str,
    label: &'static str,
    count: String,
    waiting: bool,
}

#[derive(Template)]
#[template(path = "shop/home.html")]
struct HomePage {
    shell: Shell,
    t: words::Shop,
    available: String,
    balance: String,
    held: String,
    to_do: Vec<ToDo>,
    numbers: [numbers::Shown; 3],
    errors: usize,
    /// How the account is frozen, if it is.
    freeze: Option<Freeze>,
    f: words::SecurityAccount,
}

/// `GET /shop`
async fn home(State(app): State<App>, visit: Visit) -> Page {
    let signed = visit.merchant()?;
    let t = words::Shop(visit.lang);
    let accounts = holdings::accounts(&app, signed)?;
    let yuan = || accounts.iter().filter(|it| it.currency == Currency::CNY);
    let shown = |units: u64| money::minor(units, Currency::CNY);
    let available = yuan().map(ledger::account::Account::available).sum();
    let balance: i128 = yuan().map(ledger::account::Account::balance).sum();
    let (mut held, mut all, mut to_do) = (0, true, Vec::new());
    for tab in Tab::OPEN {
        let found = books::sales(&app, signed, tab.stages(), None, COUNTED_MAX + 1)?;
        let more = found.len() > COUNTED_MAX;
        let counted = found.iter().take(COUNTED_MAX);
        held += counted
            .filter(|it| it.currency() == Currency::CNY)
            .map(ledger::order::Order::in_escrow)
            .sum::<u64>();
        all &= !more;
        to_do.push(ToDo {
            tab: tab.code(),
            icon: tab.icon(),
            label: tab.label(t),
            count: if more { t.at_least(COUNTED_MAX) } else { found.len().to_string() },
            waiting: tab.waits_for_shop() && !found.is_empty(),
        });
    }
    let held = if all { shown(held) } else { t.at_least(shown(held)) };
    let (available, balance) = (shown(available), shown(u64::try_from(balance).unwrap_or(0)));
    let shell = visit.shell(&app, t.shop());
    let numbers = numbers::count(&app, signed)?.shown(t);
    let errors = app.requests().of(signed.user).iter().filter(|it| it.code.is_some()).count();
    let account = yuan().next();
    let freeze = account.map(|it| frozen(&app, &visit, it)).transpose()?.flatten();
    let f = words::SecurityAccount(visit.lang);
    render(&HomePage { shell, t, available, balance, held, to_do, numbers, errors, freeze, f })
}
