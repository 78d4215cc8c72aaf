//! `/security/password` and `/security/payment-password`: changed by whoever knows the password to
//! sign in with.

use super::{Done, Fault, Proof, Row, holder};
use crate::app::App;
use crate::http::problem::Problem;
use crate::people::{Opened, PASSWORD_ATTEMPTS};
use crate::web::door::{inside, set_session};
use crate::web::form::{Form, new_key};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Query, State};
use ledger::person::Method;

/// The row among the settings.
pub(super) fn row(app: &App, visit: &Visit) -> Result<Row, Problem> {
    let w = words::SecurityPasswords(visit.lang);
    let it = app.people().password_state(visit.signed()?.user)?;
    let (state, class) = match it.locked_until {
        Some(_) => (w.locked_now(), "bad"),
        None if it.once => (w.choose_one(), "warn"),
        None => (w.password_set(), "ok"),
    };
    let (href, icon) = ("/security/password", "lock-keyhole");
    let (name, hint) = (w.password(), w.password_row());
    Ok(Row { href, icon, name, hint, state: state.to_owned(), class })
}

/// The row among the settings; operators do not pay.
pub(super) fn payment_row(app: &App, visit: &Visit) -> Result<Option<Row>, Problem> {
    let Ok(signed) = holder(visit) else { return Ok(None) };
    let w = words::SecurityPasswords(visit.lang);
    let it = app.people().payment_state(signed.user)?;
    let (state, class) = match it.locked_until {
        Some(_) => (w.locked_now(), "bad"),
        None if it.set => (w.payment_set(), "ok"),
        None => (w.payment_unset(), "warn"),
    };
    let (href, icon) = ("/security/payment-password", "hand-coins");
    let (name, hint) = (w.payment(), w.payment_row());
    Ok(Some(Row { href, icon, name, hint, state: state.to_owned(), class }))
}

#[derive(Template)]
#[template(path = "security/password.html")]
struct PasswordPage {
    shell: Shell,
    t: words::Security,
    w: words::SecurityPasswords,
    key: String,
    once: bool,
    proof: Proof,
    done: Option<&'static str>,
    fault: Option<Fault>,
}

impl PasswordPage {
    fn new(app: &App, visit: &Visit) -> Result<PasswordPage, Problem> {
        let w = words::SecurityPasswords(visit.lang);
        Ok(PasswordPage {
            shell: visit.shell(app, w.password()),
            t: words::Security(visit.lang),
            w,
            key: new_key()?,
            once: app.people().password_state(visit.signed()?.user)?.once,
            proof: Proof::new(app, visit)?,
            done: None,
            fault: None,
        })
    }
}

/// `GET /security/password`
pub(super) async fn password(
    State(app): State<App>,
    visit: Visit,
    Query(way): Query<Done>,
) -> Page {
    let page = PasswordPage::new(&app, &visit)?;
    let done = (way.done == "changed").then(|| page.w.password_changed());
    render(&PasswordPage { done, ..page })
}

/// `POST /security/password`
pub(super) async fn change_password(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let w = words::SecurityPasswords(visit.lang);
    let same = form.raw("new") == form.raw("again");
    let changed = if same {
        change(&app, &visit, &form).await
    } else {
        let fault = Fault::at("again", w.differs());
        return again(&PasswordPage { fault: Some(fault), ..PasswordPage::new(&app, &visit)? });
    };
    match changed {
        Ok(opened) => {
            let mut response = see("/security/password?done=changed")?;
            if let Some(opened) = opened {
                set_session(&visit, &mut response, &opened);
            }
            Ok(response)
        }
        Err(problem) => {
            let fault = Some(Fault::of(&visit, &problem)?);
            again(&PasswordPage { fault, ..PasswordPage::new(&app, &visit)? })
        }
    }
}

/// Changes the password. A session that was opened by a temporary password is short: another takes
/// its place.
async fn change(app: &App, visit: &Visit, form: &Form) -> Result<Option<Opened>, Problem> {
    let (people, signed) = (app.people(), visit.signed()?);
    let name = form.name(&signed.scope())?;
    let once = people.password_state(signed.user)?.once;
    people.change_password(signed, name, form.raw("password"), form.raw("new")).await?;
    if !once {
        return Ok(None);
    }
    let (method, from) = (Method::Password, &visit.seen_from);
    let opened = people.open_session(signed.user, method, from, false).await?;
    people.end_other_sessions(&opened.signed).await?;
    Ok(Some(opened))
}

#[derive(Template)]
#[template(path = "security/payment_password.html")]
struct PaymentPage {
    shell: Shell,
    t: words::Security,
    w: words::SecurityPasswords,
    key: String,
    next: String,
    lead: &'static str,
    locked: Option<String>,
    button: &'static str,
    proof: Proof,
    done: Option<&'static str>,
    fault: Option<Fault>,
}

impl PaymentPage {
    fn new(app: &App, visit: &Visit, next: &str) -> Result<PaymentPage, Problem> {
        let w = words::SecurityPasswords(visit.lang);
        let state = app.people().payment_state(holder(visit)?.user)?;
        let (lead, button) = if state.set {
            (w.payment_lead(), w.change_payment())
        } else {
            (w.payment_lead_new(), w.set_payment())
        };
        let until = state.locked_until.map(|it| w.payment_locked(dates::minute(visit.lang, it)));
        let left = (state.set && state.attempts_left < PASSWORD_ATTEMPTS)
            .then(|| w.payment_left(state.attempts_left));
        Ok(PaymentPage {
            shell: visit.shell(app, w.payment()),
            t: words::Security(visit.lang),
            w,
            key: new_key()?,
            next: next.to_owned(),
            lead,
            locked: until.or(left),
            button,
            proof: Proof::new(app, visit)?,
            done: None,
            fault: None,
        })
    }
}

/// `GET /security/payment-password`
pub(super) async fn payment(State(app): State<App>, visit: Visit, Query(way): Query<Done>) -> Page {
    let page = PaymentPage::new(&app, &visit, &way.back())?;
    let done = (way.done == "changed").then(|| page.w.payment_changed());
    render(&PaymentPage { done, ..page })
}

/// `POST /security/payment-password`
pub(super) async fn set_payment(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let w = words::SecurityPasswords(visit.lang);
    let next = form.text("next");
    let next = if next.is_empty() { String::new() } else { inside(next) };
    let payment = form.raw("payment_password");
    let fault = if payment == form.raw("again") {
        let (people, signed) = (app.people(), holder(&visit)?);
        let (name, password) = (form.name(&signed.scope())?, form.raw("password"));
        match people.set_payment_password(signed, name, password, payment).await {
            Ok(()) if next.is_empty() => return see("/security/payment-password?done=changed"),
            Ok(()) => return see(&next),
            Err(problem) => Fault::of(&visit, &problem)?,
        }
    } else {
        Fault::at("again", w.differs())
    };
    again(&PaymentPage { fault: Some(fault), ..PaymentPage::new(&app, &visit, &next)? })
}
