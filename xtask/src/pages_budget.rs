//! `cargo xtask pages-budget`: how long each page of the console takes with a million orders in the
//! books of a release build, by the script whose short version is among the tests.

use crate::failure::Failure;
use crate::house::House;

/// How many orders, unless said.
const ORDERS: u64 = 1_000_000;

pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    let usage = || Failure::Usage("pages-budget [--orders N]".to_owned());
    let orders: u64 = match words {
        [] => ORDERS,
        [option, orders] if option == "--orders" => orders.parse().map_err(|_| usage())?,
        _ => return Err(usage()),
    };
    house.succeed("cargo", &["build", "--release", "--package", "danbao"], &[])?;
    let program = house.path("target/release/danbao");
    let variables =
        [("DANBAO_BIN", program.display().to_string()), ("DANBAO_ORDERS", orders.to_string())];
    let script = ["--test-reporter=spec", "crates/server/tests/browser/run.mjs", "budget"];
    house.succeed("node", &script, &variables)
}
