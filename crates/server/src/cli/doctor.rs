//! `danbao doctor`: what could go wrong tomorrow, and what to do about each today.

use super::status::balances;
use super::{Done, Server};
use crate::client::Client;
use crate::webhooks::MASTER_FILE;
use clap::Args;
use engine::DataDir;
use ledger::id::CellId;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use store::journal::{LocalJournal, RecoveryCase, SEGMENT_SIZE};

/// Something needs attention.
const DEGRADED: u8 = 3;
/// Less free space than this is worth a warning: some sixteen segments.
const SPACE_LOW: u64 = 16 * SEGMENT_SIZE;
/// A disk that takes longer than this to make a write durable slows every payment down.
const SYNC_SLOW: Duration = Duration::from_millis(20);
/// Syncs that are measured.
const SYNCS: u32 = 20;
/// Movements that a bank does not answer for longer than this deserve a person.
const SILENT_LONG: i64 = 3_600;

/// What to look at.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The data directory of a server that is stopped.
    #[arg(long, conflicts_with = "server")]
    data: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Good,
    Warning,
    Bad,
}

struct Finding {
    verdict: Verdict,
    what: String,
    /// What to do; empty if nothing has to be done.
    remedy: String,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn good(&mut self, what: impl Into<String>) {
        self.add(Verdict::Good, what, "");
    }

    fn add(&mut self, verdict: Verdict, what: impl Into<String>, remedy: &str) {
        self.0.push(Finding { verdict, what: what.into(), remedy: remedy.to_owned() });
    }

    /// Good if it is so, and otherwise a warning.
    fn expect(&mut self, good: bool, what: impl Into<String>, remedy: &str) {
        let (verdict, remedy) = if good { (Verdict::Good, "") } else { (Verdict::Warning, remedy) };
        self.add(verdict, what, remedy);
    }
}

pub(super) async fn doctor(options: &Options, json: bool) -> Done {
    let mut findings = Findings::default();
    match &options.data {
        Some(data) => look_at_data(data, &mut findings),
        None => look_at_server(&options.server.client()?, &mut findings).await,
    }
    let worst = findings.0.iter().map(|it| it.verdict).max().unwrap_or(Verdict::Good);
    if json {
        let rows: Vec<Value> = findings.0.iter().map(as_json).collect();
        println!("{}", json!({ "well": worst == Verdict::Good, "findings": rows }));
    } else {
        for it in &findings.0 {
            let (mark, _) = mark(it.verdict);
            println!("{mark} {}", it.what);
            if !it.remedy.is_empty() {
                println!("  → {}", it.remedy);
            }
        }
        let next = if options.data.is_some() { "serve" } else { "verify" };
        eprintln!("Next: danbao {next} --help");
    }
    Ok(match worst {
        Verdict::Good => ExitCode::SUCCESS,
        Verdict::Warning => ExitCode::from(DEGRADED),
        Verdict::Bad => ExitCode::FAILURE,
    })
}

fn mark(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Good => ("✓", "good"),
        Verdict::Warning => ("!", "warning"),
        Verdict::Bad => ("✗", "bad"),
    }
}

fn as_json(it: &Finding) -> Value {
    json!({ "verdict": mark(it.verdict).1, "what": it.what, "remedy": it.remedy })
}

fn look_at_data(path: &Path, findings: &mut Findings) {
    let data = match DataDir::open(path) {
        Ok(data) => data,
        Err(error) => {
            let remedy = "If a server has it open, ask that server: danbao doctor --server URL";
            return findings.add(Verdict::Bad, error.to_string(), remedy);
        }
    };
    let mode = if data.sandbox() { "sandbox" } else { "live" };
    findings.good(format!("{} is a {mode} with {} cell(s)", path.display(), data.cells()));
    look_at_disk(path, findings);
    look_at_secret(&path.join(MASTER_FILE), findings);
    for number in 0..data.cells() {
        look_at_cell(&data, CellId::new(number), findings);
    }
}

fn look_at_disk(path: &Path, findings: &mut Findings) {
    match rustix::fs::statvfs(path) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let what = format!("{} MiB are free on the disk", free >> 20);
            let remedy = "Make room: at the last 256 MiB writes are turned away.";
            findings.expect(free >= SPACE_LOW, what, remedy);
        }
        Err(error) => findings.add(
            Verdict::Warning,
            format!("The free space of the disk is not known: {error}"),
            "Look at it with: df",
        ),
    }
    match sync_time(path) {
        Ok(time) => {
            let what = format!("Making a write durable takes {} µs", time.as_micros());
            let remedy = "Use a disk with a protected write cache, or a faster one.";
            findings.expect(time <= SYNC_SLOW, what, remedy);
        }
        Err(error) => findings.add(
            Verdict::Bad,
            format!("The disk takes no writes: {error}"),
            "Make the directory writable for this user.",
        ),
    }
}

/// How long it takes on average to make four kilobytes durable in a file that has its space.
fn sync_time(path: &Path) -> std::io::Result<Duration> {
    let name = path.join("doctor.tmp");
    let mut file = File::create(&name)?;
    let page = [0x5a; 4_096];
    file.write_all(&page)?;
    file.sync_all()?;
    let begun = Instant::now();
    for _ in 0..SYNCS {
        file.write_all_at(&page, 0)?;
        file.sync_data()?;
    }
    let took = begun.elapsed() / SYNCS;
    fs::remove_file(name)?;
    Ok(took)
}

fn look_at_secret(file: &Path, findings: &mut Findings) {
    match fs::metadata(file) {
        Ok(it) => {
            let private = it.permissions().mode().trailing_zeros() >= 6;
            let what = "The secret of webhook signatures is there, for its owner only";
            let remedy = format!("chmod 600 {}", file.display());
            findings.expect(private, what, &remedy);
        }
        Err(_) => findings.good("No secret of webhook signatures yet: the first start makes one"),
    }
}

fn look_at_cell(data: &DataDir, cell: CellId, findings: &mut Findings) {
    let (journal, found) = match LocalJournal::open(&data.journal(cell), cell, SEGMENT_SIZE) {
        Ok(opened) => opened,
        Err(error) => {
            let remedy = "danbao restore --help, or copy the journal from a follower.";
            return findings.add(Verdict::Bad, format!("cell {cell}: {error}"), remedy);
        }
    };
    drop(journal);
    let end = found.end;
    let ended = match found.case {
        RecoveryCase::Sealed => "closed in order",
        RecoveryCase::Unsealed => "not closed in order; every record is whole",
        RecoveryCase::Torn => "not closed in order; a write that nobody was told of is cut off",
        RecoveryCase::Empty | RecoveryCase::Begun => "nothing in the newest segment yet",
    };
    findings.good(format!("cell {cell}: {end} records; {ended}"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.map_or(0, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
    let behind = found.time_ms.saturating_sub(now) / 1_000;
    findings.expect(
        behind == 0,
        format!("cell {cell}: this clock is not behind the journal's ({behind} s)"),
        "Set the clock: until it has caught up, the journal's time stands still.",
    );
}

async fn look_at_server(client: &Client, findings: &mut Findings) {
    let ready = client.get("/readyz").await;
    let answers = ready.as_ref().is_ok_and(|it| it.status.is_success());
    if !answers {
        let why = ready.map_or_else(|it| it.to_string(), |it| it.status.to_string());
        let what = format!("The server is not ready: {why}");
        return findings.add(Verdict::Bad, what, "danbao serve --data DIR, and read what it says.");
    }
    findings.good("The server is ready");
    match client.patient_get("/v1/status").await {
        Ok(status) => look_at_money(&status, findings),
        Err(error) => {
            let remedy = "Use a platform key: --key or DANBAO_KEY.";
            findings.add(Verdict::Bad, format!("The status cannot be read: {error}"), remedy);
        }
    }
    match client.patient_get("/v1/banks").await {
        Ok(banks) => look_at_banks(&banks, findings),
        Err(error) => {
            findings.add(Verdict::Warning, format!("The banks cannot be read: {error}"), "");
        }
    }
    if let Ok(reply) = client.get("/metrics").await {
        look_at_metrics(&String::from_utf8_lossy(&reply.body), findings);
    }
}

fn look_at_money(status: &Value, findings: &mut Findings) {
    let mut sums = std::collections::BTreeMap::<&str, i128>::new();
    for ((currency, kind), balance) in balances(status) {
        *sums.entry(currency).or_default() += balance;
        if kind == "suspense" && balance > 0 {
            let what = format!("{balance} minor units of {currency} belong to nobody certain");
            findings.add(
                Verdict::Warning,
                what,
                "Look at GET /v1/accounts of the suspense account.",
            );
        }
    }
    for (currency, sum) in sums {
        if sum == 0 {
            findings.good(format!("The books balance in {currency}"));
        } else {
            let what = format!("The books are out by {sum} minor units of {currency}");
            findings.add(Verdict::Bad, what, "Stop, and run: danbao verify");
        }
    }
}

fn look_at_banks(banks: &Value, findings: &mut Findings) {
    let list = banks["data"].as_array();
    if list.is_none_or(Vec::is_empty) {
        let what = "The server has no bank: nobody can top up or withdraw";
        findings.add(Verdict::Warning, what, "danbao serve --bank URL");
    }
    for it in list.into_iter().flatten() {
        let name = it["name"].as_str().or_else(|| it["url"].as_str()).unwrap_or("the bank");
        let oldest = it["oldest_unanswered_seconds"].as_i64().unwrap_or(0);
        let what = format!("{name}: the oldest movement without an answer waits for {oldest} s");
        let remedy = "Ask the bank with the movement's reference; nothing has to be sent again.";
        findings.expect(oldest < SILENT_LONG, what, remedy);
        let what = format!("{name}: answers, and takes new top-ups");
        let remedy = "It is probed every few seconds and goes on by itself; ask the bank.";
        findings.expect(it["paused"] != true, what, remedy);
    }
}

/// Requests that were turned away since the start say that the queue was full.
fn look_at_metrics(text: &str, findings: &mut Findings) {
    let counts = text.lines().filter(|it| it.starts_with("danbao_turned_away_total"));
    let count: u64 = counts.filter_map(|it| it.rsplit(' ').next()?.parse::<u64>().ok()).sum();
    let what = format!("{count} requests were turned away since the start");
    findings.expect(count == 0, what, "Add cells or faster disks, or ask for less at once.");
}
