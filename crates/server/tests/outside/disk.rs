//! A disk that becomes full: writers are told so and nothing happens, readers notice nothing, and
//! when there is room again it goes on.

use crate::place::Place;
use crate::shop::Shop;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// The size of the disk, and what is left when it counts as full: less than a reserve of 256 MiB
/// and a segment of 64 MiB.
const SIZE: u64 = 900 << 20;
const LEFT: u64 = 315 << 20;

/// A file system of its own in memory, for as long as this lives.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// `None` if this user may not mount anything.
    fn mount() -> Option<Disk> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={SIZE}");
        let words = ["-t", "tmpfs", "-o", &size, "danbao-test"];
        let mounted = Command::new("mount").args(words).arg(folder.path()).output();
        mounted.is_ok_and(|it| it.status.success()).then_some(Disk { folder })
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    fn free(&self) -> u64 {
        let words = ["--output=avail", "--block-size=1"];
        let told = Command::new("df").args(words).arg(self.folder.path()).output().unwrap();
        let text = String::from_utf8(told.stdout).unwrap();
        text.lines().nth(1).unwrap().trim().parse().unwrap()
    }

    /// Leaves so much and no more.
    fn fill(&self, left: u64) {
        let length = (self.free() - left).to_string();
        let filler = self.filler();
        let made = Command::new("fallocate").args(["-l", &length]).arg(filler).status();
        assert!(made.unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}

/// Load that compares what it was told with the books afterwards.
fn load(place: &Place, seconds: &str) -> Value {
    let url = place.url();
    let words = [
        "bench",
        "batches",
        "--json",
        "--clients",
        "2",
        "--accounts",
        "100",
        "--seconds",
        seconds,
        "--server",
        &url,
    ];
    let output = place.run(&words);
    let errors = String::from_utf8_lossy(&output.stderr);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|it| {
        panic!("{it}: {errors}");
    });
    assert_eq!(told["accounts_that_differ"], 0, "{told}");
    told
}

#[test]
fn a_full_disk_turns_writers_away_and_goes_on_when_there_is_room() {
    let Some(disk) = Disk::mount() else {
        println!("skipped: this user may not mount a file system");
        return;
    };
    let home = tempfile::TempDir::new_in(disk.folder.path()).unwrap();
    let shop = Shop::at(Place::at(home, 1));
    let name = json!({ "kind": "customer", "name": "x" });
    let kept = shop.post("kept", "/v1/users", &name);
    let asked = shop.funded(5_000);
    load(&shop.place, "1");
    disk.fill(LEFT);

    let begun = Instant::now();
    while load(&shop.place, "3")["refused"] == 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "the disk does not become full");
    }
    let refused = shop.post("refused", "/v1/users", &name);
    let told = (refused.status, &refused.body["code"], &refused.body["money_moved"]);
    assert_eq!(told, (503, &json!("disk_full"), &json!("no")), "{}", refused.body);
    assert_eq!(shop.get(&shop.place.key, "/v1/status").status, 200, "readers notice nothing");
    let trace = format!("/v1/trace/{asked}");
    let trace = shop.get(&shop.place.key, &trace).body;
    assert_eq!(trace["where"], "wallet", "where money is, is known also now: {trace}");
    let again = shop.post("kept", "/v1/users", &name);
    assert_eq!((again.replayed, &again.body), (true, &kept.body), "what was said stays said");

    std::fs::remove_file(disk.filler()).unwrap();
    let begun = Instant::now();
    while shop.post("refused", "/v1/users", &name).status != 201 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not go on");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(load(&shop.place, "1")["refused"], 0);
}

/// Others may take the space that the books were going to have: then a segment with room in it is
/// no reason to go on.
#[test]
fn a_disk_that_others_fill_turns_writers_away_before_the_books_have_no_room() {
    let Some(disk) = Disk::mount() else {
        println!("skipped: this user may not mount a file system");
        return;
    };
    let home = tempfile::TempDir::new_in(disk.folder.path()).unwrap();
    let mut shop = Shop::at(Place::at(home, 1));
    let name = json!({ "kind": "customer", "name": "x" });
    let kept = shop.post("kept", "/v1/users", &name);
    disk.fill(100 << 20);

    let refused = |shop: &Shop| {
        let it = shop.post("refused", "/v1/users", &name);
        assert_eq!((it.status, &it.body["code"]), (503, &json!("disk_full")), "{}", it.body);
        assert_eq!(it.body["money_moved"], "no");
        assert_eq!(shop.get(&shop.place.key, "/v1/status").status, 200, "readers notice nothing");
    };
    refused(&shop);
    shop.place.kill();
    shop.place.start();
    shop.place.wait_until_ready();
    refused(&shop);

    std::fs::remove_file(disk.filler()).unwrap();
    assert_eq!(shop.post("refused", "/v1/users", &name).status, 201);
    let again = shop.post("kept", "/v1/users", &name);
    assert_eq!((again.replayed, &again.body), (true, &kept.body), "what was said stays said");
    assert_eq!(load(&shop.place, "1")["refused"], 0);
}
