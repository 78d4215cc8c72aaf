//! Messages between cells, in the oracle's words.

use super::{Misreading, Model, Owed, Verdict, place};
use ledger::account::System;
use ledger::command::{PayOrder, Receive};
use ledger::id::{CellId, RemittanceId};
use ledger::money::Money;
use ledger::posting::Reason;
use ledger::remittance::{Message, Purpose, Remit};

impl Model {
    pub(super) fn receive(&mut self, it: &Receive) -> Verdict {
        if !self.asked_by_cell() {
            return Err("not_allowed");
        }
        let from = it.from.number();
        let last = self.state.received.get(&from).copied().unwrap_or(0);
        if self.is_here(from) || it.number != last + 1 {
            self.reach(if it.number <= last {
                "duplicate message ignored"
            } else {
                "message before its turn ignored"
            });
            return Err("message_out_of_order");
        }
        self.state.received.insert(from, it.number);
        match &it.message {
            Message::Remit(remit) => {
                let before = self.state.clone();
                let refusal = self.take(it.from, remit).err();
                if refusal.is_some() {
                    self.state = before;
                }
                let number = remit.remittance.number();
                self.state.owed.push(Owed::Reply { to: from, number, refusal });
                Ok(())
            }
            Message::Reply { remittance, refusal } => {
                self.conclude(it.from, *remittance, refusal.is_some())
            }
        }
    }

    fn take(&mut self, from: CellId, remit: &Remit) -> Verdict {
        let transit = self.system(System::Transit(from), remit.amount.currency());
        match remit.purpose {
            Purpose::Pay(order) => {
                let pay =
                    PayOrder { order, debit: remit.debit, amount: remit.amount, deliberate: true };
                self.settle(&pay, transit, remit.payer)?;
                self.reach("order paid from another cell");
                Ok(())
            }
            Purpose::Credit(reason) => {
                self.account(remit.credit)?;
                self.may_be_credited(remit.credit)?;
                let limited = [Reason::Transfer, Reason::Capture].contains(&reason);
                self.shift(transit, remit.credit, remit.amount, limited)
            }
        }
    }

    fn conclude(&mut self, from: CellId, id: RemittanceId, refused: bool) -> Verdict {
        let number = place(id.number());
        let Some(sent) = self.state.remittances.get(number).copied() else { return Ok(()) };
        if sent.stage != "sent" || sent.credit.cell() != from {
            return Ok(());
        }
        if let Some(top_up) = sent.top_up {
            if refused {
                self.reach("card payment refused by another cell");
                let transit = self.system(System::Transit(from), sent.currency);
                let sum = Money::new(u64::try_from(sent.amount).unwrap_or(0), sent.currency);
                self.give_back(top_up, transit, sum)?;
            } else {
                self.state.top_ups[top_up].stage = "credited";
            }
        } else if refused && !self.misreads(Misreading::RefusedIsLost) {
            self.bring_back(number)?;
        }
        self.state.remittances[number].stage = if refused { "returned" } else { "settled" };
        Ok(())
    }

    fn bring_back(&mut self, number: usize) -> Verdict {
        let sent = self.state.remittances[number];
        let transit = self.system(System::Transit(sent.credit.cell()), sent.currency);
        let sum = u64::try_from(sent.amount).expect("amounts are not negative");
        let amount = Money::new(sum, sent.currency);
        if matches!(sent.purpose, Purpose::Pay(_)) {
            self.reach("remote payment returned");
        }
        let refund = sent.purpose == Purpose::Credit(Reason::OrderRefunded);
        if !refund && self.shift(transit, sent.debit, amount, false).is_ok() {
            return Ok(());
        }
        self.reach("returned money set aside");
        let suspense = self.system(System::Suspense, sent.currency);
        self.shift(transit, suspense, amount, false)
    }
}
