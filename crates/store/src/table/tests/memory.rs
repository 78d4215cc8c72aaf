//! Memory stays within its budget, and goes to those who use it.

use super::super::page::TableState;
use super::super::{Budget, PAGE, Scratch, Table};
use super::{checkpoint, look, row_of, value_of};
use std::path::Path;
use std::sync::Arc;

const ROW: usize = 128;
const PER_PAGE: u64 = 31;

fn open(home: &Path, name: &str, tag: u8, budget: &Arc<Budget>) -> Table {
    Table::open(&home.join(name), tag, ROW, &TableState::default(), budget.clone()).unwrap()
}

#[test]
fn memory_stays_within_its_budget() {
    let home = tempfile::tempdir().unwrap();
    let budget = Budget::new(100 * PAGE);
    let mut table = open(home.path(), "t", 1, &budget);
    for number in 0..20_000 {
        table.put(number, &row_of(ROW, number));
        if table.dirty_pages() > 50 {
            checkpoint(&mut table);
        }
    }
    for number in (0..20_000).rev() {
        assert_eq!(value_of(table.get(number)), number);
    }
    assert!(budget.used() <= 101, "{} pages", budget.used());
    assert_eq!(budget.used(), table.cached_pages());
    drop(table);
    assert_eq!(budget.used(), 0);
}

#[test]
fn changed_pages_exceed_the_budget_and_come_back_to_it() {
    let home = tempfile::tempdir().unwrap();
    let budget = Budget::new(64 * PAGE);
    let mut table = open(home.path(), "t", 1, &budget);
    for page in 0..200 {
        table.put(page * PER_PAGE, &row_of(ROW, page));
    }
    let frozen = table.freeze();
    let written = super::gathered(&table, frozen).write().unwrap();
    table.put(0, &row_of(ROW, 1_000));
    for page in 200..210 {
        assert_eq!(value_of(table.get(page * PER_PAGE)), 0);
    }
    assert_eq!((table.cached_pages(), table.dirty_pages()), (200, 200));
    table.commit(written);
    assert_eq!(table.dirty_pages(), 1);
    for _ in 0..200 {
        table.relieve();
    }
    assert!(budget.used() <= 64, "{} pages", budget.used());
    let (value, loads) = look(&table, 0, &mut Scratch::default());
    assert_eq!((value, loads), (1_000, 0), "what is not on the disk is in memory");
}

#[test]
fn a_page_in_use_stays_and_one_that_is_not_goes() {
    let home = tempfile::tempdir().unwrap();
    let budget = Budget::new(64 * PAGE);
    let mut table = open(home.path(), "t", 1, &budget);
    for page in 0..300 {
        table.put(page * PER_PAGE, &row_of(ROW, page + 1));
        checkpoint(&mut table);
    }
    let mut loads_of_hot = 0;
    for round in 0..3_000 {
        let (value, loads) = look(&table, 7 * PER_PAGE, &mut Scratch::default());
        assert_eq!(value, 8);
        loads_of_hot += loads;
        table.get(7 * PER_PAGE);
        table.get((round * 17 % 300) * PER_PAGE);
    }
    assert!(loads_of_hot <= 1, "the page in use had to be loaded {loads_of_hot} times");
}

#[test]
fn a_table_that_comes_late_gets_memory_too() {
    let home = tempfile::tempdir().unwrap();
    let budget = Budget::new(160 * PAGE);
    let mut idle = open(home.path(), "idle", 1, &budget);
    let mut busy = open(home.path(), "busy", 2, &budget);
    for page in 0..300 {
        for table in [&mut idle, &mut busy] {
            table.put(page * PER_PAGE, &row_of(ROW, page));
            checkpoint(table);
        }
    }
    for page in 0..300 {
        idle.get(page * PER_PAGE);
    }
    // The busy table goes round and round in pages for which there would be room.
    for round in 0..100 * 100 {
        busy.get(round % 100 * PER_PAGE);
        if budget.is_short() {
            idle.relieve();
            busy.relieve();
        }
    }
    assert!(busy.cached_pages() >= 100, "{} pages", busy.cached_pages());
    assert!(budget.used() <= 161, "{} pages", budget.used());
}
