//! The accounts of whoever is signed in, and what entries left in them.

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use ledger::account::Account;
use ledger::id::AccountId;
use ledger::posting::Posting;
use store::List;
use store::index::Direction;

/// Accounts of one user that are looked at.
const ACCOUNTS_MAX: usize = 100;

/// Something that can be chosen.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) name: String,
    pub(super) chosen: bool,
}

/// The accounts of somebody, the first that came first.
pub(super) fn accounts(app: &App, signed: &Signed) -> Result<Vec<Account>, Problem> {
    let list = List::UserAccounts(signed.user);
    let (found, _) = app.read(signed.user.cell(), |view| {
        let ids = view.list(list, Direction::Forwards, None, ACCOUNTS_MAX)?;
        let accounts = ids.into_iter().map(|it| view.account(AccountId::from_raw(it)));
        accounts.collect::<Result<Vec<_>, _>>()
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The account with this name among somebody's own; the first if none is named.
pub(super) fn chosen(accounts: &[Account], name: &str) -> Result<Account, Problem> {
    let fits = |it: &&Account| name.is_empty() || it.id.to_string() == name;
    let found = accounts.iter().find(fits).copied();
    found.ok_or_else(|| Problem::of(&codes::ACCOUNT_NOT_FOUND))
}

/// The accounts to choose from; nothing where there is no choice.
pub(super) fn choices(accounts: &[Account], own: AccountId) -> Vec<Choice> {
    let choice = |it: &Account| Choice {
        value: it.id.to_string(),
        name: format!("{} · {}", it.currency.code(), it.id),
        chosen: it.id == own,
    };
    let several = accounts.len() > 1;
    accounts.iter().filter(|_| several).map(choice).collect()
}

/// The balance that an entry left.
pub(super) fn left(own: AccountId, it: &Posting) -> u64 {
    let left = if it.credit == own { it.credit_balance } else { it.debit_balance };
    u64::try_from(left).unwrap_or(0)
}

/// The balance that an entry found.
pub(super) fn met(own: AccountId, it: &Posting) -> Result<u64, Problem> {
    let after = left(own, it);
    let before =
        if it.credit == own { after.checked_sub(it.amount) } else { after.checked_add(it.amount) };
    before.ok_or_else(|| Problem::of(&codes::INTERNAL_ERROR))
}
