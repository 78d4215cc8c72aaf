//! The comparison: the books, the bank's own books, and what was computed from the file.

use super::plan::Plan;
use super::run::{Party, Ran};
use crate::client::{Client, ClientError};
use serde_json::Value;
use std::collections::BTreeMap;

/// What was compared, and what was wrong.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) compared: usize,
    pub(super) differences: Vec<String>,
    pub(super) not_compared: Vec<String>,
}

impl Found {
    fn check(&mut self, what: &str, expected: &Value, found: &Value) {
        self.compared += 1;
        if expected != found {
            self.differences.push(format!("{what}: {found} instead of {expected}"));
        }
    }
}

/// Records in all journals of the server.
pub(super) async fn records(client: &Client) -> Result<u64, ClientError> {
    let status = client.patient_get("/v1/status").await?;
    let cells = status["cells"].as_array().into_iter().flatten();
    Ok(cells.filter_map(|it| it["position"].as_u64()).sum())
}

pub(super) async fn compare(client: &Client, plan: &Plan, ran: &Ran) -> Result<Found, ClientError> {
    let mut found = Found::default();
    orders(client, plan, ran, &mut found).await?;
    let (buyers, sellers) = expected_balances(plan);
    parties(client, "buyer", &plan.buyers, &ran.buyers, &buyers, &mut found).await?;
    parties(client, "seller", &plan.sellers, &ran.sellers, &sellers, &mut found).await?;
    bank(client, plan, ran, &mut found).await?;
    totals(client, plan, ran, &mut found).await?;
    Ok(found)
}

async fn orders(
    client: &Client,
    plan: &Plan,
    ran: &Ran,
    found: &mut Found,
) -> Result<(), ClientError> {
    for (planned, id) in plan.orders.iter().zip(&ran.orders) {
        let order = client.patient_get(&format!("/v1/orders/{id}")).await?;
        let expected = planned.expected();
        let name = &planned.number;
        found.check(&format!("order {name}, stage"), &expected.stage.into(), &order["stage"]);
        let refunded = expected.refunded.into();
        found.check(&format!("order {name}, refunded"), &refunded, &order["refunded"]);
        found.check(&format!("order {name}, fee"), &expected.fee.into(), &order["fee"]);
        found.check(&format!("order {name}, amount"), &planned.amount.into(), &order["amount"]);
    }
    Ok(())
}

/// What every buyer and seller must have afterwards, in minor units.
fn expected_balances(plan: &Plan) -> (Vec<u64>, Vec<u64>) {
    let mut buyers = vec![0; plan.buyers.len()];
    let mut sellers = vec![0; plan.sellers.len()];
    for order in &plan.orders {
        let expected = order.expected();
        // What was topped up was spent, and some of it came back.
        buyers[order.buyer] += expected.refunded;
        if expected.stage == "completed" {
            sellers[order.seller] += order.amount - expected.fee;
        }
    }
    (buyers, sellers)
}

async fn parties(
    client: &Client,
    kind: &str,
    names: &[String],
    parties: &[Party],
    expected: &[u64],
    found: &mut Found,
) -> Result<(), ClientError> {
    for ((name, party), expected) in names.iter().zip(parties).zip(expected) {
        let account = client.patient_get(&format!("/v1/accounts/{}", party.account)).await?;
        let what = format!("{kind} {name}, balance");
        found.check(&what, &(*expected).into(), &account["balance"]);
        found.check(&format!("{kind} {name}, held"), &0.into(), &account["held"]);
    }
    Ok(())
}

/// The bank's own books: each of our top-ups executed once, with its amount, and nothing else of
/// ours.
async fn bank(
    client: &Client,
    plan: &Plan,
    ran: &Ran,
    found: &mut Found,
) -> Result<(), ClientError> {
    let banks = client.patient_get("/v1/banks").await?;
    let Some(url) = banks["data"][0]["url"].as_str() else {
        found.not_compared.push("the bank's books: this server does not say where".to_owned());
        return Ok(());
    };
    let bank = Client::new(url, None)?;
    let mut executed: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = bank.patient_get(&format!("/ledger/movements?limit=10000{after}")).await?;
        let rows = page["data"].as_array().cloned().unwrap_or_default();
        let Some(last) = rows.last() else { break };
        after = format!("&after={}", last["number"]);
        for row in &rows {
            let reference = row["reference"].as_str().unwrap_or_default().to_owned();
            executed.entry(reference).or_default().push(row["amount"].as_u64().unwrap_or(0));
        }
    }
    for (top_up, amount) in &ran.top_ups {
        let moved = executed.get(top_up).cloned().unwrap_or_default();
        let what = format!("the bank's movements under {top_up}");
        found.check(&what, &vec![*amount].into(), &moved.into());
    }
    found.check(
        "how many top-ups there were",
        &plan.payments(ran.from_cards).into(),
        &ran.top_ups.len().into(),
    );
    Ok(())
}

/// Sums over the whole server: always balanced; equal to the file's when nothing else is there.
async fn totals(
    client: &Client,
    plan: &Plan,
    ran: &Ran,
    found: &mut Found,
) -> Result<(), ClientError> {
    let status = client.patient_get("/v1/status").await?;
    let mut balances: BTreeMap<String, i128> = BTreeMap::new();
    let mut orders = 0;
    for cell in status["cells"].as_array().into_iter().flatten() {
        orders += cell["orders"].as_u64().unwrap_or(0);
        for total in cell["totals"].as_array().into_iter().flatten() {
            if total["currency"].as_str() != Some(&plan.currency) {
                continue;
            }
            let sum = |name: &str| i128::from(total[name].as_u64().unwrap_or(0));
            let kind = total["kind"].as_str().unwrap_or_default().to_owned();
            *balances.entry(kind).or_default() += sum("credits") - sum("debits");
        }
    }
    let zero = balances.values().sum::<i128>();
    found.check(
        "the sum of everything",
        &0.into(),
        &i64::try_from(zero).unwrap_or(i64::MAX).into(),
    );
    if orders != u64::try_from(ran.orders.len()).unwrap_or(0) {
        found.not_compared.push("fees and escrow: the server has other orders too".to_owned());
        return Ok(());
    }
    let fees: u64 = plan.orders.iter().map(|it| it.expected().fee).sum();
    let held = plan.orders.iter().filter(|it| matches!(it.expected().stage, "paid" | "shipped"));
    let escrow: u64 = held.map(|it| it.amount).sum();
    let paid: u64 = plan.to_top_up().iter().sum();
    let (fees, escrow, paid) = (i128::from(fees), i128::from(escrow), i128::from(paid));
    // A bank may have taken what it said that it would not: that is set aside.
    let aside = balances.get("suspense").copied().unwrap_or(0);
    let clearing = -paid - if ran.from_cards { aside } else { 0 };
    for (kind, expected) in [("fees", fees), ("escrow", escrow), ("bank_clearing", clearing)] {
        let have = balances.get(kind).copied().unwrap_or(0);
        let narrow = |it: i128| Value::from(i64::try_from(it).unwrap_or(i64::MAX));
        found.check(&format!("all {kind}"), &narrow(expected), &narrow(have));
    }
    Ok(())
}
