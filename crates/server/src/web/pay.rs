//! `/pay/{order}`: the cashier, and the page that says what came of it, for as long as the order
//! is there.

use super::form::{self, Form};
use super::mistake::said;
use super::orders;
use super::page::{Page, render, see};
use super::security::account::{Freeze, frozen};
use super::visit::{Shell, Visit};
use super::{dates, money, words};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::trace::Side;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use http::StatusCode;
use ledger::account::{Account, AccountState};
use ledger::bank::{TopUp, TopUpStage};
use ledger::command::{Command, PayOrder, StartTopUp};
use ledger::id::{CardId, TopUpId};
use ledger::order::{Mode, Order, Stage};
use ledger::registry::Card;
use store::index::Direction;
use store::{List, View};

/// Cards that are offered, and payments of an order that are looked at.
const CARDS_MAX: usize = 20;
const PAYMENTS_MAX: usize = 50;
/// What may be mended at the cashier. Everything else is a page of its own.
const MENDABLE: [&str; 11] = [
    "payment_password_wrong",
    "payment_password_missing",
    "payment_locked",
    "too_many_requests",
    "insufficient_funds",
    "account_frozen",
    "limit_exceeded",
    "balance_limit_exceeded",
    "card_not_found",
    "bank_paused",
    "no_bank",
];

/// Every address of the cashier.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/pay/{order}", get(show).post(pay))
        .route("/pay/{order}/result", get(result))
}

/// The payments of an order from cards, the newest first.
pub(crate) fn payments(app: &App, order: &Order) -> Result<Vec<TopUp>, Problem> {
    let look = |view: &View<'_>| {
        let list = List::OrderTopUps(order.id);
        let ids = view.list(list, Direction::Backwards, None, PAYMENTS_MAX)?;
        let found = ids.into_iter().map(|it| view.top_up(TopUpId::from_raw(it)));
        found.collect::<Result<Vec<_>, _>>()
    };
    Ok(app.read(order.buyer.cell(), look)?.0.into_iter().flatten().collect())
}

/// What came of paying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// Nobody has tried.
    Nothing,
    Paid,
    /// The bank owes its answer.
    Unknown,
    /// Nothing was taken, or it went back.
    Failed,
    /// What the bank took is looked into.
    LookedInto,
    /// The bank took it when the order was closed: it goes back to the card.
    GoingBack,
    /// It has gone back.
    WentBack,
    Closed,
    Refunded,
}

/// What came of paying, from the books.
fn came(stage: Stage, payments: &[TopUpStage]) -> Came {
    let some = |stage| payments.contains(&stage);
    match stage {
        Stage::Paid
        | Stage::Shipped
        | Stage::PaidRefundAsked
        | Stage::ShippedRefundAsked
        | Stage::Disputed
        | Stage::Completed => Came::Paid,
        Stage::Refunded => Came::Refunded,
        Stage::Created | Stage::Closed if payments.iter().any(|it| it.under_way()) => Came::Unknown,
        Stage::Created | Stage::Closed if some(TopUpStage::Investigating) => Came::LookedInto,
        Stage::Closed if some(TopUpStage::Returning) => Came::GoingBack,
        Stage::Closed if some(TopUpStage::Returned) => Came::WentBack,
        Stage::Closed => Came::Closed,
        Stage::Created if payments.is_empty() => Came::Nothing,
        Stage::Created => Came::Failed,
    }
}

fn came_of(app: &App, order: &Order) -> Result<(Came, Option<TopUp>), Problem> {
    let payments = payments(app, order)?;
    let stages: Vec<TopUpStage> = payments.iter().map(|it| it.stage).collect();
    Ok((came(order.stage, &stages), payments.into_iter().next()))
}

struct Method {
    value: String,
    icon: &'static str,
    name: String,
    hint: String,
    checked: bool,
    disabled: bool,
}

#[derive(Template)]
#[template(path = "pay/cashier.html")]
struct Cashier {
    shell: Shell,
    t: words::Pay,
    key: String,
    id: String,
    subject: String,
    seller: String,
    price: String,
    due: Option<dates::Moment>,
    escrow: bool,
    methods: Vec<Method>,
    /// What the balance lacks, as a field's value and in words.
    short: Option<[String; 2]>,
    password_set: bool,
    attempts: String,
    locked: Option<String>,
    alert: Option<[&'static str; 2]>,
    /// How the account is frozen, if it is: then no way of paying works.
    freeze: Option<Freeze>,
    f: words::SecurityAccount,
}

/// `GET /pay/{order}`
async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let order = orders::find(&app, visit.customer()?.user, &id, Side::Buyer)?;
    match came_of(&app, &order)?.0 {
        Came::Nothing | Came::Failed => cashier(&app, &visit, &order, "", (form::new_key()?, None)),
        Came::Paid
        | Came::Unknown
        | Came::LookedInto
        | Came::GoingBack
        | Came::WentBack
        | Came::Closed
        | Came::Refunded => see(&format!("/pay/{id}/result")),
    }
}

fn cashier(
    app: &App,
    visit: &Visit,
    order: &Order,
    chosen: &str,
    (key, alert): (String, Option<[&'static str; 2]>),
) -> Page {
    let t = words::Pay(visit.lang);
    let signed = visit.customer()?;
    let password = app.people().payment_state(signed.user)?;
    let account = payer(app, order)?;
    let (methods, short) = methods(app, visit, order, &account, chosen)?;
    let currency = order.currency();
    let short =
        short.map(|it| [money::plain(it, currency), t.top_up_short(money::minor(it, currency))]);
    let page = Cashier {
        shell: visit.shell(app, t.title()),
        key,
        id: order.id.to_string(),
        subject: orders::subject(app, order)?,
        seller: orders::name(app, visit, Some(order.merchant)),
        price: money::amount(order.price),
        due: order.due.map(|it| dates::Moment::new(visit.lang, it).relative()),
        escrow: order.mode == Mode::Escrow,
        password_set: password.set,
        attempts: t.attempts(password.attempts_left),
        locked: password.locked_until.map(|it| t.locked(dates::minute(visit.lang, it))),
        t,
        methods,
        short,
        alert,
        freeze: frozen(app, visit, &account)?,
        f: words::SecurityAccount(visit.lang),
    };
    let mut response = render(&page)?;
    if alert.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The account that pays an order.
fn payer(app: &App, order: &Order) -> Result<Account, Problem> {
    let (account, _) = app.read(order.buyer.cell(), |view| view.account(order.buyer))?;
    account.ok_or_else(|| Problem::of(&codes::ACCOUNT_NOT_FOUND))
}

/// How the order may be paid, and what the balance lacks.
fn methods(
    app: &App,
    visit: &Visit,
    order: &Order,
    account: &Account,
    chosen: &str,
) -> Result<(Vec<Method>, Option<u64>), Problem> {
    let t = words::Pay(visit.lang);
    let (price, currency) = (order.price.minor(), order.currency());
    let available = account.available();
    let short = available < price;
    let shown = money::minor(available, currency);
    let hint = if short {
        t.short(shown, money::minor(price - available, currency))
    } else {
        t.available(shown)
    };
    // What a card pays goes through the account too: it would come back to the card.
    let barred = account.state != AccountState::Open;
    let mut methods = vec![Method {
        value: "balance".to_owned(),
        icon: "wallet",
        name: t.balance().to_owned(),
        hint,
        checked: false,
        disabled: short || barred,
    }];
    methods.extend(cards(app, visit)?.into_iter().map(|it| Method {
        value: it.id.to_string(),
        icon: "credit-card",
        name: t.card(format!("{:04}", it.last_four)),
        hint: t.card_hint().to_owned(),
        checked: false,
        disabled: barred,
    }));
    let open = |it: &Method| !it.disabled;
    let wanted = methods.iter().position(|it| open(it) && it.value == chosen);
    if let Some(place) = wanted.or_else(|| methods.iter().position(open)) {
        methods[place].checked = true;
    }
    Ok((methods, short.then(|| price - available)))
}

/// The cards of whoever is signed in, but for those that were removed.
fn cards(app: &App, visit: &Visit) -> Result<Vec<Card>, Problem> {
    let user = visit.customer()?.user;
    let look = |view: &View<'_>| {
        let ids = view.list(List::UserCards(user), Direction::Forwards, None, CARDS_MAX)?;
        let cards = ids.into_iter().map(|it| view.card(CardId::from_raw(it)));
        cards.collect::<Result<Vec<_>, _>>()
    };
    let cards = app.read(user.cell(), look)?.0;
    Ok(cards.into_iter().flatten().filter(|it| it.removed_at.is_none()).collect())
}

/// `POST /pay/{order}`
async fn pay(State(app): State<App>, visit: Visit, Path(id): Path<String>, form: Form) -> Page {
    let order = orders::find(&app, visit.customer()?.user, &id, Side::Buyer)?;
    let method = form.text("method");
    match try_to_pay(&app, &visit, &order, &form).await {
        Ok(()) => see(&format!("/pay/{id}/result")),
        Err(problem) if MENDABLE.contains(&problem.code.name) => {
            let key = form.key_after(&problem)?;
            let said = said(visit.lang, problem.code);
            cashier(&app, &visit, &order, method, (key, Some(said)))
        }
        // Somebody was faster, in another window perhaps: the result says what came of it.
        // So does it if it was paid under this key before, in another way.
        Err(problem)
            if matches!(
                problem.code.name,
                "event_not_allowed" | "payment_under_way" | "request_id_taken"
            ) =>
        {
            see(&format!("/pay/{id}/result"))
        }
        Err(problem) => Err(problem),
    }
}

async fn try_to_pay(app: &App, visit: &Visit, order: &Order, form: &Form) -> Result<(), Problem> {
    let signed = visit.customer()?;
    let name = form.name(&signed.scope())?;
    let (debit, amount, cell) = (order.buyer, order.price, order.buyer.cell());
    let card = match form.text("method") {
        "balance" => None,
        text => Some(CardId::parse(text).map_err(|_| Problem::of(&codes::CARD_NOT_FOUND))?),
    };
    app.people().check_payment(signed, form.raw("payment_password")).await?;
    if let Some(card) = card {
        app.bank_must_answer(cell, name, card)?;
        let (account, order) = (debit, Some(order.id));
        let command = StartTopUp { account, card, amount, order, deliberate: false };
        app.submit(signed, name, cell, Command::TopUp(command)).await?;
    } else {
        let command = PayOrder { order: order.id, debit, amount, deliberate: false };
        let accepted = app.submit(signed, name, cell, Command::PayOrder(command)).await?;
        app.settled(accepted).await?;
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "pay/result.html")]
struct Outcome {
    shell: Shell,
    t: words::Pay,
    o: words::Orders,
    id: String,
    class: &'static str,
    icon: &'static str,
    title: &'static str,
    say: &'static str,
    subject: String,
    seller: String,
    price: String,
    paid_at: Option<dates::Moment>,
    trace: Option<String>,
    again: bool,
    waits: bool,
    seen: u64,
}

/// `GET /pay/{order}/result`
async fn result(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let order = orders::find(&app, visit.customer()?.user, &id, Side::Buyer)?;
    let seen = orders::mark(&app, &order)?;
    let (came, payment) = came_of(&app, &order)?;
    let (t, o) = (words::Pay(visit.lang), words::Orders(visit.lang));
    let paid = if order.mode == Mode::Direct || order.stage == Stage::Completed {
        t.paid_direct()
    } else {
        t.paid_held()
    };
    let (class, icon, title, say) = match came {
        Came::Nothing => return see(&format!("/pay/{id}")),
        Came::Paid => ("ok", "circle-check", t.paid(), paid),
        Came::Unknown => ("warn", "circle-help", t.unknown(), t.unknown_say()),
        Came::Failed => ("bad", "circle-x", t.failed(), t.failed_say()),
        Came::LookedInto => ("warn", "circle-help", t.investigating(), t.investigating_say()),
        Came::GoingBack => ("warn", "undo-2", t.going_back(), t.going_back_say()),
        Came::WentBack => ("bad", "circle-minus", t.closed(), t.went_back_say()),
        Came::Closed => ("bad", "circle-minus", t.closed(), t.closed_say()),
        Came::Refunded => ("ok", "undo-2", t.refunded(), t.refunded_say()),
    };
    let shell = visit.shell(&app, title);
    let waits = matches!(came, Came::Unknown | Came::GoingBack);
    let outcome = Outcome {
        shell: if waits { shell.refreshing(5) } else { shell },
        subject: orders::subject(&app, &order)?,
        seller: orders::name(&app, &visit, Some(order.merchant)),
        price: money::amount(order.price),
        paid_at: order.paid_at.map(|it| dates::Moment::new(visit.lang, it)),
        trace: payment.map(|it| it.id.to_string()),
        again: came == Came::Failed,
        seen,
        t,
        o,
        id,
        class,
        icon,
        title,
        say,
        waits,
    };
    render(&outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_does_not_know_is_never_asked_to_pay_again() {
        let waiting =
            [TopUpStage::Created, TopUpStage::Sent, TopUpStage::Unknown, TopUpStage::Paying];
        for stage in waiting {
            assert_eq!(came(Stage::Created, &[stage]), Came::Unknown);
            // Also when an older attempt has failed, and when the order closed meanwhile.
            assert_eq!(came(Stage::Created, &[stage, TopUpStage::Rejected]), Came::Unknown);
            assert_eq!(came(Stage::Closed, &[stage]), Came::Unknown);
        }
        assert_eq!(came(Stage::Created, &[TopUpStage::Investigating]), Came::LookedInto);
    }

    #[test]
    fn the_result_says_what_the_books_say() {
        assert_eq!(came(Stage::Created, &[]), Came::Nothing);
        assert_eq!(came(Stage::Created, &[TopUpStage::Rejected]), Came::Failed);
        assert_eq!(came(Stage::Paid, &[TopUpStage::Credited]), Came::Paid);
        assert_eq!(came(Stage::Completed, &[]), Came::Paid);
        assert_eq!(came(Stage::Refunded, &[]), Came::Refunded);
        assert_eq!(came(Stage::Closed, &[]), Came::Closed);
        assert_eq!(came(Stage::Closed, &[TopUpStage::Rejected]), Came::Closed);
    }

    #[test]
    fn whoever_was_charged_too_late_is_not_told_that_nothing_was_charged() {
        assert_eq!(came(Stage::Closed, &[TopUpStage::Returning]), Came::GoingBack);
        let both = [TopUpStage::Rejected, TopUpStage::Returned];
        assert_eq!(came(Stage::Closed, &both), Came::WentBack);
    }
}
