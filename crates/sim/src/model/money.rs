//! Moving money, in the oracle's words.

use super::{Account, Found, Misreading, Model, Owed, Sent, Verdict};
use ledger::account::{AccountKind, AccountState, System};
use ledger::command::{LinkedTransfers, SetBalanceLimit, Transfer};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::id::{AccountId, CellId};
use ledger::money::Money;
use ledger::posting::Reason;
use ledger::remittance::Purpose;

/// The most that one request may move.
const LARGEST: i128 = 100_000_000_000_000;

/// An amount without its currency.
pub(super) fn minor(amount: Money) -> i128 {
    i128::from(amount.minor())
}

pub(super) fn in_range(amount: i128) -> Verdict {
    if (1..=LARGEST).contains(&amount) { Ok(()) } else { Err("amount_out_of_range") }
}

fn transferable(kind: AccountKind) -> bool {
    let no = [
        AccountKind::Escrow,
        AccountKind::BankClearing,
        AccountKind::Payouts,
        AccountKind::Transit,
    ];
    !no.contains(&kind)
}

impl Model {
    pub(super) fn here(&self) -> CellId {
        CellId::new(self.cell.unwrap_or(0))
    }

    pub(super) fn system(&self, system: System, currency: Currency) -> AccountId {
        system.id(self.here(), currency)
    }

    pub(super) fn account(&self, id: AccountId) -> Found<Account> {
        if !self.is_here(id.cell().number()) {
            return Err("not_in_this_cell");
        }
        if let Some((system, currency)) = System::of(id) {
            let (owner, state) = (None, AccountState::Open);
            let (kind, appealed) = (system.kind(), false);
            return Ok(Account { kind, owner, currency, state, held: 0, limit: 0, appealed });
        }
        self.state.accounts.get(&id).copied().ok_or("account_not_found")
    }

    pub(super) fn balance(&self, id: AccountId) -> i128 {
        self.state.balances.get(&id).copied().unwrap_or(0)
    }

    pub(super) fn free(&self, id: AccountId, account: &Account) -> i128 {
        let held = if self.misreads(Misreading::HeldIsFree) { 0 } else { account.held };
        self.balance(id) - held
    }

    pub(super) fn over_limit(&self, id: AccountId, account: &Account, more: i128) -> Verdict {
        let of_kind = self.state.limits.get(&account.kind).copied().unwrap_or(0);
        for limit in [of_kind, account.limit] {
            if limit > 0 && self.balance(id) + more > limit {
                return Err("balance_limit_exceeded");
            }
        }
        Ok(())
    }

    /// Moves money within this cell. `limited` says whether limits of the taker count.
    pub(super) fn shift(
        &mut self,
        from: AccountId,
        to: AccountId,
        amount: Money,
        limited: bool,
    ) -> Verdict {
        let sum = minor(amount);
        in_range(sum)?;
        let debit = self.account(from)?;
        let credit = self.account(to)?;
        if from == to {
            return Err("same_account");
        }
        if debit.state == AccountState::Frozen {
            return Err("account_frozen");
        }
        if debit.state == AccountState::Closed || credit.state == AccountState::Closed {
            return Err("account_closed");
        }
        if limited {
            self.over_limit(to, &credit, sum)?;
        }
        if debit.currency != amount.currency() {
            return Err("currency_differs");
        }
        let overdraft = [AccountKind::BankClearing, AccountKind::Transit, AccountKind::Capital];
        if !overdraft.contains(&debit.kind) && self.free(from, &debit) < sum {
            return Err("insufficient_funds");
        }
        if credit.currency != amount.currency() {
            return Err("currency_differs");
        }
        *self.state.balances.entry(from).or_insert(0) -= sum;
        *self.state.balances.entry(to).or_insert(0) += sum;
        Ok(())
    }

    /// Moves money to wherever the taker lives.
    pub(super) fn send(
        &mut self,
        debit: AccountId,
        credit: AccountId,
        amount: Money,
        limited: bool,
        purpose: Purpose,
    ) -> Verdict {
        let other = credit.cell();
        if self.is_here(other.number()) {
            return self.shift(debit, credit, amount, limited);
        }
        let transit = self.system(System::Transit(other), amount.currency());
        self.shift(debit, transit, amount, false)?;
        let (sum, currency) = (minor(amount), amount.currency());
        let (stage, top_up) = ("sent", None);
        let sent = Sent { debit, credit, amount: sum, currency, purpose, top_up, stage };
        self.state.remittances.push(sent);
        self.state.owed.push(Owed::Remit { to: other.number(), credit, amount: sum });
        Ok(())
    }

    /// Gives somebody what is theirs; to suspense if their account here is closed.
    pub(super) fn give(
        &mut self,
        debit: AccountId,
        credit: AccountId,
        amount: Money,
        reason: Reason,
    ) -> Verdict {
        if self.is_here(credit.cell().number())
            && self.account(credit)?.state == AccountState::Closed
        {
            self.reach("money for a closed account set aside");
            let suspense = self.system(System::Suspense, amount.currency());
            return self.shift(debit, suspense, amount, false);
        }
        self.send(debit, credit, amount, false, Purpose::Credit(reason))
    }

    pub(super) fn transfer(&mut self, it: &Transfer) -> Verdict {
        self.may_transfer(it)?;
        self.send(it.debit, it.credit, it.amount, true, Purpose::Credit(Reason::Transfer))
    }

    pub(super) fn linked(&mut self, it: &LinkedTransfers) -> Verdict {
        if it.transfers.is_empty() || it.transfers.len() > 64 {
            return Err("count_out_of_range");
        }
        for (place, transfer) in it.transfers.iter().enumerate() {
            let done = self
                .may_transfer(transfer)
                .and_then(|()| self.shift(transfer.debit, transfer.credit, transfer.amount, true));
            if done.is_err() && place > 0 {
                self.reach("linked transfers undone");
            }
            done?;
        }
        Ok(())
    }

    fn may_transfer(&mut self, it: &Transfer) -> Verdict {
        let debit = self.account(it.debit)?;
        if !self.may_act_for(debit.owner) {
            return Err("account_not_found");
        }
        if !transferable(debit.kind) {
            return Err("account_kind_not_allowed");
        }
        self.may_be_credited(it.credit)
    }

    /// Whether a transfer may credit the account; another cell's is that cell's to judge.
    pub(super) fn may_be_credited(&self, id: AccountId) -> Verdict {
        if !self.is_here(id.cell().number()) || transferable(self.account(id)?.kind) {
            Ok(())
        } else {
            Err("account_kind_not_allowed")
        }
    }

    pub(super) fn set_limit(&mut self, it: &SetBalanceLimit) -> Verdict {
        self.platform_only()?;
        self.state.limits.insert(it.kind, i128::from(it.limit));
        Ok(())
    }

    pub(super) fn asked_by_cell(&self) -> bool {
        self.actor == Actor::Cell
    }
}
