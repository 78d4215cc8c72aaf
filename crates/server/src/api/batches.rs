//! `/v1/batches`: thousands of transfers in one request, each under a name of its own and with its
//! own answer. A batch that was cut off is sent again as it was, or in other pieces.

use crate::app::{App, request_name};
use crate::http::auth::Caller;
use crate::http::body::Body;
use crate::http::problem::Problem;
use crate::http::read_body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use engine::{Answered, NotDone};
use http::{HeaderValue, StatusCode, header};
use ledger::command::{Command, Outcome, Request as Asked, Transfer};
use ledger::currency::Currency;
use ledger::event::Subject;
use ledger::id::{AccountId, CellId};
use ledger::money::{AMOUNT_MAX, Money};
use serde::Deserialize;
use std::fmt::Write as _;
use tokio::sync::oneshot;

/// The most items of one batch.
pub const ITEMS_MAX: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch<'a> {
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item<'a> {
    id: &'a str,
    debit: &'a str,
    credit: &'a str,
    amount: u64,
    currency: Option<&'a str>,
}

/// `POST /v1/batches`
pub async fn create(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let caller = app.callers().find(request.headers())?;
    caller.may_write()?;
    let body = read_body(request, &app).await?;
    let batch = parse(&body)?;
    let requests = plan(&caller, &batch)?;
    let mut told = Vec::with_capacity(requests.len());
    for (cell, requests) in requests {
        let (places, requests): (Vec<usize>, Vec<Asked>) = requests.into_iter().unzip();
        let (tell, answers) = oneshot::channel();
        let queued = app.engine().submit_batch(cell, &requests, move |it| drop(tell.send(it)));
        // What was queued before stands; whoever sends the batch again is told about it.
        queued?;
        told.push((places, answers));
    }
    let mut answers: Vec<Option<Answered>> = vec![None; batch.items.len()];
    for (places, waiting) in told {
        let here = waiting.await.unwrap_or(Err(NotDone::Unknown))?;
        for (place, answer) in places.into_iter().zip(here) {
            answers[place] = Some(answer);
        }
    }
    Ok(render(&batch, &answers))
}

/// The fast way; what it cannot read is read again the strict way, which names what is wrong.
fn parse(body: &[u8]) -> Result<Batch<'_>, Problem> {
    match serde_json::from_slice::<Batch<'_>>(body) {
        Ok(batch) if batch.items.is_empty() || batch.items.len() > ITEMS_MAX => {
            let detail = format!("A batch has 1 to {ITEMS_MAX} items.");
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "count_out_of_range", detail))
        }
        Ok(batch) => Ok(batch),
        Err(error) => {
            let mut body = Body::parse(body)?;
            for mut item in body.objects("items")? {
                item.text("id")?;
                item.id("debit", AccountId::parse)?;
                item.id("credit", AccountId::parse)?;
                let _ = item.money()?;
                item.finish()?;
            }
            body.finish()?;
            let detail = format!("The batch cannot be read: {error}.");
            Err(Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail))
        }
    }
}

/// The requests of each cell, with their places in the batch.
type Plan = Vec<(CellId, Vec<(usize, Asked)>)>;

fn plan(caller: &Caller, batch: &Batch<'_>) -> Result<Plan, Problem> {
    let scope = caller.scope();
    let mut plan: Plan = Vec::new();
    for (at, item) in batch.items.iter().enumerate() {
        let asked = asked(caller, &scope, item).map_err(|(code, field)| {
            let detail = format!("Item {at}, {field}: not what it must be. Nothing was done.");
            let problem = Problem::new(StatusCode::BAD_REQUEST, code, detail);
            problem.at(format!("/items/{at}/{field}"))
        })?;
        let transfer = if let Command::Transfer(it) = &asked.command { Some(it) } else { None };
        let cell = transfer.map_or(CellId::FIRST, |it| it.debit.cell());
        match plan.iter_mut().find(|(it, _)| *it == cell) {
            Some((_, requests)) => requests.push((at, asked)),
            None => plan.push((cell, vec![(at, asked)])),
        }
    }
    Ok(plan)
}

fn asked(
    caller: &Caller,
    scope: &str,
    item: &Item<'_>,
) -> Result<Asked, (&'static str, &'static str)> {
    if item.id.is_empty() || item.id.len() > crate::http::KEY_MAX {
        return Err(("id_invalid", "id"));
    }
    let account = |text, field| AccountId::parse(text).map_err(|_| ("id_invalid", field));
    let currency = item.currency.map_or(Some(Currency::CNY), Currency::from_code);
    let currency = currency.ok_or(("currency_unknown", "currency"))?;
    if !(1..=AMOUNT_MAX).contains(&item.amount) {
        return Err(("amount_invalid", "amount"));
    }
    let transfer = Transfer {
        debit: account(item.debit, "debit")?,
        credit: account(item.credit, "credit")?,
        amount: Money::new(item.amount, currency),
    };
    let id = request_name(scope, item.id);
    Ok(Asked { id, actor: caller.actor(), command: Command::Transfer(transfer) })
}

fn render(batch: &Batch<'_>, answers: &[Option<Answered>]) -> Response {
    let mut results = String::with_capacity(batch.items.len() * 80);
    let (mut accepted, mut rejected) = (0, 0);
    for (item, answer) in batch.items.iter().zip(answers) {
        let comma = if results.is_empty() { "" } else { "," };
        let id = serde_json::Value::from(item.id);
        let outcome = answer.map(|it| it.answer.outcome);
        let written = match outcome {
            Some(Outcome::Accepted(Subject::Transfer(it))) => {
                accepted += 1;
                write!(
                    results,
                    "{comma}{{\"id\":{id},\"status\":\"accepted\",\"transfer\":\"{it}\"}}"
                )
            }
            Some(Outcome::Accepted(subject)) => {
                accepted += 1;
                let (name, _) = crate::http::receipt::named(subject);
                write!(
                    results,
                    "{comma}{{\"id\":{id},\"status\":\"accepted\",\"remittance\":\"{name}\"}}"
                )
            }
            Some(Outcome::Rejected(it)) => {
                rejected += 1;
                let code = it.code();
                write!(
                    results,
                    "{comma}{{\"id\":{id},\"status\":\"rejected\",\"code\":\"{code}\"}}"
                )
            }
            None => write!(results, "{comma}{{\"id\":{id},\"status\":\"unknown\"}}"),
        };
        written.expect("a string takes whatever is written");
    }
    let body = format!(
        "{{\"object\":\"batch\",\"accepted\":{accepted},\"rejected\":{rejected},\
         \"results\":[{results}]}}"
    );
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
