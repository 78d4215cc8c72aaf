//! `/shop/links` and `/link/{token}`: a payment link that a shop shares, for whoever pays first.
//!
//! The ledger wants to know who buys, and nobody knows when a link is made. So the link itself says
//! what is sold and for how much, signed by the platform; the order is made when somebody who is
//! signed in goes on with it. Its number is in the link, so a link makes one order.

use crate::api::orders::plain;
use crate::app::{App, request_name};
use crate::documents::qr;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::form::{Form, KEY, new_key};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, holdings, money, orders, words};
use askama::Template;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::account::{Account, AccountState};
use ledger::command::{Command, CreateOrder};
use ledger::currency::Currency;
use ledger::event::{Actor, Subject};
use ledger::id::{AccountId, OrderId, UserId};
use ledger::money::{AMOUNT_MAX, Money};
use ledger::name::{OrderNumber, Text};
use ledger::order::Order;
use ledger::time::{Seconds, Time};
use store::List;
use store::index::Direction;

/// How long a link is good.
const LIFE: Seconds = Seconds::days(7);
/// The most characters of what is sold.
pub(super) const SUBJECT_MAX: usize = 60;

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    seller: AccountId,
    number: OrderNumber,
    price: u64,
    until: Time,
    subject: String,
}

impl Offer {
    fn text(&self) -> String {
        let Offer { seller, number, price, until, subject } = self;
        format!("{seller}|{}|{price}|{}|{subject}", number.as_str(), until.0)
    }

    /// The offer as a part of an address, which nobody else can make.
    fn token(&self, app: &App) -> String {
        let text = self.text();
        let proof = app.secrets().link(&text);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(proof))
    }

    /// Reads what `token` made; everything else is nothing.
    fn read(app: &App, token: &str) -> Option<Offer> {
        let (text, proof) = token.split_once('.')?;
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let same = URL_SAFE_NO_PAD.decode(proof).ok()?;
        if !app.secrets().is_link(&text, &same) {
            return None;
        }
        Offer::parse(&text)
    }

    fn parse(text: &str) -> Option<Offer> {
        let mut parts = text.splitn(5, '|');
        Some(Offer {
            seller: AccountId::parse(parts.next()?).ok()?,
            number: OrderNumber::new(parts.next()?)?,
            price: parts.next()?.parse().ok()?,
            until: Time(parts.next()?.parse().ok()?),
            subject: parts.next()?.to_owned(),
        })
    }
}

fn missing() -> Problem {
    Problem::of(&codes::ROUTE_NOT_FOUND)
}

/// The account in yuan of somebody, with which they sell or buy.
pub(super) fn account(app: &App, user: UserId) -> Result<Option<Account>, Problem> {
    let (found, _) = app.read(user.cell(), |view| {
        let ids = view.list(List::UserAccounts(user), Direction::Forwards, None, 100)?;
        let accounts = ids.into_iter().map(|it| view.account(AccountId::from_raw(it)));
        accounts.collect::<Result<Vec<_>, _>>()
    })?;
    let good = |it: &Account| it.currency == Currency::CNY && it.state != AccountState::Closed;
    Ok(found.into_iter().flatten().find(good))
}

/// The order that was made of an offer.
fn made(app: &App, offer: &Offer) -> Result<Option<Order>, Problem> {
    let (found, _) = app.read(offer.seller.cell(), |view| {
        let Some(id) = view.numbered(offer.seller, &offer.number)? else { return Ok(None) };
        view.order(id)
    })?;
    Ok(found)
}

/// What a shop says that it sells.
pub(super) struct Sale {
    pub(super) subject: Text,
    pub(super) price: Money,
}

/// What was typed as a sale, or what is wrong with it.
pub(super) fn sale(t: words::ShopLinks, form: &Form) -> Result<Sale, &'static str> {
    let typed = form.text("subject");
    let fits = !typed.is_empty() && typed.chars().count() <= SUBJECT_MAX;
    let subject = form.note("subject").filter(|_| fits).ok_or_else(|| t.subject_wrong())?;
    let good = |it: &Money| (1..=AMOUNT_MAX).contains(&it.minor());
    let price = form.money("amount").filter(good).ok_or_else(|| t.amount_wrong())?;
    Ok(Sale { subject, price })
}

/// The shop's number for what a form makes: the same when it is sent twice.
pub(super) fn number(form: &Form, kind: char) -> Result<OrderNumber, Problem> {
    let key: String = form.text(KEY).chars().filter(char::is_ascii_hexdigit).take(16).collect();
    let number = OrderNumber::new(&format!("{kind}{key}")).filter(|_| key.len() == 16);
    number.ok_or_else(|| Problem::of(&codes::FORM_UNREADABLE))
}

#[derive(Template)]
#[template(path = "shop/links.html")]
struct AskPage {
    shell: Shell,
    t: words::ShopLinks,
    key: String,
    subject: String,
    amount: String,
    fault: Option<&'static str>,
    most: usize,
}

fn asking(app: &App, visit: &Visit, form: &Form) -> Result<AskPage, Problem> {
    let t = words::ShopLinks(visit.lang);
    Ok(AskPage {
        shell: visit.shell(app, t.links()),
        t,
        key: new_key()?,
        subject: form.text("subject").to_owned(),
        amount: form.text("amount").to_owned(),
        fault: None,
        most: SUBJECT_MAX,
    })
}

/// `GET /shop/links`
pub(super) async fn ask(State(app): State<App>, visit: Visit) -> Page {
    visit.merchant()?;
    render(&asking(&app, &visit, &Form::default())?)
}

/// `POST /shop/links`: the same form makes the same link.
pub(super) async fn make(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let signed = visit.merchant()?;
    let t = words::ShopLinks(visit.lang);
    let wrong = |fault| again(&AskPage { fault: Some(fault), ..asking(&app, &visit, &form)? });
    let sale = match sale(t, &form) {
        Ok(sale) => sale,
        Err(fault) => return wrong(fault),
    };
    let Some(seller) = account(&app, signed.user)? else { return wrong(t.no_account()) };
    let number = number(&form, 'L')?;
    let now = app.engine().now(seller.id.cell()).unwrap_or_default();
    // To the day, so that the same form makes the same link.
    let until = Time(now.after(LIFE).0.div_ceil(86_400_000) * 86_400_000);
    let (price, subject) = (sale.price.minor(), sale.subject.as_str().to_owned());
    let offer = Offer { seller: seller.id, number, price, until, subject };
    see(&format!("/shop/links/{}", offer.token(&app)))
}

#[derive(Template)]
#[template(path = "shop/link.html")]
struct SharePage {
    shell: Shell,
    t: words::ShopLinks,
    subject: String,
    price: String,
    number: String,
    until: dates::Moment,
    address: String,
    qr: String,
    order: Option<OrderId>,
    over: bool,
}

/// `GET /shop/links/{token}`: the link, to be shared.
pub(super) async fn share(State(app): State<App>, visit: Visit, Path(token): Path<String>) -> Page {
    let signed = visit.merchant()?;
    let offer = Offer::read(&app, &token).ok_or_else(missing)?;
    let own = holdings::accounts(&app, signed)?.iter().any(|it| it.id == offer.seller);
    if !own {
        return Err(missing());
    }
    let t = words::ShopLinks(visit.lang);
    let address = format!("{}/link/{token}", visit.origin);
    let qr = qr::svg(&address, t.qr_name()).map_err(|_| Problem::of(&codes::INTERNAL_ERROR))?;
    let now = app.engine().now(offer.seller.cell()).unwrap_or_default();
    let order = made(&app, &offer)?.map(|it| it.id);
    let shell = visit.shell(&app, t.link());
    render(&SharePage {
        shell: if order.is_none() { shell.refreshing(10) } else { shell },
        t,
        subject: offer.subject.clone(),
        price: money::minor(offer.price, Currency::CNY),
        number: offer.number.as_str().to_owned(),
        until: dates::Moment::new(visit.lang, offer.until).relative(),
        address,
        qr,
        over: order.is_none() && now >= offer.until,
        order,
    })
}

#[derive(Template)]
#[template(path = "shop/open_link.html")]
struct OpenPage {
    shell: Shell,
    t: words::ShopLinks,
    key: String,
    token: String,
    subject: String,
    seller: String,
    price: String,
    until: dates::Moment,
    /// Why it cannot be paid.
    closed: Option<&'static str>,
}

/// Why a customer cannot go on with an offer, or the order that is theirs already.
enum Way {
    Open,
    Mine(OrderId),
    Taken,
    Over,
    NoAccount,
}

fn way(app: &App, signed: &Signed, offer: &Offer) -> Result<Way, Problem> {
    let Some(buyer) = account(app, signed.user)? else { return Ok(Way::NoAccount) };
    let now = app.engine().now(offer.seller.cell()).unwrap_or_default();
    Ok(match made(app, offer)? {
        Some(order) if order.buyer == buyer.id => Way::Mine(order.id),
        Some(_) => Way::Taken,
        None if now >= offer.until => Way::Over,
        None => Way::Open,
    })
}

/// `GET /link/{token}`: what is sold, by whom and for how much.
pub(super) async fn open(State(app): State<App>, visit: Visit, Path(token): Path<String>) -> Page {
    let signed = visit.customer()?;
    let offer = Offer::read(&app, &token).ok_or_else(missing)?;
    let t = words::ShopLinks(visit.lang);
    let closed = match way(&app, signed, &offer)? {
        Way::Mine(order) => return see(&format!("/pay/{order}")),
        Way::Open => None,
        Way::Taken => Some(t.taken()),
        Way::Over => Some(t.over()),
        Way::NoAccount => Some(t.no_buyer_account()),
    };
    let (found, _) = app.read(offer.seller.cell(), |view| view.account(offer.seller))?;
    let merchant = found.and_then(|it| it.owner);
    render(&OpenPage {
        shell: visit.shell(&app, t.pay_title()),
        t,
        key: new_key()?,
        token,
        subject: offer.subject.clone(),
        seller: orders::name(&app, &visit, merchant),
        price: money::minor(offer.price, Currency::CNY),
        until: dates::Moment::new(visit.lang, offer.until).relative(),
        closed,
    })
}

/// `POST /link/{token}`: makes the order, for whoever comes first, and goes on to pay it.
pub(super) async fn take(State(app): State<App>, visit: Visit, Path(token): Path<String>) -> Page {
    let signed = visit.customer()?;
    let offer = Offer::read(&app, &token).ok_or_else(missing)?;
    match way(&app, signed, &offer)? {
        Way::Mine(order) => return see(&format!("/pay/{order}")),
        Way::Taken | Way::Over | Way::NoAccount => return see(&format!("/link/{token}")),
        Way::Open => {}
    }
    let buyer = account(&app, signed.user)?.ok_or_else(missing)?;
    let (found, _) = app.read(offer.seller.cell(), |view| view.account(offer.seller))?;
    let merchant = found.and_then(|it| it.owner).ok_or_else(missing)?;
    let price = Money::new(offer.price, Currency::CNY);
    let subject = Text::new(&offer.subject).ok_or_else(missing)?;
    let order = plain(offer.seller, buyer.id, offer.number, price);
    let command = Command::CreateOrder(CreateOrder { subject, ..order });
    // The shop said so when it made the link: it is the shop that asks.
    let scope = format!("link:{merchant}");
    let name = request_name(&scope, &format!("{}:{}", offer.number.as_str(), buyer.id));
    let done = app.submit(Actor::User(merchant), name, offer.seller.cell(), command).await;
    match done {
        Ok(accepted) => {
            let Subject::Order(id) = accepted.subject else { return Err(missing()) };
            see(&format!("/pay/{id}"))
        }
        // Somebody was faster: the page says so.
        Err(problem) if problem.code.name == "order_number_taken" => see(&format!("/link/{token}")),
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::id::CellId;

    #[test]
    fn offers_are_read_as_they_are_written() {
        let offer = Offer {
            seller: AccountId::new(CellId::FIRST, 300),
            number: OrderNumber::new("L0123456789abcdef").unwrap(),
            price: 8_800,
            until: Time(1_795_399_500_000),
            subject: "西湖龙井 | 250 克".to_owned(),
        };
        assert_eq!(Offer::parse(&offer.text()), Some(offer));
        assert_eq!(Offer::parse("acc_1|L1|x"), None);
    }
}
