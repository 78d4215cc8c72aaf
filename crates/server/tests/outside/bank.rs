//! A bank that goes away and comes back, takes another sum, or is late.

use crate::shop::Shop;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn wait_for(shop: &Shop, path: &str, stage: &str) -> Value {
    let begun = Instant::now();
    loop {
        let body = shop.get(&shop.place.key, path).body;
        if body["stage"] == stage {
            return body;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{stage} does not come: {body}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A card of the shop's buyer.
fn card_of_buyer(shop: &Shop, number: &str) -> String {
    let owner = shop.get(&shop.place.key, &format!("/v1/accounts/{}", shop.buyer)).body;
    let card = json!({ "user": owner["owner"], "number": number });
    shop.done(number, "/v1/cards", &card)
}

fn balance(shop: &Shop) -> Value {
    shop.get(&shop.place.key, &format!("/v1/accounts/{}", shop.buyer)).body["balance"].clone()
}

/// The books balance, whatever the bank said.
fn verify(shop: &Shop) {
    let verified = shop.place.run(&["verify", "--json", "--server", &shop.place.url()]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn what_the_bank_took_is_looked_into_when_it_is_not_what_was_meant() {
    let mut shop = Shop::new();
    let card = card_of_buyer(&shop, "6200000000000005");
    shop.place.kill_bank();
    shop.place.start_bank_with(&["--fault", "amount_differs=10000"]);
    let before = balance(&shop);
    let money = json!({ "account": shop.buyer, "card": card, "amount": 80_000 });
    let top_up = shop.done("top", "/v1/top_ups", &money);
    let shown = wait_for(&shop, &format!("/v1/top_ups/{top_up}"), "investigating");
    let taken = shown["taken"]["amount"].as_u64().unwrap();
    assert!(taken > 0 && taken != 80_000 && shown["set_aside"] == true, "{shown}");
    assert_eq!(balance(&shop), before, "nobody is given what nobody understands");
    verify(&shop);
}

#[test]
fn an_order_is_paid_from_a_card_or_the_money_goes_back_to_it() {
    let mut shop = Shop::new();
    let card = card_of_buyer(&shop, "6200000000000005");
    let more = json!({ "account": shop.buyer, "card": card, "amount": 10_000 });
    let order = |shop: &Shop, number: &str| {
        let body = json!({
            "seller": shop.seller, "buyer": shop.buyer, "number": number, "amount": 8_800,
            "subject": "tea",
        });
        shop.done(number, "/v1/orders", &body)
    };
    let pay = |shop: &Shop, name: &str, order: &str| {
        let money = json!({ "account": shop.buyer, "card": card, "amount": 8_800, "order": order });
        shop.done(name, "/v1/top_ups", &money)
    };
    let good = order(&shop, "A-1");
    let top_up = pay(&shop, "pay-1", &good);
    wait_for(&shop, &format!("/v1/top_ups/{top_up}"), "credited");
    wait_for(&shop, &format!("/v1/orders/{good}"), "paid");
    assert_eq!(balance(&shop), 0, "the money went through the wallet into the order");

    // While the bank is silent about the card, the wallet is asked whether it is on purpose.
    wait_for(
        &shop,
        &format!("/v1/top_ups/{}", shop.done("more", "/v1/top_ups", &more)),
        "credited",
    );
    shop.place.kill_bank();
    let twice = order(&shop, "A-2");
    let late = pay(&shop, "pay-2", &twice);
    wait_for(&shop, &format!("/v1/top_ups/{late}"), "unknown");
    let path = format!("/v1/orders/{twice}/pay");
    let refused = shop.post("wallet-1", &path, &json!({ "amount": 8_800 }));
    assert_eq!(refused.body["code"], "payment_under_way", "{}", refused.body);
    shop.done("wallet-2", &path, &json!({ "amount": 8_800, "deliberate": true }));

    // Then the card's money comes too late, and goes back by the way that it came.
    shop.place.start_bank();
    wait_for(&shop, &format!("/v1/top_ups/{late}"), "returned");
    wait_for(&shop, &format!("/v1/orders/{twice}"), "paid");
    assert_eq!(balance(&shop), 10_000 - 8_800);
    verify(&shop);
}

#[test]
fn a_bank_that_does_not_answer_is_asked_for_nothing_new_until_it_does() {
    let mut shop = Shop::new();
    let card = card_of_buyer(&shop, "6200000000000005");
    shop.place.kill_bank();
    let money =
        |amount: usize| json!({ "account": shop.buyer, "card": card, "amount": 1_000 + amount });
    let begun = Instant::now();
    let mut accepted = Vec::new();
    let refused = loop {
        let number = accepted.len();
        let answer = shop.post(&format!("top-{number}"), "/v1/top_ups", &money(number));
        if answer.status != 201 {
            break answer;
        }
        accepted.push(answer.body["id"].as_str().unwrap().to_owned());
        assert!(begun.elapsed() < Duration::from_secs(30), "new top-ups are not paused");
        std::thread::sleep(Duration::from_millis(200));
    };
    assert_eq!((refused.status, &refused.body["code"]), (503, &json!("bank_paused")));
    assert_eq!(refused.body["money_moved"], "no");
    let bank = || shop.get(&shop.place.key, "/v1/banks").body["data"][0].clone();
    assert_eq!(bank()["paused"], true);
    // What was accepted before is not taken back by the pause.
    let again = shop.post("top-0", "/v1/top_ups", &money(0));
    assert_eq!((again.status, again.replayed), (201, true), "{}", again.body);
    assert_eq!(again.body["id"], accepted[0].as_str());

    let buyer = shop.buyer.clone();
    let list = format!("/v1/accounts/{buyer}/top_ups?limit=100");
    let written = shop.get(&shop.place.key, &list).body["data"].as_array().unwrap().len();
    assert_eq!(written, accepted.len(), "what was turned away was not written");

    shop.place.start_bank();
    for top_up in &accepted {
        wait_for(&shop, &format!("/v1/top_ups/{top_up}"), "credited");
    }
    assert_eq!(shop.get(&shop.place.key, "/v1/banks").body["data"][0]["paused"], false);
    shop.done("top-after", "/v1/top_ups", &json!({ "account": buyer, "card": card, "amount": 9 }));
    verify(&shop);
}

#[test]
fn silence_is_said_to_be_silence_until_the_bank_answers() {
    let mut shop = Shop::new();
    let card = card_of_buyer(&shop, "6200000000000005");
    let money = json!({ "account": shop.buyer, "card": card, "amount": 80_000 });
    let first = shop.done("top-1", "/v1/top_ups", &money);
    wait_for(&shop, &format!("/v1/top_ups/{first}"), "credited");

    shop.place.kill_bank();
    let second = shop.done("top-2", "/v1/top_ups", &money);
    let out = json!({ "account": shop.buyer, "card": card, "amount": 30_000 });
    let out = shop.done("out", "/v1/withdrawals", &out);
    let (top_up, withdrawal) = (format!("/v1/top_ups/{second}"), format!("/v1/withdrawals/{out}"));
    wait_for(&shop, &top_up, "unknown");
    wait_for(&shop, &withdrawal, "unknown");
    assert_eq!(balance(&shop), 50_000, "what may have left is not there, what may come is not yet");

    // Not even a restart makes an answer out of silence.
    shop.place.kill();
    shop.place.start();
    shop.place.wait_until_ready();
    assert_eq!(shop.get(&shop.place.key, &top_up).body["stage"], "unknown");

    // Nobody can make one up either: a notice without the bank's signature is refused, and counted.
    let forged = format!("{{\"reference\":\"{second}\",\"status\":\"executed\"}}");
    let kind = "Content-Type: application/json";
    let words =
        ["/v1/banks/notices", "-H", kind, "-d", &forged, "-o", "/dev/null", "-w", "%{http_code}"];
    assert_eq!(shop.place.curl(&words).stdout, b"401");
    let banks = shop.get(&shop.place.key, "/v1/banks").body;
    assert_eq!(banks["data"][0]["notices_refused"], 1);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(shop.get(&shop.place.key, &top_up).body["stage"], "unknown");

    shop.place.start_bank();
    wait_for(&shop, &top_up, "credited");
    wait_for(&shop, &withdrawal, "paid");
    assert_eq!(balance(&shop), 130_000);
    verify(&shop);
}
