//! The list of what happened, chained and signed.
//!
//! Each event's hash is SHA-256 over the hash before it (32 zero bytes at first) and a line of
//! text: `id kind subject amount time position`, with single blanks between. The signature is over
//! the last hash together with what the trace is about, so that a trace that was saved can be
//! checked without this server: nothing can be added, left out in the middle, or changed unseen.

use crate::signer::{self, Signer, hex};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What signatures under traces are for.
const PURPOSE: &str = "danbao trace v1";

/// One event as the line that is hashed.
fn line(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| event[name].as_u64().unwrap_or(0);
    format!(
        "{} {} {} {} {} {}",
        text("id"),
        text("kind"),
        text("subject"),
        number("amount"),
        text("time"),
        number("position")
    )
}

/// The hash after each event.
fn hashes<'a>(events: impl IntoIterator<Item = &'a Value>) -> Vec<[u8; 32]> {
    let mut last = [0; 32];
    let mut hashes = Vec::new();
    for event in events {
        last = Sha256::new().chain_update(last).chain_update(line(event)).finalize().into();
        hashes.push(last);
    }
    hashes
}

/// What is signed: what it is about, as of when, and the last hash.
fn signed(trace: &Value, last: &str) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!(
        "{} {} {} {} {last}",
        text(&trace["id"]),
        trace["amount"].as_u64().unwrap_or(0),
        text(&trace["where"]),
        text(&trace["as_of"]["time"])
    )
}

/// Adds the hashes to the events, and the signature to the trace.
pub(super) fn sign(trace: &mut Value, signer: &Signer) {
    let Some(events) = trace["events"].as_array_mut() else { return };
    let hashes = hashes(events.iter());
    for (event, hash) in events.iter_mut().zip(&hashes) {
        event["hash"] = json!(hex(hash));
    }
    let last = hex(hashes.last().unwrap_or(&[0; 32]));
    let signature = signer.sign(PURPOSE, signed(trace, &last).as_bytes());
    trace["signature"] = json!({
        "algorithm": "Ed25519", "public_key": STANDARD.encode(signer.public()),
        "value": STANDARD.encode(signature),
    });
}

/// What a trace that was saved is worth: how many events are proven, or what is wrong.
pub fn check(trace: &Value, public: Option<&str>) -> Result<usize, String> {
    let events = trace["events"].as_array().ok_or("this is no trace: it has no events")?;
    let hashes = hashes(events);
    for (event, hash) in events.iter().zip(&hashes) {
        if event["hash"] != hex(hash).as_str() {
            let id = event["id"].as_str().unwrap_or("an event");
            return Err(format!("{id}, or an event before it, was changed"));
        }
    }
    let key = trace["signature"]["public_key"].as_str().unwrap_or_default();
    if public.is_some_and(|it| it != key) {
        return Err("it was signed with another key".to_owned());
    }
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| "the signature cannot be read");
    let signature = decode(trace["signature"]["value"].as_str().unwrap_or_default())?;
    let last = hex(hashes.last().unwrap_or(&[0; 32]));
    let said = signed(trace, &last);
    if signer::verify(&decode(key)?, PURPOSE, said.as_bytes(), &signature) {
        Ok(events.len())
    } else {
        Err("the signature does not belong to this trace".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace() -> Value {
        let event = |number: u64| {
            json!({ "id": format!("evt_{number}"), "kind": "top_up.sent", "subject": "top_1",
                    "amount": 100, "time": "2026-11-23T02:05:00.000Z", "position": number })
        };
        json!({ "id": "top_1", "amount": 100, "where": "bank",
                "as_of": { "time": "2026-11-23T02:06:00.000Z" },
                "events": [event(1), event(2), event(3)] })
    }

    #[test]
    fn whatever_is_changed_is_found() {
        let home = tempfile::tempdir().unwrap();
        let key = Signer::open(home.path()).unwrap();
        let mut good = trace();
        sign(&mut good, &key);
        let public = STANDARD.encode(key.public());
        assert_eq!(check(&good, None), Ok(3));
        assert_eq!(check(&good, Some(&public)), Ok(3));
        assert!(check(&good, Some("AAAA")).is_err());
        let changes: [(&str, Value); 9] = [
            ("/events/1/amount", json!(99)),
            ("/events/0/time", json!("2026-11-23T02:05:00.001Z")),
            ("/events/2/kind", json!("top_up.credited")),
            ("/events/2/hash", json!("00")),
            ("/amount", json!(101)),
            ("/where", json!("wallet")),
            ("/id", json!("top_2")),
            ("/as_of/time", json!("2026-11-24T02:06:00.000Z")),
            ("/signature/value", json!("AAAA")),
        ];
        for (place, value) in changes {
            let mut bad = good.clone();
            *bad.pointer_mut(place).unwrap() = value;
            assert!(check(&bad, None).is_err(), "{place}");
        }
        for cut in 0..3 {
            let mut bad = good.clone();
            bad["events"].as_array_mut().unwrap().remove(cut);
            assert!(check(&bad, None).is_err(), "without event {cut}");
        }
        assert!(check(&json!({}), None).is_err());
    }
}
