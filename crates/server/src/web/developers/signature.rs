//! `/developers/signature`: why a webhook's signature does not verify.
//!
//! The secrets are used here and shown nowhere; what is pasted is answered, and kept by nobody.

use super::webhooks;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::form::Form;
use crate::web::page::{Page, again, render};
use crate::web::visit::{Shell, Visit};
use crate::web::words;
use crate::webhooks::check::{self, BODY_MAX, Cause, Finding, Known, Question, Whose};
use crate::webhooks::{body, url_of};
use askama::Template;
use axum::extract::State;
use ledger::id::EventId;
use ledger::registry::Endpoint;
use std::time::{SystemTime, UNIX_EPOCH};

/// The value of the choice to paste a secret.
const PASTED: &str = "pasted";

struct Choice {
    id: String,
    url: String,
    chosen: bool,
}

/// What is wrong, and what to do about it.
struct Said {
    title: String,
    remedy: &'static str,
}

struct Checked {
    finding: Finding,
    causes: Vec<Said>,
}

#[derive(Template)]
#[template(path = "developers/signature.html")]
struct SignaturePage {
    shell: Shell,
    t: words::DevelopersSignature,
    choices: Vec<Choice>,
    pasting: bool,
    headers: String,
    body: String,
    computed: String,
    fault: Option<String>,
    result: Option<Checked>,
}

fn page(app: &App, visit: &Visit, form: &Form) -> Result<SignaturePage, Problem> {
    let endpoints = webhooks::all(app, visit.merchant()?)?;
    let t = words::DevelopersSignature(visit.lang);
    let asked = form.text("endpoint");
    let pasting = endpoints.is_empty() || asked == PASTED;
    let choices = endpoints.iter().map(|it| Choice {
        id: it.id.to_string(),
        url: url_of(app, it).unwrap_or_default(),
        chosen: it.id.to_string() == asked,
    });
    Ok(SignaturePage {
        shell: visit.shell(app, t.debugger()),
        t,
        choices: choices.collect(),
        pasting,
        headers: form.raw("headers").to_owned(),
        body: typed(form),
        computed: form.text("computed").to_owned(),
        fault: None,
        result: None,
    })
}

/// The body: browsers send every line end of a field as two characters, which nobody typed.
fn typed(form: &Form) -> String {
    form.raw("body").replace("\r\n", "\n")
}

/// `GET /developers/signature`
pub(super) async fn ask(State(app): State<App>, visit: Visit) -> Page {
    visit.merchant()?;
    render(&page(&app, &visit, &Form::default())?)
}

/// `POST /developers/signature`: looks, and keeps nothing.
pub(super) async fn look(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let signed = visit.merchant()?;
    let t = words::DevelopersSignature(visit.lang);
    let page = page(&app, &visit, &form)?;
    let fault = if page.body.len() > BODY_MAX || page.headers.len() > BODY_MAX {
        Some(t.too_long().to_owned())
    } else if page.headers.trim().is_empty() {
        Some(t.no_headers().to_owned())
    } else {
        None
    };
    if fault.is_some() {
        return again(&SignaturePage { fault, ..page });
    }
    let Ok(keys) = known(&app, signed, &form)? else {
        return again(&SignaturePage { fault: Some(t.secret_unreadable().to_owned()), ..page });
    };
    let sent = sent(&app, signed, &page.headers);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let finding = check::look(&Question {
        headers: &page.headers,
        body: page.body.as_bytes(),
        computed: &page.computed,
        keys: &keys,
        sent: sent.as_ref().map(String::as_bytes),
        now: now.map_or(0, |it| it.as_secs()),
    });
    let causes = finding.causes.iter().map(|it| said(t, it)).collect();
    render(&SignaturePage { result: Some(Checked { finding, causes }), ..page })
}

/// The secrets that may have been used: the one that was asked about first. The inner error is
/// that what was pasted is no secret.
fn known(app: &App, signed: &Signed, form: &Form) -> Result<Result<Vec<Known>, Cause>, Problem> {
    let endpoints = webhooks::all(app, signed)?;
    let asked = form.text("endpoint");
    let mut known = Vec::new();
    let mut all = |endpoint: &Endpoint, own: bool| {
        let name = endpoint.id.to_string();
        for (turn, key) in app.secrets().last(endpoint).into_iter().enumerate() {
            let whose = match (own, turn) {
                (true, 0) => Whose::Asked,
                (true, _) => Whose::Before,
                (false, _) => Whose::Other(name.clone()),
            };
            known.push(Known { whose, key: key.to_vec() });
        }
    };
    if asked == PASTED || endpoints.is_empty() {
        for it in &endpoints {
            all(it, false);
        }
        match check::key_of(form.raw("secret")) {
            Ok(key) => known.insert(0, Known { whose: Whose::Asked, key }),
            Err(cause) => return Ok(Err(cause)),
        }
        return Ok(Ok(known));
    }
    let missing = || Problem::of(&codes::ENDPOINT_NOT_FOUND);
    let own = endpoints.iter().find(|it| it.id.to_string() == asked).ok_or_else(missing)?;
    all(own, true);
    for it in endpoints.iter().filter(|it| it.id != own.id) {
        all(it, false);
    }
    Ok(Ok(known))
}

/// What was sent, if the headers name an event of this merchant.
fn sent(app: &App, signed: &Signed, headers: &str) -> Option<String> {
    let id = EventId::parse(&check::id_of(headers)?).ok()?;
    let (found, _) = app.read(id.cell(), |view| view.happening(id.number())).ok()?;
    let it = found.filter(|it| it.merchant == Some(signed.user))?;
    body(app, id, &it).ok()
}

fn said(t: words::DevelopersSignature, cause: &Cause) -> Said {
    Said { title: title(t, cause), remedy: remedy(t, cause) }
}

/// What is wrong, in words.
pub(crate) fn title(t: words::DevelopersSignature, cause: &Cause) -> String {
    let plain = match cause {
        Cause::MissingHeader(name) => return t.missing_header(name),
        Cause::TooOld(seconds) => return t.too_old(seconds),
        Cause::TooNew(seconds) => return t.too_new(seconds),
        Cause::OtherEndpoint(id) => return t.other_endpoint(id),
        Cause::NoSignature => t.no_signature(),
        Cause::TimestampUnreadable => t.timestamp_unreadable(),
        Cause::EmptyBody => t.empty_body(),
        Cause::TrailingNewline => t.trailing_newline(),
        Cause::LineEnds => t.line_ends(),
        Cause::Whitespace => t.whitespace(),
        Cause::Mark => t.mark(),
        Cause::Charset => t.charset(),
        Cause::Escapes => t.escapes(),
        Cause::Reserialised => t.reserialised(),
        Cause::BodyChanged => t.body_changed(),
        Cause::SecretUnreadable => t.secret_unreadable(),
        Cause::OldSecret => t.old_secret(),
        Cause::SecretNotDecoded => t.secret_not_decoded(),
        Cause::SecretWithPrefix => t.secret_with_prefix(),
        Cause::WrongSecret => t.wrong_secret(),
        Cause::Order => t.order(),
        Cause::BodyOnly => t.body_only(),
        Cause::PartsMissing => t.parts_missing(),
        Cause::Base64Url => t.base64_url(),
        Cause::NoPadding => t.no_padding(),
        Cause::Hex => t.hex(),
    };
    plain.to_owned()
}

/// What to do about it, in words.
pub(crate) fn remedy(t: words::DevelopersSignature, cause: &Cause) -> &'static str {
    match cause {
        Cause::MissingHeader(_) | Cause::NoSignature => t.fix_headers(),
        Cause::TimestampUnreadable => t.fix_timestamp(),
        Cause::TooOld(_) | Cause::TooNew(_) => t.fix_clock(),
        Cause::EmptyBody
        | Cause::TrailingNewline
        | Cause::LineEnds
        | Cause::Whitespace
        | Cause::Mark
        | Cause::Escapes
        | Cause::Reserialised
        | Cause::BodyChanged => t.fix_raw_body(),
        Cause::Charset => t.fix_charset(),
        Cause::SecretUnreadable => t.fix_secret(),
        Cause::OldSecret => t.fix_old_secret(),
        Cause::OtherEndpoint(_) | Cause::WrongSecret => t.fix_other_secret(),
        Cause::SecretNotDecoded | Cause::SecretWithPrefix => t.fix_decode(),
        Cause::Order | Cause::BodyOnly | Cause::PartsMissing => t.fix_content(),
        Cause::Base64Url | Cause::NoPadding | Cause::Hex => t.fix_base64(),
    }
}
