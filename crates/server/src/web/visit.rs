//! A visit: who asks for a page, in which language, and what every page shows around its content.

use super::icon::Icon;
use super::lang::Lang;
use super::{assets, dates, words};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::rfc3339;
use crate::people::Signed;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Uri, header};
use ledger::registry::UserKind;

/// The cookie with the session.
pub const SESSION: &str = "danbao_session";
/// Where a password is chosen.
pub const CHOOSE_PASSWORD: &str = "/security/password";
/// The cookie with the language that somebody chose.
pub const LANGUAGE: &str = "danbao_lang";

/// A visit, as `guard` makes it for every request to a page.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The language of the page.
    pub lang: Lang,
    /// Who is signed in.
    pub signed: Option<Signed>,
    /// The address, without its query.
    pub path: String,
    /// The query, without the question mark.
    pub query: String,
    /// The name of this HTTP request, which is also in the header of the answer.
    pub request_id: String,
    /// Where the server is reached, such as `https://pay.example.com`.
    pub origin: String,
    /// Whether browsers reach the server over TLS, so that cookies go no other way.
    pub secure: bool,
    /// The browser's own name and the address it calls from, for the list of sign-ins.
    pub seen_from: String,
}

impl Visit {
    /// Reads a visit from a request's head.
    pub(super) fn read(uri: &Uri, headers: &HeaderMap, request_id: String) -> Visit {
        let query = uri.query().unwrap_or_default().to_owned();
        let chosen = query.split('&').find_map(|it| it.strip_prefix("lang=")).and_then(Lang::parse);
        let kept = || cookie(headers, LANGUAGE).and_then(Lang::parse);
        let lang = chosen.or_else(kept).unwrap_or_else(|| Lang::asked(headers));
        let text = |name| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let scheme = match text("x-forwarded-proto") {
            "https" => "https",
            _ => "http",
        };
        Visit {
            lang,
            signed: None,
            path: uri.path().to_owned(),
            query,
            request_id,
            origin: format!("{scheme}://{}", text(header::HOST.as_str())),
            secure: scheme == "https",
            seen_from: text(header::USER_AGENT.as_str()).chars().take(200).collect(),
        }
    }

    /// Whoever is signed in, or the way to the page where one signs in. Whoever came in by a
    /// temporary password goes nowhere before they have chosen one of their own.
    pub fn signed(&self) -> Result<&Signed, Problem> {
        let signed = self.signed.as_ref().ok_or_else(|| Problem::of(&codes::SIGN_IN_FIRST))?;
        let kept_back = signed.once && self.path != CHOOSE_PASSWORD;
        if kept_back { Err(Problem::of(&codes::PASSWORD_FOR_ONCE)) } else { Ok(signed) }
    }

    /// Whoever is signed in as a user of this kind. For others the page is not there.
    pub fn signed_as(&self, kind: UserKind) -> Result<&Signed, Problem> {
        let signed = self.signed()?;
        let right = signed.kind == kind;
        if right { Ok(signed) } else { Err(Problem::of(&codes::ROUTE_NOT_FOUND)) }
    }

    /// A customer.
    pub fn customer(&self) -> Result<&Signed, Problem> {
        self.signed_as(UserKind::Customer)
    }

    /// A merchant.
    pub fn merchant(&self) -> Result<&Signed, Problem> {
        self.signed_as(UserKind::Merchant)
    }

    /// An operator.
    pub fn operator(&self) -> Result<&Signed, Problem> {
        self.signed_as(UserKind::Operator)
    }

    /// What the page has around its content.
    pub fn shell(&self, app: &App, title: impl Into<String>) -> Shell {
        let now = app.engine().now(ledger::id::CellId::FIRST).unwrap_or_default();
        let language = words::Shell(self.lang);
        Shell {
            t: language,
            lang: self.lang,
            title: title.into(),
            area: Area::of(self.signed.as_ref(), &self.path),
            signed: self.signed.clone(),
            path: self.path.clone(),
            other_language: self.other_language(),
            request_id: self.request_id.clone(),
            sandbox: app.engine().sandbox(),
            now: rfc3339(now),
            notices: super::notices::current(app, self.lang),
            refresh: None,
        }
    }

    /// The same page in the other language.
    fn other_language(&self) -> String {
        let others = self.query.split('&').filter(|it| !it.is_empty() && !it.starts_with("lang="));
        let tag = format!("lang={}", self.lang.other().tag());
        let query: Vec<&str> = others.chain([tag.as_str()]).collect();
        format!("{}?{}", self.path, query.join("&"))
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Visit, Problem> {
        let missing = || Problem::of(&codes::INTERNAL_ERROR);
        parts.extensions.get::<Visit>().cloned().ok_or_else(missing)
    }
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = lines.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|it| it.0 == name).map(|it| it.1)
}

/// Which navigation a page has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// For everybody.
    Public,
    /// For buyers.
    Customer,
    /// For sellers and their developers.
    Merchant,
    /// The console.
    Operator,
}

impl Area {
    fn of(signed: Option<&Signed>, path: &str) -> Area {
        match signed.map(|it| it.kind) {
            _ if path.starts_with("/tour") => Area::Public,
            None => Area::Public,
            Some(UserKind::Customer) => Area::Customer,
            Some(UserKind::Merchant) => Area::Merchant,
            Some(UserKind::Operator) => Area::Operator,
        }
    }
}

/// What every page has around its content.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The shell's own words.
    pub t: words::Shell,
    /// The language.
    pub lang: Lang,
    /// What stands in the title of the window, before the brand.
    pub title: String,
    /// Which navigation.
    pub area: Area,
    /// Who is signed in.
    pub signed: Option<Signed>,
    /// The address of the page.
    pub path: String,
    /// The address of the page in the other language.
    pub other_language: String,
    /// The name of the HTTP request.
    pub request_id: String,
    /// Whether no real money is here.
    pub sandbox: bool,
    /// The platform's time.
    pub now: String,
    /// What operators announce.
    pub notices: Vec<super::notices::Shown>,
    /// Seconds after which a page without scripts looks again by itself.
    pub refresh: Option<u32>,
}

impl Shell {
    /// The same, for a page that waits for something: without scripts it looks again by itself.
    #[must_use]
    pub fn refreshing(self, seconds: u32) -> Shell {
        Shell { refresh: Some(seconds), ..self }
    }

    /// The words of the developers' navigation, which is on pages of several themes.
    pub fn developers(&self) -> words::Developers {
        words::Developers(self.lang)
    }

    /// An icon.
    pub fn icon(&self, name: &'static str) -> Icon {
        Icon(name)
    }

    /// The address of a file.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    /// A moment, with how far away it is.
    pub fn moment(&self, time: &ledger::time::Time) -> dates::Moment {
        dates::Moment::new(self.lang, *time).relative()
    }

    /// A moment in the past.
    pub fn date(&self, time: &ledger::time::Time) -> dates::Moment {
        dates::Moment::new(self.lang, *time)
    }

    /// `page` where the navigation points at where one is.
    pub fn current(&self, prefix: &str) -> bool {
        let rest = self.path.strip_prefix(prefix);
        rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
    }
}
