use super::{FROM, NOON, TO, breaks, compare, head, line, movement};
use crate::Belief::{Executed, NotExecuted, Open, Returned};
use crate::BreakKind as Kind;
use crate::Resolution as Then;
use crate::Side::{Credit, Debit};
use crate::{Age, Line, Movement, Report, Rule};
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;

/// One movement, the lines there are, the rule that finds it, and the differences.
///
/// A movement goes `in` or `out`; we believe that it is `done`, `back`, `not` done or `open`;
/// `early` and `late` are outside of the statement's day; `b1` is what the bank told us that it
/// calls it.
/// Lines: `+100` and `-100` have our reference, `<100` undoes it, `?100` has none of ours, `$100`
/// is in dollars.
const ROWS: &str = "
    our reference         | in done      | +100      | reference|
    another amount        | in done      | +90       |          | amount:case
    another currency      | in done      | $100      |          | currency:case
    two halves            | in done      | +50 +50   | split    |
    twice                 | in done      | +100 +100 | reference| duplicate:case
    other parts           | in done      | +50 +40   |          | amount:case amount:case
    the other way         | in done      | -100      |          | unidentified:case
    the bank's reference  | in done b1   | ?100      | bank_ref |
    alike, the only one   | in done      | ?100      | only_one |
    alike, otherwise named| in done b9   | ?100      |          | timing:wait unidentified:set_aside
    nothing yet           | in done      |           |          | timing:wait
    nothing again         | in done early|           |          | missing_at_bank:case
    it is the next day's  | in done late |           |          |
    found before, again   | in done before| +100      |          | duplicate:case
    found before          | in done before|           |          |
    found before, back    | out done before| <100     |          | returned:return
    unknown, done         | in open      | +100      |          | missing_here:confirm
    unknown, done in halves| in open      | +50 +50   |          | missing_here:confirm
    unknown, done twice   | in open | +100 +100 |          | missing_here:confirm duplicate:case
    unknown, another amount| in open      | +90       |          | missing_here:confirm
    unknown, nameless     | in open      | ?100      |          | missing_here:confirm
    unknown, not there yet| in open      |           |          | timing:wait
    unknown for a day     | in open early|           |          | missing_at_bank:reject
    unknown, undone       | out open     | -100 <100 |          | returned:return
    rejected              | in not early |           |          |
    rejected, but done    | in not       | +100      |          | missing_here:confirm
    rejected, undone      | in not       | +100 <100 | undone   |
    rejected, nameless    | in not       | ?100      |          | unidentified:set_aside
    paid, came back       | out done     | -100 <100 | reference| returned:return
    paid before, back     | out done     | <100      |          | returned:return
    taken, taken back     | in done      | +100 <100 | reference| returned:case
    back, as we know      | out back     | -100 <100 | undone   |
    back, as known, later | out back     | <100      | undone   |
    back, but not yet     | out back     | -100      |          | timing:wait
";

fn short(rule: Rule) -> &'static str {
    if rule == Rule::BankReference { "bank_ref" } else { rule.code() }
}

fn movement_of(text: &str) -> Movement {
    let has = |word: &str| text.split(' ').any(|it| it == word);
    let (reference, side) = if has("in") { ("top_1", Credit) } else { ("wdr_1", Debit) };
    let beliefs = [("done", Executed), ("back", Returned), ("not", NotExecuted), ("open", Open)];
    let belief = beliefs.into_iter().find(|it| has(it.0)).unwrap().1;
    let at = match text {
        _ if has("early") => Time(FROM.0 - 1),
        _ if has("late") => TO,
        _ => NOON,
    };
    let bank_reference = ["b1", "b9"].into_iter().find(|it| has(it)).map(str::to_owned);
    let found_before = has("before");
    Movement { at, bank_reference, found_before, ..movement(reference, side, 100, belief) }
}

fn lines_of(text: &str, movement: &Movement) -> Vec<Line> {
    let each = text.split(' ').filter(|it| !it.is_empty()).map(|it| {
        let (kind, minor) = it.split_at(1);
        let minor = minor.parse().unwrap();
        let with = |side| line(&movement.reference, "b1", side, minor);
        match kind {
            "+" => with(Credit),
            "-" => with(Debit),
            "<" => Line { returns: Some("b1".to_owned()), ..with(movement.side.other()) },
            "?" => line("", "b1", Credit, minor),
            "$" => {
                let dollar = Currency::from_code("USD").unwrap();
                Line { amount: Money::new(minor, dollar), ..with(Credit) }
            }
            other => panic!("{other}"),
        }
    });
    each.collect()
}

#[test]
fn every_rule_in_its_order() {
    for row in ROWS.lines().filter(|it| !it.trim().is_empty()) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [what, ours, theirs, rule, expected] = cells[..] else { panic!("{row}") };
        let movement = movement_of(ours);
        let lines = lines_of(theirs, &movement);
        let (outcome, _) = compare(&head(&lines), &lines, vec![movement]);
        assert_eq!(outcome.matched.keys().next().map_or("", |it| short(*it)), rule, "{what}");
        let seen = outcome.breaks.iter();
        let seen: Vec<String> =
            seen.map(|it| format!("{}:{}", it.kind.code(), it.resolution.code())).collect();
        assert_eq!(seen.join(" "), expected, "{what}");
    }
}

#[test]
fn two_that_are_alike_are_not_guessed_apart() {
    let two = [line("", "b1", Credit, 100), line("", "b2", Credit, 100)];
    let (outcome, seen) =
        compare(&head(&two), &two, vec![movement("top_1", Credit, 100, Executed)]);
    assert!(seen.is_empty() && outcome.matched.is_empty());
    assert_eq!(outcome.breaks.len(), 3);
}

#[test]
fn what_nobody_sent_is_set_aside_only_if_the_reserve_has_it() {
    let stranger = [line("", "b7", Credit, 70)];
    let (outcome, _) = compare(&head(&stranger), &stranger, vec![]);
    assert_eq!(breaks(&outcome), [(Kind::Unidentified, Then::SetAside)]);
    // The balances say that no such money came.
    let (outcome, _) = compare(&head(&[]), &stranger, vec![]);
    assert_eq!(breaks(&outcome), [(Kind::Unidentified, Then::Case)]);
    // What left is always somebody's matter.
    let gone = [line("", "b7", Debit, 70)];
    let (outcome, _) = compare(&head(&gone), &gone, vec![]);
    assert_eq!(breaks(&outcome), [(Kind::Unidentified, Then::Case)]);
}

#[test]
fn nothing_unexplained_is_said_only_when_it_is_so() {
    let says = |head, lines: &[Line], movements| {
        let (outcome, _) = compare(&head, lines, movements);
        Report::new(head, outcome, TO).says_nothing_unexplained()
    };
    let good = [line("top_1", "b1", Credit, 100)];
    let ours = || vec![movement("top_1", Credit, 100, Executed)];
    assert!(says(head(&good), &good, ours()));
    assert!(
        says(head(&[]), &[], vec![movement("top_1", Credit, 100, Open)]),
        "it is being waited for"
    );
    assert!(!says(head(&[]), &good, ours()), "the reserve account did not get it");
    let other = [line("top_1", "b1", Credit, 101)];
    assert!(!says(head(&other), &other, ours()), "a person has to look");
}

#[test]
fn a_report_counts_by_kind_and_age_and_is_a_table() {
    let lines = [line("top_1", "=1+1", Credit, 90), line("", "b,2", Credit, 5)];
    let ours = vec![movement("top_1", Credit, 100, Executed)];
    let (outcome, _) = compare(&head(&lines), &lines, ours);
    let report = Report::new(head(&lines), outcome, Time(NOON.0 + 3 * 86_400_000));
    let counts: Vec<_> = report.counts().into_iter().collect();
    assert_eq!(
        counts,
        [((Kind::Amount, Age::SecondDay), 1), ((Kind::Unidentified, Age::SecondDay), 1)]
    );
    let csv = report.csv();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[1].starts_with("amount,t_plus_2,case,top_1,credit,100,CNY,"), "{csv}");
    assert!(csv.contains("'=1+1") && csv.contains("\"b,2\""), "{csv}");
    assert!(rows.iter().all(|it| it.split(',').count() >= 15));
}

#[test]
fn ages_have_their_bounds() {
    let age = |millis: u64| Age::of(Time(1_000), Time(1_000 + millis));
    let (minute, hour, day) = (60_000, 3_600_000, 86_400_000);
    for (millis, expected) in [
        (0, Age::Minutes),
        (5 * minute - 1, Age::Minutes),
        (5 * minute, Age::Hours),
        (2 * hour, Age::NextDay),
        (2 * day, Age::SecondDay),
        (5 * day, Age::FifthDay),
    ] {
        assert_eq!(age(millis), expected, "{millis}");
    }
}

/// As in [`ROWS`]: one movement, the lines there are, and what the lines say more than the books.
const DRIFTS: &str = "
    in done       | +100      | 0
    in done       | +90       | -10
    in done       | +101      | 1
    in done       | +50 +40   | -10
    in done       | +100 +100 | 100
    in done       |           | 0
    in done early |           | -100
    in open       | +90       | 0
    in open       | +100 +100 | 100
    in not        | +100      | 0
    in done       | +100 <100 | -100
    out done      | -100 <100 | 0
    out open      | -100 <100 | 0
    out done before | <100    | 0
";

#[test]
fn what_the_lines_say_more_than_the_books_is_what_a_person_has_to_explain() {
    for row in DRIFTS.lines().filter(|it| !it.trim().is_empty()) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [ours, theirs, drift] = cells[..] else { panic!("{row}") };
        let movement = movement_of(ours);
        let lines = lines_of(theirs, &movement);
        let (outcome, _) = compare(&head(&lines), &lines, vec![movement]);
        let report = Report::new(head(&lines), outcome, TO);
        assert_eq!(report.reserves[0].drift(), drift.parse::<i128>().unwrap(), "{row}");
    }
}
