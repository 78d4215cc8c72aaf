//! The cell itself, its clock, and the messages from other cells.

use super::draft::{Draft, Move, tell};
use super::{At, Done, Work, advance, orders, top_ups};
use crate::account::{AccountKind, System};
use crate::books::{Books, Record, Settings};
use crate::command::{AdvanceClock, Command, PayOrder, Receive, SetBalanceLimit};
use crate::event::{Actor, EventKind, Subject};
use crate::id::{CellId, RemittanceId};
use crate::posting::Reason;
use crate::rejection::Rejection;
use crate::remittance::{Channel, Message, Purpose, Remit, Remittance, RemittanceStage};
use crate::time::{Seconds, Time};

/// The most that a sandbox's clock is moved by one request.
const CLOCK_STEP_MAX: Seconds = Seconds::days(400);

/// The first record of a journal; before it there is nothing to ask.
pub(super) fn found<B: Books>(books: &mut B, command: &Command) -> Done {
    let Command::Found(it) = command else { return Err(Rejection::NotInThisCell) };
    books.put(Record::Settings(Settings {
        cell: it.cell,
        sandbox: it.sandbox,
        clock_ahead: Seconds(0),
        balance_limits: [0; AccountKind::ALL.len()],
    }));
    Ok(Subject::Cell)
}

pub(super) fn advance_clock<B: Books>(work: &mut Work<'_, B>, it: AdvanceClock) -> Done {
    work.platform_only()?;
    if !work.settings.sandbox {
        return Err(Rejection::SandboxOnly);
    }
    if it.by == Seconds(0) || it.by > CLOCK_STEP_MAX {
        return Err(Rejection::TimeOutOfRange);
    }
    let Seconds(before) = work.settings.clock_ahead;
    let clock_ahead = before.checked_add(it.by.0).ok_or(Rejection::TimeOutOfRange)?;

    work.books
        .put(Record::Settings(Settings { clock_ahead: Seconds(clock_ahead), ..work.settings }));
    let journal_time = Time(work.now.0.saturating_sub(u64::from(before).saturating_mul(1_000)));
    advance(work.books, At { position: work.position, time: journal_time });
    Ok(Subject::Cell)
}

pub(super) fn set_balance_limit<B: Books>(work: &mut Work<'_, B>, it: SetBalanceLimit) -> Done {
    work.platform_only()?;

    let mut balance_limits = work.settings.balance_limits;
    for (kind, limit) in AccountKind::ALL.iter().zip(&mut balance_limits) {
        if *kind == it.kind {
            *limit = it.limit;
        }
    }
    work.books.put(Record::Settings(Settings { balance_limits, ..work.settings }));
    Ok(Subject::Cell)
}

/// Takes the next message from another cell, and no other.
pub(super) fn receive<B: Books>(work: &mut Work<'_, B>, it: &Receive) -> Done {
    if work.actor != Actor::Cell {
        return Err(Rejection::NotAllowed);
    }
    let channel = work.books.channel(it.from);
    if it.from == work.cell() || channel.received.checked_add(1) != Some(it.number) {
        return Err(Rejection::MessageOutOfOrder);
    }

    let taken = Record::Channel(it.from, Channel { received: it.number, ..channel });
    match &it.message {
        Message::Remit(remit) => {
            work.books.put(taken);
            let refusal = take(work, it, remit).err();
            let reply = Message::Reply { remittance: remit.remittance, refusal };
            tell(work, it.from, reply);
            Ok(Subject::Remittance(remit.remittance))
        }
        Message::Reply { remittance, refusal } => {
            let subject = conclude(work, it.from, *remittance, *refusal)?;
            work.books.put(taken);
            Ok(subject)
        }
    }
}

/// Credits what another cell sent, or says why not.
fn take<B: Books>(work: &mut Work<'_, B>, it: &Receive, remit: &Remit) -> Result<(), Rejection> {
    let amount = remit.amount;
    let transit = System::Transit(it.from).id(work.cell(), amount.currency());
    match remit.purpose {
        Purpose::Pay(order) => {
            let pay = PayOrder { order, debit: remit.debit, amount, deliberate: true };
            orders::settle(work, &pay, transit, remit.payer)?;
        }
        Purpose::Credit(reason) => {
            let mut draft = Draft::default();
            let account = draft.account(work, remit.credit)?;
            if !account.kind.transferable() {
                return Err(Rejection::AccountKindNotAllowed);
            }
            // A refund is owed already; only new money has to respect a limit.
            let new = matches!(reason, Reason::Transfer | Reason::Capture);
            let reason = if new { Reason::Received } else { reason };
            let subject = Subject::Remittance(remit.remittance);
            draft
                .post(work, Move { debit: transit, credit: account.id, amount, reason, subject })?;
            draft.keep(work);
        }
    }
    Ok(())
}

/// Ends a remittance; what was refused goes back to where it came from. An answer that comes again,
/// or from a cell that was not asked, changes nothing.
fn conclude<B: Books>(
    work: &mut Work<'_, B>,
    from: CellId,
    id: RemittanceId,
    refusal: Option<Rejection>,
) -> Done {
    let subject = Subject::Remittance(id);
    let Some(before) = work.books.remittance(id) else { return Ok(subject) };
    if before.stage != RemittanceStage::Sent || before.credit.cell() != from {
        return Ok(subject);
    }
    let top_up = before.top_up.and_then(|it| work.books.top_up(it));
    let (stage, kind) = if refusal.is_some() {
        match &top_up {
            Some(it) => top_ups::refused(work, it, from)?,
            None => bring_back(work, &before)?.keep(work),
        }
        (RemittanceStage::Returned, EventKind::RemittanceReturned)
    } else {
        if let Some(it) = &top_up {
            top_ups::settled(work, it);
        }
        (RemittanceStage::Settled, EventKind::RemittanceSettled)
    };
    let event = work.happened(kind, subject, None, before.amount, before.last_event);
    let after = Remittance { stage, refusal, last_event: Some(event), ..before };
    work.books.put(Record::Remittance(after));
    Ok(subject)
}

/// Credits money that another cell refused to its old account; to suspense if that account is
/// closed or full, or if it was a refund: the order has settled that it is the buyer's, although
/// the buyer's account is gone.
fn bring_back<B: Books>(
    work: &mut Work<'_, B>,
    remittance: &Remittance,
) -> Result<Draft, Rejection> {
    let amount = remittance.amount;
    let debit = System::Transit(remittance.credit.cell()).id(work.cell(), amount.currency());
    let (credit, reason) = (remittance.debit, Reason::RemittanceReturned);
    let subject = Subject::Remittance(remittance.id);
    let home = Move { debit, credit, amount, reason, subject };
    if remittance.purpose != Purpose::Credit(Reason::OrderRefunded) {
        let mut draft = Draft::default();
        if draft.post(work, home).is_ok() {
            return Ok(draft);
        }
    }
    let suspense = System::Suspense.id(work.cell(), amount.currency());
    let mut draft = Draft::default();
    draft.post(work, Move { credit: suspense, reason: Reason::SetAside, ..home })?;
    Ok(draft)
}
