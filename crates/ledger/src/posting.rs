//! Postings: the double entries. One debit, one credit, one amount; so every posting balances.

use crate::currency::Currency;
use crate::event::Subject;
use crate::id::{AccountId, Position};
use crate::time::Time;

/// Why money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Somebody asked for it.
    Transfer,
    /// A hold was captured.
    Capture,
    /// A buyer paid an order.
    OrderPaid,
    /// An order released money to its seller.
    OrderReleased,
    /// The platform's fee on that.
    OrderFee,
    /// An order gave money back to its buyer.
    OrderRefunded,
    /// A bank confirmed a top-up.
    ToppedUp,
    /// A withdrawal left the balance.
    Withdrawn,
    /// A bank paid a withdrawal out.
    PaidOut,
    /// A withdrawal came back.
    WithdrawalReturned,
    /// A top-up was given back by its bank.
    TopUpReturned,
    /// Money left for another cell.
    Remitted,
    /// Money arrived from another cell.
    Received,
    /// Money that another cell would not take came back.
    RemittanceReturned,
    /// Money whose taker is gone was set aside.
    SetAside,
    /// Money that a bank took for an order that could not be paid goes back.
    GivenBack,
    /// A bank paid out something else than it was asked for: the platform bears it.
    Misdirected,
    /// Nobody is given what a bank took: the platform keeps it.
    WrittenOff,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 18] = [
        Reason::Transfer,
        Reason::Capture,
        Reason::OrderPaid,
        Reason::OrderReleased,
        Reason::OrderFee,
        Reason::OrderRefunded,
        Reason::ToppedUp,
        Reason::Withdrawn,
        Reason::PaidOut,
        Reason::WithdrawalReturned,
        Reason::TopUpReturned,
        Reason::Remitted,
        Reason::Received,
        Reason::RemittanceReturned,
        Reason::SetAside,
        Reason::GivenBack,
        Reason::Misdirected,
        Reason::WrittenOff,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Reason::Transfer => "transfer",
            Reason::Capture => "capture",
            Reason::OrderPaid => "order_paid",
            Reason::OrderReleased => "order_released",
            Reason::OrderFee => "order_fee",
            Reason::OrderRefunded => "order_refunded",
            Reason::ToppedUp => "topped_up",
            Reason::Withdrawn => "withdrawn",
            Reason::PaidOut => "paid_out",
            Reason::WithdrawalReturned => "withdrawal_returned",
            Reason::TopUpReturned => "top_up_returned",
            Reason::Remitted => "remitted",
            Reason::Received => "received",
            Reason::RemittanceReturned => "remittance_returned",
            Reason::SetAside => "set_aside",
            Reason::GivenBack => "given_back",
            Reason::Misdirected => "misdirected",
            Reason::WrittenOff => "written_off",
        }
    }
}

/// One double entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The record that caused it.
    pub position: Position,
    /// When.
    pub time: Time,
    /// Why.
    pub reason: Reason,
    /// What it belongs to.
    pub subject: Subject,
    /// The account that is debited.
    pub debit: AccountId,
    /// The account that is credited.
    pub credit: AccountId,
    /// How much, in minor units.
    pub amount: u64,
    /// In which currency.
    pub currency: Currency,
    /// The posting before this one in the debited account's history.
    pub debit_previous: Option<u64>,
    /// The posting before this one in the credited account's history.
    pub credit_previous: Option<u64>,
    /// The debited account's balance afterwards.
    pub debit_balance: i64,
    /// The credited account's balance afterwards.
    pub credit_balance: i64,
}
