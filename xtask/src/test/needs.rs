//! What the tests need beyond Rust, from `xtask/needs.toml`: looked for, and installed if missing.
//!
//! Nothing outside this directory is changed without saying what and why, and nothing at all by a
//! user who is not root: they are told what to install.

use std::process::Stdio;

use toml::{Table, Value};

use crate::failure::Failure;
use crate::house::House;

const LIST: &str = "xtask/needs.toml";

/// One thing that has to be there.
#[derive(Debug, PartialEq, Eq)]
struct Need {
    name: String,
    why: String,
    probe: Vec<String>,
    source: Source,
    packages: Vec<String>,
}

/// Where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The machine's packages. Only root may install them.
    Debian,
    /// A virtual environment in this directory.
    PyPi,
    /// `node_modules` in this directory.
    Npm,
}

/// Makes sure that everything on the list is there.
pub(super) fn meet(house: &House) -> Result<(), Failure> {
    let needs = parse(&house.read(LIST)?).map_err(|it| Failure::Wrong(format!("{LIST}: {it}")))?;
    let missing: Vec<&Need> = needs.iter().filter(|it| !is_there(house, it)).collect();
    if missing.is_empty() {
        println!("all {} are here", needs.len());
        return Ok(());
    }
    let root = is_root(house);
    let advice: Vec<String> = missing.iter().filter_map(|it| advice(it, root)).collect();
    if !advice.is_empty() {
        return Err(Failure::Wrong(advice.join("\n")));
    }
    for need in missing {
        println!("installing {} ({}): {}", need.name, need.packages.join(" "), need.why);
        install(house, need)?;
        if !is_there(house, need) {
            let probe = need.probe.join(" ");
            let what = format!("{} was installed, and still `{probe}` fails", need.name);
            return Err(Failure::Wrong(what));
        }
    }
    Ok(())
}

/// What a user has to do about a missing need, if we may not.
fn advice(need: &Need, root: bool) -> Option<String> {
    let packages = need.packages.join(" ");
    let asks = need.source == Source::Debian && !root;
    asks.then(|| format!("install {}: {}\n  sudo apt-get install {packages}", need.name, need.why))
}

/// Puts an image's packages in order, whose set is older than what its archive has by now.
///
/// On such a machine an installation that replaces Perl under the package manager's own feet breaks
/// off half way; done by itself it succeeds, and so does then what broke off.
const MENDING: [&[&str]; 2] = [
    &["apt-get", "--fix-broken", "install", "--quiet", "--yes", "--no-install-recommends"],
    &["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "perl-base", "perl"],
];

/// Installs a need; packages of the machine a second time after mending, if that is what it takes.
fn install(house: &House, need: &Need) -> Result<(), Failure> {
    let calls = calls(need);
    let installed = calls.iter().try_for_each(|call| run(house, call));
    match (installed, need.source) {
        (Ok(()), _) => Ok(()),
        (Err(failure), Source::PyPi | Source::Npm) => Err(failure),
        (Err(failure), Source::Debian) => {
            println!("{failure}; once more, after putting the machine's packages in order");
            for words in MENDING {
                let call: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
                run(house, &call)?;
            }
            calls.iter().try_for_each(|call| run(house, call))
        }
    }
}

/// The calls that install a need.
fn calls(need: &Need) -> Vec<Vec<String>> {
    let beginnings: &[&[&str]] = match need.source {
        Source::Debian => &[
            &["apt-get", "update", "--quiet"],
            &["apt-get", "install", "--quiet", "--yes", "--no-install-recommends"],
        ],
        Source::PyPi => &[
            &["python3", "-m", "venv", ".venv"],
            &[".venv/bin/python", "-m", "pip", "install", "--quiet"],
        ],
        Source::Npm => &[&["npm", "install", "--no-save", "--no-audit", "--no-fund"]],
    };
    let mut calls: Vec<Vec<String>> =
        beginnings.iter().map(|words| words.iter().map(|it| (*it).to_owned()).collect()).collect();
    if let Some(last) = calls.last_mut() {
        last.extend(need.packages.iter().cloned());
    }
    calls
}

fn run(house: &House, call: &[String]) -> Result<(), Failure> {
    let text = call.join(" ");
    let words: Vec<&str> = call.iter().skip(1).map(String::as_str).collect();
    let status = house
        .command(&call[0], &words)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .map_err(|cause| Failure::Io { what: text.clone(), cause })?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Program { call: text, status: status.to_string() })
    }
}

fn is_there(house: &House, need: &Need) -> bool {
    let words: Vec<&str> = need.probe.iter().skip(1).map(String::as_str).collect();
    let mut probe = house.command(&need.probe[0], &words);
    probe.stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|it| it.success())
}

pub(crate) fn is_root(house: &House) -> bool {
    house.command("id", &["-u"]).output().is_ok_and(|it| it.stdout.trim_ascii() == b"0")
}

fn parse(text: &str) -> Result<Vec<Need>, String> {
    let table: Table = text.parse().map_err(|it: toml::de::Error| it.to_string())?;
    let list = table.get("need").and_then(Value::as_array);
    list.into_iter().flatten().map(need).collect()
}

fn need(value: &Value) -> Result<Need, String> {
    let name = value.get("name").and_then(Value::as_str).ok_or("a need has no name")?;
    let words = |key: &str| -> Option<Vec<String>> {
        let words = value.get(key)?.as_array()?;
        let words: Option<Vec<_>> = words.iter().map(|it| Some(it.as_str()?.to_owned())).collect();
        words.filter(|it| !it.is_empty())
    };
    let sources = [("debian", Source::Debian), ("pypi", Source::PyPi), ("npm", Source::Npm)];
    let (source, packages) = sources
        .into_iter()
        .find_map(|(key, source)| Some((source, words(key)?)))
        .ok_or_else(|| format!("`{name}` names no packages of debian, pypi or npm"))?;
    Ok(Need {
        name: name.to_owned(),
        why: value
            .get("why")
            .and_then(Value::as_str)
            .ok_or_else(|| format!("`{name}` does not say why"))?
            .to_owned(),
        probe: words("probe").ok_or_else(|| format!("`{name}` has no probe"))?,
        source,
        packages,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(source: &str) -> Need {
        let text = format!(
            "[[need]]\nname = \"a\"\nwhy = \"for b\"\nprobe = [\"a\", \"--version\"]\n{source}\n"
        );
        parse(&text).unwrap().remove(0)
    }

    #[test]
    fn only_root_installs_packages_of_the_machine() {
        let need = one("debian = [\"a1\", \"a2\"]");
        assert_eq!(advice(&need, true), None);
        let told = advice(&need, false).unwrap();
        assert_eq!(told, "install a: for b\n  sudo apt-get install a1 a2");
    }

    #[test]
    fn other_packages_stay_in_this_directory() {
        let need = one("pypi = [\"a==1\"]");
        assert_eq!(advice(&need, false), None);
        assert_eq!(calls(&need)[1].join(" "), ".venv/bin/python -m pip install --quiet a==1");
        let need = one("npm = [\"a@1\"]");
        assert!(calls(&need)[0].join(" ").starts_with("npm install --no-save"));
    }

    #[test]
    fn a_probe_decides_whether_something_is_there() {
        let house = House::at(".");
        let probe = |words: &[&str]| {
            let probe = words.iter().map(|it| (*it).to_owned()).collect();
            is_there(&house, &Need { probe, ..one("debian = [\"a\"]") })
        };
        assert!(probe(&["true"]));
        assert!(!probe(&["false"]));
        assert!(!probe(&["no-such-program"]));
    }

    #[test]
    fn the_list_itself_is_sound() {
        assert!(!parse(include_str!("../../needs.toml")).unwrap().is_empty());
    }

    #[test]
    fn a_need_says_what_why_and_whence() {
        let whole = "name = \"a\"\nwhy = \"b\"\nprobe = [\"a\"]\ndebian = [\"a\"]\n";
        for missing in ["name", "why", "probe", "debian"] {
            let rest: Vec<&str> = whole.lines().filter(|it| !it.starts_with(missing)).collect();
            assert!(parse(&format!("[[need]]\n{}\n", rest.join("\n"))).is_err(), "{missing}");
        }
    }
}
