//! Records of the journal.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::codec::fuzz::request(bytes));
