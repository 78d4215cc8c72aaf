//! A writer, a background thread and readers, all at once.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use super::super::{Direction, Frozen, Merge, Merged, OrderedIndex, OrderedKey, Written};
use super::{TempDir, ordered};

enum Work {
    Write(Frozen<OrderedKey>),
    Merge(Merge<OrderedKey>),
}

enum Done {
    Written(Written<OrderedKey>),
    Merged(Merged<OrderedKey>),
}

/// Keys of a queue: the writer adds at one end and takes from the other.
const WIDTH: usize = 500;
const STEPS: usize = 60_000;
const MERGES: usize = 3;

#[test]
fn readers_see_one_moment_while_everything_moves() {
    let dir = TempDir::new();
    let books = RwLock::new((OrderedIndex::open(&dir.0, &[]).unwrap(), 0_usize));
    let over = AtomicBool::new(false);
    let (work, for_background) = mpsc::channel();
    let (from_background, done) = mpsc::channel();
    let reads = thread::scope(|scope| {
        scope.spawn(move || background(&for_background, &from_background));
        let readers = [Direction::Forwards, Direction::Backwards].map(|direction| {
            let (books, over) = (&books, &over);
            scope.spawn(move || read_until(books, over, direction))
        });
        {
            // Also if the writer panics: readers who go on would hide it.
            let _over = SetWhenDropped(&over);
            write_all(&books, &work, &done);
        }
        drop(work);
        readers.map(|reader| reader.join().unwrap())
    });
    assert!(reads.iter().all(|(reads, from_runs)| *reads > 20 && *from_runs > 0), "{reads:?}");
}

struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn background(work: &mpsc::Receiver<Work>, done: &mpsc::Sender<Done>) {
    for work in work {
        let result = match work {
            Work::Write(frozen) => Done::Written(frozen.write().unwrap()),
            Work::Merge(merge) => Done::Merged(merge.run().unwrap()),
        };
        if done.send(result).is_err() {
            return;
        }
    }
}

fn write_all(
    books: &RwLock<(OrderedIndex, usize)>,
    work: &mpsc::Sender<Work>,
    done: &mpsc::Receiver<Done>,
) {
    let mut checkpointing = false;
    let mut merge_count = 0;
    for step in 0.. {
        // A busy disk may be slow to keep up.
        if step >= STEPS && merge_count >= MERGES {
            return;
        }
        let mut books = books.write().unwrap();
        let (index, at) = &mut *books;
        index.insert_fresh(ordered(step), u64::try_from(step).unwrap());
        if let Some(old) = step.checked_sub(WIDTH) {
            index.remove(&ordered(old));
        }
        *at = step + 1;
        match done.try_recv() {
            Ok(Done::Written(written)) => {
                let names = index.commit(written);
                checkpointing = false;
                index.take_obsolete(&names).delete().unwrap();
            }
            Ok(Done::Merged(merged)) => {
                let names = index.commit_merge(merged);
                merge_count += 1;
                index.take_obsolete(&names).delete().unwrap();
            }
            Err(mpsc::TryRecvError::Empty) => {}
            Err(mpsc::TryRecvError::Disconnected) => panic!("the background thread is gone"),
        }
        if step % 700 == 699 && !checkpointing {
            checkpointing = true;
            work.send(Work::Write(index.freeze())).unwrap();
        }
        if let Some(merge) = index.plan_merge() {
            work.send(Work::Merge(merge)).unwrap();
        }
    }
}

/// Reads all of the queue again and again. Counts how often, and how often some of it was in runs.
fn read_until(
    books: &RwLock<(OrderedIndex, usize)>,
    over: &AtomicBool,
    direction: Direction,
) -> (usize, usize) {
    let (mut reads, mut from_runs) = (0, 0);
    while !over.load(Ordering::Relaxed) {
        let (scan, at, runs) = {
            let books = books.read().unwrap();
            let (index, at) = &*books;
            let scan = index.snapshot_range(ordered(0)..[u8::MAX; 24], direction, 5_000);
            (scan, *at, index.runs.len())
        };
        let found = scan.finish().unwrap();
        let mut keys: Vec<_> = (at.saturating_sub(WIDTH)..at).map(ordered).collect();
        if direction == Direction::Backwards {
            keys.reverse();
        }
        assert_eq!(found.entries.iter().map(|(key, _)| *key).collect::<Vec<_>>(), keys);
        assert_eq!(found.rest, None);
        reads += 1;
        from_runs += usize::from(runs > 0);
    }
    (reads, from_runs)
}
