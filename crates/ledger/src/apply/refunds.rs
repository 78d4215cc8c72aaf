//! Money back: asked for, agreed, refused, granted by silence, given freely, or awarded.

use super::draft::{Draft, Move, check_amount};
use super::orders::{find_as, next, release, write};
use super::{Done, Work};
use crate::account::System;
use crate::books::Books;
use crate::command::{
    AddStatement, AnswerRefund, AskRefund, AwardOrder, DisputeOrder, RefundOrder, WithdrawRefund,
};
use crate::event::{EventKind, Subject};
use crate::money::Money;
use crate::order::{Event, Grounds, Order, Party, Plea, Stage};
use crate::posting::Reason;
use crate::refund::STATEMENTS_MAX;
use crate::rejection::Rejection;

pub(super) fn ask<B: Books>(work: &mut Work<'_, B>, it: &AskRefund) -> Done {
    let order = find_as(work, it.order, Party::Buyer)?;
    let stage = next(&order, Event::AskRefund)?;
    check_grounds(Plea::Refund, it.grounds)?;
    let asked = refundable(&order, it.amount)?;

    let due = order.due_in(stage, work.now);
    let after = Order { stage, asked, due, ..order };
    Ok(write(work, Some(&order), &after, EventKind::OrderRefundAsked, it.amount))
}

pub(super) fn withdraw<B: Books>(work: &mut Work<'_, B>, it: WithdrawRefund) -> Done {
    let order = find_as(work, it.order, Party::Buyer)?;
    go_on(work, &order, Event::WithdrawRefund, EventKind::OrderRefundWithdrawn)
}

pub(super) fn answer<B: Books>(work: &mut Work<'_, B>, it: &AnswerRefund) -> Done {
    let order = find_as(work, it.order, Party::Seller)?;
    if it.agree {
        return grant(work, &order);
    }
    go_on(work, &order, Event::RefuseRefund, EventKind::OrderRefundRefused)
}

/// Back to where the order stood. The buyer's time to be sure begins anew: asking costs nobody
/// their deadline.
fn go_on<B: Books>(work: &mut Work<'_, B>, order: &Order, event: Event, kind: EventKind) -> Done {
    let stage = next(order, event)?;

    let asked = Money::new(order.asked, order.currency());
    let due = order.due_in(stage, work.now);
    Ok(write(work, Some(order), &Order { stage, asked: 0, due, ..*order }, kind, asked))
}

/// Gives back what was asked: agreed, or because nobody answered.
pub(super) fn grant<B: Books>(work: &mut Work<'_, B>, order: &Order) -> Done {
    // What is not asked for cannot be granted, although a seller could give it freely.
    if order.asked == 0 {
        let (stage, event) = (order.stage, Event::RefundPart);
        return Err(Rejection::EventNotAllowed { stage, event });
    }
    let stage = next(order, refund_event(order, order.asked))?;
    pay_back(work, order, stage, order.asked, EventKind::OrderRefunded)
}

/// The order, where a refund leads it, and how much that is in minor units, if it may be given.
pub(super) fn may_give<B: Books>(
    work: &mut Work<'_, B>,
    it: RefundOrder,
) -> Result<(Order, Stage, u64), Rejection> {
    let order = find_as(work, it.order, Party::Seller)?;
    let stage = next(&order, refund_event(&order, it.amount.minor()))?;
    let amount = refundable(&order, it.amount)?;
    Ok((order, stage, amount))
}

pub(super) fn give<B: Books>(work: &mut Work<'_, B>, it: RefundOrder) -> Done {
    let (order, stage, amount) = may_give(work, it)?;
    pay_back(work, &order, stage, amount, EventKind::OrderRefunded)
}

pub(super) fn dispute<B: Books>(work: &mut Work<'_, B>, it: &DisputeOrder) -> Done {
    let order = find_as(work, it.order, it.party)?;
    let stage = next(&order, Event::Dispute)?;
    check_grounds(Plea::Dispute(it.party), it.grounds)?;

    let amount = Money::new(order.in_escrow(), order.currency());
    let after = Order { stage, due: None, ..order };
    Ok(write(work, Some(&order), &after, EventKind::OrderDisputed, amount))
}

/// Adds to what a side said. Neither money nor a deadline moves: the event is all.
pub(super) fn add_statement<B: Books>(work: &mut Work<'_, B>, it: &AddStatement) -> Done {
    let order = find_as(work, it.order, it.party)?;
    let stage = next(&order, Event::AddStatement)?;
    if order.statements(it.party) >= STATEMENTS_MAX {
        return Err(Rejection::StatementLimitReached);
    }

    let mut after = Order { stage, ..order };
    let count = match it.party {
        Party::Buyer => &mut after.buyer_statements,
        Party::Seller => &mut after.seller_statements,
    };
    *count = count.saturating_add(1);
    let nothing = Money::new(0, order.currency());
    Ok(write(work, Some(&order), &after, EventKind::OrderStatementAdded, nothing))
}

/// The order, where an award leads it, and what is left for the seller, if it may be awarded.
pub(super) fn may_award<B: Books>(
    work: &mut Work<'_, B>,
    it: AwardOrder,
) -> Result<(Order, Stage, u64), Rejection> {
    work.platform_only()?;
    let order = super::orders::find(work, it.order)?;
    let held = order.in_escrow();
    let event = if it.to_buyer == held { Event::AwardBuyer } else { Event::AwardSeller };
    let stage = next(&order, event)?;
    let rest = held.checked_sub(it.to_buyer).ok_or(Rejection::RefundTooLarge)?;
    Ok((order, stage, rest))
}

pub(super) fn award<B: Books>(work: &mut Work<'_, B>, it: AwardOrder) -> Done {
    let (order, stage, rest) = may_award(work, it)?;
    let mut draft = Draft::default();
    let mut fee = 0;
    if it.to_buyer > 0 {
        back(&mut draft, work, &order, it.to_buyer)?;
    }
    if rest > 0 {
        let escrow = System::Escrow.id(work.cell(), order.currency());
        let rest = Money::new(rest, order.currency());
        fee = release(&mut draft, work, &order, escrow, rest)?;
    }

    draft.keep(work);
    let refunded = order.refunded.saturating_add(it.to_buyer);
    let ended_at = Some(work.now);
    let after = Order { stage, refunded, fee, asked: 0, due: None, ended_at, ..order };
    let amount = Money::new(it.to_buyer, order.currency());
    Ok(write(work, Some(&order), &after, EventKind::OrderAwarded, amount))
}

/// Gives `amount` back to the buyer and brings the order to `stage`.
pub(super) fn pay_back<B: Books>(
    work: &mut Work<'_, B>,
    order: &Order,
    stage: Stage,
    amount: u64,
    kind: EventKind,
) -> Done {
    let mut draft = Draft::default();
    back(&mut draft, work, order, amount)?;

    draft.keep(work);
    let refunded = order.refunded.saturating_add(amount);
    let mut after = Order { stage, refunded, asked: 0, ..*order };
    if stage == Stage::Refunded {
        after.due = None;
        after.ended_at = Some(work.now);
    } else if stage != order.stage {
        after.due = order.due_in(stage, work.now);
    }
    Ok(write(work, Some(order), &after, kind, Money::new(amount, order.currency())))
}

/// The posting of a refund: from escrow while the platform holds the money, else from the seller.
fn back<B: Books>(
    draft: &mut Draft,
    work: &mut Work<'_, B>,
    order: &Order,
    amount: u64,
) -> Result<(), Rejection> {
    let escrow = System::Escrow.id(work.cell(), order.currency());
    let debit = if order.stage.held() { escrow } else { order.seller };
    let (reason, subject) = (Reason::OrderRefunded, Subject::Order(order.id));
    let amount = Money::new(amount, order.currency());
    draft.give(work, Move { debit, credit: order.buyer, amount, reason, subject })
}

fn check_grounds(plea: Plea, grounds: Grounds) -> Result<(), Rejection> {
    let given = plea.grounds().contains(&grounds);
    if given { Ok(()) } else { Err(Rejection::GroundsNotAllowed) }
}

fn refund_event(order: &Order, amount: u64) -> Event {
    if amount == order.refundable() { Event::RefundAll } else { Event::RefundPart }
}

/// The amount in minor units, if the order has that much to give back.
fn refundable(order: &Order, amount: Money) -> Result<u64, Rejection> {
    check_amount(amount)?;
    if amount.currency() != order.currency() {
        return Err(Rejection::CurrencyDiffers);
    }
    if amount.minor() > order.refundable() {
        return Err(Rejection::RefundTooLarge);
    }
    Ok(amount.minor())
}
