//! `/security/cards`: the bank cards of a customer or a merchant.

use super::{Done, Fault, Row, holder};
use crate::api::banks::card_of;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::door::inside;
use crate::web::form::{Form, digits, new_key};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use bank::sim::cards::{Behaviour, CARDS};
use ledger::command::{Command, RemoveCard};
use ledger::id::{CardId, RequestId};
use ledger::registry::Card;
use store::index::Direction;
use store::{List, View};

/// The most cards that somebody has at a time, as far as pages go.
const CARDS_MAX: usize = 20;

/// The cards of somebody, but for those that were removed; the first that came first.
fn cards(app: &App, signed: &Signed) -> Result<Vec<Card>, Problem> {
    let look = |view: &View<'_>| {
        let list = List::UserCards(signed.user);
        let ids = view.list(list, Direction::Forwards, None, CARDS_MAX)?;
        let cards = ids.into_iter().map(|it| view.card(CardId::from_raw(it)));
        cards.collect::<Result<Vec<_>, _>>()
    };
    let (found, _) = app.read(signed.user.cell(), look)?;
    Ok(found.into_iter().flatten().filter(|it| it.removed_at.is_none()).collect())
}

/// The row among the settings; operators have none.
pub(super) fn row(app: &App, visit: &Visit) -> Result<Option<Row>, Problem> {
    let Ok(signed) = holder(visit) else { return Ok(None) };
    let t = words::Security(visit.lang);
    let count = cards(app, signed)?.len();
    let (state, class) = match count {
        0 => (t.no_cards_yet().to_owned(), "warn"),
        _ => (t.so_many_cards(count), ""),
    };
    let (href, icon) = ("/security/cards", "credit-card");
    Ok(Some(Row { href, icon, name: t.cards(), hint: t.cards_hint(), state, class }))
}

/// A card on the page.
struct Shown {
    id: String,
    name: String,
    added: dates::Moment,
}

fn shown(visit: &Visit, card: &Card) -> Shown {
    let name = words::Security(visit.lang).card(format!("{:04}", card.last_four));
    let added = dates::Moment::new(visit.lang, card.created_at);
    Shown { id: card.id.to_string(), name, added }
}

/// A card of the simulated bank.
struct TestCard {
    number: &'static str,
    does: &'static str,
}

fn test_cards(t: words::Security) -> Vec<TestCard> {
    CARDS.iter().map(|(number, it)| TestCard { number, does: does(t, *it) }).collect()
}

/// What a card of the simulated bank does.
fn does(t: words::Security, behaviour: Behaviour) -> &'static str {
    match behaviour {
        Behaviour::Plain => t.does_plain(),
        Behaviour::InsufficientFunds => t.does_insufficient_funds(),
        Behaviour::Declined => t.does_declined(),
        Behaviour::Expired => t.does_expired(),
        Behaviour::WrongSmsCode => t.does_wrong_code(),
        Behaviour::SmsThenDone => t.does_code_then_done(),
        Behaviour::SmsThenFailed => t.does_code_then_failed(),
        Behaviour::LateSuccess => t.does_late_success(),
        Behaviour::LateFailure => t.does_late_failure(),
        Behaviour::Slow => t.does_slow(),
        Behaviour::NotifiesTwice => t.does_notifies_twice(),
        Behaviour::AfterClosing => t.does_after_closing(),
        Behaviour::ReturnedNextDay => t.does_returned(),
        Behaviour::NameMismatch => t.does_name_mismatch(),
        Behaviour::StatementAmount => t.does_statement_amount(),
    }
}

#[derive(Template)]
#[template(path = "security/cards.html")]
struct CardsPage {
    shell: Shell,
    t: words::Security,
    key: String,
    next: String,
    done: Option<&'static str>,
    cards: Vec<Shown>,
    full: bool,
    number: String,
    bank: String,
    banks: Vec<String>,
    tests: Vec<TestCard>,
    fault: Option<Fault>,
}

impl CardsPage {
    fn new(app: &App, visit: &Visit, next: &str) -> Result<CardsPage, Problem> {
        let t = words::Security(visit.lang);
        let cards = cards(app, holder(visit)?)?;
        let banks = app.banks().all();
        let several = banks.len() > 1;
        let banks = banks.iter().filter(|_| several).map(|it| it.name().to_string());
        let tests = if app.engine().sandbox() { test_cards(t) } else { Vec::new() };
        Ok(CardsPage {
            shell: visit.shell(app, t.cards()),
            t,
            key: new_key()?,
            next: next.to_owned(),
            done: None,
            full: cards.len() >= CARDS_MAX,
            cards: cards.iter().map(|it| shown(visit, it)).collect(),
            number: String::new(),
            bank: String::new(),
            banks: banks.collect(),
            tests,
            fault: None,
        })
    }
}

/// `GET /security/cards`
pub(super) async fn list(State(app): State<App>, visit: Visit, Query(way): Query<Done>) -> Page {
    let t = words::Security(visit.lang);
    let done = match way.done.as_str() {
        "added" => Some(t.card_added()),
        "removed" => Some(t.card_removed()),
        _ => None,
    };
    let next = way.back();
    render(&CardsPage { done, ..CardsPage::new(&app, &visit, &next)? })
}

/// `POST /security/cards`
pub(super) async fn add(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let next = form.text("next");
    let next = if next.is_empty() { String::new() } else { inside(next) };
    let typed = form.text("number");
    let t = words::Security(visit.lang);
    let number = digits(typed);
    let added = if luhn(&number) {
        keep(&app, &visit, &form, &number).await
    } else {
        Err(Wrong::Typed(t.number_wrong()))
    };
    let fault = match added {
        Ok(()) if next.is_empty() => return see("/security/cards?done=added"),
        Ok(()) => return see(&next),
        Err(Wrong::Typed(text)) => Fault::at("number", text),
        // Nothing was done, and it is worth another try.
        Err(Wrong::Refused(problem)) if problem.code.name == codes::BANK_SILENT.name => {
            Fault::at("", t.bank_silent())
        }
        Err(Wrong::Refused(problem)) => Fault::of(&visit, &problem)?,
    };
    let page = CardsPage::new(&app, &visit, &next)?;
    let (number, bank) = (typed.to_owned(), form.text("bank").to_owned());
    again(&CardsPage { number, bank, fault: Some(fault), ..page })
}

/// Why a card was not added.
enum Wrong {
    /// What was typed cannot be, or is there already.
    Typed(&'static str),
    Refused(Problem),
}

impl From<Problem> for Wrong {
    fn from(problem: Problem) -> Wrong {
        Wrong::Refused(problem)
    }
}

/// Adds a card to whoever is signed in.
async fn keep(app: &App, visit: &Visit, form: &Form, number: &str) -> Result<(), Wrong> {
    let t = words::Security(visit.lang);
    let signed = holder(visit)?;
    let name = form.name(&signed.scope())?;
    let bank = Some(form.text("bank")).filter(|it| !it.is_empty());
    let card = card_of(app, signed.user, bank, number).await?;
    if !asked_before(app, signed, name)? {
        let own = cards(app, signed)?;
        if own.len() >= CARDS_MAX {
            return Err(Wrong::Typed(t.cards_full()));
        }
        let same = |it: &Card| {
            let known = app.banks().of_card(app, it.id);
            known.is_some_and(|(_, desk, token)| {
                desk.name() == card.bank && *token == *card.token.as_str()
            })
        };
        if own.iter().any(same) {
            return Err(Wrong::Typed(t.card_known()));
        }
    }
    let command = app.people().sealed_card(name, card, number)?;
    app.submit(signed, name, signed.user.cell(), command).await?;
    Ok(())
}

/// Whether this form was sent and answered before: then the same answer follows.
fn asked_before(app: &App, signed: &Signed, name: RequestId) -> Result<bool, Problem> {
    Ok(app.read(signed.user.cell(), |view| view.answer(name))?.0.is_some())
}

#[derive(Template)]
#[template(path = "security/card.html")]
struct CardPage {
    shell: Shell,
    t: words::Security,
    key: String,
    card: Shown,
}

/// One's own card.
fn find(app: &App, visit: &Visit, id: &str) -> Result<Card, Problem> {
    let user = holder(visit)?.user;
    let missing = || Problem::of(&codes::CARD_NOT_FOUND);
    let id = CardId::parse(id).map_err(|_| missing())?;
    let (found, _) = app.read(id.cell(), |view| view.card(id))?;
    found.filter(|it| it.user == user && it.removed_at.is_none()).ok_or_else(missing)
}

/// `GET /security/cards/{id}`
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let card = shown(&visit, &find(&app, &visit, &id)?);
    let t = words::Security(visit.lang);
    render(&CardPage { shell: visit.shell(&app, &*card.name), t, key: new_key()?, card })
}

/// `POST /security/cards/{id}/remove`
pub(super) async fn remove(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    let signed = holder(&visit)?;
    let missing = |_| Problem::of(&codes::CARD_NOT_FOUND);
    let card = CardId::parse(&id).map_err(missing)?;
    let name = form.name(&signed.scope())?;
    let command = Command::RemoveCard(RemoveCard { card });
    app.submit(signed, name, card.cell(), command).await?;
    see("/security/cards?done=removed")
}

/// Whether the last digit checks the others (ISO/IEC 7812-1): whoever mistypes one digit, or two
/// in the wrong order, is told so before a bank is asked.
fn luhn(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|it| it.to_digit(10)).collect();
    let Some(digits) = digits.filter(|it| (12..=19).contains(&it.len())) else { return false };
    let each = digits.iter().rev().enumerate().map(|(place, digit)| match (place % 2, digit * 2) {
        (0, _) => *digit,
        (_, twice) => twice / 10 + twice % 10,
    });
    each.sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn a_slip_in_a_card_number_is_seen() {
        for (number, _) in CARDS {
            assert!(luhn(number), "{number}");
        }
        assert!(!luhn("6200000000000006"), "a wrong digit");
        assert!(!luhn("2600000000000005"), "two digits in the wrong order");
        assert!(!luhn(""));
        assert!(!luhn("00000000000"), "too short");
        assert!(!luhn("00000000000000000000"), "too long");
        assert!(!luhn("62000000000000a5"));
    }

    #[test]
    fn a_card_number_is_read_as_people_write_it() {
        for text in
            ["6200 0000 0000 0005", "6200-0000-0000-0005", "６２０００００００００００００５"]
        {
            assert_eq!(digits(text), "6200000000000005", "{text}");
        }
        assert_eq!(digits("6200x"), "6200x");
    }

    #[test]
    fn every_test_card_says_what_it_does() {
        for lang in [Lang::Zh, Lang::En] {
            assert_eq!(test_cards(words::Security(lang)).len(), CARDS.len());
        }
    }
}
