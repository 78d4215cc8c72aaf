//! What would happen, as a page that changes nothing: what is left out first, because that is what
//! the seller may want to mend.

use super::done::Asked;
use super::fate::{self, Fate, Judged, Wrong};
use super::table::Line;
use crate::api::shipments;
use crate::app::App;
use crate::http::problem::Problem;
use crate::web::orders::{Carried, name, payer};
use crate::web::page::{Page, render};
use crate::web::shop::books;
use crate::web::visit::{Shell, Visit};
use crate::web::{money, words};
use askama::Template;
use ledger::name::TrackingNumber;
use ledger::order::Stage;

/// The most characters of a cell that are shown as they came.
const SHOWN_MAX: usize = 40;

/// A line of the table.
struct Row {
    at: usize,
    /// What the table calls the order.
    named: String,
    order: Option<Sold>,
    carried: String,
    fate: String,
}

/// An order that the shop sold.
struct Sold {
    id: String,
    goods: String,
    buyer: String,
    amount: String,
}

/// Lines of which the same becomes.
struct Part {
    id: &'static str,
    title: &'static str,
    icon: &'static str,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "shop/import_preview.html")]
struct PreviewPage {
    shell: Shell,
    t: words::ShopImport,
    parts: [Part; 4],
    /// What the form asks for.
    asked: Vec<String>,
    wrong: usize,
}

/// Says of these lines what would happen.
pub(super) fn page(app: &App, visit: &Visit, lines: Vec<Line>) -> Page {
    let t = words::ShopImport(visit.lang);
    let judged = fate::judge(app, visit.merchant()?, lines)?;
    let part = |id, title, icon| Part { id, title, icon, rows: Vec::new() };
    let mut parts = [
        part("wrong", t.part_wrong(), "circle-x"),
        part("ship", t.part_ship(), "truck"),
        part("correct", t.part_correct(), "pencil"),
        part("nothing", t.part_nothing(), "circle-check"),
    ];
    for it in &judged {
        let place = match it.fate {
            Fate::Wrong(_) => 0,
            Fate::Ship(_) => 1,
            Fate::Correct { .. } => 2,
            Fate::Same(_) | Fate::Repeats(_) | Fate::Blank => 3,
        };
        parts[place].rows.push(row(app, visit, it)?);
    }
    let asked = judged.iter().filter_map(Asked::of).map(|it| it.to_string()).collect();
    let (wrong, shell) = (parts[0].rows.len(), visit.shell(app, t.preview()));
    render(&PreviewPage { shell, t, parts, asked, wrong })
}

fn row(app: &App, visit: &Visit, it: &Judged) -> Result<Row, Problem> {
    let order = match &it.order {
        Some(order) => Some(Sold {
            id: order.id.to_string(),
            goods: books::subject(app, order)?,
            buyer: name(app, visit, payer(app, order)?),
            amount: money::amount(order.price),
        }),
        None => None,
    };
    let carried = match it.fate {
        Fate::Ship(after) | Fate::Same(after) | Fate::Correct { after, .. } => {
            Carried::new(visit.lang, &after).line()
        }
        Fate::Repeats(_) | Fate::Blank | Fate::Wrong(_) => {
            short(&format!("{} {}", it.line.carrier, it.line.number))
        }
    };
    let (named, fate) = (short(&it.line.order), said(visit, it.fate));
    Ok(Row { at: it.line.at, named, order, carried, fate })
}

/// A cell as it came, as far as it is worth reading.
fn short(cell: &str) -> String {
    let mut letters = cell.trim().chars();
    let mut shown: String = letters.by_ref().take(SHOWN_MAX).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// What becomes of a line, in words.
fn said(visit: &Visit, fate: Fate) -> String {
    let t = words::ShopImport(visit.lang);
    match fate {
        Fate::Ship(_) => t.will_ship().to_owned(),
        Fate::Correct { before: None, .. } => t.will_add().to_owned(),
        Fate::Correct { before: Some(before), .. } => {
            t.will_correct(Carried::new(visit.lang, &before).line())
        }
        Fate::Same(_) => t.same().to_owned(),
        Fate::Repeats(at) => t.repeats(at),
        Fate::Blank => t.blank().to_owned(),
        Fate::Wrong(wrong) => why(t, wrong),
    }
}

/// Why a line is left out.
fn why(t: words::ShopImport, wrong: Wrong) -> String {
    let said = match wrong {
        Wrong::Nameless => t.nameless(),
        Wrong::NotFound => t.not_found(),
        Wrong::Twice(at) => return t.twice(at),
        Wrong::Shipment(shipments::Wrong::NoCarrier) => t.no_carrier(),
        Wrong::Shipment(shipments::Wrong::NoNumber) => t.no_number(),
        Wrong::Shipment(shipments::Wrong::Carrier) => t.carrier_unknown(),
        Wrong::Shipment(shipments::Wrong::Number) => return t.number_wrong(TrackingNumber::MAX),
        Wrong::Stage(Stage::Created) => t.not_paid(),
        Wrong::Stage(Stage::Closed) => t.closed(),
        Wrong::Stage(Stage::Refunded) => t.refunded(),
        Wrong::Stage(Stage::PaidRefundAsked) => t.refund_asked(),
        Wrong::Stage(Stage::Disputed) => t.disputed(),
        Wrong::Stage(Stage::Completed) => t.completed(),
        // Those are shipped or corrected.
        Wrong::Stage(Stage::Paid | Stage::Shipped | Stage::ShippedRefundAsked) => t.changed(),
    };
    said.to_owned()
}
