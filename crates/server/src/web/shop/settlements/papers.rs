//! What a shop takes home of its settlements: a table for programs, and a statement as PDF.

use super::sums::{Line, Part, Period};
use super::{Choice, DAYS_MAX, Wanted, page, read_day, span};
use crate::app::App;
use crate::documents::csv::{self, Settled};
use crate::documents::{Entry, NotMade, Statement, pdf};
use crate::http::problem::Problem;
use crate::web::activity::books::{apart, left};
use crate::web::activity::papers::{change, file, head, not_made};
use crate::web::activity::tell::Teller;
use crate::web::page::Page;
use crate::web::visit::Visit;
use crate::web::{money, words};
use axum::extract::{Query, State};
use jiff::civil::Date;
use ledger::money::Money;
use ledger::time::Time;

/// What is asked for: the account, the days, and what happened.
struct Asked {
    choice: Choice,
    days: (Date, Date),
    span: (Time, Time),
    period: Period,
}

/// What is asked for, or what to say instead.
fn asked(app: &App, visit: &Visit, wanted: &Wanted) -> Result<Result<Asked, String>, Problem> {
    let t = words::Settlements(visit.lang);
    let choice = Choice::of(app, visit.merchant()?, &wanted.account)?;
    let days = read_day(&wanted.from).zip(read_day(&wanted.to));
    let Some((from, to)) = days.filter(|(from, to)| from <= to) else {
        return Ok(Err(t.days_unread().to_owned()));
    };
    if from.until(to).map_or(i32::MAX, |it| it.get_days()) >= DAYS_MAX {
        return Ok(Err(t.too_many_days(DAYS_MAX)));
    }
    let span = span(from, to)?;
    let period = Period::look(app, &choice.account, span)?;
    Ok(match period {
        Some(period) => Ok(Asked { choice, days: (from, to), span, period }),
        None => Err(t.too_many().to_owned()),
    })
}

/// `GET /shop/settlements.csv`
pub(in crate::web::shop) async fn table(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Page {
    apart(move || table_of(&app, &visit, &wanted)).await
}

fn table_of(app: &App, visit: &Visit, wanted: &Wanted) -> Page {
    let it = match asked(app, visit, wanted)? {
        Ok(it) => it,
        Err(fault) => return page(app, visit, wanted, Some(fault)),
    };
    let teller = Teller { app, visit, own: it.period.own };
    let lines = it.period.lines.iter().map(|it| settled(&teller, it));
    let made = csv::settlement(&lines.collect::<Result<Vec<_>, _>>()?);
    finished(app, visit, wanted, &it, made, ("text/csv; charset=utf-8", "csv"))
}

fn settled(teller: &Teller<'_>, line: &Line) -> Result<Settled, Problem> {
    let (about, it) = (teller.about(&line.found)?, &line.found.1);
    let (part, gross, fee) = match line.part {
        Part::Sale { fee } => ("sale", it.amount.saturating_add(fee), fee),
        Part::Refund => ("refund", 0, 0),
        Part::Other => ("other", 0, 0),
    };
    Ok(Settled {
        at: it.time,
        part,
        what: if about.order { about.what } else { about.did.to_owned() },
        number: about.number.unwrap_or_default(),
        counterparty: about.who,
        reference: about.reference,
        gross: Money::new(gross, it.currency),
        fee: Money::new(fee, it.currency),
        change: change(teller.own, it),
        balance: Money::new(left(teller.own, it), it.currency),
    })
}

/// `GET /shop/settlements.pdf`
pub(in crate::web::shop) async fn document(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Page {
    apart(move || document_of(&app, &visit, &wanted)).await
}

fn document_of(app: &App, visit: &Visit, wanted: &Wanted) -> Page {
    let it = match asked(app, visit, wanted)? {
        Ok(it) => it,
        Err(fault) => return page(app, visit, wanted, Some(fault)),
    };
    let teller = Teller { app, visit, own: it.period.own };
    let account = &it.choice.account;
    let entries = it.period.lines.iter().map(|it| entry(&teller, it));
    let statement = Statement {
        account: account.id.to_string(),
        owner: visit.signed()?.name.clone(),
        from: it.span.0,
        to: it.span.1,
        opening: Money::new(it.period.opening, account.currency),
        entries: entries.collect::<Result<_, _>>()?,
    };
    let made = pdf::statement(&head(app, visit), &statement, None);
    finished(app, visit, wanted, &it, made, ("application/pdf", "pdf"))
}

fn entry(teller: &Teller<'_>, line: &Line) -> Result<Entry, Problem> {
    let (about, it) = (teller.about(&line.found)?, &line.found.1);
    let what = words::Activity(teller.visit.lang).line(about.did, &about.what);
    let what = if about.order { what } else { about.did.to_owned() };
    let shown = |units| money::minor(units, it.currency);
    Ok(Entry {
        at: it.time,
        what: match line.part {
            Part::Sale { fee } if fee > 0 => {
                let gross = it.amount.saturating_add(fee);
                words::Settlements(teller.visit.lang).less_fee(what, shown(gross), shown(fee))
            }
            Part::Sale { .. } | Part::Refund | Part::Other => what,
        },
        counterparty: about.who,
        reference: about.reference,
        change: change(teller.own, it),
        balance: Money::new(left(teller.own, it), it.currency),
    })
}

/// The file; or the page again, if there is too much for one.
fn finished(
    app: &App,
    visit: &Visit,
    wanted: &Wanted,
    asked: &Asked,
    made: Result<Vec<u8>, NotMade>,
    (kind, ending): (&'static str, &str),
) -> Page {
    let (from, to) = asked.days;
    match made {
        Ok(bytes) => Ok(file(bytes, kind, &format!("danbao-settlement-{from}-{to}.{ending}"))),
        Err(NotMade::TooLong) => {
            let said = words::Settlements(visit.lang).too_many().to_owned();
            page(app, visit, wanted, Some(said))
        }
        Err(error) => Err(not_made(error)),
    }
}
