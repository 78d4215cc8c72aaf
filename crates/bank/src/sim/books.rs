//! The simulated bank's books, in an embedded database. One thread writes; whatever has arrived
//! while it synced is written in one go.

use crate::{Answer, Instruction, Kind};
use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

/// A card's token, to its number's last four digits.
const CARDS: TableDefinition<'_, &str, &str> = TableDefinition::new("cards");
/// An account and a currency, to its balance in minor units.
const BALANCES: TableDefinition<'_, &str, i64> = TableDefinition::new("balances");
/// A reference, to what was asked and answered under it.
const INSTRUCTIONS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("instructions");
/// Movements of money, in order.
const MOVEMENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("movements");

/// What a card begins with, in minor units.
const OPENING: i64 = 100_000_000_000;
/// Changes that are written in one go.
const TOGETHER: usize = 1_024;

/// What is answered to an instruction.
#[derive(Debug)]
pub(super) enum Told {
    Answer(Answer),
    OtherContent,
}

/// What is kept of an instruction.
#[derive(Serialize, Deserialize)]
struct Kept {
    instruction: Instruction,
    answer: Answer,
}

/// Money that moved.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Movement {
    number: u64,
    bank_reference: String,
    #[serde(flatten)]
    instruction: Instruction,
}

enum Change {
    Tokenise(String, oneshot::Sender<Option<String>>),
    Instruct(Instruction, oneshot::Sender<Told>),
}

pub(super) struct Books {
    database: Arc<Database>,
    changes: Sender<Change>,
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

impl Books {
    pub(super) fn open(directory: &Path) -> io::Result<Books> {
        std::fs::create_dir_all(directory)?;
        let database = Database::create(directory.join("bank.redb")).map_err(failed)?;
        let database = Arc::new(database);
        let begin = database.begin_write().map_err(failed)?;
        {
            begin.open_table(CARDS).map_err(failed)?;
            begin.open_table(BALANCES).map_err(failed)?;
            begin.open_table(INSTRUCTIONS).map_err(failed)?;
            begin.open_table(MOVEMENTS).map_err(failed)?;
        }
        begin.commit().map_err(failed)?;
        let (changes, arriving) = channel();
        let theirs = database.clone();
        std::thread::Builder::new()
            .name("bank-books".to_owned())
            .spawn(move || write_all(&theirs, &arriving))?;
        Ok(Books { database, changes })
    }

    /// The token of a card number, if the number is one: the same number, the same token.
    pub(super) async fn tokenise(&self, number: String) -> io::Result<Option<String>> {
        let (tell, told) = oneshot::channel();
        self.changes.send(Change::Tokenise(number, tell)).map_err(failed)?;
        told.await.map_err(failed)
    }

    /// Does an instruction, once.
    pub(super) async fn instruct(&self, instruction: Instruction) -> io::Result<Told> {
        let (tell, told) = oneshot::channel();
        self.changes.send(Change::Instruct(instruction, tell)).map_err(failed)?;
        told.await.map_err(failed)
    }

    /// What was answered under a reference.
    pub(super) fn answer_to(&self, reference: &str) -> io::Result<Option<Answer>> {
        let look = self.database.begin_read().map_err(failed)?;
        let table = look.open_table(INSTRUCTIONS).map_err(failed)?;
        let found = table.get(reference).map_err(failed)?;
        let kept = found.map(|it| serde_json::from_slice::<Kept>(it.value())).transpose()?;
        Ok(kept.map(|it| it.answer))
    }

    /// Movements after a number.
    pub(super) fn movements(&self, after: Option<u64>, limit: usize) -> io::Result<Vec<Movement>> {
        let look = self.database.begin_read().map_err(failed)?;
        let table = look.open_table(MOVEMENTS).map_err(failed)?;
        let from = after.map_or(0, |it| it.saturating_add(1));
        let mut found = Vec::new();
        for row in table.range(from..).map_err(failed)?.take(limit) {
            let (_, bytes) = row.map_err(failed)?;
            found.push(serde_json::from_slice(bytes.value())?);
        }
        Ok(found)
    }

    /// The sums of all cards, the reserve and the outside, by currency.
    pub(super) fn balances(&self) -> io::Result<BTreeMap<String, i64>> {
        let look = self.database.begin_read().map_err(failed)?;
        let table = look.open_table(BALANCES).map_err(failed)?;
        let mut sums = BTreeMap::new();
        for row in table.iter().map_err(failed)? {
            let (name, balance) = row.map_err(failed)?;
            let (account, currency) = name.value().split_once('/').unwrap_or_default();
            let group = if account.starts_with("tok_") { "cards" } else { account };
            *sums.entry(format!("{group}/{currency}")).or_insert(0) += balance.value();
        }
        Ok(sums)
    }
}

/// Writes what arrives until nobody can send any more.
fn write_all(database: &Database, arriving: &Receiver<Change>) {
    while let Ok(first) = arriving.recv() {
        let mut changes = vec![first];
        changes.extend(arriving.try_iter().take(TOGETHER));
        let mut tellers: Vec<Box<dyn FnOnce()>> = Vec::with_capacity(changes.len());
        let written = (|| {
            let write = database.begin_write().map_err(failed)?;
            for change in changes {
                tellers.push(make(&write, change)?);
            }
            write.commit().map_err(failed)
        })();
        match written {
            Ok(()) => tellers.into_iter().for_each(|tell| tell()),
            // Nobody is told anything: for them the bank is silent, which is the truth.
            Err(error) => eprintln!("the bank's books failed: {error}"),
        }
    }
}

fn make(write: &WriteTransaction, change: Change) -> io::Result<Box<dyn FnOnce()>> {
    match change {
        Change::Tokenise(number, tell) => {
            let token = is_card_number(&number).then(|| token_of(&number));
            if let Some(token) = &token {
                let mut cards = write.open_table(CARDS).map_err(failed)?;
                let last_four = number.get(number.len() - 4..).unwrap_or_default();
                cards.insert(token.as_str(), last_four).map_err(failed)?;
            }
            Ok(Box::new(move || drop(tell.send(token))))
        }
        Change::Instruct(instruction, tell) => {
            let told = instruct(write, instruction)?;
            Ok(Box::new(move || drop(tell.send(told))))
        }
    }
}

fn instruct(write: &WriteTransaction, instruction: Instruction) -> io::Result<Told> {
    let mut instructions = write.open_table(INSTRUCTIONS).map_err(failed)?;
    let reference = instruction.reference.clone();
    if let Some(kept) = instructions.get(reference.as_str()).map_err(failed)? {
        let kept: Kept = serde_json::from_slice(kept.value())?;
        let same = kept.instruction == instruction;
        return Ok(if same { Told::Answer(kept.answer) } else { Told::OtherContent });
    }
    let answer = execute(write, &instruction)?;
    let kept = serde_json::to_vec(&Kept { instruction, answer: answer.clone() })?;
    instructions.insert(reference.as_str(), kept.as_slice()).map_err(failed)?;
    Ok(Told::Answer(answer))
}

fn execute(write: &WriteTransaction, it: &Instruction) -> io::Result<Answer> {
    let rejected = |reason: &str| Ok(Answer::Rejected { reason: reason.to_owned() });
    let known = write.open_table(CARDS).map_err(failed)?;
    if known.get(it.token.as_str()).map_err(failed)?.is_none() {
        return rejected("no_such_card");
    }
    let Some(amount) = i64::try_from(it.amount).ok().filter(|it| *it > 0) else {
        return rejected("amount_invalid");
    };
    let mut balances = write.open_table(BALANCES).map_err(failed)?;
    let name = |account: &str| format!("{account}/{}", it.currency);
    let card = name(&it.token);
    if balances.get(card.as_str()).map_err(failed)?.is_none() {
        add(&mut balances, &card, OPENING)?;
        add(&mut balances, &name("outside"), -OPENING)?;
    }
    let (from, to) = match it.kind {
        Kind::Collect => (card, name("reserve")),
        Kind::Payout => (name("reserve"), card),
    };
    let held = balances.get(from.as_str()).map_err(failed)?.map_or(0, |it| it.value());
    if held < amount {
        return rejected("insufficient_funds");
    }
    add(&mut balances, &from, -amount)?;
    add(&mut balances, &to, amount)?;
    let mut movements = write.open_table(MOVEMENTS).map_err(failed)?;
    let number = movements.last().map_err(failed)?.map_or(0, |(last, _)| last.value() + 1);
    let bank_reference = format!("bank-{number:012}");
    let movement =
        Movement { number, bank_reference: bank_reference.clone(), instruction: it.clone() };
    let bytes = serde_json::to_vec(&movement)?;
    movements.insert(number, bytes.as_slice()).map_err(failed)?;
    Ok(Answer::Executed { bank_reference })
}

fn add(table: &mut redb::Table<'_, &str, i64>, name: &str, amount: i64) -> io::Result<()> {
    let before = table.get(name).map_err(failed)?.map_or(0, |it| it.value());
    table.insert(name, before + amount).map_err(failed)?;
    Ok(())
}

fn token_of(number: &str) -> String {
    let digest = Sha256::digest(format!("simulated bank {number}"));
    let digest = digest.first_chunk().copied().unwrap_or_default();
    format!("tok_{:032x}", u128::from_be_bytes(digest))
}

/// Twelve to nineteen digits, the last of which checks the others (ISO/IEC 7812-1, annex B).
fn is_card_number(number: &str) -> bool {
    let digits = number.bytes().all(|it| it.is_ascii_digit());
    if !digits || !(12..=19).contains(&number.len()) {
        return false;
    }
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let each = number.bytes().rev().map(|it| u32::from(it - b'0')).enumerate();
    let sum: u32 = each.map(|(at, it)| if at % 2 == 1 { doubled(it) } else { it }).sum();
    sum.is_multiple_of(10)
}
