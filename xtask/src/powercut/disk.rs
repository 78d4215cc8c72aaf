//! A disk with a cache that forgets.
//!
//! What is written is in the cache; a flush makes everything before it durable; when the power
//! goes, each sector in the cache is durable or not, as the dice fall. This is all that a disk
//! promises: neither the order of writes nor their wholeness, except that a sector of 512 bytes is
//! written or not.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// What is written as a whole or not at all.
pub(super) const SECTOR: usize = 512;
/// The disk is kept in pages of this size; those that nobody wrote to take no memory.
const PAGE: usize = 4_096;

type Page = Box<[u8; PAGE]>;

/// Dice that fall the same way for the same seed.
#[derive(Debug)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (it ^ (it >> 31)) % sides.max(1)
    }
}

/// What the cache does with its sectors when the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It had written none of them.
    Lost,
    /// It had just written all of them.
    Kept,
    /// It had written the oldest ones: as many as the dice say.
    Oldest,
    /// It had written any of them, in any order: one in so many was not.
    Scattered(u64),
}

/// What a power cut did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cut {
    /// Sectors that were in the cache.
    pub(super) unsynced: u64,
    /// Those of them that were lost.
    pub(super) lost: u64,
    /// Writes of which a part was kept and a part was lost.
    pub(super) torn: u64,
}

impl Cut {
    /// Both together.
    pub(super) const fn and(self, other: Cut) -> Cut {
        Cut {
            unsynced: self.unsynced + other.unsynced,
            lost: self.lost + other.lost,
            torn: self.torn + other.torn,
        }
    }
}

/// The disk.
pub(super) struct Disk {
    bytes: u64,
    pages: HashMap<u64, Page>,
    /// What was durable in the pages that were written to since the last flush.
    before: HashMap<u64, Option<Page>>,
    /// The writes since then.
    cache: Vec<(u64, Vec<u8>)>,
    on: bool,
    /// Whether it says that it flushed, and does not.
    pub(super) lies: bool,
    /// Flushes so far.
    pub(super) flushes: u64,
}

fn no_power() -> io::Error {
    io::Error::other("the disk has no power")
}

/// The pages that a range touches: their numbers, the range within them, and where it begins.
fn pieces(offset: u64, length: usize) -> impl Iterator<Item = (u64, Range<usize>, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let page = PAGE as u64;
        let at = offset + done as u64;
        let from = usize::try_from(at % page).ok()?;
        let some = (PAGE - from).min(length - done);
        let piece = (at / page, from..from + some, done);
        done += some;
        (some > 0).then_some(piece)
    })
}

impl Disk {
    /// A disk of so many bytes, all 0.
    pub(super) fn new(bytes: u64) -> Disk {
        let (pages, before) = (HashMap::new(), HashMap::new());
        Disk { bytes, pages, before, cache: Vec::new(), on: true, lies: false, flushes: 0 }
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        if !self.on {
            return Err(no_power());
        }
        let rest = usize::try_from(self.bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length.min(rest)];
        for (page, range, at) in pieces(offset, bytes.len()) {
            if let Some(page) = self.pages.get(&page) {
                bytes[at..at + range.len()].copy_from_slice(&page[range]);
            }
        }
        Ok(bytes)
    }

    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if !self.on {
            return Err(no_power());
        }
        for (page, _, _) in pieces(offset, bytes.len()) {
            let now = self.pages.get(&page);
            self.before.entry(page).or_insert_with(|| now.cloned());
        }
        self.put(offset, bytes);
        self.cache.push((offset, bytes.to_vec()));
        Ok(())
    }

    /// Makes durable what was written.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if !self.on {
            return Err(no_power());
        }
        self.flushes += 1;
        if !self.lies {
            self.cache.clear();
            self.before.clear();
        }
        Ok(())
    }

    fn put(&mut self, offset: u64, bytes: &[u8]) {
        for (page, range, at) in pieces(offset, bytes.len()) {
            let page = self.pages.entry(page).or_insert_with(|| Box::new([0; PAGE]));
            page[range.clone()].copy_from_slice(&bytes[at..at + range.len()]);
        }
    }

    /// Takes the power away. From now on the disk answers nothing.
    pub(super) fn cut(&mut self, dice: &mut Dice) -> Cut {
        self.on = false;
        for (number, page) in self.before.drain() {
            match page {
                Some(page) => self.pages.insert(number, page),
                None => self.pages.remove(&number),
            };
        }
        let cache = std::mem::take(&mut self.cache);
        let unsynced: u64 = cache.iter().map(|it| sectors(&it.1)).sum();
        let fate = match dice.roll(6) {
            0 => Fate::Lost,
            1 => Fate::Kept,
            2 => Fate::Oldest,
            3 => Fate::Scattered(10),
            4 => Fate::Scattered(2),
            _ => Fate::Scattered(3),
        };
        let oldest = dice.roll(unsynced + 1);
        let (mut seen, mut cut) = (0, Cut { unsynced, ..Cut::default() });
        let mut lost = HashSet::new();
        for (offset, bytes) in cache {
            let lost_before = cut.lost;
            for (place, sector) in bytes.chunks(SECTOR).enumerate() {
                let kept = match fate {
                    Fate::Lost => false,
                    Fate::Kept => true,
                    Fate::Oldest => seen < oldest,
                    Fate::Scattered(one_in) => dice.roll(one_in) != 0,
                };
                seen += 1;
                let at = offset + (place * SECTOR) as u64;
                if kept {
                    lost.remove(&at);
                    self.put(at, sector);
                } else {
                    cut.lost += 1;
                    lost.insert(at);
                }
            }
            let here = cut.lost - lost_before;
            cut.torn += u64::from(here > 0 && here < sectors(&bytes));
        }
        // A sector that was written again later is not lost.
        cut.lost = lost.len() as u64;
        cut
    }

    /// The power comes back.
    pub(super) fn come_back(&mut self) {
        self.on = true;
    }

    /// Writes a copy of the disk to a file.
    pub(super) fn save(&self, path: &Path) -> io::Result<()> {
        let file = File::create(path)?;
        file.set_len(self.bytes)?;
        for (number, page) in &self.pages {
            file.write_all_at(page.as_slice(), number * PAGE as u64)?;
        }
        Ok(())
    }
}

fn sectors(bytes: &[u8]) -> u64 {
    bytes.len().div_ceil(SECTOR) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: usize = 8 * SECTOR;

    fn contents(disk: &mut Disk) -> Vec<u8> {
        disk.come_back();
        disk.read(1_024, LENGTH).unwrap()
    }

    /// A disk on which `old` is durable, and `new` is written over it.
    fn cut_once(seed: u64) -> (Vec<u8>, Cut) {
        let mut disk = Disk::new(1 << 20);
        disk.write(1_024, &[1; LENGTH]).unwrap();
        disk.flush().unwrap();
        disk.write(1_024, &[2; LENGTH]).unwrap();
        assert_eq!(disk.read(1_024, LENGTH).unwrap(), [2; LENGTH], "what was written is read");
        let cut = disk.cut(&mut Dice(seed));
        assert!(disk.read(0, 1).is_err() && disk.write(0, &[1]).is_err() && disk.flush().is_err());
        (contents(&mut disk), cut)
    }

    #[test]
    fn a_sector_that_was_not_flushed_is_old_or_new_and_nothing_else() {
        let (mut all_old, mut all_new, mut mixed) = (0, 0, 0);
        for seed in 0..200 {
            let (bytes, cut) = cut_once(seed);
            let old = bytes.chunks(SECTOR).filter(|it| **it == [1; SECTOR]).count() as u64;
            let new = bytes.chunks(SECTOR).filter(|it| **it == [2; SECTOR]).count() as u64;
            assert_eq!((old + new, old, cut.unsynced), (8, cut.lost, 8), "seed {seed}");
            assert_eq!(cut.torn, u64::from(old > 0 && new > 0));
            all_old += u64::from(new == 0);
            all_new += u64::from(old == 0);
            mixed += cut.torn;
        }
        assert!(all_old > 0 && all_new > 0 && mixed > 0, "every fate comes up");
    }

    #[test]
    fn what_was_flushed_is_never_lost() {
        for seed in 0..100 {
            let mut disk = Disk::new(1 << 20);
            disk.write(1_024, &[3; LENGTH]).unwrap();
            disk.flush().unwrap();
            assert_eq!(disk.cut(&mut Dice(seed)), Cut::default());
            assert_eq!(contents(&mut disk), [3; LENGTH]);
        }
    }

    #[test]
    fn a_disk_that_lies_about_flushing_loses_what_it_confirmed() {
        let lost = (0..100).filter(|seed| {
            let mut disk = Disk::new(1 << 20);
            disk.lies = true;
            disk.write(1_024, &[3; LENGTH]).unwrap();
            disk.flush().unwrap();
            disk.cut(&mut Dice(*seed)).lost > 0
        });
        assert!(lost.count() > 20);
    }
}
