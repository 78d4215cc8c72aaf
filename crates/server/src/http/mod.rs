//! HTTP: limits, request ids, who calls, under which name; and the routes.

pub mod auth;
pub mod body;
pub mod codes;
mod docs;
mod mask;
mod metrics;
pub mod problem;
pub mod receipt;
mod rejections;
pub mod requests;
mod swagger;

use crate::api;
use crate::app::{App, request_name};
use crate::web;
use auth::Caller;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{IntoMakeService, get};
use codes::Code;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use ledger::id::RequestId;
use problem::Problem;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;
use tower::Service;

/// The most bytes of a body.
pub const BODY_MAX: usize = 64 << 10;
/// The most bytes of a batch.
pub const BATCH_MAX: usize = 4 << 20;
/// The most characters of an `Idempotency-Key`.
pub const KEY_MAX: usize = 255;

/// The longest that anybody may wait for something that is under way.
pub const WAIT_MAX: Duration = Duration::from_secs(20);

pub(crate) static REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
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
    /// How long the caller wishes to wait for something that is under way.
    pub wait: Duration,
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
            Some(_) => return Err(key_problem(&codes::IDEMPOTENCY_KEY_INVALID)),
            None => return Err(key_problem(&codes::IDEMPOTENCY_KEY_MISSING)),
        };
        let body = read_body(request, BODY_MAX).await?;
        Ok(Wish { caller, name, body })
    }
}

impl FromRequest<App> for Look {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Look, Problem> {
        let caller = app.callers().find(request.headers())?;
        Ok(Look { caller, wait: wait_of(request.headers()) })
    }
}

/// `Prefer: wait=10` (RFC 7240): a wish, so what makes no sense is passed over.
fn wait_of(headers: &HeaderMap) -> Duration {
    let texts = headers.get_all("prefer").iter().filter_map(|it| it.to_str().ok());
    let mut wishes = texts.flat_map(|it| it.split(',')).filter_map(|it| it.split_once('='));
    let wish = wishes.find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"));
    let seconds = wish.and_then(|(_, it)| it.trim().parse().ok()).unwrap_or(0);
    Duration::from_secs(seconds).min(WAIT_MAX)
}

fn key_problem(code: &'static Code) -> Problem {
    let detail = "Send a header Idempotency-Key with 1 to 255 visible ASCII characters of your \
                  choice. \
                  Asking again with the same key repeats the answer, not the payment.";
    Problem::new(code, detail)
}

/// The bytes of a JSON body, at most so many.
pub(crate) async fn read_body(request: Request, most: usize) -> Result<Bytes, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let json = kind.is_none_or(|it| it.split(';').next().is_some_and(is_json));
    let read = Limited::new(request.into_body(), most).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            let detail = format!("A body here has at most {most} bytes.");
            return Problem::new(&codes::BODY_TOO_LARGE, detail);
        }
        Problem::new(&codes::BODY_UNREADABLE, "The body broke off.")
    })?;
    let bytes = read.to_bytes();
    if json || bytes.is_empty() {
        return Ok(bytes);
    }
    let detail = "Send the body as Content-Type: application/json.";
    Err(Problem::new(&codes::CONTENT_TYPE_UNSUPPORTED, detail))
}

fn is_json(kind: &str) -> bool {
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// All routes, with what every response has around them, and a merchant's requests written down.
#[derive(Clone)]
pub struct Door {
    routes: Router,
    app: App,
}

impl Service<Request> for Door {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let watched = requests::watch(&self.app, &mut request);
        let answer = self.routes.call(request);
        match watched {
            None => Box::pin(async move { answer.await.map(seal) }),
            Some(mut watched) => {
                let app = self.app.clone();
                Box::pin(async move {
                    let response = answer.await?;
                    watched.problem(&response);
                    Ok(watched.done(&app, seal(response)).await)
                })
            }
        }
    }
}

/// Every route, and what every response has.
///
/// The latter is put around all routes at once: as a layer of the router it would be around each,
/// in a box that is copied for every request.
pub fn service(app: App) -> IntoMakeService<Door> {
    let routes = Router::new()
        .route("/healthz", get(metrics::health))
        .route("/readyz", get(metrics::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/v1/openapi.json", get(swagger::document))
        .route("/docs", get(swagger::page))
        .route("/docs/start.js", get(swagger::start))
        .route("/docs/swagger-ui.css", get(swagger::style))
        .route("/docs/swagger-ui-bundle.js", get(swagger::bundle))
        .route("/docs/problems", get(docs::list))
        .route("/docs/problems/{code}", get(docs::one))
        .merge(api::routes())
        .merge(web::routes(&app))
        .fallback(web::nowhere)
        .method_not_allowed_fallback(async || {
            let detail = "This address does not take that method.";
            Problem::new(&codes::METHOD_NOT_ALLOWED, detail)
        })
        .with_state(app.clone());
    axum::ServiceExt::<Request>::into_make_service(Door { routes, app })
}

/// What the framework refused before a handler saw it, or did not know what to do with.
fn foreign(status: StatusCode) -> Problem {
    if status.is_server_error() {
        return Problem::of(&codes::INTERNAL_ERROR);
    }
    let detail = "The address, its query or a header is not what it must be; see /docs.";
    Problem::new(&codes::MALFORMED_REQUEST, detail)
}

/// A name for an HTTP request.
pub(crate) fn new_request_id() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let number = LAST.fetch_add(1, Relaxed);
    format!("req_{:08x}{number:010x}", std::process::id())
}

/// What every response has.
fn seal(mut response: Response) -> Response {
    // Pages have their name already: it stands in them, too.
    let named = response.headers().get(&REQUEST_ID).and_then(|it| it.to_str().ok());
    let id = named.map_or_else(new_request_id, str::to_owned);
    let status = response.status();
    let wrong = status.is_client_error() || status.is_server_error();
    let page = response.headers().contains_key(header::CONTENT_SECURITY_POLICY);
    if wrong && !page && response.extensions().get::<Box<Problem>>().is_none() {
        response = foreign(status).into_response();
    }
    if let Some(problem) = response.extensions_mut().remove::<Box<Problem>>() {
        let body = problem.render(&id);
        // The router has said already how long the body is, which was none.
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        *response.body_mut() = Body::from(body);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID.clone(), value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
