//! What can be seen of the books.

use super::super::faults::StatementFault;
use super::{
    APPLIED, Applied, BALANCES, Books, Kept, Letter, MOVEMENTS, Movement, OUTBOX, REFERENCES,
    STATEMENT_FAULTS, failed,
};
use redb::{ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;

impl Books {
    /// Movements after a number.
    pub(in super::super) fn movements(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> io::Result<Vec<Movement>> {
        self.numbered(MOVEMENTS, after, limit)
    }

    /// Faults that were applied, after a number.
    pub(in super::super) fn applied(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> io::Result<Vec<Applied>> {
        self.numbered(APPLIED, after, limit)
    }

    fn numbered<T: DeserializeOwned>(
        &self,
        table: redb::TableDefinition<'_, u64, &'static [u8]>,
        after: Option<u64>,
        limit: usize,
    ) -> io::Result<Vec<T>> {
        let look = self.database.begin_read().map_err(failed)?;
        let table = look.open_table(table).map_err(failed)?;
        let from = after.map_or(0, |it| it.saturating_add(1));
        let mut found = Vec::new();
        for row in table.range(from..).map_err(failed)?.take(limit) {
            let (_, bytes) = row.map_err(failed)?;
            found.push(serde_json::from_slice(bytes.value())?);
        }
        Ok(found)
    }

    /// What the bank knows about a reference. Looking is not asking: it is not counted.
    pub(in super::super) fn reference(&self, reference: &str) -> io::Result<Option<Kept>> {
        let look = self.database.begin_read().map_err(failed)?;
        let table = look.open_table(REFERENCES).map_err(failed)?;
        let found = table.get(reference).map_err(failed)?;
        found.map(|it| serde_json::from_slice(it.value())).transpose().map_err(Into::into)
    }

    /// References after one, in their alphabetical order.
    pub(in super::super) fn references(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> io::Result<Vec<Kept>> {
        let look = self.database.begin_read().map_err(failed)?;
        let table = look.open_table(REFERENCES).map_err(failed)?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut found = Vec::new();
        let range = table.range::<&str>((from, Bound::Unbounded)).map_err(failed)?;
        for row in range.take(limit) {
            let (_, bytes) = row.map_err(failed)?;
            found.push(serde_json::from_slice(bytes.value())?);
        }
        Ok(found)
    }

    /// The letters that are due by now, the oldest first, with their places.
    pub(in super::super) fn letters(&self, limit: usize) -> io::Result<Vec<((u64, u64), Letter)>> {
        let look = self.database.begin_read().map_err(failed)?;
        let table = look.open_table(OUTBOX).map_err(failed)?;
        let due = ..=(self.clock.now(), u64::MAX);
        let mut found = Vec::new();
        for row in table.range(due).map_err(failed)?.take(limit) {
            let (place, bytes) = row.map_err(failed)?;
            found.push((place.value(), serde_json::from_slice(bytes.value())?));
        }
        Ok(found)
    }

    /// Whether the letter in this place has still to be told.
    pub(in super::super) fn has_letter(&self, place: (u64, u64)) -> io::Result<bool> {
        let look = self.database.begin_read().map_err(failed)?;
        let table = look.open_table(OUTBOX).map_err(failed)?;
        Ok(table.get(place).map_err(failed)?.is_some())
    }

    /// How many letters have still to be told, due or not.
    pub(in super::super) fn letters_left(&self) -> io::Result<u64> {
        let look = self.database.begin_read().map_err(failed)?;
        look.open_table(OUTBOX).map_err(failed)?.len().map_err(failed)
    }

    /// All movements before a time, with what is wrong with them in the statement.
    pub(in super::super) fn booked_before(
        &self,
        end: u64,
    ) -> io::Result<Vec<(Movement, Option<StatementFault>)>> {
        let look = self.database.begin_read().map_err(failed)?;
        let table = look.open_table(MOVEMENTS).map_err(failed)?;
        let faults = look.open_table(STATEMENT_FAULTS).map_err(failed)?;
        let mut found = Vec::new();
        for row in table.iter().map_err(failed)? {
            let (number, bytes) = row.map_err(failed)?;
            let movement: Movement = serde_json::from_slice(bytes.value())?;
            // The clock never goes back, so nothing after this one is before it.
            if movement.at >= end {
                break;
            }
            let fault = faults.get(number.value()).map_err(failed)?;
            let fault = fault.map(|it| serde_json::from_slice(it.value())).transpose()?;
            found.push((movement, fault));
        }
        Ok(found)
    }

    /// The sums of all cards, the reserve and the outside, by currency.
    pub(in super::super) fn balances(&self) -> io::Result<BTreeMap<String, i64>> {
        let look = self.database.begin_read().map_err(failed)?;
        let table = look.open_table(BALANCES).map_err(failed)?;
        let mut sums = BTreeMap::new();
        for row in table.iter().map_err(failed)? {
            let (name, balance) = row.map_err(failed)?;
            let (account, currency) = name.value().split_once('/').unwrap_or_default();
            let group = if account.starts_with("tok_") { "cards" } else { account };
            *sums.entry(format!("{group}/{currency}")).or_insert(0) += balance.value();
        }
        Ok(sums)
    }
}
