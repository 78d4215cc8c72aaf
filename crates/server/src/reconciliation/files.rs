//! What is kept of a day's statement: `statements/BANK/DAY/` in the data directory. All of it is
//! derived: the bank gives the statement again.

use crate::banks::Movement;
use jiff::civil::Date;
use ledger::name::BankName;
use recon::{BreakKind, Report};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// How many days back what was found is looked at.
const DAYS_BACK: usize = 4;

const REPORT: &str = "report.json";
const TABLE: &str = "differences.csv";
const FOUND: &str = "found";
const CARRIED: &str = "carried";

/// The files of one day of one bank.
pub(crate) struct Files {
    bank: PathBuf,
    day: Date,
}

impl Files {
    pub(crate) fn new(data: &Path, bank: BankName, day: Date) -> Files {
        Files { bank: data.join("statements").join(bank.as_str()), day }
    }

    /// The day, such as `2026-11-23`.
    pub(crate) fn day(&self) -> String {
        self.day.to_string()
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.bank.join(self.day())
    }

    /// The report, if there is one.
    pub(crate) fn report(&self) -> io::Result<Option<Value>> {
        match fs::read(self.folder().join(REPORT)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The differences as a table, if there is a report.
    pub(crate) fn table(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(self.folder().join(TABLE)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The days of a bank that have a report, the newest first.
    pub(crate) fn days(data: &Path, bank: BankName) -> io::Result<Vec<Date>> {
        Files::days_with(data, bank, REPORT)
    }

    /// The days of a bank that have this file, the newest first.
    pub(super) fn days_with(data: &Path, bank: BankName, file: &str) -> io::Result<Vec<Date>> {
        let folder = data.join("statements").join(bank.as_str());
        let mut days = Vec::new();
        match fs::read_dir(folder) {
            Ok(entries) => {
                for entry in entries {
                    let entry = entry?;
                    let name = entry.file_name();
                    let day = name.to_str().and_then(|it| it.parse::<Date>().ok());
                    days.extend(day.filter(|_| entry.path().join(file).exists()));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        days.sort_unstable_by(|a, b| b.cmp(a));
        Ok(days)
    }

    /// The days before this one, the nearest first.
    fn earlier(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let mut day = self.day;
        let days = std::iter::from_fn(move || {
            day = day.yesterday().ok()?;
            Some(day)
        });
        days.take(DAYS_BACK).map(|it| self.bank.join(it.to_string()))
    }

    /// The keys of movements that the statements of the days before had, sorted.
    pub(super) fn found_before(&self) -> io::Result<Vec<u64>> {
        let mut keys = Vec::new();
        for folder in self.earlier() {
            match fs::read(folder.join(FOUND)) {
                Ok(bytes) => {
                    let each = bytes.chunks_exact(8).filter_map(|it| it.try_into().ok());
                    keys.extend(each.map(u64::from_le_bytes));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }

    /// The references that the last report before this carried over.
    pub(super) fn carried(&self) -> io::Result<Vec<String>> {
        for folder in self.earlier() {
            match fs::read_to_string(folder.join(CARRIED)) {
                Ok(text) => return Ok(text.lines().map(str::to_owned).collect()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Vec::new())
    }

    /// Begins to write down what this statement has.
    pub(super) fn begin_found(&self) -> io::Result<Found> {
        fs::create_dir_all(self.folder())?;
        let (path, partial) = (self.folder().join(FOUND), self.folder().join("found.partial"));
        Ok(Found { out: BufWriter::new(File::create(&partial)?), partial, path, broken: None })
    }

    /// Writes the report, its table, and what the next one has to look for again. The report comes
    /// last: without it the day counts as not compared.
    pub(super) fn keep_report(&self, value: &Value, report: &Report) -> io::Result<()> {
        let folder = self.folder();
        fs::create_dir_all(&folder)?;
        let waiting = report.outcome.breaks.iter().filter(|it| match it.kind {
            BreakKind::Timing | BreakKind::MissingAtBank => true,
            BreakKind::MissingHere
            | BreakKind::Amount
            | BreakKind::Currency
            | BreakKind::Duplicate
            | BreakKind::Returned
            | BreakKind::Unidentified => false,
        });
        let waiting = waiting.filter_map(|it| it.movement.as_ref());
        let carried: Vec<&str> = waiting.map(|it| it.reference.as_str()).collect();
        replace(&folder.join(CARRIED), carried.join("\n").as_bytes())?;
        replace(&folder.join(TABLE), report.csv().as_bytes())?;
        replace(&folder.join(REPORT), &serde_json::to_vec_pretty(value)?)
    }
}

/// Writes a file as a whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = path.with_extension("partial");
    let mut file = File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(partial, path)
}

/// Keys that are being written.
pub(super) struct Found {
    out: BufWriter<File>,
    partial: PathBuf,
    path: PathBuf,
    broken: Option<io::Error>,
}

impl Found {
    pub(super) fn add(&mut self, reference: &str) {
        let Some(movement) = Movement::parse(reference) else { return };
        if let Err(error) = self.out.write_all(&movement.key().to_le_bytes()) {
            self.broken = Some(error);
        }
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        if let Some(error) = self.broken {
            return Err(error);
        }
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        fs::rename(self.partial, self.path)
    }
}
