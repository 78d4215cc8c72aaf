//! Of which time a shop wants to know, as the address says it.

use super::scan::Span;
use crate::web::form::escaped;
use crate::web::{dates, words};
use jiff::civil::Date;
use serde::Deserialize;

/// Days of which one paper tells.
pub(super) const DAYS_MAX: i32 = 92;

/// The query as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    pub(super) account: String,
    /// A month, such as `2026-11`.
    pub(super) month: String,
    /// The first and the last day of a paper.
    pub(super) from: String,
    pub(super) to: String,
    /// Which part of a long day, from 1.
    pub(super) page: String,
}

/// A field whose content cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) field: &'static str,
    pub(super) why: String,
}

impl Query {
    /// The first day of the month that is named, or of this one if none is.
    pub(super) fn first(&self, today: Date) -> Option<Date> {
        if self.month.is_empty() {
            return Some(today.first_of_month());
        }
        dates::day_named(&format!("{}-01", self.month))
    }

    /// The days of a paper, and when they begin and end.
    pub(super) fn range(&self, t: words::Settlements) -> Result<(Date, Date, Span), Unread> {
        let read = |field, text: &str| {
            let day = dates::day_named(text.trim());
            day.ok_or_else(|| Unread { field, why: t.date_unread().to_owned() })
        };
        let (from, to) = (read("from", &self.from)?, read("to", &self.to)?);
        let wrong = |why: String| Unread { field: "to", why };
        if to < from {
            return Err(wrong(t.reversed().to_owned()));
        }
        if from.until(to).is_ok_and(|it| it.get_days() >= DAYS_MAX) {
            return Err(wrong(t.too_long(DAYS_MAX)));
        }
        let span = days(from, to).ok_or_else(|| wrong(t.date_unread().to_owned()))?;
        Ok((from, to, span))
    }

    /// The page of a long day.
    pub(super) fn page(&self) -> usize {
        self.page.parse().unwrap_or(1).max(1)
    }
}

/// From the beginning of one day to the end of another.
pub(super) fn days(from: Date, to: Date) -> Option<Span> {
    Some(Span { from: dates::midnight(from)?, to: dates::midnight(to.tomorrow().ok()?)? })
}

/// An address of these pages: `fields` are those of the query, of which empty ones are left out.
pub(super) fn address(path: &str, fields: &[(&str, &str)]) -> String {
    let filled = fields.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> =
        filled.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}
