//! What is asked of the server, and the witness who writes down what was answered.
//!
//! Requests are numbered, and a number says everything about its request: whom it debits and
//! credits, how much, and under which name. So the witness keeps only answers, and can say at any
//! time what the books must be.

use super::disk::Dice;
use super::http::{Answer, Connection, Server};
use crate::failure::Failure;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};

/// Where the money comes from: the platform's capital in CNY, in the first cell.
const CAPITAL: &str = "acc_0000000002e049";
/// What every account begins with, in fen.
const ENOUGH: i64 = 1_000_000_000;
/// One request in so many is a batch: it fills segments, which single ones would take long to do.
const BATCH_EVERY: u64 = 16;
/// Transfers of a batch.
const BATCH: u64 = 1_000;
/// Those who ask at the same time.
const CLIENTS: usize = 12;

/// A transfer between two of the accounts.
pub(super) struct Transfer {
    pub(super) debit: usize,
    pub(super) credit: usize,
    pub(super) fen: u32,
}

/// The transfers of the request with this number.
pub(super) fn transfers(number: u64, accounts: usize) -> Vec<Transfer> {
    let mut dice = Dice(number);
    let accounts = accounts as u64;
    let count = if is_batch(number) { BATCH } else { 1 };
    let one = |_| {
        let debit = dice.roll(accounts);
        // Another one: never itself.
        let credit = (debit + 1 + dice.roll(accounts - 1)) % accounts;
        let place = |it| usize::try_from(it).unwrap_or(0);
        let fen = u32::try_from(dice.roll(1_000)).unwrap_or(0) + 1;
        Transfer { debit: place(debit), credit: place(credit), fen }
    };
    (0..count).map(one).collect()
}

pub(super) const fn is_batch(number: u64) -> bool {
    number % BATCH_EVERY == BATCH_EVERY - 1
}

/// Asks for what this number stands for. Asking again is the same question.
pub(super) fn ask(
    to: &mut Connection,
    number: u64,
    accounts: &[String],
) -> std::io::Result<Answer> {
    let name = format!("n{number}");
    let mut items = String::new();
    for (at, it) in transfers(number, accounts.len()).iter().enumerate() {
        let (debit, credit) = (&accounts[it.debit], &accounts[it.credit]);
        let parties =
            format!("\"debit\":\"{debit}\",\"credit\":\"{credit}\",\"amount\":{}", it.fen);
        if !is_batch(number) {
            return to.post("/v1/transfers", &name, &format!("{{{parties}}}"));
        }
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(items, "{comma}{{\"id\":\"{name}-{at}\",{parties}}}");
    }
    to.post("/v1/batches", &name, &format!("{{\"items\":[{items}]}}"))
}

/// The transfers that an answer confirms, or `None` if it does not confirm all of them.
pub(super) fn confirmed(number: u64, answer: &Answer) -> Option<Vec<String>> {
    let value: Value = serde_json::from_str(&answer.body).ok()?;
    if !answer.is_good() {
        return None;
    }
    if !is_batch(number) {
        return Some(vec![value["id"].as_str()?.to_owned()]);
    }
    let id = |it: &Value| it["transfer"].as_str().or(it["remittance"].as_str()).map(str::to_owned);
    value["results"].as_array()?.iter().map(id).collect()
}

/// Identifiers of confirmed transfers, by the number of their request.
pub(super) type Confirmed = BTreeMap<u64, Vec<String>>;

/// Who asks, and what was answered.
pub(super) struct Witness {
    pub(super) accounts: Vec<String>,
    /// The number that nobody has asked under yet.
    pub(super) next: AtomicU64,
    stop: AtomicBool,
    confirmed: Mutex<Confirmed>,
}

impl Witness {
    /// Opens accounts and fills them.
    pub(super) fn new(server: &Server, count: usize) -> Result<Witness, Failure> {
        let mut connection = server.connection();
        let mut accounts = Vec::new();
        for at in 0..count {
            let user = format!("{{\"kind\":\"customer\",\"name\":\"user {at}\"}}");
            let user = done(&mut connection, "/v1/users", &format!("user-{at}"), &user)?;
            let owner = format!("{{\"owner\":\"{user}\"}}");
            let account = done(&mut connection, "/v1/accounts", &format!("account-{at}"), &owner)?;
            let money =
                format!("{{\"debit\":\"{CAPITAL}\",\"credit\":\"{account}\",\"amount\":{ENOUGH}}}");
            done(&mut connection, "/v1/transfers", &format!("money-{at}"), &money)?;
            accounts.push(account);
        }
        let (next, stop, confirmed) = (AtomicU64::new(0), AtomicBool::new(false), Mutex::default());
        Ok(Witness { accounts, next, stop, confirmed })
    }

    /// Asks until told to stop or until there is no answer. `meanwhile` runs beside it, and
    /// ends it.
    pub(super) fn load<T>(&self, server: &Server, meanwhile: impl FnOnce() -> T) -> T {
        self.stop.store(false, SeqCst);
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| self.client(server.connection()));
            }
            let result = meanwhile();
            self.stop.store(true, SeqCst);
            result
        })
    }

    fn client(&self, mut connection: Connection) {
        while !self.stop.load(SeqCst) {
            let number = self.next.fetch_add(1, SeqCst);
            let answer = ask(&mut connection, number, &self.accounts);
            let Some(transfers) = answer.ok().and_then(|it| confirmed(number, &it)) else { return };
            let mut confirmed = self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
            confirmed.insert(number, transfers);
        }
    }

    /// What was confirmed since this was last asked. What is confirmed from now on counts as
    /// in doubt.
    pub(super) fn take_confirmed(&self) -> Confirmed {
        std::mem::take(&mut *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What every account has when all requests below `next` are done, and no others.
    pub(super) fn balances(&self, next: u64) -> Vec<i64> {
        let mut balances = vec![ENOUGH; self.accounts.len()];
        for it in (0..next).flat_map(|number| transfers(number, self.accounts.len())) {
            balances[it.debit] -= i64::from(it.fen);
            balances[it.credit] += i64::from(it.fen);
        }
        balances
    }
}

fn done(to: &mut Connection, path: &str, name: &str, body: &str) -> Result<String, Failure> {
    let answer =
        to.post(path, name, body).map_err(|cause| Failure::Io { what: path.to_owned(), cause })?;
    let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    match value["id"].as_str() {
        Some(id) if answer.is_good() => Ok(id.to_owned()),
        _ => Err(Failure::Wrong(format!("{path}: {}", answer.body))),
    }
}
