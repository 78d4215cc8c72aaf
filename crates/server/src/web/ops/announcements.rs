//! `/ops/announcements`: what every page says at its top.

use super::proposing::propose;
use crate::api::announcements as read;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::form::{Form, new_key};
use crate::web::mistake::at_fault;
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Path, State};
use ledger::announcement::{Announce, AnnouncementKind, EndAnnouncement, Words};
use ledger::command::Action;
use ledger::id::{AnnouncementId, CellId};

/// One that has not ended.
struct Row {
    id: String,
    kind: &'static str,
    title: String,
    /// Where it stands: the class, the icon, and the words.
    state: (&'static str, &'static str, &'static str),
    since: String,
    until: Option<String>,
}

/// What was typed.
#[derive(Default)]
struct Typed {
    title_zh: String,
    title_en: String,
    text_zh: String,
    text_en: String,
    starts_at: String,
    ends_at: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "ops/announcements.html")]
struct Announcements {
    shell: Shell,
    t: words::Ops,
    key: String,
    rows: Vec<Row>,
    kinds: Vec<(&'static str, &'static str)>,
    typed: Typed,
    fault: Option<String>,
}

impl Announcements {
    fn new(app: &App, visit: &Visit) -> Result<Announcements, Problem> {
        let t = words::Ops(visit.lang);
        let now = app.engine().now(CellId::FIRST)?;
        let rows = read::open(app)?.0.into_iter().map(|(row, words)| Row {
            id: row.id.to_string(),
            kind: kind(t, row.kind),
            title: format!("{} / {}", words.title.zh.as_str(), words.title.en.as_str()),
            state: if now < row.starts_at {
                ("info", "calendar", t.planned())
            } else if row.shown_at(now) {
                ("warn", "megaphone", t.shown_now())
            } else {
                ("", "circle-check", t.over_by_itself())
            },
            since: dates::second(row.starts_at),
            until: row.ends_at.map(dates::second),
        });
        Ok(Announcements {
            rows: rows.collect(),
            kinds: AnnouncementKind::ALL.map(|it| (it.code(), kind(t, it))).to_vec(),
            typed: Typed::default(),
            fault: None,
            key: new_key()?,
            shell: visit.shell(app, t.announcements()),
            t,
        })
    }
}

fn kind(t: words::Ops, kind: AnnouncementKind) -> &'static str {
    match kind {
        AnnouncementKind::Maintenance => t.maintenance(),
        AnnouncementKind::Incident => t.incident(),
        AnnouncementKind::Notice => t.notice(),
    }
}

/// `GET /ops/announcements`
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Page {
    visit.operator()?;
    render(&Announcements::new(&app, &visit)?)
}

/// `POST /ops/announcements`
pub(super) async fn make(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let signed = visit.operator()?;
    let t = words::Ops(visit.lang);
    let made = match announced(&form) {
        Ok(it) => {
            let action = (CellId::FIRST, Action::Announce(it));
            let proposed = propose(&app, signed, &form, action).await;
            proposed.map_err(|it| at_fault(&visit, &it))
        }
        Err(Wrong::Times) => Err(Ok(t.times_wrong().to_owned())),
        Err(Wrong::Words) => Err(Ok(t.words_wrong().to_owned())),
    };
    match made {
        Ok(_) => see("/ops/announcements"),
        Err(fault) => {
            let fault = Some(fault?);
            let text = |name| form.text(name).to_owned();
            let typed = Typed {
                title_zh: text("title_zh"),
                title_en: text("title_en"),
                text_zh: text("text_zh"),
                text_en: text("text_en"),
                starts_at: text("starts_at"),
                ends_at: text("ends_at"),
                reason: text("reason"),
            };
            again(&Announcements { typed, fault, ..Announcements::new(&app, &visit)? })
        }
    }
}

/// What of a form cannot be announced.
enum Wrong {
    /// A title is missing, or a text is too long.
    Words,
    /// A time that is none, or an end before its start.
    Times,
}

/// What the form says. It begins now unless it says when, and lasts until somebody ends it unless
/// it says until when.
fn announced(form: &Form) -> Result<Announce, Wrong> {
    let moment = |name| match form.text(name) {
        "" => Ok(None),
        typed => dates::typed(typed).map(Some).ok_or(Wrong::Times),
    };
    let (starts_at, ends_at) = (moment("starts_at")?, moment("ends_at")?);
    if ends_at.is_some_and(|end| starts_at.is_some_and(|start| end <= start)) {
        return Err(Wrong::Times);
    }
    let wrong = || Wrong::Words;
    let text = |name| form.note(name).ok_or_else(wrong);
    let line =
        |name| text(name).and_then(|it| if it.as_str().is_empty() { Err(wrong()) } else { Ok(it) });
    let kind = AnnouncementKind::ALL.into_iter().find(|it| it.code() == form.text("kind"));
    Ok(Announce {
        kind: kind.ok_or_else(wrong)?,
        starts_at,
        ends_at,
        title: Words { zh: line("title_zh")?, en: line("title_en")? },
        text: Words { zh: text("text_zh")?, en: text("text_en")? },
    })
}

/// `POST /ops/announcements/{id}/end`
pub(super) async fn end(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    let signed = visit.operator()?;
    let missing = |_| Problem::of(&codes::ANNOUNCEMENT_NOT_FOUND);
    let announcement = AnnouncementId::parse(&id).map_err(missing)?;
    let action = Action::EndAnnouncement(EndAnnouncement { announcement });
    match propose(&app, signed, &form, (announcement.cell(), action)).await {
        Ok(_) => see("/ops/announcements"),
        Err(problem) => {
            let fault = Some(at_fault(&visit, &problem)?);
            again(&Announcements { fault, ..Announcements::new(&app, &visit)? })
        }
    }
}
