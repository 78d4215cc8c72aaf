//! What becomes of a line of the table, and why: decided from the books alone, changing nothing.

use super::table::{self, Line};
use crate::api::shipments;
use crate::app::App;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::holdings;
use crate::web::lang::Lang;
use crate::web::orders::carrier_name;
use crate::web::shop::books;
use http::StatusCode;
use ledger::id::AccountId;
use ledger::name::OrderNumber;
use ledger::order::{Event, Order, Stage};
use ledger::shipment::Shipment;
use std::collections::HashMap;

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The order is shipped.
    Ship(Shipment),
    /// The order travels, and the number is corrected.
    Correct {
        /// What the seller said last, if anything.
        before: Option<Shipment>,
        /// What they say now.
        after: Shipment,
    },
    /// The seller has said so before: there is nothing to do.
    Same(Shipment),
    /// The line of this number says the same.
    Repeats(usize),
    /// Neither a carrier nor a number is filled in: there is nothing to do.
    Blank,
    /// It is left out.
    Wrong(Wrong),
}

/// Why a line is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It names no order.
    Nameless,
    /// The shop has no such order.
    NotFound,
    /// This is wrong with its shipment.
    Shipment(shipments::Wrong),
    /// The line of this number says something else of the same order.
    Twice(usize),
    /// The order is at a stage at which nothing is shipped or corrected.
    Stage(Stage),
}

/// A line with the order that it is about, and what becomes of it.
pub(super) struct Judged {
    pub(super) line: Line,
    pub(super) order: Option<Order>,
    pub(super) fate: Fate,
}

/// Says of every line what becomes of it.
pub(super) fn judge(app: &App, signed: &Signed, lines: Vec<Line>) -> Result<Vec<Judged>, Problem> {
    let accounts: Vec<AccountId> =
        holdings::accounts(app, signed)?.into_iter().map(|it| it.id).collect();
    let mut judged = Vec::new();
    for line in lines {
        let order = find(app, signed, &accounts, &line.order)?;
        let before = match &order {
            Some(it) => shipments::of(app, it)?,
            None => None,
        };
        let fate = fate(&line, order.as_ref(), before);
        judged.push(Judged { line, order, fate });
    }
    repeated(&mut judged);
    Ok(judged)
}

/// The order of a shop with this id or number. Others' orders are as unknown as those that nobody
/// has.
fn find(
    app: &App,
    signed: &Signed,
    accounts: &[AccountId],
    text: &str,
) -> Result<Option<Order>, Problem> {
    match books::order(app, signed, text) {
        Ok(it) => return Ok(Some(it)),
        Err(problem) if problem.code.status() == StatusCode::NOT_FOUND => {}
        Err(problem) => return Err(problem),
    }
    let Some(number) = OrderNumber::new(text) else { return Ok(None) };
    for account in accounts {
        let (found, _) = app.read(account.cell(), |view| {
            let Some(id) = view.numbered(*account, &number)? else { return Ok(None) };
            view.order(id)
        })?;
        if let Some(it) = found.filter(|it| it.merchant == signed.user) {
            return Ok(Some(it));
        }
    }
    Ok(None)
}

/// What becomes of a line by itself.
fn fate(line: &Line, order: Option<&Order>, before: Option<Shipment>) -> Fate {
    if line.order.is_empty() {
        return Fate::Wrong(Wrong::Nameless);
    }
    let Some(order) = order else { return Fate::Wrong(Wrong::NotFound) };
    let after = match shipment(line) {
        Ok(Some(it)) => it,
        Ok(None) => return Fate::Blank,
        Err(wrong) => return Fate::Wrong(Wrong::Shipment(wrong)),
    };
    let stage = order.stage;
    if before == Some(after) {
        Fate::Same(after)
    } else if stage.next(Event::Ship).is_some() {
        Fate::Ship(after)
    } else if stage.next(Event::CorrectShipment).is_some() {
        Fate::Correct { before, after }
    } else {
        Fate::Wrong(Wrong::Stage(stage))
    }
}

/// How the goods travel, as a line says it.
fn shipment(line: &Line) -> Result<Option<Shipment>, shipments::Wrong> {
    let names = |it| [Lang::Zh, Lang::En].map(|lang| carrier_name(lang, it));
    let known = table::carrier(&line.carrier, names);
    shipments::read(known.map_or(line.carrier.as_str(), |it| it.code()), &line.number)
}

impl Fate {
    /// What a line says of its order, if it says something good.
    const fn says(&self) -> Option<Shipment> {
        match self {
            Fate::Ship(it) | Fate::Same(it) | Fate::Correct { after: it, .. } => Some(*it),
            Fate::Repeats(_) | Fate::Blank | Fate::Wrong(_) => None,
        }
    }
}

/// Of the lines about one order the first counts if all say the same, and otherwise none: which of
/// them is meant, only the seller knows.
fn repeated(judged: &mut [Judged]) {
    let mut about: HashMap<u64, Vec<usize>> = HashMap::new();
    for (place, it) in judged.iter().enumerate() {
        if let Some(order) = it.order.filter(|_| it.fate.says().is_some()) {
            about.entry(order.id.raw()).or_default().push(place);
        }
    }
    for places in about.into_values() {
        let said: Vec<_> = places.iter().map(|it| judged[*it].fate.says()).collect();
        let agree = said.iter().all(|it| *it == said[0]);
        let ats: Vec<usize> = places.iter().map(|it| judged[*it].line.at).collect();
        for (turn, place) in places.iter().enumerate() {
            if agree && turn > 0 {
                judged[*place].fate = Fate::Repeats(ats[0]);
            } else if !agree {
                let other = if turn == 0 { ats[1] } else { ats[0] };
                judged[*place].fate = Fate::Wrong(Wrong::Twice(other));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::orders::order_in_test;
    use ledger::id::OrderId;
    use ledger::name::TrackingNumber;
    use ledger::shipment::Carrier;

    fn line(at: usize, [order, carrier, number]: [&str; 3]) -> Line {
        let (order, carrier, number) = (order.into(), carrier.into(), number.into());
        Line { at, order, carrier, number }
    }

    fn sf(number: &str) -> Shipment {
        Shipment { carrier: Carrier::Sf, number: TrackingNumber::new(number).unwrap() }
    }

    #[test]
    fn a_line_does_what_the_ledger_allows_at_every_stage() {
        for stage in Stage::ALL {
            let order = order_in_test(stage);
            let fate = |before| fate(&line(2, ["1", "顺丰", "SF1"]), Some(&order), before);
            let (after, before) = (sf("SF1"), Some(sf("SF2")));
            let expected = match stage {
                Stage::Paid => Fate::Ship(after),
                Stage::Shipped | Stage::ShippedRefundAsked => Fate::Correct { before, after },
                Stage::Created
                | Stage::PaidRefundAsked
                | Stage::Disputed
                | Stage::Completed
                | Stage::Refunded
                | Stage::Closed => Fate::Wrong(Wrong::Stage(stage)),
            };
            assert_eq!(fate(before), expected);
            assert_eq!(fate(Some(after)), Fate::Same(after), "at {stage:?} it is said already");
        }
    }

    #[test]
    fn a_line_says_what_is_wrong_with_it() {
        let order = order_in_test(Stage::Paid);
        for (cells, expected) in [
            (["", "sf", "1"], Fate::Wrong(Wrong::Nameless)),
            (["1", "", ""], Fate::Blank),
            (["1", "sf", ""], Fate::Wrong(Wrong::Shipment(shipments::Wrong::NoNumber))),
            (["1", "", "1"], Fate::Wrong(Wrong::Shipment(shipments::Wrong::NoCarrier))),
            (["1", "pigeon", "1"], Fate::Wrong(Wrong::Shipment(shipments::Wrong::Carrier))),
            (["1", "sf", "7.31E+14"], Fate::Wrong(Wrong::Shipment(shipments::Wrong::Number))),
        ] {
            assert_eq!(fate(&line(2, cells), Some(&order), None), expected, "{cells:?}");
        }
        let unknown = fate(&line(2, ["1", "sf", "1"]), None, None);
        assert_eq!(unknown, Fate::Wrong(Wrong::NotFound));
    }

    #[test]
    fn of_lines_about_one_order_the_first_counts_or_none() {
        let judged = |order: u64, at: usize, number: &str| {
            let order = Order { id: OrderId::from_raw(order), ..order_in_test(Stage::Paid) };
            let line = line(at, ["1", "sf", number]);
            let fate = fate(&line, Some(&order), None);
            Judged { line, order: Some(order), fate }
        };
        let fates = |mut lines: Vec<Judged>| {
            repeated(&mut lines);
            lines.into_iter().map(|it| it.fate).collect::<Vec<_>>()
        };
        let agree = vec![judged(1, 2, "A"), judged(2, 3, "A"), judged(1, 4, "A")];
        let expected = [Fate::Ship(sf("A")), Fate::Ship(sf("A")), Fate::Repeats(2)];
        assert_eq!(fates(agree), expected);
        let differ = vec![judged(1, 2, "A"), judged(1, 3, "B"), judged(1, 4, "A")];
        let expected = [3, 2, 2].map(|at| Fate::Wrong(Wrong::Twice(at)));
        assert_eq!(fates(differ), expected);
        let spoilt = vec![judged(1, 2, "A"), judged(1, 3, "A+")];
        let wrong = Fate::Wrong(Wrong::Shipment(shipments::Wrong::Number));
        assert_eq!(fates(spoilt), [Fate::Ship(sf("A")), wrong]);
    }
}
