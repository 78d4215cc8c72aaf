//! Run files of an index that were edited.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::index::fuzz::run(bytes));
