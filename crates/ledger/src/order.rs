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
    /// The platform decides: at least a part for the seller.
    AwardSeller,
    /// The platform decides: all for the buyer.
    AwardBuyer,
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 15] = [
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
            Event::AwardSeller => "award_seller",
            Event::AwardBuyer => "award_buyer",
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
        use Event::{AskRefund, AwardBuyer, AwardSeller, Cancel, Confirm, Dispute, Extend, Lapse,
                    Pay, PayDirect, RefundAll, RefundPart, RefuseRefund, Ship, WithdrawRefund};
        use Stage::{Closed, Completed, Created, Disputed, Paid, PaidRefundAsked, Refunded, Shipped,
                    ShippedRefundAsked};

        match (self, event) {
            (Created, Pay)            => Some(Paid),
            (Created, PayDirect)      => Some(Completed),
            (Created, Cancel | Lapse) => Some(Closed),
            (Created, Extend)         => Some(Created),
            (Created, Ship | Confirm | AskRefund | WithdrawRefund | RefuseRefund | RefundPart
                    | RefundAll | Dispute | AwardSeller | AwardBuyer) => None,

            (Paid, Ship)       => Some(Shipped),
            (Paid, Confirm)    => Some(Completed),        // Digital goods need no shipping.
            (Paid, Cancel)     => Some(Refunded),
            (Paid, AskRefund)  => Some(PaidRefundAsked),
            (Paid, RefundPart) => Some(Paid),
            (Paid, RefundAll)  => Some(Refunded),
            (Paid, Dispute)    => Some(Disputed),
            (Paid, Pay | PayDirect | Lapse | Extend | WithdrawRefund | RefuseRefund | AwardSeller
                 | AwardBuyer) => None,

            (Shipped, Confirm)    => Some(Completed),
            (Shipped, Lapse)      => Some(Completed),     // Silence is consent.
            (Shipped, Extend)     => Some(Shipped),
            (Shipped, AskRefund)  => Some(ShippedRefundAsked),
            (Shipped, RefundPart) => Some(Shipped),
            (Shipped, RefundAll)  => Some(Refunded),
            (Shipped, Dispute)    => Some(Disputed),
            (Shipped, Pay | PayDirect | Ship | Cancel | WithdrawRefund | RefuseRefund | AwardSeller
                    | AwardBuyer) => None,

            (PaidRefundAsked, RefundPart)                    => Some(Paid),
            (PaidRefundAsked, RefundAll)                     => Some(Refunded),
            (PaidRefundAsked, RefuseRefund | WithdrawRefund) => Some(Paid),
            (PaidRefundAsked, Dispute)                       => Some(Disputed),
            (PaidRefundAsked, Pay | PayDirect | Ship | Confirm | Cancel | Lapse | Extend | AskRefund
                            | AwardSeller | AwardBuyer) => None,

            (ShippedRefundAsked, RefundPart)                    => Some(Shipped),
            (ShippedRefundAsked, RefundAll)                     => Some(Refunded),
            (ShippedRefundAsked, RefuseRefund | WithdrawRefund) => Some(Shipped),
            (ShippedRefundAsked, Confirm)                       => Some(Completed),
            (ShippedRefundAsked, Dispute)                       => Some(Disputed),
            (ShippedRefundAsked, Pay | PayDirect | Ship | Cancel | Lapse | Extend | AskRefund
                               | AwardSeller | AwardBuyer) => None,

            (Disputed, AwardSeller) => Some(Completed),
            (Disputed, AwardBuyer)  => Some(Refunded),
            (Disputed, Pay | PayDirect | Ship | Confirm | Cancel | Lapse | Extend | AskRefund
                     | WithdrawRefund | RefuseRefund | RefundPart | RefundAll | Dispute) => None,

            (Completed, RefundPart | RefundAll) => Some(Completed), // From the seller's balance.
            (Completed, Pay | PayDirect | Ship | Confirm | Cancel | Lapse | Extend | AskRefund
                      | WithdrawRefund | RefuseRefund | Dispute | AwardSeller | AwardBuyer) => None,

            (Refunded | Closed,
             Pay | PayDirect | Ship | Confirm | Cancel | Lapse | Extend | AskRefund | WithdrawRefund
             | RefuseRefund | RefundPart | RefundAll | Dispute | AwardSeller | AwardBuyer) => None,
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
