//! Tables and logs against plain vectors, with crashes between any two steps of a checkpoint.

use super::{Budget, FrozenLog, FrozenTable, Log, PAGE, Scratch, Table, TableState};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Dice with a seed: a linear congruential generator, good enough to wander.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % sides
    }
}

const ROW: usize = 128;
const ROWS: u64 = 2_000;

fn row_of(value: u64) -> [u8; ROW] {
    let mut row = [0; ROW];
    row[..8].copy_from_slice(&value.to_le_bytes());
    row[100] = 7;
    row
}

/// What a checkpoint has to bring back.
#[derive(Clone, Default)]
struct Saved {
    table: TableState,
    rows: Vec<u64>,
    log_rows: u64,
}

struct World {
    home: PathBuf,
    dice: Dice,
    budget: Arc<Budget>,
    table: Table,
    log: Log,
    rows: Vec<u64>,
    logged: Vec<u64>,
    saved: Saved,
    writing: Option<(FrozenTable, FrozenLog, Saved)>,
    seen: BTreeSet<&'static str>,
}

fn open(home: &Path, saved: &Saved, budget: &Arc<Budget>) -> (Table, Log) {
    let table = Table::open(&home.join("t"), 1, ROW, &saved.table, budget.clone()).unwrap();
    (table, Log::open(&home.join("l"), 2, ROW, saved.log_rows).unwrap())
}

impl World {
    fn new(home: &Path, seed: u64) -> World {
        let budget = Budget::new(0);
        let (table, log) = open(home, &Saved::default(), &budget);
        World {
            home: home.to_owned(),
            dice: Dice(seed),
            budget,
            table,
            log,
            rows: vec![0; usize::try_from(ROWS).unwrap()],
            logged: Vec::new(),
            saved: Saved { rows: vec![0; usize::try_from(ROWS).unwrap()], ..Saved::default() },
            writing: None,
            seen: BTreeSet::new(),
        }
    }

    fn step(&mut self) {
        match self.dice.roll(1_000) {
            0..=3 => self.freeze(),
            4..=7 => self.commit(),
            8 => self.crash(),
            9..=299 => self.read(),
            300..=599 => {
                let value = self.dice.roll(1 << 30);
                let number = self.log.push(&row_of(value))[..8].first_chunk().copied();
                assert_eq!(number, Some(value.to_le_bytes()));
                self.logged.push(value);
            }
            _ => {
                let (at, value) = (self.dice.roll(ROWS), self.dice.roll(1 << 30));
                if self.writing.is_some() {
                    self.seen.insert("changed while a checkpoint is written");
                }
                self.table.put(at, &row_of(value));
                self.rows[usize::try_from(at).unwrap()] = value;
            }
        }
    }

    fn read(&mut self) {
        let at = self.dice.roll(ROWS);
        let expected = self.rows[usize::try_from(at).unwrap()];
        let mut scratch = Scratch::default();
        let peeked = loop {
            match self.table.peek(at, &scratch) {
                Ok(row) => break row.to_vec(),
                Err(miss) => {
                    self.seen.insert("a page that was not in memory");
                    miss.load(&mut scratch).unwrap();
                }
            }
        };
        assert_eq!(peeked[..8], expected.to_le_bytes());
        assert_eq!(self.table.get(at)[..8], expected.to_le_bytes());
        if self.logged.is_empty() {
            return;
        }
        let at = self.dice.roll(u64::try_from(self.logged.len()).unwrap());
        let expected = row_of(self.logged[usize::try_from(at).unwrap()]);
        let mut scratch = Scratch::default();
        let peeked = loop {
            match self.log.peek(at, &scratch) {
                Ok(row) => break row.unwrap().to_vec(),
                Err(miss) => {
                    self.seen.insert("a row that was flushed");
                    miss.load(&mut scratch).unwrap();
                }
            }
        };
        assert_eq!(peeked[..100], expected[..100]);
        assert_eq!(self.log.get(at).unwrap()[..100], expected[..100]);
    }

    fn freeze(&mut self) {
        if self.writing.is_none() {
            let (table, log) = (self.table.freeze(), self.log.freeze().unwrap());
            let saved = Saved {
                table: table.state().clone(),
                rows: self.rows.clone(),
                log_rows: log.rows(),
            };
            self.writing = Some((table, log, saved));
        }
    }

    fn commit(&mut self) {
        if let Some((table, log, saved)) = self.writing.take() {
            table.write().unwrap();
            log.write().unwrap();
            self.saved = saved;
            self.table.commit(table);
            self.seen.insert("committed");
        }
    }

    /// Opens the files as the last manifest remembers them. Of the checkpoint that was being
    /// written any part may have arrived; places that were not current may have anything in them.
    fn crash(&mut self) {
        if let Some((table, _, _)) = self.writing.take() {
            self.seen.insert("crashed while a checkpoint is written");
            if self.dice.roll(2) == 0 {
                table.write().unwrap();
            }
            let file = fs::OpenOptions::new().write(true).open(self.home.join("t")).unwrap();
            for (page, second, _) in table.pages.iter().step_by(3) {
                let at = Table::offset(*page, *second);
                std::os::unix::fs::FileExt::write_all_at(&file, &[9; PAGE], at).unwrap();
            }
        }
        self.budget = Budget::new(0);
        (self.table, self.log) = open(&self.home, &self.saved, &self.budget);
        self.rows.clone_from(&self.saved.rows);
        self.logged.truncate(usize::try_from(self.saved.log_rows).unwrap());
    }
}

#[test]
fn tables_and_logs_do_what_vectors_do() {
    let mut seen = BTreeSet::new();
    for seed in 0..8 {
        let home = tempfile::tempdir().unwrap();
        let mut world = World::new(home.path(), seed);
        for _ in 0..20_000 {
            world.step();
        }
        let mut count = 0;
        let all = world.log.for_each(|number, row| {
            assert_eq!(row[..8], world.logged[usize::try_from(number).unwrap()].to_le_bytes());
            count += 1;
        });
        all.unwrap();
        assert_eq!(count, world.logged.len(), "seed {seed}");
        seen.append(&mut world.seen);
    }
    assert_eq!(seen.len(), 5, "hard cases that were reached: {seen:?}");
}

#[test]
fn a_damaged_page_or_row_is_named() {
    let home = tempfile::tempdir().unwrap();
    let budget = Budget::new(0);
    let (mut table, mut log) = open(home.path(), &Saved::default(), &budget);
    table.put(3, &row_of(1));
    for value in 0..100 {
        log.push(&row_of(value));
    }
    let (frozen, rows) = (table.freeze(), log.freeze().unwrap());
    frozen.write().unwrap();
    let saved = Saved { table: frozen.state().clone(), rows: Vec::new(), log_rows: rows.rows() };
    for (file, offset) in [("t", PAGE + 3 * ROW), ("l", 10 * ROW)] {
        let path = home.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[offset] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let (table, log) = open(home.path(), &saved, &budget);
    let error = table.for_each(|_, _| {}).unwrap_err().to_string();
    assert!(error.contains("page 0 is damaged"), "{error}");
    let error = log.for_each(|_, _| {}).unwrap_err().to_string();
    assert!(error.contains("row 10 is damaged"), "{error}");
}

#[test]
fn memory_stays_within_its_budget() {
    let home = tempfile::tempdir().unwrap();
    let budget = Budget::new(100 * PAGE);
    let (mut table, _) = open(home.path(), &Saved::default(), &budget);
    for number in 0..20_000 {
        table.put(number, &row_of(number));
        if table.dirty_pages() > 50 {
            let frozen = table.freeze();
            frozen.write().unwrap();
            table.commit(frozen);
        }
    }
    for number in (0..20_000).rev() {
        assert_eq!(table.get(number)[..8], number.to_le_bytes());
    }
    assert!(budget.used() <= 101, "{} pages", budget.used());
}

/// Also after two checkpoints, when the page is back in the place that was read.
#[test]
fn a_page_that_was_read_before_a_checkpoint_is_not_believed_after_it() {
    fn checkpoint(table: &mut Table) {
        let frozen = table.freeze();
        frozen.write().unwrap();
        table.commit(frozen);
    }
    fn forget(table: &mut Table) {
        for _ in 0..3 {
            for number in (0..10_000).rev() {
                table.get(number);
            }
            for number in 5_000..10_000 {
                table.get(number);
            }
        }
        assert!(table.peek(0, &Scratch::default()).is_err(), "row 0 is not in memory");
    }
    fn load(table: &Table, scratch: &mut Scratch) {
        table.peek(0, scratch).unwrap_err().load(scratch).unwrap();
    }

    for checkpoints in 1..=2 {
        let home = tempfile::tempdir().unwrap();
        let budget = Budget::new(0);
        let mut table =
            Table::open(&home.path().join("t"), 1, ROW, &TableState::default(), budget).unwrap();
        for number in 0..10_000 {
            table.put(number, &row_of(number + 1));
        }
        checkpoint(&mut table);
        forget(&mut table);
        let mut scratch = Scratch::default();
        load(&table, &mut scratch);
        assert_eq!(table.peek(0, &scratch).unwrap(), row_of(1));

        for time in 1..=checkpoints {
            table.get(0);
            table.put(0, &row_of(1_000_000 + time));
            checkpoint(&mut table);
        }
        forget(&mut table);
        load(&table, &mut scratch);
        assert_eq!(table.peek(0, &scratch).unwrap(), row_of(1_000_000 + checkpoints));
    }
}
