//! The HTTP channel to a bank that speaks our simulator's protocol.

use crate::{Answer, Instruction};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Duration;

/// How long the bank may take to answer before it counts as silent.
const ANSWER: Duration = Duration::from_secs(10);
/// The most bytes of an answer.
const ANSWER_MAX: usize = 16 << 20;

/// Why nothing is known: the bank may have done what it was told, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// No answer came in time.
    Timeout,
    /// The connection failed or broke.
    Connection(String),
    /// Something came that is no answer.
    Garbled(String),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Silence::Timeout => write!(f, "no answer in time"),
            Silence::Connection(why) => write!(f, "no connection ({why})"),
            Silence::Garbled(what) => write!(f, "an answer that makes no sense ({what})"),
        }
    }
}

impl std::error::Error for Silence {}

/// A bank that is reached over HTTP. Cheap to clone.
#[derive(Clone)]
pub struct HttpBank {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

#[derive(serde::Deserialize)]
struct Token {
    token: String,
}

impl HttpBank {
    /// The bank at `url`, such as `http://127.0.0.1:8081`.
    pub fn new(url: &str) -> HttpBank {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(2)));
        let client = Client::builder(TokioExecutor::new()).build(connector);
        HttpBank { url: url.trim_end_matches('/').to_owned(), client }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bank's token for a card number; `None` if it does not know the number.
    pub async fn tokenise(&self, number: &str) -> Result<Option<String>, Silence> {
        let body = serde_json::json!({ "number": number }).to_string();
        let answer = self.ask(Method::POST, "/cards/tokens", body).await?;
        match answer.0 {
            StatusCode::OK => read_token(&answer.1).map(Some),
            StatusCode::UNPROCESSABLE_ENTITY => Ok(None),
            other => Err(Silence::Garbled(other.to_string())),
        }
    }

    /// Tells the bank to do something. The same reference is done once, however often it is told.
    pub async fn instruct(&self, instruction: &Instruction) -> Result<Answer, Silence> {
        let garbled = |error: serde_json::Error| Silence::Garbled(error.to_string());
        let body = serde_json::to_string(instruction).map_err(garbled)?;
        let (status, bytes) = self.ask(Method::POST, "/instructions", body).await?;
        if status == StatusCode::OK {
            read_answer(&bytes)
        } else {
            Err(Silence::Garbled(status.to_string()))
        }
    }

    /// Asks what became of a reference; `None` if the bank never heard of it.
    pub async fn inquire(&self, reference: &str) -> Result<Option<Answer>, Silence> {
        let path = format!("/instructions/{reference}");
        let (status, bytes) = self.ask(Method::GET, &path, String::new()).await?;
        match status {
            StatusCode::OK => read_answer(&bytes).map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            other => Err(Silence::Garbled(other.to_string())),
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<(StatusCode, Bytes), Silence> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| Silence::Connection(error.to_string()))?;
        let exchange = async {
            let answer = self.client.request(request).await;
            let answer = answer.map_err(|error| Silence::Connection(error.to_string()))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), ANSWER_MAX).collect().await;
            let body = body.map_err(|error| Silence::Connection(error.to_string()))?;
            Ok((status, body.to_bytes()))
        };
        tokio::time::timeout(ANSWER, exchange).await.unwrap_or(Err(Silence::Timeout))
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

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Silence> {
    serde_json::from_slice(bytes).map_err(|error| Silence::Garbled(error.to_string()))
}
