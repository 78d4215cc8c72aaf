//! `/top-ups/{id}` and `/withdrawals/{id}`: how far it is, in three steps. That a bank was told is
//! not that money arrived, and a bank's silence has a name.

use super::{arrival, card_name, top_up_chip, withdrawal_chip};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::trace::{self, Told};
use crate::web::activity::Chip;
use crate::web::door::inside;
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, live, money, orders, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use ledger::bank::{TopUp, TopUpStage, Withdrawal, WithdrawalStage};
use ledger::id::{AccountId, CardId, OrderId, TopUpId, WithdrawalId};
use ledger::money::Money;
use ledger::time::Time;
use serde::Deserialize;

/// How far one of the three steps is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Done,
    Now,
    Bad,
    Next,
}

impl Mark {
    /// What it adds to the element.
    const fn class(self) -> &'static str {
        match self {
            Mark::Done => "done",
            Mark::Bad => "bad",
            Mark::Now | Mark::Next => "",
        }
    }

    /// For templates.
    fn is_now(self) -> bool {
        self == Mark::Now
    }
}

/// How far each of the three steps of a withdrawal is: on its way to the bank, with the bank,
/// arrived.
const fn leaving(stage: WithdrawalStage) -> [Mark; 3] {
    match stage {
        WithdrawalStage::Created => [Mark::Now, Mark::Next, Mark::Next],
        WithdrawalStage::Sent | WithdrawalStage::Unknown | WithdrawalStage::Investigating => {
            [Mark::Done, Mark::Now, Mark::Next]
        }
        WithdrawalStage::Paid => [Mark::Done, Mark::Done, Mark::Done],
        WithdrawalStage::Rejected => [Mark::Done, Mark::Bad, Mark::Next],
        WithdrawalStage::Returned => [Mark::Done, Mark::Done, Mark::Bad],
    }
}

/// The same of a top-up.
const fn arriving(stage: TopUpStage) -> [Mark; 3] {
    match stage {
        TopUpStage::Created => [Mark::Now, Mark::Next, Mark::Next],
        TopUpStage::Sent | TopUpStage::Unknown | TopUpStage::Investigating => {
            [Mark::Done, Mark::Now, Mark::Next]
        }
        TopUpStage::Paying => [Mark::Done, Mark::Done, Mark::Now],
        TopUpStage::Credited => [Mark::Done, Mark::Done, Mark::Done],
        TopUpStage::Rejected => [Mark::Done, Mark::Bad, Mark::Next],
        TopUpStage::Returned | TopUpStage::Returning => [Mark::Done, Mark::Done, Mark::Bad],
    }
}

struct Step {
    name: &'static str,
    mark: Mark,
    at: Option<dates::Moment>,
}

/// What both have in common.
struct Facts {
    id: String,
    card: CardId,
    amount: Money,
    created_at: Time,
    changed_at: Time,
    last_event: Option<u64>,
    /// Whether something is still awaited.
    open: bool,
    chip: Chip,
    marks: [Mark; 3],
    steps: [&'static str; 3],
    title: &'static str,
    /// What a bank's refusal or return may come from.
    why: Option<&'static str>,
    order: Option<OrderId>,
    /// The other movement by which this one went back.
    other: Option<String>,
    /// Where to try again.
    again: Option<&'static str>,
    live: String,
}

#[derive(Template)]
#[template(path = "movements/follow.html")]
struct FollowPage {
    shell: Shell,
    t: words::Movements,
    o: words::Orders,
    w: words::Whereabouts,
    facts: Facts,
    amount: String,
    card: String,
    steps: Vec<Step>,
    told: Told,
    next_actor: Option<&'static str>,
    arrives: Option<dates::Moment>,
    asked: dates::Moment,
    events: Vec<(dates::Moment, String)>,
    next: String,
    seen: u64,
}

/// Where somebody wants to go on, and what their page has seen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Way {
    next: String,
    seen: Option<u64>,
}

fn is_owned(app: &App, signed: &Signed, account: AccountId) -> bool {
    let found = app.read(account.cell(), |view| view.account(account));
    found.is_ok_and(|(it, _)| it.and_then(|it| it.owner) == Some(signed.user))
}

/// A withdrawal of whoever is signed in. For others it is not there.
fn withdrawal(app: &App, visit: &Visit, id: &str) -> Result<Withdrawal, Problem> {
    let signed = visit.signed()?;
    let missing = || Problem::of(&codes::WITHDRAWAL_NOT_FOUND);
    let id = WithdrawalId::parse(id).map_err(|_| missing())?;
    let (found, _) = app.read(id.cell(), |view| view.withdrawal(id)).map_err(|_| missing())?;
    found.filter(|it| is_owned(app, signed, it.account)).ok_or_else(missing)
}

fn top_up(app: &App, visit: &Visit, id: &str) -> Result<TopUp, Problem> {
    let signed = visit.signed()?;
    let missing = || Problem::of(&codes::TOP_UP_NOT_FOUND);
    let id = TopUpId::parse(id).map_err(|_| missing())?;
    let (found, _) = app.read(id.cell(), |view| view.top_up(id)).map_err(|_| missing())?;
    found.filter(|it| is_owned(app, signed, it.account)).ok_or_else(missing)
}

/// `GET /withdrawals/{id}`
pub(super) async fn show_withdrawal(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(way): Query<Way>,
) -> Page {
    let it = withdrawal(&app, &visit, &id)?;
    let t = words::Movements(visit.lang);
    let back = it.top_up.is_some();
    let facts = Facts {
        live: format!("/live/withdrawals/{id}"),
        card: it.card,
        amount: it.amount,
        created_at: it.created_at,
        changed_at: it.changed_at,
        last_event: it.last_event,
        open: it.stage.open(),
        chip: withdrawal_chip(visit.lang, it.stage),
        marks: leaving(it.stage),
        steps: [t.step_to_bank(), t.step_at_bank(), t.step_arrived()],
        title: if back { t.back_to_card() } else { t.a_withdrawal() },
        why: match it.stage {
            WithdrawalStage::Rejected => Some(t.why_rejected()),
            WithdrawalStage::Returned => Some(t.why_returned()),
            WithdrawalStage::Created
            | WithdrawalStage::Sent
            | WithdrawalStage::Unknown
            | WithdrawalStage::Paid
            | WithdrawalStage::Investigating => None,
        },
        order: None,
        other: it.top_up.map(|it| format!("/top-ups/{it}")),
        again: match it.stage {
            WithdrawalStage::Rejected | WithdrawalStage::Returned if !back => {
                Some("/wallet/withdraw")
            }
            WithdrawalStage::Created
            | WithdrawalStage::Sent
            | WithdrawalStage::Unknown
            | WithdrawalStage::Paid
            | WithdrawalStage::Rejected
            | WithdrawalStage::Returned
            | WithdrawalStage::Investigating => None,
        },
        id,
    };
    page(&app, &visit, facts, &way)
}

/// `GET /top-ups/{id}`
pub(super) async fn show_top_up(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(way): Query<Way>,
) -> Page {
    let it = top_up(&app, &visit, &id)?;
    let t = words::Movements(visit.lang);
    let failed = it.stage == TopUpStage::Rejected;
    let facts = Facts {
        live: format!("/live/top-ups/{id}"),
        card: it.card,
        amount: it.amount,
        created_at: it.created_at,
        changed_at: it.changed_at,
        last_event: it.last_event,
        open: it.stage.under_way() || it.stage == TopUpStage::Returning,
        chip: top_up_chip(visit.lang, it.stage),
        marks: arriving(it.stage),
        steps: [t.step_to_bank(), t.step_bank_takes(), t.step_credited()],
        title: if it.order.is_some() { t.card_payment() } else { t.a_top_up() },
        why: failed.then(|| t.why_not_taken()),
        order: it.order,
        other: it.withdrawal.map(|it| format!("/withdrawals/{it}")),
        again: (failed && it.order.is_none()).then_some("/wallet/top-up"),
        id,
    };
    page(&app, &visit, facts, &way)
}

fn page(app: &App, visit: &Visit, facts: Facts, way: &Way) -> Page {
    let (t, o) = (words::Movements(visit.lang), words::Orders(visit.lang));
    let told = trace::tell(app, visit.signed()?, &facts.id, None, visit.lang, None)?;
    let moment = |at: Time| dates::Moment::new(visit.lang, at);
    let [first, .., last] = facts.marks;
    let step = |place: usize| Step {
        name: facts.steps[place],
        mark: facts.marks[place],
        at: match place {
            0 if first == Mark::Done => Some(moment(facts.created_at)),
            2 if last == Mark::Done || last == Mark::Bad => Some(moment(facts.changed_at)),
            _ => None,
        },
    };
    let due = arrival(app, facts.card, facts.created_at);
    let title = t.title(facts.title, facts.chip.text);
    let shell = visit.shell(app, title);
    let events = told.events.iter().map(|(at, what)| (moment(*at), what.clone())).collect();
    render(&FollowPage {
        // A withdrawal that a bank sends back is told to whoever is still looking.
        shell: if facts.open { shell.refreshing(10) } else { shell },
        amount: money::amount(facts.amount),
        card: card_name(app, visit.lang, facts.card)?,
        steps: (0..3).map(step).collect(),
        next_actor: orders::next(o, told.next),
        arrives: facts.open.then(|| moment(due).relative()),
        asked: moment(facts.created_at),
        next: if way.next.is_empty() { String::new() } else { inside(&way.next) },
        seen: mark(facts.last_event),
        w: words::Whereabouts(visit.lang),
        t,
        o,
        facts,
        told,
        events,
    })
}

/// A number that is another one whenever something happened.
fn mark(last_event: Option<u64>) -> u64 {
    last_event.unwrap_or(0)
}

/// `GET /live/withdrawals/{id}`
pub(super) async fn live_withdrawal(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(way): Query<Way>,
) -> Page {
    let id = withdrawal(&app, &visit, &id)?.id;
    live::changes(way.seen, move || {
        app.read(id.cell(), |view| view.withdrawal(id)).ok()?.0.map(|it| mark(it.last_event))
    })
}

/// `GET /live/top-ups/{id}`
pub(super) async fn live_top_up(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(way): Query<Way>,
) -> Page {
    let id = top_up(&app, &visit, &id)?.id;
    live::changes(way.seen, move || {
        app.read(id.cell(), |view| view.top_up(id)).ok()?.0.map(|it| mark(it.last_event))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_bank_was_told_has_not_arrived() {
        for stage in WithdrawalStage::ALL {
            let arrived = leaving(stage)[2] == Mark::Done;
            assert_eq!(arrived, stage == WithdrawalStage::Paid, "{}", stage.code());
        }
        for stage in TopUpStage::ALL {
            let arrived = arriving(stage)[2] == Mark::Done;
            assert_eq!(arrived, stage == TopUpStage::Credited, "{}", stage.code());
        }
    }

    #[test]
    fn whoever_waits_sees_one_step_that_is_going_on() {
        for stage in WithdrawalStage::ALL.into_iter().filter(|it| it.open()) {
            let going_on = leaving(stage).iter().filter(|it| **it == Mark::Now).count();
            assert_eq!(going_on, 1, "{}", stage.code());
        }
        for stage in TopUpStage::ALL.into_iter().filter(|it| it.under_way()) {
            let going_on = arriving(stage).iter().filter(|it| **it == Mark::Now).count();
            assert_eq!(going_on, 1, "{}", stage.code());
        }
    }
}
