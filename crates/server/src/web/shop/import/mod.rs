//! `/shop/orders/import`: many orders are shipped, or their tracking numbers corrected, by a table.
//!
//! The table is read and every line of it judged before anything happens; what would happen is
//! shown, and carried in the form that confirms it. There every line is looked at again: it does
//! what was shown or nothing. What it asks is named after the order, what the seller says and what
//! had happened to the order before, so that sending the form again, sending another form of the
//! same table, or going on after the server was stopped in the middle does nothing twice.

mod done;
mod fate;
mod shown;
mod table;

pub(super) use done::confirm;

use super::books;
use super::orders::Tab;
use crate::app::App;
use crate::documents::csv;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::apart::apart;
use crate::web::orders::{Choices, carrier_name};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{papers, words};
use askama::Template;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use http::StatusCode;
use ledger::order::Order;
use ledger::shipment::Carrier;
use table::{BYTES_MAX, Column, LINES_MAX, Unreadable};

/// The most bytes that are taken from a browser. What is beyond a table's size is not kept, only
/// read to its end, so that whoever chose a wrong file is told so.
pub(super) const UPLOAD_MAX: usize = 16 << 20;

#[derive(Template)]
#[template(path = "shop/import.html")]
struct AskPage {
    shell: Shell,
    t: words::ShopImport,
    choices: Choices,
    fault: Option<String>,
    most: usize,
}

impl AskPage {
    fn new(app: &App, visit: &Visit, fault: Option<String>) -> AskPage {
        let t = words::ShopImport(visit.lang);
        let shell = visit.shell(app, t.import());
        AskPage { shell, t, choices: Choices::new(visit.lang), fault, most: LINES_MAX }
    }
}

/// `GET /shop/orders/import`
pub(super) async fn ask(State(app): State<App>, visit: Visit) -> Page {
    visit.merchant()?;
    render(&AskPage::new(&app, &visit, None))
}

/// `GET /shop/orders/import/sample.csv`: what waits to be shipped, or an example if nothing does.
pub(super) async fn sample(State(app): State<App>, visit: Visit) -> Page {
    let signed = visit.merchant()?.clone();
    let t = words::ShopImport(visit.lang);
    let lines = apart(move || {
        let waiting = books::sales(&app, &signed, Tab::Ship.stages(), None, LINES_MAX)?;
        let line = |it: &Order| {
            let (number, goods) = (it.number.as_str().to_owned(), books::subject(&app, it)?);
            Ok([it.id.to_string(), number, goods, String::new(), String::new()])
        };
        waiting.iter().map(line).collect::<Result<Vec<_>, Problem>>()
    });
    let mut lines = lines.await?;
    if lines.is_empty() {
        let carrier = carrier_name(visit.lang, Carrier::Sf);
        let example = ["", "A-1001", t.sample_goods(), carrier, "SF1234567890"];
        lines.push(example.map(str::to_owned));
    }
    let heads = [t.order_id(), t.your_number(), t.goods(), t.carrier(), t.number()];
    Ok(papers::file(
        csv::shipments(heads, &lines),
        "text/csv; charset=utf-8",
        "danbao-shipments.csv",
    ))
}

/// `GET /shop/orders/import/confirm`: a result is told once. Whoever comes back to where it stood,
/// or wants it in the other language, finds the orders.
pub(super) async fn over(visit: Visit) -> Page {
    visit.merchant()?;
    see("/shop/orders")
}

/// Why there is no preview.
enum Stopped {
    Unreadable(Unreadable),
    Problem(Problem),
}

impl From<MultipartError> for Stopped {
    fn from(error: MultipartError) -> Stopped {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Stopped::Unreadable(Unreadable::Large);
        }
        Stopped::Problem(Problem::of(&codes::FORM_UNREADABLE))
    }
}

/// The file of a form, as far as its size is good.
async fn receive(mut form: Multipart) -> Result<Vec<u8>, Stopped> {
    let mut file = Vec::new();
    while let Some(mut field) = form.next_field().await? {
        let wanted = field.name() == Some("file");
        while let Some(piece) = field.chunk().await? {
            // One byte too many says that there were more.
            let room = (BYTES_MAX + 1).saturating_sub(file.len());
            file.extend(piece.iter().take(if wanted { room } else { 0 }));
        }
    }
    Ok(file)
}

/// `POST /shop/orders/import`: shows what would happen, and changes nothing.
pub(super) async fn preview(
    State(app): State<App>,
    visit: Visit,
    form: Result<Multipart, MultipartRejection>,
) -> Page {
    let received = match form {
        Ok(form) => receive(form).await,
        Err(_) => Err(Stopped::Problem(Problem::of(&codes::FORM_UNREADABLE))),
    };
    // Only now: a browser that is still sending shows no answer, nor the way to sign in again.
    visit.merchant()?;
    let read = match received {
        Ok(bytes) => table::read(&bytes).map_err(Stopped::Unreadable),
        Err(stopped) => Err(stopped),
    };
    match read {
        Ok(lines) => apart(move || shown::page(&app, &visit, lines)).await,
        Err(Stopped::Unreadable(why)) => {
            let fault = unreadable(words::ShopImport(visit.lang), why);
            again(&AskPage::new(&app, &visit, Some(fault)))
        }
        Err(Stopped::Problem(problem)) => Err(problem),
    }
}

/// Why a file was not read.
fn unreadable(t: words::ShopImport, why: Unreadable) -> String {
    match why {
        Unreadable::Empty => t.file_empty().to_owned(),
        Unreadable::Large => t.file_large().to_owned(),
        Unreadable::Workbook => t.file_workbook().to_owned(),
        Unreadable::Encoding => t.file_encoding().to_owned(),
        Unreadable::Quote => t.file_quote().to_owned(),
        Unreadable::Lines => t.file_lines(LINES_MAX),
        Unreadable::Column(Column::Order) => t.no_column(t.order_id()),
        Unreadable::Column(Column::Carrier) => t.no_column(t.carrier()),
        Unreadable::Column(Column::Number) => t.no_column(t.number()),
    }
}
