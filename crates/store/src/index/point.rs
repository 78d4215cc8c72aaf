//! The index of unique keys: inserted once, never changed, mostly asked for in vain.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

use super::key::{Key, PointKey, Stored, Table};
use super::run_writer::RunWriter;
use super::{Index, RunList};

/// From unique, evenly distributed keys to numbers. Says quickly that a key is new.
pub type PointIndex = Index<PointKey>;

impl PointIndex {
    /// Remembers `value` under a key that is not in the index.
    ///
    /// A key that is in the live memtable already keeps its first value. One that is in an older
    /// layer is not noticed here, but in the merge that meets both: it fails.
    pub fn insert(&mut self, key: PointKey, value: u64) {
        let is_new = self.live.insert(key, value);
        debug_assert!(is_new, "{key:02x?} was inserted twice into an index of unique keys");
    }

    /// The first half of a lookup, for a reader who holds a lock on the books: reads no file.
    pub fn snapshot_get(&self, key: &PointKey) -> Lookup {
        Lookup(match self.find_in_memory(key) {
            Some(stored) => Found::InMemory(stored),
            None => Found::NotYet { key: *key, runs: Arc::clone(&self.runs) },
        })
    }
}

/// A lookup that has seen the memtables and not yet the runs.
#[derive(Debug)]
#[must_use]
pub struct Lookup(Found);

#[derive(Debug)]
enum Found {
    InMemory(Stored),
    NotYet { key: PointKey, runs: RunList<PointKey> },
}

impl Lookup {
    /// The second half, to be done without the lock: the value of the key at the first half.
    pub fn finish(self) -> io::Result<Option<u64>> {
        match self.0 {
            Found::InMemory(stored) => Ok(stored.value()),
            Found::NotYet { key, runs } => super::find_in_runs(&runs, &key),
        }
    }
}

/// Shards of the memtable. A hash table that doubles moves everything it holds: one large one
/// would stop the writer for a tenth of a second, one of these takes a fraction of a millisecond.
const SHARDS: usize = 256;

/// What was inserted into a [`PointIndex`] since the last checkpoint.
///
/// Shards are chosen by the first byte, so they are also the first step of sorting.
#[derive(Debug)]
pub struct PointTable {
    shards: Box<[Shard]>,
    len: usize,
}

type Shard = HashMap<Hashed, u64, KeyIsHash>;

impl PointTable {
    /// Whether the key was new.
    fn insert(&mut self, key: PointKey, value: u64) -> bool {
        let shard = &mut self.shards[usize::from(key[0])];
        let before = shard.len();
        shard.entry(Hashed(key)).or_insert(value);
        let is_new = shard.len() > before;
        self.len += usize::from(is_new);
        is_new
    }
}

impl Default for PointTable {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        PointTable { shards, len: 0 }
    }
}

impl Table for PointTable {
    type Key = PointKey;

    fn len(&self) -> usize {
        self.len
    }

    fn find(&self, key: &PointKey) -> Option<Stored> {
        let shard = &self.shards[usize::from(key[0])];
        shard.get(&Hashed(*key)).map(|value| Stored::Value(*value))
    }

    fn memory_bytes(&self) -> usize {
        // A bucket is an entry and one byte; seven of eight may be in use.
        let bytes = |capacity: usize| capacity / 7 * 8 * (size_of::<(Hashed, u64)>() + 1);
        self.shards.iter().map(|shard| bytes(shard.capacity())).sum()
    }

    fn write_sorted(&self, writer: &mut RunWriter<PointKey>) -> io::Result<()> {
        let mut sorted = Vec::new();
        for shard in &self.shards {
            sorted.clear();
            sorted.extend(shard.iter().map(|(key, value)| (key.0.rank(), *value)));
            sorted.sort_unstable_by_key(|(rank, _)| *rank);
            for (rank, value) in &sorted {
                writer.push((rank.to_be_bytes(), Stored::Value(*value)))?;
            }
        }
        Ok(())
    }
}

/// A key that is its own hash.
#[derive(Debug, PartialEq, Eq)]
struct Hashed(PointKey);

impl Hash for Hashed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The first byte chose the shard and would be the same for all keys in here.
        state.write_u64(u64::from_le_bytes(self.0.as_chunks::<8>().0[1]));
    }
}

/// Passes a hash on.
#[derive(Clone, Copy, Debug, Default)]
struct KeyIsHash(u64);

impl BuildHasher for KeyIsHash {
    type Hasher = KeyIsHash;

    fn build_hasher(&self) -> KeyIsHash {
        *self
    }
}

impl Hasher for KeyIsHash {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys hash themselves as one number")
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
