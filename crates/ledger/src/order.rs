//! Orders: the life of a purchase, as one table.
//!
//! An order's stage says who holds its money. While it is paid and not ended, the platform does,
//! and [`Order::in_escrow`] says how much. Stage and money change together, in one record.

use crate::currency::Currency;
use crate::id::{AccountId, OrderId, Position, UserId};
use crate::money::{Money, Share};
use crate::name::OrderNumber;
use crate::time::{Seconds, Time};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Waiting for the buyer's payment.
    Created,
    /// Paid; the seller has to ship.
    Paid,
    /// Shipped; the buyer has to confirm.
    Shipped,
    /// Paid, and the buyer asked for money back before shipping.
    PaidRefundAsked,
    /// Shipped, and the buyer asked for money back.
    ShippedRefundAsked,
    /// The platform has to decide.
    Disputed,
    /// The seller has been paid.
    Completed,
    /// All the money went back to the buyer.
    Refunded,
    /// Never paid, and no longer payable.
    Closed,
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The buyer pays into escrow.
    Pay,
    /// The buyer pays the seller directly, without escrow.
    PayDirect,
    /// The seller ships.
    Ship,
    /// The buyer confirms that the goods arrived.
    Confirm,
    /// Buyer or seller calls it off.
    Cancel,
    /// A deadline passes.
    Lapse,
    /// Somebody is given more time.
    Extend,
    /// The buyer asks for money back.
    AskRefund,
    /// The buyer takes the wish back.
    WithdrawRefund,
    /// The seller refuses.
    RefuseRefund,
    /// Part of the money goes back.
    RefundPart,
    /// All that is left goes back.
    RefundAll,
    /// Somebody calls the platform.
    Dispute,
    /// A side adds to what it said.
    AddStatement,
    /// The platform decides: at least a part for the seller.
    AwardSeller,
    /// The platform decides: all for the buyer.
    AwardBuyer,
    /// The seller says that the goods travel otherwise.
    CorrectShipment,
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 17] = [
        Event::Pay,
        Event::PayDirect,
        Event::Ship,
        Event::Confirm,
        Event::Cancel,
        Event::Lapse,
        Event::Extend,
        Event::AskRefund,
        Event::WithdrawRefund,
        Event::RefuseRefund,
        Event::RefundPart,
        Event::RefundAll,
        Event::Dispute,
        Event::AwardSeller,
        Event::AwardBuyer,
        Event::CorrectShipment,
        Event::AddStatement,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Event::Pay => "pay",
            Event::PayDirect => "pay_direct",
            Event::Ship => "ship",
            Event::Confirm => "confirm",
            Event::Cancel => "cancel",
            Event::Lapse => "lapse",
            Event::Extend => "extend",
            Event::AskRefund => "ask_refund",
            Event::WithdrawRefund => "withdraw_refund",
            Event::RefuseRefund => "refuse_refund",
            Event::RefundPart => "refund_part",
            Event::RefundAll => "refund_all",
            Event::Dispute => "dispute",
            Event::AddStatement => "add_statement",
            Event::AwardSeller => "award_seller",
            Event::AwardBuyer => "award_buyer",
            Event::CorrectShipment => "correct_shipment",
        }
    }
}

impl Stage {
    /// Every stage.
    pub const ALL: [Stage; 9] = [
        Stage::Created,
        Stage::Paid,
        Stage::Shipped,
        Stage::PaidRefundAsked,
        Stage::ShippedRefundAsked,
        Stage::Disputed,
        Stage::Completed,
        Stage::Refunded,
        Stage::Closed,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Stage::Created => "created",
            Stage::Paid => "paid",
            Stage::Shipped => "shipped",
            Stage::PaidRefundAsked => "paid_refund_asked",
            Stage::ShippedRefundAsked => "shipped_refund_asked",
            Stage::Disputed => "disputed",
            Stage::Completed => "completed",
            Stage::Refunded => "refunded",
            Stage::Closed => "closed",
        }
    }

    /// Where `event` leads from here, or `None` if it may not happen now.
    #[rustfmt::skip]
    #[expect(clippy::match_same_arms, reason = "one line per arrow; merged lines are no table")]
    pub const fn next(self, event: Event) -> Option<Stage> {
        use Event::{AddStatement, AskRefund, AwardBuyer, AwardSeller, Cancel, Confirm,
                    CorrectShipment, Dispute, Extend, Lapse, Pay, PayDirect, RefundAll, RefundPart,
                    RefuseRefund, Ship, WithdrawRefund};
        use Stage::{Closed, Completed, Created, Disputed, Paid, PaidRefundAsked, Refunded, Shipped,
                    ShippedRefundAsked};

        match (self, event) {
            (Created, Pay)            => Some(Paid),
            (Created, PayDirect)      => Some(Completed),
            (Created, Cancel | Lapse) => Some(Closed),
            (Created, Extend)         => Some(Created),
            (Created, Ship | Confirm | AskRefund | WithdrawRefund | RefuseRefund | RefundPart
                    | RefundAll | Dispute | AddStatement | AwardSeller | AwardBuyer
                    | CorrectShipment) => None,

            (Paid, Ship)       => Some(Shipped),
            (Paid, Confirm)    => Some(Completed),        // Digital goods need no shipping.
            (Paid, Cancel)     => Some(Refunded),
            (Paid, AskRefund)  => Some(PaidRefundAsked),
            (Paid, RefundPart) => Some(Paid),
            (Paid, RefundAll)  => Some(Refunded),
            (Paid, Dispute)    => Some(Disputed),
            (Paid, Pay | PayDirect | Lapse | Extend | WithdrawRefund | RefuseRefund | AddStatement
                 | AwardSeller | AwardBuyer | CorrectShipment) => None,

            (Shipped, Confirm)         => Some(Completed),
            (Shipped, Lapse)           => Some(Completed), // Silence is consent.
            (Shipped, AskRefund)       => Some(ShippedRefundAsked),
            (Shipped, RefundPart)      => Some(Shipped),
            (Shipped, RefundAll)       => Some(Refunded),
            (Shipped, Dispute)         => Some(Disputed),
            (Shipped, Extend | CorrectShipment) => Some(Shipped),
            (Shipped, Pay | PayDirect | Ship | Cancel | WithdrawRefund | RefuseRefund
                    | AddStatement | AwardSeller | AwardBuyer) => None,

            (PaidRefundAsked, RefundPart)                    => Some(Paid),
            (PaidRefundAsked, RefundAll)                     => Some(Refunded),
            (PaidRefundAsked, RefuseRefund | WithdrawRefund) => Some(Paid),
            (PaidRefundAsked, Dispute)                       => Some(Disputed),
            (PaidRefundAsked, Pay | PayDirect | Ship | Confirm | Cancel | Lapse | Extend | AskRefund
                            | AwardSeller | AwardBuyer | CorrectShipment) => None,

            (ShippedRefundAsked, RefundPart)                    => Some(Shipped),
            (ShippedRefundAsked, RefundAll)                     => Some(Refunded),
            (ShippedRefundAsked, RefuseRefund | WithdrawRefund) => Some(Shipped),
            (ShippedRefundAsked, Confirm)                       => Some(Completed),
            (ShippedRefundAsked, CorrectShipment)               => Some(ShippedRefundAsked),
            (ShippedRefundAsked, Dispute)                       => Some(Disputed),
            (ShippedRefundAsked, Pay | PayDirect | Ship | Cancel | Lapse | Extend | AskRefund
                               | AwardSeller | AwardBuyer) => None,

            (PaidRefundAsked | ShippedRefundAsked | Disputed, AddStatement) => Some(self),
            (Disputed, AwardSeller) => Some(Completed),
            (Disputed, AwardBuyer)  => Some(Refunded),
            (Disputed, Pay | PayDirect | Ship | Confirm | Cancel | Lapse | Extend | AskRefund
                     | WithdrawRefund | RefuseRefund | RefundPart | RefundAll | Dispute
                     | CorrectShipment) => None,

            (Completed, RefundPart | RefundAll) => Some(Completed), // From the seller's balance.
            (Completed, Pay | PayDirect | Ship | Confirm | Cancel | Lapse | Extend | AskRefund
                      | WithdrawRefund | RefuseRefund | Dispute | AddStatement | AwardSeller
                      | AwardBuyer | CorrectShipment) => None,

            (Refunded | Closed,
             Pay | PayDirect | Ship | Confirm | Cancel | Lapse | Extend | AskRefund | WithdrawRefund
             | RefuseRefund | RefundPart | RefundAll | Dispute | AddStatement | AwardSeller
             | AwardBuyer | CorrectShipment) => None,
        }
    }

    /// Whether the platform holds the money.
    pub const fn held(self) -> bool {
        match self {
            Stage::Paid
            | Stage::Shipped
            | Stage::PaidRefundAsked
            | Stage::ShippedRefundAsked
            | Stage::Disputed => true,
            Stage::Created | Stage::Completed | Stage::Refunded | Stage::Closed => false,
        }
    }
}

/// How an order is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The platform holds the money until the buyer confirms.
    Escrow,
    /// The seller has the money at once.
    Direct,
}

/// A side of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// Who pays.
    Buyer,
    /// Who sells.
    Seller,
}

/// Why money is asked back, or the platform is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grounds {
    /// The goods did not arrive.
    NotReceived,
    /// The goods are not what was described.
    NotAsDescribed,
    /// The goods arrived damaged.
    Damaged,
    /// Something else arrived.
    WrongItem,
    /// The buyer does not want them any more.
    ChangedMind,
    /// Both sides agreed on it.
    Agreed,
    /// The seller refused a refund.
    RefundRefused,
    /// The other side does not answer.
    NoAnswer,
    /// The buyer asks for a refund without cause.
    RefundUnfounded,
    /// Something else.
    Other,
}

impl Grounds {
    /// Every code.
    pub const ALL: [Grounds; 10] = [
        Grounds::NotReceived,
        Grounds::NotAsDescribed,
        Grounds::Damaged,
        Grounds::WrongItem,
        Grounds::ChangedMind,
        Grounds::Agreed,
        Grounds::RefundRefused,
        Grounds::NoAnswer,
        Grounds::RefundUnfounded,
        Grounds::Other,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Grounds::NotReceived => "not_received",
            Grounds::NotAsDescribed => "not_as_described",
            Grounds::Damaged => "damaged",
            Grounds::WrongItem => "wrong_item",
            Grounds::ChangedMind => "changed_mind",
            Grounds::Agreed => "agreed",
            Grounds::RefundRefused => "refund_refused",
            Grounds::NoAnswer => "no_answer",
            Grounds::RefundUnfounded => "refund_unfounded",
            Grounds::Other => "other",
        }
    }
}

/// What grounds are given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plea {
    /// Money back.
    Refund,
    /// A decision of the platform, for which this side asks.
    Dispute(Party),
}

impl Plea {
    /// The grounds that there can be for it, as they are offered.
    pub const fn grounds(self) -> &'static [Grounds] {
        use Grounds::{
            Agreed, ChangedMind, Damaged, NoAnswer, NotAsDescribed, NotReceived, Other,
            RefundRefused, RefundUnfounded, WrongItem,
        };
        match self {
            Plea::Refund => {
                &[NotReceived, NotAsDescribed, Damaged, WrongItem, ChangedMind, Agreed, Other]
            }
            Plea::Dispute(Party::Buyer) => {
                &[RefundRefused, NoAnswer, NotReceived, NotAsDescribed, Damaged, WrongItem, Other]
            }
            Plea::Dispute(Party::Seller) => &[RefundUnfounded, NoAnswer, Other],
        }
    }
}

/// The deadlines and the fee of an order, fixed when it is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Unpaid after this, it closes.
    pub pay_within: Seconds,
    /// Not shipped after this, the buyer may cancel.
    pub ship_within: Seconds,
    /// Not confirmed this long after shipping, it completes.
    pub confirm_within: Seconds,
    /// Not answered after this, a wish for a refund is granted.
    pub answer_within: Seconds,
    /// The platform's share of what is released. Rounded down: the seller wins the rounding.
    pub fee: Share,
}

/// An order as the books have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its name.
    pub id: OrderId,
    /// The account that will be paid.
    pub seller: AccountId,
    /// The account that pays.
    pub buyer: AccountId,
    /// Whose account the seller's is: the merchant who sees the order.
    pub merchant: UserId,
    /// Whose account the buyer's is. Not known before the payment if it lives in another cell.
    pub customer: Option<UserId>,
    /// The seller's own number for it.
    pub number: OrderNumber,
    /// The price.
    pub price: Money,
    /// How it is paid.
    pub mode: Mode,
    /// Its deadlines and fee.
    pub terms: Terms,
    /// Where it stands.
    pub stage: Stage,
    /// What has gone back to the buyer, in minor units.
    pub refunded: u64,
    /// What the buyer asks for at present, in minor units.
    pub asked: u64,
    /// The fee that was kept, in minor units.
    pub fee: u64,
    /// How many statements the buyer added.
    pub buyer_statements: u8,
    /// How many statements the seller added.
    pub seller_statements: u8,
    /// When it was created.
    pub created_at: Time,
    /// When it was paid.
    pub paid_at: Option<Time>,
    /// When it was shipped.
    pub shipped_at: Option<Time>,
    /// When it reached its last stage.
    pub ended_at: Option<Time>,
    /// When something happens by itself, if the stage has a deadline.
    pub due: Option<Time>,
    /// The record that created it, which has its description.
    pub position: Position,
    /// Its last event: the head of its timeline.
    pub last_event: Option<u64>,
}

impl Order {
    /// What the platform holds of it, in minor units.
    pub fn in_escrow(&self) -> u64 {
        if self.stage.held() { self.price.minor().saturating_sub(self.refunded) } else { 0 }
    }

    /// What could still go back to the buyer, in minor units.
    pub fn refundable(&self) -> u64 {
        match self.stage {
            Stage::Created | Stage::Closed | Stage::Refunded => 0,
            Stage::Paid
            | Stage::Shipped
            | Stage::PaidRefundAsked
            | Stage::ShippedRefundAsked
            | Stage::Disputed
            | Stage::Completed => self.price.minor().saturating_sub(self.refunded),
        }
    }

    /// How many statements a side added.
    pub fn statements(&self, party: Party) -> u8 {
        match party {
            Party::Buyer => self.buyer_statements,
            Party::Seller => self.seller_statements,
        }
    }

    /// Its currency.
    pub fn currency(&self) -> Currency {
        self.price.currency()
    }

    /// From when on the buyer may cancel although it is paid: the seller is late.
    pub fn ship_by(&self) -> Option<Time> {
        self.paid_at.map(|it| it.after(self.terms.ship_within))
    }

    /// When something happens by itself if it enters `stage` now.
    pub(crate) fn due_in(&self, stage: Stage, now: Time) -> Option<Time> {
        match stage {
            Stage::Created => Some(now.after(self.terms.pay_within)),
            Stage::Shipped => Some(now.after(self.terms.confirm_within)),
            Stage::PaidRefundAsked | Stage::ShippedRefundAsked => {
                Some(now.after(self.terms.answer_within))
            }
            Stage::Paid | Stage::Disputed | Stage::Completed | Stage::Refunded | Stage::Closed => {
                None
            }
        }
    }
}
