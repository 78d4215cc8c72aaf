//! Shipments in what is asked and in what is told. The journal has them, in the records that
//! shipped an order or corrected how it travels; the books have only that it was shipped.

use crate::app::App;
use crate::http::body::Body;
use crate::http::codes;
use crate::http::problem::Problem;
use ledger::command::Command;
use ledger::event::{EventKind, Happening};
use ledger::id::CellId;
use ledger::name::TrackingNumber;
use ledger::order::Order;
use ledger::shipment::{Carrier, Shipment};
use serde_json::{Value, json};

/// Events of a timeline among which the last word about a shipment is looked for.
const EVENTS_MAX: usize = 200;

/// What is wrong with a shipment that was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// There is a number, and nobody who carries it.
    NoCarrier,
    /// There is a carrier, and no number.
    NoNumber,
    /// No such carrier is known.
    Carrier,
    /// That is no tracking number.
    Number,
}

impl Wrong {
    /// The member that is to blame.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            Wrong::NoCarrier | Wrong::Carrier => "carrier",
            Wrong::NoNumber | Wrong::Number => "tracking_number",
        }
    }

    fn detail(self) -> String {
        let most = TrackingNumber::MAX;
        match self {
            Wrong::NoCarrier => "tracking_number goes with a carrier. Nothing was changed.".into(),
            Wrong::NoNumber => "carrier goes with a tracking_number. Nothing was changed.".into(),
            Wrong::Carrier => {
                let codes = Carrier::ALL.map(Carrier::code).join(", ");
                format!("carrier is one of {codes}. Nothing was changed.")
            }
            Wrong::Number => format!(
                "tracking_number has 1 to {most} of the characters A-Z a-z 0-9 and -. Nothing was \
                 changed."
            ),
        }
    }
}

impl From<Wrong> for Problem {
    fn from(it: Wrong) -> Problem {
        Problem::new(&codes::SHIPMENT_INVALID, it.detail()).at(format!("/{}", it.field()))
    }
}

/// The shipment of a carrier's code and a tracking number; none if both are empty.
pub(crate) fn read(carrier: &str, number: &str) -> Result<Option<Shipment>, Wrong> {
    match (carrier, number) {
        ("", "") => return Ok(None),
        ("", _) => return Err(Wrong::NoCarrier),
        (_, "") => return Err(Wrong::NoNumber),
        (_, _) => {}
    }
    let carrier = Carrier::from_code(carrier).ok_or(Wrong::Carrier)?;
    let number = TrackingNumber::new(number).ok_or(Wrong::Number)?;
    Ok(Some(Shipment { carrier, number }))
}

/// `carrier` and `tracking_number` of a body.
pub(super) fn parse(body: &mut Body<'_>) -> Result<Option<Shipment>, Problem> {
    let carrier = body.optional_text("carrier")?.unwrap_or_default();
    let number = body.optional_text("tracking_number")?.unwrap_or_default();
    Ok(read(&carrier, &number)?)
}

/// A shipment that has to be there.
pub(crate) fn needed(found: Option<Shipment>) -> Result<Shipment, Problem> {
    found.ok_or_else(|| Wrong::Carrier.into())
}

/// How an order travels, as its seller said last; none if it does not.
pub(crate) fn of(app: &App, order: &Order) -> Result<Option<Shipment>, Problem> {
    if order.shipped_at.is_none() {
        return Ok(None);
    }
    let cell = order.id.cell();
    let (timeline, _) = app.read(cell, |view| view.timeline(order.last_event, EVENTS_MAX))?;
    match timeline.iter().find(|(_, it)| tells(it)) {
        Some((_, it)) => told(app, cell, it),
        None => Ok(None),
    }
}

/// Whether an event is of a record that has a shipment.
const fn tells(it: &Happening) -> bool {
    matches!(it.kind, EventKind::OrderShipped | EventKind::OrderShipmentCorrected)
}

/// The shipment that an event tells of.
pub(crate) fn told(app: &App, cell: CellId, it: &Happening) -> Result<Option<Shipment>, Problem> {
    if !tells(it) {
        return Ok(None);
    }
    let command = app.engine().request_at(cell, it.position)?.command;
    if let Command::CorrectShipment(it) = command {
        return Ok(Some(it.shipment));
    }
    if let Command::ShipOrder(it) = command { Ok(it.shipment) } else { Ok(None) }
}

/// A shipment as JSON.
pub(super) fn render(it: &Shipment) -> Value {
    json!({ "carrier": it.carrier.code(), "tracking_number": it.number.as_str() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carrier_goes_with_its_number_and_a_number_with_its_carrier() {
        let number = TrackingNumber::new("SF-1").unwrap();
        let shipment = Shipment { carrier: Carrier::Sf, number };
        let long = "1".repeat(36);
        let cases = [
            ("", "", Ok(None)),
            ("sf", "SF-1", Ok(Some(shipment))),
            ("sf", "", Err(Wrong::NoNumber)),
            ("", "SF-1", Err(Wrong::NoCarrier)),
            ("pigeon", "SF-1", Err(Wrong::Carrier)),
            ("sf", "SF 1", Err(Wrong::Number)),
            ("sf", "单号", Err(Wrong::Number)),
            ("sf", &long, Err(Wrong::Number)),
        ];
        for (carrier, number, expected) in cases {
            assert_eq!(read(carrier, number), expected, "{carrier} {number}");
        }
    }
}
