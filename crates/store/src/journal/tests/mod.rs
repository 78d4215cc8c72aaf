//! The contract of every journal, what the local one does about damage, and a disk that goes wrong.

mod cases;
mod contract;
mod limits;
mod nonsense;
mod reading;
mod storm;

use super::sim::SimDisk;
use super::{Frame, Journal, JournalError, LocalJournal, Options, Reader, Records, Recovered};
use ledger::id::{CellId, Position};

const CELL: CellId = CellId::new(3);
/// A small segment: 64 KiB.
const SMALL: Options = Options { segment_size: 1 << 16, ..Options::new(CELL) };
/// The first segment.
const SEGMENT: &str = "0000000000000000.journal";

fn records(texts: &[&str]) -> Records {
    let mut records = Records::new();
    for text in texts {
        records.push(text.as_bytes()).unwrap();
    }
    records
}

/// Offers a frame and takes all that comes out.
fn keep(journal: &mut LocalJournal, time_ms: u64, texts: &[&str]) -> Vec<String> {
    journal.offer(time_ms, 1, &records(texts)).unwrap();
    take(journal)
}

fn take(journal: &mut LocalJournal) -> Vec<String> {
    let frames = std::iter::from_fn(|| journal.next().unwrap());
    frames.flat_map(|it| lines(&it)).collect()
}

/// The records of a frame, as `position:time:text`.
fn lines(frame: &Frame) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let time = frame.time_ms();
    frame.records().map(|it| format!("{}:{time}:{}", it.position, text(it.bytes))).collect()
}

/// Everything that is durable.
fn told(reader: &Reader) -> Vec<String> {
    reader.frames_from(Position(0)).flat_map(|it| lines(&it.unwrap())).collect()
}

fn open(disk: &SimDisk) -> (LocalJournal, Recovered) {
    disk.open(SMALL).unwrap()
}

/// What the journal says when it refuses to open.
fn refusal(disk: &SimDisk) -> JournalError {
    match disk.open(SMALL) {
        Err(error) => error,
        Ok((_, recovered)) => panic!("opened as {recovered:?}"),
    }
}

fn at(offset: u32) -> usize {
    offset as usize
}
