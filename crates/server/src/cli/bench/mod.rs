//! `danbao bench`: load from outside, over HTTP, and then the reconciliation: what the load
//! generator believes it moved must be what the books say, to the fen.

mod load;

use super::{BROKEN, Done};
use crate::client::{Client, ClientError};
use clap::{Args, ValueEnum};
use load::{Load, Measured};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

/// What kind of load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Single transfers, one per request, among many accounts.
    Transfers,
    /// The same, with one account taking part in every transfer.
    Hot,
    /// Orders: create, pay, ship, confirm.
    Escrow,
    /// Transfers in batches.
    Batches,
}

/// What to run.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// What kind of load.
    #[arg(value_enum)]
    scenario: Scenario,
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// A platform API key.
    #[arg(long, env = "DANBAO_KEY", hide_env_values = true)]
    key: String,
    /// Connections, each with one request under way.
    #[arg(long, default_value_t = 256)]
    clients: usize,
    /// Seconds of load.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Accounts among which money moves.
    #[arg(long, default_value_t = 10_000)]
    accounts: usize,
    /// Transfers in a batch.
    #[arg(long, default_value_t = 8_000)]
    batch: usize,
}

/// What every account is given before the load, in minor units.
const ENOUGH: u64 = 1_000_000_000;
/// The account that money comes from: the platform's capital in yuan, in the first cell.
fn capital() -> String {
    use ledger::account::System;
    let (cell, currency) = (ledger::id::CellId::FIRST, ledger::currency::Currency::CNY);
    System::Capital.id(cell, currency).to_string()
}

pub(super) async fn bench(options: &Options, json: bool) -> Done {
    let client = Client::new(&options.server, Some(&options.key))?;
    eprintln!("Opening {} accounts…", options.accounts);
    let customers = open(&client, "customer", options.accounts).await?;
    let merchants = match options.scenario {
        Scenario::Escrow => open(&client, "merchant", options.accounts.div_ceil(10)).await?,
        Scenario::Transfers | Scenario::Hot | Scenario::Batches => Vec::new(),
    };
    fund(&client, &customers).await?;
    let before = balances(&client, &customers, &merchants).await?;
    let load = Load {
        server: options.server.clone(),
        key: options.key.clone(),
        clients: options.clients,
        time: Duration::from_secs(options.seconds),
        batch: options.batch,
        customers,
        merchants,
    };
    eprintln!("Load for {} s…", options.seconds);
    let (load, measured) = match options.scenario {
        Scenario::Transfers => load.transfers(false).await?,
        Scenario::Hot => load.transfers(true).await?,
        Scenario::Escrow => load.escrow().await?,
        Scenario::Batches => load.batches().await?,
    };
    let after = balances(&client, &load.customers, &load.merchants).await?;
    let wrong = measured.reconcile(&before, &after);
    report(options, &measured, wrong, json);
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
}

fn report(options: &Options, measured: &Measured, wrong: usize, json: bool) {
    let value = json!({
        "scenario": format!("{:?}", options.scenario).to_lowercase(), "clients": options.clients,
        "seconds": measured.took.as_secs_f64(), "requests": measured.requests,
        "requests_per_second": measured.per_second(measured.requests),
        "movements_per_second": measured.per_second(measured.movements),
        "refused": measured.refused,
        "p50_ms": measured.percentile(50), "p99_ms": measured.percentile(99),
        "max_ms": measured.percentile(100), "accounts_that_differ": wrong,
    });
    if json {
        println!("{value}");
        return;
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        println!("{name:>22}  {value}");
    }
    eprintln!("Next: curl {}/v1/status", options.server);
}

async fn each(
    client: &Client,
    names: impl Iterator<Item = (String, &'static str, Value)>,
) -> Result<Vec<String>, ClientError> {
    let mut tasks = tokio::task::JoinSet::new();
    let mut ids = Vec::new();
    for (at, (name, path, body)) in names.enumerate() {
        let client = client.clone();
        tasks.spawn(async move { (at, client.patient_post(path, &name, &body).await) });
        if tasks.len() >= 128 {
            collect(&mut tasks, &mut ids).await?;
        }
    }
    while !tasks.is_empty() {
        collect(&mut tasks, &mut ids).await?;
    }
    ids.sort_unstable();
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

type Answers = tokio::task::JoinSet<(usize, Result<Value, ClientError>)>;

async fn collect(tasks: &mut Answers, ids: &mut Vec<(usize, String)>) -> Result<(), ClientError> {
    let Some(Ok((at, answer))) = tasks.join_next().await else { return Ok(()) };
    ids.push((at, answer?["id"].as_str().unwrap_or_default().to_owned()));
    Ok(())
}

/// Opens accounts, or finds those that an earlier run opened.
async fn open(client: &Client, kind: &str, count: usize) -> Result<Vec<String>, ClientError> {
    let users = (0..count).map(|at| {
        let body = json!({ "kind": kind, "name": format!("bench {at}") });
        (format!("bench:{kind}:{at}:user"), "/v1/users", body)
    });
    let users = each(client, users).await?;
    let accounts = users.into_iter().enumerate().map(|(at, user)| {
        (format!("bench:{kind}:{at}:account"), "/v1/accounts", json!({ "owner": user }))
    });
    each(client, accounts).await
}

async fn fund(client: &Client, accounts: &[String]) -> Result<(), ClientError> {
    let capital = capital();
    let transfers = accounts.iter().map(|account| {
        let body = json!({ "debit": capital, "credit": account, "amount": ENOUGH });
        (format!("bench:fund:{account}"), "/v1/transfers", body)
    });
    each(client, transfers).await.map(drop)
}

async fn balances(
    client: &Client,
    customers: &[String],
    merchants: &[String],
) -> Result<Vec<i64>, ClientError> {
    let mut balances = Vec::new();
    for account in customers.iter().chain(merchants) {
        let found = client.patient_get(&format!("/v1/accounts/{account}")).await?;
        balances.push(found["balance"].as_i64().unwrap_or(i64::MIN));
    }
    Ok(balances)
}
