//! What is said between the platform and a bank.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bank::fuzz::protocol(bytes));
