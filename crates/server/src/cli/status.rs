//! `danbao status`: where every cell stands, and whether its money adds up.

use super::{BROKEN, Done, Server};
use clap::Args;
use ledger::currency::Currency;
use ledger::money::Money;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Whose status.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    server: Server,
}

pub(super) async fn status(options: &Options, json: bool) -> Done {
    let status = options.server.client()?.patient_get("/v1/status").await?;
    let balances = balances(&status);
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    for ((currency, _), balance) in &balances {
        *sums.entry(currency).or_default() += balance;
    }
    let sound = sums.values().all(|it| *it == 0);
    if json {
        println!("{status}");
    } else {
        for it in status["cells"].as_array().into_iter().flatten() {
            println!(
                "cell {:03}  {} records, {} orders, time {}",
                it["cell"].as_u64().unwrap_or(0),
                it["position"],
                it["orders"],
                it["time"].as_str().unwrap_or_default()
            );
        }
        for ((currency, kind), balance) in &balances {
            println!("{kind:<14} {:>24}", amount(currency, *balance));
        }
        println!("{}", if sound { "✓ The books balance." } else { "✗ THE BOOKS DO NOT BALANCE." });
        eprintln!("Next: danbao {} --server URL", if sound { "doctor" } else { "verify" });
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
}

/// The balance of all accounts of a kind, by currency and kind, over all cells.
pub(super) fn balances(status: &Value) -> BTreeMap<(&str, &str), i128> {
    let mut balances = BTreeMap::new();
    let cells = status["cells"].as_array().into_iter().flatten();
    for it in cells.flat_map(|it| it["totals"].as_array().into_iter().flatten()) {
        let text = |name: &str| it[name].as_str().unwrap_or_default();
        let number = |name: &str| i128::from(it[name].as_u64().unwrap_or(0));
        let balance = balances.entry((text("currency"), text("kind"))).or_default();
        *balance += number("credits") - number("debits");
    }
    balances
}

fn amount(currency: &str, sum: i128) -> String {
    let minor = u64::try_from(sum.unsigned_abs()).unwrap_or(u64::MAX);
    let sign = if sum < 0 { "-" } else { "" };
    match Currency::from_code(currency) {
        Some(currency) => format!("{sign}{}", Money::new(minor, currency)),
        None => format!("{sign}{minor} {currency}"),
    }
}
