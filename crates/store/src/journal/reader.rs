//! Reading what is durable, from other threads, while more is being written.

use super::disk::{Disk, DiskFile};
use super::frame::{Flaw, Frame, HEAD, Kind};
use super::records::{LENGTH, RECORD_MAX};
use super::segment::{FIRST, Segment, damaged};
use super::walk::{Place, Window};
use super::{ChainHash, JournalError, Location};
use ledger::id::Position;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Files that are kept open. A journal may have more segments than a process may have files.
const OPEN_FILES: usize = 64;
/// What is read at once for one record; most records fit.
const RECORD_GUESS: u32 = 2_048;

/// How far the journal is durable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Durable {
    pub(super) segment: u32,
    pub(super) offset: u32,
    pub(super) position: Position,
    pub(super) chain: ChainHash,
}

/// What the journal and its readers know.
pub(super) struct Shared {
    disk: Arc<dyn Disk>,
    segments: RwLock<Vec<Arc<Segment>>>,
    durable: RwLock<Durable>,
    /// The most recently used last.
    files: Mutex<VecDeque<(u32, Arc<dyn DiskFile>)>>,
}

impl Shared {
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        segments: Vec<Arc<Segment>>,
        durable: Durable,
    ) -> Shared {
        Shared {
            disk,
            segments: RwLock::new(segments),
            durable: RwLock::new(durable),
            files: Mutex::default(),
        }
    }

    pub(super) fn add_segment(&self, segment: Arc<Segment>) {
        self.segments.write().unwrap_or_else(PoisonError::into_inner).push(segment);
    }

    pub(super) fn now_durable(&self, durable: Durable) {
        *self.durable.write().unwrap_or_else(PoisonError::into_inner) = durable;
    }

    fn durable(&self) -> Durable {
        *self.durable.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn segment(&self, number: u32) -> Option<Arc<Segment>> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.get(number as usize).cloned()
    }

    /// The segment that has a position, or would.
    fn segment_of(&self, position: Position) -> Option<Arc<Segment>> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let after = segments.partition_point(|it| it.header.first <= position);
        segments.get(after.saturating_sub(1)).cloned()
    }

    fn file(&self, segment: &Segment) -> io::Result<Arc<dyn DiskFile>> {
        let number = segment.header.number;
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let at = files.iter().rposition(|it| it.0 == number);
        let file = match at.and_then(|it| files.remove(it)) {
            Some((_, file)) => file,
            None => self.disk.open(&segment.header.name())?,
        };
        files.push_back((number, file.clone()));
        if files.len() > OPEN_FILES {
            files.pop_front();
        }
        Ok(file)
    }
}

/// Reads a journal. Cheap to clone, and usable from any thread.
#[derive(Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>) -> Reader {
        Reader { shared }
    }

    /// The position after the last durable record, and the hash of everything up to there.
    pub fn durable(&self) -> (Position, ChainHash) {
        let Durable { position, chain, .. } = self.shared.durable();
        (position, chain)
    }

    /// The frames from the one that has `position` on. See [`Frames`].
    pub fn frames_from(&self, position: Position) -> Frames {
        Frames { shared: self.shared.clone(), window: Window::new(), state: State::Seek(position) }
    }

    /// Reads one record again. One read does, unless the record is long.
    ///
    /// That there is a record, and all of it durable, is checked; its checksum is that of its whole
    /// frame, and is not.
    pub fn read_at(&self, location: Location) -> Result<Vec<u8>, JournalError> {
        let wrong = || JournalError::NoRecord(location);
        let (number, begin) = location.parts();
        let durable = self.shared.durable();
        let segment = self.shared.segment(number).ok_or_else(wrong)?;
        let end = match number.cmp(&durable.segment) {
            std::cmp::Ordering::Less => segment.header.size,
            std::cmp::Ordering::Equal => durable.offset,
            std::cmp::Ordering::Greater => return Err(wrong()),
        };
        let left = end.checked_sub(begin).filter(|_| begin >= FIRST + HEAD).ok_or_else(wrong)?;
        let file = self.shared.file(&segment)?;
        let mut bytes = vec![0; left.min(RECORD_GUESS) as usize];
        file.read(&mut bytes, begin)?;
        let length = u32::from_le_bytes(*bytes.first_chunk::<LENGTH>().ok_or_else(wrong)?) as usize;
        if length == 0 || length > RECORD_MAX || length + LENGTH > left as usize {
            return Err(wrong());
        }
        let have = bytes.len();
        bytes.resize(length + LENGTH, 0);
        if let Some(rest) = bytes.get_mut(have..).filter(|it| !it.is_empty()) {
            file.read(rest, begin + RECORD_GUESS)?;
        }
        bytes.drain(..LENGTH);
        Ok(bytes)
    }
}

/// Durable frames, one after the other.
///
/// Each one is verified: its checksum, that it names the hash of the one before, that its positions
/// follow; and the last one against the hash that the journal knows. A walk that came to the end
/// has therefore shown that nothing it read was changed, wherever it began.
///
/// At the end it gives `None`, and may be asked again when more is durable. After an error it gives
/// `None` for ever.
pub struct Frames {
    shared: Arc<Shared>,
    window: Window,
    state: State,
}

enum State {
    Seek(Position),
    Walk(Arc<Segment>, Arc<dyn DiskFile>, Place),
    Failed,
}

impl Frames {
    /// Goes to the frame that has a position, over the headers of those before it.
    fn seek(&mut self, position: Position) -> Result<(), JournalError> {
        let segment = self.shared.segment_of(position);
        let segment = segment.ok_or_else(|| JournalError::NoRecord(Location::default()))?;
        let file = self.shared.file(&segment)?;
        let mut place = Place::start(&segment.header);
        let (first, offset) = segment.near(position);
        let mut chain = place.chain.filter(|_| offset == FIRST);
        (place.position, place.offset) = (first, offset);
        let limit = self.limit(&segment);
        while place.position < position {
            let head = self.window.head(&*file, &segment.header, place.offset, limit)?;
            let head = match head {
                Ok(head) if head.first == place.position => head,
                Ok(_) => return Err(self.flawed(&segment, &place, Flaw::NoFrame)),
                Err(flaw) => return Err(self.flawed(&segment, &place, flaw)),
            };
            if head.end() > position {
                break;
            }
            segment.note(place.position, place.offset);
            (place.position, place.offset) = (head.end(), place.offset + head.length());
            chain = None;
        }
        place.chain = chain;
        self.state = State::Walk(segment, file, place);
        Ok(())
    }

    /// How far a segment may be read.
    fn limit(&self, segment: &Segment) -> u32 {
        let durable = self.shared.durable();
        if durable.segment == segment.header.number { durable.offset } else { segment.header.size }
    }

    fn flawed(&self, segment: &Segment, place: &Place, flaw: Flaw) -> JournalError {
        let here = (place.offset, place.position);
        damaged(&*self.shared.disk, &segment.header, here, flaw.text())
    }

    fn read(&mut self) -> Result<Option<Frame>, JournalError> {
        let durable = self.shared.durable();
        if let State::Seek(position) = self.state {
            if position >= durable.position {
                return Ok(None);
            }
            self.seek(position)?;
        }
        loop {
            let State::Walk(segment, file, place) = &mut self.state else { return Ok(None) };
            if place.position >= durable.position {
                return Ok(None);
            }
            let header = &segment.header;
            let wrong = |place: &Place, what| {
                let here = (place.offset, place.position);
                Err(damaged(&*self.shared.disk, header, here, what))
            };
            if header.number < durable.segment {
                let next = self.shared.segment(header.number + 1);
                if let Some(next) = next.filter(|it| it.header.first == place.position) {
                    if place.chain.is_some_and(|it| it != next.header.previous) {
                        return wrong(place, "the next segment names another hash than is here");
                    }
                    let file = self.shared.file(&next)?;
                    self.window.forget();
                    self.state = State::Walk(next.clone(), file, Place::start(&next.header));
                    continue;
                }
            }
            let limit = if header.number == durable.segment { durable.offset } else { header.size };
            let here = *place;
            let (head, bytes) = match self.window.frame(&**file, header, here.offset, limit)? {
                Ok(found) => found,
                Err(flaw) => return wrong(&here, flaw.text()),
            };
            let location = Location::new(header.number, here.offset);
            let frame =
                (head.kind == Kind::Records).then(|| Frame::believed(bytes, head, location));
            let chain = frame.as_ref().map_or(head.previous, Frame::chain);
            if let Err(what) = place.step(&head, chain) {
                return wrong(&here, what);
            }
            let ended = place.position == durable.position;
            if ended && place.chain != Some(durable.chain) {
                return wrong(&here, "the frame here was changed after it was written");
            }
            if let Some(frame) = frame {
                segment.note(here.position, here.offset);
                return Ok(Some(frame));
            }
        }
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, JournalError>;

    fn next(&mut self) -> Option<Result<Frame, JournalError>> {
        let frame = self.read();
        if frame.is_err() {
            self.state = State::Failed;
        }
        frame.transpose()
    }
}

#[cfg(test)]
impl Reader {
    /// A reader that knows what this one knows and has none of its files open.
    pub(super) fn on(&self, disk: &super::sim::SimDisk) -> Reader {
        let segments = self.shared.segments.read().unwrap_or_else(PoisonError::into_inner).clone();
        Reader::new(Arc::new(Shared::new(Arc::new(disk.clone()), segments, self.shared.durable())))
    }
}
