//! How goods travel, on the pages of both sides, and the fields in which a seller says it.

use crate::api::shipments;
use crate::http::problem::Problem;
use crate::web::form::Form;
use crate::web::lang::Lang;
use crate::web::words;
use ledger::name::TrackingNumber;
use ledger::shipment::{Carrier, Shipment};

/// A shipment in words.
pub(crate) struct Carried {
    pub(crate) t: words::Shipments,
    pub(crate) carrier: &'static str,
    pub(crate) number: String,
}

impl Carried {
    /// The shipment in a language.
    pub(crate) fn new(lang: Lang, it: &Shipment) -> Carried {
        let t = words::Shipments(lang);
        Carried { t, carrier: name(t, it.carrier), number: it.number.as_str().to_owned() }
    }

    /// On one line.
    pub(crate) fn line(&self) -> String {
        self.t.line(self.carrier, &self.number)
    }
}

/// What a carrier is called.
pub(crate) fn name(t: words::Shipments, carrier: Carrier) -> &'static str {
    t.named(carrier.code()).unwrap_or(carrier.code())
}

/// What a carrier is called in a language.
pub(crate) fn carrier_name(lang: Lang, it: Carrier) -> &'static str {
    name(words::Shipments(lang), it)
}

/// What somebody typed as a shipment: as a form sends it, or as it is offered for correction.
#[derive(Default)]
pub(crate) struct Typed {
    pub(crate) carrier: String,
    pub(crate) number: String,
}

impl Typed {
    /// The fields with these names.
    pub(crate) fn of(form: &Form, carrier: &str, number: &str) -> Typed {
        let (carrier, number) = (form.text(carrier).to_owned(), form.text(number));
        // People copy numbers with the spaces between their groups.
        Typed { carrier, number: number.split_whitespace().collect() }
    }

    /// The shipment; none if nobody carries the goods.
    pub(crate) fn read(&self) -> Result<Option<Shipment>, Problem> {
        Ok(shipments::read(&self.carrier, &self.number)?)
    }
}

impl From<&Shipment> for Typed {
    fn from(it: &Shipment) -> Typed {
        let (carrier, number) = (it.carrier.code().to_owned(), it.number.as_str().to_owned());
        Typed { carrier, number }
    }
}

/// The carriers to choose among.
pub(crate) struct Choices {
    pub(crate) t: words::Shipments,
    pub(crate) carriers: [(&'static str, &'static str); Carrier::ALL.len()],
    pub(crate) most: usize,
}

impl Choices {
    /// In a language.
    pub(crate) fn new(lang: Lang) -> Choices {
        let t = words::Shipments(lang);
        let carriers = Carrier::ALL.map(|it| (it.code(), name(t, it)));
        Choices { t, carriers, most: TrackingNumber::MAX }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_carrier_has_a_name_in_both_languages() {
        for lang in [Lang::Zh, Lang::En] {
            for carrier in Carrier::ALL {
                assert!(words::Shipments(lang).named(carrier.code()).is_some(), "{carrier:?}");
            }
        }
    }
}
