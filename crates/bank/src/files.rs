//! The channel to a bank that takes and gives files of ISO 20022.
//!
//! A folder `out` has one message for each instruction, named by its reference: pain.001 for a
//! payout, pain.008 for a collection. Whoever carries files takes them from there. A folder `in`
//! has what the bank gives: pain.002, camt.054 and camt.053, under any names. Nothing counts as
//! done before an entry of a camt says that it is booked: a status alone is never money.
//!
//! An instruction is written once, whatever is asked, and is never taken back.

mod initiation;
mod status;

use crate::{
    Answer, Bank, Found, Instruction, Silence, Statement, StatementBalance, StatementHead,
    StatementRow,
};
use initiation::Parties;
use jiff::Timestamp;
use recon::calendar::Calendar;
use recon::{Head, Line, Refused, camt};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A bank that is reached by files. Cheap to clone.
#[derive(Clone)]
pub struct FileBank {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    zone: String,
    calendar: Calendar,
    parties: Parties,
    read: Mutex<Read>,
}

/// What was read of the bank's files.
#[derive(Default)]
struct Read {
    files: BTreeSet<PathBuf>,
    /// What the bank says became of each instruction.
    statuses: BTreeMap<String, status::Status>,
    /// What was booked under each reference of ours.
    booked: BTreeMap<String, Vec<Line>>,
    /// Whole statements, by their day.
    statements: BTreeMap<String, (Head, Vec<Line>)>,
}

impl FileBank {
    /// The bank whose files are in `folder`, which has `channel.json`: the platform's name, its
    /// account there, and the bank's BIC if it has one.
    pub fn open(folder: &Path, zone: &str, cut_off: &str) -> io::Result<FileBank> {
        let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        let calendar = Calendar::parse(zone, cut_off).map_err(wrong)?;
        let bytes = fs::read(folder.join("channel.json"))?;
        let parties = serde_json::from_slice(&bytes)
            .map_err(|error| wrong(format!("{}/channel.json: {error}", folder.display())))?;
        for name in ["in", "out"] {
            fs::create_dir_all(folder.join(name))?;
        }
        let (folder, zone, read) = (folder.to_owned(), zone.to_owned(), Mutex::default());
        Ok(FileBank { inner: Arc::new(Inner { folder, zone, calendar, parties, read }) })
    }

    /// Where its files are.
    pub fn url(&self) -> String {
        format!("files:{}", self.inner.folder.display())
    }

    fn read(&self) -> MutexGuard<'_, Read> {
        self.inner.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn message_of(&self, reference: &str) -> PathBuf {
        self.inner.folder.join("out").join(format!("{reference}.xml"))
    }

    /// Reads what is new in the bank's folder. A file that cannot be read is left for a person, who
    /// is told; nothing of it counts.
    fn refresh(&self) -> Result<(), Silence> {
        let failed = |error: io::Error| Silence::Connection(error.to_string());
        let mut read = self.read();
        for entry in fs::read_dir(self.inner.folder.join("in")).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let is_new =
                path.extension().is_some_and(|it| it == "xml") && !read.files.contains(&path);
            if is_new {
                if let Err(why) = read.take(&path, &self.inner.calendar).map_err(failed)? {
                    eprintln!("{}: {why}; nothing of it was taken", path.display());
                }
                read.files.insert(path);
            }
        }
        Ok(())
    }

    /// What became of a reference, by what was read.
    fn found(&self, reference: &str) -> Option<Answer> {
        let read = self.read();
        let lines = read.booked.get(reference).map(Vec::as_slice).unwrap_or_default();
        let done = lines.iter().find(|it| it.returns.is_none());
        let back = lines.iter().find(|it| it.returns.is_some());
        match (done, back) {
            (Some(done), Some(back)) => Some(Answer::Returned {
                bank_reference: done.bank_reference.clone(),
                return_reference: back.bank_reference.clone(),
                amount: back.amount.minor(),
                currency: back.amount.currency().code().to_owned(),
                at: back.booked_at.0,
                reason: "returned".to_owned(),
            }),
            (Some(done), None) => Some(Answer::Executed {
                bank_reference: done.bank_reference.clone(),
                amount: done.amount.minor(),
                currency: done.amount.currency().code().to_owned(),
                at: done.booked_at.0,
            }),
            (None, _) => match read.statuses.get(reference) {
                Some(status::Status::Rejected(reason)) => {
                    Some(Answer::Rejected { reason: reason.clone() })
                }
                Some(status::Status::Pending) => Some(Answer::Pending),
                None => None,
            },
        }
    }
}

impl Read {
    /// Reads one file: as a statement, as a notification, or as a status report.
    fn take(&mut self, path: &Path, calendar: &Calendar) -> io::Result<Result<(), Refused>> {
        let open = || File::open(path).map(BufReader::new);
        let mut lines = Vec::new();
        let head = camt::read(open()?, &mut |it| {
            lines.push(it);
            Ok(())
        });
        let head = match head {
            Ok(head) => head,
            Err(refused) => {
                let statuses = status::read(open()?);
                // What is neither is told of as what it looks most like.
                return Ok(match statuses {
                    Ok(statuses) => {
                        self.statuses.extend(statuses);
                        Ok(())
                    }
                    Err(_) => Err(refused),
                });
            }
        };
        for line in &lines {
            let Some(reference) = &line.reference else { continue };
            let booked = self.booked.entry(reference.clone()).or_default();
            // A notification and a statement both have it.
            if !booked.iter().any(|it| it.bank_reference == line.bank_reference) {
                booked.push(line.clone());
            }
        }
        let last = ledger::time::Time(head.to.0.saturating_sub(1));
        let day = calendar.day_of(last).filter(|_| !head.balances.is_empty());
        if let Some(day) = day {
            self.statements.insert(day.to_string(), (head, lines));
        }
        Ok(Ok(()))
    }
}

impl Bank for FileBank {
    async fn instruct(&self, instruction: &Instruction) -> Result<Answer, Silence> {
        let failed = |error: io::Error| Silence::Connection(error.to_string());
        let path = self.message_of(&instruction.reference);
        self.refresh()?;
        if !path.exists() {
            let now = Timestamp::now();
            let text =
                initiation::write(instruction, &self.inner.parties, now).ok_or_else(|| {
                    Silence::Garbled("this cannot be written as a message".to_owned())
                })?;
            let partial = path.with_extension("partial");
            let write = || {
                let mut file = File::create(&partial)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                fs::rename(&partial, &path)
            };
            write().map_err(failed)?;
        }
        Ok(self.found(&instruction.reference).unwrap_or(Answer::Pending))
    }

    async fn inquire(&self, reference: &str) -> Result<Found, Silence> {
        self.refresh()?;
        let known = self.found(reference).map(Found::Answer);
        let written = || {
            let there = self.message_of(reference).exists();
            if there { Found::Answer(Answer::Pending) } else { Found::NotFound { is_final: false } }
        };
        Ok(known.unwrap_or_else(written))
    }

    async fn statement(&self, date: &str) -> Result<Option<Statement>, Silence> {
        self.refresh()?;
        let read = self.read();
        let Some((head, lines)) = read.statements.get(date) else { return Ok(None) };
        let narrow = |it: i128| i64::try_from(it).unwrap_or(i64::MAX);
        let balances = head.balances.iter().map(|it| StatementBalance {
            currency: it.currency.code().to_owned(),
            opening: narrow(it.opening),
            closing: narrow(it.closing),
        });
        let rows = lines.iter().map(|it| StatementRow {
            bank_reference: it.bank_reference.clone(),
            reference: it.reference.clone(),
            side: match it.side {
                recon::Side::Credit => crate::Side::Credit,
                recon::Side::Debit => crate::Side::Debit,
            },
            amount: it.amount.minor(),
            currency: it.amount.currency().code().to_owned(),
            booked_at: it.booked_at.0,
            returns: it.returns.clone(),
        });
        let head = StatementHead {
            date: date.to_owned(),
            zone: self.inner.zone.clone(),
            from: head.from.0,
            to: head.to.0,
            rows: lines.len(),
            balances: balances.collect(),
        };
        Ok(Some(Statement { head, rows: rows.collect() }))
    }
}

#[cfg(test)]
mod tests;
