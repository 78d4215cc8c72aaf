//! `/ops/search`: whatever somebody has of a thing leads to it: its id, what a bank calls it, a
//! seller's number for an order, or a name to sign in with.

use super::things::{self, Thing};
use crate::app::App;
use crate::http::problem::Problem;
use crate::web::page::{Page, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::words;
use askama::Template;
use axum::extract::{Query, State};
use ledger::bank::BankReference;
use ledger::event::Subject;
use ledger::id::{AccountId, EventId, UserId};
use ledger::name::{BankNumber, OrderNumber};
use serde::Deserialize;
use store::List;
use store::index::Direction;

/// What is typed has at most so many characters; nothing that can be found has more.
const TYPED_MAX: usize = 200;
/// Accounts of a seller in which an order's number is looked for.
const ACCOUNTS_MAX: usize = 100;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    seller: String,
}

#[derive(Template)]
#[template(path = "ops/search.html")]
struct Search {
    shell: Shell,
    t: words::Ops,
    w: words::OpsSearch,
    q: String,
    seller: String,
    /// Whether it may be an order's number, of which every seller has their own.
    numbered: bool,
    rows: Vec<Thing>,
}

/// `GET /ops/search`: the thing itself if there is one and it has a page, else what was found.
pub(super) async fn show(State(app): State<App>, visit: Visit, Query(it): Query<Wanted>) -> Page {
    visit.operator()?;
    let (q, seller) = terms(&it);
    let mut rows = Vec::new();
    for subject in found(&app, &q, &seller)? {
        rows.extend(things::find(&app, visit.lang, subject)?);
    }
    if let [Thing { href: Some(href), .. }] = rows.as_slice() {
        return see(href);
    }
    let (t, w) = (words::Ops(visit.lang), words::OpsSearch(visit.lang));
    let numbered = seller.is_empty() && OrderNumber::new(&q).is_some();
    render(&Search { shell: visit.shell(&app, w.title()), t, w, q, seller, numbered, rows })
}

/// What is looked for, and whose it is: also both in one line, as in `acc_… D0007`.
fn terms(it: &Wanted) -> (String, String) {
    let typed = |text: &str| text.trim().chars().take(TYPED_MAX).collect::<String>();
    let (q, seller) = (typed(&it.q), typed(&it.seller));
    if !seller.is_empty() {
        return (q, seller);
    }
    match q.split_once(char::is_whitespace) {
        Some((one, other)) => {
            let (one, other) = (one.to_owned(), other.trim().to_owned());
            let whose = |text: &str| AccountId::parse(text).is_ok() || UserId::parse(text).is_ok();
            if whose(&one) { (other, one) } else { (one, other) }
        }
        None => (q, seller),
    }
}

/// Everything that it may be, each once.
fn found(app: &App, q: &str, seller: &str) -> Result<Vec<Subject>, Problem> {
    let mut found: Vec<Subject> = Vec::new();
    found.extend(things::parse(q));
    if let Ok(id) = EventId::parse(q) {
        let happened = things::row(app, id.cell(), |view| view.happening(id.number()))?;
        found.extend(happened.map(|it| it.subject));
    }
    found.extend(numbered(app, q, seller)?);
    found.extend(referenced(app, q)?);
    found.extend(app.people().known_as(q)?.map(Subject::User));
    let mut each = Vec::new();
    for subject in found {
        if !each.contains(&subject) {
            each.push(subject);
        }
    }
    Ok(each)
}

/// The orders to which a seller gave this number: one for each of their accounts at most.
fn numbered(app: &App, q: &str, seller: &str) -> Result<Vec<Subject>, Problem> {
    let Some(number) = OrderNumber::new(q).filter(|_| !seller.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut orders = Vec::new();
    for account in accounts(app, seller)? {
        let order = things::row(app, account.cell(), |view| view.numbered(account, &number))?;
        orders.extend(order.map(Subject::Order));
    }
    Ok(orders)
}

/// The accounts of a seller: by the account, by the user, or by what the user signs in with.
fn accounts(app: &App, seller: &str) -> Result<Vec<AccountId>, Problem> {
    if let Ok(account) = AccountId::parse(seller) {
        return Ok(vec![account]);
    }
    let user = match UserId::parse(seller) {
        Ok(user) => Some(user),
        Err(_) => app.people().known_as(seller)?,
    };
    let Some(user) = user else { return Ok(Vec::new()) };
    let list = List::UserAccounts(user);
    let ids = things::row(app, user.cell(), |view| {
        view.list(list, Direction::Forwards, None, ACCOUNTS_MAX).map(Some)
    })?;
    Ok(ids.unwrap_or_default().into_iter().map(AccountId::from_raw).collect())
}

/// What a bank calls so, in every cell.
fn referenced(app: &App, q: &str) -> Result<Vec<Subject>, Problem> {
    let Some(number) = BankNumber::new(q) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for cell in app.engine().all_cells() {
        for desk in app.banks().all() {
            let reference = BankReference { bank: desk.name(), number };
            found.extend(things::row(app, cell, |view| view.referenced(&reference))?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::id::CellId;

    fn terms_of(q: &str, seller: &str) -> (String, String) {
        terms(&Wanted { q: q.to_owned(), seller: seller.to_owned() })
    }

    #[test]
    fn a_number_and_its_seller_are_read_in_either_order() {
        let account = AccountId::new(CellId::FIRST, 512_007).to_string();
        let wanted = ("D0007".to_owned(), account.clone());
        assert_eq!(terms_of(&format!(" {account}  D0007 "), ""), wanted);
        assert_eq!(terms_of(&format!("D0007 {account}"), ""), wanted);
        assert_eq!(terms_of("D0007", &account), wanted);
        assert_eq!(terms_of("D0007", ""), ("D0007".to_owned(), String::new()));
    }

    #[test]
    fn nobody_looks_for_more_than_can_be_found() {
        assert_eq!(terms_of(&"水".repeat(1_000), "").0.chars().count(), TYPED_MAX);
    }
}
