//! A load that remembers what it was told: transfers, one after the other on each connection.

use crate::failure::Failure;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The platform's capital in yuan: the same account in every first cell.
const CAPITAL: &str = "acc_0000000002e049";

/// A transfer that was answered with yes.
#[derive(Clone)]
pub(super) struct Acknowledged {
    pub(super) name: String,
    pub(super) body: Arc<str>,
    pub(super) transfer: String,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) replayed: bool,
    pub(super) body: Value,
}

/// One connection to a server.
pub(super) struct Http {
    stream: BufReader<TcpStream>,
    key: String,
}

fn lost(cause: std::io::Error) -> Failure {
    Failure::Io { what: "the server".to_owned(), cause }
}

impl Http {
    pub(super) fn connect(address: &str, key: &str) -> Result<Http, Failure> {
        let stream = TcpStream::connect(address).map_err(lost)?;
        stream.set_nodelay(true).map_err(lost)?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(lost)?;
        Ok(Http { stream: BufReader::new(stream), key: key.to_owned() })
    }

    pub(super) fn get(&mut self, path: &str) -> Result<Value, Failure> {
        self.ask("GET", path, "", "").map(|it| it.body)
    }

    pub(super) fn post(&mut self, path: &str, name: &str, body: &str) -> Result<Answer, Failure> {
        self.ask("POST", path, name, body)
    }

    fn ask(&mut self, method: &str, path: &str, name: &str, body: &str) -> Result<Answer, Failure> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: powercut\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\nidempotency-key: {name}\r\n\
             content-length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).map_err(lost)?;
        let mut line = String::new();
        self.stream.read_line(&mut line).map_err(lost)?;
        let status = line.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0);
        let (mut length, mut replayed) = (0, false);
        loop {
            line.clear();
            self.stream.read_line(&mut line).map_err(lost)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "idempotent-replayed" => replayed = value.trim() == "true",
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).map_err(lost)?;
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Ok(Answer { status, replayed, body })
    }

    fn made(&mut self, path: &str, name: &str, body: &Value) -> Result<String, Failure> {
        let answer = self.post(path, name, &body.to_string())?;
        let id = answer.body["id"].as_str().map(str::to_owned);
        id.filter(|_| answer.status == 201)
            .ok_or_else(|| Failure::Wrong(format!("{path}: {}", answer.body)))
    }
}

/// Transfers under way.
pub(super) struct Load {
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
    ended: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Result<(), Failure>>>,
}

impl Load {
    pub(super) fn begin(address: &str, key: &str, clients: usize) -> Result<Load, Failure> {
        let mut http = Http::connect(address, key)?;
        let user = json!({ "kind": "customer", "name": "cut" });
        let user = http.made("/v1/users", "user", &user)?;
        let account = json!({ "owner": user });
        let one = http.made("/v1/accounts", "one", &account)?;
        let other = http.made("/v1/accounts", "other", &account)?;
        let fund = json!({ "debit": CAPITAL, "credit": one, "amount": 1_000_000_000_000_u64 });
        http.made("/v1/transfers", "fund", &fund)?;
        let body = json!({ "debit": one, "credit": other, "amount": 1 }).to_string();
        let body: Arc<str> = body.into();
        let mut load =
            Load { acknowledged: Arc::default(), ended: Arc::default(), clients: Vec::new() };
        for number in 0..clients {
            let (acknowledged, ended) = (load.acknowledged.clone(), load.ended.clone());
            let (body, mut http) = (body.clone(), Http::connect(address, key)?);
            load.clients.push(std::thread::spawn(move || {
                for step in 0.. {
                    if ended.load(Relaxed) {
                        break;
                    }
                    let name = format!("cut-{number}-{step}");
                    let answer = http.post("/v1/transfers", &name, &body)?;
                    let transfer = answer.body["id"].as_str().unwrap_or_default().to_owned();
                    if answer.status != 201 {
                        return Err(Failure::Wrong(format!("{name}: {}", answer.body)));
                    }
                    let it = Acknowledged { name, body: body.clone(), transfer };
                    acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(it);
                }
                Ok(())
            }));
        }
        Ok(load)
    }

    /// Everything that was answered with yes so far, in the order of the answers.
    pub(super) fn acknowledged(&self) -> Vec<Acknowledged> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the load; says how many transfers there were.
    pub(super) fn end(self) -> Result<usize, Failure> {
        self.ended.store(true, Relaxed);
        for client in self.clients {
            client.join().map_err(|_| Failure::Wrong("a client panicked".to_owned()))??;
        }
        let all = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.len())
    }
}
