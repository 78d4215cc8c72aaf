//! A world that goes wrong on purpose: the power goes in the middle of anything, syncs fail, the
//! disk is full, processes die. What came out must come out again, and everything must go on.

use super::{SMALL, records};
use crate::journal::contract::Dice;
use crate::journal::sim::SimDisk;
use crate::journal::{Frame, Journal, JournalError, LocalJournal, Recovered, RecoveryCase};
use ledger::id::Position;
use std::collections::BTreeSet;

struct World {
    seed: u64,
    dice: Dice,
    disk: SimDisk,
    journal: Option<LocalJournal>,
    /// What came out: the bytes of each frame, and what was offered and has not.
    came_out: Vec<Vec<u8>>,
    outstanding: Vec<String>,
    number: u64,
    seen: BTreeSet<String>,
}

impl World {
    fn new(seed: u64) -> World {
        let disk = SimDisk::new(seed);
        let (journal, _) = disk.open(SMALL).unwrap();
        World {
            seed,
            dice: Dice::new(seed),
            disk,
            journal: Some(journal),
            came_out: Vec::new(),
            outstanding: Vec::new(),
            number: 0,
            seen: BTreeSet::new(),
        }
    }

    fn see(&mut self, what: impl Into<String>) {
        self.seen.insert(what.into());
    }

    fn step(&mut self) {
        match self.dice.roll(100) {
            0..=3 => self.disk.power_off_after(self.dice.roll(12)),
            4 => self.disk.fail_sync_after(self.dice.roll(3)),
            5..=6 => self.restart(true),
            7..=8 => self.restart(false),
            9..=10 => self.seal(),
            11 => self.disk.set_free(self.dice.roll(2) << 40),
            12..=60 => self.offer(),
            _ => self.take(),
        }
        self.audit();
    }

    fn journal(&mut self) -> &mut LocalJournal {
        self.journal.as_mut().unwrap()
    }

    fn offer(&mut self) {
        self.number += 1;
        let text = format!(
            "{} {}",
            self.number,
            "x".repeat(usize::try_from(self.dice.roll(9_000)).unwrap())
        );
        let before = self.disk.names().len();
        let time = self.number;
        match self.journal().offer(time, 1, &records(&[&text])) {
            Ok(()) => {
                if self.disk.names().len() != before {
                    self.see("went on in another segment");
                }
                self.outstanding.push(text);
            }
            Err(JournalError::Full) => self.see("full"),
            Err(error) => {
                if self.disk.names().len() != before {
                    self.see("failed between two segments");
                }
                // Of the frame itself some or all may be there.
                self.outstanding.push(text);
                self.failed(&error);
            }
        }
    }

    fn take(&mut self) {
        match self.journal().next() {
            Ok(Some(frame)) => {
                let text = text(&frame);
                assert_eq!(self.outstanding.remove(0), text, "seed {}", self.seed);
                self.came_out.push(frame.bytes().to_vec());
            }
            Ok(None) => assert!(self.outstanding.is_empty(), "seed {}", self.seed),
            Err(error) => self.failed(&error),
        }
    }

    fn seal(&mut self) {
        match self.journal().seal() {
            Ok(()) => self.see("sealed"),
            Err(error) => self.failed(&error),
        }
    }

    /// A journal that failed says so from then on, and must be opened again.
    fn failed(&mut self, error: &JournalError) {
        assert!(matches!(error, JournalError::Io(_)), "seed {}: {error}", self.seed);
        let crash = self.dice.roll(2) == 0;
        self.see(if crash { "failed, then the power went" } else { "failed, then restarted" });
        self.restart(crash);
    }

    /// Ends the process without warning, perhaps with the whole machine.
    fn restart(&mut self, crash: bool) {
        self.journal = None;
        loop {
            if crash {
                let seed = self.dice.roll(u64::MAX);
                self.disk.crash(seed);
            }
            if self.dice.roll(4) == 0 {
                // The power goes while the journal recovers.
                self.disk.power_off_after(self.dice.roll(20));
            }
            match self.disk.open(SMALL) {
                Ok((journal, recovered)) => {
                    self.opened(journal, recovered, crash);
                    return;
                }
                Err(JournalError::Io(_)) => {
                    self.see("failed while recovering");
                    let seed = self.dice.roll(u64::MAX);
                    self.disk.crash(seed);
                }
                Err(error) => panic!("seed {}: {error}", self.seed),
            }
        }
    }

    fn opened(&mut self, journal: LocalJournal, recovered: Recovered, crash: bool) {
        self.see(format!("case {}", recovered.case.letter()));
        if recovered.spare_removed {
            self.see("case H");
        }
        if recovered.case == RecoveryCase::Sealed && crash {
            self.see("a seal survived a crash");
        }
        // Reading may be cut off too: the power is as it was.
        self.disk.power_off_after(u64::MAX);
        let frames: Result<Vec<Frame>, _> = journal.reader().frames_from(Position(0)).collect();
        let frames = frames.unwrap_or_else(|it| panic!("seed {}: {it}", self.seed));
        let kept: Vec<Vec<u8>> = frames.iter().map(|it| it.bytes().to_vec()).collect();
        assert!(kept.starts_with(&self.came_out), "seed {}: something came out once", self.seed);
        // What comes on top was offered, in this order, and nothing is missing between.
        let more: Vec<String> = frames[self.came_out.len()..].iter().map(text).collect();
        assert!(self.outstanding.starts_with(&more), "seed {}: order is kept", self.seed);
        if !more.is_empty() && more.len() < self.outstanding.len() {
            self.see("some of what was offered was kept");
        }
        assert_eq!(recovered.end, Position(kept.len() as u64), "seed {}", self.seed);
        self.came_out = kept;
        self.outstanding.clear();
        self.journal = Some(journal);
    }

    fn audit(&mut self) {
        let durable = self.journal().reader().durable().0;
        assert!(durable >= Position(self.came_out.len() as u64), "seed {}", self.seed);
    }
}

fn text(frame: &Frame) -> String {
    assert_eq!(frame.len(), 1);
    String::from_utf8(frame.records().next().unwrap().bytes.to_vec()).unwrap()
}

#[test]
fn nothing_that_came_out_is_ever_lost() {
    let mut seen = BTreeSet::new();
    for seed in 0..500 {
        let mut world = World::new(seed);
        for _ in 0..150 {
            world.step();
        }
        world.disk.set_free(1 << 40);
        world.restart(true);
        assert_eq!(world.outstanding.len(), 0);
        seen.append(&mut world.seen);
        seen.extend(world.disk.seen().into_iter().map(str::to_owned));
    }
    let hard = [
        "case A",
        "case B",
        "case C",
        "case D",
        "case H",
        "a seal survived a crash",
        "went on in another segment",
        "failed between two segments",
        "failed while recovering",
        "failed, then restarted",
        "failed, then the power went",
        "full",
        "later sector lost",
        "names lost",
        "sealed",
        "some of what was offered was kept",
        "sync failed",
        "write cut",
        "writes kept differently",
    ];
    for it in hard {
        assert!(seen.contains(it), "never seen: {it}. Seen: {seen:?}");
    }
}
