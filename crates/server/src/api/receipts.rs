//! `/v1/receipts`: money that a bank moved and that nothing here accounts for. What becomes of it,
//! two people decide: see `proposals`.

use super::{path_id, seen};
use crate::app::App;
use crate::http::Look;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{named, rfc3339};
use axum::extract::{Path, State};
use axum::response::Response;
use ledger::id::ReceiptId;
use ledger::receipt::Receipt;
use serde_json::{Value, json};

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
