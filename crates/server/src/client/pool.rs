//! Connections that are kept for the next request.

use super::{ClientError, Reply};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::sync::{Mutex, PoisonError};
use tokio::net::TcpStream;

/// Connections that are kept when nobody uses them.
const IDLE_MAX: usize = 512;

pub(super) struct Pool {
    host: String,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

fn broken(error: impl std::fmt::Display) -> ClientError {
    ClientError::Connection(error.to_string())
}

impl Pool {
    pub(super) fn new(base: &str) -> Result<Pool, ClientError> {
        let host = base
            .strip_prefix("http://")
            .map(|it| it.trim_end_matches('/'))
            .filter(|it| it.contains(':') && !it.contains('/'))
            .ok_or_else(|| ClientError::Address(base.to_owned()))?;
        Ok(Pool { host: host.to_owned(), idle: Mutex::default() })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Sends a request on a free connection, or on a new one.
    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Reply, ClientError> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match kept {
            Some(it) if it.is_ready() => it,
            Some(_) | None => self.connect().await?,
        };
        let answer = connection.send_request(request).await.map_err(broken)?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(broken)?.to_bytes();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX && !connection.is_closed() {
            idle.push(connection);
        }
        Ok(Reply { status: head.status, headers: head.headers, body })
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        let stream = TcpStream::connect(&self.host).await.map_err(broken)?;
        stream.set_nodelay(true).map_err(broken)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
        tokio::spawn(async move {
            // A connection that ends badly is told to whoever waits on it.
            let _ = connection.await;
        });
        Ok(sender)
    }
}
