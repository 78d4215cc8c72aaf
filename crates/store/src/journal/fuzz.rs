//! Targets for fuzzing: frames, and whole journals as a disk may hold them. See [`ledger::fuzz`].

use super::frame::{self, Head, Kind};
use super::segment::{FIRST, HEADER, Header};
use super::sim::SimDisk;
use super::{ChainHash, Check, Frame, Journal as _, Location, Options, Records};
use ledger::fuzz::edited;
use ledger::id::{CellId, Position};
use std::sync::OnceLock;

/// The smallest segments, all of which are read.
const SMALL: Options = Options {
    segment_size: 8 << 10,
    reserve: 0,
    check: Check::Whole,
    ..Options::new(CellId::FIRST)
};

fn records(texts: &[&str]) -> Records {
    let mut records = Records::new();
    for text in texts {
        records.push(text.as_bytes()).expect("a short record fits");
    }
    records
}

/// Bytes that are read as a frame, and as edits of a sound one; with the right checksum.
pub fn frame(bytes: &[u8]) {
    static SOUND: OnceLock<Vec<u8>> = OnceLock::new();
    let sound = SOUND.get_or_init(|| {
        let after = (Position(9), ChainHash([7; 32]));
        let records = records(&["a", "bb", "a longer record"]);
        Frame::new(after, 1_000, 1, &records, Location::default()).bytes().to_vec()
    });
    whole(bytes);
    let mut changed = edited(sound, bytes);
    whole(&changed);
    sign(&mut changed);
    whole(&changed);
}

fn whole(bytes: &[u8]) {
    if let Ok(head) = Head::read(bytes) {
        let _ = frame::check(bytes, &head);
    }
    let Some(frame) = Frame::read(bytes, Location::default()) else { return };
    assert_eq!(frame.bytes(), bytes);
    let read: Vec<_> = frame.records().collect();
    assert_eq!(read.len(), frame.len());
    let mut again = Records::new();
    for record in &read {
        again.push(record.bytes).expect("what a frame had fits into one");
    }
    let head = Head::read(bytes).expect("it was read just now");
    let again = Frame::written(head, &again, Location::default());
    assert!(again.bytes() == bytes && again.chain() == frame.chain(), "a frame has one form");
}

/// Gives bytes that begin like a frame the checksum of one. Returns its length.
fn sign(bytes: &mut [u8]) -> Option<usize> {
    let head = Head::read(bytes).ok()?;
    let length = usize::try_from(head.length()).ok()?;
    let frame = bytes.get_mut(..length)?;
    let sum = crc32c::crc32c(&frame[8..]);
    frame[4..8].copy_from_slice(&sum.to_le_bytes());
    Some(length)
}

/// The files of a sound journal of three segments.
fn sound_journal() -> &'static [(String, Vec<u8>)] {
    static SOUND: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    SOUND.get_or_init(|| {
        let disk = SimDisk::new(1);
        let (mut journal, _) = disk.open(SMALL).expect("a new journal opens");
        let long = "x".repeat(300);
        for time in 0..20 {
            let some = records(&["a", "bb", &long]);
            journal.offer(time, 1, &some).expect("there is space");
            while journal.next().expect("a disk without faults").is_some() {}
            if time % 7 == 3 {
                journal.seal().expect("a disk without faults");
            }
        }
        drop(journal);
        let names = disk.names().into_iter().filter(|it| it.ends_with(".journal"));
        names.map(|it| (it.clone(), disk.bytes(&it))).collect()
    })
}

/// Recovery of a journal of which a file was edited. The first byte says which file, and whether
/// checksums are right afterwards; what is recovered goes on, and is found again.
pub fn journal(bytes: &[u8]) {
    let Some((choice, script)) = bytes.split_first() else { return };
    let (signs, loses) = (choice & 0x80 != 0, choice & 0x40 != 0);
    let files = sound_journal();
    let chosen = usize::from(choice & 0x3f) % files.len();
    let disk = SimDisk::new(1);
    for (at, (name, sound)) in files.iter().enumerate() {
        match (at == chosen, loses) {
            (false, _) => disk.tamper(name, sound),
            (true, true) => {}
            (true, false) => {
                let mut changed = edited(sound, script);
                if signs {
                    sign_all(&mut changed);
                }
                disk.tamper(name, &changed);
            }
        }
    }
    let Ok((mut journal, recovered)) = disk.open(SMALL) else { return };
    let before = told(&journal);
    assert!(before.len() <= 20 || signs, "no frame comes out of nothing");
    if journal.offer(u64::MAX >> 1, 1, &records(&["one more"])).is_ok() {
        let one_more = journal.next().expect("a disk without faults").expect("it was offered");
        assert_eq!(one_more.first(), recovered.end);
        let after = told(&journal);
        drop(journal);
        let (journal, _) = disk.open(SMALL).expect("what was written now is sound");
        assert_eq!(told(&journal), after);
        assert_eq!(after.len(), before.len() + 1, "what was recovered stays");
    }
}

fn told(journal: &super::LocalJournal) -> Vec<ChainHash> {
    let frames = journal.reader().frames_from(Position(0));
    frames.map_while(Result::ok).map(|it| it.chain()).collect()
}

/// Gives the header, and every frame from the first on, the right checksum; frames are linked to
/// the ones before them again.
fn sign_all(segment: &mut [u8]) {
    let mut previous = None;
    if let Some(header) = segment.first_chunk_mut::<HEADER>() {
        let sum = crc32c::crc32c(&header[12..]);
        header[8..12].copy_from_slice(&sum.to_le_bytes());
        previous = Header::read(header).ok().map(|it| it.previous);
    }
    let mut offset = usize::try_from(FIRST).unwrap_or(0);
    while let Some(rest) = segment.get_mut(offset..) {
        if let (Some(previous), Some(place)) = (previous, rest.get_mut(48..80)) {
            place.copy_from_slice(&previous.0);
        }
        let Some(length) = sign(rest) else { return };
        if let Ok(head) = Head::read(rest)
            && head.kind == Kind::Records
        {
            previous = Some(frame::hash(rest, &head));
        }
        offset += length;
    }
}
