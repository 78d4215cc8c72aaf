//! `/v1/proposals`: what moves money by hand. One person proposes it, and another one, with another
//! key, approves it.
//!
//! The ledger compares what is approved with what was proposed. It keeps a fingerprint of that, and
//! where it stands: so it is read from the journal here, and never taken from whoever approves.

use super::page::Page;
use super::{path_id, seen};
use crate::app::App;
use crate::http::auth::Caller;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{named, receipt, rfc3339};
use crate::http::{Look, Wish};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use ledger::bank::{BankEvent, BankReference};
use ledger::command::{
    Action, AdvanceTopUp, AdvanceWithdrawal, Command, DecideProposal, Propose, RecordReceipt,
    Resolution, ResolveReceipt, Verdict,
};
use ledger::event::Subject;
use ledger::id::{
    AccountId, CardId, CellId, KeyId, ProposalId, ReceiptId, RequestId, TopUpId, WithdrawalId,
};
use ledger::money::Money;
use ledger::name::{BankName, BankNumber, Text};
use ledger::proposal::{Proposal, ProposalStage};
use serde::Deserialize;
use serde_json::{Value, json};
use store::List;
use store::index::Direction;

/// What may be proposed.
#[derive(Clone, Copy)]
enum Word {
    Resolve,
    TopUp,
    Withdrawal,
    Record,
}

/// `POST /v1/proposals`: no money moves for it.
pub async fn propose(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let mut body = Body::parse(&wish.body)?;
    let reason = body.note("reason")?;
    let words = [
        ("resolve_receipt", Word::Resolve),
        ("settle_top_up", Word::TopUp),
        ("settle_withdrawal", Word::Withdrawal),
        ("record_receipt", Word::Record),
    ];
    let (cell, action) = match body.choice("action", &words, None)? {
        Word::Resolve => {
            let receipt = body.id("receipt", ReceiptId::parse)?;
            let resolution = resolution(&mut body)?;
            (receipt.cell(), Action::ResolveReceipt(ResolveReceipt { receipt, resolution }))
        }
        Word::TopUp => {
            let top_up = body.id("top_up", TopUpId::parse)?;
            let (event, reference, amount) = settlement(&mut body)?;
            let advance = AdvanceTopUp { top_up, event, reference, amount };
            (top_up.cell(), Action::AdvanceTopUp(advance))
        }
        Word::Withdrawal => {
            let withdrawal = body.id("withdrawal", WithdrawalId::parse)?;
            let (event, reference, amount) = settlement(&mut body)?;
            let advance = AdvanceWithdrawal { withdrawal, event, reference, amount };
            (withdrawal.cell(), Action::AdvanceWithdrawal(advance))
        }
        Word::Record => {
            let cell = body.optional_integer("cell", u64::from(u8::MAX))?.unwrap_or(0);
            let bank = body.text("bank")?;
            let reference = reference(&mut body, &bank)?;
            let record = RecordReceipt { reference, amount: body.money()? };
            (CellId::new(u8::try_from(cell).unwrap_or(0)), Action::RecordReceipt(record))
        }
    };
    body.finish()?;
    let maker = wish.caller.key;
    in_force(&app, cell, wish.name, maker)?;
    let command = Command::Propose(Propose { maker, reason, action });
    let accepted = app.submit(&wish.caller, wish.name, cell, command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

fn resolution(body: &mut Body<'_>) -> Result<Resolution, Problem> {
    #[derive(Clone, Copy)]
    enum Word {
        Credit,
        Return,
        Match,
        WriteOff,
    }
    let words = [
        ("credit", Word::Credit),
        ("return", Word::Return),
        ("match", Word::Match),
        ("write_off", Word::WriteOff),
    ];
    Ok(match body.choice("resolution", &words, None)? {
        Word::Credit => Resolution::Credit { account: body.id("account", AccountId::parse)? },
        Word::Return => Resolution::Return {
            account: body.id("account", AccountId::parse)?,
            card: body.id("card", CardId::parse)?,
        },
        Word::Match => Resolution::Match { top_up: body.id("top_up", TopUpId::parse)? },
        Word::WriteOff => Resolution::WriteOff,
    })
}

/// What the bank did in the end, what it calls that, and how much it moved.
type Settlement = (BankEvent, Option<BankReference>, Option<Money>);

fn settlement(body: &mut Body<'_>) -> Result<Settlement, Problem> {
    let words = [BankEvent::Confirm, BankEvent::Reject, BankEvent::Return];
    let event = body.choice("event", &words.map(|it| (it.code(), it)), None)?;
    let bank = body.optional_text("bank")?;
    let reference = bank.map(|it| reference(body, &it)).transpose()?;
    Ok((event, reference, body.optional_money()?))
}

fn reference(body: &mut Body<'_>, bank: &str) -> Result<BankReference, Problem> {
    let number = body.text("bank_reference")?;
    let wrong = |field: &str| {
        let detail = format!("{field} has 1 to 35 visible characters of ASCII.");
        Problem::new(&codes::VALUE_UNKNOWN, detail).at(format!("/{field}"))
    };
    let bank = BankName::new(bank).ok_or_else(|| wrong("bank"))?;
    let number = BankNumber::new(&number).ok_or_else(|| wrong("bank_reference"))?;
    Ok(BankReference { bank, number })
}

/// Refuses a key that was revoked. The first cell knows its keys and looks itself; for the others
/// it is done here. What was decided before gets its first answer, also now.
fn in_force(app: &App, cell: CellId, name: RequestId, key: KeyId) -> Result<(), Problem> {
    if cell == CellId::FIRST || app.read(cell, |view| view.answer(name))?.0.is_some() {
        return Ok(());
    }
    let (found, _) = app.read(CellId::FIRST, |view| view.key(key))?;
    let key = found.ok_or_else(|| Problem::of(&codes::KEY_NOT_FOUND))?;
    if key.revoked_at.is_some() { Err(Problem::of(&codes::KEY_REVOKED)) } else { Ok(()) }
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
    let checker = wish.caller.key;
    let (found, _) = app.read(id.cell(), |view| view.proposal(id))?;
    let proposal = found.ok_or_else(|| Problem::of(&codes::PROPOSAL_NOT_FOUND))?;
    in_force(&app, id.cell(), wish.name, checker)?;
    let verdict = match verdict.as_str() {
        "approve" => {
            in_force(&app, id.cell(), wish.name, proposal.maker)?;
            Verdict::Approve { action: proposed(&app, &proposal)?.action }
        }
        "refuse" => Verdict::Refuse,
        "withdraw" => Verdict::Withdraw,
        _ => return Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    };
    decided(&app, &wish, DecideProposal { proposal: id, checker, verdict, reason }).await
}

/// Decides, and says what came of it: what was decided stays so, and so does this answer.
async fn decided(app: &App, wish: &Wish, decide: DecideProposal) -> Result<Response, Problem> {
    let id = decide.proposal;
    let command = Command::DecideProposal(decide);
    let accepted = app.submit(&wish.caller, wish.name, id.cell(), command).await?;
    let (found, _) = app.read(id.cell(), |view| view.proposal(id))?;
    let it = found.ok_or_else(|| Problem::of(&codes::PROPOSAL_NOT_FOUND))?;
    let more = [
        ("stage", json!(it.stage.code()).to_string()),
        ("done", json!(it.done.map(|it| named(it).0)).to_string()),
        ("failure", json!(it.failure.map(ledger::rejection::Rejection::code)).to_string()),
    ];
    Ok(receipt(StatusCode::OK, &accepted, &more))
}

/// What was proposed, as it stands in the journal.
fn proposed(app: &App, it: &Proposal) -> Result<Propose, Problem> {
    let request = app.engine().request_at(it.id.cell(), it.position)?;
    let Command::Propose(proposed) = request.command else {
        return Err(Problem::of(&codes::PROPOSAL_NOT_FOUND));
    };
    Ok(proposed)
}

/// Why it was decided so.
fn why(app: &App, it: &Proposal) -> Result<Option<Text>, Problem> {
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
        "subject": about, "action": render_action(&action), "reason": reason.as_str(),
        "maker": it.maker.to_string(), "checker": it.checker.map(|it| it.to_string()),
        "own": it.maker == caller.key, "decision": decision.as_ref().map(Text::as_str),
        "done": it.done.map(|it| named(it).0),
        "failure": it.failure.map(ledger::rejection::Rejection::code),
        "created_at": rfc3339(it.created_at), "changed_at": rfc3339(it.changed_at),
    }))
}

/// What is to be done, in the words in which it was proposed.
fn render_action(action: &Action) -> Value {
    match action {
        Action::ResolveReceipt(it) => {
            let mut value = json!({
                "action": "resolve_receipt", "receipt": it.receipt.to_string(),
            });
            match it.resolution {
                Resolution::Credit { account } => {
                    value["resolution"] = json!("credit");
                    value["account"] = json!(account.to_string());
                }
                Resolution::Return { account, card } => {
                    value["resolution"] = json!("return");
                    value["account"] = json!(account.to_string());
                    value["card"] = json!(card.to_string());
                }
                Resolution::Match { top_up } => {
                    value["resolution"] = json!("match");
                    value["top_up"] = json!(top_up.to_string());
                }
                Resolution::WriteOff => value["resolution"] = json!("write_off"),
            }
            value
        }
        Action::AdvanceTopUp(it) => {
            let value = json!({
                "action": "settle_top_up", "top_up": it.top_up.to_string(),
                "event": it.event.code(),
            });
            said(value, it.reference.as_ref(), it.amount)
        }
        Action::AdvanceWithdrawal(it) => {
            let value = json!({
                "action": "settle_withdrawal", "withdrawal": it.withdrawal.to_string(),
                "event": it.event.code(),
            });
            said(value, it.reference.as_ref(), it.amount)
        }
        Action::RecordReceipt(it) => {
            let value = json!({ "action": "record_receipt" });
            said(value, Some(&it.reference), Some(it.amount))
        }
    }
}

fn said(mut value: Value, reference: Option<&BankReference>, amount: Option<Money>) -> Value {
    if let Some(reference) = reference {
        value["bank"] = json!(reference.bank.as_str());
        value["bank_reference"] = json!(reference.number.as_str());
    }
    if let Some(amount) = amount {
        value["amount"] = json!(amount.minor());
        value["currency"] = json!(amount.currency().code());
    }
    value
}
