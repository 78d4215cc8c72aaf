//! `/ops/reconciliation`: every business day of every bank, whether its statement and the books
//! agree, down to the row where they do not.

mod assigned;
mod day;
mod report;
mod row;
mod upload;

use crate::app::App;
use crate::banks::Desk;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::reconciliation::{Files, Refusal, of_day};
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::routing::{get, post};
use jiff::civil::Date;
use ledger::bank::TakeStatement;
use ledger::id::CellId;
use ledger::person::Duty;
use ledger::time::Time;
use report::Report;
use serde::Deserialize;
use std::sync::Arc;

/// Days on a page.
const PAGE: usize = 14;
/// The most bytes of a file that a browser sends; larger ones are for `danbao recon`.
const UPLOAD_MAX: usize = 64 << 20;

/// The addresses below `/ops/reconciliation`.
pub(super) fn routes() -> Router<App> {
    let upload = post(upload::take).layer(DefaultBodyLimit::max(UPLOAD_MAX));
    Router::new()
        .route("/ops/reconciliation", get(grid))
        .route("/ops/reconciliation/{bank}/{day}", get(day::show))
        .route("/ops/reconciliation/{bank}/{day}/ask", post(day::ask_bank))
        .route("/ops/reconciliation/{bank}/{day}/differences.csv", get(day::table))
        .route("/ops/reconciliation/{bank}/{day}/file", upload)
        .route("/ops/reconciliation/{bank}/{day}/report.json", get(day::json))
        .route("/ops/reconciliation/{bank}/{day}/rows/{row}", get(row::show))
        .route("/ops/reconciliation/{bank}/{day}/rows/{row}/assign", post(assigned::assign))
        .route("/ops/reconciliation/{bank}/{day}/rows/{row}/record", post(row::record))
}

/// Where a day of a bank stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The day is not over.
    NotDue,
    /// The day is over, and nobody has its statement.
    Missing,
    /// Everything is explained; so many wait for the next statement.
    Matched(u64),
    /// So many differences need a person.
    Differences(u64),
    /// No single row needs a person, but the bank's lines and balances contradict each other.
    Balances,
}

impl Standing {
    fn of(report: Option<&Report>, over: bool) -> Standing {
        match report {
            Some(it) if it.nothing_unexplained => Standing::Matched(it.waiting),
            Some(it) if it.cases > 0 => Standing::Differences(it.cases),
            Some(_) => Standing::Balances,
            None if over => Standing::Missing,
            None => Standing::NotDue,
        }
    }

    /// The class, the icon, and the words.
    fn shown(self, w: words::OpsReconciliation) -> (&'static str, &'static str, String) {
        match self {
            Standing::NotDue => ("", "hourglass", w.not_due().to_owned()),
            Standing::Missing => ("warn", "circle-help", w.missing().to_owned()),
            Standing::Matched(0) => ("ok", "circle-check", w.matched().to_owned()),
            Standing::Matched(waiting) => ("ok", "circle-check", w.matched_waiting(waiting)),
            Standing::Differences(count) => ("bad", "file-diff", w.differences(count)),
            Standing::Balances => ("bad", "scale", w.balances_differ().to_owned()),
        }
    }
}

/// A day of a bank in the grid.
struct Cell {
    href: String,
    class: &'static str,
    icon: &'static str,
    text: String,
    drift: Option<String>,
}

struct Row {
    day: String,
    cells: Vec<Cell>,
}

#[derive(Template)]
#[template(path = "ops/reconciliation/grid.html")]
struct Grid {
    shell: Shell,
    t: words::Ops,
    w: words::OpsReconciliation,
    banks: Vec<String>,
    mine: Vec<assigned::Held>,
    rows: Vec<Row>,
    summary: String,
    class: &'static str,
    checked: String,
    newer: Option<String>,
    older: Option<String>,
}

/// The last day that is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Until {
    until: String,
}

/// `GET /ops/reconciliation`
async fn grid(State(app): State<App>, visit: Visit, Query(it): Query<Until>) -> Page {
    let signed = visit.operator()?;
    let (t, w) = (words::Ops(visit.lang), words::OpsReconciliation(visit.lang));
    let now = app.engine().now(CellId::FIRST)?;
    let desks = app.banks().all();
    let today = desks.iter().filter_map(|it| it.calendar().day_of(now)).max();
    let first = first_day(&app)?;
    let last = it.until.parse().ok().filter(|it| today.is_none_or(|today| *it <= today)).or(today);
    let days: Vec<Date> = days_back(last).take_while(|it| *it >= first).take(PAGE).collect();
    let (mut rows, mut bad, mut missing) = (Vec::new(), 0_u64, 0_u64);
    for day in &days {
        let mut cells = Vec::new();
        for desk in desks {
            let (state, drift) = standing(&app, desk, *day, now)?;
            match state {
                Standing::Differences(_) | Standing::Balances => bad += 1,
                Standing::Missing => missing += 1,
                Standing::NotDue | Standing::Matched(_) => {}
            }
            let (class, icon, text) = state.shown(w);
            let href = format!("/ops/reconciliation/{}/{day}", desk.name());
            cells.push(Cell { href, class, icon, text, drift });
        }
        rows.push(Row { day: day.to_string(), cells });
    }
    let (summary, class) = match (bad, missing) {
        (0, 0) => (w.all_matched().to_owned(), "ok"),
        (0, missing) => (w.some_missing(missing), "bad"),
        (bad, _) => (w.some_differ(bad), "bad"),
    };
    let page = |day: Option<Date>| day.map(|it| format!("/ops/reconciliation?until={it}"));
    let ahead = last.and_then(|it| it.checked_add(jiff::Span::new().days(14)).ok());
    let newer = ahead.filter(|_| last != today).map(|it| today.map_or(it, |today| it.min(today)));
    let older = days.last().filter(|_| days.len() == PAGE).and_then(|it| it.yesterday().ok());
    render(&Grid {
        shell: visit.shell(&app, w.title()),
        t,
        w,
        banks: desks.iter().map(|it| it.name().to_string()).collect(),
        mine: assigned::held(&app, signed)?,
        rows,
        summary,
        class,
        checked: dates::second(now),
        newer: page(newer),
        older: page(older.filter(|it| *it >= first)),
    })
}

/// How many of the last days of all banks have no statement, or need a person.
pub(super) fn unmatched(app: &App) -> Result<usize, Problem> {
    let (now, first) = (app.engine().now(CellId::FIRST)?, first_day(app)?);
    let mut count = 0;
    for desk in app.banks().all() {
        let last = desk.calendar().last_day(now);
        for day in days_back(last).take_while(|it| *it >= first).take(PAGE) {
            match standing(app, desk, day, now)?.0 {
                Standing::Differences(_) | Standing::Balances | Standing::Missing => count += 1,
                Standing::NotDue | Standing::Matched(_) => {}
            }
        }
    }
    Ok(count)
}

/// A day and those before it.
fn days_back(last: Option<Date>) -> impl Iterator<Item = Date> {
    std::iter::successors(last, |it| it.yesterday().ok())
}

/// The day on which anything happened here for the first time: before that no bank has a statement.
fn first_day(app: &App) -> Result<Date, Problem> {
    let (first, _) = app.read(CellId::FIRST, |view| view.happenings(0, 1))?;
    let begun = first.first().map_or(Time::default(), |it| it.1.time);
    Ok(dates::local(begun).date())
}

/// Where a day stands, and by how much lines and books differ.
fn standing(
    app: &App,
    desk: &Desk,
    day: Date,
    now: Time,
) -> Result<(Standing, Option<String>), Problem> {
    let report = Report::read(&Files::new(app.data(), desk.name(), day))?;
    let over = desk.calendar().bounds(day).is_some_and(|it| it.1 <= now);
    let drift = report.as_ref().and_then(Report::drift);
    Ok((Standing::of(report.as_ref(), over), drift))
}

/// The bank and the day that an address names.
fn chosen(app: &App, bank: &str, day: &str) -> Result<(Arc<Desk>, Date), Problem> {
    let missing = || Problem::of(&codes::ROUTE_NOT_FOUND);
    let desk = app.banks().named(bank).ok_or_else(missing)?.clone();
    let parsed = day.parse().ok().filter(|_| day.len() == 10).ok_or_else(missing)?;
    Ok((desk, parsed))
}

/// The page of a statement that was proposed.
pub(super) fn page_of(app: &App, it: &TakeStatement) -> Option<String> {
    let (desk, day) = of_day(app, it)?;
    Some(format!("/ops/reconciliation/{}/{day}", desk.name()))
}

fn failed(error: &std::io::Error) -> Problem {
    Problem::from(Refusal::Failed(error.to_string()))
}

/// Whether somebody has one of these duties.
fn has(signed: &Signed, duties: &[Duty]) -> bool {
    signed.duty.is_some_and(|it| duties.contains(&it))
}

/// Whose duty something is, for those whose it is not.
fn barred(t: words::Ops, signed: &Signed, duties: &[Duty]) -> Option<String> {
    if has(signed, duties) {
        return None;
    }
    let names: Vec<&str> = duties.iter().filter_map(|it| t.named(it.code())).collect();
    Some(t.duty_of(names.join(" / ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    fn report(cases: u64, waiting: u64, explained: bool) -> Report {
        Report { cases, waiting, nothing_unexplained: explained, ..Report::default() }
    }

    #[test]
    fn a_day_is_matched_only_when_its_report_says_so() {
        assert_eq!(Standing::of(None, false), Standing::NotDue);
        assert_eq!(Standing::of(None, true), Standing::Missing);
        assert_eq!(Standing::of(Some(&report(0, 2, true)), true), Standing::Matched(2));
        assert_eq!(Standing::of(Some(&report(1, 0, false)), true), Standing::Differences(1));
        assert_eq!(Standing::of(Some(&report(0, 0, false)), true), Standing::Balances);
    }

    #[test]
    fn every_state_has_an_icon_and_words_of_its_own() {
        for lang in [Lang::Zh, Lang::En] {
            let w = words::OpsReconciliation(lang);
            let each = [
                Standing::NotDue,
                Standing::Missing,
                Standing::Matched(0),
                Standing::Differences(3),
                Standing::Balances,
            ];
            let icons: std::collections::BTreeSet<_> = each.map(|it| it.shown(w).1).into();
            let texts: std::collections::BTreeSet<_> = each.map(|it| it.shown(w).2).into();
            assert_eq!([icons.len(), texts.len()], [each.len(); 2]);
        }
    }
}
