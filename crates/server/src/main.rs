//! The `danbao` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    danbao::cli::run()
}
