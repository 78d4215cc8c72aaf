//! `init` and `serve`.

use super::Done;
use crate::app::App;
use crate::banks::{BankOptions, Banks};
use crate::demo::{self, Demo};
use crate::http::auth::{hash_of, new_key};
use crate::people::passkeys::site::Site;
use crate::settings::Setting;
use crate::webhooks;
use crate::{banks, http, people, pulse, reconciliation};
use axum::serve::ListenerExt as _;
use bank::files::FileBank;
use bank::sign::Secret;
use bank::{Channel, HttpBank};
use clap::Args;
use engine::{DataDir, Engine, Options};
use ledger::command::{AddKey, Command, Request};
use ledger::event::Actor;
use ledger::id::{CellId, RequestId};
use ledger::name::BankName;
use ledger::registry::Role;
use recon::calendar::Calendar;
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::channel;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What the only bank is called.
pub(super) const THE_BANK: &str = "bank";

pub(super) fn init(data: &Path, cells: u8, sandbox: bool, json: bool) -> Done {
    DataDir::init(data, cells, sandbox)?;
    let engine = Engine::open(&Options::new(data))?;
    let key = first_key(&engine, sandbox);
    engine.stop();
    let key = key?;
    if json {
        println!("{}", json!({ "api_key": key, "cells": cells, "sandbox": sandbox }));
    } else {
        println!("{key}");
        eprintln!("This is the platform's API key. It is shown only now: keep it.");
        eprintln!("Next: danbao serve --data {}", data.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Gives a new platform a key to begin with.
pub(super) fn first_key(
    engine: &Engine,
    sandbox: bool,
) -> Result<String, Box<dyn std::error::Error>> {
    let key = new_key(sandbox)?;
    let command = AddKey { hash: hash_of(&key), role: Role::Platform, user: None };
    let request = Request {
        id: RequestId::UNNAMED,
        actor: Actor::Platform,
        command: Command::AddKey(command),
    };
    let (tell, told) = channel();
    let queued = engine.submit(CellId::FIRST, &request, move |it| {
        // The other end waits below.
        let _ = tell.send(it.is_ok());
    });
    if queued.is_ok() && told.recv().unwrap_or(false) {
        return Ok(key);
    }
    Err("the first API key could not be written".into())
}

/// How a server is started.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The data directory that `init` made.
    #[arg(long, env = "DANBAO_DATA")]
    data: PathBuf,
    /// Where to listen.
    #[arg(long, env = "DANBAO_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where browsers reach this server, such as <https://pay.example.com>: the name that passkeys
    /// belong to, for ever. Without it there are none, but in a sandbox: <http://localhost:PORT>.
    #[arg(long, env = "DANBAO_PUBLIC_URL", value_name = "URL")]
    public_url: Option<Site>,
    /// A bank, such as <http://127.0.0.1:8081>, or files:DIR for one that takes and gives files of
    /// ISO 20022; with a name if there are several: icbc=<http://127.0.0.1:8081>. May be repeated.
    #[arg(long, value_name = "[NAME=]URL")]
    bank: Vec<String>,
    /// The file with the secret that we share with a bank; the simulated bank makes one in its own
    /// directory, called bank.secret. May be repeated.
    #[arg(long, value_name = "[NAME=]FILE", requires = "bank")]
    bank_secret: Vec<String>,
    /// Questions that each bank may be asked in a second: a twentieth of what it can take.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    bank_questions: u64,
    /// The time zone of the banks' business days, such as +08:00 or Asia/Shanghai.
    #[arg(long, default_value = "+08:00")]
    bank_zone: String,
    /// When a business day ends there; 00:00 is midnight.
    #[arg(long, default_value = "00:00")]
    bank_cut_off: String,
    /// How much faster than a clock banks are asked about what they were silent about. Only for a
    /// sandbox.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    bank_time_scale: u32,
    /// Memory for the books, in MiB.
    #[arg(long, env = "DANBAO_MEMORY", default_value_t = 2_048)]
    memory: u64,
    /// The directory of the demonstration that this server is a part of.
    #[arg(long, hide = true)]
    demo: Option<PathBuf>,
}

impl Serve {
    /// Every bank with its secret.
    fn banks(&self) -> Result<Vec<BankOptions>, Box<dyn std::error::Error>> {
        let calendar = Calendar::parse(&self.bank_zone, &self.bank_cut_off)?;
        let secrets: Vec<_> = self.bank_secret.iter().map(|it| named(it)).collect();
        let mut banks: Vec<BankOptions> = Vec::new();
        for (name, url) in self.bank.iter().map(|it| named(it)) {
            let channel = if let Some(folder) = url.strip_prefix("files:") {
                let (zone, cut_off) = (&self.bank_zone, &self.bank_cut_off);
                Channel::Files(FileBank::open(Path::new(folder), zone, cut_off)?)
            } else {
                let file = secrets.iter().find(|it| it.0 == name).map(|it| it.1);
                let missing = || format!("--bank-secret {name}=FILE is missing");
                let secret = Secret::read(Path::new(file.ok_or_else(missing)?))?;
                Channel::Http(HttpBank::new(url, secret))
            };
            let letter = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
            let found = BankName::new(name).filter(|_| name.bytes().all(letter));
            let name = found.ok_or_else(|| {
                format!("{name:?} cannot be the name of a bank: letters, digits, - and _")
            })?;
            if banks.iter().any(|it| it.name == name) {
                return Err(format!("--bank {name}=URL is there twice").into());
            }
            let (questions_per_second, calendar) = (self.bank_questions, calendar.clone());
            banks.push(BankOptions { name, channel, questions_per_second, calendar });
        }
        Ok(banks)
    }
}

/// What is before the `=` if that is a name, and what is after it.
fn named(text: &str) -> (&str, &str) {
    let is_name = |it: &str| !it.contains([':', '/', '.']);
    text.split_once('=').filter(|(name, _)| is_name(name)).unwrap_or((THE_BANK, text))
}

pub(super) async fn serve(options: Serve, settings: Vec<Setting>, json: bool) -> Done {
    let banks = options.banks()?;
    let Serve { data, listen, public_url, bank_time_scale, memory, demo, .. } = options;
    let options = Options { memory_bytes: memory << 20, ..Options::new(&data) };
    let engine = tokio::task::spawn_blocking(move || Engine::open(&options)).await??;
    if bank_time_scale != 1 && !engine.sandbox() {
        return Err("--bank-time-scale is for sandboxes: real banks have real clocks".into());
    }
    let banks = Banks::new(banks, bank_time_scale);
    let app = App::new(engine.clone(), banks, &data)?;
    app.configured(settings);
    let mut workers = start_workers(&app);
    if let Some(home) = demo {
        app.join(Demo::new(&home, engine.sandbox())?);
        workers.push(tokio::spawn(demo::stage(app.clone())));
    }
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    // An address of digits is no name that a passkey could belong to; localhost is one.
    let local = || engine.sandbox().then(|| Site::local(address.port()));
    let site = public_url.or_else(local);
    let pages = site.as_ref().map(|it| it.origin().to_owned());
    if let Some(site) = site {
        app.people().reached_at(site);
    }
    if json {
        let (listening, cells) = (address.to_string(), engine.cells());
        println!("{}", json!({ "listening": listening, "cells": cells, "pages": pages }));
    } else {
        eprintln!("danbao serves on http://{address} with {} cell(s).", engine.cells());
        if let Some(pages) = pages {
            eprintln!("Browsers: {pages} (passkeys work only at this address)");
        }
        eprintln!("Next: curl http://{address}/healthz");
    }
    let listener = listener.tap_io(|stream| {
        // A payment is one small packet each way: waiting to fill a larger one would be all delay.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, http::service(app)).with_graceful_shutdown(stopped()).await?;
    workers.iter().for_each(JoinHandle::abort);
    tokio::task::spawn_blocking(move || engine.stop()).await?;
    eprintln!("danbao has stopped; everything that was acknowledged is on the disk.");
    Ok(ExitCode::SUCCESS)
}

/// Starts what works beside the API: with the banks, and for the receivers of webhooks.
pub(super) fn start_workers(app: &App) -> Vec<JoinHandle<()>> {
    vec![
        tokio::spawn(webhooks::run(app.clone())),
        tokio::spawn(banks::run(app.clone())),
        tokio::spawn(reconciliation::run(app.clone())),
        tokio::spawn(people::run(app.clone())),
        tokio::spawn(pulse::run(app.clone())),
    ]
}

/// Comes when somebody asks the process to stop.
pub(super) async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => drop(interrupted.await),
    }
}
