//! What is owed, to whom: for a proof that it is there.

use ledger::account::AccountKind;
use ledger::bank::WithdrawalStage;
use ledger::currency::Currency;
use ledger::id::AccountId;
use std::io;
use store::Store;

/// What an account's owner has: the balance, what the platform holds for orders that were paid from
/// it, and what has left it for a bank that has not said that it paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owed {
    /// Whose.
    pub account: AccountId,
    /// In which currency.
    pub currency: Currency,
    /// In minor units.
    pub amount: u64,
}

/// Adds everything that the books of a cell say is owed. An account may come several times.
pub(super) fn owed(store: &Store, into: &mut Vec<Owed>) -> io::Result<()> {
    store.each_account(|it| match it.kind {
        AccountKind::Customer | AccountKind::Merchant => {
            let (account, currency) = (it.id, it.currency);
            let amount = it.credits.saturating_sub(it.debits);
            into.push(Owed { account, currency, amount });
        }
        AccountKind::Escrow
        | AccountKind::BankClearing
        | AccountKind::Fees
        | AccountKind::Suspense
        | AccountKind::Payouts
        | AccountKind::Transit
        | AccountKind::Capital => {}
    })?;
    store.each_order(|it| {
        let (account, currency, amount) = (it.buyer, it.currency(), it.in_escrow());
        if amount > 0 {
            into.push(Owed { account, currency, amount });
        }
    })?;
    store.each_withdrawal(|it| {
        let under_way = match it.stage {
            WithdrawalStage::Created
            | WithdrawalStage::Sent
            | WithdrawalStage::Unknown
            | WithdrawalStage::Investigating => true,
            WithdrawalStage::Paid | WithdrawalStage::Rejected | WithdrawalStage::Returned => false,
        };
        if under_way {
            let (account, currency) = (it.account, it.amount.currency());
            into.push(Owed { account, currency, amount: it.amount.minor() });
        }
    })
}

/// The same with each account once, in order.
pub(super) fn together(mut owed: Vec<Owed>) -> Vec<Owed> {
    owed.sort_unstable();
    let mut whole: Vec<Owed> = Vec::with_capacity(owed.len());
    for it in owed {
        match whole.last_mut() {
            Some(last) if (last.account, last.currency) == (it.account, it.currency) => {
                last.amount = last.amount.saturating_add(it.amount);
            }
            Some(_) | None => whole.push(it),
        }
    }
    whole
}
