//! Top-ups: the intent first, then whatever the bank says, in whatever order. Money for an order
//! pays it in the same step, or goes back the way it came.

use super::actions::not_by_hand;
use super::draft::{Draft, Move, check_amount, within_limit};
use super::transfers::merchant;
use super::withdrawals::{Return, give_back, own_account};
use super::{Done, Work, orders, receipts};
use crate::account::{Account, AccountState, System};
use crate::bank::{BankEvent, BankReference, TopUp, TopUpEvent, TopUpStage, WithdrawalStage};
use crate::books::{Books, Listing, Record, Series, Timer};
use crate::command::{Action, AdvanceTopUp, PayOrder, StartTopUp};
use crate::event::{Actor, EventKind, Subject};
use crate::id::{AccountId, CellId, OrderId, TopUpId};
use crate::limits::Flow;
use crate::money::Money;
use crate::posting::Reason;
use crate::rejection::Rejection;
use crate::time::Seconds;

/// Another top-up of the same amount within this time may be a second click on the same button.
const AGAIN_WITHIN: Seconds = Seconds(10 * 60);
/// The most top-ups under way that are looked through for one like the new one.
const LOOK_THROUGH: usize = 64;

pub(super) fn start<B: Books>(work: &mut Work<'_, B>, it: &StartTopUp) -> Done {
    let account = own_account(work, it.account, it.card)?;
    check_amount(it.amount)?;
    if account.currency != it.amount.currency() {
        return Err(Rejection::CurrencyDiffers);
    }
    if let Some(order) = it.order.filter(|it| it.cell() == work.cell()) {
        // Another cell is asked with the money in hand: only then does its answer hold.
        orders::payable(work, &as_payment(account.id, it.amount, order))?;
    }
    if account.state == AccountState::Closed {
        return Err(Rejection::AccountClosed);
    }
    if it.order.is_none() {
        within_limit(work, &account, it.amount)?;
    }
    let mut draft = Draft::default();
    draft.count(work, &account, Flow::TopUp, it.amount)?;
    if !it.deliberate {
        none_like_it(work, &account, it)?;
    }

    draft.keep(work);
    let id = TopUpId::new(work.cell(), work.books.next_number(Series::TopUps));
    work.books.list(Listing::AccountTopUp(account.id, id));
    if let Some(order) = it.order {
        work.books.list(Listing::OrderTopUp(order, id));
    }
    let top_up = TopUp {
        id,
        account: account.id,
        card: it.card,
        amount: it.amount,
        stage: TopUpStage::Created,
        order: it.order,
        withdrawal: None,
        taken: None,
        set_aside: false,
        late: None,
        created_at: work.now,
        changed_at: work.now,
        last_event: None,
    };
    Ok(write(work, None, top_up))
}

fn as_payment(debit: AccountId, amount: Money, order: OrderId) -> PayOrder {
    PayOrder { order, debit, amount, deliberate: true }
}

/// Refuses a top-up that may be a second attempt: money of the first may be taken already.
fn none_like_it<B: Books>(
    work: &mut Work<'_, B>,
    account: &Account,
    it: &StartTopUp,
) -> Result<(), Rejection> {
    let now = work.now;
    let alike = |other: &TopUp| {
        if it.order.is_some() && other.order.is_some() {
            return it.order == other.order;
        }
        let recent = now < other.created_at.after(AGAIN_WITHIN);
        recent && other.stage.open() && other.amount == it.amount
    };
    match under_way(work, account, alike) {
        Some(top_up) => Err(Rejection::TopUpUnderWay { top_up }),
        None => Ok(()),
    }
}

/// The top-up by which the owner of an account is paying an order already.
pub(super) fn paying<B: Books>(
    work: &mut Work<'_, B>,
    account: &Account,
    order: OrderId,
) -> Option<TopUpId> {
    under_way(work, account, |it| it.order == Some(order))
}

fn under_way<B: Books>(
    work: &mut Work<'_, B>,
    account: &Account,
    wanted: impl Fn(&TopUp) -> bool,
) -> Option<TopUpId> {
    // Most accounts have none, and then this costs nothing.
    if account.open_top_ups == 0 {
        return None;
    }
    let open = work.books.open_top_ups(account.id, LOOK_THROUGH);
    open.into_iter().find(|id| work.books.top_up(*id).as_ref().is_some_and(&wanted))
}

/// Does it on somebody's word alone, unless two people have to decide about it.
pub(super) fn advance_alone<B: Books>(work: &mut Work<'_, B>, it: AdvanceTopUp) -> Done {
    not_by_hand(work, &Action::AdvanceTopUp(it))?;
    advance(work, it)
}

pub(super) fn advance<B: Books>(work: &mut Work<'_, B>, it: AdvanceTopUp) -> Done {
    work.platform_only()?;
    if it.top_up.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let top_up = work.books.top_up(it.top_up).ok_or(Rejection::TopUpNotFound)?;
    let refused = Rejection::BankEventNotAllowed { event: it.event };
    if top_up.set_aside && work.actor == Actor::Bank {
        // Whose that money is, a person decides; a bank that says the same again does not.
        return Err(refused);
    }
    let event = match it.event {
        BankEvent::Send => TopUpEvent::Send,
        BankEvent::Silence => TopUpEvent::Silence,
        BankEvent::Confirm => return confirm(work, &top_up, &it),
        BankEvent::Reject => TopUpEvent::Reject,
        BankEvent::Return => TopUpEvent::Return,
        BankEvent::Investigate => TopUpEvent::Investigate,
    };
    let stage = top_up.stage.next(event).ok_or(refused)?;
    let mut draft = Draft::default();
    let mut after = TopUp { stage, ..top_up };
    let ended = !stage.open() && stage != TopUpStage::Investigating;
    if let Some(taken) = top_up.taken.filter(|_| top_up.set_aside && ended) {
        let (debit, credit) = (suspense(work, taken), clearing(work, taken));
        draft.post(work, movement(&top_up, debit, credit, taken, Reason::TopUpReturned))?;
        after = TopUp { taken: None, set_aside: false, ..after };
    }

    draft.keep(work);
    remember(work, it.reference, Subject::TopUp(top_up.id));
    Ok(write(work, Some(top_up.stage), after))
}

/// Whether the bank calls another movement so.
pub(super) fn is_anothers<B: Books>(
    work: &mut Work<'_, B>,
    reference: Option<BankReference>,
    subject: Subject,
) -> bool {
    let known = reference.and_then(|it| work.books.referenced(&it));
    known.is_some_and(|it| it != subject)
}

/// Keeps what the bank calls a movement, so that it can be found by it.
pub(super) fn remember<B: Books>(
    work: &mut Work<'_, B>,
    reference: Option<BankReference>,
    subject: Subject,
) {
    let Some(reference) = reference else { return };
    if work.books.referenced(&reference).is_none() {
        work.books.add_reference(&reference, subject);
    }
}

/// The bank took money: it goes where it can.
fn confirm<B: Books>(work: &mut Work<'_, B>, top_up: &TopUp, it: &AdvanceTopUp) -> Done {
    let subject = Subject::TopUp(top_up.id);
    if !top_up.set_aside && is_anothers(work, it.reference, subject) {
        // The bank moved money once, and it is somewhere already: none moves here.
        return end(work, top_up, TopUpEvent::Investigate, None);
    }
    if top_up.stage == TopUpStage::Rejected && top_up.late.is_none() {
        return come_late(work, top_up, it);
    }
    let account = work.books.account(top_up.account).ok_or(Rejection::AccountNotFound)?;
    let before = top_up.taken.filter(|_| top_up.set_aside);
    let taken = before.or(it.amount).unwrap_or(top_up.amount);
    let source = if top_up.set_aside { suspense(work, taken) } else { clearing(work, taken) };
    let as_asked = taken == top_up.amount;
    next(top_up, TopUpEvent::Credit)?;
    let gone = account.state == AccountState::Closed || account.currency != taken.currency();
    let credit = movement(top_up, source, account.id, taken, Reason::ToppedUp);
    let done = if !as_asked && !top_up.set_aside {
        set_aside(work, top_up, source, taken)?
    } else if let Some(order) = top_up.order {
        let mut draft = Draft::default();
        let paid = if as_asked {
            let credited = draft.post(work, credit);
            credited.and_then(|()| pay(&mut draft, work, top_up, &account, order))
        } else {
            Err(Rejection::AmountDiffers)
        };
        match paid {
            Ok(paid) => {
                draft.keep(work);
                let event = paid.as_ref().map_or(TopUpEvent::Remit, |_| TopUpEvent::Credit);
                if let Some(paid) = paid {
                    paid.write(work);
                }
                end(work, top_up, event, Some(taken))?
            }
            Err(_) => return_by_withdrawal(work, top_up, source, taken, TopUpEvent::GiveBack)?,
        }
    } else if gone {
        set_aside(work, top_up, source, taken)?
    } else {
        let mut draft = Draft::default();
        draft.post(work, credit)?;
        draft.keep(work);
        end(work, top_up, TopUpEvent::Credit, Some(taken))?
    };
    remember(work, it.reference, subject);
    Ok(done)
}

/// The bank took money after it had said no. The top-up was shown as rejected and stays it; the
/// money has a fate of its own.
fn come_late<B: Books>(work: &mut Work<'_, B>, top_up: &TopUp, it: &AdvanceTopUp) -> Done {
    let subject = Subject::TopUp(top_up.id);
    let amount = it.amount.unwrap_or(top_up.amount);
    let late = receipts::open(work, amount, Some(subject), false)?;
    remember(work, it.reference, subject);
    work.books.put(Record::TopUp(TopUp { late: Some(late), ..*top_up }));
    Ok(Subject::Receipt(late))
}

/// Its taker is gone, or the bank said something else before: a person has to look.
fn set_aside<B: Books>(
    work: &mut Work<'_, B>,
    top_up: &TopUp,
    source: AccountId,
    taken: Money,
) -> Done {
    let stage = next(top_up, TopUpEvent::SetAside)?;
    if !top_up.set_aside {
        let mut draft = Draft::default();
        let suspense = suspense(work, taken);
        draft.post(work, movement(top_up, source, suspense, taken, Reason::SetAside))?;
        draft.keep(work);
    }
    let after = TopUp { stage, taken: Some(taken), set_aside: true, ..*top_up };
    Ok(write(work, Some(top_up.stage), after))
}

/// Drafts the payment of the order that a top-up is for: here, or by remittance if it is elsewhere.
fn pay<B: Books>(
    draft: &mut Draft,
    work: &mut Work<'_, B>,
    top_up: &TopUp,
    account: &Account,
    order: OrderId,
) -> Result<Option<orders::Paid>, Rejection> {
    let payment = as_payment(account.id, top_up.amount, order);
    if order.cell() == work.cell() {
        return orders::payment(draft, work, &payment, account.id, account.owner).map(Some);
    }
    orders::remit(draft, work, &payment)?;
    draft.sent_for(top_up.id);
    Ok(None)
}

/// Another cell took the payment of the order.
pub(super) fn settled<B: Books>(work: &mut Work<'_, B>, top_up: &TopUp) {
    let ended = end(work, top_up, TopUpEvent::Settle, top_up.taken);
    assert!(ended.is_ok(), "its order's cell answers once, and only then is it paid");
}

/// Another cell would not take the payment of the order: the money goes back to its card.
pub(super) fn refused<B: Books>(
    work: &mut Work<'_, B>,
    top_up: &TopUp,
    from: CellId,
) -> Result<(), Rejection> {
    let transit = System::Transit(from).id(work.cell(), top_up.amount.currency());
    return_by_withdrawal(work, top_up, transit, top_up.amount, TopUpEvent::Refuse).map(|_| ())
}

fn return_by_withdrawal<B: Books>(
    work: &mut Work<'_, B>,
    top_up: &TopUp,
    source: AccountId,
    taken: Money,
    event: TopUpEvent,
) -> Done {
    let stage = next(top_up, event)?;
    let TopUp { account, card, .. } = *top_up;
    let back = Return { account, card, amount: taken, top_up: Some(top_up.id), receipt: None };
    let withdrawal = Some(give_back(work, back, source)?);
    let after = TopUp { stage, withdrawal, taken: Some(taken), set_aside: false, ..*top_up };
    Ok(write(work, Some(top_up.stage), after))
}

/// What the bank did with the withdrawal by which a top-up goes back. `gone` says that what the
/// bank would not take back could not be given to the account either.
pub(super) fn came_back<B: Books>(
    work: &mut Work<'_, B>,
    id: TopUpId,
    stage: WithdrawalStage,
    gone: bool,
) {
    let Some(top_up) = work.books.top_up(id) else { return };
    let event = match (stage, gone) {
        (WithdrawalStage::Paid, _) => TopUpEvent::PayBack,
        (WithdrawalStage::Rejected, false) => TopUpEvent::Settle,
        (WithdrawalStage::Rejected, true) => TopUpEvent::Strand,
        // What comes back from a card after a person looked is the account's, if it is there.
        (WithdrawalStage::Returned, false) if top_up.stage == TopUpStage::Returning => {
            TopUpEvent::Settle
        }
        (WithdrawalStage::Returned, true) if top_up.stage == TopUpStage::Returning => {
            TopUpEvent::Strand
        }
        (
            WithdrawalStage::Created
            | WithdrawalStage::Sent
            | WithdrawalStage::Unknown
            | WithdrawalStage::Returned
            | WithdrawalStage::Investigating,
            _,
        ) => return,
    };
    let Ok(stage) = next(&top_up, event) else {
        unreachable!("a top-up waits for the withdrawal by which it goes back")
    };
    let set_aside = event == TopUpEvent::Strand;
    write(work, Some(top_up.stage), TopUp { stage, set_aside, ..top_up });
}

fn next(top_up: &TopUp, event: TopUpEvent) -> Result<TopUpStage, Rejection> {
    let refused = Rejection::BankEventNotAllowed { event: BankEvent::Confirm };
    top_up.stage.next(event).ok_or(refused)
}

fn end<B: Books>(
    work: &mut Work<'_, B>,
    top_up: &TopUp,
    event: TopUpEvent,
    taken: Option<Money>,
) -> Done {
    let stage = next(top_up, event)?;
    Ok(write(work, Some(top_up.stage), TopUp { stage, taken, set_aside: false, ..*top_up }))
}

fn clearing<B: Books>(work: &Work<'_, B>, amount: Money) -> AccountId {
    System::BankClearing.id(work.cell(), amount.currency())
}

fn suspense<B: Books>(work: &Work<'_, B>, amount: Money) -> AccountId {
    System::Suspense.id(work.cell(), amount.currency())
}

fn movement(
    top_up: &TopUp,
    debit: AccountId,
    credit: AccountId,
    amount: Money,
    reason: Reason,
) -> Move {
    Move { debit, credit, amount, reason, subject: Subject::TopUp(top_up.id) }
}

fn write<B: Books>(work: &mut Work<'_, B>, before: Option<TopUpStage>, after: TopUp) -> Subject {
    if let Some(before) = before {
        work.books.unlist(Listing::StageTopUp(before, after.id));
    }
    work.books.list(Listing::StageTopUp(after.stage, after.id));
    count_open(work, before.is_some_and(TopUpStage::under_way), &after);
    let kind = match after.stage {
        TopUpStage::Created => EventKind::TopUpCreated,
        TopUpStage::Sent => EventKind::TopUpSent,
        TopUpStage::Unknown => EventKind::TopUpUnknown,
        TopUpStage::Credited => EventKind::TopUpCredited,
        TopUpStage::Rejected => EventKind::TopUpRejected,
        TopUpStage::Returned => EventKind::TopUpReturned,
        TopUpStage::Investigating => EventKind::TopUpInvestigating,
        TopUpStage::Paying => EventKind::TopUpPaying,
        TopUpStage::Returning => EventKind::TopUpReturning,
    };
    let subject = Subject::TopUp(after.id);
    let owner = work.books.account(after.account).as_ref().and_then(merchant);
    let event = work.happened(kind, subject, owner, after.amount, after.last_event);
    let old = before.and_then(|_| work.books.top_up(after.id));
    let (last_event, changed_at) = (Some(event), work.now);
    let after = TopUp { changed_at, last_event, ..after };
    if let Some(due) = old.and_then(|it| it.due()) {
        work.books.unlist(Listing::Due(due, Timer::TopUp(after.id)));
    }
    if let Some(due) = after.due() {
        work.books.list(Listing::Due(due, Timer::TopUp(after.id)));
    }
    work.books.put(Record::TopUp(after));
    subject
}

/// Nobody decided in time what a bank took: it goes to whom it was taken from.
pub(super) fn compensate<B: Books>(work: &mut Work<'_, B>, top_up: TopUpId) -> Done {
    let it = work.books.top_up(top_up).ok_or(Rejection::TopUpNotFound)?;
    let event = BankEvent::Confirm;
    confirm(work, &it, &AdvanceTopUp { top_up, event, reference: None, amount: None })
}

/// What cannot be credited now is tried again after as long a time.
pub(super) fn wait_on<B: Books>(work: &mut Work<'_, B>, id: TopUpId) {
    if let Some(top_up) = work.books.top_up(id) {
        write(work, Some(top_up.stage), top_up);
    }
}

/// Keeps the account's count and list of top-ups that are under way.
fn count_open<B: Books>(work: &mut Work<'_, B>, was: bool, after: &TopUp) {
    let Some(account) = work.books.account(after.account) else { return };
    let place = Listing::OpenTopUp(account.id, after.id);
    let open_top_ups = match (was, after.stage.under_way()) {
        (false, true) => {
            work.books.list(place);
            account.open_top_ups.saturating_add(1)
        }
        (true, false) => {
            work.books.unlist(place);
            account.open_top_ups.saturating_sub(1)
        }
        (true, true) | (false, false) => return,
    };
    work.books.put(Record::Account(Account { open_top_ups, ..account }));
}
