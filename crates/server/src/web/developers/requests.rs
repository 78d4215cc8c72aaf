//! `/developers/requests`: what a merchant's keys asked last, and what went wrong most.

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::requests::{Asked, EACH};
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

/// Requests on a page.
const PAGE: usize = 50;

/// Which requests to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    view: String,
    code: String,
    before: String,
}

/// A request as a page shows it.
struct Row {
    id: String,
    at: dates::Moment,
    method: String,
    path: String,
    status: u16,
    class: &'static str,
    icon: &'static str,
    code: Option<&'static str>,
    key: String,
    name: Option<String>,
    took: String,
}

/// The class and the picture of a status.
const fn look(status: u16) -> (&'static str, &'static str) {
    match status {
        200..400 => ("ok", "circle-check"),
        400..500 => ("warn", "circle-alert"),
        _ => ("bad", "circle-x"),
    }
}

/// How long something took, in milliseconds with one decimal.
fn took(t: words::DevelopersRequests, it: &Asked) -> String {
    let tenths = it.took.as_micros() / 100;
    t.milliseconds(format!("{}.{}", tenths / 10, tenths % 10))
}

fn row(visit: &Visit, it: &Asked) -> Row {
    let (class, icon) = look(it.status);
    Row {
        id: it.id.clone(),
        at: dates::Moment::new(visit.lang, it.at),
        method: it.method.clone(),
        path: it.path.clone(),
        status: it.status,
        class,
        icon,
        code: it.code,
        key: it.key.to_string(),
        name: it.name.clone(),
        took: took(words::DevelopersRequests(visit.lang), it),
    }
}

/// A problem that came up, and how often.
pub(super) struct Group {
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) count: usize,
    pub(super) last: dates::Moment,
}

/// The problems among requests, those that came up most often first.
pub(super) fn groups(visit: &Visit, asked: &[Asked]) -> Vec<Group> {
    let mut found: Vec<Group> = Vec::new();
    for it in asked {
        let Some(code) = it.code else { continue };
        if let Some(group) = found.iter_mut().find(|group| group.code == code) {
            group.count += 1;
            continue;
        }
        let title = codes::Code::named(code).map_or("", |it| visit.lang.of_pair(it.title));
        let last = dates::Moment::new(visit.lang, it.at);
        found.push(Group { code, title, count: 1, last });
    }
    found.sort_by_key(|it| std::cmp::Reverse(it.count));
    found
}

struct Tab {
    code: &'static str,
    label: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "developers/requests.html")]
struct ListPage {
    shell: Shell,
    t: words::DevelopersRequests,
    note: String,
    oldest: Option<dates::Moment>,
    groups: Vec<Group>,
    tabs: [Tab; 2],
    code: Option<String>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// `GET /developers/requests`
pub(super) async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Page {
    let signed = visit.merchant()?;
    let t = words::DevelopersRequests(visit.lang);
    let all = app.requests().of(signed.user);
    let errors = wanted.view == "errors";
    let code = groups(&visit, &all).into_iter().map(|it| it.code).find(|it| *it == wanted.code);
    let shown = |it: &&Asked| (!errors || it.status >= 400) && (code.is_none() || it.code == code);
    // Those before the last of the page before; from the beginning if that is forgotten.
    let begin = all.iter().position(|it| it.id == wanted.before).map_or(0, |it| it + 1);
    let mut found: Vec<&Asked> = all[begin..].iter().filter(shown).take(PAGE + 1).collect();
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let view = if errors { "errors" } else { "" };
    let said = code.unwrap_or_default();
    let next = found
        .last()
        .filter(|_| more)
        .map(|it| format!("/developers/requests?view={view}&code={said}&before={}", it.id));
    let tab = |code, label| Tab { code, label, current: view == code && said.is_empty() };
    render(&ListPage {
        shell: visit.shell(&app, t.requests()),
        t,
        note: t.note(EACH),
        oldest: all.last().map(|it| dates::Moment::new(visit.lang, it.at)),
        groups: groups(&visit, &all),
        tabs: [tab("", t.all()), tab("errors", t.errors())],
        code: code.map(str::to_owned),
        rows: found.into_iter().map(|it| row(&visit, it)).collect(),
        next,
    })
}

#[derive(Template)]
#[template(path = "developers/request.html")]
struct OnePage {
    shell: Shell,
    t: words::DevelopersRequests,
    row: Row,
    title: Option<&'static str>,
    remedy: Option<&'static str>,
    body: String,
    answer: String,
}

/// `GET /developers/requests/{id}`
pub(super) async fn one(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let signed = visit.merchant()?;
    let found = app.requests().find(signed.user, &id);
    let it = found.ok_or_else(|| Problem::of(&codes::ROUTE_NOT_FOUND))?;
    let t = words::DevelopersRequests(visit.lang);
    let code = it.code.and_then(codes::Code::named);
    render(&OnePage {
        shell: visit.shell(&app, t.request()),
        t,
        row: row(&visit, &it),
        title: code.map(|it| visit.lang.of_pair(it.title)),
        remedy: code.map(|it| visit.lang.of_pair(it.remedy)),
        body: it.body,
        answer: it.answer,
    })
}
