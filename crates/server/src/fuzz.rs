//! Targets for fuzzing: what strangers send us, and files that are replayed. See `ledger::fuzz`.

use crate::http::body::Body;
use ledger::id::AccountId;
use ledger::money::AMOUNT_MAX;
use serde_json::Value;

/// A batch of movements.
pub fn batch(bytes: &[u8]) {
    crate::api::batches::fuzz(bytes);
}

/// A file of orders to be replayed.
pub fn csv(bytes: &[u8]) {
    crate::cli::fuzz_replay(bytes);
}

/// A body, of which every member is taken as everything that it could be. What is taken is what a
/// reader that is less strict finds there, too.
pub fn body(bytes: &[u8]) {
    let Ok(whole) = Body::parse(bytes) else { return };
    let value: Value = if bytes.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(bytes).expect("what we read is JSON")
    };
    let members = value.as_object().expect("a body is an object");
    assert!(whole.finish().is_ok() == members.is_empty());
    object(bytes, members);
    for name in members.keys() {
        if let Ok(items) = again(bytes).objects(name) {
            let all = value[name].as_array().expect("what is taken as an array is one");
            assert!(items.len() == all.len() && all.iter().all(Value::is_object));
            for item in items {
                drop(item.finish());
            }
        }
    }
}

fn again(bytes: &[u8]) -> Body<'_> {
    Body::parse(bytes).unwrap_or_else(|it| panic!("it was read before: {it:?}"))
}

fn object(bytes: &[u8], members: &serde_json::Map<String, Value>) {
    if let Ok(money) = again(bytes).money() {
        assert_eq!(members["amount"].as_u64(), Some(money.minor()));
        assert!((1..=AMOUNT_MAX).contains(&money.minor()));
    }
    for (name, value) in members {
        if let Ok(text) = again(bytes).text(name) {
            assert_eq!(value.as_str(), Some(&*text));
        }
        if let Ok(Some(number)) = again(bytes).optional_integer(name, 1_000) {
            assert!(value.as_u64() == Some(number) && number <= 1_000);
        }
        if let Ok(Some(flag)) = again(bytes).flag(name) {
            assert_eq!(value.as_bool(), Some(flag));
        }
        if let Ok(id) = again(bytes).id(name, AccountId::parse) {
            assert_eq!(value.as_str(), Some(&*id.to_string()));
        }
        if let Ok(number) = again(bytes).order_number(name) {
            assert_eq!(value.as_str(), Some(number.as_str()));
        }
        if let Ok(note) = again(bytes).note(name) {
            assert_eq!(value.as_str().unwrap_or_default(), note.as_str());
        }
        let _ = again(bytes).seconds(name);
        let _ = again(bytes).choice(name, &[("yes", true), ("no", false)], None);
    }
}

#[cfg(test)]
mod tests {
    fn texts(all: &[&str]) -> Vec<Vec<u8>> {
        all.iter().map(|it| it.as_bytes().to_vec()).collect()
    }

    /// The targets, for a moment.
    #[test]
    fn no_body_makes_us_panic_and_what_is_read_is_what_stands_there() {
        let bodies = texts(&[
            r#"{"debit":"acc_0000000002e049","credit":"acc_0000000002e049","amount":8800}"#,
            r#"{"amount":1,"currency":"JPY","items":[{"a":1},{"b":[true,null]}],"x":-0.5e3}"#,
            "{\"name\":\"\\u62c5\\ud83d\\ude00\",\"flag\":false,\"deep\":{\"deep\":{\"deep\":[]}}}",
        ]);
        ledger::fuzz::short(30_000, &bodies, super::body);
        let batches = texts(&[
            r#"{"items":[{"id":"1","debit":"acc_0000000002e049","credit":"acc_0000000002e049",
               "amount":1},{"id":"2","action":"ship_order","order":"ord_00000000000000"}]}"#,
            r#"{"items":[{"id":"a","action":"create_order","seller":"acc_0000000002e049",
               "buyer":"acc_0000000002e049","number":"N1","amount":5,"currency":"CNY"}]}"#,
        ]);
        ledger::fuzz::short(30_000, &batches, super::batch);
    }

    #[test]
    fn no_file_makes_a_replay_panic_and_every_plan_adds_up() {
        let head = "order_id,buyer_id,seller_id,amount,currency,status,payment_type,purchased_at,\
                    paid_at,shipped_at,delivered_at\n";
        let rows = [
            "o1,b1,s1,88.00,CNY,delivered,card,2017-10-02T10:56:33Z,2017-10-02T11:07:15Z,\
             2017-10-04T19:55:00Z,2017-10-10T21:25:13Z\n",
            "o2,b1,s2,184467440737095516.15,CNY,delivered,card,2017-10-02T10:56:33Z,\
             2017-10-02T11:07:15Z,,\n",
            "o3,b2,s2,1,CNY,created,\"a, b\",-009999-01-01T00:00:00Z,,,\n",
        ];
        let files = [[head, rows[0]].concat(), [head, rows[1], rows[2]].concat()];
        let files = files.map(String::into_bytes);
        ledger::fuzz::short(20_000, &files, super::csv);
    }
}
