//! What the bank says without being asked, or does not say, or says too often.

use super::*;
use crate::Notice;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use std::sync::{Arc, Mutex};

/// Notices that came: what was read, or why it was not, and whether the answer was there already.
type Heard = Arc<Mutex<Vec<Result<Notice, Silence>>>>;

struct Platform {
    heard: Heard,
    /// The channel by which notices are checked; of a bank that starts after the platform.
    bank: Arc<Mutex<Option<HttpBank>>>,
    url: String,
}

#[derive(Clone)]
struct Ear(Heard, Arc<Mutex<Option<HttpBank>>>);

async fn hear(State(Ear(heard, bank)): State<Ear>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let bank = bank.lock().unwrap().clone().unwrap();
    let notice = bank.notice("/notices?bank=1", &headers, &body);
    let (mut heard, refused) = (heard.lock().unwrap(), notice.is_err());
    heard.push(notice);
    match (heard.len(), refused) {
        // Nobody is there at first: so the first notice comes again.
        (1, _) => StatusCode::INTERNAL_SERVER_ERROR,
        (_, true) => StatusCode::UNAUTHORIZED,
        (_, false) => StatusCode::NO_CONTENT,
    }
}

impl Platform {
    async fn new() -> Platform {
        let (heard, bank) = (Heard::default(), Arc::default());
        let ear = Ear(heard.clone(), Arc::clone(&bank));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/notices?bank=1", listener.local_addr().unwrap());
        let router = Router::new().route("/notices", post(hear)).with_state(ear);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Platform { heard, bank, url }
    }

    async fn with_bank(rates: &[(&str, u64)]) -> (Platform, Place) {
        let platform = Platform::new().await;
        let home = tempfile::tempdir().unwrap();
        let place = Place::with(home, Some(faults(rates)), Some(platform.url.clone())).await;
        *platform.bank.lock().unwrap() = Some(place.bank.clone());
        (platform, place)
    }

    /// The references of the notices that were the bank's, in order, once nothing is left.
    async fn told(&self, place: &Place) -> Vec<String> {
        let begun = Instant::now();
        while place.see("/control").await["notices_left"] != 0 {
            assert!(begun.elapsed() < PATIENCE, "notices are left");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let heard = self.heard.lock().unwrap();
        heard.iter().flatten().map(|it| it.reference.clone()).collect()
    }

    fn refused(&self) -> usize {
        self.heard.lock().unwrap().iter().filter(|it| it.is_err()).count()
    }
}

#[tokio::test]
async fn every_answer_is_told_until_it_is_taken() {
    let (platform, place) = Platform::with_bank(&[]).await;
    let token = place.token(PLAIN).await;
    let twice = place.token("6200000000010004").await;
    let first = place.collect("top-1", &token).await.unwrap();
    place.collect("top-2", &token).await.unwrap();
    place.collect("top-3", &twice).await.unwrap();
    let told = platform.told(&place).await;
    assert_eq!(told, ["top-1", "top-1", "top-2", "top-3", "top-3"]);
    assert_eq!(platform.heard.lock().unwrap()[1].as_ref().unwrap().answer, first);
    assert_eq!(place.bank.refused_notices(), 0);
}

#[tokio::test]
async fn notices_can_be_lost_or_late() {
    let (platform, place) = Platform::with_bank(&[("notice_lost", 10_000)]).await;
    let token = place.token(PLAIN).await;
    place.collect("lost", &token).await.unwrap();
    let body = json!({ "notice_delayed": 10_000, "notice_delay_seconds": 86_400 });
    place.control(Method::PUT, "/control/faults", body).await;
    place.collect("late", &token).await.unwrap();
    place.control(Method::PUT, "/control/faults", json!({})).await;
    place.collect("early", &token).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(place.see("/control").await["notices_left"], 1);
    place.advance(86_400).await;
    assert_eq!(platform.told(&place).await, ["early", "early", "late"]);
}

#[tokio::test]
async fn notices_can_come_a_hundred_times_and_in_another_order() {
    let (platform, place) =
        Platform::with_bank(&[("notice_duplicated", 10_000), ("notice_reordered", 10_000)]).await;
    let token = place.token(PLAIN).await;
    let order: Vec<String> = (0..8).map(|it| format!("top-{it}")).collect();
    for reference in &order {
        place.collect(reference, &token).await.unwrap();
    }
    let told = platform.told(&place).await;
    assert!(told.len() > 100, "{}", told.len());
    let mut came = told.clone();
    came.dedup();
    assert_ne!(came, order);
    for reference in &order {
        let copies = told.iter().filter(|it| *it == reference).count();
        assert!((2..=100).contains(&copies), "{reference}: {copies}");
    }
}

#[tokio::test]
async fn a_notice_can_come_before_the_answer() {
    let (platform, place) = Platform::with_bank(&[("notice_early", 10_000)]).await;
    let token = place.token(PLAIN).await;
    // The first notice of all is refused once, so it takes a moment.
    for reference in ["a", "b", "c"] {
        place.collect(reference, &token).await.unwrap();
        let heard = platform.heard.lock().unwrap();
        let last = heard.last().unwrap().as_ref().unwrap();
        assert_eq!(last.reference, reference, "the answer came first");
    }
}

#[tokio::test]
async fn forged_notices_are_refused_or_name_what_nobody_knows_or_lie_about_the_amount() {
    let (platform, place) = Platform::with_bank(&[("notice_forged", 10_000)]).await;
    let token = place.token(PLAIN).await;
    for number in 0..20 {
        place.collect(&format!("top-{number}"), &token).await.unwrap();
    }
    let told = platform.told(&place).await;
    let unknown = told.iter().filter(|it| it.starts_with("forged-")).count();
    let (mut lies, refused) = (0, platform.refused());
    for notice in platform.heard.lock().unwrap().iter().flatten() {
        lies += usize::from(matches!(notice.answer, Answer::Executed { amount: 5_000, .. }));
    }
    assert!(unknown > 0 && lies > 0 && refused > 0, "{unknown} {lies} {refused}");
    assert_eq!(place.applied("notice_forged").await.len(), 20);
    assert_eq!(place.bank.refused_notices(), u64::try_from(refused).unwrap());
    for number in 0..20 {
        assert!(told.contains(&format!("top-{number}")), "the true one comes all the same");
    }
}
