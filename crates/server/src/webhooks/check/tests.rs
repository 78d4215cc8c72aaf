use super::*;
use serde_json::{Value, json};

const NOW: u64 = 1_790_000_000;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const ID: &str = "evt_0000000000002t";

fn key() -> Vec<u8> {
    key_of(SECRET).unwrap()
}

fn body() -> String {
    json!({ "type": "order.paid", "data": { "note": "西湖/龙井", "amount": 8_800 } }).to_string()
}

fn signed(key: &[u8], content: &str) -> String {
    format!("v1,{}", STANDARD.encode(tag(key, content.as_bytes())))
}

fn right(body: &str) -> String {
    signed(&key(), &format!("{ID}.{NOW}.{body}"))
}

fn headers(signature: &str) -> String {
    format!("webhook-id: {ID}\nwebhook-timestamp: {NOW}\nwebhook-signature: {signature}")
}

fn asked() -> Vec<Known> {
    vec![Known { whose: Whose::Asked, key: key() }]
}

fn with(headers: &str, body: &str, computed: &str, keys: &[Known]) -> Finding {
    let (body, sent) = (body.as_bytes(), None);
    look(&Question { headers, body, computed, keys, sent, now: NOW })
}

/// What is found when this body came, under the signature of the right one.
fn came(body: &str) -> Finding {
    with(&headers(&right(&self::body())), body, "", &asked())
}

/// What is found when a receiver computed this itself.
fn computed(it: &str) -> Finding {
    with(&headers(&right(&body())), &body(), it, &asked())
}

#[test]
fn a_good_signature_is_good() {
    let finding = came(&body());
    assert!(finding.good);
    assert_eq!((finding.causes, finding.body, finding.signature), (vec![], None, None));
    assert_eq!(finding.expected, Some(right(&body())));
    // So it is beside another, as while a secret changes.
    let two = format!("{} {}", signed(b"another", "x"), right(&body()));
    assert!(with(&headers(&two), &body(), "", &asked()).good);
}

#[test]
fn headers_are_read_as_programs_print_them() {
    let sig = right(&body());
    let list = |lines: [&str; 3]| lines.join("\n");
    let now = NOW.to_string();
    let said = |before: &str, after: &str| {
        let quoted = |name, value| format!("{before}{name}{after}{value}");
        let [id, time] = [quoted("webhook-id", ID), quoted("webhook-timestamp", &now)];
        list([&id, &time, &quoted("webhook-signature", &sig)])
    };
    let [id, time] = [format!("HTTP_WEBHOOK_ID={ID}"), format!("HTTP_WEBHOOK_TIMESTAMP={NOW}")];
    for text in [
        format!("Webhook-Id: {ID}\r\nWEBHOOK-TIMESTAMP: {NOW}\r\nWebhook-Signature: {sig}\r\n"),
        said("{\"", "\": \"").replace('\n', "\",\n") + "\"}",
        list([&id, &time, &format!("HTTP_WEBHOOK_SIGNATURE={sig}")]),
        format!("POST /hook HTTP/1.1\n{}", said("> ", ": ")),
    ] {
        assert!(with(&text, &body(), "", &asked()).good, "{text}");
    }
}

#[test]
fn headers_that_are_missing_are_named() {
    let text = headers(&right(&body()));
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let less: Vec<&str> = text.lines().filter(|it| !it.starts_with(name)).collect();
        let finding = with(&less.join("\n"), &body(), "", &asked());
        assert!(!finding.good);
        assert_eq!(finding.causes[0], Cause::MissingHeader(name));
    }
    let finding = with(&headers("v1a,AAAA"), &body(), "", &asked());
    assert_eq!(finding.causes, [Cause::NoSignature]);
}

#[test]
fn a_body_that_was_touched_is_known_by_how() {
    let right = body();
    let value: Value = serde_json::from_str(&right).unwrap();
    let python = right.replace("西湖", "\\u897f\\u6e56").replace("龙井", "\\u9f99\\u4e95");
    let turned = r#"{"type":"order.paid","data":{"note":"西湖/龙井","amount":8800}}"#;
    let latin: String = right.bytes().map(char::from).collect();
    let table = [
        (format!("{right}\n"), Cause::TrailingNewline),
        (format!("{right}\r\n"), Cause::TrailingNewline),
        (format!("\u{feff}{right}"), Cause::Mark),
        (format!("  {right} \t"), Cause::Whitespace),
        (serde_json::to_string_pretty(&value).unwrap(), Cause::Reserialised),
        (right.replace(':', ": ").replace(',', ", "), Cause::Reserialised),
        (turned.to_owned(), Cause::Reserialised),
        (python, Cause::Escapes),
        (right.replace('/', "\\/"), Cause::Escapes),
        (latin, Cause::Charset),
        (String::new(), Cause::EmptyBody),
    ];
    for (body, cause) in table {
        let finding = came(&body);
        assert!(!finding.good, "{body:?}");
        assert_eq!(finding.causes, [cause], "{body:?}");
    }
}

#[test]
fn line_ends_are_told_apart() {
    let (unix, dos) = ("{\n}", "{\r\n}");
    let of = |signed: &str, came: &str| with(&headers(&right(signed)), came, "", &asked());
    assert_eq!(of(unix, dos).causes, [Cause::LineEnds]);
    assert_eq!(of(dos, unix).causes, [Cause::LineEnds]);
}

#[test]
fn the_first_byte_that_differs_is_shown() {
    let right = body();
    let finding = came(&right.replace("8800", "8801"));
    assert_eq!(finding.causes, [Cause::WrongSecret, Cause::BodyChanged]);
    let (headers, keys) = (headers(&self::right(&right)), asked());
    let changed = right.replace("8800", "8801");
    let question = Question {
        headers: &headers,
        body: changed.as_bytes(),
        computed: "",
        keys: &keys,
        sent: Some(right.as_bytes()),
        now: NOW,
    };
    let finding = look(&question);
    assert_eq!(finding.causes, [Cause::BodyChanged]);
    let difference = finding.body.unwrap();
    assert_eq!(difference.place, right.find("8800").unwrap() + 3);
    assert!(difference.before.ends_with("\"amount\":880"), "{}", difference.before);
    assert!(difference.expected.starts_with("0,"), "{}", difference.expected);
    assert!(difference.got.starts_with("1,"), "{}", difference.got);
    let end = came(&format!("{right}\n")).body.unwrap();
    assert_eq!((end.place, &*end.expected, &*end.got), (right.len(), "", "\\n"));
}

#[test]
fn a_difference_is_never_inside_a_character() {
    let difference = Difference::of("好".as_bytes(), "奼".as_bytes()).unwrap();
    assert_eq!((difference.place, &*difference.expected, &*difference.got), (0, "好", "奼"));
    assert_eq!(Difference::of(b"a", b"a"), None);
}

#[test]
fn secrets_are_told_apart() {
    let (before, other) = (b"before".to_vec(), b"other".to_vec());
    let mut keys = asked();
    keys.push(Known { whose: Whose::Before, key: before.clone() });
    keys.push(Known { whose: Whose::Other("whe_2".to_owned()), key: other.clone() });
    let content = format!("{ID}.{NOW}.{}", body());
    let of = |key: &[u8]| with(&headers(&signed(key, &content)), &body(), "", &keys).causes;
    assert_eq!(of(&before), [Cause::OldSecret]);
    assert_eq!(of(&other), [Cause::OtherEndpoint("whe_2".to_owned())]);
    assert_eq!(of(b"unknown"), [Cause::WrongSecret, Cause::BodyChanged]);
    assert_eq!(key_of("whsec_not base64"), Err(Cause::SecretUnreadable));
    assert_eq!(key_of("whsec_"), Err(Cause::SecretUnreadable));
    assert_eq!(key_of(&SECRET[6..]), Ok(key()));
}

#[test]
fn what_a_receiver_computed_is_explained() {
    let body = body();
    let sign = |content: String| signed(&key(), &content);
    let right = format!("{ID}.{NOW}.{body}");
    let digest = tag(&key(), right.as_bytes());
    let plain = STANDARD.encode(digest);
    let hex = digest.iter().fold(String::new(), |all, it| format!("{all}{it:02x}"));
    let url = format!("v1,{}", plain.replace('+', "-").replace('/', "_"));
    let text = &SECRET[6..];
    let table = [
        (sign(format!("{NOW}.{ID}.{body}")), Cause::Order),
        (sign(format!("{NOW}.{body}")), Cause::PartsMissing),
        (sign(format!("{ID}.{body}")), Cause::PartsMissing),
        (sign(body.clone()), Cause::BodyOnly),
        (signed(text.as_bytes(), &right), Cause::SecretNotDecoded),
        (signed(SECRET.as_bytes(), &right), Cause::SecretWithPrefix),
        (hex, Cause::Hex),
        (plain.trim_end_matches('=').to_owned(), Cause::NoPadding),
    ];
    for (said, cause) in table {
        let finding = computed(&said);
        assert!(!finding.good, "{said}");
        assert_eq!(finding.causes, [cause], "{said}");
        assert!(finding.signature.is_some(), "{said}");
    }
    if plain.contains(['+', '/']) {
        assert_eq!(computed(&url).causes, [Cause::Base64Url]);
    }
    assert!(computed(&plain).good, "the version may be left out");
}

#[test]
fn base64_for_addresses_is_known() {
    // Some signature has one of the two signs that differ.
    let found = (0..100).map(|it| format!("{{\"turn\":{it}}}")).find(|it| right(it).contains('+'));
    let body = found.unwrap();
    let said = right(&body).replace('+', "-").replace('/', "_");
    let finding = with(&headers(&right(&body)), &body, &said, &asked());
    assert_eq!(finding.causes, [Cause::Base64Url]);
}

#[test]
fn two_mistakes_at_a_time_are_found() {
    let keys = [asked(), vec![Known { whose: Whose::Before, key: b"before".to_vec() }]].concat();
    let content = format!("{ID}.{NOW}.{}", body());
    let headers = headers(&signed(b"before", &content));
    let finding = with(&headers, &format!("{}\n", body()), "", &keys);
    assert_eq!(finding.causes, [Cause::OldSecret, Cause::TrailingNewline]);
}

#[test]
fn clocks_are_looked_at() {
    let at = |time: &str, now: u64| {
        let signature = signed(&key(), &format!("{ID}.{time}.{}", body()));
        let headers =
            format!("webhook-id: {ID}\nwebhook-timestamp: {time}\nwebhook-signature: {signature}");
        let (body, keys) = (body(), asked());
        let (body, sent) = (body.as_bytes(), None);
        look(&Question { headers: &headers, body, computed: "", keys: &keys, sent, now })
    };
    let said = NOW.to_string();
    assert_eq!(at(&said, NOW + TOLERANCE).causes, []);
    assert_eq!(at(&said, NOW + TOLERANCE + 1).causes, [Cause::TooOld(TOLERANCE + 1)]);
    assert_eq!(at(&said, NOW - TOLERANCE - 1).causes, [Cause::TooNew(TOLERANCE + 1)]);
    assert!(at(&said, NOW + 1_000).good, "the signature itself is good");
    assert_eq!(at(&format!("{NOW}000"), NOW).causes, [Cause::TimestampUnreadable]);
    assert_eq!(at("yesterday", NOW).causes, [Cause::TimestampUnreadable]);
}
