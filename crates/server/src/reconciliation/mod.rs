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
mod page;
mod render;
mod source;

pub(crate) use files::Files;
pub(crate) use page::page;
pub(crate) use source::{Format, Refusal, Source};

use crate::app::App;
use crate::banks::Desk;
use ledger::id::CellId;
use recon::Report;
use recon::calendar::Calendar;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Between two attempts to get the statement of a day that is over.
const PAUSE: Duration = Duration::from_mins(1);

/// Reads a statement, compares it with the books, tells the ledger what is certain, and keeps the
/// report. The same bytes give the same report again, and nothing else happens.
pub(crate) async fn reconcile(
    app: &App,
    desk: &Arc<Desk>,
    source: Source,
) -> Result<Value, Refusal> {
    let _alone = desk.statement_lock().lock().await;
    let (app_too, desk_too) = (app.clone(), desk.clone());
    let compared = tokio::task::spawn_blocking(move || compare(&app_too, &desk_too, &source));
    let compared = compared.await.map_err(|error| Refusal::Failed(error.to_string()))??;
    let (report, files, digest) = match compared {
        Compared::Before(report) => return Ok(report),
        Compared::Now(report, files, digest) => (report, files, digest),
    };
    let done = effects::apply(app, desk.name(), &report).await;
    let value = render::report(desk.name(), &files.day(), &digest, &report, &done);
    files.keep_report(&value, &report).map_err(|error| Refusal::Failed(error.to_string()))?;
    Ok(value)
}

enum Compared {
    /// This statement was compared before.
    Before(Value),
    Now(Box<Report>, Files, String),
}

fn compare(app: &App, desk: &Desk, source: &Source) -> Result<Compared, Refusal> {
    let failed = |error: std::io::Error| Refusal::Failed(error.to_string());
    let calendar = desk.calendar();
    let read = source.read(calendar)?;
    let last = ledger::time::Time(read.head.to.0.saturating_sub(1));
    let day = calendar.day_of(last).ok_or_else(|| Refusal::Failed("no such day".to_owned()))?;
    let files = Files::new(app.data(), desk.name(), day);
    if let Some(report) = files.report().map_err(failed)?
        && report["digest"] == read.digest.as_str()
    {
        return Ok(Compared::Before(report));
    }
    let before = files.found_before().map_err(failed)?;
    let carried = files.carried().map_err(failed)?;
    let candidates = candidates::Candidates::new(app, desk, &read, before, &carried)?;
    let mut found = files.begin_found().map_err(failed)?;
    let outcome = recon::reconcile(&read.head, read.lines, candidates, calendar, &mut |it| {
        found.add(&it.reference);
    });
    found.finish().map_err(failed)?;
    let now = app.engine().now(CellId::FIRST).map_err(|it| Refusal::Failed(it.to_string()))?;
    let report = Report::new(read.head, outcome, now);
    Ok(Compared::Now(Box::new(report), files, read.digest))
}

/// Asks every bank for the statement of the day that is over, until it comes.
pub(crate) async fn run(app: App) {
    loop {
        for desk in app.banks().all() {
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
