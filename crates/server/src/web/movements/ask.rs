//! `/wallet/top-up` and `/wallet/withdraw`: how much and with which card, a page to check it on,
//! and the deed.

use super::left::{Left, left};
use super::{Way, arrival, card_name};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::door::inside;
use crate::web::form::{self, Form};
use crate::web::mistake::{at_fault, said};
use crate::web::page::{Page, again, render, see};
use crate::web::security::account::{Freeze, frozen};
use crate::web::visit::{Shell, Visit};
use crate::web::wallet::account_of;
use crate::web::{dates, money, words};
use askama::Template;
use ledger::account::Account;
use ledger::command::{Command, StartTopUp, StartWithdrawal};
use ledger::event::Subject;
use ledger::id::CardId;
use ledger::money::Money;
use ledger::registry::Card;
use serde::Deserialize;
use store::index::Direction;
use store::{List, View};

/// Cards that are offered.
const CARDS_MAX: usize = 20;

/// What was typed, on its way from page to page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    amount: String,
    card: String,
    /// Where somebody wants to go on afterwards.
    next: String,
}

impl Typed {
    fn of(form: &Form) -> Typed {
        let text = |name| form.text(name).to_owned();
        Typed { amount: text("amount"), card: text("card"), next: text("next") }
    }

    /// Where to go on, inside this site; nowhere unless somebody came from there.
    fn next(&self) -> String {
        if self.next.is_empty() { String::new() } else { inside(&self.next) }
    }
}

struct Choice {
    value: String,
    name: String,
    chosen: bool,
}

/// What has to be mended: at which field, and how it is said.
struct Fault {
    field: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "movements/ask.html")]
struct AskPage {
    shell: Shell,
    t: words::Movements,
    way: Way,
    title: &'static str,
    available: String,
    /// All of it, for a button that fills the field.
    all: String,
    cards: Vec<Choice>,
    amount: String,
    next: String,
    limits: Vec<(&'static str, String)>,
    arrival: String,
    /// How the account is frozen, if it is.
    freeze: Option<Freeze>,
    f: words::SecurityAccount,
    fault: Option<Fault>,
}

impl AskPage {
    /// Whether a field has to be mended.
    fn wrong(&self, field: &str) -> bool {
        self.fault.as_ref().is_some_and(|it| it.field == field)
    }
}

/// `GET /wallet/top-up`, `GET /wallet/withdraw`
pub(super) fn show(app: &App, visit: &Visit, way: Way, typed: &Typed) -> Page {
    render(&page(app, visit, way, typed, None)?)
}

fn page(
    app: &App,
    visit: &Visit,
    way: Way,
    typed: &Typed,
    fault: Option<Fault>,
) -> Result<AskPage, Problem> {
    let t = words::Movements(visit.lang);
    let account = account_of(app, way.mover(visit)?.user)?;
    let cards = cards(app, visit, way)?;
    let chosen = cards.iter().position(|it| it.id.to_string() == typed.card).unwrap_or(0);
    let now = app.engine().now(account.id.cell())?;
    let by = cards.get(chosen).map(|it| arrival(app, it.id, now));
    let by = by.map(|it| dates::minute(visit.lang, it)).unwrap_or_default();
    let choice = |(place, it): (usize, &Card)| Choice {
        value: it.id.to_string(),
        name: t.card(format!("{:04}", it.last_four)),
        chosen: place == chosen,
    };
    let title = way.title(t);
    Ok(AskPage {
        shell: visit.shell(app, title),
        title,
        available: money::minor(account.available(), account.currency),
        all: money::plain(account.available(), account.currency),
        cards: cards.iter().enumerate().map(choice).collect(),
        amount: typed.amount.clone(),
        next: typed.next(),
        limits: limits(t, &account, left(app, &account, way.flow())?),
        arrival: match way {
            Way::TopUp => t.arrives_top_up(by),
            Way::Withdraw => t.arrives_withdrawal(by),
        },
        freeze: frozen(app, visit, &account)?,
        f: words::SecurityAccount(visit.lang),
        t,
        way,
        fault,
    })
}

/// What is left today, in words.
fn limits(t: words::Movements, account: &Account, left: Left) -> Vec<(&'static str, String)> {
    let shown = |it: u64| money::minor(it, account.currency);
    let lines = [
        (t.limit_single(), left.single.map(shown)),
        (t.limit_today(), left.today.map(shown)),
        (t.limit_times(), left.times.map(|it| t.times(it))),
        (t.limit_month(), left.month.map(shown)),
    ];
    lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The cards of whoever asks, but for those that were removed.
fn cards(app: &App, visit: &Visit, way: Way) -> Result<Vec<Card>, Problem> {
    let user = way.mover(visit)?.user;
    let look = |view: &View<'_>| {
        let ids = view.list(List::UserCards(user), Direction::Forwards, None, CARDS_MAX)?;
        let cards = ids.into_iter().map(|it| view.card(CardId::from_raw(it)));
        cards.collect::<Result<Vec<_>, _>>()
    };
    let cards = app.read(user.cell(), look)?.0;
    Ok(cards.into_iter().flatten().filter(|it| it.removed_at.is_none()).collect())
}

#[derive(Template)]
#[template(path = "movements/review.html")]
struct ReviewPage {
    shell: Shell,
    t: words::Movements,
    p: words::Pay,
    way: Way,
    title: &'static str,
    key: String,
    typed: Typed,
    next: String,
    amount: String,
    card: String,
    /// What the balance becomes.
    after: String,
    arrival: String,
    /// What the button says.
    act: String,
    password_set: bool,
    attempts: String,
    locked: Option<String>,
    alert: Option<[&'static str; 2]>,
}

impl ReviewPage {
    /// What was typed, as part of the address of the page where it is changed.
    fn back(&self) -> String {
        let fields =
            [("card", &self.typed.card), ("amount", &self.typed.amount), ("next", &self.next)];
        let pair = |(name, value): (&str, &String)| format!("{name}={}", form::escaped(value));
        fields.into_iter().filter(|it| !it.1.is_empty()).map(pair).collect::<Vec<_>>().join("&")
    }
}

/// What was typed, as far as it can be read: the amount, and one of one's own cards.
fn read(app: &App, visit: &Visit, way: Way, typed: &Typed) -> Result<(Money, Card), Unread> {
    let t = words::Movements(visit.lang);
    let account = account_of(app, way.mover(visit)?.user)?;
    let card = cards(app, visit, way)?.into_iter().find(|it| it.id.to_string() == typed.card);
    let at = |field, text: &str| Unread::Typed(Fault { field, text: text.to_owned() });
    let card = card.ok_or_else(|| at("card", t.card_unread()))?;
    let amount = money::parse(&typed.amount, account.currency).filter(|it| it.minor() > 0);
    let amount = amount.ok_or_else(|| at("amount", t.amount_unread()))?;
    Ok((amount, card))
}

/// Why there is nothing to check yet.
enum Unread {
    Typed(Fault),
    Problem(Problem),
}

impl From<Problem> for Unread {
    fn from(problem: Problem) -> Unread {
        Unread::Problem(problem)
    }
}

/// What the books would say to it, said before the password is asked for. They decide again.
fn too_much(
    t: words::Movements,
    way: Way,
    account: &Account,
    left: Left,
    amount: Money,
) -> Option<Fault> {
    let shown = |it: u64| money::minor(it, account.currency);
    let at = |text: String| Some(Fault { field: "amount", text });
    let (asked, available) = (amount.minor(), account.available());
    if way == Way::Withdraw && asked > available {
        return at(t.above_balance(shown(available)));
    }
    match left.most() {
        Some(0) => at(t.nothing_left().to_owned()),
        Some(most) if asked > most => at(t.above_limit(shown(most))),
        Some(_) | None => None,
    }
}

/// `GET /wallet/top-up/review`, `GET /wallet/withdraw/review`
pub(super) fn review(app: &App, visit: &Visit, way: Way, typed: &Typed) -> Page {
    let t = words::Movements(visit.lang);
    let (amount, card) = match read(app, visit, way, typed) {
        Ok(read) => read,
        Err(Unread::Problem(problem)) => return Err(problem),
        Err(Unread::Typed(fault)) => return again(&page(app, visit, way, typed, Some(fault))?),
    };
    let account = account_of(app, way.mover(visit)?.user)?;
    let left = left(app, &account, way.flow())?;
    if let Some(fault) = too_much(t, way, &account, left, amount) {
        return again(&page(app, visit, way, typed, Some(fault))?);
    }
    render(&check(app, visit, way, typed, (amount, card), form::new_key()?, None)?)
}

fn check(
    app: &App,
    visit: &Visit,
    way: Way,
    typed: &Typed,
    (amount, card): (Money, Card),
    key: String,
    alert: Option<[&'static str; 2]>,
) -> Result<ReviewPage, Problem> {
    let (t, p) = (words::Movements(visit.lang), words::Pay(visit.lang));
    let signed = way.mover(visit)?;
    let account = account_of(app, signed.user)?;
    let password = app.people().payment_state(signed.user)?;
    let now = app.engine().now(account.id.cell())?;
    let by = dates::minute(visit.lang, arrival(app, card.id, now));
    let balance = u64::try_from(account.balance()).unwrap_or(0);
    let (after, arrival, act) = match way {
        Way::TopUp => (
            balance.saturating_add(amount.minor()),
            t.arrives_top_up(by),
            t.do_top_up(money::amount(amount)),
        ),
        Way::Withdraw => (
            balance.saturating_sub(amount.minor()),
            t.arrives_withdrawal(by),
            t.do_withdraw(money::amount(amount)),
        ),
    };
    Ok(ReviewPage {
        shell: visit.shell(app, t.check()),
        title: way.title(t),
        key,
        typed: typed.clone(),
        next: typed.next(),
        amount: money::amount(amount),
        card: card_name(app, visit.lang, card.id)?,
        after: money::minor(after, account.currency),
        arrival,
        act,
        password_set: password.set,
        attempts: p.attempts(password.attempts_left),
        locked: password.locked_until.map(|it| t.locked(dates::minute(visit.lang, it))),
        t,
        p,
        way,
        alert,
    })
}

/// `POST /wallet/top-up`, `POST /wallet/withdraw`
pub(super) async fn act(app: &App, visit: &Visit, way: Way, form: &Form) -> Page {
    let typed = Typed::of(form);
    let read = match read(app, visit, way, &typed) {
        Ok(read) => read,
        Err(Unread::Problem(problem)) => return Err(problem),
        Err(Unread::Typed(fault)) => return again(&page(app, visit, way, &typed, Some(fault))?),
    };
    match ask(app, visit, way, form, &read).await {
        Ok(place) if typed.next.is_empty() => see(&place),
        Ok(place) => see(&format!("{place}?next={}", form::escaped(&typed.next()))),
        Err(problem) if form::undecided(&problem) => {
            let key = form.key_after(&problem)?;
            let said = said(visit.lang, problem.code);
            again(&check(app, visit, way, &typed, read, key, Some(said))?)
        }
        Err(problem) => {
            let fault = Fault { field: "amount", text: at_fault(visit, &problem)? };
            again(&page(app, visit, way, &typed, Some(fault))?)
        }
    }
}

/// Asks for it, and gives the page that says what becomes of it.
async fn ask(
    app: &App,
    visit: &Visit,
    way: Way,
    form: &Form,
    (amount, card): &(Money, Card),
) -> Result<String, Problem> {
    let signed = way.mover(visit)?;
    let account = account_of(app, signed.user)?.id;
    let name = form.name(&signed.scope())?;
    let (amount, card) = (*amount, card.id);
    app.people().check_payment(signed, form.raw("payment_password")).await?;
    let command = match way {
        Way::TopUp => {
            app.bank_must_answer(account.cell(), name, card)?;
            let order = None;
            Command::TopUp(StartTopUp { account, card, amount, order, deliberate: false })
        }
        Way::Withdraw => {
            app.bank_of(card)?;
            Command::Withdraw(StartWithdrawal { account, card, amount })
        }
    };
    let accepted = app.submit(signed, name, account.cell(), command).await?;
    #[expect(clippy::wildcard_enum_match_arm, reason = "these commands have no other subjects")]
    match accepted.subject {
        Subject::TopUp(id) => Ok(format!("/top-ups/{id}")),
        Subject::Withdrawal(id) => Ok(format!("/withdrawals/{id}")),
        _ => Err(Problem::of(&codes::INTERNAL_ERROR)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use ledger::account::System;
    use ledger::currency::Currency;
    use ledger::id::CellId;

    #[test]
    fn what_is_too_much_is_said_before_the_password_is_asked_for() {
        let id = System::Capital.id(CellId::FIRST, Currency::CNY);
        let account = Account { credits: 1_000, ..Account::system(id).unwrap() };
        let t = words::Movements(Lang::En);
        let said = |way, left, amount| {
            too_much(t, way, &account, left, Money::new(amount, Currency::CNY)).map(|it| it.text)
        };
        let free = Left::default();
        assert_eq!(said(Way::Withdraw, free, 1_000), None);
        assert!(said(Way::Withdraw, free, 1_001).unwrap().contains("¥10.00"));
        assert_eq!(said(Way::TopUp, free, 1_001), None, "a card may have more");
        let tight = Left { today: Some(500), ..free };
        assert!(said(Way::TopUp, tight, 501).unwrap().contains("¥5.00"));
        assert_eq!(said(Way::TopUp, tight, 500), None);
        let often = Left { times: Some(0), ..free };
        assert_eq!(said(Way::Withdraw, often, 1), Some(t.nothing_left().to_owned()));
    }
}
