//! Appeals, in words of its own: an account's row, what happened to it and the list that operators
//! work off say the same of whether somebody waits for an answer.

use super::Faults;
use ledger::account::AccountState;
use ledger::event::{EventKind, Subject};
use ledger::id::{AccountId, CellId};
use std::collections::{BTreeSet, HashMap};
use std::io;
use store::Store;

/// An appeal waits if nothing happened to its account since, and only a frozen account has one.
pub(super) fn check_appeals(store: &Store, cell: CellId, faults: &mut Faults) -> io::Result<()> {
    let mut last: HashMap<AccountId, (u64, EventKind)> = HashMap::new();
    store.each_happening(|number, it| {
        if let Subject::Account(id) = it.subject {
            last.insert(id, (number, it.kind));
        }
    })?;
    let listed: BTreeSet<u64> = store.open_appeals()?.iter().map(|it| it.number()).collect();
    let mut waiting = BTreeSet::new();
    store.each_account(|it| {
        let happened = last.get(&it.id);
        let appealed = happened.is_some_and(|it| it.1 == EventKind::AccountAppealed);
        if it.last_event != happened.map(|it| it.0) {
            faults.add(format!("{}: its row does not say what happened to it last", it.id));
        }
        if it.appealed != appealed || appealed && it.state != AccountState::Frozen {
            faults.add(format!("{}: its row does not say whether it is appealed", it.id));
        }
        waiting.extend(happened.filter(|_| appealed).map(|it| it.0));
    })?;
    if listed != waiting {
        faults.add(format!("cell {cell}: the list of open appeals is not what the accounts say"));
    }
    Ok(())
}
