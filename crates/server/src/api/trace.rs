//! `/v1/trace`: where money is.

use super::seen;
use crate::app::App;
use crate::http::Look;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::trace::{Side, trace};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::id::CellId;
use serde::Deserialize;
use serde_json::json;

/// From whose side to look.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    side: Option<String>,
}

/// `GET /v1/trace/{id}`
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
    look: Look,
) -> Result<Response, Problem> {
    let side = match wanted.side.as_deref() {
        None => None,
        Some("buyer") => Some(Side::Buyer),
        Some("seller") => Some(Side::Seller),
        Some(_) => {
            let detail = "side is buyer or seller.";
            return Err(Problem::new(&codes::VALUE_UNKNOWN, detail));
        }
    };
    let value = trace(&app, &look.caller, &id, side)?;
    let ((), at) = app.read(CellId::FIRST, |_| Ok(()))?;
    Ok(seen(&value, CellId::FIRST, at))
}

/// `GET /v1/signing_key`: the key by which the platform's signing key is checked.
pub async fn key(State(app): State<App>) -> Result<Response, Problem> {
    let ((), at) = app.read(CellId::FIRST, |_| Ok(()))?;
    let public = STANDARD.encode(app.signer().public());
    let value = json!({ "object": "signing_key", "algorithm": "Ed25519", "public_key": public });
    Ok(seen(&value, CellId::FIRST, at))
}
