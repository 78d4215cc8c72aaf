//! The queue in front of a cell: requests gather here while the previous frame is made durable.
//!
//! Callers encode straight into the frame-to-be, so a request is copied once and the journal thread
//! takes whole frames. The queue has a limit in records; beyond it callers are turned away before
//! anything is written, and told when to come back.

use crate::{NotDone, Refused};
use ledger::command::{Answer, Request};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use store::codec::encode_request;
use store::journal::Records;

/// What a caller is told about a request: its answer, and whether it had been answered before.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// The answer, as the books keep it.
    pub answer: Answer,
    /// Whether it is an earlier answer.
    pub repeated: bool,
}

type ReplyOne = Box<dyn FnOnce(Result<Answered, NotDone>) + Send>;
type ReplyMany = Box<dyn FnOnce(Result<Vec<Answered>, NotDone>) + Send>;

/// Whom to tell about the next records of a frame.
pub(crate) enum Reply {
    One(ReplyOne),
    Many(usize, ReplyMany),
    Nobody(usize),
}

/// A frame-to-be and those who wait for it.
pub(crate) struct Batch {
    pub(crate) records: Records,
    pub(crate) replies: Vec<Reply>,
    pub(crate) since: Instant,
}

impl Batch {
    fn new() -> Batch {
        Batch { records: Records::new(), replies: Vec::new(), since: Instant::now() }
    }

    /// Tells everybody that nothing was done, or that nobody knows.
    pub(crate) fn fail(self, why: NotDone) {
        for reply in self.replies {
            match reply {
                Reply::One(tell) => tell(Err(why)),
                Reply::Many(_, tell) => tell(Err(why)),
                Reply::Nobody(_) => {}
            }
        }
    }
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<Batch>,
    records: usize,
    /// Used frames, to be filled again without allocating.
    spare: Vec<Records>,
    buffer: Vec<u8>,
    closed: bool,
}

/// See the module.
pub(crate) struct Gather {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    limit: usize,
}

impl Gather {
    pub(crate) fn new(limit: usize) -> Gather {
        Gather { waiting: Mutex::default(), arrived: Condvar::new(), limit }
    }

    /// Queues requests in order, all or none.
    pub(crate) fn push<'a>(
        &self,
        requests: impl ExactSizeIterator<Item = &'a Request>,
        reply: Reply,
    ) -> Result<(), Refused> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(Refused::Stopping);
        }
        let count = requests.len();
        if waiting.records + count > self.limit {
            return Err(Refused::QueueFull);
        }
        waiting.records += count;
        let Waiting { batches, spare, buffer, .. } = &mut *waiting;
        let was_empty = batches.is_empty();
        let batch = match batches.back_mut() {
            Some(last) if last.records.has_room_for(count, count * TYPICAL_RECORD) => last,
            Some(_) | None => {
                let mut fresh = Batch::new();
                if let Some(records) = spare.pop() {
                    fresh.records = records;
                }
                batches.push_back(fresh);
                batches.back_mut().expect("it was pushed just now")
            }
        };
        for request in requests {
            buffer.clear();
            encode_request(request, buffer);
            batch.records.push(buffer).expect("limits of requests are far below those of frames");
        }
        batch.replies.push(reply);
        drop(waiting);
        if was_empty {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// The next frame-to-be; `None` when `patience` has run out.
    pub(crate) fn take(&self, patience: Duration) -> Option<Batch> {
        let mut waiting = self.lock();
        if waiting.batches.is_empty() && !waiting.closed {
            let waited = self.arrived.wait_timeout(waiting, patience);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let batch = waiting.batches.pop_front()?;
        waiting.records -= batch.records.len();
        Some(batch)
    }

    /// Gives a used frame back.
    pub(crate) fn recycle(&self, mut records: Records) {
        records.clear();
        let mut waiting = self.lock();
        if waiting.spare.len() < SPARE_FRAMES {
            waiting.spare.push(records);
        }
    }

    /// Turns new requests away from now on.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How many records wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().records
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Used frames that are kept for use again.
const SPARE_FRAMES: usize = 4;
/// Bytes that a record may be expected to take at most, when asking whether a frame has room.
const TYPICAL_RECORD: usize = 256;
