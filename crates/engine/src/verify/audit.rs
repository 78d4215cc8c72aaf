//! The invariants of money, in words of their own.
//!
//! Nothing here calls the rules: every sum is counted again from single postings, orders, holds,
//! withdrawals and messages, and compared with what the books have added up along the way.

use super::appeals::check_appeals;
use super::people::check_people;
use super::{Faults, Sums};
use ledger::account::{Account, AccountKind, System};
use ledger::bank::WithdrawalStage;
use ledger::currency::Currency;
use ledger::hold::HoldStage;
use ledger::id::{AccountId, CellId};
use ledger::money::Money;
use ledger::order::Stage;
use ledger::posting::Posting;
use ledger::remittance::{Letter, Message};
use std::collections::{BTreeMap, HashMap};
use std::io;
use store::{Cell, Store};

/// What was counted in one cell.
pub(crate) struct Audited {
    cell: CellId,
    pub(super) sums: Sums,
    pub(super) postings: u64,
    pub(super) accounts: u64,
    pub(super) orders: u64,
    /// Balances of the accounts for money between here and another cell.
    transit: BTreeMap<(CellId, Currency), i128>,
}

/// What the postings say about one account.
#[derive(Clone, Copy)]
struct Tally {
    currency: Currency,
    debits: u128,
    credits: u128,
    postings: u64,
    last: Option<u64>,
}

impl Tally {
    fn new(currency: Currency) -> Tally {
        Tally { currency, debits: 0, credits: 0, postings: 0, last: None }
    }

    fn balance(&self) -> i128 {
        signed(self.credits) - signed(self.debits)
    }
}

fn signed(amount: u128) -> i128 {
    i128::try_from(amount).unwrap_or(i128::MAX)
}

/// Counts everything in the books of a cell, and says what does not fit.
pub(crate) fn audit(store: &Store, cell: CellId, faults: &mut Faults) -> io::Result<Audited> {
    let mut tallies = HashMap::new();
    let mut postings = 0;
    store.each_posting(|number, it| {
        postings += 1;
        let mut say = |text: &str| faults.add(format!("cell {cell}, posting {number}: {text}"));
        if it.amount == 0 || it.debit == it.credit {
            say("it moves nothing");
        }
        if it.debit.cell() != cell || it.credit.cell() != cell {
            say("it names an account of another cell");
        }
        if count(&mut tallies, number, it).is_none() {
            say("it does not continue the history of its accounts");
        }
    })?;
    let promised = Promised::of(store, cell, faults)?;
    let mut seen = Audited {
        cell,
        sums: Sums::new(),
        postings,
        accounts: 0,
        orders: promised.orders,
        transit: BTreeMap::new(),
    };
    store.each_account(|it| {
        let tally = tallies.remove(&it.id).unwrap_or_else(|| Tally::new(it.currency));
        let held = promised.held.get(&it.id).copied().unwrap_or(0);
        check_account(it, &tally, held, faults);
        seen.accounts += 1;
        *seen.sums.entry((it.currency, it.kind)).or_default() += tally.balance();
        if let Some((System::Transit(other), currency)) = System::of(it.id) {
            seen.transit.insert((other, currency), tally.balance());
        }
    })?;
    for id in tallies.keys() {
        faults.add(format!("{id}: it has postings, and the books do not know it"));
    }
    check_sums(store, &seen, &promised, faults);
    check_people(store, cell, faults)?;
    check_appeals(store, cell, faults)?;
    Ok(seen)
}

/// Adds a posting to both its accounts; `None` if it does not continue their histories.
fn count(tallies: &mut HashMap<AccountId, Tally>, number: u64, it: &Posting) -> Option<()> {
    let debit = tallies.entry(it.debit).or_insert_with(|| Tally::new(it.currency));
    let continues = debit.last == it.debit_previous && debit.currency == it.currency;
    debit.debits += u128::from(it.amount);
    debit.postings += 1;
    debit.last = Some(number);
    let right = debit.balance() == i128::from(it.debit_balance);
    let credit = tallies.entry(it.credit).or_insert_with(|| Tally::new(it.currency));
    let continues =
        continues && credit.last == it.credit_previous && credit.currency == it.currency;
    credit.credits += u128::from(it.amount);
    credit.postings += 1;
    credit.last = Some(number);
    let right = right && credit.balance() == i128::from(it.credit_balance);
    (continues && right).then_some(())
}

fn check_account(it: &Account, tally: &Tally, held: u128, faults: &mut Faults) {
    let mut say = |text: &str| faults.add(format!("{}: {text}", it.id));
    let books = (u128::from(it.debits), u128::from(it.credits), it.postings, it.last_posting);
    if books != (tally.debits, tally.credits, tally.postings, tally.last) {
        say("its row does not say what its postings add up to");
    }
    if it.currency != tally.currency {
        say("its postings are in another currency");
    }
    if u128::from(it.held) != held {
        say("it does not keep back what its open holds add up to");
    }
    let overdrawn = tally.balance() < signed(held);
    let nobody_is_owed =
        matches!(it.kind, AccountKind::BankClearing | AccountKind::Transit | AccountKind::Capital);
    if overdrawn && !nobody_is_owed {
        say("it is overdrawn");
    }
}

/// What has been promised with the money of system accounts, and kept back in others.
#[derive(Default)]
struct Promised {
    held: BTreeMap<AccountId, u128>,
    escrow: BTreeMap<Currency, i128>,
    payouts: BTreeMap<Currency, i128>,
    set_aside: BTreeMap<Currency, i128>,
    orders: u64,
}

impl Promised {
    fn of(store: &Store, cell: CellId, faults: &mut Faults) -> io::Result<Promised> {
        let mut promised = Promised::default();
        store.each_hold(|it| {
            if it.stage == HoldStage::Open {
                let kept = u128::from(it.amount.minor()) - u128::from(it.captured);
                *promised.held.entry(it.account).or_default() += kept;
            }
        })?;
        store.each_order(|it| {
            promised.orders += 1;
            let price = i128::from(it.price.minor());
            let left = price - i128::from(it.refunded);
            if left < 0 || i128::from(it.fee) > price || i128::from(it.asked) > price {
                faults.add(format!("cell {cell}, {}: more was given than was paid", it.id));
            }
            let keeps = match it.stage {
                Stage::Paid
                | Stage::Shipped
                | Stage::PaidRefundAsked
                | Stage::ShippedRefundAsked
                | Stage::Disputed => left,
                Stage::Created | Stage::Completed | Stage::Refunded | Stage::Closed => 0,
            };
            *promised.escrow.entry(it.price.currency()).or_default() += keeps;
        })?;
        store.each_withdrawal(|it| {
            let under_way = match it.stage {
                WithdrawalStage::Created
                | WithdrawalStage::Sent
                | WithdrawalStage::Unknown
                | WithdrawalStage::Investigating => i128::from(it.amount.minor()),
                WithdrawalStage::Paid | WithdrawalStage::Rejected | WithdrawalStage::Returned => 0,
            };
            *promised.payouts.entry(it.amount.currency()).or_default() += under_way;
        })?;
        store.each_top_up(|it| {
            let aside = i128::from(it.set_aside);
            *promised.set_aside.entry(it.amount.currency()).or_default() += aside;
        })?;
        Ok(promised)
    }
}

fn check_sums(store: &Store, seen: &Audited, promised: &Promised, faults: &mut Faults) {
    let cell = seen.cell;
    let mut all: BTreeMap<Currency, i128> = BTreeMap::new();
    for ((currency, _), sum) in &seen.sums {
        *all.entry(*currency).or_default() += sum;
    }
    for (currency, sum) in all {
        let mut say =
            |text: String| faults.add(format!("cell {cell}, {}: {text}", currency.code()));
        let of = |kind| seen.sums.get(&(currency, kind)).copied().unwrap_or(0);
        let due = |map: &BTreeMap<Currency, i128>| map.get(&currency).copied().unwrap_or(0);
        if sum != 0 {
            say(format!("all accounts together have {sum}, and not 0"));
        }
        let (escrow, orders) = (of(AccountKind::Escrow), due(&promised.escrow));
        if escrow != orders {
            say(format!("escrow has {escrow}; open orders keep {orders}"));
        }
        let (payouts, under_way) = (of(AccountKind::Payouts), due(&promised.payouts));
        if payouts != under_way {
            say(format!("{payouts} is on its way out; withdrawals under way are {under_way}"));
        }
        let (suspense, aside) = (of(AccountKind::Suspense), due(&promised.set_aside));
        if suspense < aside {
            say(format!("suspense has {suspense}; {aside} was set aside for top-ups"));
        }
    }
    for it in store.totals() {
        let sum = seen.sums.get(&(it.currency, it.kind)).copied().unwrap_or(0);
        if signed(it.credits) - signed(it.debits) != sum {
            let (kind, currency) = (it.kind.code(), it.currency.code());
            let text = format!("the total of {kind} accounts in {currency} is not {sum}");
            faults.add(format!("cell {cell}: {text}"));
        }
    }
}

/// The accounts of each pair of cells mirror each other, but for what is under way between them.
pub(super) fn between_cells(cells: &[(Audited, Cell)], faults: &mut Faults) -> io::Result<()> {
    for (place, one) in cells.iter().enumerate() {
        for other in cells.get(place + 1..).unwrap_or_default() {
            let mut open: BTreeMap<Currency, i128> = BTreeMap::new();
            for (from, to) in [(one, other), (other, one)] {
                let between = from.0.transit.iter().filter(|it| it.0.0 == to.0.cell);
                for ((_, currency), balance) in between {
                    *open.entry(*currency).or_default() += balance;
                }
                for amount in under_way(from, to)? {
                    *open.entry(amount.currency()).or_default() -= i128::from(amount.minor());
                }
            }
            for (currency, sum) in open.into_iter().filter(|it| it.1 != 0) {
                faults.add(format!(
                    "cells {} and {}: {sum} of {} is between them, and no message has it",
                    one.0.cell,
                    other.0.cell,
                    currency.code()
                ));
            }
        }
    }
    Ok(())
}

/// Money that has left `from` and that `to` has not taken, or whose refusal has not come back.
fn under_way(from: &(Audited, Cell), to: &(Audited, Cell)) -> io::Result<Vec<Money>> {
    let mut amounts = Vec::new();
    for letter in not_taken(from, to)? {
        if let Message::Remit(it) = letter.message {
            amounts.push(it.amount);
        }
    }
    for letter in not_taken(to, from)? {
        if let Message::Reply { remittance, refusal: Some(_) } = letter.message {
            let (sent, _) = from.1.read(|view| view.remittance(remittance))?;
            amounts.extend(sent.map(|it| it.amount));
        }
    }
    Ok(amounts)
}

/// Messages that the other cell has not taken yet.
fn not_taken(from: &(Audited, Cell), to: &(Audited, Cell)) -> io::Result<Vec<Letter>> {
    let (channel, _) = to.1.read(|view| view.channel(from.0.cell))?;
    let mut letters: Vec<Letter> = Vec::new();
    loop {
        let next = letters.last().map_or(channel.received, |it| it.number) + 1;
        let (more, _) = from.1.read(|view| view.letters_to(to.0.cell, next, usize::MAX))?;
        if more.is_empty() {
            return Ok(letters);
        }
        letters.extend(more);
    }
}
