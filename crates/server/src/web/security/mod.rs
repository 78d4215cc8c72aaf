//! `/security`: what somebody proves to be themselves with, and what is known of them here.

pub(super) mod account;
mod cards;
mod devices;
mod erase;
mod level;
mod passkeys;
mod passwords;
mod profile;
mod sessions;
mod two_step;

use super::door::inside;
use super::mistake::at_fault;
use super::page::{Page, render};
use super::visit::{Shell, Visit};
use super::{dates, words};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::{PASSWORD_ATTEMPTS, Signed};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use ledger::registry::UserKind;
use serde::Deserialize;

/// Every address here.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/security", get(home))
        .route("/security/account", get(account::show).post(account::appeal))
        .route("/security/cards", get(cards::list).post(cards::add))
        .route("/security/cards/{id}", get(cards::show))
        .route("/security/cards/{id}/remove", post(cards::remove))
        .route("/security/password", get(passwords::password).post(passwords::change_password))
        .route("/security/payment-password", get(passwords::payment).post(passwords::set_payment))
        .route("/security/two-step", get(two_step::show).post(two_step::turn_on))
        .route("/security/two-step/off", post(two_step::turn_off))
        .route("/security/passkeys", get(passkeys::list).post(passkeys::begin))
        .route("/security/passkeys/add", post(passkeys::add))
        .route("/security/passkeys/{id}", get(passkeys::show))
        .route("/security/passkeys/{id}/remove", post(passkeys::remove))
        .route("/security/profile", get(profile::show))
        .route("/security/level", get(level::show).post(level::raise))
        .route("/security/erase", get(erase::show).post(erase::erase))
        .route("/erased", get(erase::erased))
        .route("/security/sessions", get(sessions::list))
        .route("/security/sessions/end-others", post(sessions::end_others))
        .route("/security/sessions/{id}/end", post(sessions::end))
}

/// A part of the settings, and how it stands.
struct Row {
    href: &'static str,
    icon: &'static str,
    name: &'static str,
    hint: &'static str,
    state: String,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "security/home.html")]
struct Home {
    shell: Shell,
    t: words::Security,
    rows: Vec<Row>,
}

/// `GET /security`
async fn home(State(app): State<App>, visit: Visit) -> Page {
    let t = words::Security(visit.lang);
    visit.signed()?;
    let rows = [
        Some(passwords::row(&app, &visit)?),
        passwords::payment_row(&app, &visit)?,
        Some(two_step::row(&app, &visit)?),
        passkeys::row(&app, &visit)?,
        cards::row(&app, &visit)?,
        account::row(&app, &visit)?,
        Some(sessions::row(&app, &visit)?),
        level::row(&app, &visit)?,
        Some(profile::row(&visit)?),
    ];
    let rows = rows.into_iter().flatten().collect();
    render(&Home { shell: visit.shell(&app, t.title()), t, rows })
}

/// Whoever may have money here: operators have none.
fn holder(visit: &Visit) -> Result<&Signed, Problem> {
    let signed = visit.signed()?;
    match signed.kind {
        UserKind::Customer | UserKind::Merchant => Ok(signed),
        UserKind::Operator => Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    }
}

/// What just happened, and where somebody came from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Done {
    next: String,
    done: String,
}

impl Done {
    /// Where to go back to, if somebody came from a page of ours.
    fn back(&self) -> String {
        if self.next.is_empty() { String::new() } else { inside(&self.next) }
    }
}

/// How the password to sign in with stands, for the pages that ask for it.
pub(super) struct Proof {
    /// How often it may still be wrong, if it was.
    pub(super) left: Option<String>,
    /// That it is locked, and until when.
    pub(super) locked: Option<String>,
}

impl Proof {
    pub(super) fn new(app: &App, visit: &Visit) -> Result<Proof, Problem> {
        let t = words::Security(visit.lang);
        let it = app.people().password_state(visit.signed()?.user)?;
        let locked = it.locked_until.map(|it| t.password_locked(dates::minute(visit.lang, it)));
        let left = it.attempts_left;
        Ok(Proof { left: (left < PASSWORD_ATTEMPTS).then(|| t.attempts_left(left)), locked })
    }
}

/// What has to be mended in a form that was sent: what happened and what to do, the same in a few
/// words, and the field.
pub(super) struct Fault {
    pub(super) text: String,
    pub(super) short: &'static str,
    pub(super) field: String,
}

impl Fault {
    /// What whoever sent the form can mend; anything else is a page of its own.
    pub(super) fn of(visit: &Visit, problem: &Problem) -> Result<Fault, Problem> {
        let text = at_fault(visit, problem)?;
        let short = visit.lang.of_pair(problem.code.title);
        let field = problem.field.as_deref().unwrap_or_default();
        Ok(Fault { text, short, field: field.trim_start_matches('/').to_owned() })
    }

    /// The same in the words of a page.
    pub(super) fn at(field: &str, text: &'static str) -> Fault {
        Fault { text: text.to_owned(), short: text, field: field.to_owned() }
    }
}

/// What is wrong with a field, in a few words.
pub(super) fn wrong<'a>(fault: Option<&'a Fault>, field: &str) -> Option<&'a str> {
    fault.filter(|it| it.field == field).map(|it| it.short)
}
