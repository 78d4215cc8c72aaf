//! Words that a member may be. The lists are made of the ledger's own names, so they cannot differ
//! from what it says.

use ledger::account::{AccountKind as Kind, AccountState as State};
use ledger::announcement::AnnouncementKind as Announced;
use ledger::bank::{TopUpStage as Arriving, WithdrawalStage as Leaving};
use ledger::event::EventKind as Happened;
use ledger::hold::HoldStage as Held;
use ledger::limits::Flow as Flows;
use ledger::order::{Event, Grounds as Given, Stage};
use ledger::person::{Duty as Duties, Level as Known};
use ledger::posting::Reason as Why;
use ledger::proposal::ProposalStage as Proposed;
use ledger::registry::{DeliveryStage as Delivery, Role as Allowed, UserKind as Who};
use ledger::remittance::RemittanceStage as Sent;
use ledger::shipment::Carrier as Carriers;
use serde::Deserialize;
use std::borrow::Cow;
use utoipa::openapi::{ComponentsBuilder, ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! words {
    ($($name:ident = $words:expr, $says:literal;)*) => {
        $(
            #[doc = $says]
            #[derive(Debug, Deserialize)]
            pub(super) struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .description(Some($says))
                        .enum_values(Some($words))
                        .into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )*

        /// Adds the types to the document.
        pub(super) fn add(components: ComponentsBuilder) -> ComponentsBuilder {
            components$(.schema_from::<$name>())*
        }
    };
}

words! {
    AccountKind = Kind::ALL.map(Kind::code), "What an account is for.";
    AccountState = [State::Open, State::Frozen, State::Closed].map(State::code),
        "Frozen: nothing may be debited. Closed: for ever.";
    AnnouncementKind = Announced::ALL.map(Announced::code), "What an announcement is about.";
    BatchAction = ["transfer", "open_account", "create_order", "pay_order", "ship_order",
        "confirm_order"], "What an item of a batch asks for.";
    BatchStatus = ["accepted", "rejected", "unknown"],
        "What became of an item. Unknown: send it again under the same name.";
    Carrier = Carriers::ALL.map(Carriers::code), "Who carries goods.";
    DeliveryStage = [Delivery::Pending, Delivery::Delivered, Delivery::Failed, Delivery::Discarded]
        .map(Delivery::code),
        "Where a delivery stands.";
    EventKind = Happened::ALL.map(Happened::code), "What happened. There will be more kinds.";
    Flow = Flows::ALL.map(Flows::code), "What a person does with money.";
    Grounds = Given::ALL.map(Given::code),
        "Why money is asked back, or the platform is called.";
    Holder = ["buyer", "seller", "platform"], "Who holds an order's money, or acts next.";
    HoldStage = Held::ALL.map(Held::code), "Where a hold stands.";
    Duty = Duties::ALL.map(Duties::code), "What an operator is there for.";
    Level = Known::ALL.map(Known::code), "How well the platform knows who somebody is.";
    MoneyMoved = ["no", "unknown"], "Unknown: ask again under the same name and be told.";
    OrderEvent = Event::ALL.map(Event::code), "What can happen to an order.";
    OrderMode = ["escrow", "direct"],
        "Escrow: the platform holds the money until the buyer confirms. Direct: it is the \
         seller's at once.";
    OrderStage = Stage::ALL.map(Stage::code), "Where an order stands.";
    Party = ["buyer", "seller"], "A side of an order.";
    ProposalStage = Proposed::ALL.map(Proposed::code), "Where a proposal stands.";
    ProposedAction = crate::api::actions::names(), "What people do by hand.";
    Reason = Why::ALL.map(Why::code), "Why money moved.";
    RefundWord = ["agree", "refuse"], "The seller's answer.";
    RemittanceStage = Sent::ALL.map(Sent::code), "Where money for another cell is.";
    Retry = ["never", "same_key", "after"],
        "Whether to ask again under the same name; `after` so many seconds as `Retry-After` says.";
    Role = [Allowed::Platform, Allowed::Merchant, Allowed::ReadOnly].map(Allowed::code),
        "What a key allows: everything, what the merchant may do, or only to look.";
    Side = ["debit", "credit"], "Whether the account was debited or credited.";
    TopUpStage = Arriving::ALL.map(Arriving::code), "What is known of money from a card.";
    UserKind = [Who::Customer, Who::Merchant].map(Who::code), "Whether a user buys or sells.";
    WithdrawalStage = Leaving::ALL.map(Leaving::code), "What is known of money to a card.";
}
