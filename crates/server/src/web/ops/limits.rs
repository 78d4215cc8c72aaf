//! `/ops/limits`: how much people may move and accounts may hold, who set it, and what was turned
//! away because of it. Another limit is proposed by one of finance and approved by another.

use super::proposing::{Asking, fault, propose_everywhere};
use super::things;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::form::Form;
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::State;
use ledger::account::AccountKind;
use ledger::command::{Action, Outcome};
use ledger::currency::Currency;
use ledger::event::{Actor, Subject};
use ledger::id::{CellId, Position, ProposalId};
use ledger::limits::{Flow, Limit, LimitKind, SetLimit};
use ledger::person::Level;
use ledger::proposal::{Proposal, ProposalStage};
use ledger::rejection::Rejection;
use ledger::time::Time;
use store::index::Direction;
use store::{List, View};

/// Approved proposals among which whoever set a limit is looked for.
const PROPOSALS: usize = 200;
/// The newest answers among which those are looked for that a limit refused.
const ANSWERS: u64 = 3_000;
/// Refusals that are shown.
const REFUSALS: usize = 20;

/// Who set a limit, in a line, and the proposal.
struct SetBy {
    said: String,
    href: Option<String>,
}

/// The limit of a level and a flow.
struct Row {
    flow: &'static str,
    /// At once, in a day, times a day, in a month, with what each is called; nothing for as much as
    /// one likes.
    most: Vec<(&'static str, Option<String>)>,
    set: Option<SetBy>,
}

struct OfLevel {
    level: &'static str,
    rows: Vec<Row>,
}

/// The most that accounts of a kind may come to have.
struct Kind {
    name: &'static str,
    most: Option<String>,
    set: Option<SetBy>,
}

/// Something that a limit refused.
struct Refused {
    at: String,
    who: String,
    href: Option<String>,
    why: String,
}

/// What was typed.
#[derive(Default)]
struct Typed {
    level: String,
    flow: String,
    most: [String; 4],
}

#[derive(Template)]
#[template(path = "ops/limits.html")]
struct LimitsPage {
    shell: Shell,
    t: words::Ops,
    w: words::OpsLimits,
    levels: Vec<OfLevel>,
    kinds: Vec<Kind>,
    refused: Vec<Refused>,
    looked_at: u64,
    asking: Asking,
    choices: [Vec<(&'static str, &'static str)>; 2],
    typed: Typed,
}

fn yuan(minor: u64) -> Option<String> {
    (minor != 0).then(|| money::minor(minor, Currency::CNY))
}

/// The fields of the form, in the order of [`LimitKind::ALL`].
const FIELDS: [&str; 4] = ["single", "day", "day_count", "month"];

fn most(it: Limit) -> [Option<String>; 4] {
    let count = (it.day_count != 0).then(|| it.day_count.to_string());
    [yuan(it.single_max), yuan(it.day_max), count, yuan(it.month_max)]
}

fn page(app: &App, visit: &Visit) -> Result<LimitsPage, Problem> {
    visit.operator()?;
    let (t, w) = (words::Ops(visit.lang), words::OpsLimits(visit.lang));
    let (settings, _) = app.read(CellId::FIRST, |view: &View<'_>| view.settings())?;
    let (limits, _) = app.read(CellId::FIRST, |view: &View<'_>| view.limits())?;
    let (limits, history) = (limits.unwrap_or_default(), history(app)?);
    let level_name = |it: Level| w.named(it.code()).unwrap_or_default();
    let flow_name = |it: Flow| w.named(it.code()).unwrap_or_default();
    let names = [w.single(), w.day(), w.day_count(), w.month()];
    let row = |level: Level, flow: Flow| {
        let limit = limits.of(level, flow);
        let same = |it: &SetLimit| it.level == level && it.flow == flow;
        let is_it = |it: &Action| matches!(it, Action::SetLimit(it) if same(it));
        let set = set_by(app, w, &history, is_it, limit != Limit::default());
        let most = names.into_iter().zip(most(limit)).collect();
        Row { flow: flow_name(flow), most, set }
    };
    let of_level = |level: Level| OfLevel {
        level: level_name(level),
        rows: Flow::ALL.map(|flow| row(level, flow)).into(),
    };
    let of_kinds = settings.map_or([0; AccountKind::ALL.len()], |it| it.balance_limits);
    let kinds = AccountKind::ALL.into_iter().zip(of_kinds).filter(|it| it.1 != 0);
    let things = words::OpsThings(visit.lang);
    let kinds = kinds.map(|(kind, limit)| {
        let is_it = |it: &Action| matches!(it, Action::SetBalanceLimit(it) if it.kind == kind);
        Kind {
            name: things.named(&format!("account_{}", kind.code())).unwrap_or_default(),
            most: yuan(limit),
            set: set_by(app, w, &history, is_it, true),
        }
    });
    let like = SetLimit { level: Level::Basic, flow: Flow::Pay, limit: Limit::default() };
    Ok(LimitsPage {
        shell: visit.shell(app, w.title()),
        levels: Level::ALL.map(of_level).into(),
        kinds: kinds.collect(),
        refused: refused(app, visit)?,
        looked_at: ANSWERS,
        asking: Asking::new(app, visit, CellId::FIRST, &Action::SetLimit(like))?,
        choices: [
            Level::ALL.map(|it| (it.code(), level_name(it))).into(),
            Flow::ALL.map(|it| (it.code(), flow_name(it))).into(),
        ],
        typed: Typed::default(),
        t,
        w,
    })
}

/// What was proposed about the platform as a whole and approved, the newest first.
fn history(app: &App) -> Result<Vec<(Proposal, Action)>, Problem> {
    let look = |view: &View<'_>| {
        let list = List::StageProposals(ProposalStage::Approved);
        let ids = view.list(list, Direction::Backwards, None, PROPOSALS)?;
        let rows = ids.into_iter().map(|it| view.proposal(ProposalId::from_raw(it)));
        rows.collect::<Result<Vec<_>, _>>()
    };
    let (rows, _) = app.read(CellId::FIRST, look)?;
    let about_all = rows.into_iter().flatten().filter(|it| it.subject == Subject::Cell);
    about_all.map(|it| Ok((it, crate::api::proposals::proposed(app, &it)?.action))).collect()
}

fn set_by(
    app: &App,
    w: words::OpsLimits,
    history: &[(Proposal, Action)],
    is_it: impl Fn(&Action) -> bool,
    set: bool,
) -> Option<SetBy> {
    let found = history.iter().find(|it| is_it(&it.1));
    let Some((it, _)) = found else {
        return set.then(|| SetBy { said: w.set_by_program().to_owned(), href: None });
    };
    let name = super::approvals::who(app, it.maker);
    let said = match it.checker {
        Some(other) => {
            w.set_by(dates::second(it.changed_at), name, super::approvals::who(app, other))
        }
        None => w.set_alone(dates::second(it.changed_at), name),
    };
    Some(SetBy { said, href: Some(format!("/ops/approvals/{}", it.id)) })
}

/// What limits refused among the newest answers of every cell, the newest first.
fn refused(app: &App, visit: &Visit) -> Result<Vec<Refused>, Problem> {
    let mut found: Vec<(Time, CellId, Position, Rejection)> = Vec::new();
    for cell in app.engine().all_cells() {
        let ((), at) = app.read(cell, |_| Ok(()))?;
        let end = at.position.0;
        let look = |view: &View<'_>| {
            let mut found = Vec::new();
            for position in (end.saturating_sub(ANSWERS)..end).rev() {
                let Some(answer) = view.answer_at(Position(position))? else { continue };
                if let Outcome::Rejected(why) = answer.outcome
                    && matches!(
                        why,
                        Rejection::LimitExceeded { .. } | Rejection::BalanceLimitExceeded
                    )
                {
                    found.push((answer.time, cell, answer.position, why));
                }
                if found.len() >= REFUSALS {
                    break;
                }
            }
            Ok(found)
        };
        found.extend(app.read(cell, look)?.0);
    }
    found.sort_unstable_by_key(|it| std::cmp::Reverse(it.0));
    found.truncate(REFUSALS);
    let said = found.into_iter().map(|(at, cell, position, why)| {
        let actor = app.engine().request_at(cell, position)?.actor;
        let (who, href) = match actor {
            Actor::User(user) => (things::name_of(app, user), things::page_of(Subject::User(user))),
            Actor::Operator(user) => (things::name_of(app, user), None),
            Actor::Platform | Actor::Bank | Actor::Clock | Actor::Cell => {
                (words::OpsLimits(visit.lang).program().to_owned(), None)
            }
        };
        Ok(Refused { at: dates::second(at), who, href, why: told(visit, &why) })
    });
    said.collect()
}

/// Which limit refused something, and what it is.
fn told(visit: &Visit, why: &Rejection) -> String {
    let w = words::OpsLimits(visit.lang);
    let Rejection::LimitExceeded { flow, kind, limit } = *why else {
        return w.over_balance().to_owned();
    };
    let flow = w.named(flow.code()).unwrap_or_default();
    let amount = money::minor(limit, Currency::CNY);
    match kind {
        LimitKind::Single => w.over_single(flow, amount),
        LimitKind::Day => w.over_day(flow, amount),
        LimitKind::DayCount => w.over_count(flow, limit),
        LimitKind::Month => w.over_month(flow, amount),
    }
}

/// `GET /ops/limits`
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Page {
    render(&page(&app, &visit)?)
}

/// `POST /ops/limits`: proposes another limit, in every cell.
pub(super) async fn set(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let signed = visit.operator()?;
    let made = match read(&form) {
        Ok(action) => propose_everywhere(&app, signed, &form, &action).await,
        Err(problem) => Err(problem),
    };
    match made {
        // One proposal has a page; several are in the list.
        Ok(it) if app.engine().cells() == 1 => see(&format!("/ops/approvals/{it}")),
        Ok(_) => see("/ops/approvals"),
        Err(problem) => {
            let said = fault(&visit, &problem)?;
            let mut page = page(&app, &visit)?;
            page.asking = page.asking.wrong(&form, said);
            page.typed = Typed {
                level: form.text("level").to_owned(),
                flow: form.text("flow").to_owned(),
                most: FIELDS.map(|it| form.text(it).to_owned()),
            };
            again(&page)
        }
    }
}

/// What the form says; what is empty is without limit.
fn read(form: &Form) -> Result<Action, Problem> {
    let unreadable = || Problem::of(&codes::FORM_UNREADABLE);
    let level = Level::ALL.into_iter().find(|it| it.code() == form.text("level"));
    let flow = Flow::ALL.into_iter().find(|it| it.code() == form.text("flow"));
    let wrong = || Problem::of(&codes::AMOUNT_OUT_OF_RANGE);
    let amount = |name| match form.text(name) {
        "" => Ok(0),
        typed => {
            let read = money::parse(typed, Currency::CNY).map(ledger::money::Money::minor);
            read.filter(|it| *it > 0).ok_or_else(wrong)
        }
    };
    let day_count = match form.text("day_count") {
        "" => 0,
        typed => typed.parse().ok().filter(|it| *it > 0).ok_or_else(wrong)?,
    };
    let limit = Limit {
        single_max: amount("single")?,
        day_max: amount("day")?,
        day_count,
        month_max: amount("month")?,
    };
    let (level, flow) = (level.ok_or_else(unreadable)?, flow.ok_or_else(unreadable)?);
    Ok(Action::SetLimit(SetLimit { level, flow, limit }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_nothing_and_not_zero() {
        assert_eq!(most(Limit::default()), [const { None }; 4]);
        let limit = Limit { single_max: 100_000, day_count: 5, ..Limit::default() };
        let shown = [Some("¥1,000.00".to_owned()), None, Some("5".to_owned()), None];
        assert_eq!(most(limit), shown);
    }
}
