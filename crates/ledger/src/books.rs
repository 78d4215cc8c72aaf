//! The seam between the rules and where the books are kept.
//!
//! [`Books`] is what `apply` reads and writes. There are two real implementations: the paged tables
//! and indexes of `store`, and the plain maps of [`crate::memory`], which tests, the simulation and
//! verification use. Whatever is read here was written here before, in journal order: an
//! implementation that loses or invents a row breaks the books, and the contract test says so.

use crate::account::{Account, AccountKind};
use crate::announcement::Announcement;
use crate::bank::{BankReference, TopUp, TopUpStage, Withdrawal, WithdrawalStage};
use crate::command::Answer;
use crate::event::{Happening, Subject};
use crate::hold::Hold;
use crate::id::{
    AccountId, AnnouncementId, CardId, CellId, DeliveryId, EndpointId, EventId, HoldId, KeyId,
    OrderId, ProposalId, ReceiptId, RemittanceId, RequestId, SessionId, TopUpId, UserId,
    WithdrawalId,
};
use crate::limits::{Limits, Usage};
use crate::name::OrderNumber;
use crate::order::{Order, Stage};
use crate::person::{Person, Session};
use crate::posting::Posting;
use crate::proposal::{Proposal, ProposalStage};
use crate::receipt::{Receipt, ReceiptStage};
use crate::registry::{Card, Delivery, Endpoint, Key, User};
use crate::remittance::{Channel, Letter, Remittance};
use crate::time::{Seconds, Time};

/// What a cell knows about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Which cell this is.
    pub cell: CellId,
    /// Whether its clock may be moved forward.
    pub sandbox: bool,
    /// How far a sandbox's clock was moved.
    pub clock_ahead: Seconds,
    /// The most that accounts of each kind may come to have, in minor units; 0 for no limit.
    /// In the order of [`AccountKind::ALL`].
    pub balance_limits: [u64; AccountKind::ALL.len()],
}

/// A row that is written under its own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is documented at its struct")]
pub enum Record {
    Settings(Settings),
    Account(Account),
    Order(Order),
    Hold(Hold),
    TopUp(TopUp),
    Withdrawal(Withdrawal),
    Receipt(Receipt),
    Proposal(Proposal),
    Remittance(Remittance),
    Channel(CellId, Channel),
    User(User),
    Card(Card),
    Key(Key),
    Endpoint(Endpoint),
    Delivery(Delivery),
    Person(Person),
    Session(Session),
    Announcement(Announcement),
    Limits(Limits),
    Usage(Usage),
}

/// The kinds of things that are numbered as they are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each variant is the plural of what it numbers")]
pub enum Series {
    Accounts,
    Orders,
    Holds,
    TopUps,
    Withdrawals,
    Remittances,
    Users,
    Cards,
    Keys,
    Endpoints,
    Deliveries,
    Receipts,
    Proposals,
    Sessions,
    Announcements,
    Postings,
    Events,
}

/// A place in an index. Whatever is listed, or comes due, is listed under these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listing {
    /// Something happens by itself then.
    Due(Time, Timer),
    /// The orders of a party, those in a certain stage or all.
    PartyOrder(AccountId, Option<Stage>, OrderId),
    /// The orders of this cell in a stage.
    StageOrder(Stage, OrderId),
    /// The accounts of a user.
    UserAccount(UserId, AccountId),
    /// Appeals that nobody has answered: the event of each.
    OpenAppeal(EventId),
    /// The cards of a user.
    UserCard(UserId, CardId),
    /// The webhook endpoints of a merchant.
    UserEndpoint(UserId, EndpointId),
    /// The events that a merchant may see.
    UserEvent(UserId, EventId),
    /// The API keys of a merchant; of the platform if there is none.
    UserKey(Option<UserId>, KeyId),
    /// Top-ups in a stage.
    StageTopUp(TopUpStage, TopUpId),
    /// Withdrawals in a stage.
    StageWithdrawal(WithdrawalStage, WithdrawalId),
    /// Receipts in a stage.
    StageReceipt(ReceiptStage, ReceiptId),
    /// Proposals in a stage.
    StageProposal(ProposalStage, ProposalId),
    /// Open proposals, by what they are about: see [`crate::proposal::Action::about`].
    OpenProposal(u64, ProposalId),
    /// What assigned a difference last, by which difference it is: see
    /// [`crate::proposal::Action::about`].
    Assignment(u64, ProposalId),
    /// What assigned differences to an operator who still has them.
    AssignedTo(UserId, ProposalId),
    /// Announcements that have not ended.
    OpenAnnouncement(AnnouncementId),
    /// Top-ups of an account.
    AccountTopUp(AccountId, TopUpId),
    /// Top-ups of an account that are under way.
    OpenTopUp(AccountId, TopUpId),
    /// Top-ups that pay an order, in the cell of whoever pays.
    OrderTopUp(OrderId, TopUpId),
    /// Withdrawals of an account.
    AccountWithdrawal(AccountId, WithdrawalId),
    /// Holds of an account.
    AccountHold(AccountId, HoldId),
    /// Deliveries to be made, by when.
    PendingDelivery(Time, DeliveryId),
    /// Deliveries to an endpoint.
    EndpointDelivery(EndpointId, DeliveryId),
    /// What people did to a delivery.
    DeliveryEvent(DeliveryId, EventId),
    /// The name that somebody signs in with.
    Login(u128, UserId),
    /// The sessions of a person, ended and refused ones too.
    UserSession(UserId, SessionId),
    /// The sessions of a person that nobody has ended.
    OpenSession(UserId, SessionId),
    /// People who applied for a higher level.
    AskedLevel(UserId),
}

/// What happens by itself when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// An order's deadline.
    Order(OrderId),
    /// A hold's expiry.
    Hold(HoldId),
    /// The day by which somebody must have been found for what a bank took.
    TopUp(TopUpId),
}

/// Where the books of one cell are kept.
pub trait Books {
    /// What the cell knows about itself; `None` before it is founded.
    fn settings(&mut self) -> Option<Settings>;
    /// An account; a system account is there before its first posting.
    fn account(&mut self, id: AccountId) -> Option<Account>;
    /// An order.
    fn order(&mut self, id: OrderId) -> Option<Order>;
    /// A hold.
    fn hold(&mut self, id: HoldId) -> Option<Hold>;
    /// A top-up.
    fn top_up(&mut self, id: TopUpId) -> Option<TopUp>;
    /// A withdrawal.
    fn withdrawal(&mut self, id: WithdrawalId) -> Option<Withdrawal>;
    /// Money that nothing accounted for.
    fn receipt(&mut self, id: ReceiptId) -> Option<Receipt>;
    /// What somebody proposed to do by hand.
    fn proposal(&mut self, id: ProposalId) -> Option<Proposal>;
    /// What the platform announced.
    fn announcement(&mut self, id: AnnouncementId) -> Option<Announcement>;
    /// Money sent to another cell.
    fn remittance(&mut self, id: RemittanceId) -> Option<Remittance>;
    /// How far the messages to and from a cell have come.
    fn channel(&mut self, other: CellId) -> Channel;
    /// A user.
    fn user(&mut self, id: UserId) -> Option<User>;
    /// A card.
    fn card(&mut self, id: CardId) -> Option<Card>;
    /// An API key.
    fn key(&mut self, id: KeyId) -> Option<Key>;
    /// A webhook endpoint.
    fn endpoint(&mut self, id: EndpointId) -> Option<Endpoint>;
    /// A delivery.
    fn delivery(&mut self, id: DeliveryId) -> Option<Delivery>;
    /// A person, under its user's name.
    fn person(&mut self, id: UserId) -> Option<Person>;
    /// A session.
    fn session(&mut self, id: SessionId) -> Option<Session>;
    /// The limits of people; `None` before anybody has set one.
    fn limits(&mut self) -> Option<Limits>;
    /// What an account has used of them.
    fn usage(&mut self, account: AccountId) -> Option<Usage>;
    /// Something that happened.
    fn happening(&mut self, id: EventId) -> Option<Happening>;

    /// The answer to a request that was asked before.
    fn answer(&mut self, id: RequestId) -> Option<Answer>;
    /// The order to which a seller gave this number.
    fn numbered(&mut self, seller: AccountId, number: &OrderNumber) -> Option<OrderId>;
    /// The movement that a bank calls so.
    fn referenced(&mut self, reference: &BankReference) -> Option<Subject>;
    /// The open proposal that is about this.
    fn open_proposal(&mut self, about: u64) -> Option<ProposalId>;
    /// What assigned a difference last: see [`Listing::Assignment`].
    fn assignment(&mut self, about: u64) -> Option<ProposalId>;
    /// Who signs in with this name.
    fn by_login(&mut self, login: u128) -> Option<UserId>;
    /// The first timer that is due by `now`.
    fn first_due(&mut self, now: Time) -> Option<(Time, Timer)>;
    /// The webhook endpoints of a merchant that are in use, at most `limit`.
    fn endpoints_of(&mut self, user: UserId, limit: usize) -> Vec<EndpointId>;
    /// The top-ups of an account that are under way: the oldest, at most `limit`.
    fn open_top_ups(&mut self, account: AccountId, limit: usize) -> Vec<TopUpId>;
    /// The sessions of a person that nobody has ended: the oldest, at most `limit`.
    fn sessions_of(&mut self, user: UserId, limit: usize) -> Vec<SessionId>;
    /// The accounts of a user, at most `limit`.
    fn accounts_of(&mut self, user: UserId, limit: usize) -> Vec<AccountId>;
    /// Whether an account is a party of an order in this stage.
    fn has_order(&mut self, account: AccountId, stage: Stage) -> bool;
    /// The top-ups of an account: the newest, at most `limit`.
    fn top_ups_of(&mut self, account: AccountId, limit: usize) -> Vec<TopUpId>;
    /// The withdrawals of an account: the newest, at most `limit`.
    fn withdrawals_of(&mut self, account: AccountId, limit: usize) -> Vec<WithdrawalId>;
    /// The events that a merchant may see, from one on to another, at most `limit`.
    fn events_of(&mut self, user: UserId, from: EventId, to: EventId, limit: usize)
    -> Vec<EventId>;

    /// The number that the next thing of a kind gets.
    fn next_number(&mut self, series: Series) -> u64;
    /// Writes a row under its own name.
    fn put(&mut self, record: Record);
    /// Adds a posting; its number is the one that `next_number` told.
    fn add_posting(&mut self, posting: &Posting);
    /// Adds something that happened; its number is the one that `next_number` told.
    fn add_happening(&mut self, happening: &Happening);
    /// Adds the answer of the record that is being applied. Answers with no name can be found by
    /// position only.
    fn add_answer(&mut self, answer: &Answer);
    /// Adds a message to another cell.
    fn add_letter(&mut self, letter: &Letter);
    /// Gives an order its seller's number.
    fn add_number(&mut self, seller: AccountId, number: &OrderNumber, order: OrderId);
    /// Gives a top-up or a withdrawal the bank's own reference.
    fn add_reference(&mut self, reference: &BankReference, movement: Subject);
    /// Adds a place to an index. It was not there.
    fn list(&mut self, place: Listing);
    /// Takes a place from an index. It was there.
    fn unlist(&mut self, place: Listing);
}
