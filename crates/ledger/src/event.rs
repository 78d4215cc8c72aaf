//! Events: what happened, for everybody who has to know. The timeline of a thing is the chain of
//! its events; the feed is all of them in order.

use crate::id::{
    AccountId, AnnouncementId, CardId, DeliveryId, EndpointId, HoldId, KeyId, OrderId, Position,
    ProposalId, ReceiptId, RemittanceId, SessionId, TopUpId, TransferId, UserId, WithdrawalId,
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
    /// Somebody who is signed in, or tried to be.
    Session(SessionId),
    /// What the platform announced.
    Announcement(AnnouncementId),
}

macro_rules! event_kinds {
    ($($kind:ident = $code:literal,)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each name is the sentence; `code` is the interface")]
        pub enum EventKind {
            $($kind,)*
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: [EventKind; [$($code),*].len()] = [$(EventKind::$kind,)*];

            /// Its name in the interfaces.
            pub const fn code(self) -> &'static str {
                match self {
                    $(EventKind::$kind => $code,)*
                }
            }
        }
    };
}

// A kind's place here is its number on the disk: add at the end.
event_kinds! {
    UserAdded = "user.added",
    AccountOpened = "account.opened",
    AccountFrozen = "account.frozen",
    AccountUnfrozen = "account.unfrozen",
    AccountClosed = "account.closed",
    TransferDone = "transfer.done",
    HoldPlaced = "hold.placed",
    HoldCaptured = "hold.captured",
    HoldReleased = "hold.released",
    HoldExpired = "hold.expired",
    OrderCreated = "order.created",
    OrderPaid = "order.paid",
    OrderShipped = "order.shipped",
    OrderCompleted = "order.completed",
    OrderCancelled = "order.cancelled",
    OrderClosed = "order.closed",
    OrderExtended = "order.extended",
    OrderRefundAsked = "order.refund_asked",
    OrderRefundWithdrawn = "order.refund_withdrawn",
    OrderRefundRefused = "order.refund_refused",
    OrderRefunded = "order.refunded",
    OrderDisputed = "order.disputed",
    OrderAwarded = "order.awarded",
    TopUpCreated = "top_up.created",
    TopUpSent = "top_up.sent",
    TopUpUnknown = "top_up.unknown",
    TopUpCredited = "top_up.credited",
    TopUpRejected = "top_up.rejected",
    TopUpReturned = "top_up.returned",
    TopUpInvestigating = "top_up.investigating",
    WithdrawalCreated = "withdrawal.created",
    WithdrawalSent = "withdrawal.sent",
    WithdrawalUnknown = "withdrawal.unknown",
    WithdrawalPaid = "withdrawal.paid",
    WithdrawalRejected = "withdrawal.rejected",
    WithdrawalReturned = "withdrawal.returned",
    WithdrawalInvestigating = "withdrawal.investigating",
    RemittanceSent = "remittance.sent",
    RemittanceSettled = "remittance.settled",
    RemittanceReturned = "remittance.returned",
    TopUpPaying = "top_up.paying",
    TopUpReturning = "top_up.returning",
    ReceiptOpened = "receipt.opened",
    ReceiptCredited = "receipt.credited",
    ReceiptReturning = "receipt.returning",
    ReceiptReturned = "receipt.returned",
    ReceiptMatched = "receipt.matched",
    ReceiptWrittenOff = "receipt.written_off",
    ProposalMade = "proposal.made",
    ProposalApproved = "proposal.approved",
    ProposalRefused = "proposal.refused",
    ProposalWithdrawn = "proposal.withdrawn",
    ProposalFailed = "proposal.failed",
    PersonAdded = "person.added",
    PersonChanged = "person.changed",
    PersonLocked = "person.locked",
    PersonLevelChanged = "person.level_changed",
    PersonErased = "person.erased",
    SessionOpened = "session.opened",
    SessionRefused = "session.refused",
    SessionClosed = "session.closed",
    CardRemoved = "card.removed",
    OperatorDutyChanged = "operator.duty_changed",
    ProposalDone = "proposal.done",
    AnnouncementMade = "announcement.made",
    AnnouncementEnded = "announcement.ended",
    DeliveryDiscarded = "delivery.discarded",
    OrderShipmentCorrected = "order.shipment_corrected",
    OrderStatementAdded = "order.statement_added",
    AccountAppealed = "account.appealed",
    AccountAppealRefused = "account.appeal_refused",
}

/// Who caused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The platform: whoever holds a key of it, or its own programs.
    Platform,
    /// A user, through a key or a page of its own.
    User(UserId),
    /// A bank.
    Bank,
    /// A deadline.
    Clock,
    /// Another cell.
    Cell,
    /// An operator of the platform, signed in: does what operators may do, as they may do it.
    Operator(UserId),
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
