//! Actions: everything that people of the platform do by hand.
//!
//! Whatever it is, it is proposed, with a reason. What moves money or raises a limit needs another
//! person to approve it; the rest is done at once. [`crate::proposal`] keeps both.

use crate::announcement::{Announce, EndAnnouncement};
use crate::appeal::RefuseAppeal;
use crate::assignment::AssignDifference;
use crate::bank::{BankReference, TakeStatement};
use crate::command::{
    AccountChange, AdvanceClock, AdvanceTopUp, AdvanceWithdrawal, AwardOrder, Redeliver,
    RefundOrder, SetAccountState, SetBalanceLimit,
};
use crate::event::Subject;
use crate::id::{SessionId, UserId};
use crate::limits::{Limit, SetLimit};
use crate::money::Money;
use crate::person::{CloseSessions, Duty, SetLevel};
use crate::receipt::{RecordReceipt, Resolution, ResolveReceipt};
use crate::registry::DiscardDelivery;
use crate::time::Time;

/// What people of the platform may do by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Decide about money that nothing accounted for.
    ResolveReceipt(ResolveReceipt),
    /// Settle a top-up that is under investigation.
    AdvanceTopUp(AdvanceTopUp),
    /// Settle a withdrawal that is under investigation.
    AdvanceWithdrawal(AdvanceWithdrawal),
    /// Say that a bank took money that nothing here accounts for.
    RecordReceipt(RecordReceipt),
    /// Decide a dispute.
    AwardOrder(AwardOrder),
    /// Freeze, unfreeze or close an account.
    SetAccountState(SetAccountState),
    /// Set the most that accounts of a kind may come to have.
    SetBalanceLimit(SetBalanceLimit),
    /// Announce something.
    Announce(Announce),
    /// Say that what was announced is over.
    EndAnnouncement(EndAnnouncement),
    /// Deliver a merchant's events again.
    Redeliver(Redeliver),
    /// Make a delivery that failed no more.
    DiscardDelivery(DiscardDelivery),
    /// Say who looks into a difference.
    AssignDifference(AssignDifference),
    /// Move a sandbox's clock forward.
    AdvanceClock(AdvanceClock),
    /// Say how well the platform knows who somebody is.
    SetLevel(SetLevel),
    /// End somebody's sessions.
    CloseSessions(CloseSessions),
    /// Give money of an order back in its seller's name.
    RefundOrder(RefundOrder),
    /// Set the most that people of a level may do.
    SetLimit(SetLimit),
    /// Let a statement count that did not come from the bank itself.
    TakeStatement(TakeStatement),
    /// Answer an appeal with no.
    RefuseAppeal(RefuseAppeal),
}

impl Action {
    /// Whether one person may do it alone, and at once: it neither moves money nor raises a limit.
    pub const fn alone(&self) -> bool {
        match self {
            Action::SetAccountState(_)
            | Action::Announce(_)
            | Action::EndAnnouncement(_)
            | Action::Redeliver(_)
            | Action::DiscardDelivery(_)
            | Action::AssignDifference(_)
            | Action::AdvanceClock(_)
            | Action::SetLevel(_)
            | Action::RefuseAppeal(_)
            | Action::CloseSessions(_) => true,
            Action::ResolveReceipt(_)
            | Action::AdvanceTopUp(_)
            | Action::AdvanceWithdrawal(_)
            | Action::RecordReceipt(_)
            | Action::AwardOrder(_)
            | Action::SetBalanceLimit(_)
            | Action::SetLimit(_)
            | Action::RefundOrder(_)
            | Action::TakeStatement(_) => false,
        }
    }

    /// Whether it takes a reason: all of it but who does what, which explains itself.
    pub const fn explained(&self) -> bool {
        !matches!(self, Action::AssignDifference(_))
    }

    /// Whose duty it is to propose it, or to do it alone.
    const fn proposers(&self) -> &'static [Duty] {
        match self {
            Action::ResolveReceipt(_)
            | Action::AdvanceTopUp(_)
            | Action::AdvanceWithdrawal(_)
            | Action::RecordReceipt(_)
            | Action::SetBalanceLimit(_)
            | Action::SetLimit(_)
            | Action::AssignDifference(_)
            | Action::RefundOrder(_)
            | Action::TakeStatement(_) => &[Duty::Finance],
            Action::AwardOrder(_) | Action::SetAccountState(_) | Action::RefuseAppeal(_) => {
                &[Duty::Support, Duty::Finance]
            }
            Action::SetLevel(_) | Action::CloseSessions(_) => &[Duty::Support],
            Action::Announce(_)
            | Action::EndAnnouncement(_)
            | Action::Redeliver(_)
            | Action::DiscardDelivery(_)
            | Action::AdvanceClock(_) => &[Duty::Sre],
        }
    }

    /// What it is done to; the cell, if that is not there yet.
    pub const fn subject(&self) -> Subject {
        match self {
            Action::ResolveReceipt(it) => Subject::Receipt(it.receipt),
            Action::AdvanceTopUp(it) => Subject::TopUp(it.top_up),
            Action::AdvanceWithdrawal(it) => Subject::Withdrawal(it.withdrawal),
            Action::AwardOrder(it) => Subject::Order(it.order),
            Action::RefundOrder(it) => Subject::Order(it.order),
            Action::SetAccountState(it) => Subject::Account(it.account),
            Action::RefuseAppeal(it) => Subject::Account(it.account),
            Action::EndAnnouncement(it) => Subject::Announcement(it.announcement),
            Action::Redeliver(it) => Subject::Endpoint(it.endpoint),
            Action::DiscardDelivery(it) => Subject::Delivery(it.delivery),
            Action::SetLevel(it) => Subject::User(it.user),
            Action::CloseSessions(it) => Subject::User(it.user),
            Action::AssignDifference(AssignDifference { to: Some(to), .. }) => Subject::User(*to),
            Action::AssignDifference(AssignDifference { to: None, .. })
            | Action::RecordReceipt(_)
            | Action::SetBalanceLimit(_)
            | Action::SetLimit(_)
            | Action::Announce(_)
            | Action::AdvanceClock(_)
            | Action::TakeStatement(_) => Subject::Cell,
        }
    }

    /// Tells what it is done to apart from everything else: only one proposal about the same is
    /// open. A line of a statement is known by its reference alone, whose digest stands for it.
    /// An order is one thing, whether money of it is awarded or refunded. The kinds of things have
    /// seven bits before the identifier; like fingerprints, they are for ever.
    pub fn about(&self) -> u64 {
        const ID: u64 = (1 << 56) - 1;
        let one = |kind: u64, id: u64| kind << 56 | id & ID;
        match self {
            Action::ResolveReceipt(it) => one(1, it.receipt.raw()),
            Action::AdvanceTopUp(it) => one(2, it.top_up.raw()),
            Action::AwardOrder(it) => one(3, it.order.raw()),
            Action::RefundOrder(it) => one(3, it.order.raw()),
            Action::AdvanceWithdrawal(it) => one(4, it.withdrawal.raw()),
            Action::SetAccountState(it) => one(5, it.account.raw()),
            Action::SetBalanceLimit(it) => {
                let mut print = Print::new();
                print.text(it.kind.code());
                one(6, print.0)
            }
            Action::EndAnnouncement(it) => one(7, it.announcement.raw()),
            Action::Redeliver(it) => one(8, it.endpoint.raw()),
            Action::AdvanceClock(_) => one(9, 0),
            Action::Announce(_) => one(10, 0),
            Action::SetLevel(it) => one(11, it.user.raw()),
            Action::CloseSessions(it) => one(12, it.user.raw()),
            Action::SetLimit(it) => {
                let mut print = Print::new();
                print.text(it.level.code());
                print.text(it.flow.code());
                one(13, print.0)
            }
            Action::DiscardDelivery(it) => one(14, it.delivery.raw()),
            Action::TakeStatement(it) => {
                let mut print = Print::new();
                print.text(it.bank.as_str());
                print.numbers(&[it.ends_at.0]);
                one(15, print.0)
            }
            Action::AssignDifference(it) => {
                let mut print = Print::new();
                print.difference(it);
                one(16, print.0)
            }
            Action::RefuseAppeal(it) => one(17, it.account.raw()),
            Action::RecordReceipt(it) => {
                let mut print = Print::new();
                print.reference(&it.reference);
                1 << 63 | print.0
            }
        }
    }

    /// Stands for all that it says. The same action has the same fingerprint for ever: the books
    /// of a running platform are full of them.
    pub fn fingerprint(&self) -> u64 {
        let mut print = Print::new();
        match self {
            Action::ResolveReceipt(it) => {
                print.numbers(&[1, it.receipt.raw()]);
                print.resolution(it.resolution);
            }
            Action::AdvanceTopUp(it) => {
                print.numbers(&[2, it.top_up.raw()]);
                print.text(it.event.code());
                print.said(it.reference.as_ref(), it.amount);
            }
            Action::AdvanceWithdrawal(it) => {
                print.numbers(&[3, it.withdrawal.raw()]);
                print.text(it.event.code());
                print.said(it.reference.as_ref(), it.amount);
            }
            Action::RecordReceipt(it) => {
                print.numbers(&[4]);
                print.said(Some(&it.reference), Some(it.amount));
            }
            Action::AwardOrder(it) => print.numbers(&[5, it.order.raw(), it.to_buyer]),
            Action::SetAccountState(it) => {
                print.numbers(&[6, it.account.raw(), change_number(it.change)]);
            }
            Action::SetBalanceLimit(it) => {
                print.numbers(&[7, it.limit]);
                print.text(it.kind.code());
            }
            Action::Announce(it) => {
                print.numbers(&[8]);
                print.announced(it);
            }
            Action::EndAnnouncement(it) => print.numbers(&[9, it.announcement.raw()]),
            Action::Redeliver(it) => {
                print.numbers(&[10, it.endpoint.raw(), it.from.raw(), it.to.raw()]);
            }
            Action::AdvanceClock(it) => print.numbers(&[11, u64::from(it.by.0)]),
            Action::SetLevel(it) => {
                print.numbers(&[12, it.user.raw()]);
                print.text(it.level.code());
            }
            Action::CloseSessions(it) => {
                let keep = it.keep.map_or(0, SessionId::raw);
                print.numbers(&[13, it.user.raw(), u64::from(it.keep.is_some()), keep]);
            }
            Action::RefundOrder(it) => {
                print.numbers(&[14, it.order.raw()]);
                print.said(None, Some(it.amount));
            }
            Action::SetLimit(it) => {
                print.numbers(&[15]);
                print.limit(it);
            }
            Action::DiscardDelivery(it) => print.numbers(&[16, it.delivery.raw()]),
            Action::TakeStatement(it) => {
                print.numbers(&[17, it.ends_at.0]);
                print.text(it.bank.as_str());
                print.bytes(&it.digest);
            }
            Action::AssignDifference(it) => print.assigned(it),
            Action::RefuseAppeal(it) => print.numbers(&[19, it.account.raw()]),
        }
        print.0
    }
}

impl Duty {
    /// Whether an operator with this duty may propose `action`, or do it if that takes nobody else.
    pub fn may_propose(self, action: &Action) -> bool {
        action.proposers().contains(&self)
    }

    /// Whether an operator with this duty may approve `action` when somebody else proposed it.
    pub fn may_decide(self, action: &Action) -> bool {
        self.decides() && !action.alone()
    }

    /// Whether an operator with this duty decides about what others propose.
    pub const fn decides(self) -> bool {
        match self {
            Duty::Finance => true,
            Duty::Support | Duty::Sre | Duty::Auditor => false,
        }
    }
}

/// Numbers of its own: whoever sorts the cases anew does not change what was digested.
const fn change_number(it: AccountChange) -> u64 {
    match it {
        AccountChange::Freeze => 1,
        AccountChange::Unfreeze => 2,
        AccountChange::Close => 3,
    }
}

/// A digest in the making (FNV-1a). Numbers have eight bytes and texts say how long they are, so
/// two different actions never spell the same bytes.
struct Print(u64);

impl Print {
    fn new() -> Print {
        Print(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn numbers(&mut self, numbers: &[u64]) {
        for number in numbers {
            self.bytes(&number.to_le_bytes());
        }
    }

    fn text(&mut self, text: &str) {
        self.numbers(&[u64::try_from(text.len()).unwrap_or(u64::MAX)]);
        self.bytes(text.as_bytes());
    }

    fn reference(&mut self, it: &BankReference) {
        self.text(it.bank.as_str());
        self.text(it.number.as_str());
    }

    fn difference(&mut self, it: &AssignDifference) {
        self.text(it.bank.as_str());
        self.numbers(&[u64::from(it.day)]);
        self.text(it.row.as_str());
    }

    fn assigned(&mut self, it: &AssignDifference) {
        self.numbers(&[18, u64::from(it.to.is_some()), it.to.map_or(0, UserId::raw)]);
        self.difference(it);
    }

    fn time(&mut self, it: Option<Time>) {
        self.numbers(&[u64::from(it.is_some()), it.map_or(0, |it| it.0)]);
    }

    fn resolution(&mut self, it: Resolution) {
        match it {
            Resolution::Credit { account } => self.numbers(&[1, account.raw()]),
            Resolution::Return { account, card } => self.numbers(&[2, account.raw(), card.raw()]),
            Resolution::Match { top_up } => self.numbers(&[3, top_up.raw()]),
            Resolution::WriteOff => self.numbers(&[4]),
        }
    }

    fn limit(&mut self, it: &SetLimit) {
        let Limit { single_max, day_max, day_count, month_max } = it.limit;
        self.numbers(&[single_max, day_max, day_count, month_max]);
        self.text(it.level.code());
        self.text(it.flow.code());
    }

    fn announced(&mut self, it: &Announce) {
        self.text(it.kind.code());
        self.time(it.starts_at);
        self.time(it.ends_at);
        for words in [&it.title, &it.text] {
            self.text(words.zh.as_str());
            self.text(words.en.as_str());
        }
    }

    fn said(&mut self, reference: Option<&BankReference>, amount: Option<Money>) {
        self.numbers(&[u64::from(reference.is_some()), u64::from(amount.is_some())]);
        if let Some(reference) = reference {
            self.reference(reference);
        }
        if let Some(amount) = amount {
            self.numbers(&[amount.minor()]);
            self.text(amount.currency().code());
        }
    }
}
