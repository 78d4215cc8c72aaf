//! Time as the journal gives it: milliseconds since 1970 in UTC. The ledger never asks a clock.

/// A moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// A length of time in whole seconds. Four of them describe an order's deadlines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(pub u32);

impl Seconds {
    /// So many days.
    #[expect(clippy::as_conversions, reason = "const functions have no other conversion")]
    pub const fn days(days: u16) -> Seconds {
        Seconds((days as u32).saturating_mul(86_400))
    }
}

impl Time {
    /// The moment `span` later.
    #[must_use]
    pub fn after(self, span: Seconds) -> Time {
        Time(self.0.saturating_add(u64::from(span.0).saturating_mul(1_000)))
    }
}
