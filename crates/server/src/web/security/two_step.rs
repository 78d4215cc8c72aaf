//! `/security/two-step`: one-time codes, turned on by one of them and off by the password.

use super::{Done, Fault, Proof, Row};
use crate::app::App;
use crate::documents::qr;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::totp;
use crate::web::form::{Form, new_key};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::words;
use askama::Template;
use axum::extract::{Query, State};

/// Letters of a key that stand together, where people read it.
const GROUP: usize = 4;

/// The row among the settings.
pub(super) fn row(app: &App, visit: &Visit) -> Result<Row, Problem> {
    let w = words::SecurityTwoStep(visit.lang);
    let on = app.people().has_totp(visit.signed()?.user)?;
    let (state, class) = if on { (w.on(), "ok") } else { (w.off(), "") };
    let (href, icon) = ("/security/two-step", "smartphone");
    Ok(Row { href, icon, name: w.title(), hint: w.row(), state: state.to_owned(), class })
}

/// How it stands.
enum Setting {
    On,
    /// A new secret to be added to an app.
    Off {
        secret: String,
        grouped: String,
        qr: String,
    },
}

#[derive(Template)]
#[template(path = "security/two_step.html")]
struct TwoStepPage {
    shell: Shell,
    t: words::Security,
    w: words::SecurityTwoStep,
    key: String,
    setting: Setting,
    proof: Proof,
    done: Option<&'static str>,
    fault: Option<Fault>,
}

impl TwoStepPage {
    /// The page; with the secret that an app may know already.
    fn new(app: &App, visit: &Visit, known: Option<[u8; totp::SECRET]>) -> Result<Self, Problem> {
        let w = words::SecurityTwoStep(visit.lang);
        let user = visit.signed()?.user;
        let setting = if app.people().has_totp(user)? {
            Setting::On
        } else {
            let no_luck = |_| Problem::of(&codes::NO_RANDOMNESS);
            let secret = known.map_or_else(totp::new_secret, Ok).map_err(no_luck)?;
            let login = app.people().login_of(user)?;
            let qr = qr::svg(&totp::uri(secret, &login), w.qr());
            let secret = totp::base32(secret);
            let letters: Vec<char> = secret.chars().collect();
            let groups: Vec<String> = letters.chunks(GROUP).map(String::from_iter).collect();
            Setting::Off {
                grouped: groups.join(" "),
                // A login is never as long as a QR code can be.
                qr: qr.map_err(|_| Problem::of(&codes::INTERNAL_ERROR))?,
                secret,
            }
        };
        Ok(TwoStepPage {
            shell: visit.shell(app, w.title()),
            t: words::Security(visit.lang),
            w,
            key: new_key()?,
            setting,
            proof: Proof::new(app, visit)?,
            done: None,
            fault: None,
        })
    }
}

/// `GET /security/two-step`
pub(super) async fn show(State(app): State<App>, visit: Visit, Query(way): Query<Done>) -> Page {
    let page = TwoStepPage::new(&app, &visit, None)?;
    let done = match way.done.as_str() {
        "on" => Some(page.w.turned_on()),
        "off" => Some(page.w.turned_off()),
        _ => None,
    };
    render(&TwoStepPage { done, ..page })
}

/// `POST /security/two-step`: a code shows that an app has the secret.
pub(super) async fn turn_on(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let signed = visit.signed()?;
    let name = form.name(&signed.scope())?;
    let unreadable = || Problem::of(&codes::FORM_UNREADABLE);
    let secret = totp::from_base32(form.text("secret")).ok_or_else(unreadable)?;
    let (password, code) = (form.raw("password"), form.digits("code"));
    match app.people().set_totp(signed, name, password, (secret, &code)).await {
        Ok(()) => see("/security/two-step?done=on"),
        Err(problem) => {
            let fault = Some(Fault::of(&visit, &problem)?);
            again(&TwoStepPage { fault, ..TwoStepPage::new(&app, &visit, Some(secret))? })
        }
    }
}

/// `POST /security/two-step/off`
pub(super) async fn turn_off(State(app): State<App>, visit: Visit, form: Form) -> Page {
    match app.people().remove_totp(visit.signed()?, form.raw("password")).await {
        Ok(()) => see("/security/two-step?done=off"),
        Err(problem) => {
            let fault = Some(Fault::of(&visit, &problem)?);
            again(&TwoStepPage { fault, ..TwoStepPage::new(&app, &visit, None)? })
        }
    }
}
