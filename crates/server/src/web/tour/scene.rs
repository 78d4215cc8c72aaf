//! What the tour shows: the same books from three sides.

use crate::app::App;
use crate::demo::{Demo, Part};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::visit::Visit;
use crate::web::{dates, money, words};
use ledger::account::{Account, System};
use ledger::currency::Currency;
use ledger::event::Subject;
use ledger::id::{AccountId, OrderId, UserId};
use ledger::money::Money;
use ledger::order::{Order, Stage};
use ledger::posting::{Posting, Reason};
use store::index::Direction;
use store::{List, View};

/// What every order of the tour costs: the ¥88.00 of an everyday purchase.
pub(super) const PRICE: Money = Money::new(8_800, Currency::CNY);
/// Orders that are looked through for the newest of the tour.
const ORDERS_MAX: usize = 50;
/// Postings of the platform that are looked through for those of an order.
const POSTINGS_MAX: usize = 200;

/// Who acts.
#[derive(Clone, Debug)]
pub(super) struct Actors {
    pub(super) buyer: AccountId,
    pub(super) buyer_user: UserId,
    buyer_name: String,
    pub(super) seller: AccountId,
    pub(super) seller_user: UserId,
    seller_name: String,
}

impl Actors {
    /// Buyer and seller of the demonstration. Without one there is no tour.
    pub(super) fn find(app: &App) -> Result<Actors, Problem> {
        let none = || Problem::of(&codes::ROUTE_NOT_FOUND);
        let cast = app.demo().and_then(Demo::cast).ok_or_else(none)?;
        let read = |role| -> Option<(AccountId, UserId, String)> {
            let part: &Part = cast.part(role)?;
            let account = AccountId::parse(part.account.as_deref()?).ok()?;
            Some((account, UserId::parse(&part.user).ok()?, part.name.clone()))
        };
        let (buyer, buyer_user, buyer_name) = read("buyer").ok_or_else(none)?;
        let (seller, seller_user, seller_name) = read("seller").ok_or_else(none)?;
        Ok(Actors { buyer, buyer_user, buyer_name, seller, seller_user, seller_name })
    }

    /// The newest order of the tour.
    pub(super) fn last_order(&self, app: &App) -> Result<Option<Order>, Problem> {
        let list = List::PartyOrders(self.seller, None);
        let (found, _) = app.read(self.seller.cell(), |view| {
            let ids = view.list(list, Direction::Backwards, None, ORDERS_MAX)?;
            let orders = ids.into_iter().map(|it| view.order(OrderId::from_raw(it)));
            orders.collect::<Result<Vec<_>, _>>()
        })?;
        let mut orders = found.into_iter().flatten();
        Ok(orders.find(|it| it.number.as_str().starts_with("tour-")))
    }
}

/// A number that is another one whenever anything of the tour has changed.
pub(super) fn mark(app: &App, actors: &Actors) -> Result<u64, Problem> {
    Ok(mark_of(app, actors.last_order(app)?.as_ref()))
}

/// The same of the order that is shown. It is taken before anything else is looked at: what happens
/// meanwhile is then news to whoever listens.
fn mark_of(app: &App, order: Option<&Order>) -> u64 {
    let event = order.and_then(|it| it.last_event).unwrap_or(0);
    event.wrapping_mul(31).wrapping_add(super::breaks::mark(app))
}

/// One posting, in words.
pub(super) struct Entry {
    pub(super) what: &'static str,
    pub(super) debit: String,
    pub(super) credit: String,
    pub(super) amount: String,
    pub(super) at: String,
}

/// What the three columns show.
#[expect(clippy::struct_excessive_bools, reason = "each is a button of the page")]
pub(super) struct Scene {
    pub(super) buyer: String,
    pub(super) buyer_balance: String,
    pub(super) seller: String,
    pub(super) seller_balance: String,
    pub(super) price: String,
    pub(super) status: &'static str,
    pub(super) held: String,
    pub(super) pay: bool,
    pub(super) ship: bool,
    pub(super) confirm: bool,
    pub(super) refund: bool,
    pub(super) ended: bool,
    pub(super) coin: Option<u64>,
    pub(super) back: bool,
    pub(super) entries: Vec<Entry>,
    pub(super) balanced: bool,
    pub(super) debits: String,
    pub(super) credits: String,
    pub(super) seen: u64,
}

impl Scene {
    /// Looks at the books.
    pub(super) fn look(
        app: &App,
        visit: &Visit,
        actors: &Actors,
        order: &Order,
    ) -> Result<Scene, Problem> {
        let seen = mark_of(app, Some(order));
        let t = words::Tour(visit.lang);
        let cell = order.id.cell();
        let escrow = System::Escrow.id(cell, Currency::CNY);
        let ((buyer, seller, postings), _) = app.read(cell, |view| {
            let (buyer, seller) = (view.account(actors.buyer)?, view.account(actors.seller)?);
            Ok((buyer, seller, view.postings_of(escrow, None, POSTINGS_MAX)?))
        })?;
        let missing = || Problem::of(&codes::ACCOUNT_NOT_FOUND);
        let (buyer, seller) = (buyer.ok_or_else(missing)?, seller.ok_or_else(missing)?);
        let own = |it: &&(u64, Posting)| it.1.subject == Subject::Order(order.id);
        let own: Vec<&(u64, Posting)> = postings.iter().filter(own).collect();
        let newest = own.first().copied();
        let names = Names { t, actors, escrow };
        let (debits, credits) = sums(app)?;
        let stage = order.stage;
        Ok(Scene {
            buyer: actors.buyer_name.clone(),
            buyer_balance: balance(&buyer),
            seller: actors.seller_name.clone(),
            seller_balance: balance(&seller),
            price: money::amount(order.price),
            status: status(t, stage),
            held: money::minor(order.in_escrow(), Currency::CNY),
            pay: stage == Stage::Created,
            ship: stage == Stage::Paid,
            confirm: stage == Stage::Shipped,
            refund: matches!(stage, Stage::Paid | Stage::Shipped),
            ended: matches!(stage, Stage::Completed | Stage::Refunded | Stage::Closed),
            coin: newest.map(|it| it.0),
            back: newest.is_some_and(|it| it.1.reason == Reason::OrderRefunded),
            entries: own.iter().map(|it| names.entry(&it.1)).collect(),
            balanced: debits == credits,
            debits: money::minor(debits, Currency::CNY),
            credits: money::minor(credits, Currency::CNY),
            seen,
        })
    }
}

fn balance(it: &Account) -> String {
    money::minor(u64::try_from(it.balance()).unwrap_or(0), Currency::CNY)
}

/// The sums of all debits and of all credits, over every cell.
pub(super) fn sums(app: &App) -> Result<(u64, u64), Problem> {
    let (mut debits, mut credits) = (0_u128, 0_u128);
    for cell in app.engine().all_cells() {
        let (totals, _) = app.read(cell, |view: &View<'_>| view.totals())?;
        debits += totals.iter().map(|it| it.debits).sum::<u128>();
        credits += totals.iter().map(|it| it.credits).sum::<u128>();
    }
    let small = |it| u64::try_from(it).unwrap_or(u64::MAX);
    Ok((small(debits), small(credits)))
}

fn status(t: words::Tour, stage: Stage) -> &'static str {
    match stage {
        Stage::Created => t.status_created(),
        Stage::Paid => t.status_paid(),
        Stage::Shipped => t.status_shipped(),
        Stage::PaidRefundAsked | Stage::ShippedRefundAsked => t.status_refund_asked(),
        Stage::Disputed => t.status_disputed(),
        Stage::Completed => t.status_completed(),
        Stage::Refunded => t.status_refunded(),
        Stage::Closed => t.status_closed(),
    }
}

/// What accounts are called on the page.
struct Names<'a> {
    t: words::Tour,
    actors: &'a Actors,
    escrow: AccountId,
}

impl Names<'_> {
    fn of(&self, account: AccountId) -> String {
        if account == self.escrow {
            self.t.escrow().to_owned()
        } else if account == self.actors.buyer {
            self.actors.buyer_name.clone()
        } else if account == self.actors.seller {
            self.actors.seller_name.clone()
        } else {
            self.t.fees().to_owned()
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "escrow moves for these reasons only")]
    fn entry(&self, posting: &Posting) -> Entry {
        let what = match posting.reason {
            Reason::OrderPaid => self.t.reason_paid(),
            Reason::OrderFee => self.t.reason_fee(),
            Reason::OrderRefunded => self.t.reason_refunded(),
            _ => self.t.reason_released(),
        };
        Entry {
            what,
            debit: self.of(posting.debit),
            credit: self.of(posting.credit),
            amount: money::minor(posting.amount, posting.currency),
            at: dates::clock(posting.time),
        }
    }
}
