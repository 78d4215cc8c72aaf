//! People of the platform: what one of them proposes, and what another one makes of it.

use crate::cell::request_of;
use crate::clients::{Clients, Wish, pick, reference};
use ledger::appeal::RefuseAppeal;
use ledger::bank::{BankEvent, TopUpStage, WithdrawalStage};
use ledger::command::{
    Action, AdvanceTopUp, AdvanceWithdrawal, Command, DecideProposal, Propose, RecordReceipt,
    Resolution, ResolveReceipt, Verdict,
};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::hand::Hand;
use ledger::id::{CellId, KeyId};
use ledger::money::Money;
use ledger::name::Text;
use ledger::proposal::{Proposal, ProposalStage};
use ledger::receipt::{Receipt, ReceiptStage};
use store::journal::Frame;

/// Keys of the platform, of which the last is revoked; one more is asked with that nobody has.
pub(crate) const KEYS: u64 = 3;

impl Clients<'_> {
    /// A statement has a line that nobody knows, or somebody would decide about one alone.
    pub(crate) fn receipt(&mut self) -> Option<Wish> {
        if self.one_in(2) {
            let actor = if self.one_in(6) { Actor::Platform } else { Actor::Bank };
            return Some((actor, Command::RecordReceipt(self.line()?)));
        }
        let actor = if self.one_in(3) { Actor::Platform } else { Actor::Bank };
        Some((actor, Command::ResolveReceipt(self.resolve()?)))
    }

    /// A person proposes something, or decides about what another one proposed.
    pub(crate) fn person(&mut self) -> Option<Wish> {
        let all = self.books().proposals.values();
        let open: Vec<Proposal> =
            all.clone().filter(|it| it.stage == ProposalStage::Open).copied().collect();
        let all: Vec<Proposal> = all.copied().collect();
        let again = self.one_in(8);
        let proposal = pick(self.dice, if again { &all } else { &open });
        let command = match proposal.filter(|_| !self.one_in(3)) {
            Some(proposal) => Command::DecideProposal(self.decide(&proposal)?),
            None => Command::Propose(self.propose()?),
        };
        let actor = if self.one_in(20) { Actor::Bank } else { Actor::Platform };
        Some((actor, command))
    }

    fn propose(&mut self) -> Option<Propose> {
        let action = self.action()?;
        let reason = Text::new(if self.one_in(20) { " " } else { "the bank said so" })?;
        Some(Propose { maker: self.key(), reason, action })
    }

    fn decide(&mut self, proposal: &Proposal) -> Option<DecideProposal> {
        let action = if self.one_in(12) { self.action()? } else { self.proposed(proposal)? };
        let own = self.one_in(4);
        let (verdict, checker) = match self.dice.roll(10) {
            0 => (Verdict::Refuse, self.key()),
            1 => (Verdict::Withdraw, proposal.maker),
            2 => (Verdict::Withdraw, self.key()),
            _ if own => (Verdict::Approve { action }, proposal.maker),
            _ => (Verdict::Approve { action }, self.key()),
        };
        let proposal = proposal.id;
        Some(DecideProposal { proposal, checker, verdict, reason: Text::default() })
    }

    /// What stands in the record of a proposal.
    fn proposed(&self, proposal: &Proposal) -> Option<Action> {
        let records = self.cells[self.here].frames.iter().flat_map(Frame::records);
        let record = { records }.find(|it| it.position == proposal.position)?;
        let Command::Propose(it) = request_of(&record).ok()?.command else { return None };
        Some(it.action)
    }

    fn key(&mut self) -> Hand {
        let number = if self.one_in(12) { KEYS - 1 + self.dice.roll(2) } else { self.dice.roll(2) };
        Hand::Key(KeyId::new(CellId::FIRST, number))
    }

    fn action(&mut self) -> Option<Action> {
        let events = [BankEvent::Confirm, BankEvent::Reject, BankEvent::Return];
        let any = self.one_in(8);
        let event = pick(self.dice, if any { &BankEvent::ALL[..] } else { &events })?;
        let reference = if self.one_in(3) { reference(self.number) } else { None };
        let amount = if self.one_in(8) { Some(self.amount(Currency::CNY)) } else { None };
        match self.dice.roll(9) {
            0..3 => {
                let any = self.one_in(10);
                let all = self.books().top_ups.values();
                let some = all.filter(|it| any || it.stage == TopUpStage::Investigating);
                let some: Vec<_> = some.map(|it| it.id).collect();
                let top_up = pick(self.dice, &some)?;
                Some(Action::AdvanceTopUp(AdvanceTopUp { top_up, event, reference, amount }))
            }
            3 => {
                let any = self.one_in(10);
                let all = self.books().withdrawals.values();
                let some = all.filter(|it| any || it.stage == WithdrawalStage::Investigating);
                let some: Vec<_> = some.map(|it| it.id).collect();
                let withdrawal = pick(self.dice, &some)?;
                let it = AdvanceWithdrawal { withdrawal, event, reference, amount };
                Some(Action::AdvanceWithdrawal(it))
            }
            4 => Some(Action::RecordReceipt(self.line()?)),
            5 => Some(Action::RefuseAppeal(self.appeal()?)),
            _ => Some(Action::ResolveReceipt(self.resolve()?)),
        }
    }

    /// An appeal that waits for an answer; now and then one that nobody made.
    fn appeal(&mut self) -> Option<RefuseAppeal> {
        let any = self.one_in(8);
        let all = self.books().accounts.values();
        let some: Vec<_> = all.filter(|it| any || it.appealed).map(|it| it.id).collect();
        Some(RefuseAppeal { account: pick(self.dice, &some)? })
    }

    /// A line of a statement; now and then one that came before, or with another amount.
    fn line(&mut self) -> Option<RecordReceipt> {
        let number = self.dice.roll(self.number.max(1));
        let first = self.books().receipts.is_empty();
        let reference = reference(if first { number } else { number % 9 })?;
        let amount = Money::new(1_000, Currency::CNY);
        let amount = if self.one_in(8) { self.amount(Currency::CNY) } else { amount };
        Some(RecordReceipt { reference, amount })
    }

    fn resolve(&mut self) -> Option<ResolveReceipt> {
        let any = self.one_in(6);
        let all = self.books().receipts.values();
        let some = all.filter(|it| any || it.stage == ReceiptStage::Open).copied();
        let some: Vec<Receipt> = some.collect();
        let receipt = pick(self.dice, &some)?.id;
        let account = self.account(true)?;
        let cards = self.books().cards.values().filter(|it| Some(it.user) == account.owner);
        let cards: Vec<_> = cards.map(|it| it.id).collect();
        let top_ups = self.books().top_ups.values();
        let top_ups = top_ups.filter(|it| any || it.stage == TopUpStage::Investigating);
        let top_ups: Vec<_> = top_ups.map(|it| it.id).collect();
        let account = account.id;
        let resolution = match (self.dice.roll(4), pick(self.dice, &top_ups)) {
            (0, _) => Resolution::Credit { account },
            (1, _) => Resolution::Return { account, card: pick(self.dice, &cards)? },
            (2, Some(top_up)) => Resolution::Match { top_up },
            (_, _) => Resolution::WriteOff,
        };
        Some(ResolveReceipt { receipt, resolution })
    }
}
