//! The books on the disk against plain maps, against readers, and against crashes.

mod model;
mod readers;
mod steps;
