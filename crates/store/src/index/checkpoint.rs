//! Checkpoints and merges, as the writer sees them: short steps around the long ones.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Weak};

use super::Index;
use super::key::{Key, Table};
use super::merge::{Merge, Merged, due};
use super::run::{Run, file_name};
use super::run_writer::{Folder, write_run};

/// A memtable that was set aside. The index still reads it.
#[derive(Debug)]
#[must_use]
pub struct Frozen<K: Key> {
    folder: Folder,
    table: Arc<K::Table>,
}

/// A frozen memtable that is now also a durable run.
#[derive(Debug)]
#[must_use]
pub struct Written<K: Key> {
    table: Arc<K::Table>,
    /// There is none if there was nothing to write.
    run: Option<Run<K>>,
}

impl<K: Key> Frozen<K> {
    /// Writes the run. Takes a fraction of a second for a million keys and belongs in the
    /// background. After an error, such as a full disk, it may be tried again.
    pub fn write(&self) -> io::Result<Written<K>> {
        let table = Arc::clone(&self.table);
        let expected = u64::try_from(table.len()).expect("a memtable fits in memory");
        let run = write_run(&self.folder, expected, |writer| table.write_sorted(writer))?;
        Ok(Written { table, run })
    }
}

/// What was in use and is needed no more, neither by readers nor after a crash.
#[derive(Debug)]
#[must_use]
pub struct Obsolete<K: Key> {
    runs: Vec<Arc<Run<K>>>,
    tables: Vec<Arc<K::Table>>,
}

impl<K: Key> Obsolete<K> {
    /// Frees memory and deletes files, which takes milliseconds and belongs in the background.
    /// After an error, what is left is deleted when the index is next opened.
    pub fn delete(self) -> io::Result<()> {
        drop(self.tables);
        self.runs.into_iter().filter_map(Arc::into_inner).try_for_each(Run::delete)
    }
}

impl<K: Key> Index<K> {
    /// Sets the memtable aside, to be written by a checkpoint, and starts an empty one.
    ///
    /// # Panics
    /// If the memtable that was set aside before is not committed yet.
    pub fn freeze(&mut self) -> Frozen<K> {
        assert!(self.frozen.is_none(), "one checkpoint at a time");
        let table = Arc::new(std::mem::take(&mut self.live));
        self.frozen = Some(Arc::clone(&table));
        Frozen { folder: self.folder.clone(), table }
    }

    /// Reads the run from now on instead of the memtable it was written from, and names the files
    /// that make up the index as it was when that was frozen.
    ///
    /// # Panics
    /// If this is not what `freeze` set aside last.
    pub fn commit(&mut self, written: Written<K>) -> Vec<String> {
        let Written { table, run } = written;
        let frozen = self.frozen.take().filter(|frozen| Arc::ptr_eq(frozen, &table));
        self.old_tables.push(frozen.expect("what is committed is what was frozen"));
        if let Some(run) = run {
            let mut runs = self.runs.to_vec();
            runs.push(Arc::new(run));
            self.runs = Arc::new(runs);
        }
        self.names()
    }

    /// A merge, if one is due and none is under way.
    pub fn plan_merge(&mut self) -> Option<Merge<K>> {
        if self.merging.strong_count() > 0 {
            return None;
        }
        let sizes: Vec<u64> = self.runs.iter().map(|run| run.entries()).collect();
        let due = due(&sizes)?;
        let only = Arc::new(());
        self.merging = Arc::downgrade(&only);
        Some(Merge {
            folder: self.folder.clone(),
            to_the_bottom: due.start == 0,
            runs: self.runs[due].to_vec(),
            only,
        })
    }

    /// Reads the new run from now on instead of those it was merged from. The index says the same
    /// as before; the files that make it up are named again.
    ///
    /// # Panics
    /// If this is not the merge that was planned last.
    pub fn commit_merge(&mut self, merged: Merged<K>) -> Vec<String> {
        let Merged { old, new, only } = merged;
        let is_ours = std::ptr::eq(self.merging.as_ptr(), Arc::as_ptr(&only));
        assert!(is_ours, "what is committed is what was planned");
        // Checkpoints may have added runs meanwhile, at the end; nothing else changes the list.
        let start = self.runs.iter().position(|run| run.id() == old[0]);
        let start = start.expect("runs are only replaced by the merge that read them");
        let mut runs = self.runs.to_vec();
        let end = start + old.len();
        let replaced = runs.splice(start..end, new.map(Arc::new));
        self.old_runs.extend(replaced);
        self.runs = Arc::new(runs);
        self.merging = Weak::new();
        self.names()
    }

    /// Takes what the index no longer needs, given the names that the caller has made durable last
    /// and will open the index with after a crash. What readers still use is left for the next
    /// time.
    pub fn take_obsolete(&mut self, durable: &[String]) -> Obsolete<K> {
        let durable: HashSet<&str> = durable.iter().map(String::as_str).collect();
        let runs = self
            .old_runs
            // Nobody can begin to use a run that is not in the list any more.
            .extract_if(.., |run| {
                let unused = Arc::strong_count(run) == 1;
                unused && !durable.contains(file_name(run.id()).as_str())
            })
            .collect();
        Obsolete { runs, tables: std::mem::take(&mut self.old_tables) }
    }
}
