//! A whole day against its statement:
//! `cargo run --release -p danbao --example reconcile_day -- 8000000`.
//!
//! Writes a camt.053 with so many entries into the system's folder for temporary files, and then
//! measures how long it takes to read it and to compare it with as many movements, and how much
//! memory that needs. One movement in a thousand is missing in the statement, so that there is
//! something to find.

use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use recon::calendar::Calendar;
use recon::{Balance, Belief, Head, Line, Lines, Movement, Report, Side, camt, reconcile};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::time::Instant;

/// When the day begins that the statement is of.
const FROM: u64 = 1_795_363_200_000;
const DAY: u64 = 86_400_000;

fn amount(number: u64) -> Money {
    Money::new(100 + number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 1_000_000, Currency::CNY)
}

fn reference(number: u64) -> String {
    // Spread over the file as they would be: banks do not book in our order.
    format!("top_{:014}", number.wrapping_mul(2_654_435_761) % 100_000_000_000)
}

fn is_missing(number: u64) -> bool {
    number % 1_000 == 999
}

fn line(number: u64, count: u64) -> Line {
    Line {
        number: 0,
        reference: Some(reference(number)),
        bank_reference: format!("B{number:015}"),
        side: Side::Credit,
        amount: amount(number),
        booked_at: Time(FROM + number * DAY / count),
        returns: None,
    }
}

fn movement(number: u64, count: u64) -> Movement {
    Movement {
        reference: reference(number),
        side: Side::Credit,
        amount: amount(number),
        belief: Belief::Executed,
        at: Time(FROM + number * DAY / count),
        bank_reference: None,
        found_before: false,
    }
}

/// The most memory that this process has had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let kib = line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1_024
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u64 = std::env::args().nth(1).map_or(Ok(100_000), |it| it.parse())?;
    let path = std::env::temp_dir().join(format!("danbao-camt-{}.xml", std::process::id()));
    let there = || (0..count).filter(|it| !is_missing(*it));
    let sum: u128 = there().map(|it| u128::from(amount(it).minor())).sum();
    let closing = i128::try_from(sum)?;
    let balances = vec![Balance { currency: Currency::CNY, opening: 0, closing }];
    let (id, account) = ("day".to_owned(), "reserve".to_owned());
    let head = Head { id, account, from: Time(FROM), to: Time(FROM + DAY), balances };
    let begun = Instant::now();
    let entries = u64::try_from(there().count())?;
    let out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    let mut writer = camt::Writer::begin(out, &head, Currency::CNY, entries, sum)?;
    for number in there() {
        writer.line(&line(number, count))?;
    }
    writer.finish()?.flush()?;
    let bytes = std::fs::metadata(&path)?.len();
    println!("{entries} entries, {} MB, written in {:.1?}", bytes / 1_000_000, begun.elapsed());

    let begun = Instant::now();
    let mut lines = Lines::default();
    let input = BufReader::with_capacity(1 << 20, File::open(&path)?);
    let head = camt::read(input, &mut |it| {
        lines.add(&it);
        Ok(())
    })?;
    std::fs::remove_file(&path)?;
    let read = begun.elapsed();
    let calendar = Calendar::parse("+08:00", "00:00")?;
    let movements = (0..count).map(|it| movement(it, count));
    let outcome = reconcile(&head, lines, movements, &calendar, &mut |_| {});
    let report = Report::new(head, outcome, Time(FROM + DAY));
    println!(
        "read in {read:.1?}, compared after {:.1?}: {} found, {} differences, {} MiB at most",
        begun.elapsed(),
        report.outcome.matched.values().sum::<u64>(),
        report.outcome.breaks.len(),
        peak()
    );
    let expected = (0..count).filter(|it| is_missing(*it)).count();
    if report.outcome.breaks.len() == expected { Ok(()) } else { Err("that is not right".into()) }
}
