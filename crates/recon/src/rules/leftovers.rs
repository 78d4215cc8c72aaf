//! What no reference brought together: movements without a line, and lines without a movement.

use super::{Belief, BreakKind, Movement, Resolution, Rule, Work};
use crate::statement::{Line, Side};
use ledger::money::Money;
use std::collections::BTreeMap;

/// What makes a line and a movement alike but for the day.
type Likeness = (Side, u16, u64);

fn likeness(side: Side, amount: Money) -> Likeness {
    (side, amount.currency().numeric(), amount.minor())
}

impl Work<'_> {
    /// The lines that have no reference of ours and no movement.
    fn nameless(&self) -> Vec<(usize, Line)> {
        let free = self.taken.iter().enumerate().filter(|(_, taken)| !**taken);
        let lines = free.filter_map(|(place, _)| Some((place, self.lines.get(place)?)));
        lines.filter(|(_, it)| it.reference.is_none() && it.returns.is_none()).collect()
    }

    /// Lines that lost our reference and have the bank's.
    pub(super) fn by_bank_reference(&mut self) {
        let nameless = self.nameless();
        let by_name: BTreeMap<&str, usize> =
            nameless.iter().map(|(place, it)| (it.bank_reference.as_str(), *place)).collect();
        for movement in std::mem::take(&mut self.absent) {
            let place = movement.bank_reference.as_deref().and_then(|it| by_name.get(it).copied());
            let line = place.filter(|it| !self.taken[*it]).and_then(|it| self.lines.get(it));
            match (place, line) {
                (Some(place), Some(line))
                    if line.amount == movement.amount && line.side == movement.side =>
                {
                    self.is_it(movement, place, line, Rule::BankReference);
                }
                _ => self.absent.push(movement),
            }
        }
    }

    /// Lines without any reference that can be one movement only.
    pub(super) fn by_likeness(&mut self) {
        let mut lines: BTreeMap<Likeness, Vec<(usize, Line)>> = BTreeMap::new();
        for (place, line) in self.nameless() {
            lines.entry(likeness(line.side, line.amount)).or_default().push((place, line));
        }
        let mut alike: BTreeMap<Likeness, u32> = BTreeMap::new();
        for it in self.absent.iter().filter(|it| it.belief != Belief::NotExecuted) {
            *alike.entry(likeness(it.side, it.amount)).or_default() += 1;
        }
        for movement in std::mem::take(&mut self.absent) {
            let key = likeness(movement.side, movement.amount);
            let candidates = lines.get(&key).map(Vec::as_slice).unwrap_or_default();
            // A bank reference that is known and another is proof that it is another movement.
            let may_be =
                movement.belief != Belief::NotExecuted && movement.bank_reference.is_none();
            match candidates {
                [(place, line)]
                    if may_be && alike.get(&key) == Some(&1) && self.is_near(&movement, line) =>
                {
                    let (place, line) = (*place, line.clone());
                    self.is_it(movement, place, line, Rule::OnlyOne);
                }
                _ => self.absent.push(movement),
            }
        }
    }

    /// Whether a line was booked on the day of a movement, or on the day before or after.
    fn is_near(&self, movement: &Movement, line: &Line) -> bool {
        let day = |at| self.calendar.day_of(at);
        let (Some(ours), Some(theirs)) = (day(movement.at), day(line.booked_at)) else {
            return false;
        };
        let after = ours.tomorrow().ok();
        let before = ours.yesterday().ok();
        theirs == ours || Some(theirs) == after || Some(theirs) == before
    }

    fn is_it(&mut self, movement: Movement, place: usize, line: Line, rule: Rule) {
        self.take(place);
        (self.seen)(&movement);
        match movement.belief {
            Belief::Executed | Belief::Returned => {
                let signed = movement.side.signed(movement.amount);
                self.matched(&movement, rule, signed);
            }
            Belief::Open | Belief::NotExecuted => {
                let (kind, resolution) = (BreakKind::MissingHere, Resolution::Confirm);
                self.differs(kind, resolution, Some(movement), Some(line));
            }
        }
    }

    /// Movements that the statement does not have.
    pub(super) fn absences(&mut self) {
        for movement in std::mem::take(&mut self.absent) {
            // One statement may miss it, for a cut-off; the one after it may not.
            let may_come = movement.at >= self.head.from;
            let (kind, resolution) = match movement.belief {
                Belief::NotExecuted => continue,
                _ if may_come && movement.at >= self.head.to => continue,
                _ if may_come => (BreakKind::Timing, Resolution::Wait),
                Belief::Open => (BreakKind::MissingAtBank, Resolution::Reject),
                Belief::Executed | Belief::Returned => (BreakKind::MissingAtBank, Resolution::Case),
            };
            self.differs(kind, resolution, Some(movement), None);
        }
    }

    /// Lines that no movement is like. What came in is set aside, unless the bank's own balances
    /// say that it did not: then a person has to ask the bank.
    pub(super) fn strangers(&mut self) {
        for place in 0..self.taken.len() {
            if self.taken[place] {
                continue;
            }
            let Some(line) = self.lines.get(place) else { continue };
            let certain = line.side == Side::Credit
                && line.returns.is_none()
                && self.reserve_agrees(line.amount);
            let resolution = if certain { Resolution::SetAside } else { Resolution::Case };
            self.differs(BreakKind::Unidentified, resolution, None, Some(line));
        }
    }

    /// Whether the lines of a currency are what the account's balances changed by.
    fn reserve_agrees(&self, amount: Money) -> bool {
        let currency = amount.currency();
        let balance = self.head.balances.iter().find(|it| it.currency == currency);
        balance.is_some_and(|it| {
            it.closing - it.opening == self.outcome.line_sums.get(&currency).copied().unwrap_or(0)
        })
    }
}
