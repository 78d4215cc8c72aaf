//! `/activity`: everything that changed somebody's balance, to be looked through, taken home, and
//! looked at one by one.

mod books;
mod entry;
mod kind;
mod papers;
mod tell;
mod wanted;

pub(crate) use tell::{About, Chip, Line};

use super::apart::apart;
use super::holdings::{self, Choice};
use super::page::{Page, again, render};
use super::visit::{Shell, Visit};
use super::{dates, money, words};
use crate::app::App;
use crate::http::problem::Problem;
use askama::Template;
use axum::Router;
use axum::extract::{Query as FromQuery, State};
use axum::routing::get;
use books::Found;
use kind::Kind;
use ledger::account::Account;
use ledger::currency::Currency;
use ledger::id::{AccountId, EntryId};
use ledger::posting::Posting;
use ledger::registry::UserKind;
use ledger::time::Time;
use tell::Teller;
use wanted::{Query, Unread, Wanted};

/// Entries on a page, and months of which a statement is offered.
const ENTRIES_MAX: usize = 30;
const MONTHS_MAX: usize = 24;

/// Every address here.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/activity", get(list))
        .route("/activity.csv", get(papers::table))
        .route("/activity.pdf", get(papers::statement))
        .route("/activity/{id}", get(entry::show))
        .route("/activity/{id}/slip.pdf", get(papers::slip))
}

/// What moved last in an account of whoever is signed in.
pub(super) fn latest(
    app: &App,
    visit: &Visit,
    own: AccountId,
    limit: usize,
) -> Result<Vec<Line>, Problem> {
    Teller { app, visit, own }.lines(&books::latest(app, own, limit)?)
}

/// What an entry was, for the owner of the account.
pub(super) fn about(
    app: &App,
    visit: &Visit,
    own: AccountId,
    entry: (u64, &Posting),
) -> Result<About, Problem> {
    let (number, it) = entry;
    let (found, _) = app.read(own.cell(), |view| books::found(view, own, number, it))?;
    Teller { app, visit, own }.about(&found)
}

/// The entries of a day.
struct Day {
    name: String,
    lines: Vec<Line>,
}

/// What everything that is wanted comes to.
struct Sums {
    count: String,
    came: String,
    went: String,
}

#[derive(Template)]
#[template(path = "activity/list.html")]
struct ListPage {
    shell: Shell,
    t: words::Activity,
    accounts: Vec<Choice>,
    account: String,
    ways: Vec<Choice>,
    kinds: Vec<Choice>,
    months: Vec<Choice>,
    query: Query,
    /// The query as part of an address.
    address: String,
    narrowed: bool,
    fault: Option<Unread>,
    alert: Option<&'static str>,
    sums: Option<Sums>,
    days: Vec<Day>,
    /// Where the newest are, and before which entry the older ones begin.
    newest: Option<String>,
    older: Option<String>,
    whole: bool,
    customer: bool,
}

impl ListPage {
    /// Whether what was typed into a field cannot be read.
    fn wrong(&self, field: &str) -> bool {
        self.fault.is_some_and(|it| it.field == field)
    }
}

/// `GET /activity`
async fn list(State(app): State<App>, visit: Visit, FromQuery(query): FromQuery<Query>) -> Page {
    apart(move || page(&app, &visit, &query, None)).await
}

/// The page; with what was not done, if something was not.
fn page(app: &App, visit: &Visit, query: &Query, alert: Option<&'static str>) -> Page {
    let signed = books::owner(visit)?;
    let t = words::Activity(visit.lang);
    let accounts = holdings::accounts(app, signed)?;
    let account = holdings::chosen(&accounts, &query.account)?;
    let read = Wanted::read(query, account.currency, visit.lang);
    let (wanted, fault) = match read {
        Ok(wanted) => (Some(wanted), None),
        Err(unread) => (None, Some(unread)),
    };
    let scan = wanted.as_ref().map(|it| books::scan(app, account.id, it)).transpose()?;
    let whole = scan.as_ref().is_none_or(|it| it.whole);
    let entries = scan.map(|it| it.entries).unwrap_or_default();
    let before = query.before();
    let mut rest = entries.iter().filter(|it| before.is_none_or(|before| it.0 < before));
    let shown: Vec<Found> = rest.by_ref().take(ENTRIES_MAX).copied().collect();
    let last = shown.last().filter(|_| rest.next().is_some());
    let several = accounts.len() > 1;
    let listed = ListPage {
        shell: visit.shell(app, t.title()),
        t,
        accounts: holdings::choices(&accounts, account.id),
        account: if several { account.id.to_string() } else { String::new() },
        ways: ways(t, query),
        kinds: kinds(t, query),
        months: months(visit, &account, app.engine().now(account.id.cell())?),
        address: query.address(),
        narrowed: wanted.is_none_or(|it| it.narrows()),
        query: query.clone(),
        sums: (whole && !entries.is_empty()).then(|| sums(&account, &entries)),
        days: days(&Teller { app, visit, own: account.id }, &shown)?,
        older: last.map(|it| EntryId::new(account.id.cell(), it.0).to_string()),
        newest: before.map(|_| format!("/activity?{}", query.address())),
        customer: signed.kind == UserKind::Customer,
        fault,
        alert,
        whole,
    };
    let wrong = fault.is_some() || alert.is_some();
    if wrong { again(&listed) } else { render(&listed) }
}

fn ways(t: words::Activity, query: &Query) -> Vec<Choice> {
    let all = [("", t.any_way()), ("in", t.way_in()), ("out", t.way_out())];
    let choice = |(value, name): (&str, &str)| Choice {
        value: value.to_owned(),
        name: name.to_owned(),
        chosen: query.dir == value,
    };
    all.into_iter().map(choice).collect()
}

fn kinds(t: words::Activity, query: &Query) -> Vec<Choice> {
    let any = Choice { value: String::new(), name: t.any_kind().to_owned(), chosen: false };
    let choice = |it: Kind| Choice {
        value: it.code().to_owned(),
        name: t.named(&format!("kind_{}", it.code())).unwrap_or_default().to_owned(),
        chosen: query.kind == it.code(),
    };
    std::iter::once(any).chain(Kind::ALL.into_iter().map(choice)).collect()
}

/// The months since an account was opened, the newest first.
fn months(visit: &Visit, account: &Account, now: Time) -> Vec<Choice> {
    let first = dates::local(account.opened_at).date().first_of_month();
    let this = dates::local(now).date().first_of_month();
    let back = std::iter::successors(Some(this), |it| Some(it.yesterday().ok()?.first_of_month()));
    let since = back.take_while(|it| *it >= first).take(MONTHS_MAX);
    let choice = |it: jiff::civil::Date| Choice {
        value: it.strftime("%Y-%m").to_string(),
        name: dates::month(visit.lang, it),
        chosen: it == this,
    };
    since.map(choice).collect()
}

/// What came in and what went out.
fn sums(account: &Account, entries: &[Found]) -> Sums {
    let (mut came, mut went) = (0_u64, 0_u64);
    for (_, it, _) in entries {
        let sum = if it.credit == account.id { &mut came } else { &mut went };
        *sum = sum.saturating_add(it.amount);
    }
    let signed = |it: fn(u64, Currency) -> String, sum: u64| match sum {
        0 => money::minor(0, account.currency),
        _ => it(sum, account.currency),
    };
    let (came, went) = (signed(money::income, came), signed(money::expense, went));
    Sums { count: entries.len().to_string(), came, went }
}

fn days(teller: &Teller<'_>, shown: &[Found]) -> Result<Vec<Day>, Problem> {
    let mut days: Vec<Day> = Vec::new();
    for (line, (_, it, _)) in teller.lines(shown)?.into_iter().zip(shown) {
        let name = dates::day(teller.visit.lang, it.time);
        match days.last_mut().filter(|last| last.name == name) {
            Some(last) => last.lines.push(line),
            None => days.push(Day { name, lines: vec![line] }),
        }
    }
    Ok(days)
}
