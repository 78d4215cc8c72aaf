//! Top-ups and withdrawals, in the oracle's words.

use super::money::{in_range, minor};
use super::{Account, Found, Instruction, Misreading, Model, Verdict, place};
use ledger::account::{AccountKind, AccountState, System};
use ledger::bank::BankEvent;
use ledger::command::{StartTopUp, StartWithdrawal};
use ledger::id::{AccountId, CardId, TopUpId, WithdrawalId};
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
        if account.state == AccountState::Closed {
            return Err("account_closed");
        }
        self.over_limit(it.account, &account, minor(it.amount))?;
        let account_id = it.account;
        let recent = |it: &&Instruction| {
            let open = ["created", "sent", "unknown"].contains(&it.stage);
            open && it.account == account_id && self.now < it.created_at + 600_000
        };
        let mut others = self.state.top_ups.iter().filter(recent);
        if !it.deliberate && others.any(|other| other.amount == minor(it.amount)) {
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
        Ok(())
    }
}
