//! `cargo xtask fuzz`: looks for bytes that harm a decoder.
//!
//! `cargo fuzz` wants a nightly compiler for its flags; the one that is there takes them, too, when
//! it is told so by `RUSTC_BOOTSTRAP`. Each target runs for so long, from what earlier runs and
//! `fuzz/seeds` know, with limits of memory: a decoder that allocates what a stranger asks for is
//! found as surely as one that panics. What was found is in `fuzz/artifacts`, and ends the run.

use crate::failure::Failure;
use crate::house::House;
use std::fs;

/// How long each target runs, in seconds.
const SECONDS: &str = "60";
/// The most that one allocation and all of them together may take, in MiB.
const LIMITS: [&str; 2] = ["-malloc_limit_mb=64", "-rss_limit_mb=1024"];
/// The longest input, in bytes.
const LENGTH: &str = "-max_len=4096";

pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    let all = targets(house)?;
    let (mut chosen, mut seconds) = (Vec::new(), SECONDS.to_owned());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => {
                let number = words.next().filter(|it| it.parse::<u32>().is_ok());
                let wrong = || Failure::Usage("`--seconds` needs a number".to_owned());
                seconds.clone_from(number.ok_or_else(wrong)?);
            }
            target if all.iter().any(|it| it == target) => chosen.push(target.to_owned()),
            other => {
                let known = all.join(", ");
                return Err(Failure::Usage(format!("`{other}` is no target: {known}")));
            }
        }
    }
    for target in if chosen.is_empty() { all } else { chosen } {
        fuzz(house, &target, &seconds)?;
    }
    Ok(())
}

/// The names of the programs in `fuzz/targets`.
fn targets(house: &House) -> Result<Vec<String>, Failure> {
    let files = house.files()?;
    let names = files.iter().filter_map(|it| it.strip_prefix("fuzz/targets/")?.strip_suffix(".rs"));
    Ok(names.map(str::to_owned).collect())
}

fn fuzz(house: &House, target: &str, seconds: &str) -> Result<(), Failure> {
    println!("── {target}");
    let (corpus, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
    for folder in [&corpus, &seeds] {
        let made = fs::create_dir_all(house.path(folder));
        made.map_err(|cause| Failure::Io { what: folder.clone(), cause })?;
    }
    let time = format!("-max_total_time={seconds}");
    let mut call = vec!["fuzz", "run", target, &corpus, &seeds, "--", &time, LENGTH];
    call.extend(LIMITS);
    call.push("-print_final_stats=1");
    let status = house.command("cargo", &call).env("RUSTC_BOOTSTRAP", "1").status();
    let status = status.map_err(|cause| Failure::Io { what: "cargo fuzz".to_owned(), cause })?;
    if status.success() {
        return Ok(());
    }
    let hint = format!("cargo {} (is cargo-fuzz there? `cargo xtask tools`)", call.join(" "));
    Err(Failure::Program { call: hint, status: status.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_in_the_manifest_and_calls_a_function_of_ours() {
        let house = House::find().unwrap();
        let manifest = house.read("fuzz/Cargo.toml").unwrap();
        let targets = targets(&house).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
        for target in targets {
            assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target}");
            let text = house.read(&format!("fuzz/targets/{target}.rs")).unwrap();
            assert!(text.contains("fuzz::"), "{target}");
        }
    }
}
