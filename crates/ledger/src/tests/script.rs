//! How a script is read. A line is `NAME [as USER] command words… [@CELL] | what is expected`.
//!
//! The name is the request's, and afterwards that of the thing it made; `-` is a new name each
//! time. What is expected is `accepted` or a rejection's code. Lines that begin with one of these
//! words are no requests:
//!
//! - `at 3d2h`: the journal's time, since the script began;
//! - `show THING`: what the books say; `show escrow@1` is a system account of a cell;
//! - `used ACCOUNT FLOW`: what of the limits of its owner is used;
//! - `deliver`: all letters between cells arrive, and the answers to them;
//! - `hand 0 1 N`: the letter with this number arrives, whether it is its turn or not.
//!
//! Amounts are in the default currency, or `5:JPY`. `parse` knows the commands, `people` those that
//! need two of them, and `person` those about one.

mod parse;
mod people;
mod person;

use super::audit::audit;
use super::show;
use super::world::{START, World};
use crate::books::Books;
use crate::command::{Action, Outcome, Request};
use crate::event::{Actor, Subject};
use crate::id::{AccountId, CardId, CellId, KeyId, RequestId, UserId};
use crate::rejection::Rejection;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

pub(super) use people::action_of;

/// Runs a script. Prints what happened up to the line that fails.
pub(super) fn check(script: &str) {
    let mut stage = Script::new();
    stage.run(script);
}

/// A script that is being played.
pub(super) struct Script {
    pub(super) world: World,
    things: BTreeMap<String, Subject>,
    users: BTreeMap<String, UserId>,
    cards: BTreeMap<String, CardId>,
    requests: BTreeMap<String, RequestId>,
    proposed: BTreeMap<String, Action>,
    people: Option<[KeyId; 2]>,
    made: u32,
}

impl Script {
    pub(super) fn new() -> Script {
        Script {
            world: World::new(),
            things: BTreeMap::new(),
            users: BTreeMap::new(),
            cards: BTreeMap::new(),
            requests: BTreeMap::new(),
            proposed: BTreeMap::new(),
            people: None,
            made: 0,
        }
    }

    /// Plays the lines one after the other, with an audit after each.
    pub(super) fn run(&mut self, script: &str) {
        let mut transcript = Vec::new();
        for line in script.lines().map(str::trim).filter(|it| !it.is_empty()) {
            let played = catch_unwind(AssertUnwindSafe(|| {
                let (left, expected) = line.split_once('|').unwrap_or((line, ""));
                let words: Vec<&str> = left.split_whitespace().collect();
                let said = self.line(&words);
                audit(&mut self.world);
                (said == expected.trim(), said)
            }));
            match played {
                Ok((true, _)) => transcript.push(format!("   {line}\n")),
                Ok((false, said)) => {
                    let before = transcript.concat();
                    panic!("\n{before}>> {line}\n>> but it was: {said}\n");
                }
                Err(panic) => {
                    eprintln!("\n{}>> {line}", transcript.concat());
                    resume_unwind(panic);
                }
            }
        }
    }

    /// Does what a line says, and says what came of it.
    fn line(&mut self, words: &[&str]) -> String {
        match words {
            ["at", time] => {
                self.world.now = START.after(parse::span(time));
                String::new()
            }
            ["deliver"] => {
                self.world.deliver();
                String::new()
            }
            ["hand", from, to, number] => self.hand(from, to, number),
            ["show", thing] => self.show(thing),
            ["used", account, flow] => self.used(account, flow),
            [name, rest @ ..] => code(self.command(name, rest)),
            [] => "a line without words".to_owned(),
        }
    }

    fn hand(&mut self, from: &str, to: &str, number: &str) -> String {
        let [from, to] = [from, to].map(|it| it.parse::<u8>().unwrap());
        let number: u64 = number.parse().unwrap();
        let books = &self.world.cells[usize::from(from)];
        let mut letters = books.letters.iter();
        let letter = *letters
            .find(|it| it.to == CellId::new(to) && it.number == number)
            .expect("the letter was written");
        code(self.world.hand_over(from, &letter))
    }

    fn command(&mut self, name: &str, words: &[&str]) -> Outcome {
        let (actor, words) = match words {
            ["as", who, rest @ ..] => (self.actor(who), rest),
            rest => (Actor::Platform, rest),
        };
        let (cell, words) = match words.split_last() {
            Some((last, rest)) if last.starts_with('@') => {
                (Some(last.trim_start_matches('@').parse().unwrap()), rest)
            }
            Some(_) | None => (None, words),
        };
        if let ["returning", top_up] = words {
            let back = self.returning(top_up);
            self.things.insert(name.to_owned(), back);
            return Outcome::Accepted(back);
        }
        if let ["customer" | "merchant", rest @ ..] = words {
            return self.person(name, words[0], cell.unwrap_or(0), rest);
        }
        if let ["both", rest @ ..] = words {
            return self.both(name, rest);
        }
        self.made += 1;
        let (home, command) = match words {
            ["propose" | "check", ..] => self.parse_proposal(name, words),
            _ => self.parse(name, words),
        };
        let id = self.name(name);
        let request = Request { id, actor, command };
        let outcome = self.world.request(cell.unwrap_or(home), &request).answer.outcome;
        if let (Outcome::Accepted(subject), true) = (outcome, name != "-") {
            self.things.insert(name.to_owned(), subject);
        }
        outcome
    }

    /// The withdrawal by which a top-up goes back.
    fn returning(&self, name: &str) -> Subject {
        let Subject::TopUp(id) = self.thing(name) else { panic!("{name} is no top-up") };
        let books = &self.world.cells[usize::from(id.cell().number())];
        if let Some(back) = books.withdrawals.values().find(|it| it.receipt.is_some()) {
            return Subject::Withdrawal(back.id);
        }
        Subject::Withdrawal(books.top_ups[&id].withdrawal.expect("it goes back"))
    }

    fn name(&mut self, name: &str) -> RequestId {
        let fresh = self.world.fresh();
        if name == "-" {
            return fresh;
        }
        *self.requests.entry(name.to_owned()).or_insert(fresh)
    }

    fn actor(&self, who: &str) -> Actor {
        match who {
            "bank" => Actor::Bank,
            "cell" => Actor::Cell,
            "clock" => Actor::Clock,
            who if self.is_operator(who) => Actor::Operator(self.user(who)),
            user => Actor::User(self.user(user)),
        }
    }

    /// What `show` says of a thing.
    pub(super) fn show(&mut self, thing: &str) -> String {
        let (name, cell) = parse::place(thing);
        if let Some(id) = parse::system(name, cell) {
            let books = &mut self.world.cells[usize::from(cell)];
            return show::account(&books.account(id).unwrap());
        }
        let subject = self.thing(thing);
        let cells = &mut self.world.cells;
        let at = |cell: CellId| cells[usize::from(cell.number())].clone();
        match subject {
            Subject::Account(id) => show::account(&at(id.cell()).accounts[&id]),
            Subject::Order(id) => show::order(&at(id.cell()).orders[&id]),
            Subject::Hold(id) => show::hold(&at(id.cell()).holds[&id]),
            Subject::TopUp(id) => show::top_up(&at(id.cell()).top_ups[&id]),
            Subject::Withdrawal(id) => show::withdrawal(&at(id.cell()).withdrawals[&id]),
            Subject::Receipt(id) => {
                let it = at(id.cell()).receipts[&id];
                format!("{} {}", it.stage.code(), if it.outgoing { "out" } else { "in" })
            }
            Subject::Proposal(id) => show::proposal(&at(id.cell()).proposals[&id]),
            Subject::Announcement(id) => show::announcement(&at(id.cell()).announcements[&id]),
            Subject::Remittance(id) => show::remittance(&at(id.cell()).remittances[&id]),
            Subject::Delivery(id) => show::delivery(&at(id.cell()).deliveries[&id]),
            Subject::Endpoint(id) => {
                let of_it = |it: &&crate::registry::Delivery| it.endpoint == id;
                format!("deliveries {}", at(id.cell()).deliveries.values().filter(of_it).count())
            }
            Subject::User(id) => show::person(&at(id.cell()).people[&id]),
            Subject::Session(id) => show::session(&at(id.cell()).sessions[&id]),
            Subject::Cell | Subject::Card(_) | Subject::Transfer(_) | Subject::Key(_) => {
                panic!("nothing to show of {subject:?}")
            }
        }
    }

    /// What has this name.
    pub(super) fn thing(&self, name: &str) -> Subject {
        *self.things.get(name).unwrap_or_else(|| panic!("nothing is called {name}"))
    }

    /// The account with this name.
    pub(super) fn account(&self, name: &str) -> AccountId {
        let (system, cell) = parse::place(name);
        if let Some(id) = parse::system(system, cell) {
            return id;
        }
        let Subject::Account(id) = self.thing(name) else { panic!("{name} is no account") };
        id
    }

    /// The user with this name.
    pub(super) fn user(&self, name: &str) -> UserId {
        match (self.users.get(name), self.things.get(name)) {
            (Some(user), _) | (None, Some(Subject::User(user))) => *user,
            (None, _) => panic!("nobody is called {name}"),
        }
    }

    /// The card with this name, or of the user with this name.
    pub(super) fn card(&self, name: &str) -> CardId {
        match (self.cards.get(name), self.things.get(name)) {
            (Some(card), _) | (None, Some(Subject::Card(card))) => *card,
            (None, _) => panic!("no card is called {name}"),
        }
    }
}

/// An outcome as scripts spell it.
pub(super) fn code(outcome: Outcome) -> String {
    match outcome {
        Outcome::Accepted(_) => "accepted".to_owned(),
        Outcome::Rejected(Rejection::EventNotAllowed { stage, .. }) => {
            format!("event_not_allowed in {}", stage.code())
        }
        Outcome::Rejected(it) => it.code().to_owned(),
    }
}
