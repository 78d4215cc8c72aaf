//! Why a statement is not accepted. Nothing of it was.

use std::fmt;

/// A statement that cannot be read, with where and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line of the file, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

impl Refused {
    /// Refuses what stands in this line.
    pub fn new(line: u64, reason: impl Into<String>) -> Refused {
        Refused { line, reason: reason.into() }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for Refused {}
