//! `/docs/problems`: what each code means and what to do about it, for people.

use super::codes::{self, Code};
use super::problem::Problem;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, header};
use std::fmt::Write as _;

/// Nothing is loaded from anywhere, and nothing runs.
const POLICY: &str = "default-src 'none'; style-src 'sha256-HASH'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = "body{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;\
                     padding:0 1rem;color:#1c1c1e;background:#fff}code{font-size:.95em}\
                     dt{margin-top:1rem}dd{margin:0}a{color:#0550ae}\
                     @media(prefers-color-scheme:dark){body{color:#eee;background:#16161a}\
                     a{color:#8ab4f8}}";

/// `GET /docs/problems`
pub(super) async fn list() -> Response {
    let mut rows = String::new();
    for code in Code::all() {
        let [title, title_zh] = code.title;
        let (name, status) = (code.name, code.status().as_u16());
        let _ = write!(
            rows,
            "<dt><a href=\"/docs/problems/{name}\"><code>{name}</code></a> {status}</dt>\
             <dd>{}<br><span lang=\"zh-CN\">{}</span></dd>",
            escaped(title),
            escaped(title_zh)
        );
    }
    let body = format!(
        "<h1>Problems · <span lang=\"zh-CN\">错误代码</span></h1>\
         <p>Every error is <code>application/problem+json</code> (RFC 9457) with one of these \
         codes. Codes are never renamed.</p><dl>{rows}</dl>"
    );
    page("Problems", &body)
}

/// `GET /docs/problems/{code}`
pub(super) async fn one(Path(name): Path<String>) -> Result<Response, Problem> {
    let code = Code::named(&name).ok_or_else(|| Problem::of(&codes::ROUTE_NOT_FOUND))?;
    let [title, title_zh] = code.title.map(escaped);
    let [remedy, remedy_zh] = code.remedy.map(escaped);
    let (name, status) = (code.name, code.status().as_u16());
    let body = format!(
        "<p><a href=\"/docs/problems\">Problems</a></p><h1>{title}</h1><p>{remedy}</p>\
         <div lang=\"zh-CN\"><h2>{title_zh}</h2><p>{remedy_zh}</p></div>\
         <p><code>{name}</code>, HTTP {status}</p>"
    );
    Ok(page(&title, &body))
}

fn page(title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <link rel=\"icon\" href=\"data:,\"><title>{title} · Danbao</title>\
         <style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    );
    let mut response = Html(html).into_response();
    if let Ok(policy) = HeaderValue::from_str(&POLICY.replace("HASH", &style_hash())) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn style_hash() -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(STYLE))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
