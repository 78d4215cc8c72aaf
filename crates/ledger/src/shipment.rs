//! Shipments: who carries goods to a buyer, and under which number. The ledger keeps them for both
//! sides and never looks into them; goods that nobody carries have none.

use crate::id::OrderId;
use crate::name::TrackingNumber;

/// Who carries goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "they are names; `code` is the interface")]
pub enum Carrier {
    Sf,
    Ems,
    Zto,
    Yto,
    Sto,
    Yunda,
    Jd,
    Jt,
    Deppon,
    Cainiao,
    /// Anybody else.
    Other,
}

impl Carrier {
    /// Every carrier, in the order in which people choose among them.
    pub const ALL: [Carrier; 11] = [
        Carrier::Sf,
        Carrier::Ems,
        Carrier::Zto,
        Carrier::Yto,
        Carrier::Sto,
        Carrier::Yunda,
        Carrier::Jd,
        Carrier::Jt,
        Carrier::Deppon,
        Carrier::Cainiao,
        Carrier::Other,
    ];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Carrier::Sf => "sf",
            Carrier::Ems => "ems",
            Carrier::Zto => "zto",
            Carrier::Yto => "yto",
            Carrier::Sto => "sto",
            Carrier::Yunda => "yunda",
            Carrier::Jd => "jd",
            Carrier::Jt => "jt",
            Carrier::Deppon => "deppon",
            Carrier::Cainiao => "cainiao",
            Carrier::Other => "other",
        }
    }

    /// The carrier with this code.
    pub fn from_code(code: &str) -> Option<Carrier> {
        Carrier::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// Goods on their way: a carrier never goes without its number, nor a number without its carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipment {
    /// Who carries them.
    pub carrier: Carrier,
    /// What the carrier calls them.
    pub number: TrackingNumber,
}

/// Says that the seller has shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShipOrder {
    /// Which order.
    pub order: OrderId,
    /// Who carries it, unless nobody does: digital goods need no carrier.
    pub shipment: Option<Shipment>,
}

/// Says that the goods travel otherwise than the seller said. What was said before stays in the
/// journal, and the deadline stays where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorrectShipment {
    /// Which order.
    pub order: OrderId,
    /// Who carries it.
    pub shipment: Shipment,
}
