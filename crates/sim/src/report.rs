//! What a run says afterwards.

use std::collections::BTreeMap;
use std::fmt;

/// The cases for whose sake all this exists. Over many seeds each must be reached.
pub const HARD_CASES: [&str; 50] = [
    "torn frame dropped",
    "acknowledged frame recovered",
    "frame recovered that nobody was told of",
    "sync failed",
    "power failed during an operation",
    "stored books caught up from a checkpoint",
    "retry answered from memory",
    "retry after no answer",
    "retry with other content refused",
    "timer fired after days of downtime",
    "order completed by silence",
    "refund granted by silence",
    "refund after the end, from the seller's balance",
    "buyer cancelled a late seller's order",
    "dispute split",
    "statement added while something is to be decided",
    "order paid from another cell",
    "remote payment returned",
    "returned money set aside",
    "duplicate message ignored",
    "message before its turn ignored",
    "hold partly captured, then expired",
    "late bank success after rejection",
    "repeated or contradicting bank event ignored",
    "withdrawal returned after it was paid",
    "top-up confirmed after its account closed",
    "money for a closed account set aside",
    "linked transfers undone",
    "second top-up refused while the first is under way",
    "payment refused while a card pays",
    "order paid from a card",
    "card payment of an order that cannot be paid given back",
    "card payment refused by another cell",
    "bank took another amount",
    "receipt recorded again",
    "receipt sent back to a card",
    "withdrawal paid after rejection",
    "bank paid out another amount",
    "bank gave two movements one reference",
    "bank's word on money set aside left to a person",
    "one person alone refused",
    "own proposal not decided",
    "proposal decided twice",
    "proposal approved too late",
    "second proposal about the same refused",
    "two people moved money by hand",
    "customer compensated after five days",
    "second appeal refused while the first is open",
    "appeal refused by a person",
    "appeal granted",
];

/// What happened in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How often each case was reached: in how many records, or how many crashes.
    pub cases: BTreeMap<&'static str, u64>,
    /// Records that were decided.
    pub records: u64,
    /// Requests that were done.
    pub accepted: u64,
    /// Crashes that were survived.
    pub crashes: u64,
    /// A sum over everything that was said: the same for the same seed.
    pub digest: u64,
}

impl Report {
    /// Adds what happened in another run.
    pub fn add(&mut self, other: &Report) {
        for (case, count) in &other.cases {
            *self.cases.entry(case).or_insert(0) += count;
        }
        self.records += other.records;
        self.accepted += other.accepted;
        self.crashes += other.crashes;
        self.digest = self.digest.rotate_left(5) ^ other.digest;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in HARD_CASES {
            writeln!(f, "{:>9}  {case}", self.cases.get(case).copied().unwrap_or(0))?;
        }
        let Report { records, accepted, crashes, digest, .. } = self;
        write!(f, "{records} records, {accepted} accepted; {crashes} crashes; digest {digest:016x}")
    }
}

/// A run in which something was not as it should be.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The run.
    pub seed: u64,
    /// What was wrong.
    pub what: String,
    /// The last steps before it.
    pub transcript: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.transcript {
            writeln!(f, "  {line}")?;
        }
        write!(f, "seed {}: {}", self.seed, self.what)
    }
}

impl std::error::Error for Failure {}
