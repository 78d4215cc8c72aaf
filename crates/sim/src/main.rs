//! `sim SEED` or `sim FROM..TO`: lives through these worlds and says what was reached.

use std::ops::Range;
use std::process::ExitCode;

fn main() -> ExitCode {
    let word = std::env::args().nth(1).unwrap_or_else(|| "0..1000".to_owned());
    let Some(seeds) = seeds(&word) else {
        eprintln!("usage: sim [SEED | FROM..TO]");
        return ExitCode::from(2);
    };
    let mut total = sim::Report::default();
    for seed in seeds.clone() {
        match sim::run(seed) {
            Ok(report) => total.add(&report),
            Err(failure) => {
                eprintln!("{failure}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{total}\nseeds {}..{} are well", seeds.start, seeds.end);
    ExitCode::SUCCESS
}

fn seeds(word: &str) -> Option<Range<u64>> {
    match word.split_once("..") {
        Some((from, to)) => Some(from.parse().ok()?..to.parse().ok()?),
        None => word.parse().ok().map(|it: u64| it..it.saturating_add(1)),
    }
}
