//! `danbao demo`: a whole platform on one machine with a bank to talk to, and something to look at.
//!
//! The bank runs in this process. The platform is a process of its own, so that it can be killed
//! for everybody to see: it is started again at once, and goes on where its journal ends.

use super::Done;
use super::serve::{first_key, stopped};
use crate::client::Client;
use crate::demo::{Cast, DEMO_PASSWORD, DEMO_PAYMENT_PASSWORD, Demo};
use crate::people::passkeys::site::Site;
use ::bank::sim;
use engine::{DataDir, Engine, Options};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// How long the platform may take until everything is there to look at.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long a platform that was asked to stop may take.
const GOODBYE: Duration = Duration::from_secs(20);
/// How soon a platform that ended is started again: a machine that cannot start it is not
/// occupied with trying.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) async fn demo(data: Option<&Path>, json: bool) -> Done {
    let (home, temporary) = match data {
        Some(data) => (data.to_owned(), false),
        None => (temporary()?, true),
    };
    let key = tokio::task::block_in_place(|| prepare(&home))?;
    let bank = listen(8081).await?;
    let bank_url = format!("http://{}", bank.local_addr()?);
    let address = listen(8080).await?.local_addr()?;
    let url = format!("http://{address}");
    let notify = Some(format!("{url}/v1/banks/notices"));
    let simulated = sim::Options { notify, ..sim::Options::new(&home.join("bank")) };
    simulated.secret()?;
    tokio::spawn(async move { sim::serve(simulated, bank, None, stopped()).await });
    Demo::remember_bank(&home, &bank_url)?;
    let stop = Arc::new(Notify::new());
    let keeper = tokio::spawn(keep(platform(&home, address, &bank_url)?, stop.clone()));
    let shown = tokio::select! {
        cast = staged(&home) => Some(cast),
        () = stopped() => None,
    };
    let shown = match shown {
        Some(Ok(cast)) => {
            // The same place under the name that passkeys can belong to.
            let pages = Site::local(address.port());
            tell(&url, pages.origin(), &bank_url, &key, &cast, &home, json).await;
            stopped().await;
            Ok(())
        }
        Some(Err(error)) => Err(error),
        None => Ok(()),
    };
    stop.notify_one();
    keeper.await?;
    if temporary {
        std::fs::remove_dir_all(&home)?;
    }
    shown?;
    Ok(ExitCode::SUCCESS)
}

/// A directory of its own for data that nobody wants to keep.
fn temporary() -> io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("danbao-demo-{}", std::process::id()));
    std::fs::create_dir_all(&path)?;
    Ok(path)
}

/// Makes the platform's data directory if it is not there, and gives the demo's key; it is kept
/// beside the data, because a demo has no secrets.
fn prepare(home: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let (platform, file) = (home.join("platform"), home.join("demo-key"));
    if file.exists() {
        return Ok(std::fs::read_to_string(file)?);
    }
    DataDir::init(&platform, 1, true)?;
    let engine = Engine::open(&Options::new(&platform))?;
    let key = first_key(&engine, true);
    engine.stop();
    let key = key?;
    std::fs::write(file, &key)?;
    Ok(key)
}

/// The usual port, or a free one.
async fn listen(port: u16) -> io::Result<TcpListener> {
    match TcpListener::bind(("127.0.0.1", port)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            TcpListener::bind(("127.0.0.1", 0)).await
        }
        bound => bound,
    }
}

/// How the platform is started.
fn platform(home: &Path, address: SocketAddr, bank: &str) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["serve", "--listen", &address.to_string(), "--bank", bank, "--bank-secret"])
        .arg(home.join("bank").join("bank.secret"))
        .arg("--data")
        .arg(home.join("platform"))
        .arg("--demo")
        .arg(home)
        .stdin(Stdio::null())
        .stderr(std::fs::File::options().create(true).append(true).open(home.join("log"))?)
        // Ctrl-C is for this process, which then stops the platform itself.
        .process_group(0)
        .kill_on_drop(true);
    Ok(command)
}

/// Keeps the platform running until `stop` says otherwise.
async fn keep(mut platform: Command, stop: Arc<Notify>) {
    loop {
        match platform.spawn() {
            Ok(mut child) => {
                let stopping = tokio::select! {
                    _ = child.wait() => false,
                    () = stop.notified() => true,
                };
                if stopping {
                    return end(child).await;
                }
            }
            Err(error) => eprintln!("danbao: the platform does not start: {error}"),
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = stop.notified() => return,
        }
    }
}

/// Asks the platform to stop, and waits until it has.
async fn end(mut child: Child) {
    let pid = child.id().and_then(|it| i32::try_from(it).ok()).and_then(Pid::from_raw);
    let asked = pid.is_some_and(|it| kill_process(it, Signal::TERM).is_ok());
    let gone: Option<ExitStatus> =
        if asked { timeout(GOODBYE, child.wait()).await.ok().and_then(Result::ok) } else { None };
    if gone.is_none() {
        // Nothing is lost by this: what was acknowledged is on the disk.
        let _ = child.kill().await;
    }
}

/// Waits until everybody is in their place.
async fn staged(home: &Path) -> Result<Cast, Box<dyn std::error::Error>> {
    let look = async {
        loop {
            if let Some(cast) = Cast::read(home) {
                return cast;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let late = || format!("the platform did not start; see {}", home.join("log").display());
    Ok(timeout(PATIENCE, look).await.map_err(|_| late())?)
}

/// The line that says that debits and credits are equal, from the server's own sums.
async fn balance(url: &str, key: &str) -> Option<String> {
    let client = Client::new(url, Some(key)).ok()?;
    let status: Value = client.patient_get("/v1/status").await.ok()?;
    let sum = |side: &str| -> u64 {
        let cells = status["cells"].as_array().into_iter().flatten();
        let totals = cells.flat_map(|it| it["totals"].as_array().into_iter().flatten());
        totals.filter_map(|it| it[side].as_u64()).sum()
    };
    let (debits, credits) = (sum("debits"), sum("credits"));
    let amount = |it| crate::web::money::minor(it, ledger::currency::Currency::CNY);
    let sign = if debits == credits { "✓ ledger balanced" } else { "✗ ledger broken" };
    Some(format!("{sign}: Σ debits {} = Σ credits {}", amount(debits), amount(credits)))
}

async fn tell(
    url: &str,
    pages: &str,
    bank_url: &str,
    key: &str,
    cast: &Cast,
    home: &Path,
    json: bool,
) {
    if json {
        let people: Vec<Value> = cast.people.iter().map(|it| json!(it)).collect();
        let orders: Value =
            cast.orders.iter().map(|it| (it.stage.clone(), json!(it.order))).collect();
        let account = |role| cast.part(role).and_then(|it| it.account.clone());
        println!(
            "{}",
            json!({ "server": url, "pages": pages, "bank": bank_url, "api_key": key,
                    "people": people, "buyer": account("buyer"), "seller": account("seller"),
                    "orders": orders,
                    "password": DEMO_PASSWORD, "payment_password": DEMO_PAYMENT_PASSWORD })
        );
        return;
    }
    let version = env!("CARGO_PKG_VERSION");
    println!("danbao {version} demo. No real money; listening on this machine only.");
    println!("  Tour      {pages}/tour        buyer, platform ledger and seller side by side");
    for role in ["buyer", "seller", "support", "finance", "checker", "sre", "auditor"] {
        if let Some(part) = cast.part(role) {
            println!("  {:<9} {pages}/sign-in?as={role}   {}", capital(role), part.name);
        }
    }
    println!("  API docs  {pages}/docs   key {key}");
    println!("  Bank      {bank_url}");
    println!("  Data      {}", home.display());
    println!("Everybody's password is {DEMO_PASSWORD}, and {DEMO_PAYMENT_PASSWORD} for payments.");
    println!("There: {} people and {} orders.", cast.people.len(), cast.orders.len());
    if let Some(paid) = cast.orders.iter().find(|it| it.stage == "paid") {
        println!("Try:\n  curl -s -u {key}: {url}/v1/orders/{}", paid.order);
    }
    if let Some(line) = balance(url, key).await {
        println!("{line}");
    }
    println!("Ctrl-C ends it.");
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |it| it.to_uppercase().to_string() + letters.as_str())
}
