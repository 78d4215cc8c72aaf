//! Our books against the bank's statement: what agrees, what does not, and what to do about it.
//!
//! The idea that explains the rest: three accounts of the same money are compared, ours, the lines
//! of the bank's statement, and what the bank says its reserve account held before and after. Rules
//! are tried in a named order, each difference has a type, and a difference is resolved by itself
//! only where the rules are certain. Everything else is a case for a person.
//!
//! Nothing in here looks at a clock or a disk. Statements are read line by line from anything that
//! can be read, with bounded memory, and count only when they were read to the end. Formats, rules
//! and limits are described in `docs/reconciliation.md`.

pub mod calendar;
pub mod camt;
pub mod csv;
pub mod fuzz;
pub mod mt940;
mod refused;
mod report;
mod rules;
mod statement;
#[cfg(test)]
mod tests;
pub mod xml;

pub use refused::Refused;
pub use report::{Age, Report, Reserve};
pub use rules::{Belief, Break, BreakKind, Movement, Outcome, Resolution, Rule, reconcile};
pub use statement::{Balance, Head, Line, Lines, Side, TEXT_MAX};
