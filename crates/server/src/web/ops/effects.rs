//! What an action does to the money, or to whoever it is about, in a sentence.

use super::things;
use crate::app::App;
use crate::http::problem::Problem;
use crate::reconciliation::{kept, of_day};
use crate::web::lang::Lang;
use crate::web::{dates, money, words};
use ledger::announcement::Announce;
use ledger::assignment::AssignDifference;
use ledger::bank::BankEvent;
use ledger::command::{
    AccountChange, Action, AdvanceTopUp, AdvanceWithdrawal, AwardOrder, Resolution, ResolveReceipt,
    TakeStatement,
};
use ledger::currency::Currency;
use ledger::limits::{Limit, SetLimit};
use ledger::money::Money;

/// What approving an action would do, or has done.
pub(super) fn effect(app: &App, lang: Lang, action: &Action) -> Result<String, Problem> {
    let t = words::OpsEffects(lang);
    Ok(match action {
        Action::ResolveReceipt(it) => resolve(app, t, it)?,
        Action::AdvanceTopUp(it) => top_up(app, t, it)?,
        Action::AdvanceWithdrawal(it) => withdrawal(app, t, it)?,
        Action::RecordReceipt(it) => t.record(money::amount(it.amount)),
        Action::AwardOrder(it) => award(app, t, *it)?,
        Action::RefundOrder(it) => {
            let found = things::row(app, it.order.cell(), |view| view.order(it.order))?;
            let amount = money::amount(it.amount);
            if found.is_some_and(|it| it.stage.held()) {
                t.refund_held(amount)
            } else {
                t.refund(amount)
            }
        }
        Action::SetAccountState(it) => match it.change {
            AccountChange::Freeze => t.freeze().to_owned(),
            AccountChange::Unfreeze => t.unfreeze().to_owned(),
            AccountChange::Close => t.close().to_owned(),
        },
        Action::SetBalanceLimit(it) => {
            let kind = words::OpsThings(lang).named(&format!("account_{}", it.kind.code()));
            t.balance_limit(kind.unwrap_or_default(), most(t, it.limit))
        }
        Action::SetLimit(it) => limit(lang, it),
        Action::Announce(it) => announce(t, lang, it),
        Action::EndAnnouncement(_) => t.end_announcement().to_owned(),
        Action::Redeliver(_) => t.redeliver().to_owned(),
        Action::AssignDifference(it) => assign(app, t, it),
        Action::RefuseAppeal(_) => t.refuse_appeal().to_owned(),
        Action::DiscardDelivery(_) => t.discard_delivery().to_owned(),
        Action::AdvanceClock(it) => t.advance_clock(it.by.0),
        Action::SetLevel(it) => {
            let level = words::OpsLimits(lang).named(it.level.code()).unwrap_or_default();
            t.set_level(things::name_of(app, it.user), level)
        }
        Action::CloseSessions(it) => t.close_sessions(things::name_of(app, it.user)),
        Action::TakeStatement(it) => statement(app, t, it),
    })
}

fn assign(app: &App, t: words::OpsEffects, it: &AssignDifference) -> String {
    let day = it.day.to_string();
    match it.to {
        Some(to) => t.assign(it.bank, day, it.row, things::name_of(app, to)),
        None => t.assign_nobody(it.bank, day, it.row),
    }
}

/// Minor units of the platform's currency.
fn yuan(minor: u64) -> String {
    money::minor(minor, Currency::CNY)
}

/// A limit; 0 is none.
fn most(t: words::OpsEffects, minor: u64) -> String {
    if minor == 0 { t.unlimited().to_owned() } else { yuan(minor) }
}

fn award(app: &App, t: words::OpsEffects, it: AwardOrder) -> Result<String, Problem> {
    let found = things::row(app, it.order.cell(), |view| view.order(it.order))?;
    let currency = found.map_or(Currency::CNY, |it| it.currency());
    let shown = |minor| money::minor(minor, currency);
    let to_buyer = shown(it.to_buyer);
    // What is left for the seller is known only as long as the platform holds the money.
    let Some(order) = found.filter(|it| it.stage.held()) else { return Ok(t.awarded(to_buyer)) };
    let rest = order.in_escrow().saturating_sub(it.to_buyer);
    let (fee, net) = Money::new(rest, currency).split(order.terms.fee);
    Ok(t.award(shown(order.in_escrow()), to_buyer, shown(net.minor()), shown(fee.minor())))
}

fn resolve(app: &App, t: words::OpsEffects, it: &ResolveReceipt) -> Result<String, Problem> {
    let found = things::row(app, it.receipt.cell(), |view| view.receipt(it.receipt))?;
    let amount = found.map(|it| money::amount(it.amount)).unwrap_or_default();
    let owner = |account: ledger::id::AccountId| {
        let row = things::row(app, account.cell(), |view| view.account(account))?;
        let owner = row.and_then(|it| it.owner);
        Ok::<_, Problem>(owner.map_or_else(|| account.to_string(), |it| things::name_of(app, it)))
    };
    Ok(match it.resolution {
        Resolution::Credit { account } => t.credit(amount, owner(account)?),
        Resolution::Return { account, card } => {
            let card = things::row(app, card.cell(), |view| view.card(card))?;
            let ending = card.map(|it| format!("{:04}", it.last_four)).unwrap_or_default();
            t.give_back(amount, owner(account)?, ending)
        }
        Resolution::Match { top_up } => t.match_top_up(amount, top_up),
        Resolution::WriteOff if found.is_some_and(|it| it.outgoing) => t.write_off_loss(amount),
        Resolution::WriteOff => t.write_off_gain(amount),
    })
}

fn top_up(app: &App, t: words::OpsEffects, it: &AdvanceTopUp) -> Result<String, Problem> {
    let found = things::row(app, it.top_up.cell(), |view| view.top_up(it.top_up))?;
    let amount = it.amount.or(found.map(|it| it.taken.unwrap_or(it.amount)));
    let amount = amount.map(money::amount).unwrap_or_default();
    Ok(match it.event {
        BankEvent::Confirm => t.top_up_confirm(amount),
        BankEvent::Reject => t.top_up_reject().to_owned(),
        BankEvent::Return => t.top_up_return(amount),
        BankEvent::Send | BankEvent::Silence | BankEvent::Investigate => String::new(),
    })
}

fn withdrawal(app: &App, t: words::OpsEffects, it: &AdvanceWithdrawal) -> Result<String, Problem> {
    let found = things::row(app, it.withdrawal.cell(), |view| view.withdrawal(it.withdrawal))?;
    let amount = it.amount.or(found.map(|it| it.paid.unwrap_or(it.amount)));
    let amount = amount.map(money::amount).unwrap_or_default();
    Ok(match it.event {
        BankEvent::Confirm => t.withdrawal_confirm(amount),
        BankEvent::Reject | BankEvent::Return => t.withdrawal_back(amount),
        BankEvent::Send | BankEvent::Silence | BankEvent::Investigate => String::new(),
    })
}

fn statement(app: &App, t: words::OpsEffects, it: &TakeStatement) -> String {
    let day = of_day(app, it).map(|it| it.1.to_string()).unwrap_or_default();
    match kept(app, it) {
        Ok(Some(file)) => t.statement(it.bank, day, file.told),
        // It counts by now, or was refused; how much it told is in the report of the day.
        Ok(None) | Err(_) => t.statement_of(it.bank, day),
    }
}

fn limit(lang: Lang, it: &SetLimit) -> String {
    let (t, w) = (words::OpsEffects(lang), words::OpsLimits(lang));
    let level = w.named(it.level.code()).unwrap_or_default();
    let flow = w.named(it.flow.code()).unwrap_or_default();
    let Limit { single_max, day_max, day_count, month_max } = it.limit;
    let count = if day_count == 0 { t.unlimited().to_owned() } else { day_count.to_string() };
    let [single, day, month] = [single_max, day_max, month_max].map(|it| most(t, it));
    t.limit(level, flow, single, day, count, month)
}

fn announce(t: words::OpsEffects, lang: Lang, it: &Announce) -> String {
    let title = match lang {
        Lang::Zh => &it.title.zh,
        Lang::En => &it.title.en,
    };
    match it.starts_at {
        Some(from) => t.announce_from(title.as_str(), dates::minute(lang, from)),
        None => t.announce(title.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::limits::Flow;
    use ledger::person::Level;

    #[test]
    fn a_limit_of_nothing_is_said_to_be_none() {
        let limit = Limit { single_max: 100_000, day_max: 0, day_count: 5, month_max: 1_000_000 };
        let said =
            super::limit(Lang::En, &SetLimit { level: Level::Basic, flow: Flow::Pay, limit });
        assert!(said.contains("¥1,000.00") && said.contains("no limit"), "{said}");
        assert!(said.contains("¥10,000.00") && said.contains('5'), "{said}");
    }

    #[test]
    fn every_level_and_flow_has_words() {
        for lang in [Lang::Zh, Lang::En] {
            let t = words::OpsLimits(lang);
            let codes = Level::ALL.map(Level::code).into_iter().chain(Flow::ALL.map(Flow::code));
            codes.for_each(|it| assert!(t.named(it).is_some(), "{it}"));
        }
    }
}
