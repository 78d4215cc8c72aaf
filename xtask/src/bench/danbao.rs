//! Ourselves: the release build, started as an operator would, under load from `danbao bench`.

use super::{Cost, Figures, Scenario, Setting, wait_until};
use crate::failure::Failure;
use crate::house::House;
use serde_json::Value;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Pause between two looks at the server's memory.
const LOOK: Duration = Duration::from_millis(200);

/// A server of ours, which ends when this is dropped.
pub(super) struct Danbao {
    program: PathBuf,
    data: PathBuf,
    address: String,
    key: String,
    server: Child,
    /// The most memory that was its own and no page of a file, in bytes.
    own_memory: AtomicU64,
}

impl Drop for Danbao {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

fn failed(what: &str) -> impl FnOnce(std::io::Error) -> Failure + '_ {
    move |cause| Failure::Io { what: what.to_owned(), cause }
}

impl Danbao {
    /// Builds what is measured.
    pub(super) fn build(house: &House) -> Result<PathBuf, Failure> {
        let words = ["build", "--release", "--package", "danbao"];
        let status = house.command("cargo", &words).status().map_err(failed("cargo"))?;
        if status.success() {
            return Ok(house.path("target/release/danbao"));
        }
        Err(Failure::Program { call: "cargo build".to_owned(), status: status.to_string() })
    }

    /// Makes a data directory, and serves it.
    pub(super) fn start(program: &Path, folder: &Path) -> Result<Danbao, Failure> {
        let data = folder.join("danbao");
        let init = Command::new(program).args(["init", "--json", "--data"]).arg(&data).output();
        let told: Value = serde_json::from_slice(&init.map_err(failed("danbao init"))?.stdout)
            .map_err(|it| Failure::Wrong(format!("danbao init: {it}")))?;
        let key = told["api_key"].as_str().unwrap_or_default().to_owned();
        let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let address = free.map_err(failed("a free port"))?.to_string();
        let server = serve(program, &data, &address)?;
        let ours = Danbao {
            program: program.to_owned(),
            data,
            address,
            key,
            server,
            own_memory: AtomicU64::new(0),
        };
        ours.wait()?;
        Ok(ours)
    }

    fn wait(&self) -> Result<(), Failure> {
        wait_until("the server is ready", || Ok(get(&self.address, "/readyz", &self.key).is_some()))
    }

    /// Kills the server without a word, starts it again, and says how long it was away.
    pub(super) fn restart(&mut self) -> Result<Duration, Failure> {
        self.server.kill().map_err(failed("the server"))?;
        self.server.wait().map_err(failed("the server"))?;
        let begun = Instant::now();
        self.server = serve(&self.program, &self.data, &self.address)?;
        self.wait()?;
        Ok(begun.elapsed())
    }

    /// Runs a scenario; the load generator compares its record with the books afterwards.
    pub(super) fn measure(&self, scenario: Scenario, it: Setting) -> Result<Figures, Failure> {
        let url = format!("http://{}", self.address);
        let (clients, seconds) = (it.clients.to_string(), it.seconds.to_string());
        let (accounts, orders) = (it.accounts.to_string(), it.orders.to_string());
        let load = Command::new(&self.program)
            .args(["bench", scenario.load(), "--json", "--server", &url, "--key", &self.key])
            .args(["--clients", &clients, "--seconds", &seconds, "--accounts", &accounts])
            .args(["--orders", &orders])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed("danbao bench"))?;
        let output = self.watch(load).map_err(failed("danbao bench"))?;
        let told: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| Failure::Wrong(format!("danbao bench: {error}")))?;
        if !output.status.success() || told["accounts_that_differ"] != 0 || told["refused"] != 0 {
            return Err(Failure::Wrong(format!("the load does not agree with the books: {told}")));
        }
        let number = |name: &str| told[name].as_f64().unwrap_or(0.0);
        Ok(Figures {
            requests: number("requests"),
            requests_per_second: number("requests_per_second"),
            movements_per_second: number("movements_per_second"),
            p50_ms: number("p50_ms"),
            p90_ms: number("p90_ms"),
            p99_ms: number("p99_ms"),
            p999_ms: number("p999_ms"),
            max_ms: number("max_ms"),
        })
    }

    /// Waits for a load, and looks again and again how much memory the server has meanwhile.
    fn watch(&self, load: Child) -> std::io::Result<Output> {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    let own = self.memory("RssAnon:").unwrap_or(0);
                    self.own_memory.fetch_max(own, Relaxed);
                    std::thread::sleep(LOOK);
                }
            });
            let output = load.wait_with_output();
            done.store(true, Relaxed);
            output
        })
    }

    /// A number of bytes of what the system says about the server's memory.
    fn memory(&self, name: &str) -> std::io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        let line = status.lines().find_map(|it| it.strip_prefix(name));
        let kilobytes = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
        Ok(kilobytes.unwrap_or(0) << 10)
    }

    /// What the server took since it was started.
    pub(super) fn cost(&self) -> Result<Cost, Failure> {
        let process = self.server.id().to_string();
        let metrics = get(&self.address, "/metrics", &self.key).unwrap_or_default();
        Ok(Cost {
            cpu: processor_time(&process, false),
            memory: self.memory("VmHWM:").map_err(failed("/proc"))?,
            own_memory: self.own_memory.load(Relaxed),
            disk: size(&self.data).map_err(failed("the data directory"))?,
            syncs: sum_of(&metrics, "danbao_journal_sync_seconds_count"),
            records: f64::from(
                u32::try_from(sum_of(&metrics, "danbao_records_total")).unwrap_or(u32::MAX),
            ),
        })
    }
}

/// The sum of a counter over all cells.
fn sum_of(metrics: &str, name: &str) -> u64 {
    let values = metrics.lines().filter(|it| it.starts_with(name));
    values.filter_map(|it| it.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
}

/// The processor time of a process, with all that it waited for, and that of its children, if they
/// are part of the same thing.
pub(super) fn processor_time(process: &str, children: bool) -> Duration {
    let mut ticks = 0;
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // Behind the name in brackets: the 2nd is the parent, the 12th to 15th are hundredths of a
        // second.
        let fields: Vec<&str> = stat.rsplit_once(") ").map_or("", |it| it.1).split(' ').collect();
        let itself = entry.file_name().to_str() == Some(process);
        let child = children && fields.get(1) == Some(&process);
        if itself || child {
            let times = fields.iter().skip(11).take(4);
            ticks += times.filter_map(|it| it.parse::<u64>().ok()).sum::<u64>();
        }
    }
    Duration::from_millis(ticks * 10)
}

fn serve(program: &Path, data: &Path, address: &str) -> Result<Child, Failure> {
    Command::new(program)
        .args(["serve", "--listen", address, "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed("danbao serve"))
}

/// What the server answers to a question, if it does with 200.
fn get(address: &str, path: &str, key: &str) -> Option<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = TcpStream::connect(address).ok()?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\
         connection: close\r\n\r\n"
    );
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).ok()?;
    stream.read_to_string(&mut answer).ok()?;
    answer.starts_with("HTTP/1.1 200").then_some(answer)
}

/// The space that a folder takes.
pub(super) fn size(folder: &Path) -> std::io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        sum += if about.is_dir() { size(&entry.path())? } else { about.blocks() * 512 };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_of_all_cells_are_added() {
        let metrics = "records_total{cell=\"0\"} 40\nrecords_total{cell=\"1\"} 2\nother 7\n";
        assert_eq!(sum_of(metrics, "records_total"), 42);
    }

    #[test]
    fn a_process_and_its_children_take_at_least_what_the_process_takes() {
        let own = std::process::id().to_string();
        // In this order: the process goes on meanwhile.
        let alone = processor_time(&own, false);
        assert!(processor_time(&own, true) >= alone);
        assert_eq!(processor_time("no such process", true), Duration::ZERO);
    }
}
