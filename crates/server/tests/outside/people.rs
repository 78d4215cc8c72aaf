//! Two people with a key each: what one proposes, the other decides, and neither can do it alone.

use crate::shop::{Answer, Shop};
use serde_json::{Value, json};

/// A shop with two people who may do everything but trust themselves.
struct Office {
    shop: Shop,
    maker: String,
    checker: (String, String),
}

impl Office {
    fn new(cells: u8) -> Office {
        let shop = Shop::with_cells(cells);
        let maker = shop.place.key.clone();
        let checker = key(&shop, "platform");
        Office { shop, maker, checker }
    }

    fn ask(&self, key: &str, name: &str, path: &str, body: &Value) -> Answer {
        self.shop.send(key, Some(name), path, &body.to_string(), "application/json")
    }

    /// The proposal that the maker makes.
    fn proposed(&self, name: &str, body: &Value) -> String {
        let made = self.ask(&self.maker, name, "/v1/proposals", body);
        assert_eq!((made.status, &made.body["object"]), (201, &json!("proposal")), "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    }

    fn decided(&self, key: &str, name: &str, id: &str, verdict: &str) -> Answer {
        let path = format!("/v1/proposals/{id}/{verdict}");
        self.ask(key, name, &path, &json!({ "reason": "looked at it" }))
    }

    /// What was made of a proposal of the maker when the checker approved it.
    fn done(&self, name: &str, body: &Value) -> Value {
        let id = self.proposed(name, body);
        let answer = self.decided(&self.checker.1, &format!("{name}-2"), &id, "approve");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    fn shown(&self, path: &str) -> Value {
        let answer = self.shop.get(&self.maker, path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    fn balance(&self) -> u64 {
        let path = format!("/v1/accounts/{}", self.shop.buyer);
        self.shown(&path)["balance"].as_u64().unwrap()
    }
}

/// A new key, with its identifier.
fn key(shop: &Shop, role: &str) -> (String, String) {
    let url = shop.place.url();
    let made = shop.place.run(&["keys", "add", "--json", "--role", role, "--server", &url]);
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("api_key"))
}

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}

fn line(number: &str) -> Value {
    json!({
        "action": "record_receipt", "bank": "icbc", "bank_reference": number, "amount": 700,
        "reason": "a line of the statement",
    })
}

#[test]
fn money_moves_by_hand_when_two_people_agree_and_never_before() {
    let office = Office::new(1);
    let (maker, checker) = (&office.maker, &office.checker.1);
    let recorded = office.done("r1", &line("r1"));
    assert_eq!(recorded["stage"], "approved");
    let receipt = recorded["done"].as_str().unwrap().to_owned();
    assert_eq!(office.shown(&format!("/v1/receipts/{receipt}"))["stage"], "open");
    let credit = json!({
        "action": "resolve_receipt", "receipt": receipt, "resolution": "credit",
        "account": office.shop.buyer, "reason": "hers, by telephone",
    });
    let id = office.proposed("p", &credit);
    let again = office.ask(checker, "p2", "/v1/proposals", &credit);
    assert_eq!(code(&again), (409, "proposal_under_way"));
    assert!(again.body["detail"].as_str().unwrap().contains(&id), "{}", again.body);

    for verdict in ["approve", "refuse"] {
        let own = office.decided(maker, verdict, &id, verdict);
        assert_eq!(code(&own), (403, "same_person"));
        assert_eq!(own.body["money_moved"], "no");
    }
    assert_eq!(code(&office.decided(checker, "w", &id, "withdraw")), (403, "not_allowed"));
    assert_eq!(office.balance(), 0);

    let approved = office.decided(checker, "a", &id, "approve");
    assert_eq!((approved.status, &approved.body["stage"]), (200, &json!("approved")));
    assert_eq!(approved.body["done"], json!(receipt));
    assert_eq!(office.balance(), 700);
    let replayed = office.decided(checker, "a", &id, "approve");
    assert!(replayed.replayed && replayed.body == approved.body, "{}", replayed.body);
    let second = office.decided(checker, "b", &id, "approve");
    assert_eq!(code(&second), (409, "proposal_decided"));
    assert_eq!(office.balance(), 700);

    let shown = office.shown(&format!("/v1/proposals/{id}"));
    let maker_id = shown["maker"].as_str().unwrap();
    assert_ne!(maker_id, office.checker.0);
    assert_eq!((&shown["checker"], &shown["own"]), (&json!(office.checker.0), &json!(true)));
    assert_eq!(shown["reason"], "hers, by telephone");
    assert_eq!((&shown["decision"], &shown["subject"]), (&json!("looked at it"), &json!(receipt)));
    assert_eq!(shown["action"]["account"], json!(office.shop.buyer));
    let url = office.shop.place.url();
    let verified = office.shop.place.run(&["verify", "--json", "--server", &url]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn a_proposal_that_is_refused_taken_back_or_too_late_moves_nothing() {
    let office = Office::new(1);
    let checker = &office.checker.1;
    let refused = office.proposed("first", &line("r1"));
    assert_eq!(office.decided(checker, "first-2", &refused, "refuse").body["stage"], "refused");
    let withdrawn = office.proposed("second", &line("r1"));
    let maker = office.maker.clone();
    assert_eq!(
        office.decided(&maker, "second-2", &withdrawn, "withdraw").body["stage"],
        "withdrawn"
    );
    let open = office.proposed("third", &line("r1"));
    let list = office.shown("/v1/proposals");
    assert_eq!((&list["data"][0]["id"], &list["has_more"]), (&json!(open), &json!(false)));
    let list = office.shown("/v1/proposals?stage=refused&limit=1");
    assert_eq!(list["data"][0]["id"], json!(refused));

    let receipt = office.done("fourth", &line("r2"))["done"].as_str().unwrap().to_owned();
    let user = json!({ "kind": "customer", "name": "x" });
    let user = office.shop.done("user", "/v1/users", &user);
    let account = office.shop.done("account", "/v1/accounts", &json!({ "owner": user }));
    let credit = json!({
        "action": "resolve_receipt", "receipt": receipt, "resolution": "credit",
        "account": account, "reason": "theirs",
    });
    let late = office.proposed("late", &credit);
    office.shop.done("close", &format!("/v1/accounts/{account}/close"), &json!({}));
    let failed = office.decided(checker, "late-2", &late, "approve");
    assert_eq!((failed.status, &failed.body["stage"]), (200, &json!("failed")));
    assert_eq!(failed.body["failure"], "account_closed");
    assert_eq!(failed.body["done"], Value::Null);
    assert_eq!(office.shown(&format!("/v1/receipts/{receipt}"))["stage"], "open");
    let shown = office.shown(&format!("/v1/proposals/{late}"));
    assert_eq!((&shown["stage"], &shown["failure"]), (&json!("failed"), &json!("account_closed")));
}

#[test]
fn whoever_may_not_decide_is_told_so() {
    let office = Office::new(2);
    let (_, reader) = key(&office.shop, "read_only");
    let answer = office.ask(&reader, "x", "/v1/proposals", &line("r1"));
    assert_eq!(code(&answer), (403, "not_allowed"));
    let hers = json!({ "role": "merchant", "user": office.shop.merchant });
    let hers = office.shop.post("m", "/v1/keys", &hers).body["key"].as_str().unwrap().to_owned();
    let answer = office.ask(&hers, "x", "/v1/proposals", &line("r1"));
    assert_eq!(code(&answer), (403, "not_allowed"));
    let mut unexplained = line("r1");
    unexplained["reason"] = json!("  ");
    let answer = office.ask(&office.maker, "u", "/v1/proposals", &unexplained);
    assert_eq!(code(&answer), (422, "reason_missing"));
    let nobody = office.decided(&office.maker, "n", "prp_00000000000000", "approve");
    assert_eq!(code(&nobody), (404, "proposal_not_found"));
    let direct = office.ask(&office.maker, "d", "/v1/receipts", &json!({}));
    assert_eq!(direct.status, 405, "nobody records a receipt alone");

    // Of what a person proposed whose key is gone nothing is done: in the cell of the keys the
    // ledger sees to it, in another one the server does.
    for cell in [0, 1] {
        let (id, gone) = key(&office.shop, "platform");
        let mut body = line(&format!("cell-{cell}"));
        body["cell"] = json!(cell);
        let name = format!("of-{cell}");
        let made = office.ask(&gone, &name, "/v1/proposals", &body);
        assert_eq!((made.status, &made.body["cell"]), (201, &json!(cell)), "{}", made.body);
        let url = office.shop.place.url();
        office.shop.place.run(&["keys", "revoke", "--json", &id, "--server", &url]);
        let proposal = made.body["id"].as_str().unwrap();
        let answer = office.decided(&office.maker, &format!("{name}-a"), proposal, "approve");
        assert_eq!(code(&answer), (403, "key_revoked"), "cell {cell}");
        let answer = office.decided(&office.maker, &format!("{name}-b"), proposal, "refuse");
        assert_eq!(answer.body["stage"], "refused", "{}", answer.body);
        let again = office.ask(&gone, &format!("{name}-c"), "/v1/proposals", &body);
        assert_eq!(again.status, 401);
    }
}

#[test]
fn what_moves_no_money_is_done_at_once_and_kept_with_its_reason() {
    let office = Office::new(1);
    let account = &office.shop.seller;
    let freeze = json!({
        "action": "set_account_state", "account": account, "change": "freeze",
        "reason": "the police asked for it",
    });
    let id = office.proposed("f", &freeze);
    assert_eq!(office.shown(&format!("/v1/accounts/{account}"))["state"], "frozen");
    let shown = office.shown(&format!("/v1/proposals/{id}"));
    assert_eq!((&shown["stage"], &shown["done"]), (&json!("approved"), &json!(account)));
    assert_eq!((&shown["checker"], &shown["decision"]), (&Value::Null, &Value::Null));
    assert_eq!(shown["reason"], "the police asked for it");
    assert_eq!(shown["action"]["change"], "freeze");
    let again = office.ask(&office.maker, "f2", "/v1/proposals", &freeze);
    assert_eq!(code(&again), (409, "state_unchanged"));
    assert_eq!(
        code(&office.decided(&office.checker.1, "c", &id, "refuse")),
        (409, "proposal_decided")
    );

    let announce = json!({
        "action": "announce", "kind": "incident", "starts_at": "2026-11-26T15:30:00+08:00",
        "title_zh": "充值延迟", "title_en": "Top-ups are slow", "reason": "the bank is slow",
    });
    let made = office.shown(&format!("/v1/proposals/{}", office.proposed("a", &announce)));
    let list = office.shown("/v1/announcements");
    assert_eq!(list["data"][0]["id"], made["done"]);
    assert_eq!(list["data"][0]["starts_at"], "2026-11-26T07:30:00.000Z");
    assert_eq!(list["data"][0]["title_zh"], "充值延迟");
    let end = json!({
        "action": "end_announcement", "announcement": made["done"], "reason": "it is fast again",
    });
    office.proposed("e", &end);
    assert_eq!(office.shown("/v1/announcements")["data"], json!([]));

    let limit = json!({
        "action": "set_balance_limit", "kind": "customer", "limit": 1_000, "reason": "the law",
    });
    let id = office.proposed("l", &limit);
    assert_eq!(office.shown(&format!("/v1/proposals/{id}"))["stage"], "open");
    let limit = json!({
        "action": "set_limit", "level": "basic", "flow": "pay", "day_max": 500_000, "day_count": 9,
        "reason": "the law",
    });
    let id = office.proposed("pl", &limit);
    let shown = office.shown(&format!("/v1/proposals/{id}"));
    assert_eq!((&shown["stage"], &shown["action"]["day_max"]), (&json!("open"), &json!(500_000)));
    let url = office.shop.place.url();
    let verified = office.shop.place.run(&["verify", "--json", "--server", &url]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
}
