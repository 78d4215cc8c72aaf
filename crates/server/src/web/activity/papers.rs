//! What somebody takes home: the entries that are on the page as a table, a month's statement and
//! the slip of an entry as PDF.

use super::books::{self, Found};
use super::page;
use super::tell::Teller;
use super::wanted::{Query, Wanted};
use crate::app::App;
use crate::documents::csv::{self, Activity};
use crate::documents::pdf::{self, Party, Slip};
use crate::documents::{Entry, NotMade, Statement};
use crate::http::problem::Problem;
use crate::web::apart::apart;
use crate::web::page::Page;
use crate::web::papers::{change, file, head, not_made};
use crate::web::visit::Visit;
use crate::web::{holdings, words};
use axum::extract::{Path, Query as FromQuery, State};
use ledger::account::Account;
use ledger::money::Money;

/// `GET /activity.csv`
pub(super) async fn table(
    State(app): State<App>,
    visit: Visit,
    FromQuery(query): FromQuery<Query>,
) -> Page {
    apart(move || table_of(&app, &visit, &query)).await
}

fn table_of(app: &App, visit: &Visit, query: &Query) -> Page {
    let t = words::Activity(visit.lang);
    let accounts = holdings::accounts(app, books::owner(visit)?)?;
    let account = holdings::chosen(&accounts, &query.account)?;
    let Ok(wanted) = Wanted::read(query, account.currency, visit.lang) else {
        return page(app, visit, query, None);
    };
    let scan = books::scan(app, account.id, &wanted)?;
    if !scan.whole {
        return page(app, visit, query, Some(t.too_many()));
    }
    let teller = Teller { app, visit, own: account.id };
    let lines = scan.entries.iter().map(|found| activity(&teller, found));
    match csv::activity(&lines.collect::<Result<Vec<_>, _>>()?) {
        Ok(bytes) => Ok(file(bytes, "text/csv; charset=utf-8", "danbao-activity.csv")),
        Err(NotMade::TooLong) => page(app, visit, query, Some(t.too_many())),
        Err(error) => Err(not_made(error)),
    }
}

fn activity(teller: &Teller<'_>, found: &Found) -> Result<Activity, Problem> {
    let about = teller.about(found)?;
    Ok(Activity {
        at: found.1.time,
        what: about.did.to_owned(),
        counterparty: about.who,
        subject: if about.order { about.what } else { String::new() },
        reference: about.reference,
        change: change(teller.own, &found.1),
        stage: about.chip.text.to_owned(),
    })
}

/// `GET /activity.pdf`
pub(super) async fn statement(
    State(app): State<App>,
    visit: Visit,
    FromQuery(query): FromQuery<Query>,
) -> Page {
    apart(move || statement_of(&app, &visit, &query)).await
}

fn statement_of(app: &App, visit: &Visit, query: &Query) -> Page {
    let t = words::Activity(visit.lang);
    let signed = books::owner(visit)?;
    let accounts = holdings::accounts(app, signed)?;
    let account = holdings::chosen(&accounts, &query.account)?;
    let Some((from, to)) = query.month() else {
        return page(app, visit, query, Some(t.month_unread()));
    };
    let scan = books::scan(app, account.id, &Wanted::between(from, to))?;
    let teller = Teller { app, visit, own: account.id };
    let statement = Statement {
        account: account.id.to_string(),
        owner: signed.name.clone(),
        from,
        to,
        opening: Money::new(opening(&account, &scan)?, account.currency),
        entries: entries(&teller, &scan.entries)?,
    };
    let made = if scan.whole {
        pdf::statement(&head(app, visit), &statement, None)
    } else {
        Err(NotMade::TooLong)
    };
    let name = format!("danbao-statement-{}.pdf", query.month);
    match made {
        Ok(bytes) => Ok(file(bytes, "application/pdf", &name)),
        Err(NotMade::TooLong) => page(app, visit, query, Some(t.too_many())),
        Err(error) => Err(not_made(error)),
    }
}

/// The balance before the first entry of a scan.
fn opening(account: &Account, scan: &books::Scan) -> Result<u64, Problem> {
    let Some((_, first, _)) = scan.entries.last() else {
        return Ok(scan.earlier.map_or(0, |it| holdings::left(account.id, &it)));
    };
    holdings::met(account.id, first)
}

fn entries(teller: &Teller<'_>, found: &[Found]) -> Result<Vec<Entry>, Problem> {
    let entry = |it: &Found| {
        let about = teller.about(it)?;
        let what = words::Activity(teller.visit.lang).line(about.did, &about.what);
        Ok(Entry {
            at: it.1.time,
            what: if about.order { what } else { about.did.to_owned() },
            counterparty: about.who,
            reference: about.reference,
            change: change(teller.own, &it.1),
            balance: Money::new(holdings::left(teller.own, &it.1), it.1.currency),
        })
    };
    found.iter().rev().map(entry).collect()
}

/// `GET /activity/{id}/slip.pdf`
pub(super) async fn slip(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let t = words::Activity(visit.lang);
    let signed = books::owner(&visit)?;
    let (account, found) = books::entry(&app, &holdings::accounts(&app, signed)?, &id)?;
    let teller = Teller { app: &app, visit: &visit, own: account.id };
    let about = teller.about(&found)?;
    let it = &found.1;
    let own = Party { name: signed.name.clone(), account: account.id.to_string() };
    let other = Party { name: about.who, account: about.account };
    let (debited, credited) = if it.credit == account.id { (other, own) } else { (own, other) };
    let mut facts = vec![(t.reference().to_owned(), about.reference)];
    if about.order {
        facts.insert(0, (t.goods().to_owned(), about.what));
    }
    if let Some(number) = about.number {
        facts.push((t.number().to_owned(), number));
    }
    let slip = Slip {
        id: id.clone(),
        what: about.did.to_owned(),
        stage: about.chip.text.to_owned(),
        amount: Money::new(it.amount, it.currency),
        debited,
        credited,
        at: it.time,
        facts,
        proof: None,
    };
    let head = head(&app, &visit);
    let bytes = apart(move || pdf::slip(&head, &slip).map_err(not_made)).await?;
    Ok(file(bytes, "application/pdf", &format!("danbao-{id}.pdf")))
}
