//! No bytes make it panic, and none that were changed are believed.

use super::{SEGMENT, SMALL, at, keep, open, told};
use crate::journal::contract::Dice;
use crate::journal::frame::{Head, check, length};
use crate::journal::segment::{FIRST, Header};
use crate::journal::sim::SimDisk;
use crate::journal::{Frame, Location};
use ledger::id::Position;

#[test]
fn random_bytes_are_no_frame_and_no_header() {
    let mut dice = Dice::new(1);
    for round in 0..20_000 {
        let size = usize::try_from(dice.roll(400)).unwrap();
        let mut bytes: Vec<u8> = (0..size).map(|_| dice_byte(&mut dice)).collect();
        if round % 2 == 0 && size >= 20 {
            // Come further than the magic number.
            bytes[..4].copy_from_slice(b"DBFR");
            bytes[16] = u8::try_from(dice.roll(3)).unwrap();
        }
        if let Ok(head) = Head::read(&bytes) {
            assert!(check(&bytes, &head).is_err());
        }
        assert!(Frame::read(&bytes, Location::default()).is_none());
        if let Some(header) = bytes.first_chunk() {
            assert!(Header::read(header).is_err());
        }
    }
}

fn dice_byte(dice: &mut Dice) -> u8 {
    u8::try_from(dice.roll(256)).unwrap()
}

#[test]
fn every_changed_bit_of_a_sealed_journal_is_found() {
    let disk = SimDisk::new(1);
    let (mut journal, _) = open(&disk);
    for text in ["a", "bb", "ccc"] {
        keep(&mut journal, 7, &[text, text]);
    }
    journal.close().unwrap();
    drop(journal);
    let bytes = disk.bytes(SEGMENT);
    let end = at(FIRST + length(10) + length(12) + length(14));
    for place in (0..128).chain(at(FIRST)..end) {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            disk.tamper(SEGMENT, &changed);
            assert!(disk.open(SMALL).is_err(), "bit {bit} of byte {place}");
        }
    }
    disk.tamper(SEGMENT, &bytes);
    assert_eq!(told(&open(&disk).0.reader()).len(), 6);
}

#[test]
fn damaged_journals_are_refused_or_read_and_never_panic() {
    let disk = SimDisk::new(1);
    let (mut journal, _) = open(&disk);
    for time in 0..40 {
        keep(&mut journal, time, &["a", "bb", "ccc"]);
    }
    let before = told(&journal.reader());
    drop(journal);
    let bytes = disk.bytes(SEGMENT);
    let used = bytes.iter().rposition(|it| *it != 0).unwrap() as u64;
    let mut dice = Dice::new(2);
    let (mut refused, mut read) = (0, 0);
    for _ in 0..2_000 {
        let mut changed = bytes.clone();
        for _ in 0..=dice.roll(3) {
            let place = usize::try_from(dice.roll(used + 200)).unwrap();
            let size = usize::try_from(dice.roll(300)).unwrap();
            let fill = dice_byte(&mut dice);
            changed[place..place + size].fill(fill);
        }
        disk.tamper(SEGMENT, &changed);
        match disk.open(SMALL) {
            Ok((journal, _)) => {
                read += 1;
                assert!(before.starts_with(&told(&journal.reader())), "only an end may be missing");
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 500 && read > 20, "{refused} refused, {read} read");
}

#[test]
fn frames_can_be_changed_while_they_are_read() {
    let disk = SimDisk::new(1);
    let (mut journal, _) = open(&disk);
    for time in 0..40 {
        keep(&mut journal, time, &["a", "bb", "ccc"]);
    }
    let reader = journal.reader();
    let mut dice = Dice::new(3);
    let bytes = disk.bytes(SEGMENT);
    for _ in 0..2_000 {
        let place = at(FIRST) + usize::try_from(dice.roll(4_000)).unwrap();
        let mut changed = bytes.clone();
        changed[place] ^= 1 << dice.roll(8);
        disk.tamper(SEGMENT, &changed);
        let fresh = disk_reader(&disk, &reader);
        let from = Position(dice.roll(120));
        let read: Vec<_> = fresh.frames_from(from).collect();
        let failed = read.iter().filter(|it| it.is_err()).count();
        assert!(failed <= 1 && read.iter().take(read.len() - failed).all(Result::is_ok));
        let _ = fresh.read_at(Location::from_raw(dice.roll(9_000)));
    }
}

/// A reader that has no file open yet, and believes what the journal knew.
fn disk_reader(disk: &SimDisk, before: &crate::journal::Reader) -> crate::journal::Reader {
    before.on(disk)
}

/// The targets of fuzzing, for a moment.
#[test]
fn no_edit_makes_the_journal_panic_and_what_it_reads_has_one_form() {
    ledger::fuzz::short(30_000, &scripts(1), crate::journal::fuzz::frame);
    let with_choice = |(choice, script): (u8, Vec<u8>)| [&[choice], &script[..]].concat();
    let choices: Vec<_> = (0..=255).zip(scripts(2)).map(with_choice).collect();
    ledger::fuzz::short(5_000, &choices, crate::journal::fuzz::journal);
}

/// Scripts of edits.
fn scripts(seed: u64) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(seed);
    let lengths: Vec<u64> = (0..256).map(|_| 8 * (1 + dice.roll(3))).collect();
    let script = |it: &u64| (0..*it).map(|_| dice_byte(&mut dice)).collect();
    lengths.iter().map(script).collect()
}
