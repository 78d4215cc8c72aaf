//! `/v1/announcements`: what the platform tells everybody about itself.
//!
//! The books keep when; the words stand in the journal, in the record that announced them or that
//! proposed to.

use super::{path_id, seen};
use crate::app::App;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{receipt, rfc3339};
use crate::http::{Look, Wish};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use ledger::announcement::{Announce, Announcement, AnnouncementKind, EndAnnouncement, Words};
use ledger::command::{Action, Command};
use ledger::id::{AnnouncementId, CellId};
use ledger::name::Text;
use serde_json::{Value, json};
use store::List;
use store::index::Direction;

/// Announcements that are shown.
const SHOWN_MAX: usize = 100;

/// `POST /v1/announcements`
pub async fn create(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let mut body = Body::parse(&wish.body)?;
    let command = Command::Announce(parse(&mut body)?);
    body.finish()?;
    let accepted = app.submit(&wish.caller, wish.name, CellId::FIRST, command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

/// `POST /v1/announcements/{id}/end`
pub async fn end(
    State(app): State<App>,
    Path(id): Path<String>,
    wish: Wish,
) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let announcement = path_id(&id, AnnouncementId::parse)?;
    Body::parse(&wish.body)?.finish()?;
    let command = Command::EndAnnouncement(EndAnnouncement { announcement });
    let accepted = app.submit(&wish.caller, wish.name, announcement.cell(), command).await?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// `GET /v1/announcements`: those that have not ended, the newest first.
pub async fn list(State(app): State<App>, look: Look) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let (found, at) = open(&app)?;
    let data: Vec<Value> = found.iter().map(|(it, words)| render(it, words)).collect();
    let more = data.len() >= SHOWN_MAX;
    Ok(seen(&json!({ "object": "list", "data": data, "has_more": more }), CellId::FIRST, at))
}

/// The announcements that have not ended, with their words, the newest first.
pub(crate) fn open(app: &App) -> Result<(Vec<(Announcement, Announce)>, store::At), Problem> {
    let (rows, at) = app.read(CellId::FIRST, |view| {
        let ids = view.list(List::OpenAnnouncements, Direction::Backwards, None, SHOWN_MAX)?;
        let rows = ids.into_iter().map(|it| view.announcement(AnnouncementId::from_raw(it)));
        rows.collect::<Result<Vec<_>, _>>()
    })?;
    let found = rows.into_iter().flatten().map(|it| Ok((it, words(app, &it)?)));
    Ok((found.collect::<Result<Vec<_>, Problem>>()?, at))
}

/// What was announced, as it stands in the journal.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other command announces anything")]
pub(crate) fn words(app: &App, it: &Announcement) -> Result<Announce, Problem> {
    let request = app.engine().request_at(it.id.cell(), it.position)?;
    match request.command {
        Command::Announce(announce) => Ok(announce),
        Command::Propose(it) => match it.action {
            Action::Announce(announce) => Ok(announce),
            _ => Err(Problem::of(&codes::ANNOUNCEMENT_NOT_FOUND)),
        },
        _ => Err(Problem::of(&codes::ANNOUNCEMENT_NOT_FOUND)),
    }
}

/// What is announced, as the caller says it.
pub(super) fn parse(body: &mut Body<'_>) -> Result<Announce, Problem> {
    let kinds = AnnouncementKind::ALL.map(|it| (it.code(), it));
    Ok(Announce {
        kind: body.choice("kind", &kinds, None)?,
        starts_at: body.time("starts_at")?,
        ends_at: body.time("ends_at")?,
        title: Words { zh: line(body, "title_zh")?, en: line(body, "title_en")? },
        text: Words { zh: body.note("text_zh")?, en: body.note("text_en")? },
    })
}

/// A text that is not empty.
fn line(body: &mut Body<'_>, name: &str) -> Result<Text, Problem> {
    let text = body.note(name)?;
    if text.as_str().trim().is_empty() {
        let detail = format!("{name} is missing, or empty.");
        return Err(Problem::new(&codes::MISSING_FIELD, detail).at(format!("/{name}")));
    }
    Ok(text)
}

/// What is announced, in the words in which it was.
pub(super) fn render_words(it: &Announce) -> Value {
    json!({
        "kind": it.kind.code(),
        "starts_at": it.starts_at.map(rfc3339), "ends_at": it.ends_at.map(rfc3339),
        "title_zh": it.title.zh.as_str(), "title_en": it.title.en.as_str(),
        "text_zh": it.text.zh.as_str(), "text_en": it.text.en.as_str(),
    })
}

fn render(it: &Announcement, words: &Announce) -> Value {
    let mut value = render_words(words);
    value["id"] = json!(it.id.to_string());
    value["object"] = json!("announcement");
    value["starts_at"] = json!(rfc3339(it.starts_at));
    value["ended_at"] = json!(it.ended_at.map(rfc3339));
    value["created_at"] = json!(rfc3339(it.created_at));
    value
}
