//! `/ops/appeals`: what owners of frozen accounts say against it, the oldest first. Whoever answers
//! does so on the page of the account.

use super::things;
use crate::app::App;
use crate::freezes::{self, Step};
use crate::http::problem::Problem;
use crate::people::Opening;
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::State;
use ledger::account::Account;
use ledger::event::{EventKind, Subject};
use ledger::time::Time;
use store::index::Direction;
use store::{List, View};

/// Appeals on the page. The next come up as these are answered.
const PAGE: usize = 50;

/// An appeal as the console shows it.
struct Row {
    id: String,
    name: String,
    balance: String,
    since: dates::Moment,
    frozen: Option<dates::Moment>,
    /// Why the account is frozen.
    reason: Option<String>,
    said: String,
    /// How often its owner has appealed since it was frozen.
    times: usize,
}

#[derive(Template)]
#[template(path = "ops/appeals.html")]
struct Appeals {
    shell: Shell,
    t: words::Ops,
    w: words::OpsAppeals,
    rows: Vec<Row>,
    more: bool,
}

/// `GET /ops/appeals`
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Page {
    visit.operator()?;
    let w = words::OpsAppeals(visit.lang);
    let mut found = waiting(&app)?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let rows = found.iter().map(|(at, it)| row(&app, &visit, *at, it)).collect::<Result<_, _>>()?;
    render(&Appeals {
        shell: visit.shell(&app, w.title()),
        t: words::Ops(visit.lang),
        w,
        rows,
        more,
    })
}

/// Accounts whose owners wait for an answer, and since when: of every cell the oldest, one more
/// than fits on a page.
fn waiting(app: &App) -> Result<Vec<(Time, Account)>, Problem> {
    let mut found = Vec::new();
    for cell in app.engine().all_cells() {
        let look = |view: &View<'_>| {
            let mut rows = Vec::new();
            for event in view.list(List::OpenAppeals, Direction::Forwards, None, PAGE + 1)? {
                let number = ledger::id::EventId::from_raw(event).number();
                let Some(happened) = view.happening(number)? else { continue };
                let Subject::Account(id) = happened.subject else { continue };
                rows.extend(view.account(id)?.map(|it| (happened.time, it)));
            }
            Ok(rows)
        };
        found.extend(app.read(cell, look)?.0);
    }
    found.sort_by_key(|(at, it)| (*at, it.id));
    Ok(found)
}

fn row(app: &App, visit: &Visit, at: Time, it: &Account) -> Result<Row, Problem> {
    let w = words::OpsAppeals(visit.lang);
    let steps = freezes::steps(app, it)?;
    let frozen = steps.iter().find(|it| it.kind == EventKind::AccountFrozen);
    let said = match steps.first().and_then(|it| it.appeal.as_ref()) {
        Some(Opening::Text(text)) => text.clone(),
        Some(Opening::Erased) | None => w.unreadable().to_owned(),
    };
    Ok(Row {
        id: it.id.to_string(),
        name: things::account_name(app, visit.lang, it.id),
        balance: things::balance(it),
        since: dates::Moment::new(visit.lang, at).relative(),
        frozen: frozen.map(|it| dates::Moment::new(visit.lang, it.at)),
        reason: frozen.and_then(|it| it.reason.clone()),
        said,
        times: times(&steps),
    })
}

/// How often somebody has appealed since the account was frozen.
fn times(steps: &[Step]) -> usize {
    let since = steps.iter().take_while(|it| it.kind != EventKind::AccountFrozen);
    since.filter(|it| it.kind == EventKind::AccountAppealed).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appeals_are_counted_since_the_account_was_frozen_and_no_further() {
        use EventKind::{AccountAppealRefused, AccountAppealed, AccountFrozen, AccountUnfrozen};
        let step = |kind| Step { kind, at: Time(0), reason: None, appeal: None };
        let steps = |kinds: &[EventKind]| kinds.iter().copied().map(step).collect::<Vec<_>>();
        assert_eq!(times(&steps(&[AccountFrozen])), 0);
        let twice = [AccountAppealed, AccountAppealRefused, AccountAppealed, AccountFrozen];
        assert_eq!(times(&steps(&twice)), 2);
        let before = [&[AccountAppealed, AccountFrozen, AccountUnfrozen][..], &twice].concat();
        assert_eq!(times(&steps(&before)), 1);
    }
}
