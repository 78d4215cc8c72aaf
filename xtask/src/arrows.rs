//! The map of the house: which crate may know which, and what pure crates must not touch.
//!
//! [`MAP`] is the whole truth. A crate that is not on it may not exist, and an arrow that is not
//! on it may not be drawn: not to run, not to build and not to test. Whoever adds one changes this
//! file and `ARCHITECTURE.md` in the same commit and says why in a decision.

use toml::Table;

use crate::failure::Failure;
use crate::house::House;
use crate::manifest::{self, Manifest, Need};
use crate::source::{Source, line_at, places};
use crate::tidy::Complaint;

/// A crate and what it may know.
struct Room {
    /// Its folder, from the top.
    folder: &'static str,
    /// The folders of the crates that it may depend on.
    may_use: &'static [&'static str],
    /// Whether it is nothing but functions: no world around it.
    pure: bool,
    /// What a pure crate may depend on from outside: functions too, that others keep well.
    libraries: &'static [&'static str],
}

const LEDGER: &str = "crates/ledger";
const RECON: &str = "crates/recon";
const STORE: &str = "crates/store";
const ENGINE: &str = "crates/engine";
const CLUSTER: &str = "crates/cluster";
const BANK: &str = "crates/bank";
const SERVER: &str = "crates/server";
const SIM: &str = "crates/sim";
const XTASK: &str = "xtask";

const ALL_BUT_SIM: [&str; 6] = [LEDGER, RECON, STORE, ENGINE, CLUSTER, BANK];
/// Formats and time zones: functions too, and nobody should write their own.
const FORMATS: [&str; 3] = ["csv", "jiff", "quick-xml"];

#[rustfmt::skip]
const MAP: [Room; 9] = [
    Room { folder: LEDGER,  pure: true,  may_use: &[],              libraries: &[] },
    Room { folder: RECON,   pure: true,  may_use: &[LEDGER],        libraries: &FORMATS },
    Room { folder: STORE,   pure: false, may_use: &[LEDGER],        libraries: &[] },
    Room { folder: ENGINE,  pure: false, may_use: &[LEDGER, STORE], libraries: &[] },
    Room { folder: CLUSTER, pure: false, may_use: &[STORE, ENGINE], libraries: &[] },
    Room { folder: BANK,    pure: false, may_use: &[RECON, ENGINE, LEDGER], libraries: &[] },
    Room { folder: SERVER,  pure: false, may_use: &ALL_BUT_SIM,     libraries: &[] },
    Room { folder: SIM,     pure: false, may_use: &ALL_BUT_SIM,     libraries: &[] },
    Room { folder: XTASK,   pure: false, may_use: &[],              libraries: &[] },
];

/// Crates that would attract everything that has no place. They stay forbidden on any map.
const FORBIDDEN: [&str; 4] = ["crates/common", "crates/core", "crates/types", "crates/utils"];

/// Modules of `std` through which the world would come into a pure crate.
const WORLDLY_MODULES: [&str; 6] = ["env", "fs", "net", "os", "process", "thread"];
/// Types that would bring a clock, or an order that differs from run to run.
const WORLDLY_TYPES: [&str; 5] = ["HashMap", "HashSet", "Instant", "RandomState", "SystemTime"];

/// A crate as it was found.
struct Found {
    folder: String,
    manifest: Manifest,
}

/// Everything that is not as the map has it.
pub(crate) fn check(house: &House) -> Result<Vec<Complaint>, Failure> {
    let files = house.files()?;
    let shared = house.read("Cargo.toml").and_then(|it| {
        manifest::shared(&it).map_err(|it| Failure::Wrong(format!("Cargo.toml: {it}")))
    })?;
    let mut found = Vec::new();
    for path in files.iter().filter(|it| is_manifest(it)) {
        found.push(read(path, &house.read(path)?, &shared)?);
    }
    let mut complaints = arrows(&found);
    for room in MAP.iter().filter(|it| it.pure) {
        let sources = format!("{}/src/", room.folder);
        for path in files.iter().filter(|it| it.starts_with(&sources)) {
            if is_code(path) {
                complaints.extend(worldly(path, &house.read(path)?));
            }
        }
        if found.iter().any(|it| it.folder == room.folder) {
            complaints.extend(lints_for_pure(house, room.folder));
        }
    }
    Ok(complaints)
}

/// Whether this is the manifest of a crate in the workspace.
fn is_manifest(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["crates", _, "Cargo.toml"] | ["xtask", "Cargo.toml"])
}

/// Whether this is Rust, and no test.
fn is_code(path: &str) -> bool {
    let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
    !is_test && matches!(path.rsplit_once('.'), Some((_, "rs")))
}

fn read(path: &str, text: &str, shared: &Table) -> Result<Found, Failure> {
    let manifest =
        Manifest::parse(text, shared).map_err(|it| Failure::Wrong(format!("{path}: {it}")))?;
    Ok(Found { folder: path.trim_end_matches("/Cargo.toml").to_owned(), manifest })
}

/// Crates and arrows that are not on the map.
fn arrows(found: &[Found]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for Found { folder, manifest } in found {
        let path = format!("{folder}/Cargo.toml");
        if FORBIDDEN.contains(&folder.as_str()) {
            let what = "this crate would attract everything: a thing lives with its idea";
            complaints.push(Complaint::new(&path, 1, what));
            continue;
        }
        let Some(room) = MAP.iter().find(|it| it.folder == folder) else {
            let what = "not on the map: see ARCHITECTURE.md for the grounds, then add it to `MAP`";
            complaints.push(Complaint::new(&path, 1, what));
            continue;
        };
        for dependency in &manifest.dependencies {
            let package = &dependency.package;
            let ours = found.iter().find(|it| it.manifest.package == *package);
            let what = match ours {
                Some(ours) if ours.folder == *folder || room.may_use.contains(&&*ours.folder) => {
                    continue;
                }
                Some(_) => format!("`{folder}` must not know `{package}`: arrows point up the map"),
                None if room.pure
                    && dependency.need != Need::Test
                    && !room.libraries.contains(&package.as_str()) =>
                {
                    format!("`{folder}` is pure: `{package}` may be used by its tests only")
                }
                None => continue,
            };
            complaints.push(Complaint::new(&path, dependency.line, what));
        }
    }
    complaints
}

/// The places where the code of a pure crate reaches for the world.
fn worldly(path: &str, text: &str) -> Vec<Complaint> {
    let source = Source::new(text);
    let code = source.code_without_tests();
    let mut complaints = Vec::new();
    let mut complain = |at: usize, what: &str| {
        let what = format!("`{what}` in a pure crate: what it says must come with the request");
        complaints.push(Complaint::new(path, line_at(code, at), what));
    };
    for at in places(code, "std::") {
        for (ahead, name) in imported(&code[at + 5..]) {
            if WORLDLY_MODULES.contains(&name) {
                complain(at + 5 + ahead, name);
            }
        }
    }
    for name in WORLDLY_TYPES {
        for at in places(code, name) {
            complain(at, name);
        }
    }
    complaints
}

/// The names directly below `std::`, where a path or a group in braces begins, and where they are.
fn imported(code: &str) -> Vec<(usize, &str)> {
    let word = |at: usize| {
        let rest = &code[at..];
        let end = rest.find(|it: char| !crate::source::is_word(it)).unwrap_or(rest.len());
        (at, &rest[..end])
    };
    if !code.starts_with('{') {
        return vec![word(0)];
    }
    let (mut depth, mut names, mut expected) = (0_u32, Vec::new(), false);
    for (at, letter) in code.char_indices() {
        match letter {
            '{' => (depth, expected) = (depth + 1, depth == 0),
            ',' => expected = depth == 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            _ if expected && !letter.is_whitespace() => {
                names.push(word(at));
                expected = false;
            }
            _ => {}
        }
    }
    names
}

/// Pure crates share one `clippy.toml`, which clippy takes instead of the one at the top.
fn lints_for_pure(house: &House, folder: &str) -> Option<Complaint> {
    let ours = house.read(&format!("{folder}/clippy.toml")).ok();
    let model = house.read(&format!("{LEDGER}/clippy.toml")).ok();
    let same = ours.is_some() && ours == model;
    let what = format!("a pure crate has the same clippy.toml as `{LEDGER}`");
    (!same).then(|| Complaint::new(&format!("{folder}/clippy.toml"), 1, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_at(folder: &str, name: &str, dependencies: &str) -> Found {
        let text = format!("[package]\nname = \"{name}\"\n{dependencies}");
        read(&format!("{folder}/Cargo.toml"), &text, &Table::new()).unwrap()
    }

    fn complaints(found: &[Found]) -> Vec<String> {
        arrows(found).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_house_is_as_the_map_has_it() {
        let house = House::at(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let complaints = check(&house).unwrap();
        let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
        let ledger = house.read("crates/ledger/Cargo.toml").unwrap();
        assert!(is_manifest("crates/ledger/Cargo.toml") && !ledger.is_empty());
    }

    #[test]
    fn the_map_points_up_only() {
        for (index, room) in MAP.iter().enumerate() {
            for other in room.may_use {
                let above = MAP[..index].iter().any(|it| it.folder == *other);
                assert!(above, "{} -> {other}", room.folder);
            }
        }
    }

    #[test]
    fn an_arrow_that_is_not_on_the_map_is_seen_however_it_is_drawn() {
        let sections = [
            "dependencies",
            "dev-dependencies",
            "build-dependencies",
            "target.'cfg(unix)'.dependencies",
        ];
        for section in sections {
            let arrow =
                format!("[{section}]\nrenamed = {{ path = \"../x\", package = \"engine\" }}\n");
            let found = [crate_at(STORE, "store", &arrow), crate_at(ENGINE, "engine", "")];
            let seen = complaints(&found);
            assert_eq!(seen.len(), 1, "{section}: {seen:?}");
            assert!(seen[0].starts_with("crates/store/Cargo.toml:4: `crates/store` must not"));
        }
        let arrow = "[dependencies]\nstore = { path = \"../store\" }\n";
        let found = [crate_at(ENGINE, "engine", arrow), crate_at(STORE, "store", "")];
        assert_eq!(complaints(&found), Vec::<String>::new());
    }

    #[test]
    fn the_server_is_known_by_its_folder_whatever_its_package_is_called() {
        let arrow = "[dev-dependencies]\ndanbao = { path = \"../server\" }\n";
        let found = [crate_at(SIM, "sim", arrow), crate_at(SERVER, "danbao", "")];
        assert_eq!(complaints(&found).len(), 1);
    }

    #[test]
    fn pure_crates_have_dependencies_for_tests_only() {
        let arrow = "[dependencies]\nserde = \"1\"\n[dev-dependencies]\ntempfile = \"3\"\n";
        let seen = complaints(&[crate_at(RECON, "recon", arrow)]);
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert!(seen[0].starts_with("crates/recon/Cargo.toml:4: `crates/recon` is pure: `serde`"));
        assert_eq!(complaints(&[crate_at(STORE, "store", arrow)]).len(), 0);
    }

    #[test]
    fn crates_that_are_not_on_the_map() {
        for folder in ["crates/common", "crates/utils", "crates/wallet"] {
            assert_eq!(complaints(&[crate_at(folder, "x", "")]).len(), 1, "{folder}");
        }
    }

    #[test]
    fn pure_code_does_not_reach_for_the_world() {
        let seen = |text: &str| {
            let seen = worldly("a.rs", text);
            seen.iter().map(|it| format!("{} {}", it.line, &it.what[..8])).collect::<Vec<_>>()
        };
        assert_eq!(seen("use std::fmt;\nuse std::fs;\n"), ["2 `fs` in "]);
        assert_eq!(seen("use std::{\n    fmt::{self, fs},\n    net::Ip,\n};"), ["3 `net` in"]);
        assert_eq!(seen("fn f() { std::thread::spawn(g) }"), ["1 `thread`"]);
        assert_eq!(seen("fn f(a: &HashMap<u8, u8>) {}"), ["1 `HashMap"]);
        assert_eq!(seen("use std::time::Instant;"), ["1 `Instant"]);
        assert_eq!(seen("// HashMap\nlet a = \"Instant std::env\";"), Vec::<String>::new());
        assert_eq!(seen("a();\n#[cfg(test)]\nmod tests { use std::fs; }"), Vec::<String>::new());
    }
}
