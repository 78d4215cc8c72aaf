//! `/developers/keys`: the keys of a merchant's programs. A key is shown once, when it is made, and
//! outlives the session: so whoever makes one has to know the password.

use crate::app::App;
use crate::http::auth::{hash_of, key_from};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::form::{Form, KEY, new_key};
use crate::web::page::{Page, again, render, see};
use crate::web::security::{Fault, Proof};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Path, State};
use ledger::command::{AddKey, Command, RevokeKey};
use ledger::event::Subject;
use ledger::id::{CellId, KeyId};
use ledger::registry::{Key, Role};
use store::List;
use store::index::Direction;

/// Keys that are shown, the newest first.
const SHOWN_MAX: usize = 100;
/// Keys that a merchant has in use at a time, as far as these pages make them.
const IN_USE_MAX: usize = 20;

/// The keys of a merchant, the newest first.
fn all(app: &App, signed: &Signed) -> Result<Vec<Key>, Problem> {
    let list = List::UserKeys(Some(signed.user));
    let (keys, _) = app.read(CellId::FIRST, |view| {
        let ids = view.list(list, Direction::Backwards, None, SHOWN_MAX)?;
        let keys = ids.into_iter().map(|it| view.key(KeyId::from_raw(it)));
        keys.collect::<Result<Vec<_>, _>>()
    })?;
    Ok(keys.into_iter().flatten().collect())
}

/// How many keys a merchant has in use.
pub(super) fn in_use(app: &App, signed: &Signed) -> Result<usize, Problem> {
    Ok(all(app, signed)?.iter().filter(|it| it.revoked_at.is_none()).count())
}

/// A key of this merchant. What is another's is not there.
fn find(app: &App, signed: &Signed, id: &str) -> Result<Key, Problem> {
    let missing = || Problem::of(&codes::KEY_NOT_FOUND);
    let id = KeyId::parse(id).map_err(|_| missing())?;
    let (found, _) = app.read(id.cell(), |view| view.key(id)).map_err(|_| missing())?;
    found.filter(|it| it.user == Some(signed.user)).ok_or_else(missing)
}

/// What a role allows, in words.
fn role(t: words::Developers, role: Role) -> &'static str {
    match role {
        Role::Platform | Role::Merchant => t.role_merchant(),
        Role::ReadOnly => t.role_read_only(),
    }
}

struct Line {
    id: String,
    role: &'static str,
    created: dates::Moment,
    revoked: Option<dates::Moment>,
}

fn line(visit: &Visit, it: &Key) -> Line {
    let moment = |time| dates::Moment::new(visit.lang, time);
    Line {
        id: it.id.to_string(),
        role: role(words::Developers(visit.lang), it.role),
        created: moment(it.created_at),
        revoked: it.revoked_at.map(moment),
    }
}

#[derive(Template)]
#[template(path = "developers/keys.html")]
struct KeysPage {
    shell: Shell,
    t: words::Developers,
    key: String,
    security: words::Security,
    proof: Proof,
    fault: Option<Fault>,
    /// Those in use, and those that are not.
    groups: [Vec<Line>; 2],
}

fn page(app: &App, visit: &Visit, key: String) -> Result<KeysPage, Problem> {
    let t = words::Developers(visit.lang);
    let (used, revoked): (Vec<Key>, Vec<Key>) =
        all(app, visit.merchant()?)?.into_iter().partition(|it| it.revoked_at.is_none());
    let groups = [used, revoked].map(|it| it.iter().map(|it| line(visit, it)).collect());
    Ok(KeysPage {
        shell: visit.shell(app, t.keys()),
        t,
        key,
        security: words::Security(visit.lang),
        proof: Proof::new(app, visit)?,
        fault: None,
        groups,
    })
}

/// `GET /developers/keys`
pub(super) async fn list(State(app): State<App>, visit: Visit) -> Page {
    render(&page(&app, &visit, new_key()?)?)
}

#[derive(Template)]
#[template(path = "developers/key.html")]
struct MadePage {
    shell: Shell,
    t: words::Developers,
    id: String,
    role: &'static str,
    secret: String,
    address: String,
    /// The key that this one follows, if it is in use still.
    old: Option<String>,
}

/// `POST /developers/keys`
pub(super) async fn make(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let role = match form.text("role") {
        "merchant" => Role::Merchant,
        "read_only" => Role::ReadOnly,
        _ => return Err(Problem::of(&codes::FORM_UNREADABLE)),
    };
    shown(&app, &visit, &form, role, None).await
}

/// `POST /developers/keys/{id}/roll`: a new key that allows the same. The old one goes on.
pub(super) async fn roll(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    let old = find(&app, visit.merchant()?, &id)?;
    shown(&app, &visit, &form, old.role, Some(&old)).await
}

/// Makes a key and shows it; or the list again, with what was wrong.
async fn shown(app: &App, visit: &Visit, form: &Form, wanted: Role, old: Option<&Key>) -> Page {
    let t = words::Developers(visit.lang);
    let made = add(app, visit.merchant()?, form, wanted).await;
    let (id, secret) = match made {
        Ok(made) => made,
        Err(problem) => {
            let fault = Some(fault(visit, &problem)?);
            let key = form.key_after(&problem)?;
            return match old {
                Some(old) => again(&ReviewPage { fault, ..review(app, visit, old, key)? }),
                None => again(&KeysPage { fault, ..page(app, visit, key)? }),
            };
        }
    };
    render(&MadePage {
        shell: visit.shell(app, t.key_made()),
        id: id.to_string(),
        role: role(t, wanted),
        secret,
        address: format!("{}/v1", visit.origin),
        old: old.filter(|it| it.revoked_at.is_none()).map(|it| it.id.to_string()),
        t,
    })
}

/// What whoever asked for a key can mend.
fn fault(visit: &Visit, problem: &Problem) -> Result<Fault, Problem> {
    if problem.code.name == codes::COUNT_OUT_OF_RANGE.name {
        let text = words::Developers(visit.lang).too_many_keys(IN_USE_MAX);
        return Ok(Fault { text, short: "", field: String::new() });
    }
    Fault::of(visit, problem)
}

/// Makes a key. The same form makes the same one, however often it is sent.
async fn add(
    app: &App,
    signed: &Signed,
    form: &Form,
    role: Role,
) -> Result<(KeyId, String), Problem> {
    let name = form.name(&signed.scope())?;
    app.people().check_password(signed, form.raw("password")).await?;
    let bytes = app.secrets().api_key(&signed.scope(), form.text(KEY));
    let secret = key_from(&bytes, app.engine().sandbox());
    let before = app.read(CellId::FIRST, |view| view.answer(name))?.0.is_some();
    if !before && in_use(app, signed)? >= IN_USE_MAX {
        return Err(Problem::of(&codes::COUNT_OUT_OF_RANGE));
    }
    let command = AddKey { hash: hash_of(&secret), role, user: Some(signed.user) };
    let accepted = app.submit(signed, name, CellId::FIRST, Command::AddKey(command)).await?;
    let Subject::Key(id) = accepted.subject else {
        return Err(Problem::of(&codes::INTERNAL_ERROR));
    };
    Ok((id, secret))
}

#[derive(Template)]
#[template(path = "developers/key_review.html")]
struct ReviewPage {
    shell: Shell,
    t: words::Developers,
    key: String,
    it: Line,
    security: words::Security,
    /// How the password stands, if the key gets a successor. To end one takes none: whoever fears
    /// for a key is not to be held up.
    proof: Option<Proof>,
    fault: Option<Fault>,
}

/// What becomes of a key that gets a successor.
fn review(app: &App, visit: &Visit, old: &Key, key: String) -> Result<ReviewPage, Problem> {
    let t = words::Developers(visit.lang);
    Ok(ReviewPage {
        shell: visit.shell(app, t.roll()),
        t,
        key,
        it: line(visit, old),
        security: words::Security(visit.lang),
        proof: Some(Proof::new(app, visit)?),
        fault: None,
    })
}

/// `GET /developers/keys/{id}/roll`
pub(super) async fn ask_to_roll(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
) -> Page {
    let it = find(&app, visit.merchant()?, &id)?;
    if it.revoked_at.is_some() {
        // It ended meanwhile: the list says when.
        return see("/developers/keys");
    }
    render(&review(&app, &visit, &it, new_key()?)?)
}

/// `GET /developers/keys/{id}/revoke`
pub(super) async fn ask_to_revoke(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
) -> Page {
    let it = find(&app, visit.merchant()?, &id)?;
    if it.revoked_at.is_some() {
        return see("/developers/keys");
    }
    let page = review(&app, &visit, &it, new_key()?)?;
    let shell = visit.shell(&app, page.t.revoke());
    render(&ReviewPage { shell, proof: None, ..page })
}

/// `POST /developers/keys/{id}/revoke`
pub(super) async fn revoke(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    let signed = visit.merchant()?;
    let key = find(&app, signed, &id)?.id;
    let name = form.name(&signed.scope())?;
    let done = app.submit(signed, name, key.cell(), Command::RevokeKey(RevokeKey { key })).await;
    app.callers().forget();
    match done {
        Ok(_) => see("/developers/keys"),
        // Somebody was faster, in another window perhaps: the list says when.
        Err(problem) if problem.code.name == "state_unchanged" => see("/developers/keys"),
        Err(problem) => Err(problem),
    }
}
