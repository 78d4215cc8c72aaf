//! A report as JSON.

use crate::http::receipt::rfc3339;
use ledger::money::Money;
use ledger::name::BankName;
use ledger::time::Time;
use recon::{Break, BreakKind, Line, Movement, Report, Resolution, Rule, Side};
use serde_json::{Value, json};

/// The most differences that a report lists; its table has all of them.
const LISTED_MAX: usize = 1_000;

pub(super) fn report(
    bank: BankName,
    day: &str,
    digest: &str,
    report: &Report,
    done: &[bool],
) -> Value {
    let outcome = &report.outcome;
    let rules: Vec<Value> = Rule::ALL
        .into_iter()
        .map(|it| json!({ "rule": it.code(), "movements": report.found(it) }))
        .collect();
    let counts: Vec<Value> = report
        .counts()
        .into_iter()
        .map(|((kind, age), count)| {
            json!({ "kind": kind.code(), "age": age.code(), "count": count })
        })
        .collect();
    let reserves: Vec<Value> = report
        .reserves
        .iter()
        .map(|it| {
            json!({
                "currency": it.currency.code(), "opening": sum(it.opening),
                "closing": sum(it.opening + it.balances), "balances": sum(it.balances),
                "lines": sum(it.lines), "found": sum(it.found), "ours": sum(it.ours),
                "drift": sum(it.drift()), "agrees": it.agrees(),
            })
        })
        .collect();
    let places = outcome.breaks.iter().zip(done);
    let listed: Vec<Value> = places
        .take(LISTED_MAX)
        .map(|(it, done)| difference(report, (bank, day), it, *done))
        .collect();
    let by_itself = outcome.breaks.iter().zip(done).filter(|(_, done)| **done).count();
    let waiting = outcome.breaks.iter().filter(|it| it.resolution == Resolution::Wait).count();
    json!({
        "object": "reconciliation", "bank": bank.as_str(), "day": day, "digest": digest,
        "statement": report.head.id, "account": report.head.account,
        "from": rfc3339(report.head.from), "to": rfc3339(report.head.to),
        "made_at": rfc3339(report.made_at), "lines": outcome.lines, "movements": outcome.movements,
        "found": rules, "reserves": reserves, "counts": counts,
        "differences": outcome.breaks.len(), "resolved": by_itself, "waiting": waiting,
        "cases": report.cases().count(), "listed": listed,
        "nothing_unexplained": report.says_nothing_unexplained(),
    })
}

/// A sum with its sign, in minor units, where JSON has it.
fn sum(it: i128) -> Value {
    i64::try_from(it).map_or_else(|_| json!(it.to_string()), |it| json!(it))
}

fn difference(report: &Report, of: (BankName, &str), it: &Break, done: bool) -> Value {
    let ours = it.movement.as_ref();
    let theirs = it.line.as_ref();
    let reference = ours.map(|it| it.reference.clone());
    json!({
        "kind": it.kind.code(), "age": report.age(it).code(), "resolution": it.resolution.code(),
        "resolved": done, "since": rfc3339(it.since()),
        "reference": reference.or_else(|| theirs.and_then(|it| it.reference.clone())),
        "ours": ours.map(movement), "banks": theirs.map(line), "propose": proposed(of, it),
    })
}

/// What a person may propose about a case, ready for `POST /v1/proposals`: money that came in and
/// that nothing accounts for is recorded. Everything else begins with a call to the bank.
fn proposed((bank, day): (BankName, &str), it: &Break) -> Option<Value> {
    let line = it.line.as_ref()?;
    let came_in = line.side == Side::Credit && line.returns.is_none();
    let case = it.resolution == Resolution::Case && it.kind == BreakKind::Unidentified;
    (came_in && case && it.movement.is_none()).then(|| {
        json!({
            "action": "record_receipt", "bank": bank.as_str(),
            "bank_reference": line.bank_reference, "amount": line.amount.minor(),
            "currency": line.amount.currency().code(),
            "reason": format!("line {} of the statement of {day}", line.number),
        })
    })
}

fn movement(it: &Movement) -> Value {
    moved(it.side, it.amount, it.at, None)
}

fn line(it: &Line) -> Value {
    moved(it.side, it.amount, it.booked_at, Some((it.number, &it.bank_reference)))
}

fn moved(side: Side, amount: Money, at: Time, line: Option<(u64, &str)>) -> Value {
    json!({
        "side": side.code(), "amount": amount.minor(), "currency": amount.currency().code(),
        "at": rfc3339(at), "line": line.map(|it| it.0), "bank_reference": line.map(|it| it.1),
    })
}
