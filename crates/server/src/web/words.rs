//! Words of the pages, in both languages; made of `words/*.toml` by `build.rs`.

#![allow(
    clippy::pedantic,
    clippy::useless_format,
    reason = "made by build.rs: one function for each key"
)]

use super::lang::Lang;
#[allow(unused_imports, reason = "only words with placeholders need it")]
use std::fmt::Display;

include!(concat!(env!("OUT_DIR"), "/words.rs"));
