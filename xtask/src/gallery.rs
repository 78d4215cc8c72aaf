//! `cargo xtask gallery`: photographs the pages for `docs/gallery`, by the scripts that test them.

use crate::failure::Failure;
use crate::house::House;

/// Where the pictures go.
const FOLDER: &str = "docs/gallery";

pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    crate::only(&[], words)?;
    house.succeed("cargo", &["build", "--package", "danbao", "--bin", "danbao"], &[])?;
    let variables = [
        ("DANBAO_BIN", house.path("target/debug/danbao").display().to_string()),
        ("DANBAO_GALLERY", house.path(FOLDER).display().to_string()),
    ];
    house.succeed("node", &["crates/server/tests/browser/gallery.mjs"], &variables)
}
