//! `cargo xtask tidy`: the rules of the house that no compiler knows.
//!
//! Every rule is a function from a file, or from all of them, to complaints. A complaint names the
//! file and the line, so that editors can jump there. Nothing is repaired: a rule that could repair
//! what it finds belongs into a formatter.
//!
//! Folders named `vendor` hold other people's work and are only asked not to be large.

mod glossary;
mod markdown;
mod rust;
mod templates;
mod text;
mod words;

use std::fmt;
use std::fs;

use crate::arrows;
use crate::failure::Failure;
use crate::house::House;

/// The largest file that may be kept in the repository, in bytes.
const FILE_BYTES_MAX: usize = 1 << 20;

/// A broken rule, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) path: String,
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Complaint {
    pub(crate) fn new(path: &str, line: usize, what: impl Into<String>) -> Complaint {
        Complaint { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Prints every broken rule.
pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    crate::only(&[], words)?;
    let files = house.files()?;
    let mut complaints = arrows::check(house)?;
    for path in &files {
        let what = fs::read(house.path(path));
        let bytes = what.map_err(|cause| Failure::Io { what: path.clone(), cause })?;
        complaints.extend(look(house, path, &bytes));
    }
    complaints.extend(idle_words(house, &files)?);
    for complaint in &complaints {
        println!("{complaint}");
    }
    match complaints.len() {
        0 => {
            println!("tidy: {} files, nothing to complain about", files.len());
            Ok(())
        }
        count => Err(Failure::Untidy(count)),
    }
}

/// Every rule that `path` breaks.
fn look(house: &House, path: &str, bytes: &[u8]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if bytes.len() > FILE_BYTES_MAX {
        let what = format!("{} bytes; the most is {FILE_BYTES_MAX}", bytes.len());
        complaints.push(Complaint::new(path, 1, what));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return complaints };
    if path.split('/').any(|it| it == "vendor") {
        return complaints;
    }
    complaints.extend(text::check(path, text));
    match path.rsplit_once('.') {
        Some((_, "rs")) => complaints.extend(rust::check(house, path, text)),
        Some((_, "md")) => complaints.extend(markdown::check(house, path, text)),
        _ => {}
    }
    if path == glossary::PATH {
        complaints.extend(glossary::check(text));
    }
    if path.starts_with(words::FOLDER) {
        complaints.extend(words::check(path, text));
    }
    if path.starts_with(templates::FOLDER) {
        complaints.extend(templates::check(path, text));
    }
    complaints
}

/// Words that no page says. Whether one does only all files together know.
fn idle_words(house: &House, files: &[String]) -> Result<Vec<Complaint>, Failure> {
    let speaks = |it: &&String| {
        let program = it.rsplit_once('.').is_some_and(|(_, end)| end == "rs");
        it.starts_with(templates::FOLDER) || it.starts_with("crates/") && program
    };
    let texts = files.iter().filter(speaks).map(|it| house.read(it));
    let sources = texts.collect::<Result<Vec<_>, _>>()?.join("\n");
    let mut complaints = Vec::new();
    for path in files.iter().filter(|it| it.starts_with(words::FOLDER)) {
        complaints.extend(words::unused(path, &house.read(path)?, &sources));
    }
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_and_other_peoples_files() {
        let house = House::at(".");
        let large = vec![b'x'; FILE_BYTES_MAX + 1];
        assert_eq!(look(&house, "assets/vendor/a.js", &large).len(), 1);
        assert_eq!(look(&house, "assets/vendor/a.js", b"x  \n"), []);
        assert_eq!(look(&house, "assets/a.js", b"x  \n").len(), 1);
        assert_eq!(look(&house, "assets/a.png", &[0xff, 0xd8, b' ', b'\n']), []);
    }
}
