//! Operators: who they are, and how one is added and taken off duty.

use super::People;
use crate::app::Accepted;
use crate::http::problem::Problem;
use ledger::books::Series;
use ledger::command::Command;
use ledger::event::Actor;
use ledger::id::{CellId, RequestId, UserId};
use ledger::person::{Duty, SetDuty};
use ledger::registry::UserKind;
use ledger::time::Time;

/// Users who are looked at in one go.
const ROUND: u64 = 1_024;

/// An operator, as those see them who add and disable them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Who it is.
    pub user: UserId,
    /// The name to show; nothing if they were erased.
    pub name: Option<String>,
    /// What they are there for; nothing when they were disabled.
    pub duty: Option<Duty>,
    /// Whether they have one-time codes or a passkey besides the password.
    pub second_step: bool,
    /// Since when they are here.
    pub since: Time,
}

impl People<'_> {
    /// Every operator, those who were disabled included; the first came first. They all live in the
    /// first cell. There is no list of them, so its users are gone through, a few at a time.
    pub async fn operators(&self) -> Result<Vec<Operator>, Problem> {
        let cell = CellId::FIRST;
        let (count, _) = self.app.read(cell, |view| view.count(Series::Users))?;
        let (mut found, mut first) = (Vec::new(), 0);
        while first < count {
            let end = count.min(first.saturating_add(ROUND));
            let (users, _) = self.app.read(cell, |view| {
                let rows = (first..end).map(|it| view.user(UserId::new(cell, it)));
                rows.collect::<Result<Vec<_>, _>>()
            })?;
            let operators = users.into_iter().flatten().filter(|it| it.kind == UserKind::Operator);
            for user in operators {
                found.push(self.operator(user.id)?);
            }
            first = end;
            tokio::task::yield_now().await;
        }
        Ok(found)
    }

    /// One operator.
    pub fn operator(&self, user: UserId) -> Result<Operator, Problem> {
        let (row, person) = self.rows(user)?;
        let duty = person.and_then(|it| it.duty);
        let passkeys = person.is_some_and(|it| it.passkeys.iter().any(Option::is_some));
        let second_step = passkeys || person.is_some_and(|it| it.totp.is_some());
        let name = self.name_of(user)?;
        Ok(Operator { user, name, duty, second_step, since: row.created_at })
    }

    /// Takes an operator's duty away: they are signed out at once and may do nothing any more. What
    /// they did stays theirs.
    pub async fn disable(
        &self,
        by: impl Into<Actor>,
        name: RequestId,
        user: UserId,
    ) -> Result<Accepted, Problem> {
        let command = Command::SetDuty(SetDuty { user, duty: None });
        self.app.submit(by, name, user.cell(), command).await
    }
}
