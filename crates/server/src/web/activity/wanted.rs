//! What of an account's history somebody wants to see, as the address says it.

use super::kind::Kind;
use crate::web::form::escaped;
use crate::web::lang::Lang;
use crate::web::{dates, money, words};
use ledger::currency::Currency;
use ledger::id::{AccountId, EntryId};
use ledger::posting::Posting;
use ledger::time::Time;
use serde::Deserialize;

/// The query as it was sent: whatever cannot be read is said at its field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    pub(super) account: String,
    pub(super) dir: String,
    pub(super) kind: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) least: String,
    pub(super) most: String,
    pub(super) q: String,
    pub(super) before: String,
    pub(super) month: String,
}

/// Which way money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

/// What is wanted; everything unless it says otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    way: Option<Way>,
    kind: Option<Kind>,
    /// The first moment, and the first one after the last.
    from: Option<Time>,
    to: Option<Time>,
    least: Option<u64>,
    most: Option<u64>,
    /// What is searched for: an identifier.
    pub(super) id: Option<String>,
}

/// A field whose content cannot be read, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) field: &'static str,
    pub(super) why: &'static str,
}

impl Wanted {
    /// Everything from one moment to another.
    pub(super) fn between(from: Time, to: Time) -> Wanted {
        Wanted { from: Some(from), to: Some(to), ..Wanted::default() }
    }

    /// What a query wants, or which field of it says nothing.
    pub(super) fn read(query: &Query, currency: Currency, lang: Lang) -> Result<Wanted, Unread> {
        let t = words::Activity(lang);
        let filled = |text: &str| !text.trim().is_empty();
        let date = |field, text: &str, next: bool| {
            if !filled(text) {
                return Ok(None);
            }
            let day = dates::day_named(text.trim());
            let day = if next { day.and_then(|it| it.tomorrow().ok()) } else { day };
            let time = day.and_then(dates::midnight);
            time.map(Some).ok_or(Unread { field, why: t.date_unread() })
        };
        let amount = |field, text: &str| {
            let read = money::parse(text, currency).map(ledger::money::Money::minor);
            let wrong = Unread { field, why: t.amount_unread() };
            if filled(text) { read.map(Some).ok_or(wrong) } else { Ok(None) }
        };
        let wanted = Wanted {
            way: match query.dir.as_str() {
                "in" => Some(Way::In),
                "out" => Some(Way::Out),
                _ => None,
            },
            kind: Kind::named(&query.kind),
            from: date("from", &query.from, false)?,
            to: date("to", &query.to, true)?,
            least: amount("least", &query.least)?,
            most: amount("most", &query.most)?,
            id: Some(query.q.trim().to_owned()).filter(|it| !it.is_empty()),
        };
        match (wanted.from, wanted.to) {
            (Some(from), Some(to)) if from >= to => {
                Err(Unread { field: "to", why: t.dates_reversed() })
            }
            _ => Ok(wanted),
        }
    }

    /// Whether it leaves anything out.
    pub(super) fn narrows(&self) -> bool {
        let Wanted { way, kind, from, to, least, most, id } = self;
        way.is_some()
            || kind.is_some()
            || from.or(*to).is_some()
            || least.or(*most).is_some()
            || id.is_some()
    }

    /// Whether everything older is left out too.
    pub(super) fn ends_before(&self, at: Time) -> bool {
        self.from.is_some_and(|from| at < from)
    }

    /// Whether a posting of `own` is wanted, but for what is searched for.
    pub(super) fn takes(&self, own: AccountId, it: &Posting, kind: Kind) -> bool {
        let way = if it.credit == own { Way::In } else { Way::Out };
        self.way.is_none_or(|wanted| wanted == way)
            && self.kind.is_none_or(|wanted| wanted == kind)
            && self.from.is_none_or(|from| it.time >= from)
            && self.to.is_none_or(|to| it.time < to)
            && self.least.is_none_or(|least| it.amount >= least)
            && self.most.is_none_or(|most| it.amount <= most)
    }
}

impl Query {
    /// The same query as part of an address, without the place where the page begins.
    pub(super) fn address(&self) -> String {
        let fields = [
            ("account", &self.account),
            ("dir", &self.dir),
            ("kind", &self.kind),
            ("from", &self.from),
            ("to", &self.to),
            ("least", &self.least),
            ("most", &self.most),
            ("q", &self.q),
        ];
        let filled = fields.iter().filter(|(_, value)| !value.trim().is_empty());
        let pairs = filled.map(|(name, value)| format!("{name}={}", escaped(value.trim())));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// The entry before which the page begins.
    pub(super) fn before(&self) -> Option<u64> {
        EntryId::parse(&self.before).ok().map(EntryId::number)
    }

    /// The month that is named, such as `2026-11`: its first moment, and the first one after it.
    pub(super) fn month(&self) -> Option<(Time, Time)> {
        let first = dates::day_named(&format!("{}-01", self.month))?;
        let next = first.last_of_month().tomorrow().ok()?;
        Some((dates::midnight(first)?, dates::midnight(next)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::event::Subject;
    use ledger::id::{CellId, Position};
    use ledger::posting::Reason;

    const OWN: AccountId = AccountId::new(CellId::FIRST, 600_000);
    const OTHER: AccountId = AccountId::new(CellId::FIRST, 600_001);
    /// 2026-11-23 10:05 in China.
    const TIME: Time = Time(1_795_399_500_000);

    fn posting(debit: AccountId, credit: AccountId, amount: u64) -> Posting {
        Posting {
            position: Position(7),
            time: TIME,
            reason: Reason::Transfer,
            subject: Subject::Cell,
            debit,
            credit,
            amount,
            currency: Currency::CNY,
            debit_previous: None,
            credit_previous: None,
            debit_balance: 0,
            credit_balance: 0,
        }
    }

    fn read(query: &Query) -> Result<Wanted, Unread> {
        Wanted::read(query, Currency::CNY, Lang::En)
    }

    fn takes(query: &Query, it: &Posting) -> bool {
        read(query).unwrap().takes(OWN, it, Kind::Transfer)
    }

    #[test]
    fn days_are_the_platforms_days_and_both_ends_belong_to_them() {
        let it = posting(OTHER, OWN, 100);
        let dated = |from: &str, to: &str| Query {
            from: from.to_owned(),
            to: to.to_owned(),
            ..Query::default()
        };
        assert!(takes(&dated("2026-11-23", "2026-11-23"), &it));
        assert!(!takes(&dated("2026-11-24", ""), &it));
        assert!(!takes(&dated("", "2026-11-22"), &it));
        assert_eq!(read(&dated("2026-11-24", "2026-11-23")).unwrap_err().field, "to");
        assert_eq!(read(&dated("yesterday", "")).unwrap_err().field, "from");
        assert_eq!(read(&dated("", "2026-02-30")).unwrap_err().field, "to");
    }

    #[test]
    fn a_direction_an_amount_and_a_kind_leave_out_what_does_not_fit() {
        let (came, went) = (posting(OTHER, OWN, 8_800), posting(OWN, OTHER, 8_800));
        let of = |dir: &str, least: &str, most: &str, kind: &str| Query {
            dir: dir.to_owned(),
            least: least.to_owned(),
            most: most.to_owned(),
            kind: kind.to_owned(),
            ..Query::default()
        };
        assert!(takes(&of("in", "", "", ""), &came) && !takes(&of("in", "", "", ""), &went));
        assert!(takes(&of("out", "", "", ""), &went) && !takes(&of("out", "", "", ""), &came));
        assert!(takes(&of("", "88", "88.00", ""), &came));
        assert!(!takes(&of("", "88.01", "", ""), &came));
        assert!(!takes(&of("", "", "87.99", ""), &came));
        assert!(takes(&of("", "", "", "transfer"), &came));
        assert!(!takes(&of("", "", "", "refund"), &came));
        assert_eq!(read(&of("", "much", "", "")).unwrap_err().field, "least");
        assert!(!read(&Query::default()).unwrap().narrows());
    }

    #[test]
    fn an_address_says_what_was_asked_and_nothing_else() {
        let query = Query { q: " a&b=茶 ".to_owned(), dir: "in".to_owned(), ..Query::default() };
        assert_eq!(query.address(), "dir=in&q=a%26b%3D%E8%8C%B6");
        assert_eq!(Query { before: "x".to_owned(), ..Query::default() }.address(), "");
    }

    #[test]
    fn a_month_begins_and_ends_at_midnight_in_china() {
        let of = |text: &str| Query { month: text.to_owned(), ..Query::default() }.month();
        let (from, to) = of("2026-12").unwrap();
        assert_eq!(dates::second(from), "2026-12-01 00:00:00 +08:00");
        assert_eq!(dates::second(to), "2027-01-01 00:00:00 +08:00");
        assert_eq!(of("2026-13"), None);
        assert_eq!(of(""), None);
    }
}
