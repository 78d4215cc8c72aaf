//! What a statement makes certain is told to the ledger, once for each reference.

use crate::app::App;
use crate::banks::{Movement, Said, Taken};
use bank::Answer;
use ledger::bank::BankReference;
use ledger::command::{Command, Outcome, RecordReceipt, Request};
use ledger::event::Actor;
use ledger::id::{CellId, RequestId};
use ledger::name::{BankName, BankNumber};
use recon::{Break, Report, Resolution};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many are told at a time.
const AT_A_TIME: usize = 256;

/// Does what resolves by itself. Returns for each difference whether it is resolved.
pub(super) async fn apply(app: &App, bank: BankName, report: &Report) -> Vec<bool> {
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut tasks = JoinSet::new();
    for (place, it) in report.outcome.breaks.iter().enumerate() {
        let (app, it) = (app.clone(), it.clone());
        let Ok(permit) = permits.clone().acquire_owned().await else { break };
        tasks.spawn(async move {
            let done = resolve(&app, bank, &it).await;
            drop(permit);
            (place, done)
        });
    }
    let mut done = vec![false; report.outcome.breaks.len()];
    while let Some(finished) = tasks.join_next().await {
        if let Ok((place, resolved)) = finished
            && let Some(it) = done.get_mut(place)
        {
            *it = resolved;
        }
    }
    done
}

async fn resolve(app: &App, bank: BankName, it: &Break) -> bool {
    let (Some(line), ours) = (&it.line, &it.movement) else {
        let rejected = it.resolution == Resolution::Reject;
        return match &it.movement {
            Some(ours) if rejected => {
                let reason = "not_in_the_statement".to_owned();
                tell(app, bank, &ours.reference, Answer::Rejected { reason }).await
            }
            Some(_) | None => false,
        };
    };
    let (amount, currency) = (line.amount.minor(), line.amount.currency().code().to_owned());
    let (bank_reference, at) = (line.bank_reference.clone(), line.booked_at.0);
    match (it.resolution, ours) {
        (Resolution::Confirm, Some(ours)) => {
            let answer = Answer::Executed { bank_reference, amount, currency, at };
            tell(app, bank, &ours.reference, answer).await
        }
        (Resolution::Return, Some(ours)) => {
            let answer = Answer::Returned {
                bank_reference: line.returns.clone().unwrap_or_default(),
                return_reference: bank_reference,
                amount,
                currency,
                at,
                reason: "in_the_statement".to_owned(),
            };
            tell(app, bank, &ours.reference, answer).await
        }
        (Resolution::SetAside, _) => {
            let Some(number) = BankNumber::new(&bank_reference) else { return false };
            let reference = BankReference { bank, number };
            let receipt = RecordReceipt { reference, amount: line.amount };
            let command = Command::RecordReceipt(receipt);
            // No name: the bank's reference is taken once.
            let request = Request { id: RequestId::UNNAMED, actor: Actor::Bank, command };
            let answered = app.ask(CellId::FIRST, request).await;
            answered.is_ok_and(|it| matches!(it.answer.outcome, Outcome::Accepted(_)))
        }
        (Resolution::Wait | Resolution::Case | Resolution::Reject, _)
        | (Resolution::Confirm | Resolution::Return, None) => false,
    }
}

/// Tells the ledger what the bank's statement says, in the words in which the bank answers.
async fn tell(app: &App, bank: BankName, reference: &str, answer: Answer) -> bool {
    let Some(movement) = Movement::parse(reference) else { return false };
    let Some(row) = movement.find(app) else { return false };
    let mut last = Taken::No;
    for said in Said::of(&Ok(answer), bank, &row) {
        last = movement.tell(app, said).await;
    }
    last == Taken::Yes
}
