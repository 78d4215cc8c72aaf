//! HTTP: limits, request ids, who calls, under which name; and the routes.

pub mod auth;
pub mod body;
mod metrics;
pub mod problem;
pub mod receipt;

use crate::api;
use crate::app::{App, request_name};
use auth::Caller;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderName, HeaderValue, StatusCode, header};
use ledger::id::RequestId;
use problem::Problem;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The most bytes of a body.
pub const BODY_MAX: usize = 64 << 10;
/// The most bytes of a batch.
pub const BATCH_MAX: usize = 4 << 20;
/// The most characters of an `Idempotency-Key`.
pub const KEY_MAX: usize = 255;

static REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A request that changes something: who asks, under which name, and for what.
pub struct Wish {
    /// Who asks.
    pub caller: Caller,
    /// Under which name.
    pub name: RequestId,
    /// The body's bytes.
    pub body: Bytes,
}

/// A request that only looks.
pub struct Look {
    /// Who looks.
    pub caller: Caller,
}

impl FromRequest<App> for Wish {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Wish, Problem> {
        let caller = app.callers().find(request.headers())?;
        caller.may_write()?;
        let key = request.headers().get(&IDEMPOTENCY_KEY).map(HeaderValue::to_str);
        let name = match key {
            Some(Ok(key)) if !key.is_empty() && key.len() <= KEY_MAX => {
                request_name(&caller.scope(), key)
            }
            Some(_) | None => return Err(key_problem()),
        };
        let body = read_body(request, app).await?;
        Ok(Wish { caller, name, body })
    }
}

impl FromRequest<App> for Look {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Look, Problem> {
        Ok(Look { caller: app.callers().find(request.headers())? })
    }
}

fn key_problem() -> Problem {
    let detail = "Send a header Idempotency-Key with 1 to 255 visible ASCII characters of your \
                  choice. \
                  Asking again with the same key repeats the answer, not the payment.";
    Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_missing", detail)
}

/// The bytes of a JSON body within the route's limit.
pub(crate) async fn read_body(request: Request, app: &App) -> Result<Bytes, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let json = kind.is_none_or(|it| it.split(';').next().is_some_and(is_json));
    let bytes = Bytes::from_request(request, app).await.map_err(|error| {
        let detail = format!("A body here has at most {BODY_MAX} bytes; a batch, {BATCH_MAX}.");
        match error.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
            }
            _ => Problem::new(StatusCode::BAD_REQUEST, "body_unreadable", "The body broke off."),
        }
    })?;
    if json || bytes.is_empty() {
        return Ok(bytes);
    }
    let detail = "Send the body as Content-Type: application/json.";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type_unsupported", detail))
}

fn is_json(kind: &str) -> bool {
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// Every route.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/healthz", get(metrics::health))
        .route("/readyz", get(metrics::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/v1/batches", post(api::batches::create).layer(DefaultBodyLimit::max(BATCH_MAX)))
        .merge(api::routes());
    routes
        .fallback(async || Problem::not_found("route_not_found", "page or endpoint"))
        .method_not_allowed_fallback(async || {
            let detail = "This address does not take that method.";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
        })
        .layer(axum::middleware::map_response(seal))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(app)
}

/// What every response has.
async fn seal(mut response: Response) -> Response {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let number = LAST.fetch_add(1, Relaxed);
    let headers = response.headers_mut();
    let id = format!("req_{:08x}{number:010x}", std::process::id());
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID.clone(), value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
