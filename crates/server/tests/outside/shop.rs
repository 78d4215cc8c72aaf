//! Somebody who buys, somebody who sells, and how they ask.

use crate::described::Document;
use crate::place::Place;
use serde_json::{Value, json};

/// A place with a buyer and a seller.
pub(crate) struct Shop {
    pub(crate) place: Place,
    pub(crate) buyer: String,
    pub(crate) seller: String,
    pub(crate) merchant: String,
    /// What every answer is compared with.
    pub(crate) document: Option<Document>,
}

/// An answer: its status, its body, and whether it was given before.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
    pub(crate) replayed: bool,
}

impl Shop {
    pub(crate) fn new() -> Shop {
        Shop::with_cells(1)
    }

    pub(crate) fn with_cells(cells: u8) -> Shop {
        Shop::at(Place::new(cells))
    }

    pub(crate) fn at(place: Place) -> Shop {
        let [buyer, seller, merchant] = Default::default();
        let mut shop = Shop { place, buyer, seller, merchant, document: None };
        shop.document = Some(Document::new(shop.get("", "/v1/openapi.json").body));
        let buyer = shop.done("u1", "/v1/users", &json!({ "kind": "customer", "name": "小红" }));
        shop.merchant = shop.done("u2", "/v1/users", &json!({ "kind": "merchant", "name": "店" }));
        shop.buyer = shop.done("a1", "/v1/accounts", &json!({ "owner": buyer }));
        shop.seller = shop.done("a2", "/v1/accounts", &json!({ "owner": shop.merchant }));
        shop
    }

    pub(crate) fn send(
        &self,
        key: &str,
        name: Option<&str>,
        path: &str,
        body: &str,
        kind: &str,
    ) -> Answer {
        let header = name.map(|it| format!("Idempotency-Key: {it}")).unwrap_or_default();
        let kind = format!("Content-Type: {kind}");
        let login = format!("{key}:");
        let words = [path, "-u", &login, "-H", &header, "-H", &kind, "-i", "-d", body];
        self.asked("post", path, &words)
    }

    /// Asks, and compares the answer with what is described.
    fn asked(&self, method: &str, path: &str, words: &[&str]) -> Answer {
        let output = self.place.curl(words);
        let text = String::from_utf8(output.stdout).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let head = format!("{head}\r\n").to_ascii_lowercase();
        let replayed = head.contains("idempotent-replayed: true");
        let answer = Answer { status, head, body: serde_json::from_str(body).unwrap(), replayed };
        if let Some(document) = &self.document {
            document.check(method, path, &answer);
        }
        answer
    }

    pub(crate) fn post(&self, name: &str, path: &str, body: &Value) -> Answer {
        self.send(&self.place.key, Some(name), path, &body.to_string(), "application/json")
    }

    pub(crate) fn done(&self, name: &str, path: &str, body: &Value) -> String {
        let answer = self.post(name, path, body);
        assert!((200..300).contains(&answer.status), "{path}: {}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Tops the buyer up, and waits for the money. Returns the top-up.
    pub(crate) fn funded(&self, amount: u64) -> String {
        let owner = self.get(&self.place.key, &format!("/v1/accounts/{}", self.buyer)).body;
        let card = json!({ "user": owner["owner"], "number": "6200000000000005" });
        let card = self.done("funding-card", "/v1/cards", &card);
        let money = json!({ "account": self.buyer, "card": card, "amount": amount });
        let top_up = self.done("funding", "/v1/top_ups", &money);
        let shown = self.get_patiently(&format!("/v1/top_ups/{top_up}"), "wait=20").body;
        assert_eq!(shown["stage"], "credited", "{shown}");
        top_up
    }

    pub(crate) fn get(&self, key: &str, path: &str) -> Answer {
        let login = format!("{key}:");
        self.asked("get", path, &[path, "-u", &login, "-i"])
    }

    pub(crate) fn get_patiently(&self, path: &str, prefer: &str) -> Answer {
        let (login, prefer) = (format!("{}:", self.place.key), format!("Prefer: {prefer}"));
        self.asked("get", path, &[path, "-u", &login, "-H", &prefer, "-i"])
    }

    pub(crate) fn position(&self) -> Value {
        self.get(&self.place.key, "/v1/status").body["cells"][0]["position"].clone()
    }
}
