//! How people are forgotten: the ledger agrees, and then their key is destroyed.

use super::vault::Slot;
use super::{People, Signed};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use ledger::books::Series;
use ledger::command::Command;
use ledger::event::Actor;
use ledger::id::{CellId, RequestId, UserId};
use ledger::person::{ErasePerson, Person};
use std::io;
use std::time::Duration;

/// People who are looked at in one go.
const ROUND: u64 = 1_024;
/// How long to wait until the vault is tried again.
const PAUSE: Duration = Duration::from_mins(1);

impl People<'_> {
    /// Forgets somebody who knows their password. The ledger refuses while they have money here.
    pub async fn erase(
        &self,
        signed: &Signed,
        name: RequestId,
        password: &str,
    ) -> Result<(), Problem> {
        let turn = self.turn(signed.user).await?;
        self.proved(signed, password).await?;
        self.erase_as(Actor::User(signed.user), signed.user, name).await?;
        drop(turn);
        Ok(())
    }

    /// Forgets somebody, on behalf of themselves or of the platform.
    pub async fn erase_as(&self, who: Actor, user: UserId, name: RequestId) -> Result<(), Problem> {
        let command = Command::ErasePerson(ErasePerson { user });
        self.app.submit(who, name, user.cell(), command).await?;
        self.app.callers().forget();
        let (_, person) = self.rows(user)?;
        let person = person.ok_or_else(|| Problem::of(&codes::USER_NOT_FOUND))?;
        // If this fails, or the process ends here, `run` does it when it looks again.
        let destroyed = self.destroy(person).await;
        destroyed.map_err(|error| super::VaultError::Unreadable(error).into())
    }

    async fn destroy(&self, person: Person) -> io::Result<()> {
        self.kept.profiles.forget(person.user);
        let vault = self.kept.vault.clone();
        let destroyed = tokio::task::spawn_blocking(move || vault.destroy(Slot(person.slot))).await;
        destroyed.map_err(io::Error::other)??;
        Ok(())
    }

    /// Keeps the vault from giving out the slots of the last people of each cell: it may have been
    /// restored from before they came. Slots grow with the numbers of people.
    pub(crate) fn skip_known_slots(&self) -> Result<(), Problem> {
        for cell in self.app.engine().all_cells() {
            let (count, _) = self.app.read(cell, |view| view.count(Series::Users))?;
            let last = self.people_from(cell, count.saturating_sub(ROUND))?;
            if let Some(slot) = last.iter().map(|it| it.slot).max() {
                self.kept.vault.skip_past(Slot(slot));
            }
        }
        Ok(())
    }

    /// The persons among the users from this number on.
    fn people_from(&self, cell: CellId, first: u64) -> Result<Vec<Person>, Problem> {
        let (people, _) = self.app.read(cell, |view| {
            let end = view.count(Series::Users)?.min(first.saturating_add(ROUND));
            let rows = (first..end).map(|it| view.person(UserId::new(cell, it)));
            rows.collect::<Result<Vec<_>, _>>()
        })?;
        Ok(people.into_iter().flatten().collect())
    }

    /// Destroys the keys of everybody who was erased: the vault may have been restored from before
    /// that, or the process have ended in between.
    async fn destroy_again(&self) -> Result<(), Problem> {
        for cell in self.app.engine().all_cells() {
            let (count, _) = self.app.read(cell, |view| view.count(Series::Users))?;
            let mut first = 0;
            while first < count {
                let people = self.people_from(cell, first)?;
                for person in people.into_iter().filter(|it| it.erased_at.is_some()) {
                    let destroyed = self.destroy(person).await;
                    destroyed.map_err(super::VaultError::Unreadable)?;
                }
                first = first.saturating_add(ROUND);
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }
}

/// Makes sure that whoever was erased stays so, once after each start.
pub async fn run(app: App) {
    while app.people().destroy_again().await.is_err() {
        tokio::time::sleep(PAUSE).await;
    }
}
