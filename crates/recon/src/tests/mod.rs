//! What holds of statements and of comparisons.

mod faults;
mod formats;
mod rules;

use crate::calendar::Calendar;
use crate::{
    Balance, Belief, BreakKind, Head, Line, Lines, Movement, Outcome, Resolution, Side, reconcile,
};
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use std::collections::BTreeSet;

/// The business day of 2026-11-23 in China, which ends at midnight there.
const FROM: Time = Time(1_795_363_200_000);
const TO: Time = Time(FROM.0 + 86_400_000);
const NOON: Time = Time(FROM.0 + 43_200_000);

fn calendar() -> Calendar {
    Calendar::parse("+08:00", "00:00").unwrap()
}

fn yuan(minor: u64) -> Money {
    Money::new(minor, Currency::CNY)
}

/// A statement of that day, whose balances are what its lines add up to.
fn head(lines: &[Line]) -> Head {
    let change: i128 = lines.iter().map(|it| it.side.signed(it.amount)).sum();
    let balances =
        vec![Balance { currency: Currency::CNY, opening: 1_000, closing: 1_000 + change }];
    Head { id: "S-1".to_owned(), account: "A-1".to_owned(), from: FROM, to: TO, balances }
}

/// A line of the day's noon.
fn line(reference: &str, bank: &str, side: Side, minor: u64) -> Line {
    Line {
        number: 1,
        reference: (!reference.is_empty()).then(|| reference.to_owned()),
        bank_reference: bank.to_owned(),
        side,
        amount: yuan(minor),
        booked_at: NOON,
        returns: None,
    }
}

fn movement(reference: &str, side: Side, minor: u64, belief: Belief) -> Movement {
    let reference = reference.to_owned();
    let (amount, bank_reference, found_before) = (yuan(minor), None, false);
    Movement { reference, side, amount, belief, at: NOON, bank_reference, found_before }
}

/// The comparison, and the movements that the statement has a line of.
fn compare(head: &Head, lines: &[Line], movements: Vec<Movement>) -> (Outcome, BTreeSet<String>) {
    let mut kept = Lines::default();
    for it in lines {
        kept.add(it);
    }
    let mut seen = BTreeSet::new();
    let outcome = reconcile(head, kept, movements, &calendar(), &mut |it| {
        assert!(seen.insert(it.reference.clone()), "seen once");
    });
    (outcome, seen)
}

/// The differences, in short.
fn breaks(outcome: &Outcome) -> Vec<(BreakKind, Resolution)> {
    outcome.breaks.iter().map(|it| (it.kind, it.resolution)).collect()
}
