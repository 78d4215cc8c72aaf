//! `/shop/settlements/{day}`: every entry of a day, between the balance before and after it.

use super::asked::{self, Query, address};
use super::sums::{Line, Part, Sums};
use super::{HOME, Meant, Shown, Total, meant, of_month, scan, signed};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::apart::apart;
use crate::web::holdings::left;
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{activity, dates, money, words};
use askama::Template;
use axum::extract::{Path, Query as FromQuery, State};
use ledger::id::EntryId;

/// Entries on a page.
const ENTRIES_MAX: usize = 100;

/// An entry of the day.
struct Entry {
    clock: String,
    href: String,
    what: String,
    did: &'static str,
    number: String,
    gross: String,
    fee: String,
    net: String,
    balance: String,
}

#[derive(Template)]
#[template(path = "shop/settlements/day.html")]
struct DayPage {
    shell: Shell,
    t: words::Settlements,
    title: String,
    month: String,
    total: Option<Total>,
    entries: Vec<Entry>,
    first: bool,
    last: bool,
    /// Which part of the day this is, and of how many.
    part: usize,
    parts: usize,
    earlier: Option<String>,
    later: Option<String>,
    csv: String,
    pdf: String,
}

/// `GET /shop/settlements/{day}`
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(day): Path<String>,
    FromQuery(query): FromQuery<Query>,
) -> Page {
    apart(move || page(&app, &visit, &day, &query)).await
}

fn page(app: &App, visit: &Visit, day: &str, query: &Query) -> Page {
    let t = words::Settlements(visit.lang);
    let it = meant(app, visit, query)?;
    let missing = || Problem::of(&codes::ROUTE_NOT_FOUND);
    let day = dates::day_named(day).filter(|day| *day <= it.today).ok_or_else(missing)?;
    let time = asked::days(day, day).ok_or_else(missing)?;
    let scan = scan::scan(app, &it.account, time, usize::MAX)?;
    let (own, currency) = (it.account.id, it.account.currency);
    let total = scan.whole.then(|| Total {
        opening: money::minor(scan.opening, currency),
        sums: Shown::of(Sums::of(own, &scan.lines), currency),
        closing: money::minor(
            scan.lines.first().map_or(scan.opening, |it| left(own, &it.it)),
            currency,
        ),
    });
    let parts = scan.lines.len().div_ceil(ENTRIES_MAX).max(1);
    let part = query.page().min(parts);
    // A statement is read from the balance before to the balance after.
    let shown = scan.lines.iter().rev().skip((part - 1) * ENTRIES_MAX).take(ENTRIES_MAX);
    let entries = shown.map(|line| entry(app, visit, &it, line)).collect::<Result<Vec<_>, _>>()?;
    let name = day.to_string();
    let other = |page: usize| {
        let page = page.to_string();
        address(&format!("{HOME}/{name}"), &[("account", &it.name), ("page", &page)])
    };
    let paper = |kind| {
        let fields = [("account", it.name.as_str()), ("from", &name), ("to", &name)];
        address(&format!("{HOME}.{kind}"), &fields)
    };
    let title = t.of_day(dates::date(visit.lang, day));
    render(&DayPage {
        shell: visit.shell(app, title.clone()),
        t,
        title,
        month: of_month(&it, day),
        first: part == 1,
        last: part == parts,
        earlier: (part > 1).then(|| other(part - 1)),
        later: (part < parts).then(|| other(part + 1)),
        csv: paper("csv"),
        pdf: paper("pdf"),
        total,
        entries,
        part,
        parts,
    })
}

fn entry(app: &App, visit: &Visit, meant: &Meant, line: &Line) -> Result<Entry, Problem> {
    let (own, currency, it) = (meant.account.id, meant.account.currency, &line.it);
    let about = activity::about(app, visit, own, (line.number, it))?;
    let id = EntryId::new(own.cell(), line.number);
    let amount = i128::from(it.amount);
    let (gross, fee, href) = match line.part {
        Part::Sale { fee } => (
            money::minor(it.amount + fee, currency),
            signed(-i128::from(fee), currency),
            about.href,
        ),
        Part::Refund => (String::new(), String::new(), about.href),
        Part::Other => (String::new(), String::new(), None),
    };
    Ok(Entry {
        clock: dates::clock(it.time),
        href: href.unwrap_or_else(|| format!("/activity/{id}")),
        what: about.what,
        did: about.did,
        number: about.number.unwrap_or_default(),
        net: signed(if it.credit == own { amount } else { -amount }, currency),
        balance: money::minor(left(own, it), currency),
        gross,
        fee,
    })
}
