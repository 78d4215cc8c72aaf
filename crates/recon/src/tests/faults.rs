//! Random faults in a statement: each is found with its type, and nothing else is.

use super::{FROM, breaks, compare, line};
use crate::{Balance, Belief, BreakKind, Head, Line, Movement, Resolution, Rule, Side};
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    Missing,
    Extra,
    Doubled,
    Split,
    Amount,
    Currency,
    NoReference,
}

fn faults() -> impl Strategy<Value = Vec<(Fault, bool, u64)>> {
    let fault = prop_oneof![
        8 => Just(Fault::None), 1 => Just(Fault::Missing), 1 => Just(Fault::Extra),
        1 => Just(Fault::Doubled), 1 => Just(Fault::Split), 1 => Just(Fault::Amount),
        1 => Just(Fault::Currency), 1 => Just(Fault::NoReference),
    ];
    proptest::collection::vec((fault, any::<bool>(), 2..1_000_000_u64), 1..200)
}

proptest! {
    #[test]
    fn every_fault_is_found_with_its_type_and_nothing_else_is(faults in faults()) {
        let dollar = Currency::from_code("USD").unwrap();
        let (mut lines, mut movements, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (fault, incoming, minor)) in faults.iter().enumerate() {
            let (reference, bank) = (format!("top_{number:014}"), format!("b{number}"));
            let side = if *incoming { Side::Credit } else { Side::Debit };
            let at = Time(FROM.0 + 1_000 * u64::try_from(number).unwrap());
            let true_line = Line { booked_at: at, ..line(&reference, &bank, side, *minor) };
            let (belief, bank_reference) = (Belief::Executed, Some(bank));
            let amount = true_line.amount;
            let found_before = false;
            movements.push(Movement {
                reference, side, amount, belief, at, bank_reference, found_before
            });
            let extra = || Line {
                reference: None, bank_reference: format!("extra-{number}"), ..true_line.clone()
            };
            match fault {
                Fault::None => lines.push(true_line),
                Fault::Missing => expected.push(BreakKind::Timing),
                Fault::Extra => {
                    lines.extend([extra(), true_line.clone()]);
                    expected.push(BreakKind::Unidentified);
                }
                Fault::Doubled => {
                    lines.extend([true_line.clone(), true_line]);
                    expected.push(BreakKind::Duplicate);
                }
                Fault::Split => {
                    let part = |minor| {
                        let amount = Money::new(minor, Currency::CNY);
                        Line { amount, ..true_line.clone() }
                    };
                    lines.extend([part(1), part(minor - 1)]);
                }
                Fault::Amount => {
                    lines.push(Line { amount: Money::new(minor + 1, Currency::CNY), ..true_line });
                    expected.push(BreakKind::Amount);
                }
                Fault::Currency => {
                    lines.push(Line { amount: Money::new(*minor, dollar), ..true_line });
                    expected.push(BreakKind::Currency);
                }
                Fault::NoReference => lines.push(Line { reference: None, ..true_line }),
            }
        }
        let balances = vec![Balance { currency: Currency::CNY, opening: 0, closing: 0 }];
        let to = Time(FROM.0 + 86_400_000);
        let head = Head { id: "S".into(), account: "A".into(), from: FROM, to, balances };
        let (outcome, seen) = compare(&head, &lines, movements);

        let mut kinds: Vec<BreakKind> = breaks(&outcome).into_iter().map(|it| it.0).collect();
        kinds.sort();
        expected.sort();
        prop_assert_eq!(kinds, expected);
        prop_assert!(outcome.breaks.iter().all(|it| it.resolution != Resolution::Confirm));
        let by = |rule| outcome.matched.get(&rule).map_or(0, |it| usize::try_from(*it).unwrap());
        let of = |fault| faults.iter().filter(|it| it.0 == fault).count();
        prop_assert_eq!(by(Rule::BankReference), of(Fault::NoReference));
        prop_assert_eq!(by(Rule::Split), of(Fault::Split));
        prop_assert_eq!(seen.len(), faults.len() - of(Fault::Missing));
        let whole = of(Fault::None) + of(Fault::Extra) + of(Fault::Doubled);
        prop_assert_eq!(by(Rule::Reference), whole);
    }
}
