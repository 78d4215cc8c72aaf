//! What goes round, and brings movements and banks together.

use super::desk::{AtWork, Desk, Waiting};
use super::movement::{Movement, Row, Said, Stage, Taken};
use crate::app::App;
use ::bank::{Answer, Bank as _, Found, Silence};
use ledger::bank::{BankEvent, TopUpStage, WithdrawalStage};
use ledger::id::{CellId, TopUpId, WithdrawalId};
use ledger::time::Time;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use store::index::Direction;
use store::{List, Miss, View};

/// How many of one stage are looked at in one round.
const ROUND: usize = 512;
/// Pause between rounds.
const PAUSE: Duration = Duration::from_millis(10);
/// Between rounds through what banks are silent about.
const SLOWLY: Duration = Duration::from_millis(100);
/// The reference of a question to which a bank that is there says that it never heard of it.
const NOBODY: &str = "probe";

/// A list that is walked through again and again.
struct Walk {
    cell: CellId,
    list: List,
    named: fn(u64) -> Movement,
    stage: Stage,
    after: Option<u64>,
    /// What was seen since it was begun, for each bank.
    seen: Vec<Waiting>,
    /// What was seen when it was walked through last.
    whole: Vec<Waiting>,
}

/// Works until it is dropped.
pub async fn run(app: App) {
    let banks = app.banks().all().len();
    let mut walks: Vec<Walk> =
        app.engine().all_cells().flat_map(|cell| walks(cell, banks)).collect();
    let mut slow_at = Instant::now();
    loop {
        let slow_too = Instant::now() >= slow_at;
        for walk in walks.iter_mut().filter(|it| slow_too || it.stage != Stage::Unknown) {
            step(&app, walk);
        }
        for desk in app.banks().all() {
            probe(desk);
            for movement in desk.noticed() {
                look_at_notice(&app, desk, movement);
            }
        }
        if slow_too {
            slow_at = Instant::now() + SLOWLY;
            count(&app, &walks);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Everything in a cell that banks have to do with.
fn walks(cell: CellId, banks: usize) -> [Walk; 6] {
    let top_up: fn(u64) -> Movement = |it| Movement::TopUp(TopUpId::from_raw(it));
    let withdrawal: fn(u64) -> Movement = |it| Movement::Withdrawal(WithdrawalId::from_raw(it));
    let walk = |list, named, stage| {
        let [seen, whole] = [vec![Waiting::default(); banks], vec![Waiting::default(); banks]];
        Walk { cell, list, named, stage, after: None, seen, whole }
    };
    [
        walk(List::StageTopUps(TopUpStage::Created), top_up, Stage::Created),
        walk(List::StageTopUps(TopUpStage::Sent), top_up, Stage::Sent),
        walk(List::StageTopUps(TopUpStage::Unknown), top_up, Stage::Unknown),
        walk(List::StageWithdrawals(WithdrawalStage::Created), withdrawal, Stage::Created),
        walk(List::StageWithdrawals(WithdrawalStage::Sent), withdrawal, Stage::Sent),
        walk(List::StageWithdrawals(WithdrawalStage::Unknown), withdrawal, Stage::Unknown),
    ]
}

/// Looks at the next movements of a list. A bank that owes many answers makes the list long; the
/// other banks' movements in it come nevertheless.
fn step(app: &App, walk: &mut Walk) {
    let look = |view: &View<'_>| -> Result<(Vec<u64>, Vec<Row>), Miss> {
        let ids = view.list(walk.list, Direction::Forwards, walk.after, ROUND)?;
        let rows = ids.iter().map(|it| (walk.named)(*it).row(view));
        let rows = rows.collect::<Result<Vec<Option<Row>>, Miss>>()?;
        Ok((ids, rows.into_iter().flatten().collect()))
    };
    // What cannot be read now is looked for again in the next round.
    let Ok(((ids, rows), _)) = app.read(walk.cell, look) else { return };
    let Ok(now) = app.engine().now(walk.cell) else { return };
    for row in rows {
        let Some((place, desk, token)) = app.banks().of_card(app, row.card) else { continue };
        if let Some(seen) = walk.seen.get_mut(place) {
            seen.add(&row);
        }
        deal_with(app, desk, &row, &token, now);
    }
    walk.after = ids.last().copied();
    if ids.len() < ROUND {
        walk.after = None;
        walk.whole = std::mem::take(&mut walk.seen);
        walk.seen = vec![Waiting::default(); walk.whole.len()];
    }
}

/// What every bank owes, by the last walk through each list.
fn count(app: &App, walks: &[Walk]) {
    for (place, desk) in app.banks().all().iter().enumerate() {
        let each = walks.iter().filter_map(|it| it.whole.get(place));
        desk.set_waiting(each.fold(Waiting::default(), Waiting::and));
    }
}

/// Begins what there is to do about a movement now.
fn deal_with(app: &App, desk: &Arc<Desk>, row: &Row, token: &Arc<str>, now: Time) {
    let movement = row.movement;
    let point = match row.stage {
        Stage::Created => {
            if desk.breaker().is_open() {
                return;
            }
            let Some(work) = desk.begin(movement) else { return };
            tokio::spawn(send(app.clone(), work, movement, token.clone()));
            return;
        }
        // Who waited for its answer is gone: the process was started again.
        Stage::Sent => Some(row.changed_at),
        Stage::Unknown => app.banks().schedule(row).last(now),
        Stage::Done | Stage::Ended => None,
    };
    if !desk.is_due(movement, point, now) {
        return;
    }
    let Some(work) = desk.begin(movement) else { return };
    if desk.may_ask(movement, now) {
        tokio::spawn(ask(app.clone(), work, movement, token.clone()));
    }
}

/// A bank said something about a movement.
fn look_at_notice(app: &App, desk: &Arc<Desk>, movement: Movement) {
    let Some(row) = movement.find(app) else { return desk.forget(movement) };
    let Some((_, _, token)) = app.banks().of_card(app, row.card) else { return };
    let Ok(now) = app.engine().now(movement.cell()) else { return };
    if row.stage != Stage::Created {
        deal_with(app, desk, &row, &token, now);
    }
}

/// Instructs the bank, if the books still say that it has not heard of it.
async fn send(app: App, work: AtWork, movement: Movement, token: Arc<str>) {
    let Some(row) = movement.find(&app).filter(|it| it.stage == Stage::Created) else { return };
    // Written down first: from now on the bank may have heard of it.
    if movement.tell(&app, Said::nothing(BankEvent::Send)).await == Taken::Yes {
        let answer = instruct(&work.desk, &row, &token).await;
        tell(&app, &work.desk, &row, &answer).await;
    }
}

async fn instruct(desk: &Desk, row: &Row, token: &str) -> Result<Answer, Silence> {
    desk.counts.instructions.fetch_add(1, Relaxed);
    let answer = desk.channel.instruct(&row.instruction(token)).await;
    desk.ended(answer.is_ok());
    answer
}

/// Asks the bank what became of a movement.
async fn ask(app: App, work: AtWork, movement: Movement, token: Arc<str>) {
    let desk = &work.desk;
    let Some(row) = movement.find(&app) else { return };
    desk.counts.questions.fetch_add(1, Relaxed);
    let found = desk.channel.inquire(&movement.reference()).await;
    desk.ended(found.is_ok());
    let waiting = matches!(row.stage, Stage::Sent | Stage::Unknown);
    let answer = match found {
        Ok(Found::Answer(answer)) => Ok(answer),
        // It never arrived and never will: the bank refuses it from now on.
        Ok(Found::NotFound { is_final: true }) if waiting => {
            Ok(Answer::Rejected { reason: "not_received".to_owned() })
        }
        // It never arrived. The same reference can do no harm, whatever happens now.
        Ok(Found::NotFound { is_final: false }) if waiting => instruct(desk, &row, &token).await,
        // The bank contradicts itself: its statement decides.
        Ok(Found::NotFound { .. }) => return,
        Err(silence) => Err(silence),
    };
    tell(&app, desk, &row, &answer).await;
}

/// Tells the ledger what the bank said. What it cannot hear now is asked for again.
async fn tell(app: &App, desk: &Desk, row: &Row, answer: &Result<Answer, Silence>) {
    let silent = matches!(answer, Ok(Answer::Pending) | Err(_));
    match row.stage {
        Stage::Unknown if silent => return,
        Stage::Done | Stage::Ended if silent => return desk.notice_again(row.movement),
        Stage::Created | Stage::Sent | Stage::Unknown | Stage::Done | Stage::Ended => {}
    }
    for said in Said::of(answer, desk.name(), row) {
        if row.movement.tell(app, said).await == Taken::NotHeard {
            return desk.notice(row.movement);
        }
    }
    if !silent {
        desk.forget(row.movement);
    }
}

/// Finds out whether a bank that is left alone is back.
fn probe(desk: &Arc<Desk>) {
    if desk.breaker().may_probe(Instant::now()) {
        let desk = desk.clone();
        tokio::spawn(async move {
            let found = desk.channel.inquire(NOBODY).await;
            desk.ended(found.is_ok());
        });
    }
}
