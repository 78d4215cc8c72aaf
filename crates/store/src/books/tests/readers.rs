//! Readers beside a writer: whatever they see is the books at one position.

use crate::codec::{decode_request, encode_request, fingerprint};
use crate::index::Direction;
use crate::journal::Location;
use crate::{Cell, List, Miss, Store, View};
use ledger::account::{FIRST_OPENED, System};
use ledger::command::{
    AddUser, Command, ConfirmOrder, CreateOrder, Found, OpenAccount, PayOrder, Request, ShipOrder,
    Transfer,
};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::id::{AccountId, CellId, OrderId, Position, RequestId, UserId};
use ledger::money::{Money, Share};
use ledger::name::{OrderNumber, Text};
use ledger::order::{Mode, Stage, Terms};
use ledger::registry::UserKind;
use ledger::time::{Seconds, Time};
use ledger::{At, apply};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::ScopedJoinHandle;

const CELL: CellId = CellId::new(0);
const CNY: Currency = Currency::CNY;
/// Enough for their rows to need more pages than the least memory has.
const ACCOUNTS: u64 = 4_000;
const ORDERS: u64 = 1_500;

fn account(number: u64) -> AccountId {
    AccountId::new(CELL, FIRST_OPENED + number)
}

/// A writer that makes its records up.
struct Writer<'a> {
    cell: &'a Cell,
    next: u64,
}

impl Writer<'_> {
    fn ask(&mut self, command: Command) {
        let id = RequestId(u128::from(self.next));
        let request = Request { id, actor: Actor::Platform, command };
        let mut bytes = Vec::new();
        encode_request(&request, &mut bytes);
        let at = At { position: Position(self.next), time: Time(1_000 + self.next) };
        self.next += 1;
        self.cell.write(|store| {
            store.begin_record(Location::from_raw(at.position.0));
            apply(store, at, &decode_request(&bytes).unwrap(), fingerprint(&bytes));
        });
    }

    fn begin(&mut self) {
        self.ask(Command::Found(Found { cell: CELL, sandbox: false }));
        let name = Text::new("某人").unwrap();
        self.ask(Command::AddUser(AddUser { kind: UserKind::Merchant, name: name.clone() }));
        for number in 0..ACCOUNTS {
            let owner = UserId::new(CELL, number / 16);
            if number % 16 == 0 {
                let kind = UserKind::Merchant;
                self.ask(Command::AddUser(AddUser { kind, name: name.clone() }));
            }
            self.ask(Command::OpenAccount(OpenAccount { owner, currency: CNY, balance_limit: 0 }));
            let debit = System::Capital.id(CELL, CNY);
            let amount = Money::new(100_000, CNY);
            self.ask(Command::Transfer(Transfer { debit, credit: account(number), amount }));
        }
    }

    fn go_on(&mut self, round: u64) {
        let (one, other) = (round * 7 % ACCOUNTS, (round * 13 + 1) % ACCOUNTS);
        let (debit, credit) = (account(one), account(other));
        let amount = Money::new(100, CNY);
        self.ask(Command::Transfer(Transfer { debit, credit, amount }));
        if round < ORDERS {
            let week = Seconds::days(7);
            let terms = Terms {
                pay_within: week,
                ship_within: week,
                confirm_within: week,
                answer_within: week,
                fee: Share::new(60).unwrap(),
            };
            self.ask(Command::CreateOrder(CreateOrder {
                seller: credit,
                buyer: debit,
                number: OrderNumber::new(&format!("n{round}")).unwrap(),
                price: amount,
                mode: Mode::Escrow,
                terms,
                subject: Text::new("茶叶").unwrap(),
            }));
        }
        let order = OrderId::new(CELL, round * 31 % ORDERS);
        let number = order.number();
        match round % 3 {
            0 => {
                let debit = account(number * 7 % ACCOUNTS);
                self.ask(Command::PayOrder(PayOrder { order, debit, amount, deliberate: false }));
            }
            1 => self.ask(Command::ShipOrder(ShipOrder { order, shipment: None })),
            _ => self.ask(Command::ConfirmOrder(ConfirmOrder { order })),
        }
    }
}

/// Double entry: all balances add up to nothing. Half a record, or rows of different positions,
/// would not.
fn balances_add_up(view: &View<'_>) -> Result<(), Miss> {
    let systems = [System::Capital, System::Escrow, System::Fees].map(|it| it.id(CELL, CNY));
    let mut sum = 0;
    for id in systems.into_iter().chain((0..ACCOUNTS).map(account)) {
        sum += view.account(id)?.map_or(0, |it| it.balance());
    }
    assert_eq!(sum, 0);
    let totals = view.totals()?;
    let debits: u128 = totals.iter().map(|it| it.debits).sum();
    let credits: u128 = totals.iter().map(|it| it.credits).sum();
    assert_eq!(debits, credits);
    Ok(())
}

/// What the index says of an order is what its row says.
fn stages_agree(view: &View<'_>, stage: Stage) -> Result<usize, Miss> {
    let ids = view.list(List::StageOrders(stage), Direction::Backwards, None, 20)?;
    for id in &ids {
        let order = view.order(OrderId::from_raw(*id))?.unwrap();
        assert_eq!(order.stage, stage);
        let timeline = view.timeline(order.last_event, 100)?;
        assert!(timeline.is_sorted_by(|newer, older| newer.0 > older.0));
        assert!(!timeline.is_empty());
    }
    Ok(ids.len())
}

/// The history of an account adds up to its balance.
fn history_adds_up(view: &View<'_>, id: AccountId) -> Result<(), Miss> {
    let account = view.account(id)?.unwrap();
    let postings = view.postings_of(id, None, usize::MAX)?;
    assert_eq!(u64::try_from(postings.len()).unwrap(), account.postings);
    let amounts = postings.iter().map(|(_, it)| {
        if it.credit == id { i128::from(it.amount) } else { -i128::from(it.amount) }
    });
    assert_eq!(amounts.sum::<i128>(), account.balance());
    Ok(())
}

/// Says at its end that there is no more to read.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

#[test]
fn readers_see_the_books_at_one_position() {
    let home = tempfile::tempdir().unwrap();
    let cell = Cell::new(Store::open(home.path(), 0).unwrap());
    let mut writer = Writer { cell: &cell, next: 0 };
    writer.begin();
    let (done, looks, runs) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let found = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let read = |first: u64| {
            let mut round = first;
            while !done.load(Relaxed) {
                round += 1;
                let stage = Stage::ALL[usize::try_from(round % 9).unwrap()];
                let looked = cell.read(|view| {
                    runs.fetch_add(1, Relaxed);
                    balances_add_up(view)?;
                    history_adds_up(view, account(round * 37 % ACCOUNTS))?;
                    stages_agree(view, stage)
                });
                found.fetch_add(u64::try_from(looked.unwrap().0).unwrap(), Relaxed);
                looks.fetch_add(1, Relaxed);
            }
        };
        let readers = [scope.spawn(move || read(0)), scope.spawn(move || read(1_000))];
        // Also when the writer fails: readers must not wait for it for ever.
        let _ends = Ends(&done);
        let mut writing: Option<ScopedJoinHandle<'_, ()>> = None;
        for round in 0..12_000 {
            writer.go_on(round);
            if readers.iter().any(ScopedJoinHandle::is_finished) {
                break;
            }
            if round % 1_500 == 0 {
                if let Some(last) = writing.take() {
                    last.join().unwrap();
                }
                let begun = cell.write(Store::begin_checkpoint);
                writing = Some(scope.spawn(|| {
                    cell.complete(begun).unwrap();
                    cell.merge().unwrap();
                }));
            }
        }
    });
    let (looks, runs) = (looks.into_inner(), runs.into_inner());
    assert!(looks > 20, "{looks} looks");
    assert!(runs > looks, "no look missed a page");
    assert!(found.into_inner() > 100, "few orders were found in lists");
}
