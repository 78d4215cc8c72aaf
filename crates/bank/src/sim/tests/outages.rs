//! A bank that is down or slow for a time, and signatures at its door.

use super::*;
use crate::sign::{self, About, ID, Role, SIGNATURE, TIMESTAMP, WINDOW};

async fn begin(place: &Place, kind: &str, seconds: u64) {
    let body = json!({ "kind": kind, "seconds": seconds });
    let status = place.control(Method::POST, "/control/outage", body).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_bank_that_is_down_is_silent_and_comes_back_by_itself() {
    let place = Place::new(&[]).await;
    let token = place.token(PLAIN).await;
    begin(&place, "unavailable", 7_200).await;
    assert_eq!(short(&place.collect("a", &token).await), "silence");
    begin(&place, "refuse", 7_200).await;
    let begun = Instant::now();
    loop {
        // Nobody listens any more, not even on connections that were open before.
        match place.collect("a", &token).await {
            Err(Silence::Connection(_)) => break,
            other => assert!(begun.elapsed() < PATIENCE, "{other:?}"),
        }
    }
    let address = place.url.strip_prefix("http://").unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "somebody listens");
    assert_eq!(place.see("/control").await["outage"]["kind"], "refuse");
    // Two hours of the bank are seven seconds of ours.
    place.until("a", "not found, final: false").await;
    assert!(begun.elapsed() >= Duration::from_secs(6), "too early");
    assert_eq!(short(&place.collect("a", &token).await), "executed 500");
    assert_eq!(place.audit().await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_slow_bank_is_slow_with_everybody_until_somebody_ends_it() {
    let place = Place::new(&[("slow_seconds", 300)]).await;
    begin(&place, "slow", 80_000).await;
    let begun = Instant::now();
    let token = place.token(PLAIN).await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
    place.control(Method::DELETE, "/control/outage", Value::Null).await;
    let begun = Instant::now();
    assert_eq!(short(&place.collect("a", &token).await), "executed 500");
    assert!(begun.elapsed() < Duration::from_millis(300));
}

/// What a signed request looks like, and what somebody did to it.
struct Forged<'a> {
    role: Role,
    method: &'a str,
    path: &'a str,
    timestamp: u64,
    secret: Secret,
    body: &'a str,
}

#[tokio::test]
async fn only_the_platform_is_let_in_and_only_once_with_the_same_words() {
    let place = Place::new(&[]).await;
    let token = place.token(PLAIN).await;
    let body = serde_json::to_string(&instruction("a", Kind::Collect, &token, 500)).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = Options::new(elsewhere.path()).secret().unwrap();
    let (secret, now) = (place.secret(), sign::now());
    let right = |secret: &Secret| Forged {
        role: Role::Request,
        method: "POST",
        path: "/instructions",
        timestamp: now,
        secret: secret.clone(),
        body: &body,
    };
    let send = async |it: &Forged<'_>, id: &str, edit: fn(&mut HeaderMap)| {
        let Forged { role, method, path, timestamp, .. } = *it;
        let about = About { role, method, path, id, timestamp };
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        for (name, value) in sign::headers(&it.secret, &about, it.body.as_bytes()) {
            headers.insert(name, value.parse().unwrap());
        }
        edit(&mut headers);
        let url = format!("{}/instructions", place.url);
        let (status, answer) = raw(Method::POST, &url, &headers, &body).await.unwrap();
        (status.as_u16(), answer)
    };
    let refused = async |it: Forged<'_>, why: &str| {
        let (status, answer) = send(&it, &sign::fresh_id().unwrap(), |_| {}).await;
        assert!(status == 401 && answer.contains(why), "{why}: {status} {answer}");
    };
    refused(right(&stranger), "signature_wrong").await;
    let other = body.replace("500", "501");
    refused(Forged { body: &other, ..right(&secret) }, "signature_wrong").await;
    refused(Forged { path: "/cards/tokens", ..right(&secret) }, "signature_wrong").await;
    refused(Forged { method: "PUT", ..right(&secret) }, "signature_wrong").await;
    refused(Forged { role: Role::Notice, ..right(&secret) }, "signature_wrong").await;
    refused(Forged { role: Role::Answer(200), ..right(&secret) }, "signature_wrong").await;
    let (old, early) = (now - WINDOW - 2, now + WINDOW + 60);
    refused(Forged { timestamp: old, ..right(&secret) }, "timestamp_outside_window").await;
    refused(Forged { timestamp: early, ..right(&secret) }, "timestamp_outside_window").await;
    let edits: [fn(&mut HeaderMap); 4] = [
        |it| drop(it.remove(SIGNATURE)),
        |it| drop(it.remove(ID)),
        |it| drop(it.remove(TIMESTAMP)),
        |it| _ = it.append(SIGNATURE, "v1,".parse().unwrap()),
    ];
    for edit in edits {
        let (status, answer) = send(&right(&secret), &sign::fresh_id().unwrap(), edit).await;
        assert!(status == 401 && answer.contains("signature_missing"), "{answer}");
    }
    assert_eq!(send(&right(&secret), "short", |_| {}).await.0, 401);
    assert!(place.audit().await.as_array().unwrap().is_empty(), "nothing was done");

    let id = sign::fresh_id().unwrap();
    assert_eq!(send(&right(&secret), &id, |_| {}).await.0, 200);
    let (status, answer) = send(&right(&secret), &id, |_| {}).await;
    assert!(status == 401 && answer.contains("id_used_before"), "{answer}");
    assert_eq!(place.see("/ledger/references/a").await["instructed"], 1);
    assert_eq!(place.see("/control").await["requests_refused"], 14);
}

#[tokio::test]
async fn an_answer_of_somebody_else_is_silence() {
    let place = Place::new(&[]).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = Options::new(elsewhere.path()).secret().unwrap();
    let wrong = HttpBank::new(&place.url, stranger);
    // The bank says 401, but it cannot sign so that we believe it.
    let heard = wrong.inquire("a").await;
    assert_eq!(heard, Err(Silence::Untrusted(sign::Untrusted::Unsigned)));
}
