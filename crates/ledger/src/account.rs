//! Accounts: who may hold money, on which side it stands, and how much of it is free.

use crate::currency::Currency;
use crate::id::{AccountId, CellId, EventId, UserId};
use crate::money::Money;
use crate::rejection::Rejection;
use crate::time::Time;

/// What an account is for. The kind decides its normal side and who may move its money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// A customer's wallet.
    Customer,
    /// A merchant's proceeds.
    Merchant,
    /// Money of buyers in open orders. Moves with its order and in no other way.
    Escrow,
    /// What a bank has taken or paid out for us and not yet settled.
    BankClearing,
    /// The platform's income.
    Fees,
    /// Money whose owner is not certain. It is owed to somebody.
    Suspense,
    /// Withdrawals on their way to the bank.
    Payouts,
    /// Money on its way between this cell and another.
    Transit,
    /// The platform's own funds with which it begins and covers losses.
    Capital,
}

impl AccountKind {
    /// Every kind.
    pub const ALL: [AccountKind; 9] = [
        AccountKind::Customer,
        AccountKind::Merchant,
        AccountKind::Escrow,
        AccountKind::BankClearing,
        AccountKind::Fees,
        AccountKind::Suspense,
        AccountKind::Payouts,
        AccountKind::Transit,
        AccountKind::Capital,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            AccountKind::Customer => "customer",
            AccountKind::Merchant => "merchant",
            AccountKind::Escrow => "escrow",
            AccountKind::BankClearing => "bank_clearing",
            AccountKind::Fees => "fees",
            AccountKind::Suspense => "suspense",
            AccountKind::Payouts => "payouts",
            AccountKind::Transit => "transit",
            AccountKind::Capital => "capital",
        }
    }

    /// Whether debits may exceed credits. Never for an account that somebody is owed.
    pub const fn may_be_overdrawn(self) -> bool {
        match self {
            AccountKind::BankClearing | AccountKind::Transit | AccountKind::Capital => true,
            AccountKind::Customer
            | AccountKind::Merchant
            | AccountKind::Escrow
            | AccountKind::Fees
            | AccountKind::Suspense
            | AccountKind::Payouts => false,
        }
    }

    /// Whether a plain transfer may move its money.
    pub const fn transferable(self) -> bool {
        match self {
            AccountKind::Customer
            | AccountKind::Merchant
            | AccountKind::Fees
            | AccountKind::Suspense
            | AccountKind::Capital => true,
            AccountKind::Escrow
            | AccountKind::BankClearing
            | AccountKind::Payouts
            | AccountKind::Transit => false,
        }
    }
}

/// An account that every cell has for every currency, without anybody opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// See [`AccountKind::Escrow`].
    Escrow,
    /// See [`AccountKind::Fees`].
    Fees,
    /// See [`AccountKind::Suspense`].
    Suspense,
    /// See [`AccountKind::Payouts`].
    Payouts,
    /// See [`AccountKind::Capital`].
    Capital,
    /// See [`AccountKind::BankClearing`].
    BankClearing,
    /// See [`AccountKind::Transit`]; for money between here and this cell.
    Transit(CellId),
}

/// System accounts of one currency are numbered apart by this much.
const SYSTEM_SPAN: u64 = 512;
/// The number of the first account that somebody opened. Every smaller one is a system account.
pub const FIRST_OPENED: u64 = SYSTEM_SPAN * 1_000;

impl System {
    /// The account's identifier: computed, never looked up.
    #[expect(clippy::arithmetic_side_effects, reason = "1,000 spans of 512 stay small")]
    pub fn id(self, cell: CellId, currency: Currency) -> AccountId {
        let place = match self {
            System::Escrow => 0,
            System::Fees => 1,
            System::Suspense => 2,
            System::Payouts => 3,
            System::Capital => 4,
            System::BankClearing => 5,
            System::Transit(other) => 256 + u64::from(other.number()),
        };
        AccountId::new(cell, u64::from(currency.numeric()) * SYSTEM_SPAN + place)
    }

    /// Which system account this is, and its currency. `None` if somebody opened it.
    pub fn of(id: AccountId) -> Option<(System, Currency)> {
        let number = id.number();
        if number >= FIRST_OPENED {
            return None;
        }
        let currency = u16::try_from(number.checked_div(SYSTEM_SPAN)?).ok()?;
        let currency = Currency::from_numeric(currency)?;
        let system = match number.checked_rem(SYSTEM_SPAN)? {
            0 => System::Escrow,
            1 => System::Fees,
            2 => System::Suspense,
            3 => System::Payouts,
            4 => System::Capital,
            5 => System::BankClearing,
            place => System::Transit(CellId::new(u8::try_from(place.checked_sub(256)?).ok()?)),
        };
        Some((system, currency))
    }

    /// The kind of account it is.
    pub const fn kind(self) -> AccountKind {
        match self {
            System::Escrow => AccountKind::Escrow,
            System::Fees => AccountKind::Fees,
            System::Suspense => AccountKind::Suspense,
            System::Payouts => AccountKind::Payouts,
            System::Capital => AccountKind::Capital,
            System::BankClearing => AccountKind::BankClearing,
            System::Transit(_) => AccountKind::Transit,
        }
    }
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// In use.
    Open,
    /// Nothing may be debited; what is owed to it still arrives.
    Frozen,
    /// Empty, for ever.
    Closed,
}

impl AccountState {
    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            AccountState::Open => "open",
            AccountState::Frozen => "frozen",
            AccountState::Closed => "closed",
        }
    }
}

/// An account as the books have it. Only this module changes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub id: AccountId,
    /// What it is for.
    pub kind: AccountKind,
    /// Its one currency.
    pub currency: Currency,
    /// Whether it may be used.
    pub state: AccountState,
    /// Whose it is; nobody's if it is the platform's.
    pub owner: Option<UserId>,
    /// Sum of everything ever debited, in minor units.
    pub debits: u64,
    /// Sum of everything ever credited, in minor units.
    pub credits: u64,
    /// What holds keep back of the balance, in minor units.
    pub held: u64,
    /// The most its balance may become through top-ups and transfers; 0 if only its kind limits it.
    pub balance_limit: u64,
    /// When it was opened.
    pub opened_at: Time,
    /// How many postings it took part in.
    pub postings: u64,
    /// How many of its top-ups are under way.
    pub open_top_ups: u32,
    /// The number of its last posting, if it had any: the head of its history.
    pub last_posting: Option<u64>,
    /// The last of what happened to it other than postings: the head of its timeline.
    pub last_event: Option<u64>,
    /// Whether its owner asked to have it unfrozen and nobody has answered. The last event is then
    /// that appeal.
    pub appealed: bool,
}

impl Account {
    /// A system account before its first posting.
    pub fn system(id: AccountId) -> Option<Account> {
        let (system, currency) = System::of(id)?;
        Some(Account::opened(id, system.kind(), currency, None, 0, Time(0)))
    }

    /// A new account.
    pub(crate) fn opened(
        id: AccountId,
        kind: AccountKind,
        currency: Currency,
        owner: Option<UserId>,
        balance_limit: u64,
        opened_at: Time,
    ) -> Account {
        Account {
            id,
            kind,
            currency,
            state: AccountState::Open,
            owner,
            debits: 0,
            credits: 0,
            held: 0,
            balance_limit,
            opened_at,
            postings: 0,
            open_top_ups: 0,
            last_posting: None,
            last_event: None,
            appealed: false,
        }
    }

    /// Credits less debits, in minor units: what its owner has. Negative only where the kind
    /// allows.
    pub fn balance(&self) -> i128 {
        i128::from(self.credits).saturating_sub(i128::from(self.debits))
    }

    /// The balance less what is held: what may be debited now, in minor units.
    pub fn available(&self) -> u64 {
        let free = self.balance().saturating_sub(i128::from(self.held));
        u64::try_from(free).unwrap_or(0)
    }

    /// The account with `amount` taken out.
    pub(crate) fn debited(self, amount: Money) -> Result<Account, Rejection> {
        if self.currency != amount.currency() {
            return Err(Rejection::CurrencyDiffers);
        }
        if !self.kind.may_be_overdrawn() && self.available() < amount.minor() {
            return Err(Rejection::InsufficientFunds);
        }
        let debits = self.debits.checked_add(amount.minor()).ok_or(Rejection::BalanceOverflow)?;
        Ok(Account { debits, ..self })
    }

    /// The account with `amount` put in.
    pub(crate) fn credited(self, amount: Money) -> Result<Account, Rejection> {
        if self.currency != amount.currency() {
            return Err(Rejection::CurrencyDiffers);
        }
        let credits = self.credits.checked_add(amount.minor()).ok_or(Rejection::BalanceOverflow)?;
        Ok(Account { credits, ..self })
    }

    /// The account with `amount` more of its balance kept back.
    pub(crate) fn holding(self, amount: Money) -> Result<Account, Rejection> {
        if self.currency != amount.currency() {
            return Err(Rejection::CurrencyDiffers);
        }
        if self.available() < amount.minor() {
            return Err(Rejection::InsufficientFunds);
        }
        let held = self.held.checked_add(amount.minor()).ok_or(Rejection::BalanceOverflow)?;
        Ok(Account { held, ..self })
    }

    /// The account with `amount` less kept back. Only what a hold kept back is ever given free.
    pub(crate) fn freed(self, amount: u64) -> Account {
        let held = self.held.checked_sub(amount).expect("a hold frees what it held, and no more");
        Account { held, ..self }
    }

    /// The event of the appeal that nobody has answered, if there is one.
    pub fn open_appeal(&self) -> Option<EventId> {
        let number = self.last_event.filter(|_| self.appealed)?;
        Some(EventId::new(self.id.cell(), number))
    }

    /// The account after taking part in posting `number`.
    pub(crate) fn posted(self, number: u64) -> Account {
        let postings = self.postings.saturating_add(1);
        Account { last_posting: Some(number), postings, ..self }
    }
}
