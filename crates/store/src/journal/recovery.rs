//! Opening a journal: what may be found, and what is done about it.
//!
//! Every case has a letter here and in `docs/data/journal.md`. The rule behind all of them: only
//! what was never handed out may be taken away. A frame is handed out after a sync of everything
//! before it, and each frame says how far the segment was durable when it was written. So a flawed
//! frame with a whole one behind it whose `synced` lies behind the flaw was durable once: damage,
//! which is refused. Without such a witness it is what a crash leaves of the last frames, and is
//! cleared.
//!
//! What is whole but was perhaps never synced is kept, and is written and synced again first.
//! Whether it would survive the next crash cannot be seen: it may only be in the memory of the
//! system, and after a failed sync the system may even believe that it is on the disk.

use super::disk::{Disk, DiskFile};
use super::frame::{self, ALIGN, FRAME_MAX, Flaw, Head, Kind};
use super::local::{Check, Options, adopt};
use super::segment::{self, FIRST, HEADER, Header, SPARE, Segment, Unread, damaged};
use super::spare::no_space_or_failed;
use super::walk::{Place, Window};
use super::{ChainHash, JournalError};
use ledger::id::Position;
use std::io;
use std::sync::Arc;

/// What was found. The letters from E to H are errors, or leave nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecoveryCase {
    /// A: the last frame is a seal: the journal was closed, or idle.
    Sealed,
    /// B: the last frame is whole and nothing is behind it: the process ended without closing.
    Unsealed,
    /// C: behind the last whole frame are bytes of some that were never finished. They were
    /// cleared.
    Torn,
    /// D: the newest segment has no frame yet.
    Empty,
    /// I: there was no journal; it begins.
    Begun,
}

impl RecoveryCase {
    /// The letter of the case in `docs/data/journal.md`.
    pub const fn letter(self) -> char {
        match self {
            RecoveryCase::Sealed => 'A',
            RecoveryCase::Unsealed => 'B',
            RecoveryCase::Torn => 'C',
            RecoveryCase::Empty => 'D',
            RecoveryCase::Begun => 'I',
        }
    }
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
    /// Bytes that were cleared.
    pub removed: u64,
    /// Whether a segment that was still being prepared was deleted (H).
    pub spare_removed: bool,
}

pub(super) struct Found {
    pub(super) segments: Vec<Arc<Segment>>,
    /// The last segment.
    pub(super) file: Arc<dyn DiskFile>,
    pub(super) filled: u32,
    /// Whether nothing has to be sealed.
    pub(super) sealed: bool,
    pub(super) recovered: Recovered,
}

pub(super) fn recover(disk: &Arc<dyn Disk>, options: &Options) -> Result<Found, JournalError> {
    let names = disk.list()?;
    // H: a spare was never part of the journal, whatever is in it.
    let spare_removed = names.iter().any(|it| it == SPARE);
    if spare_removed {
        disk.remove(SPARE)?;
    }
    // A segment may have its name in the memory of the system only.
    disk.sync_names()?;
    let mut headers = headers(&**disk, options, &names)?;
    let begun = headers.is_empty();
    if begun {
        headers.push(begin(&**disk, options)?);
    }
    check_closed(&**disk, options, &headers)?;
    let last = *headers.last().expect("there is at least one segment by now");
    let file = disk.open(&last.name())?;
    let tail = Tail::scan(&**disk, &*file, &last)?;
    let removed = tail.settle(&**disk, &*file, &last)?;
    let empty = if begun { RecoveryCase::Begun } else { RecoveryCase::Empty };
    let case = match tail.last {
        _ if removed > 0 => RecoveryCase::Torn,
        None => empty,
        Some(Kind::Records) => RecoveryCase::Unsealed,
        Some(Kind::Seal | Kind::End) => RecoveryCase::Sealed,
    };
    let Place { offset, position: end, chain, time_ms, .. } = tail.place;
    let chain = chain.unwrap_or(last.previous);
    let recovered = Recovered { end, chain, time_ms, case, removed, spare_removed };
    let segments = headers.into_iter().map(|it| Arc::new(Segment::new(it))).collect();
    let sealed = tail.last != Some(Kind::Records);
    Ok(Found { segments, file, filled: offset, sealed, recovered })
}

/// I: the first segment of a new journal.
fn begin(disk: &dyn Disk, options: &Options) -> Result<Header, JournalError> {
    let header = Header {
        cell: options.cell,
        number: 0,
        size: u32::try_from(options.segment_size).map_err(|_| JournalError::TooLarge)?,
        salt: disk.salt(),
        first: Position(0),
        previous: ChainHash::default(),
        time_ms: 0,
    };
    if disk.free()? < options.reserve.saturating_add(options.segment_size) {
        return Err(JournalError::Full);
    }
    let file = disk.create(SPARE, options.segment_size).map_err(no_space_or_failed)?;
    adopt(disk, &*file, &header)?;
    Ok(header)
}

/// Reads all headers. F: a segment is missing. G: a file is of another cell or version. E: it is
/// damaged.
fn headers(
    disk: &dyn Disk,
    options: &Options,
    names: &[String],
) -> Result<Vec<Header>, JournalError> {
    let mut firsts = Vec::new();
    for name in names {
        match segment::position_in(name) {
            None => {}
            Some(Ok(first)) => firsts.push(first),
            Some(Err(())) => {
                let text = "its name is none that this version gives to a segment";
                return Err(foreign(disk, name, text));
            }
        }
    }
    firsts.sort_unstable();
    let mut headers: Vec<Header> = Vec::with_capacity(firsts.len());
    for (number, first) in (0..).zip(firsts) {
        let name = segment::name(first);
        let header = header(disk, &name)?;
        if header.cell != options.cell {
            let text = format!("it belongs to cell {}, not {}", header.cell, options.cell);
            return Err(foreign(disk, &name, &text));
        }
        if header.first != first {
            return Err(damaged(disk, &header, (0, first), "this is another segment, renamed"));
        }
        if header.number != number {
            return Err(JournalError::Gap(format!(
                "{}: this is segment {} of the journal, and there are {number} before it. The \
                 records before position {first} are not all here. Restore the missing segments \
                 from a backup or from a follower.",
                disk.show(&name),
                header.number,
            )));
        }
        headers.push(header);
    }
    Ok(headers)
}

fn header(disk: &dyn Disk, name: &str) -> Result<Header, JournalError> {
    let refuse = |what: &str| {
        JournalError::Damaged(format!(
            "{}, offset 0: {what}. Restore this file from a backup or from a follower.",
            disk.show(name)
        ))
    };
    let file = disk.open(name)?;
    let size = file.size()?;
    let mut bytes = [0; HEADER];
    if size < HEADER as u64 {
        return Err(refuse("the file is shorter than the header of a segment"));
    }
    file.read(&mut bytes, 0)?;
    match Header::read(&bytes) {
        Ok(it) if u64::from(it.size) == size => Ok(it),
        Ok(_) => Err(refuse("the file does not have the size that its header says")),
        Err(Unread::Damaged) => Err(refuse("the header of the segment is damaged")),
        Err(Unread::Format(it)) => Err(foreign(
            disk,
            name,
            &format!("it has format {it}, which this version does not know"),
        )),
    }
}

fn foreign(disk: &dyn Disk, name: &str, what: &str) -> JournalError {
    JournalError::Foreign(format!(
        "{}: {what}. Nothing was changed. Use the program and the folder that it belongs to.",
        disk.show(name)
    ))
}

/// Walks over segments that others follow: each must lead exactly to the next. E: it does not.
fn check_closed(
    disk: &dyn Disk,
    options: &Options,
    headers: &[Header],
) -> Result<(), JournalError> {
    let from = match options.check {
        Check::Whole => 0,
        Check::Tail => headers.len().saturating_sub(2),
    };
    for pair in headers[from..].windows(2) {
        let (header, next) = (&pair[0], &pair[1]);
        let file = disk.open(&header.name())?;
        let mut window = Window::new();
        let mut place = Place::start(header);
        while place.position < next.first {
            let here = (place.offset, place.position);
            let (head, chain) = match window.frame(&*file, header, place.offset, header.size)? {
                Ok((head, bytes)) => (head, frame::hash(bytes, &head)),
                Err(flaw) => return Err(damaged(disk, header, here, flaw.text())),
            };
            place.step(&head, chain).map_err(|it| damaged(disk, header, here, it))?;
        }
        let here = (place.offset, place.position);
        if place.position != next.first || place.chain != Some(next.previous) {
            let text = "the next segment does not continue what ends here";
            return Err(damaged(disk, header, here, text));
        }
    }
    Ok(())
}

/// What the last segment has.
struct Tail {
    /// Behind the last whole frame.
    place: Place,
    last: Option<Kind>,
}

impl Tail {
    /// Walks to the last whole frame. F: it says that another segment follows, and there is none.
    fn scan(disk: &dyn Disk, file: &dyn DiskFile, header: &Header) -> Result<Tail, JournalError> {
        let mut window = Window::new();
        let mut tail = Tail { place: Place::start(header), last: None };
        loop {
            let here = (tail.place.offset, tail.place.position);
            match window.frame(file, header, here.0, header.size)? {
                Ok((head, bytes)) => {
                    let chain = frame::hash(bytes, &head);
                    tail.place.step(&head, chain).map_err(|it| damaged(disk, header, here, it))?;
                    tail.last = Some(head.kind);
                }
                Err(Flaw::Format) => {
                    return Err(foreign(disk, &header.name(), Flaw::Format.text()));
                }
                Err(Flaw::Blank | Flaw::NoFrame | Flaw::Cut | Flaw::Checksum | Flaw::Shape) => {
                    break;
                }
            }
        }
        if tail.last == Some(Kind::End) {
            return Err(JournalError::Gap(format!(
                "{}: this segment was continued in another one, {}, which is not here. Restore \
                 the missing segments from a backup or from a follower.",
                disk.show(&header.name()),
                segment::name(tail.place.position)
            )));
        }
        Ok(tail)
    }

    /// Makes durable what is kept and clears what is not. Returns how many bytes were cleared.
    fn settle(
        &self,
        disk: &dyn Disk,
        file: &dyn DiskFile,
        header: &Header,
    ) -> Result<u64, JournalError> {
        let from = self.place.offset;
        let written = last_written(file, from, header.size)?;
        if written > from {
            let until = written.saturating_add(FRAME_MAX + ALIGN).min(header.size);
            let mut bytes = vec![0; (until - from) as usize];
            file.read(&mut bytes, from)?;
            if let Some(witness) = witness(&bytes, from, header.salt) {
                let text = format!(
                    "the frame here is damaged: the frame at offset {witness} was written when \
                     this one was durable"
                );
                return Err(damaged(disk, header, (from, self.place.position), &text));
            }
            bytes.truncate((written - from) as usize);
            bytes.fill(0);
            file.write(&bytes, from)?;
        }
        if self.last.is_some() {
            // The last frame says how far everything was durable before it.
            let group = self.place.synced.max(FIRST);
            let mut bytes = vec![0; (from - group) as usize];
            file.read(&mut bytes, group)?;
            file.write(&bytes, group)?;
        }
        file.sync()?;
        Ok(u64::from(written - from))
    }
}

/// Where the last byte that is not zero ends; `from` if there is none behind it.
fn last_written(file: &dyn DiskFile, from: u32, size: u32) -> io::Result<u32> {
    let mut bytes = vec![0; 1 << 20];
    let mut last = from;
    let mut at = from;
    while at < size {
        let part = &mut bytes[..(size - at).min(1 << 20) as usize];
        file.read(part, at)?;
        if let Some(found) = part.iter().rposition(|it| *it != 0) {
            last = at + u32::try_from(found).unwrap_or(u32::MAX) + 1;
        }
        at += u32::try_from(part.len()).unwrap_or(u32::MAX);
    }
    Ok(last)
}

/// E: where a whole frame stands behind `from` that was written when `from` was durable already.
fn witness(bytes: &[u8], from: u32, salt: u64) -> Option<u32> {
    let places = (from..).step_by(ALIGN as usize).zip(bytes.chunks(ALIGN as usize)).enumerate();
    let found = places.skip(1).find(|(at, _)| {
        let here = &bytes[at * ALIGN as usize..];
        let head = Head::read(here).ok().filter(|it| it.salt == salt && it.synced > from);
        head.is_some_and(|it| frame::check(here, &it).is_ok())
    });
    found.map(|(_, (offset, _))| offset)
}
