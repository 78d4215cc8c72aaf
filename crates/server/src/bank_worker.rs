//! The bank worker: brings every top-up and withdrawal to the bank, and the bank's answer to the
//! books.
//!
//! It keeps nothing. What is owed to the bank is what the books list as created, sent or unknown.
//! `Send` is durable before the bank hears anything; silence is written down as silence and ends
//! with a question, never with a second instruction under another reference.

use crate::app::App;
use bank::{Answer, Bank as _, Found, HttpBank, Instruction, Kind, Silence};
use ledger::bank::{BankEvent, BankReference, TopUpStage, WithdrawalStage};
use ledger::command::{AdvanceTopUp, AdvanceWithdrawal, Command, Request};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::id::{CardId, CellId, RequestId, TopUpId, WithdrawalId};
use ledger::money::Money;
use ledger::name::{BankName, BankNumber};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use store::List;
use store::index::Direction;
use tokio::sync::{Notify, Semaphore};

/// What the books call the bank.
const BANK: &str = "bank";
/// Instructions to the bank at a time.
const CONCURRENCY: usize = 64;
/// How many of one stage are looked at in one round.
const ROUND: usize = 512;
/// Pause between rounds.
const PAUSE: Duration = Duration::from_millis(10);
/// Pause before asking again after silence.
const AFTER_SILENCE: Duration = Duration::from_secs(2);

/// Pause between a bank's notice and the question that it leads to: a flood of notices must not
/// become a flood of questions.
const AFTER_NOTICE: Duration = Duration::from_millis(200);

/// Movements about which the bank is silent, by their references. A notice wakes whoever waits.
#[derive(Default)]
pub struct Silent {
    waiting: Mutex<HashMap<String, Arc<Notify>>>,
}

impl Silent {
    fn map(&self) -> MutexGuard<'_, HashMap<String, Arc<Notify>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bank says that it has an answer under this reference. It is not believed, only asked:
    /// a notice that somebody forged does no harm.
    pub fn notice(&self, reference: &str) {
        if let Some(waiting) = self.map().get(reference) {
            waiting.notify_one();
        }
    }

    /// Waits until it is time to ask the bank again.
    async fn wait(&self, reference: String) {
        let noticed = Arc::new(Notify::new());
        self.map().insert(reference.clone(), noticed.clone());
        tokio::select! {
            () = tokio::time::sleep(AFTER_SILENCE) => {}
            () = noticed.notified() => tokio::time::sleep(AFTER_NOTICE).await,
        }
        self.map().remove(&reference);
    }
}

/// A top-up or a withdrawal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Movement {
    TopUp(TopUpId),
    Withdrawal(WithdrawalId),
}

impl Movement {
    /// What the bank knows it by.
    fn reference(self) -> String {
        match self {
            Movement::TopUp(id) => id.to_string(),
            Movement::Withdrawal(id) => id.to_string(),
        }
    }
}

/// How a movement has to be dealt with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The bank has not heard of it.
    Send,
    /// The bank may have heard of it.
    Ask,
}

/// Works until it is dropped.
pub async fn run(app: App, bank: HttpBank) {
    let at_work: Arc<Mutex<HashSet<Movement>>> = Arc::default();
    let permits = Arc::new(Semaphore::new(CONCURRENCY));
    loop {
        for (movement, step) in owed(&app) {
            if !at_work.lock().unwrap_or_else(PoisonError::into_inner).insert(movement) {
                continue;
            }
            let Ok(permit) = permits.clone().acquire_owned().await else { return };
            let (app, bank, at_work) = (app.clone(), bank.clone(), at_work.clone());
            tokio::spawn(async move {
                let answered = deal_with(&app, &bank, movement, step).await;
                if !answered {
                    app.silent().wait(movement.reference()).await;
                }
                at_work.lock().unwrap_or_else(PoisonError::into_inner).remove(&movement);
                drop(permit);
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What the books say that the bank still has to answer.
fn owed(app: &App) -> Vec<(Movement, Step)> {
    let top_ups = [
        (TopUpStage::Created, Step::Send),
        (TopUpStage::Sent, Step::Ask),
        (TopUpStage::Unknown, Step::Ask),
    ];
    let withdrawals = [
        (WithdrawalStage::Created, Step::Send),
        (WithdrawalStage::Sent, Step::Ask),
        (WithdrawalStage::Unknown, Step::Ask),
    ];
    let mut owed = Vec::new();
    for cell in app.engine().all_cells() {
        for (stage, step) in top_ups {
            let ids = listed(app, cell, List::StageTopUps(stage));
            owed.extend(ids.map(|it| (Movement::TopUp(TopUpId::from_raw(it)), step)));
        }
        for (stage, step) in withdrawals {
            let ids = listed(app, cell, List::StageWithdrawals(stage));
            owed.extend(ids.map(|it| (Movement::Withdrawal(WithdrawalId::from_raw(it)), step)));
        }
    }
    owed
}

fn listed(app: &App, cell: CellId, list: List) -> impl Iterator<Item = u64> + use<> {
    let found = app.read(cell, |view| view.list(list, Direction::Forwards, None, ROUND));
    // What cannot be read now is looked for again in the next round.
    found.map(|(ids, _)| ids).unwrap_or_default().into_iter()
}

/// Takes one movement one step further. Returns whether the bank answered.
async fn deal_with(app: &App, bank: &HttpBank, movement: Movement, step: Step) -> bool {
    let Some(instruction) = instruction(app, movement) else { return true };
    if !app.breaker().may_call(Instant::now()) {
        return false;
    }
    let answer = match step {
        Step::Send => {
            // Written down first: from now on the bank may have heard of it.
            if !tell(app, movement, Said::nothing(BankEvent::Send)).await {
                return true;
            }
            bank.instruct(&instruction).await
        }
        Step::Ask => match bank.inquire(&instruction.reference).await {
            Ok(Found::Answer(answer)) => Ok(answer),
            // It never arrived. The same reference can do no harm, whatever happens now.
            Ok(Found::NotFound { .. }) => bank.instruct(&instruction).await,
            Err(silence) => Err(silence),
        },
    };
    app.breaker().ended(Instant::now(), answer.is_ok());
    let said = Said::of(answer, movement);
    // What the ledger does not take is asked again, like silence: not at once and for ever.
    tell(app, movement, said).await && said.event != BankEvent::Silence
}

/// What a bank's answer means to the ledger.
#[derive(Clone, Copy)]
struct Said {
    event: BankEvent,
    reference: Option<BankReference>,
    amount: Option<Money>,
}

impl Said {
    fn nothing(event: BankEvent) -> Said {
        Said { event, reference: None, amount: None }
    }

    /// The meaning of an answer, or of silence.
    fn of(answer: Result<Answer, Silence>, movement: Movement) -> Said {
        match answer {
            Ok(Answer::Executed { bank_reference, amount, currency, .. }) => {
                Said::moved(BankEvent::Confirm, &bank_reference, amount, &currency)
            }
            // A payout came back under a number of its own. A collection that was undone never
            // reached anybody here.
            Ok(Answer::Returned { return_reference, amount, currency, .. }) => match movement {
                Movement::Withdrawal(_) => {
                    Said::moved(BankEvent::Return, &return_reference, amount, &currency)
                }
                Movement::TopUp(_) => Said::nothing(BankEvent::Return),
            },
            Ok(Answer::Rejected { .. }) => Said::nothing(BankEvent::Reject),
            Ok(Answer::Pending) | Err(_) => Said::nothing(BankEvent::Silence),
        }
    }

    /// What the bank really moved. If that cannot be read, a person has to look: a sum that is not
    /// understood is not the one that was intended.
    fn moved(event: BankEvent, number: &str, amount: u64, currency: &str) -> Said {
        let bank = BankName::new(BANK).zip(BankNumber::new(number));
        let reference = bank.map(|(bank, number)| BankReference { bank, number });
        match Currency::from_code(currency).map(|it| Money::new(amount, it)) {
            Some(amount) => Said { event, reference, amount: Some(amount) },
            None => Said { event: BankEvent::Investigate, reference, amount: None },
        }
    }
}

/// Tells the ledger what the bank did. Returns whether it made a difference.
async fn tell(app: &App, movement: Movement, said: Said) -> bool {
    let Said { event, reference, amount } = said;
    let (cell, command) = match movement {
        Movement::TopUp(top_up) => {
            let command = AdvanceTopUp { top_up, event, reference, amount };
            (top_up.cell(), Command::AdvanceTopUp(command))
        }
        Movement::Withdrawal(withdrawal) => {
            let command = AdvanceWithdrawal { withdrawal, event, reference, amount };
            (withdrawal.cell(), Command::AdvanceWithdrawal(command))
        }
    };
    // No name: the stage itself takes each event once.
    let request = Request { id: RequestId::UNNAMED, actor: Actor::Bank, command };
    let answered = app.ask(cell, request).await;
    answered.is_ok_and(|it| matches!(it.answer.outcome, ledger::command::Outcome::Accepted(_)))
}

/// What the bank is asked to do, under the reference that never changes.
fn instruction(app: &App, movement: Movement) -> Option<Instruction> {
    let reference = movement.reference();
    let (kind, card, amount) = match movement {
        Movement::TopUp(id) => {
            let (found, _) = app.read(id.cell(), |view| view.top_up(id)).ok()?;
            let it = found?;
            (Kind::Collect, it.card, it.amount)
        }
        Movement::Withdrawal(id) => {
            let (found, _) = app.read(id.cell(), |view| view.withdrawal(id)).ok()?;
            let it = found?;
            (Kind::Payout, it.card, it.amount)
        }
    };
    let token = token(app, card)?;
    let (amount, currency): (Money, _) = (amount, amount.currency().code().to_owned());
    Some(Instruction { reference, kind, token, amount: amount.minor(), currency })
}

/// The bank's token for a card, from the record that added it.
fn token(app: &App, card: CardId) -> Option<String> {
    let (found, _) = app.read(card.cell(), |view| view.card(card)).ok()?;
    let request = app.engine().request_at(card.cell(), found?.position).ok()?;
    let Command::AddCard(it) = request.command else { return None };
    Some(it.token.as_str().to_owned())
}
