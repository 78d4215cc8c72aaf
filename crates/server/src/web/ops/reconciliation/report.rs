//! A day's report, as it was kept, in the shapes that pages need.

use super::failed;
use crate::http::problem::Problem;
use crate::reconciliation::Files;
use crate::web::{dates, money};
use jiff::Timestamp;
use ledger::currency::Currency;
use ledger::time::Time;
use serde::Deserialize;
use serde_json::Value;

/// What pages show of a report.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    pub(super) digest: String,
    pub(super) statement: String,
    pub(super) account: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) made_at: String,
    pub(super) uploaded_by: Option<String>,
    pub(super) taken_over_by: Option<String>,
    pub(super) reason: String,
    pub(super) lines: u64,
    pub(super) movements: u64,
    pub(super) found: Vec<Found>,
    pub(super) reserves: Vec<Reserve>,
    pub(super) differences: u64,
    pub(super) resolved: u64,
    pub(super) waiting: u64,
    pub(super) cases: u64,
    pub(super) listed: Vec<Difference>,
    pub(super) nothing_unexplained: bool,
}

/// How many movements a rule found.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    pub(super) movements: u64,
}

/// What the bank's account held. Sums beyond what JSON's numbers hold are texts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reserve {
    pub(super) currency: String,
    opening: Value,
    closing: Value,
    balances: Value,
    lines: Value,
    ours: Value,
    drift: Value,
    pub(super) agrees: bool,
}

/// A difference.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Difference {
    pub(super) kind: String,
    pub(super) age: String,
    pub(super) resolution: String,
    pub(super) resolved: bool,
    pub(super) since: String,
    pub(super) reference: Option<String>,
    pub(super) ours: Option<Side>,
    pub(super) banks: Option<Side>,
    /// What a person may propose about it.
    pub(super) propose: Option<Value>,
}

/// One side of a difference.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Side {
    #[serde(rename = "side")]
    pub(super) way: String,
    pub(super) amount: u64,
    pub(super) currency: String,
    pub(super) at: String,
    pub(super) line: Option<u64>,
    pub(super) bank_reference: Option<String>,
}

impl Report {
    /// The report of a day, if there is one.
    pub(super) fn read(files: &Files) -> Result<Option<Report>, Problem> {
        let Some(value) = files.report().map_err(|it| failed(&it))? else { return Ok(None) };
        let read = serde_json::from_value(value).map_err(std::io::Error::from);
        read.map(Some).map_err(|it| failed(&it))
    }

    /// What the lines say more than the books, in every currency in which they do.
    pub(super) fn drift(&self) -> Option<String> {
        let differing = self.reserves.iter().filter(|it| it.drifts());
        let texts: Vec<String> = differing.map(Reserve::drift).collect();
        (!texts.is_empty()).then(|| texts.join(" / "))
    }
}

impl Reserve {
    pub(super) fn opening(&self) -> String {
        sum(&self.opening, &self.currency, false)
    }

    pub(super) fn closing(&self) -> String {
        sum(&self.closing, &self.currency, false)
    }

    pub(super) fn balances(&self) -> String {
        sum(&self.balances, &self.currency, true)
    }

    pub(super) fn lines(&self) -> String {
        sum(&self.lines, &self.currency, true)
    }

    pub(super) fn ours(&self) -> String {
        sum(&self.ours, &self.currency, true)
    }

    pub(super) fn drift(&self) -> String {
        sum(&self.drift, &self.currency, true)
    }

    /// Whether lines and books differ.
    pub(super) fn drifts(&self) -> bool {
        number(&self.drift) != 0
    }
}

impl Side {
    /// The amount with its sign, as the account at the bank sees it.
    pub(super) fn amount(&self) -> String {
        let Some(currency) = Currency::from_code(&self.currency) else {
            return format!("{} {}", self.amount, self.currency);
        };
        match self.way.as_str() {
            "debit" => money::expense(self.amount, currency),
            _ => money::income(self.amount, currency),
        }
    }
}

fn number(value: &Value) -> i128 {
    let plain = value.as_i64().map(i128::from);
    plain.or_else(|| value.as_str()?.parse().ok()).unwrap_or(0)
}

/// A sum with its sign; a change has one also when it is more.
fn sum(value: &Value, code: &str, change: bool) -> String {
    let units = number(value);
    let Some(currency) = Currency::from_code(code) else { return format!("{units} {code}") };
    let size = u64::try_from(units.unsigned_abs()).unwrap_or(u64::MAX);
    match units {
        0 => money::minor(0, currency),
        units if units < 0 => money::expense(size, currency),
        _ if change => money::income(size, currency),
        _ => money::minor(size, currency),
    }
}

/// A moment of a report, to the second.
pub(super) fn moment(text: &str) -> String {
    text.parse::<Timestamp>()
        .ok()
        .and_then(|it| u64::try_from(it.as_millisecond()).ok())
        .map_or_else(|| text.to_owned(), |it| dates::second(Time(it)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sums_have_their_signs_and_their_currency() {
        let shown = |value: Value, change| sum(&value, "CNY", change);
        assert_eq!(shown(json!(1), true), "+¥0.01");
        assert_eq!(shown(json!(-12_000), true), "-¥120.00");
        assert_eq!(shown(json!(0), true), "¥0.00");
        assert_eq!(shown(json!(332_000), false), "¥3,320.00");
        assert_eq!(shown(json!("12345678901234567"), false), "¥123,456,789,012,345.67");
        assert_eq!(sum(&json!(5), "XXX", true), "5 XXX");
        assert_eq!(moment("2026-11-23T02:05:00.000Z"), "2026-11-23 10:05:00 +08:00");
        assert_eq!(moment("soon"), "soon");
    }
}
