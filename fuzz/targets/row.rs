//! Rows of tables and logs.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::codec::fuzz::row(bytes));
