//! Recovery of a journal that was edited.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::journal::fuzz::journal(bytes));
