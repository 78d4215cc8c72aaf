//! `/ops/approvals` and `/ops/audit`: what somebody proposed, what it would do, and who decided.

use super::effects::effect;
use super::proposing::{fault, reason};
use super::{reconciliation, things};
use crate::api::actions;
use crate::api::proposals::{decide_as, proposed, why};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::form::{Form, new_key};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use ledger::books::Series;
use ledger::command::Action;
use ledger::hand::Hand;
use ledger::id::ProposalId;
use ledger::proposal::{Proposal, ProposalStage};
use ledger::time::Time;
use serde::Deserialize;
use std::cmp::Reverse;
use store::index::Direction;
use store::{List, View};

/// Proposals on a page.
const PAGE: usize = 50;

/// A proposal as the console shows it.
struct Row {
    id: String,
    stage: &'static str,
    /// What it does to the money, or to whoever it is about.
    effect: String,
    /// The page of what it is about.
    about: Option<String>,
    /// What is to be done, field by field, in the words of the API.
    action: Vec<(String, String)>,
    reason: String,
    maker: String,
    checker: Option<String>,
    /// Why it was decided so.
    decision: Option<String>,
    /// Why it could not be done.
    failure: Option<&'static str>,
    at: String,
    decided_at: String,
    open: bool,
    /// Why whoever looks cannot decide; nothing if they can.
    barred: Option<&'static str>,
    own: bool,
    key: String,
}

#[derive(Template)]
#[template(path = "ops/approvals.html")]
struct Approvals {
    shell: Shell,
    t: words::Ops,
    rows: Vec<Row>,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "ops/audit.html")]
struct Audit {
    shell: Shell,
    t: words::Ops,
    rows: Vec<Row>,
    next: Option<String>,
}

impl Approvals {
    fn new(app: &App, visit: &Visit, fault: Option<String>) -> Result<Approvals, Problem> {
        visit.operator()?;
        let t = words::Ops(visit.lang);
        let rows = waiting(app)?.iter().map(|it| row(app, visit, it)).collect::<Result<_, _>>()?;
        Ok(Approvals { shell: visit.shell(app, t.approvals()), t, rows, fault })
    }

    /// One proposal alone, whatever has become of it.
    fn of(app: &App, visit: &Visit, id: &str) -> Result<Approvals, Problem> {
        visit.operator()?;
        let t = words::Ops(visit.lang);
        let rows = vec![row(app, visit, &find(app, id)?)?];
        Ok(Approvals { shell: visit.shell(app, t.proposal()), t, rows, fault: None })
    }
}

/// `GET /ops/approvals`
pub(super) async fn open(State(app): State<App>, visit: Visit) -> Page {
    render(&Approvals::new(&app, &visit, None)?)
}

/// `GET /ops/approvals/{id}`
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    render(&Approvals::of(&app, &visit, &id)?)
}

/// Before which proposal to begin.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    before: String,
}

/// `GET /ops/audit`: everything that was ever proposed, the newest first.
pub(super) async fn audit(State(app): State<App>, visit: Visit, Query(it): Query<Before>) -> Page {
    visit.operator()?;
    let t = words::Ops(visit.lang);
    let before = match it.before.as_str() {
        "" => None,
        id => Some(place(&find(&app, id)?)),
    };
    let found = newest(&app, before)?;
    let next = found.get(PAGE - 1).map(|it| format!("/ops/audit?before={}", it.id));
    let rows = found.iter().map(|it| row(&app, &visit, it)).collect::<Result<_, _>>()?;
    render(&Audit { shell: visit.shell(&app, t.audit()), t, rows, next })
}

fn find(app: &App, id: &str) -> Result<Proposal, Problem> {
    let missing = || Problem::of(&codes::PROPOSAL_NOT_FOUND);
    let id = ProposalId::parse(id).map_err(|_| missing())?;
    things::row(app, id.cell(), |view| view.proposal(id))?.ok_or_else(missing)
}

/// Where a proposal stands among those of all cells.
const fn place(it: &Proposal) -> (Time, u64) {
    (it.created_at, it.id.raw())
}

/// The proposals of every cell that somebody has to decide, the newest first.
fn waiting(app: &App) -> Result<Vec<Proposal>, Problem> {
    let mut all = Vec::new();
    for cell in app.engine().all_cells() {
        let look = |view: &View<'_>| {
            let list = List::StageProposals(ProposalStage::Open);
            let ids = view.list(list, Direction::Backwards, None, PAGE)?;
            let rows = ids.into_iter().map(|it| view.proposal(ProposalId::from_raw(it)));
            rows.collect::<Result<Vec<_>, _>>()
        };
        all.extend(app.read(cell, look)?.0.into_iter().flatten());
    }
    all.sort_by_key(|it| Reverse(place(it)));
    all.truncate(PAGE);
    Ok(all)
}

/// The newest proposals of every cell, or those before a place, whatever became of them. They are
/// numbered in the order of their times, so no page costs more than another.
fn newest(app: &App, before: Option<(Time, u64)>) -> Result<Vec<Proposal>, Problem> {
    let mut all = Vec::new();
    for cell in app.engine().all_cells() {
        let look = |view: &View<'_>| {
            let proposal = |number| view.proposal(ProposalId::new(cell, number));
            let (mut low, mut high) = (0, view.count(Series::Proposals)?);
            if let Some(before) = before {
                while low < high {
                    let middle = low + (high - low) / 2;
                    let earlier = proposal(middle)?.is_some_and(|it| place(&it) < before);
                    if earlier { low = middle + 1 } else { high = middle }
                }
            }
            let rows = (0..high).rev().take(PAGE).map(proposal);
            rows.collect::<Result<Vec<_>, _>>()
        };
        all.extend(app.read(cell, look)?.0.into_iter().flatten());
    }
    all.sort_by_key(|it| Reverse(place(it)));
    all.truncate(PAGE);
    Ok(all)
}

fn row(app: &App, visit: &Visit, it: &Proposal) -> Result<Row, Problem> {
    let signed = visit.operator()?;
    let t = words::Ops(visit.lang);
    let said = proposed(app, it)?;
    let open = it.stage == ProposalStage::Open;
    let own = it.maker == Hand::Operator(signed.user);
    let may = signed.duty.is_some_and(|duty| duty.may_decide(&said.action));
    let value = actions::render(&said.action);
    let fields = value.as_object().into_iter().flatten().filter(|it| !it.1.is_null());
    let plain = |it: &serde_json::Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    let stage = words::OpsThings(visit.lang).named(&format!("proposal_{}", it.stage.code()));
    let decision = if it.checker.is_some() { why(app, it)? } else { None };
    let failure = it.failure.map(|it| visit.lang.of_pair(Problem::from(it).code.title));
    Ok(Row {
        id: it.id.to_string(),
        stage: stage.unwrap_or_default(),
        effect: effect(app, visit.lang, &said.action)?,
        about: if let Action::TakeStatement(it) = &said.action {
            // It is about no thing in the books, so the ledger knows no page of it.
            reconciliation::page_of(app, it)
        } else {
            things::page_of(it.subject)
        },
        action: fields.map(|(name, it)| (name.clone(), plain(it))).collect(),
        reason: said.reason.as_str().to_owned(),
        maker: who(app, it.maker),
        checker: it.checker.map(|it| who(app, it)),
        decision: decision.map(|it| it.as_str().to_owned()),
        failure,
        at: dates::second(it.created_at),
        decided_at: dates::second(it.changed_at),
        open,
        barred: if open { barred(t, own, may) } else { None },
        own,
        key: new_key()?,
    })
}

/// Who somebody of the platform is, for colleagues; a key has nothing but its number.
pub(super) fn who(app: &App, hand: Hand) -> String {
    match hand {
        Hand::Key(key) => key.to_string(),
        Hand::Operator(user) => things::name_of(app, user),
    }
}

fn barred(t: words::Ops, own: bool, may: bool) -> Option<&'static str> {
    if own {
        Some(t.own())
    } else if may {
        None
    } else {
        Some(t.not_your_duty())
    }
}

/// `POST /ops/approvals/{id}/{verdict}`
pub(super) async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path((id, verdict)): Path<(String, String)>,
    form: Form,
) -> Page {
    let signed = visit.operator()?;
    match decided(&app, signed, (&id, &verdict), &form).await {
        Ok(()) => see(&format!("/ops/approvals/{id}")),
        Err(problem) => {
            let fault = Some(fault(&visit, &problem)?);
            again(&Approvals::new(&app, &visit, fault)?)
        }
    }
}

async fn decided(
    app: &App,
    signed: &Signed,
    (id, verdict): (&str, &str),
    form: &Form,
) -> Result<(), Problem> {
    let id = find(app, id)?.id;
    let (name, checker) = (form.name(&signed.scope())?, Hand::Operator(signed.user));
    decide_as(app, (signed, name), checker, (id, verdict), reason(form)?).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn nobody_decides_about_what_is_their_own() {
        let t = words::Ops(Lang::En);
        assert_eq!(barred(t, true, true), Some(t.own()));
        assert_eq!(barred(t, false, false), Some(t.not_your_duty()));
        assert_eq!(barred(t, false, true), None);
    }
}
