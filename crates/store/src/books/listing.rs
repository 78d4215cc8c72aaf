//! Places in the ordered index as keys: one byte for the kind, then what they are ordered by.
//!
//! The value of each is the identifier at its end, so that a list is read from values alone.

use crate::index::OrderedKey;
use ledger::bank::{TopUpStage, WithdrawalStage};
use ledger::books::{Listing, Timer};
use ledger::id::{AccountId, CellId, DeliveryId, EndpointId, HoldId, OrderId, TopUpId, UserId};
use ledger::order::Stage;
use ledger::proposal::ProposalStage;
use ledger::receipt::ReceiptStage;
use ledger::time::Time;
use std::ops::Range;

/// All places of one kind that begin alike: a list that can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named like the places in `ledger::books::Listing`")]
pub enum List {
    PartyOrders(AccountId, Option<Stage>),
    StageOrders(Stage),
    UserAccounts(UserId),
    OpenAppeals,
    UserCards(UserId),
    UserEndpoints(UserId),
    UserEvents(UserId),
    UserKeys(Option<UserId>),
    StageTopUps(TopUpStage),
    StageWithdrawals(WithdrawalStage),
    AccountTopUps(AccountId),
    AccountWithdrawals(AccountId),
    AccountHolds(AccountId),
    OpenTopUps(AccountId),
    OrderTopUps(OrderId),
    StageReceipts(ReceiptStage),
    StageProposals(ProposalStage),
    OpenProposals(u64),
    Assignments(u64),
    AssignedTo(UserId),
    OpenAnnouncements,
    EndpointDeliveries(EndpointId),
    DeliveryEvents(DeliveryId),
    UserSessions(UserId),
    OpenSessions(UserId),
    AskedLevels,
}

const DUE: u8 = 1;
const PENDING: u8 = 2;
const LOGIN: u8 = 22;

fn stage_byte(stage: Stage) -> u8 {
    match stage {
        Stage::Created => 1,
        Stage::Paid => 2,
        Stage::Shipped => 3,
        Stage::PaidRefundAsked => 4,
        Stage::ShippedRefundAsked => 5,
        Stage::Disputed => 6,
        Stage::Completed => 7,
        Stage::Refunded => 8,
        Stage::Closed => 9,
    }
}

fn top_up_byte(stage: TopUpStage) -> u8 {
    match stage {
        TopUpStage::Created => 1,
        TopUpStage::Sent => 2,
        TopUpStage::Unknown => 3,
        TopUpStage::Credited => 4,
        TopUpStage::Rejected => 5,
        TopUpStage::Returned => 6,
        TopUpStage::Investigating => 7,
        TopUpStage::Paying => 8,
        TopUpStage::Returning => 9,
    }
}

fn withdrawal_byte(stage: WithdrawalStage) -> u8 {
    match stage {
        WithdrawalStage::Created => 1,
        WithdrawalStage::Sent => 2,
        WithdrawalStage::Unknown => 3,
        WithdrawalStage::Paid => 4,
        WithdrawalStage::Rejected => 5,
        WithdrawalStage::Returned => 6,
        WithdrawalStage::Investigating => 7,
    }
}

fn receipt_byte(stage: ReceiptStage) -> u8 {
    match stage {
        ReceiptStage::Open => 1,
        ReceiptStage::Credited => 2,
        ReceiptStage::Returning => 3,
        ReceiptStage::Returned => 4,
        ReceiptStage::Matched => 5,
        ReceiptStage::WrittenOff => 6,
    }
}

fn proposal_byte(stage: ProposalStage) -> u8 {
    match stage {
        ProposalStage::Open => 1,
        ProposalStage::Approved => 2,
        ProposalStage::Refused => 3,
        ProposalStage::Withdrawn => 4,
        ProposalStage::Failed => 5,
    }
}

fn key(tag: u8, first: u64, between: u8, last: u64) -> OrderedKey {
    let mut key = [0; 24];
    key[0] = tag;
    key[1..9].copy_from_slice(&first.to_be_bytes());
    key[9] = between;
    key[10..18].copy_from_slice(&last.to_be_bytes());
    key
}

impl List {
    fn prefix(self) -> (u8, u64, u8) {
        match self {
            List::PartyOrders(account, stage) => (3, account.raw(), stage.map_or(0, stage_byte)),
            List::StageOrders(stage) => (4, 0, stage_byte(stage)),
            List::UserAccounts(user) => (5, user.raw(), 0),
            List::UserCards(user) => (6, user.raw(), 0),
            List::UserEndpoints(user) => (7, user.raw(), 0),
            List::UserEvents(user) => (8, user.raw(), 0),
            List::UserKeys(user) => (9, user.map_or(u64::MAX, UserId::raw), 0),
            List::StageTopUps(stage) => (10, 0, top_up_byte(stage)),
            List::StageWithdrawals(stage) => (11, 0, withdrawal_byte(stage)),
            List::AccountTopUps(account) => (12, account.raw(), 0),
            List::AccountWithdrawals(account) => (13, account.raw(), 0),
            List::AccountHolds(account) => (14, account.raw(), 0),
            List::EndpointDeliveries(endpoint) => (15, endpoint.raw(), 0),
            List::OpenTopUps(account) => (17, account.raw(), 0),
            List::OrderTopUps(order) => (18, order.raw(), 0),
            List::StageReceipts(stage) => (19, 0, receipt_byte(stage)),
            List::StageProposals(stage) => (20, 0, proposal_byte(stage)),
            List::OpenProposals(about) => (21, about, 0),
            List::UserSessions(user) => (23, user.raw(), 0),
            List::OpenSessions(user) => (24, user.raw(), 0),
            List::AskedLevels => (25, 0, 0),
            List::DeliveryEvents(delivery) => (26, delivery.raw(), 0),
            List::Assignments(about) => (27, about, 0),
            List::AssignedTo(user) => (28, user.raw(), 0),
            List::OpenAppeals => (29, 0, 0),
            List::OpenAnnouncements => (30, 0, 0),
        }
    }

    /// The keys of its places whose identifiers are in `ids`.
    pub(super) fn range(self, ids: Range<u64>) -> Range<OrderedKey> {
        let (tag, first, between) = self.prefix();
        key(tag, first, between, ids.start)..key(tag, first, between, ids.end)
    }
}

/// The key of a place, and its value.
pub(super) fn entry(place: Listing) -> (OrderedKey, u64) {
    let in_list = |list: List, id: u64| {
        let (tag, first, between) = list.prefix();
        (key(tag, first, between, id), id)
    };
    match place {
        Listing::Due(time, timer) => due(time, timer),
        Listing::PendingDelivery(time, id) => (key(PENDING, time.0, 0, id.raw()), id.raw()),
        Listing::PartyOrder(account, stage, id) => {
            in_list(List::PartyOrders(account, stage), id.raw())
        }
        Listing::StageOrder(stage, id) => in_list(List::StageOrders(stage), id.raw()),
        Listing::UserAccount(user, id) => in_list(List::UserAccounts(user), id.raw()),
        Listing::OpenAppeal(id) => in_list(List::OpenAppeals, id.raw()),
        Listing::UserCard(user, id) => in_list(List::UserCards(user), id.raw()),
        Listing::UserEndpoint(user, id) => in_list(List::UserEndpoints(user), id.raw()),
        Listing::UserEvent(user, id) => in_list(List::UserEvents(user), id.raw()),
        Listing::UserKey(user, id) => in_list(List::UserKeys(user), id.raw()),
        Listing::StageTopUp(stage, id) => in_list(List::StageTopUps(stage), id.raw()),
        Listing::StageWithdrawal(stage, id) => in_list(List::StageWithdrawals(stage), id.raw()),
        Listing::AccountTopUp(account, id) => in_list(List::AccountTopUps(account), id.raw()),
        Listing::StageReceipt(stage, id) => in_list(List::StageReceipts(stage), id.raw()),
        Listing::StageProposal(stage, id) => in_list(List::StageProposals(stage), id.raw()),
        Listing::OpenProposal(about, id) => in_list(List::OpenProposals(about), id.raw()),
        Listing::Assignment(about, id) => in_list(List::Assignments(about), id.raw()),
        Listing::AssignedTo(user, id) => in_list(List::AssignedTo(user), id.raw()),
        Listing::OpenAnnouncement(id) => in_list(List::OpenAnnouncements, id.raw()),
        Listing::OrderTopUp(order, id) => in_list(List::OrderTopUps(order), id.raw()),
        Listing::OpenTopUp(account, id) => in_list(List::OpenTopUps(account), id.raw()),
        Listing::AccountWithdrawal(account, id) => {
            in_list(List::AccountWithdrawals(account), id.raw())
        }
        Listing::AccountHold(account, id) => in_list(List::AccountHolds(account), id.raw()),
        Listing::EndpointDelivery(endpoint, id) => {
            in_list(List::EndpointDeliveries(endpoint), id.raw())
        }
        Listing::DeliveryEvent(delivery, id) => in_list(List::DeliveryEvents(delivery), id.raw()),
        Listing::Login(name, id) => (login_key(name, id.raw()), id.raw()),
        Listing::UserSession(user, id) => in_list(List::UserSessions(user), id.raw()),
        Listing::OpenSession(user, id) => in_list(List::OpenSessions(user), id.raw()),
        Listing::AskedLevel(id) => in_list(List::AskedLevels, id.raw()),
    }
}

/// A name to sign in with fills its key, and leaves seven bytes for the user: an identifier's
/// eighth byte is zero.
fn login_key(login: u128, user: u64) -> OrderedKey {
    let mut key = [0; 24];
    key[0] = LOGIN;
    key[1..17].copy_from_slice(&login.to_be_bytes());
    key[17..].copy_from_slice(&user.to_be_bytes()[1..]);
    key
}

/// The keys of whoever signs in with this name.
pub(super) fn login(login: u128) -> Range<OrderedKey> {
    login_key(login, 0)..login_key(login, (1 << 56) - 1)
}

fn due(time: Time, timer: Timer) -> (OrderedKey, u64) {
    match timer {
        Timer::Order(id) => (key(DUE, time.0, 1, id.raw()), id.raw()),
        Timer::Hold(id) => (key(DUE, time.0, 2, id.raw()), id.raw()),
        Timer::TopUp(id) => (key(DUE, time.0, 3, id.raw()), id.raw()),
    }
}

/// The keys of everything that is due from `time` on.
pub(super) fn due_from(time: Time) -> Range<OrderedKey> {
    key(DUE, time.0, 0, 0)..key(DUE + 1, 0, 0, 0)
}

/// The keys of the deliveries to be made by `time`: all, or those behind one of them.
pub(super) fn pending_until(after: Option<(Time, DeliveryId)>, time: Time) -> Range<OrderedKey> {
    let (from, id) = after.map_or((0, 0), |(time, id)| (time.0, id.raw().saturating_add(1)));
    key(PENDING, from, 0, id)..key(PENDING, time.0.saturating_add(1), 0, 0)
}

/// The time in the key of something that is due.
pub(super) fn time_of(key: &OrderedKey) -> Time {
    key.get(1..).and_then(<[u8]>::first_chunk).map_or(Time(0), |it| Time(u64::from_be_bytes(*it)))
}

/// When the place with this key is due, and what that is.
pub(super) fn read_due(key: &OrderedKey, id: u64) -> Option<(Time, Timer)> {
    let time = time_of(key);
    match key[9] {
        1 => Some((time, Timer::Order(OrderId::from_raw(id)))),
        2 => Some((time, Timer::Hold(HoldId::from_raw(id)))),
        3 => Some((time, Timer::TopUp(TopUpId::from_raw(id)))),
        _ => None,
    }
}

/// The key under which a letter is found by its number.
pub(super) fn letter(to: CellId, number: u64) -> OrderedKey {
    key(16, u64::from(to.number()), 0, number)
}
