//! What became of money between cards and accounts: `/v1/top_ups` and `/v1/withdrawals`.
//!
//! A bank answers when it likes. Whoever does not want to ask again and again says how long to wait
//! for its answer: `Prefer: wait=10`.

use super::accounts::find;
use super::page::{Page, listed};
use super::{path_id, seen};
use crate::app::App;
use crate::http::Look;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::rfc3339;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ledger::bank::{TopUp, TopUpStage, Withdrawal, WithdrawalStage};
use ledger::id::{TopUpId, UserId, WithdrawalId};
use ledger::money::Money;
use serde_json::{Value, json};
use std::time::Duration;
use store::{At, List};
use tokio::time::Instant;

/// Between two looks at something that is waited for: at first, and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(100)];

/// Something found, its account's owner, and where that was read.
type Found<T> = (Option<(T, Option<UserId>)>, At);

/// What the caller may see of it; looks again while the bank owes its answer, for as long as the
/// caller wishes to wait.
async fn patiently<T>(
    look: &Look,
    mut read: impl FnMut() -> Result<Found<T>, Problem>,
    is_open: impl Fn(&T) -> bool,
) -> Result<(Option<T>, At), Problem> {
    let until = Instant::now() + look.wait;
    let [mut pause, longest] = PAUSES;
    loop {
        let (found, at) = read()?;
        let found = found.filter(|(_, owner)| look.caller.sees(*owner)).map(|(it, _)| it);
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || !found.as_ref().is_some_and(&is_open) {
            return Ok((found, at));
        }
        tokio::time::sleep(pause.min(left)).await;
        pause = (pause * 2).min(longest);
    }
}

/// `GET /v1/top_ups/{id}`
pub async fn show_top_up(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, TopUpId::parse)?;
    let read = || {
        app.read(id.cell(), |view| {
            let Some(it) = view.top_up(id)? else { return Ok(None) };
            Ok(Some((it, view.account(it.account)?.and_then(|it| it.owner))))
        })
    };
    let is_open = |it: &TopUp| match it.stage {
        TopUpStage::Created | TopUpStage::Sent | TopUpStage::Unknown | TopUpStage::Paying => true,
        TopUpStage::Credited
        | TopUpStage::Rejected
        | TopUpStage::Returned
        | TopUpStage::Returning
        | TopUpStage::Investigating => false,
    };
    let (found, at) = patiently(&look, read, is_open).await?;
    let it = found.ok_or_else(|| Problem::of(&codes::TOP_UP_NOT_FOUND))?;
    Ok(seen(&render_top_up(&it), id.cell(), at))
}

/// What a bank moved, which may be something else than it was asked for.
fn sum(it: Option<Money>) -> Option<Value> {
    it.map(|it| json!({ "amount": it.minor(), "currency": it.currency().code() }))
}

fn render_top_up(it: &TopUp) -> Value {
    json!({
        "id": it.id.to_string(), "object": "top_up", "stage": it.stage.code(),
        "account": it.account.to_string(), "card": it.card.to_string(), "amount": it.amount.minor(),
        "currency": it.amount.currency().code(), "order": it.order.map(|it| it.to_string()),
        "withdrawal": it.withdrawal.map(|it| it.to_string()), "taken": sum(it.taken),
        "set_aside": it.set_aside, "late": it.late.map(|it| it.to_string()),
        "created_at": rfc3339(it.created_at), "changed_at": rfc3339(it.changed_at),
    })
}

/// `GET /v1/accounts/{id}/top_ups`: the newest first.
pub async fn top_ups(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    look: Look,
) -> Result<Response, Problem> {
    let (account, _) = find(&app, &look, &id)?;
    let list = List::AccountTopUps(account.id);
    listed(&app, account.id.cell(), list, &page, |view, id| {
        Ok(view.top_up(TopUpId::from_raw(id))?.as_ref().map(render_top_up))
    })
}

/// `GET /v1/withdrawals/{id}`
pub async fn show_withdrawal(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, WithdrawalId::parse)?;
    let read = || {
        app.read(id.cell(), |view| {
            let Some(it) = view.withdrawal(id)? else { return Ok(None) };
            Ok(Some((it, view.account(it.account)?.and_then(|it| it.owner))))
        })
    };
    let is_open = |it: &Withdrawal| match it.stage {
        WithdrawalStage::Created | WithdrawalStage::Sent | WithdrawalStage::Unknown => true,
        WithdrawalStage::Paid
        | WithdrawalStage::Rejected
        | WithdrawalStage::Returned
        | WithdrawalStage::Investigating => false,
    };
    let (found, at) = patiently(&look, read, is_open).await?;
    let it = found.ok_or_else(|| Problem::of(&codes::WITHDRAWAL_NOT_FOUND))?;
    Ok(seen(&render_withdrawal(&it), id.cell(), at))
}

fn render_withdrawal(it: &Withdrawal) -> Value {
    json!({
        "id": it.id.to_string(), "object": "withdrawal", "stage": it.stage.code(),
        "account": it.account.to_string(), "card": it.card.to_string(), "amount": it.amount.minor(),
        "currency": it.amount.currency().code(), "top_up": it.top_up.map(|it| it.to_string()),
        "paid": sum(it.paid), "receipt": it.receipt.map(|it| it.to_string()),
        "late": it.late.map(|it| it.to_string()), "created_at": rfc3339(it.created_at),
        "changed_at": rfc3339(it.changed_at),
    })
}

/// `GET /v1/accounts/{id}/withdrawals`: the newest first.
pub async fn withdrawals(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    look: Look,
) -> Result<Response, Problem> {
    let (account, _) = find(&app, &look, &id)?;
    let list = List::AccountWithdrawals(account.id);
    listed(&app, account.id.cell(), list, &page, |view, id| {
        Ok(view.withdrawal(WithdrawalId::from_raw(id))?.as_ref().map(render_withdrawal))
    })
}
