//! Tables and logs against plain vectors, against readers, and against disks that forget.

mod damage;
mod memory;
mod model;
mod readers;

use super::{FrozenTable, Scratch, Table, WrittenTable};

/// Dice with a seed: a linear congruential generator, good enough to wander.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % sides
    }
}

/// A row that says what it is at its beginning and at its end, before its checksum if it has one.
fn row_of(size: usize, value: u64) -> Vec<u8> {
    let mut row = vec![0; size];
    row[..8].copy_from_slice(&value.to_le_bytes());
    row[size - 8..size - 4].copy_from_slice(&value.to_le_bytes()[..4]);
    row
}

/// What such a row says; a row that was never written says 0.
fn value_of(row: &[u8]) -> u64 {
    let value = u64::from_le_bytes(*row.first_chunk().unwrap());
    assert_eq!(row[row.len() - 8..row.len() - 4], value.to_le_bytes()[..4], "half of a row");
    value
}

/// Reads a row as readers do, and counts what had to be loaded.
fn look(table: &Table, number: u64, scratch: &mut Scratch) -> (u64, usize) {
    for loads in 0..10 {
        match table.peek(number, scratch) {
            Ok(row) => return (value_of(row), loads),
            Err(miss) => miss.load(scratch).unwrap(),
        }
    }
    panic!("row {number} was loaded again and again");
}

fn gathered(table: &Table, mut frozen: FrozenTable) -> FrozenTable {
    while !frozen.gather(table) {}
    frozen
}

/// A whole checkpoint, as if the manifest were there at once.
fn checkpoint(table: &mut Table) -> super::TableState {
    let frozen = table.freeze();
    let written: WrittenTable = gathered(table, frozen).write().unwrap();
    let state = written.state().clone();
    table.commit(written);
    state
}
