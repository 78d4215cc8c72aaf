//! Identifiers, order numbers and texts.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ledger::fuzz::identifiers(bytes));
