//! What a statement says, whatever it was written in.

use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use std::collections::BTreeMap;

/// The most bytes of a reference.
pub const TEXT_MAX: usize = 70;

/// Whether the platform's account at the bank got money or gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// It got money.
    Credit,
    /// It gave money.
    Debit,
}

impl Side {
    /// Its name in reports.
    pub const fn code(self) -> &'static str {
        match self {
            Side::Credit => "credit",
            Side::Debit => "debit",
        }
    }

    /// An amount with the sign that it has for the account.
    pub fn signed(self, amount: Money) -> i128 {
        match self {
            Side::Credit => i128::from(amount.minor()),
            Side::Debit => -i128::from(amount.minor()),
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Side {
        match self {
            Side::Credit => Side::Debit,
            Side::Debit => Side::Credit,
        }
    }
}

/// What the account held in one currency, in minor units; less than nothing if it was overdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The currency.
    pub currency: Currency,
    /// When the statement begins.
    pub opening: i128,
    /// When it ends.
    pub closing: i128,
}

/// What a statement says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The bank's name for the statement.
    pub id: String,
    /// The account, as the bank names it.
    pub account: String,
    /// When it begins.
    pub from: Time,
    /// When it ends; what is booked then belongs to the next.
    pub to: Time,
    /// What the account held.
    pub balances: Vec<Balance>,
}

/// A line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in the file, from 1.
    pub number: u64,
    /// Our reference, where the bank has one.
    pub reference: Option<String>,
    /// The bank's own reference.
    pub bank_reference: String,
    /// Which way.
    pub side: Side,
    /// How much.
    pub amount: Money,
    /// When it was booked.
    pub booked_at: Time,
    /// The bank's reference of the movement that this one undoes.
    pub returns: Option<String>,
}

/// Millions of lines in little memory, found by our reference.
#[derive(Debug, Default)]
pub struct Lines {
    text: Vec<u8>,
    rows: Vec<Row>,
    /// The rows in the order of their references, once [`Lines::sort`] was called.
    order: Vec<u32>,
}

/// A line without its texts.
#[derive(Clone, Copy, Debug)]
struct Row {
    at: u64,
    amount: Money,
    booked_at: Time,
    number: u64,
    /// How long the three texts are; 255 for none.
    lengths: [u8; 3],
    side: Side,
}

/// The length of a text that is not there.
const NONE: u8 = u8::MAX;

impl Lines {
    /// Adds a line. Texts are at most [`TEXT_MAX`] bytes long, of which readers take care.
    pub fn add(&mut self, line: &Line) {
        let at = u64::try_from(self.text.len()).unwrap_or(u64::MAX);
        let mut keep = |it: Option<&str>| {
            let Some(it) = it else { return NONE };
            let cut = it.get(..it.len().min(TEXT_MAX)).unwrap_or_default();
            self.text.extend_from_slice(cut.as_bytes());
            u8::try_from(cut.len()).unwrap_or(0)
        };
        let lengths = [
            keep(line.reference.as_deref()),
            keep(Some(&line.bank_reference)),
            keep(line.returns.as_deref()),
        ];
        let Line { number, side, amount, booked_at, .. } = *line;
        self.rows.push(Row { at, amount, booked_at, number, lengths, side });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Our references, as the lines have them.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|it| std::str::from_utf8(self.texts(it)[0]?).ok())
    }

    /// The bank's references of lines that have none of ours.
    pub fn nameless(&self) -> impl Iterator<Item = &str> {
        let each = self.rows.iter().map(|it| self.texts(it)).filter(|it| it[0].is_none());
        each.filter_map(|it| std::str::from_utf8(it[1]?).ok())
    }

    /// Makes lines findable by their reference.
    pub(crate) fn sort(&mut self) {
        let count = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let mut order: Vec<u32> = (0..count).collect();
        order.sort_by(|a, b| self.key(*a).cmp(self.key(*b)).then(a.cmp(b)));
        self.order = order;
    }

    fn key(&self, place: u32) -> &[u8] {
        let row = usize::try_from(place).ok().and_then(|it| self.rows.get(it));
        row.and_then(|row| self.texts(row)[0]).unwrap_or_default()
    }

    fn texts(&self, row: &Row) -> [Option<&[u8]>; 3] {
        let mut at = usize::try_from(row.at).unwrap_or(usize::MAX);
        row.lengths.map(|length| {
            if length == NONE {
                return None;
            }
            let end = at.saturating_add(usize::from(length));
            let text = self.text.get(at..end);
            at = end;
            text
        })
    }

    /// The places of all lines with this reference, in the order of the file.
    pub(crate) fn with_reference(&self, reference: &str) -> impl Iterator<Item = usize> + '_ {
        let wanted = reference.as_bytes().to_vec();
        let first = self.order.partition_point(|it| self.key(*it) < wanted.as_slice());
        let rest = self.order.get(first..).unwrap_or_default().iter();
        rest.take_while(move |it| self.key(**it) == wanted.as_slice())
            .filter_map(|it| usize::try_from(*it).ok())
    }

    /// The line at a place.
    pub(crate) fn get(&self, place: usize) -> Option<Line> {
        let row = self.rows.get(place)?;
        let text = |it: Option<&[u8]>| it.map(|it| String::from_utf8_lossy(it).into_owned());
        let [reference, bank_reference, returns] = self.texts(row).map(text);
        Some(Line {
            number: row.number,
            reference,
            bank_reference: bank_reference.unwrap_or_default(),
            side: row.side,
            amount: row.amount,
            booked_at: row.booked_at,
            returns,
        })
    }

    /// What all lines together did to the account, by currency.
    pub(crate) fn sums(&self) -> BTreeMap<Currency, i128> {
        let mut sums = BTreeMap::new();
        for row in &self.rows {
            *sums.entry(row.amount.currency()).or_default() += row.side.signed(row.amount);
        }
        sums
    }
}
