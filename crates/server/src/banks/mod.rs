//! The banks: every top-up and withdrawal is brought to its bank, and the bank's answer to the
//! books.
//!
//! What is owed to a bank is what the books list as created, sent or unknown; nothing else is kept.
//! `Send` is durable before the bank hears anything; silence is written down as silence and ends
//! with a question, never with a second instruction under another reference. Each bank has its own
//! [`Desk`], and a sick one takes nothing from the others.

mod breaker;
mod budget;
mod desk;
mod movement;
mod schedule;
mod worker;

pub use breaker::PROBE;
pub use desk::{BankOptions, Desk, Waiting};
pub use schedule::Schedule;
pub use worker::run;

pub(crate) use movement::{Movement, Row, Said, Stage, Taken};

use crate::app::App;
use ::bank::Notice;
use ledger::command::Command;
use ledger::id::CardId;
use ledger::name::BankName;
use ledger::time::Time;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Cards that are remembered, so that the journal is not read for every movement.
const CARDS_MAX: usize = 100_000;

/// A card, as its bank knows it.
#[derive(Clone)]
pub(crate) struct AtBank {
    pub(crate) bank: BankName,
    pub(crate) token: Arc<str>,
}

/// Every bank that the platform talks to.
pub struct Banks {
    desks: Vec<Arc<Desk>>,
    /// How much faster than a clock the schedules run; 1 unless somebody tests.
    scale: u32,
    cards: Mutex<HashMap<CardId, AtBank>>,
}

impl Banks {
    /// These banks.
    pub fn new(banks: Vec<BankOptions>, scale: u32) -> Banks {
        let scale = scale.max(1);
        let desks = banks.into_iter().map(|it| Arc::new(Desk::new(it, scale))).collect();
        Banks { desks, scale, cards: Mutex::default() }
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Desk>] {
        &self.desks
    }

    /// The one with this name.
    pub fn named(&self, name: &str) -> Option<&Arc<Desk>> {
        self.desks.iter().find(|it| it.name.as_str() == name)
    }

    /// The one of a card, its place among them, and the card's token there.
    pub(crate) fn of_card(&self, app: &App, card: CardId) -> Option<(usize, &Arc<Desk>, Arc<str>)> {
        let cards = || self.cards.lock().unwrap_or_else(PoisonError::into_inner);
        let known = cards().get(&card).cloned();
        let AtBank { bank, token } = if let Some(known) = known {
            known
        } else {
            let found = read_card(app, card)?;
            let mut cards = cards();
            if cards.len() >= CARDS_MAX {
                cards.clear();
            }
            cards.insert(card, found.clone());
            found
        };
        let (place, desk) = self.desks.iter().enumerate().find(|(_, it)| it.name == bank)?;
        Some((place, desk, token))
    }

    /// How much faster than a clock the schedules run.
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// When a bank that is silent about a movement is asked next; never, if only its statement is
    /// left.
    pub(crate) fn next_question(&self, row: &Row, now: Time) -> Option<Time> {
        self.schedule(row).next(now)
    }

    /// When a movement about which a bank is silent is asked about.
    fn schedule(&self, row: &Row) -> Schedule {
        Schedule::new(row.changed_at, row.movement.key(), self.scale)
    }
}

/// The bank says that it has an answer. It is not believed, only asked, and only if the answer may
/// be new: a notice that is repeated a hundredfold leads to one question.
pub(crate) fn notice(app: &App, desk: &Desk, notice: &Notice) {
    let Some(movement) = Movement::parse(&notice.reference) else { return };
    let Some(row) = movement.find(app) else { return };
    let known = app.banks().of_card(app, row.card);
    let its_own = known.is_some_and(|(_, it, _)| it.name == desk.name);
    if its_own && desk::is_news(row.stage, &notice.answer) {
        desk.notice(movement);
    }
}

/// A card, from the record that added it.
fn read_card(app: &App, card: CardId) -> Option<AtBank> {
    let (found, _) = app.read(card.cell(), |view| view.card(card)).ok()?;
    let request = app.engine().request_at(card.cell(), found?.position).ok()?;
    if let Command::AddSealedCard(it) = request.command {
        return Some(AtBank { bank: it.bank, token: it.token.as_str().into() });
    }
    let Command::AddCard(it) = request.command else { return None };
    Some(AtBank { bank: it.bank, token: it.token.as_str().into() })
}
