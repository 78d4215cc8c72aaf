//! A machine that can lose its power: a disk, a file system on it, and the server.

use super::disk::{Cut, Dice, Disk};
use super::fuse::Mounted;
use super::http::Server;
use crate::failure::Failure;
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The size of the disk. What nobody wrote to takes no memory.
const DISK: u64 = 4 << 30;
/// Memory for the books, in MiB: so little that they are written to the disk all the time.
const MEMORY: &str = "24";

/// A machine.
pub(super) struct Machine {
    folder: PathBuf,
    program: PathBuf,
    pub(super) server: Server,
    process: Option<Child>,
    disk: Arc<Mutex<Disk>>,
    file: Option<Mounted>,
}

fn failed(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Failure {
    let what = what.into();
    move |cause| Failure::Io { what, cause }
}

/// Runs a program of the system and returns what it printed.
fn system(program: &str, words: &[&str]) -> Result<String, Failure> {
    let output = Command::new(program).args(words).output().map_err(failed(program))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let call = format!("{program} {}: {errors}", words.join(" "));
    Err(Failure::Program { call, status: output.status.to_string() })
}

impl Machine {
    /// A machine with an empty disk, and a server on it.
    pub(super) fn new(program: &Path, folder: &Path, cells: u8) -> Result<Machine, Failure> {
        let disk = Arc::new(Mutex::new(Disk::new(DISK)));
        fs::create_dir_all(folder.join("mnt")).map_err(failed("a folder"))?;
        let file = Mounted::new(&folder.join("disk"), &disk)?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let address = free.map_err(failed("a free port"))?;
        let mut machine = Machine {
            folder: folder.to_owned(),
            program: program.to_owned(),
            server: Server { address, key: String::new() },
            process: None,
            disk,
            file: Some(file),
        };
        let image = machine.path("disk");
        system("mkfs.ext4", &["-q", "-F", "-E", "nodiscard", &image])?;
        machine.mount()?;
        let (data, cells) = (machine.path("mnt/data"), cells.to_string());
        let words = ["init", "--json", "--cells", &cells, "--data", &data];
        let told = system(&program.to_string_lossy(), &words)?;
        let told: Value = serde_json::from_str(&told).unwrap_or_default();
        told["api_key"].as_str().unwrap_or_default().clone_into(&mut machine.server.key);
        machine.start()?;
        machine.wait_until_ready()?;
        Ok(machine)
    }

    fn path(&self, inside: &str) -> String {
        self.folder.join(inside).to_string_lossy().into_owned()
    }

    pub(super) fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mount(&self) -> Result<(), Failure> {
        let (disk, at) = (self.path("disk"), self.path("mnt"));
        system("mount", &["-t", "ext4", "-o", "loop,nodiscard", &disk, &at]).map(drop)
    }

    pub(super) fn start(&mut self) -> Result<(), Failure> {
        let log = fs::File::options().create(true).append(true).open(self.path("server.log"));
        let process = Command::new(&self.program)
            .args(["serve", "--listen", &self.server.address.to_string()])
            .args(["--data", &self.path("mnt/data"), "--memory", MEMORY])
            .stdin(Stdio::null())
            .stderr(log.map_err(failed("server.log"))?)
            .spawn();
        self.process = Some(process.map_err(failed("danbao serve"))?);
        Ok(())
    }

    pub(super) fn wait_until_ready(&mut self) -> Result<Duration, Failure> {
        let begun = Instant::now();
        let mut connection = self.server.connection();
        while !connection.get("/readyz").is_ok_and(|it| it.status == 200) {
            let ended = self.process.as_mut().and_then(|it| it.try_wait().ok().flatten());
            if ended.is_some() || begun.elapsed() > Duration::from_mins(1) {
                let log = fs::read_to_string(self.path("server.log")).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(3).collect();
                let what = format!("the server does not start: {}", last.join(" / "));
                return Err(Failure::Wrong(what));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(begun.elapsed())
    }

    /// Asks the server to stop, and does not wait until it has.
    pub(super) fn ask_to_stop(&self) -> Result<(), Failure> {
        let id = self.process.as_ref().map_or(0, Child::id).to_string();
        system("kill", &[&id]).map(drop)
    }

    /// Takes the power away: what the disk had not flushed is left to the dice.
    pub(super) fn cut(&mut self, dice: &mut Dice) -> Cut {
        self.disk().cut(dice)
    }

    /// Clears away what the cut left in memory: the server, and the file system's pages.
    pub(super) fn clear(&mut self) -> Result<(), Failure> {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            process.wait().map_err(failed("danbao serve"))?;
        }
        system("umount", &[&self.path("mnt")]).map(drop)
    }

    /// The power comes back: the file system recovers, and the server is started.
    pub(super) fn power_on(&mut self) -> Result<(), Failure> {
        self.disk().come_back();
        self.mount()?;
        self.start()
    }

    /// Keeps what is on the disk, for whoever wants to know what went wrong.
    pub(super) fn keep(&self, path: &Path) -> Result<(), Failure> {
        self.disk().save(path).map_err(failed(path.display().to_string()))
    }

    /// Lets the server verify itself: its journal, replayed into fresh books, against its own.
    pub(super) fn verify(&self) -> Result<(), Failure> {
        let (url, key) = (format!("http://{}", self.server.address), self.server.key.clone());
        let words = ["verify", "--json", "--server", &url, "--key", &key];
        let told = system(&self.program.to_string_lossy(), &words)?;
        let value: Value = serde_json::from_str(&told).unwrap_or_default();
        if value["sound"] == true {
            return Ok(());
        }
        Err(Failure::Wrong(format!("the books are not what the journal says: {told}")))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.clear();
        drop(self.file.take());
    }
}
