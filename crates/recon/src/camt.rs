//! Statements by ISO 20022: camt.053 (a day's statement) and camt.054 (what happened since).
//!
//! Read element by element, whatever the namespace's prefix is; what is not needed is skipped.
//! Document types, entities and processing instructions are refused, and so are other encodings
//! than UTF-8. Sums and counts that a file carries must be right, or none of it counts.

mod entry;
mod summary;
mod text;
mod write;

pub use write::Writer;

use crate::refused::Refused;
use crate::statement::{Balance, Head, Line, Side};
use entry::{Detail, Entry};
use jiff::Timestamp;
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::BufRead;
use summary::Summary;
use text::Counted;

/// How deep elements may stand in each other.
const DEPTH_MAX: usize = 32;
/// The most bytes of one value.
const VALUE_MAX: usize = 2_048;
/// The most parts of one entry, and balances of one file.
const PARTS_MAX: usize = 100_000;
const BALANCES_MAX: usize = 1_000;
/// What the namespace of a message that can be read begins with, and the versions that are known.
const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.05";
const VERSIONS: std::ops::RangeInclusive<u8> = 2..=13;

/// The elements that mean something here.
const KNOWN: [&str; 50] = [
    "Document",
    "BkToCstmrStmt",
    "BkToCstmrDbtCdtNtfctn",
    "Stmt",
    "Ntfctn",
    "Id",
    "FrToDt",
    "FrDtTm",
    "ToDtTm",
    "CreDtTm",
    "Acct",
    "IBAN",
    "Othr",
    "Bal",
    "Tp",
    "CdOrPrtry",
    "Cd",
    "Amt",
    "CdtDbtInd",
    "TxsSummry",
    "TtlNtries",
    "TtlCdtNtries",
    "TtlDbtNtries",
    "NbOfNtries",
    "Sum",
    "Ntry",
    "NtryRef",
    "RvslInd",
    "Sts",
    "BookgDt",
    "Dt",
    "DtTm",
    "AcctSvcrRef",
    "NtryDtls",
    "TxDtls",
    "Refs",
    "EndToEndId",
    "InstrId",
    "AmtDtls",
    "TxAmt",
    "RtrInf",
    "Prtry",
    "Ref",
    "ValDt",
    "GrpHdr",
    "MsgId",
    "PmtInfId",
    "Btch",
    "TtlAmt",
    "NbOfTxs",
];

/// Which message it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Message {
    Statement,
    Notification,
}

/// Reads a file. `each` is told of every line; nothing of them counts unless the head comes back.
pub fn read(
    input: impl BufRead,
    each: &mut dyn FnMut(Line) -> Result<(), Refused>,
) -> Result<Head, Refused> {
    let mut reader = Reader::from_reader(Counted::new(input));
    reader.config_mut().check_end_names = true;
    let mut file = File::new(each);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let line = reader.get_ref().line();
        let refuse = |reason: &str| Err(Refused::new(line, reason));
        match event.map_err(|error| Refused::new(line, error.to_string()))? {
            Event::Start(start) => file.begin(&start, line)?,
            Event::End(_) => file.end(line)?,
            Event::Empty(start) => {
                file.begin(&start, line)?;
                file.end(line)?;
            }
            Event::Text(text) => file.text(&text.xml10_content(), line)?,
            Event::CData(text) => file.text(&text.xml10_content(), line)?,
            Event::GeneralRef(it) => file.text(&text::resolved(&it, line)?, line)?,
            Event::Decl(it) => match it.encoding() {
                None => {}
                Some(Ok(it)) if it.eq_ignore_ascii_case("utf-8") => {}
                Some(_) => return refuse("only UTF-8 is read"),
            },
            Event::DocType(_) => return refuse("a statement has no document type"),
            Event::PI(_) => return refuse("a statement has no processing instruction"),
            Event::Comment(_) => {}
            Event::Eof => return file.finish(line),
        }
    }
}

/// What was read so far.
struct File<'a> {
    each: &'a mut dyn FnMut(Line) -> Result<(), Refused>,
    path: Vec<&'static str>,
    value: String,
    /// The currency of the amount that is being read.
    currency: Option<Currency>,
    message: Option<Message>,
    /// Whether the document ended.
    complete: bool,
    head: HeadSoFar,
    summary: Summary,
    balance: BalanceSoFar,
    entry: Entry,
}

#[derive(Default)]
struct HeadSoFar {
    id: String,
    account: String,
    from: Option<Time>,
    to: Option<Time>,
    balances: Vec<(Currency, Option<i128>, Option<i128>)>,
}

#[derive(Default)]
struct BalanceSoFar {
    code: String,
    amount: Option<Money>,
    side: Option<Side>,
}

impl<'a> File<'a> {
    fn new(each: &'a mut dyn FnMut(Line) -> Result<(), Refused>) -> File<'a> {
        File {
            each,
            path: Vec::new(),
            value: String::new(),
            currency: None,
            message: None,
            complete: false,
            head: HeadSoFar::default(),
            summary: Summary::default(),
            balance: BalanceSoFar::default(),
            entry: Entry::default(),
        }
    }

    fn begin(&mut self, start: &BytesStart<'_>, line: u64) -> Result<(), Refused> {
        if self.complete {
            return Err(Refused::new(line, "there is something after the document"));
        }
        if self.path.len() >= DEPTH_MAX {
            return Err(Refused::new(line, "elements stand too deep in each other"));
        }
        let name = start.local_name();
        let name: &str = name.as_ref();
        let known = KNOWN.iter().find(|it| **it == name).copied().unwrap_or("");
        if self.path.is_empty() {
            self.message = Some(message_of(start, known, line)?);
        }
        self.path.push(known);
        self.value.clear();
        if matches!(known, "Amt" | "TtlAmt") {
            let currency = start.try_get_attribute("Ccy");
            let currency = currency.map_err(|error| Refused::new(line, error.to_string()))?;
            self.currency = match currency {
                Some(it) => Some(currency_of(&it.value, line)?),
                None => None,
            };
        }
        match self.path.as_slice() {
            [.., "Stmt" | "Ntfctn", "Ntry"] => self.entry = Entry::begin(line),
            [.., "NtryDtls", "TxDtls"] => {
                if self.entry.details.len() >= PARTS_MAX {
                    return Err(Refused::new(line, "an entry has too many parts"));
                }
                self.entry.details.push(Detail::default());
            }
            [.., "Bal"] => self.balance = BalanceSoFar::default(),
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str, line: u64) -> Result<(), Refused> {
        if self.path.is_empty() {
            return if text.trim_matches([' ', '\t', '\r', '\n', '\u{feff}']).is_empty() {
                Ok(())
            } else {
                Err(Refused::new(line, "there is text outside of the document"))
            };
        }
        if self.value.len() + text.len() > VALUE_MAX {
            // White space between elements is no value.
            return if text.trim().is_empty() {
                Ok(())
            } else {
                Err(Refused::new(line, format!("a value is longer than {VALUE_MAX} bytes")))
            };
        }
        self.value.push_str(text);
        Ok(())
    }

    fn end(&mut self, line: u64) -> Result<(), Refused> {
        let value = std::mem::take(&mut self.value);
        let value = value.trim();
        let path = std::mem::take(&mut self.path);
        let done = match path.get(2..).unwrap_or_default() {
            ["Stmt" | "Ntfctn", "Ntry", inside @ ..] => self.in_entry(inside, value, line),
            ["Stmt" | "Ntfctn", inside @ ..] => self.in_statement(inside, value, line),
            _ => Ok(()),
        };
        self.path = path;
        self.path.pop();
        self.complete = self.path.is_empty();
        // The value is used again, so that no entry needs memory of its own.
        done
    }

    fn in_statement(&mut self, inside: &[&str], value: &str, line: u64) -> Result<(), Refused> {
        let amount = || amount_of(value, self.currency, line);
        match inside {
            [] => self.end_statement(line)?,
            ["Id"] if self.head.id.is_empty() => value.clone_into(&mut self.head.id),
            ["Acct", "Id", "IBAN"] | ["Acct", "Id", "Othr", "Id"] => {
                value.clone_into(&mut self.head.account);
            }
            ["FrToDt", "FrDtTm"] => {
                let at = time_of(value, line)?;
                self.head.from = Some(self.head.from.map_or(at, |it| it.min(at)));
            }
            ["FrToDt", "ToDtTm"] => {
                let at = time_of(value, line)?;
                self.head.to = Some(self.head.to.map_or(at, |it| it.max(at)));
            }
            ["Bal", "Tp", "CdOrPrtry", "Cd"] => value.clone_into(&mut self.balance.code),
            ["Bal", "Amt"] => self.balance.amount = Some(amount()?),
            ["Bal", "CdtDbtInd"] => self.balance.side = Some(side_of(value, line)?),
            ["Bal"] => self.end_balance(line)?,
            ["TxsSummry", which, what] => self.summary.said(which, what, value, line)?,
            _ => {}
        }
        Ok(())
    }

    fn end_balance(&mut self, line: u64) -> Result<(), Refused> {
        let BalanceSoFar { code, amount, side } = std::mem::take(&mut self.balance);
        let (Some(amount), Some(side)) = (amount, side) else {
            return Err(Refused::new(line, "a balance has an amount and a CdtDbtInd"));
        };
        let (currency, signed) = (amount.currency(), side.signed(amount));
        let balances = &mut self.head.balances;
        let place = balances.iter().position(|it| it.0 == currency);
        let place = place.unwrap_or_else(|| {
            balances.push((currency, None, None));
            balances.len() - 1
        });
        if balances.len() > BALANCES_MAX {
            return Err(Refused::new(line, "there are too many balances"));
        }
        if let Some(balance) = balances.get_mut(place) {
            match code.as_str() {
                "OPBD" | "PRCD" => balance.1 = Some(signed),
                "CLBD" => balance.2 = Some(signed),
                _ => {}
            }
        }
        Ok(())
    }

    fn in_entry(&mut self, inside: &[&str], value: &str, line: u64) -> Result<(), Refused> {
        if !inside.is_empty() {
            return self.entry.value(inside, value, self.currency, line);
        }
        let entry = std::mem::take(&mut self.entry);
        let Some((amount, side)) = entry.booked(line)? else { return Ok(()) };
        self.summary.count(amount, side, line)?;
        for line in entry.lines(amount, side)? {
            (self.each)(line)?;
        }
        Ok(())
    }

    /// Whether what the statement says of itself is so.
    fn end_statement(&mut self, line: u64) -> Result<(), Refused> {
        let summary = std::mem::take(&mut self.summary);
        summary.check()?;
        if self.head.id.is_empty() {
            return Err(Refused::new(line, "a statement has an Id"));
        }
        Ok(())
    }

    fn finish(self, line: u64) -> Result<Head, Refused> {
        let missing = |what: &str| Refused::new(line, format!("{what} is missing"));
        if !self.complete {
            return Err(Refused::new(line, "the file ends before the document does"));
        }
        let HeadSoFar { id, account, from, to, balances } = self.head;
        if id.is_empty() {
            return Err(missing("a statement"));
        }
        let mut known = Vec::new();
        for (currency, opening, closing) in balances {
            match (opening, closing) {
                (Some(opening), Some(closing)) => {
                    known.push(Balance { currency, opening, closing });
                }
                _ if self.message == Some(Message::Notification) => {}
                (None, _) => return Err(missing("the opening balance (OPBD)")),
                (_, None) => return Err(missing("the closing balance (CLBD)")),
            }
        }
        if known.is_empty() && self.message == Some(Message::Statement) {
            return Err(missing("a balance"));
        }
        let from = from.ok_or_else(|| missing("FrToDt/FrDtTm"))?;
        let to = to.ok_or_else(|| missing("FrToDt/ToDtTm"))?;
        if from >= to {
            return Err(Refused::new(line, "the statement ends before it begins"));
        }
        Ok(Head { id, account, from, to, balances: known })
    }
}

/// Which message a document is, by its namespace.
fn message_of(start: &BytesStart<'_>, known: &str, line: u64) -> Result<Message, Refused> {
    let refuse = || {
        let versions = "camt.053.001.02 to 13 and camt.054.001.02 to 13 are read";
        Refused::new(line, format!("this is no statement: {versions}"))
    };
    if known != "Document" {
        return Err(refuse());
    }
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| Refused::new(line, error.to_string()))?;
        let Some(rest) = attribute.value.strip_prefix(NAMESPACE) else { continue };
        let (message, version) = match rest.split_once(".001.") {
            Some(("3", version)) => (Message::Statement, version),
            Some(("4", version)) => (Message::Notification, version),
            _ => continue,
        };
        if version.parse().is_ok_and(|it| VERSIONS.contains(&it)) {
            return Ok(message);
        }
    }
    Err(refuse())
}

fn currency_of(code: &str, line: u64) -> Result<Currency, Refused> {
    let unknown = || Refused::new(line, format!("{code:?} is no currency"));
    Currency::from_code(code).ok_or_else(unknown)
}

/// An amount in the currency that its element names.
fn amount_of(text: &str, currency: Option<Currency>, line: u64) -> Result<Money, Refused> {
    let currency = currency.ok_or_else(|| Refused::new(line, "an amount has no currency"))?;
    // ISO 20022 allows more decimals than a currency has, as long as they say nothing.
    let exponent = usize::from(currency.exponent());
    let plain = match text.split_once('.') {
        Some((whole, decimals)) if decimals.len() > exponent => {
            let (kept, more) = decimals.split_at_checked(exponent).unwrap_or((decimals, ""));
            if more.bytes().any(|it| it != b'0') {
                return Err(Refused::new(
                    line,
                    format!("{text} has decimals that {currency} has not"),
                ));
            }
            if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") }
        }
        Some(_) | None => text.to_owned(),
    };
    let wrong = |error| Refused::new(line, format!("{text:?}: {error}"));
    Money::parse(&plain, currency).map_err(wrong)
}

fn side_of(text: &str, line: u64) -> Result<Side, Refused> {
    match text {
        "CRDT" => Ok(Side::Credit),
        "DBIT" => Ok(Side::Debit),
        other => Err(Refused::new(line, format!("{other:?} is neither CRDT nor DBIT"))),
    }
}

/// A moment with its offset; without one it is in UTC.
fn time_of(text: &str, line: u64) -> Result<Time, Refused> {
    let local =
        || Some(text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC));
    let at = text.parse::<Timestamp>().ok();
    let at = at.or_else(|| Some(local()?.ok()?.timestamp()));
    let millis = at.and_then(|it| u64::try_from(it.as_millisecond()).ok());
    millis.map(Time).ok_or_else(|| Refused::new(line, format!("{text:?} is no time")))
}
