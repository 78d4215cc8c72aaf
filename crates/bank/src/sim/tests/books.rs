//! Once, for ever, in books that balance and outlive the process.

use super::*;

#[tokio::test]
async fn an_instruction_is_done_once_and_always_answered_the_same() {
    let place = Place::new(&[]).await;
    let (bank, token) = (&place.bank, place.token(PLAIN).await);
    assert_eq!(place.token(PLAIN).await, token);
    assert_eq!(bank.tokenise("6200000000000006").await.unwrap(), None, "the check digit is wrong");

    let asked = instruction("top-1", Kind::Collect, &token, 8_800);
    let first = bank.instruct(&asked).await.unwrap();
    assert!(matches!(first, Answer::Executed { amount: 8_800, .. }), "{first:?}");
    assert_eq!(bank.instruct(&asked).await.unwrap(), first);
    assert_eq!(bank.inquire("top-1").await.unwrap(), Found::Answer(first));
    let other = Instruction { amount: 8_801, ..asked.clone() };
    assert!(bank.instruct(&other).await.is_err(), "a reference means one thing for ever");

    let poor = instruction("out-1", Kind::Payout, &token, 8_801);
    let refused = bank.instruct(&poor).await;
    assert_eq!(short(&refused), "rejected insufficient_funds");
    assert_eq!(bank.instruct(&poor).await, refused, "also when it could be done by now");
    let stranger = place.collect("top-2", "tok_unknown").await;
    assert_eq!(short(&stranger), "rejected no_such_card");
    assert_eq!(place.audit().await.as_array().unwrap().len(), 1);

    let kept = place.see("/ledger/references/top-1").await;
    assert_eq!((&kept["instructed"], &kept["inquired"]), (&json!(3), &json!(1)), "{kept}");
    assert_eq!(kept["executed"], 1);
}

#[tokio::test]
async fn books_behaviours_faults_and_clock_outlive_the_process() {
    let place = Place::new(&[("garbled", 1), ("seed", 7)]).await;
    let plain = place.token(PLAIN).await;
    let late = place.token("6200000000007000").await;
    let back = place.token("6200000000013008").await;
    place.collect("top-1", &plain).await.unwrap();
    place.pay_out("out-1", &back).await.unwrap();
    assert!(place.collect("top-2", &late).await.is_err());
    place.advance(86_000).await;
    let before = place.audit().await;
    let now = place.see("/control").await["now"].clone();

    let place = place.again().await;
    assert_eq!(place.audit().await.as_array().unwrap()[..2], before.as_array().unwrap()[..2]);
    let state = place.see("/control").await;
    assert!(state["now"].as_u64() >= now.as_u64(), "the clock went back");
    assert_eq!((&state["faults"]["garbled"], &state["faults"]["seed"]), (&json!(1), &json!(7)));
    // What was to be done later is done later, and the token still behaves as its number.
    place.until("top-2", "executed 500").await;
    assert!(place.collect("top-3", &late).await.is_err());
    place.advance(86_400).await;
    place.until("top-3", "executed 500").await;
    place.until("out-1", "returned 200 account_closed").await;
    assert_eq!(place.audit().await.as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn never_heard_of_it_is_final_only_after_some_time_and_then_for_ever() {
    let place = Place::new(&[]).await;
    let token = place.token(PLAIN).await;
    assert_eq!(place.asked("top-1").await, "not found, final: false");
    assert_eq!(short(&place.collect("top-1", &token).await), "executed 500", "it was on its way");

    assert_eq!(place.asked("top-2").await, "not found, final: false");
    place.advance(super::super::FINALITY).await;
    assert_eq!(place.asked("top-2").await, "not found, final: true");
    let late = place.collect("top-2", &token).await;
    assert_eq!(short(&late), "rejected reference_closed", "final is final");
    assert_eq!(place.asked("top-2").await, "rejected reference_closed");

    let kept = place.see("/ledger/references/top-2").await;
    assert_eq!(kept["inquired"], 3);
    assert_eq!(kept["inquiries"].as_array().unwrap().len(), 3, "with their times");
    let listed = place.see("/ledger/references?after=top-1").await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}
