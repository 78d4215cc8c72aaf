//! `/v1/receipts`: money that a bank moved and that nothing here accounts for.

use super::{path_id, seen};
use crate::app::App;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{named, receipt, rfc3339};
use crate::http::{Look, Wish};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use ledger::bank::BankReference;
use ledger::command::{Command, RecordReceipt, Resolution, ResolveReceipt};
use ledger::id::{AccountId, CardId, CellId, ReceiptId, TopUpId};
use ledger::name::{BankName, BankNumber};
use ledger::receipt::Receipt;
use serde_json::{Value, json};

/// `POST /v1/receipts`: a line of a statement, once for each reference.
pub async fn record(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let mut body = Body::parse(&wish.body)?;
    let bank = body.text("bank")?;
    let number = body.text("bank_reference")?;
    let cell = body.optional_integer("cell", u64::from(u8::MAX))?.unwrap_or(0);
    let amount = body.money()?;
    body.finish()?;
    let wrong = |field: &str| {
        let detail = format!("{field} has 1 to 35 visible characters of ASCII.");
        Problem::new(&codes::VALUE_UNKNOWN, detail).at(format!("/{field}"))
    };
    let bank = BankName::new(&bank).ok_or_else(|| wrong("bank"))?;
    let number = BankNumber::new(&number).ok_or_else(|| wrong("bank_reference"))?;
    let cell = CellId::new(u8::try_from(cell).unwrap_or(0));
    let reference = BankReference { bank, number };
    let command = Command::RecordReceipt(RecordReceipt { reference, amount });
    let accepted = app.submit(&wish.caller, wish.name, cell, command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

/// What may become of a receipt.
#[derive(Clone, Copy)]
enum Word {
    Credit,
    Return,
    Match,
    WriteOff,
}

/// `POST /v1/receipts/{id}/resolve`
pub async fn resolve(
    State(app): State<App>,
    Path(id): Path<String>,
    wish: Wish,
) -> Result<Response, Problem> {
    wish.caller.platform_only()?;
    let id = path_id(&id, ReceiptId::parse)?;
    let mut body = Body::parse(&wish.body)?;
    let words = [
        ("credit", Word::Credit),
        ("return", Word::Return),
        ("match", Word::Match),
        ("write_off", Word::WriteOff),
    ];
    let resolution = match body.choice("resolution", &words, None)? {
        Word::Credit => Resolution::Credit { account: body.id("account", AccountId::parse)? },
        Word::Return => Resolution::Return {
            account: body.id("account", AccountId::parse)?,
            card: body.id("card", CardId::parse)?,
        },
        Word::Match => Resolution::Match { top_up: body.id("top_up", TopUpId::parse)? },
        Word::WriteOff => Resolution::WriteOff,
    };
    body.finish()?;
    let command = Command::ResolveReceipt(ResolveReceipt { receipt: id, resolution });
    let accepted = app.submit(&wish.caller, wish.name, id.cell(), command).await?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// `GET /v1/receipts/{id}`
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let id = path_id(&id, ReceiptId::parse)?;
    let (found, at) = app.read(id.cell(), |view| view.receipt(id))?;
    let it = found.ok_or_else(|| Problem::of(&codes::RECEIPT_NOT_FOUND))?;
    Ok(seen(&render(&it), id.cell(), at))
}

fn render(it: &Receipt) -> Value {
    json!({
        "id": it.id.to_string(), "object": "receipt", "stage": it.stage.code(),
        "amount": it.amount.minor(), "currency": it.amount.currency().code(),
        "outgoing": it.outgoing, "cause": it.cause.map(|it| named(it).0),
        "taker": it.taker.map(|it| named(it).0), "created_at": rfc3339(it.created_at),
        "changed_at": rfc3339(it.changed_at),
    })
}
