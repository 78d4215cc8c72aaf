//! Looks through the history of an account from one moment to another.

use super::sums::{Line, Part};
use crate::app::App;
use crate::http::problem::Problem;
use crate::web::holdings::{left, met};
use ledger::account::Account;
use ledger::event::Subject;
use ledger::id::AccountId;
use ledger::posting::Posting;
use ledger::time::Time;
use store::{Miss, View};

/// Entries that are looked at for one page, and how many at a time.
const LOOKED_AT_MAX: usize = 100_000;
const STEP: usize = 500;
/// Postings of everybody among which an entry of the account is looked for, to begin there.
const NEAR_MAX: u64 = 2_000;

/// From one moment to another, which no longer belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Time,
    pub(super) to: Time,
}

/// What happened in a span.
pub(super) struct Scan {
    /// The newest first.
    pub(super) lines: Vec<Line>,
    /// Whether these are all.
    pub(super) whole: bool,
    /// The balance before the first of them, if they are all.
    pub(super) opening: u64,
}

/// An entry, with what it was for the owner of the account.
fn line(view: &View<'_>, own: AccountId, number: u64, it: Posting) -> Result<Line, Miss> {
    // Another cell has an order of its own under the same number.
    let order = if let Subject::Order(id) = it.subject
        && id.cell() == own.cell()
    {
        view.order(id)?
    } else {
        None
    };
    Ok(Line { number, it, part: Part::of(own, &it, order.as_ref()) })
}

/// An entry of the account that is not before a moment, as near to it as can be found without
/// walking through everything that came since. Postings are numbered as time goes.
fn near(view: &View<'_>, own: AccountId, moment: Time) -> Result<Option<u64>, Miss> {
    let last = view.account(own)?.and_then(|it| it.last_posting);
    let Some(end) = last.map(|it| it + 1) else { return Ok(None) };
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        let before = view.posting(middle)?.is_none_or(|it| it.time < moment);
        if before { low = middle + 1 } else { high = middle }
    }
    for number in low..end.min(low + NEAR_MAX) {
        let found = view.posting(number)?;
        if found.is_some_and(|it| it.debit == own || it.credit == own) {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// What one step through a history gave.
struct Step {
    lines: Vec<Line>,
    looked_at: usize,
    /// The last posting that was looked at.
    last: Option<u64>,
    /// The newest entry before the span.
    earlier: Option<Posting>,
}

/// Looks at the entries before one.
fn step(view: &View<'_>, own: AccountId, span: Span, before: Option<u64>) -> Result<Step, Miss> {
    let postings = view.postings_of(own, before, STEP)?;
    let last = postings.last().map(|it| it.0);
    let mut step = Step { lines: Vec::new(), looked_at: postings.len(), last, earlier: None };
    for (number, it) in postings {
        if it.time < span.from {
            step.earlier = Some(it);
            break;
        }
        if it.time < span.to {
            step.lines.push(line(view, own, number, it)?);
        }
    }
    Ok(step)
}

/// What happened to an account in a span; if that is more than `most`, only so much of it as was
/// found until then. The books are let go after each step: a long history keeps nobody else
/// waiting.
pub(super) fn scan(app: &App, account: &Account, span: Span, most: usize) -> Result<Scan, Problem> {
    let (own, most) = (account.id, most.min(LOOKED_AT_MAX));
    let (mut before, _) = app.read(own.cell(), |view| near(view, own, span.to))?;
    let (mut lines, mut looked_at) = (Vec::new(), 0);
    loop {
        let (step, _) = app.read(own.cell(), |view| step(view, own, span, before))?;
        lines.extend(step.lines);
        looked_at += step.looked_at;
        if lines.len() > most {
            return Ok(Scan { lines, whole: false, opening: 0 });
        }
        if step.earlier.is_some() || step.looked_at < STEP {
            let earlier = step.earlier.map_or(0, |it| left(own, &it));
            let first = lines.last().map(|it| met(own, &it.it));
            return Ok(Scan { lines, whole: true, opening: first.unwrap_or(Ok(earlier))? });
        }
        if looked_at > LOOKED_AT_MAX {
            return Ok(Scan { lines, whole: false, opening: 0 });
        }
        before = step.last;
    }
}
