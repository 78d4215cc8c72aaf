//! A card number ends in its behaviour.

use super::*;

#[tokio::test]
async fn each_card_does_what_its_number_says() {
    let place = Place::new(&[]).await;
    let rich = place.token(PLAIN).await;
    let asked = instruction("rich", Kind::Collect, &rich, 1_000_000);
    place.bank.instruct(&asked).await.unwrap();
    let (done, paid) = ("executed 500", "executed 200");
    let cards = [
        ("6200000000000005", done, paid),
        ("6200000000001003", "rejected insufficient_funds", paid),
        ("6200000000002001", "rejected declined", "rejected declined"),
        ("6200000000003009", "rejected card_expired", "rejected card_expired"),
        ("6200000000004007", "rejected sms_code_wrong", paid),
        ("6200000000005004", done, paid),
        ("6200000000006002", "rejected sms_not_confirmed", paid),
        ("6200000000007000", "silence", "silence"),
        ("6200000000008008", "silence", "silence"),
        ("6200000000009006", done, paid),
        ("6200000000010004", done, paid),
        ("6200000000011002", "pending", "pending"),
        ("6200000000012000", done, paid),
        ("6200000000013008", done, paid),
        ("6200000000014006", "rejected holder_name_mismatch", "rejected holder_name_mismatch"),
        ("6200000000015003", done, paid),
    ];
    assert_eq!(cards.map(|(it, ..)| it), super::super::cards::CARDS.map(|(it, _)| it));
    for (number, top_up, withdrawal) in cards {
        let token = place.token(number).await;
        let (top, out) = (format!("top-{number}"), format!("out-{number}"));
        assert_eq!(short(&place.collect(&top, &token).await), top_up, "{number}");
        assert_eq!(short(&place.pay_out(&out, &token).await), withdrawal, "{number}");
    }
    place.audit().await;
}

#[tokio::test]
async fn late_cards_are_unknown_before_they_are_anything() {
    let place = Place::new(&[]).await;
    place.control(Method::POST, "/control/clock", json!({ "time_scale": 20 })).await;
    let [late, never, closing] = [
        place.token("6200000000007000"),
        place.token("6200000000008008"),
        place.token("6200000000011002"),
    ];
    let (late, never, closing) = (late.await, never.await, closing.await);
    let (first, second) = tokio::join!(place.collect("a", &late), place.collect("b", &never));
    assert_eq!((short(&first), short(&second)), ("silence".to_owned(), "silence".to_owned()));
    assert_eq!(place.asked("a").await, "pending");
    assert_eq!(place.asked("b").await, "pending");
    assert_eq!(short(&place.collect("a", &late).await), "pending", "it has it already");
    assert_eq!(short(&place.collect("c", &closing).await), "pending");
    place.advance(60).await;
    place.until("a", "executed 500").await;
    place.until("b", "rejected declined").await;
    assert_eq!(place.asked("c").await, "pending", "the order is not closed yet");
    place.advance(super::super::cards::AFTER_CLOSING).await;
    place.until("c", "executed 500").await;
    assert_eq!(place.audit().await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_slow_card_is_slow_to_answer_and_not_to_act() {
    let place = Place::new(&[]).await;
    place.control(Method::POST, "/control/clock", json!({ "time_scale": 20 })).await;
    let token = place.token("6200000000009006").await;
    let begun = Instant::now();
    let (answer, ()) = tokio::join!(place.collect("a", &token), place.until("a", "executed 500"));
    assert_eq!(short(&answer), "executed 500");
    assert!(begun.elapsed() >= Duration::from_millis(1_500), "30 seconds at 20 to one");
}

#[tokio::test]
async fn a_withdrawal_can_come_back_the_next_day() {
    let place = Place::new(&[]).await;
    let (plain, back) = (place.token(PLAIN).await, place.token("6200000000013008").await);
    place.collect("top", &plain).await.unwrap();
    let first = place.pay_out("out", &back).await.unwrap();
    let Answer::Executed { bank_reference: paid, .. } = first else { panic!("{first:?}") };
    assert_eq!(place.see("/ledger/balances").await["data"]["reserve/CNY"], 300);
    place.advance(86_400).await;
    place.until("out", "returned 200 account_closed").await;
    let Ok(Found::Answer(Answer::Returned { bank_reference, return_reference, .. })) =
        place.bank.inquire("out").await
    else {
        panic!("it came back")
    };
    assert_eq!(bank_reference, paid);
    let movements = place.audit().await;
    assert_eq!(movements[2]["bank_reference"], return_reference);
    assert_eq!(movements[2]["returns"], paid);
    assert_eq!(place.see("/ledger/balances").await["data"]["reserve/CNY"], 500);
}
