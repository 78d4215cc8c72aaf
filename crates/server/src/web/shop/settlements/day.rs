//! `/shop/settlements/{day}`: every entry of a day, between the balances at its two ends.

use super::sums::{Line, Part, Period};
use super::{Choice, Shown, Wanted, address, page, read_day, span};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::activity::books::{apart, left};
use crate::web::activity::tell::{Teller, signed};
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use ledger::currency::Currency;

/// Entries that a page shows; the papers have them all.
const ENTRIES_MAX: usize = 1_000;

/// An entry on the page.
struct Entry {
    clock: String,
    did: &'static str,
    what: String,
    /// The page of the order, the top-up or the withdrawal.
    href: Option<String>,
    /// The shop's own number of the order.
    number: Option<String>,
    /// What was sold, and what was kept of it.
    gross: Option<String>,
    fee: Option<String>,
    income: bool,
    amount: String,
    balance: String,
}

#[derive(Template)]
#[template(path = "shop/settled_day.html")]
struct DayPage {
    shell: Shell,
    t: words::Settlements,
    /// The page of the month.
    back: String,
    day: String,
    /// What an address says so that it is about this account and day.
    query: String,
    sums: Shown,
    entries: Vec<Entry>,
    /// How many there are, if not all are shown.
    more: Option<String>,
}

/// `GET /shop/settlements/{day}`
pub(in crate::web::shop) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(day): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Page {
    apart(move || of(&app, &visit, &day, &wanted)).await
}

fn of(app: &App, visit: &Visit, day: &str, wanted: &Wanted) -> Page {
    let t = words::Settlements(visit.lang);
    let choice = Choice::of(app, visit.merchant()?, &wanted.account)?;
    let date = read_day(day).ok_or_else(|| Problem::of(&codes::ROUTE_NOT_FOUND))?;
    let (from, to) = span(date, date)?;
    let Some(period) = Period::look(app, &choice.account, (from, to))? else {
        return page(app, visit, wanted, Some(t.too_many().to_owned()));
    };
    let (sums, _) = period.sums()?;
    let teller = Teller { app, visit, own: period.own };
    let currency = choice.account.currency;
    let shown = period.lines.iter().take(ENTRIES_MAX).map(|it| entry(&teller, it, currency));
    let count = period.lines.len();
    let month = format!("/shop/settlements?month={}", date.strftime("%Y-%m"));
    render(&DayPage {
        shell: visit.shell(app, t.settlements()),
        back: address(&month, &choice.query),
        day: dates::day(visit.lang, from),
        query: address(&format!("?from={date}&to={date}"), &choice.query),
        sums: Shown::new(&sums, currency),
        entries: shown.collect::<Result<_, _>>()?,
        more: (count > ENTRIES_MAX).then(|| t.more_entries(ENTRIES_MAX, count)),
        t,
    })
}

fn entry(teller: &Teller<'_>, line: &Line, currency: Currency) -> Result<Entry, Problem> {
    let (about, it) = (teller.about(&line.found)?, &line.found.1);
    let income = it.credit == teller.own;
    let (gross, fee) = match line.part {
        Part::Sale { fee } => (
            Some(money::minor(it.amount.saturating_add(fee), currency)),
            (fee > 0).then(|| money::expense(fee, currency)),
        ),
        Part::Refund | Part::Other => (None, None),
    };
    Ok(Entry {
        clock: dates::clock(it.time),
        did: about.did,
        what: about.what,
        href: about.href,
        number: about.number,
        gross,
        fee,
        income,
        amount: signed(it, income),
        balance: money::minor(left(teller.own, it), currency),
    })
}
