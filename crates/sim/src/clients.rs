//! Who asks for what. Mostly sensible things, so that stories come to their end; now and then
//! something that nobody may have.

use crate::cell::Cell;
use ledger::account::{Account, AccountKind, AccountState, System};
use ledger::bank::{BankEvent, BankReference, TopUpStage, WithdrawalStage};
use ledger::command::{
    AccountChange, AddStatement, AdvanceTopUp, AdvanceWithdrawal, AnswerRefund, Appeal, AskRefund,
    AwardOrder, CancelOrder, CaptureHold, Command, ConfirmOrder, CorrectShipment, CreateOrder,
    DisputeOrder, ExtendOrder, LinkedTransfers, PayOrder, PlaceHold, RefundOrder, ReleaseHold,
    SetAccountState, SetBalanceLimit, ShipOrder, StartTopUp, StartWithdrawal, Transfer,
    WithdrawRefund,
};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::hold::HoldStage;
use ledger::id::{AccountId, CardId, OrderId, UserId};
use ledger::money::{Money, Share};
use ledger::name::{BankName, BankNumber, OrderNumber, Statement, Text, TrackingNumber};
use ledger::order::{Grounds, Mode, Order, Party, Stage, Terms};
use ledger::shipment::{Carrier, Shipment};
use ledger::time::Seconds;
use store::journal::contract::Dice;

/// What a client, an operator or a bank wants from a cell.
pub(crate) type Wish = (Actor, Command);

/// Everybody who asks something of the cell at `here`.
pub(crate) struct Clients<'a> {
    pub(crate) dice: &'a mut Dice,
    pub(crate) cells: &'a [Cell],
    pub(crate) here: usize,
    /// Counts up, for numbers that have to be unique.
    pub(crate) number: u64,
}

/// One of these, if there is one.
pub(crate) fn pick<T: Clone>(dice: &mut Dice, all: &[T]) -> Option<T> {
    let count = u64::try_from(all.len()).expect("a run is short");
    let place = usize::try_from(dice.roll(count)).expect("it is a place in a list");
    all.get(place).cloned()
}

impl Clients<'_> {
    /// What somebody wants now.
    pub(crate) fn wish(&mut self) -> Wish {
        let wish = match self.dice.roll(100) {
            0..14 => self.transfer(),
            14..18 => self.linked(),
            18..27 => self.hold(),
            27..39 => self.of_hold(),
            39..49 => self.order(),
            49..79 => self.of_order(),
            79..88 => self.instruction(),
            88..95 => self.bank(),
            95..97 => self.person(),
            97..99 => self.account_state(),
            _ => self.limit(),
        };
        wish.unwrap_or((Actor::Clock, Command::Tick))
    }

    pub(crate) fn one_in(&mut self, sides: u64) -> bool {
        self.dice.roll(sides) == 0
    }

    pub(crate) fn books(&self) -> &ledger::memory::MemoryBooks {
        &self.cells[self.here].books
    }

    /// An account that somebody opened: mostly of this cell.
    pub(crate) fn account(&mut self, mostly_here: bool) -> Option<Account> {
        let away = if mostly_here { 20 } else { 2 };
        let cell = if self.one_in(away) { pick(self.dice, &self.places())? } else { self.here };
        let all = self.cells[cell].books.accounts.values();
        let opened: Vec<Account> = all.filter(|it| it.owner.is_some()).copied().collect();
        pick(self.dice, &opened)
    }

    fn places(&self) -> Vec<usize> {
        (0..self.cells.len()).collect()
    }

    /// Who asks for what belongs to `owner`: the owner or the platform, rarely a stranger.
    fn asker(&mut self, owner: Option<UserId>) -> Actor {
        if self.one_in(25) {
            let stranger = UserId::new(self.cells[self.here].id, self.dice.roll(4));
            return Actor::User(stranger);
        }
        match owner {
            Some(owner) if !self.one_in(3) => Actor::User(owner),
            Some(_) | None => Actor::Platform,
        }
    }

    pub(crate) fn amount(&mut self, currency: Currency) -> Money {
        let minor = match self.dice.roll(30) {
            0 => 0,
            1 => 1,
            2 => 100_000_000_000_001,
            3 => 90_000 + self.dice.roll(500_000),
            _ => 1 + self.dice.roll(9_000),
        };
        let other = Currency::from_code("USD").unwrap_or(Currency::CNY);
        Money::new(minor, if self.one_in(40) { other } else { currency })
    }

    /// Up to `most` minor units.
    fn part(&mut self, most: u64, currency: Currency) -> Money {
        match self.dice.roll(12) {
            0 => self.amount(currency),
            1..6 => Money::new(most, currency),
            _ => Money::new(1 + self.dice.roll(most.max(1)), currency),
        }
    }

    fn span(&mut self) -> Seconds {
        match self.dice.roll(20) {
            0 => Seconds(0),
            1 => Seconds::days(400),
            2..10 => Seconds(60 + u32::try_from(self.dice.roll(7_200)).unwrap_or(0)),
            _ => Seconds::days(1 + u16::try_from(self.dice.roll(4)).unwrap_or(0)),
        }
    }

    fn movement(&mut self) -> Option<(Option<UserId>, Transfer)> {
        let credit = self.account(false)?;
        if self.one_in(8) {
            let system = [System::Capital, System::Fees, System::Escrow, System::Suspense];
            let system = pick(self.dice, &system)?;
            let debit = system.id(self.cells[self.here].id, credit.currency);
            let amount = self.amount(credit.currency);
            return Some((None, Transfer { debit, credit: credit.id, amount }));
        }
        let debit = self.account(true)?;
        let amount = self.amount(debit.currency);
        Some((debit.owner, Transfer { debit: debit.id, credit: credit.id, amount }))
    }

    fn transfer(&mut self) -> Option<Wish> {
        let (owner, transfer) = self.movement()?;
        Some((self.asker(owner), Command::Transfer(transfer)))
    }

    fn linked(&mut self) -> Option<Wish> {
        let count = self.dice.roll(4);
        let mut transfers = Vec::new();
        for _ in 0..count {
            transfers.push(self.movement()?.1);
        }
        Some((Actor::Platform, Command::LinkedTransfers(LinkedTransfers { transfers })))
    }

    fn hold(&mut self) -> Option<Wish> {
        let account = self.account(true)?;
        let amount = self.amount(account.currency);
        let expires_in = self.span();
        let hold = PlaceHold { account: account.id, amount, expires_in };
        Some((self.asker(account.owner), Command::PlaceHold(hold)))
    }

    fn of_hold(&mut self) -> Option<Wish> {
        let holds: Vec<_> = self.books().holds.values().copied().collect();
        let open: Vec<_> = holds.iter().filter(|it| it.stage == HoldStage::Open).copied().collect();
        let any = self.one_in(8);
        let hold = pick(self.dice, if any { &holds } else { &open })?;
        let owner = self.books().accounts.get(&hold.account).and_then(|it| it.owner);
        let actor = self.asker(owner);
        if self.one_in(5) {
            return Some((actor, Command::ReleaseHold(ReleaseHold { hold: hold.id })));
        }
        let credit = self.account(false)?.id;
        let amount = self.part(hold.remaining(), hold.amount.currency());
        let last = self.one_in(3);
        Some((actor, Command::CaptureHold(CaptureHold { hold: hold.id, credit, amount, last })))
    }

    fn order(&mut self) -> Option<Wish> {
        let opened = self.books().accounts.values().copied();
        let sellers: Vec<Account> = opened.filter(|it| it.kind == AccountKind::Merchant).collect();
        let seller = if self.one_in(20) { self.account(true)? } else { pick(self.dice, &sellers)? };
        let buyer = self.account(false)?;
        let number = if self.one_in(15) { self.dice.roll(self.number) } else { self.number };
        let share = [0, 60, 333, 9_999, 10_000];
        let terms = Terms {
            pay_within: self.span(),
            ship_within: self.span(),
            confirm_within: self.span(),
            answer_within: self.span(),
            fee: pick(self.dice, &share).and_then(Share::new)?,
        };
        let order = CreateOrder {
            seller: seller.id,
            buyer: buyer.id,
            number: OrderNumber::new(&format!("n-{number}"))?,
            price: self.amount(seller.currency),
            mode: if self.one_in(5) { Mode::Direct } else { Mode::Escrow },
            terms,
            subject: Text::new("a thing")?,
        };
        Some((self.asker(seller.owner), Command::CreateOrder(order)))
    }

    fn of_order(&mut self) -> Option<Wish> {
        let here = self.cells[self.here].id;
        if self.one_in(3) {
            // Whoever pays asks the cell of the account.
            let all = self.cells.iter().flat_map(|it| it.books.orders.values());
            let mine = all.filter(|it| it.buyer.cell() == here);
            let new = mine.filter(|it| it.stage == Stage::Created).copied().collect::<Vec<_>>();
            let order = pick(self.dice, &new)?;
            return self.pay(&order);
        }
        let orders: Vec<Order> = self.books().orders.values().copied().collect();
        let ended = [Stage::Closed, Stage::Refunded, Stage::Completed];
        let live = orders.iter().filter(|it| !ended.contains(&it.stage));
        let live: Vec<Order> = live.copied().collect();
        let any = self.one_in(6);
        let order = pick(self.dice, if any { &orders } else { &live })?;
        let dice = if self.one_in(6) { 99 } else { 0 };
        let (buyer, seller) = (order.customer, Some(order.merchant));
        let wish = match (order.stage, dice) {
            (Stage::Created, 0) => return self.pay(&order),
            (Stage::Paid, 0) => match self.dice.roll(6) {
                0 => (buyer, self.ask_refund(&order)),
                1 => (buyer, cancel(&order, Party::Buyer)),
                2 => (buyer, self.dispute(&order, Party::Buyer)),
                _ => {
                    let shipment = self.one_in(2).then(|| self.shipment());
                    (seller, Command::ShipOrder(ShipOrder { order: order.id, shipment }))
                }
            },
            (Stage::Shipped, 0) => match self.dice.roll(4) {
                0 => (buyer, Command::ConfirmOrder(ConfirmOrder { order: order.id })),
                1 => (buyer, self.dispute(&order, Party::Buyer)),
                2 => (seller, self.correct(order.id)),
                _ => (buyer, self.ask_refund(&order)),
            },
            (Stage::PaidRefundAsked | Stage::ShippedRefundAsked, 0) => match self.dice.roll(4) {
                0 => (buyer, self.dispute(&order, Party::Buyer)),
                1 => (buyer, Command::WithdrawRefund(WithdrawRefund { order: order.id })),
                _ => {
                    let agree = self.one_in(2);
                    (
                        seller,
                        Command::AnswerRefund(AnswerRefund {
                            order: order.id,
                            agree,
                            statement: None,
                        }),
                    )
                }
            },
            (Stage::Disputed, 0) if self.one_in(3) => {
                (seller, add_statement(&order, Party::Seller))
            }
            (Stage::Disputed, 0) => (None, self.award(&order)),
            (_, _) => self.anything(&order),
        };
        Some((self.asker(wish.0), wish.1))
    }

    fn pay(&mut self, order: &Order) -> Option<Wish> {
        let other = self.account(true)?.id;
        let debit = if self.one_in(10) { other } else { order.buyer };
        let amount = if self.one_in(10) { self.amount(order.currency()) } else { order.price };
        let owner = self.owner(debit);
        let deliberate = self.one_in(4);
        if self.one_in(3) {
            let cards = self.books().cards.values().filter(|it| Some(it.user) == owner);
            let cards: Vec<_> = cards.map(|it| it.id).collect();
            let (account, card, order) = (debit, pick(self.dice, &cards)?, Some(order.id));
            let top_up = StartTopUp { account, card, amount, order, deliberate };
            return Some((self.asker(owner), Command::TopUp(top_up)));
        }
        let pay = PayOrder { order: order.id, debit, amount, deliberate };
        Some((self.asker(owner), Command::PayOrder(pay)))
    }

    fn owner(&self, account: AccountId) -> Option<UserId> {
        self.books().accounts.get(&account).and_then(|it| it.owner)
    }

    fn shipment(&mut self) -> Shipment {
        let carrier = pick(self.dice, &Carrier::ALL).unwrap_or(Carrier::Other);
        let number = format!("N-{}", self.dice.roll(1_000_000));
        Shipment { carrier, number: TrackingNumber::new(&number).expect("it is short") }
    }

    fn correct(&mut self, order: OrderId) -> Command {
        Command::CorrectShipment(CorrectShipment { order, shipment: self.shipment() })
    }

    fn ask_refund(&mut self, order: &Order) -> Command {
        let amount = self.part(order.refundable(), order.currency());
        let statement = if self.one_in(2) { Statement::new("sealed") } else { None };
        let grounds = self.grounds(Grounds::Damaged);
        Command::AskRefund(AskRefund { order: order.id, amount, grounds, statement })
    }

    /// Such grounds, or any, which may not fit.
    fn grounds(&mut self, such: Grounds) -> Grounds {
        let any = if self.one_in(6) { pick(self.dice, &Grounds::ALL) } else { None };
        any.unwrap_or(such)
    }

    fn dispute(&mut self, it: &Order, party: Party) -> Command {
        let (grounds, statement) = (self.grounds(Grounds::NoAnswer), None);
        Command::DisputeOrder(DisputeOrder { order: it.id, party, grounds, statement })
    }

    fn award(&mut self, order: &Order) -> Command {
        let held = order.in_escrow();
        let to_buyer = match self.dice.roll(5) {
            0 => 0,
            1 => held,
            2 => held + 1,
            _ => self.dice.roll(held.max(1)),
        };
        Command::AwardOrder(AwardOrder { order: order.id, to_buyer })
    }

    /// Something that may or may not be done with an order where it stands.
    fn anything(&mut self, it: &Order) -> (Option<UserId>, Command) {
        let (order, buyer, seller) = (it.id, it.customer, Some(it.merchant));
        let party = if self.one_in(2) { Party::Buyer } else { Party::Seller };
        let side = if party == Party::Buyer { buyer } else { seller };
        match self.dice.roll(11) {
            0 => (seller, Command::ShipOrder(ShipOrder { order, shipment: None })),
            1 => (buyer, Command::ConfirmOrder(ConfirmOrder { order })),
            2 => (side, cancel(it, party)),
            3 => (side, self.dispute(it, party)),
            4 => (seller, Command::ExtendOrder(ExtendOrder { order, by: self.span() })),
            5 => (buyer, self.ask_refund(it)),
            6 => (None, self.award(it)),
            7 => (side, add_statement(it, party)),
            8 => (seller, self.correct(order)),
            _ => {
                let amount = self.part(it.refundable(), it.currency());
                (seller, Command::RefundOrder(RefundOrder { order, amount }))
            }
        }
    }

    fn instruction(&mut self) -> Option<Wish> {
        let account = self.account(true)?;
        let cards: Vec<_> = self.books().cards.values().copied().collect();
        let own: Vec<_> =
            cards.iter().filter(|it| Some(it.user) == account.owner).copied().collect();
        let any = self.one_in(15);
        let card = pick(self.dice, if any { &cards } else { &own })?.id;
        let (account, owner, currency) = (account.id, account.owner, account.currency);
        let amount = self.amount(currency);
        if self.one_in(4) {
            return Some(self.again(account, card, owner));
        }
        let command = if self.one_in(2) {
            let (order, deliberate) = (None, self.one_in(3));
            Command::TopUp(StartTopUp { account, card, amount, order, deliberate })
        } else {
            Command::Withdraw(StartWithdrawal { account, card, amount })
        };
        Some((self.asker(owner), command))
    }

    /// Somebody clicks twice, or tries once more because nothing happened.
    fn again(&mut self, account: AccountId, card: CardId, owner: Option<UserId>) -> Wish {
        let open = self.books().top_ups.values().filter(|it| it.stage.open());
        let open: Vec<_> = open.copied().collect();
        let first = pick(self.dice, &open);
        let second = first.map(|it| (it.account, it.card, it.amount, self.owner(it.account)));
        let amount = self.amount(Currency::CNY);
        let (account, card, amount, owner) = second.unwrap_or((account, card, amount, owner));
        let (order, deliberate) = (first.and_then(|it| it.order), self.one_in(6));
        let top_up = StartTopUp { account, card, amount, order, deliberate };
        (self.asker(owner), Command::TopUp(top_up))
    }

    /// What a bank says: mostly the next thing, but also late, again, or the opposite.
    fn bank(&mut self) -> Option<Wish> {
        if self.one_in(10) {
            return self.receipt();
        }
        let event = pick(self.dice, &BankEvent::ALL)?;
        let number = if self.one_in(12) { 7 } else { self.number };
        let reference = if self.one_in(2) { None } else { reference(number) };
        let amount = if self.one_in(8) { Some(self.amount(Currency::CNY)) } else { None };
        let actor = if self.one_in(3) { Actor::Platform } else { Actor::Bank };
        if self.one_in(2) {
            let all: Vec<_> = self.books().top_ups.values().copied().collect();
            let open = all.iter().filter(|it| it.stage.open() && it.order.is_some());
            let open: Vec<_> = open.copied().collect();
            let some = if self.one_in(2) && !open.is_empty() { &open } else { &all };
            let it = pick(self.dice, some)?;
            let paying = it.order.is_some() && self.one_in(2);
            let event = if paying { BankEvent::Confirm } else { event };
            let new = it.stage == TopUpStage::Created && !self.one_in(8);
            let event = if new { BankEvent::Send } else { event };
            return Some((
                actor,
                Command::AdvanceTopUp(AdvanceTopUp { top_up: it.id, event, reference, amount }),
            ));
        }
        let all: Vec<_> = self.books().withdrawals.values().copied().collect();
        let it = pick(self.dice, &all)?;
        let new = it.stage == WithdrawalStage::Created && !self.one_in(8);
        let event = if new { BankEvent::Send } else { event };
        let advance = AdvanceWithdrawal { withdrawal: it.id, event, reference, amount };
        Some((actor, Command::AdvanceWithdrawal(advance)))
    }

    fn account_state(&mut self) -> Option<Wish> {
        let account = self.account(true)?;
        if account.state == AccountState::Frozen && self.one_in(2) {
            let statement = Statement::new("sealed")?;
            let appeal = Appeal { account: account.id, statement };
            return Some((self.asker(account.owner), Command::Appeal(appeal)));
        }
        let empty = account.balance() == 0 && account.held == 0;
        let changes = [AccountChange::Freeze, AccountChange::Unfreeze, AccountChange::Unfreeze];
        let change = pick(self.dice, &changes)?;
        let change = if empty { AccountChange::Close } else { change };
        let account = account.id;
        Some((Actor::Platform, Command::SetAccountState(SetAccountState { account, change })))
    }

    fn limit(&mut self) -> Option<Wish> {
        let kind = pick(self.dice, &[AccountKind::Customer, AccountKind::Merchant])?;
        let limit = pick(self.dice, &[0, 0, 200_000])?;
        Some((Actor::Platform, Command::SetBalanceLimit(SetBalanceLimit { kind, limit })))
    }

    /// A customer empties an account and closes it, although somebody still owes it money.
    pub(crate) fn leave(&mut self) -> Vec<Wish> {
        let Some(account) = self.account(true) else { return Vec::new() };
        let Some(to) = self.account(true) else { return Vec::new() };
        let amount = Money::new(account.available(), account.currency);
        let transfer = Transfer { debit: account.id, credit: to.id, amount };
        let close = SetAccountState { account: account.id, change: AccountChange::Close };
        vec![
            (Actor::Platform, Command::Transfer(transfer)),
            (Actor::Platform, Command::SetAccountState(close)),
        ]
    }
}

pub(crate) fn reference(number: u64) -> Option<BankReference> {
    let (bank, number) = (BankName::new("icbc")?, BankNumber::new(&format!("b-{number}"))?);
    Some(BankReference { bank, number })
}

fn cancel(it: &Order, party: Party) -> Command {
    Command::CancelOrder(CancelOrder { order: it.id, party })
}

fn add_statement(it: &Order, party: Party) -> Command {
    let statement = Statement::new("sealed").expect("it is short and visible");
    Command::AddStatement(AddStatement { order: it.id, party, statement })
}
