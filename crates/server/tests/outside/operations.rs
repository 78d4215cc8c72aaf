//! What an operator does: look, verify, back up, restore, and find damage.

use crate::shop::Shop;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Output;

fn read(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|it| panic!("{it}: {errors}"))
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// A shop with money in several places.
fn busy() -> Shop {
    let shop = Shop::new();
    let card = shop.get(&shop.place.key, &format!("/v1/accounts/{}", shop.buyer)).body;
    let user = card["owner"].as_str().unwrap().to_owned();
    let body = json!({ "user": user, "number": "6200000000000005" });
    let card = shop.done("card", "/v1/cards", &body);
    let body = json!({ "account": shop.buyer, "card": card, "amount": 100_000 });
    let top_up = shop.done("top-up", "/v1/top_ups", &body);
    let path = format!("/v1/top_ups/{top_up}");
    while shop.get(&shop.place.key, &path).body["stage"] != "credited" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    for number in 0..3 {
        let order = json!({
            "seller": shop.seller, "buyer": shop.buyer, "number": number.to_string(),
            "amount": 8_800,
        });
        let order = shop.done(&format!("o{number}"), "/v1/orders", &order);
        let pay = json!({ "amount": 8_800 });
        shop.done(&format!("p{number}"), &format!("/v1/orders/{order}/pay"), &pay);
    }
    shop
}

#[test]
fn a_backup_of_a_running_server_restores_to_the_same_books() {
    let mut shop = busy();
    let (url, to) = (shop.place.url(), shop.place.path("backup"));
    let first = shop.place.run(&["backup", "--json", "--server", &url, "--to", &to]);
    let early = read(&first)["cells"][0]["position"].as_u64().unwrap();
    shop.done("t", "/v1/users", &json!({ "kind": "customer", "name": "小兰" }));
    // Again, into the same folder: what is new comes along.
    let second = shop.place.run(&["backup", "--json", "--server", &url, "--to", &to]);
    assert!(read(&second)["cells"][0]["position"].as_u64().unwrap() > early);
    let verified = shop.place.run(&["verify", "--json", "--server", &url]);
    assert_eq!((code(&verified), &read(&verified)["sound"]), (0, &json!(true)));
    let path = format!("/v1/accounts/{}", shop.buyer);
    let balance = |shop: &Shop| shop.get(&shop.place.key, &path).body["balance"].clone();
    let before = balance(&shop);
    shop.place.kill();
    fs::remove_dir_all(shop.place.path("data")).unwrap();
    let data = shop.place.path("data");
    let restored = shop.place.run(&["restore", "--json", "--from", &to, "--data", &data]);
    assert_eq!(read(&restored)["cells"], read(&second)["cells"]);
    let again = shop.place.run(&["restore", "--from", &to, "--data", &data]);
    assert_eq!(code(&again), 1, "what is there is not written over");
    shop.place.start();
    shop.place.wait_until_ready();
    assert_eq!(balance(&shop), before);
}

#[test]
fn verify_finds_what_was_changed() {
    let mut shop = busy();
    let data = shop.place.path("data");
    let locked = shop.place.run(&["verify", "--data", &data]);
    assert_eq!(code(&locked), 1);
    assert!(String::from_utf8_lossy(&locked.stderr).contains("is open in another process"));
    shop.place.kill();
    let sound = shop.place.run(&["verify", "--json", "--data", &data]);
    assert_eq!((code(&sound), &read(&sound)["faults"]), (0, &json!(0)));
    let doctor = shop.place.run(&["doctor", "--json", "--data", &data]);
    assert_eq!((code(&doctor), &read(&doctor)["well"]), (0, &json!(true)), "{}", read(&doctor));

    // A fen more in the stored books: an account's row, somewhere in its table.
    shop.place.start();
    shop.place.wait_until_ready();
    shop.place.stop();
    let books = Path::new(&data).join("cell-000/books");
    change(&books.join("accounts"), 4_000 * 8);
    let changed = shop.place.run(&["verify", "--json", "--data", &data]);
    assert_ne!(code(&changed), 0, "{}", String::from_utf8_lossy(&changed.stdout));
    // What is derived can be deleted and comes back.
    fs::remove_dir_all(&books).unwrap();
    let without = shop.place.run(&["verify", "--json", "--data", &data]);
    assert_eq!(code(&without), 0);

    // A byte of the journal, long acknowledged.
    let folder = Path::new(&data).join("cell-000/journal");
    let segment = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    change(&segment, 4_096 + 100);
    let damaged = shop.place.run(&["verify", "--json", "--data", &data]);
    assert_eq!(code(&damaged), 4);
    let found = read(&damaged)["first_faults"][0].as_str().unwrap().to_owned();
    assert!(found.contains("Restore the journal"), "{found}");
    let doctor = shop.place.run(&["doctor", "--json", "--data", &data]);
    assert_eq!((code(&doctor), &read(&doctor)["well"]), (1, &json!(false)));
}

/// Changes the first byte from `offset` on that is not 0.
fn change(file: &Path, offset: u64) {
    let bytes = fs::read(file).unwrap();
    let place = bytes.iter().skip(usize::try_from(offset).unwrap()).position(|it| *it != 0);
    let place = offset + u64::try_from(place.unwrap()).unwrap();
    let byte = bytes[usize::try_from(place).unwrap()];
    let file = fs::OpenOptions::new().write(true).open(file).unwrap();
    file.write_all_at(&[byte ^ 1], place).unwrap();
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let shop = Shop::new();
    let url = shop.place.url();
    let made = shop.place.run(&["keys", "add", "--json", "--role", "read_only", "--server", &url]);
    let made = read(&made);
    let (id, key) = (made["id"].as_str().unwrap(), made["api_key"].as_str().unwrap());
    assert_eq!(shop.get(key, "/v1/status").status, 200);
    let body = json!({ "kind": "customer", "name": "x" }).to_string();
    let refused = shop.send(key, Some("x"), "/v1/users", &body, "application/json");
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("not_allowed")));
    let listed = read(&shop.place.run(&["keys", "list", "--json", "--server", &url]));
    let all: Vec<_> = listed["data"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert!(all.contains(&&json!(id)), "{listed}");
    assert!(!listed.to_string().contains(key), "a key is shown once");
    let revoked = shop.place.run(&["keys", "revoke", "--json", id, "--server", &url]);
    assert_eq!(code(&revoked), 0);
    assert_eq!(shop.get(key, "/v1/status").status, 401);
    let status = shop.place.run(&["status", "--json", "--server", &url]);
    assert_eq!(code(&status), 0);
    let doctor = shop.place.run(&["doctor", "--json", "--server", &url]);
    assert_eq!(code(&doctor), 0, "{}", read(&doctor));
}
