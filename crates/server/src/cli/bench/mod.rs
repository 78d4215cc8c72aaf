//! `danbao bench`: load from outside, over HTTP, and then the reconciliation: what the load
//! generator believes it moved must be what the books say, to the fen.

mod day;
mod load;
mod parties;
mod wire;

use super::{BROKEN, Done};
use crate::client::{Client, ClientError};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget};
use load::{Load, Measured};
use parties::Parties;
use serde_json::json;
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
    /// Orders in batches: created, paid, shipped and confirmed, until all are.
    Day,
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
    /// Requests in a second, evenly: each is measured from the moment when it should have been
    /// sent, so a server that is late is not spared. Without it, each client asks again when
    /// answered.
    #[arg(long)]
    rate: Option<u64>,
    /// Orders of a `day`.
    #[arg(long, default_value_t = 8_000_000)]
    orders: usize,
    /// Accounts among which money moves.
    #[arg(long, default_value_t = 10_000)]
    accounts: usize,
    /// Items in a batch.
    #[arg(long, default_value_t = 8_000)]
    batch: usize,
}

pub(super) async fn bench(options: &Options, json: bool) -> Done {
    let client = Client::new(&options.server, Some(&options.key))?;
    eprintln!("Opening {} accounts…", options.accounts);
    let customers = Parties::open(&client, "customer", options.accounts).await?;
    let merchants = match options.scenario {
        Scenario::Escrow | Scenario::Day => {
            Parties::open(&client, "merchant", options.accounts.div_ceil(10)).await?
        }
        Scenario::Transfers | Scenario::Hot | Scenario::Batches => Parties::default(),
    };
    customers.fund(&client).await?;
    let before = balances(&client, &customers, &merchants).await?;
    let load = Load {
        server: options.server.clone(),
        key: options.key.clone(),
        clients: options.clients,
        time: Duration::from_secs(options.seconds),
        rate: options.rate,
        batch: options.batch,
        customers: customers.accounts.clone(),
        merchants: merchants.accounts.clone(),
    };
    eprintln!("Load…");
    let (_, measured) = match options.scenario {
        Scenario::Transfers => load.transfers(false).await?,
        Scenario::Hot => load.transfers(true).await?,
        Scenario::Escrow => load.escrow().await?,
        Scenario::Batches => load.batches().await?,
        Scenario::Day => {
            let count = u64::try_from(options.orders)?;
            let bar = ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::stderr());
            load.day(options.orders, bar).await?
        }
    };
    let after = balances(&client, &customers, &merchants).await?;
    let wrong = measured.reconcile(&before, &after);
    report(options, &measured, wrong, json);
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
}

async fn balances(
    client: &Client,
    customers: &Parties,
    merchants: &Parties,
) -> Result<Vec<i64>, ClientError> {
    let mut balances = customers.balances(client).await?;
    balances.extend(merchants.balances(client).await?);
    Ok(balances)
}

fn report(options: &Options, measured: &Measured, wrong: usize, json: bool) {
    let value = json!({
        "scenario": format!("{:?}", options.scenario).to_lowercase(), "clients": options.clients,
        "seconds": measured.took.as_secs_f64(), "requests": measured.requests,
        "requests_per_second": measured.per_second(measured.requests),
        "movements_per_second": measured.per_second(measured.movements),
        "refused": measured.refused, "rate": options.rate,
        "p50_ms": measured.per_mille(500), "p90_ms": measured.per_mille(900),
        "p99_ms": measured.per_mille(990), "p999_ms": measured.per_mille(999),
        "max_ms": measured.per_mille(1_000), "accounts": options.accounts,
        "accounts_that_differ": wrong,
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
