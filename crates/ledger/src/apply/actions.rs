//! Actions: what people do by hand, checked when it is proposed and again when it is done.

use super::{
    Done, Work, accounts, announcements, assignments, cells, deliveries, draft, limits, people,
    receipts, refunds, sessions, top_ups, withdrawals,
};
use crate::action::Action;
use crate::bank::{BankEvent, TopUpStage, WithdrawalStage};
use crate::books::Books;
use crate::event::{Actor, Subject};
use crate::id::CellId;
use crate::receipt::{ReceiptStage, Resolution};
use crate::rejection::Rejection;

/// Refuses what one person would do alone. The platform's own programs settle what the bank itself
/// settles, and record its statements; whose money it is, they do not say.
pub(super) fn not_by_hand<B: Books>(
    work: &mut Work<'_, B>,
    action: &Action,
) -> Result<(), Rejection> {
    work.platform_only()?;
    let (cell, program) = (work.cell(), work.actor == Actor::Bank);
    let by_hand = match action {
        Action::ResolveReceipt(it) => match it.resolution {
            Resolution::Match { .. } => !program,
            Resolution::Credit { .. } | Resolution::Return { .. } | Resolution::WriteOff => true,
        },
        Action::TakeStatement(_) => true,
        Action::RecordReceipt(_) => !program,
        Action::AdvanceTopUp(it) => {
            let here = !program && it.top_up.cell() == cell;
            let known = if here { work.books.top_up(it.top_up) } else { None };
            known.is_some_and(|it| it.stage == TopUpStage::Investigating)
        }
        Action::AdvanceWithdrawal(it) => {
            let here = !program && it.withdrawal.cell() == cell;
            let known = if here { work.books.withdrawal(it.withdrawal) } else { None };
            known.is_some_and(|it| it.stage == WithdrawalStage::Investigating)
        }
        // Whoever holds a key of the platform may ask for these directly.
        Action::AwardOrder(_)
        | Action::RefundOrder(_)
        | Action::SetBalanceLimit(_)
        | Action::SetLimit(_)
        | Action::SetAccountState(_)
        | Action::Announce(_)
        | Action::EndAnnouncement(_)
        | Action::Redeliver(_)
        | Action::DiscardDelivery(_)
        | Action::AssignDifference(_)
        | Action::AdvanceClock(_)
        | Action::SetLevel(_)
        | Action::RefuseAppeal(_)
        | Action::CloseSessions(_) => false,
    };
    if by_hand { Err(Rejection::NeedsApproval) } else { Ok(()) }
}

/// Refuses what nobody has to decide now: it is not there, or not a matter for people. What one
/// person does alone is done at once, and refused there.
pub(super) fn check<B: Books>(work: &mut Work<'_, B>, action: &Action) -> Result<(), Rejection> {
    let cell = work.cell();
    let here = |it: CellId| if it == cell { Ok(()) } else { Err(Rejection::NotInThisCell) };
    match action {
        Action::ResolveReceipt(it) => {
            here(it.receipt.cell())?;
            let receipt = work.books.receipt(it.receipt).ok_or(Rejection::ReceiptNotFound)?;
            let open = receipt.stage == ReceiptStage::Open;
            if open { Ok(()) } else { Err(Rejection::ReceiptNotOpen) }
        }
        Action::AdvanceTopUp(it) => {
            here(it.top_up.cell())?;
            let top_up = work.books.top_up(it.top_up).ok_or(Rejection::TopUpNotFound)?;
            settles(top_up.stage == TopUpStage::Investigating, it.event)
        }
        Action::AdvanceWithdrawal(it) => {
            here(it.withdrawal.cell())?;
            let known = work.books.withdrawal(it.withdrawal);
            let stage = known.ok_or(Rejection::WithdrawalNotFound)?.stage;
            settles(stage == WithdrawalStage::Investigating, it.event)
        }
        Action::RecordReceipt(it) => match work.books.referenced(&it.reference) {
            Some(_) => Err(Rejection::BankReferenceTaken),
            None => draft::check_amount(it.amount),
        },
        Action::AwardOrder(it) => refunds::may_award(work, *it).map(drop),
        Action::RefundOrder(it) => refunds::may_give(work, *it).map(drop),
        Action::SetBalanceLimit(_)
        | Action::SetLimit(_)
        | Action::SetAccountState(_)
        | Action::Announce(_)
        | Action::EndAnnouncement(_)
        | Action::Redeliver(_)
        | Action::DiscardDelivery(_)
        | Action::AssignDifference(_)
        | Action::AdvanceClock(_)
        | Action::SetLevel(_)
        | Action::CloseSessions(_)
        | Action::RefuseAppeal(_)
        | Action::TakeStatement(_) => Ok(()),
    }
}

/// Whether people may settle a movement so: only one that is under investigation.
fn settles(investigating: bool, event: BankEvent) -> Result<(), Rejection> {
    let settled = match event {
        BankEvent::Confirm | BankEvent::Reject | BankEvent::Return => investigating,
        BankEvent::Send | BankEvent::Silence | BankEvent::Investigate => false,
    };
    if settled { Ok(()) } else { Err(Rejection::BankEventNotAllowed { event }) }
}

/// Does what was approved, or what one may do alone, if it can be done. A rejection has changed
/// nothing.
pub(super) fn act<B: Books>(work: &mut Work<'_, B>, action: &Action) -> Done {
    check(work, action)?;
    match action {
        Action::ResolveReceipt(it) => receipts::resolve(work, it),
        Action::AdvanceTopUp(it) => top_ups::advance(work, *it),
        Action::AdvanceWithdrawal(it) => withdrawals::advance(work, *it),
        Action::RecordReceipt(it) => receipts::record(work, it),
        Action::AwardOrder(it) => refunds::award(work, *it),
        Action::RefundOrder(it) => refunds::give(work, *it),
        Action::SetBalanceLimit(it) => cells::set_balance_limit(work, *it),
        Action::SetLimit(it) => limits::set(work, *it),
        Action::SetAccountState(it) => accounts::set_state(work, *it),
        Action::RefuseAppeal(it) => accounts::refuse_appeal(work, *it),
        Action::Announce(it) => announcements::announce(work, it),
        Action::EndAnnouncement(it) => announcements::end(work, *it),
        Action::Redeliver(it) => deliveries::redeliver(work, *it),
        Action::DiscardDelivery(it) => deliveries::discard(work, *it),
        Action::AssignDifference(it) => assignments::assign(work, *it),
        Action::AdvanceClock(it) => cells::advance_clock(work, *it),
        Action::SetLevel(it) => people::set_level(work, *it),
        Action::CloseSessions(it) => sessions::close_all(work, *it),
        // What it makes certain is told by the platform's programs, each line once for all time.
        Action::TakeStatement(_) => Ok(Subject::Cell),
    }
}
