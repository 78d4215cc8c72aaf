//! An entry of a statement, and the lines that it stands for.

use super::{amount_of, side_of, time_of};
use crate::refused::Refused;
use crate::statement::{Line, Side, TEXT_MAX};
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;

/// What stands where a bank has no reference.
const NOT_PROVIDED: &str = "NOTPROVIDED";
/// What the reference of the movement that an entry undoes is called.
pub(super) const ORIGINAL: &str = "ORIGINAL";

/// An entry that is being read.
#[derive(Default)]
pub(super) struct Entry {
    line: u64,
    amount: Option<Money>,
    side: Option<Side>,
    status: String,
    reversal: bool,
    bank_reference: String,
    other_reference: String,
    booked_at: Option<Time>,
    value_at: Option<Time>,
    pub(super) details: Vec<Detail>,
}

/// A part of an entry.
#[derive(Default)]
pub(super) struct Detail {
    reference: String,
    bank_reference: String,
    amount: Option<Money>,
    side: Option<Side>,
    returned: bool,
    /// The name and the text of a reference of the bank's own kind.
    own_kind: String,
    original: String,
}

impl Entry {
    pub(super) fn begin(line: u64) -> Entry {
        Entry { line, ..Entry::default() }
    }

    /// Takes the value of an element in it.
    pub(super) fn value(
        &mut self,
        inside: &[&str],
        value: &str,
        currency: Option<Currency>,
        line: u64,
    ) -> Result<(), Refused> {
        match inside {
            ["NtryDtls", "TxDtls", inside @ ..] => {
                let Some(detail) = self.details.last_mut() else { return Ok(()) };
                return detail.value(inside, value, currency, line);
            }
            ["Amt"] => self.amount = Some(amount_of(value, currency, line)?),
            ["CdtDbtInd"] => self.side = Some(side_of(value, line)?),
            // The second is how it was written until version 2.
            ["Sts", "Cd"] => value.clone_into(&mut self.status),
            ["Sts"] if self.status.is_empty() => value.clone_into(&mut self.status),
            ["RvslInd"] => self.reversal = matches!(value, "true" | "1"),
            ["NtryRef"] => self.other_reference = short(value, line)?,
            ["AcctSvcrRef"] => self.bank_reference = short(value, line)?,
            ["BookgDt", "Dt" | "DtTm"] => self.booked_at = Some(day_or_time(value, line)?),
            ["ValDt", "Dt" | "DtTm"] => self.value_at = Some(day_or_time(value, line)?),
            _ => {}
        }
        Ok(())
    }

    /// Its amount and side, if it is booked and not only announced.
    pub(super) fn booked(&self, line: u64) -> Result<Option<(Money, Side)>, Refused> {
        match self.status.as_str() {
            "BOOK" => {}
            "PDNG" | "INFO" | "FUTR" => return Ok(None),
            other => return Err(Refused::new(line, format!("{other:?} is no status of an entry"))),
        }
        let (Some(amount), Some(side)) = (self.amount, self.side) else {
            return Err(Refused::new(line, "an entry has an Amt and a CdtDbtInd"));
        };
        Ok(Some((amount, side)))
    }

    /// The lines that it stands for: itself, or its parts if it is a batch.
    pub(super) fn lines(self, amount: Money, side: Side) -> Result<Vec<Line>, Refused> {
        let number = self.line;
        let missing = || Refused::new(number, "an entry has a BookgDt or a ValDt");
        let booked_at = self.booked_at.or(self.value_at).ok_or_else(missing)?;
        let own = if self.bank_reference.is_empty() {
            self.other_reference.clone()
        } else {
            self.bank_reference.clone()
        };
        if self.details.is_empty() {
            let returns = self.reversal.then(|| NOT_PROVIDED.to_owned());
            let (reference, bank_reference) = (None, own);
            let line = Line { number, reference, bank_reference, side, amount, booked_at, returns };
            return Ok(vec![line]);
        }
        let single = self.details.len() == 1;
        let mut lines = Vec::with_capacity(self.details.len());
        let mut sum: i128 = 0;
        for detail in self.details {
            let whole = single.then_some(amount);
            let part = detail.amount.or(whole);
            let part = part.ok_or_else(|| {
                Refused::new(number, "a part of a batch has no amount: say what each is")
            })?;
            let side = detail.side.unwrap_or(side);
            sum += if part.currency() == amount.currency() { side.signed(part) } else { 0 };
            let returned = self.reversal || detail.returned || !detail.original.is_empty();
            let named = |it: String| {
                let known = !it.is_empty() && it != NOT_PROVIDED;
                known.then_some(it)
            };
            let original = named(detail.original).unwrap_or_else(|| NOT_PROVIDED.to_owned());
            let bank_reference = named(detail.bank_reference).unwrap_or_else(|| own.clone());
            lines.push(Line {
                number,
                reference: named(detail.reference),
                bank_reference,
                side,
                amount: part,
                booked_at,
                returns: returned.then_some(original),
            });
        }
        if sum != side.signed(amount) {
            let what = format!("the parts add up to {sum} minor units, the entry is {amount}");
            return Err(Refused::new(number, what));
        }
        Ok(lines)
    }
}

impl Detail {
    fn value(
        &mut self,
        inside: &[&str],
        value: &str,
        currency: Option<Currency>,
        line: u64,
    ) -> Result<(), Refused> {
        match inside {
            ["Refs", "EndToEndId"] => self.reference = short(value, line)?,
            ["Refs", "AcctSvcrRef"] => self.bank_reference = short(value, line)?,
            ["Refs", "Prtry", "Tp"] => value.clone_into(&mut self.own_kind),
            ["Refs", "Prtry", "Ref"] if self.own_kind == ORIGINAL => {
                self.original = short(value, line)?;
            }
            ["Amt"] | ["AmtDtls", "TxAmt", "Amt"] => {
                self.amount = Some(amount_of(value, currency, line)?);
            }
            ["CdtDbtInd"] => self.side = Some(side_of(value, line)?),
            ["RtrInf"] => self.returned = true,
            _ => {}
        }
        Ok(())
    }
}

/// A reference that is short enough to be kept.
fn short(value: &str, line: u64) -> Result<String, Refused> {
    if value.len() > TEXT_MAX {
        return Err(Refused::new(line, format!("a reference is longer than {TEXT_MAX} bytes")));
    }
    Ok(value.to_owned())
}

/// A day stands for its beginning in UTC.
fn day_or_time(value: &str, line: u64) -> Result<Time, Refused> {
    let day = value.parse::<jiff::civil::Date>().ok().filter(|_| value.len() == 10);
    match day {
        Some(_) => time_of(&format!("{value}T00:00:00Z"), line),
        None => time_of(value, line),
    }
}
