//! What readers see: the books at one position.

use super::listing::{self, List};
use super::writer::{key_key, movement_of, number_key, reference_key, request_key};
use super::{Store, Total};
use crate::codec::{Answered, Row};
use crate::index::Direction;
use crate::journal::{ChainHash, Location};
use crate::table::{self, Scratch, Table};
use ledger::account::Account;
use ledger::announcement::Announcement;
use ledger::bank::{BankReference, TopUp, Withdrawal};
use ledger::books::{Series, Settings, Timer};
use ledger::command::Answer;
use ledger::event::{Happening, Subject};
use ledger::hold::Hold;
use ledger::id::{
    AccountId, AnnouncementId, CardId, CellId, DeliveryId, EndpointId, HoldId, KeyId, OrderId,
    Position, ProposalId, ReceiptId, RemittanceId, RequestId, SessionId, TopUpId, UserId,
    WithdrawalId,
};
use ledger::limits::{Limits, Usage};
use ledger::name::OrderNumber;
use ledger::order::Order;
use ledger::person::{Person, Session};
use ledger::posting::Posting;
use ledger::proposal::Proposal;
use ledger::receipt::Receipt;
use ledger::registry::{Card, Delivery, Endpoint, Key, User};
use ledger::remittance::{Channel, Letter, Remittance};
use ledger::time::Time;
use std::io;

/// Why a look at the books was not finished. [`super::Cell::read`] deals with it.
#[derive(Debug)]
pub enum Miss {
    /// A page is not in memory.
    Page(table::Miss),
    /// The disk failed.
    Failed(io::Error),
}

impl From<table::Miss> for Miss {
    fn from(miss: table::Miss) -> Miss {
        Miss::Page(miss)
    }
}

impl From<io::Error> for Miss {
    fn from(error: io::Error) -> Miss {
        Miss::Failed(error)
    }
}

/// The books at one position.
pub struct View<'a> {
    pub(super) store: &'a Store,
    pub(super) scratch: &'a Scratch,
}

/// What was found, or what has to be read first.
type Seen<T> = Result<T, Miss>;

impl View<'_> {
    fn row<R: Row>(&self, table: &Table, number: u64) -> Seen<Option<R>> {
        Ok(R::read(table.peek(number, self.scratch)?))
    }

    /// What the cell knows about itself.
    pub fn settings(&self) -> Seen<Option<Settings>> {
        Ok(self.store.settings)
    }

    /// An account.
    pub fn account(&self, id: AccountId) -> Seen<Option<Account>> {
        let row = self.row(&self.store.tables.accounts, id.number())?;
        Ok(row.or_else(|| Account::system(id)))
    }

    /// An order.
    pub fn order(&self, id: OrderId) -> Seen<Option<Order>> {
        self.row(&self.store.tables.orders, id.number())
    }

    /// A hold.
    pub fn hold(&self, id: HoldId) -> Seen<Option<Hold>> {
        self.row(&self.store.tables.holds, id.number())
    }

    /// A top-up.
    pub fn top_up(&self, id: TopUpId) -> Seen<Option<TopUp>> {
        self.row(&self.store.tables.top_ups, id.number())
    }

    /// A withdrawal.
    pub fn withdrawal(&self, id: WithdrawalId) -> Seen<Option<Withdrawal>> {
        self.row(&self.store.tables.withdrawals, id.number())
    }

    /// Money sent to another cell.
    pub fn remittance(&self, id: RemittanceId) -> Seen<Option<Remittance>> {
        self.row(&self.store.tables.remittances, id.number())
    }

    /// How far the messages to and from a cell have come.
    pub fn channel(&self, other: CellId) -> Seen<Channel> {
        let row = self.row(&self.store.tables.channels, u64::from(other.number()))?;
        Ok(row.unwrap_or_default())
    }

    /// A user.
    pub fn user(&self, id: UserId) -> Seen<Option<User>> {
        self.row(&self.store.tables.users, id.number())
    }

    /// A card.
    pub fn card(&self, id: CardId) -> Seen<Option<Card>> {
        self.row(&self.store.tables.cards, id.number())
    }

    /// An API key.
    pub fn key(&self, id: KeyId) -> Seen<Option<Key>> {
        self.row(&self.store.tables.keys, id.number())
    }

    /// The API key with this SHA-256.
    pub fn key_by_hash(&self, hash: &[u8; 32]) -> Seen<Option<Key>> {
        let found = self.store.points.get(&key_key(hash))?;
        let Some(id) = found.map(KeyId::from_raw) else { return Ok(None) };
        Ok(self.key(id)?.filter(|it| it.hash == *hash))
    }

    /// A webhook endpoint.
    pub fn endpoint(&self, id: EndpointId) -> Seen<Option<Endpoint>> {
        self.row(&self.store.tables.endpoints, id.number())
    }

    /// Money that nothing accounted for.
    pub fn receipt(&self, id: ReceiptId) -> Seen<Option<Receipt>> {
        self.row(&self.store.tables.receipts, id.number())
    }

    /// What somebody proposed to do by hand.
    pub fn proposal(&self, id: ProposalId) -> Seen<Option<Proposal>> {
        self.row(&self.store.tables.proposals, id.number())
    }

    /// What the platform announced.
    pub fn announcement(&self, id: AnnouncementId) -> Seen<Option<Announcement>> {
        self.row(&self.store.tables.announcements, id.number())
    }

    /// A delivery.
    pub fn delivery(&self, id: DeliveryId) -> Seen<Option<Delivery>> {
        self.row(&self.store.tables.deliveries, id.number())
    }

    /// A person; `None` for users who are none.
    pub fn person(&self, id: UserId) -> Seen<Option<Person>> {
        self.row(&self.store.tables.people, id.number())
    }

    /// A session.
    pub fn session(&self, id: SessionId) -> Seen<Option<Session>> {
        self.row(&self.store.tables.sessions, id.number())
    }

    /// The limits of people; `None` before anybody has set one.
    pub fn limits(&self) -> Seen<Option<Limits>> {
        self.row(&self.store.tables.limits, 0)
    }

    /// What an account has used of its owner's limits, as it was when it was last used:
    /// [`Usage::at`] says what of it counts now.
    pub fn usage(&self, account: AccountId) -> Seen<Option<Usage>> {
        self.row(&self.store.tables.usages, account.number())
    }

    /// Who signs in with this name.
    pub fn user_by_login(&self, login: u128) -> Seen<Option<UserId>> {
        let range = listing::login(login);
        let found = self.store.lists.range(range, Direction::Forwards, 1)?;
        Ok(found.entries.first().map(|(_, id)| UserId::from_raw(*id)))
    }

    /// The answer to the request with this name.
    pub fn answer(&self, id: RequestId) -> Seen<Option<Answer>> {
        match self.store.points.get(&request_key(id))? {
            Some(position) => self.answer_at(Position(position)),
            None => Ok(None),
        }
    }

    /// The answer to the record at a position.
    pub fn answer_at(&self, position: Position) -> Seen<Option<Answer>> {
        let row = self.store.logs.answers.peek(position.0, self.scratch)?;
        Ok(row.and_then(Answered::read).map(|it| it.answer))
    }

    /// Where the record at a position stands in the journal.
    pub fn location_of(&self, position: Position) -> Seen<Option<Location>> {
        let row = self.store.logs.answers.peek(position.0, self.scratch)?;
        Ok(row.and_then(Answered::read).map(|it| it.location))
    }

    /// A posting.
    pub fn posting(&self, number: u64) -> Seen<Option<Posting>> {
        Ok(self.store.logs.postings.peek(number, self.scratch)?.and_then(Posting::read))
    }

    /// The postings of an account, the newest first: from its last one, or from the one before
    /// `before`, at most `limit`.
    pub fn postings_of(
        &self,
        account: AccountId,
        before: Option<u64>,
        limit: usize,
    ) -> Seen<Vec<(u64, Posting)>> {
        let mut next = match before {
            None => self.account(account)?.and_then(|it| it.last_posting),
            Some(number) => self.previous(account, number)?,
        };
        let mut postings = Vec::new();
        while let Some(number) = next {
            let Some(posting) = self.posting(number)? else { break };
            if postings.len() >= limit {
                break;
            }
            postings.push((number, posting));
            next = previous_of(&posting, account);
        }
        Ok(postings)
    }

    fn previous(&self, account: AccountId, number: u64) -> Seen<Option<u64>> {
        Ok(self.posting(number)?.and_then(|it| previous_of(&it, account)))
    }

    /// Something that happened.
    pub fn happening(&self, number: u64) -> Seen<Option<Happening>> {
        Ok(self.store.logs.happenings.peek(number, self.scratch)?.and_then(Happening::read))
    }

    /// A timeline, the newest first: the chain of events that ends with `last`.
    pub fn timeline(&self, last: Option<u64>, limit: usize) -> Seen<Vec<(u64, Happening)>> {
        let mut timeline = Vec::new();
        let mut next = last;
        while let Some(number) = next {
            let Some(happening) = self.happening(number)? else { break };
            if timeline.len() >= limit {
                break;
            }
            next = happening.previous;
            timeline.push((number, happening));
        }
        Ok(timeline)
    }

    /// What happened, in order, from a number on.
    pub fn happenings(&self, from: u64, limit: usize) -> Seen<Vec<(u64, Happening)>> {
        let mut happenings = Vec::new();
        for number in from.. {
            if happenings.len() >= limit {
                break;
            }
            let Some(happening) = self.happening(number)? else { break };
            happenings.push((number, happening));
        }
        Ok(happenings)
    }

    /// The identifiers in a list: those after `after` in the direction, at most `limit`.
    pub fn list(
        &self,
        list: List,
        direction: Direction,
        after: Option<u64>,
        limit: usize,
    ) -> Seen<Vec<u64>> {
        let ids = match (direction, after) {
            (_, None) => 0..u64::MAX,
            (Direction::Forwards, Some(after)) => after.saturating_add(1)..u64::MAX,
            (Direction::Backwards, Some(after)) => 0..after,
        };
        let mut range = list.range(ids);
        let mut values = Vec::new();
        loop {
            let found = self.store.lists.range(range, direction, limit - values.len())?;
            values.extend(found.entries.iter().map(|(_, value)| *value));
            match found.rest {
                Some(rest) if values.len() < limit => range = rest,
                Some(_) | None => return Ok(values),
            }
        }
    }

    /// Deliveries to be made by `now`, and when, at most `limit`: the first, or those behind
    /// `after`.
    pub fn pending_deliveries(
        &self,
        after: Option<(Time, DeliveryId)>,
        now: Time,
        limit: usize,
    ) -> Seen<Vec<(Time, DeliveryId)>> {
        let range = listing::pending_until(after, now);
        let found = self.store.lists.range(range, Direction::Forwards, limit)?;
        let entries = found.entries.iter();
        let entries = entries.map(|(key, id)| (listing::time_of(key), DeliveryId::from_raw(*id)));
        Ok(entries.collect())
    }

    /// What happens by itself next, and when, at most `limit`, the soonest first.
    pub fn timers(&self, limit: usize) -> Seen<Vec<(Time, Timer)>> {
        let mut range = listing::due_from(self.store.earliest_due);
        let mut timers = Vec::new();
        loop {
            let found = self.store.lists.range(range, Direction::Forwards, limit - timers.len())?;
            let read = |(key, id): &(_, u64)| listing::read_due(key, *id);
            timers.extend(found.entries.iter().filter_map(read));
            match found.rest {
                Some(rest) if timers.len() < limit => range = rest,
                Some(_) | None => return Ok(timers),
            }
        }
    }

    /// The order to which a seller gave this number.
    pub fn numbered(&self, seller: AccountId, number: &OrderNumber) -> Seen<Option<OrderId>> {
        Ok(self.store.points.get(&number_key(seller, number))?.map(OrderId::from_raw))
    }

    /// The top-up or withdrawal that a bank calls so.
    pub fn referenced(&self, reference: &BankReference) -> Seen<Option<Subject>> {
        Ok(self.store.points.get(&reference_key(reference))?.and_then(movement_of))
    }

    /// Letters to another cell, from a number on, at most `limit`.
    pub fn letters_to(&self, to: CellId, from: u64, limit: usize) -> Seen<Vec<Letter>> {
        let range = listing::letter(to, from)..listing::letter(to, u64::MAX);
        let found = self.store.lists.range(range, Direction::Forwards, limit)?;
        let mut letters = Vec::with_capacity(found.entries.len());
        for (_, number) in found.entries {
            let row = self.store.logs.letters.peek(number, self.scratch)?;
            letters.extend(row.and_then(Letter::read));
        }
        Ok(letters)
    }

    /// Money by account kind and currency.
    pub fn totals(&self) -> Seen<Vec<Total>> {
        Ok(self.store.totals.clone())
    }

    /// The state hash, and the hash of the journal as of the last whole frame.
    pub fn hashes(&self) -> Seen<(u128, ChainHash)> {
        Ok((self.store.state_hash, self.store.chain))
    }

    /// How many things of a kind there are.
    pub fn count(&self, series: Series) -> Seen<u64> {
        Ok(match series {
            Series::Postings => self.store.logs.postings.len(),
            Series::Events => self.store.logs.happenings.len(),
            Series::Accounts
            | Series::Orders
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
            | Series::Announcements => super::place(series).map_or(0, |it| self.store.counts[it]),
        })
    }
}

/// The posting before this one in an account's history.
/// A posting of others leads nowhere: whoever names one to go on from is shown nothing.
fn previous_of(posting: &Posting, account: AccountId) -> Option<u64> {
    if posting.debit == account {
        posting.debit_previous
    } else if posting.credit == account {
        posting.credit_previous
    } else {
        None
    }
}
