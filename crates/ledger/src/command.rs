//! What can be asked. A request is a value: it carries no time and decides nothing.

use crate::account::AccountKind;
pub use crate::announcement::{Announce, EndAnnouncement};
pub use crate::appeal::Appeal;
pub use crate::bank::TakeStatement;
use crate::bank::{BankEvent, BankReference};
use crate::currency::Currency;
use crate::event::{Actor, Subject};
pub use crate::hold::{CaptureHold, PlaceHold, ReleaseHold};
use crate::id::{
    AccountId, CardId, CellId, DeliveryId, EndpointId, EventId, KeyId, OrderId, Position,
    RequestId, TopUpId, UserId, WithdrawalId,
};
pub use crate::limits::SetLimit;
use crate::money::Money;
use crate::name::{BankName, OrderNumber, Text};
use crate::order::{Mode, Party, Terms};
pub use crate::person::{
    AddPerson, AddSealedCard, AskLevel, CloseSession, CloseSessions, ErasePerson, FailPayment,
    FailSignIn, OpenSession, PassPayment, RemoveCard, SetCredential, SetDuty, SetLevel, SetProfile,
};
pub use crate::proposal::{Action, DecideProposal, Propose, Verdict};
pub use crate::receipt::{RecordReceipt, Resolution, ResolveReceipt};
pub use crate::refund::{
    AddStatement, AnswerRefund, AskRefund, AwardOrder, DisputeOrder, RefundOrder, WithdrawRefund,
};
use crate::registry::{Role, UserKind};
use crate::rejection::Rejection;
use crate::remittance::Message;
pub use crate::shipment::{CorrectShipment, ShipOrder};
use crate::time::{Seconds, Time};

/// The most transfers in one linked row.
pub const LINKED_MAX: usize = 64;
/// The most deliveries that one request repeats.
pub const REDELIVER_MAX: u64 = 1_000;
/// A command under the name its caller gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The name; see [`RequestId`].
    pub id: RequestId,
    /// Who asks. The ledger decides what they may do.
    pub actor: Actor,
    /// What to do.
    pub command: Command,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is documented at its struct")]
pub enum Command {
    Found(Found),
    Tick,
    AdvanceClock(AdvanceClock),
    SetBalanceLimit(SetBalanceLimit),
    AddUser(AddUser),
    AddCard(AddCard),
    AddKey(AddKey),
    RevokeKey(RevokeKey),
    AddEndpoint(AddEndpoint),
    RotateEndpoint(RotateEndpoint),
    RemoveEndpoint(RemoveEndpoint),
    Redeliver(Redeliver),
    RecordAttempt(RecordAttempt),
    OpenAccount(OpenAccount),
    SetAccountState(SetAccountState),
    Appeal(Appeal),
    Transfer(Transfer),
    LinkedTransfers(LinkedTransfers),
    PlaceHold(PlaceHold),
    CaptureHold(CaptureHold),
    ReleaseHold(ReleaseHold),
    CreateOrder(CreateOrder),
    PayOrder(PayOrder),
    ShipOrder(ShipOrder),
    CorrectShipment(CorrectShipment),
    ConfirmOrder(ConfirmOrder),
    CancelOrder(CancelOrder),
    ExtendOrder(ExtendOrder),
    AskRefund(AskRefund),
    WithdrawRefund(WithdrawRefund),
    AnswerRefund(AnswerRefund),
    RefundOrder(RefundOrder),
    DisputeOrder(DisputeOrder),
    AddStatement(AddStatement),
    AwardOrder(AwardOrder),
    TopUp(StartTopUp),
    AdvanceTopUp(AdvanceTopUp),
    Withdraw(StartWithdrawal),
    AdvanceWithdrawal(AdvanceWithdrawal),
    RecordReceipt(RecordReceipt),
    ResolveReceipt(ResolveReceipt),
    Propose(Propose),
    DecideProposal(DecideProposal),
    Announce(Announce),
    EndAnnouncement(EndAnnouncement),
    Receive(Receive),
    AddPerson(AddPerson),
    SetProfile(SetProfile),
    SetCredential(SetCredential),
    OpenSession(OpenSession),
    FailSignIn(FailSignIn),
    FailPayment(FailPayment),
    PassPayment(PassPayment),
    CloseSession(CloseSession),
    CloseSessions(CloseSessions),
    AskLevel(AskLevel),
    SetLevel(SetLevel),
    AddSealedCard(AddSealedCard),
    RemoveCard(RemoveCard),
    SetDuty(SetDuty),
    ErasePerson(ErasePerson),
    SetLimit(SetLimit),
}

/// Begins a cell. The first record of every journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which cell this is.
    pub cell: CellId,
    /// Whether its clock may be moved forward.
    pub sandbox: bool,
}

/// Moves a sandbox's clock forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvanceClock {
    /// By how much.
    pub by: Seconds,
}

/// Sets the most that accounts of a kind may come to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetBalanceLimit {
    /// The kind of accounts.
    pub kind: AccountKind,
    /// In minor units; 0 for no limit.
    pub limit: u64,
}

/// Adds a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddUser {
    /// Customer or merchant; operators are people and nothing else.
    pub kind: UserKind,
    /// A name to show.
    pub name: Text,
}

/// Adds a bank card to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCard {
    /// Whose it is.
    pub user: UserId,
    /// Which bank it is asked of.
    pub bank: BankName,
    /// The bank's token for it. The card's number never comes here.
    pub token: Text,
    /// The last four digits of its number.
    pub last_four: u16,
}

/// Adds an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddKey {
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// What it allows.
    pub role: Role,
    /// The merchant it is limited to.
    pub user: Option<UserId>,
}

/// Ends an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokeKey {
    /// Which.
    pub key: KeyId,
}

/// Adds a webhook endpoint to a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddEndpoint {
    /// Whose events it wants.
    pub user: UserId,
    /// Where they go.
    pub url: Text,
}

/// Gives a webhook endpoint a new secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotateEndpoint {
    /// Which.
    pub endpoint: EndpointId,
}

/// Stops deliveries to a webhook endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoveEndpoint {
    /// Which.
    pub endpoint: EndpointId,
}

/// Delivers a merchant's events to an endpoint again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redeliver {
    /// To whom.
    pub endpoint: EndpointId,
    /// The first event.
    pub from: EventId,
    /// The last event.
    pub to: EventId,
}

/// Says how an attempt to deliver went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordAttempt {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// The answer's HTTP status; 0 if there was no answer.
    pub status: u16,
}

/// Opens an account for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAccount {
    /// Whose it will be. Its kind decides the account's.
    pub owner: UserId,
    /// Its one currency.
    pub currency: Currency,
    /// The most it may come to have, in minor units; 0 if only its kind limits it.
    pub balance_limit: u64,
}

/// What becomes of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// No more debits.
    Freeze,
    /// It is in use again.
    Unfreeze,
    /// It ends, empty.
    Close,
}

/// Freezes, unfreezes or closes an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetAccountState {
    /// Which.
    pub account: AccountId,
    /// What becomes of it.
    pub change: AccountChange,
}

/// Moves money from one account to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The account to debit.
    pub debit: AccountId,
    /// The account to credit.
    pub credit: AccountId,
    /// How much.
    pub amount: Money,
}

/// Transfers that happen together or not at all, within one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedTransfers {
    /// In the order in which they happen; at most [`LINKED_MAX`].
    pub transfers: Vec<Transfer>,
}

/// Creates an order. It lives in its seller's cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateOrder {
    /// The account that will be paid.
    pub seller: AccountId,
    /// The account that pays. It may live in another cell.
    pub buyer: AccountId,
    /// The seller's own number for it, unique for ever.
    pub number: OrderNumber,
    /// The price.
    pub price: Money,
    /// How it is paid.
    pub mode: Mode,
    /// Its deadlines and fee.
    pub terms: Terms,
    /// What is bought, in words.
    pub subject: Text,
}

/// Pays an order from its buyer's balance. Asked of the buyer's cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayOrder {
    /// Which order.
    pub order: OrderId,
    /// The buyer's account.
    pub debit: AccountId,
    /// The price, as the buyer saw it.
    pub amount: Money,
    /// Whether the caller knows that a card is paying for it, and wants to pay from the balance.
    pub deliberate: bool,
}

/// Says that the goods arrived, and releases the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfirmOrder {
    /// Which order.
    pub order: OrderId,
}

/// Calls an order off: unpaid by either side; paid by the seller, or by the buyer of a late seller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CancelOrder {
    /// Which order.
    pub order: OrderId,
    /// Which side calls it off.
    pub party: Party,
}

/// Gives the other side more time: the seller to pay, the buyer to be sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendOrder {
    /// Which order.
    pub order: OrderId,
    /// How much later than before.
    pub by: Seconds,
}

/// Intends to take money from a card into an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartTopUp {
    /// The account to credit.
    pub account: AccountId,
    /// The card to take it from.
    pub card: CardId,
    /// How much.
    pub amount: Money,
    /// The order to pay with it as soon as the bank confirms.
    pub order: Option<OrderId>,
    /// Whether the caller knows that another one like it is under way, and wants this one too.
    pub deliberate: bool,
}

/// Says what a bank, or its silence, did to a top-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvanceTopUp {
    /// Which.
    pub top_up: TopUpId,
    /// What happened.
    pub event: BankEvent,
    /// What the bank calls it.
    pub reference: Option<BankReference>,
    /// What the bank says that it moved, if it says so.
    pub amount: Option<Money>,
}

/// Intends to pay money out of an account to a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartWithdrawal {
    /// The account to debit.
    pub account: AccountId,
    /// The card to pay it to.
    pub card: CardId,
    /// How much.
    pub amount: Money,
}

/// Says what a bank, or its silence, did to a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvanceWithdrawal {
    /// Which.
    pub withdrawal: WithdrawalId,
    /// What happened.
    pub event: BankEvent,
    /// What the bank calls it.
    pub reference: Option<BankReference>,
    /// What the bank says that it moved, if it says so.
    pub amount: Option<Money>,
}

/// Takes the next message from another cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receive {
    /// Who sends it.
    pub from: CellId,
    /// Its number, from 1.
    pub number: u64,
    /// What it says.
    pub message: Message,
}

/// What was decided about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done, to this.
    Accepted(Subject),
    /// It was not done.
    Rejected(Rejection),
}

/// A request's outcome, as the books keep it for whoever asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name it was asked under.
    pub id: RequestId,
    /// Tells requests of one name apart.
    pub fingerprint: u64,
    /// Where its record is.
    pub position: Position,
    /// When it was decided.
    pub time: Time,
    /// What was decided.
    pub outcome: Outcome,
    /// The first posting it caused; `postings` follow one another.
    pub first_posting: u64,
    /// How many postings it caused.
    pub postings: u8,
}
