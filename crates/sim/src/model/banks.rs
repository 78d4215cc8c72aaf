//! Top-ups and withdrawals, in the oracle's words.

use super::money::{in_range, minor};
use super::{Account, Found, Instruction, Misreading, Model, Verdict, place};
use ledger::account::{AccountKind, AccountState, System};
use ledger::bank::{BankEvent, BankReference};
use ledger::command::{AdvanceTopUp, AdvanceWithdrawal, PayOrder, StartTopUp, StartWithdrawal};
use ledger::event::Actor;
use ledger::id::{AccountId, CardId, OrderId};
use ledger::money::Money;

fn amount(it: &Instruction) -> Money {
    Money::new(u64::try_from(it.amount).expect("amounts are not negative"), it.currency)
}

impl Model {
    pub(super) fn with_card(&self, id: AccountId, card: CardId) -> Found<Account> {
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
            moved: None,
            aside: false,
            looked_at: self.now,
            created_at: self.now,
            order: it.order,
            receipt: None,
            late: false,
            top_up: None,
        });
        Ok(())
    }

    pub(super) fn advance_top_up(&mut self, it: &AdvanceTopUp) -> Verdict {
        self.platform_only()?;
        if !self.is_here(it.top_up.cell().number()) {
            return Err("not_in_this_cell");
        }
        let number = place(it.top_up.number());
        let before = self.state.top_ups.get(number).copied().ok_or("top_up_not_found")?;
        if before.aside && self.actor == Actor::Bank {
            self.reach("bank's word on money set aside left to a person");
            return Err("bank_event_not_allowed");
        }
        let open = ["sent", "unknown"].contains(&before.stage);
        let answerable = open || before.stage == "investigating";
        let known = it.reference.and_then(|it| self.state.references.get(&it)).copied();
        let anothers = known.is_some_and(|it| it != (1, number));
        let stage = match it.event {
            BankEvent::Send if before.stage == "created" => "sent",
            BankEvent::Silence if before.stage == "sent" => "unknown",
            BankEvent::Confirm if !before.aside && anothers => {
                if !open {
                    return Err("bank_event_not_allowed");
                }
                self.reach("bank gave two movements one reference");
                "investigating"
            }
            BankEvent::Confirm if before.stage == "rejected" && !before.late => {
                if self.misreads(Misreading::FirstAnswerStands) {
                    return Err("bank_event_not_allowed");
                }
                self.reach("late bank success after rejection");
                self.state.top_ups[number].late = true;
                let sum = it.amount.unwrap_or(amount(&before));
                self.open_receipt(sum, false)?;
                self.learn(it.reference, (1, number));
                return Ok(());
            }
            BankEvent::Confirm if answerable => {
                self.confirmed(number, it.amount)?;
                self.learn(it.reference, (1, number));
                return Ok(());
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
        self.state.top_ups[number].stage = stage;
        self.state.top_ups[number].looked_at = self.now;
        if let (Some(moved), true) = (before.moved, before.aside) {
            let clearing = self.system(System::BankClearing, moved.currency());
            let suspense = self.system(System::Suspense, moved.currency());
            self.shift(suspense, clearing, moved, false)?;
            let after = &mut self.state.top_ups[number];
            (after.moved, after.aside) = (None, false);
        }
        self.learn(it.reference, (1, number));
        Ok(())
    }

    pub(super) fn learn(&mut self, reference: Option<BankReference>, whose: (u8, usize)) {
        if let Some(reference) = reference {
            self.state.references.entry(reference).or_insert(whose);
        }
    }

    /// The bank took money, maybe not what it was asked for.
    pub(super) fn confirmed(&mut self, number: usize, said: Option<Money>) -> Verdict {
        let it = self.state.top_ups[number];
        let aside = it.moved.filter(|_| it.aside);
        let taken = aside.or(said).unwrap_or(amount(&it));
        let clearing = self.system(System::BankClearing, taken.currency());
        let suspense = self.system(System::Suspense, taken.currency());
        let source = if it.aside { suspense } else { clearing };
        let other = taken != amount(&it);
        let account = self.account(it.account)?;
        let gone = account.state == AccountState::Closed || account.currency != taken.currency();
        if (other && !it.aside) || (gone && it.order.is_none()) {
            if gone {
                self.reach("top-up confirmed after its account closed");
            }
            if other {
                self.reach("bank took another amount");
            }
            if !it.aside {
                self.shift(clearing, suspense, taken, false)?;
            }
            let (moved, stage) = (Some(taken), "investigating");
            let looked_at = self.now;
            self.state.top_ups[number] = Instruction { stage, moved, aside: true, looked_at, ..it };
            return Ok(());
        }
        match it.order {
            Some(_) if other => self.give_back(number, source, taken),
            Some(order) => self.pay_by_card(number, source, order),
            None => {
                self.shift(source, it.account, taken, false)?;
                let (moved, stage) = (Some(taken), "credited");
                self.state.top_ups[number] = Instruction { stage, moved, aside: false, ..it };
                Ok(())
            }
        }
    }

    /// The bank took money for an order: it is paid, here or from afar, or the money goes back.
    fn pay_by_card(&mut self, number: usize, source: AccountId, order: OrderId) -> Verdict {
        let it = self.state.top_ups[number];
        let undo = self.state.clone();
        let owner = self.state.accounts.get(&it.account).and_then(|it| it.owner);
        let pay = PayOrder { order, debit: it.account, amount: amount(&it), deliberate: true };
        let paid = self
            .shift(source, it.account, amount(&it), false)
            .and_then(|()| self.pay_from_balance(&pay, owner));
        if paid.is_err() {
            self.state = undo;
            self.reach("card payment of an order that cannot be paid given back");
            return self.give_back(number, source, amount(&it));
        }
        let here = self.is_here(order.cell().number());
        let stage = if here { "credited" } else { "paying" };
        let moved = Some(amount(&it));
        self.state.top_ups[number] = Instruction { stage, moved, aside: false, ..it };
        if here {
            self.reach("order paid from a card");
        } else {
            let sent = self.state.remittances.last_mut().expect("it was sent");
            sent.top_up = Some(number);
        }
        Ok(())
    }

    pub(super) fn give_back(&mut self, number: usize, source: AccountId, sum: Money) -> Verdict {
        let it = self.state.top_ups[number];
        let payouts = self.system(System::Payouts, sum.currency());
        self.shift(source, payouts, sum, false)?;
        let (stage, moved) = ("returning", Some(sum));
        self.state.top_ups[number] = Instruction { stage, moved, aside: false, ..it };
        self.state.withdrawals.push(Instruction {
            stage: "created",
            amount: minor(sum),
            currency: sum.currency(),
            moved: None,
            aside: false,
            looked_at: self.now,
            created_at: self.now,
            order: None,
            receipt: None,
            late: false,
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
            moved: None,
            aside: false,
            looked_at: self.now,
            created_at: self.now,
            order: None,
            receipt: None,
            late: false,
            top_up: None,
        });
        Ok(())
    }

    pub(super) fn advance_withdrawal(&mut self, it: &AdvanceWithdrawal) -> Verdict {
        self.platform_only()?;
        if !self.is_here(it.withdrawal.cell().number()) {
            return Err("not_in_this_cell");
        }
        let number = place(it.withdrawal.number());
        let before = self.state.withdrawals.get(number).copied().ok_or("withdrawal_not_found")?;
        let looked_into = before.stage == "investigating";
        if looked_into && before.moved.is_some() && self.actor == Actor::Bank {
            return Err("bank_event_not_allowed");
        }
        let open = ["sent", "unknown"].contains(&before.stage);
        let answerable = open || looked_into;
        let known = it.reference.and_then(|it| self.state.references.get(&it)).copied();
        let anothers = known.is_some_and(|it| it != (2, number)) && before.moved.is_none();
        let said = it.amount.unwrap_or(amount(&before));
        let stage = match it.event {
            BankEvent::Send if before.stage == "created" => "sent",
            BankEvent::Silence if before.stage == "sent" => "unknown",
            BankEvent::Confirm if anothers && open => {
                self.reach("bank gave two movements one reference");
                self.state.withdrawals[number].stage = "investigating";
                return Ok(());
            }
            BankEvent::Confirm if anothers => return Err("bank_event_not_allowed"),
            BankEvent::Confirm
                if before.stage == "rejected" && before.moved.is_none() && !before.late =>
            {
                self.reach("withdrawal paid after rejection");
                self.state.withdrawals[number].late = true;
                self.open_receipt(said, true)?;
                self.learn(it.reference, (2, number));
                return Ok(());
            }
            BankEvent::Confirm
                if answerable && before.moved.is_none() && said != amount(&before) =>
            {
                self.paid_other(number, said)?;
                "investigating"
            }
            BankEvent::Confirm if answerable => "paid",
            BankEvent::Reject if answerable || before.stage == "created" => "rejected",
            BankEvent::Return if before.stage == "paid" || looked_into => {
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
        self.move_out(number, stage)?;
        self.state.withdrawals[number].stage = stage;
        self.learn(it.reference, (2, number));
        self.goes_back(&before, stage)
    }

    /// The bank paid out something else: the platform's loss, until a person has looked.
    fn paid_other(&mut self, number: usize, said: Money) -> Verdict {
        self.reach("bank paid out another amount");
        let capital = self.system(System::Capital, said.currency());
        let clearing = self.system(System::BankClearing, said.currency());
        self.shift(capital, clearing, said, false)?;
        self.state.withdrawals[number].moved = Some(said);
        Ok(())
    }

    fn move_out(&mut self, number: usize, stage: &'static str) -> Verdict {
        let it = self.state.withdrawals[number];
        let sum = amount(&it);
        let clearing = self.system(System::BankClearing, it.currency);
        let payouts = self.system(System::Payouts, it.currency);
        let capital = self.system(System::Capital, it.currency);
        let other = it.moved.filter(|moved| *moved != sum);
        let after = &mut self.state.withdrawals[number];
        match stage {
            "paid" => {
                after.moved = it.moved.or(Some(sum));
                let to = if other.is_some() { capital } else { clearing };
                self.shift(payouts, to, sum, false)
            }
            "rejected" => self.hand_back(&it, payouts),
            "returned" => {
                after.moved = None;
                if let Some(other) = other {
                    let clearing = self.system(System::BankClearing, other.currency());
                    let capital = self.system(System::Capital, other.currency());
                    self.shift(clearing, capital, other, false)?;
                }
                let from = match (it.stage, other) {
                    ("paid", Some(_)) => capital,
                    ("paid", None) => clearing,
                    (_, _) => payouts,
                };
                self.hand_back(&it, from)
            }
            _ => Ok(()),
        }
    }

    fn homeless(&self, it: &Instruction) -> Found<bool> {
        let account = self.account(it.account)?;
        let closed = account.state == AccountState::Closed;
        Ok(closed || account.currency != it.currency || it.receipt.is_some())
    }

    fn hand_back(&mut self, it: &Instruction, source: AccountId) -> Verdict {
        let suspense = self.system(System::Suspense, it.currency);
        let to = if self.homeless(it)? { suspense } else { it.account };
        if to == suspense {
            self.reach("money for a closed account set aside");
        }
        self.shift(source, to, amount(it), false)
    }

    /// What becomes of the top-up that goes back by a withdrawal.
    fn goes_back(&mut self, it: &Instruction, stage: &'static str) -> Verdict {
        if let Some(receipt) = it.receipt {
            let after = &mut self.state.receipts[receipt];
            match (stage, after.stage) {
                ("paid", "returning") => after.stage = "returned",
                ("rejected" | "returned", "returning") => after.stage = "open",
                (_, _) => {}
            }
        }
        let Some(top_up) = it.top_up else { return Ok(()) };
        let gone = self.homeless(it)?;
        let now = self.now;
        let after = &mut self.state.top_ups[top_up];
        match (stage, gone) {
            ("paid", _) => after.stage = "returned",
            ("returned", _) if after.stage == "returned" => {}
            ("rejected" | "returned", false) => after.stage = "credited",
            ("rejected" | "returned", true) => {
                (after.stage, after.aside) = ("investigating", true);
                after.looked_at = now;
            }
            (_, _) => {}
        }
        Ok(())
    }
}
