//! Statements by SWIFT MT940, as banks send them in files.
//!
//! Only the fields that say something about money are read: `:20:` and `:25:` (which statement, of
//! which account), `:60F:` and `:62F:` (balances), `:61:` (a line) and `:86:` (what belongs to it).
//! A line's reference for the account owner has 16 characters at most; a longer one of ours is
//! found in `:86:` behind `EREF+` or `/EREF/`, as banks write it. The format knows days, no times.

use crate::calendar::Calendar;
use crate::refused::Refused;
use crate::statement::{Balance, Head, Line, Side, TEXT_MAX};
use jiff::civil::Date;
use ledger::currency::Currency;
use ledger::money::Money;
use std::io::{BufRead, Read as _};

/// The most bytes of one line, and of one field with its further lines.
const LINE_MAX: u64 = 1_024;
const FIELD_MAX: usize = 8_192;
/// What stands where there is no reference.
const NONREF: &str = "NONREF";

/// Reads a file. `each` is told of every line; nothing of them counts unless the head comes back.
pub fn read(
    input: impl BufRead,
    calendar: &Calendar,
    each: &mut dyn FnMut(Line) -> Result<(), Refused>,
) -> Result<Head, Refused> {
    let mut file = File { calendar, each, head: HeadSoFar::default(), line: None, sum: 0 };
    let mut fields = Fields { input, number: 0, waiting: None };
    while let Some(field) = fields.next()? {
        file.field(&field)?;
    }
    file.finish(fields.number)
}

/// A field: `:61:` and so on, with the lines that continue it.
struct Field {
    number: u64,
    tag: String,
    text: String,
}

struct Fields<R> {
    input: R,
    number: u64,
    /// The beginning of the next field.
    waiting: Option<Field>,
}

impl<R: BufRead> Fields<R> {
    fn line(&mut self) -> Result<Option<String>, Refused> {
        let mut bytes = Vec::new();
        let number = self.number + 1;
        let refused = |error: std::io::Error| Refused::new(number, error.to_string());
        let read = (&mut self.input).take(LINE_MAX).read_until(b'\n', &mut bytes);
        if read.map_err(refused)? == 0 {
            return Ok(None);
        }
        self.number = number;
        if u64::try_from(bytes.len()).is_ok_and(|it| it >= LINE_MAX) {
            return Err(Refused::new(number, format!("a line is longer than {LINE_MAX} bytes")));
        }
        let text = String::from_utf8(bytes);
        let text = text.map_err(|_| Refused::new(number, "only UTF-8 is read"))?;
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    fn next(&mut self) -> Result<Option<Field>, Refused> {
        let mut field = self.waiting.take();
        while let Some(line) = self.line()? {
            let begins = line.strip_prefix(':').and_then(|it| it.split_once(':'));
            let tagged = begins.filter(|(tag, _)| (2..=3).contains(&tag.len()));
            if let Some((tag, text)) = tagged {
                let (tag, text) = (tag.to_owned(), text.to_owned());
                let next = Field { number: self.number, tag, text };
                let Some(done) = field.take() else {
                    field = Some(next);
                    continue;
                };
                self.waiting = Some(next);
                return Ok(Some(done));
            }
            if line == "-" || line.starts_with(['{', '}']) || line.starts_with("-}") {
                continue;
            }
            let Some(field) = &mut field else {
                if line.trim().is_empty() {
                    continue;
                }
                return Err(Refused::new(self.number, "a field begins with :20: or the like"));
            };
            if field.text.len() + line.len() > FIELD_MAX {
                return Err(Refused::new(self.number, "a field is too long"));
            }
            field.text.push('\n');
            field.text.push_str(&line);
        }
        Ok(field)
    }
}

#[derive(Default)]
struct HeadSoFar {
    id: String,
    account: String,
    opening: Option<(Date, Money, Side)>,
    closing: Option<(Date, Money, Side)>,
}

struct File<'a> {
    calendar: &'a Calendar,
    each: &'a mut dyn FnMut(Line) -> Result<(), Refused>,
    head: HeadSoFar,
    /// A line whose `:86:` may still come.
    line: Option<Line>,
    sum: i128,
}

impl File<'_> {
    fn field(&mut self, field: &Field) -> Result<(), Refused> {
        let Field { number, tag, text } = field;
        let first = text.lines().next().unwrap_or_default();
        if tag != "86" {
            self.end_line()?;
        }
        if self.head.closing.is_some() && matches!(tag.as_str(), "20" | "60F" | "61") {
            return Err(Refused::new(*number, "one statement in one file is read"));
        }
        match tag.as_str() {
            "20" => first.clone_into(&mut self.head.id),
            "25" => first.clone_into(&mut self.head.account),
            "60F" => self.head.opening = Some(balance(first, *number)?),
            "62F" => self.head.closing = Some(balance(first, *number)?),
            "60M" | "62M" => return Err(Refused::new(*number, "parts of statements are not read")),
            "61" => self.line = Some(self.entry(text, *number)?),
            "86" => {
                if let (Some(line), Some(reference)) = (&mut self.line, end_to_end(text)) {
                    line.reference = Some(reference);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), Refused> {
        let Some(line) = self.line.take() else { return Ok(()) };
        self.sum += line.side.signed(line.amount);
        (self.each)(line)
    }

    /// `:61:` value date, entry date, mark, amount, type, reference, `//` the bank's reference.
    fn entry(&self, text: &str, number: u64) -> Result<Line, Refused> {
        let wrong = |what: &str| Refused::new(number, format!(":61: {what}"));
        let first = text.lines().next().unwrap_or_default();
        let (value, rest) = first.split_at_checked(6).ok_or_else(|| wrong("has no date"))?;
        let value = day(value).ok_or_else(|| wrong("has no date"))?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (entry, rest) = rest.split_at_checked(digits).unwrap_or(("", rest));
        let booked = match entry.len() {
            0 => value,
            4 => near(value, entry).ok_or_else(|| wrong("has no entry date"))?,
            _ => return Err(wrong("has no entry date")),
        };
        let marks = [
            ("RC", Side::Debit, true),
            ("RD", Side::Credit, true),
            ("C", Side::Credit, false),
            ("D", Side::Debit, false),
        ];
        let mark = marks
            .into_iter()
            .find_map(|(mark, side, back)| rest.strip_prefix(mark).map(|rest| (rest, side, back)));
        let (rest, side, back) = mark.ok_or_else(|| wrong("is neither C nor D"))?;
        let rest = rest.strip_prefix(|it: char| it.is_ascii_uppercase()).unwrap_or(rest);
        let length = rest.bytes().take_while(|it| it.is_ascii_digit() || *it == b',').count();
        let (amount, rest) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let opening = self.head.opening.ok_or_else(|| wrong("comes before :60F:"))?;
        let amount = decimal(amount, opening.1.currency(), number)?;
        let rest = rest.get(4..).ok_or_else(|| wrong("has no type"))?;
        let (reference, bank_reference) = rest.split_once("//").unwrap_or((rest, ""));
        let known = |it: &str| (!it.is_empty() && it != NONREF).then(|| it.to_owned());
        if reference.len().max(bank_reference.len()) > TEXT_MAX {
            return Err(wrong("has a reference that is too long"));
        }
        let booked_at = self.calendar.midnight(booked).ok_or_else(|| wrong("is out of time"))?;
        let reference = known(reference.trim());
        let bank_reference = bank_reference.trim().to_owned();
        let returns = back.then(|| bank_reference.clone());
        Ok(Line { number, reference, bank_reference, side, amount, booked_at, returns })
    }

    fn finish(mut self, number: u64) -> Result<Head, Refused> {
        self.end_line()?;
        let missing = |what: &str| Refused::new(number, format!("{what} is missing"));
        let HeadSoFar { id, account, opening, closing } = self.head;
        let (from, opening, opening_side) = opening.ok_or_else(|| missing(":60F:"))?;
        let (to, closing, closing_side) = closing.ok_or_else(|| missing(":62F:"))?;
        let currency = opening.currency();
        if closing.currency() != currency {
            return Err(Refused::new(number, "the balances are in different currencies"));
        }
        let balance = Balance {
            currency,
            opening: opening_side.signed(opening),
            closing: closing_side.signed(closing),
        };
        let is = balance.opening + self.sum;
        if is != balance.closing {
            let what = format!("the lines lead to {is} minor units, :62F: says {closing}");
            return Err(Refused::new(number, what));
        }
        let end = to.tomorrow().ok();
        let from = self.calendar.midnight(from.max(to.yesterday().unwrap_or(to)).min(to));
        let from = from.ok_or_else(|| missing("a day"))?;
        let to = end.and_then(|it| self.calendar.midnight(it)).ok_or_else(|| missing("a day"))?;
        Ok(Head { id, account, from, to, balances: vec![balance] })
    }
}

/// `C`, a date, a currency and an amount.
fn balance(text: &str, number: u64) -> Result<(Date, Money, Side), Refused> {
    let wrong = || Refused::new(number, "a balance is C or D, a date, a currency and an amount");
    let (mark, rest) = text.split_at_checked(1).ok_or_else(wrong)?;
    let side = match mark {
        "C" => Side::Credit,
        "D" => Side::Debit,
        _ => return Err(wrong()),
    };
    let (date, rest) = rest.split_at_checked(6).ok_or_else(wrong)?;
    let (code, amount) = rest.split_at_checked(3).ok_or_else(wrong)?;
    let currency = Currency::from_code(code).ok_or_else(wrong)?;
    Ok((day(date).ok_or_else(wrong)?, decimal(amount, currency, number)?, side))
}

/// An amount with a comma before its decimals, which is always there.
fn decimal(text: &str, currency: Currency, number: u64) -> Result<Money, Refused> {
    let wrong = |error| Refused::new(number, format!("{text:?}: {error}"));
    let plain = text.replace(',', ".");
    Money::parse(plain.strip_suffix('.').unwrap_or(&plain), currency).map_err(wrong)
}

/// A day written as `231231`: of this century.
fn day(text: &str) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i8>().ok();
    let year = text.get(0..2)?.parse::<i16>().ok()?.checked_add(2_000)?;
    Date::new(year, number(2..4)?, number(4..6)?).ok()
}

/// The day `1231` that is nearest to a value date: entries cross the turn of the year.
fn near(value: Date, text: &str) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i8>().ok();
    let (month, of_month) = (number(0..2)?, number(2..4)?);
    let years = [value.year() - 1, value.year(), value.year() + 1];
    let days = years.into_iter().filter_map(|it| Date::new(it, month, of_month).ok());
    days.min_by_key(|it| it.since(value).map_or(i32::MAX, |it| it.get_days().abs()))
}

/// The reference that the payment was given from end to end.
fn end_to_end(text: &str) -> Option<String> {
    let joined: String = text.lines().collect();
    let (_, rest) = joined.split_once("EREF+").or_else(|| joined.split_once("/EREF/"))?;
    let end = rest.find(|it: char| it == '/' || it == '?' || it == '+' || it.is_whitespace());
    let found = rest.get(..end.unwrap_or(rest.len()))?;
    let known = !found.is_empty() && found != "NOTPROVIDED" && found.len() <= TEXT_MAX;
    known.then(|| found.to_owned())
}
