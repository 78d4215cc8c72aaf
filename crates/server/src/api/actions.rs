//! What people do by hand, as JSON: read when it is proposed, shown in the same words afterwards.

use super::{announcements, platform};
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::rfc3339;
use crate::signer::hex;
use ledger::account::AccountKind;
use ledger::appeal::RefuseAppeal;
use ledger::assignment::AssignDifference;
use ledger::bank::{BankEvent, BankReference, TakeStatement};
use ledger::command::{
    AccountChange, Action, AdvanceClock, AdvanceTopUp, AdvanceWithdrawal, AwardOrder,
    EndAnnouncement, RecordReceipt, Redeliver, RefundOrder, Resolution, ResolveReceipt,
    SetAccountState, SetBalanceLimit,
};
use ledger::id::{
    AccountId, AnnouncementId, CardId, CellId, DeliveryId, EndpointId, EventId, OrderId, ReceiptId,
    TopUpId, UserId, WithdrawalId,
};
use ledger::money::{AMOUNT_MAX, Money};
use ledger::name::{BankName, BankNumber};
use ledger::person::{CloseSessions, Level, SetLevel};
use ledger::registry::DiscardDelivery;
use ledger::time::Seconds;
use serde_json::{Value, json};
use std::fmt::Display;

/// What may be proposed.
#[derive(Clone, Copy)]
enum Word {
    Resolve,
    TopUp,
    Withdrawal,
    Record,
    Award,
    Refund,
    AccountState,
    BalanceLimit,
    Limit,
    Announce,
    EndAnnouncement,
    Redeliver,
    Discard,
    Assign,
    RefuseAppeal,
    AdvanceClock,
    Level,
    CloseSessions,
}

/// The names of what may be proposed.
const WORDS: [(&str, Word); 18] = [
    ("resolve_receipt", Word::Resolve),
    ("settle_top_up", Word::TopUp),
    ("settle_withdrawal", Word::Withdrawal),
    ("record_receipt", Word::Record),
    ("award_order", Word::Award),
    ("refund_order", Word::Refund),
    ("set_account_state", Word::AccountState),
    ("set_balance_limit", Word::BalanceLimit),
    ("set_limit", Word::Limit),
    ("announce", Word::Announce),
    ("end_announcement", Word::EndAnnouncement),
    ("redeliver", Word::Redeliver),
    ("discard_delivery", Word::Discard),
    ("assign_difference", Word::Assign),
    ("refuse_appeal", Word::RefuseAppeal),
    ("advance_clock", Word::AdvanceClock),
    ("set_level", Word::Level),
    ("close_sessions", Word::CloseSessions),
];

/// The names of what may be proposed.
pub(crate) fn names() -> [&'static str; WORDS.len()] {
    WORDS.map(|it| it.0)
}

fn redeliver(body: &mut Body<'_>) -> Result<(CellId, Action), Problem> {
    let endpoint = body.id("endpoint", EndpointId::parse)?;
    let from = body.id("from", EventId::parse)?;
    let to = body.optional_id("to", EventId::parse)?.unwrap_or(from);
    Ok((endpoint.cell(), Action::Redeliver(Redeliver { endpoint, from, to })))
}

fn discard(body: &mut Body<'_>) -> Result<(CellId, Action), Problem> {
    let delivery = body.id("delivery", DeliveryId::parse)?;
    Ok((delivery.cell(), Action::DiscardDelivery(DiscardDelivery { delivery })))
}

fn assign(body: &mut Body<'_>) -> Result<AssignDifference, Problem> {
    let (bank, row) = (body.text("bank")?, body.text("row")?);
    let day = body.integer("day", 99_991_231)?;
    Ok(AssignDifference {
        bank: BankName::new(&bank).ok_or_else(|| no_name("bank"))?,
        day: u32::try_from(day).unwrap_or_default(),
        row: BankNumber::new(&row).ok_or_else(|| no_name("row"))?,
        to: body.optional_id("to", UserId::parse)?,
    })
}

fn refuse_appeal(body: &mut Body<'_>) -> Result<(CellId, Action), Problem> {
    let account = body.id("account", AccountId::parse)?;
    Ok((account.cell(), Action::RefuseAppeal(RefuseAppeal { account })))
}

fn record(body: &mut Body<'_>) -> Result<(CellId, Action), Problem> {
    let cell = cell(body)?;
    let bank = body.text("bank")?;
    let reference = reference(body, &bank)?;
    Ok((cell, Action::RecordReceipt(RecordReceipt { reference, amount: body.money()? })))
}

/// What is to be done, and the cell that does it.
pub(super) fn parse(body: &mut Body<'_>) -> Result<(CellId, Action), Problem> {
    Ok(match body.choice("action", &WORDS, None)? {
        Word::Resolve => {
            let receipt = body.id("receipt", ReceiptId::parse)?;
            let resolution = resolution(body)?;
            (receipt.cell(), Action::ResolveReceipt(ResolveReceipt { receipt, resolution }))
        }
        Word::TopUp => {
            let top_up = body.id("top_up", TopUpId::parse)?;
            let (event, reference, amount) = settlement(body)?;
            let advance = AdvanceTopUp { top_up, event, reference, amount };
            (top_up.cell(), Action::AdvanceTopUp(advance))
        }
        Word::Withdrawal => {
            let withdrawal = body.id("withdrawal", WithdrawalId::parse)?;
            let (event, reference, amount) = settlement(body)?;
            let advance = AdvanceWithdrawal { withdrawal, event, reference, amount };
            (withdrawal.cell(), Action::AdvanceWithdrawal(advance))
        }
        Word::Record => record(body)?,
        Word::Award => {
            let order = body.id("order", OrderId::parse)?;
            let to_buyer = body.integer("to_buyer", AMOUNT_MAX)?;
            (order.cell(), Action::AwardOrder(AwardOrder { order, to_buyer }))
        }
        Word::Refund => {
            let order = body.id("order", OrderId::parse)?;
            (order.cell(), Action::RefundOrder(RefundOrder { order, amount: body.money()? }))
        }
        Word::AccountState => {
            let account = body.id("account", AccountId::parse)?;
            let change = body.choice("change", &CHANGES, None)?;
            (account.cell(), Action::SetAccountState(SetAccountState { account, change }))
        }
        Word::BalanceLimit => {
            let kind = body.choice("kind", &AccountKind::ALL.map(|it| (it.code(), it)), None)?;
            let limit = body.integer("limit", u64::MAX)?;
            (cell(body)?, Action::SetBalanceLimit(SetBalanceLimit { kind, limit }))
        }
        Word::Limit => {
            let level = body.choice("level", &Level::ALL.map(|it| (it.code(), it)), None)?;
            let limit = platform::limit_of(body, level)?;
            (cell(body)?, Action::SetLimit(limit))
        }
        Word::Announce => (CellId::FIRST, Action::Announce(announcements::parse(body)?)),
        Word::EndAnnouncement => {
            let announcement = body.id("announcement", AnnouncementId::parse)?;
            (announcement.cell(), Action::EndAnnouncement(EndAnnouncement { announcement }))
        }
        Word::Redeliver => redeliver(body)?,
        Word::Assign => (CellId::FIRST, Action::AssignDifference(assign(body)?)),
        Word::Discard => discard(body)?,
        Word::RefuseAppeal => refuse_appeal(body)?,
        Word::AdvanceClock => {
            let seconds = body.integer("seconds", u64::from(u32::MAX))?;
            let by = Seconds(u32::try_from(seconds).unwrap_or(u32::MAX));
            (cell(body)?, Action::AdvanceClock(AdvanceClock { by }))
        }
        Word::Level => {
            let user = body.id("user", UserId::parse)?;
            let level = body.choice("level", &Level::ALL.map(|it| (it.code(), it)), None)?;
            (user.cell(), Action::SetLevel(SetLevel { user, level }))
        }
        Word::CloseSessions => {
            let user = body.id("user", UserId::parse)?;
            (user.cell(), Action::CloseSessions(CloseSessions { user, keep: None }))
        }
    })
}

/// What may become of an account.
const CHANGES: [(&str, AccountChange); 3] = [
    ("freeze", AccountChange::Freeze),
    ("unfreeze", AccountChange::Unfreeze),
    ("close", AccountChange::Close),
];

/// The cell that keeps or does what names none; the first if none is said.
fn cell(body: &mut Body<'_>) -> Result<CellId, Problem> {
    let number = body.optional_integer("cell", u64::from(u8::MAX))?.unwrap_or(0);
    Ok(CellId::new(u8::try_from(number).unwrap_or(0)))
}

fn resolution(body: &mut Body<'_>) -> Result<Resolution, Problem> {
    #[derive(Clone, Copy)]
    enum Word {
        Credit,
        Return,
        Match,
        WriteOff,
    }
    let words = [
        ("credit", Word::Credit),
        ("return", Word::Return),
        ("match", Word::Match),
        ("write_off", Word::WriteOff),
    ];
    Ok(match body.choice("resolution", &words, None)? {
        Word::Credit => Resolution::Credit { account: body.id("account", AccountId::parse)? },
        Word::Return => Resolution::Return {
            account: body.id("account", AccountId::parse)?,
            card: body.id("card", CardId::parse)?,
        },
        Word::Match => Resolution::Match { top_up: body.id("top_up", TopUpId::parse)? },
        Word::WriteOff => Resolution::WriteOff,
    })
}

/// What the bank did in the end, what it calls that, and how much it moved.
type Settlement = (BankEvent, Option<BankReference>, Option<Money>);

fn settlement(body: &mut Body<'_>) -> Result<Settlement, Problem> {
    let words = [BankEvent::Confirm, BankEvent::Reject, BankEvent::Return];
    let event = body.choice("event", &words.map(|it| (it.code(), it)), None)?;
    let bank = body.optional_text("bank")?;
    let reference = bank.map(|it| reference(body, &it)).transpose()?;
    Ok((event, reference, body.optional_money()?))
}

fn reference(body: &mut Body<'_>, bank: &str) -> Result<BankReference, Problem> {
    let number = body.text("bank_reference")?;
    let bank = BankName::new(bank).ok_or_else(|| no_name("bank"))?;
    let number = BankNumber::new(&number).ok_or_else(|| no_name("bank_reference"))?;
    Ok(BankReference { bank, number })
}

fn no_name(field: &str) -> Problem {
    let detail = format!("{field} has 1 to 35 visible characters of ASCII.");
    Problem::new(&codes::VALUE_UNKNOWN, detail).at(format!("/{field}"))
}

/// What is to be done, in the words in which it was proposed.
pub(crate) fn render(action: &Action) -> Value {
    match action {
        Action::ResolveReceipt(it) => render_resolution(it),
        Action::AdvanceTopUp(it) => {
            let value = json!({
                "action": "settle_top_up", "top_up": it.top_up.to_string(),
                "event": it.event.code(),
            });
            said(value, it.reference.as_ref(), it.amount)
        }
        Action::AdvanceWithdrawal(it) => {
            let value = json!({
                "action": "settle_withdrawal", "withdrawal": it.withdrawal.to_string(),
                "event": it.event.code(),
            });
            said(value, it.reference.as_ref(), it.amount)
        }
        Action::RecordReceipt(it) => {
            let value = json!({ "action": "record_receipt" });
            said(value, Some(&it.reference), Some(it.amount))
        }
        Action::AwardOrder(it) => json!({
            "action": "award_order", "order": it.order.to_string(), "to_buyer": it.to_buyer,
        }),
        Action::RefundOrder(it) => {
            let value = json!({ "action": "refund_order", "order": it.order.to_string() });
            said(value, None, Some(it.amount))
        }
        Action::SetAccountState(it) => {
            let change = CHANGES.iter().find(|(_, change)| *change == it.change);
            json!({
                "action": "set_account_state", "account": it.account.to_string(),
                "change": change.map(|it| it.0),
            })
        }
        Action::SetBalanceLimit(it) => json!({
            "action": "set_balance_limit", "kind": it.kind.code(), "limit": it.limit,
        }),
        Action::SetLimit(it) => {
            let mut value = platform::render_limit(it);
            value["action"] = json!("set_limit");
            value
        }
        Action::Announce(it) => {
            let mut value = announcements::render_words(it);
            value["action"] = json!("announce");
            value
        }
        Action::EndAnnouncement(it) => named("end_announcement", "announcement", it.announcement),
        Action::Redeliver(it) => json!({
            "action": "redeliver", "endpoint": it.endpoint.to_string(),
            "from": it.from.to_string(), "to": it.to.to_string(),
        }),
        Action::AssignDifference(it) => render_assignment(it),
        Action::DiscardDelivery(it) => named("discard_delivery", "delivery", it.delivery),
        Action::RefuseAppeal(it) => named("refuse_appeal", "account", it.account),
        Action::AdvanceClock(it) => json!({ "action": "advance_clock", "seconds": it.by.0 }),
        Action::SetLevel(it) => json!({
            "action": "set_level", "user": it.user.to_string(), "level": it.level.code(),
        }),
        Action::CloseSessions(it) => json!({
            "action": "close_sessions", "user": it.user.to_string(),
        }),
        // It is proposed where its file is uploaded.
        Action::TakeStatement(it) => render_statement(it),
    }
}

/// An action that has nothing but what it is done to.
fn named(action: &str, what: &str, id: impl Display) -> Value {
    json!({ "action": action, what: id.to_string() })
}

fn render_statement(it: &TakeStatement) -> Value {
    json!({
        "action": "take_statement", "bank": it.bank.as_str(),
        "day_ends_at": rfc3339(it.ends_at), "digest": hex(&it.digest),
    })
}

fn render_assignment(it: &AssignDifference) -> Value {
    json!({
        "action": "assign_difference", "bank": it.bank.as_str(), "day": it.day,
        "row": it.row.as_str(), "to": it.to.map(|it| it.to_string()),
    })
}

fn said(mut value: Value, reference: Option<&BankReference>, amount: Option<Money>) -> Value {
    if let Some(reference) = reference {
        value["bank"] = json!(reference.bank.as_str());
        value["bank_reference"] = json!(reference.number.as_str());
    }
    if let Some(amount) = amount {
        value["amount"] = json!(amount.minor());
        value["currency"] = json!(amount.currency().code());
    }
    value
}

fn render_resolution(it: &ResolveReceipt) -> Value {
    let (resolution, account, card, top_up) = match it.resolution {
        Resolution::Credit { account } => ("credit", Some(account), None, None),
        Resolution::Return { account, card } => ("return", Some(account), Some(card), None),
        Resolution::Match { top_up } => ("match", None, None, Some(top_up)),
        Resolution::WriteOff => ("write_off", None, None, None),
    };
    let mut value = json!({
        "action": "resolve_receipt", "receipt": it.receipt.to_string(), "resolution": resolution,
    });
    let more = [
        ("account", account.map(|it| it.to_string())),
        ("card", card.map(|it| it.to_string())),
        ("top_up", top_up.map(|it| it.to_string())),
    ];
    for (name, id) in more.into_iter().filter_map(|(name, id)| Some((name, id?))) {
        value[name] = json!(id);
    }
    value
}
