//! Signatures hold for what they were made for, and for nothing else.

use super::*;

fn secret(byte: u8) -> Secret {
    Secret { bytes: Arc::new([byte; 32]) }
}

const ABOUT: About<'_> = About {
    role: Role::Notice,
    method: "POST",
    path: "/v1/banks/notices",
    id: "00000000000000000000000000000001",
    timestamp: 1_000_000,
};

fn marked(secret: &Secret, about: &About<'_>, body: &[u8]) -> HeaderMap {
    let each = headers(secret, about, body);
    let each = each.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    HeaderMap::from_iter(each)
}

/// What the gate says to a notice at a time.
fn check(gate: &Gate, now: u64, headers: &HeaderMap, body: &[u8]) -> Result<(), Untrusted> {
    gate.check_at(now, Role::Notice, ("POST", "/v1/banks/notices"), headers, body)
}

/// Made with Python's hmac, so that whoever writes the other side can compare.
#[test]
fn a_signature_is_what_the_protocol_says() {
    let signed = signature(&secret(7), &ABOUT, br#"{"reference":"top_1","status":"pending"}"#);
    assert_eq!(signed, "v1,rX7V4M2jdDh4xpjye1LaTOs5i8aPc7GH3QZzHMdvpNI=");
}

#[test]
fn a_message_is_taken_within_five_minutes_and_once() {
    let gate = Gate::new(secret(1));
    let headers = marked(&secret(1), &ABOUT, b"{}");
    for now in [ABOUT.timestamp - WINDOW - 1, ABOUT.timestamp + WINDOW + 1] {
        assert_eq!(check(&gate, now, &headers, b"{}"), Err(Untrusted::Stale));
    }
    let forged = marked(&secret(2), &ABOUT, b"{}");
    assert_eq!(check(&gate, ABOUT.timestamp, &forged, b"{}"), Err(Untrusted::Forged));
    assert_eq!(check(&gate, ABOUT.timestamp, &headers, b"{ }"), Err(Untrusted::Forged));
    assert_eq!(check(&gate, ABOUT.timestamp - WINDOW, &headers, b"{}"), Ok(()), "none used it up");
    // To the end of the window, whatever comes in between.
    for now in (ABOUT.timestamp - WINDOW..=ABOUT.timestamp + WINDOW).step_by(50) {
        let id = format!("{now:032x}");
        let other = About { id: &id, timestamp: now, ..ABOUT };
        assert_eq!(check(&gate, now, &marked(&secret(1), &other, b"{}"), b"{}"), Ok(()));
        assert_eq!(check(&gate, now, &headers, b"{}"), Err(Untrusted::Repeated), "at {now}");
    }
}

#[test]
fn an_answer_belongs_to_its_request_and_its_status() {
    let asked = About { role: Role::Request, timestamp: now(), ..ABOUT };
    let about = About { role: Role::Answer(404), ..asked };
    let headers = marked(&secret(1), &about, b"no");
    let checked = |asked: &About<'_>, status, body: &[u8]| {
        check_answer(&secret(1), asked, status, &headers, body)
    };
    assert_eq!(checked(&asked, 404, b"no"), Ok(()));
    assert_eq!(checked(&asked, 200, b"no"), Err(Untrusted::Forged));
    assert_eq!(checked(&asked, 404, b"yes"), Err(Untrusted::Forged));
    let other = About { path: "/instructions/top_2", ..asked };
    assert_eq!(checked(&other, 404, b"no"), Err(Untrusted::Forged));
    let other = About { id: "00000000000000000000000000000002", ..asked };
    assert_eq!(checked(&other, 404, b"no"), Err(Untrusted::Repeated));
    let old = About { timestamp: asked.timestamp - WINDOW - 5, ..about };
    let headers = marked(&secret(1), &old, b"no");
    assert_eq!(check_answer(&secret(1), &asked, 404, &headers, b"no"), Err(Untrusted::Stale));
}

#[test]
fn a_secret_is_made_once_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(SECRET_FILE);
    assert!(Secret::read(&file).unwrap_err().to_string().contains("bank.secret"));
    let made = Secret::open(&file).unwrap();
    assert_eq!(Secret::open(&file).unwrap().text(), made.text());
    assert_eq!(Secret::read(&file).unwrap().text(), made.text());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(format!("{made:?}"), "Secret", "it is not written into logs");
    fs::write(&file, "bksec_c2hvcnQ=").unwrap();
    assert!(Secret::open(&file).is_err(), "and not made again over something else");
}
