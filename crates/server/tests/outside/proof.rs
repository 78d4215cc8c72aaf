//! Proof of funds: every owner's part is counted, and nothing that was changed is believed.

use crate::flow::{Flow, until};
use crate::place::Place;
use serde_json::{Value, json};

#[test]
fn what_everybody_is_owed_is_counted_and_nothing_else_is_believed() {
    let mut flow = Flow::new(Place::new(2), 5);
    for customer in 0..5 {
        let amount = 10_000 + u64::try_from(customer).unwrap();
        flow.ended("top_ups", &flow.top_up(customer, amount));
    }
    // Money in escrow is the buyer's until the goods are confirmed, and what is on its way out too.
    let order = flow.order(0, "A-1", 8_800);
    flow.post("pay", &format!("/v1/orders/{order}/pay"), &json!({ "amount": 8_800 })).unwrap();
    flow.place.kill_bank();
    let out = flow.withdrawal(1, 3_000);
    until("it is on its way", || flow.shown("withdrawals", &out)["stage"] == "unknown");

    let (folder, data, url) = (flow.place.path("proof"), flow.place.path("data"), flow.place.url());
    let made = flow.place.run(&[
        "proof",
        "--json",
        "--server",
        &url,
        "--key",
        &flow.place.key,
        "--signing",
        &data,
        "--out",
        &folder,
    ]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let proof: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(proof["roots"][0]["owed"], 10_000 * 5 + 1 + 2 + 3 + 4);
    assert_eq!(proof["roots"][0]["at_banks"], proof["roots"][0]["owed"]);

    let key = flow.get("/v1/signing_key")["public_key"].as_str().unwrap().to_owned();
    let check = |file: &str| {
        let checked = flow.place.run(&["proof", "check", file, "--key", &key]);
        (checked.status.code(), String::from_utf8_lossy(&checked.stdout).into_owned())
    };
    assert_eq!(check(&format!("{folder}/proof.json")).0, Some(0));
    let part_of = |wallet: &str| {
        let part = flow.place.run(&["proof", "part", "--from", &folder, "--account", wallet]);
        assert!(part.status.success(), "{}", String::from_utf8_lossy(&part.stderr));
        serde_json::from_slice::<Value>(&part.stdout).unwrap()
    };
    let file = flow.place.path("part.json");
    for (customer, wallet) in flow.wallets.iter().enumerate() {
        std::fs::write(&file, part_of(wallet).to_string()).unwrap();
        let (code, said) = check(&file);
        let amount = format!("100.0{customer} CNY of acc_");
        assert!(code == Some(0) && said.contains(&amount), "{said}");
    }
    let good = part_of(&flow.wallets[2]);
    let changes: [(&str, Value); 9] = [
        ("/amount", json!(10_003)),
        ("/account", json!(flow.wallets[3])),
        ("/currency", json!("USD")),
        ("/nonce", json!("00".repeat(32))),
        ("/path/0/sum", json!(7)),
        ("/path/0/hash", json!("11".repeat(32))),
        ("/proof/roots/0/root", json!("11".repeat(32))),
        ("/proof/roots/0/owed", json!(1)),
        ("/proof/signature/value", json!("AAAA")),
    ];
    for (place, value) in changes {
        let mut bad = good.clone();
        *bad.pointer_mut(place).unwrap() = value;
        assert_ne!(bad, good, "{place}");
        std::fs::write(&file, bad.to_string()).unwrap();
        assert_eq!(check(&file).0, Some(4), "{place}");
    }
}
