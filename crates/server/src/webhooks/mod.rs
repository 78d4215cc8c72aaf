//! Webhooks: every event of a merchant, brought to each of its endpoints at least once, signed as
//! the Standard Webhooks specification 1.0.0 says (<https://www.standardwebhooks.com>).
//!
//! What is owed to whom is in the books: the ledger lists a delivery as pending in the same step as
//! the event happens, and this worker keeps nothing but what is under way. An attempt counts when
//! the ledger has written it down; one that was lost in between is made again under the same
//! `webhook-id`. `docs/webhooks.md` is what receivers read.

mod address;
pub mod attempts;
pub mod check;
mod send;
mod sign;

pub use address::{Policy, Target, Unfit, target};
pub use sign::{MASTER_FILE, Secrets};

use crate::api::events;
use crate::app::App;
use crate::http::problem::Problem;
use attempts::{Attempt, Trouble, Went};
use ledger::command::{Command, RecordAttempt, Request};
use ledger::event::{Actor, Happening};
use ledger::id::{CellId, DeliveryId, EndpointId, EventId, RequestId};
use ledger::registry::{Delivery, DeliveryStage, Endpoint};
use ledger::time::{Seconds, Time};
use send::Sender;
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Attempts at a time.
const CONCURRENCY: usize = 128;
/// Attempts at a time to one endpoint: a slow one must not take all.
const PER_ENDPOINT: usize = 8;
/// Pending deliveries that are looked at in one round.
const ROUND: usize = 512;
/// Pause between rounds.
const PAUSE: Duration = Duration::from_millis(50);
/// How long the secret before a rotation is still signed with.
const OVERLAP: Seconds = Seconds(24 * 3_600);

/// What is under way.
#[derive(Default)]
struct UnderWay {
    deliveries: HashSet<DeliveryId>,
    endpoints: HashMap<EndpointId, usize>,
}

/// Works until it is dropped.
pub async fn run(app: App) {
    let worker = Worker {
        sender: Arc::new(Sender::new(Policy::of(app.engine().sandbox()))),
        app,
        under_way: Arc::default(),
        permits: Arc::new(Semaphore::new(CONCURRENCY)),
    };
    let mut places: BTreeMap<CellId, Option<(Time, DeliveryId)>> = BTreeMap::new();
    loop {
        for cell in worker.app.engine().all_cells() {
            // Each round goes on behind the one before and begins anew at the end, so that an
            // endpoint that owes thousands of answers hides nobody else's deliveries.
            let place = places.entry(cell).or_default();
            *place = worker.round(cell, *place);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

struct Worker {
    app: App,
    sender: Arc<Sender>,
    under_way: Arc<Mutex<UnderWay>>,
    permits: Arc<Semaphore>,
}

impl Worker {
    /// Starts what is due behind a place, and says where to go on.
    fn round(&self, cell: CellId, after: Option<(Time, DeliveryId)>) -> Option<(Time, DeliveryId)> {
        // What cannot be read now is looked for again in the next round.
        let now = self.app.engine().now(cell).ok()?;
        let due = self.app.read(cell, |view| {
            let mut due = Vec::new();
            for (time, id) in view.pending_deliveries(after, now, ROUND)? {
                due.extend(view.delivery(id)?.map(|it| (time, it)));
            }
            Ok(due)
        });
        let (due, _) = due.ok()?;
        let mut last = None;
        for (time, delivery) in &due {
            if self.may_begin(delivery) {
                let Ok(permit) = self.permits.clone().try_acquire_owned() else {
                    self.end(delivery);
                    return last.or(after);
                };
                self.begin(*delivery, permit);
            }
            last = Some((*time, delivery.id));
        }
        last.filter(|_| due.len() == ROUND)
    }

    /// Notes that an attempt begins, unless it or too many to its endpoint are under way.
    fn may_begin(&self, delivery: &Delivery) -> bool {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let count = under_way.endpoints.get(&delivery.endpoint).copied().unwrap_or(0);
        if count >= PER_ENDPOINT || !under_way.deliveries.insert(delivery.id) {
            return false;
        }
        under_way.endpoints.insert(delivery.endpoint, count + 1);
        true
    }

    fn end(&self, delivery: &Delivery) {
        end(&self.under_way, delivery);
    }

    fn begin(&self, delivery: Delivery, permit: OwnedSemaphorePermit) {
        let (app, sender, under_way) =
            (self.app.clone(), self.sender.clone(), self.under_way.clone());
        tokio::spawn(async move {
            attempt(&app, &sender, delivery.id).await;
            end(&under_way, &delivery);
            drop(permit);
        });
    }
}

fn end(under_way: &Mutex<UnderWay>, delivery: &Delivery) {
    let mut under_way = under_way.lock().unwrap_or_else(PoisonError::into_inner);
    under_way.deliveries.remove(&delivery.id);
    if let Some(count) = under_way.endpoints.get_mut(&delivery.endpoint) {
        *count -= 1;
        if *count == 0 {
            under_way.endpoints.remove(&delivery.endpoint);
        }
    }
}

/// Makes one attempt, and writes down how it went.
async fn attempt(app: &App, sender: &Sender, id: DeliveryId) {
    let Some(message) = message(app, id) else { return };
    let (at, begun) = (app.engine().now(id.cell()).unwrap_or_default(), Instant::now());
    let went = match &message.url {
        Some(url) => {
            let curious = app.demo().is_some();
            sender.post(url, message.headers(), message.body.clone(), curious).await
        }
        // The endpoint is gone: nobody is asked, and nobody answers.
        None => Went::failed(Trouble::Gone),
    };
    let status = went.status;
    let attempt = Attempt { delivery: id, at, took: begun.elapsed(), went };
    app.attempts().keep(message.endpoint, attempt);
    let command = Command::RecordAttempt(RecordAttempt { delivery: id, status });
    let request = Request { id: RequestId::UNNAMED, actor: Actor::Platform, command };
    // If this cannot be written down the delivery is still pending, and is made again.
    let _ = app.ask(id.cell(), request).await;
}

/// What is sent.
struct Message {
    id: String,
    endpoint: EndpointId,
    timestamp: u64,
    signature: String,
    /// Nowhere, if the endpoint is gone.
    url: Option<String>,
    body: String,
}

impl Message {
    fn headers(&self) -> [(&'static str, String); 3] {
        [
            ("webhook-id", self.id.clone()),
            ("webhook-timestamp", self.timestamp.to_string()),
            ("webhook-signature", self.signature.clone()),
        ]
    }
}

/// The message of a delivery, if it is still to be made.
fn message(app: &App, id: DeliveryId) -> Option<Message> {
    let look = |view: &store::View<'_>| {
        let Some(delivery) = view.delivery(id)? else { return Ok(None) };
        let endpoint = view.endpoint(delivery.endpoint)?;
        let happening = view.happening(delivery.event.number())?;
        Ok(endpoint.zip(happening).map(|(endpoint, it)| (delivery, endpoint, it)))
    };
    let (found, _) = app.read(id.cell(), look).ok()?;
    let (delivery, endpoint, happening) = found?;
    if delivery.stage != DeliveryStage::Pending {
        return None;
    }
    let url = if endpoint.disabled_at.is_none() { url_of(app, &endpoint) } else { None };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let timestamp = now.map_or(0, |it| it.as_secs());
    let body = body(app, delivery.event, &happening).ok()?;
    let name = delivery.event.to_string();
    let rotated = overlap(app, &endpoint).is_some();
    let signature = app.secrets().sign(&endpoint, rotated, &name, timestamp, &body);
    Some(Message { id: name, endpoint: endpoint.id, timestamp, signature, url, body })
}

/// Where an endpoint is: the record that added it says so.
pub(crate) fn url_of(app: &App, endpoint: &Endpoint) -> Option<String> {
    let request = app.engine().request_at(endpoint.id.cell(), endpoint.position).ok()?;
    let Command::AddEndpoint(it) = request.command else { return None };
    Some(it.url.as_str().to_owned())
}

/// Until when messages are signed with the secret before a rotation, too; `None` if they are not.
pub(crate) fn overlap(app: &App, endpoint: &Endpoint) -> Option<Time> {
    let until = endpoint.rotated_at.after(OVERLAP);
    let now = app.engine().now(endpoint.id.cell()).ok()?;
    (endpoint.generation > 0 && now < until).then_some(until)
}

/// The same bytes for every attempt: an event never changes.
pub(crate) fn body(app: &App, id: EventId, it: &Happening) -> Result<String, Problem> {
    let message = json!({
        "type": it.kind.code(),
        "timestamp": crate::http::receipt::rfc3339(it.time),
        "data": events::render(app, id.cell(), id.number(), it)?,
    });
    Ok(message.to_string())
}
