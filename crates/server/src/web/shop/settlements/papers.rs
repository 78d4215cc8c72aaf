//! What a shop takes home of a day or of several: every entry, as a table and as a statement.

use super::asked::Query;
use super::sums::{Line, Part};
use super::{Wrong, meant, page, scan};
use crate::app::App;
use crate::documents::csv::{self, Counted, Settled};
use crate::documents::{Entry, LINES_MAX, NotMade, Statement, pdf};
use crate::http::problem::Problem;
use crate::web::apart::apart;
use crate::web::holdings::left;
use crate::web::page::Page;
use crate::web::papers::{change, file, head, not_made};
use crate::web::visit::Visit;
use crate::web::{activity, money, words};
use axum::extract::{Query as FromQuery, State};
use ledger::account::Account;
use ledger::money::Money;

/// What is made of the entries.
#[derive(Clone, Copy)]
enum Paper {
    Csv,
    Pdf,
}

impl Paper {
    /// Its kind in addresses, and for browsers.
    const fn kind(self) -> [&'static str; 2] {
        match self {
            Paper::Csv => ["csv", "text/csv; charset=utf-8"],
            Paper::Pdf => ["pdf", "application/pdf"],
        }
    }
}

/// `GET /shop/settlements.csv`
pub(super) async fn table(
    State(app): State<App>,
    visit: Visit,
    FromQuery(query): FromQuery<Query>,
) -> Page {
    apart(move || made(&app, &visit, &query, Paper::Csv)).await
}

/// `GET /shop/settlements.pdf`
pub(super) async fn statement(
    State(app): State<App>,
    visit: Visit,
    FromQuery(query): FromQuery<Query>,
) -> Page {
    apart(move || made(&app, &visit, &query, Paper::Pdf)).await
}

/// The paper; or the page from which it was asked, with why there is none.
fn made(app: &App, visit: &Visit, query: &Query, paper: Paper) -> Page {
    let t = words::Settlements(visit.lang);
    let it = meant(app, visit, query)?;
    let not_made_as = |wrong| {
        let query = Query { month: String::new(), ..query.clone() };
        page(app, visit, &query, wrong)
    };
    let (from, to, time) = match query.range(t) {
        Ok(range) => range,
        Err(unread) => return not_made_as(Wrong { fault: Some(unread), alert: None }),
    };
    let too_many = || Wrong { fault: None, alert: Some(t.too_many()) };
    let scan = scan::scan(app, &it.account, time, LINES_MAX)?;
    if !scan.whole {
        return not_made_as(too_many());
    }
    let told = scan.lines.iter().rev().map(|line| told(app, visit, &it.account, line));
    let (entries, settled) =
        told.collect::<Result<Vec<_>, _>>()?.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
    let statement = Statement {
        account: it.account.id.to_string(),
        owner: visit.merchant()?.name.clone(),
        from: time.from,
        to: time.to,
        opening: Money::new(scan.opening, it.account.currency),
        entries,
    };
    let days = if from == to { from.to_string() } else { format!("{from}-to-{to}") };
    let [kind, media] = paper.kind();
    let made = match paper {
        Paper::Csv => csv::settlement(&statement, &settled),
        Paper::Pdf => pdf::statement(&head(app, visit), &statement, None),
    };
    match made {
        Ok(bytes) => Ok(file(bytes, media, &format!("danbao-settlement-{days}.{kind}"))),
        Err(NotMade::TooLong) => not_made_as(too_many()),
        Err(error @ NotMade::DoesNotAddUp { .. }) => Err(not_made(error)),
    }
}

/// An entry as both papers have it.
fn told(
    app: &App,
    visit: &Visit,
    account: &Account,
    line: &Line,
) -> Result<(Entry, Settled), Problem> {
    let t = words::Settlements(visit.lang);
    let (own, it) = (account.id, &line.it);
    let about = activity::about(app, visit, own, (line.number, it))?;
    let what = if about.order { t.line(about.did, &about.what) } else { about.did.to_owned() };
    let (what, counted) = match line.part {
        Part::Sale { fee } => {
            let gross = it.amount + fee;
            let shown = |units| money::minor(units, it.currency);
            let counted = Counted::Sale {
                gross: Money::new(gross, it.currency),
                fee: Money::new(fee, it.currency),
            };
            (t.sold(what, shown(gross), shown(fee)), counted)
        }
        Part::Refund => (what, Counted::Refund),
        Part::Other => (what, Counted::Other),
    };
    let entry = Entry {
        at: it.time,
        what,
        counterparty: about.who,
        reference: about.reference,
        change: change(own, it),
        balance: Money::new(left(own, it), it.currency),
    };
    Ok((entry, Settled { number: about.number.unwrap_or_default(), counted }))
}
