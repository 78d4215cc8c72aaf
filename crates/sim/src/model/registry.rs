//! Users, cards and accounts, in the oracle's words.

use super::{Account, Model, Verdict, place};
use ledger::account::{AccountKind, AccountState, FIRST_OPENED};
use ledger::command::{AccountChange, AddCard, AddUser, OpenAccount, SetAccountState};
use ledger::id::{AccountId, UserId};
use ledger::registry::UserKind;

impl Model {
    /// Whether the user sells; `None` if there is no such user here.
    fn sells(&self, user: UserId) -> Option<bool> {
        self.state.users.get(place(user.number())).copied()
    }

    pub(super) fn add_user(&mut self, it: &AddUser) -> Verdict {
        self.platform_only()?;
        self.state.users.push(it.kind == UserKind::Merchant);
        Ok(())
    }

    pub(super) fn add_card(&mut self, it: &AddCard) -> Verdict {
        if !self.is_here(it.user.cell().number()) {
            return Err("not_in_this_cell");
        }
        if self.sells(it.user).is_none() || !self.may_act_for(Some(it.user)) {
            return Err("user_not_found");
        }
        self.state.cards.push(it.user);
        Ok(())
    }

    pub(super) fn open_account(&mut self, it: &OpenAccount) -> Verdict {
        self.platform_only()?;
        if !self.is_here(it.owner.cell().number()) {
            return Err("not_in_this_cell");
        }
        let sells = self.sells(it.owner).ok_or("user_not_found")?;
        let opened = u64::try_from(self.state.accounts.len()).expect("a run is short");
        let account = Account {
            kind: if sells { AccountKind::Merchant } else { AccountKind::Customer },
            owner: Some(it.owner),
            currency: it.currency,
            state: AccountState::Open,
            held: 0,
            limit: i128::from(it.balance_limit),
            appealed: false,
        };
        let id = AccountId::new(self.here(), FIRST_OPENED + opened);
        self.state.accounts.insert(id, account);
        Ok(())
    }

    pub(super) fn set_account_state(&mut self, it: &SetAccountState) -> Verdict {
        self.platform_only()?;
        let account = self.account(it.account)?;
        if account.owner.is_none() {
            return Err("account_kind_not_allowed");
        }
        let wanted = match it.change {
            AccountChange::Freeze => AccountState::Frozen,
            AccountChange::Unfreeze => AccountState::Open,
            AccountChange::Close => AccountState::Closed,
        };
        if account.state == wanted {
            return Err("state_unchanged");
        }
        if account.state == AccountState::Closed {
            return Err("account_closed");
        }
        let in_use = self.balance(it.account) != 0 || account.held != 0;
        if wanted == AccountState::Closed && in_use {
            return Err("account_in_use");
        }
        if account.appealed {
            self.reach("appeal granted");
        }
        let after = Account { state: wanted, appealed: false, ..account };
        self.state.accounts.insert(it.account, after);
        Ok(())
    }

    pub(super) fn appeal(&mut self, id: AccountId) -> Verdict {
        let account = self.account(id)?;
        if !self.may_act_for(account.owner) {
            return Err("account_not_found");
        }
        if account.owner.is_none() {
            return Err("account_kind_not_allowed");
        }
        match account.state {
            AccountState::Frozen => {}
            AccountState::Open => return Err("account_not_frozen"),
            AccountState::Closed => return Err("account_closed"),
        }
        if account.appealed {
            self.reach("second appeal refused while the first is open");
            return Err("appeal_under_way");
        }
        self.state.accounts.insert(id, Account { appealed: true, ..account });
        Ok(())
    }

    pub(super) fn refuse_appeal(&mut self, id: AccountId) -> Verdict {
        let account = self.account(id)?;
        if !account.appealed {
            return Err("appeal_not_open");
        }
        self.reach("appeal refused by a person");
        self.state.accounts.insert(id, Account { appealed: false, ..account });
        Ok(())
    }
}
