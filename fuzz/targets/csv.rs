//! Files of orders to be replayed.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| danbao::fuzz::csv(bytes));
