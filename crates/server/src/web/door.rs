//! `/sign-in`, `/register` and `/sign-out`: how people come in and go.

use super::form::{Form, new_key};
use super::mistake::at_fault;
use super::page::{Page, again, render, see};
use super::visit::{CHOOSE_PASSWORD, SESSION, Shell, Visit};
use super::words;
use crate::app::{App, request_name};
use crate::demo::{Demo, Part};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::{Entry, Newcomer, Opened, SignIn};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use http::{HeaderValue, header};
use ledger::command::{Command, OpenAccount};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::id::UserId;
use ledger::person::Method;
use ledger::registry::UserKind;
use serde::Deserialize;

/// Every address here.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(ask).post(enter))
        .route("/sign-in/as", post(enter_as))
        .route("/sign-in/code", post(enter_by_code))
        .route("/sign-in/passkey", post(enter_by_passkey))
        .route("/sign-in/passkey/options", post(passkey_options))
        .route("/sign-out", post(leave))
        .route("/register", get(newcomer).post(register))
}

/// Where somebody wants to go, and as whom in a demonstration.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Way {
    next: String,
    r#as: String,
}

#[derive(Template)]
#[template(path = "door/sign_in.html")]
struct SignInPage {
    shell: Shell,
    t: words::Door,
    next: String,
    login: String,
    fault: Option<String>,
    /// Whether passkeys can be used at this address.
    passkeys: bool,
    p: words::SecurityPasskeys,
    cast: Vec<Part>,
}

impl SignInPage {
    fn new(app: &App, visit: &Visit, next: String) -> SignInPage {
        let t = words::Door(visit.lang);
        SignInPage {
            shell: visit.shell(app, t.sign_in()),
            t,
            next,
            login: String::new(),
            fault: None,
            passkeys: app.people().site().is_some_and(|it| it.has(&visit.origin)),
            p: words::SecurityPasskeys(visit.lang),
            cast: Vec::new(),
        }
    }
}

/// `GET /sign-in`
async fn ask(State(app): State<App>, visit: Visit, Query(way): Query<Way>) -> Page {
    let cast = app.demo().and_then(Demo::cast).unwrap_or_default();
    let people = cast.people.into_iter().filter(|it| way.r#as.is_empty() || it.role == way.r#as);
    let cast = people.collect();
    render(&SignInPage { cast, ..SignInPage::new(&app, &visit, inside(&way.next)) })
}

/// `POST /sign-in`
async fn enter(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let next = inside(form.text("next"));
    let it = SignIn {
        login: form.text("login").to_owned(),
        password: form.raw("password").to_owned(),
        seen_from: visit.seen_from.clone(),
    };
    match app.people().sign_in(&it).await {
        Ok(Entry::Opened(opened)) => welcome(&visit, &opened, &next),
        // What is known by now stands in the page alone, so there is no address to go on to.
        Ok(Entry::CodeNeeded(ticket)) => render(&CodePage::new(&app, &visit, next, ticket)),
        Err(problem) => {
            let fault = Some(at_fault(&visit, &problem)?);
            again(&SignInPage { login: it.login, fault, ..SignInPage::new(&app, &visit, next) })
        }
    }
}

#[derive(Template)]
#[template(path = "door/code.html")]
struct CodePage {
    shell: Shell,
    t: words::Door,
    next: String,
    ticket: String,
    fault: Option<String>,
}

impl CodePage {
    fn new(app: &App, visit: &Visit, next: String, ticket: String) -> CodePage {
        let t = words::Door(visit.lang);
        CodePage { shell: visit.shell(app, t.code()), t, next, ticket, fault: None }
    }
}

/// `POST /sign-in/code`: the second step.
async fn enter_by_code(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let (next, ticket) = (inside(form.text("next")), form.text("ticket"));
    let code = form.digits("code");
    match app.people().sign_in_by_code(ticket, &code, &visit.seen_from).await {
        Ok(opened) => welcome(&visit, &opened, &next),
        Err(problem) => {
            let fault = Some(at_fault(&visit, &problem)?);
            if problem.code.name == codes::CODE_WRONG.name {
                let page = CodePage::new(&app, &visit, next, ticket.to_owned());
                return again(&CodePage { fault, ..page });
            }
            again(&SignInPage { fault, ..SignInPage::new(&app, &visit, next) })
        }
    }
}

/// `POST /sign-in/passkey/options`: what a browser is told that has a passkey to give.
async fn passkey_options(State(app): State<App>) -> Page {
    let options = app.people().begin_sign_in_by_passkey()?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], options).into_response())
}

/// `POST /sign-in/passkey`
async fn enter_by_passkey(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let next = inside(form.text("next"));
    let credential = form.raw("credential");
    match app.people().sign_in_by_passkey(credential, &visit.seen_from).await {
        Ok(opened) => welcome(&visit, &opened, &next),
        Err(problem) => {
            let fault = Some(at_fault(&visit, &problem)?);
            again(&SignInPage { fault, ..SignInPage::new(&app, &visit, next) })
        }
    }
}

/// `POST /sign-in/as`: in a demonstration everybody may be anybody.
async fn enter_as(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let cast = app.demo().and_then(Demo::cast);
    let part = cast.as_ref().and_then(|it| it.part(form.text("role")));
    let missing = || Problem::of(&codes::ROUTE_NOT_FOUND);
    let user = part.and_then(|it| UserId::parse(&it.user).ok()).ok_or_else(missing)?;
    let people = app.people();
    let opened = people.open_session(user, Method::Password, &visit.seen_from, false).await?;
    welcome(&visit, &opened, &inside(form.text("next")))
}

/// Gives somebody the cookie, and shows them where they wanted to go.
fn welcome(visit: &Visit, opened: &Opened, next: &str) -> Page {
    // Whoever came in by a temporary password has to choose one first.
    let mut response = see(if opened.choose_password { CHOOSE_PASSWORD } else { next })?;
    set_session(visit, &mut response, opened);
    Ok(response)
}

/// Gives somebody the cookie of a session that was opened for them.
pub(super) fn set_session(visit: &Visit, response: &mut axum::response::Response, opened: &Opened) {
    set_cookie(visit, response, &opened.cookie, opened.lasts.0);
}

/// Takes the cookie of a session that ended.
pub(super) fn clear_session(visit: &Visit, response: &mut axum::response::Response) {
    set_cookie(visit, response, "", 0);
}

fn set_cookie(visit: &Visit, response: &mut axum::response::Response, value: &str, seconds: u32) {
    let secure = if visit.secure { "; Secure" } else { "" };
    let cookie =
        format!("{SESSION}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// `POST /sign-out`
async fn leave(State(app): State<App>, visit: Visit) -> Page {
    if let Some(signed) = &visit.signed {
        app.people().sign_out(signed).await?;
    }
    let mut response = see("/")?;
    clear_session(&visit, &mut response);
    Ok(response)
}

#[derive(Template)]
#[template(path = "door/register.html")]
struct RegisterPage {
    shell: Shell,
    t: words::Door,
    key: String,
    name: String,
    login: String,
    merchant: bool,
    fault: Option<String>,
}

/// `GET /register`
async fn newcomer(State(app): State<App>, visit: Visit) -> Page {
    let t = words::Door(visit.lang);
    let shell = visit.shell(&app, t.register());
    let (name, login) = (String::new(), String::new());
    let (key, merchant, fault) = (new_key()?, false, None);
    render(&RegisterPage { shell, t, key, name, login, merchant, fault })
}

/// `POST /register`
async fn register(State(app): State<App>, visit: Visit, form: Form) -> Page {
    match join(&app, &visit, &form).await {
        Ok(Entry::Opened(opened)) => welcome(&visit, &opened, "/"),
        Ok(Entry::CodeNeeded(ticket)) => {
            render(&CodePage::new(&app, &visit, "/".to_owned(), ticket))
        }
        Err(problem) => {
            let (fault, key) = (Some(at_fault(&visit, &problem)?), form.key_after(&problem)?);
            let t = words::Door(visit.lang);
            let shell = visit.shell(&app, t.register());
            let (name, login) = (form.text("name").to_owned(), form.text("login").to_owned());
            let merchant = form.text("kind") == "merchant";
            again(&RegisterPage { shell, t, key, name, login, merchant, fault })
        }
    }
}

/// Makes somebody a user with an account and a payment password, and lets them in.
async fn join(app: &App, visit: &Visit, form: &Form) -> Result<Entry, Problem> {
    let merchant = form.text("kind") == "merchant";
    let payment = form.raw("payment_password");
    let newcomer = Newcomer {
        kind: if merchant { UserKind::Merchant } else { UserKind::Customer },
        name: form.text("name").to_owned(),
        login: form.text("login").to_owned(),
        password: form.raw("password").to_owned(),
        locale: Some(visit.lang.tag().to_owned()),
        duty: None,
        once: false,
    };
    crate::people::password::may_be_payment_password(payment)
        .map_err(|it| Problem::of(it).at("/payment_password"))?;
    let people = app.people();
    let (user, before) = people.registered(form.name("newcomer")?, &newcomer).await?;
    let open = OpenAccount { owner: user, currency: Currency::CNY, balance_limit: 0 };
    let name = request_name("newcomer", &format!("account:{user}"));
    app.submit(Actor::Platform, name, user.cell(), Command::OpenAccount(open)).await?;
    let opened = if before {
        // The form was sent twice, perhaps by somebody who found it: they show who they are.
        let Newcomer { login, password, .. } = newcomer.clone();
        let seen_from = visit.seen_from.clone();
        match people.sign_in(&SignIn { login, password, seen_from }).await? {
            Entry::Opened(opened) => opened,
            code @ Entry::CodeNeeded(_) => return Ok(code),
        }
    } else {
        Box::new(people.open_session(user, Method::Password, &visit.seen_from, false).await?)
    };
    let name = request_name("newcomer", &format!("payment password:{user}"));
    people.set_payment_password(&opened.signed, name, &newcomer.password, payment).await?;
    Ok(Entry::Opened(opened))
}

/// An address of ours to go on to; the first page if it leads elsewhere.
pub(super) fn inside(next: &str) -> String {
    // Browsers leave out tabs and line ends, and read a backslash as a slash: what is left of
    // "/\t/evil.test" is another site.
    let odd = |it: char| it == '\\' || it.is_control();
    let plain = next.starts_with('/') && !next.starts_with("//") && !next.contains(odd);
    if plain { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn nobody_is_sent_to_another_site_after_signing_in() {
        assert_eq!(inside("/orders/ord_1"), "/orders/ord_1");
        assert_eq!(inside("//evil.test"), "/");
        assert_eq!(inside("https://evil.test"), "/");
        for odd in ['\\', '\t', '\r', '\n', '\0', '\u{7f}', '\u{85}'] {
            assert_eq!(inside(&format!("/{odd}/evil.test")), "/", "{odd:?}");
            assert_eq!(inside(&format!("/{odd}evil.test")), "/", "{odd:?}");
        }
        assert_eq!(inside(""), "/");
    }
}
