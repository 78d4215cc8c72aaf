//! `/v1/transfers` and `/v1/remittances`

use super::{path_id, seen};
use crate::app::App;
use crate::http::body::Body;
use crate::http::problem::Problem;
use crate::http::receipt::{receipt, receipt_there, rfc3339};
use crate::http::{Look, Wish};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use ledger::command::{Command, LinkedTransfers, Transfer};
use ledger::id::{AccountId, Position, RemittanceId, TransferId};
use ledger::remittance::Remittance;
use serde_json::{Value, json};

fn transfer(body: &mut Body<'_>) -> Result<Transfer, Problem> {
    let debit = body.id("debit", AccountId::parse)?;
    let credit = body.id("credit", AccountId::parse)?;
    Ok(Transfer { debit, credit, amount: body.money()? })
}

/// `POST /v1/transfers`
pub async fn create(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let transfer = transfer(&mut body)?;
    body.finish()?;
    let command = Command::Transfer(transfer);
    let accepted = app.submit(&wish.caller, wish.name, transfer.debit.cell(), command).await?;
    let sent = app.settled(accepted).await?;
    Ok(receipt_there(StatusCode::CREATED, &accepted, sent))
}

/// `POST /v1/transfers/linked`: all of them or none.
pub async fn linked(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let mut transfers = Vec::new();
    for mut item in body.objects("transfers")? {
        transfers.push(transfer(&mut item)?);
        item.finish()?;
    }
    body.finish()?;
    let cell = transfers.first().map_or(ledger::id::CellId::FIRST, |it| it.debit.cell());
    let command = Command::LinkedTransfers(LinkedTransfers { transfers });
    let accepted = app.submit(&wish.caller, wish.name, cell, command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

/// `GET /v1/transfers/{id}`
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, TransferId::parse)?;
    let position = Position(id.number());
    let ((postings, owners), at) = app.read(id.cell(), |view| {
        let Some(answer) = view.answer_at(position)? else { return Ok((Vec::new(), Vec::new())) };
        let mut postings = Vec::new();
        let mut owners = Vec::new();
        for number in answer.first_posting..answer.first_posting + u64::from(answer.postings) {
            let Some(posting) = view.posting(number)? else { continue };
            for account in [posting.debit, posting.credit] {
                owners.extend(view.account(account)?.map(|it| it.owner));
            }
            postings.push(posting);
        }
        Ok((postings, owners))
    })?;
    if postings.is_empty() || !owners.iter().any(|it| look.caller.sees(*it)) {
        return Err(Problem::not_found("transfer_not_found", "transfer"));
    }
    let entries: Vec<Value> = postings
        .iter()
        .map(|it| {
            json!({
                "debit": it.debit.to_string(), "credit": it.credit.to_string(), "amount": it.amount,
                "currency": it.currency.code(), "reason": it.reason.code(),
            })
        })
        .collect();
    let time = postings.first().map(|it| rfc3339(it.time));
    let value = json!({
        "id": id.to_string(), "object": "transfer", "entries": entries, "time": time,
        "position": position.0,
    });
    Ok(seen(&value, id.cell(), at))
}

fn render(it: &Remittance) -> Value {
    json!({
        "id": it.id.to_string(), "object": "remittance", "stage": it.stage.code(),
        "debit": it.debit.to_string(), "credit": it.credit.to_string(),
        "amount": it.amount.minor(), "currency": it.amount.currency().code(),
        "refusal": it.refusal.map(ledger::rejection::Rejection::code),
        "sent_at": rfc3339(it.sent_at),
    })
}

/// `GET /v1/remittances/{id}`
pub async fn show_remittance(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, RemittanceId::parse)?;
    let (found, at) = app.read(id.cell(), |view| {
        let Some(it) = view.remittance(id)? else { return Ok(None) };
        let owner = view.account(it.debit)?.and_then(|it| it.owner);
        Ok(Some((it, owner)))
    })?;
    let seen_by = found.filter(|(_, owner)| look.caller.sees(*owner));
    let missing = || Problem::not_found("remittance_not_found", "remittance");
    let (remittance, _) = seen_by.ok_or_else(missing)?;
    Ok(seen(&render(&remittance), id.cell(), at))
}
