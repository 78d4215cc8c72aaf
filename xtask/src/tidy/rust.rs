//! Rules for Rust: what fits on a screen, what is finished, what has a name, what says what it is.

use super::{Complaint, text};
use crate::house::House;
use crate::source::{Source, is_word, line_at, places};

const FILE_LINES_MAX: usize = 500;
const LINE_COLUMNS_MAX: usize = 100;
const FUNCTION_LINES_MAX: usize = 70;
/// Code that says "not yet".
const NOT_YET: [&str; 4] = ["todo!(", "unimplemented!(", "dbg!(", "#[ignore"];
/// Names that are given when the idea is missing.
const EMPTY_NAMES: [&str; 9] =
    ["common", "helper", "helpers", "manager", "misc", "service", "services", "util", "utils"];

pub(super) fn check(house: &House, path: &str, text: &str) -> Vec<Complaint> {
    let source = Source::new(text);
    let mut complaints = lengths(path, text, &source);
    for mark in NOT_YET {
        for at in places(&source.code, mark) {
            let what = format!("`{mark}`: what is merged is finished");
            complaints.push(Complaint::new(path, line_at(&source.code, at), what));
        }
    }
    for mark in text::UNFINISHED {
        for (index, line) in source.comments.lines().enumerate() {
            if !places(line, mark).is_empty() {
                let what = "unfinished: do it, or open an issue";
                complaints.push(Complaint::new(path, index + 1, what));
            }
        }
    }
    complaints.extend(names(path, &source.code));
    if wants_opening_words(house, path) && !text.starts_with("//!") {
        let what = "no opening words: begin with `//!`, what this is and which idea explains it";
        complaints.push(Complaint::new(path, 1, what));
    }
    complaints
}

fn lengths(path: &str, text: &str, source: &Source) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        let what = format!("{lines} lines; the most is {FILE_LINES_MAX}: is it still one idea?");
        complaints.push(Complaint::new(path, FILE_LINES_MAX + 1, what));
    }
    for (index, line) in text.lines().enumerate() {
        let columns = line.chars().count();
        if columns > LINE_COLUMNS_MAX {
            let what = format!("{columns} columns; the most is {LINE_COLUMNS_MAX}");
            complaints.push(Complaint::new(path, index + 1, what));
        }
    }
    for function in source.functions() {
        let lines = function.last - function.first + 1;
        if lines > FUNCTION_LINES_MAX {
            let name = function.name;
            let what = format!("`{name}` has {lines} lines; the most is {FUNCTION_LINES_MAX}");
            complaints.push(Complaint::new(path, function.first, what));
        }
    }
    complaints
}

/// Modules whose names say nothing, whether they are declared or are there as files and folders.
fn names(path: &str, code: &str) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut complain = |line: usize, name: &str| {
        let what = format!("`{name}` says nothing: name the idea");
        complaints.push(Complaint::new(path, line, what));
    };
    for part in path.trim_end_matches(".rs").split('/').filter(|it| EMPTY_NAMES.contains(it)) {
        complain(1, part);
    }
    for at in places(code, "mod") {
        let name: String =
            code[at + 3..].trim_start().chars().take_while(|it| is_word(*it)).collect();
        if EMPTY_NAMES.contains(&name.as_str()) {
            complain(line_at(code, at), &name);
        }
    }
    complaints
}

/// Whether a file must say at its top what it is. Tests speak through their names; only the first
/// file of a folder of tests says what is tested.
fn wants_opening_words(house: &House, path: &str) -> bool {
    let stem = path.trim_end_matches(".rs");
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let is_first = matches!(name, "lib" | "main" | "mod") || house.path(stem).is_dir();
    let in_tests = name == "tests" || folder.split('/').any(|it| it == "tests");
    is_first || !in_tests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        check(&House::at("."), path, text).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn one(path: &str, text: &str, expected: &str) {
        let found = complaints(path, text);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{found:#?}");
    }

    #[test]
    fn what_does_not_fit_on_a_screen() {
        let line = "// x\n";
        assert_eq!(complaints("a.rs", &format!("//! A.\n{}", line.repeat(499))).len(), 0);
        one("a.rs", &format!("//! A.\n{}", line.repeat(500)), "a.rs:501: 501 lines");

        one("a.rs", &format!("//! {}\n", "担".repeat(97)), "a.rs:1: 101 columns");
        assert_eq!(complaints("a.rs", &format!("//! {}\n", "担".repeat(96))).len(), 0);

        let body = |lines: usize| format!("//! A.\nfn long() {{\n{}}}\n", "x();\n".repeat(lines));
        one("a.rs", &body(69), "a.rs:2: `long` has 71 lines");
        assert_eq!(complaints("a.rs", &body(68)).len(), 0);
    }

    #[test]
    fn what_is_not_finished() {
        for mark in NOT_YET {
            one("a.rs", &format!("//! A.\n\nfn f() {{ {mark}) }}\n"), "a.rs:3: ");
            assert_eq!(complaints("a.rs", &format!("//! Not {mark}.\n")).len(), 0);
        }
        one("a.rs", "//! A.\n// FIXME: later.\n", "a.rs:2: unfinished");
    }

    #[test]
    fn names_without_an_idea() {
        one("crates/a/src/utils.rs", "//! A.\n", "crates/a/src/utils.rs:1: `utils`");
        one("crates/common/src/lib.rs", "//! A.\n", "crates/common/src/lib.rs:1: `common`");
        one("a.rs", "//! A.\n\npub mod helpers;\n", "a.rs:3: `helpers`");
        assert_eq!(complaints("a.rs", "//! A.\nmod service_level;\n").len(), 0);
    }

    #[test]
    fn files_say_what_they_are() {
        one("crates/a/src/lib.rs", "use b::c;\n", "crates/a/src/lib.rs:1: no opening words");
        one("crates/a/src/tests/mod.rs", "use b::c;\n", "crates/a/src/tests/mod.rs:1: no opening");
        assert_eq!(complaints("crates/a/src/tests/model.rs", "use b::c;\n").len(), 0);
        assert_eq!(complaints("crates/a/src/b/tests.rs", "use b::c;\n").len(), 0);
    }
}
