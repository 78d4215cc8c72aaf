//! Holds: a part of a balance kept back for somebody, to be captured wholly, partly, or not at all.

use crate::id::{AccountId, HoldId};
use crate::money::Money;
use crate::time::{Seconds, Time};

/// Keeps back a part of a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceHold {
    /// Whose balance.
    pub account: AccountId,
    /// How much.
    pub amount: Money,
    /// For how long; for ever if 0.
    pub expires_in: Seconds,
}

/// Takes money that was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureHold {
    /// Which hold.
    pub hold: HoldId,
    /// The account to credit.
    pub credit: AccountId,
    /// How much.
    pub amount: Money,
    /// Whether the hold ends and what is left of it is free again.
    pub last: bool,
}

/// Gives up a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseHold {
    /// Which.
    pub hold: HoldId,
}

/// Where a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldStage {
    /// It keeps money back.
    Open,
    /// It ended with a capture.
    Captured,
    /// It was given up.
    Released,
    /// Its time ran out.
    Expired,
}

/// What can happen to a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldEvent {
    /// A part is captured and the rest stays held.
    CapturePart,
    /// The last part is captured; what is not captured is free again.
    CaptureLast,
    /// It is given up.
    Release,
    /// Its time runs out.
    Expire,
}

impl HoldStage {
    /// Every stage.
    pub const ALL: [HoldStage; 4] =
        [HoldStage::Open, HoldStage::Captured, HoldStage::Released, HoldStage::Expired];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            HoldStage::Open => "open",
            HoldStage::Captured => "captured",
            HoldStage::Released => "released",
            HoldStage::Expired => "expired",
        }
    }

    /// Where `event` leads from here, or `None` if it may not happen now.
    #[rustfmt::skip]
    pub const fn next(self, event: HoldEvent) -> Option<HoldStage> {
        use HoldEvent::{CaptureLast, CapturePart, Expire, Release};
        use HoldStage::{Captured, Expired, Open, Released};

        match (self, event) {
            (Open, CapturePart) => Some(Open),
            (Open, CaptureLast) => Some(Captured),
            (Open, Release)     => Some(Released),
            (Open, Expire)      => Some(Expired),

            (Captured | Released | Expired, CapturePart | CaptureLast | Release | Expire) => None,
        }
    }
}

/// A hold as the books have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its name.
    pub id: HoldId,
    /// The account whose money is kept back.
    pub account: AccountId,
    /// How much was kept back at first.
    pub amount: Money,
    /// How much was captured so far, in minor units.
    pub captured: u64,
    /// Where it stands.
    pub stage: HoldStage,
    /// When it was placed.
    pub placed_at: Time,
    /// When it expires, if it does.
    pub due: Option<Time>,
    /// Its last event: the head of its timeline.
    pub last_event: Option<u64>,
}

impl Hold {
    /// What it still keeps back, in minor units.
    pub fn remaining(&self) -> u64 {
        match self.stage {
            HoldStage::Open => self.amount.minor().saturating_sub(self.captured),
            HoldStage::Captured | HoldStage::Released | HoldStage::Expired => 0,
        }
    }
}
