//! Statements about orders: sealed under their author's key, as everything that people say.

use super::vault::{Slot, VaultError};
use super::{People, field};
use crate::http::problem::Problem;
use ledger::id::{RequestId, UserId};
use ledger::name::Statement;

/// What opening a statement comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It says this.
    Text(String),
    /// Its author was erased, and it with them.
    Erased,
}

impl People<'_> {
    /// Seals a statement. The same text under the same name is sealed alike, so that asking again
    /// is asking the same.
    pub(crate) fn seal_statement(
        &self,
        author: Option<UserId>,
        name: RequestId,
        plain: &str,
    ) -> Result<Statement, Problem> {
        let slot = self.statement_slot(author)?;
        let vault = &self.kept.vault;
        let sealed = vault.seal_alike(slot, field::STATEMENT, name.0, plain.as_bytes())?;
        Ok(Statement::new(&sealed).ok_or(VaultError::TooLong)?)
    }

    /// Opens a statement.
    pub(crate) fn open_statement(
        &self,
        author: Option<UserId>,
        sealed: &Statement,
    ) -> Result<Opening, Problem> {
        let slot = self.statement_slot(author)?;
        match self.kept.vault.open_text(slot, field::STATEMENT, sealed.as_str()) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| VaultError::Damaged)?;
                Ok(Opening::Text(text))
            }
            Err(VaultError::Erased) => Ok(Opening::Erased),
            Err(error) => Err(error.into()),
        }
    }

    /// The key of an author. Users whom the platform added without sign-in have none of their own.
    fn statement_slot(&self, author: Option<UserId>) -> Result<Slot, Problem> {
        let Some(user) = author else { return Ok(Slot::SHARED) };
        let (_, person) = self.rows(user)?;
        Ok(person.map_or(Slot::SHARED, |it| Slot(it.slot)))
    }
}
