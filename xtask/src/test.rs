//! `cargo xtask test`: everything that has to pass before a merge, cheapest first.
//!
//! The steps are one table. The first step that fails is the last one that runs, and the last line
//! printed is `N passed, N failed`, summed from what the test runner said. A run that was not
//! successful never ends in `0 failed`: a step that failed for another reason counts as one.

mod needs;
mod tally;

use std::io::{BufRead, BufReader};
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

use crate::failure::Failure;
use crate::house::House;
pub(crate) use needs::is_root;
use tally::Tally;

struct Step {
    name: &'static str,
    /// Whether `--fast` runs it, too.
    fast: bool,
    todo: Todo,
}

enum Todo {
    /// A function of ours.
    Chore(fn(&House) -> Result<(), Failure>),
    /// Cargo with these words; a variable for the environment may come with them.
    Cargo(&'static [&'static str], Option<(&'static str, &'static str)>),
    /// Cargo with these words, if the probe succeeds: a tool or the network may be missing.
    Optional { probe: &'static [&'static str], words: &'static [&'static str] },
    /// Cargo with these words; what it prints is counted.
    Tests(&'static [&'static str]),
}

#[rustfmt::skip]
const STEPS: [Step; 9] = [
    Step { name: "needs",  fast: true,  todo: Todo::Chore(needs::meet) },
    Step { name: "fmt",    fast: true,  todo: Todo::Cargo(&["fmt", "--all", "--check"], None) },
    Step { name: "tidy",   fast: true,  todo: Todo::Chore(|house| crate::tidy::run(house, &[])) },
    Step { name: "clippy", fast: false, todo: Todo::Cargo(
        &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], None) },
    Step { name: "test",   fast: true,  todo: Todo::Tests(
        &["test", "--workspace", "--no-fail-fast"]) },
    Step { name: "powercut", fast: false, todo: Todo::Chore(crate::powercut::short) },
    Step { name: "doc",    fast: false, todo: Todo::Cargo(
        &["doc", "--workspace", "--no-deps"], Some(("RUSTDOCFLAGS", "-D warnings"))) },
    Step { name: "deny",   fast: false, todo: Todo::Optional {
        probe: &["deny", "--version"],
        words: &["deny", "check", "bans", "licenses", "sources"] } },
    Step { name: "advisories", fast: false, todo: Todo::Optional {
        probe: &["deny", "fetch", "db"],
        words: &["deny", "check", "--disable-fetch", "advisories"] } },
];

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Passed,
    Failed,
    Skipped,
}

/// Runs the steps and prints how long each took.
pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    crate::only(&["--fast"], words)?;
    let fast = !words.is_empty();
    let mut tally = Tally::default();
    let mut rows = Vec::new();
    let mut failed = None;
    for step in STEPS.iter().filter(|it| it.fast || !fast) {
        println!("── {}", step.name);
        let began = Instant::now();
        let end = match perform(house, &step.todo, &mut tally) {
            Ok(end) => end,
            Err(failure) => {
                eprintln!("xtask: {failure}");
                End::Failed
            }
        };
        rows.push((step.name, end, began.elapsed().as_millis()));
        if end == End::Failed {
            failed = Some(step.name);
            break;
        }
    }
    print!("\n{}", table(&rows));
    if failed.is_some() && tally.failed == 0 {
        tally.failed = 1;
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    failed.map_or(Ok(()), |step| Err(Failure::Step(step)))
}

fn perform(house: &House, todo: &Todo, tally: &mut Tally) -> Result<End, Failure> {
    match todo {
        Todo::Chore(chore) => chore(house).map(|()| End::Passed),
        Todo::Cargo(words, variable) => {
            let mut command = house.command("cargo", words);
            command.envs(variable.iter().copied());
            let status = command.status().map_err(no_cargo)?;
            Ok(end(status))
        }
        Todo::Optional { probe, words } => {
            let output = house.command("cargo", probe).output().map_err(no_cargo)?;
            if !output.status.success() {
                let why = String::from_utf8_lossy(&output.stderr);
                let why = why.lines().next().unwrap_or("and did not say why");
                println!("skipped, because `cargo {}` failed: {why}", probe.join(" "));
                println!("if a tool is missing, `cargo xtask tools` installs it");
                return Ok(End::Skipped);
            }
            let status = house.command("cargo", words).status().map_err(no_cargo)?;
            Ok(end(status))
        }
        Todo::Tests(words) => tests(house, words, tally),
    }
}

/// Runs tests, passes on what they print, and counts.
fn tests(house: &House, words: &[&str], tally: &mut Tally) -> Result<End, Failure> {
    let mut child =
        house.command("cargo", words).stdout(Stdio::piped()).spawn().map_err(no_cargo)?;
    let output = child.stdout.take().expect("it was asked for above");
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(no_cargo)?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.read(&line);
    }
    let status = child.wait().map_err(no_cargo)?;
    Ok(end(status))
}

fn end(status: ExitStatus) -> End {
    if status.success() { End::Passed } else { End::Failed }
}

fn no_cargo(cause: std::io::Error) -> Failure {
    Failure::Io { what: "cargo".to_owned(), cause }
}

fn table(rows: &[(&str, End, u128)]) -> String {
    let line = |(name, end, milliseconds): &(&str, End, u128)| {
        let end = match end {
            End::Passed => "",
            End::Failed => "failed",
            End::Skipped => "skipped",
        };
        let time = format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100);
        format!("{name:<12}{time:>8}  {end}").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_aligned_and_says_what_failed() {
        let rows = [
            ("fmt", End::Passed, 1_290),
            ("clippy", End::Skipped, 0),
            ("test", End::Failed, 61_000),
        ];
        let expected = "\
fmt            1.2 s
clippy         0.0 s  skipped
test          61.0 s  failed
";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn the_fast_steps_are_formatting_tidiness_and_tests() {
        let fast: Vec<_> = STEPS.iter().filter(|it| it.fast).map(|it| it.name).collect();
        assert_eq!(fast, ["needs", "fmt", "tidy", "test"]);
    }
}
