//! Orders that are paid straight from bank cards, while a fifth of what banks do goes wrong. The
//! next day's statement explains every row.

use crate::flow::{Flow, until};
use crate::place::Place;
use serde_json::json;
use std::time::Duration;

/// How much faster than ours the bank's time passes.
const SCALE: &str = "60";

#[test]
fn orders_are_paid_from_cards_by_a_bank_that_fails_and_its_statement_explains_every_row() {
    let mut flow = Flow::new(Place::new(1), 0);
    flow.place.kill_bank();
    flow.place.start_bank_with(&["--time-scale", SCALE]);
    flow.place.kill();
    flow.place.start_with(&["--bank-time-scale", SCALE]);
    flow.place.wait_until_ready();
    let today = flow.day_with_hours(16);
    flow.control(
        "/control/faults",
        &json!({
            "seed": 2009, "notice_lost": 2_000, "notice_duplicated": 500, "notice_forged": 500,
            "notice_early": 1_000, "notice_delayed": 500, "timeout": 1_000, "garbled": 400,
            "slow": 100, "pending": 400, "rejected_then_executed": 200, "amount_differs": 100,
            "late_seconds": 300, "statement_split": 100,
        }),
    );
    let file = Place::orders();
    let words = ["--from-cards", "--concurrency", "64"];
    let replayed = |flow: &Flow| {
        let output = flow.place.replay_with(&file, &words).wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", flow.place.replay_said());
        serde_json::from_str::<serde_json::Value>(&said).unwrap()
    };
    let first = replayed(&flow);
    assert_eq!(first["differences"], json!([]));
    flow.control("/control/faults", &json!({}));
    std::thread::sleep(Duration::from_secs(6));
    flow.settled(Duration::from_mins(5));
    assert_eq!(replayed(&flow)["differences"], json!([]), "what came late changed no order");

    flow.next_day(&today);
    let report = flow.reconcile(&today);
    assert_eq!(report["nothing_unexplained"], true, "{report}");
    let undone = flow.one_fate_each(&report);
    assert_eq!(undone, 0);
    until("what was found late is booked", || flow.open() == 0);
    assert_eq!(-flow.of_kind("bank_clearing"), flow.held(), "{report}");
    flow.verify();
    println!(
        "{} orders: {} lines, {} differences, all explained",
        first["orders"], report["lines"], report["differences"]
    );
}
