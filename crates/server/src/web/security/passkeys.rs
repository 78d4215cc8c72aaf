//! `/security/passkeys`: made by a browser's ceremony, kept under a name, removed by the password.

use super::{Done, Fault, Proof, Row};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::passkeys::Passkey;
use crate::web::form::{Form, new_key};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use ledger::person::PASSKEYS_MAX;

/// The row among the settings; where there is no site there are no passkeys.
pub(super) fn row(app: &App, visit: &Visit) -> Result<Option<Row>, Problem> {
    let user = visit.signed()?.user;
    if app.people().site().is_none() {
        return Ok(None);
    }
    let w = words::SecurityPasskeys(visit.lang);
    let count = app.people().passkeys(user)?.len();
    let (state, class) = match count {
        0 => (w.none_yet().to_owned(), ""),
        _ => (w.so_many(count), "ok"),
    };
    let (href, icon) = ("/security/passkeys", "fingerprint");
    Ok(Some(Row { href, icon, name: w.title(), hint: w.row(), state, class }))
}

/// A passkey on the page.
struct Shown {
    id: String,
    name: String,
    added: dates::Moment,
    backed_up: bool,
}

fn shown(visit: &Visit, it: Passkey) -> Shown {
    let added = dates::Moment::new(visit.lang, it.added);
    Shown { id: it.id, name: it.name, added, backed_up: it.backed_up }
}

#[derive(Template)]
#[template(path = "security/passkeys.html")]
struct PasskeysPage {
    shell: Shell,
    t: words::Security,
    w: words::SecurityPasskeys,
    key: String,
    keys: Vec<Shown>,
    full: bool,
    /// Where they work, if that is not here.
    elsewhere: Option<String>,
    name: String,
    proof: Proof,
    done: Option<&'static str>,
    fault: Option<Fault>,
}

impl PasskeysPage {
    fn new(app: &App, visit: &Visit) -> Result<PasskeysPage, Problem> {
        let w = words::SecurityPasskeys(visit.lang);
        let (people, user) = (app.people(), visit.signed()?.user);
        let site = people.site().ok_or_else(|| Problem::of(&codes::ROUTE_NOT_FOUND))?;
        let keys = people.passkeys(user)?;
        Ok(PasskeysPage {
            shell: visit.shell(app, w.title()),
            t: words::Security(visit.lang),
            w,
            key: new_key()?,
            full: keys.len() >= PASSKEYS_MAX,
            keys: keys.into_iter().map(|it| shown(visit, it)).collect(),
            elsewhere: (!site.has(&visit.origin)).then(|| site.origin().to_owned()),
            name: String::new(),
            proof: Proof::new(app, visit)?,
            done: None,
            fault: None,
        })
    }
}

/// `GET /security/passkeys`
pub(super) async fn list(State(app): State<App>, visit: Visit, Query(way): Query<Done>) -> Page {
    let page = PasskeysPage::new(&app, &visit)?;
    let done = match way.done.as_str() {
        "added" => Some(page.w.was_added()),
        "removed" => Some(page.w.was_removed()),
        _ => None,
    };
    render(&PasskeysPage { done, ..page })
}

#[derive(Template)]
#[template(path = "security/passkey_new.html")]
struct NewPasskey {
    shell: Shell,
    w: words::SecurityPasskeys,
    name: String,
    options: String,
}

/// `POST /security/passkeys`: begins to make one. What the browser is told goes with the page: it
/// is good once and for minutes, so there is no address under which it could be seen again.
pub(super) async fn begin(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let name = form.text("name").to_owned();
    match app.people().begin_passkey(visit.signed()?, form.raw("password"), &name).await {
        Ok(options) => {
            let w = words::SecurityPasskeys(visit.lang);
            render(&NewPasskey { shell: visit.shell(&app, w.add()), w, name, options })
        }
        Err(problem) => {
            let fault = Some(Fault::of(&visit, &problem)?);
            again(&PasskeysPage { name, fault, ..PasskeysPage::new(&app, &visit)? })
        }
    }
}

/// `POST /security/passkeys/add`: the passkey that the browser made.
pub(super) async fn add(State(app): State<App>, visit: Visit, form: Form) -> Page {
    match app.people().add_passkey(visit.signed()?, form.raw("credential")).await {
        Ok(()) => see("/security/passkeys?done=added"),
        Err(problem) => {
            let fault = Some(Fault::of(&visit, &problem)?);
            again(&PasskeysPage { fault, ..PasskeysPage::new(&app, &visit)? })
        }
    }
}

#[derive(Template)]
#[template(path = "security/passkey.html")]
struct PasskeyPage {
    shell: Shell,
    t: words::Security,
    w: words::SecurityPasskeys,
    key: String,
    it: Shown,
    proof: Proof,
    fault: Option<Fault>,
}

impl PasskeyPage {
    /// The page of one's own passkey.
    fn new(app: &App, visit: &Visit, id: &str) -> Result<PasskeyPage, Problem> {
        let keys = app.people().passkeys(visit.signed()?.user)?;
        let missing = || Problem::of(&codes::ROUTE_NOT_FOUND);
        let it = keys.into_iter().find(|it| it.id == id).ok_or_else(missing)?;
        let it = shown(visit, it);
        Ok(PasskeyPage {
            shell: visit.shell(app, &*it.name),
            t: words::Security(visit.lang),
            w: words::SecurityPasskeys(visit.lang),
            key: new_key()?,
            it,
            proof: Proof::new(app, visit)?,
            fault: None,
        })
    }
}

/// `GET /security/passkeys/{id}`
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    render(&PasskeyPage::new(&app, &visit, &id)?)
}

/// `POST /security/passkeys/{id}/remove`
pub(super) async fn remove(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    match app.people().remove_passkey(visit.signed()?, form.raw("password"), &id).await {
        Ok(()) => see("/security/passkeys?done=removed"),
        Err(problem) => {
            let fault = Some(Fault::of(&visit, &problem)?);
            again(&PasskeyPage { fault, ..PasskeyPage::new(&app, &visit, &id)? })
        }
    }
}
