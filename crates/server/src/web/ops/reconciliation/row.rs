//! `/ops/reconciliation/{bank}/{day}/rows/{row}`: one difference: both sides of it, what became of
//! it in the books, and the proposal that resolves it.

use super::assigned::{Assigned, Giving, assigned};
use super::chosen;
use super::day::{Line, line};
use super::report::{Difference, Report, Side, moment};
use crate::app::App;
use crate::banks::Desk;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::reconciliation::Files;
use crate::web::form::Form;
use crate::web::ops::proposing::{Asking, ask};
use crate::web::ops::things::{self, Thing};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::words;
use askama::Template;
use axum::extract::{Path, State};
use jiff::civil::Date;
use ledger::bank::BankReference;
use ledger::command::{Action, RecordReceipt};
use ledger::currency::Currency;
use ledger::id::CellId;
use ledger::money::Money;
use ledger::name::BankNumber;

/// One side as a page shows it.
struct Shown {
    amount: String,
    at: String,
    line: Option<u64>,
    bank_reference: Option<String>,
}

#[derive(Template)]
#[template(path = "ops/reconciliation/row.html")]
pub(super) struct RowPage {
    shell: Shell,
    t: words::Ops,
    w: words::OpsReconciliation,
    base: String,
    bank: String,
    day: String,
    it: Line,
    ours: Option<Shown>,
    banks: Option<Shown>,
    since: String,
    digest: String,
    /// Our movement, and what the books have under the bank's reference.
    things: Vec<Thing>,
    assigned: Option<Assigned>,
    pub(super) giving: Option<Giving>,
    record: Option<Asking>,
    amount: String,
}

fn shown(it: &Side) -> Shown {
    let (amount, at) = (it.amount(), moment(&it.at));
    Shown { amount, at, line: it.line, bank_reference: it.bank_reference.clone() }
}

/// What may be proposed: to record money that came in and that nothing accounts for.
fn proposed(desk: &Desk, it: &Difference) -> Option<RecordReceipt> {
    let side = it.propose.as_ref().and(it.banks.as_ref())?;
    let number = BankNumber::new(side.bank_reference.as_deref()?)?;
    let amount = Money::new(side.amount, Currency::from_code(&side.currency)?);
    Some(RecordReceipt { reference: BankReference { bank: desk.name(), number }, amount })
}

/// What the books have under the bank's reference of a line.
fn known(app: &App, desk: &Desk, it: &Difference) -> Result<Vec<ledger::event::Subject>, Problem> {
    let number = it.banks.as_ref().and_then(|it| BankNumber::new(it.bank_reference.as_deref()?));
    let mut found = Vec::new();
    if let Some(number) = number {
        let reference = BankReference { bank: desk.name(), number };
        for cell in app.engine().all_cells() {
            found.extend(app.read(cell, |view| view.referenced(&reference))?.0);
        }
    }
    Ok(found)
}

pub(super) struct Found {
    pub(super) report: Report,
    number: usize,
}

impl Found {
    pub(super) fn it(&self) -> Option<&Difference> {
        self.report.listed.get(self.number)
    }

    /// Whether a form was shown for this report. It may have been made anew since, and the row be
    /// another now.
    pub(super) fn is_seen_by(&self, form: &Form) -> bool {
        form.text("digest") == self.report.digest
    }
}

pub(super) fn find(app: &App, desk: &Desk, day: Date, row: &str) -> Result<Found, Problem> {
    let missing = || Problem::of(&codes::ROUTE_NOT_FOUND);
    let report = Report::read(&Files::new(app.data(), desk.name(), day))?.ok_or_else(missing)?;
    let found = Found { report, number: row.parse().map_err(|_| missing())? };
    if found.it().is_some() { Ok(found) } else { Err(missing()) }
}

impl RowPage {
    pub(super) async fn new(
        app: &App,
        visit: &Visit,
        desk: &Desk,
        day: Date,
        f: &Found,
    ) -> Result<Self, Problem> {
        let (t, w) = (words::Ops(visit.lang), words::OpsReconciliation(visit.lang));
        let it = f.it().ok_or_else(|| Problem::of(&codes::ROUTE_NOT_FOUND))?;
        let ours = it.reference.as_deref().and_then(things::parse);
        let known = known(app, desk, it)?;
        let recorded = !known.is_empty();
        let mut subjects: Vec<_> = ours.into_iter().chain(known).collect();
        subjects.dedup();
        let record = match proposed(desk, it).filter(|_| !recorded) {
            Some(receipt) => {
                let action = Action::RecordReceipt(receipt);
                Some(Asking::new(app, visit, CellId::FIRST, &action)?)
            }
            None => None,
        };
        let base = format!("/ops/reconciliation/{}/{day}", desk.name());
        let has = assigned(app, desk.name(), day, it)?;
        let giving = if it.resolved {
            None
        } else {
            Some(Giving::new(app, visit, has.as_ref().map(|it| it.user)).await?)
        };
        let shown_line = line(w, &base, f.number, it);
        Ok(RowPage {
            shell: visit.shell(app, shown_line.kind.clone()),
            bank: desk.name().to_string(),
            day: day.to_string(),
            ours: it.ours.as_ref().map(shown),
            banks: it.banks.as_ref().map(shown),
            since: moment(&it.since),
            digest: f.report.digest.clone(),
            things: things::all(app, visit.lang, subjects.into_iter())?,
            assigned: has,
            giving,
            record,
            amount: it.banks.as_ref().map(Side::amount).unwrap_or_default(),
            it: shown_line,
            base,
            t,
            w,
        })
    }
}

/// `GET /ops/reconciliation/{bank}/{day}/rows/{row}`
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path((bank, day, row)): Path<(String, String, String)>,
) -> Page {
    visit.operator()?;
    let (desk, day) = chosen(&app, &bank, &day)?;
    let found = find(&app, &desk, day, &row)?;
    render(&RowPage::new(&app, &visit, &desk, day, &found).await?)
}

/// `POST /ops/reconciliation/{bank}/{day}/rows/{row}/record`: proposes to record the money as what
/// it is, with what stands in the report and not with what a page says.
pub(super) async fn record(
    State(app): State<App>,
    visit: Visit,
    Path((bank, day, row)): Path<(String, String, String)>,
    form: Form,
) -> Page {
    visit.operator()?;
    let (desk, day) = chosen(&app, &bank, &day)?;
    let found = find(&app, &desk, day, &row)?;
    if !found.is_seen_by(&form) {
        let mut page = RowPage::new(&app, &visit, &desk, day, &found).await?;
        let changed = words::Ops(visit.lang).fault_changed();
        page.record = page.record.map(|it| it.wrong(&form, changed.to_owned()));
        return again(&page);
    }
    let receipt = found.it().and_then(|it| proposed(&desk, it));
    let action = receipt.map(|it| (CellId::FIRST, Action::RecordReceipt(it)));
    let action = action.ok_or_else(|| Problem::of(&codes::FORM_UNREADABLE));
    match ask(&app, &visit, &form, action).await? {
        Ok(path) => see(&path),
        Err(fault) => {
            let mut page = RowPage::new(&app, &visit, &desk, day, &found).await?;
            page.record = page.record.map(|it| it.wrong(&form, fault));
            again(&page)
        }
    }
}
