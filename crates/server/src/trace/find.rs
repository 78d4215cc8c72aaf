//! What a trace is about, and everything that belongs to the same purpose.

use super::whereabouts::{self, Dates, Side, Whereabouts};
use super::{dates, happened};
use crate::app::{App, request_name};
use crate::banks::Movement;
use crate::http::auth::Caller;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::{named, rfc3339};
use ledger::account::Account;
use ledger::bank::{BankReference, TopUp, Withdrawal};
use ledger::command::{Command, Outcome};
use ledger::event::{EventKind, Happening, Subject};
use ledger::id::{
    AccountId, CardId, CellId, EventId, HoldId, OrderId, Position, ReceiptId, RemittanceId,
    TopUpId, TransferId, UserId, WithdrawalId,
};
use ledger::money::Money;
use ledger::name::BankNumber;
use ledger::time::Time;
use serde_json::{Value, json};
use store::index::Direction;
use store::{At, List, View};

/// The most events of one thing, and things that belong to it.
const EVENTS_MAX: usize = 200;
const RELATED_MAX: usize = 50;

/// What was found.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) stage: &'static str,
    pub(super) amount: Money,
    pub(super) from: Value,
    pub(super) to: Value,
    /// The last four digits of the card.
    pub(super) card: String,
    /// What the bank knows it by, and what the bank itself calls it.
    pub(super) reference: Option<String>,
    pub(super) bank_reference: Option<String>,
    pub(super) whereabouts: Whereabouts,
    pub(super) related: Vec<Value>,
    pub(super) events: Vec<Value>,
    /// The same, for pages.
    pub(super) happened: Vec<(Time, EventKind)>,
    pub(super) cell: CellId,
    pub(super) at: At,
    pub(super) now: Time,
}

fn missing() -> Problem {
    Problem::of(&codes::TRACE_NOT_FOUND)
}

/// Finds it, if the caller may see it.
pub(super) fn find(
    app: &App,
    caller: &Caller,
    id: &str,
    side: Option<Side>,
) -> Result<Found, Problem> {
    let look = Look { app, caller, side };
    match subject(app, caller, id)? {
        Subject::Order(id) => look.order(id),
        Subject::TopUp(id) => look.top_up(id),
        Subject::Withdrawal(id) => look.withdrawal(id),
        Subject::Hold(id) => look.hold(id),
        Subject::Receipt(id) => look.receipt(id),
        Subject::Remittance(id) => look.remittance(id),
        Subject::Transfer(id) => look.transfer(id),
        Subject::Cell
        | Subject::Account(_)
        | Subject::User(_)
        | Subject::Card(_)
        | Subject::Key(_)
        | Subject::Session(_)
        | Subject::Endpoint(_)
        | Subject::Delivery(_)
        | Subject::Proposal(_)
        | Subject::Announcement(_) => Err(missing()),
    }
}

/// What is named: a thing of ours, something by a bank's own reference, or what a request of the
/// caller did.
fn subject(app: &App, caller: &Caller, id: &str) -> Result<Subject, Problem> {
    let ours = [
        OrderId::parse(id).ok().map(Subject::Order),
        TopUpId::parse(id).ok().map(Subject::TopUp),
        WithdrawalId::parse(id).ok().map(Subject::Withdrawal),
        HoldId::parse(id).ok().map(Subject::Hold),
        ReceiptId::parse(id).ok().map(Subject::Receipt),
        RemittanceId::parse(id).ok().map(Subject::Remittance),
        TransferId::parse(id).ok().map(Subject::Transfer),
    ];
    if let Some(subject) = ours.into_iter().flatten().next() {
        return Ok(subject);
    }
    let name = request_name(&caller.scope(), id);
    for cell in app.engine().all_cells() {
        let (answer, _) = app.read(cell, |view| view.answer(name))?;
        if let Some(Outcome::Accepted(subject)) = answer.map(|it| it.outcome) {
            return Ok(subject);
        }
        for desk in app.banks().all() {
            let Some(number) = BankNumber::new(id) else { continue };
            let reference = BankReference { bank: desk.name(), number };
            if let (Some(subject), _) = app.read(cell, |view| view.referenced(&reference))? {
                return Ok(subject);
            }
        }
    }
    Err(missing())
}

/// What happened, as programs are shown it and as pages are.
type Events = (Vec<Value>, Vec<(Time, EventKind)>);

/// Somebody who looks.
struct Look<'a> {
    app: &'a App,
    caller: &'a Caller,
    side: Option<Side>,
}

impl Look<'_> {
    /// Reads something with the account that it belongs to, if the caller may see that.
    fn owned<T>(
        &self,
        cell: CellId,
        read: impl Fn(&View<'_>) -> Result<Option<(T, AccountId)>, store::Miss>,
    ) -> Result<(T, Account, At), Problem> {
        let (found, at) = self.app.read(cell, |view| {
            let Some((it, account)) = read(view)? else { return Ok(None) };
            Ok(view.account(account)?.map(|account| (it, account)))
        })?;
        let seen = found.filter(|(_, account)| self.caller.sees(account.owner));
        let (it, account) = seen.ok_or_else(missing)?;
        Ok((it, account, at))
    }

    fn now(&self, cell: CellId, at: At) -> Time {
        self.app.engine().now(cell).unwrap_or(at.time)
    }

    fn card(&self, id: CardId) -> (String, Value) {
        let found = self.app.read(id.cell(), |view| view.card(id)).ok().and_then(|it| it.0);
        let last_four = found.map(|it| format!("{:04}", it.last_four)).unwrap_or_default();
        let value = json!({ "object": "card", "id": id.to_string(), "last_four": last_four });
        (last_four, value)
    }

    /// The events of several things, each the head of its timeline, in the order of their times.
    fn events(&self, heads: &[(CellId, Option<u64>)]) -> Result<Events, Problem> {
        let mut all: Vec<(CellId, u64, Happening)> = Vec::new();
        for (cell, last) in heads {
            let look = |view: &View<'_>| view.timeline(*last, EVENTS_MAX);
            let (timeline, _) = self.app.read(*cell, look)?;
            all.extend(timeline.into_iter().map(|(number, it)| (*cell, number, it)));
        }
        all.sort_by_key(|(cell, number, it)| (it.time, *cell, *number));
        all.dedup_by_key(|(cell, number, _)| (*cell, *number));
        let shown = all.iter().map(|(cell, number, it)| event(*cell, *number, it)).collect();
        Ok((shown, all.iter().map(|(_, _, it)| (it.time, it.kind)).collect()))
    }

    /// What the bank called the movement that it did at one of these positions.
    fn bank_reference(&self, cell: CellId, head: Option<u64>) -> Result<Option<String>, Problem> {
        let (timeline, _) = self.app.read(cell, |view| view.timeline(head, EVENTS_MAX))?;
        for (_, it) in timeline {
            let command = self.app.engine().request_at(cell, it.position)?.command;
            let said = if let Command::AdvanceTopUp(it) = command {
                it.reference
            } else if let Command::AdvanceWithdrawal(it) = command {
                it.reference
            } else {
                None
            };
            if let Some(reference) = said {
                return Ok(Some(reference.number.to_string()));
            }
        }
        Ok(None)
    }

    fn top_up(&self, id: TopUpId) -> Result<Found, Problem> {
        let read = |view: &View<'_>| Ok(view.top_up(id)?.map(|it| (it, it.account)));
        let (it, _, at) = self.owned(id.cell(), read)?;
        let dates = dates(self.app, Movement::TopUp(id), it.card, it.changed_at);
        let (card, from) = self.card(it.card);
        let to = it.order.map_or_else(
            || json!({ "object": "account", "id": it.account.to_string() }),
            |order| json!({ "object": "order", "id": order.to_string() }),
        );
        let mut related = Vec::new();
        let mut heads = vec![(id.cell(), it.last_event)];
        related.extend(it.order.map(|order| brief(Subject::Order(order))));
        if let Some(back) = it.withdrawal {
            related.push(brief(Subject::Withdrawal(back)));
            let (found, _) = self.app.read(back.cell(), |view| view.withdrawal(back))?;
            heads.extend(found.map(|it| (back.cell(), it.last_event)));
        }
        if let Some(late) = it.late {
            related.push(brief(Subject::Receipt(late)));
            let (found, _) = self.app.read(late.cell(), |view| view.receipt(late))?;
            heads.extend(found.map(|it| (late.cell(), it.last_event)));
        }
        let (events, happened) = self.events(&heads)?;
        Ok(Found {
            id: id.to_string(),
            kind: "top_up",
            stage: it.stage.code(),
            amount: it.taken.unwrap_or(it.amount),
            from,
            to,
            card,
            reference: Some(id.to_string()),
            bank_reference: self.bank_reference(id.cell(), it.last_event)?,
            whereabouts: whereabouts::top_up(&it, dates),
            related,
            events,
            happened,
            cell: id.cell(),
            at,
            now: self.now(id.cell(), at),
        })
    }

    fn withdrawal(&self, id: WithdrawalId) -> Result<Found, Problem> {
        let read = |view: &View<'_>| Ok(view.withdrawal(id)?.map(|it| (it, it.account)));
        let (it, _, at): (Withdrawal, _, _) = self.owned(id.cell(), read)?;
        let dates = dates(self.app, Movement::Withdrawal(id), it.card, it.changed_at);
        let (card, to) = self.card(it.card);
        let each = [
            it.top_up.map(Subject::TopUp),
            it.receipt.map(Subject::Receipt),
            it.late.map(Subject::Receipt),
        ];
        let (events, happened) = self.events(&[(id.cell(), it.last_event)])?;
        Ok(Found {
            id: id.to_string(),
            kind: "withdrawal",
            stage: it.stage.code(),
            amount: it.paid.unwrap_or(it.amount),
            from: json!({ "object": "account", "id": it.account.to_string() }),
            to,
            card,
            reference: Some(id.to_string()),
            bank_reference: self.bank_reference(id.cell(), it.last_event)?,
            whereabouts: whereabouts::withdrawal(&it, dates),
            related: each.into_iter().flatten().map(brief).collect(),
            events,
            happened,
            cell: id.cell(),
            at,
            now: self.now(id.cell(), at),
        })
    }

    fn order(&self, id: OrderId) -> Result<Found, Problem> {
        let (found, at) = self.app.read(id.cell(), |view| view.order(id))?;
        let may = |owner| self.caller.sees(Some(owner));
        // Before the payment an order knows no more than the account that is to pay.
        let payer = found.filter(|it| it.customer.is_none()).and_then(|it| {
            let look = |view: &View<'_>| view.account(it.buyer);
            self.app.read(it.buyer.cell(), look).ok()?.0?.owner
        });
        let it = found.filter(|it| may(it.merchant) || it.customer.or(payer).is_some_and(may));
        let it = it.ok_or_else(missing)?;
        let own = self.caller.user == Some(it.merchant);
        let side = self.side.unwrap_or(if own { Side::Seller } else { Side::Buyer });
        let payments = self.payments(it.buyer.cell(), id)?;
        let confirming = payments.iter().find(|it| it.stage.under_way());
        let dates = confirming.map_or(Dates { asked: None, statement: it.created_at }, |it| {
            dates(self.app, Movement::TopUp(it.id), it.card, it.changed_at)
        });
        let mut heads = vec![(id.cell(), it.last_event)];
        // What a buyer did at the bank is the buyer's matter; that something is under way is not.
        let shows_payments = !own && self.side != Some(Side::Seller);
        if shows_payments {
            heads.extend(payments.iter().map(|it| (it.id.cell(), it.last_event)));
        }
        let shown = payments.iter().filter(|_| shows_payments);
        let (events, happened) = self.events(&heads)?;
        Ok(Found {
            id: id.to_string(),
            kind: "order",
            stage: it.stage.code(),
            amount: it.price,
            from: json!({ "object": "account", "id": it.buyer.to_string() }),
            to: json!({ "object": "account", "id": it.seller.to_string() }),
            card: String::new(),
            reference: None,
            bank_reference: None,
            whereabouts: whereabouts::order(&it, confirming, dates, side),
            related: shown.map(|it| brief(Subject::TopUp(it.id))).collect(),
            events,
            happened,
            cell: id.cell(),
            at,
            now: self.now(id.cell(), at),
        })
    }

    /// The payments of an order from cards, in the cell of whom pays.
    fn payments(&self, cell: CellId, order: OrderId) -> Result<Vec<TopUp>, Problem> {
        let look = |view: &View<'_>| {
            let list = List::OrderTopUps(order);
            let ids = view.list(list, Direction::Backwards, None, RELATED_MAX)?;
            let mut found = Vec::new();
            for id in ids {
                found.extend(view.top_up(TopUpId::from_raw(id))?);
            }
            Ok(found)
        };
        Ok(self.app.read(cell, look)?.0)
    }

    fn hold(&self, id: HoldId) -> Result<Found, Problem> {
        let read = |view: &View<'_>| Ok(view.hold(id)?.map(|it| (it, it.account)));
        let (it, _, at) = self.owned(id.cell(), read)?;
        let (events, happened) = self.events(&[(id.cell(), it.last_event)])?;
        Ok(Found {
            id: id.to_string(),
            kind: "hold",
            stage: it.stage.code(),
            amount: it.amount,
            from: json!({ "object": "account", "id": it.account.to_string() }),
            to: Value::Null,
            card: String::new(),
            reference: None,
            bank_reference: None,
            whereabouts: whereabouts::hold(&it),
            related: Vec::new(),
            events,
            happened,
            cell: id.cell(),
            at,
            now: self.now(id.cell(), at),
        })
    }

    fn receipt(&self, id: ReceiptId) -> Result<Found, Problem> {
        self.caller.platform_only().map_err(|_| missing())?;
        let (found, at) = self.app.read(id.cell(), |view| view.receipt(id))?;
        let it = found.ok_or_else(missing)?;
        let dates = Dates { asked: None, statement: it.changed_at.after(super::DAY) };
        let each = [it.cause, it.taker];
        let (events, happened) = self.events(&[(id.cell(), it.last_event)])?;
        Ok(Found {
            id: id.to_string(),
            kind: "receipt",
            stage: it.stage.code(),
            amount: it.amount,
            from: json!({ "object": "bank" }),
            to: Value::Null,
            card: String::new(),
            reference: None,
            bank_reference: None,
            whereabouts: whereabouts::receipt(&it, dates),
            related: each.into_iter().flatten().map(brief).collect(),
            events,
            happened,
            cell: id.cell(),
            at,
            now: self.now(id.cell(), at),
        })
    }

    fn remittance(&self, id: RemittanceId) -> Result<Found, Problem> {
        let read = |view: &View<'_>| Ok(view.remittance(id)?.map(|it| (it, it.debit)));
        let (it, _, at) = self.owned(id.cell(), read)?;
        let (events, happened) = self.events(&[(id.cell(), it.last_event)])?;
        Ok(Found {
            id: id.to_string(),
            kind: "remittance",
            stage: it.stage.code(),
            amount: it.amount,
            from: json!({ "object": "account", "id": it.debit.to_string() }),
            to: json!({ "object": "account", "id": it.credit.to_string() }),
            card: String::new(),
            reference: None,
            bank_reference: None,
            whereabouts: whereabouts::remittance(&it),
            related: it.top_up.map(|it| brief(Subject::TopUp(it))).into_iter().collect(),
            events,
            happened,
            cell: id.cell(),
            at,
            now: self.now(id.cell(), at),
        })
    }

    fn transfer(&self, id: TransferId) -> Result<Found, Problem> {
        let cell = id.cell();
        let look = |view: &View<'_>| {
            let position = Position(id.number());
            let Some(answer) = view.answer_at(position)? else { return Ok(None) };
            if answer.outcome != Outcome::Accepted(Subject::Transfer(id)) {
                return Ok(None);
            }
            let Some(posting) = view.posting(answer.first_posting)? else { return Ok(None) };
            let mut owners = Vec::new();
            for account in [posting.debit, posting.credit] {
                owners.push(view.account(account)?.and_then(|it| it.owner));
            }
            Ok(Some((answer.time, posting, owners)))
        };
        let (found, at) = self.app.read(cell, look)?;
        let may = |owners: &[Option<UserId>]| owners.iter().any(|it| self.caller.sees(*it));
        let (time, it, _) = found.filter(|it| may(&it.2)).ok_or_else(missing)?;
        Ok(Found {
            id: id.to_string(),
            kind: "transfer",
            stage: "done",
            amount: Money::new(it.amount, it.currency),
            from: json!({ "object": "account", "id": it.debit.to_string() }),
            to: json!({ "object": "account", "id": it.credit.to_string() }),
            card: String::new(),
            reference: None,
            bank_reference: None,
            whereabouts: whereabouts::transfer(time),
            related: Vec::new(),
            events: Vec::new(),
            happened: Vec::new(),
            cell,
            at,
            now: self.now(cell, at),
        })
    }
}

/// Something that belongs to the same purpose.
fn brief(subject: Subject) -> Value {
    let (id, object) = named(subject);
    json!({ "id": id, "object": object })
}

fn event(cell: CellId, number: u64, it: &Happening) -> Value {
    let (subject, _) = named(it.subject);
    let [en, zh] = happened::words(it.kind);
    json!({
        "id": EventId::new(cell, number).to_string(), "kind": it.kind.code(),
        "subject": subject, "amount": it.amount, "time": rfc3339(it.time),
        "position": it.position.0, "en": en, "zh": zh,
    })
}
