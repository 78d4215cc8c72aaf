//! Reconciliation: a bank's statement comes in, is compared with the books by `recon`, and what is
//! certain is told to the ledger; the rest is reported.
//!
//! A statement is evidence, and the bank gives it again: it and what was found in it are files
//! under `statements/` in the data directory, which may be deleted and made again. Whatever a
//! statement changes goes through the journal like everything else, once for each reference, so
//! that the same file changes nothing the second time.

mod candidates;
mod effects;
mod files;
mod incoming;
mod offer;
mod page;
mod render;
mod source;

pub(crate) use files::Files;
pub(crate) use incoming::Incoming;
pub(crate) use offer::{Offer, action, decided, format, kept, must_be_here, of_day, settle};
pub(crate) use page::page;
pub(crate) use source::{Format, Refusal, Source};

use crate::app::App;
use crate::banks::Desk;
use jiff::civil::Date;
use ledger::hand::Hand;
use ledger::id::CellId;
use ledger::time::Time;
use recon::calendar::Calendar;
use recon::{Report, Resolution};
use serde_json::Value;
use source::Whole;
use std::sync::Arc;
use std::time::Duration;

/// Between two attempts to get the statement of a day that is over.
const PAUSE: Duration = Duration::from_mins(1);

/// The people who let a statement count that did not come from the bank itself.
#[derive(Clone)]
pub(crate) struct Hands {
    /// What they looked at: no other file counts for them.
    pub(crate) digest: String,
    /// Whoever uploaded it.
    pub(crate) uploaded_by: Hand,
    /// Whoever approved it; nobody needs to if it tells the books nothing.
    pub(crate) taken_over_by: Option<Hand>,
    /// Why it came by hand.
    pub(crate) reason: String,
}

/// Reads a statement, compares it with the books, tells the ledger what is certain, and keeps the
/// report. The same bytes give the same report again, and nothing else happens.
pub(crate) async fn reconcile(
    app: &App,
    desk: &Arc<Desk>,
    source: Source,
) -> Result<Value, Refusal> {
    reconcile_by(app, desk, source, None).await
}

/// The same, for a statement that people brought.
pub(crate) async fn reconcile_by(
    app: &App,
    desk: &Arc<Desk>,
    source: Source,
    hands: Option<Hands>,
) -> Result<Value, Refusal> {
    let _alone = desk.statement_lock().lock().await;
    let (app_too, desk_too) = (app.clone(), desk.clone());
    let by_hand = hands.clone();
    let compared = tokio::task::spawn_blocking(move || {
        compare(&app_too, &desk_too, &source, by_hand.as_ref())
    });
    let compared = compared.await.map_err(|error| Refusal::Failed(error.to_string()))??;
    let (report, files, digest) = match compared {
        Compared::Before(report) => return Ok(report),
        Compared::Now(report, files, digest) => (report, files, digest),
    };
    let done = effects::apply(app, desk.name(), &report).await;
    let mut value = render::report(desk.name(), &files.day(), &digest, &report, &done);
    if let Some(it) = hands {
        value["uploaded_by"] = it.uploaded_by.to_string().into();
        value["taken_over_by"] = it.taken_over_by.map(|it| it.to_string()).into();
        value["reason"] = it.reason.into();
    }
    files.keep_report(&value, &report)?;
    Ok(value)
}

enum Compared {
    /// This statement was compared before.
    Before(Value),
    Now(Box<Report>, Files, String),
}

fn compare(
    app: &App,
    desk: &Desk,
    source: &Source,
    hands: Option<&Hands>,
) -> Result<Compared, Refusal> {
    let read = source.read(desk.calendar())?;
    if hands.is_some_and(|it| it.digest != read.digest) {
        return Err(Refusal::Changed);
    }
    let files = Files::new(app.data(), desk.name(), day_of(desk, &read)?);
    if let Some(report) = files.report()?
        && report["digest"] == read.digest.as_str()
    {
        return Ok(Compared::Before(report));
    }
    let digest = read.digest.clone();
    let mut found = files.begin_found()?;
    let report = look(app, desk, read, &files, &mut |it| found.add(&it.reference))?;
    // The books go on meanwhile: what told them nothing when it was looked at may do so now.
    if hands.is_some_and(|it| it.taken_over_by.is_none()) && told(&report) > 0 {
        return Err(Refusal::Changed);
    }
    found.finish()?;
    Ok(Compared::Now(Box::new(report), files, digest))
}

/// How many differences of a report are told to the books.
pub(crate) fn told(report: &Report) -> u64 {
    let told = report.outcome.breaks.iter().filter(|it| match it.resolution {
        Resolution::Confirm | Resolution::Reject | Resolution::Return | Resolution::SetAside => {
            true
        }
        Resolution::Wait | Resolution::Case => false,
    });
    told.count() as u64
}

/// The business day that a statement is of: the one that its last moment belongs to.
fn day_of(desk: &Desk, read: &Whole) -> Result<Date, Refusal> {
    let last = Time(read.head.to.0.saturating_sub(1));
    let day = desk.calendar().day_of(last);
    day.ok_or_else(|| Refusal::Failed("no such day".to_owned()))
}

/// Compares a statement with the books, and changes nothing.
fn look(
    app: &App,
    desk: &Desk,
    read: Whole,
    files: &Files,
    seen: &mut dyn FnMut(&recon::Movement),
) -> Result<Report, Refusal> {
    let before = files.found_before()?;
    let carried = files.carried()?;
    let candidates = candidates::Candidates::new(app, desk, &read, before, &carried)?;
    let outcome = recon::reconcile(&read.head, read.lines, candidates, desk.calendar(), seen);
    let now = app.engine().now(CellId::FIRST).map_err(|it| Refusal::Failed(it.to_string()))?;
    Ok(Report::new(read.head, outcome, now))
}

/// What would come of a statement: its day, its digest, and the report. Nothing is kept.
pub(crate) fn foresee(
    app: &App,
    desk: &Desk,
    source: &Source,
) -> Result<(Date, String, Report), Refusal> {
    let read = source.read(desk.calendar())?;
    let (day, digest) = (day_of(desk, &read)?, read.digest.clone());
    let files = Files::new(app.data(), desk.name(), day);
    let report = look(app, desk, read, &files, &mut |_| ())?;
    Ok((day, digest, report))
}

/// Asks every bank for the statement of the day that is over, until it comes; and lets files count
/// that were approved just before the server ended.
pub(crate) async fn run(app: App) {
    loop {
        for desk in app.banks().all() {
            for day in offer::days(&app, desk).unwrap_or_default() {
                // What fails is tried again.
                let _ = settle(&app, desk, day).await;
            }
            if let Some(day) = next_day(&app, desk) {
                // What the bank does not have yet, or what failed, is tried again.
                if let Ok(source) = Source::fetch(desk, &day).await {
                    let _ = reconcile(&app, desk, source).await;
                }
            }
        }
        tokio::time::sleep(PAUSE / app.banks().scale()).await;
    }
}

/// The last day that is over, if it has no report.
fn next_day(app: &App, desk: &Desk) -> Option<String> {
    let calendar: &Calendar = desk.calendar();
    let day = calendar.last_day(app.engine().now(CellId::FIRST).ok()?)?;
    let files = Files::new(app.data(), desk.name(), day);
    let missing = files.report().ok()?.is_none();
    missing.then(|| files.day())
}
