//! `/v1/receipts`: money that a bank moved and that nothing here accounts for. What becomes of it,
//! two people decide: see `proposals`.

use super::page::{Page, listed};
use super::{path_id, seen};
use crate::app::App;
use crate::http::Look;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{named, rfc3339};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ledger::id::{CellId, ReceiptId};
use ledger::receipt::{Receipt, ReceiptStage};
use serde::Deserialize;
use serde_json::{Value, json};
use store::List;

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

/// Which receipts to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    stage: Option<String>,
    cell: Option<u8>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// `GET /v1/receipts?stage=open`: of one cell, the newest first.
pub async fn list(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
    look: Look,
) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let Wanted { stage, cell, limit, cursor } = wanted;
    let stage = stage.as_deref().unwrap_or(ReceiptStage::Open.code());
    let found = ReceiptStage::ALL.into_iter().find(|it| it.code() == stage);
    let wrong = || {
        let all = ReceiptStage::ALL.map(ReceiptStage::code).join(", ");
        Problem::new(&codes::VALUE_UNKNOWN, format!("stage is one of: {all}."))
    };
    let list = List::StageReceipts(found.ok_or_else(wrong)?);
    let page = Page { limit, cursor };
    listed(&app, CellId::new(cell.unwrap_or(0)), list, &page, |view, id| {
        Ok(view.receipt(ReceiptId::from_raw(id))?.as_ref().map(render))
    })
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
