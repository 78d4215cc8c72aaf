use crate::journal::{Frame, Journal, LocalJournal, Reader, Records, RecoveryCase};
use ledger::id::{CellId, Position};
use std::path::Path;

pub(super) const CELL: CellId = CellId::new(3);

pub(super) fn records(texts: &[&str]) -> Records {
    let mut records = Records::new();
    for text in texts {
        records.push(text.as_bytes()).unwrap();
    }
    records
}

pub(super) fn open(directory: &Path) -> (LocalJournal, crate::journal::Recovered) {
    LocalJournal::open(directory, CELL, 1 << 16).unwrap()
}

/// Everything that is durable, as `position:time:text`.
pub(super) fn told(reader: &Reader) -> Vec<String> {
    let frames: Vec<Frame> = reader.frames_from(Position(0)).map(Result::unwrap).collect();
    frames.iter().flat_map(lines).collect()
}

fn lines(frame: &Frame) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let time = frame.time_ms();
    frame.records().map(|it| format!("{}:{time}:{}", it.position, text(it.bytes))).collect()
}

/// The promises of the module. Each implementation has one test, and all of them call this.
/// `again` ends a journal without any warning and opens it anew.
fn contract<J: Journal>(mut journal: J, again: impl Fn(J) -> J, all: impl Fn(&J) -> Vec<String>) {
    let mut came_out = Vec::new();
    let mut time = 1_000;
    for round in 0..40_u64 {
        for part in 0..round % 3 {
            let texts = [format!("{round}.{part}.a"), format!("{round}.{part}.b")];
            time = if round % 5 == 0 { time - 7 } else { time + 10 };
            journal.offer(time, 1, &records(&[&texts[0], &texts[1]])).unwrap();
        }
        while let Some(frame) = journal.next().unwrap() {
            assert_eq!(frame.rules(), 1);
            came_out.extend(lines(&frame));
        }
        if round % 7 == 3 {
            journal = again(journal);
        }
        assert_eq!(all(&journal), came_out, "what came out comes out again, in round {round}");
    }
    let number = |line: &String| line.split(':').next().unwrap().parse::<usize>().unwrap();
    assert!(came_out.iter().enumerate().all(|(at, line)| number(line) == at), "{came_out:?}");
    let time = |line: &String| line.split(':').nth(1).unwrap().parse::<u64>().unwrap();
    assert!(came_out.is_sorted_by_key(time), "time runs backwards: {came_out:?}");
    assert_eq!(came_out.len(), 78);
}

#[test]
fn the_local_journal_keeps_the_contract() {
    let home = tempfile::tempdir().unwrap();
    contract(
        open(home.path()).0,
        |journal| {
            drop(journal);
            open(home.path()).0
        },
        |journal| told(&journal.reader()),
    );
}

#[test]
fn what_was_not_synced_does_not_come_out() {
    let home = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(home.path());
    journal.offer(5, 1, &records(&["a"])).unwrap();
    assert_eq!(told(&journal.reader()), [""; 0]);
    journal.next().unwrap().unwrap();
    assert_eq!(told(&journal.reader()), ["0:5:a"]);
}

#[test]
fn frames_continue_in_the_next_segment() {
    let home = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(home.path());
    let large = "x".repeat(1_000);
    let mut sent = 0;
    for time in 0..80 {
        journal.offer(time, 1, &records(&[&large, "small"])).unwrap();
        while let Some(frame) = journal.next().unwrap() {
            sent += frame.len();
        }
    }
    assert!(home.path().join("00000001.journal").exists(), "80 KB need two segments");
    drop(journal);
    let (journal, recovered) = open(home.path());
    assert_eq!(recovered.end, Position(160));
    let reader = journal.reader();
    assert_eq!(told(&reader).len(), sent);
    for from in [0, 1, 77, 158, 159] {
        let first = reader.frames_from(Position(from)).next().unwrap().unwrap();
        assert!(first.first() <= Position(from) && Position(from) < first.end());
        let record = first.records().last().unwrap();
        assert_eq!(reader.read_at(record.location).unwrap(), record.bytes);
    }
    assert!(reader.frames_from(Position(160)).next().is_none());
}

#[test]
fn a_seal_is_written_once_and_is_no_record() {
    let home = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(home.path());
    journal.offer(5, 1, &records(&["a"])).unwrap();
    while journal.next().unwrap().is_some() {}
    journal.close().unwrap();
    journal.close().unwrap();
    drop(journal);
    let (mut journal, recovered) = open(home.path());
    assert_eq!((recovered.case, recovered.end), (RecoveryCase::Sealed, Position(1)));
    journal.offer(4, 1, &records(&["b"])).unwrap();
    while journal.next().unwrap().is_some() {}
    assert_eq!(told(&journal.reader()), ["0:5:a", "1:5:b"]);
}

#[test]
fn too_large_is_said_before_anything_is_written() {
    let mut records = Records::new();
    assert!(records.push(&vec![0; crate::journal::RECORD_MAX + 1]).is_err());
    assert!(records.is_empty());
    while records.push(&vec![0; crate::journal::RECORD_MAX]).is_ok() {}
    assert_eq!(records.len(), 3, "four records of 1 MiB and their lengths are more than 4 MiB");
}
