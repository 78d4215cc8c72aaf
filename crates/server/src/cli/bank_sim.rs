//! `bank-sim`: a simulated bank.

use super::Done;
use super::serve::stopped;
use bank::sim::faults::Faults;
use bank::sim::{self, Calendar, FINALITY, SCALE_MAX};
use clap::Args;
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;

/// How a simulated bank is started.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Where its books are, and the secret that it shares with the platform.
    #[arg(long)]
    data: PathBuf,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Where to listen for the control API also while the bank is down.
    #[arg(long)]
    control: Option<SocketAddr>,
    /// Where to tell every answer without being asked, such as
    /// <http://127.0.0.1:8080/v1/banks/notices>.
    #[arg(long)]
    notify: Option<String>,
    /// A JSON file that says what goes wrong; without it, what went wrong before.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Something that goes wrong, so often in 10,000; or the seed, or a delay. May be repeated.
    #[arg(long, value_name = "NAME=NUMBER")]
    fault: Vec<String>,
    /// How much faster than others the bank's clock runs; without it, as before.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(SCALE_MAX)))]
    time_scale: Option<u32>,
    /// After how many seconds the bank is certain that it never heard of something.
    #[arg(long, default_value_t = FINALITY)]
    finality_seconds: u64,
    /// The time zone of the business day, such as +08:00 or Asia/Shanghai.
    #[arg(long, default_value = "+08:00")]
    zone: String,
    /// When the business day ends; 00:00 is midnight.
    #[arg(long, default_value = "00:00")]
    cut_off: String,
}

impl Options {
    /// What goes wrong, if anything is said about it.
    fn faults(&self) -> Result<Option<Faults>, Box<dyn std::error::Error>> {
        if self.faults.is_none() && self.fault.is_empty() {
            return Ok(None);
        }
        let file = self.faults.as_ref().map(std::fs::read_to_string).transpose()?;
        Ok(Some(Faults::parse(file.as_deref(), &self.fault)?))
    }
}

pub(super) async fn bank_sim(options: Options, json: bool) -> Done {
    let simulated = sim::Options {
        notify: options.notify.clone(),
        faults: options.faults()?,
        time_scale: options.time_scale,
        finality_seconds: options.finality_seconds,
        calendar: Calendar::parse(&options.zone, &options.cut_off)?,
        ..sim::Options::new(&options.data)
    };
    simulated.secret()?;
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let control = match options.control {
        Some(control) => Some(TcpListener::bind(control).await?),
        None => None,
    };
    let witness = control.as_ref().map(TcpListener::local_addr).transpose()?;
    let file = simulated.secret_file().display().to_string();
    if json {
        let control = witness.map(|it| it.to_string());
        let listening = address.to_string();
        println!("{}", json!({ "listening": listening, "control": control, "secret_file": file }));
    } else {
        eprintln!("A simulated bank listens on http://{address}. No real money.");
        eprintln!("Make it misbehave: curl http://{}/control", witness.unwrap_or(address));
        eprintln!("Next: danbao serve --data DIR --bank http://{address} --bank-secret {file}");
    }
    sim::serve(simulated, listener, control, stopped()).await?;
    Ok(ExitCode::SUCCESS)
}
