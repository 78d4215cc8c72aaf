//! The payment slip: what one payment did, on one page that can be shown to others.

use super::capitals::capitals;
use super::flow::Flow;
use super::sheet::{INSIDE, Ink, MARGIN, RIGHT, Style};
use super::words::{AMOUNT, FROM, NUMBER, SLIP, TO, WHEN};
use super::{Head, Proof, digits, proof, time_in_zone};
use crate::documents::NotMade;
use ledger::money::Money;
use ledger::time::Time;

/// The most further facts of a slip.
pub const FACTS_MAX: usize = 40;

/// One side of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// As people know them.
    pub name: String,
    /// Their account, or the end of their card's number.
    pub account: String,
}

/// A payment, as its parties may show it to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// The identifier of the payment, which the slip has too.
    pub id: String,
    /// What was done, in the reader's words.
    pub what: String,
    /// How far it is, in the reader's words.
    pub stage: String,
    /// How much.
    pub amount: Money,
    /// Whose account was debited.
    pub debited: Party,
    /// Whose account was credited.
    pub credited: Party,
    /// When it happened.
    pub at: Time,
    /// What else is known, each with its name, in the reader's words.
    pub facts: Vec<(String, String)>,
    /// Why others may believe it.
    pub proof: Option<Proof>,
}

/// The slip as a PDF.
pub fn slip(head: &Head, slip: &Slip) -> Result<Vec<u8>, NotMade> {
    if slip.facts.len() > FACTS_MAX {
        return Err(NotMade::TooLong);
    }
    let mut flow = Flow::new(head, head.lang.of_pair(SLIP), &slip.id);
    amount(&mut flow, slip);
    parties(&mut flow, slip);
    fact(&mut flow, head.lang.of_pair(NUMBER), &slip.id);
    fact(&mut flow, head.lang.of_pair(WHEN), &time_in_zone(slip.at));
    for (name, value) in &slip.facts {
        fact(&mut flow, name, value);
    }
    if let Some(it) = &slip.proof {
        flow.y += 300;
        proof::add(&mut flow, it);
    }
    Ok(flow.finish())
}

/// The amount, large, with what it was and how far it is.
fn amount(flow: &mut Flow, slip: &Slip) {
    let (top, left, right) = (flow.y, MARGIN + 300, RIGHT - 300);
    let capitals = capitals(slip.amount).filter(|_| flow.head.lang.tag().starts_with("zh"));
    let height = if capitals.is_some() { 1_900 } else { 1_560 };
    flow.fill([MARGIN, top, INSIDE, height], Ink::Tint);
    flow.fill([MARGIN, top, 60, height], Ink::Brand);
    let label = flow.head.lang.of_pair(AMOUNT);
    flow.text(left, top + 400, Style::soft(190), label);
    let stage = flow.wrap(&slip.stage, 220, 3_800);
    let what = flow.wrap(&slip.what, 190, 3_800);
    let code = slip.amount.currency().code();
    let text = digits(slip.amount);
    flow.text(left, top + 1_120, Style::bold(600, Ink::Text), &text);
    let after = i16::try_from(flow.fonts.width(&text, 600)).unwrap_or(INSIDE);
    flow.text(left + after + 140, top + 1_120, Style::soft(240), code);
    if let Some(text) = capitals {
        flow.text(left, top + 1_560, Style::plain(200), &format!("（大写）{text}"));
    }
    if let Some(line) = what.first() {
        flow.text_to(right, top + 400, Style::soft(190), line);
    }
    if let Some(line) = stage.first() {
        flow.text_to(right, top + 1_100, Style::bold(240, Ink::Brand), line);
    }
    flow.y = top + height + 300;
}

/// Both parties, beside each other.
fn parties(flow: &mut Flow, slip: &Slip) {
    let half = INSIDE / 2;
    let (top, lang) = (flow.y, flow.head.lang);
    let sides = [(FROM, &slip.debited, MARGIN), (TO, &slip.credited, MARGIN + half)];
    let mut bottom = top;
    for (label, party, x) in sides {
        flow.text(x, top + 200, Style::soft(170), lang.of_pair(label));
        let mut y = top + 500;
        for line in flow.wrap(&party.name, 240, half - 300) {
            flow.text(x, y, Style::bold(240, Ink::Text), &line);
            y += 320;
        }
        for line in flow.wrap(&party.account, 160, half - 300) {
            flow.text(x, y - 40, Style::soft(160), &line);
            y += 220;
        }
        bottom = bottom.max(y);
    }
    flow.y = bottom + 40;
    flow.rule(flow.y, Ink::Line);
}

/// A line with a name and a value, which may need several.
fn fact(flow: &mut Flow, name: &str, value: &str) {
    let column = MARGIN + 2_400;
    let lines = flow.wrap(value, 190, RIGHT - column);
    let names = flow.wrap(name, 180, column - MARGIN - 200);
    let rows = i16::try_from(lines.len().max(names.len()).max(1)).unwrap_or(i16::MAX);
    let height = rows.saturating_mul(270).saturating_add(190);
    flow.need(height);
    for (texts, x, style) in
        [(&names, MARGIN, Style::soft(180)), (&lines, column, Style::plain(190))]
    {
        let mut y = flow.y + 310;
        for line in texts {
            flow.text(x, y, style, line);
            y += 270;
        }
    }
    flow.y += height;
    flow.rule(flow.y, Ink::Line);
}
