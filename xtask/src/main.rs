//! `cargo xtask`: the chores of the house, so that nobody has to remember how they are done.
//!
//! One file per command, one row per command in [`COMMANDS`]; to add one, write both. A command
//! gets the words after its name and gives nothing back but success or a [`Failure`], which says
//! what went wrong in words that need no stack trace.

mod arrows;
mod bank_faults;
mod bench;
mod failure;
mod fuzz;
mod gallery;
mod house;
mod kill;
mod manifest;
mod pages_budget;
mod powercut;
mod sim;
mod source;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use failure::Failure;
use house::House;

/// One thing that `cargo xtask` can do.
struct Command {
    name: &'static str,
    /// The words it understands, as the usage prints them.
    words: &'static str,
    what: &'static str,
    run: fn(&House, &[String]) -> Result<(), Failure>,
}

const COMMANDS: [Command; 11] = [
    Command {
        name: "test",
        words: "[--fast]",
        what: "everything that has to pass before a merge; --fast: formatting, tidiness and tests",
        run: test::run,
    },
    Command {
        name: "tidy",
        words: "",
        what: "the rules of the house that no compiler knows: lengths, names, links, arrows",
        run: tidy::run,
    },
    Command {
        name: "bench",
        words: "[--short] [--alone] [--json] [SCENARIO…]",
        what: "measure the release build beside PostgreSQL 15; see docs/benchmarks.md",
        run: bench::run,
    },
    Command {
        name: "kill",
        words: "[--kills N]",
        what: "kill -9 the server N times while real orders go through it; 20 unless said",
        run: kill::run,
    },
    Command {
        name: "bank-faults",
        words: "[--movements N [--kills N]]",
        what: "a bank that does everything wrong while the server is killed; 20000 unless said",
        run: bank_faults::run,
    },
    Command {
        name: "powercut",
        words: "[--cuts N] [--cells C] [--seed S] [--debug] [--lying]",
        what: "cut the power under load, and look for everything that was acknowledged (root)",
        run: powercut::run,
    },
    Command {
        name: "fuzz",
        words: "[--seconds N] [TARGET…]",
        what: "look for bytes that harm a decoder, 60 s for each; needs cargo-fuzz",
        run: fuzz::run,
    },
    Command {
        name: "sim",
        words: "[SEED | FROM..TO]",
        what: "live through simulated worlds that go wrong on purpose; 0..1000 unless said",
        run: sim::run,
    },
    Command {
        name: "gallery",
        words: "",
        what: "photograph the pages for docs/gallery",
        run: gallery::run,
    },
    Command {
        name: "pages-budget",
        words: "[--orders N]",
        what: "time each page of the console, release build; a million orders unless said",
        run: pages_budget::run,
    },
    Command {
        name: "tools",
        words: "",
        what: "install the optional tools from crates.io: cargo-deny, cargo-fuzz",
        run: tools::run,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            if matches!(failure, Failure::Usage(_)) {
                eprint!("\n{}", usage());
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn dispatch(words: &[String]) -> Result<(), Failure> {
    let Some((name, rest)) = words.split_first() else {
        return Err(Failure::Usage("which command?".to_owned()));
    };
    if ["help", "--help", "-h"].contains(&name.as_str()) {
        print!("{}", usage());
        return Ok(());
    }
    let command = COMMANDS
        .iter()
        .find(|it| it.name == name)
        .ok_or_else(|| Failure::Usage(format!("there is no command `{name}`")))?;
    (command.run)(&House::find()?, rest)
}

fn usage() -> String {
    let row = |(call, what): (String, &str)| format!("  {call:<14} {what}\n");
    let commands = COMMANDS.iter().map(|it| (format!("{} {}", it.name, it.words), it.what));
    let help = ("help".to_owned(), "print this");
    let rows: String = commands.chain([help]).map(row).collect();
    format!("usage: cargo xtask <command>\n\n{rows}")
}

/// Refuses words that a command does not know.
fn only(known: &[&str], words: &[String]) -> Result<(), Failure> {
    match words.iter().find(|it| !known.contains(&it.as_str())) {
        None => Ok(()),
        Some(word) => Err(Failure::Usage(format!("`{word}` means nothing here"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_nobody_knows_is_a_usage_error_and_exits_with_2() {
        for text in ["", "tset", "tidy --fix", "test --fats"] {
            let failure = dispatch(&words(text)).expect_err(text);
            assert!(matches!(failure, Failure::Usage(_)), "{text}: {failure}");
            assert_eq!(failure.exit_code(), 2);
        }
    }

    #[test]
    fn the_usage_lists_every_command() {
        for command in COMMANDS {
            assert!(usage().contains(command.name), "{}", command.name);
        }
    }
}
