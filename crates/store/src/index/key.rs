//! The two kinds of keys, and what the rest needs to know about each.
//!
//! Everything below the memtables (runs, merges, checkpoints) is written once, over this trait.
//! Keys are compared by their *rank*, a number with the order of the bytes: comparing two numbers
//! costs a nanosecond, calling `memcmp` several, and a merge does little else.

use std::fmt::Debug;
use std::io;

use super::filter::Probe;
use super::ordered::OrderedTable;
use super::point::PointTable;
use super::run_writer::RunWriter;

/// A key of the [`PointIndex`](super::PointIndex).
///
/// All its bits must be evenly distributed: random, or a hash. Where outsiders choose what is
/// hashed, the hash must have a secret key, or they can make every lookup slow.
pub type PointKey = [u8; 16];

/// A key of the [`OrderedIndex`](super::OrderedIndex), in the order of its bytes.
pub type OrderedKey = [u8; 24];

/// What is known of a key in one layer of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It has this value, whatever older layers say.
    Value(u64),
    /// It is gone, whatever older layers say.
    Removed,
}

impl Stored {
    /// What a caller who sees all layers is told.
    pub(super) fn value(self) -> Option<u64> {
        match self {
            Stored::Value(value) => Some(value),
            Stored::Removed => None,
        }
    }
}

/// A key and what one layer knows of it.
pub(super) type Entry<K> = (K, Stored);

/// Implemented by [`PointKey`] and [`OrderedKey`] only.
pub trait Key: Copy + Eq + Debug + Send + Sync + 'static {
    /// Bytes of a key.
    const WIDTH: usize;
    /// Whether runs carry a filter. They do where most lookups miss.
    const FILTERED: bool;
    /// Orders keys as their bytes do.
    type Rank: Copy + Ord + Debug + Send + Sync;
    /// Holds what was inserted since the last checkpoint.
    type Table: Table<Key = Self>;

    /// The key in `bytes`, which are exactly [`Key::WIDTH`].
    fn read(bytes: &[u8]) -> Self;
    /// The bytes of the key.
    fn bytes(&self) -> &[u8];
    /// See [`Key::Rank`].
    fn rank(&self) -> Self::Rank;
    /// Where a filter keeps this key. Only asked where there are filters.
    fn probe(&self) -> Probe;
}

/// A memtable.
pub trait Table: Default + Send + Sync {
    /// What it is keyed by.
    type Key: Key;

    /// How many keys it knows something about.
    fn len(&self) -> usize;
    /// What it knows of `key`.
    fn find(&self, key: &Self::Key) -> Option<Stored>;
    /// About how much memory it takes.
    fn memory_bytes(&self) -> usize;
    /// Hands over all that it knows, in the order of the keys.
    fn write_sorted(&self, writer: &mut RunWriter<Self::Key>) -> io::Result<()>;
}

impl Key for PointKey {
    const WIDTH: usize = 16;
    const FILTERED: bool = true;
    type Rank = u128;
    type Table = PointTable;

    fn read(bytes: &[u8]) -> Self {
        let mut key = [0; 16];
        key.copy_from_slice(bytes);
        key
    }

    fn bytes(&self) -> &[u8] {
        self
    }

    fn rank(&self) -> u128 {
        u128::from_be_bytes(*self)
    }

    fn probe(&self) -> Probe {
        Probe::of(self)
    }
}

impl Key for OrderedKey {
    const WIDTH: usize = 24;
    const FILTERED: bool = false;
    type Rank = (u64, u64, u64);
    type Table = OrderedTable;

    fn read(bytes: &[u8]) -> Self {
        let mut key = [0; 24];
        key.copy_from_slice(bytes);
        key
    }

    fn bytes(&self) -> &[u8] {
        self
    }

    fn rank(&self) -> (u64, u64, u64) {
        let (words, _) = self.as_chunks::<8>();
        let word = |at: usize| u64::from_be_bytes(words[at]);
        (word(0), word(1), word(2))
    }

    fn probe(&self) -> Probe {
        unreachable!("runs of ordered keys have no filter")
    }
}
