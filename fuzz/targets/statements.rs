//! Statements of banks, in every format.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| recon::fuzz::statements(bytes));
