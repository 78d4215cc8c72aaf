//! Limits of people: set, and kept to. As long as nobody has set one, nothing is looked up.

use super::draft::Draft;
use super::{Done, Work};
use crate::account::{Account, AccountKind};
use crate::books::{Books, Record};
use crate::event::Subject;
use crate::limits::{Flow, SetLimit, Usage};
use crate::money::Money;
use crate::rejection::Rejection;

pub(super) fn set<B: Books>(work: &mut Work<'_, B>, it: SetLimit) -> Done {
    work.platform_only()?;

    let limits = work.books.limits().unwrap_or_default();
    work.books.put(Record::Limits(limits.with(it.level, it.flow, it.limit)));
    Ok(Subject::Cell)
}

impl Draft {
    /// Counts what is debited from an account, or credited to it from a card, against the limits of
    /// its owner; refuses what exceeds them. Customers have limits if they are people: of users of
    /// the API alone, whoever runs it knows what they may do.
    pub(super) fn count<B: Books>(
        &mut self,
        work: &mut Work<'_, B>,
        account: &Account,
        flow: Flow,
        amount: Money,
    ) -> Result<(), Rejection> {
        let Some(limits) = work.books.limits() else { return Ok(()) };
        let Some(owner) = account.owner.filter(|_| account.kind == AccountKind::Customer) else {
            return Ok(());
        };
        let Some(person) = work.books.person(owner) else { return Ok(()) };
        let drafted = self.usage(account.id);
        let known = drafted.or_else(|| work.books.usage(account.id));
        let before = known.unwrap_or_else(|| Usage::none(account.id, work.now)).at(work.now);
        let limit = limits.of(person.level, flow);
        let after = before.with(limit, flow, amount.minor());
        let after =
            after.map_err(|(kind, limit)| Rejection::LimitExceeded { flow, kind, limit })?;
        self.set_usage(after);
        Ok(())
    }
}
