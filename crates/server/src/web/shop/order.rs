//! `/shop/orders/{id}`: an order that was sold, and what its seller may do.

use super::books;
use super::orders::{Chip, chip, deadline};
use crate::api::shipments;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::trace::Side;
use crate::web::form::{Form, new_key};
use crate::web::mistake::at_fault;
use crate::web::orders::plea::{self, PleaForm};
use crate::web::orders::{self, Choices, OrderView, Typed, may_state};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::{Path, State};
use ledger::command::{
    AddStatement, AnswerRefund, Command, CorrectShipment, DisputeOrder, RefundOrder, ShipOrder,
};
use ledger::id::RequestId;
use ledger::money::Money;
use ledger::order::{Event, Order, Party, Plea, Stage};

#[derive(Template)]
#[template(path = "shop/order.html")]
struct OrderPage {
    shell: Shell,
    t: words::Shop,
    key: String,
    fault: Option<String>,
    id: String,
    subject: String,
    number: String,
    chip: Chip,
    price: String,
    place: &'static str,
    held: Option<String>,
    refunded: Option<String>,
    asked: Option<String>,
    fee: Option<String>,
    created: dates::Moment,
    by: Option<dates::Moment>,
    then: Option<&'static str>,
    may_ship: bool,
    may_correct: bool,
    choices: Choices,
    typed: Typed,
    answer: PleaForm,
    statement: Option<PleaForm>,
    dispute: Option<PleaForm>,
    /// The most that can be given back: as a field's value and in words.
    refundable: Option<[String; 2]>,
    o: words::Orders,
    /// What both sides see of it.
    order: OrderView,
}

/// `GET /shop/orders/{id}`
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let it = books::order(&app, visit.merchant()?, &id)?;
    render(&page(&app, &visit, &it, new_key()?, None, None)?)
}

/// `POST /shop/orders/{id}/{action}`
pub(super) async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((id, action)): Path<(String, String)>,
    form: Form,
) -> Page {
    let signed = visit.merchant()?;
    let it = books::order(&app, signed, &id)?;
    let name = form.name(&signed.scope())?;
    let done = match command(&app, &action, &it, name, &form) {
        Ok(command) => app.submit(signed, name, it.id.cell(), command).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => see(&format!("/shop/orders/{}", it.id)),
        Err(problem) => {
            let fault = at_fault(&visit, &problem)?;
            let now = books::order(&app, signed, &id)?;
            let typed = matches!(action.as_str(), "ship" | "correct").then(|| typed(&form));
            let key = form.key_after(&problem)?;
            let page = page(&app, &visit, &now, key, Some(fault), typed)?;
            again(&page.typed(&action, &form, &problem))
        }
    }
}

/// What an action of the page asks of the ledger.
fn command(
    app: &App,
    action: &str,
    it: &Order,
    name: RequestId,
    form: &Form,
) -> Result<Command, Problem> {
    let (order, party) = (it.id, Party::Seller);
    let said = || plea::statement(app, it, party, name, form);
    match action {
        "ship" => {
            let shipment = typed(form).read()?;
            Ok(Command::ShipOrder(ShipOrder { order, shipment }))
        }
        "correct" => {
            let shipment = shipments::needed(typed(form).read()?)?;
            Ok(Command::CorrectShipment(CorrectShipment { order, shipment }))
        }
        "agree" | "refuse" => {
            let (agree, statement) = (action == "agree", said()?);
            Ok(Command::AnswerRefund(AnswerRefund { order, agree, statement }))
        }
        "add-statement" => {
            let statement = plea::needed(said()?)?;
            Ok(Command::AddStatement(AddStatement { order, party, statement }))
        }
        "dispute" => {
            let (grounds, statement) = (plea::grounds(form, Plea::Dispute(party))?, said()?);
            Ok(Command::DisputeOrder(DisputeOrder { order, party, grounds, statement }))
        }
        "refund" => {
            let typed = money::parse(form.text("amount"), it.currency());
            let amount = typed.ok_or_else(|| Problem::of(&codes::AMOUNT_INVALID))?;
            Ok(Command::RefundOrder(RefundOrder { order, amount }))
        }
        _ => Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    }
}

/// How the goods travel, as the form says it.
fn typed(form: &Form) -> Typed {
    Typed::of(form, "carrier", "tracking_number")
}

impl OrderPage {
    /// The same with what was typed in one of its forms, to be mended.
    fn typed(mut self, action: &str, form: &Form, problem: &Problem) -> OrderPage {
        match action {
            "agree" | "refuse" => self.answer = self.answer.again(form, Some(problem)),
            "add-statement" => {
                self.statement = self.statement.map(|it| it.again(form, Some(problem)));
            }
            "dispute" => self.dispute = self.dispute.map(|it| it.again(form, Some(problem))),
            _ => {}
        }
        self
    }
}

fn page(
    app: &App,
    visit: &Visit,
    it: &Order,
    key: String,
    fault: Option<String>,
    typed: Option<Typed>,
) -> Result<OrderPage, Problem> {
    let t = words::Shop(visit.lang);
    let subject = books::subject(app, it)?;
    let some = |units: u64| (units > 0).then(|| money::amount(Money::new(units, it.currency())));
    let by = deadline(it);
    let said = shipments::of(app, it)?;
    Ok(OrderPage {
        shell: visit.shell(app, subject.clone()),
        t,
        key,
        fault,
        id: it.id.to_string(),
        subject,
        number: it.number.as_str().to_owned(),
        chip: chip(t, it.stage),
        price: money::amount(it.price),
        place: place(t, it.stage),
        held: some(it.in_escrow()),
        refunded: some(it.refunded),
        asked: some(it.asked).filter(|_| asked(it.stage)),
        fee: some(it.fee),
        created: dates::Moment::new(visit.lang, it.created_at),
        by: by.map(|by| dates::Moment::new(visit.lang, by).relative()),
        then: by.and(then(t, it.stage)),
        may_ship: it.stage.next(Event::Ship).is_some(),
        may_correct: it.stage.next(Event::CorrectShipment).is_some(),
        choices: Choices::new(visit.lang),
        typed: typed.unwrap_or_else(|| said.as_ref().map(Typed::from).unwrap_or_default()),
        answer: PleaForm::new(visit.lang, None, false),
        statement: may_state(it, Party::Seller).then(|| PleaForm::new(visit.lang, None, true)),
        dispute: it
            .stage
            .next(Event::Dispute)
            .map(|_| PleaForm::new(visit.lang, Some(Plea::Dispute(Party::Seller)), false)),
        refundable: may_refund(it).then(|| {
            let (most, currency) = (it.refundable(), it.currency());
            [money::plain(most, currency), money::minor(most, currency)]
        }),
        o: words::Orders(visit.lang),
        order: orders::order_view(app, visit, it, Side::Seller)?,
    })
}

/// Whether the buyer waits for an answer.
fn asked(stage: Stage) -> bool {
    stage.next(Event::RefuseRefund).is_some()
}

/// Whether a shop may give money back of its own accord; a wish is answered first.
fn may_refund(it: &Order) -> bool {
    it.refundable() > 0 && it.stage.next(Event::RefundAll).is_some() && !asked(it.stage)
}

/// Who has the money.
fn place(t: words::Shop, stage: Stage) -> &'static str {
    match stage {
        Stage::Created | Stage::Closed => t.money_not_paid(),
        Stage::Paid
        | Stage::Shipped
        | Stage::PaidRefundAsked
        | Stage::ShippedRefundAsked
        | Stage::Disputed => t.money_held(),
        Stage::Completed => t.money_yours(),
        Stage::Refunded => t.money_back(),
    }
}

/// What happens at the deadline.
fn then(t: words::Shop, stage: Stage) -> Option<&'static str> {
    match stage {
        Stage::Created => Some(t.then_closes()),
        Stage::Paid => Some(t.then_may_cancel()),
        Stage::Shipped => Some(t.then_released()),
        Stage::PaidRefundAsked | Stage::ShippedRefundAsked => Some(t.then_granted()),
        Stage::Disputed | Stage::Completed | Stage::Refunded | Stage::Closed => None,
    }
}
