//! Why a chore was not done.

use std::fmt;
use std::io;

/// Why a command ended without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The caller asked for something that does not exist.
    Usage(String),
    /// A file or a program could not be used at all.
    Io { what: String, cause: io::Error },
    /// A program ran and said no.
    Program { call: String, status: String },
    /// Rules of the house are broken; each was printed where it was found.
    Untidy(usize),
    /// Something is wrong with what the repository says, in words.
    Wrong(String),
    /// A step of `cargo xtask test` failed; its output says why.
    Step(&'static str),
}

impl Failure {
    /// What the process exits with.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage(_) => 2,
            Failure::Io { .. }
            | Failure::Program { .. }
            | Failure::Untidy(_)
            | Failure::Wrong(_)
            | Failure::Step(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(what) | Failure::Wrong(what) => f.write_str(what),
            Failure::Io { what, cause } => write!(f, "{what}: {cause}"),
            Failure::Program { call, status } => write!(f, "`{call}` failed: {status}"),
            Failure::Untidy(1) => f.write_str("1 rule of the house is broken"),
            Failure::Untidy(count) => write!(f, "{count} rules of the house are broken"),
            Failure::Step(name) => write!(f, "stopped at the step `{name}`"),
        }
    }
}
