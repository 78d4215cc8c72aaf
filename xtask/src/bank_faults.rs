//! `cargo xtask bank-faults`: every fault of a bank at once, with more movements than the tests
//! have time for, and the server killed again and again. The test itself is in the server, in
//! `tests/outside/bank_faults.rs`.

use crate::failure::Failure;
use crate::house::House;

pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    let number = |it: &String| it.parse::<u32>().is_ok();
    let (movements, kills) = match words {
        [] => ("20000", "40"),
        [option, count] if option == "--movements" && number(count) => (count.as_str(), "40"),
        [option, count, other, kills]
            if option == "--movements" && number(count) && other == "--kills" && number(kills) =>
        {
            (count.as_str(), kills.as_str())
        }
        _ => return Err(Failure::Usage("bank-faults [--movements N [--kills N]]".to_owned())),
    };
    let call = ["test", "--package", "danbao", "--test", "outside", "--", "--nocapture"];
    let status = house
        .command("cargo", &call)
        .args(["--test-threads=1", "bank_faults::"])
        .env("DANBAO_FAULT_MOVEMENTS", movements)
        .env("DANBAO_FAULT_KILLS", kills)
        .status();
    let status = status.map_err(|cause| Failure::Io { what: "cargo".to_owned(), cause })?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::Program { call: "cargo test".to_owned(), status: status.to_string() })
}
