//! `/activity/{id}`: one entry, what it belongs to, and both sides of it in the books.

use super::books;
use super::tell::{Chip, Teller, signed};
use crate::app::App;
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, holdings, money, words};
use askama::Template;
use axum::extract::{Path, State};
use ledger::event::Subject;

/// A posting, with both of its sides named.
struct Side {
    amount: String,
    debit: String,
    credit: String,
    at: dates::Moment,
}

#[derive(Template)]
#[template(path = "activity/entry.html")]
struct EntryPage {
    shell: Shell,
    t: words::Activity,
    o: words::Orders,
    id: String,
    what: String,
    did: &'static str,
    who: String,
    income: bool,
    amount: String,
    balance: String,
    at: dates::Moment,
    chip: Chip,
    order: bool,
    href: Option<String>,
    reference: String,
    number: Option<String>,
    traced: bool,
    postings: Vec<Side>,
}

/// `GET /activity/{id}`
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let accounts = holdings::accounts(&app, books::owner(&visit)?)?;
    let (account, found) = books::entry(&app, &accounts, &id)?;
    let (t, o) = (words::Activity(visit.lang), words::Orders(visit.lang));
    let teller = Teller { app: &app, visit: &visit, own: account.id };
    let about = teller.about(&found)?;
    let it = &found.1;
    let income = it.credit == account.id;
    let side = |it: &ledger::posting::Posting| Side {
        amount: money::minor(it.amount, it.currency),
        debit: teller.called(it.debit),
        credit: teller.called(it.credit),
        at: dates::Moment::new(visit.lang, it.time),
    };
    let postings = books::together(&app, account.id, it)?.iter().map(side).collect();
    let amount = signed(it, income);
    let title = t.entry_title(&about.what, &amount);
    render(&EntryPage {
        shell: visit.shell(&app, title),
        what: about.what,
        did: about.did,
        who: about.who,
        balance: money::minor(holdings::left(account.id, it), it.currency),
        at: dates::Moment::new(visit.lang, it.time),
        chip: about.chip,
        order: about.order,
        href: about.href,
        reference: about.reference,
        number: about.number,
        traced: traced(it.subject),
        t,
        o,
        id,
        income,
        amount,
        postings,
    })
}

/// Whether there is a trace of it.
const fn traced(subject: Subject) -> bool {
    match subject {
        Subject::Order(_)
        | Subject::TopUp(_)
        | Subject::Withdrawal(_)
        | Subject::Hold(_)
        | Subject::Remittance(_)
        | Subject::Transfer(_) => true,
        Subject::Cell
        | Subject::Account(_)
        | Subject::User(_)
        | Subject::Card(_)
        | Subject::Key(_)
        | Subject::Endpoint(_)
        | Subject::Delivery(_)
        | Subject::Receipt(_)
        | Subject::Proposal(_)
        | Subject::Session(_)
        | Subject::Announcement(_) => false,
    }
}
