//! The books as the ledger writes them.

use super::{Store, Total, listing, place, row_hash};
use crate::codec::{Answered, Row};
use crate::index::{Direction, OrderedKey, PointKey};
use crate::table::{Log, Table};
use ledger::account::{Account, FIRST_OPENED};
use ledger::announcement::Announcement;
use ledger::bank::{BankReference, TopUp, Withdrawal};
use ledger::books::{Books, Listing, Record, Series, Settings, Timer};
use ledger::command::Answer;
use ledger::event::{Happening, Subject};
use ledger::hold::Hold;
use ledger::id::{
    AccountId, AnnouncementId, CardId, CellId, DeliveryId, EndpointId, EventId, HoldId, KeyId,
    OrderId, ProposalId, ReceiptId, RemittanceId, RequestId, SessionId, TopUpId, UserId,
    WithdrawalId,
};
use ledger::limits::{Limits, Usage};
use ledger::name::OrderNumber;
use ledger::order::{Order, Stage};
use ledger::person::{Person, Session};
use ledger::posting::Posting;
use ledger::proposal::Proposal;
use ledger::receipt::Receipt;
use ledger::registry::{Card, Delivery, Endpoint, Key, User};
use ledger::remittance::{Channel, Letter, Remittance};
use ledger::time::Time;
use sha2::{Digest as _, Sha256};
use std::io;
use std::ops::Range;

/// The writer cannot go on when the disk fails under it.
fn must<T>(result: io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("the books cannot be read: {error}"))
}

/// Names of requests need not look random; keys must. Each of four rounds can be undone, so
/// different names have different keys.
pub(super) fn request_key(id: RequestId) -> PointKey {
    let [mut left, mut right] = [id.0 >> 64, id.0 & u128::from(u64::MAX)].map(half);
    for _ in 0..2 {
        left ^= mixed(right.wrapping_add(0x9e37_79b9_7f4a_7c15));
        right ^= mixed(left.wrapping_add(0xd1b5_4a32_d192_ed03));
    }
    (u128::from(left) << 64 | u128::from(right)).to_be_bytes()
}

fn half(bits: u128) -> u64 {
    u64::try_from(bits).expect("it is half of a name")
}

fn mixed(word: u64) -> u64 {
    let word = (word ^ (word >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    word ^ (word >> 32)
}

pub(super) fn number_key(seller: AccountId, number: &OrderNumber) -> PointKey {
    hashed(&[b"order number", &seller.raw().to_le_bytes(), number.as_str().as_bytes()])
}

pub(super) fn key_key(hash: &[u8; 32]) -> PointKey {
    hashed(&[b"API key", hash])
}

pub(super) fn reference_key(it: &BankReference) -> PointKey {
    let (bank, number) = (it.bank.as_str().as_bytes(), it.number.as_str().as_bytes());
    hashed(&[b"bank reference", &[0], bank, &[0], number])
}

/// A movement as the index has it: eight bits say whether it is a top-up or a withdrawal.
fn movement_number(it: Subject) -> u64 {
    match it {
        Subject::TopUp(id) => 1 << 56 | id.raw(),
        Subject::Withdrawal(id) => 2 << 56 | id.raw(),
        Subject::Receipt(id) => 3 << 56 | id.raw(),
        Subject::Cell
        | Subject::Account(_)
        | Subject::User(_)
        | Subject::Card(_)
        | Subject::Hold(_)
        | Subject::Order(_)
        | Subject::Remittance(_)
        | Subject::Transfer(_)
        | Subject::Key(_)
        | Subject::Endpoint(_)
        | Subject::Delivery(_)
        | Subject::Proposal(_)
        | Subject::Session(_)
        | Subject::Announcement(_) => unreachable!("banks have no reference for {it:?}"),
    }
}

pub(super) fn movement_of(number: u64) -> Option<Subject> {
    let raw = number & ((1 << 56) - 1);
    match number >> 56 {
        1 => Some(Subject::TopUp(TopUpId::from_raw(raw))),
        2 => Some(Subject::Withdrawal(WithdrawalId::from_raw(raw))),
        3 => Some(Subject::Receipt(ReceiptId::from_raw(raw))),
        _ => None,
    }
}

fn hashed(parts: &[&[u8]]) -> PointKey {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    *digest.finalize().first_chunk().expect("SHA-256 has 32 bytes")
}

/// What a row is written with.
struct Pen<'a> {
    buffer: &'a mut Vec<u8>,
    state_hash: &'a mut u128,
}

impl Pen<'_> {
    /// Writes a row in the place of what was there.
    fn replace<R: Row>(&mut self, table: &mut Table, number: u64, row: &R) {
        row.write(self.buffer);
        let old = table.get(number);
        if old.first() == Some(&1) {
            *self.state_hash = self.state_hash.wrapping_sub(row_hash(R::TAG, number, old));
        }
        *self.state_hash = self.state_hash.wrapping_add(row_hash(R::TAG, number, self.buffer));
        table.put(number, self.buffer);
    }

    fn append<R: Row>(&mut self, log: &mut Log, row: &R) {
        row.write(self.buffer);
        let number = log.len();
        let kept = log.push(self.buffer);
        *self.state_hash = self.state_hash.wrapping_add(row_hash(R::TAG, number, kept));
    }
}

impl Store {
    fn pen(&mut self) -> (Pen<'_>, &mut super::Tables, &mut super::Logs) {
        let pen = Pen { buffer: &mut self.buffer, state_hash: &mut self.state_hash };
        (pen, &mut self.tables, &mut self.logs)
    }

    fn count(&mut self, series: Series, number: u64) {
        if let Some(place) = place(series) {
            self.counts[place] = self.counts[place].max(number + 1);
        }
    }

    /// Keeps the totals by account kind in step with an account that changes.
    fn sum_up(&mut self, after: &Account) {
        let before = Account::read(self.tables.accounts.get(after.id.number()));
        let known = |it: &&mut Total| it.kind == after.kind && it.currency == after.currency;
        let total = if let Some(total) = self.totals.iter_mut().find(known) {
            total
        } else {
            let (kind, currency) = (after.kind, after.currency);
            self.totals.push(Total { kind, currency, debits: 0, credits: 0, held: 0 });
            self.totals.last_mut().expect("it was pushed just now")
        };
        let old = before.map_or((0, 0, 0), |it| (it.debits, it.credits, it.held));
        total.debits = total.debits + u128::from(after.debits) - u128::from(old.0);
        total.credits = total.credits + u128::from(after.credits) - u128::from(old.1);
        total.held = total.held + u128::from(after.held) - u128::from(old.2);
    }

    fn list_of(&self, list: super::List, ids: Range<u64>, limit: usize) -> Vec<u64> {
        self.in_range(list.range(ids), Direction::Forwards, limit)
    }

    fn newest_of(&self, list: super::List, limit: usize) -> Vec<u64> {
        self.in_range(list.range(0..u64::MAX), Direction::Backwards, limit)
    }

    fn in_range(
        &self,
        mut range: Range<OrderedKey>,
        direction: Direction,
        limit: usize,
    ) -> Vec<u64> {
        let mut values = Vec::new();
        loop {
            let left = limit - values.len();
            let found = must(self.lists.range(range, direction, left));
            values.extend(found.entries.iter().map(|(_, value)| *value));
            match found.rest {
                Some(rest) if values.len() < limit => range = rest,
                Some(_) | None => return values,
            }
        }
    }
}

impl Books for Store {
    fn settings(&mut self) -> Option<Settings> {
        self.settings
    }
    fn account(&mut self, id: AccountId) -> Option<Account> {
        Account::read(self.tables.accounts.get(id.number())).or_else(|| Account::system(id))
    }
    fn order(&mut self, id: OrderId) -> Option<Order> {
        Order::read(self.tables.orders.get(id.number()))
    }
    fn hold(&mut self, id: HoldId) -> Option<Hold> {
        Hold::read(self.tables.holds.get(id.number()))
    }
    fn top_up(&mut self, id: TopUpId) -> Option<TopUp> {
        TopUp::read(self.tables.top_ups.get(id.number()))
    }
    fn withdrawal(&mut self, id: WithdrawalId) -> Option<Withdrawal> {
        Withdrawal::read(self.tables.withdrawals.get(id.number()))
    }
    fn receipt(&mut self, id: ReceiptId) -> Option<Receipt> {
        Receipt::read(self.tables.receipts.get(id.number()))
    }
    fn proposal(&mut self, id: ProposalId) -> Option<Proposal> {
        Proposal::read(self.tables.proposals.get(id.number()))
    }
    fn announcement(&mut self, id: AnnouncementId) -> Option<Announcement> {
        Announcement::read(self.tables.announcements.get(id.number()))
    }
    fn remittance(&mut self, id: RemittanceId) -> Option<Remittance> {
        Remittance::read(self.tables.remittances.get(id.number()))
    }
    fn channel(&mut self, other: CellId) -> Channel {
        Channel::read(self.tables.channels.get(u64::from(other.number()))).unwrap_or_default()
    }
    fn user(&mut self, id: UserId) -> Option<User> {
        User::read(self.tables.users.get(id.number()))
    }
    fn card(&mut self, id: CardId) -> Option<Card> {
        Card::read(self.tables.cards.get(id.number()))
    }
    fn key(&mut self, id: KeyId) -> Option<Key> {
        Key::read(self.tables.keys.get(id.number()))
    }
    fn endpoint(&mut self, id: EndpointId) -> Option<Endpoint> {
        Endpoint::read(self.tables.endpoints.get(id.number()))
    }
    fn delivery(&mut self, id: DeliveryId) -> Option<Delivery> {
        Delivery::read(self.tables.deliveries.get(id.number()))
    }
    fn person(&mut self, id: UserId) -> Option<Person> {
        Person::read(self.tables.people.get(id.number()))
    }
    fn session(&mut self, id: SessionId) -> Option<Session> {
        Session::read(self.tables.sessions.get(id.number()))
    }
    fn limits(&mut self) -> Option<Limits> {
        Limits::read(self.tables.limits.get(0))
    }
    fn usage(&mut self, account: AccountId) -> Option<Usage> {
        Usage::read(self.tables.usages.get(account.number()))
    }
    fn happening(&mut self, id: EventId) -> Option<Happening> {
        self.logs.happenings.get(id.number()).and_then(Happening::read)
    }

    fn answer(&mut self, id: RequestId) -> Option<Answer> {
        let position = must(self.points.get(&request_key(id)))?;
        self.logs.answers.get(position).and_then(Answered::read).map(|it| it.answer)
    }
    fn numbered(&mut self, seller: AccountId, number: &OrderNumber) -> Option<OrderId> {
        let order = must(self.points.get(&number_key(seller, number)))?;
        Some(OrderId::from_raw(order))
    }
    fn referenced(&mut self, reference: &BankReference) -> Option<Subject> {
        must(self.points.get(&reference_key(reference))).and_then(movement_of)
    }
    fn open_proposal(&mut self, about: u64) -> Option<ProposalId> {
        let ids = self.list_of(super::List::OpenProposals(about), 0..u64::MAX, 1);
        ids.first().copied().map(ProposalId::from_raw)
    }
    fn assignment(&mut self, about: u64) -> Option<ProposalId> {
        let ids = self.list_of(super::List::Assignments(about), 0..u64::MAX, 1);
        ids.first().copied().map(ProposalId::from_raw)
    }
    fn by_login(&mut self, login: u128) -> Option<UserId> {
        let found = must(self.lists.range(listing::login(login), Direction::Forwards, 1));
        found.entries.first().map(|(_, id)| UserId::from_raw(*id))
    }
    fn first_due(&mut self, now: Time) -> Option<(Time, Timer)> {
        if self.earliest_due > now {
            return None;
        }
        let range = listing::due_from(self.earliest_due);
        let found = must(self.lists.range(range, Direction::Forwards, 1));
        let first = found.entries.first().and_then(|(key, id)| listing::read_due(key, *id));
        self.earliest_due = first.map_or(Time(u64::MAX), |(time, _)| time);
        first.filter(|(time, _)| *time <= now)
    }
    fn endpoints_of(&mut self, user: UserId, limit: usize) -> Vec<EndpointId> {
        let ids = self.list_of(super::List::UserEndpoints(user), 0..u64::MAX, limit);
        ids.into_iter().map(EndpointId::from_raw).collect()
    }
    fn open_top_ups(&mut self, account: AccountId, limit: usize) -> Vec<TopUpId> {
        let ids = self.list_of(super::List::OpenTopUps(account), 0..u64::MAX, limit);
        ids.into_iter().map(TopUpId::from_raw).collect()
    }
    fn sessions_of(&mut self, user: UserId, limit: usize) -> Vec<SessionId> {
        let ids = self.list_of(super::List::OpenSessions(user), 0..u64::MAX, limit);
        ids.into_iter().map(SessionId::from_raw).collect()
    }
    fn accounts_of(&mut self, user: UserId, limit: usize) -> Vec<AccountId> {
        let ids = self.list_of(super::List::UserAccounts(user), 0..u64::MAX, limit);
        ids.into_iter().map(AccountId::from_raw).collect()
    }
    fn has_order(&mut self, account: AccountId, stage: Stage) -> bool {
        let list = super::List::PartyOrders(account, Some(stage));
        !self.list_of(list, 0..u64::MAX, 1).is_empty()
    }
    fn top_ups_of(&mut self, account: AccountId, limit: usize) -> Vec<TopUpId> {
        let ids = self.newest_of(super::List::AccountTopUps(account), limit);
        ids.into_iter().map(TopUpId::from_raw).collect()
    }
    fn withdrawals_of(&mut self, account: AccountId, limit: usize) -> Vec<WithdrawalId> {
        let ids = self.newest_of(super::List::AccountWithdrawals(account), limit);
        ids.into_iter().map(WithdrawalId::from_raw).collect()
    }
    fn events_of(
        &mut self,
        user: UserId,
        from: EventId,
        to: EventId,
        limit: usize,
    ) -> Vec<EventId> {
        let range = from.raw()..to.raw().saturating_add(1);
        let ids = self.list_of(super::List::UserEvents(user), range, limit);
        ids.into_iter().map(EventId::from_raw).collect()
    }

    fn next_number(&mut self, series: Series) -> u64 {
        match series {
            Series::Postings => self.logs.postings.len(),
            Series::Events => self.logs.happenings.len(),
            Series::Accounts => self.counts[0].max(FIRST_OPENED),
            Series::Orders
            | Series::Holds
            | Series::TopUps
            | Series::Withdrawals
            | Series::Remittances
            | Series::Users
            | Series::Cards
            | Series::Keys
            | Series::Endpoints
            | Series::Deliveries
            | Series::Receipts
            | Series::Proposals
            | Series::Sessions
            | Series::Announcements => place(series).map_or(0, |it| self.counts[it]),
        }
    }
    fn put(&mut self, record: Record) {
        if let Record::Account(it) = &record {
            self.sum_up(it);
        }
        if let Record::Settings(it) = &record {
            self.settings = Some(*it);
        }
        let (mut pen, tables, _) = self.pen();
        /// Writes a row under its own number, and says so.
        macro_rules! numbered {
            ($it:ident, $table:ident, $series:ident) => {{
                pen.replace(&mut tables.$table, $it.id.number(), $it);
                Some((Series::$series, $it.id.number()))
            }};
        }
        let numbered = match &record {
            Record::Settings(it) => {
                pen.replace(&mut tables.settings, 0, it);
                None
            }
            Record::Channel(cell, it) => {
                pen.replace(&mut tables.channels, u64::from(cell.number()), it);
                None
            }
            Record::Account(it) => numbered!(it, accounts, Accounts),
            Record::Order(it) => numbered!(it, orders, Orders),
            Record::Hold(it) => numbered!(it, holds, Holds),
            Record::TopUp(it) => numbered!(it, top_ups, TopUps),
            Record::Withdrawal(it) => numbered!(it, withdrawals, Withdrawals),
            Record::Remittance(it) => numbered!(it, remittances, Remittances),
            Record::Receipt(it) => numbered!(it, receipts, Receipts),
            Record::Proposal(it) => numbered!(it, proposals, Proposals),
            Record::Announcement(it) => numbered!(it, announcements, Announcements),
            Record::User(it) => numbered!(it, users, Users),
            Record::Card(it) => numbered!(it, cards, Cards),
            Record::Key(it) => numbered!(it, keys, Keys),
            Record::Endpoint(it) => numbered!(it, endpoints, Endpoints),
            Record::Delivery(it) => numbered!(it, deliveries, Deliveries),
            Record::Session(it) => numbered!(it, sessions, Sessions),
            Record::Limits(it) => {
                pen.replace(&mut tables.limits, 0, it);
                None
            }
            Record::Usage(it) => {
                pen.replace(&mut tables.usages, it.account.number(), it);
                None
            }
            Record::Person(it) => {
                pen.replace(&mut tables.people, it.user.number(), it);
                None
            }
        };
        if let Some((series, number)) = numbered {
            self.count(series, number);
        }
        if let Record::Key(it) = &record
            && it.revoked_at.is_none()
        {
            let key = key_key(&it.hash);
            // The index takes each key once, and a row may be written again.
            if must(self.points.get(&key)).is_none() {
                self.points.insert(key, it.id.raw());
            }
        }
    }
    fn add_posting(&mut self, posting: &Posting) {
        let (mut pen, _, logs) = self.pen();
        pen.append(&mut logs.postings, posting);
    }
    fn add_happening(&mut self, happening: &Happening) {
        let (mut pen, _, logs) = self.pen();
        pen.append(&mut logs.happenings, happening);
    }
    fn add_answer(&mut self, answer: &Answer) {
        if answer.id != RequestId::UNNAMED {
            self.points.insert(request_key(answer.id), answer.position.0);
        }
        let answered = Answered { answer: *answer, location: self.location };
        let (mut pen, _, logs) = self.pen();
        pen.append(&mut logs.answers, &answered);
        self.next.0 = answer.position.0 + 1;
    }
    fn add_letter(&mut self, letter: &Letter) {
        let number = self.logs.letters.len();
        self.lists.insert(listing::letter(letter.to, letter.number), number);
        let (mut pen, _, logs) = self.pen();
        pen.append(&mut logs.letters, letter);
    }
    fn add_number(&mut self, seller: AccountId, number: &OrderNumber, order: OrderId) {
        self.points.insert(number_key(seller, number), order.raw());
    }
    fn add_reference(&mut self, reference: &BankReference, movement: Subject) {
        self.points.insert(reference_key(reference), movement_number(movement));
    }
    fn list(&mut self, place: Listing) {
        if let Listing::Due(time, _) = place {
            self.earliest_due = self.earliest_due.min(time);
        }
        let (key, value) = listing::entry(place);
        // Not `insert_fresh`: an order that goes back to a stage is listed there again.
        self.lists.insert(key, value);
    }
    fn unlist(&mut self, place: Listing) {
        let (key, _) = listing::entry(place);
        self.lists.remove(&key);
    }
}
