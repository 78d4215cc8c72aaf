//! `danbao replay`: a file of real orders through the public API, and then the comparison of what
//! the books say with what the file says. It uses nothing that a merchant could not use.

mod compare;
mod plan;
mod run;

pub(crate) use plan::fuzz;

use super::{BROKEN, Done};
use crate::client::Client;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plan::Plan;
use run::Pace;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What to replay, and how.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// A CSV file of orders; `docs/replay.md` says which columns.
    file: PathBuf,
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// A platform API key.
    #[arg(long, env = "DANBAO_KEY", hide_env_values = true)]
    key: String,
    /// So many times as fast as it happened, or `max`.
    #[arg(long, default_value = "max")]
    speed: String,
    /// Requests under way at a time.
    #[arg(long, default_value_t = 32)]
    concurrency: usize,
    /// Pay every order straight from its buyer's card, not from a wallet that was topped up.
    #[arg(long)]
    from_cards: bool,
    /// Seconds to go on asking while the server does not answer.
    #[arg(long, default_value_t = 120)]
    patience: u64,
}

pub(super) async fn replay(options: &Options, json: bool) -> Done {
    let speed = match options.speed.as_str() {
        "max" => None,
        text => Some(text.parse::<f64>()?).filter(|it| it.is_finite() && *it > 0.0),
    };
    let plan = Arc::new(Plan::read(&options.file)?);
    let patience = Duration::from_secs(options.patience);
    let client = Client::new(&options.server, Some(&options.key))?.with_patience(patience);
    let before = compare::records(&client).await?;
    let begun = Instant::now();
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{msg:>8} {bar:40} {pos}/{len} {eta}")?);
    let shown = bar.clone();
    let progress = move |what: &str, done: usize, count: usize| {
        shown.set_message(what.to_owned());
        shown.set_length(u64::try_from(count).unwrap_or(u64::MAX));
        shown.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    };
    let pace = Pace { concurrency: options.concurrency, speed, from_cards: options.from_cards };
    let ran = run::run(&client, &plan, pace, Arc::new(progress)).await?;
    bar.finish_and_clear();
    let took = begun.elapsed();
    let found = compare::compare(&client, &plan, &ran).await?;
    let after = compare::records(&client).await?;
    let records = after.saturating_sub(before);
    if json {
        println!(
            "{}",
            json!({
                "orders": plan.orders.len(), "buyers": plan.buyers.len(),
                "sellers": plan.sellers.len(), "requests": ran.requests,
                "seconds": took.as_secs_f64(), "records_written": records,
                "compared": found.compared, "not_compared": found.not_compared,
                "differences": found.differences,
            })
        );
    } else {
        println!(
            "{} orders, {} requests, {:.1} s",
            plan.orders.len(),
            ran.requests,
            took.as_secs_f64()
        );
        println!("{} comparisons, {} differences", found.compared, found.differences.len());
        for text in found.not_compared.iter().chain(found.differences.iter().take(20)) {
            println!("  {text}");
        }
        eprintln!("Next: danbao replay again changes nothing; curl {}/v1/status", options.server);
    }
    let right = found.differences.is_empty();
    Ok(if right { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
}
