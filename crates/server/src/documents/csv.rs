//! Tables for spreadsheets and programs: RFC 4180, in UTF-8 with the mark by which Excel knows it.
//!
//! Columns have names that do not change, amounts are plain decimals beside their currency, with a
//! minus sign for what went out, and times are RFC 3339 in UTC. Text that people wrote could begin
//! like a formula, and a spreadsheet would compute it on the machine of whoever opens the file;
//! such text gets an apostrophe in front. Amounts are ours and stay numbers.

use super::{Change, NotMade, Statement, enough};
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

/// What an entry of a settlement was, to whoever sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// An order paid for what was sold.
    Sale {
        /// What it released.
        gross: Money,
        /// What the platform kept of that.
        fee: Money,
    },
    /// Money went back to a buyer.
    Refund,
    /// Anything else.
    Other,
}

/// What a settlement says of an entry, beside what a statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The seller's own number of the order; empty if there is none.
    pub number: String,
    /// What it was.
    pub counted: Counted,
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

/// What was settled in a time: a line for the opening balance, one for each entry with the balance
/// after it. Gross less fee, less refund, with other is what the balance changed by: in each line,
/// and in the sums of the columns.
pub fn settlement(statement: &Statement, settled: &[Settled]) -> Result<Vec<u8>, NotMade> {
    statement.totals()?;
    let mut table = Table::new(&[
        "time",
        "kind",
        "what",
        "counterparty",
        "number",
        "reference",
        "gross",
        "fee",
        "refund",
        "other",
        "net",
        "balance",
        "currency",
    ]);
    let currency = statement.opening.currency().code();
    let empty = || Cow::from("");
    table.line(&[
        rfc3339(statement.from).into(),
        "opening_balance".into(),
        empty(),
        empty(),
        empty(),
        text(&statement.account),
        empty(),
        empty(),
        empty(),
        empty(),
        empty(),
        decimal(statement.opening).into(),
        currency.into(),
    ]);
    if settled.len() != statement.entries.len() {
        return Err(NotMade::DoesNotAddUp { entry: settled.len() });
    }
    for (place, (it, of)) in statement.entries.iter().zip(settled).enumerate() {
        let columns = columns(it.change, of.counted);
        let [kind, gross, fee, refund, other] =
            columns.ok_or(NotMade::DoesNotAddUp { entry: place })?;
        table.line(&[
            rfc3339(it.at).into(),
            kind.into(),
            text(&it.what),
            text(&it.counterparty),
            text(&of.number),
            text(&it.reference),
            gross.into(),
            fee.into(),
            refund.into(),
            other.into(),
            signed(it.change).into(),
            decimal(it.balance).into(),
            currency.into(),
        ]);
    }
    Ok(table.bytes())
}

/// The kind of an entry, and its gross, fee, refund and other, if that is what it did.
fn columns(change: Change, counted: Counted) -> Option<[String; 5]> {
    let nothing = String::new;
    match (counted, change) {
        (Counted::Sale { gross, fee }, Change::Credit(net)) if net.plus(fee) == Ok(gross) => {
            Some(["sale".to_owned(), decimal(gross), decimal(fee), nothing(), nothing()])
        }
        (Counted::Refund, Change::Debit(amount)) => {
            Some(["refund".to_owned(), nothing(), nothing(), decimal(amount), nothing()])
        }
        (Counted::Other, change) => {
            Some(["other".to_owned(), nothing(), nothing(), nothing(), signed(change)])
        }
        (Counted::Sale { .. } | Counted::Refund, Change::Credit(_) | Change::Debit(_)) => None,
    }
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
