//! `/ops`: whether the books balance, what waits for somebody, and whether the banks answer.

use super::chart::Bars;
use super::reconciliation;
use crate::app::App;
use crate::http::problem::Problem;
use crate::pulse::{self, Summary};
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::State;
use ledger::bank::{TopUpStage, WithdrawalStage};
use ledger::currency::Currency;
use ledger::id::CellId;
use ledger::order::Stage;
use ledger::proposal::ProposalStage;
use std::collections::BTreeMap;
use store::List;
use store::index::Direction;

/// What is counted one by one; more than that is more than anybody works off at once.
const COUNTED_MAX: usize = 500;

/// The books of a currency over all cells.
struct Books {
    balanced: bool,
    debits: String,
    credits: String,
}

/// A number of things that wait, and whether any do.
struct Waiting {
    any: bool,
    count: String,
}

/// A bank as the console shows it.
struct Bank {
    name: String,
    paused: bool,
    created: u64,
    sent: u64,
    unknown: u64,
}

#[derive(Template)]
#[template(path = "ops/overview.html")]
struct Overview {
    shell: Shell,
    t: words::Ops,
    p: words::OpsPulse,
    a: words::OpsAppeals,
    books: Vec<Books>,
    checked: String,
    top_ups: Waiting,
    withdrawals: Waiting,
    disputes: Waiting,
    appeals: Waiting,
    proposals: Waiting,
    deliveries: Waiting,
    unmatched: Waiting,
    banks: Vec<Bank>,
    pulse: Pulse,
}

/// What the server did in the last minutes.
struct Pulse {
    bars: Bars,
    /// Records in a second, in the last beat and at most.
    now: u64,
    peak: u64,
    queue: u64,
    turned_away: u64,
    took: Vec<(&'static str, String, String)>,
    /// When debits and credits were last compared by itself, and whether they were the same in each
    /// of the last minutes.
    compared: Option<String>,
    always: bool,
}

/// `GET /ops`
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Page {
    visit.operator()?;
    let t = words::Ops(visit.lang);
    let now = app.engine().now(CellId::FIRST)?;
    let count = |list| waiting(&app, list);
    render(&Overview {
        books: books(&app)?,
        checked: dates::second(now),
        top_ups: count(List::StageTopUps(TopUpStage::Unknown))?,
        withdrawals: count(List::StageWithdrawals(WithdrawalStage::Unknown))?,
        disputes: count(List::StageOrders(Stage::Disputed))?,
        appeals: count(List::OpenAppeals)?,
        a: words::OpsAppeals(visit.lang),
        proposals: count(List::StageProposals(ProposalStage::Open))?,
        deliveries: owed(&app)?,
        unmatched: counted(reconciliation::unmatched(&app)?),
        banks: banks(&app),
        pulse: pulsed(words::OpsPulse(visit.lang), &app.pulse().summary()),
        p: words::OpsPulse(visit.lang),
        shell: visit.shell(&app, t.overview()),
        t,
    })
}

/// Debits and credits of each currency, summed over all cells.
fn books(app: &App) -> Result<Vec<Books>, Problem> {
    let mut sums: BTreeMap<&'static str, (Currency, u128, u128)> = BTreeMap::new();
    for cell in app.engine().all_cells() {
        let (totals, _) = app.read(cell, |view: &store::View<'_>| view.totals())?;
        for it in &totals {
            let sum = sums.entry(it.currency.code()).or_insert((it.currency, 0, 0));
            sum.1 += it.debits;
            sum.2 += it.credits;
        }
    }
    let shown = |sum, currency| money::minor(u64::try_from(sum).unwrap_or(u64::MAX), currency);
    let rows = sums.into_values().map(|(currency, debits, credits)| Books {
        balanced: debits == credits,
        debits: shown(debits, currency),
        credits: shown(credits, currency),
    });
    Ok(rows.collect())
}

fn waiting(app: &App, list: List) -> Result<Waiting, Problem> {
    let mut count = 0;
    for cell in app.engine().all_cells() {
        let look = |view: &store::View<'_>| {
            view.list(list, Direction::Backwards, None, COUNTED_MAX + 1).map(|it| it.len())
        };
        count += app.read(cell, look)?.0;
    }
    Ok(counted(count))
}

/// Deliveries to merchants that are still to be made.
fn owed(app: &App) -> Result<Waiting, Problem> {
    let mut count = 0;
    for cell in app.engine().all_cells() {
        let all = ledger::time::Time(u64::MAX - 1);
        let look = |view: &store::View<'_>| view.pending_deliveries(None, all, COUNTED_MAX + 1);
        count += app.read(cell, look)?.0.len();
    }
    Ok(counted(count))
}

fn pulsed(p: words::OpsPulse, it: &Summary) -> Pulse {
    let seconds = pulse::PAUSE.as_secs();
    let values: Vec<u64> = it.beats.iter().map(|it| it.records / seconds).collect();
    let (now, peak) = (values.last().copied().unwrap_or(0), values.iter().copied().max());
    let peak = peak.unwrap_or(0);
    let each = [(p.queue_wait(), it.queue), (p.sync(), it.sync), (p.apply(), it.apply)];
    Pulse {
        bars: Bars::new(values, pulse::BEATS, p.chart(now, peak)),
        now,
        peak,
        queue: it.beats.last().map_or(0, |it| it.queue),
        turned_away: it.beats.iter().map(|it| it.turned_away).sum(),
        took: each.map(|(name, took)| (name, span(took.half), span(took.most))).into(),
        compared: it.beats.last().map(|it| dates::second(it.at)),
        always: it.beats.iter().all(|it| it.balanced),
    }
}

/// The bound of a time, such as `≤ 2 ms`.
fn span(us: Option<u64>) -> String {
    match us {
        None => "–".to_owned(),
        Some(us) if us < 1_000 => format!("≤ {us} µs"),
        Some(us) if us < 1_000_000 => format!("≤ {} ms", us / 1_000),
        Some(us) => format!("≤ {} s", us / 1_000_000),
    }
}

fn counted(count: usize) -> Waiting {
    let plus = if count > COUNTED_MAX { "+" } else { "" };
    Waiting { any: count > 0, count: format!("{}{plus}", count.min(COUNTED_MAX)) }
}

fn banks(app: &App) -> Vec<Bank> {
    let rows = app.banks().all().iter().map(|desk| {
        let crate::banks::Waiting { created, sent, unknown, .. } = desk.waiting();
        let (name, paused) = (desk.name().to_string(), desk.breaker().is_open());
        Bank { name, paused, created, sent, unknown }
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_their_bound() {
        let shown = [None, Some(200), Some(2_000), Some(5_000_000)].map(span);
        assert_eq!(shown, ["–", "≤ 200 µs", "≤ 2 ms", "≤ 5 s"]);
    }

    #[test]
    fn a_count_that_was_not_finished_says_so() {
        assert_eq!(counted(0).count, "0");
        assert!(!counted(0).any);
        assert_eq!(counted(COUNTED_MAX).count, "500");
        assert_eq!(counted(COUNTED_MAX + 3).count, "500+");
    }
}
