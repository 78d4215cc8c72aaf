//! The feed of events: everything once, in order, whatever the pages are cut like.

use crate::shop::Shop;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Every event of a feed, read in pages of so many.
fn feed(shop: &Shop, key: &str, query: &str, limit: usize) -> Vec<Value> {
    let mut events = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = shop.get(key, &format!("/v1/events?limit={limit}{query}{cursor}")).body;
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= limit, "{page}");
        events.extend(data.iter().cloned());
        if page["has_more"] == false {
            return events;
        }
        cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap());
    }
}

#[test]
fn the_feed_has_every_event_of_every_cell_once() {
    let shop = Shop::with_cells(4);
    for number in 0..20 {
        let body = json!({ "kind": "customer", "name": number.to_string() });
        shop.done(&format!("u{number}x"), "/v1/users", &body);
    }
    let key = &shop.place.key;
    let all = feed(&shop, key, "", 3);
    assert_eq!(all, feed(&shop, key, "", 100), "however it is cut");
    let names: BTreeSet<&str> = all.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(names.len(), all.len(), "nothing twice");
    let mut by_cell: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for cell in 0..4 {
        by_cell.insert(cell, feed(&shop, key, &format!("&cell={cell}"), 100));
    }
    assert!(by_cell.values().filter(|it| !it.is_empty()).count() > 1, "several cells were used");
    assert_eq!(by_cell.values().map(Vec::len).sum::<usize>(), all.len(), "nothing left out");
    for events in by_cell.values() {
        let places = events.iter().map(|it| all.iter().position(|all| all == it).unwrap());
        assert!(places.is_sorted(), "those of a cell stay in their order");
    }
    for wrong in ["zz", "0.0", "0.0.0.0.0", "evt_00000000000000"] {
        let answer = shop.get(key, &format!("/v1/events?cursor={wrong}"));
        assert_eq!((answer.status, &answer.body["code"]), (400, &json!("cursor_invalid")));
    }
}
