//! What happens by itself. Time comes from the journal: before a record is applied, everything that
//! was due by its time happens, once and in order, also after a week's downtime.

use super::orders::{close, complete, next, write};
use super::refunds::grant;
use super::{At, Done, Work, holds, top_ups};
use crate::books::{Books, Timer};
use crate::event::{Actor, EventKind};
use crate::id::OrderId;
use crate::money::Money;
use crate::order::{Event, Order, Stage};
use crate::rejection::Rejection;
use crate::time::Seconds;

/// Lets everything happen that is due by the time of `at`.
pub fn advance<B: Books>(books: &mut B, at: At) {
    let Some(settings) = books.settings() else { return };
    let now = at.time.after(settings.clock_ahead);
    while let Some((_, timer)) = books.first_due(now) {
        let actor = Actor::Clock;
        let mut work = Work { books, settings, position: at.position, now, actor };
        let done = match timer {
            Timer::Order(id) => lapse(&mut work, id),
            Timer::Hold(id) => holds::expire(&mut work, id),
            Timer::TopUp(id) => top_ups::compensate(&mut work, id),
        };
        if done.is_err() {
            postpone(&mut work, timer);
        }
    }
}

/// What cannot happen now is tried again a day later. A stage that can lapse can always lapse; what
/// may stand in the way is an account whose sums are full.
fn postpone<B: Books>(work: &mut Work<'_, B>, timer: Timer) {
    match timer {
        Timer::Order(id) => {
            let Some(order) = work.books.order(id) else { return };
            let after = Order { due: Some(work.now.after(Seconds::days(1))), ..order };
            let nothing = Money::new(0, order.currency());
            write(work, Some(&order), &after, EventKind::OrderExtended, nothing);
        }
        Timer::TopUp(id) => top_ups::wait_on(work, id),
        // Giving up a hold moves nothing.
        Timer::Hold(_) => unreachable!("a hold that is open can expire"),
    }
}

/// A deadline of an order passes.
fn lapse<B: Books>(work: &mut Work<'_, B>, id: OrderId) -> Done {
    let order = work.books.order(id).ok_or(Rejection::OrderNotFound)?;
    match order.stage {
        Stage::Created => {
            let stage = next(&order, Event::Lapse)?;
            Ok(close(work, &order, stage, EventKind::OrderClosed))
        }
        Stage::PaidRefundAsked | Stage::ShippedRefundAsked => grant(work, &order),
        Stage::Shipped
        | Stage::Paid
        | Stage::Disputed
        | Stage::Completed
        | Stage::Refunded
        | Stage::Closed => complete(work, &order, Event::Lapse),
    }
}
