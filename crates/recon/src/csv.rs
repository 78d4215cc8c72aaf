//! Statements as comma-separated values, with whatever columns a bank gives them.

use crate::calendar::Calendar;
use crate::refused::Refused;
use crate::statement::{Balance, Head, Line, Side, TEXT_MAX};
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use std::collections::BTreeMap;
use std::io::Read;

/// The most bytes of one row.
const ROW_MAX: usize = 16 << 10;

/// A mapping for a file with signs before its amounts.
pub const EXAMPLE: &str =
    "reference=Reference,bank_reference=Bank reference,amount=Amount,currency=Currency,time=Time";

/// Which column is what.
///
/// Either `amount` has a sign, or `side` says `credit` or `debit` (or `C`, `D`, `CRDT`, `DBIT`), or
/// there are two columns `credit` and `debit` of which one is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    names: BTreeMap<String, String>,
}

impl Columns {
    const KNOWN: [&str; 12] = [
        "reference",
        "bank_reference",
        "amount",
        "side",
        "credit",
        "debit",
        "currency",
        "time",
        "format",
        "balance",
        "returns",
        "all",
    ];

    /// Reads `reference=COLUMN,amount=COLUMN,…`. `all=CNY` stands for a currency column that is not
    /// there, `format=%d.%m.%Y` says how days or times are written if not as in ISO 8601.
    pub fn parse(text: &str) -> Result<Columns, String> {
        let mut names = BTreeMap::new();
        for part in text.split(',').filter(|it| !it.trim().is_empty()) {
            let (what, column) =
                part.split_once('=').ok_or_else(|| format!("{part:?} has no ="))?;
            let (what, column) = (what.trim(), column.trim());
            if !Self::KNOWN.contains(&what) {
                return Err(format!("{what:?} is none of {}", Self::KNOWN.join(", ")));
            }
            if names.insert(what.to_owned(), column.to_owned()).is_some() {
                return Err(format!("{what} is there twice"));
            }
        }
        let has = |it: &str| names.contains_key(it);
        if !has("time") || !has("bank_reference") {
            return Err("time=COLUMN and bank_reference=COLUMN have to be there".to_owned());
        }
        if has("amount") == (has("credit") && has("debit")) {
            return Err("either amount=COLUMN, or credit=COLUMN and debit=COLUMN".to_owned());
        }
        if has("currency") == has("all") {
            return Err("either currency=COLUMN, or all=CODE".to_owned());
        }
        Ok(Columns { names })
    }
}

/// Reads a file. `each` is told of every line; nothing of them counts unless the head comes back.
pub fn read(
    input: impl Read,
    columns: &Columns,
    calendar: &Calendar,
    each: &mut dyn FnMut(Line) -> Result<(), Refused>,
) -> Result<Head, Refused> {
    let mut reader = csv::ReaderBuilder::new().from_reader(input);
    let refused = |number| move |error: csv::Error| Refused::new(number, error.to_string());
    let header = reader.headers().map_err(refused(1))?.clone();
    let mut table = Table::new(&header, columns, calendar)?;
    let mut row = csv::StringRecord::new();
    // Rows are counted: with the line ends of Windows, the reader's own lines are one too few.
    let mut number = 1;
    while reader.read_record(&mut row).map_err(refused(number + 1))? {
        number += 1;
        if row.as_slice().len() > ROW_MAX {
            return Err(Refused::new(number, format!("a row is longer than {ROW_MAX} bytes")));
        }
        each(table.line(&row, number)?)?;
    }
    table.finish(number + 1)
}

struct Table<'a> {
    columns: &'a Columns,
    calendar: &'a Calendar,
    places: BTreeMap<&'a str, usize>,
    first: Option<Time>,
    last: Option<Time>,
    balances: BTreeMap<Currency, (i128, i128)>,
}

impl<'a> Table<'a> {
    fn new(
        header: &csv::StringRecord,
        columns: &'a Columns,
        calendar: &'a Calendar,
    ) -> Result<Table<'a>, Refused> {
        let mut places = BTreeMap::new();
        for (what, column) in &columns.names {
            if matches!(what.as_str(), "format" | "all") {
                continue;
            }
            let name = |it: &str| it.trim_start_matches('\u{feff}').trim() == column;
            let place = header.iter().position(name);
            let missing = || Refused::new(1, format!("there is no column {column:?}"));
            places.insert(what.as_str(), place.ok_or_else(missing)?);
        }
        let (first, last, balances) = (None, None, BTreeMap::new());
        Ok(Table { columns, calendar, places, first, last, balances })
    }

    fn text<'r>(&self, row: &'r csv::StringRecord, what: &str) -> Option<&'r str> {
        let text = row.get(*self.places.get(what)?)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn line(&mut self, row: &csv::StringRecord, number: u64) -> Result<Line, Refused> {
        let wrong = |what: String| Refused::new(number, what);
        let all = self.columns.names.get("all").map(String::as_str);
        let code = self.text(row, "currency").or(all).unwrap_or_default();
        let currency = Currency::from_code(code);
        let currency = currency.ok_or_else(|| wrong(format!("{code:?} is no currency")))?;
        let (side, amount) = self.amount(row, currency).map_err(wrong)?;
        let time = self.text(row, "time").unwrap_or_default();
        let booked_at = self.time(time).ok_or_else(|| wrong(format!("{time:?} is no time")))?;
        self.first = Some(self.first.map_or(booked_at, |it| it.min(booked_at)));
        self.last = Some(self.last.map_or(booked_at, |it| it.max(booked_at)));
        if let Some(balance) = self.text(row, "balance") {
            self.balance(balance, side.signed(amount), currency).map_err(wrong)?;
        }
        let short = |what: &str| match self.text(row, what) {
            Some(it) if it.len() > TEXT_MAX => {
                Err(wrong(format!("{what} is longer than {TEXT_MAX} bytes")))
            }
            found => Ok(found.map(str::to_owned)),
        };
        let missing = || wrong("a row has no bank reference".to_owned());
        let bank_reference = short("bank_reference")?.ok_or_else(missing)?;
        let (reference, returns) = (short("reference")?, short("returns")?);
        Ok(Line { number, reference, bank_reference, side, amount, booked_at, returns })
    }

    fn amount(&self, row: &csv::StringRecord, currency: Currency) -> Result<(Side, Money), String> {
        let parse =
            |text: &str| Money::parse(text, currency).map_err(|error| format!("{text:?}: {error}"));
        if self.places.contains_key("credit") {
            return match (self.text(row, "credit"), self.text(row, "debit")) {
                (Some(text), None) => Ok((Side::Credit, parse(text)?)),
                (None, Some(text)) => Ok((Side::Debit, parse(text)?)),
                _ => Err("one of credit and debit has an amount".to_owned()),
            };
        }
        let text = self.text(row, "amount").unwrap_or_default();
        let (sign, plain) = match text.strip_prefix('-') {
            Some(plain) => (Side::Debit, plain),
            None => (Side::Credit, text.strip_prefix('+').unwrap_or(text)),
        };
        let amount = parse(plain)?;
        let side = match self.text(row, "side") {
            None if self.places.contains_key("side") => return Err("a row has no side".to_owned()),
            None => sign,
            Some(it) => match it.to_ascii_lowercase().as_str() {
                "credit" | "c" | "crdt" => Side::Credit,
                "debit" | "d" | "dbit" => Side::Debit,
                other => return Err(format!("{other:?} is neither credit nor debit")),
            },
        };
        Ok((side, amount))
    }

    /// A moment with its offset, or a local time or a day in the bank's time zone.
    fn time(&self, text: &str) -> Option<Time> {
        if let Some(format) = self.columns.names.get("format") {
            let parsed = strtime::parse(format, text).ok()?;
            let local = parsed.to_datetime().or_else(|_| parsed.to_date().map(DateTime::from));
            return self.calendar.local(local.ok()?);
        }
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return u64::try_from(at.as_millisecond()).ok().map(Time);
        }
        let local = text.parse::<DateTime>();
        let local = local.or_else(|_| text.parse::<Date>().map(DateTime::from));
        self.calendar.local(local.ok()?)
    }

    /// Follows the balance from row to row.
    fn balance(&mut self, text: &str, change: i128, currency: Currency) -> Result<(), String> {
        let (sign, plain) = match text.strip_prefix('-') {
            Some(plain) => (Side::Debit, plain),
            None => (Side::Credit, text),
        };
        let is = Money::parse(plain, currency).map_err(|error| format!("{text:?}: {error}"))?;
        let is = sign.signed(is);
        let known = self.balances.entry(currency).or_insert((is - change, is - change));
        if known.1 + change != is {
            return Err(format!("the balance is {text}, and was {} before", known.1));
        }
        known.1 = is;
        Ok(())
    }

    fn finish(self, number: u64) -> Result<Head, Refused> {
        let bounds = |at: Option<Time>| at.and_then(|it| self.calendar.bounds_around(it));
        let empty = || Refused::new(number, "there is not one row");
        let (from, _) = bounds(self.first).ok_or_else(empty)?;
        let (_, to) = bounds(self.last).ok_or_else(empty)?;
        let balances = self.balances.iter();
        let balances = balances.map(|(currency, (opening, closing))| Balance {
            currency: *currency,
            opening: *opening,
            closing: *closing,
        });
        let balances = balances.collect();
        let (id, account) = (format!("csv-{}", from.0), String::new());
        Ok(Head { id, account, from, to, balances })
    }
}
