//! What a file says of all its entries, against what it has.

use super::amount_of;
use crate::refused::Refused;
use crate::statement::Side;
use ledger::currency::Currency;
use ledger::money::Money;

/// Counts and sums, of the file and as it says them.
#[derive(Default)]
pub(super) struct Summary {
    entries: u64,
    /// Sums in the currency that a statement has, without sign: all, credits, debits.
    sums: [u128; 3],
    currency: Option<Currency>,
    said: Vec<Said>,
}

/// What a file says of all its entries, its credits, or its debits.
struct Said {
    which: usize,
    count: Option<u64>,
    sum: Option<String>,
    line: u64,
}

impl Summary {
    pub(super) fn count(&mut self, amount: Money, side: Side, line: u64) -> Result<(), Refused> {
        let currency = *self.currency.get_or_insert(amount.currency());
        if currency != amount.currency() {
            return Err(Refused::new(line, "a statement has entries in one currency"));
        }
        let which = match side {
            Side::Credit => 1,
            Side::Debit => 2,
        };
        self.entries += 1;
        for (place, sum) in self.sums.iter_mut().enumerate() {
            if place == 0 || place == which {
                *sum += u128::from(amount.minor());
            }
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<(), Refused> {
        for Said { which, count, sum, line } in &self.said {
            let wrong = |what: String| Err(Refused::new(*line, what));
            if *which == 0 && count.is_some_and(|it| it != self.entries) {
                let said = count.unwrap_or(0);
                return wrong(format!("{said} entries are announced, {} came", self.entries));
            }
            let (Some(sum), Some(currency)) = (sum, self.currency) else { continue };
            let said = amount_of(sum, Some(currency), *line)?;
            let is = self.sums.get(*which).copied().unwrap_or(0);
            if u128::from(said.minor()) != is {
                return wrong(format!("the sum is announced as {sum} and is {is} minor units"));
            }
        }
        Ok(())
    }

    pub(super) fn said(
        &mut self,
        which: &str,
        what: &str,
        value: &str,
        line: u64,
    ) -> Result<(), Refused> {
        let names = ["TtlNtries", "TtlCdtNtries", "TtlDbtNtries"];
        let Some(which) = names.iter().position(|it| *it == which) else { return Ok(()) };
        let known = self.said.iter().position(|it| it.which == which);
        let place = known.unwrap_or_else(|| {
            self.said.push(Said { which, count: None, sum: None, line });
            self.said.len() - 1
        });
        let Some(said) = self.said.get_mut(place) else { return Ok(()) };
        match what {
            "NbOfNtries" => {
                let count = value.parse().map_err(|_| Refused::new(line, "a count is digits"))?;
                said.count = Some(count);
            }
            // Its currency is known when an entry has come.
            "Sum" => said.sum = Some(value.to_owned()),
            _ => {}
        }
        Ok(())
    }
}
