//! `/ops/withdrawals`: money on its way to and from banks that is not there yet: what waits, what
//! is unknown, what came back, what nobody accounts for; and how each bank is.

use super::things;
use crate::app::App;
use crate::banks::{Desk, Movement, Row as AtBank};
use crate::http::problem::Problem;
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::{Query, State};
use ledger::bank::{TopUpStage, WithdrawalStage};
use ledger::id::{CellId, ReceiptId, TopUpId, WithdrawalId};
use ledger::receipt::ReceiptStage;
use ledger::time::Time;
use serde::Deserialize;
use store::index::Direction;
use store::{List, View};

/// Rows on the page: whoever works them off begins with the oldest.
const PAGE: usize = 50;
/// Rows of a stage that are looked at in each cell.
const LOOKED_AT: usize = 200;

/// A view: which stages are in it.
struct Of {
    name: &'static str,
    withdrawals: &'static [WithdrawalStage],
    top_ups: &'static [TopUpStage],
    receipts: &'static [ReceiptStage],
    /// Whether the newest are of interest, and not the oldest.
    newest: bool,
}

const VIEWS: [Of; 5] = [
    Of {
        name: "unknown",
        withdrawals: &[WithdrawalStage::Unknown],
        top_ups: &[TopUpStage::Unknown],
        receipts: &[],
        newest: false,
    },
    Of {
        name: "waiting",
        withdrawals: &[WithdrawalStage::Created, WithdrawalStage::Sent],
        top_ups: &[
            TopUpStage::Created,
            TopUpStage::Sent,
            TopUpStage::Paying,
            TopUpStage::Returning,
        ],
        receipts: &[ReceiptStage::Returning],
        newest: false,
    },
    Of {
        name: "investigating",
        withdrawals: &[WithdrawalStage::Investigating],
        top_ups: &[TopUpStage::Investigating],
        receipts: &[],
        newest: false,
    },
    Of {
        name: "suspense",
        withdrawals: &[],
        top_ups: &[],
        receipts: &[ReceiptStage::Open],
        newest: false,
    },
    Of {
        name: "returned",
        withdrawals: &[WithdrawalStage::Returned, WithdrawalStage::Rejected],
        top_ups: &[TopUpStage::Returned, TopUpStage::Rejected],
        receipts: &[ReceiptStage::Returned],
        newest: true,
    },
];

struct Tab {
    name: &'static str,
    href: String,
    count: String,
    current: bool,
}

/// A movement in the list.
struct Row {
    href: String,
    id: String,
    kind: &'static str,
    stage: &'static str,
    amount: String,
    bank: String,
    since: dates::Moment,
    next: String,
}

/// A bank, and whether it answers.
struct Health {
    name: String,
    paused: bool,
    waits: u64,
    unknown: u64,
    oldest: Option<dates::Moment>,
    calls: [u64; 3],
    silent: String,
    budget: String,
}

#[derive(Template)]
#[template(path = "ops/withdrawals.html")]
struct Withdrawals {
    shell: Shell,
    t: words::Ops,
    w: words::OpsMovements,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    more: bool,
    empty: &'static str,
    banks: Vec<Health>,
}

/// Which movements to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    view: String,
}

/// One of the things that are listed, before it is put into words.
enum Found {
    Moved(Movement, AtBank),
    Receipt(ledger::receipt::Receipt),
}

impl Found {
    const fn since(&self) -> Time {
        match self {
            Found::Moved(_, it) => it.changed_at,
            Found::Receipt(it) => it.changed_at,
        }
    }
}

/// `GET /ops/withdrawals`
pub(super) async fn show(State(app): State<App>, visit: Visit, Query(it): Query<Wanted>) -> Page {
    visit.operator()?;
    let (t, w) = (words::Ops(visit.lang), words::OpsMovements(visit.lang));
    let now = app.engine().now(CellId::FIRST)?;
    let mut tabs = Vec::new();
    let [first, ..] = &VIEWS;
    let chosen = VIEWS.iter().find(|view| view.name == it.view).unwrap_or(first);
    for view in &VIEWS {
        let count = count(&app, view)?;
        let plus = if count > LOOKED_AT { "+" } else { "" };
        tabs.push(Tab {
            name: w.named(&format!("view_{}", view.name)).unwrap_or_default(),
            href: format!("/ops/withdrawals?view={}", view.name),
            count: format!("{}{plus}", count.min(LOOKED_AT)),
            current: view.name == chosen.name,
        });
    }
    let mut found = find(&app, chosen)?;
    found.sort_by_key(Found::since);
    if chosen.newest {
        found.reverse();
    }
    let more = found.len() > PAGE;
    let rows = found.iter().take(PAGE).map(|it| row(&app, &visit, it, now));
    render(&Withdrawals {
        shell: visit.shell(&app, w.title()),
        tabs,
        rows: rows.collect::<Result<_, _>>()?,
        more,
        empty: w.named(&format!("none_{}", chosen.name)).unwrap_or_default(),
        banks: app.banks().all().iter().map(|it| health(&visit, it)).collect(),
        t,
        w,
    })
}

fn lists(view: &Of) -> impl Iterator<Item = List> + '_ {
    let withdrawals = view.withdrawals.iter().map(|it| List::StageWithdrawals(*it));
    let top_ups = view.top_ups.iter().map(|it| List::StageTopUps(*it));
    withdrawals.chain(top_ups).chain(view.receipts.iter().map(|it| List::StageReceipts(*it)))
}

fn count(app: &App, of: &Of) -> Result<usize, Problem> {
    let mut count = 0;
    for cell in app.engine().all_cells() {
        for list in lists(of) {
            let look = |view: &View<'_>| view.list(list, Direction::Forwards, None, LOOKED_AT + 1);
            count += app.read(cell, look)?.0.len();
        }
    }
    Ok(count)
}

fn find(app: &App, of: &Of) -> Result<Vec<Found>, Problem> {
    let direction = if of.newest { Direction::Backwards } else { Direction::Forwards };
    let mut found = Vec::new();
    for cell in app.engine().all_cells() {
        let look = |view: &View<'_>| {
            let ids = |list| view.list(list, direction, None, LOOKED_AT);
            let mut moved = Vec::new();
            for stage in of.withdrawals {
                let all = ids(List::StageWithdrawals(*stage))?.into_iter();
                moved.extend(all.map(|it| Movement::Withdrawal(WithdrawalId::from_raw(it))));
            }
            for stage in of.top_ups {
                let all = ids(List::StageTopUps(*stage))?.into_iter();
                moved.extend(all.map(|it| Movement::TopUp(TopUpId::from_raw(it))));
            }
            let mut found = Vec::new();
            for it in moved {
                found.extend(it.row(view)?.map(|row| Found::Moved(it, row)));
            }
            for stage in of.receipts {
                for it in ids(List::StageReceipts(*stage))? {
                    found.extend(view.receipt(ReceiptId::from_raw(it))?.map(Found::Receipt));
                }
            }
            Ok(found)
        };
        found.extend(app.read(cell, look)?.0);
    }
    Ok(found)
}

fn row(app: &App, visit: &Visit, it: &Found, now: Time) -> Result<Row, Problem> {
    let (w, t) = (words::OpsMovements(visit.lang), words::OpsThings(visit.lang));
    let since = dates::Moment::new(visit.lang, it.since()).relative();
    Ok(match it {
        Found::Moved(movement, at) => {
            let bank = app.banks().of_card(app, at.card);
            let (kind, stage) = said(app, t, *movement)?;
            let next = match at.stage {
                crate::banks::Stage::Created => w.next_send().to_owned(),
                crate::banks::Stage::Sent => w.next_answer().to_owned(),
                crate::banks::Stage::Unknown => match app.banks().next_question(at, now) {
                    Some(time) => w.next_question(dates::second(time)),
                    None => w.next_statement().to_owned(),
                },
                crate::banks::Stage::Done => w.next_person().to_owned(),
                crate::banks::Stage::Ended => w.next_nothing().to_owned(),
            };
            let id = movement.reference();
            Row {
                href: format!("/ops/movements/{id}"),
                id,
                kind,
                stage,
                amount: money::amount(at.amount),
                bank: bank.map(|it| it.1.name().to_string()).unwrap_or_default(),
                since,
                next,
            }
        }
        Found::Receipt(it) => Row {
            href: format!("/ops/receipts/{}", it.id),
            id: it.id.to_string(),
            kind: t.named("kind_receipt").unwrap_or_default(),
            stage: t.named(&format!("receipt_{}", it.stage.code())).unwrap_or_default(),
            amount: money::amount(it.amount),
            bank: String::new(),
            since,
            next: match it.stage {
                ReceiptStage::Open => w.next_person().to_owned(),
                ReceiptStage::Returning => w.next_answer().to_owned(),
                ReceiptStage::Credited
                | ReceiptStage::Returned
                | ReceiptStage::Matched
                | ReceiptStage::WrittenOff => w.next_nothing().to_owned(),
            },
        },
    })
}

/// What a movement is, and the stage it is in.
fn said(
    app: &App,
    t: words::OpsThings,
    movement: Movement,
) -> Result<(&'static str, &'static str), Problem> {
    let (kind, stage) = match movement {
        Movement::TopUp(id) => {
            let row = things::row(app, id.cell(), |view| view.top_up(id))?;
            ("kind_top_up", row.map(|it| format!("top_up_{}", it.stage.code())))
        }
        Movement::Withdrawal(id) => {
            let row = things::row(app, id.cell(), |view| view.withdrawal(id))?;
            ("kind_withdrawal", row.map(|it| format!("withdrawal_{}", it.stage.code())))
        }
    };
    let stage = stage.and_then(|it| t.named(&it)).unwrap_or_default();
    Ok((t.named(kind).unwrap_or_default(), stage))
}

fn health(visit: &Visit, desk: &Desk) -> Health {
    let w = words::OpsMovements(visit.lang);
    let waiting = desk.waiting();
    let (silent, calls) = desk.breaker().window(std::time::Instant::now());
    let (left, per_second) = desk.questions();
    Health {
        name: desk.name().to_string(),
        paused: desk.breaker().is_open(),
        waits: waiting.created + waiting.sent,
        unknown: waiting.unknown,
        oldest: waiting.oldest.map(|it| dates::Moment::new(visit.lang, it).relative()),
        calls: desk.calls(),
        silent: w.of_calls(silent, calls),
        budget: w.budget_left(left, per_second),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn every_view_has_words_and_says_when_it_is_empty() {
        for lang in [Lang::Zh, Lang::En] {
            let w = words::OpsMovements(lang);
            for it in &VIEWS {
                assert!(w.named(&format!("view_{}", it.name)).is_some(), "{}", it.name);
                assert!(w.named(&format!("none_{}", it.name)).is_some(), "{}", it.name);
            }
        }
    }

    #[test]
    fn whatever_a_bank_owes_is_in_a_view() {
        let listed: Vec<_> = VIEWS.iter().flat_map(|it| it.withdrawals).collect();
        for stage in WithdrawalStage::ALL {
            let paid = stage == WithdrawalStage::Paid;
            assert_eq!(listed.contains(&&stage), !paid, "{}", stage.code());
        }
        let listed: Vec<_> = VIEWS.iter().flat_map(|it| it.top_ups).collect();
        for stage in TopUpStage::ALL {
            let credited = stage == TopUpStage::Credited;
            assert_eq!(listed.contains(&&stage), !credited, "{}", stage.code());
        }
    }

    #[test]
    fn every_stage_of_a_top_up_has_a_short_word() {
        for lang in [Lang::Zh, Lang::En] {
            let t = words::OpsThings(lang);
            for it in TopUpStage::ALL {
                assert!(t.named(&format!("top_up_{}", it.code())).is_some(), "{}", it.code());
            }
        }
    }
}
