//! The contract of every journal, and what the local one does about damage.

mod contract;
mod damage;
