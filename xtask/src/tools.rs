//! `cargo xtask tools`: installs what is useful and not needed.
//!
//! Versions are named here, so that two machines that ran this have the same tools.

use crate::failure::Failure;
use crate::house::House;

struct Tool {
    package: &'static str,
    version: &'static str,
    why: &'static str,
}

const TOOLS: [Tool; 2] = [
    Tool {
        package: "cargo-deny",
        version: "0.20.2",
        why: "licences, advisories and sources of what we depend on; `cargo xtask test` runs it",
    },
    Tool { package: "cargo-fuzz", version: "0.13.2", why: "fuzzing; `cargo xtask fuzz` runs it" },
];

pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    crate::only(&[], words)?;
    for tool in TOOLS {
        println!("{} {}: {}", tool.package, tool.version, tool.why);
        let call = ["install", "--locked", tool.package, "--version", tool.version];
        let status = house
            .command("cargo", &call)
            .status()
            .map_err(|cause| Failure::Io { what: "cargo".to_owned(), cause })?;
        if !status.success() {
            let call = format!("cargo {}", call.join(" "));
            return Err(Failure::Program { call, status: status.to_string() });
        }
    }
    Ok(())
}
