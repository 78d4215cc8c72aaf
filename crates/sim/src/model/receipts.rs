//! Money that nothing accounted for, in the oracle's words.

use super::money::minor;
use super::{Instruction, Model, Receipt, Verdict, place};
use ledger::account::{AccountKind, System};
use ledger::command::{RecordReceipt, Resolution, ResolveReceipt};
use ledger::money::Money;

impl Model {
    pub(super) fn record_receipt(&mut self, it: &RecordReceipt) -> Verdict {
        self.platform_only()?;
        let number = self.state.receipts.len();
        match self.state.references.get(&it.reference) {
            None => {
                self.open_receipt(it.amount, false)?;
                self.learn(Some(it.reference), (3, number));
                Ok(())
            }
            Some((3, known)) if self.state.receipts[*known].amount == it.amount => {
                self.reach("receipt recorded again");
                Ok(())
            }
            Some(_) => Err("bank_reference_taken"),
        }
    }

    pub(super) fn open_receipt(&mut self, amount: Money, outgoing: bool) -> Verdict {
        let clearing = self.system(System::BankClearing, amount.currency());
        let suspense = self.system(System::Suspense, amount.currency());
        let capital = self.system(System::Capital, amount.currency());
        let (from, to) = if outgoing { (capital, clearing) } else { (clearing, suspense) };
        self.shift(from, to, amount, false)?;
        self.state.receipts.push(Receipt { amount, outgoing, stage: "open" });
        Ok(())
    }

    pub(super) fn resolve_receipt(&mut self, it: &ResolveReceipt) -> Verdict {
        self.platform_only()?;
        if !self.is_here(it.receipt.cell().number()) {
            return Err("not_in_this_cell");
        }
        let number = place(it.receipt.number());
        let receipt = self.state.receipts.get(number).copied().ok_or("receipt_not_found")?;
        let write_off = it.resolution == Resolution::WriteOff;
        if receipt.stage != "open" || (receipt.outgoing && !write_off) {
            return Err("receipt_not_open");
        }
        let (sum, currency) = (receipt.amount, receipt.amount.currency());
        let suspense = self.system(System::Suspense, currency);
        let stage = match it.resolution {
            Resolution::Credit { account } => {
                let kind = self.account(account)?.kind;
                if ![AccountKind::Customer, AccountKind::Merchant].contains(&kind) {
                    return Err("account_kind_not_allowed");
                }
                self.shift(suspense, account, sum, false)?;
                "credited"
            }
            Resolution::Return { account, card } => {
                self.with_card(account, card)?;
                let payouts = self.system(System::Payouts, currency);
                self.shift(suspense, payouts, sum, false)?;
                self.state.withdrawals.push(Instruction {
                    account,
                    amount: minor(sum),
                    currency,
                    stage: "created",
                    moved: None,
                    aside: false,
                    looked_at: self.now,
                    created_at: self.now,
                    order: None,
                    receipt: Some(number),
                    late: false,
                    top_up: None,
                });
                self.reach("receipt sent back to a card");
                "returning"
            }
            Resolution::Match { top_up } => {
                if !self.is_here(top_up.cell().number()) {
                    return Err("not_in_this_cell");
                }
                let top_up = self.state.top_ups.get_mut(place(top_up.number()));
                let top_up = top_up.ok_or("top_up_not_found")?;
                if top_up.stage != "investigating" || top_up.aside {
                    return Err("receipt_not_open");
                }
                (top_up.moved, top_up.aside) = (Some(sum), true);
                "matched"
            }
            Resolution::WriteOff => {
                if !receipt.outgoing {
                    let capital = self.system(System::Capital, currency);
                    self.shift(suspense, capital, sum, false)?;
                }
                "written_off"
            }
        };
        self.state.receipts[number].stage = stage;
        Ok(())
    }
}
