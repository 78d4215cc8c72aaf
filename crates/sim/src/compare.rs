//! What the books say against what the oracle says: every account, every stage, every message.

use crate::model::{Alarm, Instruction, Model, Owed, place};
use ledger::event::{Actor, EventKind, Subject};
use ledger::id::AccountId;
use ledger::memory::MemoryBooks;
use ledger::money::Money;
use ledger::remittance::Message;
use std::fmt::Debug;

#[expect(clippy::needless_pass_by_value, reason = "callers compare values that they just made")]
fn same<T: PartialEq + Debug>(what: impl Debug, books: T, oracle: T) -> Result<(), String> {
    if books == oracle {
        return Ok(());
    }
    Err(format!("{what:?}: the books say {books:?}, the oracle says {oracle:?}"))
}

/// Says what differs, if anything does.
pub(crate) fn compare(books: &MemoryBooks, model: &Model) -> Result<(), String> {
    accounts(books, model)?;
    orders(books, model)?;
    let state = &model.state;
    same("number of holds", books.holds.len(), state.holds.len())?;
    for (hold, expected) in books.holds.values().zip(&state.holds) {
        let due = hold.due.map(|it| it.0);
        let found = (hold.stage.code(), i128::from(hold.remaining()), i128::from(hold.captured));
        same(hold.id, found, (expected.stage, expected.left, expected.captured))?;
        same(hold.id, due, expected.due)?;
    }
    let found = books.top_ups.values();
    instructions(
        found.map(|it| (it.account, it.stage.code(), it.amount.minor(), it.taken, it.set_aside)),
        &state.top_ups,
    )?;
    let found = books.withdrawals.values();
    instructions(
        found.map(|it| (it.account, it.stage.code(), it.amount.minor(), it.paid, false)),
        &state.withdrawals,
    )?;
    same("number of receipts", books.receipts.len(), state.receipts.len())?;
    for (receipt, expected) in books.receipts.values().zip(&state.receipts) {
        let found = (receipt.stage.code(), receipt.amount, receipt.outgoing);
        same(receipt.id, found, (expected.stage, expected.amount, expected.outgoing))?;
    }
    same("number of proposals", books.proposals.len(), state.proposals.len())?;
    for (proposal, expected) in books.proposals.values().zip(&state.proposals) {
        let failure = proposal.failure.map(ledger::rejection::Rejection::code);
        let found = (proposal.stage.code(), failure, proposal.maker, proposal.checker);
        let expected = (expected.stage, expected.failure, expected.maker, expected.checker);
        same(proposal.id, found, expected)?;
    }
    same("number of remittances", books.remittances.len(), state.remittances.len())?;
    for (sent, expected) in books.remittances.values().zip(&state.remittances) {
        let found = (sent.stage.code(), sent.debit, sent.credit, i128::from(sent.amount.minor()));
        same(sent.id, found, (expected.stage, expected.debit, expected.credit, expected.amount))?;
    }
    messages(books, model)?;
    timers(books, model)
}

fn accounts(books: &MemoryBooks, model: &Model) -> Result<(), String> {
    let state = &model.state;
    for (id, account) in &books.accounts {
        let expected = state.balances.get(id).copied().unwrap_or(0);
        same(id, account.balance(), expected)?;
        if let Some(expected) = state.accounts.get(id) {
            let found = (account.state, i128::from(account.held), account.owner, account.appealed);
            let expected = (expected.state, expected.held, expected.owner, expected.appealed);
            same(id, found, expected)?;
        }
    }
    let unknown = |id: &&AccountId| !books.accounts.contains_key(id);
    let missing = state.balances.iter().filter(|(_, sum)| **sum != 0).map(|(id, _)| id);
    same("accounts that are not there", missing.chain(state.accounts.keys()).find(unknown), None)
}

fn orders(books: &MemoryBooks, model: &Model) -> Result<(), String> {
    let state = &model.state;
    same("number of orders", books.orders.len(), state.orders.len())?;
    for (order, expected) in books.orders.values().zip(&state.orders) {
        let sums = (order.refunded, order.asked, order.fee);
        let sums = (i128::from(sums.0), i128::from(sums.1), i128::from(sums.2));
        same(order.id, order.stage.code(), expected.stage)?;
        same(order.id, sums, (expected.refunded, expected.asked, expected.fee))?;
        same(order.id, order.due.map(|it| it.0), expected.due)?;
        same(order.id, order.customer, expected.customer)?;
    }
    Ok(())
}

fn instructions(
    books: impl ExactSizeIterator<Item = (AccountId, &'static str, u64, Option<Money>, bool)>,
    expected: &[Instruction],
) -> Result<(), String> {
    same("number of top-ups or withdrawals", books.len(), expected.len())?;
    for ((account, stage, amount, moved, aside), expected) in books.zip(expected) {
        let found = (account, stage, i128::from(amount), moved, aside);
        let Instruction { account, amount, stage, moved, aside, .. } = *expected;
        same("a top-up or withdrawal", found, (account, stage, amount, moved, aside))?;
    }
    Ok(())
}

fn messages(books: &MemoryBooks, model: &Model) -> Result<(), String> {
    let owed = books.letters.iter().map(|it| {
        let to = it.to.number();
        match it.message {
            Message::Remit(remit) => {
                let (credit, amount) = (remit.credit, i128::from(remit.amount.minor()));
                Owed::Remit { to, credit, amount }
            }
            Message::Reply { remittance, refusal } => {
                let refusal = refusal.map(ledger::rejection::Rejection::code);
                Owed::Reply { to, number: remittance.number(), refusal }
            }
        }
    });
    same("messages", owed.collect(), model.state.owed.clone())?;
    for (cell, channel) in &books.channels {
        let to = |it: &&Owed| match it {
            Owed::Remit { to, .. } | Owed::Reply { to, .. } => *to == cell.number(),
        };
        let sent = model.state.owed.iter().filter(to).count();
        same("messages sent", place(channel.sent), sent)?;
        let received = model.state.received.get(&cell.number()).copied().unwrap_or(0);
        same("messages received", channel.received, received)?;
    }
    Ok(())
}

/// Every timer fired once, and in the order in which they were due.
fn timers(books: &MemoryBooks, model: &Model) -> Result<(), String> {
    let by_clock = books.happenings.iter().filter(|it| it.actor == Actor::Clock);
    // What follows from a deadline in the same step is none itself.
    let follows = [EventKind::RemittanceSent, EventKind::OrderPaid, EventKind::WithdrawalCreated];
    let fired = by_clock.filter(|it| !follows.contains(&it.kind));
    let fired = fired.map(|it| it.subject);
    let subjects = model.fired.iter().map(|(_, alarm)| *alarm);
    let numbers = fired.map(|it| match it {
        Subject::Order(id) => Some(Alarm::Order(id.number())),
        Subject::Hold(id) => Some(Alarm::Hold(id.number())),
        Subject::TopUp(id) => Some(Alarm::TopUp(id.number())),
        Subject::Cell
        | Subject::Account(_)
        | Subject::User(_)
        | Subject::Card(_)
        | Subject::Withdrawal(_)
        | Subject::Remittance(_)
        | Subject::Transfer(_)
        | Subject::Key(_)
        | Subject::Endpoint(_)
        | Subject::Delivery(_)
        | Subject::Receipt(_)
        | Subject::Proposal(_)
        | Subject::Session(_)
        | Subject::Announcement(_) => None,
    });
    same("timers", numbers.collect::<Vec<_>>(), subjects.map(Some).collect())
}
