//! The command line. Data goes to standard output, talk to standard error; exit codes are 0 for
//! done, 1 for failed, 2 for misuse, 3 for degraded, and 4 when an invariant is broken.

mod backup;
mod bank_sim;
mod bench;
mod demo;
mod doctor;
mod keys;
mod operators;
mod proof;
mod recon;
mod replay;
mod serve;
mod status;
mod trace;
mod verify;
mod webhooks;

pub(crate) use replay::fuzz as fuzz_replay;

use crate::client::{Client, ClientError};
use crate::settings::{self, Setting};
use clap::{ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

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
    Serve(serve::Serve),
    /// Run a simulated bank.
    BankSim(bank_sim::Options),
    /// Take the orders of a file through the lives they had, and compare the books with it.
    Replay(replay::Options),
    /// Put load on a server, and compare the books with what was asked.
    Bench(bench::Options),
    /// Prove what is owed, or check a proof.
    Proof(proof::Options),
    /// Compare a bank's statement with the books.
    Recon(recon::Options),
    /// Where every cell of a server stands, and whether its money adds up.
    Status(status::Options),
    /// Where money is, who acts next, and by when.
    Trace(trace::Options),
    /// Replay the journal into fresh books, and compare everything with everything.
    Verify(verify::Options),
    /// Copy the journals: of a stopped server or of a running one.
    Backup(backup::Backup),
    /// Make a data directory from a backup.
    Restore(backup::Restore),
    /// What could go wrong, and what to do about it.
    Doctor(doctor::Options),
    /// List, make and revoke API keys.
    Keys(keys::Options),
    /// List, add and disable operators.
    Operators(operators::Options),
    /// Why the signature of a webhook does not verify.
    Webhooks(webhooks::Options),
    /// Print the `OpenAPI` document of the API.
    Openapi,
}

/// A server, and who asks it.
#[derive(Debug, Args)]
struct Server {
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// A platform API key.
    #[arg(long, env = "DANBAO_KEY", hide_env_values = true)]
    key: Option<String>,
}

impl Server {
    /// A client of it that does not wait for a server that is not there.
    fn client(&self) -> Result<Client, ClientError> {
        Ok(Client::new(&self.server, self.key.as_deref())?.with_patience(PATIENCE))
    }
}

/// Where journals come from.
#[derive(Debug, Args)]
struct Source {
    /// The data directory of a server that is stopped.
    #[arg(long, conflicts_with = "server")]
    data: Option<PathBuf>,
    /// A running server, which is asked for its journals.
    #[arg(long, required_unless_present = "data", requires = "key")]
    server: Option<String>,
    /// A platform API key.
    #[arg(long, env = "DANBAO_KEY", hide_env_values = true)]
    key: Option<String>,
}

/// Where journals come from, once that is certain.
enum Origin<'a> {
    Directory(&'a Path),
    Server(Client),
}

impl Source {
    fn origin(&self) -> Result<Origin<'_>, Box<dyn std::error::Error>> {
        match (&self.data, &self.server) {
            (Some(data), _) => Ok(Origin::Directory(data)),
            (None, Some(server)) => Ok(Origin::Server(Client::new(server, self.key.as_deref())?)),
            (None, None) => Err("say --data or --server".into()),
        }
    }
}

/// How long a question goes on being asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// The settings of the command that was called.
fn settings_of(matches: &ArgMatches) -> Vec<Setting> {
    let command = Cli::command();
    let called = matches.subcommand();
    let found = called.and_then(|(name, it)| Some((command.find_subcommand(name)?, it)));
    found.map(|(command, it)| settings::of(command, it)).unwrap_or_default()
}

/// Runs the program.
pub fn run() -> ExitCode {
    let matches = Cli::command().get_matches();
    let settings = settings_of(&matches);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let json = cli.json;
    let done = runtime.block_on(async {
        match cli.command {
            Command::Demo { data } => demo::demo(data.as_deref(), json).await,
            Command::Init { data, cells, live } => serve::init(&data, cells, !live, json),
            Command::Serve(options) => serve::serve(options, settings, json).await,
            Command::BankSim(options) => bank_sim::bank_sim(options, json).await,
            Command::Replay(options) => replay::replay(&options, json).await,
            Command::Bench(options) => bench::bench(&options, json).await,
            Command::Proof(options) => proof::proof(&options, json).await,
            Command::Recon(options) => recon::recon(&options, json).await,
            Command::Status(options) => status::status(&options, json).await,
            Command::Webhooks(options) => webhooks::webhooks(&options, json),
            Command::Trace(options) => trace::trace(&options, json).await,
            Command::Verify(options) => verify::verify(&options, json).await,
            Command::Backup(options) => backup::backup(&options, json).await,
            Command::Restore(options) => backup::restore(&options, json),
            Command::Doctor(options) => doctor::doctor(&options, json).await,
            Command::Keys(options) => keys::keys(&options, json).await,
            Command::Operators(options) => operators::operators(&options, json).await,
            Command::Openapi => {
                println!("{:#}", crate::openapi::document());
                eprintln!("Next: danbao demo, and look at /docs");
                Ok(ExitCode::SUCCESS)
            }
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
