//! The index of ordered keys: what is due next, which orders are in this stage, what came last.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::key::{Entry, Key, OrderedKey, Stored, Table};
use super::layers::{Cursor, Direction, Layer, Layers};
use super::run_writer::RunWriter;
use super::{Index, RunList};

/// The most entries that one range answers with, whatever limit it was given.
pub const RANGE_LIMIT: usize = 10_000;

/// From ordered keys to numbers.
pub type OrderedIndex = Index<OrderedKey>;

type Rank = <OrderedKey as Key>::Rank;

impl OrderedIndex {
    /// Puts `value` under `key`, in place of whatever was there.
    pub fn insert(&mut self, key: OrderedKey, value: u64) {
        let slot = self.live.0.entry(key.rank());
        // A fresh key stays fresh: that older layers do not show it is as true as before.
        slot.and_modify(|slot| *slot = slot.now(value)).or_insert(Slot::Value(value));
    }

    /// The same, for a key of which the caller knows that `get` would not find it.
    ///
    /// If such a key is removed before the next checkpoint, it leaves no trace. That is safe: the
    /// live memtable knew nothing of it, so the older layers, alone, gave the right answer, "not
    /// there". They still do when the entry vanishes, because no layer below the live one ever
    /// changes what it says: a checkpoint turns the live one into the newest of them, after which
    /// the entry is no longer live and is removed by a tombstone, and a merge keeps what can be
    /// seen. If the live memtable has a tombstone for the key, an older layer may have a value, so
    /// the entry is not fresh and will leave the tombstone behind again.
    pub fn insert_fresh(&mut self, key: OrderedKey, value: u64) {
        match self.live.0.entry(key.rank()) {
            btree_map::Entry::Vacant(vacant) => {
                vacant.insert(Slot::Fresh(value));
            }
            btree_map::Entry::Occupied(mut slot) => {
                debug_assert_eq!(*slot.get(), Slot::Removed, "a fresh key is not in the index");
                let now = slot.get().now(value);
                slot.insert(now);
            }
        }
    }

    /// Takes `key` out, if it is there.
    pub fn remove(&mut self, key: &OrderedKey) {
        match self.live.0.entry(key.rank()) {
            btree_map::Entry::Occupied(slot) if matches!(slot.get(), Slot::Fresh(_)) => {
                slot.remove();
            }
            btree_map::Entry::Occupied(mut slot) => {
                slot.insert(Slot::Removed);
            }
            btree_map::Entry::Vacant(vacant) => {
                vacant.insert(Slot::Removed);
            }
        }
    }

    /// The first entries of `range` in `direction`: at most `limit`, at most [`RANGE_LIMIT`].
    ///
    /// What was removed since the last merge is stepped over one by one. Whoever takes from the
    /// front again and again should start where the last taking ended, not at zero.
    pub fn range(
        &self,
        range: Range<OrderedKey>,
        direction: Direction,
        limit: usize,
    ) -> io::Result<Found> {
        let live = self.live.entries(ranks(&range), direction);
        let frozen = self.frozen.as_ref().map(|it| it.entries(ranks(&range), direction));
        let layers = [Some(live), frozen].into_iter().flatten().map(Layer::Memory);
        let (reach, limit) = (None, limit.min(RANGE_LIMIT));
        Walk { range, direction, limit, reach }.through(layers, &self.runs)
    }

    /// The first half of a range, for a reader who holds a lock on the books: reads no file and
    /// copies at most `limit` entries.
    pub fn snapshot_range(
        &self,
        range: Range<OrderedKey>,
        direction: Direction,
        limit: usize,
    ) -> Scan {
        let limit = limit.min(RANGE_LIMIT);
        let mut entries = self.live.entries(ranks(&range), direction);
        let live: Vec<_> = entries.by_ref().take(limit).collect();
        let reach = match entries.next() {
            Some(_) => live.last().map(|(key, _)| *key),
            None => None,
        };
        drop(entries);
        let walk = Walk { range, direction, limit, reach };
        Scan { walk, live, frozen: self.frozen.clone(), runs: Arc::clone(&self.runs) }
    }
}

/// A range that has copied what it needs from the live memtable and read nothing else yet.
#[must_use]
pub struct Scan {
    walk: Walk,
    live: Vec<Entry<OrderedKey>>,
    frozen: Option<Arc<OrderedTable>>,
    runs: RunList<OrderedKey>,
}

impl Scan {
    /// The second half, to be done without the lock: what was there at the first half.
    ///
    /// There may be fewer entries than the limit although the range has more: beyond the last
    /// copied entry of the live memtable, older layers may show what has been removed, and are
    /// not believed. [`Found::rest`] is then what to ask for next; it gets shorter every time.
    pub fn finish(self) -> io::Result<Found> {
        let Scan { walk, live, frozen, runs } = self;
        let live: Box<dyn Iterator<Item = _>> = Box::new(live.into_iter());
        let frozen = frozen.as_ref().map(|it| it.entries(ranks(&walk.range), walk.direction));
        let layers = [Some(live), frozen].into_iter().flatten().map(Layer::Memory);
        walk.through(layers, &runs)
    }
}

/// What a range answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Keys and their values, in the direction of the scan.
    pub entries: Vec<(OrderedKey, u64)>,
    /// The part of the range that was not visited, if any is left.
    pub rest: Option<Range<OrderedKey>>,
}

/// What to visit.
#[derive(Clone, Debug)]
struct Walk {
    range: Range<OrderedKey>,
    direction: Direction,
    limit: usize,
    /// The last key that may be believed, if that is not all of the range.
    reach: Option<OrderedKey>,
}

impl Walk {
    fn through<'a>(
        self,
        in_memory: impl Iterator<Item = Layer<'a, OrderedKey>>,
        runs: &'a RunList<OrderedKey>,
    ) -> io::Result<Found> {
        let mut layers: Vec<_> = in_memory.collect();
        for run in runs.iter().rev() {
            layers.push(Layer::Run(Cursor::range(run, ranks(&self.range), self.direction)?));
        }
        let mut layers = Layers::new(layers, self.direction)?;
        let mut entries = Vec::new();
        while entries.len() < self.limit {
            let Some((key, stored)) = layers.next()? else {
                return Ok(Found { rest: self.reach.and_then(|it| self.after(it)), entries });
            };
            if let Some(reach) = self.reach
                && self.direction.is_before(&reach, &key)
            {
                return Ok(Found { entries, rest: self.after(reach) });
            }
            entries.extend(stored.value().map(|value| (key, value)));
        }
        let rest = match entries.last() {
            Some((key, _)) => self.after(*key),
            None => (!self.range.is_empty()).then_some(self.range),
        };
        Ok(Found { entries, rest })
    }

    /// The part of the range beyond `key`.
    fn after(&self, key: OrderedKey) -> Option<Range<OrderedKey>> {
        let rest = match self.direction {
            Direction::Forwards => successor(key)?..self.range.end,
            Direction::Backwards => self.range.start..key,
        };
        (!rest.is_empty()).then_some(rest)
    }
}

/// The key after `key`, of which there is none after the last.
fn successor(mut key: OrderedKey) -> Option<OrderedKey> {
    let at = key.iter().rposition(|byte| *byte != u8::MAX)?;
    key[at] += 1;
    key[at + 1..].fill(0);
    Some(key)
}

fn ranks(range: &Range<OrderedKey>) -> (Rank, Rank) {
    let (from, to) = (range.start.rank(), range.end.rank());
    // A range that ends before it begins has nothing in it.
    (from, to.max(from))
}

/// What was inserted into and removed from an [`OrderedIndex`] since the last checkpoint.
#[derive(Debug, Default)]
pub struct OrderedTable(BTreeMap<Rank, Slot>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// No older layer shows the key; see [`OrderedIndex::insert_fresh`].
    Fresh(u64),
    Value(u64),
    Removed,
}

impl Slot {
    fn now(self, value: u64) -> Slot {
        match self {
            Slot::Fresh(_) => Slot::Fresh(value),
            Slot::Value(_) | Slot::Removed => Slot::Value(value),
        }
    }

    fn stored(self) -> Stored {
        match self {
            Slot::Fresh(value) | Slot::Value(value) => Stored::Value(value),
            Slot::Removed => Stored::Removed,
        }
    }
}

impl OrderedTable {
    fn entries(
        &self,
        (from, to): (Rank, Rank),
        direction: Direction,
    ) -> Box<dyn Iterator<Item = Entry<OrderedKey>> + '_> {
        let entries = self.0.range(from..to).map(|(rank, slot)| (key_of(*rank), slot.stored()));
        match direction {
            Direction::Forwards => Box::new(entries),
            Direction::Backwards => Box::new(entries.rev()),
        }
    }
}

impl Table for OrderedTable {
    type Key = OrderedKey;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn find(&self, key: &OrderedKey) -> Option<Stored> {
        self.0.get(&key.rank()).map(|slot| slot.stored())
    }

    fn memory_bytes(&self) -> usize {
        // Nodes are about half full where keys ascend, which is the common case.
        2 * self.0.len() * size_of::<(Rank, Slot)>()
    }

    fn write_sorted(&self, writer: &mut RunWriter<OrderedKey>) -> io::Result<()> {
        for (rank, slot) in &self.0 {
            writer.push((key_of(*rank), slot.stored()))?;
        }
        Ok(())
    }
}

fn key_of((first, second, third): Rank) -> OrderedKey {
    let mut key = [0; 24];
    for (bytes, word) in key.as_chunks_mut::<8>().0.iter_mut().zip([first, second, third]) {
        *bytes = word.to_be_bytes();
    }
    key
}
