//! The rules, as scripts. `script` says how one is read; `audit` looks over the books after every
//! line of every script, in its own words.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that overflows or looks past the end fails, as it should"
)]

mod accounts;
mod actions;
mod audit;
mod banks;
mod cells;
mod holds;
mod idempotence;
mod limits;
mod orders;
mod people;
mod proposals;
mod receipts;
mod refunds;
mod registry;
mod script;
mod show;
mod tenancy;
mod timers;
mod values;
mod walk;
mod world;

use script::check;
