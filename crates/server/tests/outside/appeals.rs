//! Owners of frozen accounts and what they say against it, over the API: once until somebody
//! answers, and no balance moves whatever is said.

use crate::shop::{Answer, Shop};
use serde_json::{Value, json};

const SAID: &str = "包裹已经签收，运单号 SF123。";

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}

/// A shop, and the key of whoever owns it.
struct Case {
    shop: Shop,
    owner: String,
    /// Another merchant's key.
    stranger: String,
}

impl Case {
    fn new() -> Case {
        let shop = Shop::with_cells(1);
        let of = |name: &str, user: &str| {
            let body = json!({ "role": "merchant", "user": user });
            let made = shop.post(name, "/v1/keys", &body);
            made.body["key"].as_str().unwrap().to_owned()
        };
        let other = json!({ "kind": "merchant", "name": "other" });
        let other = shop.done("other", "/v1/users", &other);
        let owner = of("k1", &shop.merchant);
        let stranger = of("k2", &other);
        Case { shop, owner, stranger }
    }

    fn ask(&self, key: &str, name: &str, path: &str, body: &Value) -> Answer {
        self.shop.send(key, Some(name), path, &body.to_string(), "application/json")
    }

    fn appeal(&self, key: &str, name: &str) -> Answer {
        let path = format!("/v1/accounts/{}/appeal", self.shop.seller);
        self.ask(key, name, &path, &json!({ "statement": SAID }))
    }

    /// What an operator does by hand to the account, and why.
    fn by_hand(&self, name: &str, action: Value, reason: &str) -> Answer {
        let mut body = action;
        body["account"] = json!(self.shop.seller);
        body["reason"] = json!(reason);
        self.ask(&self.shop.place.key, name, "/v1/proposals", &body)
    }

    fn seen(&self, key: &str, path: &str) -> Value {
        let answer = self.shop.get(key, path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    fn account(&self) -> Value {
        self.seen(&self.owner, &format!("/v1/accounts/{}", self.shop.seller))
    }
}

#[test]
fn an_appeal_is_made_once_refused_with_a_reason_made_again_and_granted() {
    let case = Case::new();
    let (owner, before) = (&case.owner, case.account());
    assert_eq!(code(&case.appeal(owner, "early")), (409, "account_not_frozen"));
    let refuse = || json!({ "action": "refuse_appeal" });
    let set = |change: &str| json!({ "action": "set_account_state", "change": change });
    assert_eq!(case.by_hand("f", set("freeze"), "too many complaints").status, 201);
    assert_eq!(code(&case.by_hand("r0", refuse(), "no")), (409, "appeal_not_open"));

    let appealed = case.appeal(owner, "a1");
    assert_eq!(appealed.status, 200, "{}", appealed.body);
    let again = case.appeal(owner, "a1");
    assert!(again.replayed && again.body == appealed.body, "{}", again.body);
    let second = case.appeal(owner, "a2");
    assert_eq!(code(&second), (409, "appeal_under_way"));
    assert_eq!(second.body["money_moved"], "no");
    assert_eq!(case.account()["appealed"], true);

    assert_eq!(code(&case.by_hand("r1", refuse(), "  ")), (422, "reason_missing"));
    assert_eq!(case.by_hand("r2", refuse(), "the buyers say otherwise").status, 201);
    assert_eq!(case.account()["appealed"], false);
    assert_eq!(case.account()["state"], "frozen");
    assert_eq!(case.appeal(owner, "a3").status, 200);
    assert_eq!(case.by_hand("u", set("unfreeze"), "they were wrong").status, 201);
    assert_eq!(case.account(), before, "nothing moved, and it is as it was");
    assert_eq!(code(&case.appeal(owner, "late")), (409, "account_not_frozen"));

    let events = case.seen(owner, "/v1/events?limit=100");
    let of_it = events["data"].as_array().unwrap().iter();
    let of_it = of_it.filter(|it| it["subject"] == json!(case.shop.seller));
    let told: Vec<_> = of_it.map(|it| (it["kind"].clone(), it["reason"].clone())).collect();
    let expected = [
        ("account.opened", Value::Null),
        ("account.frozen", json!("too many complaints")),
        ("account.appealed", Value::Null),
        ("account.appeal_refused", json!("the buyers say otherwise")),
        ("account.appealed", Value::Null),
        ("account.unfrozen", json!("they were wrong")),
    ];
    assert_eq!(told, expected.map(|(kind, reason)| (json!(kind), reason)));
    assert!(!events.to_string().contains("SF123"), "what was said stays sealed");
    let url = case.shop.place.url();
    let verified = case.shop.place.run(&["verify", "--json", "--server", &url]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn a_stranger_learns_nothing_and_what_is_said_has_a_limit() {
    let case = Case::new();
    let path = format!("/v1/accounts/{}", case.shop.seller);
    case.shop.done("f", &format!("{path}/freeze"), &json!({}));
    let appeal = format!("{path}/appeal");
    let stranger = case.appeal(&case.stranger, "s");
    assert_eq!(code(&stranger), (404, "account_not_found"));
    let nobody = format!("/v1/accounts/{}/appeal", "acc_00000000000000");
    let nobody = case.ask(&case.stranger, "n", &nobody, &json!({ "statement": SAID }));
    assert_eq!(code(&nobody), (404, "account_not_found"));

    for (name, said) in [("long", "很".repeat(501)), ("odd", "a\u{1}b".to_owned())] {
        let answer = case.ask(&case.owner, name, &appeal, &json!({ "statement": said }));
        assert_eq!(code(&answer), (400, "statement_invalid"), "{}", answer.body);
        assert_eq!(answer.body["money_moved"], "no");
    }
    let nothing = case.ask(&case.owner, "nothing", &appeal, &json!({ "statement": " \r\n " }));
    assert_eq!(code(&nothing), (400, "missing_field"), "{}", nothing.body);
    assert_eq!(case.account()["appealed"], false);
    let most = case.ask(&case.owner, "most", &appeal, &json!({ "statement": "很".repeat(500) }));
    assert_eq!(most.status, 200, "{}", most.body);
    // Frozen with a key alone, it has no reason, and no event makes one up.
    let events = case.seen(&case.owner, "/v1/events?limit=100");
    let mut events = events["data"].as_array().unwrap().iter();
    let frozen = events.find(|it| it["kind"] == "account.frozen").unwrap();
    assert_eq!(frozen["reason"], Value::Null);
}
