//! How goods travel: what a seller may say, what both sides are told, and what cannot be said.

use crate::shop::Shop;
use serde_json::{Value, json};

/// A shop with an order that was paid.
fn paid() -> (Shop, String) {
    let shop = Shop::new();
    shop.funded(100_000);
    let order = json!({
        "seller": shop.seller, "buyer": shop.buyer, "number": "n-1", "amount": 8_800,
    });
    let order = shop.done("o1", "/v1/orders", &order);
    let paid = shop.post("pay", &format!("/v1/orders/{order}/pay"), &json!({ "amount": 8_800 }));
    assert_eq!(paid.status, 200, "{}", paid.body);
    (shop, order)
}

fn said(carrier: &str, number: &str) -> Value {
    json!({ "carrier": carrier, "tracking_number": number })
}

#[test]
fn a_shipment_is_told_corrected_and_never_forgotten() {
    let (shop, order) = paid();
    let path = |action: &str| format!("/v1/orders/{order}/{action}");
    let seen = || shop.get(&shop.place.key, &format!("/v1/orders/{order}")).body;
    let early = shop.post("early", &path("correct_shipment"), &said("sf", "SF1"));
    assert_eq!((early.status, &early.body["code"]), (409, &json!("event_not_allowed")));
    assert_eq!(seen()["shipment"], Value::Null);
    assert_eq!(shop.post("s", &path("ship"), &said("sf", "SF-001")).status, 200);
    let shipped = seen();
    assert_eq!(shipped["shipment"], said("sf", "SF-001"));
    let corrected = shop.post("c", &path("correct_shipment"), &said("zto", "773001"));
    assert_eq!(corrected.status, 200, "{}", corrected.body);
    let now = seen();
    assert_eq!(now["shipment"], said("zto", "773001"));
    assert_eq!(now["money"], shipped["money"], "neither money nor the deadline moved");
    let events = shop.get(&shop.place.key, "/v1/events?limit=100").body;
    let events = events["data"].as_array().unwrap();
    let of = |kind: &str| events.iter().find(|it| it["kind"] == kind).unwrap()["shipment"].clone();
    assert_eq!(of("order.shipped"), said("sf", "SF-001"), "what was said first is kept");
    assert_eq!(of("order.shipment_corrected"), said("zto", "773001"));
}

#[test]
fn half_a_shipment_is_refused_and_nothing_is_shipped() {
    let (shop, order) = paid();
    let before = shop.position();
    let long = "1".repeat(36);
    let table = [
        (json!({ "carrier": "sf" }), "/tracking_number"),
        (json!({ "tracking_number": "SF1" }), "/carrier"),
        (said("pigeon", "SF1"), "/carrier"),
        (said("sf", "SF 1"), "/tracking_number"),
        (said("sf", &long), "/tracking_number"),
    ];
    for (at, (body, field)) in table.iter().enumerate() {
        for action in ["ship", "correct_shipment"] {
            let name = format!("{action}-{at}");
            let answer = shop.post(&name, &format!("/v1/orders/{order}/{action}"), body);
            let told = (answer.status, &answer.body["code"], &answer.body["money_moved"]);
            assert_eq!(told, (400, &json!("shipment_invalid"), &json!("no")), "{body}");
            assert_eq!(answer.body["field"], *field, "{}", answer.body);
        }
    }
    let item = json!({ "id": "b", "action": "ship_order", "order": order, "carrier": "sf" });
    let batch = shop.post("batch", "/v1/batches", &json!({ "items": [item] }));
    assert_eq!((batch.status, &batch.body["code"]), (400, &json!("shipment_invalid")));
    assert_eq!(shop.position(), before, "nothing was written");
}

#[test]
fn a_batch_ships_with_carriers_and_without() {
    let (shop, order) = paid();
    let item = json!({
        "id": "b1", "action": "ship_order", "order": order,
        "carrier": "jd", "tracking_number": "JD-9",
    });
    let batch = shop.post("batch", "/v1/batches", &json!({ "items": [item] }));
    assert_eq!((batch.status, &batch.body["accepted"]), (200, &json!(1)), "{}", batch.body);
    let shown = shop.get(&shop.place.key, &format!("/v1/orders/{order}")).body;
    assert_eq!(shown["shipment"], said("jd", "JD-9"));
}
