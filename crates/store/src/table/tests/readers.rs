//! Readers beside a writer and its checkpoints: each look sees a row as the writer last left it.

use super::super::page::TableState;
use super::super::{Budget, Scratch, Table};
use super::{Dice, row_of, value_of};
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

const ROW: usize = 128;
const ROWS: u64 = 31 * 200;
const COMMITS: usize = 30;
/// How often each hard case has to come about.
const ENOUGH: usize = 5;
/// From one checkpoint to the next: enough for a page to be changed and to leave memory.
const CHANGES: u64 = 400;

struct World {
    table: RwLock<Table>,
    /// What each row says. Changed under the table's lock.
    values: Vec<AtomicU64>,
    changes: AtomicU64,
    commits: AtomicUsize,
    in_vain: AtomicUsize,
    slept_through_two: AtomicUsize,
    loads: AtomicUsize,
    done: AtomicBool,
}

/// Says that the test is over, also when a thread panics, so that no other waits for it.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

impl World {
    fn write(&self) {
        let mut dice = Dice(1);
        for value in 1.. {
            if self.done.load(SeqCst) {
                return;
            }
            if value % 64 == 0 {
                // A lock that is taken again at once is never seen free by those who wait for it.
                std::thread::sleep(Duration::from_millis(1));
            }
            let number = dice.roll(ROWS);
            let mut table = self.table.write().unwrap();
            assert_eq!(value_of(table.get(number)), self.values[at(number)].load(SeqCst));
            // Only some pages change at a time, so that others go out of memory.
            let number = (value / 20 * 31 + dice.roll(31 * 4)) % ROWS;
            table.put(number, &row_of(ROW, value));
            self.values[at(number)].store(value, SeqCst);
            self.changes.store(value, SeqCst);
        }
    }

    fn save(&self) {
        let _done = Done(&self.done);
        let limit = Instant::now() + Duration::from_mins(4);
        let enough = || {
            let cases = [&self.in_vain, &self.slept_through_two, &self.loads];
            self.commits.load(SeqCst) >= COMMITS && cases.iter().all(|it| it.load(SeqCst) >= ENOUGH)
        };
        while !enough() && Instant::now() < limit {
            // A checkpoint of nothing would only keep the writer from its lock.
            let enough = self.changes.load(SeqCst) + CHANGES;
            while self.changes.load(SeqCst) < enough && !self.done.load(SeqCst) {
                std::thread::sleep(Duration::from_millis(1));
            }
            let mut frozen = self.table.write().unwrap().freeze();
            while !frozen.gather(&self.table.read().unwrap()) {}
            let written = frozen.write().unwrap();
            self.table.write().unwrap().commit(written);
            self.commits.fetch_add(1, SeqCst);
        }
    }

    fn read(&self, seed: u64) {
        let _done = Done(&self.done);
        let mut dice = Dice(seed);
        while !self.done.load(SeqCst) {
            let number = dice.roll(ROWS);
            let mut scratch = Scratch::default();
            for tries in 0.. {
                let miss = {
                    let table = self.table.read().unwrap();
                    match table.peek(number, &scratch) {
                        Ok(row) => {
                            let expected = self.values[at(number)].load(SeqCst);
                            assert_eq!(value_of(row), expected, "row {number}");
                            break;
                        }
                        Err(miss) => miss,
                    }
                };
                if tries == 0 && dice.roll(4) == 0 {
                    self.sleep_through_two_commits();
                }
                miss.load(&mut scratch).unwrap();
                self.loads.fetch_add(1, SeqCst);
                self.in_vain.fetch_add(usize::from(tries > 0), SeqCst);
            }
        }
    }

    /// Then the place that the reader is about to read may be written to.
    fn sleep_through_two_commits(&self) {
        let seen = self.commits.load(SeqCst);
        while self.commits.load(SeqCst) < seen + 2 && !self.done.load(SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.slept_through_two.fetch_add(1, SeqCst);
    }
}

fn at(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

#[test]
fn readers_see_what_the_writer_left() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("t");
    let table = Table::open(&path, 1, ROW, &TableState::default(), Budget::new(0)).unwrap();
    let world = World {
        table: RwLock::new(table),
        values: (0..ROWS).map(|_| AtomicU64::new(0)).collect(),
        changes: AtomicU64::new(0),
        commits: AtomicUsize::new(0),
        in_vain: AtomicUsize::new(0),
        slept_through_two: AtomicUsize::new(0),
        loads: AtomicUsize::new(0),
        done: AtomicBool::new(false),
    };
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let _done = Done(&world.done);
            world.write();
        });
        threads.spawn(|| world.save());
        threads.spawn(|| world.read(2));
        threads.spawn(|| world.read(3));
    });
    let reached = [&world.commits, &world.in_vain, &world.slept_through_two, &world.loads];
    let reached = reached.map(|it| it.load(SeqCst));
    assert!(reached.iter().all(|it| *it >= ENOUGH), "hard cases that were reached: {reached:?}");
}
