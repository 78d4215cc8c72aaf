//! `/security/account`: whether somebody's account may be used; if it is frozen, since when and
//! why, what still works, and what they say against it.

use super::{Done, Fault, Row, holder};
use crate::app::App;
use crate::freezes::{self, Step};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Opening;
use crate::said::STATEMENT_MAX;
use crate::trace::happened;
use crate::web::form::{Form, new_key};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::wallet::account_of;
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Query, State};
use ledger::account::{Account, AccountState};
use ledger::command::Command;
use ledger::event::{EventKind, Happening};
use ledger::time::Seconds;

/// For so long it is told in the wallet that the account was unfrozen.
const NEWS: Seconds = Seconds::days(7);
/// Where all this is told.
const PAGE: &str = "/security/account";

/// The row among the settings; operators have no account, and a user may have none.
pub(super) fn row(app: &App, visit: &Visit) -> Result<Option<Row>, Problem> {
    let Ok(signed) = holder(visit) else { return Ok(None) };
    let account = match account_of(app, signed.user) {
        Ok(account) => account,
        Err(problem) if problem.code.name == codes::ACCOUNT_NOT_FOUND.name => return Ok(None),
        Err(problem) => return Err(problem),
    };
    let w = words::SecurityAccount(visit.lang);
    let (state, class) = named(w, account.state);
    let (href, icon, state) = (PAGE, "wallet", state.to_owned());
    Ok(Some(Row { href, icon, name: w.title(), hint: w.row(), state, class }))
}

fn named(w: words::SecurityAccount, state: AccountState) -> (&'static str, &'static str) {
    match state {
        AccountState::Open => (w.in_use(), "ok"),
        AccountState::Frozen => (w.frozen(), "warn"),
        AccountState::Closed => (w.closed(), ""),
    }
}

/// How a frozen account stands, in what the pages need of it.
pub(in crate::web) struct Freeze {
    pub(in crate::web) since: dates::Moment,
    /// Why; none if the platform gave no reason.
    pub(in crate::web) reason: Option<String>,
    /// Since when an appeal waits for an answer.
    pub(in crate::web) appealed: Option<String>,
    /// When the last appeal was refused and why, if none was made since.
    pub(in crate::web) refused: Option<[String; 2]>,
}

/// How an account is frozen, if it is. The steps are those since it was opened, the newest first.
fn freeze(visit: &Visit, account: &Account, steps: &[Step]) -> Option<Freeze> {
    if account.state != AccountState::Frozen {
        return None;
    }
    let since = steps.iter().find(|it| it.kind == EventKind::AccountFrozen)?;
    let last = steps.first()?;
    let is = |kind| (last.kind == kind).then(|| dates::minute(visit.lang, last.at));
    let refused = is(EventKind::AccountAppealRefused);
    Some(Freeze {
        since: dates::Moment::new(visit.lang, since.at),
        reason: since.reason.clone().filter(|it| !it.is_empty()),
        appealed: is(EventKind::AccountAppealed),
        refused: refused.map(|at| [at, last.reason.clone().unwrap_or_default()]),
    })
}

/// How somebody's account is frozen, if it is.
pub(in crate::web) fn frozen(
    app: &App,
    visit: &Visit,
    account: &Account,
) -> Result<Option<Freeze>, Problem> {
    if account.state != AccountState::Frozen {
        return Ok(None);
    }
    Ok(freeze(visit, account, &freezes::steps(app, account)?))
}

/// When somebody's account was unfrozen, if that was the last that happened to it and not long ago.
pub(in crate::web) fn unfrozen(
    app: &App,
    visit: &Visit,
    account: &Account,
) -> Result<Option<String>, Problem> {
    let cell = account.id.cell();
    let (events, _) = app.read(cell, |view| view.timeline(account.last_event, 1))?;
    let now = app.engine().now(cell)?;
    let new = |it: &Happening| it.kind == EventKind::AccountUnfrozen && now < it.time.after(NEWS);
    let last = events.first().map(|it| it.1).filter(new);
    Ok(last
        .map(|it| words::SecurityAccount(visit.lang).unfrozen(dates::minute(visit.lang, it.time))))
}

/// Something that happened to an account, as a page tells it.
pub(in crate::web) struct Told {
    pub(in crate::web) what: &'static str,
    pub(in crate::web) at: dates::Moment,
    /// What was said, and who said it.
    pub(in crate::web) said: Option<[String; 2]>,
}

/// What happened to an account, in words of whoever looks: `ours` is what its owner is called.
pub(in crate::web) fn told(visit: &Visit, steps: Vec<Step>, ours: &str) -> Vec<Told> {
    let w = words::SecurityAccount(visit.lang);
    let told = steps.into_iter().map(|it| {
        let reason = it.reason.filter(|it| !it.is_empty());
        let appeal = it.appeal.map(|it| match it {
            Opening::Text(text) => text,
            Opening::Erased => w.erased().to_owned(),
        });
        let by_platform = reason.map(|it| [w.platform().to_owned(), it]);
        Told {
            what: visit.lang.of_pair(happened(it.kind)),
            at: dates::Moment::new(visit.lang, it.at),
            said: by_platform.or_else(|| appeal.map(|it| [ours.to_owned(), it])),
        }
    });
    told.collect()
}

#[derive(Template)]
#[template(path = "security/account.html")]
struct AccountPage {
    shell: Shell,
    t: words::Security,
    w: words::SecurityAccount,
    key: String,
    state: (&'static str, &'static str),
    freeze: Option<Freeze>,
    /// What happened, the newest first.
    told: Vec<Told>,
    statement: String,
    most: usize,
    done: Option<&'static str>,
    fault: Option<Fault>,
}

impl AccountPage {
    fn new(app: &App, visit: &Visit) -> Result<AccountPage, Problem> {
        let w = words::SecurityAccount(visit.lang);
        let account = account_of(app, holder(visit)?.user)?;
        let steps = freezes::steps(app, &account)?;
        Ok(AccountPage {
            shell: visit.shell(app, w.title()),
            t: words::Security(visit.lang),
            w,
            key: new_key()?,
            state: named(w, account.state),
            freeze: freeze(visit, &account, &steps),
            told: told(visit, steps, w.you()),
            statement: String::new(),
            most: STATEMENT_MAX,
            done: None,
            fault: None,
        })
    }
}

/// `GET /security/account`
pub(super) async fn show(State(app): State<App>, visit: Visit, Query(way): Query<Done>) -> Page {
    let page = AccountPage::new(&app, &visit)?;
    let done = match way.done.as_str() {
        "appealed" => Some(page.w.sent()),
        "already" => Some(page.w.already()),
        _ => None,
    };
    render(&AccountPage { done, ..page })
}

/// `POST /security/account`: an appeal. Whoever appealed in another window is led to that appeal.
pub(super) async fn appeal(State(app): State<App>, visit: Visit, form: Form) -> Page {
    match ask(&app, &visit, &form).await {
        Ok(()) => see(&format!("{PAGE}?done=appealed")),
        Err(problem) if problem.code.name == codes::APPEAL_UNDER_WAY.name => {
            see(&format!("{PAGE}?done=already"))
        }
        Err(problem) => {
            let fault = Some(Fault::of(&visit, &problem)?);
            let statement = form.raw("statement").to_owned();
            again(&AccountPage { statement, fault, ..AccountPage::new(&app, &visit)? })
        }
    }
}

async fn ask(app: &App, visit: &Visit, form: &Form) -> Result<(), Problem> {
    let signed = holder(visit)?;
    let account = account_of(app, signed.user)?;
    let name = form.name(&signed.scope())?;
    let appeal = freezes::appeal(app, &account, name, form.text("statement"))?;
    app.submit(signed, name, account.id.cell(), Command::Appeal(appeal)).await?;
    Ok(())
}
