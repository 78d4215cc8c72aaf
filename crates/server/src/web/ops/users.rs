//! `/ops/users/{id}`: somebody with their accounts, cards, endpoints and sign-ins. Their level and
//! the end of their sessions take one operator and a reason.

use super::proposing::{Asking, ask};
use super::things::{self, Thing};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::mask;
use crate::trace;
use crate::web::form::Form;
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Path, State};
use ledger::command::Action;
use ledger::event::Subject;
use ledger::id::{AccountId, CardId, EndpointId, UserId};
use ledger::person::{CloseSessions, Level, Person, Session, SetLevel};
use ledger::registry::User;
use ledger::time::Time;
use store::index::Direction;
use store::{List, View};

/// The most accounts, cards and endpoints, sign-ins, and events that are shown.
const THINGS_MAX: usize = 50;
const SESSIONS_MAX: usize = 20;
const EVENTS_MAX: usize = 30;

/// A sign-in.
struct SignIn {
    at: String,
    method: &'static str,
    from: String,
    state: &'static str,
    class: &'static str,
}

/// What a person has that other users have not.
struct Personal {
    contact: Option<String>,
    duty: Option<&'static str>,
    level: &'static str,
    asked: bool,
    /// What they apply with: the name, and the number as far as it takes to compare it.
    papers: Option<(String, String)>,
    locked: Option<String>,
    payment_locked: Option<String>,
    erased: Option<String>,
    sessions: Vec<SignIn>,
    events: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "ops/user.html")]
struct UserPage {
    shell: Shell,
    t: words::Ops,
    w: words::OpsUsers,
    id: String,
    name: String,
    kind: &'static str,
    since: String,
    personal: Option<Personal>,
    accounts: Vec<Thing>,
    cards: Vec<Thing>,
    endpoints: Vec<Thing>,
    levels: Vec<(&'static str, &'static str, bool)>,
    level: Option<Asking>,
    close: Option<Asking>,
}

fn find(app: &App, id: &str) -> Result<(User, Option<Person>), Problem> {
    let missing = || Problem::of(&codes::USER_NOT_FOUND);
    let id = UserId::parse(id).map_err(|_| missing())?;
    let look = |view: &View<'_>| Ok(view.user(id)?.zip(Some(view.person(id)?)));
    things::row(app, id.cell(), look)?.ok_or_else(missing)
}

impl UserPage {
    fn new(
        app: &App,
        visit: &Visit,
        (user, person): (&User, Option<&Person>),
    ) -> Result<UserPage, Problem> {
        visit.operator()?;
        let (id, cell) = (user.id, user.id.cell());
        let list = |list, subject: fn(u64) -> Subject| {
            let look = |it: &View<'_>| it.list(list, Direction::Forwards, None, THINGS_MAX);
            let (ids, _) = app.read(cell, look)?;
            things::all(app, visit.lang, ids.into_iter().map(subject))
        };
        let limits = words::OpsLimits(visit.lang);
        let level = person.map(|it| it.level);
        let levels = Level::ALL
            .map(|it| (it.code(), limits.named(it.code()).unwrap_or_default(), Some(it) == level));
        let alive = person.is_some_and(|it| it.erased_at.is_none());
        let asking = |action| alive.then(|| Asking::new(app, visit, cell, &action)).transpose();
        let kind = format!("user_{}", user.kind.code());
        let name = things::name_of(app, id);
        Ok(UserPage {
            shell: visit.shell(app, format!("{name} · {id}")),
            t: words::Ops(visit.lang),
            w: words::OpsUsers(visit.lang),
            id: id.to_string(),
            name,
            kind: words::OpsThings(visit.lang).named(&kind).unwrap_or_default(),
            since: dates::second(user.created_at),
            personal: person.map(|it| personal(app, visit, it)).transpose()?,
            accounts: list(List::UserAccounts(id), |it| Subject::Account(AccountId::from_raw(it)))?,
            cards: list(List::UserCards(id), |it| Subject::Card(CardId::from_raw(it)))?,
            endpoints: list(List::UserEndpoints(id), |it| {
                Subject::Endpoint(EndpointId::from_raw(it))
            })?,
            levels: levels.to_vec(),
            level: asking(Action::SetLevel(SetLevel { user: id, level: Level::Basic }))?,
            close: asking(Action::CloseSessions(CloseSessions { user: id, keep: None }))?,
        })
    }
}

fn personal(app: &App, visit: &Visit, it: &Person) -> Result<Personal, Problem> {
    let w = words::OpsUsers(visit.lang);
    let now = app.engine().now(it.user.cell())?;
    let profile = app.people().profile_of(it.user)?;
    let contact = profile.and_then(|it| it.phone.clone().or(it.email.clone()));
    let sessions = match it.erased_at {
        Some(_) => Vec::new(),
        None => app.people().sessions(it.user, SESSIONS_MAX)?,
    };
    let papers = match it.erased_at {
        Some(_) => None,
        None => app.people().papers_of(it.user)?,
    };
    let look = |view: &View<'_>| view.timeline(it.last_event, EVENTS_MAX);
    let (events, _) = app.read(it.user.cell(), look)?;
    let said = |it: &ledger::event::Happening| {
        (dates::second(it.time), visit.lang.of_pair(trace::happened(it.kind)))
    };
    Ok(Personal {
        contact: contact.map(|it| mask(&it)),
        duty: it.duty.and_then(|it| words::Ops(visit.lang).named(it.code())),
        level: words::OpsLimits(visit.lang).named(it.level.code()).unwrap_or_default(),
        asked: it.level_asked.is_some(),
        papers: papers.map(|it| (it.name.clone(), it.masked())),
        locked: it.sign_in_locked(now).map(dates::second),
        payment_locked: it.payment_locked(now).map(dates::second),
        erased: it.erased_at.map(dates::second),
        sessions: sessions.iter().map(|(it, from)| sign_in(w, it, from, now)).collect(),
        events: events.iter().map(|(_, it)| said(it)).collect(),
    })
}

fn sign_in(w: words::OpsUsers, it: &Session, from: &str, now: Time) -> SignIn {
    let (state, class) = if it.refused {
        (w.session_refused(), "bad")
    } else if it.in_force(now) {
        (w.session_open(), "ok")
    } else {
        (w.session_ended(), "")
    };
    SignIn {
        at: dates::second(it.opened_at),
        method: w.named(&format!("method_{}", it.method.code())).unwrap_or_default(),
        from: from.to_owned(),
        state,
        class,
    }
}

/// `GET /ops/users/{id}`
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    visit.operator()?;
    let (user, person) = find(&app, &id)?;
    render(&UserPage::new(&app, &visit, (&user, person.as_ref()))?)
}

/// `POST /ops/users/{id}/level`: says how well the platform knows who it is, and with that answers
/// an application.
pub(super) async fn set_level(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    visit.operator()?;
    let (user, person) = find(&app, &id)?;
    let level = Level::ALL.into_iter().find(|it| it.code() == form.text("level"));
    let action = level
        .ok_or_else(|| Problem::of(&codes::FORM_UNREADABLE))
        .map(|level| (user.id.cell(), Action::SetLevel(SetLevel { user: user.id, level })));
    match ask(&app, &visit, &form, action).await? {
        Ok(_) => see(&format!("/ops/users/{}", user.id)),
        Err(fault) => {
            let mut page = UserPage::new(&app, &visit, (&user, person.as_ref()))?;
            page.level = page.level.map(|it| it.wrong(&form, fault));
            again(&page)
        }
    }
}

/// `POST /ops/users/{id}/close-sessions`
pub(super) async fn close_sessions(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    visit.operator()?;
    let (user, person) = find(&app, &id)?;
    let action = Action::CloseSessions(CloseSessions { user: user.id, keep: None });
    match ask(&app, &visit, &form, Ok((user.id.cell(), action))).await? {
        Ok(_) => see(&format!("/ops/users/{}", user.id)),
        Err(fault) => {
            let mut page = UserPage::new(&app, &visit, (&user, person.as_ref()))?;
            page.close = page.close.map(|it| it.wrong(&form, fault));
            again(&page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use ledger::id::{CellId, Position, SessionId};
    use ledger::person::Method;

    #[test]
    fn every_way_to_sign_in_has_words() {
        for lang in [Lang::Zh, Lang::En] {
            let w = words::OpsUsers(lang);
            for it in Method::ALL {
                assert!(w.named(&format!("method_{}", it.code())).is_some(), "{}", it.code());
            }
        }
    }

    #[test]
    fn a_session_is_open_until_it_ends_or_expires() {
        let open = Session {
            id: SessionId::new(CellId::FIRST, 1),
            user: UserId::new(CellId::FIRST, 1),
            method: Method::Password,
            hash: [0; 32],
            opened_at: Time(1_000),
            expires_at: Time(9_000),
            ended_at: None,
            refused: false,
            position: Position(1),
        };
        let class = |it: &Session, now| sign_in(words::OpsUsers(Lang::En), it, "", Time(now)).class;
        assert_eq!(class(&open, 2_000), "ok");
        assert_eq!(class(&open, 9_000), "");
        assert_eq!(class(&Session { ended_at: Some(Time(3_000)), ..open }, 4_000), "");
        assert_eq!(class(&Session { refused: true, ..open }, 2_000), "bad");
    }
}
