//! The simulated bank keeps its word, or breaks it in the way that was asked for; and its books
//! always have what really moved.

mod books;
mod cards;
mod faults;
mod notices;
mod outages;
mod statements;

use super::{Faults, Options, serve};
use crate::sign::Secret;
use crate::{Answer, Bank as _, Found, HttpBank, Instruction, Kind, Silence};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A card without a behaviour of its own.
const PLAIN: &str = "6200000000000005";
/// The longest that a test waits for something.
const PATIENCE: Duration = Duration::from_secs(20);

/// A bank that runs, on the loopback.
struct Place {
    home: tempfile::TempDir,
    bank: HttpBank,
    url: String,
    control: String,
    running: JoinHandle<()>,
}

/// So many of the fault in ten thousand.
fn faults(rates: &[(&str, u64)]) -> Faults {
    let changes: Vec<String> = rates.iter().map(|(name, rate)| format!("{name}={rate}")).collect();
    Faults::parse(None, &changes).unwrap()
}

fn instruction(reference: &str, kind: Kind, token: &str, amount: u64) -> Instruction {
    let (reference, token) = (reference.to_owned(), token.to_owned());
    Instruction { reference, kind, token, amount, currency: "CNY".to_owned() }
}

/// An answer, in few words.
fn short(answer: &Result<Answer, Silence>) -> String {
    match answer {
        Ok(Answer::Executed { amount, .. }) => format!("executed {amount}"),
        Ok(Answer::Rejected { reason }) => format!("rejected {reason}"),
        Ok(Answer::Pending) => "pending".to_owned(),
        Ok(Answer::Returned { amount, reason, .. }) => format!("returned {amount} {reason}"),
        Err(_) => "silence".to_owned(),
    }
}

impl Place {
    /// A bank whose clock runs a thousand times faster than ours.
    async fn new(rates: &[(&str, u64)]) -> Place {
        Place::with(tempfile::tempdir().unwrap(), Some(faults(rates)), None).await
    }

    async fn with(
        home: tempfile::TempDir,
        faults: Option<Faults>,
        notify: Option<String>,
    ) -> Place {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let control = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let witness = format!("http://{}", control.local_addr().unwrap());
        let options =
            Options { faults, notify, time_scale: Some(1_000), ..Options::new(home.path()) };
        let bank = HttpBank::new(&url, options.secret().unwrap());
        // The bank before this one lets go of its books a moment after it ended.
        let begun = Instant::now();
        while let Err(error) = redb::Database::create(home.path().join("bank.redb")) {
            assert!(begun.elapsed() < PATIENCE, "{error}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let forever = std::future::pending();
        let running = tokio::spawn(async move {
            serve(options, listener, Some(control), forever).await.unwrap();
        });
        Place { home, bank, url, control: witness, running }
    }

    /// Ends the process, and starts it again with nothing but its directory.
    async fn again(self) -> Place {
        self.running.abort();
        let _ = self.running.await;
        Place::with(self.home, None, None).await
    }

    fn secret(&self) -> Secret {
        Options::new(self.home.path()).secret().unwrap()
    }

    async fn token(&self, number: &str) -> String {
        self.bank.tokenise(number).await.unwrap().unwrap()
    }

    async fn collect(&self, reference: &str, token: &str) -> Result<Answer, Silence> {
        self.bank.instruct(&instruction(reference, Kind::Collect, token, 500)).await
    }

    async fn pay_out(&self, reference: &str, token: &str) -> Result<Answer, Silence> {
        self.bank.instruct(&instruction(reference, Kind::Payout, token, 200)).await
    }

    /// What the bank says when it is asked, in few words.
    async fn asked(&self, reference: &str) -> String {
        match self.bank.inquire(reference).await {
            Ok(Found::Answer(answer)) => short(&Ok(answer)),
            Ok(Found::NotFound { is_final }) => format!("not found, final: {is_final}"),
            Err(_) => "silence".to_owned(),
        }
    }

    async fn until(&self, reference: &str, expected: &str) {
        let begun = Instant::now();
        loop {
            let now = self.asked(reference).await;
            if now == expected {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{reference}: {now}, not {expected}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Asks the witness.
    async fn see(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.control);
        let (status, body) = raw(Method::GET, &url, &HeaderMap::new(), "").await.unwrap();
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn control(&self, method: Method, path: &str, body: Value) -> StatusCode {
        let kind = (http::header::CONTENT_TYPE, "application/json".parse().unwrap());
        let url = format!("{}{path}", self.control);
        raw(method, &url, &HeaderMap::from_iter([kind]), &body.to_string()).await.unwrap().0
    }

    async fn advance(&self, seconds: u64) {
        let body = json!({ "advance_seconds": seconds });
        assert_eq!(self.control(Method::POST, "/control/clock", body).await, StatusCode::OK);
    }

    /// The references to which a fault was applied.
    async fn applied(&self, fault: &str) -> Vec<String> {
        let applied = self.see("/control/applied?limit=10000").await;
        let rows = applied["data"].as_array().unwrap().iter().filter(|it| it["fault"] == fault);
        rows.map(|it| it["reference"].as_str().unwrap().to_owned()).collect()
    }

    /// Whether the books balance, no reference was executed twice, and none went back twice.
    async fn audit(&self) -> Value {
        let balances = self.see("/ledger/balances").await["data"].clone();
        let sum: i64 = balances.as_object().unwrap().values().map(|it| it.as_i64().unwrap()).sum();
        assert_eq!(sum, 0, "{balances}");
        let movements = self.see("/ledger/movements?limit=10000").await["data"].clone();
        let mut seen = std::collections::HashSet::new();
        for it in movements.as_array().unwrap() {
            let name = (it["reference"].to_string(), it["returns"].is_null());
            assert!(seen.insert(name), "twice: {it}");
        }
        movements
    }
}

/// A request that is not signed unless the headers say so.
async fn raw(
    method: Method,
    url: &str,
    headers: &HeaderMap,
    body: &str,
) -> Result<(StatusCode, String), String> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut request =
        Request::builder().method(method).uri(url).body(Full::new(Bytes::from(body.to_owned())));
    *request.as_mut().unwrap().headers_mut() = headers.clone();
    let answer = client.request(request.unwrap()).await.map_err(|it| it.to_string())?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(|it| it.to_string())?.to_bytes();
    Ok((status, String::from_utf8(body.to_vec()).unwrap()))
}
