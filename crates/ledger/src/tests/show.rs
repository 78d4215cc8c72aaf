//! How a script sees what is in the books: one line for each thing, without what is nothing.

use super::world::START;
use crate::account::{Account, AccountState};
use crate::announcement::Announcement;
use crate::bank::{TopUp, Withdrawal};
use crate::currency::Currency;
use crate::hold::Hold;
use crate::money::Money;
use crate::order::Order;
use crate::person::{Person, Session};
use crate::proposal::Proposal;
use crate::registry::{Delivery, DeliveryStage};
use crate::remittance::Remittance;
use crate::time::Time;

/// `12.50, held 1.00, frozen, appealed`
pub(super) fn account(it: &Account) -> String {
    let balance = it.balance();
    let sign = if balance < 0 { "-" } else { "" };
    let size = u64::try_from(balance.unsigned_abs()).unwrap();
    let mut line = format!("{sign}{}", amount(size, it.currency));
    line = with(line, "held", it.held, it.currency);
    match it.state {
        AccountState::Open => {}
        AccountState::Frozen | AccountState::Closed => line = line + ", " + it.state.code(),
    }
    line + if it.appealed { ", appealed" } else { "" }
}

/// `shipped, due 3d, refunded 1.00, asked 2.00, fee 0.10`
pub(super) fn order(it: &Order) -> String {
    let mut line = it.stage.code().to_owned();
    line += &it.due.map(|due| format!(", due {}", time(due))).unwrap_or_default();
    line = with(line, "refunded", it.refunded, it.currency());
    line = with(line, "asked", it.asked, it.currency());
    line = with(line, "fee", it.fee, it.currency());
    line
}

/// `open, captured 1.00, due 3d`
pub(super) fn hold(it: &Hold) -> String {
    let mut line = it.stage.code().to_owned();
    line = with(line, "captured", it.captured, it.amount.currency());
    line + &it.due.map(|due| format!(", due {}", time(due))).unwrap_or_default()
}

/// `investigating, set aside 5.00`
pub(super) fn top_up(it: &TopUp) -> String {
    let mut line = it.stage.code().to_owned();
    if let Some(taken) = it.taken.filter(|_| it.set_aside) {
        line = with(line, "set aside", taken.minor(), taken.currency());
    }
    line
}

/// `sent`
pub(super) fn withdrawal(it: &Withdrawal) -> String {
    let paid = it.paid.filter(|paid| *paid != it.amount);
    let line = it.stage.code().to_owned();
    paid.map_or(line.clone(), |it| with(line, "paid", it.minor(), it.currency()))
}

/// `returned, account_closed`
pub(super) fn remittance(it: &Remittance) -> String {
    let refusal = it.refusal.map(|it| format!(", {}", it.code())).unwrap_or_default();
    it.stage.code().to_owned() + &refusal
}

/// `pending, attempts 1, next 5s`
pub(super) fn delivery(it: &Delivery) -> String {
    let line = format!("{}, attempts {}", it.stage.code(), it.attempts);
    match it.stage {
        DeliveryStage::Pending => format!("{line}, next {}", time(it.next_at)),
        DeliveryStage::Delivered | DeliveryStage::Failed | DeliveryStage::Discarded => line,
    }
}

/// The time since the script began: `1d2h3m4s` without what is nothing.
pub(super) fn time(it: Time) -> String {
    let mut left = (it.0 - START.0) / 1_000;
    let mut text = String::new();
    for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if left >= seconds {
            text = text + &(left / seconds).to_string() + unit;
            left %= seconds;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

fn with(line: String, what: &str, minor: u64, currency: Currency) -> String {
    if minor == 0 { line } else { line + &format!(", {what} {}", amount(minor, currency)) }
}

/// `5.00` in the default currency, `5 JPY` in another.
fn amount(minor: u64, currency: Currency) -> String {
    let text = Money::new(minor, currency).to_string();
    text.strip_suffix(" CNY").map(str::to_owned).unwrap_or(text)
}

/// `maintenance, from 3h, until 5h, ended 4h`
pub(super) fn announcement(it: &Announcement) -> String {
    let line = format!("{}, from {}", it.kind.code(), time(it.starts_at));
    let until = it.ends_at.map(|it| format!(", until {}", time(it))).unwrap_or_default();
    line + &until + &it.ended_at.map(|it| format!(", ended {}", time(it))).unwrap_or_default()
}

/// `open`, `failed: receipt_not_open`
pub(super) fn proposal(it: &Proposal) -> String {
    match it.failure {
        Some(failure) => format!("{}: {}", it.stage.code(), failure.code()),
        None => it.stage.code().to_owned(),
    }
}

/// `basic, duty finance, passkeys 2, locked until 15m, payments locked until 3h, erased`
pub(super) fn person(it: &Person) -> String {
    let mut line = it.level.code().to_owned();
    line += &it.duty.map(|it| format!(", duty {}", it.code())).unwrap_or_default();
    let passkeys: String =
        it.passkeys.map(|it| if it.is_some() { '#' } else { '.' }).iter().collect();
    if passkeys != "...." {
        line = line + ", passkeys " + &passkeys;
    }
    let until = it.sign_in_locked_until;
    line += &until.map(|it| format!(", locked until {}", time(it))).unwrap_or_default();
    let until = it.payment_locked_until;
    line += &until.map(|it| format!(", payments locked until {}", time(it))).unwrap_or_default();
    line += if it.level_asked.is_some() { ", asked" } else { "" };
    line + if it.erased_at.is_some() { ", erased" } else { "" }
}

/// `open until 1d`
pub(super) fn session(it: &Session) -> String {
    match (it.refused, it.ended_at) {
        (true, _) => format!("refused at {}", time(it.opened_at)),
        (false, Some(ended)) => format!("ended at {}", time(ended)),
        (false, None) => format!("open until {}", time(it.expires_at)),
    }
}
