//! The manifest: one small file that says what a checkpoint is made of. It replaces the one before
//! in a single step, so the books are always those of one checkpoint.

use super::Total;
use crate::codec::{CodecError, Coded, coded_struct, decode};
use crate::journal::ChainHash;
use crate::table::TableState;
use ledger::id::Position;
use ledger::time::Time;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const NAME: &str = "manifest";
const MAGIC: [u8; 8] = *b"DANBAOB5";
/// The form before said how many things there are of thirteen kinds, and not how many kinds.
const MAGIC_BEFORE: [u8; 8] = *b"DANBAOB4";
const KINDS_BEFORE: u64 = 13;
/// Bytes of a manifest before the counts: `next`, `time`, `chain`, `rules` and `state_hash`.
const COUNTS_AT: usize = 8 + 8 + 32 + 2 + 16;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Manifest {
    pub(super) next: Position,
    pub(super) time: Time,
    pub(super) chain: ChainHash,
    pub(super) rules: u16,
    pub(super) state_hash: u128,
    pub(super) counts: Vec<u64>,
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
        Manifest::parse(&bytes).map(Some).ok_or_else(|| {
            let text = format!(
                "{} is damaged. Delete the folder {} and start again: the books are made anew from \
                 the journal.",
                path.display(),
                directory.display()
            );
            io::Error::new(io::ErrorKind::InvalidData, text)
        })
    }

    /// The manifest with these bytes, if they are one.
    fn parse(bytes: &[u8]) -> Option<Manifest> {
        let (content, sum) = bytes.split_last_chunk()?;
        if u32::from_le_bytes(*sum) != crc32c::crc32c(content) {
            return None;
        }
        if let Some(before) = content.strip_prefix(&MAGIC_BEFORE) {
            let (head, counts) = before.split_at_checked(COUNTS_AT)?;
            return decode(&[head, &KINDS_BEFORE.to_le_bytes(), counts].concat()).ok();
        }
        decode(content.strip_prefix(&MAGIC)?).ok()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        self.put(&mut bytes);
        crc32c::crc32c(&bytes).put(&mut bytes);
        bytes
    }

    /// Makes this the manifest that a restart finds.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        let bytes = self.bytes();
        let new: PathBuf = directory.join("manifest.new");
        let mut file = File::create(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(new, directory.join(NAME))?;
        File::open(directory)?.sync_all()
    }
}

/// A target for fuzzing. See [`ledger::fuzz`].
pub mod fuzz {
    use super::{MAGIC, Manifest};

    /// The content of a manifest, between the magic number and the checksum.
    pub fn manifest(bytes: &[u8]) {
        let _ = Manifest::parse(bytes);
        let mut file = [MAGIC.as_slice(), bytes].concat();
        let sum = crc32c::crc32c(&file);
        file.extend_from_slice(&sum.to_le_bytes());
        if let Some(manifest) = Manifest::parse(&file) {
            assert_eq!(manifest.bytes(), file, "a manifest has one form");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fuzz::manifest;
    use super::*;

    /// Books of before open: the form before said how many things there are without saying of how
    /// many kinds.
    #[test]
    fn a_manifest_of_before_is_read() {
        let counts = (1..=KINDS_BEFORE).collect();
        let it = Manifest { counts, rules: 7, logs: vec![4, 5], ..Manifest::default() };
        let now = it.bytes();
        let content = &now[MAGIC.len()..now.len() - 4];
        let (head, counts) = content.split_at(COUNTS_AT);
        let mut before = [MAGIC_BEFORE.as_slice(), head, &counts[8..]].concat();
        crc32c::crc32c(&before).put(&mut before);
        let read = Manifest::parse(&before).unwrap();
        assert_eq!(read.bytes(), now);
    }

    /// The target of fuzzing, for a moment.
    #[test]
    fn no_bytes_make_a_manifest_panic_and_what_is_read_has_one_form() {
        let places = TableState { places: vec![1, 2, 0x55] };
        let full = Manifest {
            rules: 1,
            tables: vec![places; 3],
            logs: vec![4, 5],
            points: vec!["0000000000000001.run".to_owned()],
            lists: vec![String::new(), "二".to_owned()],
            ..Manifest::default()
        };
        let content = |it: Manifest| {
            let bytes = it.bytes();
            bytes[MAGIC.len()..bytes.len() - 4].to_vec()
        };
        let bases = [content(full), content(Manifest::default())];
        for base in &bases {
            manifest(base);
        }
        ledger::fuzz::short(30_000, &bases, manifest);
    }
}
