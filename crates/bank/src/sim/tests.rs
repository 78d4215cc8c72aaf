//! The simulated bank keeps its word: once, for ever, in books that balance.

use super::books::{Books, Told};
use super::serve;
use crate::{Answer, HttpBank, Instruction, Kind};
use axum::routing::post;
use axum::{Json, Router};
use http::StatusCode;
use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

const NUMBER: &str = "6200000000000005";

fn instruction(reference: &str, kind: Kind, token: &str, amount: u64) -> Instruction {
    let (reference, token) = (reference.to_owned(), token.to_owned());
    Instruction { reference, kind, token, amount, currency: "CNY".to_owned() }
}

async fn bank(directory: &Path, notify: Option<String>) -> HttpBank {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let directory = directory.to_owned();
    let forever = std::future::pending();
    tokio::spawn(async move { serve(&directory, listener, notify, forever).await });
    HttpBank::new(&url)
}

#[tokio::test]
async fn an_instruction_is_done_once_and_always_answered_the_same() {
    let home = tempfile::tempdir().unwrap();
    let bank = bank(home.path(), None).await;
    let token = bank.tokenise(NUMBER).await.unwrap().unwrap();
    assert_eq!(bank.tokenise(NUMBER).await.unwrap().as_ref(), Some(&token));
    assert_eq!(bank.tokenise("6200000000000006").await.unwrap(), None, "the check digit is wrong");

    assert_eq!(bank.inquire("top-1").await.unwrap(), None);
    let asked = instruction("top-1", Kind::Collect, &token, 8_800);
    let first = bank.instruct(&asked).await.unwrap();
    assert!(matches!(first, Answer::Executed { .. }), "{first:?}");
    assert_eq!(bank.instruct(&asked).await.unwrap(), first);
    assert_eq!(bank.inquire("top-1").await.unwrap().as_ref(), Some(&first));
    let other = Instruction { amount: 8_801, ..asked.clone() };
    assert!(bank.instruct(&other).await.is_err(), "a reference means one thing for ever");

    let poor = instruction("out-1", Kind::Payout, &token, 8_801);
    let refused = bank.instruct(&poor).await.unwrap();
    assert!(matches!(&refused, Answer::Rejected { reason } if reason == "insufficient_funds"));
    assert_eq!(bank.instruct(&poor).await.unwrap(), refused, "also when it could be done by now");
    let stranger = instruction("top-2", Kind::Collect, "tok_unknown", 1);
    let refused = bank.instruct(&stranger).await.unwrap();
    assert!(matches!(&refused, Answer::Rejected { reason } if reason == "no_such_card"));
}

#[tokio::test]
async fn the_books_balance_and_outlive_the_process() {
    let home = tempfile::tempdir().unwrap();
    let books = Books::open(home.path()).unwrap();
    let token = books.tokenise(NUMBER.to_owned()).await.unwrap().unwrap();
    for (number, kind, amount) in
        [(1, Kind::Collect, 500), (2, Kind::Collect, 300), (3, Kind::Payout, 200)]
    {
        let asked = instruction(&number.to_string(), kind, &token, amount);
        let told = books.instruct(asked).await.unwrap();
        assert!(matches!(told, Told::Answer(Answer::Executed { .. })));
    }
    let balances = books.balances().unwrap();
    assert_eq!(balances["reserve/CNY"], 600);
    assert_eq!(balances.values().sum::<i64>(), 0);
    let moved = serde_json::to_value(books.movements(None, 10).unwrap()).unwrap();
    drop(books);

    // The writing thread lets go of the file a moment after the last handle is gone.
    let begun = Instant::now();
    let again = loop {
        match Books::open(home.path()) {
            Ok(books) => break books,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(5), "{error}"),
        }
    };
    assert_eq!(again.balances().unwrap(), balances);
    assert_eq!(serde_json::to_value(again.movements(None, 10).unwrap()).unwrap(), moved);
    assert_eq!(again.movements(Some(0), 1).unwrap().len(), 1);
}

#[tokio::test]
async fn every_answer_is_told_until_it_is_taken() {
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let theirs = seen.clone();
    let take = move |Json(notice): Json<Value>| async move {
        let mut seen = theirs.lock().unwrap();
        seen.push(notice);
        // The first attempt fails, so the first notice comes twice.
        if seen.len() == 1 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::NO_CONTENT }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/notices", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, Router::new().route("/notices", post(take))).await
    });
    let home = tempfile::tempdir().unwrap();
    let bank = bank(home.path(), Some(url)).await;
    let token = bank.tokenise(NUMBER).await.unwrap().unwrap();
    for reference in ["top-1", "top-2"] {
        bank.instruct(&instruction(reference, Kind::Collect, &token, 5)).await.unwrap();
    }
    let begun = Instant::now();
    while seen.lock().unwrap().len() < 3 {
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", seen.lock().unwrap());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let told: Vec<Value> = seen.lock().unwrap().clone();
    let references: Vec<&str> = told.iter().map(|it| it["reference"].as_str().unwrap()).collect();
    assert_eq!(references, ["top-1", "top-1", "top-2"]);
    assert!(told.iter().all(|it| it["status"] == "executed"), "{told:?}");
}
