//! What the books say about a shop.

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use ledger::account::Account;
use ledger::command::Command;
use ledger::id::{AccountId, OrderId};
use ledger::order::{Order, Stage};
use store::List;
use store::index::Direction;

/// Accounts of a shop that are looked at.
const ACCOUNTS_MAX: usize = 100;

/// The accounts of a shop.
pub(super) fn accounts(app: &App, signed: &Signed) -> Result<Vec<Account>, Problem> {
    let list = List::UserAccounts(signed.user);
    let (found, _) = app.read(signed.user.cell(), |view| {
        let ids = view.list(list, Direction::Forwards, None, ACCOUNTS_MAX)?;
        let accounts = ids.into_iter().map(|it| view.account(AccountId::from_raw(it)));
        accounts.collect::<Result<Vec<_>, _>>()
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// What a shop sold that is at these stages: the newest first, those before an order, so many.
pub(super) fn sales(
    app: &App,
    signed: &Signed,
    stages: &[Stage],
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Order>, Problem> {
    let mut sold = Vec::new();
    for account in accounts(app, signed)? {
        for stage in stages {
            let list = List::PartyOrders(account.id, Some(*stage));
            // An order lives in its seller's cell.
            let (found, _) = app.read(account.id.cell(), |view| {
                let ids = view.list(list, Direction::Backwards, before, limit)?;
                let orders = ids.into_iter().map(|it| view.order(OrderId::from_raw(it)));
                orders.collect::<Result<Vec<_>, _>>()
            })?;
            sold.extend(found.into_iter().flatten().filter(|it| it.seller == account.id));
        }
    }
    sold.sort_by_key(|it| std::cmp::Reverse(it.id.raw()));
    sold.truncate(limit);
    Ok(sold)
}

/// An order that a shop sold. For everybody else it is not there.
pub(super) fn order(app: &App, signed: &Signed, id: &str) -> Result<Order, Problem> {
    let missing = || Problem::of(&codes::ORDER_NOT_FOUND);
    let id = OrderId::parse(id).map_err(|_| missing())?;
    let (found, _) = app.read(id.cell(), |view| view.order(id))?;
    found.filter(|it| it.merchant == signed.user).ok_or_else(missing)
}

/// What was sold, as the record that created the order says.
pub(super) fn subject(app: &App, it: &Order) -> Result<String, Problem> {
    let request = app.engine().request_at(it.id.cell(), it.position)?;
    let said = if let Command::CreateOrder(order) = request.command {
        order.subject.as_str().to_owned()
    } else {
        String::new()
    };
    Ok(if said.is_empty() { it.number.as_str().to_owned() } else { said })
}
