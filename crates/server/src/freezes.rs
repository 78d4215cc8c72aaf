//! Freezes of accounts: why they were made, what the owner says against one, and what the platform
//! answered.
//!
//! Account rows have none of it. It is read back from the record of the event: the reason from what
//! an operator proposed, the appeal with its author's key, so that nobody can read it any more once
//! they are erased.

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Opening;
use crate::said;
use ledger::account::Account;
use ledger::command::{Appeal, Command};
use ledger::event::{EventKind, Happening};
use ledger::id::{CellId, RequestId};
use ledger::time::Time;

/// So much of what happened to an account is looked at: the newest.
const EVENTS_MAX: usize = 100;

/// Something that happened to an account, with what was said then.
pub(crate) struct Step {
    pub(crate) kind: EventKind,
    pub(crate) at: Time,
    /// Why the platform did it; none if it gave no reason.
    pub(crate) reason: Option<String>,
    /// What the owner said.
    pub(crate) appeal: Option<Opening>,
}

/// What happened to an account other than postings, the newest first.
pub(crate) fn steps(app: &App, account: &Account) -> Result<Vec<Step>, Problem> {
    let cell = account.id.cell();
    let (events, _) = app.read(cell, |view| view.timeline(account.last_event, EVENTS_MAX))?;
    let step = |(_, it): &(u64, Happening)| {
        Ok(Step {
            kind: it.kind,
            at: it.time,
            reason: reason(app, cell, it)?,
            appeal: opened(app, account, it)?,
        })
    };
    events.iter().map(step).collect()
}

/// Why an operator did this to an account. What was done with a key of the API has no reason.
pub(crate) fn reason(app: &App, cell: CellId, it: &Happening) -> Result<Option<String>, Problem> {
    let by_hand = [
        EventKind::AccountFrozen,
        EventKind::AccountUnfrozen,
        EventKind::AccountClosed,
        EventKind::AccountAppealRefused,
    ];
    if !by_hand.contains(&it.kind) {
        return Ok(None);
    }
    let request = app.engine().request_at(cell, it.position)?;
    let Command::Propose(it) = request.command else { return Ok(None) };
    Ok(Some(it.reason.as_str().to_owned()))
}

fn opened(app: &App, account: &Account, it: &Happening) -> Result<Option<Opening>, Problem> {
    if it.kind != EventKind::AccountAppealed {
        return Ok(None);
    }
    let request = app.engine().request_at(account.id.cell(), it.position)?;
    let Command::Appeal(it) = request.command else { return Ok(None) };
    app.people().open_statement(account.owner, &it.statement).map(Some)
}

/// An appeal in the owner's words, sealed under the name of the request: a retry is then the same
/// request.
pub(crate) fn appeal(
    app: &App,
    account: &Account,
    name: RequestId,
    plain: &str,
) -> Result<Appeal, Problem> {
    let plain = said::tidy(plain)?;
    if plain.is_empty() {
        return Err(Problem::of(&codes::MISSING_FIELD).at("/statement"));
    }
    let statement = app.people().seal_statement(account.owner, name, &plain)?;
    Ok(Appeal { account: account.id, statement })
}
