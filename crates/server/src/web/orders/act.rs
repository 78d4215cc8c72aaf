//! What a buyer does with an order: first a page that says what it will do to the money, then the
//! deed.

use super::plea::{self, PleaForm};
use super::stages::{self, Act};
use super::{find, subject};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::trace::Side;
use crate::web::form::{self, Form};
use crate::web::mistake::said;
use crate::web::page::{Page, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::{Path, State};
use http::StatusCode;
use ledger::command::{
    AddStatement, AskRefund, CancelOrder, Command, ConfirmOrder, DisputeOrder, WithdrawRefund,
};
use ledger::id::RequestId;
use ledger::money::Money;
use ledger::order::{Order, Party, Plea, Stage};

#[derive(Template)]
#[template(path = "orders/review.html")]
struct Review {
    shell: Shell,
    t: words::Orders,
    key: String,
    id: String,
    act: &'static str,
    name: &'static str,
    danger: bool,
    effect: String,
    subject: String,
    price: String,
    due: Option<dates::Moment>,
    /// Until when the seller answers, if the buyer asks now.
    answer: Option<dates::Moment>,
    refund: Option<Refund>,
    plea: Option<PleaForm>,
    alert: Option<[&'static str; 2]>,
}

/// The field for the amount of a refund.
struct Refund {
    value: String,
    most: String,
    most_plain: String,
    wrong: bool,
}

/// What the button of an act says.
pub(super) fn name(t: words::Orders, act: Act) -> &'static str {
    match act {
        Act::Pay => t.act_pay(),
        Act::Cancel => t.act_cancel(),
        Act::Confirm => t.act_confirm(),
        Act::AskRefund => t.act_ask_refund(),
        Act::WithdrawRefund => t.act_withdraw_refund(),
        Act::Dispute => t.act_dispute(),
        Act::AddStatement => t.act_add_statement(),
    }
}

/// What an act will do to the money.
fn effect(t: words::Orders, act: Act, order: &Order) -> String {
    let held = money::minor(order.in_escrow(), order.currency());
    match act {
        Act::Cancel if order.stage == Stage::Created => t.effect_cancel_unpaid().to_owned(),
        Act::Cancel => t.effect_cancel(held),
        Act::Confirm => t.effect_confirm(held),
        Act::AskRefund => t.effect_ask_refund().to_owned(),
        Act::WithdrawRefund => t.effect_withdraw_refund(held),
        Act::Dispute => t.effect_dispute(held),
        Act::AddStatement => t.effect_add_statement().to_owned(),
        Act::Pay => String::new(),
    }
}

/// An act that has a page here: paying has one of its own.
fn parse(code: &str) -> Result<Act, Problem> {
    let found = Act::named(code).filter(|it| *it != Act::Pay);
    found.ok_or_else(|| Problem::of(&codes::ROUTE_NOT_FOUND))
}

/// `GET /orders/{id}/{act}`
pub(super) async fn review(
    State(app): State<App>,
    visit: Visit,
    Path((id, code)): Path<(String, String)>,
) -> Page {
    let order = find(&app, visit.customer()?.user, &id, Side::Buyer)?;
    let act = parse(&code)?;
    let now = app.engine().now(order.id.cell())?;
    if stages::acts(&order, now).contains(&act) {
        ask(&app, &visit, &order, act, None)
    } else {
        // It went on meanwhile: the order says how.
        see(&format!("/orders/{id}"))
    }
}

/// The page that asks; with what was wrong, if something was.
fn ask(app: &App, visit: &Visit, order: &Order, act: Act, wrong: Option<&Wrong<'_>>) -> Page {
    let t = words::Orders(visit.lang);
    let (most, currency) = (order.refundable(), order.currency());
    let refund = (act == Act::AskRefund).then(|| Refund {
        value: wrong
            .map_or_else(|| money::plain(most, currency), |it| it.form.text("amount").to_owned()),
        most: money::minor(most, currency),
        most_plain: money::plain(most, currency),
        wrong: wrong.is_some_and(|it| it.problem.code.name == codes::AMOUNT_INVALID.name),
    });
    let plea = wants(act).map(|(plea, required)| {
        let fields = PleaForm::new(visit.lang, plea, required);
        match wrong {
            Some(it) => fields.again(it.form, Some(&it.problem)),
            None => fields,
        }
    });
    // What a field says is not said twice.
    let told =
        plea.as_ref().is_some_and(PleaForm::says) || refund.as_ref().is_some_and(|it| it.wrong);
    let problem = wrong.map(|it| &it.problem).filter(|_| !told);
    let alert = problem.map(|it| said(visit.lang, it.code));
    let answer = if act == Act::AskRefund {
        let by = app.engine().now(order.id.cell())?.after(order.terms.answer_within);
        Some(dates::Moment::new(visit.lang, by).relative())
    } else {
        None
    };
    let review = Review {
        shell: visit.shell(app, name(t, act)),
        key: form::new_key()?,
        id: order.id.to_string(),
        act: act.code(),
        name: name(t, act),
        danger: matches!(act, Act::Cancel | Act::Confirm),
        effect: effect(t, act, order),
        subject: subject(app, order)?,
        price: money::amount(order.price),
        due: order.due.map(|it| dates::Moment::new(visit.lang, it).relative()),
        answer,
        t,
        refund,
        plea,
        alert,
    };
    let mut page = render(&review)?;
    if wrong.is_some() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// Why a form is shown again, and what was typed.
struct Wrong<'a> {
    form: &'a Form,
    problem: Problem,
}

/// What was typed as an amount, if so much can go back.
fn amount(typed: Option<Money>, most: u64) -> Option<Money> {
    typed.filter(|it| (1..=most).contains(&it.minor()))
}

/// What an act asks to be told: grounds for something, and whether there have to be words.
fn wants(act: Act) -> Option<(Option<Plea>, bool)> {
    match act {
        Act::AskRefund => Some((Some(Plea::Refund), false)),
        Act::Dispute => Some((Some(Plea::Dispute(Party::Buyer)), false)),
        Act::AddStatement => Some((None, true)),
        Act::Pay | Act::Cancel | Act::Confirm | Act::WithdrawRefund => None,
    }
}

/// What an act asks of the ledger.
fn command(
    app: &App,
    it: &Order,
    act: Act,
    name: RequestId,
    form: &Form,
) -> Result<Command, Problem> {
    let (order, party) = (it.id, Party::Buyer);
    let said = || plea::statement(app, it, party, name, form);
    Ok(match act {
        Act::Cancel => Command::CancelOrder(CancelOrder { order, party }),
        Act::Confirm => Command::ConfirmOrder(ConfirmOrder { order }),
        Act::WithdrawRefund => Command::WithdrawRefund(WithdrawRefund { order }),
        Act::Dispute => {
            let grounds = plea::grounds(form, Plea::Dispute(party))?;
            Command::DisputeOrder(DisputeOrder { order, party, grounds, statement: said()? })
        }
        Act::AddStatement => {
            let statement = plea::needed(said()?)?;
            Command::AddStatement(AddStatement { order, party, statement })
        }
        Act::AskRefund => {
            let typed = money::parse(form.text("amount"), it.currency());
            let wrong = || Problem::of(&codes::AMOUNT_INVALID);
            let amount = amount(typed, it.price.minor()).ok_or_else(wrong)?;
            let (grounds, statement) = (plea::grounds(form, Plea::Refund)?, said()?);
            Command::AskRefund(AskRefund { order, amount, grounds, statement })
        }
        Act::Pay => return Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    })
}

/// Problems that a form is shown again for, with what was typed.
fn mendable(problem: &Problem) -> bool {
    let all = [
        &codes::AMOUNT_INVALID,
        &codes::REFUND_TOO_LARGE,
        &codes::EVENT_NOT_ALLOWED,
        &codes::GROUNDS_NOT_ALLOWED,
        &codes::STATEMENT_INVALID,
        &codes::STATEMENT_LIMIT_REACHED,
        &codes::MISSING_FIELD,
    ];
    all.iter().any(|it| it.name == problem.code.name)
}

/// `POST /orders/{id}/{act}`
pub(super) async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((id, code)): Path<(String, String)>,
    form: Form,
) -> Page {
    let signed = visit.customer()?;
    let it = find(&app, signed.user, &id, Side::Buyer)?;
    let act = parse(&code)?;
    let name = form.name(&signed.scope())?;
    let done = match command(&app, &it, act, name, &form) {
        Ok(command) => app.submit(signed, name, it.id.cell(), command).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => see(&format!("/orders/{id}")),
        Err(problem) if mendable(&problem) => {
            ask(&app, &visit, &it, act, Some(&Wrong { form: &form, problem }))
        }
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::currency::Currency;

    #[test]
    fn no_more_is_asked_back_than_was_paid_and_no_less_than_a_fen() {
        let typed = |minor| Some(Money::new(minor, Currency::CNY));
        assert_eq!(amount(typed(0), 100), None);
        assert_eq!(amount(typed(1), 100), typed(1));
        assert_eq!(amount(typed(100), 100), typed(100));
        assert_eq!(amount(typed(101), 100), None);
        assert_eq!(amount(None, 100), None);
    }
}
