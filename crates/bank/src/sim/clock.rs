//! The simulated bank's clock, which can run faster than others and be moved forward.
//!
//! Every delay in here is of this clock, so that two hours of the bank's time are over in seconds
//! if somebody wants to see what comes after them. It never goes back, not even over a restart.

use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// The longest pause between two looks at the clock, which may have been moved meanwhile.
const LOOK: Duration = Duration::from_millis(20);
/// The fastest that the clock can run.
pub const SCALE_MAX: u32 = 1_000_000;

/// Which time of the bank a time of the world was, and how much faster the bank's has run since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Anchor {
    world: u64,
    bank: u64,
    pub(super) scale: u32,
}

impl Anchor {
    /// The clock of the world.
    pub(super) fn fresh() -> Anchor {
        Anchor { world: world(), bank: world(), scale: 1 }
    }

    fn at(self, world: u64) -> u64 {
        let passed = world.saturating_sub(self.world);
        self.bank.saturating_add(passed.saturating_mul(u64::from(self.scale)))
    }
}

/// Milliseconds since 1970, by the wall clock.
fn world() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.ok().and_then(|it| u64::try_from(it.as_millis()).ok()).unwrap_or(0)
}

pub(super) struct Clock {
    anchor: Mutex<Anchor>,
    latest: AtomicU64,
}

impl Clock {
    pub(super) fn new(anchor: Anchor) -> Clock {
        Clock { anchor: Mutex::new(anchor), latest: AtomicU64::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Anchor> {
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bank's time, in milliseconds since 1970.
    pub(super) fn now(&self) -> u64 {
        let now = self.lock().at(world());
        // The wall clock may have been set back.
        self.latest.fetch_max(now, Ordering::Relaxed).max(now)
    }

    /// How the clock runs from now on: so much later, and so fast.
    pub(super) fn turned(&self, forward: Duration, scale: Option<u32>) -> Anchor {
        let forward = u64::try_from(forward.as_millis()).unwrap_or(u64::MAX);
        let bank = self.now().saturating_add(forward);
        let scale = scale.unwrap_or(self.lock().scale).clamp(1, SCALE_MAX);
        Anchor { world: world(), bank, scale }
    }

    /// Runs like this from now on.
    pub(super) fn set(&self, anchor: Anchor) {
        *self.lock() = anchor;
    }

    /// How it runs.
    pub(super) fn scale(&self) -> u32 {
        self.lock().scale
    }

    /// Waits for so many seconds of the bank.
    pub(super) async fn sleep(&self, seconds: u64) {
        let until = self.now().saturating_add(seconds.saturating_mul(1_000));
        loop {
            let left = until.saturating_sub(self.now());
            if left == 0 {
                return;
            }
            let real = Duration::from_millis(left.div_ceil(u64::from(self.scale())));
            tokio::time::sleep(real.min(LOOK)).await;
        }
    }
}
