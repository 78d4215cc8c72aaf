//! A bank that goes away, and comes back.

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

#[test]
fn silence_is_said_to_be_silence_until_the_bank_answers() {
    let mut shop = Shop::new();
    let owner = shop.get(&shop.place.key, &format!("/v1/accounts/{}", shop.buyer)).body;
    let card = json!({ "user": owner["owner"], "number": "6200000000000005" });
    let card = shop.done("card", "/v1/cards", &card);
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
    let balance = |shop: &Shop| {
        let path = format!("/v1/accounts/{}", shop.buyer);
        shop.get(&shop.place.key, &path).body["balance"].clone()
    };
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
    let url = shop.place.url();
    let verified = shop.place.run(&["verify", "--json", "--server", &url]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}
