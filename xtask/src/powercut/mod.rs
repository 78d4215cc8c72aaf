//! `cargo xtask powercut`: what a power cut leaves of requests that were acknowledged.
//!
//! `kill -9` shows nothing of this: what a process wrote stays in the memory of the system. So the
//! data lies on a file system of its own, in an image, and while the server is under load the image
//! is copied at one instant, as a disk would be found after a cut: with what the file system had
//! given to it, and without what was still in the memory of the system. The image lies on XFS,
//! whose copies by reference (`FICLONE`) are atomic against writes. Each copy is mounted, verified,
//! and served; and every request that was answered before the copy began has to be found in it.
//!
//! What this does not show: disks that lose writes of which they said that they are durable, and
//! writes that a disk had and lost because nobody asked for durability yet. The simulated disk
//! of `store::journal::sim` does both.

mod ground;
mod load;

use crate::failure::Failure;
use crate::house::House;
use ground::Ground;
use load::{Acknowledged, Http, Load};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Cuts if nobody says how many.
const CUTS: usize = 50;
/// Cuts of the short version, which `cargo xtask test` runs.
const FEW: usize = 3;
/// Requests that are looked for in each copy: the last that were answered before it.
const LOOKED_FOR: usize = 5_000;
/// Clients of the load.
const CLIENTS: usize = 8;

/// Runs as many cuts as `--cuts N` says.
pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    let cuts = match words {
        [] => CUTS,
        [option, number] if option == "--cuts" => number
            .parse()
            .map_err(|_| Failure::Usage(format!("`{number}` is no number of cuts")))?,
        _ => return Err(Failure::Usage("powercut [--cuts N]".to_owned())),
    };
    if let Some(why) = ground::missing(house) {
        return Err(Failure::Wrong(why));
    }
    let build = ["build", "--release", "--package", "danbao"];
    let status = house.command("cargo", &build).status();
    if !status.is_ok_and(|it| it.success()) {
        return Err(Failure::Wrong("danbao was not built".to_owned()));
    }
    cut(house, &house.path("target/release/danbao"), cuts)
}

/// A few cuts of the program that the tests have built, if this machine lets us.
pub(crate) fn short(house: &House) -> Result<(), Failure> {
    let program = house.path("target/debug/danbao");
    let why = ground::missing(house)
        .or_else(|| (!program.exists()).then(|| "the tests have built no danbao".to_owned()));
    match why {
        Some(why) => {
            println!("skipped: {why}");
            Ok(())
        }
        None => cut(house, &program, FEW),
    }
}

fn cut(house: &House, program: &Path, cuts: usize) -> Result<(), Failure> {
    let ground = Ground::prepare(&house.path("target/powercut"))?;
    let server = Server::begin(program, &ground.disk())?;
    let load = Load::begin(&server.address, &server.key, CLIENTS)?;
    let begun = Instant::now();
    let mut found = 0;
    for number in 0..cuts {
        // Cuts come at any moment of the load, so that none is like another.
        std::thread::sleep(Duration::from_millis(40 + (number as u64 * 37) % 160));
        let before = load.acknowledged();
        let copied = ground.copy()?;
        let at_risk = load.acknowledged().len() - before.len();
        let mounted = ground.mount_copy()?;
        verify(program, &mounted)?;
        let checked = look(program, &mounted, &server.key, &before)?;
        ground.unmount_copy()?;
        found += checked;
        println!(
            "cut {:>3}: copied in {:>3} ms, {:>6} acknowledged, {checked} looked for and found, \
             {at_risk} answered meanwhile",
            number + 1,
            copied.as_millis(),
            before.len()
        );
    }
    let total = load.end()?;
    drop(server);
    println!(
        "{cuts} cuts in {} s under {total} transfers: {found} looked for, every one found",
        begun.elapsed().as_secs()
    );
    Ok(())
}

/// The copy's books, without trusting the server that made them.
fn verify(program: &Path, disk: &Path) -> Result<(), Failure> {
    let output = Command::new(program)
        .args(["verify", "--json", "--data"])
        .arg(disk.join("data"))
        .output()
        .map_err(|cause| Failure::Io { what: "danbao verify".to_owned(), cause })?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stdout);
    Err(Failure::Wrong(format!("the copy is not sound: {told}")))
}

/// Asks the copy again for what was acknowledged: each has to be known already.
fn look(
    program: &Path,
    disk: &Path,
    key: &str,
    acknowledged: &[Acknowledged],
) -> Result<usize, Failure> {
    let server = Server::serve(program, disk, key.to_owned())?;
    let mut http = Http::connect(&server.address, key)?;
    let last = &acknowledged[acknowledged.len().saturating_sub(LOOKED_FOR)..];
    for it in last {
        let answer = http.post("/v1/transfers", &it.name, &it.body)?;
        if !answer.replayed || answer.body["id"] != it.transfer.as_str() {
            let text = format!("{} was acknowledged and is lost: {}", it.name, answer.body);
            return Err(Failure::Wrong(text));
        }
    }
    // And it is good for going on.
    if let Some(it) = last.last() {
        let answer = http.post("/v1/transfers", "after the cut", &it.body)?;
        if answer.status != 201 || answer.replayed {
            return Err(Failure::Wrong(format!("the copy does not go on: {}", answer.body)));
        }
    }
    let status = http.get("/v1/status")?;
    let sum: i128 = status["cells"][0]["totals"].as_array().into_iter().flatten().map(net).sum();
    if sum == 0 { Ok(last.len()) } else { Err(Failure::Wrong(format!("the copy is out by {sum}"))) }
}

fn net(total: &Value) -> i128 {
    let number = |name: &str| i128::from(total[name].as_u64().unwrap_or(0));
    number("credits") - number("debits")
}

/// A server, which ends when this is dropped.
struct Server {
    child: Child,
    address: String,
    key: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Makes a data directory on a disk, and serves it.
    fn begin(program: &Path, disk: &Path) -> Result<Server, Failure> {
        let output = Command::new(program)
            .args(["init", "--json", "--data"])
            .arg(disk.join("data"))
            .output()
            .map_err(|cause| Failure::Io { what: "danbao init".to_owned(), cause })?;
        let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| json!({}));
        let key = told["api_key"]
            .as_str()
            .ok_or_else(|| Failure::Wrong(String::from_utf8_lossy(&output.stderr).into_owned()))?;
        Server::serve(program, disk, key.to_owned())
    }

    fn serve(program: &Path, disk: &Path, key: String) -> Result<Server, Failure> {
        let io = |cause| Failure::Io { what: "danbao serve".to_owned(), cause };
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let address = free.map_err(io)?.to_string();
        let errors = disk.parent().unwrap_or(disk).join("server.err");
        let child = Command::new(program)
            .args(["serve", "--memory", "256", "--listen", &address, "--data"])
            .arg(disk.join("data"))
            .stdin(Stdio::null())
            .stderr(fs::File::create(errors).map_err(io)?)
            .spawn()
            .map_err(io)?;
        let server = Server { child, address, key };
        let begun = Instant::now();
        while Http::connect(&server.address, &server.key)
            .and_then(|mut it| it.get("/v1/status"))
            .is_err()
        {
            if begun.elapsed() > Duration::from_secs(30) {
                return Err(Failure::Wrong("the server does not start on the copy".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }
}
