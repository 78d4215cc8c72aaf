//! Times that developers type, and the events in between.

use crate::app::App;
use crate::http::problem::Problem;
use crate::web::dates;
use ledger::books::Series;
use ledger::id::{CellId, EventId, UserId};
use ledger::time::Time;
use store::index::Direction;
use store::{List, Miss};

/// How fields of forms write a moment, in the platform's zone.
const FIELD: &str = "%Y-%m-%dT%H:%M";

/// A moment for a field.
pub(super) fn field(time: Time) -> String {
    dates::local(time).strftime(FIELD).to_string()
}

/// The day before a moment, for two fields; the last minute is all in it.
pub(super) fn last_day(now: Time) -> (String, String) {
    let minute = 60_000;
    (field(Time(now.0.saturating_sub(1_440 * minute))), field(Time(now.0.saturating_add(minute))))
}

/// The first of the numbers below `count` for which `late` holds; they hold from one on.
pub(super) fn first<E>(count: u64, mut late: impl FnMut(u64) -> Result<bool, E>) -> Result<u64, E> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if late(middle)? { high = middle } else { low = middle + 1 }
    }
    Ok(low)
}

/// The events of a merchant from one moment to before another, the oldest first, at most so many.
pub(crate) fn events(
    app: &App,
    user: UserId,
    [from, to]: [Time; 2],
    limit: usize,
) -> Result<Vec<EventId>, Problem> {
    let cell: CellId = user.cell();
    let (found, _) = app.read(cell, |view| {
        // The times of a cell never fall, so both ends are found by halves.
        let count = view.count(Series::Events)?;
        let since = |time: Time| {
            first(count, |it| Ok::<_, Miss>(view.happening(it)?.is_none_or(|it| it.time >= time)))
        };
        let (begin, end) = (since(from)?, since(to)?);
        let after = begin.checked_sub(1).map(|it| EventId::new(cell, it).raw());
        let ids = view.list(List::UserEvents(user), Direction::Forwards, after, limit)?;
        let ids = ids.into_iter().map(EventId::from_raw);
        Ok(ids.take_while(|it| it.number() < end).collect())
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_are_written() {
        let time = Time(1_795_399_500_000);
        assert_eq!(field(time), "2026-11-23T10:05");
        assert_eq!(dates::typed(&field(time)), Some(time));
    }

    #[test]
    fn the_first_that_holds_is_found() {
        for count in 0..40 {
            for wanted in 0..=count {
                let found = first(count, |it| Ok::<_, ()>(it >= wanted));
                assert_eq!(found, Ok(wanted));
            }
        }
    }
}
