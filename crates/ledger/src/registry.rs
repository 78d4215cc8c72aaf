//! Users, cards, API keys and webhook endpoints: durable like money, and decided in the same place.

use crate::id::{CardId, DeliveryId, EndpointId, EventId, KeyId, Position, UserId};
use crate::time::{Seconds, Time};

/// What a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKind {
    /// Buys, and has a wallet.
    Customer,
    /// Sells, and has API keys and webhook endpoints.
    Merchant,
    /// Works for the platform, and has no money here.
    Operator,
}

impl UserKind {
    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            UserKind::Customer => "customer",
            UserKind::Merchant => "merchant",
            UserKind::Operator => "operator",
        }
    }
}

/// A user as the books have it. The name is in the record at `position`; that of a person, sealed,
/// in the record of its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub id: UserId,
    /// Customer, merchant or operator.
    pub kind: UserKind,
    /// When it was added.
    pub created_at: Time,
    /// The record that added it.
    pub position: Position,
    /// How many accounts it has.
    pub accounts: u32,
    /// How many webhook endpoints it has in use.
    pub endpoints: u32,
}

/// A bank card of a user. Its bank's token is in the record at `position`; its number is nowhere,
/// or sealed in the same record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its name.
    pub id: CardId,
    /// Whose it is.
    pub user: UserId,
    /// The last four digits of its number.
    pub last_four: u16,
    /// When it was added.
    pub created_at: Time,
    /// The record that added it.
    pub position: Position,
    /// When its user took it away.
    pub removed_at: Option<Time>,
}

/// What the holder of an API key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Platform,
    /// What a merchant may do for itself.
    Merchant,
    /// Look, and change nothing.
    ReadOnly,
}

impl Role {
    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Role::Platform => "platform",
            Role::Merchant => "merchant",
            Role::ReadOnly => "read_only",
        }
    }
}

/// An API key. The key itself is shown once and kept nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub id: KeyId,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// What it allows.
    pub role: Role,
    /// The merchant it is limited to.
    pub user: Option<UserId>,
    /// When it was added.
    pub created_at: Time,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

/// A webhook endpoint of a merchant. Its address is in the record at `position`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name.
    pub id: EndpointId,
    /// The merchant whose events it wants.
    pub user: UserId,
    /// Counts up when its secret is changed; secrets are derived from it and kept nowhere.
    pub generation: u32,
    /// When the secret last changed: the one before is still signed with for a day.
    pub rotated_at: Time,
    /// When it was added.
    pub created_at: Time,
    /// When it was removed, or disabled by its own answer.
    pub disabled_at: Option<Time>,
    /// The record that added it.
    pub position: Position,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryStage {
    /// To be sent, first or again.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// Every attempt failed, or the endpoint is gone.
    Failed,
    /// It failed, and somebody decided that it need not be made any more.
    Discarded,
}

impl DeliveryStage {
    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            DeliveryStage::Pending => "pending",
            DeliveryStage::Delivered => "delivered",
            DeliveryStage::Failed => "failed",
            DeliveryStage::Discarded => "discarded",
        }
    }
}

/// Takes a delivery that failed off the list of what waits for somebody. By hand alone, so that who
/// did it and why is kept: see [`crate::action::Action`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscardDelivery {
    /// Which.
    pub delivery: DeliveryId,
}

/// The delivery of one event to one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its name.
    pub id: DeliveryId,
    /// To whom.
    pub endpoint: EndpointId,
    /// What.
    pub event: EventId,
    /// Where it stands.
    pub stage: DeliveryStage,
    /// How many attempts were made.
    pub attempts: u8,
    /// The last answer's HTTP status; 0 if there was no answer.
    pub last_status: u16,
    /// When it is to be sent next.
    pub next_at: Time,
    /// When it was owed first.
    pub created_at: Time,
}

/// The pauses before each attempt, as the Standard Webhooks specification recommends them.
pub const DELIVERY_SCHEDULE: [Seconds; 10] = [
    Seconds(0),
    Seconds(5),
    Seconds(5 * 60),
    Seconds(30 * 60),
    Seconds(2 * 3_600),
    Seconds(5 * 3_600),
    Seconds(10 * 3_600),
    Seconds(14 * 3_600),
    Seconds(20 * 3_600),
    Seconds(24 * 3_600),
];
