//! "Where is my money?", while the bank is silent and afterwards.

use crate::flow::{Flow, until};
use crate::place::Place;
use serde_json::json;

#[test]
fn where_is_my_money_has_an_answer_while_the_bank_is_silent() {
    let mut flow = Flow::new(Place::new(1), 1);
    flow.ended("top_ups", &flow.top_up(0, 5_000));
    let order = flow.order(0, "A-1", 8_800);
    flow.place.kill_bank();
    let pay = json!({ "account": flow.wallets[0], "card": flow.cards[0], "amount": 8_800,
                      "order": order });
    let made = flow.post("pay-from-card", "/v1/top_ups", &pay).unwrap();
    let top_up = made["id"].as_str().unwrap();
    until("the bank is silent", || flow.shown("top_ups", top_up)["stage"] == "unknown");

    let trace = flow.get(&format!("/v1/trace/{top_up}"));
    assert_eq!((&trace["where"], &trace["next"]), (&json!("bank"), &json!("bank")));
    assert_eq!(trace["do_not"]["name"], "not_again");
    assert_eq!(trace["reference"], top_up);
    assert!(trace["by"].is_string() && trace["certain"]["zh"].as_str().unwrap().contains("0005"));
    let kinds: Vec<&str> =
        trace["events"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["top_up.created", "top_up.sent", "top_up.unknown"]);
    // A second attempt is refused, and told where to look.
    let second = json!({ "account": flow.wallets[0], "card": flow.cards[0], "amount": 8_800,
                         "order": order });
    let (status, refused) = flow.once("again", "/v1/top_ups", &second);
    assert_eq!((status, &refused["code"]), (409, &json!("top_up_under_way")));
    assert_eq!(refused["trace"], format!("/v1/trace/{top_up}"));
    // The key of the request leads to the same.
    assert_eq!(flow.get("/v1/trace/pay-from-card")["id"], top_up);
    // Both sides see the same truth about the order.
    let buyer = flow.get(&format!("/v1/trace/{order}?side=buyer"));
    let seller = flow.get(&format!("/v1/trace/{order}?side=seller"));
    assert_eq!(buyer["certain"], seller["certain"]);
    assert_eq!(buyer["certain"]["name"], "order_bank_confirming");
    assert_eq!(seller["do_not"]["name"], "not_ship");
    assert_eq!(buyer["related"][0]["id"], top_up);
    assert_eq!(seller["related"], json!([]), "what the buyer does at the bank is the buyer's");

    flow.place.start_bank();
    until("the order is paid", || flow.shown("orders", &order)["stage"] == "paid");
    let after = flow.get(&format!("/v1/trace/{top_up}"));
    assert_eq!((&after["where"], &after["next"]), (&json!("held"), &json!("nobody")));
    let banks = after["bank_reference"].as_str().unwrap();
    assert_eq!(flow.get(&format!("/v1/trace/{banks}"))["id"], top_up, "the bank's own reference");

    // Whoever has the file can check it, and nobody can change it.
    let file = flow.place.path("trace.json");
    let said = flow.place.run(&["trace", top_up, "--json", "--server", &flow.place.url()]);
    std::fs::write(&file, &said.stdout).unwrap();
    let key = flow.get("/v1/signing_key")["public_key"].as_str().unwrap().to_owned();
    assert!(flow.place.run(&["trace", "check", &file, "--key", &key]).status.success());
    let text = String::from_utf8(said.stdout).unwrap();
    std::fs::write(&file, text.replace("8800", "8801")).unwrap();
    assert_eq!(flow.place.run(&["trace", "check", &file]).status.code(), Some(4));
}

#[test]
fn nobody_sees_the_money_of_others() {
    let flow = Flow::new(Place::new(1), 1);
    let top_up = flow.top_up(0, 5_000);
    let other = json!({ "kind": "merchant", "name": "other" });
    let other = flow.post("other", "/v1/users", &other).unwrap()["id"].clone();
    let key = flow.post("key", "/v1/keys", &json!({ "role": "merchant", "user": other })).unwrap();
    let login = format!("{}:", key["key"].as_str().unwrap());
    for id in [&*top_up, "top-0-5000", "bank-000000000001", "nothing", "rcpt_00000000000000"] {
        let path = format!("/v1/trace/{id}");
        let words = [path.as_str(), "-u", &login, "-o", "/dev/null", "-w", "%{http_code}"];
        assert_eq!(flow.place.curl(&words).stdout, b"404", "{id}");
    }
}
