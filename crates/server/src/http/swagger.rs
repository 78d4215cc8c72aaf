//! `/docs`: the API to look at and to try, by Swagger UI. All of it is in this program.

use crate::openapi;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, header};
use std::sync::LazyLock;

/// Only what this server serves is loaded, and nothing that stands in the page itself runs. Swagger
/// UI draws its icons from `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
const PAGE: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
    <title>API · Danbao</title><link rel=\"icon\" href=\"data:,\">\
    <link rel=\"stylesheet\" href=\"/docs/swagger-ui.css\"></head><body><div id=\"api\"></div>\
    <script src=\"/docs/swagger-ui-bundle.js\"></script>\
    <script src=\"/docs/start.js\"></script></body></html>";
const START: &str = "SwaggerUIBundle({url:'/v1/openapi.json',dom_id:'#api',deepLinking:true,\
                     docExpansion:'none',validatorUrl:null});";
const STYLE: &[u8] = include_bytes!("../../assets/swagger-ui/swagger-ui.css.gz");
const BUNDLE: &[u8] = include_bytes!("../../assets/swagger-ui/swagger-ui-bundle.js.gz");

/// `GET /docs`
pub(super) async fn page() -> Response {
    let mut response = Html(PAGE).into_response();
    let policy = HeaderValue::from_static(POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// `GET /docs/start.js`
pub(super) async fn start() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript")], START).into_response()
}

/// `GET /docs/swagger-ui.css`
pub(super) async fn style() -> Response {
    compressed("text/css", STYLE)
}

/// `GET /docs/swagger-ui-bundle.js`
pub(super) async fn bundle() -> Response {
    compressed("text/javascript", BUNDLE)
}

fn compressed(kind: &'static str, bytes: &'static [u8]) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_ENCODING, "gzip")], bytes).into_response()
}

/// `GET /v1/openapi.json`
pub(super) async fn document() -> Response {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi::document().to_string());
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}
