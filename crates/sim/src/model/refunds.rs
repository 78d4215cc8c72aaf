//! Money back, in the oracle's words.

use super::money::{in_range, minor};
use super::orders::money;
use super::{Found, Model, Order, Verdict, place};
use ledger::account::System;
use ledger::command::{AskRefund, DisputeOrder};
use ledger::id::OrderId;
use ledger::money::Money;
use ledger::order::Party;
use ledger::posting::Reason;

impl Order {
    /// Where the order stood before money back was asked for.
    fn unasked(&self) -> &'static str {
        match self.stage {
            "paid_refund_asked" => "paid",
            "shipped_refund_asked" => "shipped",
            other => other,
        }
    }

    fn is_asked(&self) -> bool {
        self.unasked() != self.stage
    }

    fn left(&self) -> i128 {
        self.price - self.refunded
    }

    fn in_escrow(&self) -> i128 {
        let held = ["paid", "shipped", "disputed"].contains(&self.unasked());
        if held { self.left() } else { 0 }
    }
}

fn refundable(order: &Order, amount: Money) -> Found<i128> {
    in_range(minor(amount))?;
    if amount.currency() != order.currency {
        return Err("currency_differs");
    }
    if minor(amount) > order.left() {
        return Err("refund_too_large");
    }
    Ok(minor(amount))
}

impl Model {
    pub(super) fn ask_refund(&mut self, it: &AskRefund) -> Verdict {
        let id = it.order;
        let order = self.find_order_as(id, Party::Buyer)?;
        let stage = match order.stage {
            "paid" => "paid_refund_asked",
            "shipped" => "shipped_refund_asked",
            _ => return Err("event_not_allowed"),
        };
        // Who asks for a refund neither got none nor asks without cause.
        if ["refund_refused", "no_answer", "refund_unfounded"].contains(&it.grounds.code()) {
            return Err("grounds_not_allowed");
        }
        let asked = refundable(&order, it.amount)?;
        let due = Some(self.now + order.answer_within);
        let after = self.order_mut(id);
        (after.stage, after.asked, after.due) = (stage, asked, due);
        Ok(())
    }

    pub(super) fn withdraw_refund(&mut self, id: OrderId) -> Verdict {
        let order = self.find_order_as(id, Party::Buyer)?;
        self.unask(id, &order)
    }

    pub(super) fn answer_refund(&mut self, id: OrderId, agree: bool) -> Verdict {
        let order = self.find_order_as(id, Party::Seller)?;
        if agree { self.grant_refund(id.number()) } else { self.unask(id, &order) }
    }

    fn unask(&mut self, id: OrderId, order: &Order) -> Verdict {
        if !order.is_asked() {
            return Err("event_not_allowed");
        }
        let stage = order.unasked();
        let due = (stage == "shipped").then(|| self.now + order.confirm_within);
        let after = self.order_mut(id);
        (after.stage, after.asked, after.due) = (stage, 0, due);
        Ok(())
    }

    pub(super) fn grant_refund(&mut self, number: u64) -> Verdict {
        let order = self.state.orders[place(number)].clone();
        if !order.is_asked() {
            return Err("event_not_allowed");
        }
        let all = order.asked == order.left();
        self.pay_back(number, order.asked, if all { "refunded" } else { order.unasked() })
    }

    pub(super) fn refund_order(&mut self, id: OrderId, amount: Money) -> Verdict {
        let order = self.find_order_as(id, Party::Seller)?;
        if !["paid", "shipped", "completed"].contains(&order.unasked()) {
            return Err("event_not_allowed");
        }
        let sum = refundable(&order, amount)?;
        let stage = match order.stage {
            "completed" => {
                self.reach("refund after the end, from the seller's balance");
                "completed"
            }
            _ if sum == order.left() => "refunded",
            _ => order.unasked(),
        };
        self.pay_back(id.number(), sum, stage)
    }

    pub(super) fn dispute_order(&mut self, it: &DisputeOrder) -> Verdict {
        let id = it.order;
        let order = self.find_order_as(id, it.party)?;
        if !["paid", "shipped"].contains(&order.unasked()) {
            return Err("event_not_allowed");
        }
        let allowed = match (it.party, it.grounds.code()) {
            (_, "no_answer" | "other") => true,
            (Party::Buyer, it) => !["changed_mind", "agreed", "refund_unfounded"].contains(&it),
            (Party::Seller, it) => it == "refund_unfounded",
        };
        if !allowed {
            return Err("grounds_not_allowed");
        }
        let after = self.order_mut(id);
        (after.stage, after.due) = ("disputed", None);
        Ok(())
    }

    pub(super) fn add_statement(&mut self, id: OrderId, party: Party) -> Verdict {
        let order = self.find_order_as(id, party)?;
        if order.stage != "disputed" && !order.is_asked() {
            return Err("event_not_allowed");
        }
        let side = usize::from(party == Party::Seller);
        if order.statements[side] == 10 {
            return Err("statement_limit_reached");
        }
        self.reach("statement added while something is to be decided");
        self.order_mut(id).statements[side] += 1;
        Ok(())
    }

    pub(super) fn award_order(&mut self, id: OrderId, to_buyer: i128) -> Verdict {
        self.platform_only()?;
        let order = self.find_order(id)?;
        if order.stage != "disputed" {
            return Err("event_not_allowed");
        }
        let rest = order.left() - to_buyer;
        if rest < 0 {
            return Err("refund_too_large");
        }
        if to_buyer > 0 && rest > 0 {
            self.reach("dispute split");
        }
        if to_buyer > 0 {
            self.refund_buyer(&order, to_buyer)?;
        }
        let mut fee = 0;
        if rest > 0 {
            let escrow = self.system(System::Escrow, order.currency);
            fee = self.pay_seller(&order, escrow, rest)?;
        }
        self.close_order(id.number(), if rest == 0 { "refunded" } else { "completed" });
        let after = self.order_mut(id);
        (after.fee, after.refunded) = (fee, after.refunded + to_buyer);
        Ok(())
    }

    /// Gives the buyer money back and brings the order to `stage`.
    pub(super) fn pay_back(&mut self, number: u64, sum: i128, stage: &'static str) -> Verdict {
        let order = self.state.orders[place(number)].clone();
        self.refund_buyer(&order, sum)?;
        let now = self.now;
        let after = &mut self.state.orders[place(number)];
        if stage == "refunded" {
            after.due = None;
        } else if stage != order.stage {
            after.due = (stage == "shipped").then_some(now + order.confirm_within);
        }
        (after.stage, after.asked, after.refunded) = (stage, 0, order.refunded + sum);
        Ok(())
    }

    fn refund_buyer(&mut self, order: &Order, sum: i128) -> Verdict {
        let escrow = self.system(System::Escrow, order.currency);
        let source = if order.in_escrow() > 0 { escrow } else { order.seller };
        self.give(source, order.buyer, money(sum, order), Reason::OrderRefunded)
    }
}
