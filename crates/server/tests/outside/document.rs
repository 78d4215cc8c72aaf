//! The document of the API against the server: what the examples say is taken. That every
//! answer is as described is looked at wherever something is asked, in `shop`.

use crate::shop::Shop;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What is described, and who asks.
struct Described {
    shop: Shop,
    customer: String,
    card: String,
}

impl Described {
    fn new() -> Described {
        let shop = Shop::new();
        let owner = shop.get(&shop.place.key, &format!("/v1/accounts/{}", shop.buyer)).body;
        let customer = owner["owner"].as_str().unwrap().to_owned();
        let it = Described { shop, customer, card: String::new() };
        let card = id(&it.example("/v1/cards", None)).to_owned();
        Described { card, ..it }
    }

    fn filled(&self, example: &Value) -> String {
        let shop = &self.shop;
        let names = [
            ("usr_00000000000000", self.customer.as_str()),
            ("usr_0000000000001d", shop.merchant.as_str()),
            ("acc_000000000fm00x", shop.buyer.as_str()),
            ("acc_000000000fm01b", shop.seller.as_str()),
            ("card_00000000000000", self.card.as_str()),
        ];
        names.iter().fold(example.to_string(), |text, (name, id)| text.replace(name, id))
    }

    /// Sends the example of an operation, which must be taken.
    fn example(&self, path: &str, id: Option<&str>) -> Value {
        let example = self.shop.document.as_ref().unwrap().example(path);
        let place = path.replace("{id}", id.unwrap_or_default());
        let body = self.filled(example);
        let key = &self.shop.place.key;
        let answer = self.shop.send(key, Some(&place), &place, &body, "application/json");
        assert!(answer.status < 300, "{place}: {}", answer.body);
        answer.body
    }

    /// Looks at what must be there.
    fn look(&self, path: &str) -> Value {
        let answer = self.shop.get(&self.shop.place.key, path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }
}

fn id(answer: &Value) -> &str {
    answer["id"].as_str().unwrap()
}

#[test]
fn wallets_answer_as_they_are_described() {
    let it = Described::new();
    let (buyer, seller) = (&it.shop.buyer, &it.shop.seller);
    let user = it.example("/v1/users", None);
    it.look(&format!("/v1/users/{}", id(&user)));
    it.example("/v1/accounts", None);
    it.look(&format!("/v1/users/{}/accounts", it.customer));
    let top_up = it.example("/v1/top_ups", None);
    let path = format!("/v1/top_ups/{}", id(&top_up));
    while it.look(&path)["stage"] != "credited" {
        std::thread::sleep(Duration::from_millis(20));
    }
    let transfer = it.example("/v1/transfers", None);
    it.look(&format!("/v1/transfers/{}", id(&transfer)));
    it.example("/v1/transfers/linked", None);
    let batch = it.example("/v1/batches", None);
    assert_eq!(batch["accepted"], 2, "{batch}");
    let hold = it.example("/v1/holds", None);
    it.look(&format!("/v1/holds/{}", id(&hold)));
    it.example("/v1/holds/{id}/capture", Some(id(&hold)));
    let hold = it.shop.done("h2", "/v1/holds", &json!({ "account": buyer, "amount": 1 }));
    it.example("/v1/holds/{id}/release", Some(&hold));
    it.look(&format!("/v1/accounts/{buyer}"));
    it.look(&format!("/v1/accounts/{buyer}/entries?limit=2"));
    it.look(&format!("/v1/accounts/{seller}/orders"));
    it.example("/v1/accounts/{id}/freeze", Some(seller));
    it.example("/v1/accounts/{id}/appeal", Some(seller));
    assert_eq!(it.look(&format!("/v1/accounts/{seller}"))["appealed"], true);
    it.example("/v1/accounts/{id}/unfreeze", Some(seller));
    let out = it.shop.done(
        "w",
        "/v1/withdrawals",
        &json!({
            "account": buyer, "card": it.card, "amount": 1,
        }),
    );
    let path = format!("/v1/withdrawals/{out}");
    let begun = Instant::now();
    let answer = it.shop.get_patiently(&path, "respond-async, wait=15");
    assert_eq!(answer.body["stage"], "paid", "the bank's answer was waited for");
    assert!(begun.elapsed() < Duration::from_secs(10), "and not longer");
    let cards = it.look(&format!("/v1/users/{}/cards", it.customer));
    assert_eq!(cards["data"][0]["last_four"], "0005");
    assert_eq!(it.look(&format!("/v1/cards/{}", it.card)), cards["data"][0]);
    for (list, length) in [("holds", 2), ("top_ups", 1), ("withdrawals", 1)] {
        let path = format!("/v1/accounts/{buyer}/{list}");
        assert_eq!(it.look(&path)["data"].as_array().unwrap().len(), length, "{list}");
    }
    it.look("/v1/banks");
    let proposal = it.example("/v1/proposals", None);
    it.look(&format!("/v1/proposals/{}", id(&proposal)));
    it.look("/v1/proposals");
    it.example("/v1/proposals/{id}/withdraw", Some(id(&proposal)));
    let announcement = it.example("/v1/announcements", None);
    assert_eq!(it.look("/v1/announcements")["data"][0]["id"], announcement["id"]);
    it.example("/v1/announcements/{id}/end", Some(id(&announcement)));
    assert_eq!(it.look("/v1/announcements")["data"], json!([]));
}

#[test]
fn orders_answer_as_they_are_described() {
    let it = Described::new();
    let money = json!({ "account": it.shop.buyer, "card": it.card, "amount": 100_000 });
    let top_up = it.shop.done("much", "/v1/top_ups", &money);
    while it.look(&format!("/v1/top_ups/{top_up}"))["stage"] != "credited" {
        std::thread::sleep(Duration::from_millis(20));
    }
    let lives: [&[&str]; 4] = [
        &["pay", "ship", "correct_shipment", "extend", "confirm", "refund"],
        &["pay", "ship", "ask_refund", "withdraw_refund", "ask_refund", "answer_refund"],
        &["pay", "ship", "dispute", "add_statement", "award"],
        &["pay", "cancel"],
    ];
    for (number, life) in lives.iter().enumerate() {
        let body = json!({
            "seller": it.shop.seller, "buyer": it.shop.buyer, "number": format!("N-{number}"),
            "amount": 8_800,
        });
        let order = it.shop.done(&format!("n{number}"), "/v1/orders", &body);
        for (place, action) in life.iter().enumerate() {
            let path = format!("/v1/orders/{{id}}/{action}");
            if life[..place].contains(action) {
                let sum = json!({ "amount": 2_000, "grounds": "other" });
                it.shop.done("again", &format!("/v1/orders/{order}/{action}"), &sum);
            } else {
                it.example(&path, Some(&order));
            }
        }
        it.look(&format!("/v1/orders/{order}"));
    }
    let order = it.example("/v1/orders", None);
    let found = |number: &str| {
        it.look(&format!("/v1/orders?seller={}&number={number}", it.shop.seller))["data"].clone()
    };
    assert_eq!(found("A-1")[0]["id"], order["id"]);
    assert_eq!(found("A-2"), json!([]));
}

/// Pages of a list, one row each.
#[test]
fn pages_meet_without_a_gap() {
    let it = Described::new();
    let mut made = Vec::new();
    for number in 0..5 {
        // The same amount again would be refused while the bank has not answered.
        let amount = 100 + number;
        let money = json!({ "account": it.shop.buyer, "card": it.card, "amount": amount });
        made.push(it.shop.done(&format!("t{number}"), "/v1/top_ups", &money));
    }
    made.reverse();
    for limit in [1, 2, 4, 5, 100] {
        let (mut shown, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/accounts/{}/top_ups?limit={limit}{cursor}", it.shop.buyer);
            let page = it.look(&path);
            let rows = page["data"].as_array().unwrap();
            assert!(rows.len() <= limit, "{page}");
            shown.extend(rows.iter().map(|it| id(it).to_owned()));
            assert_eq!(page["has_more"], !page["next_cursor"].is_null());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(shown, made, "the newest first, {limit} on a page");
    }
    for wrong in ["limit=0", "limit=101", "limit=x", "stage=paid", "limit=1&limit=1"] {
        let path = format!("/v1/accounts/{}/top_ups?{wrong}", it.shop.buyer);
        let answer = it.shop.get(&it.shop.place.key, &path);
        assert_eq!(answer.body["code"], "malformed_request", "{wrong}");
    }
}

#[test]
fn the_platform_answers_as_it_is_described() {
    let it = Described::new();
    let events = it.look("/v1/events?limit=3")["data"].clone();
    assert_eq!(it.look(&format!("/v1/events/{}", id(&events[1]))), events[1]);
    let hook = it.shop.post(
        "hook",
        "/v1/webhook_endpoints",
        &json!({
            "user": it.shop.merchant, "url": "http://127.0.0.1:9/",
        }),
    );
    let hook = id(&hook.body).to_owned();
    it.look(&format!("/v1/webhook_endpoints/{hook}"));
    let list = format!("/v1/webhook_endpoints?user={}", it.shop.merchant);
    it.look(&list);
    it.example("/v1/webhook_endpoints/{id}/rotate", Some(&hook));
    it.example("/v1/orders", None);
    let path = "/v1/webhook_endpoints/{id}/deliveries";
    it.look(&path.replace("{id}", &hook));
    it.example("/v1/keys", None);
    it.look("/v1/keys");
    it.example("/v1/operators", None);
    it.look("/v1/operators");
    it.example("/v1/clock/advance", None);
    it.example("/v1/limits", None);
    let limit = json!({ "level": "verified", "flow": "pay", "single_max": 9_000_000_000_u64 });
    it.shop.post("a limit", "/v1/limits", &limit);
    let limits = it.look("/v1/limits");
    assert_eq!(limits["data"][0]["single_max"], limit["single_max"], "{limits}");
    it.look("/v1/status");
    it.look("/v1/journal");
}
