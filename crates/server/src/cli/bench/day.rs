//! The reference's whole day: so many orders, each created, paid, shipped and confirmed, in
//! batches.

use super::load::{Client, FEE, Load, Measured, PRICE};
use super::parties::ids_in;
use crate::client::ClientError;
use http::StatusCode;
use indicatif::ProgressBar;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Who buys from whom, by their places.
type Deal = (usize, usize);

impl Load {
    /// Takes `orders` orders through their lives, a batch of them at a time for each client.
    pub(super) async fn day(
        self,
        orders: usize,
        bar: ProgressBar,
    ) -> Result<(Arc<Load>, Measured), ClientError> {
        let left = Arc::new(AtomicUsize::new(orders));
        self.run(move |mut client, _| {
            let (left, bar) = (left.clone(), bar.clone());
            async move {
                loop {
                    let batch = client.load.batch;
                    let take = |left: usize| Some(left.saturating_sub(batch));
                    let before = left.fetch_update(Relaxed, Relaxed, take).unwrap_or(0);
                    let count = before.min(batch);
                    if count == 0 {
                        return Ok(client.seen);
                    }
                    client.lives(count).await?;
                    bar.inc(u64::try_from(count).unwrap_or(0));
                }
            }
        })
        .await
    }
}

impl Client {
    async fn lives(&mut self, count: usize) -> Result<(), ClientError> {
        let deals: Vec<Deal> = (0..count)
            .map(|_| {
                let buyer = fastrand::usize(..self.load.customers.len());
                (buyer, fastrand::usize(..self.load.merchants.len()))
            })
            .collect();
        let run = format!("{}-{}", self.name, self.seen.requests);
        let load = self.load.clone();
        let create = deals.iter().enumerate().map(|(at, (buyer, seller))| {
            let (buyer, seller) = (&load.customers[*buyer], &load.merchants[*seller]);
            format!(
                "\"action\":\"create_order\",\"seller\":\"{seller}\",\"buyer\":\"{buyer}\",\
                 \"number\":\"{run}-{at}\",\"amount\":{PRICE}"
            )
        });
        let answer = self.batch(&run, "c", create).await?;
        let orders = ids_in(&answer, "\"order\":\"");
        let deals = deals.iter().zip(&orders);
        let pay = deals.clone().map(|((buyer, _), order)| {
            let debit = &load.customers[*buyer];
            format!(
                "\"action\":\"pay_order\",\"order\":\"{order}\",\"debit\":\"{debit}\",\
                 \"amount\":{PRICE}"
            )
        });
        self.batch(&run, "p", pay).await?;
        for (name, action) in [("s", "ship_order"), ("f", "confirm_order")] {
            let act = orders.iter().map(|it| format!("\"action\":\"{action}\",\"order\":\"{it}\""));
            self.batch(&run, name, act).await?;
        }
        let signed = |it: u64| i64::try_from(it).unwrap_or(0);
        for ((buyer, seller), _) in deals {
            self.seen.moved[*buyer] -= signed(PRICE);
            self.seen.moved[load.customers.len() + seller] += signed(PRICE - FEE);
        }
        Ok(())
    }

    /// Sends a batch, all of which must be accepted.
    async fn batch(
        &mut self,
        run: &str,
        step: &str,
        items: impl ExactSizeIterator<Item = String>,
    ) -> Result<String, ClientError> {
        let count = items.len();
        let mut body = "{\"items\":[".to_owned();
        for (at, item) in items.enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(body, "{comma}{{\"id\":\"{run}-{step}-{at}\",{item}}}");
        }
        body.push_str("]}");
        let (status, answer) = self.post("/v1/batches", &body).await?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if status == StatusCode::OK && answer.contains("\"rejected\":0,") {
            self.count(status, StatusCode::OK, u64::try_from(count).unwrap_or(0));
            return Ok(answer);
        }
        let shown = answer.chars().take(200).collect::<String>();
        Err(ClientError::Garbled(format!("a batch was not accepted: {status} {shown}")))
    }
}
