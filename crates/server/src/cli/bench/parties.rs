//! Who takes part in the load: their accounts, made and funded in batches, and what they have.

use crate::client::{Client, ClientError};
use ledger::account::System;
use ledger::currency::Currency;
use ledger::id::CellId;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Accounts of each user: as many as one answer shows.
const PER_USER: usize = 100;
/// Items of one batch.
const TOGETHER: usize = 8_000;
/// Requests under way.
const CONCURRENCY: usize = 16;
/// What every customer is given before the load, in minor units.
const ENOUGH: u64 = 1_000_000_000;

/// Users and their accounts, in the order in which they were opened.
#[derive(Default)]
pub(super) struct Parties {
    users: Vec<String>,
    pub(super) accounts: Vec<String>,
}

impl Parties {
    /// Opens accounts, or finds those that an earlier run opened.
    pub(super) async fn open(
        client: &Client,
        kind: &str,
        count: usize,
    ) -> Result<Parties, ClientError> {
        let users = (0..count.div_ceil(PER_USER)).map(|at| {
            let body = json!({ "kind": kind, "name": format!("bench {at}") });
            ("/v1/users".to_owned(), format!("bench:{kind}:{at}"), body.to_string())
        });
        let users = all(client, users, |answer| id_in(answer, "\"id\":\"").into_iter().collect());
        let users = users.await?;
        let item = |at: usize| {
            let owner = users.get(at / PER_USER).map_or("", String::as_str);
            format!(
                "{{\"id\":\"bench:{kind}:{at}:account\",\"action\":\"open_account\",\
                 \"owner\":\"{owner}\"}}"
            )
        };
        let batches = batches(count, "open", item);
        let accounts = all(client, batches, |answer| ids_in(answer, "\"account\":\"")).await?;
        if accounts.len() == count {
            return Ok(Parties { users, accounts });
        }
        Err(ClientError::Garbled("not every account was opened".to_owned()))
    }

    /// Gives every account its money, once.
    pub(super) async fn fund(&self, client: &Client) -> Result<(), ClientError> {
        let capital = System::Capital.id(CellId::FIRST, Currency::CNY);
        let item = |at: usize| {
            let account = self.accounts.get(at).map_or("", String::as_str);
            format!(
                "{{\"id\":\"bench:fund:{account}\",\"debit\":\"{capital}\",\
                 \"credit\":\"{account}\",\"amount\":{ENOUGH}}}"
            )
        };
        let batches = batches(self.accounts.len(), "fund", item);
        all(client, batches, |_| Vec::new()).await.map(drop)
    }

    /// What every account has, in minor units.
    pub(super) async fn balances(&self, client: &Client) -> Result<Vec<i64>, ClientError> {
        let mut tasks = JoinSet::new();
        let mut found = Vec::new();
        for (at, user) in self.users.iter().enumerate() {
            let (client, path) = (client.clone(), format!("/v1/users/{user}/accounts"));
            tasks.spawn(async move { (at, client.patient_get(&path).await) });
            if tasks.len() >= CONCURRENCY {
                found.extend(tasks.join_next().await);
            }
        }
        found.extend(tasks.join_all().await.into_iter().map(Ok));
        let mut pages = Vec::new();
        for page in found {
            let (at, page) = page.map_err(|it| ClientError::Connection(it.to_string()))?;
            pages.push((at, balances_in(&page?)));
        }
        pages.sort_unstable();
        Ok(pages.into_iter().flat_map(|(_, balances)| balances).collect())
    }
}

fn balances_in(page: &Value) -> Vec<i64> {
    let accounts = page["data"].as_array().into_iter().flatten();
    accounts.map(|it| it["balance"].as_i64().unwrap_or(i64::MIN)).collect()
}

/// Batches of so many items; `what` names them, so that a repeated run repeats them.
fn batches(
    count: usize,
    what: &'static str,
    item: impl Fn(usize) -> String,
) -> impl Iterator<Item = (String, String, String)> {
    (0..count).step_by(TOGETHER).map(move |first| {
        let mut body = "{\"items\":[".to_owned();
        for at in first..(first + TOGETHER).min(count) {
            let comma = if at == first { "" } else { "," };
            let _ = write!(body, "{comma}{}", item(at));
        }
        body.push_str("]}");
        ("/v1/batches".to_owned(), format!("bench:{what}:{first}"), body)
    })
}

/// Posts everything, a few at a time, and collects what is read from the answers in their order.
async fn all(
    client: &Client,
    requests: impl Iterator<Item = (String, String, String)>,
    read: impl Fn(&str) -> Vec<String> + Send + Sync + 'static,
) -> Result<Vec<String>, ClientError> {
    let read = Arc::new(read);
    let mut tasks = JoinSet::new();
    let mut pieces = Vec::new();
    let broken = |error: tokio::task::JoinError| ClientError::Connection(error.to_string());
    for (at, (path, name, body)) in requests.enumerate() {
        let (client, read) = (client.clone(), read.clone());
        tasks.spawn(async move {
            let answer = client.patient_text(&path, &name, body).await?;
            Ok::<_, ClientError>((at, read(&answer)))
        });
        if tasks.len() >= CONCURRENCY
            && let Some(done) = tasks.join_next().await
        {
            pieces.push(done.map_err(broken)??);
        }
    }
    while let Some(done) = tasks.join_next().await {
        pieces.push(done.map_err(broken)??);
    }
    pieces.sort_unstable_by_key(|it| it.0);
    Ok(pieces.into_iter().flat_map(|(_, ids)| ids).collect())
}

/// The first identifier behind `before`.
fn id_in(answer: &str, before: &str) -> Option<String> {
    let (_, rest) = answer.split_once(before)?;
    rest.split_once('"').map(|(id, _)| id.to_owned())
}

/// Every identifier behind `before`.
pub(super) fn ids_in(answer: &str, before: &str) -> Vec<String> {
    let each = answer.split(before).skip(1);
    each.filter_map(|it| it.split_once('"').map(|(id, _)| id.to_owned())).collect()
}
