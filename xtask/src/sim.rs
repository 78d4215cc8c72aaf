//! `cargo xtask sim`: simulated worlds by number, in the release build. Without a number, the first
//! thousand.

use crate::failure::Failure;
use crate::house::House;

/// Lives through one world, or through those from one number up to another.
pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    let seeds = match words {
        [] => "0..1000",
        [seeds] if is_seeds(seeds) => seeds,
        [word, ..] => return Err(Failure::Usage(format!("`{word}` is no SEED and no FROM..TO"))),
    };
    let call = ["run", "--quiet", "--release", "--package", "sim", "--", seeds];
    let status = house.command("cargo", &call).status();
    let status = status.map_err(|cause| Failure::Io { what: "cargo".to_owned(), cause })?;
    if status.success() { Ok(()) } else { Err(Failure::Step("sim")) }
}

fn is_seeds(word: &str) -> bool {
    let number = |it: &str| it.parse::<u64>().is_ok();
    word.split_once("..").map_or_else(|| number(word), |(from, to)| number(from) && number(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_one_number_or_two() {
        for word in ["0", "4711", "0..1000"] {
            assert!(is_seeds(word), "{word}");
        }
        for word in ["", "..", "1..", "-1", "1..2..3", "seed"] {
            assert!(!is_seeds(word), "{word}");
        }
    }
}
