//! Where statements come from: from the bank's own channel, or as a file.

use crate::banks::Desk;
use crate::signer::hex;
use bank::{Bank as _, Silence, Statement};
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use recon::calendar::Calendar;
use recon::csv::Columns;
use recon::{Balance, Head, Line, Lines, Refused, Side, TEXT_MAX, camt, csv, mt940};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;

/// Why there is no report. Nothing was changed.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The statement cannot be read.
    Unreadable(Refused),
    /// The bank has no statement of that day yet.
    NotYet,
    /// It is not what was looked at: another file, or the books went on meanwhile.
    Changed,
    /// The bank did not answer.
    Silent(Silence),
    /// Something here failed.
    Failed(String),
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Refusal {
        Refusal::Failed(error.to_string())
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Refusal {
        Refusal::Unreadable(refused)
    }
}

/// What a file is written in.
#[derive(Clone, Debug)]
pub(crate) enum Format {
    Camt,
    Mt940,
    Csv(Columns),
}

/// A statement that was not read yet.
pub(crate) enum Source {
    /// From the bank.
    Channel(Statement),
    /// A file, which is removed when it was read.
    File(PathBuf, Format),
}

/// A statement that was read to its end.
pub(super) struct Whole {
    pub(super) head: Head,
    pub(super) lines: Lines,
    /// SHA-256 over its bytes, or over what the bank's channel said.
    pub(super) digest: String,
}

/// Bytes that are hashed while they are read.
struct Hashed<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

impl Source {
    /// The bank's own statement of a day.
    pub(crate) async fn fetch(desk: &Desk, day: &str) -> Result<Source, Refusal> {
        match desk.channel().statement(day).await {
            Ok(Some(statement)) => Ok(Source::Channel(statement)),
            Ok(None) => Err(Refusal::NotYet),
            Err(silence) => Err(Refusal::Silent(silence)),
        }
    }

    pub(super) fn read(&self, calendar: &Calendar) -> Result<Whole, Refusal> {
        match self {
            Source::Channel(statement) => Ok(read_channel(statement)?),
            Source::File(path, format) => read_file(path, format, calendar),
        }
    }
}

fn read_file(path: &PathBuf, format: &Format, calendar: &Calendar) -> Result<Whole, Refusal> {
    let failed = |error: std::io::Error| Refusal::Failed(error.to_string());
    let inner = File::open(path).map_err(failed)?;
    let mut hashed = Hashed { inner, hash: Sha256::new() };
    let mut lines = Lines::default();
    let mut keep = |line: Line| {
        lines.add(&line);
        Ok(())
    };
    let buffered = BufReader::with_capacity(1 << 18, &mut hashed);
    let head = match format {
        Format::Camt => camt::read(buffered, &mut keep),
        Format::Mt940 => mt940::read(buffered, calendar, &mut keep),
        Format::Csv(columns) => csv::read(buffered, columns, calendar, &mut keep),
    };
    let head = head?;
    // What is behind the end of a document is part of the file too.
    std::io::copy(&mut hashed, &mut std::io::sink()).map_err(failed)?;
    Ok(Whole { head, lines, digest: hex(&hashed.hash.finalize()) })
}

/// The simulated bank's statement, in the words of `recon`.
fn read_channel(statement: &Statement) -> Result<Whole, Refused> {
    let mut hash = Sha256::new();
    let mut lines = Lines::default();
    let currency = |code: &str, line| {
        let unknown = || Refused::new(line, format!("{code:?} is no currency"));
        Currency::from_code(code).ok_or_else(unknown)
    };
    let mut feed = |text: serde_json::Result<Vec<u8>>| hash.update(text.unwrap_or_default());
    feed(serde_json::to_vec(&statement.head));
    for (row, number) in statement.rows.iter().zip(2_u64..) {
        feed(serde_json::to_vec(row));
        let texts = [Some(&row.bank_reference), row.reference.as_ref(), row.returns.as_ref()];
        if texts.into_iter().flatten().any(|it| it.len() > TEXT_MAX) {
            return Err(Refused::new(number, "a reference is too long"));
        }
        lines.add(&Line {
            number,
            reference: row.reference.clone(),
            bank_reference: row.bank_reference.clone(),
            side: match row.side {
                bank::Side::Credit => Side::Credit,
                bank::Side::Debit => Side::Debit,
            },
            amount: Money::new(row.amount, currency(&row.currency, number)?),
            booked_at: Time(row.booked_at),
            returns: row.returns.clone(),
        });
    }
    let head = &statement.head;
    let mut balances = Vec::new();
    for it in &head.balances {
        let (opening, closing) = (i128::from(it.opening), i128::from(it.closing));
        balances.push(Balance { currency: currency(&it.currency, 1)?, opening, closing });
    }
    let (id, account) = (head.date.clone(), String::new());
    let head = Head { id, account, from: Time(head.from), to: Time(head.to), balances };
    Ok(Whole { head, lines, digest: hex(&hash.finalize()) })
}
