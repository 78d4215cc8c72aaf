//! Segments: files of one size, filled with zeros before they are used, so that making a frame
//! durable changes no metadata.

use super::{ChainHash, JournalError};
use ledger::id::{CellId, Position};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// The size of segments, unless tests want it smaller. Every segment of a journal has one size.
pub const SEGMENT_SIZE: u64 = 64 << 20;
/// Bytes before the first frame.
pub(super) const HEADER: u64 = 128;
pub(super) const HEADER_BYTES: usize = 128;
/// Free space that is left to the books and to everything else on the disk.
const RESERVE: u64 = 256 << 20;
const MAGIC: &[u8; 8] = b"DANBAOJ1";
const FORMAT: u16 = 1;

/// What the beginning of a segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) cell: CellId,
    pub(super) number: u32,
    pub(super) first: Position,
    pub(super) previous: ChainHash,
}

impl Header {
    pub(super) fn write(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..10].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[10] = self.cell.number();
        bytes[12..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first.0.to_le_bytes());
        bytes[24..56].copy_from_slice(&self.previous.0);
        let sum = crc32c::crc32c(&bytes[..124]);
        bytes[124..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// What the bytes say, if they are a header that this program understands.
    pub(super) fn read(bytes: &[u8; HEADER_BYTES]) -> Result<Header, &'static str> {
        let sum = bytes.last_chunk().map_or(0, |it| u32::from_le_bytes(*it));
        if !bytes.starts_with(MAGIC) || sum != crc32c::crc32c(&bytes[..124]) {
            return Err("its header is damaged");
        }
        let number = |at: usize| bytes[at..].first_chunk().map_or(0, |it| u64::from_le_bytes(*it));
        if number(8) & 0xffff != u64::from(FORMAT) {
            return Err("it has the format of another version");
        }
        let mut previous = ChainHash::default();
        previous.0.copy_from_slice(&bytes[24..56]);
        Ok(Header {
            cell: CellId::new(bytes[10]),
            number: u32::try_from(number(12) & 0xffff_ffff).unwrap_or(u32::MAX),
            first: Position(number(16)),
            previous,
        })
    }
}

pub(super) fn path(directory: &Path, number: u32) -> PathBuf {
    directory.join(format!("{number:08}.journal"))
}

/// A segment of zeros that is not part of the journal yet.
pub(super) fn spare_path(directory: &Path) -> PathBuf {
    directory.join("spare.preparing")
}

/// Fills a spare segment with zeros. The disk gives the space now, or never promised it.
pub(super) fn prepare(directory: &Path, size: u64) -> Result<File, JournalError> {
    let stat = rustix::fs::statvfs(directory).map_err(io::Error::from)?;
    if stat.f_bavail.saturating_mul(stat.f_frsize) < RESERVE + size {
        return Err(JournalError::Full);
    }
    let path = spare_path(directory);
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(true).clone();
    let filled = options.open(&path).and_then(|mut file| {
        let zeros = vec![0; 1 << 20];
        let mut left = usize::try_from(size).map_err(io::Error::other)?;
        while left > 0 {
            let part = left.min(zeros.len());
            file.write_all(&zeros[..part])?;
            left -= part;
        }
        file.sync_all()?;
        Ok(file)
    });
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
    filled.map_err(|error| {
        if !full.contains(&error.kind()) {
            return JournalError::Io(error);
        }
        // What was filled is given back: others need the space too.
        let _ = fs::remove_file(&path);
        JournalError::Full
    })
}

/// Makes the spare segment part of the journal.
pub(super) fn adopt(directory: &Path, spare: &File, header: &Header) -> io::Result<()> {
    spare.write_all_at(&header.write(), 0)?;
    spare.sync_data()?;
    fs::rename(spare_path(directory), path(directory, header.number))?;
    File::open(directory)?.sync_all()
}
