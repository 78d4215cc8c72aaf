//! What callers see of bad input, of asking twice, and of what belongs to others.

use crate::shop::Shop;
use serde_json::json;

#[test]
fn bad_input_is_refused_and_nothing_is_written() {
    let shop = Shop::new();
    let (buyer, seller) = (&shop.buyer, &shop.seller);
    let transfer = |amount: &str| {
        format!("{{\"debit\":\"{buyer}\",\"credit\":\"{seller}\",\"amount\":{amount}}}")
    };
    let deep = format!("{{\"debit\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let large = format!("{{\"debit\":\"{}\"}}", "x".repeat(70_000));
    let table: Vec<(String, u16, &str)> = vec![
        (transfer("0"), 400, "amount_invalid"),
        (transfer("-1"), 400, "amount_invalid"),
        (transfer("1.5"), 400, "amount_invalid"),
        (transfer("1e308"), 400, "amount_invalid"),
        (transfer("1e999"), 400, "malformed_json"),
        (transfer("\"1,00\""), 400, "amount_invalid"),
        (transfer("\"１２\""), 400, "amount_invalid"),
        (transfer("１２"), 400, "malformed_json"),
        (transfer("18446744073709551616"), 400, "amount_invalid"),
        (transfer("100000000000001"), 400, "amount_invalid"),
        (transfer("null"), 400, "missing_field"),
        (transfer("1,\"currency\":\"XXX\""), 400, "currency_unknown"),
        (transfer("1,\"currency\":\"USD\""), 422, "currency_differs"),
        (transfer("1,\"colour\":\"red\""), 400, "unknown_field"),
        (transfer("1,\"amount\":2"), 400, "duplicate_field"),
        (transfer("1").replace(buyer, "ord_00000000000000"), 400, "id_invalid"),
        (transfer("1").replace(buyer, "acc_0000000000001"), 400, "id_invalid"),
        (transfer("1").replace(buyer, "acc_00000000000011"), 400, "id_invalid"),
        (deep, 400, "nested_too_deeply"),
        (large, 413, "body_too_large"),
        ("[]".to_owned(), 400, "wrong_type"),
        ("{".to_owned(), 400, "malformed_json"),
    ];
    let before = shop.position();
    for (number, (body, status, code)) in table.iter().enumerate() {
        let (key, name) = (&shop.place.key, format!("bad-{number}"));
        let answer = shop.send(key, Some(&name), "/v1/transfers", body, "application/json");
        let shown = body.chars().take(120).collect::<String>();
        assert_eq!(answer.body["code"], *code, "{shown}: {}", answer.body);
        assert_eq!(answer.status, *status, "{shown}");
        assert_eq!(answer.body["money_moved"], "no", "{shown}");
    }
    let after = shop.position();
    let decided = table.iter().filter(|(_, status, _)| *status == 422).count();
    assert_eq!(after.as_u64().unwrap() - before.as_u64().unwrap(), decided as u64);

    let good = transfer("1");
    let key = &shop.place.key;
    let answer = shop.send(key, Some("kind"), "/v1/transfers", &good, "text/plain");
    assert_eq!((answer.status, &answer.body["code"]), (415, &json!("content_type_unsupported")));
    let answer = shop.send(key, None, "/v1/transfers", &good, "application/json");
    assert_eq!((answer.status, &answer.body["code"]), (400, &json!("idempotency_key_missing")));
    let answer = shop.send("sk_wrong", Some("k"), "/v1/transfers", &good, "application/json");
    assert_eq!((answer.status, &answer.body["code"]), (401, &json!("unauthenticated")));
    assert_eq!(shop.get(key, "/v1/nothing").status, 404);
}

#[test]
fn asking_twice_repeats_the_answer_and_not_the_payment() {
    let shop = Shop::new();
    let body = json!({ "debit": shop.buyer, "credit": shop.seller, "amount": 5 });
    let poor = shop.post("t1", "/v1/transfers", &body);
    assert_eq!((poor.status, &poor.body["code"]), (409, &json!("insufficient_funds")));

    let order = json!({
        "seller": shop.seller, "buyer": shop.buyer, "number": "n-1", "amount": 8_800,
    });
    let first = shop.post("o1", "/v1/orders", &order);
    let position = shop.position();
    let again = shop.post("o1", "/v1/orders", &order);
    assert_eq!((first.status, first.replayed, again.replayed), (201, false, true));
    assert_eq!(first.body, again.body);
    assert_eq!(shop.position(), position, "a retry writes nothing");

    let mut other = order.clone();
    other["amount"] = json!(8_801);
    let taken = shop.post("o1", "/v1/orders", &other);
    assert_eq!((taken.status, &taken.body["code"]), (422, &json!("request_id_taken")));
    let number = shop.post("o2", "/v1/orders", &order);
    assert_eq!((number.status, &number.body["code"]), (409, &json!("order_number_taken")));
}

#[test]
fn asking_many_times_at_once_is_asking_once() {
    let shop = Shop::new();
    let order = json!({
        "seller": shop.seller, "buyer": shop.buyer, "number": "n-1", "amount": 8_800,
    });
    let answers = std::thread::scope(|scope| {
        let ask = || shop.post("o1", "/v1/orders", &order);
        let asking = (0..8).map(|_| scope.spawn(ask)).collect::<Vec<_>>();
        asking.into_iter().map(|it| it.join().unwrap()).collect::<Vec<_>>()
    });
    let first = &answers[0].body;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (201, first));
    }
    assert_eq!(answers.iter().filter(|it| !it.replayed).count(), 1, "it was done once");
}

#[test]
fn a_merchant_sees_and_moves_only_what_is_its_own() {
    let shop = Shop::new();
    let stranger = shop.done("u3", "/v1/users", &json!({ "kind": "merchant", "name": "别家" }));
    let key_of = |name: &str, role: &str, user: &str| {
        let body = json!({ "role": role, "user": user });
        shop.post(name, "/v1/keys", &body).body["key"].as_str().unwrap().to_owned()
    };
    let own = key_of("k1", "merchant", &shop.merchant);
    let other = key_of("k2", "merchant", &stranger);
    let reader = key_of("k3", "read_only", &shop.merchant);
    let order = json!({
        "seller": shop.seller, "buyer": shop.buyer, "number": "n-1", "amount": 8_800,
    })
    .to_string();
    let send = |key: &str, name: &str, path: &str, body: &str| {
        shop.send(key, Some(name), path, body, "application/json")
    };
    let made = send(&own, "o1", "/v1/orders", &order);
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_str().unwrap();

    assert_eq!(shop.get(&own, &format!("/v1/orders/{id}")).status, 200);
    let events = shop.get(&own, "/v1/events").body["data"].clone();
    let event = format!("/v1/events/{}", events[0]["id"].as_str().unwrap());
    assert_eq!(shop.get(&own, &event).body, events[0]);
    assert_eq!(shop.get(&other, &event).body["code"], "event_not_found");
    assert_eq!(shop.get(&reader, &format!("/v1/orders/{id}")).status, 200);
    for path in [
        format!("/v1/orders/{id}"),
        format!("/v1/accounts/{}", shop.seller),
        format!("/v1/accounts/{}", shop.buyer),
        format!("/v1/accounts/{}/entries", shop.seller),
        format!("/v1/accounts/{}/orders", shop.seller),
        format!("/v1/accounts/{}/holds", shop.buyer),
        format!("/v1/accounts/{}/top_ups", shop.seller),
        format!("/v1/accounts/{}/withdrawals", shop.seller),
        format!("/v1/orders?seller={}&number=n-1", shop.seller),
        format!("/v1/users/{}/cards", shop.merchant),
        format!("/v1/users/{}", shop.merchant),
        format!("/v1/users/{}/accounts", shop.merchant),
    ] {
        assert_eq!(shop.get(&other, &path).status, 404, "{path}");
    }
    for action in ["ship", "confirm"] {
        let answer = send(&other, action, &format!("/v1/orders/{id}/{action}"), "{}");
        assert_eq!(answer.status, 404, "{action}: {}", answer.body);
    }
    let confirm = send(&own, "confirm", &format!("/v1/orders/{id}/confirm"), "{}");
    assert_eq!((confirm.status, &confirm.body["code"]), (403, &json!("not_allowed")));
    let write = send(&reader, "w", &format!("/v1/orders/{id}/ship"), "{}");
    assert_eq!((write.status, &write.body["code"]), (403, &json!("not_allowed")));
    for path in ["/v1/status", "/v1/banks"] {
        assert_eq!(shop.get(&own, path).status, 403, "{path}");
    }
    assert_eq!(send(&own, "u", "/v1/users", "{\"kind\":\"customer\"}").status, 403);
}

#[test]
fn an_unpaid_order_closes_by_itself() {
    let shop = Shop::new();
    let order = json!({
        "seller": shop.seller, "buyer": shop.buyer, "number": "n-1", "amount": 8_800,
    });
    let id = shop.done("o1", "/v1/orders", &order);
    let day = |name: &str, days: u64| {
        shop.post(name, "/v1/clock/advance", &json!({ "seconds": days * 86_400 })).status
    };
    assert_eq!(day("c1", 4), 200);
    let path = format!("/v1/orders/{id}");
    let closed = shop.get(&shop.place.key, &path).body;
    assert_eq!(closed["stage"], "closed", "nobody paid for three days");
    let line = closed["timeline"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&line["kind"], &line["actor"]), (&json!("order.closed"), &json!("deadline")));
}
