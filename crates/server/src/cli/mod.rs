//! The command line. Data goes to standard output, talk to standard error; exit codes are 0 for
//! done, 1 for failed, 2 for misuse, 3 for degraded, and 4 when an invariant is broken.

mod bench;
mod demo;
mod replay;
mod serve;

use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// An invariant is broken, or books and witnesses disagree.
pub const BROKEN: u8 = 4;

/// Danbao (担保): an escrow payment platform.
#[derive(Debug, Parser)]
#[command(name = "danbao", version, about)]
struct Cli {
    /// Print the result as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a platform and a bank with something to look at. No real money.
    Demo {
        /// Keep the data here; otherwise it is temporary.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Make a data directory and print the first API key, once.
    Init {
        /// Where; it must be empty or not there.
        #[arg(long)]
        data: PathBuf,
        /// How many cells.
        #[arg(long, default_value_t = 1)]
        cells: u8,
        /// Real money: the clock cannot be moved.
        #[arg(long)]
        live: bool,
    },
    /// Serve the API.
    Serve {
        /// The data directory that `init` made.
        #[arg(long)]
        data: PathBuf,
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// The bank, such as <http://127.0.0.1:8081>.
        #[arg(long)]
        bank: Option<String>,
        /// Memory for the books, in MiB.
        #[arg(long, default_value_t = 2_048)]
        memory: u64,
    },
    /// Run a simulated bank.
    BankSim {
        /// Where its books are.
        #[arg(long)]
        data: PathBuf,
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:8081")]
        listen: SocketAddr,
    },
    /// Take the orders of a file through the lives they had, and compare the books with it.
    Replay(replay::Options),
    /// Put load on a server, and compare the books with what was asked.
    Bench(bench::Options),
}

/// Runs the program.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let json = cli.json;
    let done = runtime.block_on(async {
        match cli.command {
            Command::Demo { data } => demo::demo(data.as_deref(), json).await,
            Command::Init { data, cells, live } => serve::init(&data, cells, !live, json),
            Command::Serve { data, listen, bank, memory } => {
                serve::serve(&data, listen, bank.as_deref(), memory, json).await
            }
            Command::BankSim { data, listen } => serve::bank_sim(&data, listen, json).await,
            Command::Replay(options) => replay::replay(&options, json).await,
            Command::Bench(options) => bench::bench(&options, json).await,
        }
    });
    match done {
        Ok(code) => code,
        Err(error) => fail(&*error),
    }
}

/// What a command ends with.
type Done = Result<ExitCode, Box<dyn std::error::Error>>;

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("danbao: {error}");
    ExitCode::FAILURE
}
