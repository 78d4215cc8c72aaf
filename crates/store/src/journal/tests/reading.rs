use super::{SMALL, keep, open, records, told};
use crate::journal::sim::SimDisk;
use crate::journal::{Frame, Journal, JournalError, LocalJournal, Location, Options, Records};
use ledger::id::Position;

/// 400 frames of one to seven records in several segments, with seals between some.
fn many(disk: &SimDisk) -> LocalJournal {
    let (mut journal, _) = open(disk);
    for number in 0..400 {
        let texts: Vec<String> = (0..=number % 7).map(|it| "x".repeat(100 + it)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        keep(&mut journal, number as u64, &texts);
        if number % 50 == 49 {
            journal.seal().unwrap();
        }
    }
    assert!(disk.names().len() > 3);
    journal
}

#[test]
fn what_was_not_synced_does_not_come_out() {
    let disk = SimDisk::new(1);
    let (mut journal, _) = open(&disk);
    let reader = journal.reader();
    journal.offer(5, 1, &records(&["a"])).unwrap();
    journal.offer(5, 1, &records(&["b"])).unwrap();
    assert_eq!(told(&reader), [""; 0]);
    assert_eq!(reader.durable().0, Position(0));
    let first = journal.next().unwrap().unwrap();
    assert_eq!(told(&reader), ["0:5:a", "1:5:b"], "one sync is for all that was offered");
    assert_eq!(first.end(), Position(1));
    journal.next().unwrap().unwrap();
    assert!(journal.next().unwrap().is_none());
}

#[test]
fn reading_begins_anywhere_and_gives_the_same_frames() {
    let disk = SimDisk::new(1);
    let reader = many(&disk).reader();
    let all: Vec<Frame> = reader.frames_from(Position(0)).map(Result::unwrap).collect();
    assert_eq!(all.len(), 400);
    let (end, chain) = reader.durable();
    assert_eq!((all[399].end(), all[399].chain()), (end, chain));
    assert!(all.is_sorted_by(|one, next| one.chain() == next.previous()));
    for from in 0..end.0 {
        let first = reader.frames_from(Position(from)).next().unwrap().unwrap();
        assert!(first.first().0 <= from && from < first.end().0, "from {from}");
        let same = &all[all.partition_point(|it| it.end().0 <= from)];
        assert_eq!(first.bytes(), same.bytes());
    }
    assert!(reader.frames_from(end).next().is_none());
    assert!(reader.frames_from(Position(u64::MAX)).next().is_none());
    // To the end, where the hash is compared, from a few places.
    for from in (0..end.0).step_by(97) {
        let frames: Result<Vec<Frame>, _> = reader.frames_from(Position(from)).collect();
        assert_eq!(frames.unwrap().last().unwrap().end(), end);
    }
}

#[test]
fn every_record_is_found_again_by_its_location_and_nothing_else_is() {
    let disk = SimDisk::new(1);
    let mut journal = many(&disk);
    let long = "y".repeat(9_000);
    journal.offer(500, 1, &records(&["short", &long])).unwrap();
    let frame = journal.next().unwrap().unwrap();
    let reader = journal.reader();
    let mut frames: Vec<Frame> = reader.frames_from(Position(0)).map(Result::unwrap).collect();
    frames.push(frame);
    for record in frames.iter().flat_map(Frame::records) {
        let kept = Location::from_raw(record.location.raw());
        assert_eq!(reader.read_at(kept).unwrap(), record.bytes);
    }
    journal.offer(500, 1, &records(&["not synced"])).unwrap();
    let last = frames.last().unwrap().records().last().unwrap().location.raw();
    let next = last + 4 + 9_000 + 80 + 4;
    for raw in [0, 100, 4_096, 9 << 32, u64::MAX, last + 4 + 9_000, next] {
        let read = reader.read_at(Location::from_raw(raw));
        assert!(matches!(read, Err(JournalError::NoRecord(_))), "{raw:#x}");
    }
}

#[test]
fn a_reader_that_came_to_the_end_goes_on_when_there_is_more() {
    let disk = SimDisk::new(1);
    let (mut journal, _) = open(&disk);
    let mut frames = journal.reader().frames_from(Position(2));
    let large = "x".repeat(5_000);
    let mut seen = 0;
    for number in 0..60 {
        keep(&mut journal, number, &[&large]);
        if number % 9 == 0 {
            journal.seal().unwrap();
        }
        if number % 4 == 0 {
            for frame in frames.by_ref() {
                assert_eq!(frame.unwrap().first(), Position(2 + seen));
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 55);
}

#[test]
fn a_frame_that_somebody_changed_and_signed_anew_is_found_at_the_end_of_the_chain() {
    let disk = SimDisk::new(1);
    let (mut journal, _) = open(&disk);
    keep(&mut journal, 1, &["pay alice"]);
    let name = super::SEGMENT;
    let mut bytes = disk.bytes(name);
    let (from, to) = (4_096, 4_096 + 96);
    bytes[from + 88..from + 93].copy_from_slice(b"mal::");
    let sum = crc32c::crc32c(&bytes[from + 8..to]);
    bytes[from + 4..from + 8].copy_from_slice(&sum.to_le_bytes());
    disk.tamper(name, &bytes);
    let read: Result<Vec<Frame>, _> = journal.reader().frames_from(Position(0)).collect();
    let text = read.unwrap_err().to_string();
    assert!(text.contains("changed after it was written"), "{text}");
}

#[test]
fn readers_follow_a_writer_from_other_threads() {
    let home = tempfile::tempdir().unwrap();
    let options = Options { segment_size: 1 << 18, ..SMALL };
    let (mut journal, _) = LocalJournal::open_with(home.path(), options).unwrap();
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let reader = journal.reader();
            std::thread::spawn(move || {
                let mut frames = reader.frames_from(Position(0));
                let mut next = 0;
                while next < 3_000 {
                    let Some(frame) = frames.next() else {
                        std::thread::yield_now();
                        continue;
                    };
                    let frame = frame.unwrap();
                    assert_eq!(frame.first(), Position(next));
                    let record = frame.records().next().unwrap();
                    assert_eq!(reader.read_at(record.location).unwrap(), record.bytes);
                    next = frame.end().0;
                }
            })
        })
        .collect();
    let mut records = Records::new();
    for number in 0..1_000 {
        records.clear();
        for part in 0..3 {
            records.push(&vec![7; 100 + (number + part) % 300]).unwrap();
        }
        journal.offer(number as u64, 1, &records).unwrap();
        while journal.next().unwrap().is_some() {}
    }
    for reader in readers {
        reader.join().unwrap();
    }
}

#[test]
fn a_frame_can_be_carried_by_another_journal() {
    let before = crate::journal::ChainHash([7; 32]);
    let frame = Frame::new(
        (Position(5), before),
        9,
        2,
        &records(&["a", "bc"]),
        Location::from_raw(1 << 40),
    );
    let again = Frame::read(frame.bytes(), Location::from_raw(1 << 40)).unwrap();
    assert_eq!((again.first(), again.end(), again.len()), (Position(5), Position(7), 2));
    assert_eq!((again.time_ms(), again.rules(), again.previous()), (9, 2, before));
    assert_eq!(again.chain(), frame.chain());
    let last = again.records().last().unwrap();
    assert_eq!((last.bytes, last.location.raw()), (&b"bc"[..], (1 << 40) + 80 + 4 + 1));
    assert!(Frame::read(&frame.bytes()[..frame.bytes().len() - 1], Location::default()).is_none());
}
