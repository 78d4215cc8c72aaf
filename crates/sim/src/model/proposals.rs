//! What two people do by hand, in the oracle's words.

use super::money::{in_range, minor};
use super::{Model, Verdict, place};
use ledger::bank::BankEvent;
use ledger::command::{Action, AddKey, Command, DecideProposal, Propose, Resolution, RevokeKey};
use ledger::event::Actor;
use ledger::hand::Hand;
use ledger::registry::Role;

/// Why the oracle has no opinion about some actions.
const NEVER: &str = "the simulated people never propose it";

/// What somebody proposed.
#[derive(Clone, Debug)]
pub(crate) struct Proposed {
    pub(crate) maker: Hand,
    pub(crate) checker: Option<Hand>,
    pub(crate) action: Action,
    pub(crate) stage: &'static str,
    pub(crate) failure: Option<&'static str>,
}

/// What an action is about, in words.
fn about(action: &Action) -> String {
    match action {
        Action::ResolveReceipt(it) => it.receipt.to_string(),
        Action::AdvanceTopUp(it) => it.top_up.to_string(),
        Action::AdvanceWithdrawal(it) => it.withdrawal.to_string(),
        Action::RecordReceipt(it) => format!("{:?}", it.reference),
        Action::AwardOrder(_)
        | Action::RefundOrder(_)
        | Action::SetBalanceLimit(_)
        | Action::SetLimit(_)
        | Action::SetAccountState(_)
        | Action::Announce(_)
        | Action::EndAnnouncement(_)
        | Action::Redeliver(_)
        | Action::DiscardDelivery(_)
        | Action::AssignDifference(_)
        | Action::AdvanceClock(_)
        | Action::SetLevel(_)
        | Action::CloseSessions(_)
        | Action::RefuseAppeal(_)
        | Action::TakeStatement(_) => unreachable!("{NEVER}"),
    }
}

impl Model {
    pub(super) fn add_key(&mut self, it: &AddKey) -> Verdict {
        self.platform_only()?;
        self.state.keys.push((it.role == Role::Platform, false));
        Ok(())
    }

    pub(super) fn revoke_key(&mut self, it: RevokeKey) -> Verdict {
        self.platform_only()?;
        let key = self.state.keys.get_mut(place(it.key.number())).ok_or("key_not_found")?;
        key.1 = true;
        Ok(())
    }

    /// Whether a key may propose and decide; only the first cell knows.
    fn person(&self, hand: Hand) -> Verdict {
        let Hand::Key(key) = hand else { unreachable!("the simulated people have keys") };
        if !self.is_here(0) {
            return Ok(());
        }
        match self.state.keys.get(place(key.number())) {
            None => Err("key_not_found"),
            Some((false, _)) => Err("not_allowed"),
            Some((true, true)) => Err("key_revoked"),
            Some((true, false)) => Ok(()),
        }
    }

    /// Refuses what nobody may do alone.
    pub(super) fn not_alone(&mut self, command: &Command) -> Verdict {
        let bank = self.actor == Actor::Bank;
        let mut alone = matches!(command, Command::RecordReceipt(_)) && !bank;
        if let Command::ResolveReceipt(it) = command {
            alone = !bank || !matches!(it.resolution, Resolution::Match { .. });
        }
        let mut stage = None;
        if let Command::AdvanceTopUp(it) = command
            && self.is_here(it.top_up.cell().number())
        {
            stage = self.state.top_ups.get(place(it.top_up.number())).map(|it| it.stage);
        }
        if let Command::AdvanceWithdrawal(it) = command
            && self.is_here(it.withdrawal.cell().number())
        {
            stage = self.state.withdrawals.get(place(it.withdrawal.number())).map(|it| it.stage);
        }
        alone |= stage == Some("investigating") && !bank;
        if !alone {
            return Ok(());
        }
        self.platform_only()?;
        self.reach("one person alone refused");
        Err("needs_approval")
    }

    pub(super) fn propose(&mut self, it: &Propose) -> Verdict {
        if self.actor != Actor::Platform {
            return Err("not_allowed");
        }
        self.person(it.maker)?;
        self.decidable(&it.action)?;
        if it.reason.as_str().trim() == "" {
            return Err("reason_missing");
        }
        let (maker, action) = (it.maker, it.action.clone());
        if let Action::RefuseAppeal(it) = &it.action {
            self.refuse_appeal(it.account)?;
            let (checker, stage, failure) = (None, "approved", None);
            self.state.proposals.push(Proposed { maker, checker, action, stage, failure });
            return Ok(());
        }
        let open = self.state.proposals.iter().filter(|it| it.stage == "open");
        let mut open = { open }.map(|it| about(&it.action));
        if open.any(|known| known == about(&it.action)) {
            self.reach("second proposal about the same refused");
            return Err("proposal_under_way");
        }
        self.state.proposals.push(Proposed {
            maker,
            checker: None,
            action,
            stage: "open",
            failure: None,
        });
        Ok(())
    }

    pub(super) fn decide_proposal(&mut self, it: &DecideProposal) -> Verdict {
        use ledger::command::Verdict::{Approve, Refuse, Withdraw};
        if self.actor != Actor::Platform {
            return Err("not_allowed");
        }
        if !self.is_here(it.proposal.cell().number()) {
            return Err("not_in_this_cell");
        }
        let number = place(it.proposal.number());
        let before = self.state.proposals.get(number).cloned().ok_or("proposal_not_found")?;
        self.person(it.checker)?;
        let approves = matches!(it.verdict, Approve { .. });
        if approves {
            self.person(before.maker)?;
        }
        let own = it.checker == before.maker;
        let withdraws = it.verdict == Withdraw;
        if own && !withdraws {
            self.reach("own proposal not decided");
            return Err("same_person");
        }
        if withdraws && !own {
            return Err("not_allowed");
        }
        if before.stage != "open" {
            self.reach("proposal decided twice");
            return Err("proposal_decided");
        }
        let (stage, failure) = match &it.verdict {
            Approve { action } if *action != before.action => return Err("action_differs"),
            Approve { action } => match self.both(action) {
                Ok(()) => ("approved", None),
                Err(code) => ("failed", Some(code)),
            },
            Refuse => ("refused", None),
            Withdraw => ("withdrawn", None),
        };
        let after = &mut self.state.proposals[number];
        (after.stage, after.failure, after.checker) = (stage, failure, Some(it.checker));
        Ok(())
    }

    /// Does what two people want, wholly or not at all.
    fn both(&mut self, action: &Action) -> Verdict {
        let undo = self.state.clone();
        let done = self.decidable(action).and_then(|()| match action {
            Action::ResolveReceipt(it) => self.resolve_receipt(it),
            Action::AdvanceTopUp(it) => self.advance_top_up(it),
            Action::AdvanceWithdrawal(it) => self.advance_withdrawal(it),
            Action::RecordReceipt(it) => self.record_receipt(it),
            Action::AwardOrder(_)
            | Action::RefundOrder(_)
            | Action::SetBalanceLimit(_)
            | Action::SetLimit(_)
            | Action::SetAccountState(_)
            | Action::Announce(_)
            | Action::EndAnnouncement(_)
            | Action::Redeliver(_)
            | Action::DiscardDelivery(_)
            | Action::AssignDifference(_)
            | Action::AdvanceClock(_)
            | Action::SetLevel(_)
            | Action::CloseSessions(_)
            | Action::RefuseAppeal(_)
            | Action::TakeStatement(_) => unreachable!("{NEVER}"),
        });
        if done.is_ok() {
            self.reach("two people moved money by hand");
        } else {
            self.reach("proposal approved too late");
            self.state = undo;
        }
        done
    }

    /// Whether there is something for people to decide.
    fn decidable(&self, action: &Action) -> Verdict {
        let settles = |stage: &str, event: BankEvent| {
            let last = [BankEvent::Confirm, BankEvent::Reject, BankEvent::Return];
            let settles = stage == "investigating" && last.contains(&event);
            if settles { Ok(()) } else { Err("bank_event_not_allowed") }
        };
        let here = |cell: u8| if self.is_here(cell) { Ok(()) } else { Err("not_in_this_cell") };
        match action {
            Action::ResolveReceipt(it) => {
                here(it.receipt.cell().number())?;
                let known = self.state.receipts.get(place(it.receipt.number()));
                let stage = known.ok_or("receipt_not_found")?.stage;
                if stage == "open" { Ok(()) } else { Err("receipt_not_open") }
            }
            Action::AdvanceTopUp(it) => {
                here(it.top_up.cell().number())?;
                let known = self.state.top_ups.get(place(it.top_up.number()));
                settles(known.ok_or("top_up_not_found")?.stage, it.event)
            }
            Action::AdvanceWithdrawal(it) => {
                here(it.withdrawal.cell().number())?;
                let known = self.state.withdrawals.get(place(it.withdrawal.number()));
                settles(known.ok_or("withdrawal_not_found")?.stage, it.event)
            }
            Action::RecordReceipt(it) if self.state.references.contains_key(&it.reference) => {
                Err("bank_reference_taken")
            }
            Action::RecordReceipt(it) => in_range(minor(it.amount)),
            // One person does it alone, and finds out by doing it.
            Action::RefuseAppeal(_) => Ok(()),
            Action::AwardOrder(_)
            | Action::RefundOrder(_)
            | Action::SetBalanceLimit(_)
            | Action::SetLimit(_)
            | Action::SetAccountState(_)
            | Action::Announce(_)
            | Action::EndAnnouncement(_)
            | Action::Redeliver(_)
            | Action::DiscardDelivery(_)
            | Action::AssignDifference(_)
            | Action::AdvanceClock(_)
            | Action::SetLevel(_)
            | Action::CloseSessions(_)
            | Action::TakeStatement(_) => unreachable!("{NEVER}"),
        }
    }
}
