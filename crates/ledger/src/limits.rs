//! Limits: how much a person may move, by how well the platform knows who it is.
//!
//! There is one row of limits for a cell, and one of use for each account that it holds for. What
//! was used is counted when a request is accepted. What is refunded later, or rejected by a bank,
//! is not given back on the same day: whoever moves money to and fro has moved it. Amounts are in
//! minor units of the account's own currency. Days and months begin at midnight in China.

use crate::id::AccountId;
use crate::person::Level;
use crate::time::Time;

/// How far the platform's clocks are ahead of UTC, in milliseconds: eight hours.
const ZONE: u64 = 8 * 3_600_000;
const DAY: u64 = 24 * 3_600_000;

/// What a person does with money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// Pays an order from a balance.
    Pay,
    /// Gives somebody money.
    Transfer,
    /// Takes money from a card, for an order too.
    TopUp,
    /// Has money paid out to a card.
    Withdraw,
}

impl Flow {
    /// Every flow. Its place here is its place in the rows: add at the end.
    pub const ALL: [Flow; 4] = [Flow::Pay, Flow::Transfer, Flow::TopUp, Flow::Withdraw];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Flow::Pay => "pay",
            Flow::Transfer => "transfer",
            Flow::TopUp => "top_up",
            Flow::Withdraw => "withdraw",
        }
    }

    const fn place(self) -> usize {
        match self {
            Flow::Pay => 0,
            Flow::Transfer => 1,
            Flow::TopUp => 2,
            Flow::Withdraw => 3,
        }
    }
}

/// What of a limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitKind {
    /// The most at once.
    Single,
    /// The most in a day.
    Day,
    /// How often in a day.
    DayCount,
    /// The most in a month.
    Month,
}

impl LimitKind {
    /// Every kind.
    pub const ALL: [LimitKind; 4] =
        [LimitKind::Single, LimitKind::Day, LimitKind::DayCount, LimitKind::Month];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            LimitKind::Single => "single",
            LimitKind::Day => "day",
            LimitKind::DayCount => "day_count",
            LimitKind::Month => "month",
        }
    }
}

/// The most of one flow; 0 for as much as one likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// At once, in minor units.
    pub single_max: u64,
    /// In a day, in minor units.
    pub day_max: u64,
    /// How often in a day.
    pub day_count: u64,
    /// In a month, in minor units.
    pub month_max: u64,
}

/// The limits of every level and flow, in the order of [`Level::ALL`] and [`Flow::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// By level, then by flow.
    pub by_level: [[Limit; Flow::ALL.len()]; Level::ALL.len()],
}

impl Limits {
    /// The limit of a level and a flow.
    pub fn of(&self, level: Level, flow: Flow) -> Limit {
        let of_level = self.by_level.iter().zip(Level::ALL).find(|(_, it)| *it == level);
        let limit = of_level.and_then(|(flows, _)| flows.get(flow.place()));
        limit.copied().unwrap_or_default()
    }

    /// The limits with another one for a level and a flow.
    #[must_use]
    pub fn with(mut self, level: Level, flow: Flow, limit: Limit) -> Limits {
        let levels = self.by_level.iter_mut().zip(Level::ALL).filter(|(_, it)| *it == level);
        let flows = levels.flat_map(|(flows, _)| flows.iter_mut().skip(flow.place()).take(1));
        flows.for_each(|it| *it = limit);
        self
    }
}

/// What an account has used of one flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// On its day, in minor units.
    pub day: u64,
    /// How often on that day.
    pub count: u64,
    /// In its month, in minor units.
    pub month: u64,
}

/// What an account has used of its owner's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Which account.
    pub account: AccountId,
    /// The day that is counted: days since 1970 in China.
    pub day: u32,
    /// The month that is counted: months since 1970 in China.
    pub month: u32,
    /// In the order of [`Flow::ALL`].
    pub flows: [Used; Flow::ALL.len()],
}

impl Usage {
    /// Nothing used yet.
    pub fn none(account: AccountId, now: Time) -> Usage {
        let (day, month) = calendar(now);
        Usage { account, day, month, flows: [Used::default(); Flow::ALL.len()] }
    }

    /// The use as it counts at `now`: a new day and a new month begin with nothing.
    #[must_use]
    pub fn at(self, now: Time) -> Usage {
        let fresh = Usage::none(self.account, now);
        let (other_day, other_month) = (fresh.day != self.day, fresh.month != self.month);
        let flows = self.flows.map(|it| Used {
            day: if other_day { 0 } else { it.day },
            count: if other_day { 0 } else { it.count },
            month: if other_month { 0 } else { it.month },
        });
        Usage { flows, ..fresh }
    }

    /// What was used of one flow.
    pub fn of(&self, flow: Flow) -> Used {
        self.flows.get(flow.place()).copied().unwrap_or_default()
    }

    /// The use with `amount` more, or which limit that would exceed, and what it is.
    pub(crate) fn with(
        mut self,
        limit: Limit,
        flow: Flow,
        amount: u64,
    ) -> Result<Usage, (LimitKind, u64)> {
        let before = self.of(flow);
        let after = Used {
            day: before.day.saturating_add(amount),
            count: before.count.saturating_add(1),
            month: before.month.saturating_add(amount),
        };
        let checks = [
            (LimitKind::Single, limit.single_max, amount),
            (LimitKind::Day, limit.day_max, after.day),
            (LimitKind::DayCount, limit.day_count, after.count),
            (LimitKind::Month, limit.month_max, after.month),
        ];
        let over = checks.into_iter().find(|(_, most, used)| *most != 0 && used > most);
        if let Some((kind, most, _)) = over {
            return Err((kind, most));
        }
        self.flows.iter_mut().skip(flow.place()).take(1).for_each(|it| *it = after);
        Ok(self)
    }
}

/// The day and the month of a moment in China, counted from 1970. The calendar is Howard Hinnant's:
/// years begin in March there, so that the day that is sometimes missing is the last of its year.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "quotients of a number of days, which are far from the ends of their type"
)]
fn calendar(now: Time) -> (u32, u32) {
    let days = now.0.saturating_add(ZONE) / DAY;
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    // March of the year 0 is month 2 of it; 1970 began 23,640 months after the year 0.
    let months = (era * 400 + year) * 12 + from_march + 2 - 1_970 * 12;
    let narrow = |it: u64| u32::try_from(it).unwrap_or(u32::MAX);
    (narrow(days), narrow(months))
}

/// Sets the limit of a level and a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetLimit {
    /// For people of this level.
    pub level: Level,
    /// When they do this.
    pub flow: Flow,
    /// The most of it.
    pub limit: Limit,
}
