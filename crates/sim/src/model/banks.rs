//! Top-ups and withdrawals, in the oracle's words.

use super::money::{in_range, minor};
use super::{Account, Found, Instruction, Misreading, Model, Verdict, place};
use ledger::account::{AccountKind, AccountState, System};
use ledger::bank::BankEvent;
use ledger::command::{PayOrder, StartTopUp, StartWithdrawal};
use ledger::id::{AccountId, CardId, OrderId, TopUpId, WithdrawalId};
use ledger::money::Money;
use ledger::posting::Reason;

fn amount(it: &Instruction) -> Money {
    Money::new(u64::try_from(it.amount).expect("amounts are not negative"), it.currency)
}

impl Model {
    fn with_card(&self, id: AccountId, card: CardId) -> Found<Account> {
        let account = self.account(id)?;
        if !self.may_act_for(account.owner) {
            return Err("account_not_found");
        }
        if ![AccountKind::Customer, AccountKind::Merchant].contains(&account.kind) {
            return Err("account_kind_not_allowed");
        }
        let known = self.state.cards.get(place(card.number())).copied();
        let known = known.filter(|_| self.is_here(card.cell().number()));
        if known.is_some() && known == account.owner { Ok(account) } else { Err("card_not_found") }
    }

    pub(super) fn start_top_up(&mut self, it: &StartTopUp) -> Verdict {
        let account = self.with_card(it.account, it.card)?;
        in_range(minor(it.amount))?;
        if account.currency != it.amount.currency() {
            return Err("currency_differs");
        }
        if let Some(order) = it.order.filter(|it| self.is_here(it.cell().number())) {
            let (debit, amount) = (it.account, it.amount);
            self.payable(&PayOrder { order, debit, amount, deliberate: true })?;
        }
        if account.state == AccountState::Closed {
            return Err("account_closed");
        }
        if it.order.is_none() {
            self.over_limit(it.account, &account, minor(it.amount))?;
        }
        let alike = |other: &Instruction| {
            let way = ["created", "sent", "unknown", "paying"].contains(&other.stage);
            let recent = self.now < other.created_at + 600_000 && other.stage != "paying";
            let same = match (it.order, other.order) {
                (Some(this), Some(that)) => this == that,
                (_, _) => recent && other.amount == minor(it.amount),
            };
            way && same && other.account == it.account
        };
        if !it.deliberate && self.state.top_ups.iter().any(alike) {
            self.reach("second top-up refused while the first is under way");
            return Err("top_up_under_way");
        }
        self.state.top_ups.push(Instruction {
            account: it.account,
            amount: minor(it.amount),
            currency: it.amount.currency(),
            stage: "created",
            set_aside: 0,
            created_at: self.now,
            order: it.order,
            top_up: None,
        });
        Ok(())
    }

    pub(super) fn advance_top_up(&mut self, id: TopUpId, event: BankEvent) -> Verdict {
        self.platform_only()?;
        if !self.is_here(id.cell().number()) {
            return Err("not_in_this_cell");
        }
        let number = place(id.number());
        let before = self.state.top_ups.get(number).copied().ok_or("top_up_not_found")?;
        let open = ["sent", "unknown"].contains(&before.stage);
        let answerable = open || before.stage == "investigating";
        let mut stage = match event {
            BankEvent::Send if before.stage == "created" => "sent",
            BankEvent::Silence if before.stage == "sent" => "unknown",
            BankEvent::Confirm if answerable => "credited",
            BankEvent::Confirm if before.stage == "rejected" => {
                if self.misreads(Misreading::FirstAnswerStands) {
                    return Err("bank_event_not_allowed");
                }
                self.reach("late bank success after rejection");
                "investigating"
            }
            BankEvent::Reject if answerable || before.stage == "created" => "rejected",
            BankEvent::Return if answerable => "returned",
            BankEvent::Investigate if open => "investigating",
            BankEvent::Send
            | BankEvent::Silence
            | BankEvent::Confirm
            | BankEvent::Reject
            | BankEvent::Return
            | BankEvent::Investigate => {
                self.reach("repeated or contradicting bank event ignored");
                return Err("bank_event_not_allowed");
            }
        };
        if stage == "credited"
            && let Some(order) = before.order
        {
            return self.pay_by_card(number, order);
        }
        if stage == "credited" && self.account(before.account)?.state == AccountState::Closed {
            self.reach("top-up confirmed after its account closed");
            stage = "investigating";
        }
        let clearing = self.system(System::BankClearing, before.currency);
        let suspense = self.system(System::Suspense, before.currency);
        let mut set_aside = before.set_aside;
        if stage == "credited" {
            let source = if set_aside > 0 { suspense } else { clearing };
            self.shift(source, before.account, amount(&before), false)?;
            set_aside = 0;
        }
        if stage == "investigating" && event == BankEvent::Confirm && set_aside == 0 {
            self.shift(clearing, suspense, amount(&before), false)?;
            set_aside = before.amount;
        }
        if ["returned", "rejected"].contains(&stage) && set_aside > 0 {
            self.shift(suspense, clearing, amount(&before), false)?;
            set_aside = 0;
        }
        self.state.top_ups[number] = Instruction { stage, set_aside, ..before };
        Ok(())
    }

    /// The bank took money for an order: it is paid, here or from afar, or the money goes back.
    fn pay_by_card(&mut self, number: usize, order: OrderId) -> Verdict {
        let it = self.state.top_ups[number];
        let clearing = self.system(System::BankClearing, it.currency);
        let suspense = self.system(System::Suspense, it.currency);
        let source = if it.set_aside > 0 { suspense } else { clearing };
        let undo = self.state.clone();
        self.state.top_ups[number].set_aside = 0;
        let owner = self.state.accounts.get(&it.account).and_then(|it| it.owner);
        let pay = PayOrder { order, debit: it.account, amount: amount(&it), deliberate: true };
        let paid = self
            .shift(source, it.account, amount(&it), false)
            .and_then(|()| self.pay_from_balance(&pay, owner));
        if paid.is_err() {
            self.state = undo;
            self.reach("card payment of an order that cannot be paid given back");
            return self.give_back(number, source);
        }
        let here = self.is_here(order.cell().number());
        self.state.top_ups[number].stage = if here { "credited" } else { "paying" };
        if here {
            self.reach("order paid from a card");
        } else {
            let sent = self.state.remittances.last_mut().expect("it was sent");
            sent.top_up = Some(number);
        }
        Ok(())
    }

    pub(super) fn give_back(&mut self, number: usize, source: AccountId) -> Verdict {
        let it = self.state.top_ups[number];
        let payouts = self.system(System::Payouts, it.currency);
        self.shift(source, payouts, amount(&it), false)?;
        self.state.top_ups[number] = Instruction { stage: "returning", set_aside: 0, ..it };
        self.state.withdrawals.push(Instruction {
            stage: "created",
            set_aside: 0,
            created_at: self.now,
            order: None,
            top_up: Some(number),
            ..it
        });
        Ok(())
    }

    pub(super) fn start_withdrawal(&mut self, it: &StartWithdrawal) -> Verdict {
        self.with_card(it.account, it.card)?;
        let payouts = self.system(System::Payouts, it.amount.currency());
        self.shift(it.account, payouts, it.amount, false)?;
        self.state.withdrawals.push(Instruction {
            account: it.account,
            amount: minor(it.amount),
            currency: it.amount.currency(),
            stage: "created",
            set_aside: 0,
            created_at: self.now,
            order: None,
            top_up: None,
        });
        Ok(())
    }

    pub(super) fn advance_withdrawal(&mut self, id: WithdrawalId, event: BankEvent) -> Verdict {
        self.platform_only()?;
        if !self.is_here(id.cell().number()) {
            return Err("not_in_this_cell");
        }
        let number = place(id.number());
        let before = self.state.withdrawals.get(number).copied().ok_or("withdrawal_not_found")?;
        let open = ["sent", "unknown"].contains(&before.stage);
        let answerable = open || before.stage == "investigating";
        let stage = match event {
            BankEvent::Send if before.stage == "created" => "sent",
            BankEvent::Silence if before.stage == "sent" => "unknown",
            BankEvent::Confirm if answerable => "paid",
            BankEvent::Reject if answerable || before.stage == "created" => "rejected",
            BankEvent::Return if before.stage == "paid" => {
                self.reach("withdrawal returned after it was paid");
                "returned"
            }
            BankEvent::Investigate if open => "investigating",
            BankEvent::Send
            | BankEvent::Silence
            | BankEvent::Confirm
            | BankEvent::Reject
            | BankEvent::Return
            | BankEvent::Investigate => return Err("bank_event_not_allowed"),
        };
        let clearing = self.system(System::BankClearing, before.currency);
        let payouts = self.system(System::Payouts, before.currency);
        let reason = Reason::WithdrawalReturned;
        match stage {
            "paid" => self.shift(payouts, clearing, amount(&before), false)?,
            "rejected" => self.give(payouts, before.account, amount(&before), reason)?,
            "returned" => self.give(clearing, before.account, amount(&before), reason)?,
            _ => {}
        }
        self.state.withdrawals[number].stage = stage;
        if let Some(top_up) = before.top_up {
            let gone = self.account(before.account)?.state == AccountState::Closed;
            let it = &mut self.state.top_ups[top_up];
            match (stage, gone) {
                ("paid", _) => it.stage = "returned",
                ("rejected", false) => it.stage = "credited",
                ("rejected", true) => (it.stage, it.set_aside) = ("investigating", it.amount),
                (_, _) => {}
            }
        }
        Ok(())
    }
}
