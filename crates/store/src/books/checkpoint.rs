//! Checkpoints: the books as they were between two frames, made durable while they go on.
//!
//! 1. [`Store::begin_checkpoint`] sets aside what has changed. The writer waits for this.
//! 2. [`Checkpoint::gather`] and [`Checkpoint::write`] write it, in the background.
//! 3. [`Store::adopt`] names the files of the indexes, and [`Named::write`] writes the manifest.
//! 4. [`Store::conclude`] lets go of what only the checkpoint before needed.

use super::Store;
use super::manifest::Manifest;
use crate::index::{Frozen, Merge, Merged, Obsolete, OrderedKey, PointKey, Written};
use crate::table::{FrozenLog, FrozenTable, Log, Table, WrittenTable};
use std::io;
use std::path::PathBuf;

/// What the store remembers of a checkpoint that is being written.
pub(super) struct Saving {
    tables: Vec<WrittenTable>,
}

/// A checkpoint that has begun.
pub struct Checkpoint {
    tables: Vec<FrozenTable>,
    logs: Vec<FrozenLog>,
    points: Frozen<PointKey>,
    lists: Frozen<OrderedKey>,
    manifest: Manifest,
    directory: PathBuf,
}

/// A checkpoint whose rows are durable.
pub(super) struct Rows {
    tables: Vec<WrittenTable>,
    points: Written<PointKey>,
    lists: Written<OrderedKey>,
    manifest: Manifest,
    directory: PathBuf,
}

/// A checkpoint that a manifest can name.
pub(super) struct Named {
    manifest: Manifest,
    directory: PathBuf,
}

/// Files and memory that are not needed any more.
pub(super) struct Leftovers {
    points: Obsolete<PointKey>,
    lists: Obsolete<OrderedKey>,
}

/// Runs of the indexes that are worth merging.
pub(super) struct Merges {
    points: Option<Merge<PointKey>>,
    lists: Option<Merge<OrderedKey>>,
}

/// Runs that were merged.
pub(super) struct MergedRuns {
    points: Option<Merged<PointKey>>,
    lists: Option<Merged<OrderedKey>>,
}

impl Store {
    /// Sets aside what has changed since the last checkpoint. One at a time, and between frames.
    pub fn begin_checkpoint(&mut self) -> Checkpoint {
        let tables = self.tables.all_mut().into_iter().map(Table::freeze).collect();
        let logs: Vec<FrozenLog> = self.logs.all().into_iter().map(Log::freeze).collect();
        let manifest = Manifest {
            next: self.next,
            time: self.time,
            chain: self.chain,
            rules: self.rules,
            state_hash: self.state_hash,
            counts: self.counts.clone(),
            totals: self.totals.clone(),
            tables: Vec::new(),
            logs: logs.iter().map(FrozenLog::rows).collect(),
            points: Vec::new(),
            lists: Vec::new(),
        };
        self.saved = self.next;
        self.saving = Some(Saving { tables: Vec::new() });
        Checkpoint {
            tables,
            logs,
            points: self.points.freeze(),
            lists: self.lists.freeze(),
            manifest,
            directory: self.directory.clone(),
        }
    }

    pub(super) fn adopt(&mut self, rows: Rows) -> Named {
        let Rows { tables, points, lists, mut manifest, directory } = rows;
        manifest.points = self.points.commit(points);
        manifest.lists = self.lists.commit(lists);
        self.saving = Some(Saving { tables });
        Named { manifest, directory }
    }

    pub(super) fn conclude(&mut self, named: &Named) -> Leftovers {
        let tables = self.saving.take().map(|it| it.tables).unwrap_or_default();
        for (table, frozen) in self.tables.all_mut().into_iter().zip(tables) {
            table.commit(frozen);
        }
        Leftovers {
            points: self.points.take_obsolete(&named.manifest.points),
            lists: self.lists.take_obsolete(&named.manifest.lists),
        }
    }

    pub(super) fn plan_merges(&mut self) -> Merges {
        Merges { points: self.points.plan_merge(), lists: self.lists.plan_merge() }
    }

    pub(super) fn adopt_merges(&mut self, merged: MergedRuns) {
        if let Some(merged) = merged.points {
            self.points.commit_merge(merged);
        }
        if let Some(merged) = merged.lists {
            self.lists.commit_merge(merged);
        }
    }
}

impl Checkpoint {
    /// Gathers some of the changed pages, under the readers' lock; says whether those were the
    /// last.
    pub(super) fn gather(&mut self, store: &Store) -> bool {
        let mut tables = self.tables.iter_mut().zip(store.tables.all());
        tables.all(|(frozen, table)| frozen.gather(table))
    }

    /// Writes the rows, when all are gathered. Belongs in the background.
    pub(super) fn write(mut self) -> io::Result<Rows> {
        let tables: Vec<WrittenTable> =
            self.tables.into_iter().map(FrozenTable::write).collect::<io::Result<_>>()?;
        self.manifest.tables = tables.iter().map(|it| it.state().clone()).collect();
        for log in &self.logs {
            log.write()?;
        }
        Ok(Rows {
            points: self.points.write()?,
            lists: self.lists.write()?,
            tables,
            manifest: self.manifest,
            directory: self.directory,
        })
    }
}

impl Named {
    pub(super) fn write(&self) -> io::Result<()> {
        self.manifest.write(&self.directory)
    }
}

impl Leftovers {
    pub(super) fn delete(self) -> io::Result<()> {
        self.points.delete()?;
        self.lists.delete()
    }
}

impl Merges {
    pub(super) fn run(&self) -> io::Result<MergedRuns> {
        Ok(MergedRuns {
            points: self.points.as_ref().map(Merge::run).transpose()?,
            lists: self.lists.as_ref().map(Merge::run).transpose()?,
        })
    }
}
