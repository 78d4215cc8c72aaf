//! Operators, added and disabled by command, as they meet the doors of the platform.

use crate::shop::Shop;
use serde_json::{Value, json};
use std::process::Output;

fn read(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|it| panic!("{it}: {errors}"))
}

fn operators(shop: &Shop, words: &[&str]) -> Output {
    let url = shop.place.url();
    let all = [&["operators"], words, &["--server", &url]].concat();
    shop.place.run(&all)
}

fn add(shop: &Shop, login: &str, duty: &str) -> Output {
    operators(shop, &["add", "--json", "--login", login, "--name", "小赵", "--duty", duty])
}

fn duties(shop: &Shop) -> Vec<(String, Value)> {
    let listed = read(&operators(shop, &["list", "--json"]));
    let all = listed["data"].as_array().unwrap().iter();
    all.map(|it| (it["id"].as_str().unwrap().to_owned(), it["duty"].clone())).collect()
}

#[test]
fn an_operator_is_added_with_a_password_for_once_and_disabled_for_good() {
    let shop = Shop::new();
    assert_eq!(duties(&shop), []);
    let made = read(&add(&shop, "finance-1", "finance"));
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(made["password"].as_str().unwrap().len(), 23);
    add(&shop, "auditor-1", "auditor");
    let listed = duties(&shop);
    assert_eq!(listed[0], (id.clone(), json!("finance")));
    assert_eq!(listed[1].1, "auditor");

    // Who is there already is not added again, and who is no operator is not disabled.
    let again = add(&shop, "Finance-1", "sre");
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("login_taken"), "{again:?}");
    assert!(!add(&shop, "x", "owner").status.success());
    assert!(!operators(&shop, &["disable", &shop.merchant]).status.success());

    let shown = operators(&shop, &["disable", &id]);
    assert!(shown.status.success(), "{shown:?}");
    assert_eq!(duties(&shop)[0], (id.clone(), Value::Null));
    assert!(operators(&shop, &["disable", &id]).status.success(), "twice is once");
    let shown = operators(&shop, &["list"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(&format!("{id}  disabled")), "{shown}");
}

#[test]
fn a_merchant_neither_sees_nor_makes_operators() {
    let shop = Shop::new();
    let id = read(&add(&shop, "support-1", "support"))["id"].as_str().unwrap().to_owned();
    let body = json!({ "role": "merchant", "user": shop.merchant });
    let key = shop.post("m", "/v1/keys", &body).body["key"].as_str().unwrap().to_owned();
    assert_eq!(shop.get(&key, "/v1/operators").status, 403);
    let body = json!({ "login": "me", "name": "me", "duty": "finance", "password": "me-too-2026" });
    let kind = "application/json";
    let made = shop.send(&key, Some("o"), "/v1/operators", &body.to_string(), kind);
    assert_eq!(made.status, 403, "{}", made.body);
    assert_eq!(duties(&shop), [(id, json!("support"))]);
}
