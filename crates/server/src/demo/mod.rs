//! A demonstration: who is in it, how the stage is set, and what can be broken on purpose.
//!
//! A server that is started by `danbao demo` knows of it; no other has any of this. Everybody in it
//! is made by the requests that real people would make, so nothing here is different from what a
//! platform in use would show.

mod days;
mod seed;

pub use seed::stage;

use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// Everybody's password.
pub const DEMO_PASSWORD: &str = "danbao-2009";
/// Everybody's payment password.
pub const DEMO_PAYMENT_PASSWORD: &str = "135246";

/// The demonstration that a server is a part of.
#[derive(Debug)]
pub struct Demo {
    home: PathBuf,
}

/// Somebody in the demonstration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// Which part, such as `buyer`.
    pub role: String,
    /// A name to show.
    pub name: String,
    /// What they sign in with.
    pub login: String,
    /// Who it is.
    pub user: String,
    /// Their account; operators have none.
    pub account: Option<String>,
}

/// An order of the demonstration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Staged {
    /// Which.
    pub order: String,
    /// Where it stands.
    pub stage: String,
}

/// Everybody in their place.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cast {
    /// Who is there.
    pub people: Vec<Part>,
    /// One order in every stage, and more.
    pub orders: Vec<Staged>,
}

impl Cast {
    /// Everybody, once the stage is set.
    pub fn read(home: &Path) -> Option<Cast> {
        serde_json::from_slice(&std::fs::read(home.join("cast.json")).ok()?).ok()
    }

    /// Somebody.
    pub fn part(&self, role: &str) -> Option<&Part> {
        self.people.iter().find(|it| it.role == role)
    }

    /// Written at once or not at all: whoever finds it finds the whole stage.
    fn write(&self, home: &Path) -> io::Result<()> {
        let (draft, file) = (home.join("cast.json.new"), home.join("cast.json"));
        std::fs::write(&draft, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(draft, file)
    }
}

impl Demo {
    /// The demonstration in this directory. Only a sandbox can be part of one.
    pub fn new(home: &Path, sandbox: bool) -> io::Result<Demo> {
        if !sandbox {
            return Err(io::Error::other("a demonstration has no real money"));
        }
        // Whoever started this process keeps it: it ends with them.
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
        Ok(Demo { home: home.to_owned() })
    }

    /// Where it is.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Everybody, once the stage is set.
    pub fn cast(&self) -> Option<Cast> {
        Cast::read(&self.home)
    }

    /// Where the bank is, which can be told to misbehave.
    pub fn bank(&self) -> io::Result<String> {
        std::fs::read_to_string(self.home.join("bank-address"))
    }

    /// Notes where the bank is.
    pub fn remember_bank(home: &Path, url: &str) -> io::Result<()> {
        std::fs::write(home.join("bank-address"), url)
    }
}
