//! `/ops/jobs`: what runs by itself: deadlines, questions to banks, deliveries to merchants,
//! letters between cells, checkpoints; and what was given up, to be tried again.

use super::discards::{self, Discarded};
use super::proposing::{Asking, ask};
use super::things;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::trace;
use crate::web::form::Form;
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use crate::webhooks::url_of;
use askama::Template;
use axum::extract::{Path, State};
use ledger::books::{Series, Timer};
use ledger::command::{Action, Redeliver};
use ledger::event::Subject;
use ledger::id::{CellId, DeliveryId};
use ledger::registry::{Delivery, DeliveryStage, DiscardDelivery};
use ledger::rejection::Rejection;
use ledger::time::Time;
use std::collections::HashSet;
use std::sync::atomic::Ordering::Relaxed;
use store::View;

/// Rows of each list.
pub(super) const LISTED: usize = 20;
/// What is counted one by one.
const COUNTED: usize = 500;
/// The newest deliveries of a cell, among which those that were given up are looked for.
const LOOKED_AT: u64 = 5_000;

/// Something that happens by itself.
pub(super) struct Due {
    pub(super) at: dates::Moment,
    pub(super) id: String,
    pub(super) href: String,
    /// What happens then.
    pub(super) then: String,
}

/// A delivery to a merchant.
struct Sent {
    id: String,
    event: String,
    merchant: String,
    url: String,
    attempts: u8,
    answer: String,
    at: String,
    key: String,
}

/// How far the letters from one cell to another have come.
struct Letters {
    from: CellId,
    to: CellId,
    sent: u64,
    taken: u64,
    waiting: u64,
}

/// What a cell has done by itself.
struct Cell {
    id: CellId,
    records: u64,
    queue: u64,
    turned_away: u64,
    checkpoints: u64,
}

#[derive(Template)]
#[template(path = "ops/jobs.html")]
struct Jobs {
    shell: Shell,
    t: words::Ops,
    w: words::OpsJobs,
    due: Vec<Due>,
    due_count: String,
    banks: Vec<(String, u64, u64)>,
    pending: Vec<Sent>,
    pending_count: String,
    dead: Vec<Sent>,
    dead_count: String,
    discarded: Vec<Discarded>,
    retry: Option<Asking>,
    letters: Vec<Letters>,
    cells: Vec<Cell>,
}

/// What happens by itself, the soonest first: before a moment, if there is one.
pub(super) fn due(
    app: &App,
    visit: &Visit,
    until: Option<Time>,
    limit: usize,
) -> Result<Vec<Due>, Problem> {
    let signed = visit.operator()?;
    let mut all = Vec::new();
    for cell in app.engine().all_cells() {
        all.extend(app.read(cell, |view| view.timers(limit))?.0);
    }
    all.sort_unstable_by_key(|it| it.0);
    all.retain(|it| until.is_none_or(|until| it.0 <= until));
    all.truncate(limit);
    let each = all.into_iter().map(|(at, timer)| {
        let (id, subject) = match timer {
            Timer::Order(id) => (id.to_string(), Subject::Order(id)),
            Timer::Hold(id) => (id.to_string(), Subject::Hold(id)),
            Timer::TopUp(id) => (id.to_string(), Subject::TopUp(id)),
        };
        let told = trace::tell(app, signed, &id, None, visit.lang, None)?;
        Ok(Due {
            at: dates::Moment::new(visit.lang, at).relative(),
            href: things::page_of(subject).unwrap_or_default(),
            then: told.then,
            id,
        })
    });
    each.collect()
}

fn counted(count: usize) -> String {
    let plus = if count > COUNTED { "+" } else { "" };
    format!("{}{plus}", count.min(COUNTED))
}

fn jobs(app: &App, visit: &Visit) -> Result<Jobs, Problem> {
    visit.operator()?;
    let (t, w) = (words::Ops(visit.lang), words::OpsJobs(visit.lang));
    let (mut timers, mut waiting, mut pending) = (0, 0, Vec::new());
    let (mut dead, mut discarded) = (Vec::new(), Vec::new());
    for cell in app.engine().all_cells() {
        timers += app.read(cell, |view| view.timers(COUNTED + 1))?.0.len();
        let (found, _) = app.read(cell, owed)?;
        waiting += found.0;
        pending.extend(found.1);
        let (ended, _) = app.read(cell, |view| given_up(view, cell))?;
        dead.extend(ended.0);
        discarded.extend(ended.1);
    }
    pending.sort_unstable_by_key(|it| it.next_at);
    dead.sort_unstable_by_key(|it| std::cmp::Reverse(it.created_at));
    discarded.sort_unstable_by_key(|it: &Delivery| std::cmp::Reverse(it.created_at));
    let retry = dead.first().map(|it| Asking::new(app, visit, it.id.cell(), &again_of(it)));
    let banks = app.banks().all().iter().map(|desk| {
        let it = desk.waiting();
        (desk.name().to_string(), it.created + it.sent, it.unknown)
    });
    let sent = |it: &Delivery| sent(app, w, it);
    Ok(Jobs {
        shell: visit.shell(app, w.title()),
        due: due(app, visit, None, LISTED)?,
        due_count: counted(timers),
        banks: banks.collect(),
        pending: pending.iter().take(LISTED).map(sent).collect::<Result<_, _>>()?,
        pending_count: counted(waiting),
        dead: dead.iter().take(LISTED).map(sent).collect::<Result<_, _>>()?,
        dead_count: counted(dead.len()),
        discarded: discards::listed(app, &discarded)?,
        retry: retry.transpose()?,
        letters: letters(app)?,
        cells: app.engine().all_cells().filter_map(|it| cell(app, it)).collect(),
        t,
        w,
    })
}

/// The deliveries that are still to be made: how many, and the next ones.
fn owed(view: &View<'_>) -> Result<(usize, Vec<Delivery>), store::Miss> {
    let ids = view.pending_deliveries(None, Time(u64::MAX - 1), COUNTED + 1)?;
    let mut found = Vec::new();
    for (_, id) in ids.iter().take(LISTED) {
        found.extend(view.delivery(*id)?);
    }
    Ok((ids.len(), found))
}

/// The deliveries that were given up and were not begun anew since then: those that wait for
/// somebody, and those that somebody discarded.
fn given_up(view: &View<'_>, cell: CellId) -> Result<(Vec<Delivery>, Vec<Delivery>), store::Miss> {
    let count = view.count(Series::Deliveries)?;
    let (mut later, mut failed, mut discarded) = (HashSet::new(), Vec::new(), Vec::new());
    for number in (count.saturating_sub(LOOKED_AT)..count).rev() {
        let Some(it) = view.delivery(DeliveryId::new(cell, number))? else { continue };
        let newest = later.insert((it.endpoint, it.event));
        match it.stage {
            DeliveryStage::Failed if newest => failed.push(it),
            DeliveryStage::Discarded => discarded.push(it),
            DeliveryStage::Failed | DeliveryStage::Pending | DeliveryStage::Delivered => {}
        }
    }
    Ok((failed, discarded))
}

/// What delivers it again.
fn again_of(it: &Delivery) -> Action {
    Action::Redeliver(Redeliver { endpoint: it.endpoint, from: it.event, to: it.event })
}

fn sent(app: &App, w: words::OpsJobs, it: &Delivery) -> Result<Sent, Problem> {
    let endpoint = things::row(app, it.endpoint.cell(), |view| view.endpoint(it.endpoint))?;
    Ok(Sent {
        id: it.id.to_string(),
        event: it.event.to_string(),
        merchant: endpoint.map(|it| things::name_of(app, it.user)).unwrap_or_default(),
        url: endpoint.and_then(|it| url_of(app, &it)).unwrap_or_default(),
        attempts: it.attempts,
        answer: match (it.attempts, it.last_status) {
            (0, _) => w.not_tried().to_owned(),
            (_, 0) => w.no_answer().to_owned(),
            (_, status) => w.status(status),
        },
        at: dates::second(match it.stage {
            DeliveryStage::Pending => it.next_at,
            DeliveryStage::Delivered | DeliveryStage::Failed | DeliveryStage::Discarded => {
                it.created_at
            }
        }),
        key: crate::web::form::new_key()?,
    })
}

fn letters(app: &App) -> Result<Vec<Letters>, Problem> {
    let mut all = Vec::new();
    for from in app.engine().all_cells() {
        for to in app.engine().all_cells().filter(|it| *it != from) {
            let sent = app.read(from, |view| view.channel(to))?.0.sent;
            let taken = app.read(to, |view| view.channel(from))?.0.received;
            all.push(Letters { from, to, sent, taken, waiting: sent.saturating_sub(taken) });
        }
    }
    Ok(all)
}

fn cell(app: &App, cell: CellId) -> Option<Cell> {
    let it = app.engine().metrics(cell)?;
    Some(Cell {
        id: cell,
        records: it.records.load(Relaxed),
        queue: it.waiting.load(Relaxed),
        turned_away: it.turned_away.load(Relaxed),
        checkpoints: it.checkpoints.load(Relaxed),
    })
}

/// `GET /ops/jobs`
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Page {
    render(&jobs(&app, &visit)?)
}

/// `POST /ops/jobs/deliveries/{id}/retry`: begins a delivery anew that was given up.
pub(super) async fn retry(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    decide(&app, &visit, &id, &form, again_of).await
}

/// `POST /ops/jobs/deliveries/{id}/discard`: takes a delivery that was given up off the list.
pub(super) async fn discard(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    let action = |it: &Delivery| Action::DiscardDelivery(DiscardDelivery { delivery: it.id });
    decide(&app, &visit, &id, &form, action).await
}

/// Does something, by hand, with a delivery that was given up.
async fn decide(
    app: &App,
    visit: &Visit,
    id: &str,
    form: &Form,
    action: impl Fn(&Delivery) -> Action,
) -> Page {
    visit.operator()?;
    let missing = || Problem::of(&codes::ROUTE_NOT_FOUND);
    let id = DeliveryId::parse(id).map_err(|_| missing())?;
    let it = things::row(app, id.cell(), |view| view.delivery(id))?.ok_or_else(missing)?;
    let action = match it.stage {
        DeliveryStage::Failed => Ok((id.cell(), action(&it))),
        // Somebody else was faster, or it is on its way again.
        DeliveryStage::Pending | DeliveryStage::Delivered | DeliveryStage::Discarded => {
            Err(Problem::from(Rejection::StateUnchanged))
        }
    };
    match ask(app, visit, form, action).await? {
        Ok(_) => see("/ops/jobs"),
        Err(fault) => {
            let mut page = jobs(app, visit)?;
            page.retry = page.retry.map(|it| it.wrong(form, fault));
            again(&page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_was_not_finished_says_so() {
        assert_eq!(counted(7), "7");
        assert_eq!(counted(COUNTED), "500");
        assert_eq!(counted(COUNTED + 1), "500+");
    }
}
