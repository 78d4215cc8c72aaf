//! How a shop does: what was paid today and in a week, and how many orders were paid at all.

use crate::app::App;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::developers::times;
use crate::web::{dates, money, words};
use ledger::currency::Currency;
use ledger::event::{EventKind, Subject};
use ledger::time::Time;
use std::collections::HashSet;

/// Events that are counted; what is more is said to be more.
const EVENTS_MAX: usize = 5_000;
/// A day.
const DAY_MS: u64 = 86_400_000;

/// What the last days came to.
#[derive(Default)]
pub(super) struct Numbers {
    today: u64,
    week: u64,
    created: usize,
    paid: usize,
    more: bool,
}

/// A number with what it says, and what it is of.
pub(super) struct Shown {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) note: String,
}

/// Counts the events of the last seven days, of which today is the last.
pub(super) fn count(app: &App, signed: &Signed) -> Result<Numbers, Problem> {
    let now = app.engine().now(signed.user.cell()).unwrap_or_default();
    let today = midnight(now);
    let from = Time(today.0.saturating_sub(6 * DAY_MS));
    let span = [from, Time(now.0.saturating_add(1))];
    let events = times::events(app, signed.user, span, EVENTS_MAX + 1)?;
    let (numbers, _) = app.read(signed.user.cell(), |view| {
        let mut numbers = Numbers { more: events.len() > EVENTS_MAX, ..Numbers::default() };
        let mut created = HashSet::new();
        for id in events.iter().take(EVENTS_MAX) {
            let Some(it) = view.happening(id.number())? else { continue };
            let Subject::Order(order) = it.subject else { continue };
            if it.kind == EventKind::OrderCreated {
                created.insert(order);
            }
            if it.kind != EventKind::OrderPaid {
                continue;
            }
            numbers.paid += usize::from(created.contains(&order));
            if view.order(order)?.is_some_and(|it| it.currency() == Currency::CNY) {
                numbers.week += it.amount;
                numbers.today += if it.time >= today { it.amount } else { 0 };
            }
        }
        numbers.created = created.len();
        Ok(numbers)
    })?;
    Ok(numbers)
}

/// When the day of a moment began, in the platform's zone.
fn midnight(now: Time) -> Time {
    let begun = dates::local(now).start_of_day().map(|it| it.timestamp().as_millisecond());
    begun.ok().and_then(|it| u64::try_from(it).ok()).map_or(now, Time)
}

impl Numbers {
    /// The numbers as the page shows them.
    pub(super) fn shown(&self, t: words::Shop) -> [Shown; 3] {
        let amount = |units| {
            let shown = money::minor(units, Currency::CNY);
            if self.more { t.at_least(shown) } else { shown }
        };
        let rate = self.created.checked_sub(1).map(|_| self.paid * 1_000 / self.created);
        let rate = rate.map_or_else(|| "—".to_owned(), |it| format!("{}.{}%", it / 10, it % 10));
        let of = t.rate_of(self.created, self.paid);
        [
            Shown { label: t.paid_today(), value: amount(self.today), note: String::new() },
            Shown { label: t.paid_week(), value: amount(self.week), note: String::new() },
            Shown { label: t.success_rate(), value: rate, note: of },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn days_begin_at_midnight_here() {
        let time = Time(1_795_399_500_000);
        assert_eq!(dates::second(midnight(time)), "2026-11-23 00:00:00 +08:00");
        assert_eq!(midnight(midnight(time)), midnight(time));
    }

    #[test]
    fn a_rate_needs_something_to_be_of() {
        let t = words::Shop(Lang::En);
        assert_eq!(Numbers::default().shown(t)[2].value, "—");
        let some = Numbers { created: 3, paid: 2, ..Numbers::default() };
        assert_eq!(some.shown(t)[2].value, "66.6%");
        let all = Numbers { created: 2, paid: 2, ..Numbers::default() };
        assert_eq!(all.shown(t)[2].value, "100.0%");
    }
}
