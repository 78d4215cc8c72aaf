//! A world that goes wrong on purpose.
//!
//! [`run`] lives through one world: up to four cells on disks that tear and forget, clients that
//! ask again, couriers that are late or come twice, banks that contradict themselves, clocks that
//! jump by weeks. Everything random comes from one seed, so a number is a whole story: the same
//! seed is the same run, bit for bit.
//!
//! Two programs read each record that comes out of a journal: the ledger, and the oracle in
//! `model`, which was written from the rules and shares none of their code. After each record
//! they must agree on the answer and on everything the books say; after each crash, everything that
//! was ever acknowledged must be there, once. `audit` adds what must be true of any books.
//!
//! Read it in this order: `model` (what should happen), `cell` (what crashes), `world` (who meets),
//! `clients` (who asks for what), `audit`, [`report`].

mod audit;
mod cell;
mod clients;
mod compare;
mod model;
mod people;
pub mod report;
mod world;

pub use model::Misreading;
pub use report::{Failure, HARD_CASES, Report};

/// What is wrong with the checker itself, to see that it would notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The oracle misreads a rule.
    Oracle(Misreading),
    /// A cell forgets its last acknowledged frame when it restarts.
    ForgottenFrame,
    /// A cell applies its last frame twice when it restarts.
    RepeatedFrame,
}

/// Lives through the world of a seed.
pub fn run(seed: u64) -> Result<Report, Box<Failure>> {
    world::run(seed, None)
}

/// The same with a fault that must be noticed.
pub fn run_with(seed: u64, fault: Fault) -> Result<Report, Box<Failure>> {
    world::run(seed, Some(fault))
}
