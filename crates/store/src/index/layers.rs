//! Several layers seen as one: the newest that knows a key is right about it.
//!
//! Scans and merges both read through this, in either direction. There are few layers, so the next
//! key is found by looking at all of them.

use std::io;

use super::block::Block;
use super::key::{Entry, Key};
use super::run::{Run, address, entries_per_block, entry_at};

/// Blocks that a merge asks for at once.
const AHEAD: usize = 256;

/// Which way keys are visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Forwards,
    /// The greatest first.
    Backwards,
}

impl Direction {
    /// Whether one key is visited before another.
    pub(super) fn is_before<R: Ord>(self, one: &R, other: &R) -> bool {
        match self {
            Direction::Forwards => one < other,
            Direction::Backwards => one > other,
        }
    }
}

/// The entries of one layer, already in the direction of the scan.
pub(super) enum Layer<'a, K: Key> {
    Memory(Box<dyn Iterator<Item = Entry<K>> + 'a>),
    Run(Cursor<'a, K>),
}

impl<K: Key> Layer<'_, K> {
    fn next(&mut self) -> io::Result<Option<Entry<K>>> {
        match self {
            Layer::Memory(entries) => Ok(entries.next()),
            Layer::Run(cursor) => cursor.next(),
        }
    }
}

/// All layers, merged.
pub(super) struct Layers<'a, K: Key> {
    /// The newest first.
    sources: Vec<Source<'a, K>>,
    direction: Direction,
}

/// A layer and the entry that it offers.
struct Source<'a, K: Key> {
    head: Option<(K::Rank, Entry<K>)>,
    layer: Layer<'a, K>,
}

impl<K: Key> Source<'_, K> {
    fn step(&mut self) -> io::Result<()> {
        self.head = self.layer.next()?.map(|entry| (entry.0.rank(), entry));
        Ok(())
    }
}

impl<'a, K: Key> Layers<'a, K> {
    /// Merges layers that are given from the newest to the oldest.
    pub(super) fn new(
        newest_first: impl IntoIterator<Item = Layer<'a, K>>,
        direction: Direction,
    ) -> io::Result<Self> {
        let mut sources: Vec<_> =
            newest_first.into_iter().map(|layer| Source { head: None, layer }).collect();
        sources.iter_mut().try_for_each(Source::step)?;
        Ok(Layers { sources, direction })
    }

    /// The next key and the newest that is known of it.
    pub(super) fn next(&mut self) -> io::Result<Option<Entry<K>>> {
        let mut best: Option<(K::Rank, Entry<K>)> = None;
        for source in &self.sources {
            let Some((rank, entry)) = &source.head else { continue };
            if best.is_none_or(|(least, _)| self.direction.is_before(rank, &least)) {
                best = Some((*rank, *entry));
            }
        }
        let Some((best, entry)) = best else { return Ok(None) };
        for source in &mut self.sources {
            if source.head.is_some_and(|(rank, _)| rank == best) {
                source.step()?;
            }
        }
        Ok(Some(entry))
    }
}

/// Walks over some of the entries of a run.
pub(super) struct Cursor<'a, K: Key> {
    run: &'a Run<K>,
    /// The ordinals that are left.
    left: std::ops::Range<u64>,
    direction: Direction,
    /// The block read last, and its number.
    block: Option<(usize, &'a Block)>,
    reads_ahead: bool,
}

impl<'a, K: Key> Cursor<'a, K> {
    /// All entries of the run, to be read once.
    pub(super) fn all(run: &'a Run<K>) -> Self {
        let left = 0..run.entries();
        Cursor { run, left, direction: Direction::Forwards, block: None, reads_ahead: true }
    }

    /// The entries with keys from `from` to before `to`.
    pub(super) fn range(
        run: &'a Run<K>,
        (from, to): (K::Rank, K::Rank),
        direction: Direction,
    ) -> io::Result<Self> {
        let left = run.lower_bound(from)?..run.lower_bound(to)?;
        Ok(Cursor { run, left, direction, block: None, reads_ahead: false })
    }

    fn next(&mut self) -> io::Result<Option<Entry<K>>> {
        let ordinal = match self.direction {
            Direction::Forwards => self.left.next(),
            Direction::Backwards => self.left.next_back(),
        };
        let Some(ordinal) = ordinal else { return Ok(None) };
        let (number, slot) = address::<K>(ordinal);
        let block = match self.block {
            Some((read, block)) if read == number => block,
            Some(_) | None => {
                if self.reads_ahead && number.is_multiple_of(AHEAD) {
                    self.run.will_need(number, 2 * AHEAD)?;
                }
                let block = self.run.data_block(number)?;
                self.block = Some((number, block));
                block
            }
        };
        debug_assert!(slot < entries_per_block::<K>(), "an address is within its block");
        Ok(Some(entry_at(block, slot)))
    }
}
