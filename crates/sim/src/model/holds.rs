//! Holds, in the oracle's words.

use super::money::{in_range, minor};
use super::{Account, Found, Hold, Model, Verdict, place};
use ledger::account::{AccountKind, AccountState};
use ledger::command::{CaptureHold, PlaceHold, ReleaseHold};
use ledger::id::HoldId;
use ledger::posting::Reason;
use ledger::remittance::Purpose;

pub(super) const YEAR: u64 = 366 * 86_400;

impl Model {
    pub(super) fn place_hold(&mut self, it: &PlaceHold) -> Verdict {
        in_range(minor(it.amount))?;
        let seconds = u64::from(it.expires_in.0);
        if seconds > YEAR {
            return Err("time_out_of_range");
        }
        let account = self.account(it.account)?;
        if !self.may_act_for(account.owner) {
            return Err("account_not_found");
        }
        if ![AccountKind::Customer, AccountKind::Merchant].contains(&account.kind) {
            return Err("account_kind_not_allowed");
        }
        match account.state {
            AccountState::Open => {}
            AccountState::Frozen => return Err("account_frozen"),
            AccountState::Closed => return Err("account_closed"),
        }
        if account.currency != it.amount.currency() {
            return Err("currency_differs");
        }
        if self.free(it.account, &account) < minor(it.amount) {
            return Err("insufficient_funds");
        }
        let held = account.held + minor(it.amount);
        self.state.accounts.insert(it.account, Account { held, ..account });
        self.state.holds.push(Hold {
            account: it.account,
            currency: it.amount.currency(),
            left: minor(it.amount),
            captured: 0,
            stage: "open",
            due: (seconds > 0).then(|| self.now + seconds * 1_000),
        });
        Ok(())
    }

    fn find_hold(&self, id: HoldId) -> Found<Hold> {
        if !self.is_here(id.cell().number()) {
            return Err("not_in_this_cell");
        }
        let hold = self.state.holds.get(place(id.number())).copied().ok_or("hold_not_found")?;
        let owner = self.account(hold.account)?.owner;
        if self.may_act_for(owner) { Ok(hold) } else { Err("hold_not_found") }
    }

    pub(super) fn capture_hold(&mut self, it: &CaptureHold) -> Verdict {
        let hold = self.find_hold(it.hold)?;
        let sum = minor(it.amount);
        in_range(sum)?;
        if it.amount.currency() != hold.currency {
            return Err("currency_differs");
        }
        if hold.stage != "open" {
            return Err("hold_ended");
        }
        if sum > hold.left {
            return Err("capture_too_large");
        }
        let ends = it.last || sum == hold.left;
        self.unhold(it.hold.number(), if ends { hold.left } else { sum });
        self.may_be_credited(it.credit)?;
        let purpose = Purpose::Credit(Reason::Capture);
        self.send(hold.account, it.credit, it.amount, true, purpose)?;
        let after = &mut self.state.holds[place(it.hold.number())];
        after.captured += sum;
        if ends {
            (after.stage, after.due) = ("captured", None);
        }
        Ok(())
    }

    pub(super) fn release_hold(&mut self, it: ReleaseHold) -> Verdict {
        let hold = self.find_hold(it.hold)?;
        if hold.stage != "open" {
            return Err("hold_ended");
        }
        self.end_hold(it.hold.number(), "released");
        Ok(())
    }

    pub(super) fn end_hold(&mut self, number: u64, stage: &'static str) {
        let hold = self.state.holds[place(number)];
        if stage == "expired" && hold.captured > 0 {
            self.reach("hold partly captured, then expired");
        }
        self.unhold(number, hold.left);
        let after = &mut self.state.holds[place(number)];
        (after.stage, after.due) = (stage, None);
    }

    fn unhold(&mut self, number: u64, sum: i128) {
        let hold = &mut self.state.holds[place(number)];
        hold.left -= sum;
        let account = self.state.accounts.get_mut(&hold.account);
        account.expect("a hold has an account").held -= sum;
    }
}
