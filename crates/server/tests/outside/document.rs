//! The document of the API against the server: what it answers is what was described, and what the
//! examples say is taken.

use crate::shop::{Answer, Shop};
use serde_json::{Value, json};

/// What is described, and who asks.
struct Described {
    shop: Shop,
    document: Value,
    customer: String,
    card: String,
}

impl Described {
    fn new() -> Described {
        let shop = Shop::new();
        let document = shop.get("", "/v1/openapi.json").body;
        let owner = shop.get(&shop.place.key, &format!("/v1/accounts/{}", shop.buyer)).body;
        let customer = owner["owner"].as_str().unwrap().to_owned();
        let it = Described { shop, document, customer, card: String::new() };
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

    /// Sends the example of an operation, and checks the answer.
    fn example(&self, path: &str, id: Option<&str>) -> Value {
        let described = &self.document["paths"][path]["post"];
        let example = &described["requestBody"]["content"]["application/json"]["example"];
        let place = path.replace("{id}", id.unwrap_or_default());
        let body = self.filled(example);
        let key = &self.shop.place.key;
        let answer = self.shop.send(key, Some(&place), &place, &body, "application/json");
        self.check(path, "post", &answer);
        answer.body
    }

    fn look(&self, path: &str, place: &str) -> Value {
        let answer = self.shop.get(&self.shop.place.key, place);
        self.check(path, "get", &answer);
        answer.body
    }

    /// An answer that is good, and as it was described.
    fn check(&self, path: &str, method: &str, answer: &Answer) {
        let described = &self.document["paths"][path][method]["responses"];
        assert!(answer.status < 300, "{method} {path}: {}", answer.body);
        let content = &described[answer.status.to_string()]["content"]["application/json"];
        assert!(content.is_object(), "{method} {path}: {} is not described", answer.status);
        let wrong = self.differs(&answer.body, &content["schema"], path);
        assert_eq!(wrong, None, "{method} {path}: {}", answer.body);
    }

    /// Where a value is not what a schema says.
    fn differs(&self, value: &Value, schema: &Value, at: &str) -> Option<String> {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            return self.differs(value, &self.document["components"]["schemas"][name], name);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            if let Some(wrong) = self.differs(value, part, at) {
                return Some(wrong);
            }
        }
        let kinds = schema["type"].as_array().cloned();
        let kinds = kinds.unwrap_or_else(|| vec![schema["type"].clone()]);
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !kinds.contains(&json!(kind)) {
            return Some(format!("{at} is {kind}, and not {kinds:?}"));
        }
        if let Some(items) = value.as_array() {
            return items.iter().find_map(|it| self.differs(it, &schema["items"], at));
        }
        let members = value.as_object()?;
        let lacking = schema["required"].as_array().into_iter().flatten();
        let mut lacking = lacking.filter(|it| !members.contains_key(it.as_str().unwrap()));
        if let Some(name) = lacking.next() {
            return Some(format!("{at} lacks {name}"));
        }
        members.iter().find_map(|(name, value)| match schema["properties"].get(name) {
            Some(schema) => self.differs(value, schema, name),
            None => Some(format!("{at} has {name}, which is not described")),
        })
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
    it.look("/v1/users/{id}", &format!("/v1/users/{}", id(&user)));
    it.example("/v1/accounts", None);
    it.look("/v1/users/{id}/accounts", &format!("/v1/users/{}/accounts", it.customer));
    let top_up = it.example("/v1/top_ups", None);
    let path = format!("/v1/top_ups/{}", id(&top_up));
    while it.look("/v1/top_ups/{id}", &path)["stage"] != "credited" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let transfer = it.example("/v1/transfers", None);
    it.look("/v1/transfers/{id}", &format!("/v1/transfers/{}", id(&transfer)));
    it.example("/v1/transfers/linked", None);
    let batch = it.example("/v1/batches", None);
    assert_eq!(batch["accepted"], 2, "{batch}");
    let hold = it.example("/v1/holds", None);
    it.look("/v1/holds/{id}", &format!("/v1/holds/{}", id(&hold)));
    it.example("/v1/holds/{id}/capture", Some(id(&hold)));
    let hold = it.shop.done("h2", "/v1/holds", &json!({ "account": buyer, "amount": 1 }));
    it.example("/v1/holds/{id}/release", Some(&hold));
    it.look("/v1/accounts/{id}", &format!("/v1/accounts/{buyer}"));
    it.look("/v1/accounts/{id}/entries", &format!("/v1/accounts/{buyer}/entries?limit=2"));
    it.look("/v1/accounts/{id}/orders", &format!("/v1/accounts/{seller}/orders"));
    it.example("/v1/accounts/{id}/freeze", Some(seller));
    it.example("/v1/accounts/{id}/unfreeze", Some(seller));
    let out = it.shop.done(
        "w",
        "/v1/withdrawals",
        &json!({
            "account": buyer, "card": it.card, "amount": 1,
        }),
    );
    it.look("/v1/withdrawals/{id}", &format!("/v1/withdrawals/{out}"));
    it.look("/v1/banks", "/v1/banks");
}

#[test]
fn orders_answer_as_they_are_described() {
    let it = Described::new();
    let money = json!({ "account": it.shop.buyer, "card": it.card, "amount": 100_000 });
    let top_up = it.shop.done("much", "/v1/top_ups", &money);
    while it.look("/v1/top_ups/{id}", &format!("/v1/top_ups/{top_up}"))["stage"] != "credited" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let lives: [&[&str]; 4] = [
        &["pay", "ship", "extend", "confirm", "refund"],
        &["pay", "ship", "ask_refund", "withdraw_refund", "ask_refund", "answer_refund"],
        &["pay", "ship", "dispute", "award"],
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
                let sum = json!({ "amount": 2_000 });
                it.shop.done("again", &format!("/v1/orders/{order}/{action}"), &sum);
            } else {
                it.example(&path, Some(&order));
            }
        }
        it.look("/v1/orders/{id}", &format!("/v1/orders/{order}"));
    }
    it.example("/v1/orders", None);
}

#[test]
fn the_platform_answers_as_it_is_described() {
    let it = Described::new();
    it.look("/v1/events", "/v1/events?limit=3");
    let hook = it.shop.post(
        "hook",
        "/v1/webhook_endpoints",
        &json!({
            "user": it.shop.merchant, "url": "http://127.0.0.1:9/",
        }),
    );
    it.check("/v1/webhook_endpoints", "post", &hook);
    let hook = id(&hook.body).to_owned();
    it.look("/v1/webhook_endpoints/{id}", &format!("/v1/webhook_endpoints/{hook}"));
    let list = format!("/v1/webhook_endpoints?user={}", it.shop.merchant);
    it.look("/v1/webhook_endpoints", &list);
    it.example("/v1/webhook_endpoints/{id}/rotate", Some(&hook));
    it.example("/v1/orders", None);
    let path = "/v1/webhook_endpoints/{id}/deliveries";
    it.look(path, &path.replace("{id}", &hook));
    it.example("/v1/keys", None);
    it.look("/v1/keys", "/v1/keys");
    it.example("/v1/clock/advance", None);
    it.example("/v1/limits", None);
    it.look("/v1/status", "/v1/status");
    it.look("/v1/journal", "/v1/journal");
}
