//! Tables for spreadsheets and programs: RFC 4180, in UTF-8 with the mark by which Excel knows it.
//!
//! Columns have names that do not change, amounts are plain decimals beside their currency, with a
//! minus sign for what went out, and times are RFC 3339 in UTC. Text that people wrote could begin
//! like a formula, and a spreadsheet would compute it on the machine of whoever opens the file;
//! such text gets an apostrophe in front. Amounts are ours and stay numbers.

use super::{Change, NotMade, enough};
use crate::http::receipt::rfc3339;
use csv::{Terminator, Writer, WriterBuilder};
use ledger::money::Money;
use ledger::time::Time;
use std::borrow::Cow;

/// The mark by which spreadsheets know UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// What a formula may begin with, also in the wide forms that spreadsheets take for the narrow
/// ones.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A line of what happened to somebody, over all of their accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// When it happened.
    pub at: Time,
    /// What it was.
    pub what: String,
    /// Who was on the other side.
    pub counterparty: String,
    /// What it was for, such as the subject of an order.
    pub subject: String,
    /// The identifier by which it is found again.
    pub reference: String,
    /// What it did to the balance.
    pub change: Change,
    /// How far it is.
    pub stage: String,
}

/// A line of what happened to an account of a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// When it was posted.
    pub at: Time,
    /// Whether it was a sale, a refund or something else: a name that does not change.
    pub part: &'static str,
    /// What it was, in the reader's words.
    pub what: String,
    /// The shop's own number of the order; empty if there is none.
    pub number: String,
    /// Who was on the other side.
    pub counterparty: String,
    /// The identifier by which it is found again.
    pub reference: String,
    /// What was sold; nothing if it is no sale.
    pub gross: Money,
    /// What was kept of it.
    pub fee: Money,
    /// What it did to the balance.
    pub change: Change,
    /// The balance after it, as the books say.
    pub balance: Money,
}

/// What happened to somebody.
pub fn activity(lines: &[Activity]) -> Result<Vec<u8>, NotMade> {
    enough(lines.len())?;
    let mut table = Table::new(&[
        "time",
        "what",
        "counterparty",
        "subject",
        "reference",
        "amount",
        "currency",
        "stage",
    ]);
    for it in lines {
        let amount = it.change.amount();
        table.line(&[
            rfc3339(it.at).into(),
            text(&it.what),
            text(&it.counterparty),
            text(&it.subject),
            text(&it.reference),
            signed(it.change).into(),
            amount.currency().code().into(),
            text(&it.stage),
        ]);
    }
    Ok(table.bytes())
}

/// What happened to an account of a shop.
pub fn settlement(lines: &[Settled]) -> Result<Vec<u8>, NotMade> {
    enough(lines.len())?;
    let mut table = Table::new(&[
        "time",
        "kind",
        "what",
        "number",
        "counterparty",
        "reference",
        "gross",
        "fee",
        "amount",
        "balance",
        "currency",
    ]);
    for it in lines {
        table.line(&[
            rfc3339(it.at).into(),
            it.part.into(),
            text(&it.what),
            text(&it.number),
            text(&it.counterparty),
            text(&it.reference),
            decimal(it.gross).into(),
            decimal(it.fee).into(),
            signed(it.change).into(),
            decimal(it.balance).into(),
            it.gross.currency().code().into(),
        ]);
    }
    Ok(table.bytes())
}

/// Orders of which a seller is to say how they travel. The names of its columns are given, because
/// a person fills it in.
pub fn shipments(heads: [&str; 5], lines: &[[String; 5]]) -> Vec<u8> {
    let mut table = Table::new(&heads);
    for line in lines {
        table.line(&line.each_ref().map(|it| text(it)));
    }
    table.bytes()
}

/// A table that is being written.
struct Table(Writer<Vec<u8>>);

impl Table {
    fn new(columns: &[&str]) -> Table {
        let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(MARK.into());
        table.write_record(columns).expect("memory takes every line");
        Table(table)
    }

    fn line<const N: usize>(&mut self, cells: &[Cow<'_, str>; N]) {
        let cells = cells.iter().map(|it| it.as_bytes());
        self.0.write_record(cells).expect("memory takes a line as wide as the first");
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().expect("memory can be flushed")
    }
}

/// Text as a cell that no spreadsheet computes.
fn text(it: &str) -> Cow<'_, str> {
    if it.starts_with(FORMULA) { format!("'{it}").into() } else { it.into() }
}

/// An amount without its currency: `88.00`.
fn decimal(it: Money) -> String {
    let text = it.to_string();
    text.split_once(' ').map_or_else(|| text.clone(), |(number, _)| number.to_owned())
}

/// The amount with a minus sign if it went out.
fn signed(it: Change) -> String {
    match it {
        Change::Credit(amount) => decimal(amount),
        Change::Debit(amount) => format!("-{}", decimal(amount)),
    }
}
