//! Limits of people. Every script begins at four in the afternoon of 15 January in China: the next
//! day begins after 8 hours, and the next month after 16 days and 8 hours.

use super::check;
use crate::id::{AccountId, CellId};
use crate::limits::Usage;
use crate::time::Time;

const BEFORE: &str = "
    shop merchant 100                       | accepted
    ann  person customer                    | accepted
    bob  customer 100                       | accepted
    a    open ann CNY                       | accepted
    b    open ann CNY                       | accepted
    c    card ann                           | accepted
    -    transfer capital a 1000            | accepted
    -    transfer capital b 1000            | accepted
";

#[test]
fn nothing_is_counted_before_there_is_a_limit() {
    check(&format!(
        "{BEFORE}
        -    as ann transfer a shop 1       | accepted
             used a transfer                | nothing
        -    as ann set-limit basic pay     | not_allowed
        -    set-limit verified pay single=1 | accepted
        -    as ann transfer a shop 1       | accepted
             used a transfer                | day 1.00, 1 times, month 1.00
        -    as bob transfer bob shop 1     | accepted
             used bob transfer              | nothing
        -    as shop transfer shop a 1      | accepted
             used shop transfer             | nothing
        "
    ));
}

#[test]
fn a_limit_is_for_one_level_and_one_flow() {
    check(&format!(
        "{BEFORE}
        -    set-limit unverified transfer single=5 | accepted
        -    as ann transfer a shop 5.01    | limit_exceeded
        -    transfer a shop 5.01           | limit_exceeded
        -    as ann transfer a shop 5       | accepted
        -    as ann withdraw a 6 card=c     | accepted
        -    as ann topup a 6 card=c        | accepted
        o    order shop a 6                 | accepted
        -    as ann pay o 6                 | accepted
             used a pay                     | day 6.00, 1 times, month 6.00
             used a top_up                  | day 6.00, 1 times, month 6.00
             used a withdraw                | day 6.00, 1 times, month 6.00
        -    level ann basic                | accepted
        -    as ann transfer a shop 6       | accepted
        -    set-limit basic withdraw day=6 | accepted
        -    as ann withdraw a 0.01 card=c  | limit_exceeded
        -    set-limit basic top_up count=1 | accepted
        -    as ann topup a 6 card=c        | limit_exceeded
        -    set-limit basic pay single=5   | accepted
        p    order shop a 6                 | accepted
        -    as ann pay p 6                 | limit_exceeded
        -    as ann pay p 5                 | amount_differs
             show p                         | created, due 1d
        -    set-limit basic pay            | accepted
        -    as ann pay p 6                 | accepted
        "
    ));
}

#[test]
fn a_new_day_and_a_new_month_begin_with_nothing() {
    check(&format!(
        "{BEFORE}
        -    set-limit unverified transfer day=10 count=3 month=25 | accepted
        -    as ann transfer a shop 10      | accepted
        -    as ann transfer a shop 0.01    | limit_exceeded
        -    as ann transfer b shop 1       | accepted
             at 7h59m59s                    |
        -    as ann transfer a shop 0.01    | limit_exceeded
             at 8h                          |
        -    as ann transfer a shop 1       | accepted
        -    as ann transfer a shop 1       | accepted
        -    as ann transfer a shop 1       | accepted
        -    as ann transfer a shop 1       | limit_exceeded
             used a transfer                | day 3.00, 3 times, month 13.00
             at 1d8h                        |
        -    as ann transfer a shop 10      | accepted
             at 2d8h                        |
        -    as ann transfer a shop 2.01    | limit_exceeded
        -    as ann transfer a shop 2       | accepted
             at 16d7h59m59s                 |
        -    as ann transfer a shop 0.01    | limit_exceeded
             at 16d8h                       |
        -    as ann transfer a shop 10      | accepted
             used a transfer                | day 10.00, 1 times, month 10.00
        "
    ));
}

#[test]
fn what_is_rejected_is_not_counted_and_what_comes_back_is() {
    check(&format!(
        "{BEFORE}
        -    set-limit unverified transfer day=10 | accepted
        -    set-limit unverified withdraw day=10 | accepted
        -    as ann linked a shop 6 a shop 6 | limit_exceeded
             used a transfer                | nothing
        -    as ann linked a shop 6 b shop 6 a shop 4 | accepted
             used a transfer                | day 10.00, 2 times, month 10.00
        -    as ann withdraw a 10.01 card=c | limit_exceeded
        w    as ann withdraw a 10 card=c    | accepted
        -    bank w reject                  | accepted
        -    as ann withdraw a 1 card=c     | limit_exceeded
        -    as ann withdraw b 2000 card=c  | insufficient_funds
             used b withdraw                | nothing
        "
    ));
}

/// Milliseconds of a moment in UTC whose day since 1970 is known.
fn utc(day: u64, hour: u64) -> Time {
    Time((day * 24 + hour) * 3_600_000)
}

fn calendar(now: Time) -> (u32, u32) {
    let usage = Usage::none(AccountId::new(CellId::FIRST, 1), now);
    (usage.day, usage.month)
}

#[test]
fn days_and_months_begin_at_midnight_in_china() {
    assert_eq!(calendar(utc(0, 0)), (0, 0));
    assert_eq!(calendar(utc(0, 15)), (0, 0));
    assert_eq!(calendar(utc(0, 16)), (1, 0));
    // 1 February 1970, 1 March 1972 (a leap year), 1 January and 1 March 2000.
    assert_eq!(calendar(utc(30, 15)), (30, 0));
    assert_eq!(calendar(utc(30, 16)), (31, 1));
    assert_eq!(calendar(utc(789, 16)), (790, 26));
    assert_eq!(calendar(utc(789, 15)), (789, 25));
    assert_eq!(calendar(utc(10_957, 0)), (10_957, 360));
    assert_eq!(calendar(utc(10_956, 15)), (10_956, 359));
    assert_eq!(calendar(utc(11_016, 16)), (11_017, 362));
    assert_eq!(calendar(utc(11_015, 16)), (11_016, 361));
}

#[test]
fn every_month_has_its_days() {
    let mut day = 0;
    for month in 0..600 {
        let (year, of_year) = (1970 + month / 12, month % 12);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let length = lengths[usize::try_from(of_year).unwrap()];
        for _ in 0..length {
            assert_eq!(calendar(utc(day, 0)).1, month, "day {day}");
            day += 1;
        }
    }
}
