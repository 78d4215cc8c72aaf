//! A connection of the load generator: a request is written in one go, and its answer read.
//!
//! The load shares the machine with what it measures, so every microsecond that is spent here is
//! one that the server lacks. A general client passes each request through a task and two channels,
//! which costs about as much as the server's own work.

use crate::client::ClientError;
use http::StatusCode;
use std::io::Write as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Headers that an answer may have.
const HEADERS_MAX: usize = 32;
/// What is read at once.
const PIECE: usize = 4_096;

pub(super) struct Wire {
    stream: TcpStream,
    /// What every request has.
    common: String,
    out: Vec<u8>,
    read: Vec<u8>,
}

fn broken(error: impl std::fmt::Display) -> ClientError {
    ClientError::Connection(error.to_string())
}

/// The status of an answer whose headers are complete, where its body begins, and how long it is.
fn head(bytes: &[u8]) -> Result<Option<(StatusCode, usize, usize)>, ClientError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(begin) = answer.parse(bytes).map_err(broken)? else {
        return Ok(None);
    };
    let length = answer.headers.iter().find(|it| it.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|it| std::str::from_utf8(it.value).ok()?.parse().ok());
    let length = length.ok_or_else(|| broken("an answer without a length"))?;
    let status = StatusCode::from_u16(answer.code.unwrap_or(0)).map_err(broken)?;
    Ok(Some((status, begin, length)))
}

impl Wire {
    pub(super) async fn connect(server: &str, key: &str) -> Result<Wire, ClientError> {
        let address = server.trim_start_matches("http://").trim_end_matches('/');
        let stream = TcpStream::connect(address).await.map_err(broken)?;
        stream.set_nodelay(true).map_err(broken)?;
        let common = format!(
            "host: {address}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json"
        );
        Ok(Wire { stream, common, out: Vec::new(), read: Vec::new() })
    }

    /// Asks, and waits for the answer.
    pub(super) async fn post(
        &mut self,
        path: &str,
        name: &str,
        body: &str,
    ) -> Result<(StatusCode, Vec<u8>), ClientError> {
        self.out.clear();
        let (common, length) = (&self.common, body.len());
        let _ = write!(
            self.out,
            "POST {path} HTTP/1.1\r\n{common}\r\nidempotency-key: {name}\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        self.stream.write_all(&self.out).await.map_err(broken)?;
        self.read.clear();
        let (status, begin, length) = loop {
            self.more().await?;
            if let Some(head) = head(&self.read)? {
                break head;
            }
        };
        while self.read.len() < begin + length {
            self.more().await?;
        }
        Ok((status, self.read.get(begin..begin + length).unwrap_or_default().to_vec()))
    }

    async fn more(&mut self) -> Result<(), ClientError> {
        self.read.reserve(PIECE);
        match self.stream.read_buf(&mut self.read).await.map_err(broken)? {
            0 => Err(broken("the server went away")),
            _ => Ok(()),
        }
    }
}
