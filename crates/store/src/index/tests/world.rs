//! An index in a world that goes wrong: checkpoints and merges in any order, crashes between any
//! two steps, readers who take their time. Beside it, a map that nothing ever happens to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::super::key::{Key, Stored, Table};
use super::super::{Frozen, Index, Merge, Merged, Written};
use super::{Dice, TempDir};

/// What the index should hold.
pub(super) type Model<K> = BTreeMap<K, u64>;

/// What the tests of one kind of index do to it between the steps that all kinds have.
pub(super) trait Play: Sized {
    type Key: Key + Ord;
    type Held;

    fn change(&mut self, world: &mut World<Self>);
    fn check(&mut self, world: &mut World<Self>);
    /// Begins to read.
    fn hold(&mut self, world: &mut World<Self>) -> Self::Held;
    /// Ends reading what was there when it began.
    fn finish(&mut self, held: Self::Held, seen: &mut BTreeSet<&'static str>);
}

pub(super) struct World<P: Play> {
    pub(super) dice: Dice,
    pub(super) index: Index<P::Key>,
    pub(super) model: Model<P::Key>,
    pub(super) seen: BTreeSet<&'static str>,
    dir: TempDir,
    /// A checkpoint under way.
    frozen: Option<Frozen<P::Key>>,
    written: Option<Written<P::Key>>,
    /// What the index held when that was frozen.
    then: Model<P::Key>,
    /// A merge under way, and whether a checkpoint was committed since it was planned.
    merge: Option<Merge<P::Key>>,
    merged: Option<Merged<P::Key>>,
    overtaken: bool,
    /// As of the last commit.
    latest: (Vec<String>, Model<P::Key>),
    durable: (Vec<String>, Model<P::Key>),
    held: Vec<P::Held>,
    /// Files that are not the index's: our notes, and runs that were written in vain.
    strays: usize,
}

impl<P: Play> World<P> {
    pub(super) fn new(seed: u64) -> Self {
        let dir = TempDir::new();
        World {
            dice: Dice::new(seed),
            index: Index::open(&dir.0, &[]).unwrap(),
            model: Model::new(),
            seen: BTreeSet::new(),
            dir,
            frozen: None,
            written: None,
            then: Model::new(),
            merge: None,
            merged: None,
            overtaken: false,
            latest: Default::default(),
            durable: Default::default(),
            held: Vec::new(),
            strays: 0,
        }
    }

    pub(super) fn step(&mut self, play: &mut P) {
        match self.dice.roll(100) {
            0..=24 => play.change(self),
            25..=39 => self.freeze(),
            40..=54 => self.write(),
            55..=66 => self.commit(),
            67..=70 => self.durable = self.latest.clone(),
            71..=74 => self.tidy(),
            75..=79 => self.plan_merge(),
            80..=83 => self.run_merge(),
            84..=87 => self.commit_merge(),
            88..=92 => {
                let held = play.hold(self);
                self.held.push(held);
            }
            93..=97 => {
                for held in std::mem::take(&mut self.held) {
                    play.finish(held, &mut self.seen);
                }
            }
            98 => self.index.verify().finish().unwrap(),
            _ => self.crash(),
        }
        play.check(self);
    }

    fn freeze(&mut self) {
        if self.frozen.is_none() && self.written.is_none() {
            self.frozen = Some(self.index.freeze());
            self.then = self.model.clone();
        }
    }

    fn write(&mut self) {
        let Some(frozen) = self.frozen.take() else { return };
        if self.dice.roll(4) == 0 {
            // A first attempt whose result is not used.
            let files = self.files();
            let _ = frozen.write().unwrap();
            self.strays += self.files() - files;
            self.seen.insert("written twice");
        }
        self.written = Some(frozen.write().unwrap());
    }

    fn commit(&mut self) {
        let Some(written) = self.written.take() else { return };
        self.latest = (self.index.commit(written), self.then.clone());
        self.overtaken = true;
    }

    /// Deletes what is not needed, whether or not the latest names are durable.
    fn tidy(&mut self) {
        let files = self.files();
        self.index.take_obsolete(&self.durable.0).delete().unwrap();
        if self.files() < files {
            self.seen.insert("obsolete files were deleted");
        }
        let are_latest = self.durable.0 == self.latest.0;
        if !self.index.old_runs.is_empty() {
            if are_latest && !self.held.is_empty() {
                self.seen.insert("file kept for a reader");
            } else if !are_latest && self.held.is_empty() {
                self.seen.insert("file kept until the names are durable");
            }
        }
        let idle =
            are_latest && self.written.is_none() && self.merge.is_none() && self.merged.is_none();
        if idle && self.held.is_empty() {
            assert_eq!(self.files(), self.durable.0.len() + self.strays, "nothing is left over");
        }
        for name in &self.durable.0 {
            assert!(self.dir.0.join(name).exists(), "{name} is needed after a crash");
        }
    }

    fn plan_merge(&mut self) {
        if let Some(merge) = self.index.plan_merge() {
            assert!(self.merge.is_none() && self.merged.is_none(), "one merge at a time");
            self.merge = Some(merge);
            self.overtaken = false;
        }
    }

    fn run_merge(&mut self) {
        let Some(merge) = self.merge.take() else { return };
        if self.dice.roll(8) == 0 {
            self.seen.insert("merge was given up");
            return;
        }
        let tombstones = merge.runs.iter().any(|run| run.removed() > 0);
        if tombstones && !merge.to_the_bottom {
            self.seen.insert("tombstones went into a merge above the bottom");
        }
        let merged = merge.run().unwrap();
        if let Some(run) = &merged.new {
            if merge.to_the_bottom {
                assert_eq!(run.removed(), 0, "tombstones end at the bottom");
            }
            if tombstones && run.removed() > 0 {
                self.seen.insert("tombstones outlived a merge");
            }
        }
        self.merged = Some(merged);
    }

    fn commit_merge(&mut self) {
        let Some(merged) = self.merged.take() else { return };
        self.latest.0 = self.index.commit_merge(merged);
        if self.overtaken {
            self.seen.insert("checkpoint during a merge");
        }
    }

    /// Stops everything and starts again from what was durable.
    fn crash(&mut self) {
        if self.written.is_some() || self.merged.is_some() {
            self.seen.insert("crash before a commit");
        }
        if self.latest.0 != self.durable.0 {
            self.seen.insert("crash before the names were durable");
        }
        (self.frozen, self.written, self.merge, self.merged) = (None, None, None, None);
        self.held.clear();

        let (names, model) = self.durable.clone();
        // A run that was being written is a file that ends anywhere.
        if let Some(name) = names.first() {
            let whole = fs::read(self.dir.0.join(name)).unwrap();
            let part = &whole[..self.dice.roll(whole.len())];
            fs::write(self.dir.0.join("00000000ffffffff.run"), part).unwrap();
            self.seen.insert("partly written file");
        }
        fs::write(self.dir.0.join("notes.txt"), "not ours").unwrap();
        self.index = Index::open(&self.dir.0, &names).unwrap();
        assert_eq!(self.files(), names.len() + 1, "strangers are deleted, the notes are not");
        self.strays = 1;
        self.index.verify().finish().unwrap();
        self.model = model.clone();
        self.latest = (names, model);
    }

    /// Looks at the layers to see which of the hard cases a lookup of `key` is.
    pub(super) fn note_layers(&mut self, key: &P::Key) {
        let live = self.index.live.find(key);
        let frozen = self.index.frozen.as_ref().and_then(|it| it.find(key));
        let runs = self.index.runs.iter().rev().map(|run| run.find(key).unwrap());
        let known: Vec<Stored> = [live, frozen].into_iter().chain(runs).flatten().collect();
        if live.is_none() && frozen.is_some() {
            self.seen.insert("found in the frozen memtable");
        }
        if live.is_none() && frozen.is_none() && !known.is_empty() {
            self.seen.insert("found in a run");
            if known.len() > 1 && known[0] == Stored::Removed && known[1] != Stored::Removed {
                self.seen.insert("tombstone across runs");
            }
        }
    }

    pub(super) fn files(&self) -> usize {
        fs::read_dir(&self.dir.0).unwrap().count()
    }
}
