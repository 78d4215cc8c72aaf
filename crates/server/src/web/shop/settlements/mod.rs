//! `/shop/settlements`: what each day brought a shop, a month at a time, and each entry of a day.
//! What is on a page adds up: what there was, and what happened, is what there is.

mod day;
mod papers;
mod sums;

pub(super) use day::show as day;
pub(super) use papers::{document, table};

use crate::app::App;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::activity::books::{accounts, apart, chosen};
use crate::web::page::{Page, again, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::{Query, State};
use jiff::civil::Date;
use ledger::account::Account;
use ledger::currency::Currency;
use ledger::time::Time;
use serde::Deserialize;
use sums::{Period, Sums};

/// The most days of one paper.
const DAYS_MAX: i32 = 92;

/// What is asked for, as the address says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    account: String,
    month: String,
    from: String,
    to: String,
}

/// A shop's account, and the others that could be chosen.
struct Choice {
    account: Account,
    /// Those that there are, if there are several: value, name, whether it is this one.
    all: Vec<(String, String, bool)>,
    /// What an address says after `?` so that it is about this one.
    query: String,
}

impl Choice {
    fn of(app: &App, signed: &Signed, name: &str) -> Result<Choice, Problem> {
        let found = accounts(app, signed)?;
        let account = chosen(&found, name)?;
        let several = found.len() > 1;
        let one = |it: &Account| {
            let name = format!("{} · {}", it.currency.code(), it.id);
            (it.id.to_string(), name, it.id == account.id)
        };
        Ok(Choice {
            account,
            all: found.iter().filter(|_| several).map(one).collect(),
            query: if several { format!("account={}", account.id) } else { String::new() },
        })
    }
}

/// Sums as they are written.
struct Shown {
    opening: String,
    sales: usize,
    gross: String,
    fees: String,
    refunds: String,
    other: String,
    closing: String,
}

impl Shown {
    fn new(it: &Sums, currency: Currency) -> Shown {
        let plain = |units| money::minor(units, currency);
        let minus = |units| if units == 0 { plain(0) } else { money::expense(units, currency) };
        Shown {
            opening: plain(it.opening),
            sales: it.sales,
            gross: plain(it.gross),
            fees: minus(it.fees),
            refunds: minus(it.refunds),
            other: if it.came >= it.went {
                plain(it.came - it.went)
            } else {
                minus(it.went - it.came)
            },
            closing: plain(it.closing),
        }
    }
}

struct Day {
    name: String,
    /// Its page.
    href: String,
    sums: Shown,
}

/// Another month: its name and its page.
struct Month {
    name: String,
    href: String,
}

#[derive(Template)]
#[template(path = "shop/settlements.html")]
struct SettlementsPage {
    shell: Shell,
    t: words::Settlements,
    choice: Choice,
    month: String,
    /// The days between which papers are offered, as fields have them.
    from: String,
    to: String,
    earlier: Option<Month>,
    later: Option<Month>,
    /// Nothing if there is more than can be counted.
    sums: Option<Shown>,
    /// The newest first.
    days: Vec<Day>,
    fault: Option<String>,
}

/// `GET /shop/settlements`
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Page {
    apart(move || page(&app, &visit, &wanted, None)).await
}

/// The page; with what was not made, if something was not.
fn page(app: &App, visit: &Visit, wanted: &Wanted, fault: Option<String>) -> Page {
    let choice = Choice::of(app, visit.merchant()?, &wanted.account)?;
    let t = words::Settlements(visit.lang);
    let day_of = |time| dates::local(time).date();
    let today = day_of(app.engine().now(choice.account.id.cell())?);
    let opened = day_of(choice.account.opened_at).first_of_month();
    let wished = read_day(&format!("{}-01", wanted.month));
    // A month that is none, or in which there was no account, is the one that is now.
    let first = wished.filter(|it| (opened..=today).contains(it)).unwrap_or(today.first_of_month());
    let last = first.last_of_month().min(today);
    let period = Period::look(app, &choice.account, span(first, last)?)?;
    let counted = period.as_ref().map(Period::sums).transpose()?;
    let currency = choice.account.currency;
    let (sums, days) = counted.map_or_else(|| (None, Vec::new()), |(all, days)| (Some(all), days));
    let line = |(time, sums): &(Time, Sums)| Day {
        name: dates::day(visit.lang, *time),
        href: address(&format!("/shop/settlements/{}", day_of(*time)), &choice.query),
        sums: Shown::new(sums, currency),
    };
    let days = days.iter().rev().map(line).collect();
    let month = |it: Date| Month {
        name: dates::month(visit.lang, it),
        href: address(&format!("/shop/settlements?month={}", it.strftime("%Y-%m")), &choice.query),
    };
    let shown = SettlementsPage {
        shell: visit.shell(app, t.settlements()),
        month: dates::month(visit.lang, first),
        from: if wanted.from.is_empty() { first.to_string() } else { wanted.from.clone() },
        to: if wanted.to.is_empty() { last.to_string() } else { wanted.to.clone() },
        earlier: first
            .yesterday()
            .ok()
            .map(Date::first_of_month)
            .filter(|it| *it >= opened)
            .map(month),
        later: first.last_of_month().tomorrow().ok().filter(|it| *it <= today).map(month),
        sums: sums.map(|it| Shown::new(&it, currency)),
        days,
        fault,
        choice,
        t,
    };
    if shown.fault.is_some() { again(&shown) } else { render(&shown) }
}

/// A day as fields and addresses have it: `2026-11-23`.
fn read_day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|_| text.len() == 10)
}

/// The first moment of a day, and the first one after another.
fn span(first: Date, last: Date) -> Result<(Time, Time), Problem> {
    let missing = || Problem::of(&crate::http::codes::ROUTE_NOT_FOUND);
    let next = last.tomorrow().map_err(|_| missing())?;
    dates::midnight(first).zip(dates::midnight(next)).ok_or_else(missing)
}

/// An address with one more part of its query, if there is one.
fn address(path: &str, query: &str) -> String {
    match (query, path.contains('?')) {
        ("", _) => path.to_owned(),
        (query, true) => format!("{path}&{query}"),
        (query, false) => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(read_day("2026-11-23"), Some(Date::constant(2026, 11, 23)));
        for odd in ["", "2026-11", "2026-11-31", "2026-11-23T10:00", "20261123", "yesterday"] {
            assert_eq!(read_day(odd), None, "{odd}");
        }
    }

    #[test]
    fn an_address_keeps_what_was_chosen() {
        assert_eq!(address("/a", ""), "/a");
        assert_eq!(address("/a", "account=x"), "/a?account=x");
        assert_eq!(address("/a?month=2026-11", "account=x"), "/a?month=2026-11&account=x");
    }
}
