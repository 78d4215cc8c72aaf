//! `cargo xtask bench`: every load, on us and on the peer, in one run on one machine.
//!
//! Figures of different runs say little: disks and neighbours differ. So each scenario runs on
//! both, one after the other, on the same disk and with as many clients; what counts is the ratio.
//! Both sets of books are checked after each load.

#![expect(clippy::float_arithmetic, reason = "rates and latencies are not money")]

mod danbao;
mod postgres;

use crate::failure::Failure;
use crate::house::House;
use danbao::Danbao;
use postgres::Postgres;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// A load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scenario {
    /// Single transfers among many accounts.
    Transfers,
    /// The same, with one account in all of them.
    Hot,
    /// Orders: create, pay, ship, confirm as requests of their own.
    Escrow,
    /// Batches of 8,000 transfers.
    Batches,
    /// The same among ten million accounts.
    Large,
    /// Eight million orders from creation to confirmation, in batches.
    Day,
}

impl Scenario {
    const ALL: [Scenario; 6] = [
        Scenario::Transfers,
        Scenario::Hot,
        Scenario::Escrow,
        Scenario::Batches,
        Scenario::Large,
        Scenario::Day,
    ];

    /// Its name here.
    fn name(self) -> &'static str {
        match self {
            Scenario::Transfers => "transfers",
            Scenario::Hot => "hot",
            Scenario::Escrow => "escrow",
            Scenario::Batches => "batches",
            Scenario::Large => "large",
            Scenario::Day => "day",
        }
    }

    /// Its name for `danbao bench`.
    fn load(self) -> &'static str {
        match self {
            Scenario::Large => "batches",
            Scenario::Transfers
            | Scenario::Hot
            | Scenario::Escrow
            | Scenario::Batches
            | Scenario::Day => self.name(),
        }
    }

    fn setting(self, short: bool) -> Setting {
        let seconds = if short { 5 } else { 30 };
        let usual = Setting { clients: 256, seconds, accounts: 10_000, orders: 0 };
        match self {
            Scenario::Transfers | Scenario::Hot | Scenario::Escrow => usual,
            Scenario::Batches => Setting { clients: 4, ..usual },
            Scenario::Large => {
                let accounts = if short { 1_000_000 } else { 10_000_000 };
                Setting { clients: 4, accounts, ..usual }
            }
            Scenario::Day => {
                let orders = if short { 400_000 } else { 8_000_000 };
                Setting { clients: 4, orders, ..usual }
            }
        }
    }

    /// Whether the peer is measured, too. A day would take it hours: its rate is that of escrow.
    fn has_peer(self) -> bool {
        self != Scenario::Day
    }
}

/// How a load is run.
#[derive(Clone, Copy, Debug)]
struct Setting {
    clients: usize,
    seconds: u64,
    accounts: usize,
    orders: usize,
}

/// What came out.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    requests: f64,
    requests_per_second: f64,
    movements_per_second: f64,
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    p999_ms: f64,
    max_ms: f64,
}

/// What a server took.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    /// Processor time.
    cpu: Duration,
    /// The most memory that it had, with the pages of files that it had mapped, in bytes.
    memory: u64,
    /// The most of it that was its own, in bytes: the system cannot take it back.
    own_memory: u64,
    /// What its files take on the disk, in bytes.
    disk: u64,
    /// How often it made its journal durable.
    syncs: u64,
    /// Requests that are in its journal, each item of a batch for itself.
    records: f64,
}

impl Cost {
    /// What was added.
    fn since(self, before: Cost) -> Cost {
        Cost {
            cpu: self.cpu.saturating_sub(before.cpu),
            disk: self.disk.saturating_sub(before.disk),
            syncs: self.syncs.saturating_sub(before.syncs),
            records: self.records - before.records,
            ..self
        }
    }

    /// Processor time for each request, in microseconds.
    fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.records.max(1.0)
    }

    /// Space for each request, in bytes.
    #[expect(clippy::cast_precision_loss, reason = "a size is not money")]
    fn bytes(&self) -> f64 {
        self.disk as f64 / self.records.max(1.0)
    }

    /// Requests that became durable together.
    #[expect(clippy::cast_precision_loss, reason = "a mean is not money")]
    fn together(&self) -> f64 {
        self.records / self.syncs.max(1) as f64
    }
}

/// One scenario.
struct Row {
    scenario: Scenario,
    ours: Figures,
    cost: Cost,
    peer: Option<(Figures, Cost)>,
    took: Duration,
    restart: Duration,
}

/// Runs the scenarios that were named, or all but the day.
pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    let named = |it: &&Scenario| words.iter().any(|word| word == it.name());
    let known: Vec<&str> = Scenario::ALL.iter().map(|it| it.name()).collect();
    let options = ["--short", "--json", "--alone"];
    crate::only(&[known.as_slice(), &options].concat(), words)?;
    let has = |option: &str| words.iter().any(|it| it == option);
    let mut chosen: Vec<Scenario> = Scenario::ALL.iter().filter(named).copied().collect();
    if chosen.is_empty() {
        chosen = Scenario::ALL.into_iter().filter(|it| it.has_peer()).collect();
    }
    let peer = !has("--alone");
    if peer && !Postgres::is_here() {
        let text = "the peer is missing: sudo apt-get install postgresql, or say --alone";
        return Err(Failure::Wrong(text.to_owned()));
    }
    let program = Danbao::build(house)?;
    let folder = house.path("target/bench");
    let mut rows = Vec::new();
    for scenario in chosen {
        let row = measure(house, &program, &folder, scenario, has("--short"), peer)?;
        if has("--json") {
            println!("{}", as_json(&row));
        } else {
            println!("{}", describe(&row));
        }
        rows.push(row);
    }
    judge(&rows);
    Ok(())
}

fn measure(
    house: &House,
    program: &Path,
    folder: &Path,
    scenario: Scenario,
    short: bool,
    peer: bool,
) -> Result<Row, Failure> {
    let setting = scenario.setting(short);
    std::fs::create_dir_all(folder)
        .map_err(|cause| Failure::Io { what: folder.display().to_string(), cause })?;
    let theirs = if peer && scenario.has_peer() {
        let postgres = Postgres::start(house, folder, setting.accounts)?;
        Some(postgres.measure(scenario, setting)?)
    } else {
        None
    };
    let mut server = Danbao::start(program, folder)?;
    let begun = Instant::now();
    let ours = server.measure(scenario, setting)?;
    let took = begun.elapsed();
    let cost = server.cost()?;
    let restart = server.restart()?;
    Ok(Row { scenario, ours, peer: theirs, took, cost, restart })
}

fn as_json(row: &Row) -> serde_json::Value {
    let figures = |it: &Figures, cost: &Cost| {
        json!({
            "requests": it.requests, "requests_per_second": it.requests_per_second.round(),
            "movements_per_second": it.movements_per_second.round(), "p50_ms": it.p50_ms,
            "p90_ms": it.p90_ms, "p99_ms": it.p99_ms, "p999_ms": it.p999_ms, "max_ms": it.max_ms,
            "cpu_us_per_request": cost.cpu_us(), "disk_bytes_per_request": cost.bytes(),
            "requests_per_sync": cost.together(),
        })
    };
    json!({
        "scenario": row.scenario.name(), "danbao": figures(&row.ours, &row.cost),
        "postgresql": row.peer.as_ref().map(|(it, cost)| figures(it, cost)),
        "seconds": row.took.as_secs_f64(), "server_cpu_seconds": row.cost.cpu.as_secs_f64(),
        "memory_bytes": row.cost.memory, "own_memory_bytes": row.cost.own_memory,
        "disk_bytes": row.cost.disk,
        "restart_seconds": row.restart.as_secs_f64(),
    })
}

fn describe(row: &Row) -> String {
    let line = |who: &str, it: &Figures, cost: &Cost| {
        let Figures { requests_per_second, movements_per_second, p50_ms, p90_ms, .. } = it;
        let Figures { p99_ms, p999_ms, max_ms, .. } = it;
        let (cpu, bytes, together) = (cost.cpu_us(), cost.bytes(), cost.together());
        format!(
            "  {who:<11} {requests_per_second:>8.0} requests/s {movements_per_second:>8.0} \
             movements/s  p50 {p50_ms:.1}  p90 {p90_ms:.1}  p99 {p99_ms:.1}  p99.9 {p999_ms:.1}  \
             max {max_ms:.1} ms\n  {:11} {cpu:>8.1} µs of processor, {bytes:.0} bytes of disk \
             for each; {together:.0} made durable together\n",
            ""
        )
    };
    let mut text = format!("{}\n{}", row.scenario.name(), line("danbao", &row.ours, &row.cost));
    if let Some((peer, cost)) = &row.peer {
        text.push_str(&line("postgresql", peer, cost));
        let ratio = row.ours.requests_per_second / peer.requests_per_second;
        let _ = writeln!(text, "  {ratio:.1} times the peer");
    }
    let Cost { memory, own_memory, disk, .. } = row.cost;
    let (memory, own, disk) = (memory >> 20, own_memory >> 20, disk >> 20);
    let _ = writeln!(
        text,
        "  the whole took {:.0} s, {:.0} s of the server's processor time, {own} MiB of memory \
         and {memory} MiB with mapped files, {disk} MiB of disk; back {:.2} s after a kill",
        row.took.as_secs_f64(),
        row.cost.cpu.as_secs_f64(),
        row.restart.as_secs_f64()
    );
    text
}

/// Says which of the aims were reached.
fn judge(rows: &[Row]) {
    let of = |scenario: Scenario| rows.iter().find(|it| it.scenario == scenario);
    let say = |reached: bool, text: String| println!("{} {text}", if reached { "✓" } else { "✗" });
    if let Some(it) = of(Scenario::Transfers) {
        let (rate, p99) = (it.ours.requests_per_second, it.ours.p99_ms);
        say(rate >= 25_000.0, format!("transfers: {rate:.0}/s of 25,000/s"));
        say(p99 < 50.0, format!("transfers: p99 {p99:.1} ms of 50 ms"));
        if let Some((peer, _)) = it.peer {
            let ratio = rate / peer.requests_per_second;
            say(ratio >= 10.0, format!("transfers: {ratio:.1} times the peer, of 10"));
        }
        if let Some(hot) = of(Scenario::Hot) {
            let ratio = hot.ours.requests_per_second / rate;
            say(ratio >= 0.95, format!("hot: {ratio:.2} times spread ones, of 1"));
        }
    }
    if let Some(it) = of(Scenario::Escrow) {
        let rate = it.ours.requests_per_second;
        say(rate >= 20_000.0, format!("escrow: {rate:.0} requests/s of 20,000/s"));
    }
    for (scenario, aim) in [(Scenario::Batches, 400_000.0), (Scenario::Large, 200_000.0)] {
        if let Some(it) = of(scenario) {
            let rate = it.ours.movements_per_second;
            say(rate >= aim, format!("{}: {rate:.0} transfers/s of {aim:.0}/s", scenario.name()));
        }
    }
    for it in rows {
        let (name, memory) = (it.scenario.name(), it.cost.own_memory >> 20);
        say(memory < 4_096, format!("{name}: {memory} MiB of its own, of 4,096"));
        let restart = it.restart.as_secs_f64();
        say(restart < 10.0, format!("{name}: back after {restart:.2} s of 10 s"));
    }
}

/// Waits for something that must become true within a minute.
fn wait_until(what: &str, ready: impl Fn() -> Result<bool, Failure>) -> Result<(), Failure> {
    let begun = Instant::now();
    while !ready()? {
        if begun.elapsed() > Duration::from_mins(1) {
            return Err(Failure::Wrong(format!("it did not come about that {what}")));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
