//! Where the repository is, what is in it, and how programs are started there.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// The repository that is looked after.
pub(crate) struct House {
    root: PathBuf,
}

impl House {
    /// The repository around the current directory.
    pub(crate) fn find() -> Result<House, Failure> {
        let here = env::current_dir()
            .map_err(|cause| Failure::Io { what: "the current directory".to_owned(), cause })?;
        here.ancestors()
            .find(|it| it.join("xtask/Cargo.toml").is_file())
            .map(|it| House { root: it.to_owned() })
            .ok_or_else(|| Failure::Wrong("run this inside the repository".to_owned()))
    }

    /// The repository in this directory.
    #[cfg(test)]
    pub(crate) fn at(root: impl Into<PathBuf>) -> House {
        House { root: root.into() }
    }

    /// Where something in it is.
    pub(crate) fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.root.join(inside)
    }

    /// The text of a file in it.
    pub(crate) fn read(&self, inside: &str) -> Result<String, Failure> {
        fs::read_to_string(self.path(inside))
            .map_err(|cause| Failure::Io { what: inside.to_owned(), cause })
    }

    /// A program that will run at its top and is never asked anything. What was installed in the
    /// repository is found before what the machine has.
    pub(crate) fn command(&self, program: &str, words: &[&str]) -> Command {
        let own = [".venv/bin", "node_modules/.bin"].map(|it| self.path(it));
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(own.into_iter().chain(env::split_paths(&path)));
        let mut command = Command::new(program);
        command.args(words).current_dir(&self.root).stdin(Stdio::null());
        // What cargo told this program about itself would make dependencies build again that ask
        // for it, once for each of the two callers.
        let ours = |it: &OsString| {
            let name = it.to_string_lossy();
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        };
        for name in env::vars_os().map(|it| it.0).filter(ours) {
            command.env_remove(name);
        }
        if let Ok(path) = path {
            command.env("PATH", path);
        }
        command
    }

    /// Runs a program at its top, with these variables, and fails if that fails.
    pub(crate) fn succeed(
        &self,
        program: &str,
        words: &[&str],
        variables: &[(&str, String)],
    ) -> Result<(), Failure> {
        let call = || [&[program], words].concat().join(" ");
        let mut command = self.command(program, words);
        command.envs(variables.iter().map(|(name, value)| (*name, value)));
        let status = command.status().map_err(|cause| Failure::Io { what: call(), cause })?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::Program { call: call(), status: status.to_string() })
    }

    /// Every file that git tracks or would track, as paths from the top with `/`.
    pub(crate) fn files(&self) -> Result<Vec<String>, Failure> {
        let words = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let output = self
            .command("git", &words)
            .output()
            .map_err(|cause| Failure::Io { what: "git ls-files".to_owned(), cause })?;
        if !output.status.success() {
            return Err(Failure::Program {
                call: "git ls-files".to_owned(),
                status: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            });
        }
        let names = String::from_utf8_lossy(&output.stdout);
        let mut files: Vec<String> = names
            .split('\0')
            .filter(|it| !it.is_empty() && self.path(it).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }
}
