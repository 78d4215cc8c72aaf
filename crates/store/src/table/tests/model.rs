//! Whatever is done, in whatever order, with crashes between any two steps: a table and a log are
//! what two vectors are.

use super::super::page::{PAGE, Place, TableState};
use super::super::{Budget, FrozenLog, FrozenTable, Log, Miss, Scratch, Table, WrittenTable};
use super::{Dice, look, row_of, value_of};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

const SIZES: [usize; 5] = [64, 100, 128, 512, 1_024];
const PAGES: u64 = 300;

/// What a manifest has to bring back.
#[derive(Clone, Default)]
struct Saved {
    table: TableState,
    rows: Vec<u64>,
    log_rows: u64,
}

/// How far a checkpoint has come.
enum Stage {
    None,
    Frozen(FrozenTable, FrozenLog, Saved),
    Gathered(FrozenTable, FrozenLog, Saved),
    Named(WrittenTable),
}

struct World {
    home: PathBuf,
    dice: Dice,
    size: usize,
    table: Table,
    log: Log,
    rows: Vec<u64>,
    logged: Vec<u64>,
    saved: Saved,
    stage: Stage,
    /// A reader that takes its time.
    slow: Scratch,
    misses: Vec<(u64, Miss)>,
    seen: BTreeSet<&'static str>,
}

fn open(home: &Path, size: usize, saved: &Saved) -> (Table, Log) {
    let table = Table::open(&home.join("t"), 1, size, &saved.table, Budget::new(0)).unwrap();
    (table, Log::open(&home.join("l"), 2, size, saved.log_rows).unwrap())
}

impl World {
    fn new(home: &Path, seed: u64) -> World {
        let size = SIZES[usize::try_from(seed).unwrap() % SIZES.len()];
        let per_page = (PAGE - 16) / size;
        let rows = vec![0; usize::try_from(PAGES).unwrap() * per_page];
        let saved = Saved { rows: rows.clone(), ..Saved::default() };
        let (table, log) = open(home, size, &saved);
        World {
            home: home.to_owned(),
            dice: Dice(seed),
            size,
            table,
            log,
            rows,
            logged: Vec::new(),
            saved,
            stage: Stage::None,
            slow: Scratch::default(),
            misses: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    fn step(&mut self) {
        match self.dice.roll(1_000) {
            0..=99 => self.advance(),
            100 => {
                _ = self.dice.roll(3) != 0 || {
                    self.crash();
                    true
                }
            }
            101..=399 => self.read(),
            400..=599 => self.read_slowly(),
            600..=849 => {
                let value = self.dice.roll(1 << 30) + 1;
                assert_eq!(value_of(self.log.push(&row_of(self.size, value))), value);
                self.logged.push(value);
            }
            850 => self.table.relieve(),
            _ => self.put(),
        }
    }

    /// Most rows are near others that are used, and some pages are never written.
    fn any_row(&mut self) -> u64 {
        let rows = u64::try_from(self.rows.len()).unwrap();
        if self.dice.roll(2) == 0 { self.dice.roll(rows) } else { self.dice.roll(rows / 20) * 19 }
    }

    fn put(&mut self) {
        let (at, value) = (self.any_row(), self.dice.roll(1 << 30) + 1);
        match self.stage {
            Stage::None => {}
            Stage::Frozen(..) => _ = self.seen.insert("changed before all was gathered"),
            Stage::Gathered(..) => _ = self.seen.insert("changed before it was written"),
            Stage::Named(_) => _ = self.seen.insert("changed before it was committed"),
        }
        self.table.put(at, &row_of(self.size, value));
        self.rows[usize::try_from(at).unwrap()] = value;
    }

    fn read(&mut self) {
        let at = self.any_row();
        let expected = self.rows[usize::try_from(at).unwrap()];
        let (value, loads) = look(&self.table, at, &mut Scratch::default());
        assert_eq!(value, expected, "row {at}");
        if loads > 0 {
            self.seen.insert("a page that was not in memory");
        }
        if self.dice.roll(4) == 0 {
            assert_eq!(value_of(self.table.get(at)), expected, "row {at}");
        }
        let at = self.dice.roll(u64::try_from(self.logged.len()).unwrap() + 2);
        let expected = self.logged.get(usize::try_from(at).unwrap()).copied();
        let mut scratch = Scratch::default();
        let found = loop {
            match self.log.peek(at, &scratch) {
                Ok(row) => break row.map(value_of),
                Err(miss) => {
                    self.seen.insert("a row of the log that was not in memory");
                    miss.load(&mut scratch).unwrap();
                }
            }
        };
        assert_eq!(found, expected);
        assert_eq!(self.log.get(at).map(value_of), expected);
    }

    /// Lets any number of steps go by between a miss, its load, and the next peek.
    fn read_slowly(&mut self) {
        let at = self.any_row();
        // More comes than goes, so that some wait until their pages have moved and left memory.
        if self.dice.roll(4) != 0 {
            if let Err(miss) = self.table.peek(at, &self.slow) {
                self.misses.push((at, miss));
            }
        } else if !self.misses.is_empty() {
            let which = self.dice.roll(u64::try_from(self.misses.len()).unwrap());
            let (at, miss) = self.misses.swap_remove(usize::try_from(which).unwrap());
            miss.load(&mut self.slow).unwrap();
            let (value, loads) = look(&self.table, at, &mut self.slow);
            assert_eq!(value, self.rows[usize::try_from(at).unwrap()], "row {at}");
            if loads > 0 {
                self.seen.insert("a page that had moved when it was loaded");
            }
        }
        let (value, _) = look(&self.table, at, &mut self.slow);
        assert_eq!(value, self.rows[usize::try_from(at).unwrap()], "row {at}");
    }

    fn advance(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::None) {
            Stage::None => {
                let (table, log) = (self.table.freeze(), self.log.freeze());
                let (rows, log_rows) = (self.rows.clone(), log.rows());
                let table_state = TableState::default();
                Stage::Frozen(table, log, Saved { table: table_state, rows, log_rows })
            }
            Stage::Frozen(mut table, log, saved) => {
                if table.gather(&self.table) {
                    Stage::Gathered(table, log, saved)
                } else {
                    self.seen.insert("gathered a little");
                    Stage::Frozen(table, log, saved)
                }
            }
            Stage::Gathered(table, log, mut saved) => {
                let table = table.write().unwrap();
                log.write().unwrap();
                if self.dice.roll(30) == 0 {
                    // The power fails before the manifest is renamed.
                    self.seen.insert("crashed after writing");
                    self.crash();
                    return;
                }
                saved.table = table.state().clone();
                self.saved = saved;
                Stage::Named(table)
            }
            Stage::Named(table) => {
                self.table.commit(table);
                self.seen.insert("committed");
                Stage::None
            }
        };
    }

    /// Opens the files as the last manifest remembers them. In places that are not current, and
    /// behind the last row of the log, there may be anything.
    fn crash(&mut self) {
        match std::mem::replace(&mut self.stage, Stage::None) {
            Stage::None => {}
            Stage::Frozen(..) | Stage::Gathered(..) => {
                _ = self.seen.insert("crashed before writing");
            }
            Stage::Named(_) => _ = self.seen.insert("crashed before committing"),
        }
        let file = OpenOptions::new().write(true).open(self.home.join("t")).unwrap();
        for page in 0..usize::try_from(PAGES).unwrap() {
            for place in [Place::First, Place::Second] {
                let current = self.saved.table.place(page) == Some(place);
                if !current && self.dice.roll(2) == 0 {
                    file.write_all_at(&[9; PAGE][..1 << self.dice.roll(13)], place.offset(page))
                        .unwrap();
                }
            }
        }
        let file = OpenOptions::new().write(true).open(self.home.join("l")).unwrap();
        let end = self.saved.log_rows * u64::try_from(self.size).unwrap();
        file.write_all_at(&[9; 5_000], end).unwrap();
        (self.table, self.log) = open(&self.home, self.size, &self.saved);
        self.rows.clone_from(&self.saved.rows);
        self.logged.truncate(usize::try_from(self.saved.log_rows).unwrap());
        // The reader does not notice; its old pages must not be believed.
        self.misses.clear();
    }

    fn compare(&self) {
        let mut unseen = self.rows.clone();
        let all = self.table.for_each(|number, row| {
            assert_eq!(
                value_of(row),
                std::mem::take(&mut unseen[usize::try_from(number).unwrap()])
            );
        });
        all.unwrap();
        // What is not shown was never written.
        assert!(unseen.iter().all(|it| *it == 0));
        let mut logged = Vec::new();
        self.log.for_each(|_, row| logged.push(value_of(row))).unwrap();
        assert_eq!(logged, self.logged);
    }
}

#[test]
fn tables_and_logs_do_what_vectors_do() {
    let mut seen = BTreeSet::new();
    for seed in 0..15 {
        let home = tempfile::tempdir().unwrap();
        let mut world = World::new(home.path(), seed);
        for step in 0..20_000 {
            world.step();
            if step % 5_000 == 0 {
                world.compare();
            }
        }
        world.compare();
        seen.append(&mut world.seen);
    }
    assert_eq!(seen.len(), 11, "hard cases that were reached: {seen:?}");
}
