//! `/shop/orders`: what was sold, by what comes next, and shipping many at once.

use super::books;
use crate::app::{App, request_name};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::form::{Form, KEY, new_key};
use crate::web::orders::{Choices, Typed};
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, mistake, money, words};
use askama::Template;
use axum::extract::{Query, State};
use ledger::command::{Command, ShipOrder};
use ledger::id::OrderId;
use ledger::order::{Order, Stage};
use serde::Deserialize;

/// Orders on a page.
const PAGE: usize = 50;

/// What comes next for an order, and who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    /// The shop ships.
    Ship,
    /// The shop answers a wish for a refund.
    Refund,
    /// The platform decides.
    Dispute,
    /// The buyer confirms.
    Confirm,
    /// The buyer pays.
    Pay,
    /// Nobody does anything.
    Done,
}

impl Tab {
    /// Those whose orders are not over.
    pub(super) const OPEN: [Tab; 5] =
        [Tab::Ship, Tab::Refund, Tab::Dispute, Tab::Confirm, Tab::Pay];
    const ALL: [Tab; 6] = [Tab::Ship, Tab::Refund, Tab::Dispute, Tab::Confirm, Tab::Pay, Tab::Done];

    /// Its name in addresses.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Tab::Ship => "ship",
            Tab::Refund => "refund",
            Tab::Dispute => "dispute",
            Tab::Confirm => "confirm",
            Tab::Pay => "pay",
            Tab::Done => "done",
        }
    }

    /// The stages whose orders it has.
    pub(super) const fn stages(self) -> &'static [Stage] {
        match self {
            Tab::Ship => &[Stage::Paid],
            Tab::Refund => &[Stage::PaidRefundAsked, Stage::ShippedRefundAsked],
            Tab::Dispute => &[Stage::Disputed],
            Tab::Confirm => &[Stage::Shipped],
            Tab::Pay => &[Stage::Created],
            Tab::Done => &[Stage::Completed, Stage::Refunded, Stage::Closed],
        }
    }

    /// Its name for people.
    pub(super) fn label(self, t: words::Shop) -> &'static str {
        match self {
            Tab::Ship => t.tab_ship(),
            Tab::Refund => t.tab_refund(),
            Tab::Dispute => t.tab_dispute(),
            Tab::Confirm => t.tab_confirm(),
            Tab::Pay => t.tab_pay(),
            Tab::Done => t.tab_done(),
        }
    }

    /// Its picture.
    pub(super) const fn icon(self) -> &'static str {
        match self {
            Tab::Ship => "package",
            Tab::Refund => "undo-2",
            Tab::Dispute => "scale",
            Tab::Confirm => "truck",
            Tab::Pay => "clock",
            Tab::Done => "circle-check",
        }
    }

    /// Whether it is the shop that has to act.
    pub(super) const fn waits_for_shop(self) -> bool {
        match self {
            Tab::Ship | Tab::Refund => true,
            Tab::Dispute | Tab::Confirm | Tab::Pay | Tab::Done => false,
        }
    }
}

/// The name, the class and the picture of a stage.
pub(super) fn chip(t: words::Shop, stage: Stage) -> Chip {
    let (text, class, icon) = match stage {
        Stage::Created => (t.stage_created(), "", "clock"),
        Stage::Paid => (t.stage_paid(), "hold", "shield-check"),
        Stage::Shipped => (t.stage_shipped(), "info", "truck"),
        Stage::PaidRefundAsked | Stage::ShippedRefundAsked => (t.stage_asked(), "warn", "undo-2"),
        Stage::Disputed => (t.stage_disputed(), "warn", "scale"),
        Stage::Completed => (t.stage_completed(), "ok", "circle-check"),
        Stage::Refunded => (t.stage_refunded(), "ok", "undo-2"),
        Stage::Closed => (t.stage_closed(), "", "circle-minus"),
    };
    Chip { text, class, icon }
}

/// A stage as a page shows it.
pub(super) struct Chip {
    pub(super) text: &'static str,
    pub(super) class: &'static str,
    pub(super) icon: &'static str,
}

/// When something happens to an order by itself, or the shop is late.
pub(super) fn deadline(it: &Order) -> Option<ledger::time::Time> {
    if it.stage == Stage::Paid { it.ship_by() } else { it.due }
}

struct Row {
    id: String,
    subject: String,
    number: String,
    amount: String,
    chip: Chip,
    by: Option<dates::Moment>,
    created: dates::Moment,
}

fn row(app: &App, visit: &Visit, it: &Order) -> Result<Row, Problem> {
    Ok(Row {
        id: it.id.to_string(),
        subject: books::subject(app, it)?,
        number: it.number.as_str().to_owned(),
        amount: money::amount(it.price),
        chip: chip(words::Shop(visit.lang), it.stage),
        by: deadline(it).map(|by| dates::Moment::new(visit.lang, by).relative()),
        created: dates::Moment::new(visit.lang, it.created_at),
    })
}

/// Which orders to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    tab: String,
    before: String,
}

struct TabLink {
    code: &'static str,
    label: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "shop/orders.html")]
struct OrdersPage {
    shell: Shell,
    t: words::Shop,
    tabs: Vec<TabLink>,
    shipping: bool,
    choices: Choices,
    key: String,
    rows: Vec<Row>,
    next: Option<String>,
}

/// `GET /shop/orders`
pub(super) async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Page {
    let signed = visit.merchant()?;
    let t = words::Shop(visit.lang);
    let tab = Tab::ALL.into_iter().find(|it| it.code() == wanted.tab).unwrap_or(Tab::Ship);
    let before = OrderId::parse(&wanted.before).ok().map(OrderId::raw);
    let mut found = books::sales(&app, signed, tab.stages(), before, PAGE + 1)?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().filter(|_| more);
    let next = last.map(|it| format!("/shop/orders?tab={}&before={}", tab.code(), it.id));
    let rows = found.iter().map(|it| row(&app, &visit, it)).collect::<Result<_, _>>()?;
    let link = |it: Tab| TabLink { code: it.code(), label: it.label(t), current: it == tab };
    let tabs = Tab::ALL.into_iter().map(link).collect();
    let (shell, key) = (visit.shell(&app, t.sales()), new_key()?);
    let (shipping, choices) = (tab == Tab::Ship, Choices::new(visit.lang));
    render(&OrdersPage { shell, t, tabs, shipping, choices, key, rows, next })
}

/// What became of a ticked row.
struct Shipped {
    id: String,
    subject: String,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/shipped.html")]
struct ShippedPage {
    shell: Shell,
    t: words::Shop,
    said: String,
    rows: Vec<Shipped>,
}

/// `POST /shop/orders/ship`: each ticked row is asked for by a name of its own, so sending the form
/// again ships nothing twice and shows the same.
pub(super) async fn ship(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let signed = visit.merchant()?;
    let t = words::Shop(visit.lang);
    let key = form.text(KEY);
    if key.is_empty() || key.len() > 64 {
        return Err(Problem::of(&codes::FORM_UNREADABLE));
    }
    // What is not theirs stops everything, before anything is shipped.
    let ticked = form.all("order").take(PAGE).map(|id| {
        let it = books::order(&app, signed, id)?;
        Ok((it, books::subject(&app, &it)?))
    });
    let mut rows = Vec::new();
    for (it, subject) in ticked.collect::<Result<Vec<_>, Problem>>()? {
        let name = request_name(&signed.scope(), &format!("page:{key}:{}", it.id));
        let fields = ["carrier", "tracking_number"].map(|field| format!("{field}:{}", it.id));
        let shipped = match Typed::of(&form, &fields[0], &fields[1]).read() {
            Ok(shipment) => {
                let command = Command::ShipOrder(ShipOrder { order: it.id, shipment });
                app.submit(signed, name, it.id.cell(), command).await.map(drop)
            }
            Err(problem) => Err(problem),
        };
        // One row's trouble must not hide what became of the others.
        let say =
            |it: Problem| t.fault(visit.lang.of_pair(it.code.title), mistake::money(&visit, &it));
        let fault = shipped.err().map(say);
        rows.push(Shipped { id: it.id.to_string(), subject, fault });
    }
    let done = rows.iter().filter(|it| it.fault.is_none()).count();
    let said = t.shipped_count(done, rows.len());
    render(&ShippedPage { shell: visit.shell(&app, t.sales()), t, said, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_is_in_one_tab() {
        for stage in Stage::ALL {
            let tabs = Tab::ALL.into_iter().filter(|it| it.stages().contains(&stage));
            assert_eq!(tabs.count(), 1, "{stage:?}");
        }
    }
}
