//! Orders: created, paid, shipped, confirmed, called off. Stage and money change together.

use super::draft::{Draft, Move, check_amount};
use super::people::may_pay;
use super::{Done, Work, top_ups};
use crate::account::{Account, AccountKind, AccountState, System};
use crate::books::{Books, Listing, Record, Series, Timer};
use crate::command::{
    CancelOrder, ConfirmOrder, CorrectShipment, CreateOrder, ExtendOrder, PayOrder, ShipOrder,
};
use crate::event::{Actor, EventKind, Subject};
use crate::id::{AccountId, OrderId, RemittanceId, UserId};
use crate::limits::Flow;
use crate::money::Money;
use crate::order::{Event, Mode, Order, Party, Stage, Terms};
use crate::posting::Reason;
use crate::rejection::Rejection;
use crate::remittance::Purpose;
use crate::time::Seconds;

/// The longest deadline of an order, and the furthest that it may be put off.
const DEADLINE_MAX: Seconds = Seconds::days(366);

pub(super) fn create<B: Books>(work: &mut Work<'_, B>, it: &CreateOrder) -> Done {
    let seller = Draft::default().account(work, it.seller)?;
    if seller.kind != AccountKind::Merchant {
        return Err(Rejection::AccountKindNotAllowed);
    }
    if !work.acts_for(seller.owner) {
        return Err(Rejection::AccountNotFound);
    }
    let merchant = seller.owner.ok_or(Rejection::AccountKindNotAllowed)?;
    let here = it.buyer.cell() == work.cell();
    let buyer = if here { Some(buyer_account(work, it.buyer)?) } else { None };
    check_amount(it.price)?;
    check_terms(&it.terms)?;
    let currencies = [Some(seller.currency), buyer.map(|it| it.currency)];
    if currencies.iter().flatten().any(|known| *known != it.price.currency()) {
        return Err(Rejection::CurrencyDiffers);
    }
    if seller.id == it.buyer {
        return Err(Rejection::SameAccount);
    }
    if let Some(order) = work.books.numbered(seller.id, &it.number) {
        return Err(Rejection::OrderNumberTaken { order });
    }
    if seller.state == AccountState::Closed {
        return Err(Rejection::AccountClosed);
    }

    let id = OrderId::new(work.cell(), work.books.next_number(Series::Orders));
    work.books.add_number(seller.id, &it.number, id);
    work.books.list(Listing::PartyOrder(seller.id, None, id));
    work.books.list(Listing::PartyOrder(it.buyer, None, id));
    let order = Order {
        id,
        seller: seller.id,
        buyer: it.buyer,
        merchant,
        customer: buyer.and_then(|it| it.owner),
        number: it.number,
        price: it.price,
        mode: it.mode,
        terms: it.terms,
        stage: Stage::Created,
        refunded: 0,
        asked: 0,
        fee: 0,
        buyer_statements: 0,
        seller_statements: 0,
        created_at: work.now,
        paid_at: None,
        shipped_at: None,
        ended_at: None,
        due: None,
        position: work.position,
        last_event: None,
    };
    let due = order.due_in(Stage::Created, work.now);
    Ok(write(work, None, &Order { due, ..order }, EventKind::OrderCreated, it.price))
}

/// Pays from an account of this cell: an order of this cell at once, another by remittance.
pub(super) fn pay<B: Books>(work: &mut Work<'_, B>, it: &PayOrder) -> Done {
    let payer = buyer_account(work, it.debit)?;
    if !work.acts_for(payer.owner) {
        return Err(Rejection::AccountNotFound);
    }
    may_pay(work)?;
    if !it.deliberate
        && let Some(top_up) = top_ups::paying(work, &payer, it.order)
    {
        return Err(Rejection::PaymentUnderWay { top_up });
    }
    let mut draft = Draft::default();
    if it.order.cell() == work.cell() {
        let paid = payment(&mut draft, work, it, payer.id, payer.owner)?;
        draft.count(work, &payer, Flow::Pay, it.amount)?;
        draft.keep(work);
        return Ok(paid.write(work));
    }
    let sent = remit(&mut draft, work, it)?;
    draft.count(work, &payer, Flow::Pay, it.amount)?;

    draft.keep(work);
    Ok(sent.map_or(Subject::Order(it.order), Subject::Remittance))
}

/// Drafts the payment of an order of another cell.
pub(super) fn remit<B: Books>(
    draft: &mut Draft,
    work: &mut Work<'_, B>,
    it: &PayOrder,
) -> Result<Option<RemittanceId>, Rejection> {
    let (amount, reason) = (it.amount, Reason::OrderPaid);
    let credit = System::Escrow.id(it.order.cell(), amount.currency());
    let subject = Subject::Order(it.order);
    let movement = Move { debit: it.debit, credit, amount, reason, subject };
    draft.send(work, movement, Purpose::Pay(it.order))
}

/// Takes the payment of an order out of `source`: the buyer's account, or where a remittance
/// arrives.
pub(super) fn settle<B: Books>(
    work: &mut Work<'_, B>,
    it: &PayOrder,
    source: AccountId,
    customer: Option<UserId>,
) -> Done {
    let mut draft = Draft::default();
    let paid = payment(&mut draft, work, it, source, customer)?;

    draft.keep(work);
    Ok(paid.write(work))
}

/// An order before and after it was paid.
pub(super) struct Paid {
    before: Order,
    after: Order,
}

impl Paid {
    /// Writes the order, once the draft of its payment is kept.
    pub(super) fn write<B: Books>(&self, work: &mut Work<'_, B>) -> Subject {
        write(work, Some(&self.before), &self.after, EventKind::OrderPaid, self.before.price)
    }
}

/// Drafts the payment of an order of this cell.
pub(super) fn payment<B: Books>(
    draft: &mut Draft,
    work: &mut Work<'_, B>,
    it: &PayOrder,
    source: AccountId,
    customer: Option<UserId>,
) -> Result<Paid, Rejection> {
    let (order, stage) = payable(work, it)?;
    let subject = Subject::Order(order.id);
    let mut after = Order { stage, customer, paid_at: Some(work.now), ..order };
    match order.mode {
        Mode::Escrow => {
            let credit = System::Escrow.id(work.cell(), order.currency());
            let (amount, reason) = (order.price, Reason::OrderPaid);
            draft.post(work, Move { debit: source, credit, amount, reason, subject })?;
        }
        Mode::Direct => {
            after.fee = release(draft, work, &order, source, order.price)?;
            after.ended_at = Some(work.now);
        }
    }
    after.due = None;
    Ok(Paid { before: order, after })
}

/// The order of this cell and where its payment leads, if it may be paid like that.
pub(super) fn payable<B: Books>(
    work: &mut Work<'_, B>,
    it: &PayOrder,
) -> Result<(Order, Stage), Rejection> {
    let order = find(work, it.order)?;
    if order.buyer != it.debit {
        // Whoever pays for a stranger learns nothing. Another cell cannot say who asked.
        let sides = work.acts_for(order.customer) || work.acts_for(Some(order.merchant));
        let told = sides && work.actor != Actor::Cell;
        return Err(if told { Rejection::NotAllowed } else { Rejection::OrderNotFound });
    }
    let event = match order.mode {
        Mode::Escrow => Event::Pay,
        Mode::Direct => Event::PayDirect,
    };
    let stage = next(&order, event)?;
    if it.amount != order.price {
        return Err(Rejection::AmountDiffers);
    }
    // Money for a seller who is gone would only be set aside.
    if Draft::default().account(work, order.seller)?.state == AccountState::Closed {
        return Err(Rejection::AccountClosed);
    }
    Ok((order, stage))
}

pub(super) fn ship<B: Books>(work: &mut Work<'_, B>, it: ShipOrder) -> Done {
    let order = find_as(work, it.order, Party::Seller)?;
    let stage = next(&order, Event::Ship)?;

    let due = order.due_in(stage, work.now);
    let after = Order { stage, due, shipped_at: Some(work.now), ..order };
    let nothing = Money::new(0, order.currency());
    Ok(write(work, Some(&order), &after, EventKind::OrderShipped, nothing))
}

/// Leaves an event that has the new shipment, and everything else as it was: a seller who corrects
/// a number gives the buyer neither more time nor less.
pub(super) fn correct_shipment<B: Books>(work: &mut Work<'_, B>, it: CorrectShipment) -> Done {
    let order = find_as(work, it.order, Party::Seller)?;
    let stage = next(&order, Event::CorrectShipment)?;

    let after = Order { stage, ..order };
    let nothing = Money::new(0, order.currency());
    Ok(write(work, Some(&order), &after, EventKind::OrderShipmentCorrected, nothing))
}

pub(super) fn confirm<B: Books>(work: &mut Work<'_, B>, it: ConfirmOrder) -> Done {
    let order = find_as(work, it.order, Party::Buyer)?;
    complete(work, &order, Event::Confirm)
}

/// Releases what is in escrow to the seller.
pub(super) fn complete<B: Books>(work: &mut Work<'_, B>, order: &Order, event: Event) -> Done {
    let stage = next(order, event)?;
    let amount = Money::new(order.in_escrow(), order.currency());
    let escrow = System::Escrow.id(work.cell(), order.currency());
    let mut draft = Draft::default();
    let fee = release(&mut draft, work, order, escrow, amount)?;

    draft.keep(work);
    let ended_at = Some(work.now);
    let after = Order { stage, fee, asked: 0, ended_at, due: None, ..*order };
    Ok(write(work, Some(order), &after, EventKind::OrderCompleted, amount))
}

/// Pays the seller from `source` and keeps the platform's fee, which it returns.
pub(super) fn release<B: Books>(
    draft: &mut Draft,
    work: &mut Work<'_, B>,
    order: &Order,
    source: AccountId,
    amount: Money,
) -> Result<u64, Rejection> {
    let (fee, rest) = amount.split(order.terms.fee);
    let subject = Subject::Order(order.id);
    let reason = match order.mode {
        Mode::Escrow => Reason::OrderReleased,
        Mode::Direct => Reason::OrderPaid,
    };
    let to_seller = Move { debit: source, credit: order.seller, amount: rest, reason, subject };
    if rest.minor() > 0 {
        draft.give(work, to_seller)?;
    }
    if fee.minor() > 0 {
        let credit = System::Fees.id(work.cell(), order.currency());
        let reason = Reason::OrderFee;
        draft.post(work, Move { credit, amount: fee, reason, ..to_seller })?;
    }
    Ok(fee.minor())
}

pub(super) fn cancel<B: Books>(work: &mut Work<'_, B>, it: CancelOrder) -> Done {
    let order = find_as(work, it.order, it.party)?;
    let stage = next(&order, Event::Cancel)?;
    if order.stage == Stage::Created {
        return Ok(close(work, &order, stage, EventKind::OrderCancelled));
    }
    // A paid order: the seller may always give it up, the buyer only when the seller is late.
    let late = order.ship_by().is_some_and(|it| it <= work.now);
    if it.party == Party::Buyer && !late {
        let (stage, event) = (order.stage, Event::Cancel);
        return Err(Rejection::EventNotAllowed { stage, event });
    }
    let amount = order.in_escrow();
    super::refunds::pay_back(work, &order, stage, amount, EventKind::OrderCancelled)
}

/// Ends an order that was never paid.
pub(super) fn close<B: Books>(
    work: &mut Work<'_, B>,
    order: &Order,
    stage: Stage,
    kind: EventKind,
) -> Subject {
    let after = Order { stage, due: None, ended_at: Some(work.now), ..*order };
    write(work, Some(order), &after, kind, Money::new(0, order.currency()))
}

pub(super) fn extend<B: Books>(work: &mut Work<'_, B>, it: ExtendOrder) -> Done {
    let order = find(work, it.order)?;
    // The seller may wait longer for money, and the buyer's time to be sure is for both to extend.
    let allowed = match order.stage {
        Stage::Created => work.acts_for(Some(order.merchant)),
        Stage::Paid
        | Stage::Shipped
        | Stage::PaidRefundAsked
        | Stage::ShippedRefundAsked
        | Stage::Disputed
        | Stage::Completed
        | Stage::Refunded
        | Stage::Closed => work.acts_for(Some(order.merchant)) || work.acts_for(order.customer),
    };
    if !allowed {
        return Err(Rejection::OrderNotFound);
    }
    let stage = next(&order, Event::Extend)?;
    let due = order.due.map(|due| due.after(it.by)).ok_or(Rejection::TimeOutOfRange)?;
    if it.by == Seconds(0) || due > work.now.after(DEADLINE_MAX) {
        return Err(Rejection::TimeOutOfRange);
    }

    let after = Order { stage, due: Some(due), ..order };
    let nothing = Money::new(0, order.currency());
    Ok(write(work, Some(&order), &after, EventKind::OrderExtended, nothing))
}

/// Where `event` leads from where the order stands.
pub(super) fn next(order: &Order, event: Event) -> Result<Stage, Rejection> {
    let stage = order.stage;
    stage.next(event).ok_or(Rejection::EventNotAllowed { stage, event })
}

/// The order, if it lives here.
pub(super) fn find<B: Books>(work: &mut Work<'_, B>, id: OrderId) -> Result<Order, Rejection> {
    if id.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    work.books.order(id).ok_or(Rejection::OrderNotFound)
}

/// The order, if the caller may act for this side of it. The other side may see it, and is told
/// that it may not do this; strangers are told nothing.
pub(super) fn find_as<B: Books>(
    work: &mut Work<'_, B>,
    id: OrderId,
    party: Party,
) -> Result<Order, Rejection> {
    let order = find(work, id)?;
    let (buyer, seller) = (work.acts_for(order.customer), work.acts_for(Some(order.merchant)));
    let acts = match party {
        Party::Buyer => buyer,
        Party::Seller => seller,
    };
    match (acts, buyer || seller) {
        (true, _) => Ok(order),
        (false, true) => Err(Rejection::NotAllowed),
        (false, false) => Err(Rejection::OrderNotFound),
    }
}

/// Writes an order with its places in the indexes, and says what happened to it.
pub(super) fn write<B: Books>(
    work: &mut Work<'_, B>,
    before: Option<&Order>,
    after: &Order,
    kind: EventKind,
    amount: Money,
) -> Subject {
    let (id, stage) = (after.id, after.stage);
    if before.map(|it| it.stage) != Some(stage) {
        if let Some(before) = before {
            work.books.unlist(Listing::PartyOrder(after.seller, Some(before.stage), id));
            work.books.unlist(Listing::PartyOrder(after.buyer, Some(before.stage), id));
            work.books.unlist(Listing::StageOrder(before.stage, id));
        }
        work.books.list(Listing::PartyOrder(after.seller, Some(stage), id));
        work.books.list(Listing::PartyOrder(after.buyer, Some(stage), id));
        work.books.list(Listing::StageOrder(stage, id));
    }
    let due_before = before.and_then(|it| it.due);
    if due_before != after.due {
        if let Some(due) = due_before {
            work.books.unlist(Listing::Due(due, Timer::Order(id)));
        }
        if let Some(due) = after.due {
            work.books.list(Listing::Due(due, Timer::Order(id)));
        }
    }
    let (subject, merchant) = (Subject::Order(id), Some(after.merchant));
    let event = work.happened(kind, subject, merchant, amount, after.last_event);
    work.books.put(Record::Order(Order { last_event: Some(event), ..*after }));
    subject
}

/// The account of somebody who buys: a customer, or a merchant shopping.
fn buyer_account<B: Books>(work: &mut Work<'_, B>, id: AccountId) -> Result<Account, Rejection> {
    let account = Draft::default().account(work, id)?;
    match account.kind {
        AccountKind::Customer | AccountKind::Merchant => Ok(account),
        AccountKind::Escrow
        | AccountKind::BankClearing
        | AccountKind::Fees
        | AccountKind::Suspense
        | AccountKind::Payouts
        | AccountKind::Transit
        | AccountKind::Capital => Err(Rejection::AccountKindNotAllowed),
    }
}

fn check_terms(terms: &Terms) -> Result<(), Rejection> {
    let spans = [terms.pay_within, terms.ship_within, terms.confirm_within, terms.answer_within];
    let fits = |it: &Seconds| *it > Seconds(0) && *it <= DEADLINE_MAX;
    if spans.iter().all(fits) { Ok(()) } else { Err(Rejection::TimeOutOfRange) }
}
