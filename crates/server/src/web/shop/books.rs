//! What the books say about a shop.

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::holdings;
use ledger::command::Command;
use ledger::id::OrderId;
use ledger::order::{Order, Stage};
use store::List;
use store::index::Direction;

/// What a shop sold that is at these stages: the newest first, those before an order, so many.
pub(super) fn sales(
    app: &App,
    signed: &Signed,
    stages: &[Stage],
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Order>, Problem> {
    let mut sold = Vec::new();
    for account in holdings::accounts(app, signed)? {
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
