//! The banks' faults, each by itself: what a bank does wrong, and what is true afterwards. The
//! bank's own books are the witness; ours are compared with them, to the fen.

use crate::flow::{Flow, until};
use crate::place::Place;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// A bank that does wrong what the words say, always.
fn flow(faults: &[&str]) -> Flow {
    let mut flow = Flow::new(Place::new(1), 1);
    let words: Vec<&str> = faults.iter().flat_map(|it| ["--fault", *it]).collect();
    flow.place.kill_bank();
    flow.place.start_bank_with(&[&["--time-scale", "30"], words.as_slice()].concat());
    flow
}

#[test]
fn d1_a_notice_that_is_lost_is_not_needed() {
    let flow = flow(&["notice_lost=10000", "pending=10000", "late_seconds=90"]);
    let ids: Vec<String> = (0..10).map(|it| flow.top_up(0, 1_000 + it)).collect();
    for id in &ids {
        assert_eq!(flow.ended("top_ups", id)["stage"], "credited");
    }
    flow.agree();
    // It was heard by asking: never more than three times.
    for id in &ids {
        assert!((1..=3).contains(&flow.witness(id)["inquired"].as_u64().unwrap()));
    }
}

#[test]
fn d2_notices_that_come_a_hundredfold_too_early_and_too_late_have_one_effect() {
    let flow = flow(&[
        "notice_duplicated=10000",
        "notice_early=5000",
        "notice_reordered=5000",
        "notice_delayed=3000",
        "notice_delay_seconds=86400",
    ]);
    let ids: Vec<String> = (0..20).map(|it| flow.top_up(0, 1_000 + it)).collect();
    let sum: u64 = (0..20).map(|it| 1_000 + it).sum();
    for id in &ids {
        assert_eq!(flow.ended("top_ups", id)["stage"], "credited");
    }
    // A day later the late ones come, a hundred of each.
    flow.control("/control/clock", &json!({ "advance_seconds": 86_500 }));
    until("every notice is told", || flow.bank("/control")["notices_left"] == 0);
    assert_eq!(flow.balance(0), sum);
    flow.agree();
    let asked: u64 = ids.iter().map(|it| flow.witness(it)["inquired"].as_u64().unwrap()).sum();
    assert!(asked <= 20, "{asked} questions for thousands of notices that were no news");
}

#[test]
fn d3_silence_is_asked_about_and_never_sent_under_another_reference() {
    let flow = flow(&["timeout=10000"]);
    let ids: Vec<String> = (0..12).map(|it| flow.top_up(0, 1_000 + it)).collect();
    until("the bank is silent", || {
        ids.iter().all(|it| flow.shown("top_ups", it)["stage"] == "unknown")
    });
    assert_eq!(flow.balance(0), 0, "nobody is given what may not have left the bank");
    flow.control("/control/faults", &json!({}));
    for id in &ids {
        let ended = flow.ended("top_ups", id);
        assert!(["credited", "rejected"].contains(&ended["stage"].as_str().unwrap()), "{ended}");
    }
    flow.agree();
    let known = flow.references();
    assert_eq!(known.iter().filter(|it| it["reference"] != "probe").count(), ids.len());
}

#[test]
fn d4_a_bank_that_says_no_and_does_it_flips_nothing_that_was_shown() {
    let flow = flow(&["rejected_then_executed=10000", "late_seconds=30"]);
    let id = flow.top_up(0, 5_000);
    assert_eq!(flow.ended("top_ups", &id)["stage"], "rejected");
    until("the money is found", || !flow.shown("top_ups", &id)["late"].is_null());
    let shown = flow.shown("top_ups", &id);
    assert_eq!(shown["stage"], "rejected", "what was said to be final is");
    let receipt = flow.shown("receipts", shown["late"].as_str().unwrap());
    assert_eq!((&receipt["stage"], &receipt["amount"]), (&json!("open"), &json!(5_000)));
    assert_eq!(flow.get("/v1/receipts?stage=open")["data"][0], receipt);
    assert_eq!(flow.balance(0), 0);
    flow.agree();
}

#[test]
fn d4_a_payout_that_was_done_and_comes_back_is_in_the_balance_again() {
    let flow = flow(&["executed_then_returned=10000", "return_seconds=60"]);
    flow.control("/control/faults", &json!({}));
    let into = flow.top_up(0, 9_000);
    assert_eq!(flow.ended("top_ups", &into)["stage"], "credited");
    let faults = json!({ "executed_then_returned": 10_000, "return_seconds": 60 });
    flow.control("/control/faults", &faults);
    let out = flow.withdrawal(0, 4_000);
    until("it is paid", || flow.shown("withdrawals", &out)["stage"] == "paid");
    assert_eq!(flow.balance(0), 5_000);
    until("it is back", || flow.shown("withdrawals", &out)["stage"] == "returned");
    assert_eq!(flow.balance(0), 9_000);
    flow.agree();
}

#[test]
fn d5_what_is_forged_wrong_or_about_nobody_changes_nothing() {
    let flow = flow(&["notice_forged=10000"]);
    let ids: Vec<String> = (0..30).map(|it| flow.top_up(0, 1_000 + it)).collect();
    for id in &ids {
        assert_eq!(flow.ended("top_ups", id)["stage"], "credited");
    }
    until("every notice is told", || flow.bank("/control")["notices_left"] == 0);
    assert_eq!(flow.balance(0), (0..30).map(|it| 1_000 + it).sum::<u64>());
    let banks = flow.get("/v1/banks");
    assert!(banks["data"][0]["notices_refused"].as_u64().unwrap() > 0, "{banks}");
    flow.agree();
}

#[test]
fn d6_a_sick_bank_is_paused_and_the_others_do_not_notice() {
    let place = Place::with_banks(tempfile::tempdir().unwrap(), 1, &["sick", "well"]);
    let mut flow = Flow::new(place, 4);
    let [sick, well] = [0, 1].map(|it| flow.place.banks[it].name);
    let cards: Vec<[String; 2]> =
        (0..4).map(|it| [flow.card_at(it, sick), flow.card_at(it, well)]).collect();
    // A bank pays out no more than the platform has there.
    assert_eq!(flow.ended("top_ups", &flow.top_up(0, 9_000))["stage"], "credited");
    flow.place.kill_bank();
    let begun = Instant::now();
    let (mut turned_away, mut stuck) = (0, Vec::new());
    for number in 0.. {
        let who = usize::try_from(number % 4).unwrap();
        let of = |card: &str| {
            let amount = 100 + number;
            json!({ "account": flow.wallets[who], "card": card, "amount": amount })
        };
        // The well bank's customers are served as ever, whatever the sick one does.
        let good = flow.post(&format!("well-{number}"), "/v1/top_ups", &of(&cards[who][1]));
        let id = good.unwrap()["id"].as_str().unwrap().to_owned();
        let ended = flow.ended_within("top_ups", &id, Duration::from_secs(5));
        assert_eq!(ended["stage"], "credited");
        match flow.once(&format!("sick-{number}"), "/v1/top_ups", &of(&cards[who][0])) {
            (201, body) if turned_away == 0 => stuck.push(body),
            (503, body) => {
                assert_eq!(body["code"], "bank_paused");
                assert_eq!(body["money_moved"], "no");
                turned_away += 1;
            }
            other => panic!("{other:?}"),
        }
        if turned_away == 30 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "new top-ups are not paused");
        std::thread::sleep(Duration::from_millis(50));
    }
    let banks = flow.get("/v1/banks");
    let paused: Vec<&Value> =
        banks["data"].as_array().unwrap().iter().map(|it| &it["paused"]).collect();
    assert_eq!(paused, [true, false]);

    // What can leave waits for the bank, and leaves when it is back.
    let out = json!({ "account": flow.wallets[0], "card": cards[0][0], "amount": 100 });
    let out = flow.post("out", "/v1/withdrawals", &out).unwrap()["id"].as_str().unwrap().to_owned();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(flow.shown("withdrawals", &out)["stage"], "created");
    flow.place.start_bank_with(&["--time-scale", "30"]);
    assert_eq!(flow.ended("withdrawals", &out)["stage"], "paid");
    for it in &stuck {
        assert_eq!(flow.ended("top_ups", it["id"].as_str().unwrap())["stage"], "credited");
    }
}

#[test]
fn d7_many_unknowns_are_no_storm_of_questions() {
    let flow = flow(&["notice_lost=10000", "pending=10000", "late_seconds=700"]);
    let ids: Vec<String> = (0..300).map(|it| flow.top_up(0, 1_000 + it)).collect();
    // The bank decides after some minutes, half a minute of ours: between the second and the
    // third question.
    for id in &ids {
        assert_eq!(flow.ended_within("top_ups", id, Duration::from_secs(100))["stage"], "credited");
    }
    for id in &ids {
        let witness = flow.witness(id);
        assert!(witness["inquired"].as_u64().unwrap() <= 3, "{witness}");
        assert_eq!(witness["executed"], 1);
    }
    flow.agree();
}

#[test]
fn d8_a_statement_that_is_wrong_is_wrong_in_ways_that_have_names() {
    let mut flow = Flow::new(Place::new(1), 1);
    let rates = ["missing", "extra", "doubled", "split", "shifted", "amount"];
    let words = rates.map(|it| format!("statement_{it}=1500"));
    let words: Vec<&str> = words.iter().flat_map(|it| ["--fault", it]).collect();
    flow.place.kill_bank();
    flow.place.start_bank_with(&words);
    let today = flow.day_with_room();
    let ids: Vec<String> = (0..80).map(|it| flow.top_up(0, 10_000 + it)).collect();
    for id in &ids {
        assert_eq!(flow.ended("top_ups", id)["stage"], "credited");
    }
    let out: Vec<String> = (0..20).map(|it| flow.withdrawal(0, 1_000 + it)).collect();
    for id in &out {
        assert_eq!(flow.ended("withdrawals", id)["stage"], "paid");
    }
    let before = flow.balance(0);
    let tomorrow = flow.next_day(&today);
    let reports = [flow.reconcile(&today), {
        flow.next_day(&tomorrow);
        flow.reconcile(&tomorrow)
    }];

    let applied = flow.bank("/control/applied?limit=10000")["data"].as_array().unwrap().clone();
    let wrong = |fault: &str| {
        let fault = format!("statement_{fault}");
        let of = applied.iter().filter(|it| it["fault"] == fault.as_str());
        of.map(|it| it["reference"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let differing = |report: &Value, kind: &str| {
        let of = report["listed"].as_array().unwrap().iter().filter(|it| it["kind"] == kind);
        of.filter_map(|it| it["reference"].as_str().map(str::to_owned)).collect::<BTreeSet<_>>()
    };
    let [first, second] = &reports;
    assert!(rates.iter().all(|it| !wrong(it).is_empty()), "every fault happened: {applied:?}");
    assert_eq!(first["movements"], 100);
    assert_eq!(differing(first, "amount"), wrong("amount"));
    assert_eq!(differing(first, "duplicate"), wrong("doubled"));
    let timing: BTreeSet<_> = wrong("missing").union(&wrong("shifted")).cloned().collect();
    assert_eq!(differing(first, "timing"), timing);
    let by = |report: &Value, rule: &str| {
        let mut found = report["found"].as_array().unwrap().iter();
        found.find(|it| it["rule"] == rule).unwrap()["movements"].as_u64().unwrap()
    };
    assert_eq!(by(first, "split"), u64::try_from(wrong("split").len()).unwrap());
    let unidentified = first["counts"].as_array().unwrap().iter();
    let unidentified: u64 = unidentified
        .filter(|it| it["kind"] == "unidentified")
        .map(|it| it["count"].as_u64().unwrap())
        .sum();
    assert_eq!(unidentified, u64::try_from(wrong("extra").len()).unwrap());
    assert_eq!(first["nothing_unexplained"], false);
    // What a person may do about a case is written out; another person has to agree.
    let listed = first["listed"].as_array().unwrap();
    let case = listed.iter().find(|it| it["kind"] == "unidentified" && it["propose"].is_object());
    let proposal = flow.post("case", "/v1/proposals", &case.unwrap()["propose"]).unwrap();
    let decided = format!("/v1/proposals/{}/approve", proposal["id"].as_str().unwrap());
    let alone = flow.once("alone", &decided, &json!({ "reason": "so it is" }));
    assert_eq!((alone.0, &alone.1["code"]), (403, &json!("same_person")));
    // A day later what was shifted is there; what is missing still is.
    assert_eq!(differing(second, "missing_at_bank"), wrong("missing"));
    assert_eq!(by(second, "reference"), u64::try_from(wrong("shifted").len()).unwrap());
    assert_eq!(flow.balance(0), before, "a wrong statement changes nobody's balance");
    assert_eq!(flow.reconcile(&today), *first, "the same statement again is the same report");
    flow.agree();
}

#[test]
fn what_a_statement_makes_certain_is_told_to_the_books() {
    let flow = flow(&["notice_lost=10000", "rejected_then_executed=10000", "late_seconds=60"]);
    let today = flow.day_with_room();
    let refused: Vec<String> = (0..5).map(|it| flow.top_up(0, 1_000 + it)).collect();
    for id in &refused {
        assert_eq!(flow.ended("top_ups", id)["stage"], "rejected");
    }
    until("the bank does it after all", || {
        refused.iter().all(|it| flow.witness(it)["executed"] == 1)
    });
    flow.control("/control/faults", &json!({ "notice_lost": 10_000, "timeout": 10_000 }));
    let silent: Vec<String> = (0..6).map(|it| flow.top_up(0, 2_000 + it)).collect();
    until("the bank is silent", || {
        silent.iter().all(|it| flow.shown("top_ups", it)["stage"] == "unknown")
    });
    flow.next_day(&today);
    flow.control("/control/faults", &json!({}));
    let report = flow.reconcile(&today);
    assert_eq!(report["nothing_unexplained"], true, "{report}");
    // Told once, late money is found; and what was said to be final stays.
    for id in &refused {
        let shown = flow.shown("top_ups", id);
        assert_eq!((&shown["stage"], shown["late"].is_string()), (&json!("rejected"), true));
    }
    for id in &silent {
        flow.ended("top_ups", id);
    }
    flow.agree();
}

#[test]
fn d9_a_hundred_equal_payments_are_one_and_two_ways_to_pay_pay_once() {
    let flow = flow(&[]);
    let into = flow.top_up(0, 50_000);
    flow.ended("top_ups", &into);
    // A hundred times the same click.
    let body = json!({ "account": flow.wallets[0], "card": flow.cards[0], "amount": 700 });
    let clicks =
        flow.at_once(100, |_| ("click".to_owned(), "/v1/top_ups".to_owned(), body.clone()));
    let ids: Vec<&Value> = clicks.iter().map(|it| &it["id"]).collect();
    assert!(ids.iter().all(|it| *it == ids[0] && it.is_string()), "one top-up: {ids:?}");
    flow.ended("top_ups", ids[0].as_str().unwrap());

    // One order, from the wallet on one device and from the card on another, at once.
    for number in 0..10 {
        let order = flow.order(0, &format!("A-{number}"), 800);
        let card = json!({ "account": flow.wallets[0], "card": flow.cards[0], "amount": 800,
                           "order": order, "deliberate": true });
        let wallet = json!({ "amount": 800, "deliberate": true });
        let pay = format!("/v1/orders/{order}/pay");
        let paid = flow.at_once(20, |it| match it % 2 {
            0 => (format!("{number}-wallet-{it}"), pay.clone(), wallet.clone()),
            _ => (format!("{number}-card-{it}"), "/v1/top_ups".to_owned(), card.clone()),
        });
        assert!(paid.iter().any(|it| it["id"].is_string()), "{paid:?}");
    }
    until("nothing is under way", || flow.open() == 0);
    // Ten orders were paid once each; whatever else the card gave is in the wallet or went back.
    assert_eq!(flow.escrow(), 8_000);
    flow.agree();
}
