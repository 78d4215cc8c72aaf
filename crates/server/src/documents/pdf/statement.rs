//! The account statement: every entry with the balance after it, and what they come to.

use super::flow::Flow;
use super::sheet::{INSIDE, Ink, MARGIN, RIGHT, Style};
use super::words::{
    ACCOUNT, BALANCE, CLOSING, CREDIT, CREDITS, CURRENCY, DEBIT, DEBITS, NOTHING, OPENING, OWNER,
    PERIOD, STATEMENT, TOTAL, WHAT, WHEN,
};
use super::{Head, Proof, digits, proof, time, time_in_zone};
use crate::documents::{Change, Entry, NotMade, Statement, Totals};
use ledger::time::Time;

/// Where the second column begins.
const WHAT_AT: i16 = MARGIN + 1_880;
/// Where the columns of amounts end.
const CREDIT_TO: i16 = 7_960;
const DEBIT_TO: i16 = 9_440;
const BALANCE_TO: i16 = RIGHT - 60;
/// How wide the second column is.
const WHAT_WIDE: i16 = CREDIT_TO - 1_380 - WHAT_AT;

/// The statement as a PDF.
pub fn statement(
    head: &Head,
    statement: &Statement,
    proof: Option<&Proof>,
) -> Result<Vec<u8>, NotMade> {
    let totals = statement.totals()?;
    let mut flow = Flow::new(head, head.lang.of_pair(STATEMENT), &statement.account);
    about(&mut flow, statement);
    boxes(&mut flow, statement, &totals);
    columns(&mut flow);
    for entry in &statement.entries {
        line(&mut flow, entry);
    }
    if statement.entries.is_empty() {
        flow.text(MARGIN + 60, flow.y + 300, Style::soft(180), head.lang.of_pair(NOTHING));
        flow.y += 480;
    }
    total(&mut flow, &totals);
    if let Some(it) = proof {
        flow.y += 300;
        proof::add(&mut flow, it);
    }
    Ok(flow.finish())
}

/// Whose account it is, and from when to when.
fn about(flow: &mut Flow, of: &Statement) {
    let head = flow.head;
    let last = Time(of.to.0.saturating_sub(1).max(of.from.0));
    let period = format!("{} – {}", time(of.from), time_in_zone(last));
    let currency = of.opening.currency().code().to_owned();
    let facts =
        [(OWNER, &of.owner), (ACCOUNT, &of.account), (PERIOD, &period), (CURRENCY, &currency)];
    for (name, value) in facts {
        flow.text(MARGIN, flow.y + 200, Style::soft(170), head.lang.of_pair(name));
        for part in flow.wrap(value, 180, INSIDE - 1_600) {
            flow.text(MARGIN + 1_600, flow.y + 200, Style::plain(180), &part);
            flow.y += 280;
        }
    }
    flow.y += 160;
}

/// The four numbers that most readers look for.
fn boxes(flow: &mut Flow, of: &Statement, totals: &Totals) {
    let (top, lang) = (flow.y, flow.head.lang);
    let counted = |name: [&str; 2], count: usize| format!("{} ({count})", lang.of_pair(name));
    let boxes = [
        (lang.of_pair(OPENING).to_owned(), digits(of.opening)),
        (counted(CREDITS, totals.credits_count), format!("+{}", digits(totals.credits))),
        (counted(DEBITS, totals.debits_count), format!("-{}", digits(totals.debits))),
        (lang.of_pair(CLOSING).to_owned(), digits(totals.closing)),
    ];
    flow.fill([MARGIN, top, INSIDE, 900], Ink::Tint);
    let mut x = MARGIN + 200;
    for (name, amount) in boxes {
        flow.text(x, top + 330, Style::soft(150), &name);
        flow.text(x, top + 680, Style::bold(220, Ink::Text), &amount);
        x += INSIDE / 4;
    }
    flow.y = top + 900 + 260;
}

/// The names of the columns, at the top of the table and of every further page.
fn columns(flow: &mut Flow) {
    let (y, lang) = (flow.y, flow.head.lang);
    let style = Style::bold(150, Ink::White);
    flow.fill([MARGIN, y, INSIDE, 360], Ink::Brand);
    flow.text(MARGIN + 60, y + 235, style, lang.of_pair(WHEN));
    flow.text(WHAT_AT, y + 235, style, lang.of_pair(WHAT));
    let amounts = [(CREDIT_TO, CREDIT), (DEBIT_TO, DEBIT), (BALANCE_TO, BALANCE)];
    for (x, name) in amounts {
        flow.text_to(x, y + 235, style, lang.of_pair(name));
    }
    flow.y = y + 360;
}

fn line(flow: &mut Flow, entry: &Entry) {
    let what = match entry.counterparty.trim() {
        "" => entry.what.clone(),
        other => format!("{} · {other}", entry.what),
    };
    let what = flow.wrap(&what, 165, WHAT_WIDE);
    let reference = flow.wrap(&entry.reference, 130, WHAT_WIDE);
    let (large, small) = (rows(what.len(), 230), rows(reference.len(), 180));
    let height = large.saturating_add(small).saturating_add(140);
    if flow.need(height) {
        columns(flow);
    }
    let first = flow.y + 240;
    flow.text(MARGIN + 60, first, Style::plain(150), &time(entry.at));
    let mut y = first;
    for text in &what {
        flow.text(WHAT_AT, y, Style::plain(165), text);
        y += 230;
    }
    for text in &reference {
        flow.text(WHAT_AT, y - 25, Style::soft(130), text);
        y += 180;
    }
    let (x, amount) = match entry.change {
        Change::Credit(it) => (CREDIT_TO, format!("+{}", digits(it))),
        Change::Debit(it) => (DEBIT_TO, format!("-{}", digits(it))),
    };
    flow.text_to(x, first, Style::plain(165), &amount);
    flow.text_to(BALANCE_TO, first, Style::plain(165), &digits(entry.balance));
    flow.y += height;
    flow.rule(flow.y, Ink::Line);
}

/// The last line, which says what the columns come to.
fn total(flow: &mut Flow, totals: &Totals) {
    if flow.need(460) {
        columns(flow);
    }
    let y = flow.y + 300;
    flow.fill([MARGIN, flow.y, INSIDE, 440], Ink::Tint);
    let style = Style::bold(165, Ink::Text);
    flow.text(MARGIN + 60, y, style, flow.head.lang.of_pair(TOTAL));
    flow.text_to(CREDIT_TO, y, style, &format!("+{}", digits(totals.credits)));
    flow.text_to(DEBIT_TO, y, style, &format!("-{}", digits(totals.debits)));
    flow.text_to(BALANCE_TO, y, style, &digits(totals.closing));
    flow.y += 440;
}

fn rows(count: usize, height: i16) -> i16 {
    i16::try_from(count).unwrap_or(i16::MAX).saturating_mul(height)
}
