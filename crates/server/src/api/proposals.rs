//! `/v1/proposals`: what people do by hand. One person proposes it; if it moves money or raises a
//! limit, another one, with another key, approves it, and the rest is done at once.
//!
//! The ledger compares what is approved with what was proposed. It keeps a fingerprint of that, and
//! where it stands: so it is read from the journal here, and never taken from whoever approves.

use super::page::Page;
use super::{actions, path_id, seen};
use crate::app::{Accepted, App};
use crate::http::auth::Caller;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{named, receipt, rfc3339};
use crate::http::{Look, Wish};
use crate::reconciliation;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use ledger::command::{Command, DecideProposal, Propose, Verdict};
use ledger::event::{Actor, Subject};
use ledger::hand::Hand;
use ledger::id::{CellId, ProposalId, RequestId};
use ledger::name::Text;
use ledger::person::Duty;
use ledger::proposal::{Proposal, ProposalStage};
use serde::Deserialize;
use serde_json::{Value, json};
use store::List;
use store::index::Direction;

/// `POST /v1/proposals`: no money moves for it. What needs nobody else is done.
pub async fn propose(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let mut body = Body::parse(&wish.body)?;
    let reason = body.note("reason")?;
    let (cell, action) = actions::parse(&mut body)?;
    body.finish()?;
    let maker = Hand::Key(wish.caller.key);
    in_force(&app, (cell, wish.name), maker, |it| it.may_propose(&action))?;
    let command = Command::Propose(Propose { maker, reason, action });
    let accepted = app.submit(&wish.caller, wish.name, cell, command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

/// Refuses a hand that may not do it, or not any more. The first cell knows keys and operators and
/// looks itself; for the others it is done here. What was decided before gets its first answer,
/// also now.
pub(crate) fn in_force(
    app: &App,
    (cell, name): (CellId, RequestId),
    hand: Hand,
    may: impl Fn(Duty) -> bool,
) -> Result<(), Problem> {
    if cell == CellId::FIRST || app.read(cell, |view| view.answer(name))?.0.is_some() {
        return Ok(());
    }
    let refused = match hand {
        Hand::Key(key) => {
            let (found, _) = app.read(CellId::FIRST, |view| view.key(key))?;
            let key = found.ok_or_else(|| Problem::of(&codes::KEY_NOT_FOUND))?;
            key.revoked_at.map(|_| &codes::KEY_REVOKED)
        }
        Hand::Operator(user) => {
            let (found, _) = app.read(CellId::FIRST, |view| view.person(user))?;
            let person = found.ok_or_else(|| Problem::of(&codes::USER_NOT_FOUND))?;
            match person.duty {
                None => Some(&codes::OPERATOR_DISABLED),
                Some(duty) => (!may(duty)).then_some(&codes::NOT_ALLOWED),
            }
        }
    };
    refused.map_or(Ok(()), |code| Err(Problem::of(code)))
}

/// `POST /v1/proposals/{id}/approve`, `/refuse` and `/withdraw`
pub async fn decide(
    State(app): State<App>,
    Path((id, verdict)): Path<(String, String)>,
    wish: Wish,
) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let id = path_id(&id, ProposalId::parse)?;
    let mut body = Body::parse(&wish.body)?;
    let reason = body.note("reason")?;
    body.finish()?;
    let checker = Hand::Key(wish.caller.key);
    let asked = (&wish.caller, wish.name);
    let accepted = decide_as(&app, asked, checker, (id, &verdict), reason).await?;
    // What was decided stays so, and so does this answer.
    let (found, _) = app.read(id.cell(), |view| view.proposal(id))?;
    let it = found.ok_or_else(|| Problem::of(&codes::PROPOSAL_NOT_FOUND))?;
    let more = [
        ("stage", json!(it.stage.code()).to_string()),
        ("done", json!(it.done.map(|it| named(it).0)).to_string()),
        ("failure", json!(it.failure.map(ledger::rejection::Rejection::code)).to_string()),
    ];
    Ok(receipt(StatusCode::OK, &accepted, &more))
}

/// Decides about a proposal: `approve`, `refuse` or `withdraw`. What is approved is what stands in
/// the journal, and not what a body or a page says.
pub(crate) async fn decide_as(
    app: &App,
    (who, name): (impl Into<Actor>, RequestId),
    checker: Hand,
    (id, verdict): (ProposalId, &str),
    reason: Text,
) -> Result<Accepted, Problem> {
    let (found, _) = app.read(id.cell(), |view| view.proposal(id))?;
    let it = found.ok_or_else(|| Problem::of(&codes::PROPOSAL_NOT_FOUND))?;
    let action = proposed(app, &it)?.action;
    let asked = (id.cell(), name);
    let verdict = match verdict {
        "approve" => {
            in_force(app, asked, checker, |it| it.may_decide(&action))?;
            in_force(app, asked, it.maker, |it| it.may_propose(&action))?;
            if it.stage == ProposalStage::Open {
                reconciliation::must_be_here(app, &action)?;
            }
            Verdict::Approve { action: action.clone() }
        }
        "refuse" => {
            in_force(app, asked, checker, Duty::decides)?;
            Verdict::Refuse
        }
        "withdraw" => {
            in_force(app, asked, checker, |_| true)?;
            Verdict::Withdraw
        }
        _ => return Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    };
    let decide = DecideProposal { proposal: id, checker, verdict, reason };
    let accepted = app.submit(who, name, id.cell(), Command::DecideProposal(decide)).await?;
    reconciliation::decided(app, &action).await?;
    Ok(accepted)
}

/// What was proposed, as it stands in the journal.
pub(crate) fn proposed(app: &App, it: &Proposal) -> Result<Propose, Problem> {
    let request = app.engine().request_at(it.id.cell(), it.position)?;
    let Command::Propose(proposed) = request.command else {
        return Err(Problem::of(&codes::PROPOSAL_NOT_FOUND));
    };
    Ok(proposed)
}

/// Why it was decided so.
pub(crate) fn why(app: &App, it: &Proposal) -> Result<Option<Text>, Problem> {
    let Some(position) = it.decided else { return Ok(None) };
    let request = app.engine().request_at(it.id.cell(), position)?;
    let Command::DecideProposal(decided) = request.command else { return Ok(None) };
    Ok(Some(decided.reason))
}

/// `GET /v1/proposals/{id}`: who, when and why.
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let id = path_id(&id, ProposalId::parse)?;
    let (found, at) = app.read(id.cell(), |view| view.proposal(id))?;
    let it = found.ok_or_else(|| Problem::of(&codes::PROPOSAL_NOT_FOUND))?;
    Ok(seen(&render(&app, &it, &look.caller)?, id.cell(), at))
}

/// Which proposals to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    stage: Option<String>,
    cell: Option<u8>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// `GET /v1/proposals`: those of a cell in a stage, the newest first.
pub async fn list(
    State(app): State<App>,
    Query(which): Query<Which>,
    look: Look,
) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let word = which.stage.as_deref().unwrap_or(ProposalStage::Open.code());
    let stage = ProposalStage::ALL.into_iter().find(|it| it.code() == word).ok_or_else(|| {
        let words = ProposalStage::ALL.map(ProposalStage::code).join(", ");
        Problem::new(&codes::MALFORMED_REQUEST, format!("stage is one of: {words}."))
    })?;
    let cell = CellId::new(which.cell.unwrap_or(0));
    let page = Page { limit: which.limit, cursor: which.cursor };
    let (limit, after) = (page.limit()?, page.cursor()?);
    let (found, at) = app.read(cell, |view| {
        let list = List::StageProposals(stage);
        let ids = view.list(list, Direction::Backwards, after, limit + 1)?;
        let rows = ids.into_iter().map(|it| view.proposal(ProposalId::from_raw(it)));
        rows.collect::<Result<Vec<_>, _>>()
    })?;
    let rows: Result<Vec<_>, Problem> = found
        .iter()
        .flatten()
        .map(|it| Ok((it.id.raw(), render(&app, it, &look.caller)?)))
        .collect();
    Ok(seen(&page.of(rows?)?, cell, at))
}

fn render(app: &App, it: &Proposal, caller: &Caller) -> Result<Value, Problem> {
    let Propose { reason, action, .. } = proposed(app, it)?;
    let decision = why(app, it)?;
    let about = if it.subject == Subject::Cell { None } else { Some(named(it.subject).0) };
    Ok(json!({
        "id": it.id.to_string(), "object": "proposal", "stage": it.stage.code(),
        "subject": about, "action": actions::render(&action), "reason": reason.as_str(),
        "maker": it.maker.to_string(), "checker": it.checker.map(|it| it.to_string()),
        "own": it.maker == Hand::Key(caller.key), "decision": decision.as_ref().map(Text::as_str),
        "done": it.done.map(|it| named(it).0),
        "failure": it.failure.map(ledger::rejection::Rejection::code),
        "created_at": rfc3339(it.created_at), "changed_at": rfc3339(it.changed_at),
    }))
}
