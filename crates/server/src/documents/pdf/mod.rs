//! Papers as PDF, on A4, in Chinese or English.
//!
//! `sheet` draws, `lines` breaks text into lines, `flow` puts pages one after the other, and `slip`
//! and `statement` say what is on them. The font travels with the paper, so it looks the same
//! everywhere, and every character of it can be searched and copied.

mod capitals;
mod flow;
mod font;
mod lines;
mod proof;
mod sheet;
mod slip;
mod statement;
mod words;

pub use slip::{FACTS_MAX, Party, Slip, slip};
pub use statement::statement;

use crate::web::dates::local;
use crate::web::lang::Lang;
use crate::web::money::amount;
use jiff::tz::TimeZone;
use ledger::money::Money;
use ledger::time::Time;

/// What every paper says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Who made it, as people know the platform.
    pub brand: String,
    /// The language of the reader.
    pub lang: Lang,
    /// Whether the money in it is not real, which is then said on every page.
    pub sandbox: bool,
    /// When it was made.
    pub made_at: Time,
}

/// Why somebody who does not trust the paper may believe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The platform's public key, as text.
    pub key: String,
    /// What it signed, as text.
    pub signature: String,
    /// The address where what is signed can be seen and checked.
    pub check_at: String,
}

/// A moment to the second: `2026-11-26 09:00:00`.
fn time(at: Time) -> String {
    local(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A moment to the second, with its zone: `2026-11-26 09:00:00 (UTC+08:00)`.
fn time_in_zone(at: Time) -> String {
    local(at).strftime("%Y-%m-%d %H:%M:%S (UTC%:z)").to_string()
}

/// When the paper was made, as PDF has it.
fn date(head: &Head) -> pdf_writer::Date {
    let utc = local(head.made_at).with_time_zone(TimeZone::UTC);
    let small = |it: i8| u8::try_from(it).unwrap_or_default();
    pdf_writer::Date::new(u16::try_from(utc.year()).unwrap_or_default())
        .month(small(utc.month()))
        .day(small(utc.day()))
        .hour(small(utc.hour()))
        .minute(small(utc.minute()))
        .second(small(utc.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

/// An amount as pages write it, without the sign of its currency, which columns have only once:
/// `1,234.50`.
fn digits(money: Money) -> String {
    amount(money).trim_start_matches(|it: char| !it.is_ascii_digit()).to_owned()
}
