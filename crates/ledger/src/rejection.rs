//! Why a command was not done. A rejection is an answer, and is kept like one.

use crate::bank::BankEvent;
use crate::id::{OrderId, ProposalId, TopUpId};
use crate::limits::{Flow, LimitKind};
use crate::order::{Event, Stage};
use crate::time::Time;

/// Why a command was not done. Nothing changed and no money moved. In order of precedence: if
/// several apply, the caller is told the first. The order, like the codes, is part of the
/// interface: add where the check belongs, never reorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The same name was used for a different request.
    RequestIdTaken,
    /// What the request names lives in another cell.
    NotInThisCell,
    /// Only a sandbox may do this.
    SandboxOnly,
    /// The cell was founded before.
    CellExists,
    /// There is no such user, or not for this caller.
    UserNotFound,
    /// There is no such account, or not for this caller.
    AccountNotFound,
    /// There is no such card, or it belongs to somebody else.
    CardNotFound,
    /// There is no such hold, or not for this caller.
    HoldNotFound,
    /// There is no such order, or not for this caller.
    OrderNotFound,
    /// There is no such top-up, or not for this caller.
    TopUpNotFound,
    /// There is no such withdrawal, or not for this caller.
    WithdrawalNotFound,
    /// There is no such receipt.
    ReceiptNotFound,
    /// There is no such proposal.
    ProposalNotFound,
    /// There is no such announcement.
    AnnouncementNotFound,
    /// There is no such API key.
    KeyNotFound,
    /// There is no such webhook endpoint, or not for this caller.
    EndpointNotFound,
    /// There is no such delivery.
    DeliveryNotFound,
    /// There is no such session, or not for this caller.
    SessionNotFound,
    /// The person was erased.
    UserErased,
    /// The caller may see it but not do this with it.
    NotAllowed,
    /// One person cannot do this alone: it has to be proposed, and approved by another.
    NeedsApproval,
    /// Who proposed it cannot also decide it.
    SamePerson,
    /// The key of whoever proposed or decides has been revoked.
    KeyRevoked,
    /// The operator who proposed or decides has no duty any more.
    OperatorDisabled,
    /// Too many sign-ins failed: nobody is let in until then.
    SignInLocked {
        /// When it is over.
        until: Time,
    },
    /// The payment password was wrong too often: the person cannot pay until then.
    PaymentLocked {
        /// When it is over.
        until: Time,
    },
    /// A user of this kind cannot have an account of that kind.
    KindNotAllowed,
    /// An amount must be more than nothing and no more than the largest amount.
    AmountOutOfRange,
    /// A deadline must lie ahead, and not further than allowed.
    TimeOutOfRange,
    /// A row of linked transfers, or a range to deliver again, is empty or too long.
    CountOutOfRange,
    /// A proposal needs a reason.
    ReasonMissing,
    /// The accounts and the amount are not all in one currency.
    CurrencyDiffers,
    /// Debit and credit are the same account.
    SameAccount,
    /// Accounts of this kind move with what they are for, and in no other way.
    AccountKindNotAllowed,
    /// Somebody else signs in with this name.
    LoginTaken,
    /// The seller has used this number for another order.
    OrderNumberTaken {
        /// That order.
        order: OrderId,
    },
    /// This may not happen to an order in this stage.
    EventNotAllowed {
        /// Where the order stands.
        stage: Stage,
        /// What should have happened to it.
        event: Event,
    },
    /// These grounds cannot be given for that.
    GroundsNotAllowed,
    /// This side has added as many statements to the order as it may.
    StatementLimitReached,
    /// The order is being paid from a card, and the bank has not answered.
    PaymentUnderWay {
        /// The top-up that pays it.
        top_up: TopUpId,
    },
    /// The amount is not the order's price.
    AmountDiffers,
    /// What is approved is not what was proposed.
    ActionDiffers,
    /// More than what is left to refund.
    RefundTooLarge,
    /// The hold has ended.
    HoldEnded,
    /// More than the hold still keeps back.
    CaptureTooLarge,
    /// What a bank says does not change a top-up or withdrawal where it stands.
    BankEventNotAllowed {
        /// What the bank says.
        event: BankEvent,
    },
    /// The bank calls another movement, or another amount, so.
    BankReferenceTaken,
    /// This may not be done with a receipt like that, or not any more.
    ReceiptNotOpen,
    /// The proposal has been decided.
    ProposalDecided,
    /// Somebody proposed something about the same before, and nobody has decided.
    ProposalUnderWay {
        /// That proposal.
        proposal: ProposalId,
    },
    /// The account to debit is frozen.
    AccountFrozen,
    /// The account is closed.
    AccountClosed,
    /// Only against a frozen account is there anything to say.
    AccountNotFrozen,
    /// The owner appealed before, and nobody has answered.
    AppealUnderWay,
    /// There is no appeal that waits for an answer.
    AppealNotOpen,
    /// The account cannot be closed: it has money, or money on its way.
    AccountInUse,
    /// The person cannot be erased: there is money, or something under way.
    UserInUse,
    /// The account is already in that state.
    StateUnchanged,
    /// The account to debit does not have that much free.
    InsufficientFunds,
    /// The account to credit would have more than it may.
    BalanceLimitExceeded,
    /// More than people of this level may do.
    LimitExceeded {
        /// What was to be done.
        flow: Flow,
        /// Which limit it would exceed.
        kind: LimitKind,
        /// The limit: minor units, or how often.
        limit: u64,
    },
    /// The bank has not answered for another top-up like this one: money may be taken twice.
    TopUpUnderWay {
        /// The other one.
        top_up: TopUpId,
    },
    /// The account's sums would not fit any more.
    BalanceOverflow,
    /// A message from another cell came twice, or before the one before it.
    MessageOutOfOrder,
}

impl Rejection {
    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Rejection::RequestIdTaken => "request_id_taken",
            Rejection::NotInThisCell => "not_in_this_cell",
            Rejection::SandboxOnly => "sandbox_only",
            Rejection::CellExists => "cell_exists",
            Rejection::UserNotFound => "user_not_found",
            Rejection::AccountNotFound => "account_not_found",
            Rejection::CardNotFound => "card_not_found",
            Rejection::HoldNotFound => "hold_not_found",
            Rejection::OrderNotFound => "order_not_found",
            Rejection::TopUpNotFound => "top_up_not_found",
            Rejection::WithdrawalNotFound => "withdrawal_not_found",
            Rejection::ReceiptNotFound => "receipt_not_found",
            Rejection::ProposalNotFound => "proposal_not_found",
            Rejection::AnnouncementNotFound => "announcement_not_found",
            Rejection::KeyNotFound => "key_not_found",
            Rejection::EndpointNotFound => "endpoint_not_found",
            Rejection::DeliveryNotFound => "delivery_not_found",
            Rejection::SessionNotFound => "session_not_found",
            Rejection::UserErased => "user_erased",
            Rejection::NotAllowed => "not_allowed",
            Rejection::NeedsApproval => "needs_approval",
            Rejection::SamePerson => "same_person",
            Rejection::KeyRevoked => "key_revoked",
            Rejection::OperatorDisabled => "operator_disabled",
            Rejection::SignInLocked { .. } => "sign_in_locked",
            Rejection::PaymentLocked { .. } => "payment_locked",
            Rejection::KindNotAllowed => "kind_not_allowed",
            Rejection::AmountOutOfRange => "amount_out_of_range",
            Rejection::TimeOutOfRange => "time_out_of_range",
            Rejection::CountOutOfRange => "count_out_of_range",
            Rejection::ReasonMissing => "reason_missing",
            Rejection::CurrencyDiffers => "currency_differs",
            Rejection::SameAccount => "same_account",
            Rejection::AccountKindNotAllowed => "account_kind_not_allowed",
            Rejection::LoginTaken => "login_taken",
            Rejection::OrderNumberTaken { .. } => "order_number_taken",
            Rejection::EventNotAllowed { .. } => "event_not_allowed",
            Rejection::GroundsNotAllowed => "grounds_not_allowed",
            Rejection::StatementLimitReached => "statement_limit_reached",
            Rejection::PaymentUnderWay { .. } => "payment_under_way",
            Rejection::AmountDiffers => "amount_differs",
            Rejection::ActionDiffers => "action_differs",
            Rejection::RefundTooLarge => "refund_too_large",
            Rejection::HoldEnded => "hold_ended",
            Rejection::CaptureTooLarge => "capture_too_large",
            Rejection::BankEventNotAllowed { .. } => "bank_event_not_allowed",
            Rejection::BankReferenceTaken => "bank_reference_taken",
            Rejection::ReceiptNotOpen => "receipt_not_open",
            Rejection::ProposalDecided => "proposal_decided",
            Rejection::ProposalUnderWay { .. } => "proposal_under_way",
            Rejection::AccountFrozen => "account_frozen",
            Rejection::AccountClosed => "account_closed",
            Rejection::AccountNotFrozen => "account_not_frozen",
            Rejection::AppealUnderWay => "appeal_under_way",
            Rejection::AppealNotOpen => "appeal_not_open",
            Rejection::AccountInUse => "account_in_use",
            Rejection::UserInUse => "user_in_use",
            Rejection::StateUnchanged => "state_unchanged",
            Rejection::InsufficientFunds => "insufficient_funds",
            Rejection::BalanceLimitExceeded => "balance_limit_exceeded",
            Rejection::LimitExceeded { .. } => "limit_exceeded",
            Rejection::TopUpUnderWay { .. } => "top_up_under_way",
            Rejection::BalanceOverflow => "balance_overflow",
            Rejection::MessageOutOfOrder => "message_out_of_order",
        }
    }
}
