//! `danbao trace`: where money is, and whether a trace that was saved is genuine.

use super::{BROKEN, Done, Server};
use crate::trace::check;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to trace.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Options {
    #[command(subcommand)]
    check: Option<What>,
    /// An order, a top-up, a withdrawal, a bank's own reference, or the key of a request.
    #[arg(required = true)]
    id: Option<String>,
    /// From whose side to look at an order.
    #[arg(long, value_parser = ["buyer", "seller"])]
    side: Option<String>,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Whether a trace that was saved with --json is what the platform said.
    Check {
        /// The file.
        file: PathBuf,
        /// The platform's public key, as `GET /v1/signing_key` gives it.
        #[arg(long)]
        key: Option<String>,
    },
}

pub(super) async fn trace(options: &Options, json: bool) -> Done {
    if let Some(What::Check { file, key }) = &options.check {
        return check_file(file, key.as_deref());
    }
    let id = options.id.as_deref().unwrap_or_default();
    let side = options.side.as_ref().map(|it| format!("?side={it}")).unwrap_or_default();
    let path = format!("/v1/trace/{id}{side}");
    let trace = options.server.client()?.patient_get(&path).await?;
    if json {
        println!("{trace:#}");
        eprintln!("Next: danbao trace check FILE, for whoever you send this to");
    } else {
        print(&trace);
    }
    Ok(ExitCode::SUCCESS)
}

fn check_file(file: &std::path::Path, key: Option<&str>) -> Done {
    let trace: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    match check(&trace, key) {
        Ok(count) => {
            let id = trace["id"].as_str().unwrap_or_default();
            let at = trace["as_of"]["time"].as_str().unwrap_or_default();
            println!("✓ The platform said this about {id} at {at}: {count} events, none changed.");
            if key.is_none() {
                eprintln!("Next: compare the key with GET /v1/signing_key, or give it with --key");
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            println!("✗ This is not what the platform said: {why}.");
            Ok(ExitCode::from(BROKEN))
        }
    }
}

fn print(trace: &Value) {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    println!("{}  {}  {}", text(&trace["id"]), text(&trace["stage"]), text(&trace["where"]));
    for (name, label) in [("certain", "certain"), ("then", "then"), ("do", "do"), ("do_not", "not")]
    {
        if !trace[name].is_null() {
            println!("  {label:<8} {}", text(&trace[name]["en"]));
            println!("  {:<8} {}", "", text(&trace[name]["zh"]));
        }
    }
    println!("  {:<8} {}", "since", text(&trace["since"]));
    println!("  {:<8} {} {}", "next", text(&trace["next"]), text(&trace["by"]));
    for it in trace["related"].as_array().into_iter().flatten() {
        println!("  {:<8} {}", "related", text(&it["id"]));
    }
    for it in trace["events"].as_array().into_iter().flatten() {
        println!("  {}  {}", text(&it["time"]), text(&it["en"]));
    }
    eprintln!("Next: danbao trace {} --json > trace.json", text(&trace["id"]));
}
