//! The run: buyers, sellers, top-ups, and then every step of every order in time order.

use super::plan::{Plan, Step};
use crate::client::{Client, ClientError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// An account of somebody in the file, and what it was made with.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) account: String,
    /// A buyer's card, if it has to pay anything.
    card: Option<String>,
}

/// What a run made: everything that has to be compared.
pub(super) struct Ran {
    pub(super) buyers: Vec<Party>,
    pub(super) sellers: Vec<Party>,
    pub(super) orders: Vec<String>,
    /// The top-ups that brought the money, and how much each was to bring.
    pub(super) top_ups: BTreeMap<String, u64>,
    /// Whether there may be others, which the bank refused or did too late.
    pub(super) from_cards: bool,
    pub(super) requests: usize,
}

/// How to run.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Requests under way at a time.
    pub(super) concurrency: usize,
    /// So many times as fast as it happened; as fast as possible if `None`.
    pub(super) speed: Option<f64>,
    /// Whether orders are paid straight from cards.
    pub(super) from_cards: bool,
}

type Progress = Arc<dyn Fn(&str, usize, usize) + Send + Sync>;

pub(super) async fn run(
    client: &Client,
    plan: &Arc<Plan>,
    pace: Pace,
    progress: Progress,
) -> Result<Ran, ClientError> {
    let requests = Arc::new(AtomicUsize::new(0));
    let (top_ups, from_cards) = (Arc::default(), pace.from_cards);
    let asker = Asker { client: client.clone(), requests: requests.clone(), top_ups, from_cards };
    let sums = plan.to_top_up();
    let buyers = each(plan.buyers.len(), pace.concurrency, "buyers", &progress, {
        let (asker, plan) = (asker.clone(), plan.clone());
        move |at| {
            let (asker, plan, amount) = (asker.clone(), plan.clone(), sums[at]);
            async move { buyer(&asker, &plan, at, amount).await }
        }
    })
    .await?;
    let sellers = each(plan.sellers.len(), pace.concurrency, "sellers", &progress, {
        let (asker, plan) = (asker.clone(), plan.clone());
        move |at| {
            let (asker, plan) = (asker.clone(), plan.clone());
            async move {
                let (_, account) = open(&asker, &plan, "merchant", &plan.sellers[at]).await?;
                Ok(Party { account, card: None })
            }
        }
    })
    .await?;
    let orders = live(&asker, plan, pace, &progress, &buyers, &sellers).await?;
    let top_ups = asker.top_ups.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Ran { buyers, sellers, orders, top_ups, from_cards, requests: requests.load(Relaxed) })
}

/// Asks under a name, and counts.
#[derive(Clone)]
struct Asker {
    client: Client,
    requests: Arc<AtomicUsize>,
    top_ups: Arc<Mutex<BTreeMap<String, u64>>>,
    from_cards: bool,
}

impl Asker {
    async fn post(&self, path: &str, name: &str, body: Value) -> Result<Value, ClientError> {
        self.requests.fetch_add(1, Relaxed);
        self.client.patient_post(path, name, &body).await
    }

    async fn id(&self, path: &str, name: &str, body: Value) -> Result<String, ClientError> {
        let receipt = self.post(path, name, body).await?;
        let id = receipt["id"].as_str().map(str::to_owned);
        id.ok_or_else(|| ClientError::Garbled(format!("{path} answered without an id")))
    }
}

/// Makes a user with an account, or finds the one made earlier: the names are the file's.
async fn open(
    asker: &Asker,
    plan: &Plan,
    kind: &str,
    name: &str,
) -> Result<(String, String), ClientError> {
    let key = |what: &str| format!("replay:{kind}:{name}:{what}");
    let user = json!({ "kind": kind, "name": name });
    let user = asker.id("/v1/users", &key("user"), user).await?;
    let account = json!({ "owner": user, "currency": plan.currency });
    let account = asker.id("/v1/accounts", &key(&plan.currency), account).await?;
    Ok((user, account))
}

async fn buyer(asker: &Asker, plan: &Plan, at: usize, amount: u64) -> Result<Party, ClientError> {
    let name = &plan.buyers[at];
    let (user, account) = open(asker, plan, "customer", name).await?;
    if amount == 0 {
        return Ok(Party { account, card: None });
    }
    let card = json!({ "user": user, "number": card_number(at) });
    let card = asker.id("/v1/cards", &format!("replay:customer:{name}:card"), card).await?;
    if !asker.from_cards {
        let body = json!({
            "account": account, "card": card, "amount": amount, "currency": plan.currency,
        });
        let key = format!("replay:{}:customer:{name}:top_up", plan.fingerprint);
        if !top_up(asker, &key, body, amount).await? {
            return Err(ClientError::Garbled(format!("the bank refused the top-up of {name}")));
        }
    }
    Ok(Party { account, card: Some(card) })
}

/// Tops up, and waits until it is known what became of it. Returns whether the money came.
async fn top_up(asker: &Asker, key: &str, body: Value, amount: u64) -> Result<bool, ClientError> {
    let id = asker.id("/v1/top_ups", key, body).await?;
    let mut pause = Duration::from_millis(5);
    let begun = Instant::now();
    loop {
        let now = asker.client.patient_get(&format!("/v1/top_ups/{id}")).await?;
        match now["stage"].as_str() {
            Some("credited") => {
                let mut top_ups = asker.top_ups.lock().unwrap_or_else(PoisonError::into_inner);
                top_ups.insert(id, amount);
                return Ok(true);
            }
            // What the bank refused, or did otherwise than it was told, is accounted for elsewhere.
            Some("rejected" | "returned" | "investigating") => return Ok(false),
            _ if begun.elapsed() < BANK_PATIENCE => {}
            other => {
                let why = format!("top-up {id} is {}", other.unwrap_or("without a stage"));
                return Err(ClientError::Garbled(why));
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

/// Pays an order from its buyer's card; again, as the buyer would, when the bank says no.
async fn pay_from_card(
    asker: &Asker,
    plan: &Plan,
    order: (&str, &str),
    buyer: &Party,
    amount: u64,
) -> Result<(), ClientError> {
    let (id, key) = order;
    for attempt in 1..=ATTEMPTS {
        let body = json!({
            "account": buyer.account, "card": buyer.card, "amount": amount,
            "currency": plan.currency, "order": id, "deliberate": true,
        });
        if top_up(asker, &format!("{key}:{attempt}"), body, amount).await? {
            return Ok(());
        }
    }
    Err(ClientError::Garbled(format!("the bank refused {ATTEMPTS} payments of order {id}")))
}

/// How often a buyer tries to pay an order.
const ATTEMPTS: u32 = 8;
const BANK_PATIENCE: Duration = Duration::from_mins(5);

/// A card number of our own making, with the check digit of ISO/IEC 7812 (Luhn). The simulated bank
/// has cards that misbehave; they begin with 6200.
fn card_number(at: usize) -> String {
    let body = format!("629{at:012}");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            let doubled = if place % 2 == 0 { digit * 2 } else { digit };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// Takes every order through its steps, in time order; the steps of one order one after the other.
async fn live(
    asker: &Asker,
    plan: &Arc<Plan>,
    pace: Pace,
    progress: &Progress,
    buyers: &[Party],
    sellers: &[Party],
) -> Result<Vec<String>, ClientError> {
    let schedule = Arc::new(plan.schedule());
    // How far each order has come, and its identifier once it has one.
    let state: Vec<_> = plan.orders.iter().map(|_| watch::channel((0, String::new())).0).collect();
    let state = Arc::new(state);
    let (buyers, sellers) = (Arc::new(buyers.to_vec()), Arc::new(sellers.to_vec()));
    let begun = tokio::time::Instant::now();
    let first = schedule.first().map_or(0, |(time, _, _)| *time);
    each(schedule.len(), pace.concurrency, "steps", progress, {
        let (asker, plan, state) = (asker.clone(), plan.clone(), state.clone());
        move |at| {
            let (time, order, step) = schedule[at];
            let (asker, plan, state) = (asker.clone(), plan.clone(), state.clone());
            let (buyers, sellers) = (buyers.clone(), sellers.clone());
            async move {
                if let Some(speed) = pace.speed {
                    let after = Duration::from_millis(time.saturating_sub(first).unsigned_abs());
                    tokio::time::sleep_until(begun + after.div_f64(speed)).await;
                }
                let mut seen = state[order].subscribe();
                let here = seen.wait_for(|(done, _)| *done == step).await;
                let id = here.map(|it| it.1.clone()).unwrap_or_default();
                let planned = &plan.orders[order];
                let (buyer, seller) = (&buyers[planned.buyer], &sellers[planned.seller]);
                let id = take(&asker, &plan, order, step, id, (buyer, seller)).await?;
                state[order].send_replace((step + 1, id));
                Ok(())
            }
        }
    })
    .await?;
    Ok(state.iter().map(|it| it.borrow().1.clone()).collect())
}

/// Takes one step of one order. Returns the order's identifier.
async fn take(
    asker: &Asker,
    plan: &Plan,
    order: usize,
    step: usize,
    id: String,
    (buyer, seller): (&Party, &Party),
) -> Result<String, ClientError> {
    let planned = &plan.orders[order];
    let key = |what: &str| format!("replay:{}:order:{}:{what}", plan.fingerprint, planned.number);
    let money = json!({ "amount": planned.amount, "currency": plan.currency });
    let (action, body) = match planned.steps[step].1 {
        Step::Create => {
            let body = json!({
                "seller": seller.account, "buyer": buyer.account, "number": planned.number,
                "amount": planned.amount, "currency": plan.currency,
            });
            return asker.id("/v1/orders", &key("create"), body).await;
        }
        Step::Pay if asker.from_cards => {
            let key = key("pay_from_card");
            pay_from_card(asker, plan, (&id, &key), buyer, planned.amount).await?;
            return Ok(id);
        }
        Step::Pay => ("pay", money),
        Step::Ship => ("ship", json!({})),
        Step::Confirm => ("confirm", json!({})),
        Step::Cancel => ("cancel", json!({ "party": "seller" })),
        Step::Refund => ("refund", money),
    };
    asker.post(&format!("/v1/orders/{id}/{action}"), &key(action), body).await?;
    Ok(id)
}

/// Does something for every number below `count`, begun in order, so many at a time.
async fn each<T, F>(
    count: usize,
    concurrency: usize,
    what: &str,
    progress: &Progress,
    task: impl Fn(usize) -> F,
) -> Result<Vec<T>, ClientError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, ClientError>> + Send + 'static,
{
    let mut results: Vec<Option<T>> = Vec::new();
    results.resize_with(count, || None);
    let mut running = JoinSet::new();
    let (mut begun, mut done) = (0, 0);
    while done < count {
        while begun < count && running.len() < concurrency.max(1) {
            let (at, future) = (begun, task(begun));
            running.spawn(async move { (at, future.await) });
            begun += 1;
        }
        let Some(ended) = running.join_next().await else { break };
        let (at, result) = ended.map_err(|error| ClientError::Garbled(error.to_string()))?;
        results[at] = Some(result?);
        done += 1;
        progress(what, done, count);
    }
    Ok(results.into_iter().flatten().collect())
}
