//! Where everybody meets: clients, couriers, banks, clocks, and the power that fails.
//!
//! A step is one turn of one cell: what is asked gathers into a frame or two, which are offered,
//! come out and are judged; or the cell dies somewhere in between and starts again.

use crate::audit::{audit_cell, audit_pairs};
use crate::cell::{Cell, Restart, request_of};
use crate::clients::{Clients, pick};
use crate::compare::compare;
use crate::model::Model;
use crate::people::KEYS;
use crate::{Failure, Fault, Report};
use ledger::Decision;
use ledger::account::{FIRST_OPENED, System};
use ledger::command::{
    AddCard, AddKey, AddUser, Answer, Command, Found, OpenAccount, Outcome, Receive, Request,
    RevokeKey, Transfer,
};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::id::{AccountId, CellId, KeyId, RequestId, UserId};
use ledger::money::Money;
use ledger::name::{BankName, Text};
use ledger::registry::{Role, UserKind};
use ledger::remittance::Letter;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use store::journal::Frame;
use store::journal::contract::Dice;

const STEPS: u64 = 220;
const TRANSCRIPT: usize = 30;
/// One run in so many keeps its books in a store as well.
const STORED_ONE_IN: u64 = 24;
const HOUR: u64 = 3_600_000;

struct World {
    seed: u64,
    dice: Dice,
    now: u64,
    cells: Vec<Cell>,
    models: Vec<Model>,
    /// Requests without an answer, by cell: their clients will ask again.
    unanswered: Vec<Vec<Request>>,
    /// The first answer to each request, with the cell that gave it.
    answers: BTreeMap<RequestId, (usize, Request, Answer)>,
    names: u128,
    fault: Option<Fault>,
    report: Report,
    transcript: VecDeque<String>,
}

/// Lives through the world of a seed.
pub(crate) fn run(seed: u64, fault: Option<Fault>) -> Result<Report, Box<Failure>> {
    let failed = |what, transcript: &VecDeque<String>| {
        Box::new(Failure { seed, what, transcript: transcript.iter().cloned().collect() })
    };
    let mut world = World::new(seed, fault).map_err(|it| failed(it, &VecDeque::new()))?;
    // A rule that panics is a failure like others, with its story.
    let lived = catch_unwind(AssertUnwindSafe(|| world.live()));
    match lived {
        Ok(Ok(())) => Ok(world.report),
        Ok(Err(what)) => Err(failed(what, &world.transcript)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
            let text = text.unwrap_or_else(|| "a panic without words".to_owned());
            Err(failed(format!("a panic: {text}"), &world.transcript))
        }
    }
}

impl World {
    fn new(seed: u64, fault: Option<Fault>) -> Result<World, String> {
        let mut dice = Dice::new(seed);
        let count = u8::try_from(1 + dice.roll(4)).map_err(|it| it.to_string())?;
        let stored = dice.roll(STORED_ONE_IN) == 0;
        let misreading = match fault {
            Some(Fault::Oracle(it)) => Some(it),
            Some(Fault::ForgottenFrame | Fault::RepeatedFrame) | None => None,
        };
        let cells: Result<Vec<Cell>, String> =
            (0..count).map(|it| Cell::new(CellId::new(it), dice.roll(u64::MAX), stored)).collect();
        Ok(World {
            seed,
            now: 1_700_000_000_000,
            cells: cells?,
            models: (0..count).map(|_| Model::new(misreading)).collect(),
            unanswered: (0..count).map(|_| Vec::new()).collect(),
            answers: BTreeMap::new(),
            names: 0,
            fault,
            report: Report::default(),
            transcript: VecDeque::new(),
            dice,
        })
    }

    fn live(&mut self) -> Result<(), String> {
        for cell in 0..self.cells.len() {
            let beginning = self.beginning(cell);
            self.turn(cell, &[beginning], Vec::new())?;
        }
        for _ in 0..STEPS {
            self.step()?;
        }
        self.come_to_rest()
    }

    fn say(&mut self, line: String) {
        for byte in line.bytes() {
            self.report.digest ^= u64::from(byte);
            self.report.digest = self.report.digest.wrapping_mul(0x0100_0000_01b3);
        }
        if self.transcript.len() == TRANSCRIPT {
            self.transcript.pop_front();
        }
        self.transcript.push_back(line);
    }

    fn reach(&mut self, case: &'static str) {
        *self.report.cases.entry(case).or_insert(0) += 1;
    }

    fn named(&mut self, (actor, command): (Actor, Command)) -> Request {
        self.names += 1;
        Request { id: RequestId(self.names), actor, command }
    }

    /// A cell with two customers and two merchants, their cards and accounts, and some money.
    fn beginning(&mut self, place: usize) -> Vec<Request> {
        let cell = self.cells[place].id;
        let mut wishes = vec![Command::Found(Found { cell, sandbox: false })];
        let usd = Currency::from_code("USD").unwrap_or(Currency::CNY);
        for number in 0..4 {
            let user = UserId::new(cell, number);
            let kind = if number < 2 { UserKind::Customer } else { UserKind::Merchant };
            wishes.push(Command::AddUser(AddUser { kind, name: Text::default() }));
            let (token, last_four) = (Text::default(), 4_242);
            let bank = BankName::new("icbc").expect("this is a name");
            wishes.push(Command::AddCard(AddCard { user, bank, token, last_four }));
            let currency = if number == 1 && self.dice.roll(3) == 0 { usd } else { Currency::CNY };
            for limit in [0, 50_000] {
                let (owner, balance_limit) = (user, limit);
                let open = OpenAccount { owner, currency, balance_limit };
                wishes.push(Command::OpenAccount(open));
            }
            let debit = System::Capital.id(cell, currency);
            let credit = AccountId::new(cell, FIRST_OPENED + number * 2);
            let amount = Money::new(40_000, currency);
            wishes.push(Command::Transfer(Transfer { debit, credit, amount }));
        }
        if cell == CellId::FIRST {
            for number in 0..KEYS {
                let hash = [u8::try_from(number).unwrap_or(0); 32];
                let (role, user) = (Role::Platform, None);
                wishes.push(Command::AddKey(AddKey { hash, role, user }));
            }
            wishes.push(Command::RevokeKey(RevokeKey { key: KeyId::new(cell, KEYS - 1) }));
        }
        wishes.into_iter().map(|it| self.named((Actor::Platform, it))).collect()
    }

    fn step(&mut self) -> Result<(), String> {
        let now = self.now;
        self.now = match self.dice.roll(40) {
            0 => now + 7 * 24 * HOUR,
            1..4 => now + 20 * HOUR,
            4..12 => now + HOUR,
            // Clocks go back now and then.
            12 => now - 5_000,
            _ => now + self.dice.roll(5_000),
        };
        let cell = usize::try_from(self.dice.roll(self.cells.len() as u64)).unwrap_or(0);
        let mut frames = Vec::new();
        for _ in 0..=self.dice.roll(2) {
            let mut frame = Vec::new();
            for _ in 0..=self.dice.roll(5) {
                frame.extend(self.asked(cell));
            }
            if !frame.is_empty() {
                frames.push(frame);
            }
        }
        if self.dice.roll(12) == 0 {
            self.cells[cell].checkpoint()?;
        }
        self.turn(cell, &frames, Vec::new())
    }

    /// What is asked of a cell next.
    fn asked(&mut self, cell: usize) -> Vec<Request> {
        match self.dice.roll(20) {
            0..4 if self.cells.len() > 1 => self.letter(cell).into_iter().collect(),
            4..6 => self.again(cell).into_iter().collect(),
            6..9 if !self.unanswered[cell].is_empty() => {
                let request = self.unanswered[cell].remove(0);
                self.reach("retry after no answer");
                vec![request]
            }
            kind => {
                let number = u64::try_from(self.names).unwrap_or(0);
                let (dice, cells) = (&mut self.dice, &self.cells[..]);
                let mut clients = Clients { dice, cells, here: cell, number };
                let leaves = kind == 19 && clients.dice.roll(3) == 0;
                let wishes = if leaves { clients.leave() } else { vec![clients.wish()] };
                wishes.into_iter().map(|it| self.named(it)).collect()
            }
        }
    }

    /// A request that was answered before; sometimes with other content under the same name.
    fn again(&mut self, cell: usize) -> Option<Request> {
        let mine = self.answers.values().filter(|(asked, _, _)| *asked == cell);
        let mine: Vec<&Request> = mine.map(|(_, request, _)| request).collect();
        let request = pick(&mut self.dice, &mine)?.clone();
        if self.dice.roll(3) > 0 {
            return Some(request);
        }
        let command = pick(&mut self.dice, &mine)?.command.clone();
        Some(Request { command, ..request })
    }

    /// A letter to this cell: the next, or one that came before, or one before its turn.
    fn letter(&mut self, to: usize) -> Option<Request> {
        let others: Vec<usize> = (0..self.cells.len()).filter(|it| *it != to).collect();
        let from = pick(&mut self.dice, &others)?;
        let received = self.received(from, to);
        let number = match self.dice.roll(8) {
            0 => 1 + self.dice.roll(received + 1),
            1 => received + 2,
            _ => received + 1,
        };
        self.carry(from, to, number)
    }

    fn received(&self, from: usize, to: usize) -> u64 {
        let channel = self.cells[to].books.channels.get(&self.cells[from].id);
        channel.map_or(0, |it| it.received)
    }

    fn carry(&self, from: usize, to: usize, number: u64) -> Option<Request> {
        let (from, to) = (&self.cells[from], self.cells[to].id);
        let wanted = |it: &&Letter| it.to == to && it.number == number;
        let message = from.books.letters.iter().find(wanted)?.message;
        let command = Command::Receive(Receive { from: from.id, number, message });
        Some(Request { id: RequestId::UNNAMED, actor: Actor::Cell, command })
    }

    /// Offers frames to a cell and judges what comes out; or the cell dies over it.
    fn turn(
        &mut self,
        cell: usize,
        frames: &[Vec<Request>],
        mut lost: Vec<Request>,
    ) -> Result<(), String> {
        let doom = self.dice.roll(36);
        match doom {
            0 => self.cells[cell].power_off_after(self.dice.roll(7)),
            1 => self.cells[cell].fail_sync(),
            _ => {}
        }
        let mut alive = true;
        for frame in frames {
            lost.extend(frame.iter().filter(|it| it.id != RequestId::UNNAMED).cloned());
            alive = alive && self.cells[cell].offer(self.now, frame);
        }
        // Sometimes the power fails between write and sync.
        alive = alive && doom != 2;
        while alive {
            match self.cells[cell].next() {
                Ok(Some(frame)) => self.judge(cell, frame, &mut lost)?,
                Ok(None) => break,
                Err(()) => alive = false,
            }
        }
        // Sometimes between two turns.
        if !alive || doom <= 3 {
            self.crash(cell, doom)?;
        }
        self.unanswered[cell].extend(lost);
        audit_pairs(&self.cells)
    }

    fn crash(&mut self, cell: usize, doom: u64) -> Result<(), String> {
        let seed = self.dice.roll(u64::MAX);
        self.say(format!("cell {cell} crashes ({doom})"));
        let fault = self.fault;
        let known = self.cells[cell].frames.len();
        let restart = self.cells[cell].crash(seed, fault)?;
        let Restart { new, torn, from_checkpoint } = restart;
        self.report.crashes += 1;
        let reached = [
            (doom == 0, "power failed during an operation"),
            (doom == 1, "sync failed"),
            (torn, "torn frame dropped"),
            (known > 0, "acknowledged frame recovered"),
            (!new.is_empty(), "frame recovered that nobody was told of"),
            (from_checkpoint, "stored books caught up from a checkpoint"),
        ];
        for (_, case) in reached.into_iter().filter(|(reached, _)| *reached) {
            self.reach(case);
        }
        for frame in new {
            // Whoever asked hears nothing of it, and asks again.
            self.judge(cell, frame, &mut Vec::new())?;
        }
        let (model, books) = (&self.models[cell], &self.cells[cell].books);
        compare(books, model)
    }

    /// Lets the cell and the oracle decide a frame, record by record.
    fn judge(&mut self, cell: usize, frame: Frame, lost: &mut Vec<Request>) -> Result<(), String> {
        for record in frame.records() {
            let request = request_of(&record)?;
            let now = frame.time_ms();
            let text = format!("cell {cell} at {}: {request:?}", record.position);
            let judgement = self.models[cell].apply(now, &request);
            let decided = self.cells[cell].decide(&frame, &record);
            let decision = match decided {
                Ok(decision) => decision,
                Err(what) => {
                    self.say(text);
                    return Err(what);
                }
            };
            let code = match decision.answer.outcome {
                Outcome::Accepted(_) => "accepted",
                Outcome::Rejected(it) => it.code(),
            };
            self.say(format!("{now} {text} → {code}"));
            if (code, decision.repeated) != (judgement.code, judgement.repeated) {
                return Err(format!("the ledger decided {decision:?}, the oracle {judgement:?}"));
            }
            self.told(cell, &request, &decision)?;
            self.count(cell, code);
            compare(&self.cells[cell].books, &self.models[cell])?;
            audit_cell(&self.cells[cell].books)?;
            // Some answers get lost on their way; whoever waited for them asks again.
            if self.dice.roll(12) > 0 {
                lost.retain(|it| it.id != request.id);
            }
        }
        let line = format!("frame of cell {cell}: {}", frame.chain());
        self.say(line);
        self.cells[cell].end_frame(frame);
        Ok(())
    }

    /// Checks an answer against what was answered before.
    fn told(&mut self, cell: usize, request: &Request, it: &Decision) -> Result<(), String> {
        if request.id == RequestId::UNNAMED {
            return Ok(());
        }
        let Some((_, first, answer)) = self.answers.get(&request.id) else {
            self.answers.insert(request.id, (cell, request.clone(), it.answer));
            return Ok(());
        };
        let case = if first == request {
            if it.answer != *answer {
                return Err(format!("answered {:?} first, now {answer:?}", it.answer));
            }
            "retry answered from memory"
        } else {
            "retry with other content refused"
        };
        self.reach(case);
        Ok(())
    }

    fn count(&mut self, cell: usize, code: &str) {
        self.report.records += 1;
        self.report.accepted += u64::from(code == "accepted");
        for case in std::mem::take(&mut self.models[cell].reached) {
            self.reach(case);
        }
    }

    /// Carries every letter, in order, until none is owed; then nothing may be under way.
    fn come_to_rest(&mut self) -> Result<(), String> {
        let places = 0..self.cells.len();
        loop {
            let mut quiet = true;
            for from in places.clone() {
                for to in places.clone().filter(|it| *it != from) {
                    let next = self.received(from, to) + 1;
                    if let Some(letter) = self.carry(from, to, next) {
                        quiet = false;
                        self.turn(to, &[vec![letter]], Vec::new())?;
                    }
                }
            }
            if quiet {
                break;
            }
        }
        for cell in &self.cells {
            if cell.books.remittances.values().any(|it| it.stage.code() == "sent") {
                return Err(format!("cell {} waits for an answer that never comes", cell.id));
            }
            cell.check_stored()?;
        }
        self.say(format!("seed {} came to rest", self.seed));
        audit_pairs(&self.cells)
    }
}
