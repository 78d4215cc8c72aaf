//! The load itself: closed loops over kept connections, as cheap for each request as they can be
//! made, because the load generator shares the machine with what it measures.

use super::wire::Wire;
use crate::client::ClientError;
use http::StatusCode;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the platform keeps of an order of the load: 60 basis points of 10,000.
pub(super) const PRICE: u64 = 10_000;
pub(super) const FEE: u64 = 60;

pub(super) struct Load {
    pub(super) server: String,
    pub(super) key: String,
    pub(super) clients: usize,
    pub(super) time: Duration,
    /// Requests in a second, by all clients together, if they are not to wait for answers.
    pub(super) rate: Option<u64>,
    pub(super) batch: usize,
    pub(super) customers: Vec<String>,
    pub(super) merchants: Vec<String>,
}

/// What the load generator saw, and what it believes that it moved.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) took: Duration,
    pub(super) requests: u64,
    pub(super) movements: u64,
    pub(super) refused: u64,
    /// Of every request, in microseconds.
    latencies: Vec<u32>,
    /// By how much each account's balance must have changed.
    pub(super) moved: Vec<i64>,
}

impl Measured {
    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a rate is not money")]
    pub(super) fn per_second(&self, count: u64) -> f64 {
        (count as f64 / self.took.as_secs_f64()).round()
    }

    #[expect(clippy::float_arithmetic, reason = "a latency is not money")]
    pub(super) fn per_mille(&self, part: usize) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = self.latencies.get(last * part / 1_000).copied().unwrap_or(0);
        f64::from(at) / 1_000.0
    }

    /// How many accounts do not have what they must have.
    pub(super) fn reconcile(&self, before: &[i64], after: &[i64]) -> usize {
        let each = before.iter().zip(after).zip(&self.moved);
        each.filter(|((before, after), moved)| **before + **moved != **after).count()
    }

    fn merge(&mut self, other: Measured) {
        self.requests += other.requests;
        self.movements += other.movements;
        self.refused += other.refused;
        self.latencies.extend(other.latencies);
        for (sum, more) in self.moved.iter_mut().zip(other.moved) {
            *sum += more;
        }
    }
}

/// One connection, and what it saw.
pub(super) struct Client {
    pub(super) load: Arc<Load>,
    connection: Wire,
    pub(super) name: String,
    /// When the next request has to be sent, if that does not depend on answers.
    next: Option<Instant>,
    pub(super) seen: Measured,
}

/// The time that so many requests take at a rate.
fn span(requests: usize, rate: u64) -> Duration {
    let requests = u64::try_from(requests).unwrap_or(u64::MAX);
    Duration::from_nanos(requests.saturating_mul(1_000_000_000) / rate.max(1))
}

fn broken(error: impl std::fmt::Display) -> ClientError {
    ClientError::Connection(error.to_string())
}

impl Load {
    pub(super) async fn transfers(self, hot: bool) -> Result<(Arc<Load>, Measured), ClientError> {
        self.run(move |mut client, until| async move {
            let mut body = String::new();
            while Instant::now() < until {
                let (debit, credit) = client.pair(hot);
                body.clear();
                client.write_transfer(&mut body, debit, credit);
                let (status, _) = client.post("/v1/transfers", &body).await?;
                client.count(status, StatusCode::CREATED, 1);
                if status == StatusCode::CREATED {
                    client.move_one(debit, credit);
                }
            }
            Ok(client.seen)
        })
        .await
    }

    pub(super) async fn batches(self) -> Result<(Arc<Load>, Measured), ClientError> {
        self.run(|mut client, until| async move {
            let (mut body, mut pairs) = (String::new(), Vec::new());
            let size = client.load.batch;
            while Instant::now() < until {
                body.clear();
                pairs.clear();
                body.push_str("{\"items\":[");
                for at in 0..size {
                    let (debit, credit) = client.pair(false);
                    pairs.push((debit, credit));
                    let comma = if at == 0 { "" } else { "," };
                    let (run, number) = (&client.name, client.seen.requests);
                    let _ = write!(body, "{comma}{{\"id\":\"{run}-{number}-{at}\",");
                    client.write_members(&mut body, debit, credit);
                    body.push('}');
                }
                body.push_str("]}");
                let (status, answer) = client.post("/v1/batches", &body).await?;
                let all = format!("\"accepted\":{size},\"rejected\":0");
                let good = answer.windows(all.len()).take(64).any(|it| it == all.as_bytes());
                let status = if good { status } else { StatusCode::CONFLICT };
                client.count(status, StatusCode::OK, u64::try_from(size).unwrap_or(0));
                if status == StatusCode::OK {
                    for (debit, credit) in &pairs {
                        client.move_one(*debit, *credit);
                    }
                }
            }
            Ok(client.seen)
        })
        .await
    }

    pub(super) async fn escrow(self) -> Result<(Arc<Load>, Measured), ClientError> {
        self.run(|mut client, until| async move {
            while Instant::now() < until {
                client.one_order().await?;
            }
            Ok(client.seen)
        })
        .await
    }

    /// Lets every client work until the time is over, and adds up what they saw.
    pub(super) async fn run<F>(
        self,
        work: impl Fn(Client, Instant) -> F,
    ) -> Result<(Arc<Load>, Measured), ClientError>
    where
        F: Future<Output = Result<Measured, ClientError>> + Send + 'static,
    {
        let load = Arc::new(self);
        let parties = load.customers.len() + load.merchants.len();
        let mut all = Measured { moved: vec![0; parties], ..Measured::default() };
        let run = fastrand::u64(..);
        let mut clients = Vec::new();
        for number in 0..load.clients {
            clients.push(Client::connect(&load, format!("{run:x}-{number}")).await?);
        }
        let begun = Instant::now();
        let until = begun + load.time;
        for (number, client) in clients.iter_mut().enumerate() {
            client.next = load.rate.map(|rate| begun + span(number, rate));
        }
        let tasks: Vec<_> = clients.into_iter().map(|it| tokio::spawn(work(it, until))).collect();
        for task in tasks {
            all.merge(task.await.map_err(broken)??);
        }
        all.took = begun.elapsed();
        all.latencies.sort_unstable();
        Ok((load, all))
    }
}

impl Client {
    async fn connect(load: &Arc<Load>, name: String) -> Result<Client, ClientError> {
        let connection = Wire::connect(&load.server, &load.key).await?;
        let parties = load.customers.len() + load.merchants.len();
        let seen = Measured { moved: vec![0; parties], ..Measured::default() };
        Ok(Client { load: load.clone(), connection, name, next: None, seen })
    }

    /// Two different accounts; one of them always the first, if that one is hot.
    fn pair(&self, hot: bool) -> (usize, usize) {
        let count = self.load.customers.len();
        let debit = if hot { fastrand::usize(1..count) } else { fastrand::usize(..count) };
        let credit = if hot { 0 } else { (debit + fastrand::usize(1..count)) % count };
        (debit, credit)
    }

    fn write_transfer(&self, body: &mut String, debit: usize, credit: usize) {
        body.push('{');
        self.write_members(body, debit, credit);
        body.push('}');
    }

    fn write_members(&self, body: &mut String, debit: usize, credit: usize) {
        let (debit, credit) = (&self.load.customers[debit], &self.load.customers[credit]);
        let _ = write!(body, "\"debit\":\"{debit}\",\"credit\":\"{credit}\",\"amount\":1");
    }

    fn move_one(&mut self, debit: usize, credit: usize) {
        self.seen.moved[debit] -= 1;
        self.seen.moved[credit] += 1;
    }

    pub(super) fn count(&mut self, status: StatusCode, good: StatusCode, movements: u64) {
        if status == good {
            self.seen.movements += movements;
        } else {
            self.seen.refused += 1;
        }
    }

    /// Waits for the moment when the next request has to be sent. A client that is late sends at
    /// once, and what it is late by counts as waiting.
    async fn begin(&mut self) -> Instant {
        let (Some(begin), Some(rate)) = (self.next, self.load.rate) else { return Instant::now() };
        tokio::time::sleep_until(begin.into()).await;
        self.next = Some(begin + span(self.load.clients, rate));
        begin
    }

    pub(super) async fn post(
        &mut self,
        path: &str,
        body: &str,
    ) -> Result<(StatusCode, Vec<u8>), ClientError> {
        let name = format!("{}-{}", self.name, self.seen.requests);
        let begun = self.begin().await;
        let answer = self.connection.post(path, &name, body).await?;
        let took = u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX);
        self.seen.latencies.push(took);
        self.seen.requests += 1;
        Ok(answer)
    }

    /// Create, pay, ship, confirm.
    async fn one_order(&mut self) -> Result<(), ClientError> {
        let buyer = fastrand::usize(..self.load.customers.len());
        let seller = fastrand::usize(..self.load.merchants.len());
        let number = format!("{}-{}", self.name, self.seen.requests);
        let body = format!(
            "{{\"seller\":\"{}\",\"buyer\":\"{}\",\"number\":\"{number}\",\"amount\":{PRICE}}}",
            self.load.merchants[seller], self.load.customers[buyer]
        );
        let (status, answer) = self.post("/v1/orders", &body).await?;
        self.count(status, StatusCode::CREATED, 0);
        let receipt: serde_json::Value = serde_json::from_slice(&answer).unwrap_or_default();
        let Some(id) = receipt["id"].as_str() else { return Ok(()) };
        let money = format!("{{\"amount\":{PRICE}}}");
        for (action, body) in [("pay", money.as_str()), ("ship", "{}"), ("confirm", "{}")] {
            let (status, _) = self.post(&format!("/v1/orders/{id}/{action}"), body).await?;
            let movements = u64::from(action != "ship");
            self.count(status, StatusCode::OK, movements);
            if status != StatusCode::OK {
                return Ok(());
            }
            let signed = |it: u64| i64::try_from(it).unwrap_or(0);
            if action == "pay" {
                self.seen.moved[buyer] -= signed(PRICE);
            } else if action == "confirm" {
                let place = self.load.customers.len() + seller;
                self.seen.moved[place] += signed(PRICE - FEE);
            }
        }
        Ok(())
    }
}
