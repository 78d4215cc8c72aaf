//! The peer: `PostgreSQL` 15 on the same disk, tuned, durable, with one server-side function for
//! each payment and pgbench as its load generator.
//!
//! What it is given: a quarter of the memory as shared buffers, large checkpoints, compressed
//! write-ahead log, a Unix socket instead of TCP, prepared statements, no HTTP and no JSON. What it
//! is not given: anything that would answer before the log is on the disk.

use super::{Cost, Figures, Scenario, Setting, danbao, wait_until};
use crate::failure::Failure;
use crate::house::House;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
const SCHEMA: &str = include_str!("postgres.sql");
/// Accounts that belong to the platform come before those of customers.
const FIRST: usize = 11;
const SETTINGS: [&str; 17] = [
    "shared_buffers=4GB",
    "synchronous_commit=on",
    "fsync=on",
    "full_page_writes=on",
    "wal_compression=lz4",
    "wal_buffers=64MB",
    "max_wal_size=16GB",
    "checkpoint_timeout=30min",
    "checkpoint_completion_target=0.9",
    "commit_delay=200",
    "commit_siblings=8",
    "max_connections=300",
    "effective_cache_size=8GB",
    "autovacuum_naptime=10s",
    "autovacuum_vacuum_cost_limit=2000",
    "jit=off",
    "listen_addresses=",
];

/// A server of the peer's, which ends when this is dropped.
pub(super) struct Postgres {
    home: PathBuf,
    server: Child,
    root: bool,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Asks for a quick end, in which everybody is disconnected.
        let data = self.home.join("data");
        let stop = ["-D", &data.display().to_string(), "-m", "immediate", "stop"];
        let stopped = self.command("pg_ctl", &stop).stdout(Stdio::null()).status();
        if stopped.is_err() {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// A program of the peer's, which refuses to run as root.
fn program(root: bool, name: &str, words: &[&str]) -> Command {
    let path = format!("{PROGRAMS}/{name}");
    let mut command = if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", &path]);
        command
    } else {
        Command::new(path)
    };
    command.args(words).stdin(Stdio::null());
    command
}

fn run(mut command: Command) -> Result<String, Failure> {
    let what = format!("{command:?}");
    let output = command.output().map_err(|cause| Failure::Io { what: what.clone(), cause })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let status = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Failure::Program { call: what, status })
}

impl Postgres {
    /// Whether the peer is installed.
    pub(super) fn is_here() -> bool {
        Path::new(PROGRAMS).join("pgbench").exists()
    }

    /// Starts a server with so many accounts in a folder of its own.
    pub(super) fn start(
        house: &House,
        folder: &Path,
        accounts: usize,
    ) -> Result<Postgres, Failure> {
        let root = crate::test::is_root(house);
        let home = folder.join("postgres");
        let io = |cause| Failure::Io { what: home.display().to_string(), cause };
        fs::create_dir_all(&home).map_err(io)?;
        if root {
            let mut own = Command::new("chown");
            own.args(["postgres", &home.display().to_string()]);
            run(own)?;
        }
        let data = home.join("data").display().to_string();
        run(program(root, "initdb", &["-D", &data, "--auth=trust", "--no-sync"]))?;
        let socket = format!("unix_socket_directories={}", home.display());
        let mut words = vec!["-D", data.as_str(), "-c", socket.as_str()];
        words.extend(SETTINGS.iter().flat_map(|it| ["-c", *it]));
        let mut server = program(root, "postgres", &words);
        server.stdout(Stdio::null()).stderr(Stdio::null());
        let server = server.spawn().map_err(io)?;
        let peer = Postgres { home, server, root };
        wait_until("the peer answers", || Ok(peer.sql("SELECT 1").is_ok()))?;
        peer.sql(SCHEMA)?;
        peer.sql(&format!(
            "INSERT INTO accounts SELECT it, CASE it WHEN 3 THEN {accounts}::bigint * 1000000000 \
             ELSE 0 END, CASE WHEN it >= {FIRST} THEN 1000000000 ELSE 0 END \
             FROM generate_series(1, {}) AS it",
            accounts + FIRST - 1
        ))?;
        peer.sql("VACUUM ANALYZE")?;
        peer.sql("CHECKPOINT")?;
        Ok(peer)
    }

    fn command(&self, name: &str, words: &[&str]) -> Command {
        let mut command = program(self.root, name, words);
        command.current_dir(&self.home);
        command
    }

    fn sql(&self, text: &str) -> Result<String, Failure> {
        let home = self.home.display().to_string();
        let words = ["-h", &home, "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-qAtX", "-c", text];
        run(self.command("psql", &words))
    }

    /// Runs a scenario, and checks the books afterwards.
    pub(super) fn measure(
        &self,
        scenario: Scenario,
        it: Setting,
    ) -> Result<(Figures, Cost), Failure> {
        let Script { text: script, requests, transfers } = script(scenario, it.accounts);
        let file = self.home.join("script.sql");
        fs::write(&file, script)
            .map_err(|cause| Failure::Io { what: "script.sql".into(), cause })?;
        let (before, spent) = (self.count()?, self.spent()?);
        let (clients, seconds) = (it.clients.to_string(), it.seconds.to_string());
        let (home, file) = (self.home.display().to_string(), file.display().to_string());
        let words = [
            "-h",
            &home,
            "-n",
            "-M",
            "prepared",
            "-c",
            &clients,
            "-j",
            "2",
            "-T",
            &seconds,
            "-f",
            &file,
            "-l",
            "--log-prefix=latency",
            "postgres",
        ];
        let told = run(self.command("pgbench", &words))?;
        let per_second = after(&told, "tps = ").unwrap_or(0.0);
        let done = after(&told, "actually processed: ").unwrap_or(0.0);
        let spent = self.spent()?.since(spent);
        let moved = self.count()? - before;
        self.check(count(moved), done * f64::from(transfers))?;
        let latencies = self.latencies()?;
        let p = |part: usize| latencies.get((latencies.len().saturating_sub(1)) * part / 1_000);
        let steps = f64::from(requests);
        // A round of several requests is divided evenly: good for the middle, kind to its tail.
        let ms = |part| p(part).map_or(0.0, |it| f64::from(*it) / 1_000.0 / steps);
        let figures = Figures {
            requests: done * steps,
            requests_per_second: per_second * steps,
            movements_per_second: per_second * f64::from(transfers),
            p50_ms: ms(500),
            p90_ms: ms(900),
            p99_ms: ms(990),
            p999_ms: ms(999),
            max_ms: ms(1_000),
        };
        let records = if transfers > 100 { count(moved) } else { figures.requests };
        Ok((figures, Cost { records, ..spent }))
    }

    /// Whether the books have every payment that was answered, and every balance its entries.
    fn check(&self, moved: f64, answered: f64) -> Result<(), Failure> {
        let wrong = self.sql(
            "SELECT coalesce(sum(amount), 0) FROM entries UNION ALL \
             SELECT count(*) FROM accounts JOIN \
             (SELECT account, sum(amount) AS moved FROM entries GROUP BY account) AS sums \
             ON id = account WHERE id > 10 AND credits - debits <> moved + 1000000000",
        )?;
        if wrong.split_whitespace().all(|it| it == "0") && (moved - answered).abs() < 0.5 {
            return Ok(());
        }
        Err(Failure::Wrong(format!(
            "the peer's books are wrong: {moved} of {answered} transfers; by {wrong}"
        )))
    }

    /// What the server and its processes took so far.
    fn spent(&self) -> Result<Cost, Failure> {
        let io = |cause| Failure::Io { what: "the peer".to_owned(), cause };
        let pid = fs::read_to_string(self.home.join("data/postmaster.pid")).map_err(io)?;
        let pid = pid.lines().next().unwrap_or_default();
        let syncs = self.sql("SELECT wal_sync FROM pg_stat_wal")?;
        Ok(Cost {
            cpu: danbao::processor_time(pid, true),
            syncs: syncs.trim().parse().unwrap_or(0),
            disk: danbao::size(&self.home).map_err(io)?,
            ..Cost::default()
        })
    }

    /// How many transfers there are.
    fn count(&self) -> Result<u64, Failure> {
        let text = self.sql("SELECT count(*) / 2 FROM entries")?;
        text.trim().parse().map_err(|_| Failure::Wrong(format!("no count: {text}")))
    }

    /// What every transaction took, in microseconds, in order.
    fn latencies(&self) -> Result<Vec<u32>, Failure> {
        let io = |cause| Failure::Io { what: "the peer's log".to_owned(), cause };
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.home).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("latency.") {
                let text = fs::read_to_string(&path).map_err(io)?;
                let third = |line: &str| line.split(' ').nth(2)?.parse::<u32>().ok();
                found.extend(text.lines().filter_map(third));
                fs::remove_file(&path).map_err(io)?;
            }
        }
        found.sort_unstable();
        Ok(found)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is not money")]
fn count(number: u64) -> f64 {
    number as f64
}

/// The number behind a text.
fn after(told: &str, text: &str) -> Option<f64> {
    told.split_once(text)?.1.split_whitespace().next()?.parse().ok()
}

/// What pgbench runs, and what one round of it is.
struct Script {
    text: String,
    /// Requests of ours.
    requests: u32,
    /// Transfers in the books.
    transfers: u32,
}

fn script(scenario: Scenario, accounts: usize) -> Script {
    let last = accounts + FIRST - 1;
    let pair = format!(
        "\\set d random({FIRST}, {last})\n\\set s random(0, {})\n\
         \\set c {FIRST} + (:d - {FIRST} + 1 + :s) % {accounts}\n",
        accounts.saturating_sub(2)
    );
    let id = "gen_random_uuid()";
    match scenario {
        Scenario::Transfers => {
            let text = format!("{pair}SELECT pay({id}, :d, :c, 1);\n");
            Script { text, requests: 1, transfers: 1 }
        }
        Scenario::Hot => {
            let first = FIRST + 1;
            let text =
                format!("\\set d random({first}, {last})\nSELECT pay({id}, :d, {FIRST}, 1);\n");
            Script { text, requests: 1, transfers: 1 }
        }
        Scenario::Batches | Scenario::Large => {
            let text = format!("SELECT pay_many(8000, {accounts});\n");
            Script { text, requests: 1, transfers: 8_000 }
        }
        Scenario::Escrow | Scenario::Day => {
            let text = format!(
                "{pair}SELECT create_order({id}, :c, :d, 10000) AS made \\gset\n\
                 SELECT pay_order({id}, :made);\nSELECT ship_order({id}, :made);\n\
                 SELECT confirm_order({id}, :made);\n"
            );
            Script { text, requests: 4, transfers: 3 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_has_a_script_of_whole_statements() {
        for scenario in Scenario::ALL {
            let Script { text, requests, .. } = script(scenario, 10_000);
            assert_eq!(text.matches("SELECT").count(), requests as usize, "{text}");
            assert!(text.ends_with(";\n"));
        }
    }

    #[test]
    fn the_rate_is_read_from_what_pgbench_says() {
        let told = "latency average = 1.5 ms\ntps = 1234.567890 (without initial connection time)";
        assert_eq!(after(told, "tps = "), Some(1_234.567_89));
        assert_eq!(after("nothing", "tps = "), None);
    }
}
