//! What was confirmed is asked for, line by line, and what became of each is said.

use super::fate::{Fate, Judged};
use super::table::LINES_MAX;
use crate::app::{App, request_name};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::form::Form;
use crate::web::orders::Carried;
use crate::web::page::{Page, render};
use crate::web::shop::books;
use crate::web::visit::{Shell, Visit};
use crate::web::{mistake, words};
use askama::Template;
use axum::extract::State;
use ledger::command::{Command, CorrectShipment, ShipOrder};
use ledger::id::OrderId;
use ledger::name::TrackingNumber;
use ledger::order::Order;
use ledger::shipment::{Carrier, Shipment};
use std::fmt;

/// How many are asked for at a time: they share what they wait for.
const AT_A_TIME: usize = 50;

/// What is asked of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Ship,
    Correct,
}

/// A line that was shown, and is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Which line of the file it is.
    at: usize,
    act: Act,
    order: OrderId,
    shipment: Shipment,
    /// The last event of the order when this was shown.
    seen: Option<u64>,
}

impl Asked {
    /// What a line asks for, if it is good.
    pub(super) fn of(it: &Judged) -> Option<Asked> {
        let (act, shipment) = match it.fate {
            Fate::Ship(shipment) => (Act::Ship, shipment),
            Fate::Correct { after, .. } => (Act::Correct, after),
            Fate::Same(_) | Fate::Repeats(_) | Fate::Blank | Fate::Wrong(_) => return None,
        };
        let order = it.order.as_ref()?;
        let (at, seen) = (it.line.at, order.last_event);
        Some(Asked { at, act, order: order.id, shipment, seen })
    }

    /// Reads what `Display` wrote; everything else is nothing.
    fn parse(text: &str) -> Option<Asked> {
        let mut parts = text.split(' ');
        let at = parts.next()?.parse().ok()?;
        let act = match parts.next()? {
            "ship" => Act::Ship,
            "correct" => Act::Correct,
            _ => return None,
        };
        let order = OrderId::parse(parts.next()?).ok()?;
        let carrier = Carrier::from_code(parts.next()?)?;
        let number = TrackingNumber::new(parts.next()?)?;
        let seen = match parts.next()? {
            "-" => None,
            event => Some(event.parse().ok()?),
        };
        let it = Asked { at, act, order, shipment: Shipment { carrier, number }, seen };
        parts.next().is_none().then_some(it)
    }

    /// What the request is called: the same for everybody who saw the same and asks for the same.
    fn name(&self) -> String {
        let Asked { act, order, shipment, seen, .. } = self;
        let seen = seen.map_or(String::new(), |it| it.to_string());
        let (carrier, number) = (shipment.carrier.code(), shipment.number);
        format!("page:import:{}:{order}:{carrier}:{number}:{seen}", act.code())
    }

    fn command(&self) -> Command {
        let Asked { order, shipment, .. } = *self;
        match self.act {
            Act::Ship => Command::ShipOrder(ShipOrder { order, shipment: Some(shipment) }),
            Act::Correct => Command::CorrectShipment(CorrectShipment { order, shipment }),
        }
    }
}

impl Act {
    /// Its name in forms.
    const fn code(self) -> &'static str {
        match self {
            Act::Ship => "ship",
            Act::Correct => "correct",
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Asked { at, act, order, shipment: Shipment { carrier, number }, seen } = self;
        let seen = seen.map_or_else(|| "-".to_owned(), |it| it.to_string());
        write!(f, "{at} {} {order} {} {number} {seen}", act.code(), carrier.code())
    }
}

/// Why nothing became of a line.
enum Fault {
    /// Something happened to the order after the line was shown.
    Changed,
    Problem(Problem),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        Fault::Problem(problem)
    }
}

/// What became of a line.
struct Told {
    /// What was sold; nothing if there is no such order for this shop.
    goods: Option<String>,
    done: Result<(), Fault>,
}

async fn tell(app: App, signed: Signed, asked: Asked) -> Told {
    let found = books::order(&app, &signed, &asked.order.to_string());
    let found = found.and_then(|it| Ok((books::subject(&app, &it)?, it)));
    match found {
        Ok((goods, order)) => {
            Told { goods: Some(goods), done: carry_out(&app, &signed, &order, &asked).await }
        }
        Err(problem) => Told { goods: None, done: Err(problem.into()) },
    }
}

/// Does what was shown, or nothing. What was asked before gets its first answer, whatever has
/// happened since.
async fn carry_out(app: &App, signed: &Signed, order: &Order, asked: &Asked) -> Result<(), Fault> {
    let name = request_name(&signed.scope(), &asked.name());
    // Looked up after the order was: an answer that comes in between explains what has changed.
    let (answer, _) = app.read(order.id.cell(), |view| view.answer(name))?;
    if answer.is_none() && order.last_event != asked.seen {
        return Err(Fault::Changed);
    }
    app.submit(signed, name, order.id.cell(), asked.command()).await?;
    Ok(())
}

/// What the form asks for: not more lines than a table has, and every one as it was written.
fn asked(form: &Form) -> Option<Vec<Asked>> {
    let lines = form.all("line").take(LINES_MAX + 1).map(Asked::parse);
    let lines = lines.collect::<Option<Vec<_>>>()?;
    (!lines.is_empty() && lines.len() <= LINES_MAX).then_some(lines)
}

struct Row {
    at: usize,
    id: String,
    goods: Option<String>,
    carried: String,
    shipped: bool,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/import_done.html")]
struct DonePage {
    shell: Shell,
    t: words::ShopImport,
    said: String,
    /// How many lines were left out when this was shown.
    left: Option<String>,
    failed: bool,
    rows: Vec<Row>,
}

/// `POST /shop/orders/import/confirm`
pub(in crate::web::shop) async fn confirm(
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Page {
    let signed = visit.merchant()?;
    let lines = asked(&form).ok_or_else(|| Problem::of(&codes::FORM_UNREADABLE))?;
    let mut rows = Vec::new();
    for group in lines.chunks(AT_A_TIME) {
        let ask = |it: &Asked| tokio::spawn(tell(app.clone(), signed.clone(), *it));
        let tasks: Vec<_> = group.iter().map(ask).collect();
        for (it, task) in group.iter().zip(tasks) {
            let told = task.await.map_err(|_| Problem::of(&codes::INTERNAL_ERROR))?;
            rows.push(row(&visit, it, told));
        }
    }
    let t = words::ShopImport(visit.lang);
    let done = |shipped| {
        rows.iter().filter(|it: &&Row| it.fault.is_none() && it.shipped == shipped).count()
    };
    let said = t.done_count(rows.len(), done(true), done(false));
    let left = form.text("left").parse::<usize>().unwrap_or(0).min(LINES_MAX);
    let left = (left > 0).then(|| t.left_out(left));
    // What is to be mended comes first.
    rows.sort_by_key(|it| (it.fault.is_none(), it.at));
    let failed = rows.iter().any(|it| it.fault.is_some());
    render(&DonePage { shell: visit.shell(&app, t.result()), t, said, left, failed, rows })
}

fn row(visit: &Visit, it: &Asked, told: Told) -> Row {
    let t = words::ShopImport(visit.lang);
    let fault = told.done.err().map(|fault| match fault {
        Fault::Changed => t.changed().to_owned(),
        Fault::Problem(problem) => {
            let [title, _] = mistake::said(visit.lang, problem.code);
            words::Shop(visit.lang).fault(title, mistake::money(visit, &problem))
        }
    });
    Row {
        at: it.at,
        id: it.order.to_string(),
        goods: told.goods,
        carried: Carried::new(visit.lang, &it.shipment).line(),
        shipped: it.act == Act::Ship,
        fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::id::CellId;

    fn an_asked() -> Asked {
        let number = TrackingNumber::new("SF-1").unwrap();
        let order = OrderId::new(CellId::FIRST, 7);
        let shipment = Shipment { carrier: Carrier::Sf, number };
        Asked { at: 2, act: Act::Ship, order, shipment, seen: Some(41) }
    }

    #[test]
    fn what_a_form_asks_for_is_read_as_it_was_written() {
        let unseen = Asked { act: Act::Correct, seen: None, ..an_asked() };
        for it in [an_asked(), unseen] {
            assert_eq!(Asked::parse(&it.to_string()), Some(it));
        }
        let text = an_asked().to_string();
        for wrong in [
            String::new(),
            format!("{text} more"),
            text.replace("ship", "cancel"),
            text.replace("SF-1", "SF/1"),
            text.replace(" sf ", " pigeon "),
            text.replace(" 41", ""),
        ] {
            assert_eq!(Asked::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_form_asks_for_no_more_than_a_table_has() {
        let many = |count| {
            let line = ("line".to_owned(), an_asked().to_string());
            asked(&Form::of(vec![line; count])).map(|it| it.len())
        };
        assert_eq!(many(0), None);
        assert_eq!(many(LINES_MAX), Some(LINES_MAX));
        assert_eq!(many(LINES_MAX + 1), None);
    }

    #[test]
    fn a_request_is_another_one_when_anything_else_is_meant_or_was_seen() {
        let it = an_asked();
        let other = TrackingNumber::new("SF-2").unwrap();
        let others = [
            Asked { act: Act::Correct, ..it },
            Asked { order: OrderId::new(CellId::FIRST, 8), ..it },
            Asked { shipment: Shipment { number: other, ..it.shipment }, ..it },
            Asked { shipment: Shipment { carrier: Carrier::Zto, ..it.shipment }, ..it },
            Asked { seen: Some(42), ..it },
        ];
        for other in others {
            assert_ne!(other.name(), it.name(), "{other:?}");
        }
        assert_eq!(Asked { at: 9, ..it }.name(), it.name(), "wherever it stands in a file");
    }
}
