//! `/v1/accounts`

use super::page::Page;
use super::{path_id, seen};
use crate::app::App;
use crate::freezes;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{named, receipt, rfc3339};
use crate::http::{Look, Wish};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use ledger::account::Account;
use ledger::command::{AccountChange, Command, OpenAccount, SetAccountState};
use ledger::id::{AccountId, OrderId, UserId};
use ledger::money::AMOUNT_MAX;
use ledger::order::Stage;
use ledger::posting::Posting;
use serde::Deserialize;
use serde_json::{Value, json};
use store::List;
use store::index::Direction;

/// What part of the orders of an account to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    limit: Option<usize>,
    cursor: Option<String>,
    stage: Option<String>,
}

/// `POST /v1/accounts`
pub async fn create(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let owner = body.id("owner", UserId::parse)?;
    let currency = body.currency()?;
    let balance_limit = body.optional_integer("balance_limit", AMOUNT_MAX)?.unwrap_or(0);
    body.finish()?;
    let command = Command::OpenAccount(OpenAccount { owner, currency, balance_limit });
    let accepted = app.submit(&wish.caller, wish.name, owner.cell(), command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

/// `POST /v1/accounts/{id}/freeze`, `unfreeze`, `close`, `appeal`
pub async fn change(
    State(app): State<App>,
    Path((id, change)): Path<(String, String)>,
    wish: Wish,
) -> Result<Response, Problem> {
    let account = path_id(&id, AccountId::parse)?;
    let change = match change.as_str() {
        "appeal" => return appeal(&app, account, &wish).await,
        "freeze" => AccountChange::Freeze,
        "unfreeze" => AccountChange::Unfreeze,
        "close" => AccountChange::Close,
        _ => return Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    };
    Body::parse(&wish.body)?.finish()?;
    let command = Command::SetAccountState(SetAccountState { account, change });
    let accepted = app.submit(&wish.caller, wish.name, account.cell(), command).await?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// `POST /v1/accounts/{id}/appeal`
async fn appeal(app: &App, account: AccountId, wish: &Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let plain = body.text("statement")?;
    body.finish()?;
    let (found, _) = app.read(account.cell(), |view| view.account(account))?;
    let found = found.filter(|it| wish.caller.sees(it.owner));
    let found = found.ok_or_else(|| Problem::of(&codes::ACCOUNT_NOT_FOUND))?;
    let command = Command::Appeal(freezes::appeal(app, &found, wish.name, &plain)?);
    let accepted = app.submit(&wish.caller, wish.name, account.cell(), command).await?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

/// An account as JSON.
pub(crate) fn render(it: &Account) -> Value {
    json!({
        "id": it.id.to_string(), "object": "account", "kind": it.kind.code(),
        "currency": it.currency.code(), "state": it.state.code(),
        "owner": it.owner.map(|it| it.to_string()),
        "balance": i64::try_from(it.balance()).unwrap_or(i64::MAX), "available": it.available(),
        "held": it.held, "debits": it.debits, "credits": it.credits, "entries": it.postings,
        "balance_limit": it.balance_limit, "appealed": it.appealed,
        "opened_at": rfc3339(it.opened_at),
    })
}

/// An account that the caller may see.
pub(super) fn find(app: &App, look: &Look, id: &str) -> Result<(Account, store::At), Problem> {
    let id = path_id(id, AccountId::parse)?;
    let (found, at) = app.read(id.cell(), |view| view.account(id))?;
    let seen = found.filter(|it| look.caller.sees(it.owner));
    Ok((seen.ok_or_else(|| Problem::of(&codes::ACCOUNT_NOT_FOUND))?, at))
}

/// `GET /v1/accounts/{id}`
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let (account, at) = find(&app, &look, &id)?;
    Ok(seen(&render(&account), account.id.cell(), at))
}

/// `GET /v1/accounts/{id}/entries`: the newest first.
pub async fn entries(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    look: Look,
) -> Result<Response, Problem> {
    let (account, _) = find(&app, &look, &id)?;
    let (limit, before) = (page.limit()?, page.cursor()?);
    let id = account.id;
    let (postings, at) = app.read(id.cell(), |view| view.postings_of(id, before, limit + 1))?;
    let rows = postings.iter().map(|(number, it)| (*number, entry(*number, it, id))).collect();
    Ok(seen(&page.of(rows)?, id.cell(), at))
}

fn entry(number: u64, it: &Posting, account: AccountId) -> Value {
    let debit = it.debit == account;
    let (side, counterparty) = if debit { ("debit", it.credit) } else { ("credit", it.debit) };
    json!({
        "number": number, "object": "entry", "side": side, "amount": it.amount,
        "currency": it.currency.code(),
        "balance_after": if debit { it.debit_balance } else { it.credit_balance },
        "counterparty": counterparty.to_string(), "reason": it.reason.code(),
        "subject": named(it.subject).0, "time": rfc3339(it.time), "position": it.position.0,
    })
}

/// `GET /v1/accounts/{id}/orders`: bought or sold, the newest first.
pub async fn orders(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
    look: Look,
) -> Result<Response, Problem> {
    let (account, _) = find(&app, &look, &id)?;
    let stage = wanted.stage.as_deref().map(stage).transpose()?;
    let page = Page { limit: wanted.limit, cursor: wanted.cursor };
    let (limit, after, id) = (page.limit()?, page.cursor()?, account.id);
    let mut found = Vec::new();
    let mut at = None;
    // An order lives in its seller's cell: what somebody bought may be anywhere.
    for cell in app.engine().all_cells() {
        let list = List::PartyOrders(id, stage);
        let (here, seen_at) = app.read(cell, |view| {
            let ids = view.list(list, Direction::Backwards, after, limit + 1)?;
            let orders = ids.into_iter().map(|it| view.order(OrderId::from_raw(it)));
            orders.collect::<Result<Vec<_>, _>>()
        })?;
        found.extend(here.into_iter().flatten());
        at = at.or(Some(seen_at));
    }
    found.sort_by_key(|it| std::cmp::Reverse(it.id.raw()));
    let rows = found.iter().map(|it| (it.id.raw(), super::orders::render(it))).collect();
    let at = at.ok_or_else(|| Problem::of(&codes::CELL_NOT_FOUND))?;
    Ok(seen(&page.of(rows)?, id.cell(), at))
}

fn stage(text: &str) -> Result<Stage, Problem> {
    let known = Stage::ALL.into_iter().find(|it| it.code() == text);
    let detail = format!("{text} is no stage of an order.");
    known.ok_or_else(|| Problem::new(&codes::VALUE_UNKNOWN, detail))
}
