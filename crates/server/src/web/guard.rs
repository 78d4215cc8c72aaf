//! What is around every page: where a form may come from, what a page may load, the visit, and the
//! page that says what went wrong.

use super::lang::Lang;
use super::mistake;
use super::visit::{LANGUAGE, SESSION, Visit, cookie};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// Only what this server serves is loaded, nothing that stands in a page itself runs, and no other
/// page may show ours inside.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";

/// Stands around every page.
pub(super) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = crate::http::new_request_id();
    let visit = visit(&app, &request, id);
    let method = request.method().clone();
    let mut response = if safe(&method) || own(request.headers()) {
        request.extensions_mut().insert(visit.clone());
        next.run(request).await
    } else {
        Problem::of(&codes::CROSS_SITE).into_response()
    };
    if let Some(problem) = response.extensions_mut().remove::<Box<Problem>>() {
        response = mistake::page(&app, &visit, &method, &problem);
    }
    dress(&visit, response.headers_mut());
    response
}

/// The answer where nothing is: a page for a browser, a problem for a program.
pub(crate) async fn nowhere(State(app): State<App>, request: Request) -> Response {
    let problem = Problem::of(&codes::ROUTE_NOT_FOUND);
    let accepts = request.headers().get(header::ACCEPT).and_then(|it| it.to_str().ok());
    let browser = accepts.is_some_and(|it| it.contains("text/html"));
    if !browser {
        return problem.into_response();
    }
    let id = crate::http::new_request_id();
    let visit = visit(&app, &request, id);
    let mut response = mistake::page(&app, &visit, request.method(), &problem);
    dress(&visit, response.headers_mut());
    response
}

/// The visit, with whoever has its cookie.
fn visit(app: &App, request: &Request, id: String) -> Visit {
    let session = cookie(request.headers(), SESSION);
    let signed = session.and_then(|it| app.people().session(it));
    let read = Visit::read(request.uri(), request.headers(), id);
    // A proxy that ended TLS need not say so: whoever started the server said where it is reached.
    let public = app.people().site().is_some_and(|it| it.origin().starts_with("https:"));
    Visit { signed, secure: read.secure || public, ..read }
}

/// What every answer to a page's request says to the browser.
fn dress(visit: &Visit, headers: &mut HeaderMap) {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&visit.request_id) {
        headers.insert(crate::http::REQUEST_ID.clone(), value);
    }
    let asked = visit.query.split('&').find_map(|it| it.strip_prefix("lang="));
    if let Some(lang) = asked.and_then(Lang::parse) {
        let tag = lang.tag();
        let cookie = format!("{LANGUAGE}={tag}; Path=/; Max-Age=31536000; SameSite=Lax");
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, value);
        }
    }
}

/// Whether a method changes nothing.
fn safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a form comes from a page of ours. Browsers say where a request was begun; those too old
/// for that say the origin, which must be the host that they ask.
fn own(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    match text("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match (text("origin"), text("host")) {
            (Some(origin), Some(host)) => {
                origin.split_once("://").is_some_and(|(_, rest)| rest == host)
            }
            // Not a browser: it has no cookie that it did not put there itself.
            (None, _) => true,
            (Some(_), None) => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn cookies_are_for_tls_alone_where_the_server_is_reached_by_it() {
        let home = tempfile::tempdir().unwrap();
        let app = App::in_test(home.path());
        let secure = |proto: &str| {
            let request = http::Request::builder().header("x-forwarded-proto", proto);
            let request = request.body(axum::body::Body::empty()).unwrap();
            visit(&app, &request, String::new()).secure
        };
        assert!(!secure("http"));
        assert!(secure("https"), "as a proxy says");
        app.people().reached_at("https://pay.example.com".parse().unwrap());
        assert!(secure("http"), "as the operator said");
        app.engine().stop();
    }

    #[test]
    fn a_form_is_taken_only_from_a_page_of_ours() {
        let asked = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            });
            own(&pairs.collect())
        };
        assert!(asked(&[("sec-fetch-site", "same-origin")]));
        assert!(asked(&[("sec-fetch-site", "none")]));
        assert!(!asked(&[("sec-fetch-site", "cross-site")]));
        assert!(!asked(&[("sec-fetch-site", "same-site")]));
        assert!(asked(&[("origin", "https://pay.test"), ("host", "pay.test")]));
        assert!(!asked(&[("origin", "https://evil.test"), ("host", "pay.test")]));
        assert!(!asked(&[("origin", "null"), ("host", "pay.test")]));
        assert!(asked(&[("host", "pay.test")]));
    }
}
