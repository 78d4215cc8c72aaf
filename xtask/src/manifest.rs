//! What a `Cargo.toml` says about dependencies, wherever in it that is said.

use toml::{Table, Value};

/// When a dependency is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// To run.
    Run,
    /// To be built.
    Build,
    /// To be tested.
    Test,
}

/// One dependency.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The package that is meant, whatever it is called here.
    pub(crate) package: String,
    pub(crate) need: Need,
    /// Where the manifest says so, from 1.
    pub(crate) line: usize,
}

/// A crate's manifest.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) package: String,
    pub(crate) dependencies: Vec<Dependency>,
}

impl Manifest {
    /// Reads the manifest of a crate; `shared` is the workspace's own table of dependencies.
    pub(crate) fn parse(text: &str, shared: &Table) -> Result<Manifest, String> {
        let table: Table = text.parse().map_err(|it: toml::de::Error| it.to_string())?;
        let package = table
            .get("package")
            .and_then(|it| it.get("name"))
            .and_then(Value::as_str)
            .ok_or("no package.name")?;
        let mut dependencies = listed(&table, text, shared);
        for target in table.get("target").and_then(Value::as_table).into_iter().flatten() {
            let table = target.1.as_table().ok_or("a target is no table")?;
            dependencies.extend(listed(table, text, shared));
        }
        Ok(Manifest { package: package.to_owned(), dependencies })
    }
}

/// The workspace's own table of dependencies, from its manifest.
pub(crate) fn shared(text: &str) -> Result<Table, String> {
    let table: Table = text.parse().map_err(|it: toml::de::Error| it.to_string())?;
    let shared = table.get("workspace").and_then(|it| it.get("dependencies"));
    Ok(shared.and_then(Value::as_table).cloned().unwrap_or_default())
}

fn listed(table: &Table, text: &str, shared: &Table) -> Vec<Dependency> {
    let kinds = [
        ("dependencies", Need::Run),
        ("build-dependencies", Need::Build),
        ("dev-dependencies", Need::Test),
    ];
    let mut found = Vec::new();
    for (key, need) in kinds {
        for (name, value) in table.get(key).and_then(Value::as_table).into_iter().flatten() {
            let from_workspace = value.get("workspace").and_then(Value::as_bool) == Some(true);
            let said = if from_workspace { shared.get(name).unwrap_or(value) } else { value };
            let package = said.get("package").and_then(Value::as_str).unwrap_or(name);
            let line = line_of(text, key, name);
            found.push(Dependency { package: package.to_owned(), need, line });
        }
    }
    found
}

/// The line that speaks of `name` under `[…key]`; the first if it is written as nobody writes it.
fn line_of(text: &str, key: &str, name: &str) -> usize {
    let mut section = "";
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        }
        let own_section = section.ends_with(&format!("{key}.{name}"));
        let own_line = section.ends_with(key)
            && line.strip_prefix(name).is_some_and(|it| it.starts_with([' ', '=', '.']));
        if own_section || own_line {
            return index + 1;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_depend_is_seen() {
        let shared = shared(
            "[workspace.dependencies]\nrules = { path = \"ledger\", package = \"ledger\" }\n",
        );
        let text = "\
[package]
name = \"a\"
[dependencies]
rules.workspace = true
other = { path = \"../b\", package = \"b\" }
[build-dependencies]
c = \"1\"
[dev-dependencies.d]
path = \"../d\"
[target.'cfg(unix)'.dependencies]
e = \"1\"
";
        let manifest = Manifest::parse(text, &shared.unwrap()).unwrap();
        assert_eq!(manifest.package, "a");
        let seen: Vec<_> = manifest
            .dependencies
            .iter()
            .map(|it| (it.package.as_str(), it.need, it.line))
            .collect();
        let expected = [
            ("b", Need::Run, 5),
            ("ledger", Need::Run, 4),
            ("c", Need::Build, 7),
            ("d", Need::Test, 8),
            ("e", Need::Run, 11),
        ];
        assert_eq!(seen, expected);
    }
}
