//! The day's report: what agreed, what did not, and whether anything is unexplained.

use crate::rules::{Belief, Break, BreakKind, Movement, Outcome, Resolution, Rule};
use crate::statement::Head;
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How old a difference is, and so whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Under five minutes: it resolves itself.
    Minutes,
    /// Under two hours: it resolves itself.
    Hours,
    /// The day after: the statement decides.
    NextDay,
    /// The second day: a person with a name has it.
    SecondDay,
    /// The fifth day and later: the customer is compensated first.
    FifthDay,
}

impl Age {
    /// Every age.
    pub const ALL: [Age; 5] =
        [Age::Minutes, Age::Hours, Age::NextDay, Age::SecondDay, Age::FifthDay];

    /// The age of what is open since then.
    pub fn of(since: Time, now: Time) -> Age {
        match now.0.saturating_sub(since.0) {
            it if it < 5 * MINUTE => Age::Minutes,
            it if it < 2 * HOUR => Age::Hours,
            it if it < 2 * DAY => Age::NextDay,
            it if it < 5 * DAY => Age::SecondDay,
            _ => Age::FifthDay,
        }
    }

    /// Its name in reports.
    pub const fn code(self) -> &'static str {
        match self {
            Age::Minutes => "under_5_minutes",
            Age::Hours => "under_2_hours",
            Age::NextDay => "t_plus_1",
            Age::SecondDay => "t_plus_2",
            Age::FifthDay => "t_plus_5",
        }
    }
}

/// The third account: what the bank says that it held, in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// The currency.
    pub currency: Currency,
    /// What it held when the statement begins.
    pub opening: i128,
    /// By how much the balance changed, in minor units.
    pub balances: i128,
    /// By how much the lines say that it changed.
    pub lines: i128,
    /// By how much it changed by movements of ours that were found.
    pub found: i128,
    /// By how much it changed as our books have it, when what is certain has been told to them.
    pub ours: i128,
}

impl Reserve {
    /// Whether the bank's lines are what its balances changed by.
    pub const fn agrees(&self) -> bool {
        self.balances == self.lines
    }

    /// What the bank's lines say more than our books: what a person has to explain.
    pub const fn drift(&self) -> i128 {
        self.lines - self.ours
    }
}

/// What our books have of a difference, as the account at the bank sees it. What they will be told
/// because of the line they have as the line says it; of what only a person can decide they have
/// their own side.
fn ours(it: &Break) -> Option<(Currency, i128)> {
    let line = it.line.as_ref().map(|it| (it.amount.currency(), it.side.signed(it.amount)));
    let own = it.movement.as_ref().map(|it| (it.amount.currency(), it.side.signed(it.amount)));
    match it.resolution {
        Resolution::Wait | Resolution::Confirm | Resolution::SetAside => line,
        Resolution::Reject => None,
        // What came and went in the same statement was never in the books.
        Resolution::Return => match it.movement.as_ref().map(|it| it.belief) {
            Some(Belief::Open) => None,
            Some(Belief::Executed | Belief::Returned | Belief::NotExecuted) | None => line,
        },
        Resolution::Case => match it.kind {
            BreakKind::Amount | BreakKind::Currency | BreakKind::MissingAtBank => own,
            BreakKind::Timing
            | BreakKind::MissingHere
            | BreakKind::Duplicate
            | BreakKind::Returned
            | BreakKind::Unidentified => None,
        },
    }
}

/// What our books have of all differences together, by currency; a movement with several lines
/// counts once.
fn all_ours(breaks: &[Break]) -> BTreeMap<Currency, i128> {
    let (mut sums, mut counted) = (BTreeMap::new(), BTreeSet::new());
    for it in breaks {
        let case = it.resolution == Resolution::Case;
        let again = |it: &Movement| case && !counted.insert(it.reference.clone());
        if it.movement.as_ref().is_some_and(again) {
            continue;
        }
        if let Some((currency, signed)) = ours(it) {
            *sums.entry(currency).or_default() += signed;
        }
    }
    sums
}

/// The report of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the statement says of itself.
    pub head: Head,
    /// When it was made.
    pub made_at: Time,
    /// What came of the comparison.
    pub outcome: Outcome,
    /// The reserve account, by currency.
    pub reserves: Vec<Reserve>,
}

impl Report {
    /// The report of a comparison.
    pub fn new(head: Head, outcome: Outcome, made_at: Time) -> Report {
        let of = |map: &BTreeMap<Currency, i128>, it| map.get(&it).copied().unwrap_or(0);
        let differing = all_ours(&outcome.breaks);
        let reserves = head.balances.iter().map(|it| Reserve {
            currency: it.currency,
            opening: it.opening,
            balances: it.closing - it.opening,
            lines: of(&outcome.line_sums, it.currency),
            found: of(&outcome.sums, it.currency),
            ours: of(&outcome.sums, it.currency) + of(&differing, it.currency),
        });
        let reserves = reserves.collect();
        Report { head, made_at, outcome, reserves }
    }

    /// How old a difference is.
    pub fn age(&self, it: &Break) -> Age {
        Age::of(it.since(), self.made_at)
    }

    /// How many differences there are of each kind and age.
    pub fn counts(&self) -> BTreeMap<(BreakKind, Age), u64> {
        let mut counts = BTreeMap::new();
        for it in &self.outcome.breaks {
            *counts.entry((it.kind, self.age(it))).or_default() += 1;
        }
        counts
    }

    /// The differences that a person has to look at.
    pub fn cases(&self) -> impl Iterator<Item = &Break> {
        self.outcome.breaks.iter().filter(|it| it.resolution == Resolution::Case)
    }

    /// Whether every line, every movement and every balance is accounted for.
    pub fn says_nothing_unexplained(&self) -> bool {
        self.cases().next().is_none() && self.reserves.iter().all(Reserve::agrees)
    }

    /// The report as comma-separated values (RFC 4180): the differences, one in each row.
    pub fn csv(&self) -> String {
        let mut text = String::from(
            "kind,age,resolution,reference,our_side,our_amount,our_currency,our_time,line,\
             bank_reference,bank_side,bank_amount,bank_currency,bank_time,returns\r\n",
        );
        for it in &self.outcome.breaks {
            let mut fields = vec![
                it.kind.code().to_owned(),
                self.age(it).code().to_owned(),
                it.resolution.code().to_owned(),
            ];
            let (ours, theirs) = (it.movement.as_ref(), it.line.as_ref());
            let reference = ours.map(|it| it.reference.clone());
            let reference = reference.or_else(|| theirs.and_then(|it| it.reference.clone()));
            fields.push(reference.unwrap_or_default());
            match ours {
                Some(it) => fields.extend(money(it.side.code(), it.amount, it.at)),
                None => fields.extend([const { String::new() }; 4]),
            }
            match theirs {
                Some(it) => {
                    fields.extend([it.number.to_string(), it.bank_reference.clone()]);
                    fields.extend(money(it.side.code(), it.amount, it.booked_at));
                    fields.push(it.returns.clone().unwrap_or_default());
                }
                None => fields.extend([const { String::new() }; 7]),
            }
            let quoted: Vec<String> = fields.iter().map(|it| quote(it)).collect();
            let _ = write!(text, "{}\r\n", quoted.join(","));
        }
        text
    }

    /// How many movements each rule found.
    pub fn found(&self, rule: Rule) -> u64 {
        self.outcome.matched.get(&rule).copied().unwrap_or(0)
    }
}

fn money(side: &str, amount: Money, at: Time) -> [String; 4] {
    let currency = amount.currency().code().to_owned();
    [side.to_owned(), amount.minor().to_string(), currency, at.0.to_string()]
}

/// A field, quoted where that is needed; what a spreadsheet would take for a formula is none.
fn quote(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let field = if formula { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}
