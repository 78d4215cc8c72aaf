//! `danbao verify`: the books against their journal, and both against what must be true of money.

use super::{BROKEN, Done, Origin, Source, backup};
use clap::Args;
use engine::DataDir;
use engine::verify::{Claim, Report, Task, verify as run};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ledger::currency::Currency;
use ledger::id::{CellId, Position};
use ledger::money::Money;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to verify.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    source: Source,
    /// A folder for fresh books, with as much space as the data takes; it is removed afterwards.
    #[arg(long)]
    scratch: Option<PathBuf>,
    /// Memory for the fresh books, in MiB.
    #[arg(long, default_value_t = 1_024)]
    memory: u64,
}

pub(super) async fn verify(options: &Options, json: bool) -> Done {
    let Options { source, scratch, memory } = options;
    let report = examine(source, scratch.as_deref(), *memory, false).await?;
    if json {
        println!("{}", as_json(&report));
    } else {
        print(&report);
    }
    let sound = report.faults.count == 0;
    if !json {
        let next = if sound { "danbao backup" } else { "danbao doctor" };
        eprintln!("Next: {next} --help");
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
}

/// Replays the journals of a source into fresh books in `scratch`, and looks at everything.
pub(super) async fn examine(
    source: &Source,
    scratch: Option<&Path>,
    memory: u64,
    owed: bool,
) -> Result<Report, Box<dyn std::error::Error>> {
    let scratch = scratch.map_or_else(std::env::temp_dir, Path::to_path_buf);
    let scratch = scratch.join(format!("danbao-verify-{}", std::process::id()));
    let (data, claims) = match source.origin()? {
        Origin::Directory(data) => (data.to_owned(), Vec::new()),
        Origin::Server(client) => {
            // Asked first: the journal that is copied afterwards leads there or further.
            let claims = claims(&client.patient_get("/v1/status").await?)?;
            let copy = scratch.join("journal");
            backup::from_server(&client, &copy).await?;
            (copy, claims)
        }
    };
    let memory_bytes = memory << 20;
    let task = Task { scratch: scratch.join("books"), memory_bytes, claims, owed };
    let report = tokio::task::spawn_blocking(move || {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        let data = DataDir::open(&data)?;
        let report = run(&data, &task, |cell, done, count| {
            bar.set_message(format!("cell {:03}", cell.number()));
            bar.set_length(count);
            bar.set_position(done);
        });
        bar.finish_and_clear();
        report
    })
    .await?;
    match std::fs::remove_dir_all(&scratch) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    Ok(report?)
}

/// What the server says that its books are.
fn claims(status: &Value) -> Result<Vec<Claim>, Box<dyn std::error::Error>> {
    let mut claims = Vec::new();
    for it in status["cells"].as_array().into_iter().flatten() {
        let number = it["cell"].as_u64().and_then(|it| u8::try_from(it).ok());
        let hash = it["state_hash"].as_str().and_then(|it| u128::from_str_radix(it, 16).ok());
        let (Some(number), Some(position), Some(state_hash)) =
            (number, it["position"].as_u64(), hash)
        else {
            return Err("the server's status says no position or no state hash".into());
        };
        let (cell, position) = (CellId::new(number), Position(position));
        claims.push(Claim { cell, position, state_hash });
    }
    Ok(claims)
}

fn as_json(report: &Report) -> Value {
    let cells: Vec<_> = report
        .cells
        .iter()
        .map(|it| {
            json!({
                "cell": it.cell.number(), "position": it.position.0,
                "chain_hash": it.chain.to_string(), "state_hash": format!("{:032x}", it.state_hash),
                "stored_position": it.stored.0, "postings": it.postings,
                "accounts": it.accounts, "orders": it.orders,
            })
        })
        .collect();
    let money: Vec<_> = report
        .money
        .iter()
        .map(|((currency, kind), sum)| {
            let sum = i64::try_from(*sum).unwrap_or(i64::MAX);
            json!({ "currency": currency.code(), "kind": kind.code(), "balance": sum })
        })
        .collect();
    json!({
        "sound": report.faults.count == 0, "cells": cells, "money": money,
        "faults": report.faults.count, "first_faults": report.faults.texts,
    })
}

fn print(report: &Report) {
    for it in &report.cells {
        println!(
            "cell {:03}  {} records, {} postings, {} accounts, {} orders",
            it.cell.number(),
            it.position,
            it.postings,
            it.accounts,
            it.orders
        );
        println!("          chain hash  {}", it.chain);
        println!("          state hash  {:032x}", it.state_hash);
    }
    for ((currency, kind), sum) in report.money.iter().filter(|it| *it.1 != 0) {
        println!("{:<14} {:>24}", kind.code(), amount(*currency, *sum));
    }
    for text in &report.faults.texts {
        println!("✗ {text}");
    }
    match report.faults.count {
        0 => {
            println!("✓ Every hash of the journal follows from the one before.");
            println!("✓ Replaying it makes the same books, to the last row.");
            println!("✓ Every posting balances; what is owed is what is held.");
        }
        count => println!("✗ {count} faults. Nothing was changed."),
    }
}

fn amount(currency: Currency, sum: i128) -> String {
    let minor = u64::try_from(sum.unsigned_abs()).unwrap_or(u64::MAX);
    let sign = if sum < 0 { "-" } else { "" };
    format!("{sign}{}", Money::new(minor, currency))
}
