//! The HTTP channel to a bank that speaks our simulator's protocol.

use crate::files::FileBank;
use crate::sign::{self, About, Gate, Role, Secret, Untrusted};
use crate::{Answer, Bank, Found, Instruction, Notice, Statement, StatementHead, StatementRow};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long the bank may take to answer before it counts as silent.
const ANSWER: Duration = Duration::from_secs(10);
/// How long it may take over a statement.
const STATEMENT: Duration = Duration::from_mins(2);
/// The most bytes of an answer.
const ANSWER_MAX: usize = 1 << 20;
/// The most bytes of a statement.
const STATEMENT_MAX: usize = 256 << 20;

/// Why nothing is known: the bank may have done what it was told, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// No answer came in time.
    Timeout,
    /// The connection failed or broke.
    Connection(String),
    /// Something came that is no answer.
    Garbled(String),
    /// Something came that the bank did not sign, or not as an answer to this.
    Untrusted(Untrusted),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Silence::Timeout => write!(f, "no answer in time"),
            Silence::Connection(why) => write!(f, "no connection ({why})"),
            Silence::Garbled(what) => write!(f, "an answer that makes no sense ({what})"),
            Silence::Untrusted(why) => write!(f, "an answer that is not the bank's ({why})"),
        }
    }
}

impl std::error::Error for Silence {}

/// A bank that is reached over HTTP. Cheap to clone.
#[derive(Clone)]
pub struct HttpBank {
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    secret: Secret,
    /// Where notices come in.
    gate: Gate,
    /// Notices that were not the bank's.
    refused: AtomicU64,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// A question, and what may come back.
struct Question<'a> {
    method: Method,
    path: &'a str,
    body: String,
    patience: Duration,
    at_most: usize,
}

impl<'a> Question<'a> {
    fn new(method: Method, path: &'a str, body: String) -> Question<'a> {
        Question { method, path, body, patience: ANSWER, at_most: ANSWER_MAX }
    }
}

#[derive(serde::Deserialize)]
struct Token {
    token: String,
}

/// What comes with the status 404.
#[derive(serde::Deserialize)]
struct Missing {
    #[serde(rename = "final")]
    is_final: bool,
}

impl HttpBank {
    /// The bank at `url`, such as `http://127.0.0.1:8081`, with which we have this secret.
    pub fn new(url: &str, secret: Secret) -> HttpBank {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(2)));
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let (url, gate) = (url.trim_end_matches('/').to_owned(), Gate::new(secret.clone()));
        let refused = AtomicU64::new(0);
        HttpBank { inner: Arc::new(Inner { url, secret, gate, refused, client }) }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// The bank's token for a card number; `None` if it does not know the number.
    pub async fn tokenise(&self, number: &str) -> Result<Option<String>, Silence> {
        let body = serde_json::json!({ "number": number }).to_string();
        let (status, bytes) = self.ask(Question::new(Method::POST, "/cards/tokens", body)).await?;
        match status {
            StatusCode::OK => read_token(&bytes).map(Some),
            StatusCode::UNPROCESSABLE_ENTITY => Ok(None),
            other => Err(Silence::Garbled(other.to_string())),
        }
    }

    /// Reads a notice that was posted to `path`, if the bank sent it, just now and once. What is
    /// not the bank's is counted.
    pub fn notice(&self, path: &str, headers: &HeaderMap, body: &[u8]) -> Result<Notice, Silence> {
        let checked = self.inner.gate.check(Role::Notice, "POST", path, headers, body);
        checked.map_err(|why| {
            self.inner.refused.fetch_add(1, Ordering::Relaxed);
            Silence::Untrusted(why)
        })?;
        read(body)
    }

    /// How many notices were not the bank's, since the start.
    pub fn refused_notices(&self) -> u64 {
        self.inner.refused.load(Ordering::Relaxed)
    }

    async fn ask(&self, question: Question<'_>) -> Result<(StatusCode, Bytes), Silence> {
        let Question { method, path, body, patience, at_most } = question;
        let secret = &self.inner.secret;
        let id = sign::fresh_id().map_err(|error| Silence::Connection(error.to_string()))?;
        let role = Role::Request;
        let about = About { role, method: method.as_str(), path, id: &id, timestamp: sign::now() };
        let mut request = Request::builder()
            .method(&method)
            .uri(format!("{}{path}", self.inner.url))
            .header(http::header::CONTENT_TYPE, "application/json");
        for (name, value) in sign::headers(secret, &about, body.as_bytes()) {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| Silence::Connection(error.to_string()))?;
        let exchange = async {
            let answer = self.inner.client.request(request).await;
            let answer = answer.map_err(|error| Silence::Connection(error.to_string()))?;
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, at_most).collect().await;
            let body = body.map_err(|error| Silence::Connection(error.to_string()))?;
            Ok((parts, body.to_bytes()))
        };
        let came = tokio::time::timeout(patience, exchange).await;
        let (parts, body) = came.unwrap_or(Err(Silence::Timeout))?;
        sign::check_answer(secret, &about, parts.status.as_u16(), &parts.headers, &body)
            .map_err(Silence::Untrusted)?;
        Ok((parts.status, body))
    }
}

impl Bank for HttpBank {
    async fn instruct(&self, instruction: &Instruction) -> Result<Answer, Silence> {
        let garbled = |error: serde_json::Error| Silence::Garbled(error.to_string());
        let body = serde_json::to_string(instruction).map_err(garbled)?;
        let (status, bytes) = self.ask(Question::new(Method::POST, "/instructions", body)).await?;
        if status == StatusCode::OK {
            read_answer(&bytes)
        } else {
            Err(Silence::Garbled(status.to_string()))
        }
    }

    async fn inquire(&self, reference: &str) -> Result<Found, Silence> {
        let path = format!("/instructions/{reference}");
        let (status, bytes) = self.ask(Question::new(Method::GET, &path, String::new())).await?;
        match status {
            StatusCode::OK => read_answer(&bytes).map(Found::Answer),
            StatusCode::NOT_FOUND => {
                read::<Missing>(&bytes).map(|it| Found::NotFound { is_final: it.is_final })
            }
            other => Err(Silence::Garbled(other.to_string())),
        }
    }

    async fn statement(&self, date: &str) -> Result<Option<Statement>, Silence> {
        let path = format!("/statements/{date}");
        let (patience, at_most) = (STATEMENT, STATEMENT_MAX);
        let (method, body) = (Method::GET, String::new());
        let question = Question { method, path: &path, body, patience, at_most };
        let (status, bytes) = self.ask(question).await?;
        match status {
            StatusCode::OK => read_statement(&bytes).map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            other => Err(Silence::Garbled(other.to_string())),
        }
    }
}

/// A way to a bank. Cheap to clone.
#[derive(Clone)]
pub enum Channel {
    /// Over HTTP, in our simulator's protocol.
    Http(HttpBank),
    /// By files of ISO 20022.
    Files(FileBank),
}

impl Channel {
    /// Where the bank is.
    pub fn url(&self) -> String {
        match self {
            Channel::Http(it) => it.url().to_owned(),
            Channel::Files(it) => it.url(),
        }
    }

    /// What the bank calls a card: over HTTP its token, `None` if it does not know the number. In
    /// files the number of an account is all that there is.
    pub async fn tokenise(&self, number: &str) -> Result<Option<String>, Silence> {
        match self {
            Channel::Http(it) => it.tokenise(number).await,
            Channel::Files(_) => Ok(Some(number.to_owned())),
        }
    }

    /// Reads a notice that was posted to `path`. A bank of files sends none.
    pub fn notice(&self, path: &str, headers: &HeaderMap, body: &[u8]) -> Result<Notice, Silence> {
        match self {
            Channel::Http(it) => it.notice(path, headers, body),
            Channel::Files(_) => Err(Silence::Untrusted(Untrusted::Unsigned)),
        }
    }

    /// How many notices were not the bank's, since the start.
    pub fn refused_notices(&self) -> u64 {
        match self {
            Channel::Http(it) => it.refused_notices(),
            Channel::Files(_) => 0,
        }
    }
}

impl Bank for Channel {
    async fn instruct(&self, instruction: &Instruction) -> Result<Answer, Silence> {
        match self {
            Channel::Http(it) => it.instruct(instruction).await,
            Channel::Files(it) => it.instruct(instruction).await,
        }
    }

    async fn inquire(&self, reference: &str) -> Result<Found, Silence> {
        match self {
            Channel::Http(it) => it.inquire(reference).await,
            Channel::Files(it) => it.inquire(reference).await,
        }
    }

    async fn statement(&self, date: &str) -> Result<Option<Statement>, Silence> {
        match self {
            Channel::Http(it) => it.statement(date).await,
            Channel::Files(it) => it.statement(date).await,
        }
    }
}

/// The answer with these bytes.
pub(crate) fn read_answer(bytes: &[u8]) -> Result<Answer, Silence> {
    read(bytes)
}

/// The token with these bytes.
pub(crate) fn read_token(bytes: &[u8]) -> Result<String, Silence> {
    read::<Token>(bytes).map(|it| it.token)
}

/// The statement with these lines: the whole of it, or nothing.
pub(crate) fn read_statement(bytes: &[u8]) -> Result<Statement, Silence> {
    let mut lines = bytes.split(|it| *it == b'\n').filter(|it| !it.is_empty());
    let head: StatementHead = read(lines.next().unwrap_or_default())?;
    let rows = lines.map(read).collect::<Result<Vec<StatementRow>, Silence>>()?;
    if rows.len() == head.rows {
        Ok(Statement { head, rows })
    } else {
        let text = format!("a statement of {} rows with {}", head.rows, rows.len());
        Err(Silence::Garbled(text))
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Silence> {
    serde_json::from_slice(bytes).map_err(|error| Silence::Garbled(error.to_string()))
}
