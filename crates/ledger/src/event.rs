//! Events: what happened, for everybody who has to know. The timeline of a thing is the chain of
//! its events; the feed is all of them in order.

use crate::id::{
    AccountId, CardId, DeliveryId, EndpointId, HoldId, KeyId, OrderId, Position, ProposalId,
    ReceiptId, RemittanceId, TopUpId, TransferId, UserId, WithdrawalId,
};
use crate::time::Time;

/// The thing that a posting, an event or an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The cell itself.
    Cell,
    /// An account.
    Account(AccountId),
    /// A user.
    User(UserId),
    /// A card.
    Card(CardId),
    /// A hold.
    Hold(HoldId),
    /// An order.
    Order(OrderId),
    /// A top-up.
    TopUp(TopUpId),
    /// A withdrawal.
    Withdrawal(WithdrawalId),
    /// Money between cells.
    Remittance(RemittanceId),
    /// A transfer, or a row of linked ones.
    Transfer(TransferId),
    /// An API key.
    Key(KeyId),
    /// A webhook endpoint.
    Endpoint(EndpointId),
    /// A delivery.
    Delivery(DeliveryId),
    /// Money that a bank moved and that nothing accounted for.
    Receipt(ReceiptId),
    /// What somebody proposed to do by hand.
    Proposal(ProposalId),
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each name is the sentence; `code` is the interface")]
pub enum EventKind {
    UserAdded,
    AccountOpened,
    AccountFrozen,
    AccountUnfrozen,
    AccountClosed,
    TransferDone,
    HoldPlaced,
    HoldCaptured,
    HoldReleased,
    HoldExpired,
    OrderCreated,
    OrderPaid,
    OrderShipped,
    OrderCompleted,
    OrderCancelled,
    OrderClosed,
    OrderExtended,
    OrderRefundAsked,
    OrderRefundWithdrawn,
    OrderRefundRefused,
    OrderRefunded,
    OrderDisputed,
    OrderAwarded,
    TopUpCreated,
    TopUpSent,
    TopUpUnknown,
    TopUpCredited,
    TopUpRejected,
    TopUpReturned,
    TopUpInvestigating,
    WithdrawalCreated,
    WithdrawalSent,
    WithdrawalUnknown,
    WithdrawalPaid,
    WithdrawalRejected,
    WithdrawalReturned,
    WithdrawalInvestigating,
    RemittanceSent,
    RemittanceSettled,
    RemittanceReturned,
    TopUpPaying,
    TopUpReturning,
    ReceiptOpened,
    ReceiptCredited,
    ReceiptReturning,
    ReceiptReturned,
    ReceiptMatched,
    ReceiptWrittenOff,
    ProposalMade,
    ProposalApproved,
    ProposalRefused,
    ProposalWithdrawn,
    ProposalFailed,
}

impl EventKind {
    /// Every kind. Its place here is its number on the disk: add at the end.
    pub const ALL: [EventKind; 53] = [
        EventKind::UserAdded,
        EventKind::AccountOpened,
        EventKind::AccountFrozen,
        EventKind::AccountUnfrozen,
        EventKind::AccountClosed,
        EventKind::TransferDone,
        EventKind::HoldPlaced,
        EventKind::HoldCaptured,
        EventKind::HoldReleased,
        EventKind::HoldExpired,
        EventKind::OrderCreated,
        EventKind::OrderPaid,
        EventKind::OrderShipped,
        EventKind::OrderCompleted,
        EventKind::OrderCancelled,
        EventKind::OrderClosed,
        EventKind::OrderExtended,
        EventKind::OrderRefundAsked,
        EventKind::OrderRefundWithdrawn,
        EventKind::OrderRefundRefused,
        EventKind::OrderRefunded,
        EventKind::OrderDisputed,
        EventKind::OrderAwarded,
        EventKind::TopUpCreated,
        EventKind::TopUpSent,
        EventKind::TopUpUnknown,
        EventKind::TopUpCredited,
        EventKind::TopUpRejected,
        EventKind::TopUpReturned,
        EventKind::TopUpInvestigating,
        EventKind::WithdrawalCreated,
        EventKind::WithdrawalSent,
        EventKind::WithdrawalUnknown,
        EventKind::WithdrawalPaid,
        EventKind::WithdrawalRejected,
        EventKind::WithdrawalReturned,
        EventKind::WithdrawalInvestigating,
        EventKind::RemittanceSent,
        EventKind::RemittanceSettled,
        EventKind::RemittanceReturned,
        EventKind::TopUpPaying,
        EventKind::TopUpReturning,
        EventKind::ReceiptOpened,
        EventKind::ReceiptCredited,
        EventKind::ReceiptReturning,
        EventKind::ReceiptReturned,
        EventKind::ReceiptMatched,
        EventKind::ReceiptWrittenOff,
        EventKind::ProposalMade,
        EventKind::ProposalApproved,
        EventKind::ProposalRefused,
        EventKind::ProposalWithdrawn,
        EventKind::ProposalFailed,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            EventKind::UserAdded => "user.added",
            EventKind::AccountOpened => "account.opened",
            EventKind::AccountFrozen => "account.frozen",
            EventKind::AccountUnfrozen => "account.unfrozen",
            EventKind::AccountClosed => "account.closed",
            EventKind::TransferDone => "transfer.done",
            EventKind::HoldPlaced => "hold.placed",
            EventKind::HoldCaptured => "hold.captured",
            EventKind::HoldReleased => "hold.released",
            EventKind::HoldExpired => "hold.expired",
            EventKind::OrderCreated => "order.created",
            EventKind::OrderPaid => "order.paid",
            EventKind::OrderShipped => "order.shipped",
            EventKind::OrderCompleted => "order.completed",
            EventKind::OrderCancelled => "order.cancelled",
            EventKind::OrderClosed => "order.closed",
            EventKind::OrderExtended => "order.extended",
            EventKind::OrderRefundAsked => "order.refund_asked",
            EventKind::OrderRefundWithdrawn => "order.refund_withdrawn",
            EventKind::OrderRefundRefused => "order.refund_refused",
            EventKind::OrderRefunded => "order.refunded",
            EventKind::OrderDisputed => "order.disputed",
            EventKind::OrderAwarded => "order.awarded",
            EventKind::TopUpCreated => "top_up.created",
            EventKind::TopUpSent => "top_up.sent",
            EventKind::TopUpUnknown => "top_up.unknown",
            EventKind::TopUpCredited => "top_up.credited",
            EventKind::TopUpRejected => "top_up.rejected",
            EventKind::TopUpReturned => "top_up.returned",
            EventKind::TopUpInvestigating => "top_up.investigating",
            EventKind::WithdrawalCreated => "withdrawal.created",
            EventKind::WithdrawalSent => "withdrawal.sent",
            EventKind::WithdrawalUnknown => "withdrawal.unknown",
            EventKind::WithdrawalPaid => "withdrawal.paid",
            EventKind::WithdrawalRejected => "withdrawal.rejected",
            EventKind::WithdrawalReturned => "withdrawal.returned",
            EventKind::WithdrawalInvestigating => "withdrawal.investigating",
            EventKind::RemittanceSent => "remittance.sent",
            EventKind::RemittanceSettled => "remittance.settled",
            EventKind::RemittanceReturned => "remittance.returned",
            EventKind::TopUpPaying => "top_up.paying",
            EventKind::TopUpReturning => "top_up.returning",
            EventKind::ReceiptOpened => "receipt.opened",
            EventKind::ReceiptCredited => "receipt.credited",
            EventKind::ReceiptReturning => "receipt.returning",
            EventKind::ReceiptReturned => "receipt.returned",
            EventKind::ReceiptMatched => "receipt.matched",
            EventKind::ReceiptWrittenOff => "receipt.written_off",
            EventKind::ProposalMade => "proposal.made",
            EventKind::ProposalApproved => "proposal.approved",
            EventKind::ProposalRefused => "proposal.refused",
            EventKind::ProposalWithdrawn => "proposal.withdrawn",
            EventKind::ProposalFailed => "proposal.failed",
        }
    }
}

/// Who caused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The platform: an operator, or its own programs.
    Platform,
    /// A user, through a key or a page of its own.
    User(UserId),
    /// A bank.
    Bank,
    /// A deadline.
    Clock,
    /// Another cell.
    Cell,
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// The record that caused it.
    pub position: Position,
    /// When.
    pub time: Time,
    /// What.
    pub kind: EventKind,
    /// Who caused it.
    pub actor: Actor,
    /// To what.
    pub subject: Subject,
    /// The merchant who may see it, and whose endpoints hear of it.
    pub merchant: Option<UserId>,
    /// How much money it is about, in minor units of the subject's currency; 0 if none.
    pub amount: u64,
    /// The event before this one in the subject's timeline.
    pub previous: Option<u64>,
}
