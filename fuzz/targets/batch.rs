//! Batches of movements.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| danbao::fuzz::batch(bytes));
