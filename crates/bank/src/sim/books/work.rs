//! What is done within one transaction of the books.

use super::super::cards::{Behaviour, SLOW, is_card_number};
use super::super::faults::{Dice, Faults};
use super::super::script::{Act, Manner, Script};
use super::{
    AGENDA, APPLIED, After, Applied, CARDS, COUNTERS, Change, Due, INQUIRIES_KEPT, Kept, OUTBOX,
    REFERENCES, SETUP, Told, What, failed,
};
use crate::{Answer, Instruction};
use redb::{ReadableTable as _, WriteTransaction};
use sha2::{Digest as _, Sha256};
use std::io;
use tokio::sync::oneshot;

pub(super) struct Work<'a> {
    pub(super) write: &'a WriteTransaction,
    /// The bank's time.
    pub(super) now: u64,
    pub(super) faults: &'a Faults,
    /// After how many milliseconds what the bank never heard of is closed.
    pub(super) finality: u64,
}

/// A card, as it is kept under its token.
#[derive(serde::Serialize, serde::Deserialize)]
struct Card {
    last_four: String,
    behaviour: Behaviour,
}

impl Work<'_> {
    pub(super) fn make(&self, change: Change) -> io::Result<Box<dyn FnOnce()>> {
        match change {
            Change::Tokenise(number, tell) => {
                let token = self.tokenise(&number)?;
                Ok(telling(tell, token))
            }
            Change::Instruct(instruction, tell) => {
                let told = self.instruct(instruction)?;
                Ok(telling(tell, told))
            }
            Change::Inquire(reference, tell) => {
                let told = self.inquire(&reference)?;
                Ok(telling(tell, told))
            }
            Change::Told(letters, tell) => {
                for (place, after) in letters {
                    let mut outbox = self.write.open_table(OUTBOX).map_err(failed)?;
                    outbox.remove(place).map_err(failed)?;
                    drop(outbox);
                    if let After::Later(due, letter) = after {
                        self.post(due, &letter)?;
                    }
                }
                Ok(telling(tell, ()))
            }
            Change::Nothing(tell) => Ok(telling(tell, ())),
            Change::Setup(name, bytes, tell) => {
                let mut setup = self.write.open_table(SETUP).map_err(failed)?;
                setup.insert(name, bytes.as_slice()).map_err(failed)?;
                Ok(telling(tell, ()))
            }
        }
    }

    fn tokenise(&self, number: &str) -> io::Result<Option<String>> {
        if !is_card_number(number) {
            return Ok(None);
        }
        let token = token_of(number);
        let last_four = number.get(number.len() - 4..).unwrap_or_default().to_owned();
        let card = Card { last_four, behaviour: Behaviour::of(number) };
        let bytes = serde_json::to_vec(&card)?;
        let mut cards = self.write.open_table(CARDS).map_err(failed)?;
        cards.insert(token.as_str(), bytes.as_slice()).map_err(failed)?;
        Ok(Some(token))
    }

    pub(super) fn behaviour(&self, token: &str) -> io::Result<Option<Behaviour>> {
        let cards = self.write.open_table(CARDS).map_err(failed)?;
        let found = cards.get(token).map_err(failed)?;
        let card = found.map(|it| serde_json::from_slice::<Card>(it.value())).transpose()?;
        Ok(card.map(|it| it.behaviour))
    }

    fn kept(&self, reference: &str) -> io::Result<Kept> {
        let references = self.write.open_table(REFERENCES).map_err(failed)?;
        match references.get(reference).map_err(failed)? {
            Some(bytes) => Ok(serde_json::from_slice(bytes.value())?),
            None => Ok(Kept { reference: reference.to_owned(), ..Kept::default() }),
        }
    }

    fn keep(&self, kept: &Kept) -> io::Result<()> {
        let bytes = serde_json::to_vec(kept)?;
        let mut references = self.write.open_table(REFERENCES).map_err(failed)?;
        references.insert(kept.reference.as_str(), bytes.as_slice()).map_err(failed)?;
        Ok(())
    }

    fn instruct(&self, instruction: Instruction) -> io::Result<Told> {
        let mut kept = self.kept(&instruction.reference)?;
        kept.instructed = kept.instructed.saturating_add(1);
        let reference = kept.reference.clone();
        let dice = Dice::new(self.faults, &reference, kept.instructed);
        let told = match &kept.instruction {
            Some(before) if *before != instruction => {
                Told { what: What::OtherContent, manner: Manner::Promptly }
            }
            Some(_) => {
                let what = kept.answer.clone().map_or(What::Lost, What::Answer);
                Told { what, manner: self.manner("instruct", &dice, &reference)? }
            }
            None => {
                // The same throw as in `manner`.
                let silent = dice.hits("instruct timeout", self.faults.timeout);
                if silent && dice.roll("timeout: did it arrive?", 2) == 0 {
                    self.note("timeout_not_executed", &reference, None)?;
                    Told { what: What::Lost, manner: Manner::Never }
                } else {
                    let manner = self.begin(&mut kept, instruction, &dice, silent)?;
                    Told { what: kept.answer.clone().map_or(What::Lost, What::Answer), manner }
                }
            }
        };
        self.keep(&kept)?;
        Ok(told)
    }

    /// Takes an instruction that the bank sees for the first time.
    fn begin(
        &self,
        kept: &mut Kept,
        instruction: Instruction,
        dice: &Dice<'_>,
        silent: bool,
    ) -> io::Result<Manner> {
        let (token, kind, amount) = (&instruction.token, instruction.kind, instruction.amount);
        let behaviour = self.behaviour(token)?;
        let no = |reason: &str| Script::now(Act::Reject(reason.to_owned()));
        let (script, fault) = match behaviour {
            _ if kept.closed_at.is_some() => (no("reference_closed"), None),
            None => (no("no_such_card"), None),
            Some(_) if i64::try_from(amount).map_or(true, |it| it <= 0) => {
                (no("amount_invalid"), None)
            }
            Some(behaviour) => Script::write(behaviour, kind, self.faults, dice),
        };
        if let Some(fault) = fault {
            self.note(fault, &kept.reference, None)?;
        }
        kept.instruction = Some(instruction);
        let mut early = None;
        for (after, act) in script.acts {
            if after == 0 {
                early = self.act(kept, act)?;
                continue;
            }
            if kept.answer.is_none() {
                self.answer(kept, Answer::Pending);
            }
            let due = self.now.saturating_add(after.saturating_mul(1_000));
            let bytes = serde_json::to_vec(&Due { reference: kept.reference.clone(), act })?;
            let number = self.next("agenda")?;
            let mut agenda = self.write.open_table(AGENDA).map_err(failed)?;
            agenda.insert((due, number), bytes.as_slice()).map_err(failed)?;
        }
        let late = matches!(behaviour, Some(Behaviour::LateSuccess | Behaviour::LateFailure));
        if late {
            return Ok(Manner::Never);
        }
        if behaviour == Some(Behaviour::Slow) && !silent {
            return Ok(Manner::Slowly(SLOW));
        }
        match early {
            Some(place) if !silent && dice.hits("notice_early", self.faults.notice_early) => {
                self.note("notice_early", &kept.reference, None)?;
                Ok(Manner::AfterNotice(place))
            }
            Some(_) | None => self.manner("instruct", dice, &kept.reference),
        }
    }

    /// What the bank's answer has to suffer.
    fn manner(&self, asked: &str, dice: &Dice<'_>, reference: &str) -> io::Result<Manner> {
        if dice.hits(&format!("{asked} timeout"), self.faults.timeout) {
            self.note("timeout", reference, None)?;
            return Ok(Manner::Never);
        }
        if dice.hits(&format!("{asked} garbled"), self.faults.garbled) {
            self.note("garbled", reference, None)?;
            return Ok(Manner::Garbled(dice.roll("garbled: how?", 3)));
        }
        if dice.hits(&format!("{asked} slow"), self.faults.slow) {
            self.note("slow", reference, None)?;
            return Ok(Manner::Slowly(self.faults.slow_seconds));
        }
        Ok(Manner::Promptly)
    }

    fn inquire(&self, reference: &str) -> io::Result<Told> {
        let mut kept = self.kept(reference)?;
        kept.inquired = kept.inquired.saturating_add(1);
        if kept.inquiries.len() < INQUIRIES_KEPT {
            kept.inquiries.push(self.now);
        }
        let dice = Dice::new(self.faults, reference, kept.inquired);
        let manner = self.manner("inquire", &dice, reference)?;
        let what = if let Some(answer) = &kept.answer {
            What::Answer(answer.clone())
        } else {
            // Since the first question: what was sent before it has arrived by then, or never will.
            let since = kept.inquiries.first().copied().unwrap_or(self.now);
            if self.now >= since.saturating_add(self.finality) && kept.closed_at.is_none() {
                kept.closed_at = Some(self.now);
            }
            What::NotFound { is_final: kept.closed_at.is_some() }
        };
        self.keep(&kept)?;
        Ok(Told { what, manner })
    }

    /// Does what is due by now.
    pub(super) fn do_what_is_due(&self, at_most: usize) -> io::Result<()> {
        let mut agenda = self.write.open_table(AGENDA).map_err(failed)?;
        let mut due = Vec::new();
        for row in agenda.range(..=(self.now, u64::MAX)).map_err(failed)?.take(at_most) {
            let (place, bytes) = row.map_err(failed)?;
            due.push((place.value(), serde_json::from_slice::<Due>(bytes.value())?));
        }
        for (place, _) in &due {
            agenda.remove(*place).map_err(failed)?;
        }
        drop(agenda);
        for (_, Due { reference, act }) in due {
            let mut kept = self.kept(&reference)?;
            self.act(&mut kept, act)?;
            self.keep(&kept)?;
        }
        Ok(())
    }

    /// Does something, and tells of it. Returns the place of the letter, if there is one.
    fn act(&self, kept: &mut Kept, act: Act) -> io::Result<Option<(u64, u64)>> {
        let Some(instruction) = kept.instruction.clone() else { return Ok(None) };
        let answer = match act {
            // Once, whatever happens.
            Act::Execute if kept.executed > 0 => return Ok(None),
            Act::Execute => {
                let answer = self.execute(&instruction)?;
                kept.executed += u32::from(matches!(answer, Answer::Executed { .. }));
                answer
            }
            Act::Reject(reason) => Answer::Rejected { reason },
            Act::Return(reason) => match &kept.answer {
                Some(Answer::Executed { bank_reference, amount, .. }) => {
                    kept.returned += 1;
                    self.give_back(&instruction, bank_reference, *amount, reason)?
                }
                // There is nothing to give back.
                Some(Answer::Rejected { .. } | Answer::Pending | Answer::Returned { .. })
                | None => {
                    return Ok(None);
                }
            },
        };
        self.answer(kept, answer.clone());
        let behaviour = self.behaviour(&instruction.token)?.unwrap_or(Behaviour::Plain);
        self.notify(kept, answer, behaviour)
    }

    fn answer(&self, kept: &mut Kept, answer: Answer) {
        kept.history.push((self.now, answer.clone()));
        kept.answer = Some(answer);
    }

    /// Writes down that something went wrong on purpose.
    pub(super) fn note(&self, fault: &str, reference: &str, of: Option<String>) -> io::Result<()> {
        let number = self.next("applied")?;
        let (fault, reference) = (fault.to_owned(), reference.to_owned());
        let applied = Applied { number, at: self.now, fault, reference, bank_reference: of };
        let bytes = serde_json::to_vec(&applied)?;
        let mut table = self.write.open_table(APPLIED).map_err(failed)?;
        table.insert(number, bytes.as_slice()).map_err(failed)?;
        Ok(())
    }

    /// The next number of a kind.
    pub(super) fn next(&self, kind: &str) -> io::Result<u64> {
        let mut counters = self.write.open_table(COUNTERS).map_err(failed)?;
        let next = counters.get(kind).map_err(failed)?.map_or(0, |it| it.value());
        counters.insert(kind, next.saturating_add(1)).map_err(failed)?;
        Ok(next)
    }
}

/// Tells it, once it is durable.
fn telling<T: 'static>(tell: oneshot::Sender<T>, what: T) -> Box<dyn FnOnce()> {
    // Whoever asked may have gone.
    Box::new(move || _ = tell.send(what))
}

fn token_of(number: &str) -> String {
    let digest = Sha256::digest(format!("simulated bank {number}"));
    let digest = digest.first_chunk().copied().unwrap_or_default();
    format!("tok_{:032x}", u128::from_be_bytes(digest))
}
