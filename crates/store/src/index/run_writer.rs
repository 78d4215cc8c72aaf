//! Writes a run: one pass, in bounded memory.
//!
//! Data blocks are written as they fill, and so are the blocks of the filter, whose place is known
//! beforehand because filtered runs only ever hold as many entries as was announced. Of the block
//! index, one key for each 4 KiB is kept until the end: half a percent of what is written.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::block::{self, BLOCK, Block, HEADER, Kind, Place};
use super::filter::{self, LINES_PER_BLOCK, Probe};
use super::key::{Entry, Key, Stored};
use super::run::{Footer, Run, entries_per_block, file_name, keys_per_index_block};

/// Bytes that are gathered before they are handed to the system.
const GATHERED: usize = 64 * BLOCK;

/// Bytes after which the disk is made to catch up. Otherwise a journal on the same disk would
/// sooner or later wait for all of a large run in one of its own syncs.
const SYNCED: usize = 16 << 20;

/// Writes a run with what `fill` pushes. What a failure leaves behind is deleted.
///
/// Every attempt gets an id, and so a file, of its own: a file that is in use is never touched.
pub(super) fn write_run<K: Key>(
    place: &Folder,
    expected: u64,
    fill: impl FnOnce(&mut RunWriter<K>) -> io::Result<()>,
) -> io::Result<Option<Run<K>>> {
    let id = place.next_id.fetch_add(1, Ordering::Relaxed);
    let written = RunWriter::create(&place.dir, id, expected).and_then(|mut writer| {
        fill(&mut writer)?;
        writer.finish()
    });
    written.inspect_err(|_| {
        // What cannot be deleted now is deleted when the index is next opened.
        let _ = fs::remove_file(place.dir.join(file_name(id)));
    })
}

/// Where runs are kept, and the id of the next.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) dir: PathBuf,
    pub(super) next_id: Arc<AtomicU64>,
}

/// A run file in the making.
#[derive(Debug)]
pub struct RunWriter<K: Key> {
    path: PathBuf,
    id: u64,
    data: Stream,
    block: Box<Block>,
    in_block: usize,
    first_keys: Vec<u8>,
    filter: Option<FilterWriter>,
    entries: u64,
    removed: u64,
    first: Option<K>,
    last: Option<K>,
}

impl<K: Key> RunWriter<K> {
    /// Begins run `id` in `dir`. It will hold `expected` entries: exactly, if it has a filter.
    pub(super) fn create(dir: &Path, id: u64, expected: u64) -> io::Result<Self> {
        let path = dir.join(file_name(id));
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        let filter = if K::FILTERED {
            Some(FilterWriter::new(file.try_clone()?, id, expected, blocks_before::<K>(expected)))
        } else {
            None
        };
        Ok(RunWriter {
            path,
            id,
            data: Stream::new(file, 0),
            block: Box::new([0; BLOCK]),
            in_block: 0,
            first_keys: Vec::new(),
            filter,
            entries: 0,
            removed: 0,
            first: None,
            last: None,
        })
    }

    /// Adds an entry, whose key must be greater than all before.
    pub(super) fn push(&mut self, (key, stored): Entry<K>) -> io::Result<()> {
        if self.last.is_some_and(|last| last.rank() >= key.rank()) {
            return Err(invalid("the entries of a run must ascend"));
        }
        if self.in_block == 0 {
            self.first_keys.extend_from_slice(key.bytes());
        }
        let at = HEADER + self.in_block * (K::WIDTH + 8);
        self.block[at..at + K::WIDTH].copy_from_slice(key.bytes());
        match stored {
            Stored::Value(value) => block::put_u64(&mut self.block[..], at + K::WIDTH, value),
            Stored::Removed => {
                block::mark_removed(&mut self.block, self.in_block);
                self.removed += 1;
            }
        }
        if let Some(filter) = &mut self.filter {
            filter.add(key.probe())?;
        }
        self.first.get_or_insert(key);
        self.last = Some(key);
        self.entries += 1;
        self.in_block += 1;
        if self.in_block == entries_per_block::<K>() {
            self.end_block()?;
        }
        Ok(())
    }

    /// Completes the file, makes it durable and opens it. A run without entries is not kept.
    pub(super) fn finish(mut self) -> io::Result<Option<Run<K>>> {
        let (Some(first), Some(last)) = (self.first, self.last) else {
            fs::remove_file(&self.path)?;
            return Ok(None);
        };
        if self.in_block > 0 {
            self.end_block()?;
        }
        let data_blocks = self.data.blocks;
        let index_blocks = self.write_index()?;
        let mut footer = Footer {
            id: self.id,
            entries: self.entries,
            removed: self.removed,
            data_blocks,
            index_blocks,
            filter_blocks: 0,
            filter_lines: 0,
            first,
            last,
        };
        if let Some(filter) = self.filter.take() {
            if filter.keys != self.entries || filter.starts_at != self.data.blocks {
                return Err(invalid("a key was inserted twice into an index of unique keys"));
            }
            footer.filter_lines = filter.lines;
            footer.filter_blocks = filter.finish()?;
            self.data.skip(footer.filter_blocks)?;
        }
        let mut last_block = Box::new([0; BLOCK]);
        footer.write(&mut last_block);
        let number = self.data.blocks;
        block::seal(&mut last_block, Place { run: self.id, number, kind: Kind::Footer }, 1);
        self.data.push(&last_block)?;
        self.data.flush()?;
        self.data.file.sync_data()?;
        let dir = self.path.parent().ok_or_else(|| invalid("a run is in a folder"))?;
        File::open(dir)?.sync_all()?;
        Run::open(dir, self.id).map(Some)
    }

    fn end_block(&mut self) -> io::Result<()> {
        let place = Place { run: self.id, number: self.data.blocks, kind: Kind::Data };
        block::seal(&mut self.block, place, self.in_block);
        self.data.push(&self.block)?;
        self.block.fill(0);
        self.in_block = 0;
        Ok(())
    }

    fn write_index(&mut self) -> io::Result<usize> {
        let mut blocks = 0;
        for keys in self.first_keys.chunks(keys_per_index_block::<K>() * K::WIDTH) {
            self.block.fill(0);
            self.block[HEADER..HEADER + keys.len()].copy_from_slice(keys);
            let place = Place { run: self.id, number: self.data.blocks, kind: Kind::Index };
            block::seal(&mut self.block, place, keys.len() / K::WIDTH);
            self.data.push(&self.block)?;
            blocks += 1;
        }
        Ok(blocks)
    }
}

/// How many blocks come before the filter of a run of `entries` entries.
fn blocks_before<K: Key>(entries: u64) -> usize {
    let entries = usize::try_from(entries).expect("a run is smaller than memory can address");
    let data = entries.div_ceil(entries_per_block::<K>());
    data + data.div_ceil(keys_per_index_block::<K>())
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

/// The filter of a run in the making. Lines are filled from first to last.
#[derive(Debug)]
struct FilterWriter {
    out: Stream,
    run: u64,
    keys: u64,
    lines: u64,
    starts_at: usize,
    block: Box<Block>,
    nth_block: usize,
}

impl FilterWriter {
    fn new(file: File, run: u64, keys: u64, starts_at: usize) -> Self {
        let lines = filter::lines_for(keys);
        let (out, block) = (Stream::new(file, starts_at), Box::new([0; BLOCK]));
        FilterWriter { out, run, keys, lines, starts_at, block, nth_block: 0 }
    }

    fn add(&mut self, probe: Probe) -> io::Result<()> {
        let line = probe.line(self.lines);
        while self.nth_block < line / LINES_PER_BLOCK {
            self.end_block()?;
        }
        probe.set_in(filter::line_of_mut(&mut self.block, line % LINES_PER_BLOCK));
        Ok(())
    }

    /// Writes what is left and tells how many blocks there are.
    fn finish(mut self) -> io::Result<usize> {
        let lines = usize::try_from(self.lines).map_err(|_| invalid("a filter is too large"))?;
        let blocks = lines.div_ceil(LINES_PER_BLOCK);
        while self.nth_block < blocks {
            self.end_block()?;
        }
        self.out.flush()?;
        Ok(blocks)
    }

    fn end_block(&mut self) -> io::Result<()> {
        let place = Place { run: self.run, number: self.out.blocks, kind: Kind::Filter };
        block::seal(&mut self.block, place, LINES_PER_BLOCK);
        self.out.push(&self.block)?;
        self.block.fill(0);
        self.nth_block += 1;
        Ok(())
    }
}

/// Blocks on their way to consecutive places of a file.
#[derive(Debug)]
struct Stream {
    file: File,
    gathered: Vec<u8>,
    /// Where in the file the next gathered byte goes.
    written: u64,
    unsynced: usize,
    /// The number of the next block.
    blocks: usize,
}

impl Stream {
    fn new(file: File, blocks: usize) -> Self {
        let gathered = Vec::with_capacity(GATHERED);
        Stream { file, gathered, written: offset(blocks), unsynced: 0, blocks }
    }

    fn push(&mut self, block: &Block) -> io::Result<()> {
        self.gathered.extend_from_slice(block);
        self.blocks += 1;
        if self.gathered.len() >= GATHERED { self.flush() } else { Ok(()) }
    }

    /// Leaves room for blocks that somebody else writes.
    fn skip(&mut self, blocks: usize) -> io::Result<()> {
        self.flush()?;
        self.blocks += blocks;
        self.written = offset(self.blocks);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.gathered, self.written)?;
        self.unsynced += self.gathered.len();
        self.gathered.clear();
        self.written = offset(self.blocks);
        if self.unsynced >= SYNCED {
            self.file.sync_data()?;
            self.unsynced = 0;
        }
        Ok(())
    }
}

fn offset(blocks: usize) -> u64 {
    u64::try_from(blocks * BLOCK).expect("a file is smaller than 2^64 bytes")
}
