//! A top-up or a withdrawal, as its bank sees it.

use crate::app::App;
use bank::{Answer, Instruction, Kind, Silence};
use ledger::bank::{BankEvent, BankReference, TopUpStage, WithdrawalStage};
use ledger::command::{AdvanceTopUp, AdvanceWithdrawal, Command, Outcome, Request};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::id::{CardId, CellId, RequestId, TopUpId, WithdrawalId};
use ledger::money::Money;
use ledger::name::{BankName, BankNumber};
use ledger::time::Time;
use store::{Miss, View};

/// Which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Movement {
    TopUp(TopUpId),
    Withdrawal(WithdrawalId),
}

/// What its bank has to do with it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The bank has not heard of it.
    Created,
    /// The bank may have heard of it, and nobody waits for the answer any more.
    Sent,
    /// The bank was silent.
    Unknown,
    /// The bank did it, or is looked into.
    Done,
    /// The bank refused it, or undid it.
    Ended,
}

/// What the books say of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) movement: Movement,
    pub(crate) stage: Stage,
    pub(crate) card: CardId,
    pub(crate) amount: Money,
    pub(crate) created_at: Time,
    pub(crate) changed_at: Time,
}

impl Movement {
    /// What the bank knows it by.
    pub(crate) fn reference(self) -> String {
        match self {
            Movement::TopUp(id) => id.to_string(),
            Movement::Withdrawal(id) => id.to_string(),
        }
    }

    /// The movement with this reference, if it is one of ours.
    pub(crate) fn parse(reference: &str) -> Option<Movement> {
        let top_up = TopUpId::parse(reference).map(Movement::TopUp);
        top_up.or_else(|_| WithdrawalId::parse(reference).map(Movement::Withdrawal)).ok()
    }

    /// A number that no other movement has.
    pub(crate) fn key(self) -> u64 {
        match self {
            Movement::TopUp(id) => id.raw() << 1,
            Movement::Withdrawal(id) => id.raw() << 1 | 1,
        }
    }

    /// The movement with this number.
    pub(crate) fn from_key(key: u64) -> Movement {
        if key & 1 == 0 {
            Movement::TopUp(TopUpId::from_raw(key >> 1))
        } else {
            Movement::Withdrawal(WithdrawalId::from_raw(key >> 1))
        }
    }

    /// Its row in the books.
    pub(crate) fn row(self, view: &View<'_>) -> Result<Option<Row>, Miss> {
        let movement = self;
        Ok(match movement {
            Movement::TopUp(id) => view.top_up(id)?.map(|it| Row {
                movement,
                stage: match it.stage {
                    TopUpStage::Created => Stage::Created,
                    TopUpStage::Sent => Stage::Sent,
                    TopUpStage::Unknown => Stage::Unknown,
                    TopUpStage::Credited
                    | TopUpStage::Investigating
                    | TopUpStage::Paying
                    | TopUpStage::Returning => Stage::Done,
                    TopUpStage::Rejected | TopUpStage::Returned => Stage::Ended,
                },
                card: it.card,
                amount: it.amount,
                created_at: it.created_at,
                changed_at: it.changed_at,
            }),
            Movement::Withdrawal(id) => view.withdrawal(id)?.map(|it| Row {
                movement,
                stage: match it.stage {
                    WithdrawalStage::Created => Stage::Created,
                    WithdrawalStage::Sent => Stage::Sent,
                    WithdrawalStage::Unknown => Stage::Unknown,
                    WithdrawalStage::Paid | WithdrawalStage::Investigating => Stage::Done,
                    WithdrawalStage::Rejected | WithdrawalStage::Returned => Stage::Ended,
                },
                card: it.card,
                amount: it.amount,
                created_at: it.created_at,
                changed_at: it.changed_at,
            }),
        })
    }

    /// Its row in the books, wherever it is.
    pub(crate) fn find(self, app: &App) -> Option<Row> {
        app.read(self.cell(), |view| self.row(view)).ok()?.0
    }

    /// The cell whose it is.
    pub(crate) fn cell(self) -> CellId {
        match self {
            Movement::TopUp(id) => id.cell(),
            Movement::Withdrawal(id) => id.cell(),
        }
    }

    /// Tells the ledger what the bank did.
    pub(crate) async fn tell(self, app: &App, said: Said) -> Taken {
        let Said { event, reference, amount } = said;
        let command = match self {
            Movement::TopUp(top_up) => {
                Command::AdvanceTopUp(AdvanceTopUp { top_up, event, reference, amount })
            }
            Movement::Withdrawal(withdrawal) => {
                let command = AdvanceWithdrawal { withdrawal, event, reference, amount };
                Command::AdvanceWithdrawal(command)
            }
        };
        // No name: the stage itself takes each event once.
        let request = Request { id: RequestId::UNNAMED, actor: Actor::Bank, command };
        match app.ask(self.cell(), request).await {
            Ok(it) if matches!(it.answer.outcome, Outcome::Accepted(_)) => Taken::Yes,
            Ok(_) => Taken::No,
            Err(_) => Taken::NotHeard,
        }
    }
}

impl Row {
    /// What the bank is asked to do, under the reference that never changes.
    pub(crate) fn instruction(&self, token: &str) -> Instruction {
        let kind = match self.movement {
            Movement::TopUp(_) => Kind::Collect,
            Movement::Withdrawal(_) => Kind::Payout,
        };
        Instruction {
            reference: self.movement.reference(),
            kind,
            token: token.to_owned(),
            amount: self.amount.minor(),
            currency: self.amount.currency().code().to_owned(),
        }
    }
}

/// Whether the ledger took what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It changed something.
    Yes,
    /// It changes nothing.
    No,
    /// It did not hear it: too much to do, or no room on the disk.
    NotHeard,
}

/// What a bank's answer means to the ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    event: BankEvent,
    reference: Option<BankReference>,
    amount: Option<Money>,
}

impl Said {
    pub(crate) fn nothing(event: BankEvent) -> Said {
        Said { event, reference: None, amount: None }
    }

    /// The meaning of an answer, or of silence, for a movement that the books have like this: one
    /// thing after the other.
    pub(crate) fn of(answer: &Result<Answer, Silence>, bank: BankName, row: &Row) -> Vec<Said> {
        let moved = |event, number: &str, amount: &u64, currency: &str| {
            Said::moved(event, (bank, number), *amount, currency)
        };
        match answer {
            Ok(Answer::Executed { bank_reference, amount, currency, .. }) => {
                vec![moved(BankEvent::Confirm, bank_reference, amount, currency)]
            }
            Ok(Answer::Returned { bank_reference, return_reference, amount, currency, .. }) => {
                let executed = || moved(BankEvent::Confirm, bank_reference, amount, currency);
                let returned = || moved(BankEvent::Return, return_reference, amount, currency);
                match (row.movement, row.stage) {
                    // What was refused and then undone has moved nothing; a collection that was
                    // undone never reached anybody here.
                    (Movement::TopUp(_), _) | (_, Stage::Ended) => {
                        vec![Said::nothing(BankEvent::Return)]
                    }
                    // A payout comes back under a number of its own.
                    (Movement::Withdrawal(_), Stage::Done) => vec![returned()],
                    (Movement::Withdrawal(_), Stage::Created | Stage::Sent | Stage::Unknown) => {
                        vec![executed(), returned()]
                    }
                }
            }
            Ok(Answer::Rejected { .. }) => vec![Said::nothing(BankEvent::Reject)],
            Ok(Answer::Pending) | Err(_) => vec![Said::nothing(BankEvent::Silence)],
        }
    }

    /// What the bank really moved. If that cannot be read, a person has to look: a sum that is not
    /// understood is not the one that was intended.
    fn moved(event: BankEvent, said: (BankName, &str), amount: u64, currency: &str) -> Said {
        let (bank, number) = said;
        let reference = BankNumber::new(number).map(|number| BankReference { bank, number });
        match Currency::from_code(currency).map(|it| Money::new(amount, it)) {
            Some(amount) => Said { event, reference, amount: Some(amount) },
            None => Said { event: BankEvent::Investigate, reference, amount: None },
        }
    }
}
