//! Statements: the bank's list of a business day, as right as the bank was told to make it.
//!
//! A statement is made from the movements and from what was decided about each when it was booked.
//! So the same day always gives the same statement, and what is wrong with it is known.

use super::books::{Books, Movement};
use super::faults::StatementFault;
use crate::{Side, StatementBalance, StatementHead, StatementRow};
use jiff::civil::{Date, Time};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::io;

/// When a business day ends, and where.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    /// As it was written.
    name: String,
    cut_off: Time,
}

impl Calendar {
    /// A calendar in a time zone, such as `+08:00` or `Asia/Shanghai`, with a cut-off, such as
    /// `23:00`. What moves after it belongs to the next day. `00:00` is the midnight that ends a
    /// day.
    pub fn parse(zone: &str, cut_off: &str) -> Result<Calendar, String> {
        let wrong = |what: &str, error: jiff::Error| format!("{what}: {error}");
        let name = zone.to_owned();
        let found = DateTimeParser::new().parse_time_zone(zone);
        let found = found.map_err(|error| wrong("time zone", error))?;
        let cut_off = cut_off.parse().map_err(|error| wrong("cut-off", error))?;
        Ok(Calendar { zone: found, name, cut_off })
    }

    /// When a day begins and when it ends, in milliseconds since 1970.
    pub(super) fn bounds(&self, date: Date) -> Option<(u64, u64)> {
        let at = |date: Date| {
            let end = date.to_datetime(self.cut_off).to_zoned(self.zone.clone()).ok()?;
            u64::try_from(end.timestamp().as_millisecond()).ok()
        };
        if self.cut_off == Time::midnight() {
            Some((at(date)?, at(date.tomorrow().ok()?)?))
        } else {
            Some((at(date.yesterday().ok()?)?, at(date)?))
        }
    }
}

/// What there is of a statement.
pub(super) enum Made {
    Statement(StatementHead, Vec<StatementRow>),
    /// There is no such day.
    NoSuchDay,
    /// The day is not over.
    TooEarly,
}

/// The statement of a day.
pub(super) async fn make(books: &Books, calendar: &Calendar, date: &str) -> io::Result<Made> {
    let Ok(day) = date.parse::<Date>() else { return Ok(Made::NoSuchDay) };
    let yesterday = day.yesterday().ok().and_then(|it| calendar.bounds(it));
    let (Some((from, to)), Some((before, _))) = (calendar.bounds(day), yesterday) else {
        return Ok(Made::NoSuchDay);
    };
    if books.clock.now() < to {
        return Ok(Made::TooEarly);
    }
    // What is being booked at this moment may have a time before the end.
    books.settle().await?;
    let mut rows = Vec::new();
    let mut balances: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (movement, fault) in books.booked_before(to)? {
        let (opening, closing) = balances.entry(movement.currency.clone()).or_default();
        let amount = i64::try_from(movement.amount).unwrap_or(i64::MAX);
        let change = match movement.side {
            Side::Credit => amount,
            Side::Debit => -amount,
        };
        *closing += change;
        let shifted = fault == Some(StatementFault::Shifted);
        let listed = if shifted { before..from } else { from..to };
        if movement.at < from {
            *opening += change;
        }
        if listed.contains(&movement.at) {
            write(&mut rows, &movement, fault);
        }
    }
    let balances = balances.into_iter().map(|(currency, (opening, closing))| StatementBalance {
        currency,
        opening,
        closing,
    });
    let (date, zone) = (day.to_string(), calendar.name.clone());
    let balances = balances.collect();
    let head = StatementHead { date, zone, from, to, rows: rows.len(), balances };
    Ok(Made::Statement(head, rows))
}

/// The rows of a movement.
fn write(rows: &mut Vec<StatementRow>, it: &Movement, fault: Option<StatementFault>) {
    let row = StatementRow {
        bank_reference: it.bank_reference.clone(),
        reference: Some(it.reference.clone()),
        side: it.side,
        amount: it.amount,
        currency: it.currency.clone(),
        booked_at: it.at,
        returns: it.returns.clone(),
    };
    match fault {
        None | Some(StatementFault::Shifted) => rows.push(row),
        Some(StatementFault::Missing) => {}
        Some(StatementFault::Doubled) => rows.extend([row.clone(), row]),
        Some(StatementFault::Amount) => {
            let amount = row.amount.saturating_add(1);
            rows.push(StatementRow { amount, ..row });
        }
        Some(StatementFault::Split) => {
            let half = row.amount / 2;
            let rest = row.amount - half;
            let halves = [half, rest].into_iter().filter(|it| *it > 0);
            rows.extend(halves.map(|amount| StatementRow { amount, ..row.clone() }));
        }
        Some(StatementFault::Extra) => {
            let bank_reference = format!("{}-extra", row.bank_reference);
            let extra =
                StatementRow { bank_reference, reference: None, returns: None, ..row.clone() };
            rows.extend([row, extra]);
        }
    }
}

/// A statement as the bank sends it: one line of JSON for the head, and one for each row.
pub(super) fn lines(head: &StatementHead, rows: &[StatementRow]) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(head)?;
    for row in rows {
        bytes.push(b'\n');
        serde_json::to_writer(&mut bytes, row)?;
    }
    bytes.push(b'\n');
    Ok(bytes)
}
