//! Files of tables and logs that were edited.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::table::fuzz::rows(bytes));
