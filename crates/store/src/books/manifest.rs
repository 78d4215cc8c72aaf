//! The manifest: one small file that says what a checkpoint is made of. It replaces the one before
//! in a single step, so the books are always those of one checkpoint.

use super::{SERIES, Total};
use crate::codec::{CodecError, Coded, coded_struct, decode};
use crate::journal::ChainHash;
use crate::table::TableState;
use ledger::id::Position;
use ledger::time::Time;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const NAME: &str = "manifest";
const MAGIC: [u8; 8] = *b"DANBAOB2";

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Manifest {
    pub(super) next: Position,
    pub(super) time: Time,
    pub(super) chain: ChainHash,
    pub(super) rules: u16,
    pub(super) state_hash: u128,
    pub(super) counts: [u64; SERIES.len()],
    pub(super) totals: Vec<Total>,
    pub(super) tables: Vec<TableState>,
    pub(super) logs: Vec<u64>,
    pub(super) points: Vec<String>,
    pub(super) lists: Vec<String>,
}

coded_struct! {
    Manifest {
        next, time, chain, rules, state_hash, counts, totals, tables, logs, points, lists,
    }
    Total { kind, currency, debits, credits, held }
    TableState { places }
}

impl Coded for ChainHash {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        Ok(ChainHash(Coded::take(input)?))
    }
}

impl<T: Coded> Coded for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        u64::try_from(self.len()).unwrap_or(u64::MAX).put(out);
        for item in self {
            item.put(out);
        }
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        let count = u64::take(input)?;
        (0..count).map(|_| T::take(input)).collect()
    }
}

impl Coded for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_bytes().to_vec().put(out);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        let bytes = Vec::take(input)?;
        String::from_utf8(bytes).map_err(|_| CodecError::OutOfRange("name"))
    }
}

impl Manifest {
    /// The manifest of the last checkpoint, if there was one.
    pub(super) fn read(directory: &Path) -> io::Result<Option<Manifest>> {
        let path = directory.join(NAME);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let sound = bytes.split_last_chunk().and_then(|(content, sum)| {
            let known = u32::from_le_bytes(*sum) == crc32c::crc32c(content);
            content.strip_prefix(&MAGIC).filter(|_| known)
        });
        let manifest = sound.and_then(|it| decode(it).ok());
        manifest.map(Some).ok_or_else(|| {
            let text = format!(
                "{} is damaged. Delete the folder {} and start again: the books are made anew from \
                 the journal.",
                path.display(),
                directory.display()
            );
            io::Error::new(io::ErrorKind::InvalidData, text)
        })
    }

    /// Makes this the manifest that a restart finds.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        let mut bytes = MAGIC.to_vec();
        self.put(&mut bytes);
        crc32c::crc32c(&bytes).put(&mut bytes);
        let new: PathBuf = directory.join("manifest.new");
        let mut file = File::create(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(new, directory.join(NAME))?;
        File::open(directory)?.sync_all()
    }
}
