//! The journal, and the books derived from it.
//!
//! The journal is the only thing that has to be kept. Everything else here is made of what came out
//! of it, can be deleted at any time, and comes back.

pub mod index;
pub mod journal;
pub mod table;
