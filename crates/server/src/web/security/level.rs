//! `/security/level`: how well somebody is known here, and how much they may move because of it.

use super::{Done, Fault, Proof, Row, holder};
use crate::app::App;
use crate::http::problem::Problem;
use crate::people::Papers;
use crate::web::form::{Form, new_key};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{money, words};
use askama::Template;
use axum::extract::{Query, State};
use ledger::currency::Currency;
use ledger::limits::{Flow, Limit, Limits};
use ledger::person::Level;
use ledger::registry::UserKind;
use store::View;

fn named(visit: &Visit, level: Level) -> &'static str {
    words::OpsLimits(visit.lang).named(level.code()).unwrap_or_default()
}

/// The row among the settings; operators are known by whoever made them one.
pub(super) fn row(app: &App, visit: &Visit) -> Result<Option<Row>, Problem> {
    let Ok(signed) = holder(visit) else { return Ok(None) };
    let w = words::SecurityLevel(visit.lang);
    let (level, _) = app.people().level_of(signed.user)?;
    let class = match level {
        Level::Unverified => "warn",
        Level::Basic | Level::Verified => "ok",
    };
    let (href, icon, state) = ("/security/level", "badge-check", named(visit, level).to_owned());
    Ok(Some(Row { href, icon, name: w.title(), hint: w.row(), state, class }))
}

/// What people of a level may do, as a row of a table.
struct Most {
    flow: &'static str,
    single: String,
    day: String,
    times: String,
    month: String,
}

/// A level, as the page shows it.
struct Step {
    name: &'static str,
    needs: &'static str,
    current: bool,
    most: Vec<Most>,
}

fn most(visit: &Visit, flow: Flow, it: Limit) -> Most {
    let w = words::SecurityLevel(visit.lang);
    let amount = |fen: u64| match fen {
        0 => w.unlimited().to_owned(),
        _ => money::minor(fen, Currency::CNY),
    };
    let times = match it.day_count {
        0 => w.unlimited().to_owned(),
        count => w.times(count),
    };
    Most {
        flow: words::OpsLimits(visit.lang).named(flow.code()).unwrap_or_default(),
        single: amount(it.single_max),
        day: amount(it.day_max),
        times,
        month: amount(it.month_max),
    }
}

fn step(visit: &Visit, level: Level, current: Level, limits: &Limits) -> Step {
    let w = words::SecurityLevel(visit.lang);
    let needs = match level {
        Level::Unverified => w.needs_nothing(),
        Level::Basic => w.needs_number(),
        Level::Verified => w.needs_document(),
    };
    let most = Flow::ALL.map(|it| most(visit, it, limits.of(level, it)));
    Step { name: named(visit, level), needs, current: level == current, most: most.into() }
}

#[derive(Template)]
#[template(path = "security/level.html")]
struct LevelPage {
    shell: Shell,
    t: words::Security,
    w: words::SecurityLevel,
    key: String,
    level: Level,
    asked: bool,
    /// Whether anybody has limits here.
    limited: bool,
    steps: Vec<Step>,
    button: &'static str,
    name: String,
    number: String,
    proof: Proof,
    done: Option<&'static str>,
    fault: Option<Fault>,
}

impl LevelPage {
    fn new(app: &App, visit: &Visit) -> Result<LevelPage, Problem> {
        let w = words::SecurityLevel(visit.lang);
        let signed = holder(visit)?;
        let user = signed.user;
        let (level, asked) = app.people().level_of(user)?;
        let look = |view: &View<'_>| view.limits();
        let (limits, _) = app.read(user.cell(), look)?;
        // The ledger knows limits of customers only.
        let limited = limits.is_some() && signed.kind == UserKind::Customer;
        let limits = limits.unwrap_or_default();
        let button = match level {
            Level::Unverified => w.submit_basic(),
            Level::Basic | Level::Verified => w.submit_verified(),
        };
        Ok(LevelPage {
            shell: visit.shell(app, w.title()),
            t: words::Security(visit.lang),
            w,
            key: new_key()?,
            level,
            asked,
            limited,
            steps: Level::ALL.map(|it| step(visit, it, level, &limits)).into(),
            button,
            name: String::new(),
            number: String::new(),
            proof: Proof::new(app, visit)?,
            done: None,
            fault: None,
        })
    }
}

/// `GET /security/level`
pub(super) async fn show(State(app): State<App>, visit: Visit, Query(way): Query<Done>) -> Page {
    let page = LevelPage::new(&app, &visit)?;
    let done = match way.done.as_str() {
        "basic" => Some(page.w.is_basic()),
        "asked" => Some(page.w.is_asked()),
        _ => None,
    };
    render(&LevelPage { done, ..page })
}

/// `POST /security/level`
pub(super) async fn raise(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let before = app.people().level_of(holder(&visit)?.user)?.0;
    match ask(&app, &visit, &form).await {
        Ok(()) if before == Level::Unverified => see("/security/level?done=basic"),
        Ok(()) => see("/security/level?done=asked"),
        Err(problem) => {
            let fault = Some(Fault::of(&visit, &problem)?);
            let (name, number) = (form.text("name").to_owned(), form.text("number").to_owned());
            again(&LevelPage { name, number, fault, ..LevelPage::new(&app, &visit)? })
        }
    }
}

async fn ask(app: &App, visit: &Visit, form: &Form) -> Result<(), Problem> {
    let signed = holder(visit)?;
    let papers = Papers::read(form.text("name"), &form.digits("number"))?;
    let name = form.name(&signed.scope())?;
    app.people().ask_level(signed, name, form.raw("password"), &papers).await?;
    Ok(())
}
