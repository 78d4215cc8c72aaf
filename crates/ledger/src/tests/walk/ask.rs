//! What the walk asks: mostly about things that are there, now and then about anything.

use super::Dice;
use crate::account::{Account, AccountKind, AccountState, System};
use crate::bank::{BankEvent, BankReference};
use crate::command::{
    AccountChange, AddStatement, AdvanceClock, AdvanceTopUp, AdvanceWithdrawal, AnswerRefund,
    Appeal, AskRefund, AwardOrder, CancelOrder, CaptureHold, Command, ConfirmOrder,
    CorrectShipment, CreateOrder, DisputeOrder, ExtendOrder, LinkedTransfers, OpenAccount,
    PayOrder, PlaceHold, RecordAttempt, RecordReceipt, Redeliver, RefundOrder, ReleaseHold,
    Resolution, ResolveReceipt, SetAccountState, SetBalanceLimit, ShipOrder, StartTopUp,
    StartWithdrawal, Transfer, WithdrawRefund,
};
use crate::currency::Currency;
use crate::event::Actor;
use crate::id::{
    AccountId, CardId, CellId, DeliveryId, EndpointId, EventId, HoldId, OrderId, ReceiptId,
    TopUpId, UserId, WithdrawalId,
};
use crate::memory::MemoryBooks;
use crate::money::{AMOUNT_MAX, Money, Share};
use crate::name::{BankName, BankNumber, OrderNumber, Statement, Text, TrackingNumber};
use crate::order::{Grounds, Mode, Party, Terms};
use crate::shipment::{Carrier, Shipment};
use crate::time::Seconds;

use super::super::world::{CELLS, World};

/// Somebody asks for something.
pub(super) fn anything(world: &World, dice: &mut Dice, cell: u8) -> (Actor, Command) {
    let mut ask = Ask { world, books: &world.cells[usize::from(cell)], dice, cell };
    let command = ask.command();
    let actor = match ask.dice.roll(20) {
        0 => Actor::User(ask.user()),
        1 => Actor::Bank,
        2 => Actor::Clock,
        _ => Actor::Platform,
    };
    (actor, command)
}

struct Ask<'a> {
    world: &'a World,
    books: &'a MemoryBooks,
    dice: &'a mut Dice,
    cell: u8,
}

impl Ask<'_> {
    fn command(&mut self) -> Command {
        match self.dice.roll(100) {
            0..=1 => Command::Tick,
            2..=13 => self.money(),
            14..=23 => self.hold(),
            24..=37 => Command::CreateOrder(self.new_order()),
            38..=51 => self.pay(),
            52..=75 => self.order_step(),
            76..=92 => self.bank(),
            _ => self.rest(),
        }
    }

    fn money(&mut self) -> Command {
        let (debit, credit, amount) = (self.account(), self.anywhere(), self.amount());
        let transfer = Transfer { debit, credit, amount };
        if self.dice.roll(5) > 0 {
            return Command::Transfer(transfer);
        }
        let back = Transfer { debit: credit, credit: debit, amount: self.amount() };
        Command::LinkedTransfers(LinkedTransfers { transfers: vec![transfer, back, transfer] })
    }

    fn hold(&mut self) -> Command {
        let (account, amount) = (self.account(), self.amount());
        let expires_in = Seconds(u32::try_from(self.dice.roll(4)).unwrap() * 40_000);
        let known = self.books.holds.keys().copied();
        let hold = self.dice.pick(known).unwrap_or(HoldId::new(CellId::new(self.cell), 7));
        match self.dice.roll(5) {
            0..=1 => Command::PlaceHold(PlaceHold { account, amount, expires_in }),
            2..=3 => {
                let last = self.dice.roll(4) == 0;
                let amount = Money::new(amount.minor() / 4, amount.currency());
                Command::CaptureHold(CaptureHold { hold, credit: self.anywhere(), amount, last })
            }
            _ => Command::ReleaseHold(ReleaseHold { hold }),
        }
    }

    fn new_order(&mut self) -> CreateOrder {
        let merchants = self.books.accounts.values().filter(|it| it.kind == AccountKind::Merchant);
        let merchants: Vec<AccountId> = merchants.map(|it| it.id).collect();
        let seller = self.dice.pick(merchants.into_iter()).unwrap();
        let number = format!("n{}", self.dice.roll(100_000));
        CreateOrder {
            seller,
            buyer: self.anywhere(),
            number: OrderNumber::new(&number).unwrap(),
            price: self.amount(),
            mode: if self.dice.roll(6) == 0 { Mode::Direct } else { Mode::Escrow },
            terms: Terms {
                pay_within: Seconds(200_000),
                ship_within: Seconds(100_000),
                confirm_within: Seconds(300_000),
                answer_within: Seconds(100_000),
                fee: Share::new(u16::try_from(self.dice.roll(2_000)).unwrap()).unwrap(),
            },
            subject: Text::default(),
        }
    }

    /// Pays an order whose buyer lives here, wherever the order does.
    fn pay(&mut self) -> Command {
        let orders = self.world.cells.iter().flat_map(|it| it.orders.values());
        let here = orders.filter(|it| it.buyer.cell() == CellId::new(self.cell));
        let payable: Vec<_> = here.map(|it| (it.id, it.buyer, it.price)).collect();
        let Some((order, debit, price)) = self.dice.pick(payable.into_iter().rev().take(6)) else {
            return Command::Tick;
        };
        let amount = if self.dice.roll(12) == 0 { self.amount() } else { price };
        let debit = if self.dice.roll(12) == 0 { self.account() } else { debit };
        let deliberate = self.dice.roll(3) == 0;
        if self.dice.roll(3) == 0 {
            let (account, order) = (debit, Some(order));
            let owner = self.books.accounts.get(&account).and_then(|it| it.owner);
            let card = self.books.cards.values().find(|it| Some(it.user) == owner);
            let card = card.map_or(CardId::new(CellId::new(self.cell), 1), |it| it.id);
            return Command::TopUp(StartTopUp { account, card, amount, order, deliberate });
        }
        Command::PayOrder(PayOrder { order, debit, amount, deliberate })
    }

    fn order_step(&mut self) -> Command {
        let known = self.books.orders.keys().rev().take(8).copied();
        let known: Vec<OrderId> = known.collect();
        let order = self.dice.pick(known.into_iter());
        let order = order.unwrap_or(OrderId::new(CellId::new(self.cell), 999));
        let price = self.books.orders.get(&order).map(|it| it.price);
        let part = price.map_or(1, |it| {
            let whole = it.minor();
            if self.dice.roll(3) == 0 { whole } else { self.dice.roll(whole + 2) }
        });
        let amount = Money::new(part, Currency::CNY);
        let party = if self.dice.roll(2) == 0 { Party::Buyer } else { Party::Seller };
        let number = TrackingNumber::new(&format!("sf-{part}")).unwrap();
        let shipment = Shipment { carrier: Carrier::Sf, number };
        match self.dice.roll(18) {
            0 => Command::ShipOrder(ShipOrder { order, shipment: None }),
            1 => Command::ShipOrder(ShipOrder { order, shipment: Some(shipment) }),
            2 => Command::ConfirmOrder(ConfirmOrder { order }),
            3 => Command::CancelOrder(CancelOrder { order, party }),
            4 => Command::ExtendOrder(ExtendOrder { order, by: Seconds(50_000) }),
            5..=6 => {
                let (grounds, statement) = (self.grounds(), self.said());
                Command::AskRefund(AskRefund { order, amount, grounds, statement })
            }
            7 => Command::WithdrawRefund(WithdrawRefund { order }),
            8 => {
                let (agree, statement) = (party == Party::Buyer, self.said());
                Command::AnswerRefund(AnswerRefund { order, agree, statement })
            }
            9 => Command::RefundOrder(RefundOrder { order, amount }),
            10..=11 => {
                let (grounds, statement) = (self.grounds(), self.said());
                Command::DisputeOrder(DisputeOrder { order, party, grounds, statement })
            }
            13..=14 => {
                let statement = Statement::new("sealed").unwrap();
                Command::AddStatement(AddStatement { order, party, statement })
            }
            12 => Command::CorrectShipment(CorrectShipment { order, shipment }),
            _ => Command::AwardOrder(AwardOrder { order, to_buyer: part }),
        }
    }

    fn grounds(&mut self) -> Grounds {
        // The last of them is good for everything.
        let any = self.dice.pick(Grounds::ALL.into_iter()).unwrap();
        if self.dice.roll(4) == 0 { any } else { Grounds::Other }
    }

    fn said(&mut self) -> Option<Statement> {
        if self.dice.roll(2) == 0 { Statement::new("sealed") } else { None }
    }

    fn bank(&mut self) -> Command {
        let (account, amount) = (self.account(), self.amount());
        let event = self.dice.pick(BankEvent::ALL.into_iter()).unwrap();
        let event = match self.dice.roll(6) {
            0..=1 => BankEvent::Send,
            2..=3 => BankEvent::Confirm,
            _ => event,
        };
        let owner = self.books.accounts.get(&account).and_then(|it| it.owner);
        let cards = self.books.cards.values().find(|it| Some(it.user) == owner);
        let cell = CellId::new(self.cell);
        let card = cards.map_or(CardId::new(cell, 1), |it| it.id);
        let top_ups: Vec<TopUpId> = self.books.top_ups.keys().rev().take(6).copied().collect();
        let withdrawals = self.books.withdrawals.keys().rev().take(5).copied();
        let withdrawals: Vec<WithdrawalId> = withdrawals.collect();
        let number = format!("b{}", self.dice.roll(300));
        let reference = (self.dice.roll(2) == 0).then(|| BankReference {
            bank: BankName::new("icbc").unwrap(),
            number: BankNumber::new(&number).unwrap(),
        });
        let said = (self.dice.roll(6) == 0).then(|| self.amount());
        if self.dice.roll(6) == 0 {
            return self.receipt(reference, account, card);
        }
        match self.dice.roll(8) {
            0 => {
                let deliberate = self.dice.roll(4) == 0;
                Command::TopUp(StartTopUp { account, card, amount, order: None, deliberate })
            }
            1 => Command::Withdraw(StartWithdrawal { account, card, amount }),
            2..=4 => {
                let top_up = self.dice.pick(top_ups.into_iter());
                let top_up = top_up.unwrap_or(TopUpId::new(cell, 9));
                Command::AdvanceTopUp(AdvanceTopUp { top_up, event, reference, amount: said })
            }
            _ => {
                let withdrawal = self.dice.pick(withdrawals.into_iter());
                let withdrawal = withdrawal.unwrap_or(WithdrawalId::new(cell, 9));
                Command::AdvanceWithdrawal(AdvanceWithdrawal {
                    withdrawal,
                    event,
                    reference,
                    amount: said,
                })
            }
        }
    }

    fn receipt(
        &mut self,
        reference: Option<BankReference>,
        account: AccountId,
        card: CardId,
    ) -> Command {
        if let Some(reference) = reference {
            return Command::RecordReceipt(RecordReceipt { reference, amount: self.amount() });
        }
        let open = self.books.receipts.values().rev().filter(|it| it.stage.code() == "open");
        let known = open.map(|it| it.id).take(4).collect::<Vec<_>>();
        let receipt = self.dice.pick(known.into_iter());
        let receipt = receipt.unwrap_or(ReceiptId::new(CellId::new(self.cell), 5));
        let looked_into = self.books.top_ups.values();
        let mut looked_into =
            looked_into.filter(|it| it.stage.code() == "investigating" && !it.set_aside);
        let resolution = match (self.dice.roll(6), looked_into.next_back()) {
            (0, _) => Resolution::Credit { account },
            (1, _) => Resolution::Return { account, card },
            (2..=4, Some(top_up)) => Resolution::Match { top_up: top_up.id },
            (_, _) => Resolution::WriteOff,
        };
        Command::ResolveReceipt(ResolveReceipt { receipt, resolution })
    }

    fn rest(&mut self) -> Command {
        let cell = CellId::new(self.cell);
        let number = self.dice.roll(40);
        match self.dice.roll(11) {
            0..=4 => {
                let changes = [
                    AccountChange::Freeze,
                    AccountChange::Unfreeze,
                    AccountChange::Unfreeze,
                    AccountChange::Close,
                ];
                let change = self.dice.pick(changes.into_iter()).unwrap();
                let empty = |it: &&Account| it.owner.is_some() && it.debits == it.credits;
                let account = match (change, self.books.accounts.values().find(empty)) {
                    (AccountChange::Close, Some(it)) => it.id,
                    (AccountChange::Close, None) => return self.emptying(),
                    (AccountChange::Freeze | AccountChange::Unfreeze, _) => self.account(),
                };
                Command::SetAccountState(SetAccountState { account, change })
            }
            5 => {
                let frozen = |it: &&Account| it.state == AccountState::Frozen;
                let account = self.books.accounts.values().find(frozen).map(|it| it.id);
                let account = account.unwrap_or_else(|| self.account());
                let statement = Statement::new("sealed").unwrap();
                Command::Appeal(Appeal { account, statement })
            }
            6 => Command::AdvanceClock(AdvanceClock { by: Seconds(40_000) }),
            7 => {
                let kind = self.dice.pick(AccountKind::ALL.into_iter()).unwrap();
                let limit = self.dice.roll(2) * 5_000;
                Command::SetBalanceLimit(SetBalanceLimit { kind, limit })
            }
            8 => {
                let delivery = DeliveryId::new(cell, number);
                let status = if self.dice.roll(9) == 0 { 410 } else { 200 };
                Command::RecordAttempt(RecordAttempt { delivery, status })
            }
            9 => {
                let from = EventId::new(cell, number);
                let to = EventId::new(cell, self.dice.roll(40));
                Command::Redeliver(Redeliver { endpoint: EndpointId::new(cell, 0), from, to })
            }
            _ => {
                let (owner, currency) = (self.user(), Currency::CNY);
                Command::OpenAccount(OpenAccount { owner, currency, balance_limit: 0 })
            }
        }
    }

    /// Takes all that an account has, so that it can be closed.
    fn emptying(&mut self) -> Command {
        let debit = self.account();
        let has = self.books.accounts.get(&debit).map_or(1, |it| it.credits - it.debits);
        let (credit, amount) = (self.anywhere(), Money::new(has, Currency::CNY));
        Command::Transfer(Transfer { debit, credit, amount })
    }

    /// An account of this cell; now and then one that nobody has, or that nobody may name.
    fn account(&mut self) -> AccountId {
        let cell = self.books.settings.unwrap().cell;
        let opened = |it: &AccountId| System::of(*it).is_none();
        match self.dice.roll(25) {
            0 => System::Fees.id(cell, Currency::CNY),
            1 => System::Escrow.id(cell, Currency::CNY),
            2 => AccountId::new(cell, self.dice.roll(1_000_000)),
            _ => {
                let accounts = self.books.accounts.keys().copied().filter(opened);
                let accounts: Vec<AccountId> = accounts.collect();
                self.dice.pick(accounts.into_iter()).unwrap()
            }
        }
    }

    /// An account of any cell.
    fn anywhere(&mut self) -> AccountId {
        let here = self.books;
        let cell = self.dice.roll(u64::from(CELLS));
        if self.dice.roll(2) == 0 {
            self.books = &self.world.cells[usize::try_from(cell).unwrap()];
        }
        let account = self.account();
        self.books = here;
        account
    }

    fn user(&mut self) -> UserId {
        let users = self.books.users.keys().copied();
        self.dice.pick(users).unwrap()
    }

    /// Mostly a small amount; now and then one that no request may have.
    fn amount(&mut self) -> Money {
        let jpy = Currency::from_code("JPY").unwrap();
        match self.dice.roll(60) {
            0 => Money::new(0, Currency::CNY),
            1 => Money::new(AMOUNT_MAX, Currency::CNY),
            2 => Money::new(u64::MAX, Currency::CNY),
            3 => Money::new(5, jpy),
            _ => Money::new(1 + self.dice.roll(900), Currency::CNY),
        }
    }
}
