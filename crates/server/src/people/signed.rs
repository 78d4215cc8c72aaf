//! Whoever is signed in.

use ledger::event::Actor;
use ledger::id::{SessionId, UserId};
use ledger::person::Duty;
use ledger::registry::UserKind;

/// Somebody with a good session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who it is.
    pub user: UserId,
    /// Customer, merchant or operator.
    pub kind: UserKind,
    /// The name to show.
    pub name: String,
    /// The session.
    pub session: SessionId,
    /// What an operator is there for.
    pub duty: Option<Duty>,
    /// Whether they came in by a temporary password, and have to choose one before anything else.
    pub once: bool,
}

impl Signed {
    /// Who the ledger is told it is.
    pub fn actor(&self) -> Actor {
        match self.kind {
            UserKind::Customer | UserKind::Merchant => Actor::User(self.user),
            UserKind::Operator => Actor::Operator(self.user),
        }
    }

    /// Whose names of requests these are: those of a merchant's pages are not those of its keys.
    pub fn scope(&self) -> String {
        self.user.to_string()
    }
}

impl From<&Signed> for Actor {
    fn from(signed: &Signed) -> Actor {
        signed.actor()
    }
}
