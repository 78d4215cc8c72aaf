//! `/v1/batches`: thousands of movements in one request, each under a name of its own and with its
//! own answer. A batch that was cut off is sent again as it was, or in other pieces.
//!
//! An item is a transfer, unless its `action` says that it creates, pays, ships or confirms an
//! order, or opens an account.

use super::{orders, shipments};
use crate::app::{App, request_name};
use crate::http::auth::Caller;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::named;
use crate::http::{BATCH_MAX, read_body};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use engine::{Answered, NotDone};
use http::{HeaderValue, header};
use ledger::command::{
    Command, ConfirmOrder, OpenAccount, Outcome, PayOrder, Request as Asked, ShipOrder, Transfer,
};
use ledger::currency::Currency;
use ledger::id::{AccountId, CellId, OrderId, UserId};
use ledger::money::{AMOUNT_MAX, Money};
use ledger::name::OrderNumber;
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
    action: Option<&'a str>,
    owner: Option<&'a str>,
    debit: Option<&'a str>,
    credit: Option<&'a str>,
    order: Option<&'a str>,
    seller: Option<&'a str>,
    buyer: Option<&'a str>,
    number: Option<&'a str>,
    carrier: Option<&'a str>,
    tracking_number: Option<&'a str>,
    amount: Option<u64>,
    currency: Option<&'a str>,
}

/// The texts that an item may have, besides its `id`.
const TEXTS: [&str; 11] = [
    "action",
    "owner",
    "debit",
    "credit",
    "order",
    "seller",
    "buyer",
    "number",
    "carrier",
    "tracking_number",
    "currency",
];

/// `POST /v1/batches`
pub async fn create(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let caller = app.callers().find(request.headers())?;
    caller.may_write()?;
    let body = read_body(request, BATCH_MAX).await?;
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
            Err(Problem::new(&codes::COUNT_OUT_OF_RANGE, detail))
        }
        Ok(batch) => Ok(batch),
        Err(error) => {
            let mut body = Body::parse(body)?;
            for mut item in body.objects("items")? {
                item.text("id")?;
                for name in TEXTS {
                    item.optional_text(name)?;
                }
                item.optional_integer("amount", u64::MAX)?;
                item.finish()?;
            }
            body.finish()?;
            let detail = format!("The batch cannot be read: {error}.");
            Err(Problem::new(&codes::MALFORMED_JSON, detail))
        }
    }
}

/// The requests of each cell, with their places in the batch.
type Plan = Vec<(CellId, Vec<(usize, Asked)>)>;

fn plan(caller: &Caller, batch: &Batch<'_>) -> Result<Plan, Problem> {
    let scope = caller.scope();
    let mut plan: Plan = Vec::new();
    for (at, item) in batch.items.iter().enumerate() {
        let (cell, asked) = asked(caller, &scope, item).map_err(|Wrong(code, field)| {
            let detail = format!("Item {at}, {field}: not what it must be. Nothing was done.");
            let problem = Problem::new(code, detail);
            problem.at(format!("/items/{at}/{field}"))
        })?;
        match plan.iter_mut().find(|(it, _)| *it == cell) {
            Some((_, requests)) => requests.push((at, asked)),
            None => plan.push((cell, vec![(at, asked)])),
        }
    }
    Ok(plan)
}

/// The code of what is wrong, and the member that is to blame.
struct Wrong(&'static codes::Code, &'static str);

fn asked(caller: &Caller, scope: &str, item: &Item<'_>) -> Result<(CellId, Asked), Wrong> {
    if item.id.is_empty() || item.id.len() > crate::http::KEY_MAX {
        return Err(Wrong(&codes::ID_INVALID, "id"));
    }
    let (cell, command) = command(item)?;
    Ok((cell, Asked { id: request_name(scope, item.id), actor: caller.actor(), command }))
}

/// What an item asks for, and of which cell.
fn command(item: &Item<'_>) -> Result<(CellId, Command), Wrong> {
    let known: &[&str] = match item.action {
        None | Some("transfer") => &["debit", "credit", "amount", "currency"],
        Some("open_account") => &["owner", "currency"],
        Some("create_order") => &["seller", "buyer", "number", "amount", "currency"],
        Some("pay_order") => &["order", "debit", "amount", "currency"],
        Some("ship_order") => &["order", "carrier", "tracking_number"],
        Some("confirm_order") => &["order"],
        Some(_) => return Err(Wrong(&codes::VALUE_UNKNOWN, "action")),
    };
    item.has_only(known)?;
    Ok(match item.action {
        Some("open_account") => {
            let owner = item.owner.ok_or(Wrong(&codes::MISSING_FIELD, "owner"))?;
            let owner = UserId::parse(owner).map_err(|_| Wrong(&codes::ID_INVALID, "owner"))?;
            let currency = item.currency()?;
            let command = OpenAccount { owner, currency, balance_limit: 0 };
            (owner.cell(), Command::OpenAccount(command))
        }
        Some("create_order") => {
            let (seller, buyer) = (item.account("seller")?, item.account("buyer")?);
            let number = item.number.ok_or(Wrong(&codes::MISSING_FIELD, "number"))?;
            let number = OrderNumber::new(number).ok_or(Wrong(&codes::NUMBER_INVALID, "number"))?;
            (
                seller.cell(),
                Command::CreateOrder(orders::plain(seller, buyer, number, item.money()?)),
            )
        }
        Some("pay_order") => {
            let (order, debit) = (item.order()?, item.account("debit")?);
            let amount = item.money()?;
            (debit.cell(), Command::PayOrder(PayOrder { order, debit, amount, deliberate: false }))
        }
        Some("ship_order") => {
            let order = item.order()?;
            let carrier = item.carrier.unwrap_or_default();
            let number = item.tracking_number.unwrap_or_default();
            let shipment = shipments::read(carrier, number)
                .map_err(|it| Wrong(&codes::SHIPMENT_INVALID, it.field()))?;
            (order.cell(), Command::ShipOrder(ShipOrder { order, shipment }))
        }
        Some("confirm_order") => {
            let order = item.order()?;
            (order.cell(), Command::ConfirmOrder(ConfirmOrder { order }))
        }
        Some(_) | None => {
            let (debit, credit) = (item.account("debit")?, item.account("credit")?);
            let amount = item.money()?;
            (debit.cell(), Command::Transfer(Transfer { debit, credit, amount }))
        }
    })
}

impl Item<'_> {
    /// Refuses members that the action does not know.
    fn has_only(&self, known: &[&str]) -> Result<(), Wrong> {
        let there = [
            ("owner", self.owner.is_some()),
            ("debit", self.debit.is_some()),
            ("credit", self.credit.is_some()),
            ("order", self.order.is_some()),
            ("seller", self.seller.is_some()),
            ("buyer", self.buyer.is_some()),
            ("number", self.number.is_some()),
            ("carrier", self.carrier.is_some()),
            ("tracking_number", self.tracking_number.is_some()),
            ("amount", self.amount.is_some()),
            ("currency", self.currency.is_some()),
        ];
        let strange = there.iter().find(|(name, there)| *there && !known.contains(name));
        match strange {
            Some((name, _)) => Err(Wrong(&codes::UNKNOWN_FIELD, name)),
            None => Ok(()),
        }
    }

    fn account(&self, name: &'static str) -> Result<AccountId, Wrong> {
        let text = match name {
            "debit" => self.debit,
            "credit" => self.credit,
            "seller" => self.seller,
            _ => self.buyer,
        };
        AccountId::parse(text.ok_or(Wrong(&codes::MISSING_FIELD, name))?)
            .map_err(|_| Wrong(&codes::ID_INVALID, name))
    }

    fn order(&self) -> Result<OrderId, Wrong> {
        OrderId::parse(self.order.ok_or(Wrong(&codes::MISSING_FIELD, "order"))?)
            .map_err(|_| Wrong(&codes::ID_INVALID, "order"))
    }

    fn currency(&self) -> Result<Currency, Wrong> {
        let currency = self.currency.map_or(Some(Currency::CNY), Currency::from_code);
        currency.ok_or(Wrong(&codes::CURRENCY_UNKNOWN, "currency"))
    }

    fn money(&self) -> Result<Money, Wrong> {
        let amount = self.amount.ok_or(Wrong(&codes::MISSING_FIELD, "amount"))?;
        let currency = self.currency()?;
        if (1..=AMOUNT_MAX).contains(&amount) {
            Ok(Money::new(amount, currency))
        } else {
            Err(Wrong(&codes::AMOUNT_INVALID, "amount"))
        }
    }
}

/// A target for fuzzing: a batch that is read at all is one that makes sense item by item, or not,
/// without harm. See `ledger::fuzz`.
pub(crate) fn fuzz(bytes: &[u8]) {
    let Ok(batch) = parse(bytes) else { return };
    assert!((1..=ITEMS_MAX).contains(&batch.items.len()));
    for item in &batch.items {
        let Ok((cell, command)) = command(item) else { continue };
        if let Command::Transfer(it) = command {
            assert_eq!(cell, it.debit.cell());
            assert!((1..=AMOUNT_MAX).contains(&it.amount.minor()));
        }
    }
}

fn render(batch: &Batch<'_>, answers: &[Option<Answered>]) -> Response {
    let mut results = String::with_capacity(batch.items.len() * 80);
    let (mut accepted, mut rejected) = (0, 0);
    for (item, answer) in batch.items.iter().zip(answers) {
        let comma = if results.is_empty() { "" } else { "," };
        let id = serde_json::Value::from(item.id);
        let outcome = answer.map(|it| it.answer.outcome);
        let written = match outcome {
            Some(Outcome::Accepted(subject)) => {
                accepted += 1;
                let (name, object) = named(subject);
                write!(
                    results,
                    "{comma}{{\"id\":{id},\"status\":\"accepted\",\"{object}\":\"{name}\"}}"
                )
            }
            Some(Outcome::Rejected(it)) => {
                rejected += 1;
                let code = codes::of(&it).name;
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
