//! Manifests of checkpoints.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::books::fuzz::manifest(bytes));
