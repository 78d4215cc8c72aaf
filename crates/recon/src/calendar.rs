//! The business day: it ends at the cut-off, in the bank's time zone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time as Clock};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use ledger::time::Time;

/// When business days begin and end.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    cut_off: Clock,
}

impl Calendar {
    /// A calendar in a time zone, such as `+08:00` or `Asia/Shanghai`, with a cut-off such as
    /// `23:00`. What is booked from then on belongs to the next day; `00:00` is the midnight that
    /// ends a day.
    pub fn parse(zone: &str, cut_off: &str) -> Result<Calendar, String> {
        let found = DateTimeParser::new().parse_time_zone(zone);
        let zone = found.map_err(|error| format!("time zone {zone:?}: {error}"))?;
        let clock = cut_off.parse().map_err(|error| format!("cut-off {cut_off:?}: {error}"))?;
        Ok(Calendar { zone, cut_off: clock })
    }

    /// The business day that a moment belongs to.
    pub fn day_of(&self, at: Time) -> Option<Date> {
        let at = Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok()?;
        let local = at.to_zoned(self.zone.clone());
        let late = self.cut_off != Clock::midnight() && local.time() >= self.cut_off;
        if late { local.date().tomorrow().ok() } else { Some(local.date()) }
    }

    /// The last business day that is over.
    pub fn last_day(&self, now: Time) -> Option<Date> {
        self.day_of(now)?.yesterday().ok()
    }

    /// When a business day begins, and when it ends.
    pub fn bounds(&self, day: Date) -> Option<(Time, Time)> {
        let end = |day: Date| self.local(day.to_datetime(self.cut_off));
        if self.cut_off == Clock::midnight() {
            Some((end(day)?, end(day.tomorrow().ok()?)?))
        } else {
            Some((end(day.yesterday().ok()?)?, end(day)?))
        }
    }

    /// When the business day of a moment begins, and when it ends.
    pub(crate) fn bounds_around(&self, at: Time) -> Option<(Time, Time)> {
        self.bounds(self.day_of(at)?)
    }

    /// A local time of the bank's.
    pub(crate) fn local(&self, local: DateTime) -> Option<Time> {
        let at = local.to_zoned(self.zone.clone()).ok()?.timestamp().as_millisecond();
        u64::try_from(at).ok().map(Time)
    }

    /// When a day begins by the bank's clocks.
    pub(crate) fn midnight(&self, day: Date) -> Option<Time> {
        self.local(DateTime::from(day))
    }
}
