//! What must be true of any books, whoever made them.

use crate::cell::Cell;
use ledger::account::{AccountKind, System};
use ledger::bank::WithdrawalStage;
use ledger::currency::Currency;
use ledger::id::{CellId, RemittanceId};
use ledger::memory::MemoryBooks;
use ledger::remittance::{Message, RemittanceStage};
use std::collections::{BTreeMap, BTreeSet};

type Sums = BTreeMap<Currency, i128>;

fn add(sums: &mut Sums, currency: Currency, amount: i128) {
    *sums.entry(currency).or_insert(0) += amount;
}

/// What must be true of the books of a cell after each record.
pub(crate) fn audit_cell(books: &MemoryBooks) -> Result<(), String> {
    let mut all = Sums::new();
    let mut clearing = Sums::new();
    let mut payouts = Sums::new();
    for account in books.accounts.values() {
        add(&mut all, account.currency, account.balance());
        let overdraft = [AccountKind::BankClearing, AccountKind::Transit, AccountKind::Capital];
        let least = if overdraft.contains(&account.kind) { i128::MIN } else { 0 };
        if account.balance() < least || account.balance() < i128::from(account.held) && least == 0 {
            return Err(format!(
                "{} has {} and holds {}",
                account.id,
                account.balance(),
                account.held
            ));
        }
        match account.kind {
            AccountKind::BankClearing => add(&mut clearing, account.currency, account.balance()),
            AccountKind::Payouts => add(&mut payouts, account.currency, account.balance()),
            AccountKind::Customer
            | AccountKind::Merchant
            | AccountKind::Escrow
            | AccountKind::Fees
            | AccountKind::Suspense
            | AccountKind::Transit
            | AccountKind::Capital => {}
        }
    }
    if let Some((currency, sum)) = all.iter().find(|(_, sum)| **sum != 0) {
        return Err(format!("debits and credits in {} differ by {sum}", currency.code()));
    }
    banks(books, clearing, payouts)?;
    escrow(books)
}

/// The banks hold what they took for top-ups and have not paid out; what is on its way out is owed.
fn banks(books: &MemoryBooks, mut clearing: Sums, mut payouts: Sums) -> Result<(), String> {
    for taken in books.top_ups.values().filter_map(|it| it.taken) {
        add(&mut clearing, taken.currency(), i128::from(taken.minor()));
    }
    for it in books.receipts.values() {
        // What was matched is what its top-up took.
        let sign = if it.outgoing { -1 } else { i128::from(it.stage.code() != "matched") };
        add(&mut clearing, it.amount.currency(), sign * i128::from(it.amount.minor()));
    }
    for it in books.withdrawals.values() {
        if let Some(paid) = it.paid {
            add(&mut clearing, paid.currency(), -i128::from(paid.minor()));
        }
        let (currency, amount) = (it.amount.currency(), i128::from(it.amount.minor()));
        match it.stage {
            WithdrawalStage::Created
            | WithdrawalStage::Sent
            | WithdrawalStage::Unknown
            | WithdrawalStage::Investigating => add(&mut payouts, currency, -amount),
            WithdrawalStage::Paid | WithdrawalStage::Rejected | WithdrawalStage::Returned => {}
        }
    }
    if clearing.values().chain(payouts.values()).any(|it| *it != 0) {
        return Err("what is at banks, or on its way there, is not what the books say".to_owned());
    }
    Ok(())
}

/// Escrow is the sum of what open orders hold.
fn escrow(books: &MemoryBooks) -> Result<(), String> {
    let mut sums = Sums::new();
    for account in books.accounts.values().filter(|it| it.kind == AccountKind::Escrow) {
        add(&mut sums, account.currency, account.balance());
    }
    for order in books.orders.values() {
        add(&mut sums, order.currency(), -i128::from(order.in_escrow()));
    }
    if sums.values().any(|it| *it != 0) {
        return Err("escrow is not the sum of what the orders hold".to_owned());
    }
    Ok(())
}

/// What must be true between cells: the transit accounts of a pair differ by what is under way.
/// With that, and with the sums of each cell, the money of all cells together is what banks hold
/// and the platform put in, and nothing is in two places.
pub(crate) fn audit_pairs(cells: &[Cell]) -> Result<(), String> {
    for a in cells {
        for b in cells.iter().filter(|it| it.id.number() > a.id.number()) {
            let mut sums = Sums::new();
            for (books, other) in [(&a.books, b.id), (&b.books, a.id)] {
                for account in books.accounts.values() {
                    let transit = System::of(account.id).map(|(it, _)| it);
                    if transit == Some(System::Transit(other)) {
                        add(&mut sums, account.currency, account.balance());
                    }
                }
            }
            for (currency, amount) in under_way(a, b).into_iter().chain(under_way(b, a)) {
                add(&mut sums, currency, -amount);
            }
            if sums.values().any(|it| *it != 0) {
                return Err(format!("money between cells {} and {} is lost", a.id, b.id));
            }
        }
    }
    Ok(())
}

/// What left one cell and has neither reached the other nor come back.
fn under_way(from: &Cell, to: &Cell) -> Sums {
    let taken: BTreeSet<RemittanceId> = replies(&to.books, from.id);
    let mut sums = Sums::new();
    for sent in from.books.remittances.values() {
        let open = sent.stage == RemittanceStage::Sent && sent.credit.cell() == to.id;
        if open && !taken.contains(&sent.id) {
            add(&mut sums, sent.amount.currency(), i128::from(sent.amount.minor()));
        }
    }
    sums
}

/// The remittances of a cell that were taken here.
fn replies(books: &MemoryBooks, from: CellId) -> BTreeSet<RemittanceId> {
    let mine = books.letters.iter().filter(|it| it.to == from);
    let taken = mine.filter_map(|it| match it.message {
        Message::Reply { remittance, refusal: None } => Some(remittance),
        Message::Reply { .. } | Message::Remit(_) => None,
    });
    taken.collect()
}
