//! Tests of the papers: what was written is read back by somebody else's reader.

mod csv;
mod pdf;
mod qr;

use super::{Change, Entry, Statement};
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;

/// The morning of 26 November 2026, in China.
pub(super) const MORNING: Time = Time(1_795_654_800_000);

pub(super) fn cny(fen: u64) -> Money {
    Money::new(fen, Currency::CNY)
}

/// A statement of so many entries that adds up.
pub(super) fn statement(entries: u64) -> Statement {
    let mut balance = 100_000;
    let entries = (0..entries)
        .map(|it| {
            let fen = it * 7_919 % 88_888 + 1;
            let change = if balance > fen && it % 3 > 0 {
                balance -= fen;
                Change::Debit(cny(fen))
            } else {
                balance += fen;
                Change::Credit(cny(fen))
            };
            Entry {
                at: Time(MORNING.0 + it * 61_000),
                what: "订单付款".to_owned(),
                counterparty: format!("小卖部 {it}"),
                reference: format!("pst_{it:026}"),
                change,
                balance: cny(balance),
            }
        })
        .collect();
    Statement {
        account: "acc_01abcdefghijklmnopqrstuvwx".to_owned(),
        owner: "张三".to_owned(),
        from: MORNING,
        to: Time(MORNING.0 + 86_400_000),
        opening: cny(100_000),
        entries,
    }
}

#[test]
fn totals_are_counted_again() {
    let good = statement(100);
    let totals = good.totals().unwrap();
    assert_eq!(totals.credits_count + totals.debits_count, 100);
    let came = totals.credits.minor();
    assert_eq!(good.opening.minor() + came - totals.debits.minor(), totals.closing.minor());
    assert_eq!(totals.closing, good.entries.last().unwrap().balance);
}

#[test]
fn what_does_not_add_up_is_not_written() {
    let wrong = |spoil: fn(&mut Entry)| {
        let mut it = statement(10);
        spoil(&mut it.entries[4]);
        it.totals()
    };
    let dollars = |it: &mut Entry| {
        it.change = Change::Credit(Money::new(1, Currency::from_code("USD").unwrap()));
    };
    let places = [
        wrong(|it| it.balance = cny(it.balance.minor() + 1)),
        wrong(|it| it.change = Change::Debit(cny(it.change.amount().minor() + 1))),
        wrong(|it| it.change = Change::Debit(cny(u64::MAX))),
        wrong(dollars),
    ];
    for it in places {
        assert_eq!(it, Err(super::NotMade::DoesNotAddUp { entry: 4 }));
    }
    assert_eq!(statement(10_001).totals(), Err(super::NotMade::TooLong));
    assert!(statement(10_000).totals().is_ok());
}
