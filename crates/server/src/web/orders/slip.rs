//! `/orders/{id}/slip.pdf`: the slip of a payment, for both sides of the order.

use super::carried::Carried;
use super::{find, name, stage_name, subject};
use crate::api::shipments;
use crate::app::App;
use crate::documents::pdf::{self, Party, Slip};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::trace::Side;
use crate::web::page::Page;
use crate::web::visit::Visit;
use crate::web::{dates, money, movements, papers, pay, words};
use axum::extract::{Path, State};
use ledger::bank::TopUpStage;
use ledger::order::{Mode, Order};

/// `GET /orders/{id}/slip.pdf`
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let user = visit.signed()?.user;
    let missing = || Problem::of(&codes::ORDER_NOT_FOUND);
    let sides = [Side::Buyer, Side::Seller];
    let found = sides.into_iter().find_map(|side| find(&app, user, &id, side).ok());
    let order = found.ok_or_else(missing)?;
    // What was never paid has no slip.
    let Some(at) = order.paid_at else { return Err(missing()) };
    let t = words::Orders(visit.lang);
    let party = |user, account: ledger::id::AccountId| Party {
        name: name(&app, &visit, user),
        account: account.to_string(),
    };
    let slip = Slip {
        id: order.id.to_string(),
        what: match order.mode {
            Mode::Escrow => t.slip_escrow().to_owned(),
            Mode::Direct => t.slip_direct().to_owned(),
        },
        stage: stage_name(&visit, order.stage).to_owned(),
        amount: order.price,
        debited: party(order.customer, order.buyer),
        credited: party(Some(order.merchant), order.seller),
        at,
        facts: facts(&app, &visit, &order)?,
        proof: None,
    };
    let made = pdf::slip(&papers::head(&app, &visit), &slip);
    let bytes = made.map_err(|error| {
        eprintln!("danbao: a slip was not made: {error}");
        Problem::of(&codes::INTERNAL_ERROR)
    })?;
    Ok(papers::file(bytes, "application/pdf", &format!("danbao-{}.pdf", order.id)))
}

/// What else is known of it, each with its name.
fn facts(app: &App, visit: &Visit, it: &Order) -> Result<Vec<(String, String)>, Problem> {
    let (t, p) = (words::Orders(visit.lang), words::Pay(visit.lang));
    let paid = pay::payments(app, it)?;
    let card = paid.iter().find(|it| it.stage == TopUpStage::Credited).map(|it| it.card);
    let method = match card {
        // Which card it was is the buyer's own matter.
        Some(card) if it.customer == visit.signed.as_ref().map(|it| it.user) => {
            movements::card_name(app, visit.lang, card)?
        }
        Some(_) => t.by_card().to_owned(),
        None => p.balance().to_owned(),
    };
    let mut facts = vec![
        (t.goods().to_owned(), subject(app, it)?),
        (t.number().to_owned(), it.number.as_str().to_owned()),
        (p.methods().to_owned(), method),
    ];
    let moment = |at| dates::minute(visit.lang, at);
    if let Some(at) = it.shipped_at {
        facts.push((t.step_ship().to_owned(), moment(at)));
    }
    if let Some(it) = shipments::of(app, it)?.map(|it| Carried::new(visit.lang, &it)) {
        facts.push((it.t.shipment().to_owned(), it.line()));
    }
    if let Some(at) = it.ended_at {
        facts.push((stage_name(visit, it.stage).to_owned(), moment(at)));
    }
    if it.refunded > 0 {
        facts.push((t.back().to_owned(), money::minor(it.refunded, it.currency())));
    }
    Ok(facts)
}
