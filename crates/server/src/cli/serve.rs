//! `init` and `serve`.

use super::Done;
use crate::app::App;
use crate::http::auth::{hash_of, new_key};
use crate::webhooks::{self, Secrets};
use crate::{bank_worker, http};
use axum::serve::ListenerExt as _;
use bank::HttpBank;
use engine::{DataDir, Engine, Options};
use ledger::command::{AddKey, Command, Request};
use ledger::event::Actor;
use ledger::id::{CellId, RequestId};
use ledger::registry::Role;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::channel;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

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

pub(super) async fn serve(
    data: &Path,
    listen: SocketAddr,
    bank: Option<HttpBank>,
    memory: u64,
    json: bool,
) -> Done {
    let options = Options { memory_bytes: memory << 20, ..Options::new(data) };
    let engine = tokio::task::spawn_blocking(move || Engine::open(&options)).await??;
    let app = App::new(engine.clone(), bank, Secrets::open(data)?);
    let workers = start_workers(&app);
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    if json {
        println!("{}", json!({ "listening": address.to_string(), "cells": engine.cells() }));
    } else {
        eprintln!("danbao serves on http://{address} with {} cell(s).", engine.cells());
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

/// Starts what works beside the API: with the bank, and for the receivers of webhooks.
pub(super) fn start_workers(app: &App) -> Vec<JoinHandle<()>> {
    let mut workers = vec![tokio::spawn(webhooks::run(app.clone()))];
    let bank = app.bank().cloned();
    workers.extend(bank.map(|it| tokio::spawn(bank_worker::run(app.clone(), it))));
    workers
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
