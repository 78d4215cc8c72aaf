//! What somebody may still move today: pure, so that it is tested.

use crate::app::App;
use crate::http::problem::Problem;
use ledger::account::{Account, AccountKind};
use ledger::limits::{Flow, Limit, Usage, Used};

/// What is left of the limits of one flow. What is not limited is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// The most at once.
    pub(super) single: Option<u64>,
    /// The rest of today, and how often.
    pub(super) today: Option<u64>,
    pub(super) times: Option<u64>,
    /// The rest of this month.
    pub(super) month: Option<u64>,
}

impl Left {
    /// What is left of a limit when so much of it is used.
    pub(super) fn of(limit: Limit, used: Used) -> Left {
        let rest = |most: u64, used: u64| (most > 0).then(|| most.saturating_sub(used));
        Left {
            single: rest(limit.single_max, 0),
            today: rest(limit.day_max, used.day),
            times: rest(limit.day_count, used.count),
            month: rest(limit.month_max, used.month),
        }
    }

    /// The most that can be moved now, if anything limits it.
    pub(super) fn most(&self) -> Option<u64> {
        if self.times == Some(0) {
            return Some(0);
        }
        [self.single, self.today, self.month].into_iter().flatten().min()
    }
}

/// What is left to the owner of an account now. The ledger counts people who are customers, and so
/// does this.
pub(super) fn left(app: &App, account: &Account, flow: Flow) -> Result<Left, Problem> {
    let Some(owner) = account.owner.filter(|_| account.kind == AccountKind::Customer) else {
        return Ok(Left::default());
    };
    let ((limits, person, usage), _) = app.read(account.id.cell(), |view| {
        Ok((view.limits()?, view.person(owner)?, view.usage(account.id)?))
    })?;
    let now = app.engine().now(account.id.cell())?;
    let used = usage.unwrap_or_else(|| Usage::none(account.id, now)).at(now).of(flow);
    let limit = limits.zip(person).map(|(limits, it)| limits.of(it.level, flow));
    Ok(limit.map_or_else(Left::default, |it| Left::of(it, used)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_rest_is_what_can_be_moved() {
        let limit = Limit { single_max: 500, day_max: 1_000, day_count: 3, month_max: 5_000 };
        let used = |day, count, month| Used { day, count, month };
        assert_eq!(Left::of(limit, used(0, 0, 0)).most(), Some(500));
        assert_eq!(Left::of(limit, used(800, 1, 800)).most(), Some(200));
        assert_eq!(Left::of(limit, used(800, 3, 800)).most(), Some(0), "often enough today");
        assert_eq!(Left::of(limit, used(0, 0, 4_900)).most(), Some(100));
        assert_eq!(Left::of(limit, used(2_000, 0, 0)).most(), Some(0), "never less than nothing");
    }

    #[test]
    fn no_limit_is_no_limit() {
        let left = Left::of(Limit::default(), Used { day: 9, count: 9, month: 9 });
        assert_eq!(left, Left::default());
        assert_eq!(left.most(), None);
    }
}
