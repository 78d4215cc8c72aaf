//! Orders, in the oracle's words.

use super::holds::YEAR;
use super::money::{in_range, minor};
use super::{Account, Found, Instruction, Misreading, Model, Order, Verdict, place};
use ledger::account::{AccountKind, AccountState, System};
use ledger::command::{CreateOrder, PayOrder};
use ledger::id::{AccountId, OrderId, UserId};
use ledger::money::Money;
use ledger::order::{Mode, Party};
use ledger::posting::Reason;
use ledger::remittance::Purpose;
use ledger::time::Seconds;

pub(super) fn money(sum: i128, like: &Order) -> Money {
    Money::new(u64::try_from(sum).expect("no sum of an order is negative"), like.currency)
}

impl Model {
    fn buyer(&self, id: AccountId) -> Found<Account> {
        let account = self.account(id)?;
        if [AccountKind::Customer, AccountKind::Merchant].contains(&account.kind) {
            Ok(account)
        } else {
            Err("account_kind_not_allowed")
        }
    }

    pub(super) fn create_order(&mut self, it: &CreateOrder) -> Verdict {
        let seller = self.account(it.seller)?;
        if seller.kind != AccountKind::Merchant {
            return Err("account_kind_not_allowed");
        }
        if !self.may_act_for(seller.owner) {
            return Err("account_not_found");
        }
        let here = self.is_here(it.buyer.cell().number());
        let buyer = if here { Some(self.buyer(it.buyer)?) } else { None };
        in_range(minor(it.price))?;
        let terms = it.terms;
        let spans =
            [terms.pay_within, terms.ship_within, terms.confirm_within, terms.answer_within];
        if spans.iter().any(|it| it.0 == 0 || u64::from(it.0) > YEAR) {
            return Err("time_out_of_range");
        }
        let currency = it.price.currency();
        if seller.currency != currency || buyer.is_some_and(|it| it.currency != currency) {
            return Err("currency_differs");
        }
        if it.seller == it.buyer {
            return Err("same_account");
        }
        let number = it.number.as_str();
        if self.state.orders.iter().any(|o| o.seller == it.seller && o.number == number) {
            return Err("order_number_taken");
        }
        if seller.state == AccountState::Closed {
            return Err("account_closed");
        }
        self.state.orders.push(Order {
            seller: it.seller,
            buyer: it.buyer,
            merchant: seller.owner,
            customer: buyer.and_then(|it| it.owner),
            number: number.to_owned(),
            price: minor(it.price),
            currency,
            escrow: it.mode == Mode::Escrow,
            ship_within: u64::from(terms.ship_within.0) * 1_000,
            confirm_within: u64::from(terms.confirm_within.0) * 1_000,
            answer_within: u64::from(terms.answer_within.0) * 1_000,
            fee_points: i128::from(terms.fee.basis_points()),
            stage: "created",
            refunded: 0,
            asked: 0,
            statements: [0, 0],
            fee: 0,
            paid_at: 0,
            due: Some(self.now + u64::from(terms.pay_within.0) * 1_000),
        });
        Ok(())
    }

    pub(super) fn pay_order(&mut self, it: &PayOrder) -> Verdict {
        let payer = self.buyer(it.debit)?;
        if !self.may_act_for(payer.owner) {
            return Err("account_not_found");
        }
        let paying = |other: &Instruction| {
            let way = ["created", "sent", "unknown", "paying"].contains(&other.stage);
            way && other.account == it.debit && other.order == Some(it.order)
        };
        if !it.deliberate && self.state.top_ups.iter().any(paying) {
            self.reach("payment refused while a card pays");
            return Err("payment_under_way");
        }
        self.pay_from_balance(it, payer.owner)
    }

    pub(super) fn pay_from_balance(&mut self, it: &PayOrder, owner: Option<UserId>) -> Verdict {
        if self.is_here(it.order.cell().number()) {
            return self.settle(it, it.debit, owner);
        }
        let escrow = System::Escrow.id(it.order.cell(), it.amount.currency());
        self.send(it.debit, escrow, it.amount, false, Purpose::Pay(it.order))
    }

    pub(super) fn settle(
        &mut self,
        it: &PayOrder,
        source: AccountId,
        payer: Option<UserId>,
    ) -> Verdict {
        let order = self.payable(it)?;
        let mut fee = 0;
        if order.escrow {
            let escrow = self.system(System::Escrow, order.currency);
            self.shift(source, escrow, it.amount, false)?;
        } else {
            fee = self.pay_seller(&order, source, order.price)?;
        }
        let now = self.now;
        let after = self.order_mut(it.order);
        after.stage = if order.escrow { "paid" } else { "completed" };
        (after.customer, after.fee, after.paid_at, after.due) = (payer, fee, now, None);
        Ok(())
    }

    /// The order, if it could be paid like that.
    pub(super) fn payable(&self, it: &PayOrder) -> Found<Order> {
        let order = self.find_order(it.order)?;
        if order.buyer != it.debit {
            let side = self.may_act_for(order.customer) || self.may_act_for(order.merchant);
            let told = side && !self.asked_by_cell();
            return Err(if told { "not_allowed" } else { "order_not_found" });
        }
        if order.stage != "created" {
            return Err("event_not_allowed");
        }
        if it.amount != money(order.price, &order) {
            return Err("amount_differs");
        }
        if self.account(order.seller)?.state == AccountState::Closed {
            return Err("account_closed");
        }
        Ok(order)
    }

    /// Pays the seller and takes the fee, which it returns.
    pub(super) fn pay_seller(
        &mut self,
        order: &Order,
        source: AccountId,
        sum: i128,
    ) -> Found<i128> {
        let fee = sum * order.fee_points / 10_000;
        let fee = if self.misreads(Misreading::NoFee) { 0 } else { fee };
        if sum - fee > 0 {
            let rest = money(sum - fee, order);
            self.give(source, order.seller, rest, Reason::OrderReleased)?;
        }
        if fee > 0 {
            let fees = self.system(System::Fees, order.currency);
            self.shift(source, fees, money(fee, order), false)?;
        }
        Ok(fee)
    }

    pub(super) fn ship_order(&mut self, id: OrderId) -> Verdict {
        let order = self.find_order_as(id, Party::Seller)?;
        if order.stage != "paid" {
            return Err("event_not_allowed");
        }
        let due = self.now + order.confirm_within;
        let after = self.order_mut(id);
        (after.stage, after.due) = ("shipped", Some(due));
        Ok(())
    }

    pub(super) fn correct_shipment(&self, id: OrderId) -> Verdict {
        let order = self.find_order_as(id, Party::Seller)?;
        let shipped = ["shipped", "shipped_refund_asked"].contains(&order.stage);
        if shipped { Ok(()) } else { Err("event_not_allowed") }
    }

    pub(super) fn confirm_order(&mut self, id: OrderId) -> Verdict {
        let order = self.find_order_as(id, Party::Buyer)?;
        if !["paid", "shipped", "shipped_refund_asked"].contains(&order.stage) {
            return Err("event_not_allowed");
        }
        self.complete_order(id.number())
    }

    pub(super) fn complete_order(&mut self, number: u64) -> Verdict {
        let order = self.state.orders[place(number)].clone();
        let escrow = self.system(System::Escrow, order.currency);
        let fee = self.pay_seller(&order, escrow, order.price - order.refunded)?;
        self.close_order(number, "completed");
        self.state.orders[place(number)].fee = fee;
        Ok(())
    }

    pub(super) fn close_order(&mut self, number: u64, stage: &'static str) {
        let after = &mut self.state.orders[place(number)];
        (after.stage, after.asked, after.due) = (stage, 0, None);
    }

    pub(super) fn cancel_order(&mut self, id: OrderId, party: Party) -> Verdict {
        let order = self.find_order_as(id, party)?;
        let late = order.paid_at + order.ship_within <= self.now;
        match (order.stage, party) {
            ("created", _) => {
                self.close_order(id.number(), "closed");
                Ok(())
            }
            ("paid", Party::Buyer) if !late => Err("event_not_allowed"),
            ("paid", _) => {
                if party == Party::Buyer {
                    self.reach("buyer cancelled a late seller's order");
                }
                self.pay_back(id.number(), order.price - order.refunded, "refunded")
            }
            (_, _) => Err("event_not_allowed"),
        }
    }

    pub(super) fn extend_order(&mut self, id: OrderId, by: Seconds) -> Verdict {
        let order = self.find_order(id)?;
        let (seller, buyer) = (self.may_act_for(order.merchant), self.may_act_for(order.customer));
        if !seller && (order.stage == "created" || !buyer) {
            return Err("order_not_found");
        }
        if !["created", "shipped"].contains(&order.stage) {
            return Err("event_not_allowed");
        }
        let by = u64::from(by.0) * 1_000;
        let due = order.due.ok_or("time_out_of_range")? + by;
        if by == 0 || due > self.now + YEAR * 1_000 {
            return Err("time_out_of_range");
        }
        self.order_mut(id).due = Some(due);
        Ok(())
    }

    pub(super) fn find_order(&self, id: OrderId) -> Found<Order> {
        if !self.is_here(id.cell().number()) {
            return Err("not_in_this_cell");
        }
        self.state.orders.get(place(id.number())).cloned().ok_or("order_not_found")
    }

    pub(super) fn find_order_as(&self, id: OrderId, party: Party) -> Found<Order> {
        let order = self.find_order(id)?;
        let (buyer, seller) = (self.may_act_for(order.customer), self.may_act_for(order.merchant));
        match (party, buyer, seller) {
            (Party::Buyer, true, _) | (Party::Seller, _, true) => Ok(order),
            (_, false, false) => Err("order_not_found"),
            (Party::Buyer | Party::Seller, _, _) => Err("not_allowed"),
        }
    }
}
