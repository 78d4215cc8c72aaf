//! `/shop/orders/new`: an order that a shop makes by hand for somebody who bought from it before.
//!
//! A shop chooses among its own buyers and cannot ask for anybody else: whether somebody has an
//! account here is not for a shop to find out. For everybody else the same form makes a payment
//! link.

use super::{books, links};
use crate::api::orders::plain;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::form::{Form, new_key};
use crate::web::mistake::at_fault;
use crate::web::orders::{name, payer};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::words;
use askama::Template;
use axum::extract::State;
use ledger::command::{Command, CreateOrder};
use ledger::currency::Currency;
use ledger::event::Subject;
use ledger::order::{Order, Stage};
use std::collections::HashSet;

/// Orders among which buyers are looked for, and buyers to choose among: the latest of each.
const SALES_MAX: usize = 500;
const BUYERS_MAX: usize = 50;
/// The stages of orders that were paid.
const BOUGHT: [Stage; 7] = [
    Stage::Paid,
    Stage::Shipped,
    Stage::PaidRefundAsked,
    Stage::ShippedRefundAsked,
    Stage::Disputed,
    Stage::Completed,
    Stage::Refunded,
];

/// Somebody who bought from the shop.
struct Buyer {
    /// An order of theirs, by which they are chosen.
    order: String,
    said: String,
    chosen: bool,
}

/// Whether an order makes its buyer somebody to choose.
fn bought(it: &Order) -> bool {
    it.currency() == Currency::CNY && BOUGHT.contains(&it.stage)
}

fn buyers(
    app: &App,
    visit: &Visit,
    signed: &Signed,
    chosen: Option<&Order>,
) -> Result<Vec<Buyer>, Problem> {
    let h = words::ShopByHand(visit.lang);
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    for it in books::sales(app, signed, &BOUGHT, None, SALES_MAX)? {
        if found.len() < BUYERS_MAX && bought(&it) && known.insert(it.buyer) {
            let called = masked(&name(app, visit, payer(app, &it)?));
            found.push(Buyer {
                order: it.id.to_string(),
                said: h.buyer_line(called, books::subject(app, &it)?),
                chosen: chosen.is_some_and(|order| order.buyer == it.buyer),
            });
        }
    }
    Ok(found)
}

/// A name of which only the first character is read.
fn masked(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(String::from).unwrap_or_default();
    first + &letters.map(|_| '*').take(3).collect::<String>()
}

#[derive(Template)]
#[template(path = "shop/by_hand.html")]
struct AskPage {
    shell: Shell,
    t: words::ShopLinks,
    h: words::ShopByHand,
    key: String,
    buyers: Vec<Buyer>,
    subject: String,
    amount: String,
    fault: Option<String>,
    most: usize,
}

fn asking(
    app: &App,
    visit: &Visit,
    form: &Form,
    key: String,
    fault: Option<String>,
) -> Result<AskPage, Problem> {
    let h = words::ShopByHand(visit.lang);
    let signed = visit.merchant()?;
    let chosen = chosen(app, signed, form);
    Ok(AskPage {
        shell: visit.shell(app, h.title()),
        t: words::ShopLinks(visit.lang),
        h,
        key,
        buyers: buyers(app, visit, signed, chosen.as_ref())?,
        subject: form.text("subject").to_owned(),
        amount: form.text("amount").to_owned(),
        fault,
        most: links::SUBJECT_MAX,
    })
}

/// The order of the buyer who is chosen.
fn chosen(app: &App, signed: &Signed, form: &Form) -> Option<Order> {
    books::order(app, signed, form.text("buyer")).ok().filter(bought)
}

/// `GET /shop/orders/new`
pub(super) async fn ask(State(app): State<App>, visit: Visit) -> Page {
    visit.merchant()?;
    render(&asking(&app, &visit, &Form::default(), new_key()?, None)?)
}

/// `POST /shop/orders/new`: the same form makes the same order.
pub(super) async fn make(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let signed = visit.merchant()?;
    let (t, h) = (words::ShopLinks(visit.lang), words::ShopByHand(visit.lang));
    let wrong =
        |fault: &str| again(&asking(&app, &visit, &form, new_key()?, Some(fault.to_owned()))?);
    let Some(earlier) = chosen(&app, signed, &form) else { return wrong(h.choose_buyer()) };
    let sale = match links::sale(t, &form) {
        Ok(sale) => sale,
        Err(fault) => return wrong(fault),
    };
    let Some(seller) = links::account(&app, signed.user)? else { return wrong(t.no_account()) };
    let (number, name) = (links::number(&form, 'N')?, form.name(&signed.scope())?);
    let order = plain(seller.id, earlier.buyer, number, sale.price);
    let command = Command::CreateOrder(CreateOrder { subject: sale.subject, ..order });
    match app.submit(signed, name, seller.id.cell(), command).await {
        Ok(accepted) => {
            let made = Problem::of(&codes::INTERNAL_ERROR);
            let Subject::Order(id) = accepted.subject else { return Err(made) };
            see(&format!("/shop/orders/{id}"))
        }
        Err(problem) => {
            let fault = at_fault(&visit, &problem)?;
            again(&asking(&app, &visit, &form, form.key_after(&problem)?, Some(fault))?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_name_only_the_first_character_is_read() {
        for (name, expected) in
            [("小红", "小*"), ("欧阳小红儿", "欧***"), ("Anna", "A***"), ("X", "X")]
        {
            assert_eq!(masked(name), expected);
        }
    }

    #[test]
    fn whoever_has_paid_once_is_a_buyer() {
        for stage in Stage::ALL {
            let paid = !matches!(stage, Stage::Created | Stage::Closed);
            assert_eq!(BOUGHT.contains(&stage), paid, "{stage:?}");
        }
    }
}
