//! Hands: who acts for the platform, as its records have it.
//!
//! A person of the platform either holds an API key of their own or signs in as an operator. Rows
//! and records keep either in the 64 bits that had a key alone before there were operators, and the
//! first bit says which: so what was written then still reads the same.

use crate::id::{CellId, KeyId, UserId};
use std::fmt;

/// Who does something by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hand {
    /// Whoever holds this key of the platform.
    Key(KeyId),
    /// An operator who signed in.
    Operator(UserId),
}

impl Hand {
    /// Set for operators. Identifiers need 56 bits.
    const OPERATOR: u64 = 1 << 63;

    /// The hand as it is kept.
    pub const fn raw(self) -> u64 {
        match self {
            Hand::Key(key) => key.raw(),
            Hand::Operator(user) => Hand::OPERATOR | user.raw(),
        }
    }

    /// The hand that was kept as `raw`, if one was.
    pub const fn from_raw(raw: u64) -> Option<Hand> {
        let id = raw & !Hand::OPERATOR;
        if id >> 56 != 0 {
            None
        } else if id == raw {
            Some(Hand::Key(KeyId::from_raw(id)))
        } else {
            Some(Hand::Operator(UserId::from_raw(id)))
        }
    }

    /// The cell that knows it.
    pub const fn cell(self) -> CellId {
        match self {
            Hand::Key(key) => key.cell(),
            Hand::Operator(user) => user.cell(),
        }
    }
}

impl fmt::Display for Hand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hand::Key(key) => key.fmt(f),
            Hand::Operator(user) => user.fmt(f),
        }
    }
}
