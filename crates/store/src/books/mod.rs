//! The books of one cell: its rows on tables and logs, its lists on indexes.
//!
//! [`Store`] is what the ledger writes; it belongs to the cell's one writer. [`Cell`] puts a lock
//! around it, through which readers look by a [`View`]. A [`Checkpoint`] writes the books as they
//! are between two frames, while they go on; a manifest names it when all of it is durable.
//!
//! The state hash is a sum over all rows, so it is right after every record without reading
//! anything again, and the same on every machine that applied the same records.

mod cell;
mod checkpoint;
mod listing;
mod manifest;
#[cfg(test)]
mod tests;

mod view;
mod writer;

pub use cell::{At, Cell};
pub use checkpoint::Checkpoint;
pub use listing::List;
pub use manifest::fuzz;
pub use view::{Miss, View};

use crate::codec::{Answered, Row};
use crate::index::{Direction, OrderedIndex, PointIndex};
use crate::journal::{ChainHash, Frame, Location};
use crate::table::{Budget, Log, Table};
use ledger::account::{Account, AccountKind};
use ledger::announcement::Announcement;
use ledger::bank::{TopUp, Withdrawal};
use ledger::books::{Series, Settings};
use ledger::command::Answer;
use ledger::currency::Currency;
use ledger::event::Happening;
use ledger::hold::Hold;
use ledger::id::{EventId, Position};
use ledger::limits::{Limits, Usage};
use ledger::order::Order;
use ledger::person::{Person, Session};
use ledger::posting::Posting;
use ledger::proposal::Proposal;
use ledger::receipt::Receipt;
use ledger::registry::{Card, Delivery, Endpoint, Key, User};
use ledger::remittance::{Channel, Letter, Remittance};
use ledger::time::Time;
use manifest::Manifest;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// Records after which a checkpoint is wanted: what a restart applies again takes seconds.
const RECORDS_BETWEEN: u64 = 2_000_000;
/// The part of the memory that what the indexes have gathered may take. As much again is being
/// written by a checkpoint at the same time; the rest is for pages.
const GATHERED_PART: u64 = 10;
/// Smaller runs than this would only have to be merged.
const GATHERED_LEAST: usize = 4 << 20;

/// How much all accounts of a kind in a currency were debited and credited, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The kind of accounts.
    pub kind: AccountKind,
    /// Their currency.
    pub currency: Currency,
    /// Sum of all debits.
    pub debits: u128,
    /// Sum of all credits.
    pub credits: u128,
    /// Sum of all that is held.
    pub held: u128,
}

/// The tables of rows that change.
struct Tables {
    settings: Table,
    accounts: Table,
    orders: Table,
    holds: Table,
    top_ups: Table,
    withdrawals: Table,
    remittances: Table,
    channels: Table,
    users: Table,
    cards: Table,
    keys: Table,
    endpoints: Table,
    deliveries: Table,
    receipts: Table,
    proposals: Table,
    people: Table,
    sessions: Table,
    announcements: Table,
    limits: Table,
    usages: Table,
}

/// The logs of rows that do not.
struct Logs {
    postings: Log,
    happenings: Log,
    answers: Log,
    letters: Log,
}

/// See the module.
pub struct Store {
    directory: PathBuf,
    budget: Arc<Budget>,
    /// Bytes in the memory of the indexes from which on a checkpoint is wanted.
    gathered_max: usize,
    tables: Tables,
    logs: Logs,
    points: PointIndex,
    lists: OrderedIndex,
    /// How many things of each numbered kind there are.
    counts: Vec<u64>,
    totals: Vec<Total>,
    state_hash: u128,
    settings: Option<Settings>,
    /// No timer is due before this.
    earliest_due: Time,
    next: Position,
    time: Time,
    chain: ChainHash,
    rules: u16,
    /// Where the record that is being applied stands in the journal.
    location: Location,
    /// The position of the last checkpoint, or of the one that is being written.
    saved: Position,
    saving: Option<checkpoint::Saving>,
    buffer: Vec<u8>,
}

/// The kinds of things that tables number, in the order in which the manifest has them.
const SERIES: [Series; 15] = [
    Series::Accounts,
    Series::Orders,
    Series::Holds,
    Series::TopUps,
    Series::Withdrawals,
    Series::Remittances,
    Series::Users,
    Series::Cards,
    Series::Keys,
    Series::Endpoints,
    Series::Deliveries,
    Series::Receipts,
    Series::Proposals,
    Series::Sessions,
    Series::Announcements,
];

fn place(series: Series) -> Option<usize> {
    SERIES.iter().position(|it| *it == series)
}

impl Store {
    /// Opens the books in `directory` as the last checkpoint left them; empty if there was none.
    pub fn open(directory: &Path, memory_bytes: u64) -> io::Result<Store> {
        fs::create_dir_all(directory)?;
        let mut manifest = Manifest::read(directory)?.unwrap_or_default();
        // Books of before have none of the kinds that were added since.
        manifest.counts.resize(SERIES.len(), 0);
        let gathered = memory_bytes / GATHERED_PART;
        let bytes = |it: u64| usize::try_from(it).map_err(io::Error::other);
        let budget = Budget::new(bytes(memory_bytes - 2 * gathered)?);
        let mut states = manifest.tables.iter();
        let mut table = |path: &str, tag, size| {
            let state = states.next().cloned().unwrap_or_default();
            Table::open(&directory.join(path), tag, size, &state, budget.clone())
        };
        let tables = Tables {
            settings: table(Settings::FILE, Settings::TAG, Settings::SIZE)?,
            accounts: table(Account::FILE, Account::TAG, Account::SIZE)?,
            orders: table(Order::FILE, Order::TAG, Order::SIZE)?,
            holds: table(Hold::FILE, Hold::TAG, Hold::SIZE)?,
            top_ups: table(TopUp::FILE, TopUp::TAG, TopUp::SIZE)?,
            withdrawals: table(Withdrawal::FILE, Withdrawal::TAG, Withdrawal::SIZE)?,
            remittances: table(Remittance::FILE, Remittance::TAG, Remittance::SIZE)?,
            channels: table(Channel::FILE, Channel::TAG, Channel::SIZE)?,
            users: table(User::FILE, User::TAG, User::SIZE)?,
            cards: table(Card::FILE, Card::TAG, Card::SIZE)?,
            keys: table(Key::FILE, Key::TAG, Key::SIZE)?,
            endpoints: table(Endpoint::FILE, Endpoint::TAG, Endpoint::SIZE)?,
            deliveries: table(Delivery::FILE, Delivery::TAG, Delivery::SIZE)?,
            receipts: table(Receipt::FILE, Receipt::TAG, Receipt::SIZE)?,
            proposals: table(Proposal::FILE, Proposal::TAG, Proposal::SIZE)?,
            people: table(Person::FILE, Person::TAG, Person::SIZE)?,
            sessions: table(Session::FILE, Session::TAG, Session::SIZE)?,
            announcements: table(Announcement::FILE, Announcement::TAG, Announcement::SIZE)?,
            limits: table(Limits::FILE, Limits::TAG, Limits::SIZE)?,
            usages: table(Usage::FILE, Usage::TAG, Usage::SIZE)?,
        };
        let mut lengths = manifest.logs.iter();
        let mut log = |path: &str, tag, size| {
            Log::open(&directory.join(path), tag, size, lengths.next().copied().unwrap_or(0))
        };
        let logs = Logs {
            postings: log(Posting::FILE, Posting::TAG, Posting::SIZE)?,
            happenings: log(Happening::FILE, Happening::TAG, Happening::SIZE)?,
            answers: log(Answered::FILE, Answered::TAG, Answered::SIZE)?,
            letters: log(Letter::FILE, Letter::TAG, Letter::SIZE)?,
        };
        let mut store = Store {
            directory: directory.to_owned(),
            budget,
            gathered_max: bytes(gathered)?.max(GATHERED_LEAST),
            tables,
            logs,
            points: PointIndex::open(&directory.join("points"), &manifest.points)?,
            lists: OrderedIndex::open(&directory.join("lists"), &manifest.lists)?,
            counts: manifest.counts,
            totals: manifest.totals,
            state_hash: manifest.state_hash,
            settings: None,
            earliest_due: Time(0),
            next: manifest.next,
            time: manifest.time,
            chain: manifest.chain,
            rules: manifest.rules,
            location: Location::default(),
            saved: manifest.next,
            saving: None,
            buffer: Vec::new(),
        };
        store.settings = Settings::read(store.tables.settings.get(0));
        Ok(store)
    }

    /// The position of the next record to apply, also in the middle of a frame: every record has
    /// one answer.
    pub fn next_position(&self) -> Position {
        Position(self.logs.answers.len())
    }

    /// The hash of the journal up to there.
    pub fn chain(&self) -> ChainHash {
        self.chain
    }

    /// A sum over all rows: the same wherever the same records were applied.
    pub fn state_hash(&self) -> u128 {
        self.state_hash
    }

    /// Says where the record that is applied next stands in the journal.
    pub fn begin_record(&mut self, location: Location) {
        self.location = location;
    }

    /// Says that all records of a frame are applied.
    pub fn end_frame(&mut self, frame: &Frame) {
        self.next = frame.end();
        self.time = Time(frame.time_ms());
        self.chain = frame.chain();
        self.rules = frame.rules().max(self.rules);
        if self.budget.is_short() {
            self.tables.all_mut().into_iter().for_each(Table::relieve);
        }
    }

    /// When the wall clock will have reached the first timer; `None` if there is no timer.
    pub fn next_due_by_clock(&mut self) -> Option<Time> {
        let ahead = self.settings?.clock_ahead;
        let known = self.earliest_due != Time(u64::MAX);
        known.then(|| Time(self.earliest_due.0.saturating_sub(u64::from(ahead.0) * 1_000)))
    }

    /// Whether enough has changed since the last checkpoint, and none is being written.
    pub fn wants_checkpoint(&self) -> bool {
        let records = self.next.0 - self.saved.0;
        self.saving.is_none()
            && (records >= RECORDS_BETWEEN
                || self.points.memory_bytes() + self.lists.memory_bytes() > self.gathered_max
                || self.dirty_pages() > self.budget.limit() / 2)
    }

    fn dirty_pages(&self) -> usize {
        self.tables.all().iter().map(|it| it.dirty_pages()).sum()
    }

    /// Sums up every row again, from the disk if it must be.
    pub fn recompute_state_hash(&self) -> io::Result<u128> {
        let mut sum: u128 = 0;
        let tables = self.tables.all();
        for (table, tag) in tables.iter().zip(TABLE_TAGS) {
            table.for_each(|number, row| {
                if row.iter().any(|it| *it != 0) {
                    sum = sum.wrapping_add(row_hash(tag, number, row));
                }
            })?;
        }
        for (log, tag) in self.logs.all().iter().zip(LOG_TAGS) {
            log.for_each(|number, row| sum = sum.wrapping_add(row_hash(tag, number, row)))?;
        }
        Ok(sum)
    }

    /// Shows every posting with its number, the oldest first.
    pub fn each_posting(&self, mut show: impl FnMut(u64, &Posting)) -> io::Result<()> {
        self.logs.postings.for_each(|number, row| {
            if let Some(posting) = Posting::read(row) {
                show(number, &posting);
            }
        })
    }

    /// Shows everything that happened with its number, the oldest first.
    pub fn each_happening(&self, mut show: impl FnMut(u64, &Happening)) -> io::Result<()> {
        self.logs.happenings.for_each(|number, row| {
            if let Some(happening) = Happening::read(row) {
                show(number, &happening);
            }
        })
    }

    /// Shows every answer, the oldest first.
    pub fn each_answer(&self, mut show: impl FnMut(&Answer)) -> io::Result<()> {
        self.logs.answers.for_each(|_, row| {
            if let Some(answered) = Answered::read(row) {
                show(&answered.answer);
            }
        })
    }

    /// Shows every message that was ever owed to another cell, the oldest first.
    pub fn each_letter(&self, mut show: impl FnMut(&Letter)) -> io::Result<()> {
        self.logs.letters.for_each(|_, row| {
            if let Some(letter) = Letter::read(row) {
                show(&letter);
            }
        })
    }

    /// The appeals that wait for an answer, by the event of each, the oldest first.
    pub fn open_appeals(&self) -> io::Result<Vec<EventId>> {
        let mut range = List::OpenAppeals.range(0..u64::MAX);
        let mut ids = Vec::new();
        loop {
            let found = self.lists.range(range, Direction::Forwards, usize::MAX)?;
            ids.extend(found.entries.iter().map(|(_, it)| EventId::from_raw(*it)));
            match found.rest {
                Some(rest) => range = rest,
                None => return Ok(ids),
            }
        }
    }

    /// Money by account kind and currency.
    pub fn totals(&self) -> &[Total] {
        &self.totals
    }
}

macro_rules! every_row {
    ($($name:ident $table:ident $row:ty;)*) => {
        impl Store {$(
            #[doc = concat!("Shows every row of the ", stringify!($table), ", by their numbers.")]
            pub fn $name(&self, mut show: impl FnMut(&$row)) -> io::Result<()> {
                self.tables.$table.for_each(|_, row| {
                    if let Some(row) = <$row>::read(row) {
                        show(&row);
                    }
                })
            }
        )*}
    };
}

every_row! {
    each_account accounts Account;
    each_order orders Order;
    each_hold holds Hold;
    each_top_up top_ups TopUp;
    each_withdrawal withdrawals Withdrawal;
    each_receipt receipts Receipt;
    each_proposal proposals Proposal;
    each_announcement announcements Announcement;
    each_remittance remittances Remittance;
    each_key keys Key;
    each_person people Person;
    each_session sessions Session;
}

/// How many tables there are.
const TABLES: usize = 20;
const TABLE_TAGS: [u8; TABLES] = [
    Settings::TAG,
    Account::TAG,
    Order::TAG,
    Hold::TAG,
    TopUp::TAG,
    Withdrawal::TAG,
    Remittance::TAG,
    Channel::TAG,
    User::TAG,
    Card::TAG,
    Key::TAG,
    Endpoint::TAG,
    Delivery::TAG,
    Receipt::TAG,
    Proposal::TAG,
    Person::TAG,
    Session::TAG,
    Announcement::TAG,
    Limits::TAG,
    Usage::TAG,
];
const LOG_TAGS: [u8; 4] = [Posting::TAG, Happening::TAG, Answered::TAG, Letter::TAG];

impl Tables {
    /// All of them, in the order in which the manifest has them.
    fn all(&self) -> [&Table; TABLES] {
        [
            &self.settings,
            &self.accounts,
            &self.orders,
            &self.holds,
            &self.top_ups,
            &self.withdrawals,
            &self.remittances,
            &self.channels,
            &self.users,
            &self.cards,
            &self.keys,
            &self.endpoints,
            &self.deliveries,
            &self.receipts,
            &self.proposals,
            &self.people,
            &self.sessions,
            &self.announcements,
            &self.limits,
            &self.usages,
        ]
    }

    fn all_mut(&mut self) -> [&mut Table; TABLES] {
        [
            &mut self.settings,
            &mut self.accounts,
            &mut self.orders,
            &mut self.holds,
            &mut self.top_ups,
            &mut self.withdrawals,
            &mut self.remittances,
            &mut self.channels,
            &mut self.users,
            &mut self.cards,
            &mut self.keys,
            &mut self.endpoints,
            &mut self.deliveries,
            &mut self.receipts,
            &mut self.proposals,
            &mut self.people,
            &mut self.sessions,
            &mut self.announcements,
            &mut self.limits,
            &mut self.usages,
        ]
    }
}

impl Logs {
    fn all(&self) -> [&Log; 4] {
        [&self.postings, &self.happenings, &self.answers, &self.letters]
    }
}

/// A row's part of the state hash.
fn row_hash(tag: u8, number: u64, row: &[u8]) -> u128 {
    let row = if tag == Answered::TAG { Answered::hashed(row) } else { row };
    xxh3_128_with_seed(row, number << 8 | u64::from(tag))
}
