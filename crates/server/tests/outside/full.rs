//! A full disk: nothing more is written, everything is still read, and when there is space again it
//! goes on as if nothing had been.

use crate::place::Place;
use crate::shop::{Answer, Shop};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The platform's capital in CNY, where the money comes from.
const CAPITAL: &str = "acc_0000000002e049";
/// The size of the disk, and what something else takes of it: what is left is less than a segment
/// of 64 MiB and the reserve of 256 MiB.
const DISK: &str = "size=640m";
const SOMETHING_ELSE: u64 = 300 << 20;
/// Transfers of one batch, of one fen each.
const BATCH: u64 = 8_000;

/// A disk in memory, in a folder.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// Only root may mount one.
    fn at(folder: &Path) -> Option<SmallDisk> {
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", DISK, "small"]).arg(folder).output();
        mounted.is_ok_and(|it| it.status.success()).then(|| SmallDisk(folder.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn batch(shop: &Shop, number: u64) -> Answer {
    let mut items = String::new();
    for at in 0..BATCH {
        let comma = if at == 0 { "" } else { "," };
        let (debit, credit) = (CAPITAL, &shop.buyer);
        write!(
            items,
            "{comma}{{\"id\":\"{number}-{at}\",\"debit\":\"{debit}\",\"credit\":\"{credit}\",\
             \"amount\":1}}"
        )
        .unwrap();
    }
    let file = shop.place.path("batch.json");
    fs::write(&file, format!("{{\"items\":[{items}]}}")).unwrap();
    let body = format!("@{file}");
    shop.send(&shop.place.key, Some("batch"), "/v1/batches", &body, "application/json")
}

fn balance(shop: &Shop) -> Value {
    let answer = shop.get(&shop.place.key, &format!("/v1/accounts/{}", shop.buyer));
    assert_eq!(answer.status, 200, "reads go on: {}", answer.body);
    answer.body["balance"].clone()
}

/// Asks for batches until one is refused, and says how many were done.
fn until_full(shop: &Shop, first: u64) -> u64 {
    for number in first..first + 200 {
        let answer = batch(shop, number);
        if answer.status == 200 {
            assert_eq!(answer.body["accepted"], BATCH);
            continue;
        }
        assert_eq!((answer.status, &answer.body["code"]), (503, &json!("disk_full")));
        assert_eq!(answer.body["money_moved"], "no");
        return number;
    }
    panic!("the disk does not become full");
}

#[test]
fn a_full_disk_refuses_writes_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::at(home.path()) else {
        eprintln!("skipped: only root may mount a small disk");
        return;
    };
    let mut shop = Shop::at(Place::at(home, 1));
    let something_else = shop.place.path("something else");
    fs::write(&something_else, vec![1; usize::try_from(SOMETHING_ELSE).unwrap()]).unwrap();

    let done = until_full(&shop, 0);
    assert!(done > 0);
    let single = json!({ "debit": CAPITAL, "credit": shop.buyer, "amount": 7 });
    let refused = shop.post("single", "/v1/transfers", &single);
    assert_eq!((refused.status, &refused.body["code"]), (503, &json!("disk_full")));
    assert_eq!(balance(&shop), done * BATCH);

    // Also after a restart.
    shop.place.kill();
    shop.place.start();
    shop.place.wait_until_ready();
    assert_eq!(balance(&shop), done * BATCH);
    assert_eq!(shop.post("single", "/v1/transfers", &single).body["code"], "disk_full");

    // When there is space again, the same requests are done, and once.
    fs::remove_file(&something_else).unwrap();
    assert_eq!(shop.post("single", "/v1/transfers", &single).status, 201);
    for number in [done - 1, done] {
        assert_eq!(batch(&shop, number).body["accepted"], BATCH);
    }
    assert_eq!(balance(&shop), (done + 1) * BATCH + 7);
    let verified = shop.place.run(&["verify", "--json", "--server", &shop.place.url()]);
    let verified: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(verified["sound"], true, "{verified}");
}
