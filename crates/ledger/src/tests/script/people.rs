//! Two people in scripts: one proposes and another one decides.
//!
//! - `propose WHO COMMAND…`: with `unexplained` behind who it is, without a reason;
//! - `propose WHO discard DELIVERY`, `propose WHO assign ROW OPERATOR|nobody`, `propose WHO
//!   refuse-appeal ACCOUNT`: nobody does that but by hand;
//! - `check PROPOSAL WHO approve|refuse|withdraw`: with `instead COMMAND…` behind it that is what
//!   is approved;
//! - `announce KIND [from=TIME] [until=TIME]` and `end ANNOUNCEMENT`: times since the script began;
//! - `both COMMAND…`: two people do it, one after the other. What came of it is what is expected.

use super::Script;
use super::parse::{option, span};
use crate::announcement::{AnnouncementKind, Words};
use crate::appeal::RefuseAppeal;
use crate::assignment::AssignDifference;
use crate::command::{
    Action, AddKey, Announce, Command, DecideProposal, EndAnnouncement, Outcome, Propose,
    TakeStatement, Verdict,
};
use crate::event::{Actor, Subject};
use crate::hand::Hand;
use crate::id::{AnnouncementId, CellId, DeliveryId, KeyId, ProposalId};
use crate::name::{BankName, BankNumber, Text};
use crate::proposal::Proposal;
use crate::registry::{DiscardDelivery, Role, UserKind};
use crate::tests::world::START;

/// What a command would do by hand.
#[expect(clippy::wildcard_enum_match_arm, reason = "a script that asks for another is wrong")]
pub(in crate::tests) fn action_of(command: &Command) -> Action {
    match command {
        Command::ResolveReceipt(it) => Action::ResolveReceipt(*it),
        Command::AdvanceTopUp(it) => Action::AdvanceTopUp(*it),
        Command::AdvanceWithdrawal(it) => Action::AdvanceWithdrawal(*it),
        Command::RecordReceipt(it) => Action::RecordReceipt(*it),
        Command::AwardOrder(it) => Action::AwardOrder(*it),
        Command::RefundOrder(it) => Action::RefundOrder(*it),
        Command::SetBalanceLimit(it) => Action::SetBalanceLimit(*it),
        Command::SetLimit(it) => Action::SetLimit(*it),
        Command::SetAccountState(it) => Action::SetAccountState(*it),
        Command::Announce(it) => Action::Announce(it.clone()),
        Command::EndAnnouncement(it) => Action::EndAnnouncement(*it),
        Command::Redeliver(it) => Action::Redeliver(*it),
        Command::AdvanceClock(it) => Action::AdvanceClock(*it),
        Command::SetLevel(it) => Action::SetLevel(*it),
        Command::CloseSessions(it) => Action::CloseSessions(*it),
        other => panic!("nobody does this by hand: {other:?}"),
    }
}

impl Script {
    pub(super) fn parse_proposal(&mut self, name: &str, words: &[&str]) -> (u8, Command) {
        match words {
            ["propose", maker, "unexplained", rest @ ..] => {
                self.propose(name, maker, Text::default(), rest)
            }
            ["propose", maker, rest @ ..] => {
                self.propose(name, maker, Text::new("so it is").unwrap(), rest)
            }
            ["check", proposal, checker, verdict, rest @ ..] => {
                let verdict = match (*verdict, rest) {
                    ("approve", ["instead", other @ ..]) => {
                        Verdict::Approve { action: self.parse_action(name, other).1 }
                    }
                    ("approve", _) => Verdict::Approve { action: self.proposed[*proposal].clone() },
                    ("refuse", _) => Verdict::Refuse,
                    _ => Verdict::Withdraw,
                };
                let checker = self.who(checker);
                let proposal = self.proposal(proposal);
                let (cell, reason) = (proposal.cell().number(), Text::default());
                let decide = DecideProposal { proposal, checker, verdict, reason };
                (cell, Command::DecideProposal(decide))
            }
            _ => panic!("no such command: {words:?}"),
        }
    }

    /// What somebody would do by hand; of some things no command does them otherwise.
    pub(in crate::tests) fn parse_action(&mut self, name: &str, words: &[&str]) -> (u8, Action) {
        if let ["statement", bank, days, digest] = words {
            let (bank, digest) = (BankName::new(bank).unwrap(), [digest.parse().unwrap(); 32]);
            let ends_at = START.after(span(days));
            return (0, Action::TakeStatement(TakeStatement { bank, ends_at, digest }));
        }
        if let ["discard", number] = words {
            let delivery = DeliveryId::new(CellId::FIRST, number.parse().unwrap());
            return (0, Action::DiscardDelivery(DiscardDelivery { delivery }));
        }
        if let ["refuse-appeal", account] = words {
            let account = self.account(account);
            let refuse = RefuseAppeal { account };
            return (account.cell().number(), Action::RefuseAppeal(refuse));
        }
        if let ["assign", row, to] = words {
            let to = (*to != "nobody").then(|| self.user(to));
            let (bank, row) = (BankName::new("icbc").unwrap(), BankNumber::new(row).unwrap());
            let assign = AssignDifference { bank, day: 20_261_123, row, to };
            return (0, Action::AssignDifference(assign));
        }
        let (cell, command) = self.parse(name, words);
        (cell, action_of(&command))
    }

    fn propose(&mut self, name: &str, maker: &str, reason: Text, words: &[&str]) -> (u8, Command) {
        let (cell, action) = self.parse_action(name, words);
        let maker = self.who(maker);
        self.proposed.insert(name.to_owned(), action.clone());
        (cell, Command::Propose(Propose { maker, reason, action }))
    }

    /// Two people do something, one after the other.
    pub(super) fn both(&mut self, name: &str, words: &[&str]) -> Outcome {
        let (cell, action) = self.parse_action(name, words);
        let [maker, checker] = self.people().map(Hand::Key);
        let reason = Text::new("so it is").unwrap();
        let propose = Command::Propose(Propose { maker, reason, action: action.clone() });
        let proposed = self.world.ask(cell, Actor::Platform, propose);
        let Outcome::Accepted(Subject::Proposal(proposal)) = proposed else { return proposed };
        let (verdict, reason) = (Verdict::Approve { action }, Text::default());
        let decide = DecideProposal { proposal, checker, verdict, reason };
        let decided = self.world.ask(cell, Actor::Platform, Command::DecideProposal(decide));
        let Proposal { done, failure, .. } =
            self.world.cells[usize::from(cell)].proposals[&proposal];
        match (done, failure) {
            (Some(done), None) => {
                self.things.insert(name.to_owned(), done);
                Outcome::Accepted(done)
            }
            (None, Some(failure)) => Outcome::Rejected(failure),
            (_, _) => decided,
        }
    }

    /// Two keys of the platform that nobody else uses.
    fn people(&mut self) -> [KeyId; 2] {
        if let Some(people) = self.people {
            return people;
        }
        let people = [1, 2].map(|it| {
            let add = AddKey { hash: [it; 32], role: Role::Platform, user: None };
            let added = self.world.ask(0, Actor::Platform, Command::AddKey(add));
            let Outcome::Accepted(Subject::Key(key)) = added else { panic!("{added:?}") };
            key
        });
        *self.people.insert(people)
    }

    pub(super) fn parse_announcement(&self, words: &[&str]) -> (u8, Command) {
        if let ["announce", kind, rest @ ..] = words {
            let kind = *AnnouncementKind::ALL.iter().find(|it| it.code() == *kind).unwrap();
            let time = |name| option(rest, name).map(|it| START.after(span(it)));
            let words = Words { zh: Text::new("维护").unwrap(), en: Text::new("work").unwrap() };
            let (title, text) = (words.clone(), words);
            let (starts_at, ends_at) = (time("from"), time("until"));
            let announce = Announce { kind, starts_at, ends_at, title, text };
            return (0, Command::Announce(announce));
        }
        let announcement = match self.things.get(words[1]) {
            Some(Subject::Announcement(id)) => *id,
            _ => AnnouncementId::new(CellId::FIRST, 99),
        };
        (0, Command::EndAnnouncement(EndAnnouncement { announcement }))
    }

    /// The hand of whoever is called so.
    fn who(&self, name: &str) -> Hand {
        if self.is_operator(name) {
            return Hand::Operator(self.user(name));
        }
        Hand::Key(self.key(name))
    }

    pub(super) fn is_operator(&self, name: &str) -> bool {
        let Some(Subject::User(user)) = self.things.get(name) else { return false };
        let cell = &self.world.cells[usize::from(user.cell().number())];
        cell.users.get(user).is_some_and(|it| it.kind == UserKind::Operator)
    }

    fn proposal(&self, name: &str) -> ProposalId {
        let Some(Subject::Proposal(id)) = self.things.get(name).copied() else {
            return ProposalId::new(CellId::FIRST, 99);
        };
        id
    }
}
