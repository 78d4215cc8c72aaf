//! Two people in scripts: one proposes and another one decides.
//!
//! - `propose KEY COMMAND…`: with `unexplained` behind the key, without a reason;
//! - `check PROPOSAL KEY approve|refuse|withdraw`: with `instead COMMAND…` behind it that is what
//!   is approved;
//! - `both COMMAND…`: two people do it, one after the other. What came of it is what is expected.

use super::Script;
use crate::command::{Action, AddKey, Command, DecideProposal, Outcome, Propose, Verdict};
use crate::event::{Actor, Subject};
use crate::id::{CellId, KeyId, ProposalId};
use crate::name::Text;
use crate::proposal::Proposal;
use crate::registry::Role;

/// What a command would do by hand.
#[expect(clippy::wildcard_enum_match_arm, reason = "a script that asks for another is wrong")]
pub(in crate::tests) fn action_of(command: &Command) -> Action {
    match command {
        Command::ResolveReceipt(it) => Action::ResolveReceipt(*it),
        Command::AdvanceTopUp(it) => Action::AdvanceTopUp(*it),
        Command::AdvanceWithdrawal(it) => Action::AdvanceWithdrawal(*it),
        Command::RecordReceipt(it) => Action::RecordReceipt(*it),
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
                        let (_, command) = self.parse(name, other);
                        Verdict::Approve { action: action_of(&command) }
                    }
                    ("approve", _) => Verdict::Approve { action: self.proposed[*proposal] },
                    ("refuse", _) => Verdict::Refuse,
                    _ => Verdict::Withdraw,
                };
                let checker = self.key(checker);
                let proposal = self.proposal(proposal);
                let (cell, reason) = (proposal.cell().number(), Text::default());
                let decide = DecideProposal { proposal, checker, verdict, reason };
                (cell, Command::DecideProposal(decide))
            }
            _ => panic!("no such command: {words:?}"),
        }
    }

    fn propose(&mut self, name: &str, maker: &str, reason: Text, words: &[&str]) -> (u8, Command) {
        let (cell, command) = self.parse(name, words);
        let (maker, action) = (self.key(maker), action_of(&command));
        self.proposed.insert(name.to_owned(), action);
        (cell, Command::Propose(Propose { maker, reason, action }))
    }

    /// Two people do something, one after the other.
    pub(super) fn both(&mut self, name: &str, words: &[&str]) -> Outcome {
        let (cell, command) = self.parse(name, words);
        let action = action_of(&command);
        let [maker, checker] = self.people();
        let reason = Text::new("so it is").unwrap();
        let propose = Command::Propose(Propose { maker, reason, action });
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

    fn proposal(&self, name: &str) -> ProposalId {
        let Some(Subject::Proposal(id)) = self.things.get(name).copied() else {
            return ProposalId::new(CellId::FIRST, 99);
        };
        id
    }
}
