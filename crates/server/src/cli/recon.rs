//! `danbao recon`: a bank's statement against the books.

use super::{Done, Server};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Something needs a person.
const CASES: u8 = 3;

/// Which statement to compare.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    server: Server,
    /// The bank, as the server calls it.
    #[arg(long, default_value = super::serve::THE_BANK)]
    bank: String,
    /// A business day whose statement the bank is asked for, such as 2026-11-23.
    #[arg(long, required_unless_present = "file", conflicts_with = "file")]
    day: Option<String>,
    /// A statement that the bank sent as a file.
    #[arg(long, requires = "format")]
    file: Option<PathBuf>,
    /// What the file is written in.
    #[arg(long, value_parser = ["camt", "mt940", "csv"])]
    format: Option<String>,
    /// For csv: which column is what, such as
    /// `reference=Ref,bank_reference=No,amount=Amount,all=CNY,time=Day`.
    #[arg(long)]
    columns: Option<String>,
}

pub(super) async fn recon(options: &Options, json: bool) -> Done {
    let client = options.server.client()?;
    let base = format!("/v1/banks/{}/statements", options.bank);
    let report = match (&options.day, &options.file) {
        (_, Some(file)) => {
            let format = options.format.as_deref().unwrap_or("camt");
            let columns = options.columns.as_deref().map(encode);
            let query = columns.map(|it| format!("?columns={it}")).unwrap_or_default();
            client.put_file(&format!("{base}/{format}{query}"), file).await?
        }
        (Some(day), None) => {
            let name = format!("recon:{}:{day}", options.bank);
            client.patient_post(&base, &name, &json!({ "day": day })).await?
        }
        (None, None) => return Err("--day or --file is missing".into()),
    };
    if json {
        println!("{report}");
    } else {
        print(&report);
    }
    let clean = report["nothing_unexplained"] == true;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(CASES) })
}

/// A text as a part of a query.
fn encode(text: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-._~".contains(&it);
    let letter = |it: u8| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") };
    text.bytes().map(letter).collect()
}

fn print(report: &Value) {
    let text = |name: &str| report[name].as_str().unwrap_or_default();
    println!(
        "{} of {}: {} lines, {} movements",
        text("bank"),
        text("day"),
        report["lines"],
        report["movements"]
    );
    for it in report["found"].as_array().into_iter().flatten() {
        println!(
            "  found by {:<16}{:>10}",
            it["rule"].as_str().unwrap_or_default(),
            it["movements"]
        );
    }
    for it in report["counts"].as_array().into_iter().flatten() {
        let word = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        println!("  {:<16} {:<15}{:>10}", word("kind"), word("age"), it["count"]);
    }
    println!(
        "  {} resolved themselves, {} wait for the next statement, {} need a person",
        report["resolved"], report["waiting"], report["cases"]
    );
    if report["nothing_unexplained"] == true {
        println!("✓ Nothing unexplained.");
    } else {
        println!("✗ Not everything is explained.");
    }
    let address = format!("/v1/banks/{}/reports/{}", text("bank"), text("day"));
    eprintln!("Next: open {address} of the server in a browser, with the key as the user name");
}
