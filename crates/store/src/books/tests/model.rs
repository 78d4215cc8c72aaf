use crate::Store;
use crate::codec::{decode_request, encode_request, fingerprint};
use crate::index::Direction;
use crate::journal::Location;
use crate::{Cell, List, View};
use ledger::account::{Account, FIRST_OPENED, System};
use ledger::bank::{BankEvent, BankReference};
use ledger::books::{Books, Series};
use ledger::command::{
    AccountChange, AddCard, AddEndpoint, AddPerson, AddUser, AdvanceTopUp, AdvanceWithdrawal,
    AnswerRefund, Appeal, AskLevel, AskRefund, AwardOrder, CancelOrder, CaptureHold, CloseSessions,
    Command, ConfirmOrder, CreateOrder, DisputeOrder, ErasePerson, FailSignIn, Found,
    LinkedTransfers, OpenAccount, OpenSession, PayOrder, PlaceHold, RecordAttempt, RefundOrder,
    ReleaseHold, RemoveCard, Request, SetAccountState, SetLimit, SetProfile, ShipOrder, StartTopUp,
    StartWithdrawal, Transfer,
};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::id::{
    AccountId, CardId, CellId, DeliveryId, HoldId, OrderId, Position, RequestId, TopUpId, UserId,
    WithdrawalId,
};
use ledger::limits::{Flow, Limit};
use ledger::memory::MemoryBooks;
use ledger::money::{Money, Share};
use ledger::name::{BankName, BankNumber, OrderNumber, Statement, Text};
use ledger::order::{Grounds, Mode, Party, Stage, Terms};
use ledger::person::{Level, Method};
use ledger::registry::UserKind;
use ledger::time::{Seconds, Time};
use ledger::{At, apply};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const CELL: CellId = CellId::new(0);
const USERS: u64 = 8;

pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % sides
    }
    fn account(&mut self) -> AccountId {
        AccountId::new(CELL, FIRST_OPENED + self.roll(USERS))
    }
    fn money(&mut self) -> Money {
        Money::new(1 + self.roll(3_000), Currency::CNY)
    }
    fn order(&mut self) -> OrderId {
        OrderId::new(CELL, self.roll(40))
    }
    fn bank_event(&mut self) -> BankEvent {
        let place = usize::try_from(self.roll(6)).unwrap();
        BankEvent::ALL[place]
    }

    pub(super) fn command(&mut self) -> Command {
        let (order, amount) = (self.order(), self.money());
        let party = if self.roll(2) == 0 { Party::Buyer } else { Party::Seller };
        match self.roll(28) {
            0..=2 => Command::CreateOrder(self.create_order()),
            3..=5 => self.pay(),
            6 => Command::ShipOrder(ShipOrder { order, shipment: None }),
            7 => Command::ConfirmOrder(ConfirmOrder { order }),
            8 => ask_refund(order, amount),
            9 => {
                let agree = self.roll(2) == 0;
                Command::AnswerRefund(AnswerRefund { order, agree, statement: None })
            }
            10 => Command::RefundOrder(RefundOrder { order, amount }),
            11 => dispute(order, party),
            12 => Command::AwardOrder(AwardOrder { order, to_buyer: amount.minor() }),
            13 => Command::CancelOrder(CancelOrder { order, party }),
            14 => {
                let (account, expires_in) = (self.account(), Seconds(3_600));
                Command::PlaceHold(PlaceHold { account, amount, expires_in })
            }
            15 => {
                let (hold, credit) = (HoldId::new(CELL, self.roll(20)), self.account());
                Command::CaptureHold(CaptureHold { hold, credit, amount, last: false })
            }
            16 => Command::ReleaseHold(ReleaseHold { hold: HoldId::new(CELL, self.roll(20)) }),
            17 => {
                let (account, card) = (self.account(), CardId::new(CELL, self.roll(USERS)));
                let deliberate = self.roll(2) == 0;
                let order = (self.roll(3) == 0).then(|| self.order());
                Command::TopUp(StartTopUp { account, card, amount, order, deliberate })
            }
            18 => {
                let reference = self.reference();
                let (top_up, event) = (TopUpId::new(CELL, self.roll(20)), self.bank_event());
                Command::AdvanceTopUp(AdvanceTopUp { top_up, event, reference, amount: None })
            }
            19 => {
                let (account, card) = (self.account(), CardId::new(CELL, self.roll(USERS)));
                Command::Withdraw(StartWithdrawal { account, card, amount })
            }
            20 => {
                let reference = self.reference();
                let (withdrawal, event) =
                    (WithdrawalId::new(CELL, self.roll(20)), self.bank_event());
                Command::AdvanceWithdrawal(AdvanceWithdrawal {
                    withdrawal,
                    event,
                    reference,
                    amount: None,
                })
            }
            21 => self.freeze(),
            22 => {
                let (delivery, status) = (DeliveryId::new(CELL, self.roll(50)), 200);
                let status = if self.roll(3) == 0 { 500 } else { status };
                Command::RecordAttempt(RecordAttempt { delivery, status })
            }
            23 => {
                let transfers = (0..self.roll(4)).map(|_| self.transfer()).collect();
                Command::LinkedTransfers(LinkedTransfers { transfers })
            }
            24..=26 => self.person(),
            _ => Command::Transfer(self.transfer()),
        }
    }

    /// An account is frozen or unfrozen, or its owner appeals.
    fn freeze(&mut self) -> Command {
        let account = self.account();
        if self.roll(2) == 0 {
            let statement = Statement::new("sealed").unwrap();
            return Command::Appeal(Appeal { account, statement });
        }
        let freeze = self.roll(2) == 0;
        let change = if freeze { AccountChange::Freeze } else { AccountChange::Unfreeze };
        Command::SetAccountState(SetAccountState { account, change })
    }

    /// Something about one of a few people.
    fn person(&mut self) -> Command {
        let user = UserId::new(CELL, USERS + self.roll(6));
        let (login, sealed) = (Some(u128::from(self.roll(9))), Text::new("封").unwrap());
        let seen_from = sealed.clone();
        match self.roll(16) {
            0..=1 => {
                let (kind, profile) = (UserKind::Customer, sealed.clone());
                let (slot, password, duty) = (self.roll(99), Some(sealed), None);
                Command::AddPerson(AddPerson { kind, slot, login, profile, password, duty })
            }
            2 => Command::SetProfile(SetProfile { user, profile: sealed, login }),
            3..=4 => {
                let (hash, method, lasts) = ([3; 32], Method::Passkey, Seconds(3_600));
                Command::OpenSession(OpenSession { user, hash, method, seen_from, lasts })
            }
            5 => Command::FailSignIn(FailSignIn { user, method: Method::Password, seen_from }),
            6 => Command::CloseSessions(CloseSessions { user, keep: None }),
            7 => Command::AskLevel(AskLevel { user, papers: sealed }),
            9 => self.limit(),
            10..=14 => self.owned(user),
            8 => Command::RemoveCard(RemoveCard { card: CardId::new(CELL, self.roll(60)) }),
            _ => {
                Command::ErasePerson(ErasePerson { user: UserId::new(CELL, USERS + self.roll(30)) })
            }
        }
    }

    fn limit(&mut self) -> Command {
        let most = 1_000 + self.roll(90_000);
        let limit = Limit { day_max: most, day_count: self.roll(4), ..Limit::default() };
        let place = usize::try_from(self.roll(4)).unwrap();
        Command::SetLimit(SetLimit { level: Level::Unverified, flow: Flow::ALL[place], limit })
    }

    /// A few accounts of people, so that something is counted.
    fn owned(&mut self, owner: UserId) -> Command {
        if self.roll(2) == 0 {
            let (currency, balance_limit) = (Currency::CNY, 0);
            return Command::OpenAccount(OpenAccount { owner, currency, balance_limit });
        }
        let account = AccountId::new(CELL, FIRST_OPENED + USERS + self.roll(6));
        let (amount, credit) = (self.money(), self.account());
        let capital = System::Capital.id(CELL, Currency::CNY);
        let transfers = vec![
            Transfer { debit: capital, credit: account, amount },
            Transfer { debit: account, credit, amount },
        ];
        Command::LinkedTransfers(LinkedTransfers { transfers })
    }

    fn create_order(&mut self) -> CreateOrder {
        let day = Seconds(86_400);
        CreateOrder {
            seller: self.account(),
            buyer: self.account(),
            number: OrderNumber::new(&format!("n{}", self.roll(100))).unwrap(),
            price: self.money(),
            mode: if self.roll(4) == 0 { Mode::Direct } else { Mode::Escrow },
            terms: Terms {
                pay_within: day,
                ship_within: day,
                confirm_within: day,
                answer_within: day,
                fee: Share::new(60).unwrap(),
            },
            subject: Text::new("茶叶").unwrap(),
        }
    }

    fn pay(&mut self) -> Command {
        Command::PayOrder(PayOrder {
            order: self.order(),
            debit: self.account(),
            amount: self.money(),
            deliberate: self.roll(2) == 0,
        })
    }

    fn reference(&mut self) -> Option<BankReference> {
        let number = BankNumber::new(&format!("b{}", self.roll(200))).unwrap();
        let bank = BankName::new("icbc").unwrap();
        (self.roll(2) == 0).then_some(BankReference { bank, number })
    }

    fn transfer(&mut self) -> Transfer {
        Transfer { debit: self.account(), credit: self.account(), amount: self.money() }
    }
}

/// The requests so far, as the journal would have them.
#[derive(Default)]
struct Past {
    records: Vec<(Time, Vec<u8>)>,
}

pub(super) struct World {
    pub(super) home: PathBuf,
    pub(super) dice: Dice,
    past: Past,
    memory: MemoryBooks,
    pub(super) cell: Cell,
    seen: BTreeSet<&'static str>,
}

fn location(position: usize) -> Location {
    Location::from_raw(u64::try_from(position).unwrap() * 7)
}

impl World {
    pub(super) fn new(home: &Path, seed: u64) -> World {
        let mut world = World {
            home: home.to_owned(),
            dice: Dice(seed),
            past: Past::default(),
            memory: MemoryBooks::default(),
            cell: Cell::new(Store::open(home, 0).unwrap()),
            seen: BTreeSet::new(),
        };
        world.ask(Command::Found(Found { cell: CELL, sandbox: true }));
        for number in 0..USERS {
            let (kind, currency) = (UserKind::Merchant, Currency::CNY);
            let kind = if number % 2 == 0 { UserKind::Customer } else { kind };
            let (user, name) = (UserId::new(CELL, number), Text::new("某人").unwrap());
            world.ask(Command::AddUser(AddUser { kind, name: name.clone() }));
            world.ask(Command::OpenAccount(OpenAccount {
                owner: user,
                currency,
                balance_limit: 0,
            }));
            let (bank, token) = (BankName::new("icbc").unwrap(), name.clone());
            world.ask(Command::AddCard(AddCard { user, bank, token, last_four: 8 }));
            world.ask(Command::AddEndpoint(AddEndpoint { user, url: name }));
            world.ask(Command::Transfer(Transfer {
                debit: System::Capital.id(CELL, currency),
                credit: AccountId::new(CELL, FIRST_OPENED + number),
                amount: Money::new(50_000, currency),
            }));
        }
        world
    }

    pub(super) fn ask(&mut self, command: Command) {
        let id = RequestId(u128::try_from(self.past.records.len()).unwrap() << 64 | 1);
        let request = Request { id, actor: Actor::Platform, command };
        let mut bytes = Vec::new();
        encode_request(&request, &mut bytes);
        assert_eq!(decode_request(&bytes), Ok(request));
        self.offer(bytes);
    }

    fn offer(&mut self, bytes: Vec<u8>) {
        let last = self.past.records.last().map_or(0, |(time, _)| time.0);
        let time = Time(last + self.dice.roll(3_600_000));
        let position = self.past.records.len();
        let at = At { position: Position(u64::try_from(position).unwrap()), time };
        let (request, print) = (decode_request(&bytes).unwrap(), fingerprint(&bytes));
        self.past.records.push((time, bytes));
        let expected = apply(&mut self.memory, at, &request, print);
        let answer = self.cell.write(|store| {
            store.begin_record(location(position));
            apply(store, at, &request, print)
        });
        assert_eq!(answer, expected, "{request:?}");
        if expected.repeated {
            self.seen.insert("a retry");
        }
    }

    fn step(&mut self) {
        match self.dice.roll(300) {
            0 => {
                let begun = self.cell.write(Store::begin_checkpoint);
                for _ in 0..self.dice.roll(20) {
                    let command = self.dice.command();
                    self.ask(command);
                }
                if self.dice.roll(4) == 0 {
                    self.seen.insert("a checkpoint that never ended");
                    self.crash();
                } else {
                    self.cell.complete(begun).unwrap();
                    self.cell.merge().unwrap();
                    self.seen.insert("a checkpoint");
                }
            }
            1 => self.crash(),
            2..=20 => {
                let many = u64::try_from(self.past.records.len()).unwrap();
                let again = usize::try_from(self.dice.roll(many)).unwrap();
                let bytes = self.past.records[again].1.clone();
                self.offer(bytes);
            }
            _ => {
                let command = self.dice.command();
                self.ask(command);
            }
        }
    }

    /// Forgets what was not in a checkpoint, and applies the journal from there on again.
    pub(super) fn crash(&mut self) {
        let store = Store::open(&self.home, 0).unwrap();
        let from = usize::try_from(store.next_position().0).unwrap();
        self.cell = Cell::new(store);
        for (position, (time, bytes)) in self.past.records.iter().enumerate().skip(from) {
            let at = At { position: Position(u64::try_from(position).unwrap()), time: *time };
            let request = decode_request(bytes).unwrap();
            self.cell.write(|store| {
                store.begin_record(location(position));
                apply(store, at, &request, fingerprint(bytes))
            });
        }
        if from > 0 {
            self.seen.insert("a restart from a checkpoint");
        }
    }

    fn compare_people(&mut self) {
        let memory = &mut self.memory;
        for (id, person) in memory.people.clone() {
            assert_eq!(self.cell.read(|view| view.person(id)).unwrap().0, Some(person));
            let sessions = memory.sessions.values().filter(|it| it.user == id);
            let expected: Vec<_> = sessions.map(|it| it.id.raw()).collect();
            let list = List::UserSessions(id);
            let listed = |view: &View<'_>| view.list(list, Direction::Forwards, None, 1_000);
            assert_eq!(self.cell.read(listed).unwrap().0, expected);
            let open = self.cell.write(|store| store.sessions_of(id, 100));
            assert_eq!(open, memory.sessions_of(id, 100));
        }
        for (id, session) in &memory.sessions {
            assert_eq!(self.cell.read(|view| view.session(*id)).unwrap().0, Some(*session));
        }
        for account in memory.accounts.keys().copied() {
            let usage = memory.usages.get(&account).copied();
            assert_eq!(self.cell.read(|view| view.usage(account)).unwrap().0, usage);
            if usage.is_some() {
                self.seen.insert("a limit that counts");
            }
        }
        let look = |view: &View<'_>| Ok((view.limits()?, view.count(Series::Sessions)?));
        let sessions = memory.next_number(Series::Sessions);
        assert_eq!(self.cell.read(look).unwrap().0, (memory.limits, sessions));
        for login in 0..9 {
            let found = self.cell.read(|view| view.user_by_login(login)).unwrap().0;
            assert_eq!(found, memory.by_login(login));
        }
        for user in (0..USERS).map(|it| UserId::new(CELL, it)) {
            let accounts = self.cell.write(|store| store.accounts_of(user, 9));
            assert_eq!(accounts, memory.accounts_of(user, 9));
        }
        for account in memory.accounts.keys().copied().collect::<Vec<_>>() {
            let tops = self.cell.write(|store| store.top_ups_of(account, 3));
            assert_eq!(tops, memory.top_ups_of(account, 3));
            let gone = self.cell.write(|store| store.withdrawals_of(account, 3));
            assert_eq!(gone, memory.withdrawals_of(account, 3));
            for stage in Stage::ALL.into_iter().filter(|_| account.number() >= FIRST_OPENED) {
                let has = self.cell.write(|store| store.has_order(account, stage));
                assert_eq!(has, memory.has_order(account, stage), "{stage:?}");
            }
        }
        let appealed = memory.accounts.values().filter_map(Account::open_appeal);
        let appealed: BTreeSet<_> = appealed.collect();
        let open = self.cell.write(|store| store.open_appeals()).unwrap();
        assert_eq!(open.into_iter().collect::<BTreeSet<_>>(), appealed);
        if !appealed.is_empty() {
            self.seen.insert("an open appeal");
        }
        let asked = memory.people.values().filter(|it| it.level_asked.is_some());
        let expected: Vec<_> = asked.map(|it| it.user.raw()).collect();
        let list = List::AskedLevels;
        let listed = |view: &View<'_>| view.list(list, Direction::Forwards, None, 1_000);
        assert_eq!(self.cell.read(listed).unwrap().0, expected);
    }

    pub(super) fn compare(&mut self) {
        self.compare_people();
        let memory = &mut self.memory;
        for (id, account) in memory.accounts.clone() {
            let (kept, _) = self.cell.read(|view| view.account(id)).unwrap();
            assert_eq!(kept, Some(account));
            let (postings, _) = self.cell.read(|view| view.postings_of(id, None, 100_000)).unwrap();
            assert_eq!(u64::try_from(postings.len()).unwrap(), account.postings);
            for (number, posting) in postings {
                assert_eq!(memory.postings[usize::try_from(number).unwrap()], posting);
            }
        }
        for (id, order) in &memory.orders {
            assert_eq!(self.cell.read(|view| view.order(*id)).unwrap().0, Some(*order));
            let found = self.cell.read(|view| view.numbered(order.seller, &order.number)).unwrap();
            assert_eq!(found.0, Some(*id));
        }
        for number in 0..200 {
            let number = BankNumber::new(&format!("b{number}")).unwrap();
            let reference = BankReference { bank: BankName::new("icbc").unwrap(), number };
            let found = self.cell.read(|view| view.referenced(&reference)).unwrap().0;
            assert_eq!(found, memory.referenced(&reference));
        }
        for stage in Stage::ALL {
            let orders = memory.orders.values().filter(|it| it.stage == stage);
            let expected: Vec<u64> = orders.map(|it| it.id.raw()).collect();
            let list = List::StageOrders(stage);
            let (listed, _) =
                self.cell.read(|view| view.list(list, Direction::Forwards, None, 1_000)).unwrap();
            assert_eq!(listed, expected, "{stage:?}");
        }
        for (position, answer) in (0..).zip(&memory.answers) {
            let kept = self.cell.read(|view| view.answer_at(Position(position))).unwrap().0;
            assert_eq!(kept.as_ref(), Some(answer));
            let place = self.cell.read(|view| view.location_of(Position(position))).unwrap().0;
            assert_eq!(place, Some(location(usize::try_from(position).unwrap())));
        }
        for (number, happening) in (0..).zip(&memory.happenings) {
            let kept = self.cell.read(|view| view.happening(number)).unwrap().0;
            assert_eq!(kept.as_ref(), Some(happening));
        }
        let far = Time(u64::MAX);
        let due = self.cell.write(|store| store.first_due(far));
        assert_eq!(due, memory.first_due(far));
        for series in [Series::Holds, Series::Deliveries, Series::Postings, Series::TopUps] {
            assert_eq!(self.cell.write(|it| it.next_number(series)), memory.next_number(series));
        }
    }
}

#[test]
fn the_store_answers_like_plain_maps() {
    let mut seen = BTreeSet::new();
    for seed in 0..6 {
        let home = tempfile::tempdir().unwrap();
        let mut world = World::new(home.path(), seed);
        for _ in 0..2_000 {
            world.step();
        }
        world.compare();
        let (hash, again) =
            world.cell.write(|store| (store.state_hash(), store.recompute_state_hash().unwrap()));
        assert_eq!(hash, again, "seed {seed}: the running state hash is the sum of all rows");

        // Without its books, the cell is what the journal says.
        std::fs::remove_dir_all(home.path()).unwrap();
        world.crash();
        assert_eq!(world.cell.write(|store| store.state_hash()), hash, "seed {seed}");
        world.compare();
        seen.append(&mut world.seen);
    }
    assert_eq!(seen.len(), 6, "hard cases that were reached: {seen:?}");
}

fn ask_refund(order: OrderId, amount: Money) -> Command {
    let (grounds, statement) = (Grounds::Damaged, None);
    Command::AskRefund(AskRefund { order, amount, grounds, statement })
}

fn dispute(order: OrderId, party: Party) -> Command {
    let (grounds, statement) = (Grounds::Other, None);
    Command::DisputeOrder(DisputeOrder { order, party, grounds, statement })
}
