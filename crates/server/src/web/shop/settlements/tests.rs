//! What entries are to a shop, and that they add up.

use super::Shown;
use super::asked::{Query, address};
use super::sums::{Line, Part, Sums, days};
use crate::web::lang::Lang;
use crate::web::words;
use jiff::civil::Date;
use ledger::currency::Currency;
use ledger::event::Subject;
use ledger::id::{AccountId, CellId, OrderId, Position, UserId};
use ledger::money::{Money, Share};
use ledger::name::OrderNumber;
use ledger::order::{Mode, Order, Stage, Terms};
use ledger::posting::{Posting, Reason};
use ledger::time::{Seconds, Time};

const OWN: AccountId = AccountId::new(CellId::FIRST, 600_000);
const OTHER: AccountId = AccountId::new(CellId::FIRST, 600_001);
/// 2026-11-23 10:05 in China.
const TIME: Time = Time(1_795_399_500_000);
const DAY: u64 = 86_400_000;

fn order(seller: AccountId, fee: u64) -> Order {
    let span = Seconds::days(1);
    Order {
        id: OrderId::new(CellId::FIRST, 1),
        seller,
        buyer: OTHER,
        merchant: UserId::new(CellId::FIRST, 1),
        customer: None,
        number: OrderNumber::new("A-1").unwrap(),
        price: Money::new(8_800, Currency::CNY),
        mode: Mode::Escrow,
        terms: Terms {
            pay_within: span,
            ship_within: span,
            confirm_within: span,
            answer_within: span,
            fee: Share::NONE,
        },
        stage: Stage::Completed,
        refunded: 0,
        asked: 0,
        fee,
        buyer_statements: 0,
        seller_statements: 0,
        created_at: TIME,
        paid_at: Some(TIME),
        shipped_at: None,
        ended_at: None,
        due: None,
        position: Position(7),
        last_event: None,
    }
}

fn posting(reason: Reason, amount: u64, income: bool) -> Posting {
    let (debit, credit) = if income { (OTHER, OWN) } else { (OWN, OTHER) };
    Posting {
        position: Position(7),
        time: TIME,
        reason,
        subject: Subject::Cell,
        debit,
        credit,
        amount,
        currency: Currency::CNY,
        debit_previous: None,
        credit_previous: None,
        debit_balance: 0,
        credit_balance: 0,
    }
}

#[test]
fn a_sale_is_an_order_of_ones_own_that_paid_and_a_refund_one_that_took_back() {
    let (own, bought) = (order(OWN, 53), order(OTHER, 53));
    let part = |reason, income, order| Part::of(OWN, &posting(reason, 1, income), order);
    for reason in [Reason::OrderReleased, Reason::OrderPaid] {
        assert_eq!(part(reason, true, Some(&own)), Part::Sale { fee: 53 });
    }
    // A refund to a buyer in another cell leaves as a remittance.
    for reason in [Reason::OrderRefunded, Reason::Remitted] {
        assert_eq!(part(reason, false, Some(&own)), Part::Refund);
    }
    // Whoever sells may buy: paying, and getting back, are neither.
    for (reason, income) in
        [(Reason::OrderPaid, false), (Reason::OrderRefunded, true), (Reason::Remitted, false)]
    {
        assert_eq!(part(reason, income, Some(&bought)), Part::Other);
        assert_eq!(part(reason, income, None), Part::Other);
    }
    for reason in Reason::ALL {
        assert_eq!(part(reason, true, None), Part::Other);
        assert_eq!(part(reason, false, None), Part::Other);
    }
}

/// A history that leaves the balances that it should, the newest first.
fn history() -> (u64, Vec<Line>) {
    let mut dice = fastrand::Rng::with_seed(2009);
    let (opening, mut balance) = (10_000_i64, 10_000_i64);
    let mut lines = Vec::new();
    for number in 0..300 {
        let amount = dice.u64(1..100_000);
        let size = i64::try_from(amount).unwrap();
        let income = balance < size || dice.bool();
        balance += if income { size } else { -size };
        let part = match (income, dice.bool()) {
            (true, true) => Part::Sale { fee: dice.u64(0..1_000) },
            (false, true) => Part::Refund,
            (_, false) => Part::Other,
        };
        let it = posting(Reason::Transfer, amount, income);
        let time = Time(TIME.0 + number * DAY / 10);
        let it = Posting { time, debit_balance: balance, credit_balance: balance, ..it };
        lines.push(Line { number, it, part });
    }
    lines.reverse();
    (u64::try_from(opening).unwrap(), lines)
}

#[test]
fn the_balance_before_and_the_sums_are_the_balance_after_on_every_day_and_over_all() {
    let (opening, lines) = history();
    let days = days(OWN, &lines);
    assert!(days.len() >= 30, "{}", days.len());
    let mut balance = i128::from(opening);
    for it in days.iter().rev() {
        let Sums { gross, fees, refunds, other, .. } = it.sums;
        let [gross, fees, refunds] = [gross, fees, refunds].map(i128::from);
        balance += gross - fees - refunds + other;
        assert_eq!(balance, i128::from(it.closing), "{}", it.date);
    }
    let all = Sums::of(OWN, &lines);
    assert_eq!(i128::from(opening) + all.net(), balance);
    assert_eq!(all.orders, days.iter().map(|it| it.sums.orders).sum::<usize>());
}

#[test]
fn a_fee_is_part_of_gross_and_not_of_what_came() {
    let line = |part, amount, income| Line {
        number: 0,
        it: posting(Reason::Transfer, amount, income),
        part,
    };
    let lines = [
        line(Part::Sale { fee: 53 }, 8_747, true),
        line(Part::Refund, 1_000, false),
        line(Part::Other, 5_000, false),
    ];
    let sums = Sums::of(OWN, &lines);
    let wanted = Sums { orders: 1, gross: 8_800, fees: 53, refunds: 1_000, other: -5_000 };
    assert_eq!(sums, wanted);
    let shown = Shown::of(sums, Currency::CNY);
    assert_eq!([shown.gross, shown.fees, shown.refunds], ["¥88.00", "-¥0.53", "-¥10.00"]);
    assert_eq!([shown.other, shown.net], ["-¥50.00", "+¥27.47"]);
}

#[test]
fn a_day_begins_and_ends_at_midnight_in_china() {
    let (_, mut lines) = history();
    lines.truncate(2);
    // One moment before midnight in China, and midnight.
    let midnight = crate::web::dates::midnight(Date::constant(2026, 11, 24)).unwrap();
    lines[0].it.time = midnight;
    lines[1].it.time = Time(midnight.0 - 1);
    let named: Vec<String> = days(OWN, &lines).iter().map(|it| it.date.to_string()).collect();
    assert_eq!(named, ["2026-11-24", "2026-11-23"]);
}

#[test]
fn a_paper_has_at_most_so_many_days_both_ends_counted() {
    let t = words::Settlements(Lang::En);
    let range = |from: &str, to: &str| {
        let query = Query { from: from.to_owned(), to: to.to_owned(), ..Query::default() };
        query.range(t).map(|it| (it.0.to_string(), it.1.to_string())).map_err(|it| it.field)
    };
    assert!(range("2026-11-23", "2026-11-23").is_ok());
    assert!(range("2026-09-01", "2026-12-01").is_ok(), "92 days");
    assert_eq!(range("2026-09-01", "2026-12-02"), Err("to"), "93 days");
    assert_eq!(range("0001-01-01", "9999-12-31"), Err("to"));
    assert_eq!(range("2026-11-24", "2026-11-23"), Err("to"));
    assert_eq!(range("", "2026-11-23"), Err("from"));
    assert_eq!(range("2026-11-23", "2026-11-31"), Err("to"));
}

#[test]
fn a_month_is_this_one_unless_another_is_named() {
    let today = Date::constant(2026, 11, 27);
    let first = |month: &str| {
        let query = Query { month: month.to_owned(), ..Query::default() };
        query.first(today).map(|it| it.to_string())
    };
    assert_eq!(first("").as_deref(), Some("2026-11-01"));
    assert_eq!(first("2026-02").as_deref(), Some("2026-02-01"));
    for nonsense in ["2026-13", "2026", "November", "2026-11-01", "-2026-1"] {
        assert_eq!(first(nonsense), None, "{nonsense}");
    }
}

#[test]
fn an_address_names_what_is_not_empty() {
    assert_eq!(address("/x", &[("account", ""), ("month", "2026-11")]), "/x?month=2026-11");
    assert_eq!(address("/x", &[("account", "")]), "/x");
}
