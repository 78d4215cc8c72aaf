//! A client of the HTTP API, for every command that talks to a server.
//!
//! One idea: whoever asks again asks under the same name. [`Client::patient_post`] therefore
//! repeats a request through restarts, overload and broken connections until it has an answer, and
//! the server makes sure that it takes effect once.

mod pool;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use pool::Pool;
use serde_json::Value;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest that one attempt may take.
const ATTEMPT: Duration = Duration::from_mins(1);
/// The first pause before asking again; it doubles up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Why a request has no answer.
#[derive(Debug)]
pub enum ClientError {
    /// The address is not one.
    Address(String),
    /// The connection failed, or the server went away before it answered.
    Connection(String),
    /// No answer came in time. What the server did is not known.
    Timeout,
    /// The server answered with a problem.
    Problem {
        /// The HTTP status.
        status: u16,
        /// The stable code.
        code: String,
        /// What the server says to people.
        detail: String,
    },
    /// The answer was not what it should be.
    Garbled(String),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Address(it) => write!(f, "{it} is not an address like http://host:port"),
            ClientError::Connection(it) => write!(f, "no connection: {it}"),
            ClientError::Timeout => write!(f, "no answer in time"),
            ClientError::Problem { status, code, detail } => write!(f, "{status} {code}: {detail}"),
            ClientError::Garbled(it) => write!(f, "an answer that makes no sense: {it}"),
        }
    }
}

impl std::error::Error for ClientError {}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON, or the problem that it describes.
    pub fn json(&self) -> Result<Value, ClientError> {
        let value: Value = serde_json::from_slice(&self.body)
            .map_err(|error| ClientError::Garbled(error.to_string()))?;
        if self.status.is_success() {
            return Ok(value);
        }
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let status = self.status.as_u16();
        Err(ClientError::Problem { status, code: text("code"), detail: text("detail") })
    }

    /// Whether asking again under the same name may bring another answer.
    fn passes(&self) -> bool {
        let in_progress = self.status == StatusCode::CONFLICT
            && self.body.windows(IN_PROGRESS.len()).any(|it| it == IN_PROGRESS);
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS || in_progress
    }

    fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

const IN_PROGRESS: &[u8] = b"request_in_progress";

/// A client of one server. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    pool: Arc<Pool>,
    authorization: Option<Arc<str>>,
    patience: Duration,
}

impl Client {
    /// A client for `base`, such as `http://127.0.0.1:8080`, with an API key if there is one.
    pub fn new(base: &str, key: Option<&str>) -> Result<Client, ClientError> {
        Ok(Client {
            pool: Arc::new(Pool::new(base)?),
            authorization: key.map(|it| format!("Bearer {it}").into()),
            patience: Duration::from_mins(2),
        })
    }

    /// How long [`Client::patient_post`] goes on without an answer.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Client {
        Client { patience, ..self }
    }

    /// Asks once.
    pub async fn get(&self, path: &str) -> Result<Reply, ClientError> {
        self.ask(Method::GET, path, None, Bytes::new()).await
    }

    /// Asks until there is an answer, and reads it as JSON.
    pub async fn patient_get(&self, path: &str) -> Result<Value, ClientError> {
        self.patiently(Method::GET, path, None, Bytes::new()).await?.json()
    }

    /// Asks once, under a name.
    pub async fn post(&self, path: &str, name: &str, body: Bytes) -> Result<Reply, ClientError> {
        self.ask(Method::POST, path, Some(name), body).await
    }

    /// Asks under one name until there is an answer, and reads it as JSON.
    pub async fn patient_post(
        &self,
        path: &str,
        name: &str,
        body: &Value,
    ) -> Result<Value, ClientError> {
        let body = Bytes::from(body.to_string());
        self.patiently(Method::POST, path, Some(name), body).await?.json()
    }

    /// Asks with a body that is JSON already, and returns the answer's text, if it is a good one.
    pub async fn patient_text(
        &self,
        path: &str,
        name: &str,
        body: String,
    ) -> Result<String, ClientError> {
        let reply = self.patiently(Method::POST, path, Some(name), Bytes::from(body)).await?;
        if reply.status.is_success() {
            return Ok(String::from_utf8_lossy(&reply.body).into_owned());
        }
        reply.json().map(|it| it.to_string())
    }

    /// Sends a file once, and reads the answer as JSON.
    pub async fn put_file(&self, path: &str, file: &Path) -> Result<Value, ClientError> {
        let wrong =
            |error: std::io::Error| ClientError::Address(format!("{}: {error}", file.display()));
        let bytes = tokio::fs::read(file).await.map_err(wrong)?;
        let body = Bytes::from(bytes);
        let mut request = http::Request::builder()
            .method(Method::PUT)
            .uri(path)
            .header(http::header::HOST, self.pool.host())
            .header(http::header::CONTENT_TYPE, "application/octet-stream");
        if let Some(authorization) = &self.authorization {
            request = request.header(http::header::AUTHORIZATION, &**authorization);
        }
        let request = request
            .body(http_body_util::Full::new(body))
            .map_err(|error| ClientError::Address(error.to_string()))?;
        // A large statement takes as long as it takes.
        self.pool.send(request).await?.json()
    }

    /// Deletes under a name of its own until there is an answer, and reads it as JSON.
    pub async fn patient_delete(&self, path: &str) -> Result<Value, ClientError> {
        let name = format!("delete:{path}");
        self.patiently(Method::DELETE, path, Some(&name), Bytes::new()).await?.json()
    }

    async fn patiently(
        &self,
        method: Method,
        path: &str,
        name: Option<&str>,
        body: Bytes,
    ) -> Result<Reply, ClientError> {
        let begun = Instant::now();
        let mut pause = PAUSE;
        loop {
            let answer = self.ask(method.clone(), path, name, body.clone()).await;
            let wish = match &answer {
                Ok(reply) if !reply.passes() => return answer,
                Ok(reply) => reply.retry_after(),
                Err(ClientError::Connection(_) | ClientError::Timeout) => None,
                Err(
                    ClientError::Address(_) | ClientError::Problem { .. } | ClientError::Garbled(_),
                ) => return answer,
            };
            if begun.elapsed() > self.patience {
                return answer;
            }
            // A little dice, so that a thousand clients do not come back in step.
            let jitter = Duration::from_millis(fastrand::u64(..25));
            tokio::time::sleep(wish.unwrap_or(pause) + jitter).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        name: Option<&str>,
        body: Bytes,
    ) -> Result<Reply, ClientError> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::HOST, self.pool.host());
        if let Some(authorization) = &self.authorization {
            request = request.header(http::header::AUTHORIZATION, &**authorization);
        }
        if let Some(name) = name {
            request = request
                .header("idempotency-key", name)
                .header(http::header::CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(http_body_util::Full::new(body))
            .map_err(|error| ClientError::Address(error.to_string()))?;
        tokio::time::timeout(ATTEMPT, self.pool.send(request))
            .await
            .map_err(|_| ClientError::Timeout)?
    }
}
