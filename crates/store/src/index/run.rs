//! A run: entries that a checkpoint or a merge wrote, sorted, never changed again.
//!
//! The file is mapped, so what is used often stays in memory and the system decides the rest. A
//! block's checksum is checked when the block is first read, and remembered in one bit: checking
//! all at the start would read every byte of the index before the first payment, and checking
//! every time would cost more than the lookup. [`Run::verify`] checks everything, every time.
//!
//! All data blocks are full but the last. An entry's ordinal is therefore also its address, and a
//! range of keys is a range of ordinals.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{Advice, Mmap};

use super::block::{self, BLOCK, Block, Damage, HEADER, Kind, Place};
use super::filter::{self, LINES_PER_BLOCK};
use super::key::{Entry, Key, Stored};

const SUFFIX: &str = ".run";
const MAGIC: u64 = u64::from_le_bytes(*b"danbaoix");
const VERSION: u64 = 1;

/// Entries in a full data block.
pub(super) const fn entries_per_block<K: Key>() -> usize {
    (BLOCK - HEADER) / (K::WIDTH + 8)
}

/// Keys in a full index block.
pub(super) const fn keys_per_index_block<K: Key>() -> usize {
    (BLOCK - HEADER) / K::WIDTH
}

/// The name of the file of run `id`.
pub(super) fn file_name(id: u64) -> String {
    format!("{id:016x}{SUFFIX}")
}

/// The run that a file of this name would hold, if it is a name that [`file_name`] gives.
pub(super) fn id_of(name: &str) -> Option<u64> {
    let id = u64::from_str_radix(name.strip_suffix(SUFFIX)?, 16).ok()?;
    (file_name(id) == name).then_some(id)
}

/// What a run file consists of: its last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Footer<K> {
    pub(super) id: u64,
    pub(super) entries: u64,
    pub(super) removed: u64,
    pub(super) data_blocks: usize,
    pub(super) index_blocks: usize,
    pub(super) filter_blocks: usize,
    pub(super) filter_lines: u64,
    pub(super) first: K,
    pub(super) last: K,
}

impl<K: Key> Footer<K> {
    fn numbers(&self) -> [u64; 10] {
        let count = |blocks: usize| u64::try_from(blocks).expect("a file has fewer blocks");
        let width = u64::try_from(K::WIDTH).expect("a key is short");
        let [data, index] = [self.data_blocks, self.index_blocks].map(count);
        let filter = count(self.filter_blocks);
        let (id, lines) = (self.id, self.filter_lines);
        [MAGIC, VERSION, width, id, self.entries, self.removed, data, index, filter, lines]
    }

    pub(super) fn write(&self, block: &mut Block) {
        for (nth, number) in self.numbers().into_iter().enumerate() {
            block::put_u64(block, HEADER + 8 * nth, number);
        }
        let keys = HEADER + 80;
        block[keys..keys + K::WIDTH].copy_from_slice(self.first.bytes());
        block[keys + K::WIDTH..keys + 2 * K::WIDTH].copy_from_slice(self.last.bytes());
    }

    fn read(block: &Block) -> Result<Self, &'static str> {
        let number = |nth: usize| block::get_u64(block, HEADER + 8 * nth);
        let small =
            |nth: usize| u32::try_from(number(nth)).ok().and_then(|it| usize::try_from(it).ok());
        let blocks = |nth: usize| small(nth).ok_or("counts too many blocks");
        let keys = HEADER + 80;
        let footer = Footer {
            id: number(3),
            entries: number(4),
            removed: number(5),
            data_blocks: blocks(6)?,
            index_blocks: blocks(7)?,
            filter_blocks: blocks(8)?,
            filter_lines: number(9),
            first: K::read(&block[keys..keys + K::WIDTH]),
            last: K::read(&block[keys + K::WIDTH..keys + 2 * K::WIDTH]),
        };
        if footer.numbers()[..3] != [number(0), number(1), number(2)] {
            return Err("is not the end of a run of this kind and version");
        }
        Ok(footer)
    }
}

/// A run, open for reading.
#[derive(Debug)]
pub(super) struct Run<K: Key> {
    path: PathBuf,
    map: Mmap,
    /// One bit for each block whose checksum was found right.
    checked: Box<[AtomicU64]>,
    footer: Footer<K>,
    /// The first key of each index block, so that a search reads one of them.
    fence: Box<[K::Rank]>,
}

impl<K: Key> Run<K> {
    /// Opens run `id` in `dir`. Reads its end and its block index, which is half a percent of it.
    pub(super) fn open(dir: &Path, id: u64) -> io::Result<Self> {
        let path = dir.join(file_name(id));
        let map = map(&File::open(&path)?)?;
        let blocks = map.len() / BLOCK;
        let damage = |block, what| Damage { path: path.clone(), block, what };
        let Some(number) = blocks.checked_sub(1).filter(|_| map.len().is_multiple_of(BLOCK)) else {
            return Err(damage(blocks, "is cut off").into());
        };
        let end = &map.as_chunks::<BLOCK>().0[number];
        let footer = block::check(end, Place { run: id, number, kind: Kind::Footer })
            .and_then(|()| Footer::<K>::read(end))
            .map_err(|what| damage(number, what))?;
        let Footer { data_blocks, index_blocks, filter_blocks, .. } = footer;
        if footer.id != id || data_blocks + index_blocks + filter_blocks != number {
            return Err(damage(number, "does not describe this file").into());
        }
        if K::FILTERED {
            // Lookups are spread evenly. Reading ahead would fetch what nobody asks for.
            map.advise(Advice::Random)?;
        }
        let checked = (0..blocks.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        let mut run = Run { path, map, checked, footer, fence: Box::default() };
        run.fence = (0..index_blocks)
            .map(|nth| Ok(key_at::<K>(run.index_block(nth)?, 0, K::WIDTH).rank()))
            .collect::<io::Result<_>>()?;
        Ok(run)
    }

    /// Which run it is.
    pub(super) fn id(&self) -> u64 {
        self.footer.id
    }

    /// How many entries it has.
    pub(super) fn entries(&self) -> u64 {
        self.footer.entries
    }

    /// How many of them say that their key is gone.
    #[cfg(test)]
    pub(super) fn removed(&self) -> u64 {
        self.footer.removed
    }

    /// Bytes on disk.
    pub(super) fn bytes(&self) -> usize {
        self.map.len()
    }

    /// Unmaps the file, then deletes it.
    pub(super) fn delete(self) -> io::Result<()> {
        let Run { path, map, .. } = self;
        drop(map);
        fs::remove_file(path)
    }

    /// What the run knows of `key`.
    pub(super) fn find(&self, key: &K) -> io::Result<Option<Stored>> {
        if K::FILTERED && !self.may_hold(key)? {
            return Ok(None);
        }
        let ordinal = self.lower_bound(key.rank())?;
        if ordinal == self.entries() {
            return Ok(None);
        }
        let (found, stored) = self.entry(ordinal)?;
        Ok((found == *key).then_some(stored))
    }

    /// The ordinal of the first entry whose key is not less.
    pub(super) fn lower_bound(&self, rank: K::Rank) -> io::Result<u64> {
        // The block wanted is the last whose first key is not greater.
        let nth = self.fence.partition_point(|first| *first <= rank);
        let Some(nth) = nth.checked_sub(1) else { return Ok(0) };
        let index = self.index_block(nth)?;
        let within = partition::<K>(index, K::WIDTH, |key| key <= rank);
        let Some(within) = within.checked_sub(1) else {
            let place = self.footer.data_blocks + nth;
            return Err(self.damage(place, "does not hold the key that it is found by").into());
        };
        let number = nth * keys_per_index_block::<K>() + within;
        let slot = partition::<K>(self.data_block(number)?, K::WIDTH + 8, |key| key < rank);
        Ok(ordinal(number * entries_per_block::<K>() + slot))
    }

    /// The entry at `ordinal`, which there must be.
    pub(super) fn entry(&self, ordinal: u64) -> io::Result<Entry<K>> {
        let (number, slot) = address::<K>(ordinal);
        Ok(entry_at(self.data_block(number)?, slot))
    }

    /// The block with the entries from `number * entries_per_block()` on.
    pub(super) fn data_block(&self, number: usize) -> io::Result<&Block> {
        self.block(number, Kind::Data)
    }

    /// Asks the system to fetch data blocks that will be read soon.
    pub(super) fn will_need(&self, number: usize, blocks: usize) -> io::Result<()> {
        let blocks = blocks.min(self.footer.data_blocks - number);
        self.map.advise_range(Advice::WillNeed, number * BLOCK, blocks * BLOCK)
    }

    /// Reads every byte and checks all that must be true of a run.
    pub(super) fn verify(&self) -> io::Result<()> {
        for (number, block) in self.map.as_chunks::<BLOCK>().0.iter().enumerate() {
            self.check(number, block, self.kind_of(number))?;
        }
        let damage = |block, what| Err(self.damage(block, what).into());
        let (mut entries, mut removed, mut last) = (0, 0, None);
        for number in 0..self.footer.data_blocks {
            let block = self.data_block(number)?;
            let index = self.index_block(number / keys_per_index_block::<K>())?;
            let first = key_at::<K>(index, number % keys_per_index_block::<K>(), K::WIDTH);
            if key_at::<K>(block, 0, K::WIDTH + 8) != first {
                return damage(number, "does not begin as the block index says");
            }
            for slot in 0..block::count(block) {
                let (key, stored) = entry_at::<K>(block, slot);
                if last.is_some_and(|last: K| last.rank() >= key.rank()) {
                    return damage(number, "is not in order");
                }
                if K::FILTERED && !self.may_hold(&key)? {
                    return damage(number, "has a key that the filter does not know");
                }
                entries += 1;
                removed += u64::from(stored == Stored::Removed);
                last = Some(key);
            }
        }
        let Footer { first, last: end, .. } = self.footer;
        let ends = Some(end) == last && self.entry(0)?.0 == first;
        if !ends || entries != self.footer.entries || removed != self.footer.removed {
            return damage(self.map.len() / BLOCK - 1, "does not sum up the run");
        }
        Ok(())
    }

    pub(super) fn may_hold(&self, key: &K) -> io::Result<bool> {
        let probe = key.probe();
        let line = probe.line(self.footer.filter_lines);
        let start = self.footer.data_blocks + self.footer.index_blocks;
        let block = self.block(start + line / LINES_PER_BLOCK, Kind::Filter)?;
        Ok(probe.is_set_in(filter::line_of(block, line % LINES_PER_BLOCK)))
    }

    fn index_block(&self, nth: usize) -> io::Result<&Block> {
        self.block(self.footer.data_blocks + nth, Kind::Index)
    }

    fn block(&self, number: usize, kind: Kind) -> io::Result<&Block> {
        let block = &self.map.as_chunks::<BLOCK>().0[number];
        // Nothing but the bit itself is passed from thread to thread: the block never changes.
        let (word, bit) = (&self.checked[number / 64], 1 << (number % 64));
        if word.load(Ordering::Relaxed) & bit == 0 {
            self.check(number, block, kind)?;
            word.fetch_or(bit, Ordering::Relaxed);
        }
        Ok(block)
    }

    #[cold]
    fn check(&self, number: usize, block: &Block, kind: Kind) -> io::Result<()> {
        block::check(block, Place { run: self.footer.id, number, kind })
            .and_then(|()| {
                let right = self.expected(number, kind).is_none_or(|it| block::count(block) == it);
                if right { Ok(()) } else { Err("has another number of entries") }
            })
            .map_err(|what| self.damage(number, what).into())
    }

    /// How many entries or keys block `number` has, if it is of a kind that has any.
    fn expected(&self, number: usize, kind: Kind) -> Option<usize> {
        match kind {
            Kind::Data => {
                let before = ordinal(number * entries_per_block::<K>());
                let left = usize::try_from(self.entries().saturating_sub(before));
                Some(left.unwrap_or(usize::MAX).min(entries_per_block::<K>()))
            }
            Kind::Index => {
                let before = (number - self.footer.data_blocks) * keys_per_index_block::<K>();
                let left = self.footer.data_blocks.saturating_sub(before);
                Some(left.min(keys_per_index_block::<K>()))
            }
            Kind::Filter | Kind::Footer => None,
        }
    }

    fn kind_of(&self, number: usize) -> Kind {
        let Footer { data_blocks, index_blocks, filter_blocks, .. } = self.footer;
        match number {
            it if it < data_blocks => Kind::Data,
            it if it < data_blocks + index_blocks => Kind::Index,
            it if it < data_blocks + index_blocks + filter_blocks => Kind::Filter,
            _ => Kind::Footer,
        }
    }

    fn damage(&self, block: usize, what: &'static str) -> Damage {
        Damage { path: self.path.clone(), block, what }
    }
}

#[expect(
    unsafe_code,
    reason = "a map is sound while nobody changes the file: run files are ours, complete before \
              they are first opened, never written again, and unlinked only after being unmapped"
)]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: see the reason above.
    unsafe { Mmap::map(file) }
}

/// The block and the slot in it of an entry.
pub(super) fn address<K: Key>(ordinal: u64) -> (usize, usize) {
    let ordinal = usize::try_from(ordinal).expect("a run is smaller than memory can address");
    (ordinal / entries_per_block::<K>(), ordinal % entries_per_block::<K>())
}

/// The entry in `slot` of a data block.
pub(super) fn entry_at<K: Key>(block: &Block, slot: usize) -> Entry<K> {
    let key = key_at::<K>(block, slot, K::WIDTH + 8);
    if block::is_removed(block, slot) {
        return (key, Stored::Removed);
    }
    let at = HEADER + slot * (K::WIDTH + 8) + K::WIDTH;
    (key, Stored::Value(block::get_u64(block, at)))
}

fn key_at<K: Key>(block: &Block, slot: usize, stride: usize) -> K {
    let at = HEADER + slot * stride;
    K::read(&block[at..at + K::WIDTH])
}

/// How many keys of the block come before the first for which `before` is false.
fn partition<K: Key>(block: &Block, stride: usize, before: impl Fn(K::Rank) -> bool) -> usize {
    let (mut low, mut high) = (0, block::count(block));
    while low < high {
        let middle = usize::midpoint(low, high);
        if before(key_at::<K>(block, middle, stride).rank()) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn ordinal(number: usize) -> u64 {
    u64::try_from(number).expect("a run has fewer than 2^64 entries")
}
