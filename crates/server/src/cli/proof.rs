//! `danbao proof`: what is owed, committed to in public; and the parts by which owners check it.

use super::verify::examine;
use super::{BROKEN, Done, Source};
use crate::http::receipt::rfc3339;
use crate::proof::{Proof, check};
use crate::signer::Signer;
use clap::{Args, Subcommand};
use ledger::id::AccountId;
use ledger::time::Time;
use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

/// What is published, and what is kept.
const PUBLIC: &str = "proof.json";
const PRIVATE: &str = "private";

/// What to prove, or to check.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Options {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    source: Source,
    /// Where to write it: `proof.json` to publish, and `private`, to make owners' parts with.
    #[arg(long, required = true)]
    out: Option<PathBuf>,
    /// The folder with the platform's signing key; without it, the data directory.
    #[arg(long, value_name = "DIR")]
    signing: Option<PathBuf>,
    /// A folder for fresh books, with as much space as the data takes; it is removed afterwards.
    #[arg(long)]
    scratch: Option<PathBuf>,
    /// Memory for the fresh books, in MiB.
    #[arg(long, default_value_t = 1_024)]
    memory: u64,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print an owner's parts of a proof, one for each currency: to be given to that owner only.
    Part {
        /// The folder with the proof.
        #[arg(long)]
        from: PathBuf,
        /// The account.
        #[arg(long)]
        account: String,
    },
    /// Whether a proof, or an owner's part of one, is genuine and adds up.
    Check {
        /// The file.
        file: PathBuf,
        /// The platform's public key, as `GET /v1/signing_key` gives it.
        #[arg(long)]
        key: Option<String>,
    },
}

pub(super) async fn proof(options: &Options, json: bool) -> Done {
    match &options.what {
        Some(What::Check { file, key }) => return check_file(file, key.as_deref()),
        Some(What::Part { from, account }) => return print_parts(from, account),
        None => {}
    }
    let out = options.out.as_ref().ok_or("--out is missing")?;
    let folder = options.signing.as_ref().or(options.source.data.as_ref());
    let folder = folder.ok_or("--signing DIR says where the platform's signing key is")?;
    let signer = Signer::open(folder)?;
    let scratch = options.scratch.as_deref();
    let report = examine(&options.source, scratch, options.memory, true).await?;
    if report.faults.count > 0 {
        eprintln!("danbao: the books are not sound, and prove nothing: danbao verify says why");
        return Ok(ExitCode::from(BROKEN));
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| error.to_string())?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    let made_at = rfc3339(Time(u64::try_from(now)?));
    let statements = statements(folder)?;
    let proof = Proof::new(&report, secret, &statements, &made_at, &signer)?;
    write(out, &proof)?;
    if json {
        println!("{}", proof.public);
    } else {
        for text in check(&proof.public, None)? {
            println!("✓ {text}");
        }
        let out = out.display();
        eprintln!("Next: publish {out}/proof.json; danbao proof part --from {out} --account ID");
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes what is published, and what nobody else may read.
fn write(out: &Path, proof: &Proof) -> std::io::Result<()> {
    fs::create_dir_all(out)?;
    fs::write(out.join(PUBLIC), serde_json::to_vec_pretty(&proof.public)?)?;
    let mut private = OpenOptions::new();
    private.write(true).create(true).truncate(true).mode(0o600);
    private.open(out.join(PRIVATE))?.write_all(proof.private().as_bytes())
}

fn print_parts(from: &Path, account: &str) -> Done {
    let public = serde_json::from_slice(&fs::read(from.join(PUBLIC))?)?;
    let private = fs::read_to_string(from.join(PRIVATE))?;
    let proof = Proof::open(public, &private).ok_or("what was kept of this proof is damaged")?;
    let account = AccountId::parse(account).map_err(|error| error.to_string())?;
    let parts = proof.parts(account);
    if parts.is_empty() {
        return Err(format!("{account} is not in this proof").into());
    }
    for part in parts {
        println!("{part}");
    }
    eprintln!("Next: danbao proof check FILE, for whoever you give it to");
    Ok(ExitCode::SUCCESS)
}

/// What each bank's newest statement says that it holds.
fn statements(data: &Path) -> Result<Value, Box<dyn std::error::Error>> {
    let mut newest = Vec::new();
    let banks = match fs::read_dir(data.join("statements")) {
        Ok(banks) => banks,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(json!([])),
        Err(error) => return Err(error.into()),
    };
    for bank in banks {
        let mut days: Vec<PathBuf> = Vec::new();
        for day in fs::read_dir(bank?.path())? {
            let report = day?.path().join("report.json");
            days.extend(report.exists().then_some(report));
        }
        days.sort();
        let Some(last) = days.last() else { continue };
        let report: Value = serde_json::from_slice(&fs::read(last)?)?;
        for it in report["reserves"].as_array().into_iter().flatten() {
            newest.push(json!({
                "bank": report["bank"], "day": report["day"], "currency": it["currency"],
                "closing": it["closing"], "digest": report["digest"],
            }));
        }
    }
    Ok(newest.into())
}

fn check_file(file: &Path, key: Option<&str>) -> Done {
    let value: Value = serde_json::from_slice(&fs::read(file)?)?;
    match check(&value, key) {
        Ok(shown) => {
            for text in shown {
                println!("✓ {text}");
            }
            if key.is_none() {
                eprintln!("Next: compare the key with GET /v1/signing_key, or give it with --key");
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            println!("✗ This proves nothing: {why}.");
            Ok(ExitCode::from(BROKEN))
        }
    }
}
