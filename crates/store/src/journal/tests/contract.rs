use super::{SMALL, at};
use crate::journal::contract::contract;
use crate::journal::sim::SimDisk;
use crate::journal::{Frame, LocalJournal};
use ledger::id::Position;

fn all(journal: &LocalJournal) -> Vec<Frame> {
    journal.reader().frames_from(Position(0)).map(Result::unwrap).collect()
}

#[test]
fn the_local_journal_keeps_the_contract() {
    for seed in 0..4 {
        let home = tempfile::tempdir().unwrap();
        contract(seed, |before: Option<LocalJournal>| {
            drop(before);
            let (journal, _) = LocalJournal::open_with(home.path(), SMALL).unwrap();
            let frames = all(&journal);
            (journal, frames)
        });
    }
}

#[test]
fn it_keeps_the_contract_when_the_power_goes() {
    for seed in 0..300 {
        let disk = SimDisk::new(seed);
        let mut crashes = 0;
        contract(seed, |before: Option<LocalJournal>| {
            if let Some(journal) = before {
                drop(journal);
                crashes += 1;
                disk.crash(seed * 1_000 + crashes);
            }
            let (journal, _) = disk.open(SMALL).unwrap_or_else(|it| panic!("seed {seed}: {it}"));
            let frames = all(&journal);
            (journal, frames)
        });
    }
}

#[test]
#[should_panic(expected = "what came out comes out again")]
fn the_contract_notices_a_journal_that_forgets() {
    let mut disk = SimDisk::new(0);
    contract(1, |before: Option<LocalJournal>| {
        let begun = before.is_none();
        drop(before);
        if !begun {
            disk = SimDisk::new(0);
        }
        let (journal, _) = disk.open(SMALL).unwrap();
        (journal, Vec::new())
    });
}

#[test]
#[should_panic(expected = "what came out comes out again")]
fn the_contract_notices_a_disk_that_forgets_a_byte() {
    let disk = SimDisk::new(0);
    contract(1, |before: Option<LocalJournal>| {
        drop(before);
        let name = super::SEGMENT;
        let mut bytes = disk.bytes(name);
        let end = bytes.iter().rposition(|it| *it != 0);
        if let Some(end) = end.filter(|it| *it > at(crate::journal::segment::FIRST)) {
            bytes[end] = 0;
            disk.tamper(name, &bytes);
        }
        let (journal, _) = disk.open(SMALL).unwrap();
        let frames = all(&journal);
        (journal, frames)
    });
}
