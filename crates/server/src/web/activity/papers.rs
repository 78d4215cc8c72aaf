//! What somebody takes home: the entries that are on the page as a table, a month's statement and
//! the slip of an entry as PDF.

use super::books::{self, Found};
use super::page;
use super::tell::Teller;
use super::wanted::{Query, Wanted};
use crate::app::App;
use crate::documents::csv::{self, Activity};
use crate::documents::pdf::{self, Head, Party, Slip};
use crate::documents::{Change, Entry, NotMade, Statement};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::page::Page;
use crate::web::visit::Visit;
use crate::web::words;
use axum::extract::{Path, Query as FromQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::header;
use ledger::id::{AccountId, CellId};
use ledger::money::Money;
use ledger::posting::Posting;

/// What every paper says about itself.
pub(crate) fn head(app: &App, visit: &Visit) -> Head {
    Head {
        brand: words::Shell(visit.lang).brand().to_owned(),
        lang: visit.lang,
        sandbox: app.engine().sandbox(),
        made_at: app.engine().now(CellId::FIRST).unwrap_or_default(),
    }
}

/// A file to be kept. It is somebody's own: nobody in between keeps it.
pub(crate) fn file(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let heads = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (heads, bytes).into_response()
}

/// A document that was not made is a mistake of ours, unless it became too long.
pub(in crate::web) fn not_made(error: NotMade) -> Problem {
    eprintln!("danbao: a document was not made: {error}");
    Problem::of(&codes::INTERNAL_ERROR)
}

pub(in crate::web) fn change(own: AccountId, it: &Posting) -> Change {
    let amount = Money::new(it.amount, it.currency);
    if it.credit == own { Change::Credit(amount) } else { Change::Debit(amount) }
}

/// `GET /activity.csv`
pub(super) async fn table(
    State(app): State<App>,
    visit: Visit,
    FromQuery(query): FromQuery<Query>,
) -> Page {
    books::apart(move || table_of(&app, &visit, &query)).await
}

fn table_of(app: &App, visit: &Visit, query: &Query) -> Page {
    let t = words::Activity(visit.lang);
    let accounts = books::accounts(app, books::owner(visit)?)?;
    let account = books::chosen(&accounts, &query.account)?;
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
    books::apart(move || statement_of(&app, &visit, &query)).await
}

fn statement_of(app: &App, visit: &Visit, query: &Query) -> Page {
    let t = words::Activity(visit.lang);
    let signed = books::owner(visit)?;
    let accounts = books::accounts(app, signed)?;
    let account = books::chosen(&accounts, &query.account)?;
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
        opening: Money::new(books::opening(&account, &scan)?, account.currency),
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
            balance: Money::new(books::left(teller.own, &it.1), it.1.currency),
        })
    };
    found.iter().rev().map(entry).collect()
}

/// `GET /activity/{id}/slip.pdf`
pub(super) async fn slip(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let t = words::Activity(visit.lang);
    let signed = books::owner(&visit)?;
    let (account, found) = books::entry(&app, &books::accounts(&app, signed)?, &id)?;
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
    let bytes = books::apart(move || pdf::slip(&head, &slip).map_err(not_made)).await?;
    Ok(file(bytes, "application/pdf", &format!("danbao-{id}.pdf")))
}
