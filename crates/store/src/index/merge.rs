//! Merging: many small runs become one large one, so that a lookup has few to ask.
//!
//! Runs are in tiers by size, each [`FAN_OUT`] times the one before; when there are that many
//! neighbours in a tier, they become one run of the next. An entry is therefore written once for
//! each tier, and there are fewer than `FAN_OUT` runs in each.

use std::io;
use std::sync::Arc;

use super::key::{Key, Stored};
use super::layers::{Cursor, Direction, Layer, Layers};
use super::run::Run;
use super::run_writer::{Folder, write_run};

/// How many runs of a tier become one.
pub const FAN_OUT: usize = 4;

/// A merge that is due. It may run while checkpoints come and go.
#[derive(Debug)]
#[must_use]
pub struct Merge<K: Key> {
    pub(super) folder: Folder,
    /// Neighbours, the oldest first.
    pub(super) runs: Vec<Arc<Run<K>>>,
    /// Whether the oldest run of all is among them. Only then may tombstones be dropped: anywhere
    /// else they may hide a value in an older run.
    pub(super) to_the_bottom: bool,
    /// As long as somebody holds this, no other merge is planned.
    pub(super) only: Arc<()>,
}

/// A merge that was done and is not yet in use.
#[derive(Debug)]
#[must_use]
pub struct Merged<K: Key> {
    /// What there was, the oldest first.
    pub(super) old: Vec<u64>,
    /// What takes its place, unless nothing is left.
    pub(super) new: Option<Run<K>>,
    pub(super) only: Arc<()>,
}

impl<K: Key> Merge<K> {
    /// Writes the new run. Takes seconds to minutes and belongs in the background. After an error,
    /// such as a full disk, it may be tried again, or be dropped and planned again later.
    pub fn run(&self) -> io::Result<Merged<K>> {
        let newest_first = self.runs.iter().rev().map(|run| Layer::Run(Cursor::all(run)));
        let mut layers = Layers::new(newest_first, Direction::Forwards)?;
        let new = write_run(&self.folder, self.entries(), |writer| {
            while let Some((key, stored)) = layers.next()? {
                if !(self.to_the_bottom && stored == Stored::Removed) {
                    writer.push((key, stored))?;
                }
            }
            Ok(())
        })?;
        let old = self.runs.iter().map(|run| run.id()).collect();
        Ok(Merged { old, new, only: Arc::clone(&self.only) })
    }

    /// How many entries are read.
    pub fn entries(&self) -> u64 {
        self.runs.iter().map(|run| run.entries()).sum()
    }
}

/// Which neighbours among runs of these sizes, from the oldest to the newest, should be merged.
///
/// A small run that is older than a larger one counts as being in the larger one's tier. So the
/// tiers never grow from old to new, the runs of a tier are neighbours, and whatever sizes
/// checkpoints have, the number of runs stays within `FAN_OUT` times the number of tiers.
pub(super) fn due(sizes: &[u64]) -> Option<std::ops::Range<usize>> {
    let fan_out = u64::try_from(FAN_OUT).expect("a small number");
    let mut end = sizes.len();
    let mut tier = 0;
    // From the newest on, because those are the smallest and soonest done.
    for start in (0..=sizes.len()).rev() {
        let older = start.checked_sub(1).map(|at| tier.max(sizes[at].max(1).ilog(fan_out)));
        if older == Some(tier) {
            continue;
        }
        if end - start >= FAN_OUT {
            return Some(start..end);
        }
        end = start;
        tier = older.unwrap_or(tier);
    }
    None
}
