//! A place where a server and a bank run, and what is asked of them.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Processes that end with the test, whatever becomes of it.
pub(crate) struct Place {
    pub(crate) home: tempfile::TempDir,
    pub(crate) key: String,
    port: u16,
    server: Option<Child>,
    pub(crate) banks: Vec<Bank>,
}

/// A simulated bank.
pub(crate) struct Bank {
    pub(crate) name: &'static str,
    port: u16,
    child: Option<Child>,
}

impl Bank {
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut bank) = self.child.take() {
            bank.kill().unwrap();
            bank.wait().unwrap();
        }
    }
}

fn danbao() -> Command {
    Command::new(env!("CARGO_BIN_EXE_danbao"))
}

/// A port that nobody has at present.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Place {
    pub(crate) fn new(cells: u8) -> Place {
        Place::at(tempfile::tempdir().unwrap(), cells)
    }

    pub(crate) fn at(home: tempfile::TempDir, cells: u8) -> Place {
        Place::with_banks(home, cells, &["bank"])
    }

    pub(crate) fn with_banks(home: tempfile::TempDir, cells: u8, banks: &[&'static str]) -> Place {
        let cells = cells.to_string();
        let data = home.path().join("data");
        let made =
            danbao().args(["init", "--json", "--cells", &cells, "--data"]).arg(&data).output();
        let made: serde_json::Value = serde_json::from_slice(&made.unwrap().stdout).unwrap();
        let key = made["api_key"].as_str().unwrap().to_owned();
        let bank = |name: &&'static str| Bank { name, port: free_port(), child: None };
        let banks: Vec<Bank> = banks.iter().map(bank).collect();
        let mut place = Place { home, key, port: free_port(), server: None, banks };
        for number in 0..place.banks.len() {
            place.start_bank_number(number, &[]);
        }
        place.start();
        place.wait_until_ready();
        place
    }

    pub(crate) fn start_bank(&mut self) {
        self.start_bank_with(&[]);
    }

    /// Starts the bank with more words, such as what it is to do wrong.
    pub(crate) fn start_bank_with(&mut self, words: &[&str]) {
        self.start_bank_number(0, words);
    }

    pub(crate) fn start_bank_number(&mut self, number: usize, words: &[&str]) {
        let (url, name) = (self.url(), self.banks[number].name);
        let bank = danbao()
            .args(["bank-sim", "--listen", &format!("127.0.0.1:{}", self.banks[number].port)])
            .args(["--notify", &format!("{url}/v1/banks/{name}/notices"), "--data"])
            .arg(self.home.path().join(name))
            .args(words)
            .stderr(Stdio::null())
            .spawn();
        self.banks[number].child = Some(bank.unwrap());
        // The bank makes it when it is started for the first time.
        let begun = Instant::now();
        while !self.secret_of(name).exists() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the bank does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn secret_of(&self, bank: &str) -> PathBuf {
        self.home.path().join(bank).join("bank.secret")
    }

    pub(crate) fn kill_bank(&mut self) {
        self.banks[0].kill();
    }

    pub(crate) fn start(&mut self) {
        // A bank that was silent is asked after two seconds instead of a minute.
        self.start_with(&["--bank-time-scale", "30"]);
    }

    pub(crate) fn start_with(&mut self, words: &[&str]) {
        let mut server = danbao();
        server.args(["serve", "--listen", &format!("127.0.0.1:{}", self.port)]).args(words);
        for bank in &self.banks {
            let secret = self.secret_of(bank.name).display().to_string();
            server.args(["--bank", &format!("{}={}", bank.name, bank.url())]);
            server.args(["--bank-secret", &format!("{}={secret}", bank.name)]);
        }
        let server =
            server.arg("--data").arg(self.home.path().join("data")).stderr(Stdio::null()).spawn();
        self.server = Some(server.unwrap());
    }

    /// Runs a command of the program with the platform's key.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        danbao().env("DANBAO_KEY", &self.key).args(words).output().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.home.path().join(name).to_str().unwrap().to_owned()
    }

    /// `kill -9`, and not a word before.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Asks the server to stop, and waits until it has.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let id = server.id().to_string();
            assert!(Command::new("kill").arg(id).status().unwrap().success());
            assert!(server.wait().unwrap().success());
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn wait_until_ready(&self) {
        let begun = Instant::now();
        while self.curl(&["/readyz"]).stdout != b"ready\n" {
            assert!(begun.elapsed() < Duration::from_secs(30), "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// An unmodified client: curl, with the path first.
    pub(crate) fn curl(&self, words: &[&str]) -> Output {
        let url = format!("{}{}", self.url(), words[0]);
        Command::new("curl")
            .args(["-s", "--max-time", "20"])
            .args(&words[1..])
            .arg(url)
            .output()
            .unwrap()
    }

    pub(crate) fn replay(&self, file: &Path) -> Child {
        self.replay_with(file, &["--concurrency", "8"])
    }

    pub(crate) fn replay_with(&self, file: &Path, words: &[&str]) -> Child {
        let errors = std::fs::File::create(self.home.path().join("replay.err")).unwrap();
        danbao()
            .args(["replay", "--json", "--server", &self.url(), "--key", &self.key])
            .args(words)
            .arg(file)
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap()
    }

    /// What the last replay said on its way.
    pub(crate) fn replay_said(&self) -> String {
        std::fs::read_to_string(self.home.path().join("replay.err")).unwrap()
    }

    /// The file of real orders if it is there, and the synthetic one otherwise.
    pub(crate) fn orders() -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let real = root.join("../../../shared/data/orders.csv");
        if real.exists() { real } else { root.join("testdata/orders.csv") }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.kill();
        self.banks.iter_mut().for_each(Bank::kill);
    }
}
