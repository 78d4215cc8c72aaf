//! Ourselves: the release build, started as an operator would, under load from `danbao bench`.

use super::{Figures, Scenario, Setting, wait_until};
use crate::failure::Failure;
use crate::house::House;
use serde_json::Value;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server of ours, which ends when this is dropped.
pub(super) struct Danbao {
    program: PathBuf,
    data: PathBuf,
    address: String,
    key: String,
    server: Child,
}

/// What the server's process took so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// Processor time.
    pub(super) cpu: Duration,
    /// The most memory that it had, in bytes.
    pub(super) memory: u64,
    /// What the data directory takes on the disk, in bytes.
    pub(super) disk: u64,
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
        let ours = Danbao { program: program.to_owned(), data, address, key, server };
        ours.wait()?;
        Ok(ours)
    }

    fn wait(&self) -> Result<(), Failure> {
        wait_until("the server is ready", || {
            Ok(TcpStream::connect(&self.address).is_ok() && get(&self.address, "/readyz"))
        })
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
        let output = Command::new(&self.program)
            .args(["bench", scenario.load(), "--json", "--server", &url, "--key", &self.key])
            .args(["--clients", &clients, "--seconds", &seconds, "--accounts", &accounts])
            .args(["--orders", &orders])
            .stderr(Stdio::inherit())
            .output()
            .map_err(failed("danbao bench"))?;
        let told: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| Failure::Wrong(format!("danbao bench: {error}")))?;
        if !output.status.success() || told["accounts_that_differ"] != 0 || told["refused"] != 0 {
            return Err(Failure::Wrong(format!("the load does not agree with the books: {told}")));
        }
        let number = |name: &str| told[name].as_f64().unwrap_or(0.0);
        Ok(Figures {
            requests_per_second: number("requests_per_second"),
            movements_per_second: number("movements_per_second"),
            p50_ms: number("p50_ms"),
            p99_ms: number("p99_ms"),
        })
    }

    /// What the server took since it was started.
    pub(super) fn cost(&self) -> Result<Cost, Failure> {
        let process = format!("/proc/{}", self.server.id());
        let stat = fs::read_to_string(format!("{process}/stat")).map_err(failed("/proc"))?;
        let status = fs::read_to_string(format!("{process}/status")).map_err(failed("/proc"))?;
        // Behind the name in brackets: 12th and 13th, in hundredths of a second.
        let fields = stat.rsplit_once(") ").map_or("", |it| it.1).split(' ');
        let ticks: u64 = fields.skip(11).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
        let memory = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
        let memory = memory.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
        Ok(Cost {
            cpu: Duration::from_millis(ticks * 10),
            memory: memory.unwrap_or(0) << 10,
            disk: size(&self.data).map_err(failed("the data directory"))?,
        })
    }
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

/// Whether the server answers a question with 200.
fn get(address: &str, path: &str) -> bool {
    use std::io::{Read as _, Write as _};
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// The space that a folder takes.
fn size(folder: &Path) -> std::io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        sum += if about.is_dir() { size(&entry.path())? } else { about.blocks() * 512 };
    }
    Ok(sum)
}
