//! The recovery table of `docs/data/journal.md`, letter by letter.

use super::{CELL, SEGMENT, SMALL, at, keep, open, records, refusal, take, told};
use crate::journal::frame::{HEAD, length};
use crate::journal::segment::{FIRST, SPARE};
use crate::journal::sim::SimDisk;
use crate::journal::{Check, Journal, JournalError, LocalJournal, Options, RecoveryCase};
use ledger::id::{CellId, Position};

/// Where the frames of [`three`] begin, and where the last one ends.
const ENDS: [u32; 4] = [FIRST, FIRST + length(5), FIRST + 2 * length(5), FIRST + 3 * length(5)];

/// A journal with the records a, b and c in a frame each.
fn three(sealed: bool) -> SimDisk {
    let disk = SimDisk::new(1);
    let (mut journal, recovered) = open(&disk);
    assert_eq!(recovered.case.letter(), 'I');
    for text in ["a", "b", "c"] {
        keep(&mut journal, 7, &[text]);
    }
    if sealed {
        journal.close().unwrap();
    }
    disk
}

/// A journal with frames of 1,000 bytes in three segments.
fn three_segments() -> SimDisk {
    let disk = SimDisk::new(1);
    let (mut journal, _) = open(&disk);
    let large = "x".repeat(1_000);
    for time in 0..150 {
        keep(&mut journal, time, &[&large]);
    }
    assert_eq!(segments(&disk).len(), 3);
    disk
}

fn segments(disk: &SimDisk) -> Vec<String> {
    disk.names().into_iter().filter(|it| it.ends_with(".journal")).collect()
}

fn change(disk: &SimDisk, name: &str, offset: u32, bytes: &[u8]) {
    let mut file = disk.bytes(name);
    file[at(offset)..at(offset) + bytes.len()].copy_from_slice(bytes);
    disk.tamper(name, &file);
}

#[test]
fn a_and_b_a_clean_end_is_kept_with_and_without_a_seal() {
    for (sealed, letter) in [(true, 'A'), (false, 'B')] {
        let disk = three(sealed);
        let (mut journal, recovered) = open(&disk);
        assert_eq!((recovered.case.letter(), recovered.removed), (letter, 0));
        assert_eq!((recovered.end, recovered.time_ms), (Position(3), 7));
        assert_eq!(journal.reader().durable(), (recovered.end, recovered.chain));
        assert_eq!(keep(&mut journal, 6, &["d"]), ["3:7:d"], "time goes on where it was");
        assert_eq!(told(&journal.reader()), ["0:7:a", "1:7:b", "2:7:c", "3:7:d"]);
    }
}

#[test]
fn a_seal_is_written_once_and_is_no_link_of_the_chain() {
    let disk = three(true);
    let bytes = disk.bytes(SEGMENT);
    let (mut journal, sealed) = open(&disk);
    journal.close().unwrap();
    journal.seal().unwrap();
    assert!(disk.bytes(SEGMENT) == bytes, "there is a seal already");
    drop(journal);
    let (_, unsealed) = open(&three(false));
    assert_eq!(sealed.chain, unsealed.chain);
}

#[test]
fn c_whatever_is_left_of_the_last_frame_is_cleared() {
    for kept in 0..length(5) {
        let disk = three(false);
        change(&disk, SEGMENT, ENDS[2] + kept, &vec![0; at(length(5) - kept)]);
        let (mut journal, recovered) = open(&disk);
        // The last three bytes of the frame are zeros anyway.
        let letter = if kept == 0 || kept >= length(5) - 3 { 'B' } else { 'C' };
        assert_eq!(recovered.case.letter(), letter, "{kept} bytes kept");
        assert_eq!(recovered.removed > 0, letter == 'C', "{kept} bytes kept");
        if kept < length(5) - 3 {
            assert!(disk.bytes(SEGMENT)[at(ENDS[2])..].iter().all(|it| *it == 0));
            assert_eq!(keep(&mut journal, 8, &["d"]), ["2:8:d"]);
            assert_eq!(told(&journal.reader()), ["0:7:a", "1:7:b", "2:8:d"]);
        }
    }
}

#[test]
fn c_frames_that_were_written_together_may_be_torn_in_any_order() {
    let disk = three(true);
    let (mut journal, _) = open(&disk);
    for text in ["d", "e", "f"] {
        journal.offer(8, 1, &records(&[text])).unwrap();
    }
    // All three are written and none is synced: of the first, a byte is lost.
    drop(journal);
    change(&disk, SEGMENT, ENDS[3] + HEAD + HEAD, &[0xff]);
    let (journal, recovered) = open(&disk);
    assert_eq!((recovered.case, recovered.end), (RecoveryCase::Torn, Position(3)));
    assert_eq!(recovered.removed, u64::from(3 * length(5) - 3));
    assert_eq!(told(&journal.reader()).len(), 3);
}

#[test]
fn d_a_new_segment_may_have_no_frame_yet() {
    let disk = three_segments();
    let last = segments(&disk).pop().unwrap();
    let bytes = disk.bytes(&last);
    change(&disk, &last, FIRST, &vec![0; bytes.len() - at(FIRST)]);
    let (mut journal, recovered) = open(&disk);
    assert_eq!(recovered.case.letter(), 'D');
    let first = u64::from_str_radix(last.strip_suffix(".journal").unwrap(), 16).unwrap();
    assert_eq!(recovered.end, Position(first));
    assert!(recovered.time_ms > 0, "the header of the segment remembers the time");
    let kept = keep(&mut journal, 0, &["d"]);
    assert_eq!(kept, [format!("{first}:{}:d", recovered.time_ms)]);
}

#[test]
fn e_damage_that_a_later_frame_bears_witness_to_is_refused() {
    // The last frame, behind which stands a seal, and the two before it.
    for (frame, sealed) in [(0, false), (1, false), (2, true)] {
        for place in [0, 4, 8, 16, 20, 24, 32, 48, HEAD, HEAD + 4] {
            let disk = three(sealed);
            let offset = ENDS[frame] + place;
            let byte = disk.bytes(SEGMENT)[at(offset)];
            change(&disk, SEGMENT, offset, &[!byte]);
            let before = disk.bytes(SEGMENT);
            let JournalError::Damaged(text) = refusal(&disk) else { panic!("at {place}") };
            let expected = format!("sim/{SEGMENT}, offset {}, position {frame}", ENDS[frame]);
            assert!(text.starts_with(&expected), "{text}");
            assert!(text.contains("from a backup"), "{text}");
            assert!(disk.bytes(SEGMENT) == before, "what is refused is not changed");
        }
    }
}

#[test]
fn e_a_flawed_frame_in_a_segment_that_is_not_the_last_is_refused() {
    let disk = three_segments();
    let names = segments(&disk);
    // The segment before the last is always read; those before it if all must be.
    change(&disk, &names[1], FIRST + 200, &[0]);
    assert!(matches!(refusal(&disk), JournalError::Damaged(_)));

    let disk = three_segments();
    change(&disk, &names[0], FIRST + 200, &[0]);
    let (journal, _) = open(&disk);
    let read = journal.reader().frames_from(Position(0)).next().unwrap();
    assert!(matches!(read, Err(JournalError::Damaged(_))), "whoever reads it is told");
    drop(journal);
    let whole = Options { check: Check::Whole, ..SMALL };
    assert!(matches!(disk.open(whole), Err(JournalError::Damaged(_))));
}

#[test]
fn e_the_end_of_a_closed_segment_cannot_be_lost() {
    let disk = three_segments();
    let name = &segments(&disk)[1];
    let end = disk.bytes(name).iter().rposition(|it| *it != 0).unwrap();
    let end = u32::try_from(end).unwrap();
    // The mark of the end is no record: without it nothing is lost.
    let mark = end / 8 * 8 - HEAD + 8;
    change(&disk, name, mark, &vec![0; at(HEAD)]);
    assert!(disk.open(SMALL).is_ok());
    change(&disk, name, mark - length(1_004), &vec![0; at(length(1_004))]);
    assert!(matches!(refusal(&disk), JournalError::Damaged(_)));
}

#[test]
fn e_headers_and_sizes_are_checked() {
    let disk = three(true);
    change(&disk, SEGMENT, 33, &[9]);
    assert!(refusal(&disk).to_string().contains("header of the segment is damaged"));

    let disk = three(true);
    disk.tamper(SEGMENT, &disk.bytes(SEGMENT)[..1 << 15]);
    assert!(refusal(&disk).to_string().contains("size"));
    disk.tamper(SEGMENT, b"DANBAOJL");
    assert!(refusal(&disk).to_string().contains("shorter"));

    let disk = three(true);
    disk.tamper("0000000000000003.journal", &disk.bytes(SEGMENT));
    assert!(refusal(&disk).to_string().contains("renamed"));
}

#[test]
fn f_a_missing_segment_is_noticed_wherever_it_was() {
    let names = segments(&three_segments());
    for (missing, says) in [(0, "0 before it"), (1, "1 before it"), (2, "continued in another")] {
        let disk = three_segments();
        disk.lose(&names[missing]);
        let JournalError::Gap(text) = refusal(&disk) else { panic!("segment {missing}") };
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn g_other_cells_and_other_formats_are_refused() {
    let disk = three(true);
    let other = Options { cell: CellId::new(4), ..SMALL };
    assert!(matches!(disk.open(other), Err(JournalError::Foreign(_))));

    let mut bytes = disk.bytes(SEGMENT);
    bytes[12] = 2;
    let sum = crc32c::crc32c(&bytes[12..128]);
    bytes[8..12].copy_from_slice(&sum.to_le_bytes());
    disk.tamper(SEGMENT, &bytes);
    assert!(matches!(refusal(&disk), JournalError::Foreign(text) if text.contains("format 2")));

    for name in ["00000000.journal", "000000000000000A.journal", "+00000000000000a.journal"] {
        let disk = three(true);
        disk.tamper(name, b"");
        assert!(matches!(refusal(&disk), JournalError::Foreign(_)), "{name}");
    }

    let disk = three(true);
    let mut bytes = disk.bytes(SEGMENT);
    let (from, to) = (at(ENDS[2]), at(ENDS[3]));
    bytes[from + 17] = 2;
    let sum = crc32c::crc32c(&bytes[from + 8..to]);
    bytes[from + 4..from + 8].copy_from_slice(&sum.to_le_bytes());
    disk.tamper(SEGMENT, &bytes);
    assert!(matches!(refusal(&disk), JournalError::Foreign(_)), "a frame of a later version");
}

#[test]
fn h_a_segment_that_was_being_prepared_is_thrown_away() {
    let disk = three(true);
    disk.tamper(SPARE, b"half");
    let (journal, recovered) = open(&disk);
    assert!(recovered.spare_removed);
    assert_eq!(recovered.case, RecoveryCase::Sealed);
    assert_eq!(told(&journal.reader()).len(), 3);
    assert_eq!(disk.names(), [SEGMENT]);
}

#[test]
fn what_a_dead_process_wrote_is_made_durable_before_anybody_reads_it() {
    let disk = three(true);
    let (mut journal, _) = open(&disk);
    journal.offer(8, 1, &records(&["d"])).unwrap();
    // The process dies; the system lives on, and has the write in memory.
    drop(journal);
    let (journal, recovered) = open(&disk);
    assert_eq!(recovered.end, Position(4));
    let before = told(&journal.reader());
    drop(journal);
    for seed in 0..20 {
        disk.crash(seed);
        assert_eq!(told(&open(&disk).0.reader()), before);
    }
}

#[test]
fn a_failed_sync_is_never_tried_again_and_the_next_opening_does_not_believe_it() {
    let disk = three(true);
    let (mut journal, _) = open(&disk);
    keep(&mut journal, 8, &["d"]);
    journal.offer(9, 1, &records(&["e"])).unwrap();
    disk.fail_sync_after(0);
    assert!(matches!(journal.next(), Err(JournalError::Io(_))));
    assert!(matches!(journal.next(), Err(JournalError::Poisoned)));
    assert!(matches!(journal.offer(9, 1, &records(&["f"])), Err(JournalError::Poisoned)));
    assert!(matches!(journal.close(), Err(JournalError::Poisoned)));
    assert_eq!(told(&journal.reader()).len(), 4, "what was durable can be read");
    drop(journal);
    // The system shows the write, says that it is synced, and does not have it on the disk.
    let (journal, recovered) = open(&disk);
    assert_eq!(recovered.end, Position(5));
    drop(journal);
    disk.crash(0);
    assert_eq!(told(&open(&disk).0.reader()).last().unwrap(), "4:9:e");
}

#[test]
fn a_record_that_looks_like_a_frame_is_no_witness() {
    let disk = three(true);
    let (journal, _) = open(&disk);
    // A stranger sends what a later frame looks like. Of the salt, nobody knows anything.
    let frame = journal.reader().frames_from(Position(2)).next().unwrap().unwrap();
    let mut forged = frame.bytes().to_vec();
    forged[8..16].copy_from_slice(&[7; 8]);
    forged[28..32].copy_from_slice(&(ENDS[3] + 9_999).to_le_bytes());
    let sum = crc32c::crc32c(&forged[8..]);
    forged[4..8].copy_from_slice(&sum.to_le_bytes());
    drop(journal);
    let record = [&[0; 4][..], &forged, &[1; 600]].concat();
    let mut journal: LocalJournal = open(&disk).0;
    let mut records = crate::journal::Records::new();
    records.push(&record).unwrap();
    journal.offer(9, 1, &records).unwrap();
    drop(journal);
    let begin = ENDS[3] + HEAD;
    change(&disk, SEGMENT, begin + 512, &[0; 512]);
    let (mut journal, recovered) = open(&disk);
    assert_eq!((recovered.case, recovered.end), (RecoveryCase::Torn, Position(3)));
    assert_eq!(take(&mut journal).len(), 0);
}

#[test]
fn the_same_on_a_real_disk() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("cell").join("journal");
    let (mut journal, recovered) = LocalJournal::open(&folder, CELL, 1 << 16).unwrap();
    assert_eq!(recovered.case, RecoveryCase::Begun);
    let large = "x".repeat(1_000);
    for time in 0..150 {
        keep(&mut journal, time, &[&large]);
    }
    journal.close().unwrap();
    let before = told(&journal.reader());
    assert_eq!(before.len(), 150);
    drop(journal);
    std::fs::write(folder.join(SPARE), b"half").unwrap();
    let (journal, recovered) = LocalJournal::open(&folder, CELL, 1 << 20).unwrap();
    assert_eq!((recovered.case, recovered.end), (RecoveryCase::Sealed, Position(150)));
    assert_eq!(told(&journal.reader()), before);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3);
}
