//! `/ops/accounts/{id}`: an account with its history and what is under way; freezing it and
//! answering an appeal take one operator and a reason, which its owner reads.

use super::proposing::{Asking, ask};
use super::things::{self, Thing};
use crate::app::App;
use crate::freezes;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::form::Form;
use crate::web::page::{Page, again, render, see};
use crate::web::security::account::{Told, told};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use ledger::account::{Account, AccountState};
use ledger::appeal::RefuseAppeal;
use ledger::command::{AccountChange, Action, SetAccountState};
use ledger::event::Subject;
use ledger::id::{AccountId, HoldId, OrderId, TopUpId, UserId, WithdrawalId};
use ledger::posting::Posting;
use serde::Deserialize;
use store::List;
use store::index::Direction;

/// Postings on a page.
const PAGE: usize = 50;
/// The newest of what an account has to do with.
const NEWEST: usize = 10;

/// A posting, from the side of the account.
struct Entry {
    reason: &'static str,
    other: String,
    amount: String,
    income: bool,
    balance: String,
    at: String,
    subject: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "ops/account.html")]
struct AccountPage {
    shell: Shell,
    t: words::Ops,
    w: words::OpsAccounts,
    id: String,
    name: String,
    owner: Option<UserId>,
    kind: &'static str,
    state: &'static str,
    state_class: &'static str,
    balance: String,
    available: String,
    held: String,
    opened: Option<String>,
    entries: Vec<Entry>,
    older: Option<u64>,
    orders: Vec<Thing>,
    holds: Vec<Thing>,
    top_ups: Vec<Thing>,
    withdrawals: Vec<Thing>,
    change: Option<Asking>,
    frozen: bool,
    /// Whether an appeal of its owner waits for an answer.
    appealed: bool,
    a: words::OpsAppeals,
    /// Its freezes and appeals, the newest first.
    told: Vec<Told>,
    /// Whether it is empty, so that it can be closed.
    empty: bool,
}

fn find(app: &App, id: &str) -> Result<Account, Problem> {
    let missing = || Problem::of(&codes::ACCOUNT_NOT_FOUND);
    let id = AccountId::parse(id).map_err(|_| missing())?;
    things::row(app, id.cell(), |view| view.account(id))?.ok_or_else(missing)
}

impl AccountPage {
    fn new(
        app: &App,
        visit: &Visit,
        it: &Account,
        before: Option<u64>,
    ) -> Result<AccountPage, Problem> {
        visit.operator()?;
        let (id, cell) = (it.id, it.id.cell());
        let (mut postings, _) = app.read(cell, |view| view.postings_of(id, before, PAGE + 1))?;
        let more = postings.len() > PAGE;
        postings.truncate(PAGE);
        let newest = |list| {
            let ids = app.read(cell, |it| it.list(list, Direction::Backwards, None, NEWEST));
            ids.map(|it| it.0)
        };
        let lines = |ids: Vec<u64>, subject: fn(u64) -> Subject| {
            things::all(app, visit.lang, ids.into_iter().map(subject))
        };
        let named = words::OpsThings(visit.lang);
        let word = |code: &str| named.named(&format!("account_{code}")).unwrap_or_default();
        let change = SetAccountState { account: id, change: AccountChange::Freeze };
        let changes = it.owner.is_some() && it.state != AccountState::Closed;
        let name = things::account_name(app, visit.lang, id);
        let owner = words::SecurityAccount(visit.lang);
        Ok(AccountPage {
            shell: visit.shell(app, format!("{name} · {id}")),
            t: words::Ops(visit.lang),
            w: words::OpsAccounts(visit.lang),
            id: id.to_string(),
            name,
            owner: it.owner,
            kind: word(it.kind.code()),
            state: word(it.state.code()),
            state_class: state_class(it.state),
            balance: things::balance(it),
            available: money::minor(it.available(), it.currency),
            held: money::minor(it.held, it.currency),
            opened: (it.opened_at.0 > 0).then(|| dates::second(it.opened_at)),
            older: postings.last().filter(|_| more).map(|(number, _)| *number),
            entries: postings.iter().map(|(_, posting)| entry(app, visit, it, posting)).collect(),
            orders: lines(newest(List::PartyOrders(id, None))?, |it| {
                Subject::Order(OrderId::from_raw(it))
            })?,
            holds: lines(newest(List::AccountHolds(id))?, |it| {
                Subject::Hold(HoldId::from_raw(it))
            })?,
            top_ups: lines(newest(List::AccountTopUps(id))?, |it| {
                Subject::TopUp(TopUpId::from_raw(it))
            })?,
            withdrawals: lines(newest(List::AccountWithdrawals(id))?, |it| {
                Subject::Withdrawal(WithdrawalId::from_raw(it))
            })?,
            change: changes
                .then(|| Asking::new(app, visit, cell, &Action::SetAccountState(change)))
                .transpose()?,
            frozen: it.state == AccountState::Frozen,
            appealed: it.appealed,
            a: words::OpsAppeals(visit.lang),
            told: told(visit, freezes::steps(app, it)?, owner.owner()),
            empty: it.balance() == 0 && it.held == 0,
        })
    }
}

const fn state_class(state: AccountState) -> &'static str {
    match state {
        AccountState::Open => "ok",
        AccountState::Frozen => "warn",
        AccountState::Closed => "",
    }
}

fn entry(app: &App, visit: &Visit, account: &Account, it: &Posting) -> Entry {
    let reasons = words::Wallet(visit.lang);
    let income = it.credit == account.id;
    let (other, after) =
        if income { (it.debit, it.credit_balance) } else { (it.credit, it.debit_balance) };
    let size = after.unsigned_abs();
    Entry {
        reason: reasons.named(&format!("reason_{}", it.reason.code())).unwrap_or_default(),
        other: things::account_name(app, visit.lang, other),
        amount: if income {
            money::income(it.amount, it.currency)
        } else {
            money::expense(it.amount, it.currency)
        },
        income,
        balance: if after < 0 {
            money::expense(size, it.currency)
        } else {
            money::minor(size, it.currency)
        },
        at: dates::second(it.time),
        subject: things::page_of(it.subject)
            .map(|page| (page, crate::http::receipt::named(it.subject).0)),
    }
}

/// Before which posting to begin.
#[derive(Debug, Deserialize)]
pub(super) struct Before {
    before: Option<u64>,
}

/// `GET /ops/accounts/{id}`
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(it): Query<Before>,
) -> Page {
    visit.operator()?;
    let account = find(&app, &id)?;
    // A number that is no posting of this account leads nowhere.
    let look = |view: &store::View<'_>| match it.before {
        Some(number) => view.posting(number),
        None => Ok(None),
    };
    let known = app.read(account.id.cell(), look)?.0;
    let own = known.is_some_and(|it| it.debit == account.id || it.credit == account.id);
    render(&AccountPage::new(&app, &visit, &account, it.before.filter(|_| own))?)
}

/// `POST /ops/accounts/{id}/{change}`: one operator does it, with a reason.
pub(super) async fn change(
    State(app): State<App>,
    visit: Visit,
    Path((id, change)): Path<(String, String)>,
    form: Form,
) -> Page {
    visit.operator()?;
    let account = find(&app, &id)?;
    let id = account.id;
    let set = |change| Action::SetAccountState(SetAccountState { account: id, change });
    let action = match change.as_str() {
        "freeze" => set(AccountChange::Freeze),
        "unfreeze" => set(AccountChange::Unfreeze),
        "close" => set(AccountChange::Close),
        "refuse-appeal" => Action::RefuseAppeal(RefuseAppeal { account: id }),
        _ => return Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    };
    match ask(&app, &visit, &form, Ok((account.id.cell(), action))).await? {
        Ok(_) => see(&format!("/ops/accounts/{}", account.id)),
        Err(fault) => {
            let mut page = AccountPage::new(&app, &visit, &account, None)?;
            page.change = page.change.map(|it| it.wrong(&form, fault));
            again(&page)
        }
    }
}
