//! What the bank tells without being asked, and everything that it does wrong about it.

use super::super::cards::Behaviour;
use super::super::faults::Dice;
use super::work::Work;
use super::{Forgery, Kept, Letter, OUTBOX, failed};
use crate::{Answer, Notice};
use std::io;

impl Work<'_> {
    /// Tells the platform of an answer, as well as this bank can.
    pub(super) fn notify(
        &self,
        kept: &Kept,
        answer: Answer,
        card: Behaviour,
    ) -> io::Result<Option<(u64, u64)>> {
        let (faults, reference) = (self.faults, kept.reference.as_str());
        let nth = u32::try_from(kept.history.len()).unwrap_or(u32::MAX);
        let dice = Dice::new(faults, reference, nth);
        let notice = Notice { reference: reference.to_owned(), answer };
        if dice.hits("notice_forged", faults.notice_forged) {
            self.forge(&notice, &dice)?;
        }
        if dice.hits("notice_lost", faults.notice_lost) {
            self.note("notice_lost", reference, None)?;
            return Ok(None);
        }
        let mut copies = if card == Behaviour::NotifiesTwice { 2 } else { 1 };
        if dice.hits("notice_duplicated", faults.notice_duplicated) {
            let more = dice.roll("notice_duplicated: how often?", faults.notice_copies.into());
            copies = u16::try_from(more).unwrap_or(1).max(1).saturating_add(1);
            self.note("notice_duplicated", reference, None)?;
        }
        let mut due = self.now;
        if dice.hits("notice_delayed", faults.notice_delayed) {
            due = due.saturating_add(faults.notice_delay_seconds.saturating_mul(1_000));
            self.note("notice_delayed", reference, None)?;
        }
        if dice.hits("notice_reordered", faults.notice_reordered) {
            due = due.saturating_add(1_000 + dice.roll("notice_reordered: how long?", 59_000));
            self.note("notice_reordered", reference, None)?;
        }
        let letter = Letter { notice, copies, refused: 0, forgery: None };
        self.post(due, &letter).map(Some)
    }

    /// Sends a notice that is wrong, besides the right one.
    fn forge(&self, notice: &Notice, dice: &Dice<'_>) -> io::Result<()> {
        let mut notice = notice.clone();
        let forgery = match (dice.roll("notice_forged: how?", 3), &mut notice.answer) {
            (0, Answer::Executed { amount, .. } | Answer::Returned { amount, .. }) => {
                *amount = amount.saturating_mul(10);
                Forgery::Amount
            }
            (1, _) => {
                notice.reference = format!("forged-{}", dice.roll("notice_forged", u64::MAX));
                Forgery::Reference
            }
            (_, _) => Forgery::Signature,
        };
        self.note("notice_forged", &notice.reference, None)?;
        let letter = Letter { notice, copies: 1, refused: 0, forgery: Some(forgery) };
        self.post(self.now, &letter).map(drop)
    }

    pub(super) fn post(&self, due: u64, letter: &Letter) -> io::Result<(u64, u64)> {
        let place = (due, self.next("letters")?);
        let mut outbox = self.write.open_table(OUTBOX).map_err(failed)?;
        outbox.insert(place, serde_json::to_vec(letter)?.as_slice()).map_err(failed)?;
        Ok(place)
    }
}
