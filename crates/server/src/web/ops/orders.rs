//! `/ops/orders/{id}` and `/ops/disputes`: an order with everything about it, and the decision of a
//! dispute, which one proposes and another makes.

use super::proposing::{Asking, ask};
use super::things::{self, Thing};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::said;
use crate::trace::Side;
use crate::web::form::Form;
use crate::web::orders::{self, OrderView, order_view};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use ledger::command::{Action, AwardOrder, RefundOrder};
use ledger::event::{EventKind, Happening, Subject};
use ledger::id::{DeliveryId, EndpointId, EventId, OrderId, TopUpId};
use ledger::money::Money;
use ledger::order::{Event, Order, Stage};
use ledger::posting::Posting;
use serde::Deserialize;
use std::collections::HashSet;
use store::index::Direction;
use store::{List, View};

/// Disputes on a page.
const PAGE: usize = 50;
/// Events of an order, and payments of it, that are shown.
const EVENTS_MAX: usize = 200;
const PAYMENTS_MAX: usize = 20;
/// Endpoints of a merchant, and the newest deliveries of each, in which an order's are looked for.
const ENDPOINTS_MAX: usize = 20;
const DELIVERIES_MAX: usize = 200;

fn find(app: &App, id: &str) -> Result<Order, Problem> {
    let missing = || Problem::of(&codes::ORDER_NOT_FOUND);
    let id = OrderId::parse(id).map_err(|_| missing())?;
    things::row(app, id.cell(), |view| view.order(id))?.ok_or_else(missing)
}

/// A posting, with the accounts by name.
struct Entry {
    reason: &'static str,
    amount: String,
    debit: String,
    credit: String,
    at: String,
}

#[derive(Template)]
#[template(path = "ops/order.html")]
struct OrderPage {
    shell: Shell,
    t: words::Ops,
    o: words::Orders,
    w: words::OpsOrders,
    order: OrderView,
    held: String,
    fee: Option<String>,
    buyer: String,
    seller: String,
    payments: Vec<Thing>,
    entries: Vec<Entry>,
    deliveries: Vec<Thing>,
    /// The decision of a dispute, if it is to be made.
    award: Option<Asking>,
    /// Money back in the seller's name, if there is some to give.
    refund: Option<Asking>,
    amount: String,
    /// What was said of an award: to whom, and how much of it to the buyer.
    to: String,
    part: String,
}

impl OrderPage {
    fn new(app: &App, visit: &Visit, it: &Order) -> Result<OrderPage, Problem> {
        visit.operator()?;
        let (w, currency) = (words::OpsOrders(visit.lang), it.currency());
        let order = order_view(app, visit, it, Side::Seller)?;
        let award = Action::AwardOrder(AwardOrder { order: it.id, to_buyer: 0 });
        let amount = Money::new(it.refundable().max(1), currency);
        let refund = Action::RefundOrder(RefundOrder { order: it.id, amount });
        let event = if it.refundable() > 0 { it.stage.next(Event::RefundAll) } else { None };
        Ok(OrderPage {
            shell: visit.shell(app, format!("{} · {}", order.subject, order.id)),
            t: words::Ops(visit.lang),
            o: words::Orders(visit.lang),
            w,
            held: money::minor(it.in_escrow(), currency),
            fee: (it.fee > 0).then(|| money::minor(it.fee, currency)),
            buyer: it.buyer.to_string(),
            seller: it.seller.to_string(),
            payments: payments(app, visit, it)?,
            entries: entries(app, visit, it)?,
            deliveries: deliveries(app, visit, it)?,
            award: (it.stage == Stage::Disputed)
                .then(|| Asking::new(app, visit, it.id.cell(), &award))
                .transpose()?,
            refund: event.map(|_| Asking::new(app, visit, it.id.cell(), &refund)).transpose()?,
            amount: money::plain(it.refundable(), currency),
            to: String::new(),
            part: String::new(),
            order,
        })
    }
}

/// `GET /ops/orders/{id}`
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    visit.operator()?;
    render(&OrderPage::new(&app, &visit, &find(&app, &id)?)?)
}

/// `POST /ops/orders/{id}/award`: proposes who gets the money of a dispute.
pub(super) async fn award(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    visit.operator()?;
    let it = find(&app, &id)?;
    let action = to_buyer(&form, &it).map(|to_buyer| {
        let award = AwardOrder { order: it.id, to_buyer };
        (it.id.cell(), Action::AwardOrder(award))
    });
    match ask(&app, &visit, &form, action).await? {
        Ok(path) => see(&path),
        Err(fault) => {
            let mut page = OrderPage::new(&app, &visit, &it)?;
            form.text("amount").clone_into(&mut page.part);
            form.text("to").clone_into(&mut page.to);
            page.award = page.award.map(|it| it.wrong(&form, fault));
            again(&page)
        }
    }
}

/// What goes back to the buyer.
fn to_buyer(form: &Form, it: &Order) -> Result<u64, Problem> {
    let held = it.in_escrow();
    match form.text("to") {
        "buyer" => Ok(held),
        "seller" => Ok(0),
        "both" => part(form, it, held),
        _ => Err(Problem::of(&codes::FORM_UNREADABLE)),
    }
}

/// An amount that was typed, of so much at most.
fn part(form: &Form, it: &Order, most: u64) -> Result<u64, Problem> {
    let typed = money::parse(form.text("amount"), it.currency()).map_or(0, Money::minor);
    match typed {
        0 => Err(Problem::of(&codes::AMOUNT_OUT_OF_RANGE)),
        typed if typed > most => Err(Problem::of(&codes::REFUND_TOO_LARGE)),
        typed => Ok(typed),
    }
}

/// `POST /ops/orders/{id}/refund`: proposes to give money back in the seller's name.
pub(super) async fn refund(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    visit.operator()?;
    let it = find(&app, &id)?;
    let action = part(&form, &it, it.refundable()).map(|amount| {
        let amount = Money::new(amount, it.currency());
        (it.id.cell(), Action::RefundOrder(RefundOrder { order: it.id, amount }))
    });
    match ask(&app, &visit, &form, action).await? {
        Ok(path) => see(&path),
        Err(fault) => {
            let mut page = OrderPage::new(&app, &visit, &it)?;
            form.text("amount").clone_into(&mut page.amount);
            page.refund = page.refund.map(|it| it.wrong(&form, fault));
            again(&page)
        }
    }
}

/// The payments of an order from cards, in the cell of whom pays.
fn payments(app: &App, visit: &Visit, it: &Order) -> Result<Vec<Thing>, Problem> {
    let list = List::OrderTopUps(it.id);
    let ids = things::row(app, it.buyer.cell(), |view| {
        view.list(list, Direction::Forwards, None, PAYMENTS_MAX).map(Some)
    })?;
    let subjects = ids.unwrap_or_default().into_iter().map(TopUpId::from_raw).map(Subject::TopUp);
    things::all(app, visit.lang, subjects)
}

/// The postings that an order caused in its cell, the oldest first.
fn entries(app: &App, visit: &Visit, it: &Order) -> Result<Vec<Entry>, Problem> {
    let (postings, _) = app.read(it.id.cell(), |view| postings(view, it))?;
    let reasons = words::Wallet(visit.lang);
    let entry = |it: Posting| Entry {
        reason: reasons.named(&format!("reason_{}", it.reason.code())).unwrap_or_default(),
        amount: money::minor(it.amount, it.currency),
        debit: things::account_name(app, visit.lang, it.debit),
        credit: things::account_name(app, visit.lang, it.credit),
        at: dates::second(it.time),
    };
    Ok(postings.into_iter().map(entry).collect())
}

fn postings(view: &View<'_>, it: &Order) -> Result<Vec<Posting>, store::Miss> {
    let happened = view.timeline(it.last_event, EVENTS_MAX)?;
    let mut positions: Vec<_> = happened.iter().map(|(_, it)| it.position).collect();
    positions.reverse();
    positions.dedup();
    let mut found = Vec::new();
    for position in positions {
        let Some(answer) = view.answer_at(position)? else { continue };
        for number in answer.first_posting..answer.first_posting + u64::from(answer.postings) {
            let posting = view.posting(number)?;
            found.extend(posting.filter(|posting| posting.subject == Subject::Order(it.id)));
        }
    }
    Ok(found)
}

/// What the merchant was told of an order by webhooks, as far as it is among the newest deliveries.
fn deliveries(app: &App, visit: &Visit, it: &Order) -> Result<Vec<Thing>, Problem> {
    let cell = it.id.cell();
    let look = |view: &View<'_>| {
        let happened = view.timeline(it.last_event, EVENTS_MAX)?;
        let events: HashSet<EventId> =
            happened.iter().map(|(number, _)| EventId::new(cell, *number)).collect();
        let list = List::UserEndpoints(it.merchant);
        let mut found = Vec::new();
        for endpoint in view.list(list, Direction::Forwards, None, ENDPOINTS_MAX)? {
            let list = List::EndpointDeliveries(EndpointId::from_raw(endpoint));
            for id in view.list(list, Direction::Backwards, None, DELIVERIES_MAX)? {
                let delivery = view.delivery(DeliveryId::from_raw(id))?;
                found.extend(delivery.filter(|it| events.contains(&it.event)));
            }
        }
        Ok(found)
    };
    let (found, _) = app.read(cell, look)?;
    things::all(app, visit.lang, found.into_iter().map(|it| Subject::Delivery(it.id)))
}

/// An order in dispute, in the list.
struct Dispute {
    id: String,
    subject: String,
    buyer: String,
    seller: String,
    held: String,
    since: dates::Moment,
    why: &'static str,
    /// Whether somebody proposed an award already.
    proposed: bool,
}

#[derive(Template)]
#[template(path = "ops/disputes.html")]
struct Disputes {
    shell: Shell,
    t: words::Ops,
    w: words::OpsOrders,
    rows: Vec<Dispute>,
    next: Option<String>,
}

/// Behind which order to begin.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    after: String,
}

/// `GET /ops/disputes`: the oldest orders first, those of one cell after those of another.
pub(super) async fn disputes(
    State(app): State<App>,
    visit: Visit,
    Query(it): Query<After>,
) -> Page {
    visit.operator()?;
    let (t, w) = (words::Ops(visit.lang), words::OpsOrders(visit.lang));
    let mut found = disputed(&app, OrderId::parse(&it.after).ok())?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().filter(|_| more);
    let next = last.map(|(it, ..)| format!("/ops/disputes?after={}", it.id));
    let rows = found.iter().map(|(it, disputed, proposed)| {
        let grounds = disputed.and_then(|event| said::grounds(&app, it.id.cell(), &event));
        let since = disputed.map_or(it.created_at, |it| it.time);
        Ok(Dispute {
            why: grounds.map(|it| orders::plea::name(visit.lang, it)).unwrap_or_default(),
            id: it.id.to_string(),
            subject: orders::subject(&app, it)?,
            buyer: it.customer.map(|it| things::name_of(&app, it)).unwrap_or_default(),
            seller: things::name_of(&app, it.merchant),
            held: money::minor(it.in_escrow(), it.currency()),
            since: dates::Moment::new(visit.lang, since).relative(),
            proposed: *proposed,
        })
    });
    let rows = rows.collect::<Result<_, Problem>>()?;
    render(&Disputes { shell: visit.shell(&app, w.disputes()), t, w, rows, next })
}

/// Orders in dispute behind one of them, one more than fits on a page: with since when, and
/// whether an award is proposed.
fn disputed(
    app: &App,
    after: Option<OrderId>,
) -> Result<Vec<(Order, Option<Happening>, bool)>, Problem> {
    let mut found = Vec::new();
    let first = after.map_or(0, |it| it.cell().number());
    for cell in app.engine().all_cells().filter(|it| it.number() >= first) {
        let behind = after.filter(|it| it.cell() == cell).map(OrderId::raw);
        let look = |view: &View<'_>| {
            let list = List::StageOrders(Stage::Disputed);
            let mut rows = Vec::new();
            for id in view.list(list, Direction::Forwards, behind, PAGE + 1)? {
                let Some(order) = view.order(OrderId::from_raw(id))? else { continue };
                let happened = view.timeline(order.last_event, EVENTS_MAX)?;
                let disputed = happened.iter().find(|it| it.1.kind == EventKind::OrderDisputed);
                let award = AwardOrder { order: order.id, to_buyer: 0 };
                let list = List::OpenProposals(Action::AwardOrder(award).about());
                let proposed = !view.list(list, Direction::Forwards, None, 1)?.is_empty();
                rows.push((order, disputed.map(|it| it.1), proposed));
            }
            Ok(rows)
        };
        found.extend(app.read(cell, look)?.0);
        if found.len() > PAGE {
            break;
        }
    }
    Ok(found)
}
