//! `/v1/banks/{name}/statements` and `/v1/banks/{name}/reports`: what a bank says that it did, and
//! what came of the comparison.

use super::banks::chosen;
use super::seen;
use crate::app::App;
use crate::banks::Desk;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::{Look, Wish};
use crate::reconciliation::{Files, Format, Incoming, Refusal, Source, page, reconcile};
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt as _;
use jiff::civil::Date;
use ledger::id::CellId;
use recon::csv::Columns;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The most bytes of a statement's file: a day of eight million movements has about four.
const FILE_MAX: u64 = 16 << 30;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        match refusal {
            Refusal::Unreadable(why) => {
                let detail = format!("{why}. Nothing of the statement was taken.");
                Problem::new(&codes::STATEMENT_UNREADABLE, detail)
            }
            Refusal::Changed => Problem::of(&codes::STATEMENT_CHANGED),
            Refusal::NotYet => Problem::of(&codes::STATEMENT_NOT_READY),
            Refusal::Silent(why) => Problem::new(&codes::BANK_SILENT, format!("{why}.")),
            Refusal::Failed(why) => {
                eprintln!("a statement could not be compared: {why}");
                Problem::of(&codes::INTERNAL_ERROR)
            }
        }
    }
}

fn day_of(text: &str) -> Result<Date, Problem> {
    let wrong = || {
        let detail = "A day is written like 2026-11-23.";
        Problem::new(&codes::VALUE_UNKNOWN, detail).at("/day")
    };
    text.parse().ok().filter(|_| text.len() == 10).ok_or_else(wrong)
}

fn report(app: &App, value: &Value) -> Result<Response, Problem> {
    let ((), at) = app.read(CellId::FIRST, |_| Ok(()))?;
    Ok(seen(value, CellId::FIRST, at))
}

/// `POST /v1/banks/{name}/statements`: asks the bank for a day's statement and compares it.
pub async fn fetch(
    State(app): State<App>,
    Path(name): Path<String>,
    wish: Wish,
) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let desk = chosen(&app, Some(&name))?.clone();
    let mut body = Body::parse(&wish.body)?;
    let day = day_of(&body.text("day")?)?;
    body.finish()?;
    let source = Source::fetch(&desk, &day.to_string()).await?;
    let value = reconcile(&app, &desk, source).await?;
    report(&app, &value)
}

/// How a file is to be read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    columns: Option<String>,
}

/// `PUT /v1/banks/{name}/statements/{format}`: a statement as a file. It is kept on the disk while
/// it comes, and counts as a whole or not at all.
pub async fn put(
    State(app): State<App>,
    Path((name, format)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Result<Response, Problem> {
    let caller = app.callers().find(request.headers())?;
    caller.may_write()?;
    caller.platform_only()?;
    let desk = chosen(&app, Some(&name))?.clone();
    let columns = |text: Option<&str>| {
        let columns = Columns::parse(text.unwrap_or_default());
        columns.map_err(|why| Problem::new(&codes::VALUE_UNKNOWN, format!("columns: {why}.")))
    };
    let format = match format.as_str() {
        "camt" => Format::Camt,
        "mt940" => Format::Mt940,
        "csv" => Format::Csv(columns(wanted.columns.as_deref())?),
        _ => {
            let detail = "A statement is camt, mt940 or csv.";
            return Err(Problem::new(&codes::VALUE_UNKNOWN, detail));
        }
    };
    let file = receive(&app, &desk, request).await?;
    let source = Source::File(file.path().to_owned(), format);
    let value = reconcile(&app, &desk, source).await;
    drop(file);
    report(&app, &value?)
}

/// Keeps what comes on the disk.
async fn receive(app: &App, desk: &Desk, request: Request) -> Result<Incoming, Problem> {
    let failed = |error: std::io::Error| Problem::from(Refusal::Failed(error.to_string()));
    let mut incoming = Incoming::begin(app, desk).await.map_err(failed)?;
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        let broke_off = |_| Problem::new(&codes::BODY_UNREADABLE, "The body broke off.");
        let Ok(piece) = frame.map_err(broke_off)?.into_data() else { continue };
        if incoming.size() + piece.len() as u64 > FILE_MAX {
            let detail = format!("A statement here has at most {FILE_MAX} bytes.");
            return Err(Problem::new(&codes::BODY_TOO_LARGE, detail));
        }
        incoming.add(&piece).await.map_err(failed)?;
    }
    incoming.end().await.map_err(failed)?;
    Ok(incoming)
}

/// `GET /v1/banks/{name}/reports`: the days that have one, the newest first.
pub async fn list(
    State(app): State<App>,
    Path(name): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let desk = chosen(&app, Some(&name))?.clone();
    let days = Files::days(app.data(), desk.name());
    let days = days.map_err(|error| Problem::from(Refusal::Failed(error.to_string())))?;
    let rows: Vec<Value> =
        days.iter().take(100).map(|it| json!({ "day": it.to_string() })).collect();
    report(&app, &json!({ "object": "list", "data": rows, "has_more": days.len() > 100 }))
}

/// `GET /v1/banks/{name}/reports/{day}`: as JSON; as a page for browsers; as a table for whoever
/// accepts `text/csv`.
pub async fn show(
    State(app): State<App>,
    Path((name, day)): Path<(String, String)>,
    headers: HeaderMap,
    look: Look,
) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let desk: Arc<Desk> = chosen(&app, Some(&name))?.clone();
    let files = Files::new(app.data(), desk.name(), day_of(&day)?);
    let failed = |error: std::io::Error| Problem::from(Refusal::Failed(error.to_string()));
    let missing = || Problem::of(&codes::REPORT_NOT_FOUND);
    let accepts = |kind: &str| {
        let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
        accept.is_some_and(|it| it.contains(kind))
    };
    let text = |kind: &'static str, text: String| {
        ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response()
    };
    if accepts("text/csv") {
        let table = files.table().map_err(failed)?.ok_or_else(missing)?;
        return Ok(text("text/csv; charset=utf-8", table));
    }
    let value = files.report().map_err(failed)?.ok_or_else(missing)?;
    if accepts("text/html") {
        return Ok(text("text/html; charset=utf-8", page(&value)));
    }
    report(&app, &value)
}
