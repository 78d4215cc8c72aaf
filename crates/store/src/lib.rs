//! The journal, and the books derived from it.
//!
//! The journal is the only thing that has to be kept. Everything else here is made of what came out
//! of it, can be deleted at any time, and comes back.
//!
//! Read it in this order: [`journal`], [`codec`], [`table`], [`index`], [`books`].

pub mod books;
pub mod codec;
pub mod index;
pub mod journal;
pub mod table;

pub use books::{At, Cell, Checkpoint, List, Miss, Store, Total, View};
