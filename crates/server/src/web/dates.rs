//! Moments as people read them, in the platform's zone.

use super::lang::Lang;
use crate::http::receipt::rfc3339;
use askama::filters::HtmlSafe;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use ledger::time::Time;
use std::fmt;

/// The platform's zone: China Standard Time, which has no summer time.
pub const ZONE: i8 = 8;

/// A moment in the platform's zone.
pub fn local(time: Time) -> Zoned {
    let ms = i64::try_from(time.0).unwrap_or(i64::MAX);
    let moment = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
    moment.to_zoned(TimeZone::fixed(Offset::constant(ZONE)))
}

/// A moment to the minute: `2026年11月23日 10:05`, `Nov 23, 2026, 10:05 AM`.
pub fn minute(lang: Lang, time: Time) -> String {
    let pattern = match lang {
        Lang::Zh => "%Y年%-m月%-d日 %H:%M",
        Lang::En => "%b %-d, %Y, %-I:%M %p",
    };
    local(time).strftime(pattern).to_string()
}

/// A moment to the second and with its zone, for operators and programs.
pub fn second(time: Time) -> String {
    local(time).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// The day of a moment: `2026年11月23日`, `Nov 23, 2026`.
pub fn day(lang: Lang, time: Time) -> String {
    date(lang, local(time).date())
}

/// A day: `2026年11月23日`, `Nov 23, 2026`.
pub fn date(lang: Lang, day: Date) -> String {
    let pattern = match lang {
        Lang::Zh => "%Y年%-m月%-d日",
        Lang::En => "%b %-d, %Y",
    };
    day.strftime(pattern).to_string()
}

/// A month: `2026年11月`, `November 2026`.
pub fn month(lang: Lang, day: Date) -> String {
    let pattern = match lang {
        Lang::Zh => "%Y年%-m月",
        Lang::En => "%B %Y",
    };
    day.strftime(pattern).to_string()
}

/// The hour and minute alone, below the date that it belongs to.
pub fn clock(time: Time) -> String {
    local(time).strftime("%H:%M").to_string()
}

/// The day with this name: `2026-11-23`.
pub fn day_named(text: &str) -> Option<Date> {
    text.parse().ok().filter(|_| text.len() == 10)
}

/// When a day of the platform's zone begins.
pub fn midnight(day: Date) -> Option<Time> {
    let at = day.to_zoned(TimeZone::fixed(Offset::constant(ZONE))).ok()?;
    u64::try_from(at.timestamp().as_millisecond()).ok().map(Time)
}

/// What a field for a date and a time says, in the platform's zone: `2026-11-23T10:05`.
pub fn typed(text: &str) -> Option<Time> {
    let read: jiff::civil::DateTime = text.trim().parse().ok()?;
    let zoned = read.to_zoned(TimeZone::fixed(Offset::constant(ZONE))).ok()?;
    u64::try_from(zoned.timestamp().as_millisecond()).ok().map(Time)
}

/// A `time` element to the minute.
pub struct Moment {
    lang: Lang,
    time: Time,
    relative: bool,
}

impl Moment {
    /// The moment in a language; a script may say beside it how far away it is.
    pub const fn new(lang: Lang, time: Time) -> Moment {
        Moment { lang, time, relative: false }
    }

    /// The same, for a date that matters by how near it is.
    #[must_use]
    pub const fn relative(self) -> Moment {
        Moment { relative: true, ..self }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relative = if self.relative { " data-relative" } else { "" };
        let (machine, people) = (rfc3339(self.time), minute(self.lang, self.time));
        write!(f, "<time datetime=\"{machine}\"{relative}>{people}</time>")
    }
}

// Digits and words of ours.
impl HtmlSafe for Moment {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_each_language_writes_them() {
        let time = Time(1_795_399_500_000);
        assert_eq!(rfc3339(time), "2026-11-23T02:05:00.000Z");
        assert_eq!(minute(Lang::Zh, time), "2026年11月23日 10:05");
        assert_eq!(minute(Lang::En, time), "Nov 23, 2026, 10:05 AM");
        assert_eq!(second(time), "2026-11-23 10:05:00 +08:00");
        assert_eq!(clock(time), "10:05");
        assert_eq!(typed("2026-11-23T10:05"), Some(time));
        assert_eq!(typed(" 2026-11-23T10:05:00 "), Some(time));
        assert_eq!(typed("tomorrow"), None);
        assert_eq!(typed(""), None);
        let midnight = midnight(Date::constant(2026, 11, 23)).unwrap();
        assert_eq!(rfc3339(midnight), "2026-11-22T16:00:00.000Z");
    }
}
