//! The journal, and the books derived from it.

pub mod index;
