//! Statements by ISO 20022: camt.053 (a day's statement) and camt.054 (what happened since).
//!
//! Read element by element, whatever the namespace's prefix is; what is not needed is skipped. Sums
//! and counts that a file carries must be right, or none of it counts.

mod entry;
mod summary;
mod write;

pub use write::Writer;

use crate::refused::Refused;
use crate::statement::{Balance, Head, Line, Side};
use crate::xml::{self, Visitor};
use entry::{Detail, Entry};
use jiff::Timestamp;
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use std::io::BufRead;
use summary::Summary;

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
    let mut file = File::new(each);
    let line = xml::walk(input, &mut file)?;
    file.finish(line)
}

/// What was read so far.
struct File<'a> {
    each: &'a mut dyn FnMut(Line) -> Result<(), Refused>,
    /// The currency of the amount that is being read.
    currency: Option<Currency>,
    message: Option<Message>,
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

impl Visitor for File<'_> {
    const KNOWN: &'static [&'static str] = &KNOWN;

    fn root(&mut self, name: &str, namespaces: &[String], line: u64) -> Result<(), Refused> {
        let found = namespaces.iter().find_map(|it| message_of(it));
        let message = found.filter(|_| name == "Document").ok_or_else(|| {
            let versions = "camt.053.001.02 to 13 and camt.054.001.02 to 13 are read";
            Refused::new(line, format!("this is no statement: {versions}"))
        })?;
        self.message = Some(message);
        Ok(())
    }

    fn begin(
        &mut self,
        path: &[&'static str],
        currency: Option<&str>,
        line: u64,
    ) -> Result<(), Refused> {
        match path {
            [.., "Amt" | "TtlAmt"] => {
                self.currency = currency.map(|it| currency_of(it, line)).transpose()?;
            }
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

    fn end(&mut self, path: &[&'static str], value: &str, line: u64) -> Result<(), Refused> {
        match path.get(2..).unwrap_or_default() {
            ["Stmt" | "Ntfctn", "Ntry", inside @ ..] => self.in_entry(inside, value, line),
            ["Stmt" | "Ntfctn", inside @ ..] => self.in_statement(inside, value, line),
            _ => Ok(()),
        }
    }
}

impl<'a> File<'a> {
    fn new(each: &'a mut dyn FnMut(Line) -> Result<(), Refused>) -> File<'a> {
        File {
            each,
            currency: None,
            message: None,
            head: HeadSoFar::default(),
            summary: Summary::default(),
            balance: BalanceSoFar::default(),
            entry: Entry::default(),
        }
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
fn message_of(namespace: &str) -> Option<Message> {
    let (message, version) = match namespace.strip_prefix(NAMESPACE)?.split_once(".001.")? {
        ("3", version) => (Message::Statement, version),
        ("4", version) => (Message::Notification, version),
        _ => return None,
    };
    version.parse().is_ok_and(|it| VERSIONS.contains(&it)).then_some(message)
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
