//! An engine that stops and starts.

mod restart;
