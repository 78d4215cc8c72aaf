//! `/security/sessions`: where somebody is signed in, and how they came in before or failed to.

use super::devices::device;
use super::{Done, Row};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::form::{Form, new_key};
use crate::web::page::{Page, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use ledger::id::SessionId;
use ledger::person::{Method, Session};
use ledger::time::Time;

/// Sign-ins that are shown.
const HISTORY_MAX: usize = 30;

/// The row among the settings.
pub(super) fn row(app: &App, visit: &Visit) -> Result<Row, Problem> {
    let w = words::SecuritySessions(visit.lang);
    let state = w.so_many(app.people().open_sessions(visit.signed()?.user)?.len());
    let (href, icon) = ("/security/sessions", "laptop");
    Ok(Row { href, icon, name: w.title(), hint: w.row(), state, class: "" })
}

/// A session that is open.
struct Open {
    id: String,
    icon: &'static str,
    name: String,
    method: &'static str,
    at: dates::Moment,
    minute: String,
    more: Option<String>,
    current: bool,
}

/// A sign-in.
struct Past {
    at: dates::Moment,
    name: String,
    method: &'static str,
    state: &'static str,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "security/sessions.html")]
struct SessionsPage {
    shell: Shell,
    t: words::Security,
    w: words::SecuritySessions,
    key: String,
    done: Option<&'static str>,
    open: Vec<Open>,
    past: Vec<Past>,
}

fn method(w: words::SecuritySessions, it: Method) -> &'static str {
    match it {
        Method::Password => w.method_password(),
        Method::PasswordAndTotp => w.method_password_and_totp(),
        Method::Passkey => w.method_passkey(),
    }
}

/// What came of a sign-in, and how it looks.
fn state(w: words::SecuritySessions, it: &Session, now: Time) -> (&'static str, &'static str) {
    match (it.refused, it.method) {
        (true, Method::Password | Method::PasswordAndTotp) => (w.is_refused(), "bad"),
        (true, Method::Passkey) => (w.passkey_refused(), "bad"),
        (false, _) if it.in_force(now) => (w.is_open(), "ok"),
        (false, _) if it.ended_at.is_some() => (w.is_ended(), ""),
        (false, _) => (w.is_expired(), ""),
    }
}

/// `GET /security/sessions`
pub(super) async fn list(State(app): State<App>, visit: Visit, Query(way): Query<Done>) -> Page {
    let w = words::SecuritySessions(visit.lang);
    let (people, signed) = (app.people(), visit.signed()?);
    let now = app.engine().now(signed.user.cell())?;
    let open = people.open_sessions(signed.user)?.into_iter().map(|(it, from)| {
        let device = device(w, &from);
        Open {
            id: it.id.to_string(),
            icon: device.icon,
            more: (device.icon == "circle-help" && device.name != from).then_some(from),
            name: device.name,
            method: method(w, it.method),
            at: dates::Moment::new(visit.lang, it.opened_at).relative(),
            minute: dates::minute(visit.lang, it.opened_at),
            current: it.id == signed.session,
        }
    });
    let mut open: Vec<Open> = open.collect();
    open.sort_by_key(|it| !it.current);
    let past = people.sessions(signed.user, HISTORY_MAX)?.into_iter().map(|(it, from)| {
        let (state, class) = state(w, &it, now);
        let at = dates::Moment::new(visit.lang, it.opened_at);
        Past { at, name: device(w, &from).name, method: method(w, it.method), state, class }
    });
    let done = match way.done.as_str() {
        "ended" => Some(w.ended()),
        "others" => Some(w.others_ended()),
        _ => None,
    };
    let (t, shell) = (words::Security(visit.lang), visit.shell(&app, w.title()));
    render(&SessionsPage { shell, t, w, key: new_key()?, done, open, past: past.collect() })
}

/// `POST /security/sessions/{id}/end`
pub(super) async fn end(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    let signed = visit.signed()?;
    let session = SessionId::parse(&id);
    let session = session.map_err(|_| Problem::of(&codes::ROUTE_NOT_FOUND))?;
    app.people().end_session(signed, session).await?;
    see("/security/sessions?done=ended")
}

/// `POST /security/sessions/end-others`
pub(super) async fn end_others(State(app): State<App>, visit: Visit, _: Form) -> Page {
    app.people().end_other_sessions(visit.signed()?).await?;
    see("/security/sessions?done=others")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use ledger::id::{CellId, Position, UserId};

    #[test]
    fn a_sign_in_says_what_came_of_it() {
        let w = words::SecuritySessions(Lang::En);
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
        let said = |it: &Session, now| state(w, it, Time(now)).0;
        assert_eq!(said(&open, 2_000), w.is_open());
        assert_eq!(said(&open, 9_000), w.is_expired());
        assert_eq!(said(&Session { ended_at: Some(Time(3_000)), ..open }, 4_000), w.is_ended());
        let refused = Session { refused: true, ..open };
        assert_eq!(said(&refused, 2_000), w.is_refused());
        let passkey = Session { method: Method::Passkey, ..refused };
        assert_eq!(said(&passkey, 2_000), w.passkey_refused());
    }
}
