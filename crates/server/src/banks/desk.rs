//! One bank in its bulkhead: whatever it does, the others do not feel it.
//!
//! It has a limit of calls at a time, a breaker, and a budget of questions. What it keeps in memory
//! only saves work: the books say what the bank owes, and a restart asks at most once too often.

use super::breaker::Breaker;
use super::budget::Budget;
use super::movement::{Movement, Row, Stage};
use ::bank::{Answer, Channel};
use ledger::name::BankName;
use ledger::time::Time;
use recon::calendar::Calendar;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls to one bank at a time.
const CALLS_AT_A_TIME: usize = 64;
/// Notices that wait for a question, at most; what is beyond is asked about by schedule.
const NOTICED_MAX: usize = 10_000;
/// Questions that are remembered, at most. Forgetting them costs one more question for each.
const ASKED_MAX: usize = 1_000_000;
/// Questions about a movement that has ended, before its bank's statement decides.
const QUESTIONS_MAX: u32 = 3;
/// Pause between two questions about the same movement that notices ask for, in milliseconds.
const FLOOR: u64 = 30_000;

/// How a bank is reached.
#[derive(Clone)]
pub struct BankOptions {
    /// What the books call it.
    pub name: BankName,
    /// The channel to it.
    pub channel: Channel,
    /// How many questions it may be asked in a second.
    pub questions_per_second: u64,
    /// When its business days end.
    pub calendar: Calendar,
}

/// A bank, and what stands between it and the platform.
pub struct Desk {
    pub(super) name: BankName,
    pub(super) channel: Channel,
    breaker: Mutex<Breaker>,
    budget: Mutex<Budget>,
    calls: Arc<Semaphore>,
    memory: Mutex<Memory>,
    pub(super) counts: Counts,
    scale: u32,
    calendar: Calendar,
    /// Held while a statement of the bank is compared: one at a time.
    statement: tokio::sync::Mutex<()>,
}

/// What is only in memory.
#[derive(Default)]
struct Memory {
    /// Movements that somebody deals with at present.
    at_work: HashSet<Movement>,
    /// When each movement was last asked about, and how often.
    asked: HashMap<Movement, (Time, u32)>,
    /// Movements about which the bank said something.
    noticed: HashSet<Movement>,
}

/// What is counted about a bank.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) instructions: AtomicU64,
    pub(super) questions: AtomicU64,
    pub(super) silences: AtomicU64,
    pub(super) waiting: Mutex<Waiting>,
}

/// What a bank has not answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waiting {
    /// Intended, and the bank has not heard of it.
    pub created: u64,
    /// The bank was told and its answer is awaited.
    pub sent: u64,
    /// The bank is silent.
    pub unknown: u64,
    /// Since when the oldest of the last two waits.
    pub oldest: Option<Time>,
}

impl Waiting {
    /// Counts a movement.
    pub(super) fn add(&mut self, row: &Row) {
        match row.stage {
            Stage::Created => self.created += 1,
            Stage::Sent => self.sent += 1,
            Stage::Unknown => self.unknown += 1,
            Stage::Done | Stage::Ended => return,
        }
        if row.stage != Stage::Created {
            self.oldest = self.oldest.into_iter().chain([row.created_at]).min();
        }
    }

    /// Both together.
    pub(super) fn and(self, other: &Waiting) -> Waiting {
        Waiting {
            created: self.created + other.created,
            sent: self.sent + other.sent,
            unknown: self.unknown + other.unknown,
            oldest: self.oldest.into_iter().chain(other.oldest).min(),
        }
    }
}

/// Work on one movement; nobody else begins any until it is dropped.
pub(super) struct AtWork {
    pub(super) desk: Arc<Desk>,
    movement: Movement,
    _call: OwnedSemaphorePermit,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.desk.memory().at_work.remove(&self.movement);
    }
}

impl Desk {
    pub(super) fn new(options: BankOptions, scale: u32) -> Desk {
        let BankOptions { name, channel, questions_per_second, calendar } = options;
        let per_second = questions_per_second.saturating_mul(u64::from(scale));
        Desk {
            name,
            channel,
            breaker: Mutex::default(),
            budget: Mutex::new(Budget::new(per_second, Instant::now())),
            calls: Arc::new(Semaphore::new(CALLS_AT_A_TIME)),
            memory: Mutex::default(),
            counts: Counts::default(),
            scale,
            calendar,
            statement: tokio::sync::Mutex::default(),
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the books call it.
    pub fn name(&self) -> BankName {
        self.name
    }

    /// The channel to it.
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// When its business days end.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    pub(crate) fn statement_lock(&self) -> &tokio::sync::Mutex<()> {
        &self.statement
    }

    /// What stands between the platform and a bank that does not answer.
    pub fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it has not answered, as of the last round.
    pub fn waiting(&self) -> Waiting {
        *self.counts.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_waiting(&self, waiting: Waiting) {
        *self.counts.waiting.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
    }

    /// Instructions, questions and calls that ended in silence, since the start.
    pub fn calls(&self) -> [u64; 3] {
        let Counts { instructions, questions, silences, .. } = &self.counts;
        [instructions, questions, silences].map(|it| it.load(Relaxed))
    }

    /// Questions that the bank may be asked now, and how many more in each second.
    pub(crate) fn questions(&self) -> (u64, u64) {
        let budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        budget.left(Instant::now())
    }

    /// Begins work on a movement, unless there is some or the bank has enough to do.
    pub(super) fn begin(self: &Arc<Desk>, movement: Movement) -> Option<AtWork> {
        let call = self.calls.clone().try_acquire_owned().ok()?;
        let free = self.memory().at_work.insert(movement);
        free.then(|| AtWork { desk: self.clone(), movement, _call: call })
    }

    /// Whether a question about a movement is due: by its schedule, of which `point` is the last
    /// that has come, or because the bank said something.
    pub(super) fn is_due(&self, movement: Movement, point: Option<Time>, now: Time) -> bool {
        let memory = self.memory();
        let asked = memory.asked.get(&movement).map(|it| it.0);
        let scheduled = point.is_some_and(|it| asked.is_none_or(|asked| asked < it));
        scheduled || memory.noticed.contains(&movement) && self.rested(asked, now)
    }

    /// Whether the last question is so long ago that another will not annoy.
    fn rested(&self, asked: Option<Time>, now: Time) -> bool {
        let floor = FLOOR / u64::from(self.scale);
        asked.is_none_or(|it| now.0.saturating_sub(it.0) >= floor)
    }

    /// Whether the bank may be asked one more question now. If so, it is being asked.
    pub(super) fn may_ask(&self, movement: Movement, now: Time) -> bool {
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        let may = !self.breaker().is_open() && budget.take(Instant::now());
        drop(budget);
        if may {
            let mut memory = self.memory();
            if memory.asked.len() >= ASKED_MAX {
                memory.asked.clear();
            }
            let (at, often) = memory.asked.entry(movement).or_insert((now, 0));
            (*at, *often) = (now, often.saturating_add(1));
            memory.noticed.remove(&movement);
        }
        may
    }

    /// What is no longer waited for needs no memory.
    pub(super) fn forget(&self, movement: Movement) {
        let mut memory = self.memory();
        memory.asked.remove(&movement);
        memory.noticed.remove(&movement);
    }

    /// There is something to ask about a movement as soon as may be.
    pub(super) fn notice(&self, movement: Movement) {
        let mut memory = self.memory();
        if memory.noticed.len() < NOTICED_MAX {
            memory.noticed.insert(movement);
        }
    }

    /// A question that a notice led to had no answer: it is asked again, but not for ever.
    pub(super) fn notice_again(&self, movement: Movement) {
        let often = self.memory().asked.get(&movement).map_or(0, |it| it.1);
        if often < QUESTIONS_MAX {
            self.notice(movement);
        }
    }

    /// What the bank said something about, and nobody deals with.
    pub(super) fn noticed(&self) -> Vec<Movement> {
        let memory = self.memory();
        memory.noticed.iter().filter(|it| !memory.at_work.contains(it)).copied().collect()
    }

    /// A call ended.
    pub(super) fn ended(&self, answered: bool) {
        if !answered {
            self.counts.silences.fetch_add(1, Relaxed);
        }
        self.breaker().ended(Instant::now(), answered);
    }
}

/// Whether a notice may say something new about a movement in this stage.
pub(super) fn is_news(stage: Stage, said: &Answer) -> bool {
    match (stage, said) {
        (
            Stage::Created | Stage::Sent | Stage::Unknown,
            Answer::Executed { .. } | Answer::Rejected { .. } | Answer::Returned { .. },
        )
        | (Stage::Done, Answer::Rejected { .. } | Answer::Returned { .. })
        | (Stage::Ended, Answer::Executed { .. }) => true,
        (_, Answer::Pending)
        | (Stage::Done, Answer::Executed { .. })
        | (Stage::Ended, Answer::Rejected { .. } | Answer::Returned { .. }) => false,
    }
}
