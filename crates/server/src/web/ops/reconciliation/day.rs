//! `/ops/reconciliation/{bank}/{day}`: a day's statement against the books: what was compared, what
//! the account at the bank held, and every difference.

use super::assigned::{Assigned, about, assigned, mine};
use super::report::{Difference, Report, Reserve, moment};
use super::{Standing, barred, chosen, failed, has};
use crate::app::App;
use crate::banks::Desk;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::reconciliation::{Files, Offer, Source, reconcile};
use crate::web::form::{Form, new_key};
use crate::web::ops::approvals::who;
use crate::web::ops::proposing::fault;
use crate::web::ops::things;
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse as _;
use http::header;
use jiff::civil::Date;
use ledger::id::{CellId, UserId};
use ledger::person::Duty;
use serde::Deserialize;

/// Differences on a page.
const PAGE: usize = 50;
/// Who may bring a statement by hand.
pub(super) const KEEPERS: [Duty; 1] = [Duty::Finance];
/// Who may ask a bank for its statement: it is the bank's own word that counts then.
const ASKERS: [Duty; 2] = [Duty::Finance, Duty::Sre];

/// A difference in the list.
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) href: String,
    pub(super) kind: String,
    pub(super) age: String,
    pub(super) next: String,
    pub(super) class: &'static str,
    pub(super) icon: &'static str,
    pub(super) state: &'static str,
    pub(super) reference: Option<String>,
    pub(super) ours: Option<String>,
    pub(super) banks: Option<String>,
    pub(super) assigned: Option<Assigned>,
}

/// A view of the list, with how many there are in it.
struct Tab {
    name: &'static str,
    href: String,
    count: usize,
    current: bool,
}

/// A file that was uploaded and waits.
struct Waiting {
    by: String,
    at: String,
    offer: Offer,
}

/// What a report shows beside its list.
struct Told {
    facts: Vec<(&'static str, String)>,
    reserves: Vec<Reserve>,
    counts: Vec<(&'static str, u64)>,
}

#[derive(Template)]
#[template(path = "ops/reconciliation/day.html")]
pub(super) struct DayPage {
    shell: Shell,
    t: words::Ops,
    w: words::OpsReconciliation,
    bank: String,
    day: String,
    base: String,
    class: &'static str,
    icon: &'static str,
    standing: String,
    says: String,
    told: Option<Told>,
    tabs: Vec<Tab>,
    rows: Vec<Line>,
    next: Option<String>,
    waiting: Option<Waiting>,
    may_ask: bool,
    over: bool,
    keepers: Option<String>,
    key: String,
    pub(super) format: String,
    pub(super) columns: String,
    pub(super) reason: String,
    pub(super) fault: Option<String>,
}

/// Which differences to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    view: String,
    from: usize,
}

/// The views of the list: the differences that are in each.
const VIEWS: [&str; 5] = ["all", "cases", "mine", "waiting", "resolved"];

/// Whether a difference is in a view of somebody who has it or has not.
fn in_view(view: &str, it: &Difference, own: bool) -> bool {
    match view {
        "mine" => own && !it.resolved,
        "cases" => it.resolution == "case",
        "waiting" => it.resolution == "wait",
        "resolved" => it.resolved,
        _ => true,
    }
}

impl DayPage {
    pub(super) fn new(
        app: &App,
        visit: &Visit,
        (desk, day): (&Desk, Date),
        wanted: &Wanted,
    ) -> Result<DayPage, Problem> {
        let signed = visit.operator()?;
        let (t, w) = (words::Ops(visit.lang), words::OpsReconciliation(visit.lang));
        let files = Files::new(app.data(), desk.name(), day);
        let report = Report::read(&files)?;
        let now = app.engine().now(CellId::FIRST)?;
        let end = desk.calendar().bounds(day).map(|it| it.1).unwrap_or_default();
        let over = end <= now;
        let standing = Standing::of(report.as_ref(), over);
        let base = format!("/ops/reconciliation/{}/{day}", desk.name());
        let (class, icon, text) = standing.shown(w);
        let says = match standing {
            Standing::NotDue => w.says_not_due(dates::second(end)),
            Standing::Missing => w.says_missing(day),
            Standing::Matched(_) => w.says_matched().to_owned(),
            Standing::Differences(_) => w.says_differences().to_owned(),
            Standing::Balances => w.says_balances().to_owned(),
        };
        let waiting = waiting(app, &files)?;
        let listed = report.as_ref().map(|it| it.listed.as_slice()).unwrap_or_default();
        let own = mine(app, signed)?;
        let owned = listed.iter().map(|it| own.contains(&about(desk.name(), day, it)));
        let listed: Vec<(&Difference, bool)> = listed.iter().zip(owned).collect();
        let (mut rows, next) = rows(w, &base, &listed, wanted);
        for row in &mut rows {
            let it = listed.get(row.number).map(|it| assigned(app, desk.name(), day, it.0));
            row.assigned = it.transpose()?.flatten();
        }
        Ok(DayPage {
            shell: visit.shell(app, w.day_title(desk.name(), day)),
            bank: desk.name().to_string(),
            day: day.to_string(),
            class,
            icon,
            standing: text,
            says,
            tabs: if listed.is_empty() { Vec::new() } else { tabs(w, &base, &listed, wanted) },
            told: report.as_ref().map(|it| told(app, (t, w), it)),
            rows,
            next,
            waiting,
            may_ask: over && has(signed, &ASKERS),
            over,
            keepers: barred(t, signed, &KEEPERS),
            key: new_key()?,
            format: "camt".to_owned(),
            columns: recon::csv::EXAMPLE.to_owned(),
            reason: String::new(),
            fault: None,
            base,
            t,
            w,
        })
    }
}

fn tabs(
    w: words::OpsReconciliation,
    base: &str,
    listed: &[(&Difference, bool)],
    it: &Wanted,
) -> Vec<Tab> {
    let tab = |view: &'static str| Tab {
        name: w.named(&format!("view_{view}")).unwrap_or_default(),
        href: format!("{base}?view={view}"),
        count: listed.iter().filter(|(it, own)| in_view(view, it, *own)).count(),
        current: it.view == view || it.view.is_empty() && view == "all",
    };
    VIEWS.map(tab).into()
}

fn rows(
    w: words::OpsReconciliation,
    base: &str,
    listed: &[(&Difference, bool)],
    wanted: &Wanted,
) -> (Vec<Line>, Option<String>) {
    let all = listed.iter().enumerate();
    let all = all.filter(|(_, (it, own))| in_view(&wanted.view, it, *own));
    let mut rows = all.skip(wanted.from);
    let shown = rows.by_ref().take(PAGE).map(|(number, it)| line(w, base, number, it.0)).collect();
    let more = rows.next().is_some();
    let next = format!("{base}?view={}&from={}", wanted.view, wanted.from + PAGE);
    (shown, more.then_some(next))
}

/// A difference as the list shows it.
pub(super) fn line(
    w: words::OpsReconciliation,
    base: &str,
    number: usize,
    it: &Difference,
) -> Line {
    let (class, icon, state) = match it.resolution.as_str() {
        "case" => ("bad", "circle-alert", w.state_case()),
        "wait" => ("info", "hourglass", w.state_wait()),
        _ if it.resolved => ("ok", "circle-check", w.state_resolved()),
        _ => ("warn", "clock", w.state_pending()),
    };
    let said = |key: String| w.named(&key).unwrap_or_default().to_owned();
    Line {
        number,
        assigned: None,
        href: format!("{base}/rows/{number}"),
        kind: said(format!("kind_{}", it.kind)),
        age: said(format!("age_{}", it.age)),
        next: said(match it.resolution.as_str() {
            "case" => format!("next_{}", it.kind),
            other => format!("then_{other}"),
        }),
        class,
        icon,
        state,
        reference: it.reference.clone(),
        ours: it.ours.as_ref().map(super::report::Side::amount),
        banks: it.banks.as_ref().map(super::report::Side::amount),
    }
}

fn told(app: &App, (t, w): (words::Ops, words::OpsReconciliation), it: &Report) -> Told {
    let who = |id: &Option<String>| {
        let id = id.as_ref()?;
        Some(UserId::parse(id).map_or_else(|_| id.clone(), |it| things::name_of(app, it)))
    };
    let source = match (who(&it.uploaded_by), who(&it.taken_over_by)) {
        (Some(by), Some(other)) => w.uploaded_and_taken(by, other),
        (Some(by), None) => w.uploaded_alone(by),
        (None, _) => w.from_the_bank().to_owned(),
    };
    let facts = [
        (w.statement(), it.statement.clone()),
        (w.account(), it.account.clone()),
        (w.span(), format!("{} – {}", moment(&it.from), moment(&it.to))),
        (w.source(), source),
        (t.reason(), it.reason.clone()),
        (w.made_at(), moment(&it.made_at)),
        (w.digest(), it.digest.chars().take(16).collect()),
    ];
    let found = it.found.iter().map(|it| it.movements).sum();
    let counts = [
        (w.lines(), it.lines),
        (w.movements(), it.movements),
        (w.found(), found),
        (w.all_differences(), it.differences),
        (w.view_resolved(), it.resolved),
        (w.view_waiting(), it.waiting),
        (w.view_cases(), it.cases),
    ];
    Told {
        facts: facts.into_iter().filter(|it| !it.1.is_empty()).collect(),
        reserves: it.reserves.clone(),
        counts: counts.into(),
    }
}

fn waiting(app: &App, files: &Files) -> Result<Option<Waiting>, Problem> {
    let Some((offer, _)) = files.offered().map_err(|it| failed(&it))? else { return Ok(None) };
    let Some(proposal) = offer.proposal(app)? else { return Ok(None) };
    let (by, at) = (who(app, proposal.maker), dates::second(proposal.created_at));
    Ok(Some(Waiting { by, at, offer }))
}

/// `GET /ops/reconciliation/{bank}/{day}`
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path((bank, day)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Page {
    visit.operator()?;
    let (desk, day) = chosen(&app, &bank, &day)?;
    render(&DayPage::new(&app, &visit, (&desk, day), &wanted)?)
}

/// `POST /ops/reconciliation/{bank}/{day}/ask`: asks the bank for the day's statement now.
pub(super) async fn ask_bank(
    State(app): State<App>,
    visit: Visit,
    Path((bank, day)): Path<(String, String)>,
    _form: Form,
) -> Page {
    let signed = visit.operator()?;
    let (desk, day) = chosen(&app, &bank, &day)?;
    let asked = if has(signed, &ASKERS) {
        match Source::fetch(&desk, &day.to_string()).await {
            Ok(source) => reconcile(&app, &desk, source).await.map_err(Problem::from),
            Err(refusal) => Err(refusal.into()),
        }
    } else {
        Err(Problem::of(&codes::NOT_ALLOWED))
    };
    match asked {
        Ok(_) => see(&format!("/ops/reconciliation/{bank}/{day}")),
        Err(problem) => {
            let mut page = DayPage::new(&app, &visit, (&desk, day), &Wanted::default())?;
            page.fault = Some(silent(&visit, &problem)?);
            again(&page)
        }
    }
}

/// A bank that does not answer is nothing that makes a page of its own.
fn silent(visit: &Visit, problem: &Problem) -> Result<String, Problem> {
    let w = words::OpsReconciliation(visit.lang);
    if problem.code.name == codes::BANK_SILENT.name {
        return Ok(w.bank_silent().to_owned());
    }
    fault(visit, problem)
}

/// `GET /ops/reconciliation/{bank}/{day}/report.json`
pub(super) async fn json(
    State(app): State<App>,
    visit: Visit,
    Path((bank, day)): Path<(String, String)>,
) -> Page {
    visit.operator()?;
    let (desk, day) = chosen(&app, &bank, &day)?;
    let report = Files::new(app.data(), desk.name(), day).report().map_err(|it| failed(&it))?;
    let report = report.ok_or_else(|| Problem::of(&codes::REPORT_NOT_FOUND))?;
    let text = serde_json::to_string_pretty(&report).unwrap_or_default();
    Ok(kept("application/json", &format!("{bank}-{day}.json"), text))
}

/// `GET /ops/reconciliation/{bank}/{day}/differences.csv`
pub(super) async fn table(
    State(app): State<App>,
    visit: Visit,
    Path((bank, day)): Path<(String, String)>,
) -> Page {
    visit.operator()?;
    let (desk, day) = chosen(&app, &bank, &day)?;
    let table = Files::new(app.data(), desk.name(), day).table().map_err(|it| failed(&it))?;
    let table = table.ok_or_else(|| Problem::of(&codes::REPORT_NOT_FOUND))?;
    Ok(kept("text/csv; charset=utf-8", &format!("{bank}-{day}.csv"), table))
}

/// A file to keep. Names of banks and days have nothing that would end the quotation.
fn kept(kind: &'static str, name: &str, text: String) -> axum::response::Response {
    let attached = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, attached)];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use recon::{Age, BreakKind};

    #[test]
    fn every_kind_and_age_has_words_and_something_to_do() {
        for lang in [Lang::Zh, Lang::En] {
            let w = words::OpsReconciliation(lang);
            let known = |key: String| assert!(w.named(&key).is_some(), "{key}");
            for it in BreakKind::ALL {
                known(format!("kind_{}", it.code()));
                known(format!("next_{}", it.code()));
            }
            for it in Age::ALL {
                known(format!("age_{}", it.code()));
            }
            for it in ["wait", "confirm", "reject", "return", "set_aside"] {
                known(format!("then_{it}"));
            }
            for it in VIEWS {
                known(format!("view_{it}"));
            }
        }
    }

    #[test]
    fn a_difference_says_what_is_to_be_done_about_it() {
        let w = words::OpsReconciliation(Lang::En);
        let case = Difference {
            kind: "amount".to_owned(),
            age: "t_plus_1".to_owned(),
            resolution: "case".to_owned(),
            ..Difference::default()
        };
        let shown = line(w, "/base", 3, &case);
        assert_eq!((shown.href.as_str(), shown.class), ("/base/rows/3", "bad"));
        assert_eq!(shown.next, w.next_amount());
        let wait = Difference { resolution: "wait".to_owned(), ..case.clone() };
        assert_eq!(line(w, "", 0, &wait).next, w.then_wait());
        let seen = |view, it| in_view(view, it, false);
        assert!(seen("cases", &case) && !seen("waiting", &case) && seen("", &wait));
        assert!(in_view("mine", &case, true) && !seen("mine", &case));
        let resolved = Difference { resolved: true, ..case.clone() };
        assert!(!in_view("mine", &resolved, true), "nobody has to do anything about it");
    }
}
