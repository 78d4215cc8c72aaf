//! What happened, and who hears of it: the event feed, webhook endpoints, and deliveries.

use super::{Done, Work};
use crate::books::{Books, Listing, Record, Series};
use crate::command::{
    AddEndpoint, REDELIVER_MAX, RecordAttempt, Redeliver, RemoveEndpoint, RotateEndpoint,
};
use crate::currency::Currency;
use crate::event::{EventKind, Happening, Subject};
use crate::id::{DeliveryId, EndpointId, EventId, UserId};
use crate::money::Money;
use crate::registry::{
    DELIVERY_SCHEDULE, Delivery, DeliveryStage, DiscardDelivery, Endpoint, User, UserKind,
};
use crate::rejection::Rejection;
use crate::time::Time;

/// The most endpoints that one merchant has in use.
const ENDPOINTS_MAX: u32 = 16;

impl<B: Books> Work<'_, B> {
    /// Writes down that something happened, for its timeline, the feed, and webhooks. Returns the
    /// event's number.
    pub(super) fn happened(
        &mut self,
        kind: EventKind,
        subject: Subject,
        merchant: Option<UserId>,
        amount: Money,
        previous: Option<u64>,
    ) -> u64 {
        let number = self.books.next_number(Series::Events);
        self.books.add_happening(&Happening {
            position: self.position,
            time: self.now,
            kind,
            actor: self.actor,
            subject,
            merchant,
            amount: amount.minor(),
            previous,
        });
        if let Some(user) = merchant {
            let event = EventId::new(self.cell(), number);
            self.books.list(Listing::UserEvent(user, event));
            let endpoints = self.books.user(user).map_or(0, |it| it.endpoints);
            if endpoints > 0 {
                let limit = usize::try_from(endpoints).unwrap_or(usize::MAX);
                for endpoint in self.books.endpoints_of(user, limit) {
                    owe(self, endpoint, event);
                }
            }
        }
        number
    }
}

/// Owes an endpoint the delivery of an event, now.
fn owe<B: Books>(work: &mut Work<'_, B>, endpoint: EndpointId, event: EventId) {
    let id = DeliveryId::new(work.cell(), work.books.next_number(Series::Deliveries));
    work.books.list(Listing::PendingDelivery(work.now, id));
    work.books.list(Listing::EndpointDelivery(endpoint, id));
    work.books.put(Record::Delivery(Delivery {
        id,
        endpoint,
        event,
        stage: DeliveryStage::Pending,
        attempts: 0,
        last_status: 0,
        next_at: work.now,
        created_at: work.now,
    }));
}

pub(super) fn add_endpoint<B: Books>(work: &mut Work<'_, B>, it: &AddEndpoint) -> Done {
    if it.user.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let user = work.books.user(it.user).ok_or(Rejection::UserNotFound)?;
    if !work.acts_for(Some(user.id)) {
        return Err(Rejection::UserNotFound);
    }
    if user.kind != UserKind::Merchant {
        return Err(Rejection::KindNotAllowed);
    }
    if user.endpoints >= ENDPOINTS_MAX {
        return Err(Rejection::CountOutOfRange);
    }

    let id = EndpointId::new(work.cell(), work.books.next_number(Series::Endpoints));
    work.books.put(Record::Endpoint(Endpoint {
        id,
        user: user.id,
        generation: 0,
        rotated_at: work.now,
        created_at: work.now,
        disabled_at: None,
        position: work.position,
    }));
    let endpoints = user.endpoints.saturating_add(1);
    work.books.put(Record::User(User { endpoints, ..user }));
    work.books.list(Listing::UserEndpoint(user.id, id));
    Ok(Subject::Endpoint(id))
}

pub(super) fn rotate_endpoint<B: Books>(work: &mut Work<'_, B>, it: RotateEndpoint) -> Done {
    let endpoint = in_use(work, it.endpoint)?;

    let generation = endpoint.generation.saturating_add(1);
    let rotated_at = work.now;
    work.books.put(Record::Endpoint(Endpoint { generation, rotated_at, ..endpoint }));
    Ok(Subject::Endpoint(endpoint.id))
}

pub(super) fn remove_endpoint<B: Books>(work: &mut Work<'_, B>, it: RemoveEndpoint) -> Done {
    let endpoint = in_use(work, it.endpoint)?;

    disable(work, &endpoint);
    Ok(Subject::Endpoint(endpoint.id))
}

fn disable<B: Books>(work: &mut Work<'_, B>, endpoint: &Endpoint) {
    let disabled_at = Some(work.now);
    work.books.put(Record::Endpoint(Endpoint { disabled_at, ..*endpoint }));
    if let Some(user) = work.books.user(endpoint.user) {
        let endpoints = user.endpoints.saturating_sub(1);
        work.books.put(Record::User(User { endpoints, ..user }));
    }
    work.books.unlist(Listing::UserEndpoint(endpoint.user, endpoint.id));
}

pub(super) fn redeliver<B: Books>(work: &mut Work<'_, B>, it: Redeliver) -> Done {
    let endpoint = in_use(work, it.endpoint)?;
    if it.from.cell() != work.cell() || it.to.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    if it.from > it.to {
        return Err(Rejection::CountOutOfRange);
    }
    let limit = usize::try_from(REDELIVER_MAX).unwrap_or(usize::MAX).saturating_add(1);
    let events = work.books.events_of(endpoint.user, it.from, it.to, limit);
    if events.is_empty() || events.len() >= limit {
        return Err(Rejection::CountOutOfRange);
    }

    for event in events {
        owe(work, endpoint.id, event);
    }
    Ok(Subject::Endpoint(endpoint.id))
}

/// Says how an attempt went, and when the next one is.
pub(super) fn record_attempt<B: Books>(work: &mut Work<'_, B>, it: RecordAttempt) -> Done {
    work.platform_only()?;
    if it.delivery.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let before = work.books.delivery(it.delivery).ok_or(Rejection::DeliveryNotFound)?;
    if before.stage != DeliveryStage::Pending {
        return Err(Rejection::StateUnchanged);
    }

    let endpoint = work.books.endpoint(before.endpoint).filter(|it| it.disabled_at.is_none());
    let attempts = before.attempts.saturating_add(1);
    let next = DELIVERY_SCHEDULE.get(usize::from(attempts)).copied();
    let (stage, next_at) = match (it.status, next, endpoint) {
        (200..300, _, _) => (DeliveryStage::Delivered, Time(0)),
        (410, _, Some(endpoint)) => {
            disable(work, &endpoint);
            (DeliveryStage::Failed, Time(0))
        }
        (_, Some(pause), Some(_)) => (DeliveryStage::Pending, work.now.after(pause)),
        (_, None, _) | (_, _, None) => (DeliveryStage::Failed, Time(0)),
    };
    work.books.unlist(Listing::PendingDelivery(before.next_at, before.id));
    if stage == DeliveryStage::Pending {
        work.books.list(Listing::PendingDelivery(next_at, before.id));
    }
    let last_status = it.status;
    let after = Delivery { stage, attempts, last_status, next_at, ..before };
    work.books.put(Record::Delivery(after));
    Ok(Subject::Delivery(before.id))
}

/// What failed need not be made any more. Its merchant may still ask for the event again.
pub(super) fn discard<B: Books>(work: &mut Work<'_, B>, it: DiscardDelivery) -> Done {
    work.platform_only()?;
    if it.delivery.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let before = work.books.delivery(it.delivery).ok_or(Rejection::DeliveryNotFound)?;
    match before.stage {
        DeliveryStage::Failed => {}
        DeliveryStage::Discarded => return Err(Rejection::StateUnchanged),
        DeliveryStage::Pending | DeliveryStage::Delivered => return Err(Rejection::NotAllowed),
    }

    work.books.put(Record::Delivery(Delivery { stage: DeliveryStage::Discarded, ..before }));
    // No merchant is told: the endpoint that took nothing would owe a delivery of this, too.
    let (subject, nothing) = (Subject::Delivery(before.id), Money::new(0, Currency::CNY));
    let event = work.happened(EventKind::DeliveryDiscarded, subject, None, nothing, None);
    let event = EventId::new(work.cell(), event);
    work.books.list(Listing::DeliveryEvent(before.id, event));
    Ok(subject)
}

fn in_use<B: Books>(work: &mut Work<'_, B>, id: EndpointId) -> Result<Endpoint, Rejection> {
    if id.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let endpoint = work.books.endpoint(id).ok_or(Rejection::EndpointNotFound)?;
    if !work.acts_for(Some(endpoint.user)) || endpoint.disabled_at.is_some() {
        return Err(Rejection::EndpointNotFound);
    }
    Ok(endpoint)
}
