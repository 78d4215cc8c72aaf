//! Holds: placed, captured in parts or wholly, given up, or expired.

use super::draft::{Draft, Move, check_amount};
use super::people::may_pay;
use super::transfers::merchant;
use super::{Done, Work};
use crate::account::{Account, AccountKind, AccountState};
use crate::books::{Books, Listing, Record, Series, Timer};
use crate::command::{CaptureHold, PlaceHold, ReleaseHold};
use crate::event::{EventKind, Subject};
use crate::hold::{Hold, HoldEvent};
use crate::id::HoldId;
use crate::money::Money;
use crate::posting::Reason;
use crate::rejection::Rejection;
use crate::remittance::Purpose;
use crate::time::Seconds;

/// The longest that a hold may last.
const HOLD_MAX: Seconds = Seconds::days(366);

pub(super) fn place<B: Books>(work: &mut Work<'_, B>, it: PlaceHold) -> Done {
    check_amount(it.amount)?;
    if it.expires_in > HOLD_MAX {
        return Err(Rejection::TimeOutOfRange);
    }
    let draft = Draft::default();
    let account = draft.account(work, it.account)?;
    if !work.acts_for(account.owner) {
        return Err(Rejection::AccountNotFound);
    }
    may_pay(work)?;
    match account.kind {
        AccountKind::Customer | AccountKind::Merchant => {}
        AccountKind::Escrow
        | AccountKind::BankClearing
        | AccountKind::Fees
        | AccountKind::Suspense
        | AccountKind::Payouts
        | AccountKind::Transit
        | AccountKind::Capital => return Err(Rejection::AccountKindNotAllowed),
    }
    match account.state {
        AccountState::Open => {}
        AccountState::Frozen => return Err(Rejection::AccountFrozen),
        AccountState::Closed => return Err(Rejection::AccountClosed),
    }
    let held = account.holding(it.amount)?;

    let id = HoldId::new(work.cell(), work.books.next_number(Series::Holds));
    let forever = it.expires_in == Seconds(0);
    let due = if forever { None } else { Some(work.now.after(it.expires_in)) };
    work.books.put(Record::Account(held));
    work.books.list(Listing::AccountHold(account.id, id));
    if let Some(due) = due {
        work.books.list(Listing::Due(due, Timer::Hold(id)));
    }
    let (kind, subject) = (EventKind::HoldPlaced, Subject::Hold(id));
    let event = work.happened(kind, subject, merchant(&account), it.amount, None);
    work.books.put(Record::Hold(Hold {
        id,
        account: account.id,
        amount: it.amount,
        captured: 0,
        stage: crate::hold::HoldStage::Open,
        placed_at: work.now,
        due,
        last_event: Some(event),
    }));
    Ok(subject)
}

pub(super) fn capture<B: Books>(work: &mut Work<'_, B>, it: &CaptureHold) -> Done {
    let mut draft = Draft::default();
    let (hold, account) = find(&draft, work, it.hold)?;
    may_pay(work)?;
    let amount = it.amount;
    check_amount(amount)?;
    if amount.currency() != hold.amount.currency() {
        return Err(Rejection::CurrencyDiffers);
    }
    let whole = amount.minor() == hold.remaining();
    let event = if it.last || whole { HoldEvent::CaptureLast } else { HoldEvent::CapturePart };
    let stage = hold.stage.next(event).ok_or(Rejection::HoldEnded)?;
    if amount.minor() > hold.remaining() {
        return Err(Rejection::CaptureTooLarge);
    }
    let freed = if it.last { hold.remaining() } else { amount.minor() };
    draft.set(account.freed(freed));
    if it.credit.cell() == work.cell() {
        let credit = draft.account(work, it.credit)?;
        if !credit.kind.transferable() {
            return Err(Rejection::AccountKindNotAllowed);
        }
    }
    let (reason, subject) = (Reason::Capture, Subject::Hold(hold.id));
    let movement = Move { debit: account.id, credit: it.credit, amount, reason, subject };
    draft.send(work, movement, Purpose::Credit(reason))?;

    draft.keep(work);
    let captured = hold.captured.saturating_add(amount.minor());
    let after = Hold { captured, stage, ..hold };
    write(work, &hold, after, EventKind::HoldCaptured, &account, amount);
    Ok(subject)
}

pub(super) fn release<B: Books>(work: &mut Work<'_, B>, it: ReleaseHold) -> Done {
    let draft = Draft::default();
    let (hold, account) = find(&draft, work, it.hold)?;
    end(work, &hold, &account, HoldEvent::Release, EventKind::HoldReleased)
}

/// Ends a hold whose time has run out.
pub(super) fn expire<B: Books>(work: &mut Work<'_, B>, id: HoldId) -> Done {
    let draft = Draft::default();
    let (hold, account) = find(&draft, work, id)?;
    end(work, &hold, &account, HoldEvent::Expire, EventKind::HoldExpired)
}

fn end<B: Books>(
    work: &mut Work<'_, B>,
    hold: &Hold,
    account: &Account,
    event: HoldEvent,
    kind: EventKind,
) -> Done {
    let stage = hold.stage.next(event).ok_or(Rejection::HoldEnded)?;

    let left = hold.remaining();
    work.books.put(Record::Account(account.freed(left)));
    let left = Money::new(left, hold.amount.currency());
    write(work, hold, Hold { stage, ..*hold }, kind, account, left);
    Ok(Subject::Hold(hold.id))
}

fn find<B: Books>(
    draft: &Draft,
    work: &mut Work<'_, B>,
    id: HoldId,
) -> Result<(Hold, Account), Rejection> {
    if id.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let hold = work.books.hold(id).ok_or(Rejection::HoldNotFound)?;
    let account = draft.account(work, hold.account)?;
    if work.acts_for(account.owner) { Ok((hold, account)) } else { Err(Rejection::HoldNotFound) }
}

/// Writes a hold, and takes away its timer when it has ended.
fn write<B: Books>(
    work: &mut Work<'_, B>,
    before: &Hold,
    mut after: Hold,
    kind: EventKind,
    account: &Account,
    amount: Money,
) {
    if after.stage != before.stage {
        if let Some(due) = before.due {
            work.books.unlist(Listing::Due(due, Timer::Hold(before.id)));
        }
        after.due = None;
    }
    let subject = Subject::Hold(before.id);
    let event = work.happened(kind, subject, merchant(account), amount, before.last_event);
    work.books.put(Record::Hold(Hold { last_event: Some(event), ..after }));
}
