//! "Where is my money?": one answer for every movement, from the books alone, so that it is there
//! also while nothing can be written.
//!
//! `whereabouts` decides, `words` says it in two languages, `find` looks up what belongs to the
//! same purpose, and `chain` makes the list of events something that can be shown to others.

mod chain;
mod find;
mod happened;
mod whereabouts;
mod words;

pub use chain::check;
pub(crate) use happened::words as happened;
pub use whereabouts::Side;

use crate::app::App;
use crate::banks::{Movement, Schedule};
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::http::receipt::rfc3339;
use crate::people::Signed;
use crate::web::lang::Lang;
use crate::web::{dates as written, money};
use find::Found;
use ledger::id::{CardId, KeyId};
use ledger::money::Money;
use ledger::registry::{Role, UserKind};
use ledger::time::{Seconds, Time};
use serde_json::{Value, json};
use whereabouts::{Dates, Whereabouts};
use words::{Facts, Words};

/// A day, after which a bank's statement has been compared.
const DAY: Seconds = Seconds::days(1);

/// The trace of whatever `id` names: a thing of ours, a bank's own reference, or the name of a
/// request.
pub(crate) fn trace(
    app: &App,
    caller: &Caller,
    id: &str,
    side: Option<Side>,
) -> Result<Value, Problem> {
    let found = find::find(app, caller, id, side)?;
    let mut value = render(&found);
    chain::sign(&mut value, app.signer());
    Ok(value)
}

/// A trace as a page shows it: the sentences in the visitor's language, with amounts and dates as
/// pages write them.
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) amount: Money,
    /// The name of the place and of whoever acts next.
    pub(crate) place: &'static str,
    pub(crate) next: &'static str,
    pub(crate) certain: String,
    pub(crate) since: Time,
    pub(crate) by: Option<Time>,
    pub(crate) then: String,
    pub(crate) advice: String,
    pub(crate) avoid: Option<String>,
    pub(crate) bank_reference: Option<String>,
    /// What happened, the oldest first.
    pub(crate) events: Vec<(Time, String)>,
}

/// The trace of something that whoever is signed in may see: users what is their own, operators
/// everything. `held` is what to say of an order of which a part went back.
pub(crate) fn tell(
    app: &App,
    signed: &Signed,
    id: &str,
    side: Option<Side>,
    lang: Lang,
    held: Option<Money>,
) -> Result<Told, Problem> {
    let user = match signed.kind {
        UserKind::Customer | UserKind::Merchant => Some(signed.user),
        UserKind::Operator => None,
    };
    let caller = Caller { key: KeyId::from_raw(0), role: Role::ReadOnly, user };
    let found = find::find(app, &caller, id, side)?;
    let it = &found.whereabouts;
    let facts = Facts {
        amount: money::amount(held.unwrap_or(found.amount)),
        card: found.card.clone(),
        by: it.by.map(|by| written::minute(lang, by)).unwrap_or_default(),
        reference: found.reference.clone().unwrap_or_else(|| found.id.clone()),
    };
    let say = |words: &Words| {
        let [en, zh] = words.fill(&facts);
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    };
    let events = found
        .happened
        .iter()
        .map(|(time, kind)| (*time, lang.of_pair(happened::words(*kind)).to_owned()));
    Ok(Told {
        amount: found.amount,
        kind: found.kind,
        place: it.place.code(),
        next: it.next.code(),
        certain: say(it.certain),
        since: it.since,
        by: it.by,
        then: say(it.then),
        advice: say(it.advice),
        avoid: it.avoid.map(say),
        events: events.collect(),
        bank_reference: found.bank_reference,
        id: found.id,
    })
}

/// When the bank of a movement is asked next, and when its statement has decided.
fn dates(app: &App, movement: Movement, card: CardId, since: Time) -> Dates {
    let now = app.engine().now(movement.cell()).unwrap_or(since);
    let asked = Schedule::new(since, movement.key(), app.banks().scale()).next(now);
    let desk = app.banks().of_card(app, card);
    let calendar = desk.as_ref().map(|it| it.1.calendar());
    let end = calendar.and_then(|it| it.bounds(it.day_of(since)?)).map(|it| it.1);
    Dates { asked, statement: end.unwrap_or_else(|| since.after(DAY)).after(DAY) }
}

/// A moment as people read it.
fn shown(at: Time) -> String {
    let text = rfc3339(at);
    let minutes = text.get(..16).unwrap_or(&text).replace('T', " ");
    format!("{minutes} UTC")
}

fn say(words: &Words, facts: &Facts) -> Value {
    let [en, zh] = words.fill(facts);
    json!({ "name": words.name.to_lowercase(), "en": en, "zh": zh })
}

fn render(found: &Found) -> Value {
    let Whereabouts { place, certain, since, next, by, then, advice, avoid } = &found.whereabouts;
    let facts = Facts {
        amount: found.amount.to_string(),
        card: found.card.clone(),
        by: by.map(shown).unwrap_or_default(),
        reference: found.reference.clone().unwrap_or_else(|| found.id.clone()),
    };
    json!({
        "object": "trace", "id": found.id, "kind": found.kind, "stage": found.stage,
        "amount": found.amount.minor(), "currency": found.amount.currency().code(),
        "from": found.from, "to": found.to, "where": place.code(),
        "certain": say(certain, &facts), "since": rfc3339(*since),
        "next": next.code(), "by": by.map(rfc3339), "then": say(then, &facts),
        "do": say(advice, &facts), "do_not": avoid.map(|it| say(it, &facts)),
        "reference": found.reference, "bank_reference": found.bank_reference,
        "related": found.related, "events": found.events,
        "as_of": { "cell": found.cell.number(), "position": found.at.position.0,
                   "time": rfc3339(found.now) },
    })
}
