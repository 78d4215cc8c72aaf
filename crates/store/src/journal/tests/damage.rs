//! The recovery table, letter by letter.

use super::contract::{CELL, open, records, told};
use crate::journal::{Journal, JournalError, LocalJournal, RecoveryCase};
use ledger::id::{CellId, Position};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// A journal with the records a, b, c in a frame each. Returns where each frame ends.
fn journal_of_three(home: &Path, close: bool) -> Vec<u64> {
    let (mut journal, recovered) = open(home);
    assert_eq!(recovered.case, RecoveryCase::Begun);
    let mut ends = vec![128];
    for text in ["a", "b", "c"] {
        journal.offer(7, 1, &records(&[text])).unwrap();
        while journal.next().unwrap().is_some() {}
        ends.push(ends.last().unwrap() + 72 + 4 + 1);
    }
    if close {
        journal.close().unwrap();
    }
    ends
}

fn segment(home: &Path) -> PathBuf {
    home.join("00000000.journal")
}

fn scribble(home: &Path, offset: u64, bytes: &[u8]) {
    let file = OpenOptions::new().write(true).open(segment(home)).unwrap();
    file.write_all_at(bytes, offset).unwrap();
}

fn refusal(home: &Path) -> String {
    match LocalJournal::open(home, CELL, 1 << 16) {
        Err(JournalError::Damaged(text)) => text,
        Err(other) => panic!("{other}"),
        Ok((_, recovered)) => panic!("opened as {recovered:?}"),
    }
}

#[test]
fn any_part_of_the_last_frame_may_be_missing() {
    let frame = 72 + 4 + 1;
    for kept in 0..frame {
        let home = tempfile::tempdir().unwrap();
        let ends = journal_of_three(home.path(), false);
        scribble(home.path(), ends[2] + kept, &vec![0; usize::try_from(frame - kept).unwrap()]);
        let (mut journal, recovered) = open(home.path());
        assert_eq!(recovered.end, Position(2), "{kept} bytes kept");
        let case = if kept == 0 { RecoveryCase::Unsealed } else { RecoveryCase::Torn };
        assert_eq!(recovered.case, case, "{kept} bytes kept");
        journal.offer(8, 1, &records(&["d"])).unwrap();
        while journal.next().unwrap().is_some() {}
        assert_eq!(told(&journal.reader()), ["0:7:a", "1:7:b", "2:8:d"]);
    }
}

#[test]
fn damage_with_something_sound_behind_it_is_refused() {
    for at in 0..2 {
        let home = tempfile::tempdir().unwrap();
        let ends = journal_of_three(home.path(), false);
        scribble(home.path(), ends[at] + 74, &[0xff]);
        let text = refusal(home.path());
        assert!(text.contains("sound ones follow it"), "{text}");
        assert!(text.contains(&format!("offset {}", ends[at])), "{text}");
    }
}

#[test]
fn a_seal_tells_damage_to_the_last_frame_from_a_torn_write() {
    let home = tempfile::tempdir().unwrap();
    let ends = journal_of_three(home.path(), true);
    scribble(home.path(), ends[2] + 74, &[0xff]);
    assert!(refusal(home.path()).contains("sound ones follow it"));
}

#[test]
fn a_segment_that_is_missing_renamed_foreign_or_cut_is_refused() {
    let home = tempfile::tempdir().unwrap();
    journal_of_three(home.path(), true);
    let Err(JournalError::Damaged(text)) = LocalJournal::open(home.path(), CellId::new(4), 1 << 16)
    else {
        panic!("a foreign journal was opened");
    };
    assert!(text.contains("belongs to another cell"), "{text}");

    fs::copy(segment(home.path()), home.path().join("00000001.journal")).unwrap();
    assert!(refusal(home.path()).contains("renamed"));
    fs::remove_file(segment(home.path())).unwrap();
    assert!(refusal(home.path()).contains("missing"));

    let home = tempfile::tempdir().unwrap();
    journal_of_three(home.path(), true);
    OpenOptions::new().write(true).open(segment(home.path())).unwrap().set_len(1 << 15).unwrap();
    assert!(refusal(home.path()).contains("size"));

    let home = tempfile::tempdir().unwrap();
    journal_of_three(home.path(), true);
    scribble(home.path(), 20, &[9]);
    assert!(refusal(home.path()).contains("header is damaged"));
}

#[test]
fn a_spare_that_was_never_finished_is_thrown_away() {
    let home = tempfile::tempdir().unwrap();
    journal_of_three(home.path(), true);
    fs::write(home.path().join("spare.preparing"), b"half").unwrap();
    let (journal, recovered) = open(home.path());
    assert_eq!(recovered.case, RecoveryCase::Sealed);
    assert_eq!(told(&journal.reader()).len(), 3);
}

#[test]
fn one_changed_bit_anywhere_is_found() {
    let home = tempfile::tempdir().unwrap();
    let ends = journal_of_three(home.path(), true);
    let bytes = fs::read(segment(home.path())).unwrap();
    for place in 128..ends[3] {
        for bit in [0x01, 0x80] {
            let here = bytes[usize::try_from(place).unwrap()];
            scribble(home.path(), place, &[here ^ bit]);
            assert!(
                LocalJournal::open(home.path(), CELL, 1 << 16).is_err(),
                "bit {bit:x} of byte {place}"
            );
            scribble(home.path(), place, &[here]);
        }
    }
    assert_eq!(told(&open(home.path()).0.reader()).len(), 3);
}
