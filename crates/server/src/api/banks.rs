//! `/v1/cards`, what is asked of a bank with them, and `/v1/banks`

use super::page::{Page, listed};
use super::{path_id, seen};
use crate::app::App;
use crate::banks::{self, Desk, Waiting};
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{receipt, rfc3339};
use crate::http::{BODY_MAX, Look, Wish, read_body};
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use bank::Silence;
use http::StatusCode;
use ledger::command::{AddCard, Command, StartTopUp, StartWithdrawal};
use ledger::id::{AccountId, CardId, CellId, OrderId, UserId};
use ledger::name::Text;
use ledger::registry::Card;
use ledger::time::Time;
use serde_json::{Value, json};
use std::sync::Arc;
use store::List;

/// `POST /v1/cards`: the number goes to the bank, whose token for it is kept; the number itself is
/// sealed under its owner's key.
pub async fn add_card(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let user = body.id("user", UserId::parse)?;
    let number = body.text("number")?;
    let bank = body.optional_text("bank")?;
    body.finish()?;
    let card = card_of(&app, user, bank.as_deref(), &number).await?;
    let command = app.people().sealed_card(wish.name, card, &number)?;
    let accepted = app.submit(&wish.caller, wish.name, user.cell(), command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

/// What adds a bank card to a user: the bank, and its token for the number.
pub(crate) async fn card_of(
    app: &App,
    user: UserId,
    bank: Option<&str>,
    number: &str,
) -> Result<AddCard, Problem> {
    let digits = number.bytes().all(|it| it.is_ascii_digit());
    if !digits || !(12..=19).contains(&number.len()) {
        let detail = "number has 12 to 19 digits and nothing between them.";
        return Err(Problem::new(&codes::CARD_NUMBER_INVALID, detail).at("/number"));
    }
    let silent = |error: Silence| {
        let detail = format!("The bank did not answer: {error}. No card was added.");
        Problem::new(&codes::BANK_SILENT, detail)
    };
    let desk = chosen(app, bank)?;
    let told = desk.channel().tokenise(number).await.map_err(silent)?;
    let refused = || {
        let detail = "The bank does not know this card number.";
        Problem::new(&codes::CARD_REFUSED, detail).at("/number")
    };
    let token = told.and_then(|it| Text::new(&it)).ok_or_else(refused)?;
    let last_four = number.get(number.len() - 4..).and_then(|it| it.parse().ok()).unwrap_or(0);
    Ok(AddCard { user, bank: desk.name(), token, last_four })
}

/// The bank with this name; without a name, the only one.
pub(super) fn chosen<'a>(app: &'a App, name: Option<&str>) -> Result<&'a Arc<Desk>, Problem> {
    let banks = app.need_banks()?;
    let detail = match name {
        Some(name) => match app.banks().named(name) {
            Some(desk) => return Ok(desk),
            None => "This server has no bank with this name.",
        },
        None => match banks {
            [only] => return Ok(only),
            _ => "This server has several banks: say which one the card is of.",
        },
    };
    let names: Vec<String> = banks.iter().map(|it| it.name().to_string()).collect();
    let detail = format!("{detail} It has: {}.", names.join(", "));
    Err(Problem::new(&codes::BANK_NOT_FOUND, detail).at("/bank"))
}

/// `POST /v1/top_ups`
pub async fn top_up(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let account = body.id("account", AccountId::parse)?;
    let card = body.id("card", CardId::parse)?;
    let amount = body.money()?;
    let order = body.optional_id("order", OrderId::parse)?;
    let deliberate = body.flag("deliberate")?.unwrap_or(false);
    body.finish()?;
    app.bank_must_answer(account.cell(), wish.name, card)?;
    let command = Command::TopUp(StartTopUp { account, card, amount, order, deliberate });
    let accepted = app.submit(&wish.caller, wish.name, account.cell(), command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

/// `POST /v1/withdrawals`
pub async fn withdraw(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let account = body.id("account", AccountId::parse)?;
    let card = body.id("card", CardId::parse)?;
    let amount = body.money()?;
    body.finish()?;
    app.bank_of(card)?;
    let command = Command::Withdraw(StartWithdrawal { account, card, amount });
    let accepted = app.submit(&wish.caller, wish.name, account.cell(), command).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

fn render(it: &Card) -> Value {
    json!({
        "id": it.id.to_string(), "object": "card", "user": it.user.to_string(),
        "last_four": format!("{:04}", it.last_four), "created_at": rfc3339(it.created_at),
    })
}

/// `GET /v1/cards/{id}`
pub async fn show_card(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, CardId::parse)?;
    let (found, at) = app.read(id.cell(), |view| view.card(id))?;
    let seen_by = found.filter(|it| look.caller.sees(Some(it.user)));
    let card = seen_by.ok_or_else(|| Problem::of(&codes::CARD_NOT_FOUND))?;
    Ok(seen(&render(&card), id.cell(), at))
}

/// `GET /v1/users/{id}/cards`: the newest first.
pub async fn cards(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, UserId::parse)?;
    if !look.caller.sees(Some(id)) {
        return Err(Problem::of(&codes::USER_NOT_FOUND));
    }
    listed(&app, id.cell(), List::UserCards(id), &page, |view, card| {
        Ok(view.card(CardId::from_raw(card))?.as_ref().map(render))
    })
}

/// `GET /v1/banks`: what each owes, and whether it answers; and in a sandbox the address of the
/// simulated bank, whose books are open.
pub async fn list(State(app): State<App>, look: Look) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let ((), at) = app.read(CellId::FIRST, |_| Ok(()))?;
    let now = app.engine().now(CellId::FIRST)?;
    let sandbox = app.engine().sandbox();
    let data: Vec<Value> =
        app.banks().all().iter().map(|it| render_bank(it, now, sandbox)).collect();
    Ok(seen(&json!({ "object": "list", "data": data, "has_more": false }), CellId::FIRST, at))
}

fn render_bank(desk: &Desk, now: Time, sandbox: bool) -> Value {
    let Waiting { created, sent, unknown, oldest } = desk.waiting();
    let [instructions, questions, silences] = desk.calls();
    let waited = oldest.map_or(0, |it| now.0.saturating_sub(it.0) / 1_000);
    let channel = desk.channel();
    json!({
        "name": desk.name().as_str(), "url": sandbox.then(|| channel.url()),
        "paused": desk.breaker().is_open(), "oldest_unanswered_seconds": waited,
        "created": created, "sent": sent, "unknown": unknown,
        "instructions": instructions, "questions": questions, "silences": silences,
        "notices_refused": channel.refused_notices(),
    })
}

/// `POST /v1/banks/notices`: of the only bank.
pub async fn notice_of_the_only(
    State(app): State<App>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let desk = chosen(&app, None)?.clone();
    take_notice(&app, &desk, request).await
}

/// `POST /v1/banks/{name}/notices`
pub async fn notice(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let desk = chosen(&app, Some(&name))?.clone();
    take_notice(&app, &desk, request).await
}

/// Needs no key, but the bank's signature. Even then the notice is not believed: it is a reason to
/// ask.
async fn take_notice(app: &App, desk: &Desk, request: Request) -> Result<StatusCode, Problem> {
    let path = request.uri().path_and_query().map_or("/", |it| it.as_str()).to_owned();
    let headers = request.headers().clone();
    let body = read_body(request, BODY_MAX).await?;
    let notice = desk.channel().notice(&path, &headers, &body).map_err(|why| match why {
        Silence::Untrusted(why) => {
            let detail = format!("This is not a notice of the bank: {why}.");
            Problem::new(&codes::UNAUTHENTICATED, detail)
        }
        Silence::Garbled(_) | Silence::Timeout | Silence::Connection(_) => {
            Problem::new(&codes::MALFORMED_JSON, why.to_string())
        }
    })?;
    banks::notice(app, desk, &notice);
    Ok(StatusCode::NO_CONTENT)
}
