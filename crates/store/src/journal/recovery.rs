//! Opening a journal: what may be found, and what is done about it.
//!
//! Every case has a letter here and in `docs/data/journal.md`. The rule behind all of them: only what
//! was never handed out may be taken away. A frame is handed out after its sync, and nothing is
//! written behind it before; so a damaged frame with nothing sound behind it was never handed out,
//! unless a disk lost what it had promised, which a seal makes visible.

use super::frame::{Frame, HEADER as FRAME_HEADER};
use super::segment::{self, Header};
use super::{ChainHash, JournalError, Location};
use ledger::id::{CellId, Position};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecoveryCase {
    /// A: there was no journal; it begins.
    Begun,
    /// B: the last frame is a seal: the journal was closed.
    Sealed,
    /// C: the last frame is whole and nothing is behind it: the process ended without closing.
    Unsealed,
    /// D: behind the last whole frame are bytes of one that was never finished. They were removed.
    Torn,
}

/// Where an opened journal stands.
#[derive(Clone, Copy, Debug)]
pub struct Recovered {
    /// The position of the next record.
    pub end: Position,
    /// The hash of everything so far.
    pub chain: ChainHash,
    /// The time of the last frame.
    pub time_ms: u64,
    /// What was found.
    pub case: RecoveryCase,
    /// Bytes that were removed.
    pub removed: u64,
}

pub(super) struct Found {
    pub(super) segments: Vec<(Header, Arc<File>)>,
    pub(super) recovered: Recovered,
    /// How far the last segment is filled.
    pub(super) filled: u64,
}

pub(super) fn recover(directory: &Path, cell: CellId, size: u64) -> Result<Found, JournalError> {
    // A spare was never part of the journal, whatever is in it.
    match fs::remove_file(segment::spare_path(directory)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        Err(_) | Ok(()) => {}
    }
    let mut segments = list(directory, cell, size)?;
    if segments.is_empty() {
        return begin(directory, cell, size);
    }
    let before_last = segments.len().checked_sub(2);
    let last = segments.pop().ok_or(JournalError::Poisoned)?;
    let scanned = scan(directory, &last.0, &last.1, size)?;
    let mut time_ms = scanned.time_ms;
    if let (Some(at), None) = (before_last, time_ms) {
        // The last segment has no frame yet: its time is that of the one before.
        time_ms = scan(directory, &segments[at].0, &segments[at].1, size)?.time_ms;
    }
    segments.push(last);
    let recovered = Recovered { time_ms: time_ms.unwrap_or(0), ..scanned.recovered };
    Ok(Found { segments, recovered, filled: scanned.filled })
}

/// E: a segment is missing. F: a segment is not what its name says, or of another cell or version.
fn list(
    directory: &Path,
    cell: CellId,
    size: u64,
) -> Result<Vec<(Header, Arc<File>)>, JournalError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|it| it.strip_suffix(".journal"));
        numbers.extend(number.and_then(|it| it.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    let mut segments: Vec<(Header, Arc<File>)> = Vec::with_capacity(numbers.len());
    for (expected, number) in (0..).zip(numbers) {
        let path = segment::path(directory, number);
        let wrong = |what: &str| {
            let text = format!("{}: {what}. Restore it from a backup.", path.display());
            Err(JournalError::Damaged(text))
        };
        if number != expected {
            return wrong("the segment before this one is missing");
        }
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        let mut bytes = [0; segment::HEADER_BYTES];
        if file.metadata()?.len() != size {
            return wrong("its size is not that of a segment");
        }
        file.read_exact_at(&mut bytes, 0)?;
        match Header::read(&bytes) {
            Ok(it) if it.cell != cell => return wrong("it belongs to another cell"),
            Ok(it) if it.number != number => return wrong("it is another segment, renamed"),
            Ok(it) if segments.last().is_some_and(|(last, _)| it.first < last.first) => {
                return wrong("its positions come before those of the segment before");
            }
            Ok(it) => segments.push((it, Arc::new(file))),
            Err(what) => return wrong(what),
        }
    }
    Ok(segments)
}

fn begin(directory: &Path, cell: CellId, size: u64) -> Result<Found, JournalError> {
    let header = Header { cell, number: 0, first: Position(0), previous: ChainHash::default() };
    let file = segment::prepare(directory, size)?;
    segment::adopt(directory, &file, &header)?;
    let recovered = Recovered {
        end: Position(0),
        chain: ChainHash::default(),
        time_ms: 0,
        case: RecoveryCase::Begun,
        removed: 0,
    };
    let segments = vec![(header, Arc::new(file))];
    Ok(Found { segments, recovered, filled: segment::HEADER })
}

struct Scanned {
    recovered: Recovered,
    time_ms: Option<u64>,
    filled: u64,
}

/// Reads the last segment from its first frame on, and removes what was never finished.
fn scan(
    directory: &Path,
    header: &Header,
    file: &File,
    size: u64,
) -> Result<Scanned, JournalError> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let mut bytes = vec![0; size];
    file.read_exact_at(&mut bytes, 0)?;
    let mut offset = usize::try_from(segment::HEADER).unwrap_or(usize::MAX);
    let mut end = header.first;
    let mut chain = header.previous;
    let mut time_ms = None;
    let mut case = RecoveryCase::Unsealed;
    let at =
        |offset: usize| Location::new(header.number, u32::try_from(offset).unwrap_or(u32::MAX));
    while let Some(frame) = Frame::read(&bytes[offset..], at(offset)) {
        if frame.first() != end || frame.previous() != chain {
            return Err(damaged(directory, header, offset, "does not follow the one before it"));
        }
        offset += frame.bytes().len();
        (end, chain, time_ms) = (frame.end(), frame.chain(), Some(frame.time_ms()));
        case = if frame.is_empty() { RecoveryCase::Sealed } else { RecoveryCase::Unsealed };
    }
    let rest = &bytes[offset..];
    let removed = rest.iter().rposition(|it| *it != 0).map_or(0, |last| last + 1);
    if removed > 0 {
        // G: something sound behind something damaged: that was durable, and is not any more.
        if sound_frame_in(&rest[..removed], end) {
            return Err(damaged(directory, header, offset, "is damaged, and sound ones follow it"));
        }
        // H: behind a seal nothing was ever written that a crash could leave half-finished, except
        // the first frame after it was opened again; so a torn frame there is a torn frame.
        clear(file, offset, removed)?;
        case = RecoveryCase::Torn;
    }
    let filled = u64::try_from(offset).unwrap_or(u64::MAX);
    let removed = u64::try_from(removed).unwrap_or(u64::MAX);
    let recovered = Recovered { end, chain, time_ms: 0, case, removed };
    Ok(Scanned { recovered, time_ms, filled })
}

/// Whether any frame that could follow `end` stands whole somewhere in `bytes`.
fn sound_frame_in(bytes: &[u8], end: Position) -> bool {
    let magic = Frame::magic();
    let places = bytes.windows(FRAME_HEADER).enumerate().filter(|(_, it)| it.starts_with(&magic));
    places
        .filter_map(|(at, _)| Frame::read(&bytes[at..], Location::default()))
        .any(|frame| frame.first() >= end)
}

/// Fills with zeros again what a torn write left, so that the next frame finds what it expects.
fn clear(file: &File, offset: usize, length: usize) -> Result<(), JournalError> {
    let offset = u64::try_from(offset).unwrap_or(u64::MAX);
    file.write_all_at(&vec![0; length], offset)?;
    file.sync_data()?;
    Ok(())
}

fn damaged(directory: &Path, header: &Header, offset: usize, what: &str) -> JournalError {
    JournalError::Damaged(format!(
        "{}, offset {offset}: the frame here {what}. Acknowledged requests would be lost by going \
         on. Restore this cell from a backup or a follower.",
        segment::path(directory, header.number).display()
    ))
}
