//! The statement of a day: right, or wrong in the way that was asked for.

use super::*;
use crate::sim::Calendar;
use crate::{Side, Statement};

/// The day in which a time of the bank is, in China.
fn day(millis: u64) -> String {
    let time = jiff::Timestamp::from_millisecond(i64::try_from(millis).unwrap()).unwrap();
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    time.to_zoned(zone).date().to_string()
}

impl Place {
    /// Books some movements within one day; returns it.
    async fn a_day(&self, count: u64) -> String {
        self.control(Method::POST, "/control/clock", json!({ "time_scale": 1 })).await;
        // Just after midnight in China, so that the day does not end in the middle.
        let now = self.see("/control").await["now"].as_u64().unwrap();
        let passed = (now / 1_000 + 8 * 3_600) % 86_400;
        self.advance(86_400 - passed + 1).await;
        let token = self.token(PLAIN).await;
        for number in 0..count {
            let amount = 500 + number;
            let asked = instruction(&format!("top-{number}"), Kind::Collect, &token, amount);
            self.bank.instruct(&asked).await.unwrap();
        }
        let now = self.see("/control").await["now"].as_u64().unwrap();
        day(now)
    }

    async fn statement(&self, date: &str) -> Statement {
        self.bank.statement(date).await.unwrap().expect("the day is over")
    }
}

#[tokio::test]
async fn a_statement_has_what_moved_on_its_day_once_the_day_is_over() {
    let place = Place::new(&[]).await;
    let date = place.a_day(3).await;
    place.pay_out("out", &place.token("6200000000013008").await).await.unwrap();
    assert_eq!(place.bank.statement(&date).await.unwrap(), None, "the day is not over");
    place.advance(86_400).await;
    place.until("out", "returned 200 account_closed").await;
    let first = place.statement(&date).await;
    let rows: Vec<_> = first.rows.iter().map(|it| (it.side, it.amount)).collect();
    let credit = Side::Credit;
    assert_eq!(rows, [(credit, 500), (credit, 501), (credit, 502), (Side::Debit, 200)]);
    let balance = &first.head.balances[0];
    assert_eq!((balance.opening, balance.closing), (0, 1_303));
    assert_eq!(first.rows[0].reference.as_deref(), Some("top-0"));

    place.advance(86_400).await;
    let second = place.statement(&day(first.head.to)).await;
    assert_eq!((second.head.from, second.head.balances[0].opening), (first.head.to, 1_303));
    assert_eq!(second.rows[0].returns.as_ref(), Some(&first.rows[3].bank_reference));
    assert_eq!(place.statement(&date).await, first, "the same day, the same statement");
    assert!(place.bank.statement("2026-02-30").await.is_err());
}

/// The rows of a day of ten movements with one fault in all of them: how often each is there.
async fn spoiled(fault: &str, more: &[(&str, u64)]) -> (Place, String, Statement) {
    let rates = [&[(fault, 10_000)], more].concat();
    let place = Place::new(&rates).await;
    let date = place.a_day(10).await;
    place.advance(2 * 86_400).await;
    let statement = place.statement(&date).await;
    let applied = place.applied(fault).await;
    assert_eq!(applied.len(), 10, "the witness knows each");
    assert_eq!(statement.head.balances[0].closing, 5_045, "the balance is right all the same");
    (place, date, statement)
}

fn sum(statement: &Statement) -> u64 {
    statement.rows.iter().map(|it| it.amount).sum()
}

#[tokio::test]
async fn each_fault_of_a_statement_is_what_its_name_says() {
    let (_, _, it) = spoiled("statement_missing", &[]).await;
    assert_eq!((it.rows.len(), sum(&it)), (0, 0));
    let (_, _, it) = spoiled("statement_extra", &[]).await;
    let extra = it.rows.iter().filter(|it| it.reference.is_none()).count();
    assert_eq!((it.rows.len(), extra), (20, 10));
    let (_, _, it) = spoiled("statement_doubled", &[]).await;
    assert_eq!((it.rows.len(), sum(&it)), (20, 2 * 5_045));
    let (_, _, it) = spoiled("statement_split", &[]).await;
    assert_eq!((it.rows.len(), sum(&it)), (20, 5_045));
    let (_, _, it) = spoiled("statement_amount", &[]).await;
    assert_eq!((it.rows.len(), sum(&it)), (10, 5_045 + 10));
    let (place, _, it) = spoiled("statement_shifted", &[]).await;
    assert_eq!(it.rows.len(), 0);
    let next = place.statement(&day(it.head.to)).await;
    assert_eq!((next.rows.len(), sum(&next)), (10, 5_045));
    assert!(next.rows.iter().all(|row| row.booked_at < next.head.from));
}

#[tokio::test]
async fn one_card_is_always_wrong_in_the_statement() {
    let place = Place::new(&[]).await;
    let date = place.a_day(1).await;
    let token = place.token("6200000000015003").await;
    assert_eq!(short(&place.collect("drift", &token).await), "executed 500");
    place.advance(86_400).await;
    let statement = place.statement(&date).await;
    let amounts: Vec<_> = statement.rows.iter().map(|it| it.amount).collect();
    assert_eq!(amounts, [500, 501]);
    assert_eq!(place.applied("statement_amount").await, ["drift"]);
}

#[tokio::test]
async fn a_cut_off_is_a_time_in_a_zone() {
    let millis = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let bounds = |zone: &str, cut_off: &str| {
        let calendar = Calendar::parse(zone, cut_off).unwrap();
        let (from, to) = calendar.bounds("2026-11-23".parse().unwrap()).unwrap();
        (i64::try_from(from).unwrap(), i64::try_from(to).unwrap())
    };
    let midnight = (millis("2026-11-22T16:00:00Z"), millis("2026-11-23T16:00:00Z"));
    assert_eq!(bounds("+08:00", "00:00"), midnight);
    let evening = (millis("2026-11-22T15:00:00Z"), millis("2026-11-23T15:00:00Z"));
    assert_eq!(bounds("+08:00", "23:00"), evening);
    assert!(Calendar::parse("Mars/Olympus", "00:00").is_err());
    assert!(Calendar::parse("+08:00", "25:00").is_err());
}
