//! `/v1/orders`

use super::accounts::find;
use super::{path_id, seen, shipments};
use crate::app::App;
use crate::http::auth::Caller;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{receipt, receipt_there, rfc3339};
use crate::http::{Look, Wish};
use crate::people::Opening;
use crate::said;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use ledger::command::{
    AddStatement, AnswerRefund, AskRefund, AwardOrder, CancelOrder, Command, ConfirmOrder,
    CorrectShipment, CreateOrder, DisputeOrder, ExtendOrder, PayOrder, RefundOrder, ShipOrder,
    WithdrawRefund,
};
use ledger::event::{Actor, Happening};
use ledger::id::{AccountId, OrderId};
use ledger::money::{AMOUNT_MAX, Money, Share};
use ledger::name::{OrderNumber, Text};
use ledger::order::{Event, Grounds, Mode, Order, Party, Stage, Terms};
use ledger::time::Seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The platform's share unless the platform says otherwise, in basis points.
const FEE: u64 = 60;
/// Deadlines of orders that name none.
const USUAL: Terms = Terms {
    pay_within: Seconds::days(3),
    ship_within: Seconds::days(7),
    confirm_within: Seconds::days(10),
    answer_within: Seconds::days(3),
    fee: Share::NONE,
};
const PARTIES: [(&str, Party); 2] = [("buyer", Party::Buyer), ("seller", Party::Seller)];
/// Events of a timeline that are shown.
const TIMELINE_MAX: usize = 200;

/// `POST /v1/orders`
pub async fn create(State(app): State<App>, wish: Wish) -> Result<Response, Problem> {
    let mut body = Body::parse(&wish.body)?;
    let order = parse(&mut body, &wish.caller)?;
    body.finish()?;
    let cell = order.seller.cell();
    let accepted = app.submit(&wish.caller, wish.name, cell, Command::CreateOrder(order)).await?;
    Ok(receipt(StatusCode::CREATED, &accepted, &[]))
}

fn parse(body: &mut Body<'_>, caller: &Caller) -> Result<CreateOrder, Problem> {
    let seller = body.id("seller", AccountId::parse)?;
    let buyer = body.id("buyer", AccountId::parse)?;
    let number = body.order_number("number")?;
    let price = body.money()?;
    let modes = [("escrow", Mode::Escrow), ("direct", Mode::Direct)];
    let mode = body.choice("mode", &modes, Some(Mode::Escrow))?;
    let subject = body.note("subject")?;
    let fee = body.optional_integer("fee_basis_points", 10_000)?;
    if fee.is_some() {
        caller.platform_only().map_err(|it| it.at("/fee_basis_points"))?;
    }
    let fee = u16::try_from(fee.unwrap_or(FEE)).ok().and_then(Share::new).unwrap_or_default();
    let mut span =
        |name, usual| -> Result<Seconds, Problem> { Ok(body.seconds(name)?.unwrap_or(usual)) };
    let terms = Terms {
        pay_within: span("pay_within_seconds", USUAL.pay_within)?,
        ship_within: span("ship_within_seconds", USUAL.ship_within)?,
        confirm_within: span("confirm_within_seconds", USUAL.confirm_within)?,
        answer_within: span("answer_within_seconds", USUAL.answer_within)?,
        fee,
    };
    Ok(CreateOrder { seller, buyer, number, price, mode, terms, subject })
}

/// An escrow order under the usual terms.
pub(crate) fn plain(
    seller: AccountId,
    buyer: AccountId,
    number: OrderNumber,
    price: Money,
) -> CreateOrder {
    let fee = u16::try_from(FEE).ok().and_then(Share::new).unwrap_or_default();
    let terms = Terms { fee, ..USUAL };
    let (mode, subject) = (Mode::Escrow, Text::default());
    CreateOrder { seller, buyer, number, price, mode, terms, subject }
}

/// `POST /v1/orders/{id}/{action}`
pub async fn act(
    State(app): State<App>,
    Path((id, action)): Path<(String, String)>,
    wish: Wish,
) -> Result<Response, Problem> {
    let order = path_id(&id, OrderId::parse)?;
    let mut body = Body::parse(&wish.body)?;
    if action == "pay" {
        return pay(&app, order, body, &wish).await;
    }
    let command = match action.as_str() {
        "ask_refund" | "answer_refund" | "dispute" | "add_statement" => {
            plea(&app, &action, order, &mut body, &wish)?
        }
        _ => command(&action, order, &mut body)?,
    };
    body.finish()?;
    let accepted = app.submit(&wish.caller, wish.name, order.cell(), command).await?;
    Ok(receipt(StatusCode::OK, &accepted, &[]))
}

fn command(action: &str, order: OrderId, body: &mut Body<'_>) -> Result<Command, Problem> {
    Ok(match action {
        "ship" => Command::ShipOrder(ShipOrder { order, shipment: shipments::parse(body)? }),
        "correct_shipment" => {
            let shipment = shipments::needed(shipments::parse(body)?)?;
            Command::CorrectShipment(CorrectShipment { order, shipment })
        }
        "confirm" => Command::ConfirmOrder(ConfirmOrder { order }),
        "cancel" => {
            let party = body.choice("party", &PARTIES, None)?;
            Command::CancelOrder(CancelOrder { order, party })
        }
        "extend" => {
            let by = body.integer("seconds", u64::from(u32::MAX))?;
            let by = Seconds(u32::try_from(by).unwrap_or(u32::MAX));
            Command::ExtendOrder(ExtendOrder { order, by })
        }
        "withdraw_refund" => Command::WithdrawRefund(WithdrawRefund { order }),
        "refund" => Command::RefundOrder(RefundOrder { order, amount: body.money()? }),
        "award" => {
            let to_buyer = body.integer("to_buyer", AMOUNT_MAX)?;
            Command::AwardOrder(AwardOrder { order, to_buyer })
        }
        _ => return Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    })
}

/// What a side asks for or answers, with what it says about it.
fn plea(
    app: &App,
    action: &str,
    order: OrderId,
    body: &mut Body<'_>,
    wish: &Wish,
) -> Result<Command, Problem> {
    let all = Grounds::ALL.map(|it| (it.code(), it));
    let (found, _) = app.read(order.cell(), |view| view.order(order))?;
    let missing = || Problem::of(&codes::ORDER_NOT_FOUND);
    let found = found.filter(|it| sees(&wish.caller, it)).ok_or_else(missing)?;
    let seal = |body: &mut Body<'_>, party| {
        let said = body.optional_text("statement")?.unwrap_or_default();
        said::seal(app, &found, party, wish.name, &said)
    };
    Ok(match action {
        "ask_refund" => {
            let (amount, grounds) = (body.money()?, body.choice("grounds", &all, None)?);
            let statement = seal(body, Party::Buyer)?;
            Command::AskRefund(AskRefund { order, amount, grounds, statement })
        }
        "answer_refund" => {
            let agree = body.choice("answer", &[("agree", true), ("refuse", false)], None)?;
            let statement = seal(body, Party::Seller)?;
            Command::AnswerRefund(AnswerRefund { order, agree, statement })
        }
        "dispute" => {
            let party = body.choice("party", &PARTIES, None)?;
            let grounds = body.choice("grounds", &all, None)?;
            let statement = seal(body, party)?;
            Command::DisputeOrder(DisputeOrder { order, party, grounds, statement })
        }
        _ => {
            let party = body.choice("party", &PARTIES, None)?;
            let empty = || Problem::of(&codes::MISSING_FIELD).at("/statement");
            let statement = seal(body, party)?.ok_or_else(empty)?;
            Command::AddStatement(AddStatement { order, party, statement })
        }
    })
}

/// Payment is asked of the buyer's cell, which may be another one than the order's.
async fn pay(
    app: &App,
    order: OrderId,
    mut body: Body<'_>,
    wish: &Wish,
) -> Result<Response, Problem> {
    let debit = body.optional_id("debit", AccountId::parse)?;
    let amount = body.money()?;
    let deliberate = body.flag("deliberate")?.unwrap_or(false);
    body.finish()?;
    let (found, _) = app.read(order.cell(), |view| view.order(order))?;
    let missing = || Problem::of(&codes::ORDER_NOT_FOUND);
    let debit = match debit {
        Some(debit) => debit,
        // Who may not see the order is not told that it is there.
        None => found.filter(|it| sees(&wish.caller, it)).ok_or_else(missing)?.buyer,
    };
    let command = Command::PayOrder(PayOrder { order, debit, amount, deliberate });
    let accepted = app.submit(&wish.caller, wish.name, debit.cell(), command).await?;
    let sent = app.settled(accepted).await?;
    Ok(receipt_there(StatusCode::OK, &accepted, sent))
}

fn sees(caller: &Caller, order: &Order) -> bool {
    caller.sees(Some(order.merchant)) || caller.sees(order.customer)
}

/// `GET /v1/orders/{id}`
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    look: Look,
) -> Result<Response, Problem> {
    let id = path_id(&id, OrderId::parse)?;
    let (found, at) = app.read(id.cell(), |view| {
        let Some(order) = view.order(id)? else { return Ok(None) };
        Ok(Some((order, view.timeline(order.last_event, TIMELINE_MAX)?)))
    })?;
    let missing = || Problem::of(&codes::ORDER_NOT_FOUND);
    let shown = found.filter(|(it, _)| sees(&look.caller, it));
    let (order, timeline) = shown.ok_or_else(missing)?;
    let mut value = render(&order);
    let request = app.engine().request_at(id.cell(), order.position)?;
    if let Command::CreateOrder(it) = request.command {
        value["subject"] = json!(it.subject.as_str());
    }
    value["shipment"] = shipments::of(&app, &order)?.as_ref().map(shipments::render).into();
    let lines = timeline.iter().rev().map(|(number, it)| line(&app, &order, *number, it));
    value["timeline"] = Value::Array(lines.collect::<Result<_, _>>()?);
    Ok(seen(&value, id.cell(), at))
}

/// Which order to show: that to which a seller gave a number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbered {
    seller: String,
    number: String,
}

/// `GET /v1/orders?seller=…&number=…`: a list of one order, or of none.
pub async fn numbered(
    State(app): State<App>,
    Query(wanted): Query<Numbered>,
    look: Look,
) -> Result<Response, Problem> {
    let (seller, _) = find(&app, &look, &wanted.seller)?;
    let wrong = || Problem::of(&codes::NUMBER_INVALID);
    let number = OrderNumber::new(&wanted.number).ok_or_else(wrong)?;
    let cell = seller.id.cell();
    let (found, at) = app.read(cell, |view| match view.numbered(seller.id, &number)? {
        Some(id) => view.order(id),
        None => Ok(None),
    })?;
    let data: Vec<Value> = found.iter().map(render).collect();
    let list = json!({ "object": "list", "data": data, "has_more": false, "next_cursor": null });
    Ok(seen(&list, cell, at))
}

fn line(app: &App, order: &Order, number: u64, it: &Happening) -> Result<Value, Problem> {
    let actor = match it.actor {
        Actor::Platform | Actor::Operator(_) => "platform".to_owned(),
        Actor::User(user) => user.to_string(),
        Actor::Bank => "bank".to_owned(),
        Actor::Clock => "deadline".to_owned(),
        Actor::Cell => "another cell".to_owned(),
    };
    let said = said::said(app, order, it)?;
    let party = said.as_ref().and_then(|it| it.party);
    let (text, erased) = match said.as_ref().and_then(|it| it.statement.as_ref()) {
        Some(Opening::Text(text)) => (Some(text.as_str()), false),
        Some(Opening::Erased) => (None, true),
        None => (None, false),
    };
    Ok(json!({
        "event": number, "kind": it.kind.code(), "actor": actor, "amount": it.amount,
        "time": rfc3339(it.time), "position": it.position.0,
        "party": PARTIES.iter().find(|(_, it)| Some(*it) == party).map(|(code, _)| *code),
        "grounds": said.as_ref().and_then(|it| it.grounds).map(Grounds::code),
        "statement": text, "statement_erased": erased,
        "reason": said.as_ref().and_then(|it| it.reason.as_deref()),
    }))
}

/// An order as JSON, with who holds the money, who acts next, by when, and what happens then.
pub(crate) fn render(it: &Order) -> Value {
    let (holder, next, then) = guide(it);
    let deadline = match it.stage {
        Stage::Paid => it.ship_by(),
        Stage::Created
        | Stage::Shipped
        | Stage::PaidRefundAsked
        | Stage::ShippedRefundAsked
        | Stage::Disputed
        | Stage::Completed
        | Stage::Refunded
        | Stage::Closed => it.due,
    };
    let allowed: Vec<&str> = Event::ALL
        .into_iter()
        .filter(|event| it.stage.next(*event).is_some())
        .map(Event::code)
        .collect();
    json!({
        "id": it.id.to_string(), "object": "order", "number": it.number.as_str(),
        "stage": it.stage.code(), "seller": it.seller.to_string(), "buyer": it.buyer.to_string(),
        "merchant": it.merchant.to_string(), "customer": it.customer.map(|it| it.to_string()),
        "amount": it.price.minor(), "currency": it.currency().code(),
        "mode": match it.mode { Mode::Escrow => "escrow", Mode::Direct => "direct" },
        "in_escrow": it.in_escrow(), "refunded": it.refunded, "refund_asked": it.asked,
        "fee": it.fee, "fee_basis_points": it.terms.fee.basis_points(),
        "created_at": rfc3339(it.created_at), "paid_at": it.paid_at.map(rfc3339),
        "shipped_at": it.shipped_at.map(rfc3339), "ended_at": it.ended_at.map(rfc3339),
        "money": {
            "held_by": holder, "next_actor": next, "deadline": deadline.map(rfc3339),
            "then": then,
        },
        "allowed": allowed,
    })
}

/// Who holds the money, who acts next, and what happens if nobody does.
fn guide(it: &Order) -> (&'static str, Option<&'static str>, &'static str) {
    match it.stage {
        Stage::Created => ("buyer", Some("buyer"), "the order closes; nothing is charged"),
        Stage::Paid => ("platform", Some("seller"), "the buyer may cancel and is refunded in full"),
        Stage::Shipped => ("platform", Some("buyer"), "the money is released to the seller"),
        Stage::PaidRefundAsked | Stage::ShippedRefundAsked => {
            ("platform", Some("seller"), "the refund that was asked for is granted")
        }
        Stage::Disputed => ("platform", Some("platform"), "nothing: the platform has to decide"),
        Stage::Completed => ("seller", None, "nothing more"),
        Stage::Refunded | Stage::Closed => ("buyer", None, "nothing more"),
    }
}
