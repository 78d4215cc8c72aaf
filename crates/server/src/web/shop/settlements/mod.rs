//! `/shop/settlements`: what each day brought a shop, a month at a time.
//!
//! `sums` says what an entry was and what entries come to, `scan` finds them, `asked` reads what
//! time is meant; `day` is the page of one day, and `papers` are what is taken home.

mod asked;
mod day;
mod papers;
mod scan;
mod sums;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::apart::apart;
use crate::web::holdings::{self, Choice};
use crate::web::page::{Page, again, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use asked::{Query, Unread, address};
use axum::Router;
use axum::extract::{Query as FromQuery, State};
use axum::routing::get;
use jiff::civil::Date;
use ledger::account::Account;
use ledger::currency::Currency;
use sums::{Day, Sums};

/// Where these pages begin.
const HOME: &str = "/shop/settlements";

/// Every address here.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/shop/settlements", get(show))
        .route("/shop/settlements.csv", get(papers::table))
        .route("/shop/settlements.pdf", get(papers::statement))
        .route("/shop/settlements/{day}", get(day::show))
}

/// The account that is meant, how an address names it, and what else could be chosen.
struct Meant {
    account: Account,
    /// Empty where there is but one.
    name: String,
    choices: Vec<Choice>,
    /// The day that it is on the platform.
    today: Date,
}

fn meant(app: &App, visit: &Visit, query: &Query) -> Result<Meant, Problem> {
    let accounts = holdings::accounts(app, visit.merchant()?)?;
    let account = holdings::chosen(&accounts, &query.account)?;
    let choices = holdings::choices(&accounts, account.id);
    let name = if choices.is_empty() { String::new() } else { account.id.to_string() };
    let today = dates::local(app.engine().now(account.id.cell())?).date();
    Ok(Meant { account, name, choices, today })
}

/// What sums come to, as a page shows them: what went out has its sign, so that a line adds up.
struct Shown {
    orders: String,
    gross: String,
    fees: String,
    refunds: String,
    other: String,
    net: String,
}

impl Shown {
    fn of(sums: Sums, currency: Currency) -> Shown {
        let out = |units: u64| signed(-i128::from(units), currency);
        Shown {
            orders: sums.orders.to_string(),
            gross: money::minor(sums.gross, currency),
            fees: out(sums.fees),
            refunds: out(sums.refunds),
            other: signed(sums.other, currency),
            net: signed(sums.net(), currency),
        }
    }
}

/// An amount with its sign, if it is one.
fn signed(units: i128, currency: Currency) -> String {
    let size = u64::try_from(units.unsigned_abs()).unwrap_or(u64::MAX);
    match units {
        0 => money::minor(0, currency),
        1.. => money::income(size, currency),
        ..0 => money::expense(size, currency),
    }
}

/// A day with its page.
struct Link {
    href: String,
    name: String,
}

/// A day on which something moved.
struct Row {
    link: Link,
    sums: Shown,
    closing: String,
}

/// What the month comes to, and the balance before and after it.
struct Total {
    opening: String,
    sums: Shown,
    closing: String,
}

#[derive(Template)]
#[template(path = "shop/settlements/list.html")]
struct ListPage {
    shell: Shell,
    t: words::Settlements,
    accounts: Vec<Choice>,
    account: String,
    month: String,
    month_name: String,
    earlier: Option<String>,
    later: Option<String>,
    /// What the month comes to, unless it is too long to be counted.
    total: Option<Total>,
    rows: Vec<Row>,
    /// The days of a month that is too long.
    days: Vec<Link>,
    from: String,
    to: String,
    fault: Option<Unread>,
    alert: Option<&'static str>,
}

impl ListPage {
    /// Whether what was typed into a field cannot be used.
    fn wrong(&self, field: &str) -> bool {
        self.fault.as_ref().is_some_and(|it| it.field == field)
    }
}

/// `GET /shop/settlements`
async fn show(State(app): State<App>, visit: Visit, FromQuery(query): FromQuery<Query>) -> Page {
    apart(move || page(&app, &visit, &query, Wrong::default())).await
}

/// What was not done, and at which field that is said.
#[derive(Default)]
struct Wrong {
    fault: Option<Unread>,
    alert: Option<&'static str>,
}

/// The page of a month; with what was not done, if something was not.
fn page(app: &App, visit: &Visit, query: &Query, wrong: Wrong) -> Page {
    let t = words::Settlements(visit.lang);
    let it = meant(app, visit, query)?;
    let this = it.today.first_of_month();
    let month = query.first(it.today);
    let of = |first: Date| Some((first, asked::days(first, first.last_of_month())?));
    let named = month.and_then(of);
    let unread = named.is_none().then(|| t.month_unread());
    let (first, time) =
        named.or_else(|| of(this)).ok_or_else(|| Problem::of(&codes::INTERNAL_ERROR))?;
    let scan = scan::scan(app, &it.account, time, usize::MAX)?;
    let (own, currency) = (it.account.id, it.account.currency);
    let (total, rows, days) = if scan.whole {
        let days = sums::days(own, &scan.lines);
        let closing = days.first().map_or(scan.opening, |it| it.closing);
        let total = Total {
            opening: money::minor(scan.opening, currency),
            sums: Shown::of(Sums::of(own, &scan.lines), currency),
            closing: money::minor(closing, currency),
        };
        let rows = days.iter().map(|day| row(visit, &it, day)).collect();
        (Some(total), rows, Vec::new())
    } else {
        (None, Vec::new(), all_days(visit, &it, first))
    };
    let opened = dates::local(it.account.opened_at).date().first_of_month();
    let of_month = |day| of_month(&it, day);
    let (earlier, later) = (first.yesterday().ok(), first.last_of_month().tomorrow().ok());
    let listed = ListPage {
        shell: visit.shell(app, t.settlements()),
        t,
        month: first.strftime("%Y-%m").to_string(),
        month_name: dates::month(visit.lang, first),
        earlier: earlier.filter(|_| first > opened).map(of_month),
        later: later.filter(|_| first < this).map(of_month),
        accounts: it.choices,
        account: it.name,
        from: if query.from.is_empty() { first.to_string() } else { query.from.clone() },
        to: if query.to.is_empty() {
            first.last_of_month().min(it.today).max(first).to_string()
        } else {
            query.to.clone()
        },
        fault: wrong.fault,
        alert: wrong.alert.or(unread),
        total,
        rows,
        days,
    };
    let wrong = listed.fault.is_some() || listed.alert.is_some();
    if wrong { again(&listed) } else { render(&listed) }
}

/// The page of the month that a day is in.
fn of_month(it: &Meant, day: Date) -> String {
    let month = day.strftime("%Y-%m").to_string();
    address(HOME, &[("account", &it.name), ("month", &month)])
}

fn link(visit: &Visit, it: &Meant, day: Date) -> Link {
    let href = address(&format!("{HOME}/{day}"), &[("account", &it.name)]);
    Link { href, name: dates::date(visit.lang, day) }
}

fn row(visit: &Visit, it: &Meant, day: &Day) -> Row {
    let currency = it.account.currency;
    Row {
        link: link(visit, it, day.date),
        sums: Shown::of(day.sums, currency),
        closing: money::minor(day.closing, currency),
    }
}

/// Every day of a month that has come, the newest first.
fn all_days(visit: &Visit, it: &Meant, first: Date) -> Vec<Link> {
    let last = first.last_of_month().min(it.today);
    let back = std::iter::successors(Some(last), |day| day.yesterday().ok());
    back.take_while(|day| *day >= first).map(|day| link(visit, it, day)).collect()
}
