//! What the disk gets wrong is found and named; what readers get wrong is no damage.

use super::super::page::{PAGE, Place, TableState};
use super::super::{Budget, Log, Scratch, Table};
use super::{checkpoint, look, row_of, value_of};
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

const ROW: usize = 128;
const PER_PAGE: u64 = 31;

fn open(home: &Path, state: &TableState) -> Table {
    Table::open(&home.join("t"), 1, ROW, state, Budget::new(0)).unwrap()
}

fn scribble(path: &Path, offset: u64, bytes: &[u8]) {
    OpenOptions::new().write(true).open(path).unwrap().write_all_at(bytes, offset).unwrap();
}

/// Two pages that were written once.
fn two_pages(home: &Path) -> TableState {
    let mut table = open(home, &TableState::default());
    table.put(3, &row_of(ROW, 5));
    table.put(PER_PAGE, &row_of(ROW, 6));
    checkpoint(&mut table)
}

/// Readers, the writer and verification all say which page of which file it is, and what to do.
fn assert_damaged(home: &Path, state: &TableState) {
    let expect = |error: String| {
        let named = error.contains("/t: page 0 is damaged") && error.contains("made anew");
        assert!(named, "{error}");
    };
    let table = open(home, state);
    expect(table.for_each(|_, _| {}).unwrap_err().to_string());
    let mut scratch = Scratch::default();
    table.peek(3, &scratch).unwrap_err().load(&mut scratch).unwrap();
    expect(table.peek(3, &scratch).unwrap_err().load(&mut scratch).unwrap_err().to_string());
    assert_eq!(look(&table, PER_PAGE, &mut scratch).0, 6, "its neighbour is fine");
    let mut table = open(home, state);
    let writer = std::thread::spawn(move || value_of(table.get(3)));
    expect(writer.join().unwrap_err().downcast_ref::<String>().unwrap().clone());
}

#[test]
fn a_page_with_a_wrong_bit_is_named() {
    for at in [0, 3 * 128, PAGE - 17, PAGE - 16, PAGE - 10, PAGE - 1] {
        let home = tempfile::tempdir().unwrap();
        let state = two_pages(home.path());
        let path = home.path().join("t");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_damaged(home.path(), &state);
    }
}

#[test]
fn a_page_that_the_disk_lost_is_named() {
    let home = tempfile::tempdir().unwrap();
    let state = two_pages(home.path());
    scribble(&home.path().join("t"), 0, &[0; PAGE]);
    assert_damaged(home.path(), &state);
}

#[test]
fn a_page_in_the_place_of_another_is_named() {
    let home = tempfile::tempdir().unwrap();
    let state = two_pages(home.path());
    let path = home.path().join("t");
    let bytes = std::fs::read(&path).unwrap();
    scribble(&path, 0, &bytes[PAGE..2 * PAGE]);
    assert_damaged(home.path(), &state);
}

#[test]
fn a_file_that_is_too_short_is_named() {
    let home = tempfile::tempdir().unwrap();
    let state = two_pages(home.path());
    OpenOptions::new().write(true).open(home.path().join("t")).unwrap().set_len(100).unwrap();
    let error = open(home.path(), &state).for_each(|_, _| {}).unwrap_err().to_string();
    assert!(error.contains("page 0 is damaged"), "{error}");
}

#[test]
fn a_row_of_a_log_that_is_not_what_was_written_is_named() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("l");
    let mut log = Log::open(&path, 2, ROW, 0).unwrap();
    for value in 0..500 {
        log.push(&row_of(ROW, value));
    }
    let frozen = log.freeze();
    frozen.write().unwrap();
    // Row 10 has a wrong bit, and row 20 is where row 21 belongs.
    let bytes = std::fs::read(&path).unwrap();
    scribble(&path, 10 * 128 + 50, &[bytes[10 * 128 + 50] ^ 1]);
    scribble(&path, 21 * 128, &bytes[20 * 128..21 * 128]);
    let log = Log::open(&path, 2, ROW, frozen.rows()).unwrap();
    let error = log.for_each(|_, _| {}).unwrap_err().to_string();
    assert!(error.contains("/l: row 10 is damaged"), "{error}");
    let mut scratch = Scratch::default();
    log.peek(11, &scratch).unwrap_err().load(&mut scratch).unwrap();
    assert_eq!(log.peek(11, &scratch).unwrap().map(value_of), Some(11), "its neighbour is fine");
    for row in [10, 21] {
        let error =
            log.peek(row, &scratch).unwrap_err().load(&mut scratch).unwrap_err().to_string();
        assert!(error.contains(&format!("/l: row {row} is damaged")), "{error}");
    }
    let error = Log::open(&path, 2, ROW, 501).err().unwrap().to_string();
    assert!(error.contains("/l: row 500 is damaged"), "{error}");
}

/// Commits `times` changes of row 3, and then has its page evicted.
fn change(table: &mut Table, times: u64) {
    for value in 0..times {
        table.put(3, &row_of(ROW, 100 + value));
        checkpoint(table);
    }
    for page in 1..300 {
        table.put(page * PER_PAGE, &row_of(ROW, page));
        if page % 20 == 0 {
            checkpoint(table);
        }
    }
    let empty = Scratch::default();
    assert!(table.peek(3, &empty).is_err(), "the page is not in memory any more");
}

#[test]
fn a_page_that_moved_while_it_was_loaded_is_loaded_again() {
    for times in 1..=3 {
        let home = tempfile::tempdir().unwrap();
        let state = two_pages(home.path());
        let mut table = open(home.path(), &state);
        let mut scratch = Scratch::default();
        let miss = table.peek(3, &scratch).unwrap_err();
        change(&mut table, times);
        // After an even number of moves the place is the same as before, with other bytes.
        miss.load(&mut scratch).unwrap();
        assert_eq!(look(&table, 3, &mut scratch), (99 + times, 1), "moved {times} times");
    }
}

/// Also after two checkpoints, when the page is back in the place that was read.
#[test]
fn a_page_that_was_read_before_a_checkpoint_is_not_believed_after_it() {
    for times in 1..=3 {
        let home = tempfile::tempdir().unwrap();
        let state = two_pages(home.path());
        let mut table = open(home.path(), &state);
        let mut scratch = Scratch::default();
        assert_eq!(look(&table, 3, &mut scratch), (5, 1));
        assert_eq!(look(&table, 3, &mut scratch), (5, 0), "it is believed while nothing changes");
        change(&mut table, times);
        assert_eq!(look(&table, 3, &mut scratch), (99 + times, 1), "moved {times} times");
    }
}

#[test]
fn a_page_that_was_torn_while_it_was_loaded_is_not_damaged() {
    let home = tempfile::tempdir().unwrap();
    let state = two_pages(home.path());
    let mut table = open(home.path(), &state);
    let mut scratch = Scratch::default();
    let miss = table.peek(3, &scratch).unwrap_err();
    change(&mut table, 1);
    // The next checkpoint is writing to the place that the reader reads.
    scribble(&home.path().join("t"), Place::First.offset(0) + 1_000, &[9; 512]);
    miss.load(&mut scratch).unwrap();
    assert_eq!(look(&table, 3, &mut scratch), (100, 1));
}

/// The target of fuzzing, for a moment.
#[test]
fn no_edit_makes_a_table_or_a_log_panic_or_answer_wrongly() {
    let mut dice = super::Dice(3);
    let mut script = || (0..17).map(|_| u8::try_from(dice.roll(256)).unwrap()).collect();
    let scripts: Vec<Vec<u8>> = (0..256).map(|_| script()).collect();
    ledger::fuzz::short(3_000, &scripts, crate::table::fuzz::rows);
}
