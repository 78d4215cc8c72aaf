//! How money moves in the bank's books.

use super::super::cards::Behaviour;
use super::super::faults::{Dice, StatementFault};
use super::work::Work;
use super::{BALANCES, MOVEMENTS, Movement, OPENING, STATEMENT_FAULTS, failed};
use crate::{Answer, Instruction, Kind, Side};
use redb::ReadableTable as _;
use std::io;

impl Work<'_> {
    pub(super) fn execute(&self, it: &Instruction) -> io::Result<Answer> {
        let rejected = |reason: &str| Ok(Answer::Rejected { reason: reason.to_owned() });
        let dice = Dice::new(self.faults, &it.reference, 0);
        let behaviour = self.behaviour(&it.token)?.unwrap_or(Behaviour::Plain);
        let plain = behaviour == Behaviour::Plain;
        let differs = plain && dice.hits("amount_differs", self.faults.amount_differs);
        let amount = match (differs, dice.roll("amount_differs: how?", 2)) {
            (true, 0) if it.amount > 1 => it.amount - 1,
            (true, _) => it.amount.saturating_add(1),
            (false, _) => it.amount,
        };
        let Ok(moving) = i64::try_from(amount) else { return rejected("amount_invalid") };
        let (card, reserve) = self.accounts(it)?;
        let from = match it.kind {
            Kind::Collect => &card,
            Kind::Payout => &reserve,
        };
        if self.balance(from)? < moving {
            return rejected("insufficient_funds");
        }
        if differs {
            self.note("amount_differs", &it.reference, None)?;
        }
        let side = match it.kind {
            Kind::Collect => Side::Credit,
            Kind::Payout => Side::Debit,
        };
        let bank_reference = self.book(it, amount, side, None)?;
        self.spoil_row(it, behaviour, &bank_reference)?;
        let (currency, at) = (it.currency.clone(), self.now);
        Ok(Answer::Executed { bank_reference, amount, currency, at })
    }

    /// Decides what will be wrong with the movement that was just booked, in the statement.
    fn spoil_row(&self, it: &Instruction, card: Behaviour, bank_reference: &str) -> io::Result<()> {
        let fault = if card == Behaviour::StatementAmount {
            Some(StatementFault::Amount)
        } else {
            StatementFault::roll(self.faults, &Dice::new(self.faults, bank_reference, 0))
        };
        let Some(fault) = fault else { return Ok(()) };
        let movements = self.write.open_table(MOVEMENTS).map_err(failed)?;
        let last = movements.last().map_err(failed)?.map_or(0, |(last, _)| last.value());
        let mut faults = self.write.open_table(STATEMENT_FAULTS).map_err(failed)?;
        faults.insert(last, serde_json::to_vec(&fault)?.as_slice()).map_err(failed)?;
        self.note(fault.name(), &it.reference, Some(bank_reference.to_owned()))
    }

    pub(super) fn give_back(
        &self,
        it: &Instruction,
        first: &str,
        amount: u64,
        reason: String,
    ) -> io::Result<Answer> {
        let side = match it.kind {
            Kind::Collect => Side::Debit,
            Kind::Payout => Side::Credit,
        };
        // From the reserve even if it is not there: a bank does not ask.
        let return_reference = self.book(it, amount, side, Some(first.to_owned()))?;
        let (bank_reference, currency) = (first.to_owned(), it.currency.clone());
        let at = self.now;
        Ok(Answer::Returned { bank_reference, return_reference, amount, currency, at, reason })
    }

    /// The names of the card's account and of the reserve, with something on the card.
    fn accounts(&self, it: &Instruction) -> io::Result<(String, String)> {
        let name = |account: &str| format!("{account}/{}", it.currency);
        let card = name(&it.token);
        let balances = self.write.open_table(BALANCES).map_err(failed)?;
        let fresh = balances.get(card.as_str()).map_err(failed)?.is_none();
        drop(balances);
        if fresh {
            self.add(&card, OPENING)?;
            self.add(&name("outside"), -OPENING)?;
        }
        Ok((card, name("reserve")))
    }

    /// Moves money, and writes down that it moved.
    fn book(
        &self,
        it: &Instruction,
        amount: u64,
        side: Side,
        returns: Option<String>,
    ) -> io::Result<String> {
        let moving = i64::try_from(amount).map_err(failed)?;
        let (card, reserve) = self.accounts(it)?;
        let (from, to) = match side {
            Side::Credit => (card, reserve),
            Side::Debit => (reserve, card),
        };
        self.add(&from, -moving)?;
        self.add(&to, moving)?;
        let mut movements = self.write.open_table(MOVEMENTS).map_err(failed)?;
        let number = movements.last().map_err(failed)?.map_or(0, |(last, _)| last.value() + 1);
        let bank_reference = format!("bank-{number:012}");
        let movement = Movement {
            number,
            bank_reference: bank_reference.clone(),
            reference: it.reference.clone(),
            kind: it.kind,
            token: it.token.clone(),
            amount,
            currency: it.currency.clone(),
            side,
            at: self.now,
            returns,
        };
        let bytes = serde_json::to_vec(&movement)?;
        movements.insert(number, bytes.as_slice()).map_err(failed)?;
        Ok(bank_reference)
    }

    fn balance(&self, name: &str) -> io::Result<i64> {
        let balances = self.write.open_table(BALANCES).map_err(failed)?;
        Ok(balances.get(name).map_err(failed)?.map_or(0, |it| it.value()))
    }

    fn add(&self, name: &str, amount: i64) -> io::Result<()> {
        let before = self.balance(name)?;
        let after = before.checked_add(amount).ok_or_else(|| failed("a balance too large"))?;
        let mut balances = self.write.open_table(BALANCES).map_err(failed)?;
        balances.insert(name, after).map_err(failed)?;
        Ok(())
    }
}
