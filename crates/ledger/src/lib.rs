//! The ledger: what can be asked, what is allowed, and what the books say afterwards.
//!
//! The ledger is a function. [`apply()`] takes books, a time and a request, and gives an outcome:
//! no clock, dice, disk, thread or `async`. Same journal, same books, on every machine and for
//! ever. Accounts, holds, orders, top-ups, withdrawals and money between cells are decided in this
//! one place, so an order can never say "unpaid" while its money has moved.
//!
//! Read it in this order: [`money`], [`account`], [`posting`]; then [`order`], [`hold`], [`bank`],
//! [`receipt`], [`proposal`] and [`remittance`], each with one table that is its whole life; then
//! [`person`], [`limits`], [`command`], [`action`], [`rejection`], and at last [`apply()`], where
//! everything meets.
//!
//! What holds after every record, and which test would fail otherwise:
//!
//! 1. Debits and credits are equal in every currency (`tests::audit`, after every line of every
//!    script).
//! 2. No account that somebody is owed goes below zero, and no hold exceeds its balance.
//! 3. An account's sums are the sums of its postings, and an order's stage agrees with its money.
//! 4. The same request gets the same answer; another request under its name gets a rejection.

#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

pub mod account;
pub mod action;
pub mod announcement;
pub mod appeal;
pub mod apply;
pub mod assignment;
pub mod bank;
pub mod books;
pub mod command;
pub mod currency;
pub mod event;
pub mod fuzz;
pub mod hand;
pub mod hold;
pub mod id;
pub mod limits;
pub mod memory;
pub mod money;
pub mod name;
pub mod order;
pub mod person;
pub mod posting;
pub mod proposal;
pub mod receipt;
pub mod refund;
pub mod registry;
pub mod rejection;
pub mod remittance;
pub mod shipment;
pub mod time;

#[cfg(test)]
mod tests;

pub use apply::{At, Decision, advance, apply};
