//! A few cells in memory, their journals' time, and the letters between them.

use crate::apply::{At, Decision, apply};
use crate::books::Books;
use crate::command::{Command, Found, Outcome, Receive, Request};
use crate::event::{Actor, Subject};
use crate::id::{CellId, Position, RequestId};
use crate::memory::MemoryBooks;
use crate::remittance::Letter;
use crate::time::Time;

/// When every script begins: round, so that times can be read.
pub(super) const START: Time = Time(1_800_000_000_000);
/// How many cells there are. The last is not a sandbox.
pub(super) const CELLS: u8 = 3;

/// Everything that a script works on.
pub(super) struct World {
    pub(super) cells: Vec<MemoryBooks>,
    pub(super) now: Time,
    positions: Vec<u64>,
    last_name: u128,
}

impl World {
    pub(super) fn new() -> World {
        let mut world = World {
            cells: vec![MemoryBooks::default(); usize::from(CELLS)],
            now: START,
            positions: vec![0; usize::from(CELLS)],
            last_name: 0,
        };
        for number in 0..CELLS {
            let (cell, sandbox) = (CellId::new(number), number + 1 < CELLS);
            let found = Command::Found(Found { cell, sandbox });
            let outcome = world.ask(number, Actor::Platform, found);
            assert_eq!(outcome, Outcome::Accepted(Subject::Cell));
        }
        world
    }

    /// Asks once, under a name that nobody used before.
    pub(super) fn ask(&mut self, cell: u8, actor: Actor, command: Command) -> Outcome {
        let id = self.fresh();
        self.request(cell, &Request { id, actor, command }).answer.outcome
    }

    /// A request's name that nobody used before.
    pub(super) fn fresh(&mut self) -> RequestId {
        self.last_name += 1;
        RequestId(self.last_name)
    }

    pub(super) fn request(&mut self, cell: u8, request: &Request) -> Decision {
        let place = usize::from(cell);
        let at = At { position: Position(self.positions[place]), time: self.now };
        self.positions[place] += 1;
        apply(&mut self.cells[place], at, request, fingerprint(request))
    }

    /// The letters of one cell to another that have not arrived, in order.
    pub(super) fn outstanding(&mut self, from: u8, to: u8) -> Vec<Letter> {
        let received = self.cells[usize::from(to)].channel(CellId::new(from)).received;
        let all = &self.cells[usize::from(from)].letters;
        let theirs = all.iter().filter(|it| it.to == CellId::new(to) && it.number > received);
        theirs.copied().collect()
    }

    /// Hands over a letter, whether it is its turn or not.
    pub(super) fn hand_over(&mut self, from: u8, letter: &Letter) -> Outcome {
        let (number, message) = (letter.number, letter.message);
        let receive = Receive { from: CellId::new(from), number, message };
        let (id, command) = (RequestId::UNNAMED, Command::Receive(receive));
        let request = Request { id, actor: Actor::Cell, command };
        self.request(letter.to.number(), &request).answer.outcome
    }

    /// Delivers all letters, and the answers to them. Returns how many there were.
    pub(super) fn deliver(&mut self) -> usize {
        let mut delivered = 0;
        loop {
            let before = delivered;
            for (from, to) in pairs() {
                for letter in self.outstanding(from, to) {
                    let outcome = self.hand_over(from, &letter);
                    assert!(matches!(outcome, Outcome::Accepted(_)), "{letter:?}: {outcome:?}");
                    delivered += 1;
                }
            }
            if delivered == before {
                return delivered;
            }
        }
    }
}

/// Every pair of cells, in both directions.
pub(super) fn pairs() -> impl Iterator<Item = (u8, u8)> {
    (0..CELLS).flat_map(|from| (0..CELLS).map(move |to| (from, to))).filter(|(a, b)| a != b)
}

/// Stands for the content of a request (FNV-1a over its text).
fn fingerprint(request: &Request) -> u64 {
    let text = format!("{:?} {:?}", request.actor, request.command);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
