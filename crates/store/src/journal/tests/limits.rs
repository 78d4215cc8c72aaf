//! Full disks and large frames.

use super::{SMALL, at, keep, open, records, take, told};
use crate::journal::sim::SimDisk;
use crate::journal::{
    Frame, Journal, JournalError, LocalJournal, Options, PAYLOAD_MAX, RECORD_MAX, RECORDS_MAX,
    Records,
};
use ledger::id::Position;

/// Fills the journal until it says `Full`; returns how many frames it took.
fn fill(journal: &mut LocalJournal) -> usize {
    let large = "x".repeat(1_000);
    for taken in 0.. {
        match journal.offer(1, 1, &records(&[&large])) {
            Ok(()) => assert_eq!(take(journal).len(), 1),
            Err(JournalError::Full) => return taken,
            Err(error) => panic!("{error}"),
        }
    }
    unreachable!("it ends when the disk is full")
}

#[test]
fn a_full_disk_refuses_before_anything_is_written_and_recovers_by_itself() {
    let reserve = SMALL.reserve;
    for quota in [false, true] {
        let disk = SimDisk::new(1);
        // Space for one segment more, or for as many as there are until the quota speaks.
        let space = if quota { 1 << 40 } else { reserve + 2 * SMALL.segment_size };
        disk.set_free(space);
        let (mut journal, _) = open(&disk);
        disk.refuse_files(quota);
        let taken = fill(&mut journal);
        assert!(taken > 20, "{taken}");
        let (before, files) = (told(&journal.reader()), contents(&disk));
        assert_eq!(before.len(), taken);
        for _ in 0..3 {
            let refused = journal.offer(1, 1, &records(&["even something small"]));
            assert!(matches!(refused, Err(JournalError::Full)));
            assert!(journal.next().unwrap().is_none());
        }
        assert!(contents(&disk) == files, "nothing was written");
        assert_eq!(told(&journal.reader()), before, "reading goes on");
        journal.seal().unwrap();

        disk.set_free(1 << 40);
        disk.refuse_files(false);
        assert_eq!(keep(&mut journal, 2, &["again"]), [format!("{taken}:2:again")]);
        disk.set_free(0);
        assert!(fill(&mut journal) > 20, "the segment that was prepared is used");
        assert!(told(&journal.reader()).starts_with(&before));
    }
}

fn contents(disk: &SimDisk) -> Vec<Vec<u8>> {
    disk.names().iter().map(|it| disk.bytes(it)).collect()
}

#[test]
fn the_reserve_is_left_to_others() {
    let disk = SimDisk::new(1);
    disk.set_free(SMALL.reserve + SMALL.segment_size - 1);
    assert!(matches!(disk.open(SMALL), Err(JournalError::Full)));
    disk.set_free(SMALL.reserve + SMALL.segment_size);
    let (mut journal, _) = open(&disk);
    fill(&mut journal);
    assert_eq!(disk.names().len(), 1);
}

#[test]
fn too_large_is_said_before_anything_is_written() {
    let mut records = Records::new();
    assert!(records.push(&vec![0; RECORD_MAX + 1]).is_err());
    assert!(records.is_empty());
    while records.push(&vec![1; RECORD_MAX]).is_ok() {}
    assert_eq!(records.len(), 3, "four records of 1 MiB and their lengths are more than 4 MiB");
    let disk = SimDisk::new(1);
    let (mut journal, _) = open(&disk);
    assert!(matches!(journal.offer(1, 1, &records), Err(JournalError::TooLarge)));
    assert_eq!(keep(&mut journal, 1, &["a"]), ["0:1:a"], "nothing is poisoned");

    records.clear();
    for _ in 0..RECORDS_MAX {
        records.push(b"1").unwrap();
    }
    assert!(records.push(b"1").is_err());
}

#[test]
fn the_largest_frame_fits_in_a_usual_segment_and_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let options = Options { segment_size: 5 << 20, ..SMALL };
    let (mut journal, _) = LocalJournal::open_with(home.path(), options).unwrap();
    let mut records = Records::new();
    for fill in 1..=4 {
        records.push(&vec![fill; PAYLOAD_MAX / 4 - 4]).unwrap();
    }
    for _ in 0..3 {
        journal.offer(1, 1, &records).unwrap();
    }
    while journal.next().unwrap().is_some() {}
    let reader = journal.reader();
    let frames: Vec<_> = reader.frames_from(Position(0)).map(Result::unwrap).collect();
    assert_eq!(frames.len(), 3);
    for record in frames.iter().flat_map(Frame::records) {
        assert_eq!(record.bytes.len(), PAYLOAD_MAX / 4 - 4);
        assert!(reader.read_at(record.location).unwrap() == record.bytes);
    }
}

#[test]
fn segments_are_never_overfilled() {
    // Sizes that leave every possible rest.
    for size in (0..2_000).step_by(8) {
        let disk = SimDisk::new(1);
        let (mut journal, _) = open(&disk);
        let mut sent = 0;
        let large = "x".repeat(9_000 - size);
        while disk.names().iter().filter(|it| it.ends_with(".journal")).count() < 3 {
            sent += keep(&mut journal, 1, &[&large]).len();
            journal.seal().unwrap();
        }
        drop(journal);
        assert_eq!(told(&open(&disk).0.reader()).len(), sent);
        assert!(disk.names().iter().all(|it| disk.bytes(it).len() == at(1 << 16)));
    }
}
