//! What goes wrong goes wrong as often as it was asked to, the same way each time, and the books
//! know better.

use super::*;

/// What is heard of forty instructions.
async fn heard(place: &Place) -> Vec<String> {
    let token = place.token(PLAIN).await;
    let mut heard = Vec::new();
    for number in 0..40 {
        heard.push(short(&place.collect(&format!("top-{number}"), &token).await));
    }
    heard
}

#[tokio::test]
async fn the_same_seed_and_references_have_the_same_fate() {
    let rates = [("timeout", 3_000), ("rejected_then_executed", 3_000), ("seed", 5)];
    let (first, second) = (Place::new(&rates).await, Place::new(&rates).await);
    let heard_first = heard(&first).await;
    assert_eq!(heard_first, heard(&second).await);
    let other = Place::new(&[rates[0], rates[1], ("seed", 6)]).await;
    assert_ne!(heard_first, heard(&other).await);
    assert!(heard_first.iter().any(|it| it == "silence"), "{heard_first:?}");
    assert!(heard_first.iter().any(|it| it == "executed 500"), "{heard_first:?}");
}

#[tokio::test]
async fn of_what_times_out_half_was_done() {
    let place = Place::new(&[("timeout", 10_000)]).await;
    assert_eq!(heard(&place).await, vec!["silence"; 40]);
    let done = place.audit().await.as_array().unwrap().len();
    assert!((8..=32).contains(&done), "{done} of 40");
    let lost = place.applied("timeout_not_executed").await;
    assert_eq!(lost.len() + done, 40);

    // Asking tells them apart, and sending again under the same reference does the rest once.
    place.control(Method::PUT, "/control/faults", json!({})).await;
    for reference in &lost {
        assert_eq!(place.asked(reference).await, "not found, final: false");
    }
    assert_eq!(heard(&place).await, vec!["executed 500"; 40]);
    assert_eq!(heard(&place).await, vec!["executed 500"; 40]);
    assert_eq!(place.audit().await.as_array().unwrap().len(), 40);
    let references = place.see("/ledger/references").await;
    assert!(references["data"].as_array().unwrap().iter().all(|it| it["instructed"] == 3));
}

#[tokio::test]
async fn a_no_can_be_followed_by_the_deed_and_a_yes_by_a_return() {
    let place = Place::new(&[("rejected_then_executed", 10_000)]).await;
    let token = place.token(PLAIN).await;
    assert_eq!(short(&place.collect("a", &token).await), "rejected declined");
    place.advance(600).await;
    place.until("a", "executed 500").await;

    let body = json!({ "executed_then_returned": 10_000, "return_seconds": 3_600 });
    place.control(Method::PUT, "/control/faults", body).await;
    assert_eq!(short(&place.collect("b", &token).await), "executed 500");
    place.advance(3_600).await;
    place.until("b", "returned 500 reversed").await;
    let kept = place.see("/ledger/references/b").await;
    assert_eq!((&kept["executed"], &kept["returned"]), (&json!(1), &json!(1)));
    assert_eq!(kept["history"].as_array().unwrap().len(), 2);
    assert_eq!(place.audit().await.as_array().unwrap().len(), 3);
    assert_eq!(place.applied("rejected_then_executed").await, ["a"]);
    assert_eq!(place.applied("executed_then_returned").await, ["b"]);
}

#[tokio::test]
async fn another_amount_may_move_than_was_instructed_and_the_answer_says_so() {
    let place = Place::new(&[("amount_differs", 10_000)]).await;
    let token = place.token(PLAIN).await;
    for reference in ["a", "b", "c", "d", "e"] {
        let answer = place.collect(reference, &token).await.unwrap();
        let Answer::Executed { amount, currency, .. } = answer else { panic!("{answer:?}") };
        assert!(amount == 499 || amount == 501, "{amount}");
        assert_eq!(currency, "CNY");
    }
    assert_eq!(place.applied("amount_differs").await.len(), 5);
    place.audit().await;
}

#[tokio::test]
async fn nonsense_is_silence_and_never_a_no() {
    let place = Place::new(&[("garbled", 10_000)]).await;
    let token = place.token(PLAIN).await;
    let mut heard = std::collections::HashSet::new();
    for number in 0..20 {
        match place.collect(&format!("top-{number}"), &token).await {
            Err(Silence::Garbled(_)) => heard.insert("no sense"),
            Err(Silence::Untrusted(_)) => heard.insert("no signature"),
            other => panic!("{other:?}"),
        };
        assert_eq!(place.asked(&format!("top-{number}")).await, "silence");
    }
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert_eq!(place.audit().await.as_array().unwrap().len(), 20, "everything was done");
}

#[tokio::test]
async fn pending_and_slow_answers_end_with_the_truth() {
    let place = Place::new(&[("pending", 10_000), ("late_seconds", 50)]).await;
    let token = place.token(PLAIN).await;
    assert_eq!(short(&place.collect("a", &token).await), "pending");
    place.until("a", "executed 500").await;
    place
        .control(Method::PUT, "/control/faults", json!({ "slow": 10_000, "slow_seconds": 300 }))
        .await;
    let begun = Instant::now();
    assert_eq!(short(&place.collect("b", &token).await), "executed 500");
    assert!(begun.elapsed() >= Duration::from_millis(300), "five minutes at 1,000 to one");
}

#[test]
fn faults_that_make_no_sense_are_refused() {
    let wrong = |json: Option<&str>, change: &str| {
        let changes: Vec<String> =
            Some(change.to_owned()).into_iter().filter(|it| !it.is_empty()).collect();
        Faults::parse(json, &changes).unwrap_err()
    };
    assert!(wrong(None, "timeout=10001").contains("timeout is from 0 to 10000"));
    assert!(wrong(None, "timeout").contains("NAME=NUMBER"));
    assert!(wrong(None, "tiemout=1").contains("no such fault"));
    assert!(wrong(Some(r#"{"tiemout":1}"#), "").contains("tiemout"));
    assert!(wrong(None, "notice_copies=101").contains("from 2 to 100"));
    let both = Faults::parse(Some(r#"{"seed":3,"timeout":5}"#), &["timeout=6".to_owned()]).unwrap();
    assert_eq!((both.seed, both.timeout), (3, 6));
}
