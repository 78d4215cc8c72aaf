//! `/wallet`: what somebody has, in parts that add up on the page, and what moved last.

use super::activity::{self, Chip, Line};
use super::page::{Page, render};
use super::security::account::{Freeze, frozen, unfrozen};
use super::visit::{Shell, Visit};
use super::{money, movements, words};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use ledger::account::Account;
use ledger::bank::{TopUp, Withdrawal};
use ledger::currency::Currency;
use ledger::id::{AccountId, CardId, OrderId, TopUpId, UserId, WithdrawalId};
use ledger::order::Stage;
use store::index::Direction;
use store::{List, Miss, View};

/// Orders in escrow that are added up.
const ORDERS_MAX: usize = 1_000;
/// Postings on the page.
const ENTRIES_MAX: usize = 10;
/// Top-ups and withdrawals that are looked at: one that has not ended may be old.
const MOVEMENTS_MAX: usize = 1_000;
/// Accounts and cards that are looked at.
const FEW: usize = 20;

/// Every address here.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/wallet", get(show))
}

/// A top-up or a withdrawal that the bank has not ended.
struct UnderWay {
    href: String,
    text: String,
    chip: Chip,
}

#[derive(Template)]
#[template(path = "wallet/wallet.html")]
struct WalletPage {
    shell: Shell,
    t: words::Wallet,
    available: String,
    frozen: String,
    escrow: String,
    total: String,
    under_way: Vec<UnderWay>,
    has_card: bool,
    /// How the account is frozen, if it is.
    freeze: Option<Freeze>,
    unfrozen: Option<String>,
    f: words::SecurityAccount,
    a: words::Activity,
    entries: Vec<Line>,
}

/// `GET /wallet`
async fn show(State(app): State<App>, visit: Visit) -> Page {
    render(&page(&app, &visit)?)
}

/// Somebody's account in the platform's currency.
pub(super) fn account_of(app: &App, user: UserId) -> Result<Account, Problem> {
    let (found, _) = app.read(user.cell(), |view| {
        let ids = view.list(List::UserAccounts(user), Direction::Forwards, None, FEW)?;
        let accounts = ids.into_iter().map(|it| view.account(AccountId::from_raw(it)));
        accounts.collect::<Result<Vec<_>, _>>()
    })?;
    let mut accounts = found.into_iter().flatten();
    let account = accounts.find(|it| it.currency == Currency::CNY);
    account.ok_or_else(|| Problem::of(&codes::ACCOUNT_NOT_FOUND))
}

fn page(app: &App, visit: &Visit) -> Result<WalletPage, Problem> {
    let signed = visit.customer()?;
    let t = words::Wallet(visit.lang);
    let id = account_of(app, signed.user)?.id;
    // All of it at one position: the parts belong to the same moment.
    let ((account, escrow, under_way, cards), _) = app.read(id.cell(), |view| {
        let escrow = in_escrow(view, id)?;
        let under_way = (top_ups(view, id)?, withdrawals(view, id)?);
        let cards = view.list(List::UserCards(signed.user), Direction::Forwards, None, FEW)?;
        let cards = cards.into_iter().map(|it| view.card(CardId::from_raw(it)));
        let cards = cards.collect::<Result<Vec<_>, _>>()?;
        Ok((view.account(id)?, escrow, under_way, cards))
    })?;
    let account = account.ok_or_else(|| Problem::of(&codes::ACCOUNT_NOT_FOUND))?;
    let shown = |fen| money::minor(fen, Currency::CNY);
    let whole = account.available().saturating_add(account.held).saturating_add(escrow);
    let top_ups = under_way.0.iter().map(|it| UnderWay {
        href: format!("/top-ups/{}", it.id),
        text: t.under_way(money::amount(it.amount)),
        chip: movements::top_up_chip(visit.lang, it.stage),
    });
    let withdrawals = under_way.1.iter().map(|it| UnderWay {
        href: format!("/withdrawals/{}", it.id),
        text: t.leaving(money::amount(it.amount)),
        chip: movements::withdrawal_chip(visit.lang, it.stage),
    });
    let under_way: Vec<UnderWay> = top_ups.chain(withdrawals).collect();
    let shell = visit.shell(app, t.title());
    Ok(WalletPage {
        shell: if under_way.is_empty() { shell } else { shell.refreshing(10) },
        t,
        available: shown(account.available()),
        frozen: shown(account.held),
        escrow: shown(escrow),
        total: shown(whole),
        under_way,
        has_card: cards.iter().flatten().any(|it| it.removed_at.is_none()),
        freeze: frozen(app, visit, &account)?,
        unfrozen: unfrozen(app, visit, &account)?,
        f: words::SecurityAccount(visit.lang),
        a: words::Activity(visit.lang),
        entries: activity::latest(app, visit, id, ENTRIES_MAX)?,
    })
}

/// What somebody has paid and the platform still holds.
fn in_escrow(view: &View<'_>, id: AccountId) -> Result<u64, Miss> {
    let stages = [
        Stage::Paid,
        Stage::Shipped,
        Stage::PaidRefundAsked,
        Stage::ShippedRefundAsked,
        Stage::Disputed,
    ];
    let mut escrow = 0_u64;
    for stage in stages {
        let list = List::PartyOrders(id, Some(stage));
        for order in view.list(list, Direction::Forwards, None, ORDERS_MAX)? {
            let order = view.order(OrderId::from_raw(order))?;
            escrow = escrow.saturating_add(order.map_or(0, |it| it.in_escrow()));
        }
    }
    Ok(escrow)
}

/// The top-ups that have not ended: all that a bank has not answered for, and those among the last
/// whose money is on its way somewhere else.
fn top_ups(view: &View<'_>, id: AccountId) -> Result<Vec<TopUp>, Miss> {
    let mut ids = view.list(List::OpenTopUps(id), Direction::Backwards, None, MOVEMENTS_MAX)?;
    ids.extend(view.list(List::AccountTopUps(id), Direction::Backwards, None, MOVEMENTS_MAX)?);
    ids.sort_unstable();
    ids.dedup();
    let found = ids.into_iter().rev().map(|it| view.top_up(TopUpId::from_raw(it)));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().filter(|it| !it.stage.ended()).collect())
}

/// The withdrawals that are under way, of those that began last.
fn withdrawals(view: &View<'_>, id: AccountId) -> Result<Vec<Withdrawal>, Miss> {
    let list = List::AccountWithdrawals(id);
    let ids = view.list(list, Direction::Backwards, None, MOVEMENTS_MAX)?;
    let found = ids.into_iter().map(|it| view.withdrawal(WithdrawalId::from_raw(it)));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().filter(|it| !it.stage.ended()).collect())
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::web::lang::Lang;
    use ledger::posting::Reason;

    #[test]
    fn every_reason_has_words() {
        for lang in [Lang::Zh, Lang::En] {
            let t = words::Wallet(lang);
            for it in Reason::ALL {
                assert!(t.named(&format!("reason_{}", it.code())).is_some(), "{}", it.code());
            }
        }
    }
}
