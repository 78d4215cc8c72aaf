//! Assignments: who of the operators looks into a difference between a bank's statement and the
//! books.
//!
//! A difference is no row of the books: it is found anew whenever a statement is read. So it is
//! known by what stays the same then: the bank, its business day, and what the movement is called.

use crate::id::UserId;
use crate::name::{BankName, BankNumber};

/// Gives a difference to an operator, or back to everybody. By hand alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssignDifference {
    /// Whose statement it is in.
    pub bank: BankName,
    /// The business day, as a number of eight digits: 20261123.
    pub day: u32,
    /// What the movement is called: by us if it is ours, otherwise by the bank; by its line if
    /// neither calls it anything.
    pub row: BankNumber,
    /// Who looks into it now; nobody if nothing.
    pub to: Option<UserId>,
}
