//! The books in plain maps: for tests, for the simulation, and for whoever wants to check a journal
//! without trusting the store.

use crate::account::{Account, FIRST_OPENED};
use crate::announcement::Announcement;
use crate::bank::{BankReference, TopUp, Withdrawal};
use crate::books::{Books, Listing, Record, Series, Settings, Timer};
use crate::command::Answer;
use crate::event::{Happening, Subject};
use crate::hold::Hold;
use crate::id::{
    AccountId, AnnouncementId, CardId, CellId, DeliveryId, EndpointId, EventId, HoldId, KeyId,
    NUMBER_MAX, OrderId, ProposalId, ReceiptId, RemittanceId, RequestId, SessionId, TopUpId,
    UserId, WithdrawalId,
};
use crate::limits::{Limits, Usage};
use crate::name::OrderNumber;
use crate::order::{Order, Stage};
use crate::person::{Person, Session};
use crate::posting::Posting;
use crate::proposal::Proposal;
use crate::receipt::Receipt;
use crate::registry::{Card, Delivery, Endpoint, Key, User};
use crate::remittance::{Channel, Letter, Remittance};
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};

/// All that one cell knows.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each field is the plural of its type")]
pub struct MemoryBooks {
    pub settings: Option<Settings>,
    pub accounts: BTreeMap<AccountId, Account>,
    pub orders: BTreeMap<OrderId, Order>,
    pub holds: BTreeMap<HoldId, Hold>,
    pub top_ups: BTreeMap<TopUpId, TopUp>,
    pub withdrawals: BTreeMap<WithdrawalId, Withdrawal>,
    pub receipts: BTreeMap<ReceiptId, Receipt>,
    pub proposals: BTreeMap<ProposalId, Proposal>,
    pub announcements: BTreeMap<AnnouncementId, Announcement>,
    pub remittances: BTreeMap<RemittanceId, Remittance>,
    pub channels: BTreeMap<CellId, Channel>,
    pub users: BTreeMap<UserId, User>,
    pub cards: BTreeMap<CardId, Card>,
    pub keys: BTreeMap<KeyId, Key>,
    pub endpoints: BTreeMap<EndpointId, Endpoint>,
    pub deliveries: BTreeMap<DeliveryId, Delivery>,
    pub people: BTreeMap<UserId, Person>,
    pub sessions: BTreeMap<SessionId, Session>,
    pub limits: Option<Limits>,
    pub usages: BTreeMap<AccountId, Usage>,
    pub postings: Vec<Posting>,
    pub happenings: Vec<Happening>,
    pub answers: Vec<Answer>,
    pub letters: Vec<Letter>,
    pub listings: BTreeSet<Listing>,
    by_request: BTreeMap<RequestId, usize>,
    by_reference: BTreeMap<BankReference, Subject>,
    by_number: BTreeMap<(AccountId, OrderNumber), OrderId>,
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

impl MemoryBooks {
    /// The number of the next account: system accounts have the smaller ones.
    fn next_account(&self) -> u64 {
        let last = self.accounts.last_key_value().map_or(0, |(id, _)| id.number());
        last.saturating_add(1).max(FIRST_OPENED)
    }
}

impl Books for MemoryBooks {
    fn settings(&mut self) -> Option<Settings> {
        self.settings
    }
    fn account(&mut self, id: AccountId) -> Option<Account> {
        self.accounts.get(&id).copied().or_else(|| Account::system(id))
    }
    fn order(&mut self, id: OrderId) -> Option<Order> {
        self.orders.get(&id).copied()
    }
    fn hold(&mut self, id: HoldId) -> Option<Hold> {
        self.holds.get(&id).copied()
    }
    fn top_up(&mut self, id: TopUpId) -> Option<TopUp> {
        self.top_ups.get(&id).copied()
    }
    fn withdrawal(&mut self, id: WithdrawalId) -> Option<Withdrawal> {
        self.withdrawals.get(&id).copied()
    }
    fn receipt(&mut self, id: ReceiptId) -> Option<Receipt> {
        self.receipts.get(&id).copied()
    }
    fn proposal(&mut self, id: ProposalId) -> Option<Proposal> {
        self.proposals.get(&id).copied()
    }
    fn announcement(&mut self, id: AnnouncementId) -> Option<Announcement> {
        self.announcements.get(&id).copied()
    }
    fn remittance(&mut self, id: RemittanceId) -> Option<Remittance> {
        self.remittances.get(&id).copied()
    }
    fn channel(&mut self, other: CellId) -> Channel {
        self.channels.get(&other).copied().unwrap_or_default()
    }
    fn user(&mut self, id: UserId) -> Option<User> {
        self.users.get(&id).copied()
    }
    fn card(&mut self, id: CardId) -> Option<Card> {
        self.cards.get(&id).copied()
    }
    fn key(&mut self, id: KeyId) -> Option<Key> {
        self.keys.get(&id).copied()
    }
    fn endpoint(&mut self, id: EndpointId) -> Option<Endpoint> {
        self.endpoints.get(&id).copied()
    }
    fn delivery(&mut self, id: DeliveryId) -> Option<Delivery> {
        self.deliveries.get(&id).copied()
    }
    fn person(&mut self, id: UserId) -> Option<Person> {
        self.people.get(&id).copied()
    }
    fn session(&mut self, id: SessionId) -> Option<Session> {
        self.sessions.get(&id).copied()
    }
    fn limits(&mut self) -> Option<Limits> {
        self.limits
    }
    fn usage(&mut self, account: AccountId) -> Option<Usage> {
        self.usages.get(&account).copied()
    }
    fn happening(&mut self, id: EventId) -> Option<Happening> {
        self.happenings.get(usize::try_from(id.number()).ok()?).copied()
    }

    fn answer(&mut self, id: RequestId) -> Option<Answer> {
        self.by_request.get(&id).and_then(|at| self.answers.get(*at)).copied()
    }
    fn numbered(&mut self, seller: AccountId, number: &OrderNumber) -> Option<OrderId> {
        self.by_number.get(&(seller, *number)).copied()
    }
    fn referenced(&mut self, reference: &BankReference) -> Option<Subject> {
        self.by_reference.get(reference).copied()
    }
    fn open_proposal(&mut self, about: u64) -> Option<ProposalId> {
        let [first, last] = [0, u64::MAX].map(|it| {
            let id = ProposalId::from_raw(it);
            Listing::OpenProposal(about, id)
        });
        match self.listings.range(first..=last).next() {
            Some(Listing::OpenProposal(_, id)) => Some(*id),
            Some(_) | None => None,
        }
    }
    fn assignment(&mut self, about: u64) -> Option<ProposalId> {
        let [first, last] = [0, u64::MAX].map(|it| {
            let id = ProposalId::from_raw(it);
            Listing::Assignment(about, id)
        });
        match self.listings.range(first..=last).next() {
            Some(Listing::Assignment(_, id)) => Some(*id),
            Some(_) | None => None,
        }
    }
    fn by_login(&mut self, login: u128) -> Option<UserId> {
        self.people.values().find(|it| it.login == Some(login)).map(|it| it.user)
    }
    fn first_due(&mut self, now: Time) -> Option<(Time, Timer)> {
        match self.listings.first() {
            Some(Listing::Due(due, timer)) if *due <= now => Some((*due, *timer)),
            Some(_) | None => None,
        }
    }
    fn endpoints_of(&mut self, user: UserId, limit: usize) -> Vec<EndpointId> {
        let all = self.endpoints.values();
        let live = all.filter(|it| it.user == user && it.disabled_at.is_none());
        live.map(|it| it.id).take(limit).collect()
    }
    fn open_top_ups(&mut self, account: AccountId, limit: usize) -> Vec<TopUpId> {
        let all = self.top_ups.values().filter(|it| it.account == account && it.stage.under_way());
        all.map(|it| it.id).take(limit).collect()
    }
    fn sessions_of(&mut self, user: UserId, limit: usize) -> Vec<SessionId> {
        let all = self.sessions.values().filter(|it| it.user == user && it.ended_at.is_none());
        all.map(|it| it.id).take(limit).collect()
    }
    fn accounts_of(&mut self, user: UserId, limit: usize) -> Vec<AccountId> {
        let all = self.accounts.values().filter(|it| it.owner == Some(user));
        all.map(|it| it.id).take(limit).collect()
    }
    fn has_order(&mut self, account: AccountId, stage: Stage) -> bool {
        let party = |it: &Order| [it.buyer, it.seller].contains(&account);
        self.orders.values().any(|it| it.stage == stage && party(it))
    }
    fn top_ups_of(&mut self, account: AccountId, limit: usize) -> Vec<TopUpId> {
        let all = self.top_ups.values().rev().filter(|it| it.account == account);
        all.map(|it| it.id).take(limit).collect()
    }
    fn withdrawals_of(&mut self, account: AccountId, limit: usize) -> Vec<WithdrawalId> {
        let all = self.withdrawals.values().rev().filter(|it| it.account == account);
        all.map(|it| it.id).take(limit).collect()
    }
    fn events_of(
        &mut self,
        user: UserId,
        from: EventId,
        to: EventId,
        limit: usize,
    ) -> Vec<EventId> {
        let cell = from.cell();
        let all = (0..NUMBER_MAX).map(|it| EventId::new(cell, it)).zip(&self.happenings);
        let seen = all.filter(|(id, it)| it.merchant == Some(user) && (from..=to).contains(id));
        seen.map(|(id, _)| id).take(limit).collect()
    }

    fn next_number(&mut self, series: Series) -> u64 {
        match series {
            Series::Accounts => self.next_account(),
            Series::Orders => count(self.orders.len()),
            Series::Holds => count(self.holds.len()),
            Series::TopUps => count(self.top_ups.len()),
            Series::Withdrawals => count(self.withdrawals.len()),
            Series::Remittances => count(self.remittances.len()),
            Series::Users => count(self.users.len()),
            Series::Cards => count(self.cards.len()),
            Series::Keys => count(self.keys.len()),
            Series::Endpoints => count(self.endpoints.len()),
            Series::Deliveries => count(self.deliveries.len()),
            Series::Receipts => count(self.receipts.len()),
            Series::Proposals => count(self.proposals.len()),
            Series::Sessions => count(self.sessions.len()),
            Series::Announcements => count(self.announcements.len()),
            Series::Postings => count(self.postings.len()),
            Series::Events => count(self.happenings.len()),
        }
    }
    fn put(&mut self, record: Record) {
        match record {
            Record::Settings(it) => self.settings = Some(it),
            Record::Account(it) => drop(self.accounts.insert(it.id, it)),
            Record::Order(it) => drop(self.orders.insert(it.id, it)),
            Record::Hold(it) => drop(self.holds.insert(it.id, it)),
            Record::TopUp(it) => drop(self.top_ups.insert(it.id, it)),
            Record::Withdrawal(it) => drop(self.withdrawals.insert(it.id, it)),
            Record::Receipt(it) => drop(self.receipts.insert(it.id, it)),
            Record::Proposal(it) => drop(self.proposals.insert(it.id, it)),
            Record::Announcement(it) => drop(self.announcements.insert(it.id, it)),
            Record::Remittance(it) => drop(self.remittances.insert(it.id, it)),
            Record::Channel(cell, it) => drop(self.channels.insert(cell, it)),
            Record::User(it) => drop(self.users.insert(it.id, it)),
            Record::Card(it) => drop(self.cards.insert(it.id, it)),
            Record::Key(it) => drop(self.keys.insert(it.id, it)),
            Record::Endpoint(it) => drop(self.endpoints.insert(it.id, it)),
            Record::Delivery(it) => drop(self.deliveries.insert(it.id, it)),
            Record::Person(it) => drop(self.people.insert(it.user, it)),
            Record::Session(it) => drop(self.sessions.insert(it.id, it)),
            Record::Limits(it) => self.limits = Some(it),
            Record::Usage(it) => drop(self.usages.insert(it.account, it)),
        }
    }
    fn add_posting(&mut self, posting: &Posting) {
        self.postings.push(*posting);
    }
    fn add_happening(&mut self, happening: &Happening) {
        self.happenings.push(*happening);
    }
    fn add_answer(&mut self, answer: &Answer) {
        if answer.id != RequestId::UNNAMED {
            self.by_request.insert(answer.id, self.answers.len());
        }
        self.answers.push(*answer);
    }
    fn add_letter(&mut self, letter: &Letter) {
        self.letters.push(*letter);
    }
    fn add_number(&mut self, seller: AccountId, number: &OrderNumber, order: OrderId) {
        self.by_number.insert((seller, *number), order);
    }
    fn add_reference(&mut self, reference: &BankReference, movement: Subject) {
        self.by_reference.insert(*reference, movement);
    }
    fn list(&mut self, place: Listing) {
        assert!(self.listings.insert(place), "{place:?} was listed already");
    }
    fn unlist(&mut self, place: Listing) {
        assert!(self.listings.remove(&place), "{place:?} was not listed");
    }
}
