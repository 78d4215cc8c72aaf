//! `/shop/settlements`: what each day brought a shop.

use super::books;
use crate::app::App;
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::State;
use ledger::currency::Currency;
use ledger::event::Subject;
use ledger::posting::Reason;

/// Entries of an account that are counted.
const ENTRIES_MAX: usize = 1_000;

/// What a day comes to, in minor units.
#[derive(Default)]
struct Sums {
    released: u64,
    fees: u64,
    refunds: u64,
}

#[expect(clippy::struct_field_names, reason = "a day is called so")]
struct Day {
    day: String,
    released: String,
    fees: String,
    refunds: String,
    net: String,
}

#[derive(Template)]
#[template(path = "shop/settlements.html")]
struct SettlementsPage {
    shell: Shell,
    t: words::Settlements,
    note: String,
    days: Vec<Day>,
}

/// `GET /shop/settlements`
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Page {
    let signed = visit.merchant()?;
    let t = words::Settlements(visit.lang);
    let mut days: Vec<(String, Sums)> = Vec::new();
    let accounts = books::accounts(&app, signed)?;
    // The first account in yuan is the one that shops are opened with.
    if let Some(account) = accounts.iter().find(|it| it.currency == Currency::CNY) {
        let (entries, _) = app.read(account.id.cell(), |view| {
            let mut found = Vec::new();
            for (_, it) in view.postings_of(account.id, None, ENTRIES_MAX)? {
                let order =
                    if let Subject::Order(id) = it.subject { view.order(id)? } else { None };
                found.push((it, order.map_or(0, |it| it.fee)));
            }
            Ok(found)
        })?;
        for (it, fee) in entries {
            let (income, refund) = (it.credit == account.id, it.debit == account.id);
            let sold =
                income && (it.reason == Reason::OrderReleased || it.reason == Reason::OrderPaid);
            let refund = refund && it.reason == Reason::OrderRefunded;
            if !sold && !refund {
                continue;
            }
            let day = dates::day(visit.lang, it.time);
            if days.last().is_none_or(|last| last.0 != day) {
                days.push((day, Sums::default()));
            }
            let Some((_, sums)) = days.last_mut() else { continue };
            if sold {
                sums.released += it.amount + fee;
                sums.fees += fee;
            } else {
                sums.refunds += it.amount;
            }
        }
    }
    let days = days.into_iter().map(|(day, it)| line(day, &it)).collect();
    let shell = visit.shell(&app, t.settlements());
    render(&SettlementsPage { shell, t, note: t.note(ENTRIES_MAX), days })
}

fn line(day: String, it: &Sums) -> Day {
    let shown = |units| money::minor(units, Currency::CNY);
    let (income, out) = (it.released, it.fees + it.refunds);
    let net = if income >= out {
        shown(income - out)
    } else {
        money::expense(out - income, Currency::CNY)
    };
    let (released, fees, refunds) = (shown(it.released), shown(it.fees), shown(it.refunds));
    Day { day, released, fees, refunds, net }
}
