//! An order as both of its sides see it: the steps, where the money is, what happened, postings.

use super::carried::Carried;
use super::{plea, stages};
use crate::api::shipments;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Opening;
use crate::said::{self, Said};
use crate::trace::{self, Side, Told};
use crate::web::visit::Visit;
use crate::web::{dates, money, words};
use ledger::command::Command;
use ledger::event::{Actor, EventKind, Happening, Subject};
use ledger::id::{OrderId, UserId};
use ledger::money::Money;
use ledger::order::{Order, Party, Stage};
use ledger::posting::{Posting, Reason};
use ledger::time::Time;
use store::View;

/// Events of a timeline that are shown.
const TIMELINE_MAX: usize = 200;

/// One of the five steps.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) done: bool,
    pub(crate) current: bool,
    pub(crate) at: Option<dates::Moment>,
}

/// Something that happened.
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) who: String,
    pub(crate) at: dates::Moment,
    pub(crate) amount: Option<String>,
    /// How the goods travel, where it was said.
    pub(crate) shipment: Option<Carried>,
    /// What an award gives to whom.
    pub(crate) went: Option<String>,
    pub(crate) grounds: Option<&'static str>,
    /// Who says something, and what.
    pub(crate) words: Option<[String; 2]>,
}

/// A posting.
pub(crate) struct Entry {
    pub(crate) amount: String,
    pub(crate) debit: String,
    pub(crate) credit: String,
    pub(crate) at: dates::Moment,
}

/// An order, in the language of a visit.
pub(crate) struct OrderView {
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) price: String,
    pub(crate) number: String,
    /// How the goods travel.
    pub(crate) shipment: Option<Carried>,
    pub(crate) seller: String,
    pub(crate) buyer: String,
    pub(crate) refunded: Option<String>,
    pub(crate) asked: Option<String>,
    pub(crate) stage: &'static str,
    pub(crate) class: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) steps: Vec<Step>,
    pub(crate) money: Told,
    pub(crate) next: Option<&'static str>,
    pub(crate) place: Place,
    pub(crate) where_class: &'static str,
    pub(crate) timeline: Vec<Line>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) waits: bool,
    /// Whether it was paid, so that there is a slip.
    pub(crate) paid: bool,
    pub(crate) seen: u64,
}

/// Where on the way from buyer to seller the money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Buyer,
    Platform,
    Seller,
}

impl Place {
    /// For templates.
    pub(crate) fn is(self, code: &str) -> bool {
        let own = match self {
            Place::Buyer => "buyer",
            Place::Platform => "platform",
            Place::Seller => "seller",
        };
        own == code
    }
}

fn place(stage: Stage) -> Place {
    match stage {
        Stage::Created | Stage::Refunded | Stage::Closed => Place::Buyer,
        Stage::Completed => Place::Seller,
        Stage::Paid
        | Stage::Shipped
        | Stage::PaidRefundAsked
        | Stage::ShippedRefundAsked
        | Stage::Disputed => Place::Platform,
    }
}

/// The order, if whoever is signed in is on this side of it.
pub(crate) fn find(app: &App, user: UserId, id: &str, side: Side) -> Result<Order, Problem> {
    let missing = || Problem::of(&codes::ORDER_NOT_FOUND);
    let id = OrderId::parse(id).map_err(|_| missing())?;
    let (found, _) = app.read(id.cell(), |view| view.order(id)).map_err(|_| missing())?;
    let order = found.ok_or_else(missing)?;
    let owner = match side {
        Side::Seller => Some(order.merchant),
        // Before the payment an order knows no more than the account that is to pay.
        Side::Buyer if order.customer.is_some() => order.customer,
        Side::Buyer => {
            let look = |view: &View<'_>| view.account(order.buyer);
            app.read(order.buyer.cell(), look)?.0.and_then(|it| it.owner)
        }
    };
    if owner == Some(user) { Ok(order) } else { Err(missing()) }
}

/// What is bought, in words.
pub(crate) fn subject(app: &App, order: &Order) -> Result<String, Problem> {
    let request = app.engine().request_at(order.id.cell(), order.position)?;
    let subject = if let Command::CreateOrder(it) = request.command {
        it.subject.as_str().to_owned()
    } else {
        String::new()
    };
    Ok(if subject.is_empty() { order.number.as_str().to_owned() } else { subject })
}

/// What somebody is called.
pub(crate) fn name(app: &App, visit: &Visit, user: Option<UserId>) -> String {
    let known = user.and_then(|it| app.people().name_of(it).ok().flatten());
    known.unwrap_or_else(|| words::Orders(visit.lang).somebody().to_owned())
}

/// What a stage is called.
pub(crate) fn stage_name(visit: &Visit, stage: Stage) -> &'static str {
    words::Orders(visit.lang).named(stage.code()).unwrap_or_default()
}

/// The whole order from one side.
pub(crate) fn order_view(
    app: &App,
    visit: &Visit,
    order: &Order,
    side: Side,
) -> Result<OrderView, Problem> {
    let seen = mark(app, order)?;
    let t = words::Orders(visit.lang);
    let signed = visit.signed()?;
    let currency = order.currency();
    let held = Money::new(
        if order.stage.held() { order.in_escrow() } else { order.price.minor() },
        currency,
    );
    let id = order.id.to_string();
    let money = trace::tell(app, signed, &id, Some(side), visit.lang, Some(held))?;
    let confirming = order.stage == Stage::Created && money.place == "bank";
    let names = Names {
        visit,
        buyer: name(app, visit, payer(app, order)?),
        seller: name(app, visit, Some(order.merchant)),
    };
    let (timeline, entries) = history(app, order, &names)?;
    let (class, icon) = stages::chip(order.stage);
    let shown = |minor: u64| (minor > 0).then(|| money::minor(minor, currency));
    Ok(OrderView {
        shipment: shipments::of(app, order)?.map(|it| Carried::new(visit.lang, &it)),
        subject: subject(app, order)?,
        price: money::amount(order.price),
        number: order.number.as_str().to_owned(),
        refunded: shown(order.refunded),
        asked: shown(order.asked),
        stage: if confirming { t.confirming() } else { stage_name(visit, order.stage) },
        class: if confirming { "warn" } else { class },
        icon: if confirming { "circle-help" } else { icon },
        steps: steps(visit, order),
        next: next(t, money.next),
        place: place(order.stage),
        where_class: where_class(order.stage, confirming),
        paid: order.paid_at.is_some(),
        seen,
        waits: !matches!(order.stage, Stage::Completed | Stage::Refunded | Stage::Closed),
        buyer: names.buyer,
        seller: names.seller,
        id,
        money,
        timeline,
        entries,
    })
}

/// Whoever pays, also before the order knows.
pub(crate) fn payer(app: &App, order: &Order) -> Result<Option<UserId>, Problem> {
    let look = |view: &View<'_>| view.account(order.buyer);
    match order.customer {
        Some(user) => Ok(Some(user)),
        None => Ok(app.read(order.buyer.cell(), look)?.0.and_then(|it| it.owner)),
    }
}

const fn where_class(stage: Stage, confirming: bool) -> &'static str {
    match stage {
        Stage::Created if confirming => " warn",
        Stage::Disputed => " warn",
        Stage::Completed | Stage::Refunded => " ok",
        Stage::Created
        | Stage::Paid
        | Stage::Shipped
        | Stage::PaidRefundAsked
        | Stage::ShippedRefundAsked
        | Stage::Closed => "",
    }
}

/// Who acts next, unless nobody does.
pub(crate) fn next(t: words::Orders, code: &str) -> Option<&'static str> {
    t.named(&format!("next_{code}"))
}

fn steps(visit: &Visit, order: &Order) -> Vec<Step> {
    let t = words::Orders(visit.lang);
    let (done, goes_on) = stages::progress(order);
    let ended = order.ended_at.filter(|_| order.stage == Stage::Completed);
    let all: [(&str, Option<Time>); 5] = [
        (t.step_order(), Some(order.created_at)),
        (t.step_pay(), order.paid_at),
        (t.step_ship(), order.shipped_at),
        (t.step_confirm(), ended),
        (t.step_end(), ended),
    ];
    let step = |(place, (name, at)): (usize, (&'static str, Option<Time>))| Step {
        name,
        done: place < done,
        current: goes_on && place == done,
        at: at.filter(|_| place < done).map(|it| dates::Moment::new(visit.lang, it)),
    };
    all.into_iter().enumerate().map(step).collect()
}

/// What both sides are called.
struct Names<'a> {
    visit: &'a Visit,
    buyer: String,
    seller: String,
}

impl Names<'_> {
    fn actor(&self, order: &Order, actor: Actor) -> String {
        let t = words::Orders(self.visit.lang);
        match actor {
            Actor::User(user) if user == order.merchant => t.actor_seller(&self.seller),
            Actor::User(_) | Actor::Cell => t.actor_buyer(&self.buyer),
            Actor::Platform | Actor::Operator(_) => t.actor_platform().to_owned(),
            Actor::Bank => t.actor_bank().to_owned(),
            Actor::Clock => t.actor_clock().to_owned(),
        }
    }

    fn account(&self, order: &Order, id: ledger::id::AccountId) -> String {
        let t = words::Orders(self.visit.lang);
        if id == order.seller {
            t.actor_seller(&self.seller)
        } else if id == order.buyer {
            t.actor_buyer(&self.buyer)
        } else {
            let system = ledger::account::System::of(id);
            system.map_or_else(|| id.to_string(), |(it, _)| self.system(it.kind()))
        }
    }

    fn system(&self, kind: ledger::account::AccountKind) -> String {
        let t = words::Whereabouts(self.visit.lang);
        t.named(kind.code()).unwrap_or(kind.code()).to_owned()
    }
}

/// What happened to it, and the postings that it caused, the oldest first.
fn history(
    app: &App,
    order: &Order,
    names: &Names<'_>,
) -> Result<(Vec<Line>, Vec<Entry>), Problem> {
    let look = |view: &View<'_>| {
        let happenings = view.timeline(order.last_event, TIMELINE_MAX)?;
        let mut postings: Vec<Posting> = Vec::new();
        let mut before = None;
        for (_, it) in happenings.iter().rev() {
            if before.replace(it.position) == Some(it.position) {
                continue;
            }
            let Some(answer) = view.answer_at(it.position)? else { continue };
            for number in answer.first_posting..answer.first_posting + u64::from(answer.postings) {
                let posting = view.posting(number)?;
                postings.extend(posting.filter(|it| it.subject == Subject::Order(order.id)));
            }
        }
        Ok((happenings, postings))
    };
    let ((happenings, postings), _) = app.read(order.id.cell(), look)?;
    let lang = names.visit.lang;
    let t = words::Orders(lang);
    let line = |it: &Happening| -> Result<Line, Problem> {
        let said = said::said(app, order, it)?;
        let awarded = it.kind == EventKind::OrderAwarded;
        Ok(Line {
            what: lang.of_pair(trace::happened(it.kind)).to_owned(),
            who: names.actor(order, it.actor),
            at: dates::Moment::new(lang, it.time),
            amount: (it.amount > 0).then(|| money::minor(it.amount, order.currency())),
            shipment: shipments::told(app, order.id.cell(), it)?.map(|it| Carried::new(lang, &it)),
            went: awarded.then(|| went(t, order, it, &postings)),
            grounds: said.as_ref().and_then(|it| it.grounds).map(|it| plea::name(lang, it)),
            words: said.and_then(|it| spoken(t, it)),
        })
    };
    let entry = |it: &Posting| Entry {
        amount: money::minor(it.amount, it.currency),
        debit: names.account(order, it.debit),
        credit: names.account(order, it.credit),
        at: dates::Moment::new(lang, it.time),
    };
    let lines = happenings.iter().rev().map(|(_, it)| line(it)).collect::<Result<_, _>>()?;
    Ok((lines, postings.iter().map(entry).collect()))
}

/// What an award gave to whom: the postings say so.
fn went(t: words::Orders, order: &Order, it: &Happening, postings: &[Posting]) -> String {
    let sum = |reason| {
        let own = postings.iter().filter(|one| one.position == it.position);
        let minor = own.filter(|one| one.reason == reason).map(|one| one.amount).sum();
        money::minor(minor, order.currency())
    };
    t.awarded(sum(Reason::OrderRefunded), sum(Reason::OrderReleased))
}

/// Who says something, and what.
fn spoken(t: words::Orders, it: Said) -> Option<[String; 2]> {
    let label = match it.party {
        Some(Party::Buyer) => t.said_buyer(),
        Some(Party::Seller) => t.said_seller(),
        None => t.said_platform(),
    };
    let text = match it.statement {
        Some(Opening::Text(text)) => text,
        Some(Opening::Erased) => t.said_erased().to_owned(),
        None => it.reason?,
    };
    Some([label.to_owned(), text])
}

/// A number that is another one whenever something happened to the order or to a payment of it.
///
/// A page takes it of the order that it shows, and before it looks at anything else: then what
/// happens while it is made is news to whoever listens, and is not missed.
pub(crate) fn mark(app: &App, order: &Order) -> Result<u64, Problem> {
    let payments = crate::web::pay::payments(app, order)?;
    let heads = payments.iter().map(|it| it.last_event.unwrap_or(0) + 1);
    let sum = heads.fold(order.last_event.unwrap_or(0), |sum, it| sum.wrapping_mul(31) + it);
    // A script reads it: no more than a number of JavaScript can be.
    Ok(sum % (1 << 50))
}
