//! Indexes: from fixed-size keys to positions in the journal.
//!
//! The books are derived from a journal that is replayed from the last checkpoint. An index
//! therefore needs no log of its own, no transactions and no durability between checkpoints, and
//! most of what a general store does for each row falls away. What is left: a table in memory
//! takes the writes; a checkpoint writes it to a sorted, immutable *run*; runs are merged in the
//! background. There are two kinds, over one file format (`docs/data/index.md` has every byte):
//!
//! - [`PointIndex`]: unique, evenly distributed keys, inserted once. "Is this request new?"
//! - [`OrderedIndex`]: keys in order, inserted and removed. "What is due next?"
//!
//! # Checkpoints
//!
//! The writer stops for microseconds; the slow parts can be in any thread.
//!
//! 1. [`Index::freeze`] sets the memtable aside, at a known journal position, and starts another.
//! 2. [`Frozen::write`], in the background, makes a durable run of it.
//! 3. [`Index::commit`] puts the run in use and names the files that make up the index *at that
//!    position*. The caller makes the names durable, together with the position.
//! 4. [`Index::take_obsolete`], told which names are durable, gives up what nobody needs any more;
//!    [`Obsolete::delete`], in the background, frees it.
//!
//! In between, [`Index::plan_merge`], [`Merge::run`] (in the background) and
//! [`Index::commit_merge`] keep the number of runs small. A merge changes the names and not what
//! they say: they belong to the position of the last commit.
//!
//! # Promises
//!
//! 1. Opened with the names of a checkpoint, an index holds what it held when that was frozen,
//!    whatever was done since and wherever it was interrupted. (`tests::model`)
//! 2. What a reader began to read stays readable until it is done. (`tests::model`)
//! 3. A damaged block is an error, never an answer. (`tests::damage`)
//! 4. The folder may be deleted: the journal has it all.
//!
//! To read in this order: `key`, `block`, `filter`, `run`, `run_writer`, `layers`, `merge`,
//! `point`, `ordered`.

mod block;
mod checkpoint;
mod filter;
pub mod fuzz;
mod key;
mod layers;
mod merge;
mod ordered;
mod point;
mod run;
mod run_writer;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Weak};

use key::{Key, Stored, Table};
use run::Run;
use run_writer::Folder;

pub use block::Damage;
pub use checkpoint::{Frozen, Obsolete, Written};
pub use key::{OrderedKey, PointKey};
pub use layers::Direction;
pub use merge::{FAN_OUT, Merge, Merged};
pub use ordered::{Found, OrderedIndex, RANGE_LIMIT, Scan};
pub use point::{Lookup, PointIndex};

/// Runs, the oldest first. Readers keep the list they found.
type RunList<K> = Arc<Vec<Arc<Run<K>>>>;

/// What both kinds of index have in common. It has one writer; see the module.
#[derive(Debug)]
pub struct Index<K: Key> {
    folder: Folder,
    live: K::Table,
    /// Set aside by a checkpoint that is being written.
    frozen: Option<Arc<K::Table>>,
    runs: RunList<K>,
    merging: Weak<()>,
    old_runs: Vec<Arc<Run<K>>>,
    old_tables: Vec<Arc<K::Table>>,
}

impl<K: Key> Index<K> {
    /// Opens the index in `dir`, made up of the files that a checkpoint named. Without names it is
    /// a new one. Files that a crash left behind are deleted.
    ///
    /// An error says that files are missing or damaged: delete the folder and replay the journal.
    pub fn open(dir: &Path, names: &[String]) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let wanted: HashSet<&str> = names.iter().map(String::as_str).collect();
        for file in fs::read_dir(dir)? {
            let file = file?;
            let name = file.file_name();
            let ours = name.to_str().filter(|name| run::id_of(name).is_some());
            if ours.is_some_and(|name| !wanted.contains(name)) {
                fs::remove_file(file.path())?;
            }
        }
        let open = |name: &String| {
            let no_run = || io::Error::new(io::ErrorKind::InvalidInput, "not the name of a run");
            Ok(Arc::new(Run::open(dir, run::id_of(name).ok_or_else(no_run)?)?))
        };
        let runs: Vec<Arc<Run<K>>> = names.iter().map(open).collect::<io::Result<_>>()?;
        let next_id = runs.iter().map(|run| run.id() + 1).max().unwrap_or(0);
        Ok(Index {
            folder: Folder { dir: dir.to_owned(), next_id: Arc::new(AtomicU64::new(next_id)) },
            live: K::Table::default(),
            frozen: None,
            runs: Arc::new(runs),
            merging: Weak::new(),
            old_runs: Vec::new(),
            old_tables: Vec::new(),
        })
    }

    /// The value of `key`, if it is in the index.
    pub fn get(&self, key: &K) -> io::Result<Option<u64>> {
        match self.find_in_memory(key) {
            Some(stored) => Ok(stored.value()),
            None => find_in_runs(&self.runs, key),
        }
    }

    /// About how much memory the memtables take. Runs are in the system's page cache.
    pub fn memory_bytes(&self) -> usize {
        let frozen = self.frozen.as_ref().map_or(0, |table| table.memory_bytes());
        let old: usize = self.old_tables.iter().map(|table| table.memory_bytes()).sum();
        self.live.memory_bytes() + frozen + old
    }

    /// How many keys a checkpoint would write now.
    pub fn unsaved(&self) -> usize {
        self.live.len()
    }

    /// Bytes of the runs in use.
    pub fn disk_bytes(&self) -> usize {
        self.runs.iter().map(|run| run.bytes()).sum()
    }

    /// The files that make up the index as of the last commit, the oldest first.
    pub fn names(&self) -> Vec<String> {
        self.runs.iter().map(|run| run::file_name(run.id())).collect()
    }

    /// A check of all runs in use, to be done anywhere.
    pub fn verify(&self) -> Verification<K> {
        Verification { runs: Arc::clone(&self.runs) }
    }

    fn find_in_memory(&self, key: &K) -> Option<Stored> {
        self.live.find(key).or_else(|| self.frozen.as_ref()?.find(key))
    }
}

fn find_in_runs<K: Key>(runs: &RunList<K>, key: &K) -> io::Result<Option<u64>> {
    for run in runs.iter().rev() {
        if let Some(stored) = run.find(key)? {
            return Ok(stored.value());
        }
    }
    Ok(None)
}

/// A check that has not been done yet.
#[derive(Debug)]
#[must_use]
pub struct Verification<K: Key> {
    runs: RunList<K>,
}

impl<K: Key> Verification<K> {
    /// Reads every byte of the runs. The error has a [`Damage`] inside.
    pub fn finish(self) -> io::Result<()> {
        self.runs.iter().try_for_each(|run| run.verify())
    }
}
