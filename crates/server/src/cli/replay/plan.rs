//! The plan: what each row of the file asks for, and what the books must say afterwards.

use ledger::money::AMOUNT_MAX;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// The platform's share of what is released, in basis points, unless the server is told otherwise.
pub(super) const FEE_BASIS_POINTS: u64 = 60;

/// A row of the file. Amounts and times are text until they are checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    order_id: String,
    buyer_id: String,
    seller_id: String,
    amount: String,
    currency: String,
    status: String,
    #[serde(rename = "payment_type")]
    _payment_type: String,
    purchased_at: String,
    paid_at: String,
    shipped_at: String,
    delivered_at: String,
}

/// One thing to do for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Create,
    Pay,
    Ship,
    Confirm,
    /// The seller gives the order up.
    Cancel,
    /// The seller gives everything back after shipping.
    Refund,
}

/// An order of the file and the life that it had.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) number: String,
    pub(super) buyer: usize,
    pub(super) seller: usize,
    pub(super) amount: u64,
    /// What happens, in order, and when it happened, in Unix milliseconds.
    pub(super) steps: Vec<(i64, Step)>,
}

/// What the books must say about an order afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) stage: &'static str,
    pub(super) refunded: u64,
    pub(super) fee: u64,
}

/// The whole file, checked.
#[derive(Debug)]
pub(super) struct Plan {
    /// Tells this file from every other.
    pub(super) fingerprint: String,
    pub(super) currency: String,
    pub(super) buyers: Vec<String>,
    pub(super) sellers: Vec<String>,
    pub(super) orders: Vec<Planned>,
}

/// Why a file cannot be replayed.
#[derive(Debug)]
pub(super) struct PlanError {
    line: u64,
    why: String,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for PlanError {}

impl Planned {
    fn has(&self, step: Step) -> bool {
        self.steps.iter().any(|(_, it)| *it == step)
    }

    pub(super) fn expected(&self) -> Expected {
        let (stage, refunded, fee) = if self.has(Step::Confirm) {
            ("completed", 0, self.amount * FEE_BASIS_POINTS / 10_000)
        } else if self.has(Step::Refund) || (self.has(Step::Cancel) && self.has(Step::Pay)) {
            ("refunded", self.amount, 0)
        } else if self.has(Step::Cancel) {
            ("closed", 0, 0)
        } else if self.has(Step::Ship) {
            ("shipped", 0, 0)
        } else if self.has(Step::Pay) {
            ("paid", 0, 0)
        } else {
            ("created", 0, 0)
        };
        Expected { stage, refunded, fee }
    }

    pub(super) fn is_paid(&self) -> bool {
        self.has(Step::Pay)
    }
}

impl Plan {
    /// Reads a file with the header
    /// `order_id,buyer_id,seller_id,amount,currency,status,payment_type,purchased_at,paid_at,
    /// shipped_at,delivered_at`.
    pub(super) fn read(path: &Path) -> Result<Plan, PlanError> {
        let whole = |error: &dyn fmt::Display| PlanError { line: 0, why: error.to_string() };
        Plan::of(&std::fs::read(path).map_err(|error| whole(&error))?)
    }

    /// The plan that a file with these bytes makes.
    fn of(bytes: &[u8]) -> Result<Plan, PlanError> {
        let digest = Sha256::digest(bytes);
        let digest = digest.first_chunk().copied().unwrap_or_default();
        let fingerprint = format!("{:016x}", u64::from_be_bytes(digest));
        let mut plan = Plan {
            fingerprint,
            currency: String::new(),
            buyers: Vec::new(),
            sellers: Vec::new(),
            orders: Vec::new(),
        };
        let (mut buyers, mut sellers) = (BTreeMap::new(), BTreeMap::new());
        let (mut numbers, mut total) = (BTreeMap::new(), 0);
        let mut reader = csv::Reader::from_reader(bytes);
        for (at, row) in reader.deserialize::<Row>().enumerate() {
            let line = u64::try_from(at).unwrap_or(u64::MAX).saturating_add(2);
            let wrong = |why: String| PlanError { line, why };
            let row = row.map_err(|error| wrong(error.to_string()))?;
            if plan.currency.is_empty() {
                plan.currency.clone_from(&row.currency);
            }
            if plan.currency != row.currency {
                return Err(wrong("a file has one currency".to_owned()));
            }
            if let Some(first) = numbers.insert(row.order_id.clone(), line) {
                return Err(wrong(format!("order {} stands in line {first} too", row.order_id)));
            }
            let buyer = place(&mut buyers, &mut plan.buyers, &row.buyer_id);
            let seller = place(&mut sellers, &mut plan.sellers, &row.seller_id);
            let order = planned(row, buyer, seller).map_err(wrong)?;
            total = u64::checked_add(total, order.amount)
                .ok_or_else(|| wrong("the amounts are together more than can be written".into()))?;
            plan.orders.push(order);
        }
        Ok(plan)
    }

    /// Every step of every order, in time order: the order's place and the step's place in it.
    pub(super) fn schedule(&self) -> Vec<(i64, usize, usize)> {
        let each = self.orders.iter().enumerate();
        let mut all: Vec<_> = each
            .flat_map(|(order, it)| {
                it.steps.iter().enumerate().map(move |(step, (time, _))| (*time, order, step))
            })
            .collect();
        all.sort_unstable();
        all
    }

    /// How many payments of banks it takes: one for each order, or one for each buyer.
    pub(super) fn payments(&self, from_cards: bool) -> usize {
        if from_cards {
            self.orders.iter().filter(|it| it.is_paid()).count()
        } else {
            self.to_top_up().iter().filter(|it| **it > 0).count()
        }
    }

    /// What buyers pay altogether: what each has to top up.
    pub(super) fn to_top_up(&self) -> Vec<u64> {
        let mut sums = vec![0; self.buyers.len()];
        for order in self.orders.iter().filter(|it| it.is_paid()) {
            sums[order.buyer] += order.amount;
        }
        sums
    }
}

/// A target for fuzzing: a file that is read at all makes a plan whose sums can be formed. See
/// `ledger::fuzz`.
pub(crate) fn fuzz(bytes: &[u8]) {
    let Ok(plan) = Plan::of(bytes) else { return };
    let steps: usize = plan.orders.iter().map(|it| it.steps.len()).sum();
    assert_eq!(plan.schedule().len(), steps);
    let paid = plan.orders.iter().filter(|it| it.is_paid()).map(|it| u128::from(it.amount));
    let top_ups = plan.to_top_up();
    assert_eq!(top_ups.iter().map(|it| u128::from(*it)).sum::<u128>(), paid.sum::<u128>());
    for order in &plan.orders {
        assert!(order.steps.is_sorted_by_key(|it| it.0), "time does not run backwards");
        let Expected { refunded, fee, .. } = order.expected();
        assert!(refunded <= order.amount && fee <= order.amount);
    }
}

fn place(known: &mut BTreeMap<String, usize>, names: &mut Vec<String>, name: &str) -> usize {
    *known.entry(name.to_owned()).or_insert_with(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

fn planned(row: Row, buyer: usize, seller: usize) -> Result<Planned, String> {
    let currency = ledger::currency::Currency::from_code(&row.currency)
        .ok_or_else(|| format!("{} is no currency of ISO 4217", row.currency))?;
    let amount = ledger::money::Money::parse(&row.amount, currency)
        .map_err(|error| format!("amount {}: {error}", row.amount))?;
    if !(1..=AMOUNT_MAX).contains(&amount.minor()) {
        return Err(format!("amount {}: nothing, or more than one order may cost", row.amount));
    }
    let time = |name: &str, text: &str| -> Result<Option<i64>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let parsed: jiff::Timestamp =
            text.parse().map_err(|error| format!("{name} {text}: {error}"))?;
        Ok(Some(parsed.as_millisecond()))
    };
    let created = time("purchased_at", &row.purchased_at)?;
    let mut now = created.ok_or("purchased_at is empty")?;
    let mut steps = vec![(now, Step::Create)];
    // Some rows say that they were shipped before they were paid; here nothing ships unpaid, so a
    // step never comes before the one that it needs.
    let mut add = |at: Option<i64>, step: Step, steps: &mut Vec<(i64, Step)>| {
        now = now.max(at.unwrap_or(now));
        steps.push((now, step));
    };
    let paid = time("paid_at", &row.paid_at)?;
    let shipped = time("shipped_at", &row.shipped_at)?;
    let delivered = time("delivered_at", &row.delivered_at)?;
    if paid.is_some() {
        add(paid, Step::Pay, &mut steps);
        if shipped.is_some() {
            add(shipped, Step::Ship, &mut steps);
        }
    }
    match (row.status.as_str(), paid.is_some(), shipped.is_some()) {
        ("delivered", true, _) => add(delivered, Step::Confirm, &mut steps),
        ("canceled", true, true) => add(delivered, Step::Refund, &mut steps),
        ("canceled", _, _) => add(None, Step::Cancel, &mut steps),
        ("created" | "shipped" | "invoiced" | "processing" | "approved", _, _) => {}
        (other, _, _) => return Err(format!("status {other} is not known")),
    }
    Ok(Planned { number: row.order_id, buyer, seller, amount: amount.minor(), steps })
}
