//! `cargo xtask powercut`: the power is cut while the server works, and nothing acknowledged is
//! lost.
//!
//! A killed process leaves its writes in the memory of the system, from where they reach the disk
//! all the same; so killing never shows that a sync is missing. Here the server's data is on an
//! ext4 on a loop device on a file that this program itself gives to the kernel ([`fuse`]): a
//! [`disk`] with a cache. What the kernel writes is in the cache, a flush makes it durable, and at
//! a cut every sector of 512 bytes that was not flushed is kept or lost as the dice say. A cut is
//! one moment for the whole disk, without any copying while writes go on.
//!
//! Each cut: clients ask for transfers, one by one and in batches, between accounts in all cells; a
//! [`load::Witness`] writes down what is confirmed. At some moment (under load, while the server
//! starts, or while it stops) first the witness's record is closed, then the power goes. The file
//! system recovers, the server recovers, and then:
//!
//! 1. every confirmed transfer is found, with its amount and its parties;
//! 2. whatever had no answer is asked for again, under its name, and is done once: so it goes on;
//! 3. every account has, to the fen, what the requests say, and no request was done twice;
//! 4. `danbao verify` finds that the books are what the journal says (now and then: it reads all).
//!
//! The same disk goes through all cuts, so one recovery stands on what the one before left.
//!
//! Fifty cuts take four minutes on two cores: some 450,000 transfers, 8,000 flushes, and 24,000
//! sectors in the cache when the power went. A server whose journal does not sync fails at the
//! first or second cut.
//!
//! What this shows: a missing sync of a file or of a folder, before an acknowledgement or before a
//! name; anything that counts on the order or the wholeness of writes that were not synced; and a
//! recovery that is itself cut off. It would show, too, a missing flush of the disk's own cache,
//! which copying an image does not. What it does not show: disks that lie (`--lying` makes this one
//! lie, and must fail: so it is seen that the witness sees), sectors that change in silence, other
//! file systems than ext4, and what is lost when a sector is torn below 512 bytes.

mod disk;
mod fuse;
mod http;
mod load;
mod machine;

use crate::failure::Failure;
use crate::house::House;
use crate::test::is_root;
use disk::{Cut, Dice};
use http::{Connection, Server};
use load::{Confirmed, Witness};
use machine::Machine;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

/// Set for the process that runs in namespaces of its own.
const INSIDE: &str = "DANBAO_POWERCUT_INSIDE";
/// Cuts in the tests that have to pass before a merge.
const CUTS_IN_TESTS: u64 = 4;
/// Until a cut has lost something, there are so many times as many as were asked for.
const PATIENCE: u64 = 5;
/// Accounts of the load.
const ACCOUNTS: usize = 200;
/// Those who check at the same time.
const CHECKERS: usize = 8;
/// Of the transfers of a batch one in so many is looked at; the others by their identifiers.
const LOOK_EVERY: usize = 50;
/// Every so many cuts the books are verified as a whole.
const VERIFY_EVERY: u64 = 10;

/// How it is run.
#[derive(Clone, Copy, Debug)]
struct Setting {
    cuts: u64,
    cells: u8,
    seed: u64,
    lying: bool,
    release: bool,
}

impl Setting {
    fn parse(words: &[String]) -> Result<Setting, Failure> {
        let time = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        let seed = u64::from(time.subsec_nanos());
        let mut it = Setting { cuts: 50, cells: 2, seed, lying: false, release: true };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut number = |most: u64| {
                let number = words.next().and_then(|it| it.parse().ok());
                let fits = number.filter(|it| *it <= most);
                fits.ok_or_else(|| Failure::Usage(format!("`{word}` needs a number")))
            };
            match word.as_str() {
                "--cuts" => it.cuts = number(1_000_000)?,
                "--cells" => it.cells = u8::try_from(number(64)?).unwrap_or(1),
                "--seed" => it.seed = number(u64::MAX)?,
                "--lying" => it.lying = true,
                "--debug" => it.release = false,
                _ => return Err(Failure::Usage(format!("`{word}` means nothing here"))),
            }
        }
        Ok(it)
    }

    fn words(self) -> Vec<String> {
        let mut words = vec!["powercut".to_owned()];
        let numbers =
            [("--cuts", self.cuts), ("--cells", self.cells.into()), ("--seed", self.seed)];
        words.extend(numbers.iter().flat_map(|(name, it)| [(*name).to_owned(), it.to_string()]));
        let flags = [("--lying", self.lying), ("--debug", !self.release)];
        words.extend(flags.iter().filter(|it| it.1).map(|it| it.0.to_owned()));
        words
    }
}

/// Cuts the power as often as asked.
pub(crate) fn run(house: &House, words: &[String]) -> Result<(), Failure> {
    let setting = Setting::parse(words)?;
    let folder = house.path("target/powercut");
    if std::env::var_os(INSIDE).is_some() {
        let inner = folder.join(std::process::id().to_string());
        let program = built(house, setting.release)?;
        let result = cut_and_check(&program, &inner, &folder, setting);
        let _ = std::fs::remove_dir_all(&inner);
        return result;
    }
    if let Some(why) = obstacle(house) {
        return Err(Failure::Wrong(why));
    }
    outside(house, setting)
}

/// The step of `cargo xtask test`: a few cuts, if this machine allows it.
pub(crate) fn short(house: &House) -> Result<(), Failure> {
    if let Some(why) = obstacle(house) {
        println!("skipped: {why}");
        return Ok(());
    }
    let words = ["--debug", "--cuts", &CUTS_IN_TESTS.to_string()].map(str::to_owned);
    outside(house, Setting::parse(&words)?)
}

/// Why this machine cannot do it, if it cannot.
fn obstacle(house: &House) -> Option<String> {
    if !is_root(house) {
        return Some("only root may mount file systems".to_owned());
    }
    let devices = ["/dev/fuse", "/dev/loop-control"];
    let missing = devices.iter().find(|it| !Path::new(it).exists());
    missing.map(|it| format!("there is no {it}"))
}

/// Builds the server, and runs the whole in namespaces of its own: whatever becomes of it, its
/// processes and mounts end with it.
fn outside(house: &House, setting: Setting) -> Result<(), Failure> {
    built(house, setting.release)?;
    let us = std::env::current_exe()
        .map_err(|cause| Failure::Io { what: "this program".to_owned(), cause })?;
    let status = Command::new("unshare")
        .args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"])
        .arg(us)
        .args(setting.words())
        .env(INSIDE, "1")
        .status()
        .map_err(|cause| Failure::Io { what: "unshare".to_owned(), cause })?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::Program { call: setting.words().join(" "), status: status.to_string() })
}

fn built(house: &House, release: bool) -> Result<PathBuf, Failure> {
    let (words, folder): (&[&str], _) = if release {
        (&["build", "--quiet", "--release", "--package", "danbao"], "target/release/danbao")
    } else {
        (&["build", "--quiet", "--package", "danbao"], "target/debug/danbao")
    };
    let status = house.command("cargo", words).status();
    let status = status.map_err(|cause| Failure::Io { what: "cargo".to_owned(), cause })?;
    if status.success() {
        return Ok(house.path(folder));
    }
    Err(Failure::Program { call: "cargo build".to_owned(), status: status.to_string() })
}

/// What all cuts did together.
#[derive(Default)]
struct Tally {
    confirmed: u64,
    in_doubt: u64,
    in_doubt_done: u64,
    unsynced: u64,
    lost: u64,
    torn: u64,
    slowest: Duration,
}

fn cut_and_check(
    program: &Path,
    folder: &Path,
    keep: &Path,
    setting: Setting,
) -> Result<(), Failure> {
    println!("seed {}", setting.seed);
    let mut dice = Dice(setting.seed);
    let mut machine = Machine::new(program, folder, setting.cells)?;
    let witness = Witness::new(&machine.server, ACCOUNTS)?;
    machine.disk().lies = setting.lying;
    let mut tally = Tally::default();
    let mut all = Confirmed::new();
    // A cut between two writes loses nothing: until one came in the middle, nothing has been shown.
    let most = if setting.cuts > 1 { setting.cuts * PATIENCE } else { setting.cuts };
    let mut number = 0;
    while number < setting.cuts || (tally.lost == 0 && number < most) {
        number += 1;
        let round = one_cut(&mut machine, &witness, &mut dice, number, &mut tally, &mut all);
        if let Err(failure) = round {
            let image = keep.join("failed.img");
            machine.keep(&image)?;
            println!("cut {number} of seed {}; the disk is in {}", setting.seed, image.display());
            return Err(failure);
        }
    }
    let begun = Instant::now();
    found(&machine.server, &witness, &all)?;
    machine.verify()?;
    println!("all of them once more, and the whole verified: {:.1?}", begun.elapsed());
    println!("{} flushes of the disk", machine.disk().flushes);
    println!(
        "{} cuts: {} transfers confirmed and all found, {} requests in doubt of which {} had \
         been done; {} sectors unsynced, {} lost, {} writes torn; back after {:.2?} at most",
        number,
        tally.confirmed,
        tally.in_doubt,
        tally.in_doubt_done,
        tally.unsynced,
        tally.lost,
        tally.torn,
        tally.slowest,
    );
    if tally.lost == 0 && setting.cuts > 1 {
        return Err(Failure::Wrong("no cut lost anything: this has shown nothing".to_owned()));
    }
    Ok(())
}

fn one_cut(
    machine: &mut Machine,
    witness: &Witness,
    dice: &mut Dice,
    number: u64,
    tally: &mut Tally,
    all: &mut Confirmed,
) -> Result<(), Failure> {
    let server = machine.server.clone();
    let (when, confirmed, cut) = witness.load(&server, || interrupt(machine, witness, dice))?;
    let begun = Instant::now();
    machine.power_on()?;
    let back = machine.wait_until_ready()?;
    found(&server, witness, &confirmed)?;
    let next = witness.next.load(SeqCst);
    let doubtful: Vec<u64> =
        (all.len() as u64..next).filter(|it| !confirmed.contains_key(it)).collect();
    tally.confirmed += confirmed.values().map(|it| it.len() as u64).sum::<u64>();
    all.extend(confirmed);
    let (done, asked) = ask_again(&server, witness, &doubtful)?;
    all.extend(asked);
    balanced(&server, witness, next)?;
    if number.is_multiple_of(VERIFY_EVERY) {
        machine.verify()?;
    }
    tally.in_doubt += doubtful.len() as u64;
    tally.in_doubt_done += done;
    tally.unsynced += cut.unsynced;
    tally.lost += cut.lost;
    tally.torn += cut.torn;
    tally.slowest = tally.slowest.max(back);
    println!(
        "cut {number:>3} {when}: {} sectors unsynced, {} lost, {} writes torn; \
         back after {back:.2?}, {done} of {} in doubt had been done; checked in {:.1?}",
        cut.unsynced,
        cut.lost,
        cut.torn,
        doubtful.len(),
        begun.elapsed()
    );
    Ok(())
}

/// Cuts the power at some moment. The witness's record is closed before.
fn interrupt(
    machine: &mut Machine,
    witness: &Witness,
    dice: &mut Dice,
) -> Result<(&'static str, Confirmed, Cut), Failure> {
    let pause = |ms: u64| std::thread::sleep(Duration::from_millis(ms));
    pause(20 + dice.roll(600));
    let mut when = "under load";
    match dice.roll(5) {
        0 => {
            when = "stopping  ";
            machine.ask_to_stop()?;
            pause(dice.roll(150));
        }
        1 => {
            // A first cut under load, and another while the server recovers from it.
            when = "starting  ";
            let confirmed = witness.take_confirmed();
            let first = machine.cut(dice);
            machine.clear()?;
            machine.power_on()?;
            pause(dice.roll(400));
            let second = machine.cut(dice);
            machine.clear()?;
            return Ok((when, confirmed, first.and(second)));
        }
        _ => {}
    }
    let confirmed = witness.take_confirmed();
    let cut = machine.cut(dice);
    machine.clear()?;
    Ok((when, confirmed, cut))
}

/// Shares work among those who check, and returns what they found.
fn shared<T: Sync, R: Send>(
    server: &Server,
    work: &[T],
    one: impl Fn(&mut Connection, &T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let part = work.len().div_ceil(CHECKERS).max(1);
    let check = |items: &[T]| -> Result<Vec<R>, Failure> {
        let mut connection = server.connection();
        items.iter().map(|it| one(&mut connection, it)).collect()
    };
    let check = &check;
    std::thread::scope(|scope| {
        let parts: Vec<_> =
            work.chunks(part).map(|items| scope.spawn(move || check(items))).collect();
        let mut all = Vec::new();
        for part in parts {
            let part = part.join().map_err(|_| Failure::Wrong("a check panicked".to_owned()))?;
            all.extend(part?);
        }
        Ok(all)
    })
}

fn lost(what: impl Into<String>) -> Failure {
    let mut what: String = what.into();
    // The answer to a batch is long.
    what.truncate(what.floor_char_boundary(400));
    Failure::Wrong(what)
}

/// Looks for every confirmed transfer.
fn found(server: &Server, witness: &Witness, confirmed: &Confirmed) -> Result<(), Failure> {
    let work: Vec<(&u64, &Vec<String>)> = confirmed.iter().collect();
    shared(server, &work, |connection, (number, ids)| {
        let transfers = load::transfers(**number, witness.accounts.len());
        for (at, (id, it)) in ids.iter().zip(&transfers).enumerate().step_by(LOOK_EVERY) {
            let between_cells = id.starts_with("rem_");
            let kind = if between_cells { "remittances" } else { "transfers" };
            let path = format!("/v1/{kind}/{id}");
            let answer = connection.get(&path).map_err(|it| lost(format!("{path}: {it}")))?;
            let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            let entry = if between_cells { &value } else { &value["entries"][0] };
            let debit = entry["debit"] == *witness.accounts[it.debit];
            if !answer.is_good() || !debit || entry["amount"] != it.fen {
                let (fen, body) = (it.fen, answer.body);
                let what = format!("request {number}, item {at}, {fen} fen, was confirmed: {body}");
                return Err(lost(what));
            }
        }
        if !load::is_batch(**number) {
            return Ok(());
        }
        let answer = load::ask(connection, **number, &witness.accounts);
        let answer = answer.map_err(|it| lost(format!("request {number}: {it}")))?;
        if load::confirmed(**number, &answer).as_ref() == Some(*ids) {
            return Ok(());
        }
        Err(lost(format!("the batch {number} was confirmed, and now has another answer")))
    })
    .map(drop)
}

/// Asks again for what had no answer. Returns how much of it had been done, and the answers.
fn ask_again(
    server: &Server,
    witness: &Witness,
    doubtful: &[u64],
) -> Result<(u64, Confirmed), Failure> {
    let answers = shared(server, doubtful, |connection, number| {
        let answer = load::ask(connection, *number, &witness.accounts);
        let answer = answer.map_err(|it| lost(format!("request {number}: {it}")))?;
        let ids = load::confirmed(*number, &answer);
        let ids = ids.ok_or_else(|| lost(format!("request {number}: {}", answer.body)))?;
        Ok((*number, ids, answer.repeated))
    })?;
    let done = answers.iter().filter(|it| it.2).count() as u64;
    Ok((done, answers.into_iter().map(|it| (it.0, it.1)).collect()))
}

/// Compares every account with what the requests say. Money between cells may be on its way.
fn balanced(server: &Server, witness: &Witness, next: u64) -> Result<(), Failure> {
    let expected = witness.balances(next);
    let begun = Instant::now();
    loop {
        let found = shared(server, &witness.accounts, |connection, account| {
            let path = format!("/v1/accounts/{account}");
            let answer = connection.get(&path).map_err(|it| lost(format!("{path}: {it}")))?;
            let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            value["balance"].as_i64().ok_or_else(|| lost(answer.body))
        })?;
        let Some(at) = (0..expected.len()).find(|it| expected[*it] != found[*it]) else {
            return Ok(());
        };
        if begun.elapsed() > Duration::from_secs(20) {
            let (account, is, must) = (&witness.accounts[at], found[at], expected[at]);
            return Err(lost(format!("{account} has {is} fen and must have {must}")));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
