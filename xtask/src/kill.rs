//! `cargo xtask kill`: orders through a server that is killed far more often than the tests have
//! time for. The test itself is `tests/outside/kill.rs` of the server; it takes the file of real
//! orders if that is there.

use crate::failure::Failure;
use crate::house::House;

pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    let kills = match words {
        [] => "20",
        [option, number] if option == "--kills" && number.parse::<u32>().is_ok() => number,
        _ => return Err(Failure::Usage("kill [--kills N]".to_owned())),
    };
    let call = [
        "test",
        "--package",
        "danbao",
        "--test",
        "outside",
        "--",
        "--nocapture",
        "--test-threads=1",
        "kill::",
    ];
    let status = house.command("cargo", &call).env("DANBAO_KILLS", kills).status();
    let status = status.map_err(|cause| Failure::Io { what: "cargo".to_owned(), cause })?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::Program { call: "cargo test".to_owned(), status: status.to_string() })
}
