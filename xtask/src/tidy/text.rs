//! Rules for every text: no trailing blanks, no unfinished marks, no paths of one machine.

use super::Complaint;
use crate::source::places;

/// Files whose lines belong to somebody else's format.
const AS_THEY_ARE: [&str; 5] = ["csv", "lock", "patch", "svg", "xml"];
/// Marks of unfinished work. In Rust the rule for Rust looks for them, outside of literals.
pub(super) const UNFINISHED: [&str; 2] = ["FIXME", "XXX"];
/// Where the files of a machine or of a person begin.
const PLACES_OF_MACHINES: [&str; 4] = ["Users", "home", "root", "work"];

pub(super) fn check(path: &str, text: &str) -> Vec<Complaint> {
    let extension = path.rsplit_once('.').map_or("", |(_, it)| it);
    if AS_THEY_ARE.contains(&extension) {
        return Vec::new();
    }
    let program = ["css", "html", "js", "mjs", "py", "sh", "toml", "yaml", "yml"];
    let mut complaints = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut complain = |what: &str| complaints.push(Complaint::new(path, index + 1, what));
        if line.ends_with([' ', '\t', '\r']) {
            complain("blanks at the end of the line");
        }
        if program.contains(&extension) && UNFINISHED.iter().any(|it| !places(line, it).is_empty())
        {
            complain("unfinished: do it, or open an issue");
        }
        if names_a_machine(line) {
            complain("a path that exists on one machine only");
        }
    }
    // What a fuzzer begins with is exactly what is decoded, without anything behind it.
    let seed = path.starts_with("fuzz/seeds/");
    if !seed && !text.is_empty() && !text.ends_with('\n') {
        let last = text.lines().count();
        complaints.push(Complaint::new(path, last, "no line break at the end of the file"));
    }
    complaints
}

/// Whether an absolute path into somebody's directory begins in `line`.
fn names_a_machine(line: &str) -> bool {
    line.match_indices('/').any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let begins = before
            .is_none_or(|it| !it.is_alphanumeric() && !matches!(it, '_' | '-' | '.' | '/' | '}'));
        let names: Vec<&str> = line[at + 1..].splitn(2, '/').collect();
        let inside = names.get(1).is_some_and(|it| it.starts_with(char::is_alphanumeric));
        begins && inside && PLACES_OF_MACHINES.contains(&names[0])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        check(path, text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn blanks_at_the_end() {
        let found = complaints("a.md", "one\ntwo \nthree");
        assert_eq!(
            found,
            [
                "a.md:2: blanks at the end of the line",
                "a.md:3: no line break at the end of the file"
            ]
        );
        assert_eq!(complaints("a.csv", "one \ntwo").len(), 0);
    }

    #[test]
    fn unfinished_work() {
        assert_eq!(complaints("a.py", "# FIXME: later\n").len(), 1);
        assert_eq!(complaints("a.sh", "mktemp a.XXXXXX\n").len(), 0);
    }

    #[test]
    fn paths_of_one_machine() {
        let slash = '/';
        for place in PLACES_OF_MACHINES {
            let bad = format!("see {slash}{place}{slash}somebody{slash}a\n");
            assert_eq!(complaints("a.md", &bad).len(), 1, "{bad}");
        }
        for good in ["crates/home/a", "https://example.org/work/a", "GET /home/", "/home is a page"]
        {
            assert_eq!(complaints("a.md", &format!("{good}\n")).len(), 0, "{good}");
        }
    }
}
