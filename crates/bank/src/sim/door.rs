//! The door of the bank: connections, signatures, outages, and the manner in which answers are
//! said.
//!
//! What an answer says is decided inside and is true. Everything that happens to it on its way out
//! (late, never, unreadable) happens here, so that no handler has to lie.

use super::House;
use super::script::Manner;
use crate::sign::{self, About, Role};
use axum::body::Body;
use axum::{Router, response::Response};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// The most bytes of a body.
const BODY_MAX: usize = 64 << 10;
/// The most connections at a time.
const CONNECTIONS_MAX: usize = 4_096;
/// How long a caller is left without an answer before the connection ends, in the bank's seconds.
const HANG: u64 = 30;
/// How long an answer waits for its notice at most.
const NOTICE: Duration = Duration::from_secs(2);
/// Pause between two looks at something.
const LOOK: Duration = Duration::from_millis(5);

/// How the bank is out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OutageKind {
    /// Nobody listens.
    Refuse,
    /// Everything is answered with the status 503.
    Unavailable,
    /// Every answer takes as long as slow ones do.
    Slow,
}

/// A time in which the bank is out of order.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Outage {
    pub(super) kind: OutageKind,
    /// By the bank's clock.
    pub(super) until: u64,
}

/// The end of a connection without an answer.
#[derive(Debug)]
struct HungUp;

impl fmt::Display for HungUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bank hung up")
    }
}

impl std::error::Error for HungUp {}

impl House {
    fn outage(&self) -> Option<OutageKind> {
        let outage = *self.outage.borrow();
        outage.filter(|it| it.until > self.books.clock.now()).map(|it| it.kind)
    }

    fn refuses(&self) -> bool {
        self.outage() == Some(OutageKind::Refuse)
    }
}

/// Lets callers in until `shutdown`.
pub(super) async fn open(
    house: Arc<House>,
    listener: TcpListener,
    control: Option<TcpListener>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let inside = super::channel().with_state(house.clone());
    let outside = super::open().with_state(house.clone());
    let both = Door { house: house.clone(), inside, outside: outside.clone() };
    let witness = Door { house, inside: Router::new(), outside };
    let watched = async {
        match control {
            Some(control) => witness.let_in(control, false).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = both.let_in(listener, true) => ended,
        ended = watched => ended,
        () = shutdown => Ok(()),
    }
}

#[derive(Clone)]
struct Door {
    house: Arc<House>,
    /// For those who sign.
    inside: Router,
    /// For everybody.
    outside: Router,
}

impl Door {
    async fn let_in(self, listener: TcpListener, closes: bool) -> io::Result<()> {
        let address = listener.local_addr()?;
        let mut outage = self.house.outage.subscribe();
        let mut open = Some(listener);
        // Dropping it ends every connection.
        let mut callers = JoinSet::new();
        loop {
            if closes && self.house.refuses() {
                open = None;
                callers.abort_all();
                tokio::time::sleep(LOOK).await;
                continue;
            }
            let bound = match open.take() {
                Some(listener) => Ok(listener),
                None => TcpListener::bind(address).await,
            };
            let Ok(listener) = bound else {
                // Somebody else may have the port for a moment.
                tokio::time::sleep(LOOK).await;
                continue;
            };
            tokio::select! {
                accepted = listener.accept(), if callers.len() < CONNECTIONS_MAX => {
                    if let Ok((stream, _)) = accepted {
                        callers.spawn(self.clone().talk(stream));
                    }
                }
                _ = callers.join_next(), if !callers.is_empty() => {}
                _ = outage.changed() => {}
            }
            open = Some(listener);
        }
    }

    async fn talk(self, stream: TcpStream) {
        // An answer is one small packet.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |request| {
            let door = self.clone();
            async move { door.enter(request).await }
        });
        let talking = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        // Whatever ended it, the caller knows as much as we.
        let _ = talking.await;
    }

    async fn enter(&self, request: Request<Incoming>) -> Result<Response, HungUp> {
        let path = request.uri().path();
        let open = ["/control", "/ledger", "/healthz"].iter().any(|it| path.starts_with(it));
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, BODY_MAX).collect().await else {
            return Ok(super::problem(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"));
        };
        let body = body.to_bytes();
        if open {
            let request = Request::from_parts(parts, Body::from(body));
            return self.outside.clone().oneshot(request).await.map_err(|_| HungUp);
        }
        match self.house.outage() {
            Some(OutageKind::Unavailable | OutageKind::Refuse) => {
                return Ok(super::problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
            }
            Some(OutageKind::Slow) => {
                self.house.books.clock.sleep(self.house.books.faults().slow_seconds).await;
            }
            None => {}
        }
        let path = parts.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
        let method = parts.method.clone();
        let asked = (method.as_str(), path.as_str());
        let gate = &self.house.gate;
        if let Err(why) = gate.check(Role::Request, asked.0, asked.1, &parts.headers, &body) {
            self.house.refused.fetch_add(1, Ordering::Relaxed);
            return Ok(super::problem(StatusCode::UNAUTHORIZED, why.code()));
        }
        let id = sign::marks(&parts.headers).map(|it| it.id.to_owned()).map_err(|_| HungUp)?;
        let request = Request::from_parts(parts, Body::from(body));
        let response = self.inside.clone().oneshot(request).await.map_err(|_| HungUp)?;
        self.say(response, asked, &id).await
    }

    /// Says the answer in its manner.
    async fn say(
        &self,
        response: Response,
        (method, path): (&str, &str),
        id: &str,
    ) -> Result<Response, HungUp> {
        let (mut parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| HungUp)?.to_bytes();
        let manner = parts.extensions.remove::<Manner>().unwrap_or(Manner::Promptly);
        let books = &self.house.books;
        let mut body = match manner {
            Manner::Promptly | Manner::Garbled(_) => body,
            Manner::Slowly(seconds) => {
                books.clock.sleep(seconds).await;
                body
            }
            Manner::Never => {
                books.clock.sleep(HANG).await;
                return Err(HungUp);
            }
            Manner::AfterNotice(place) => {
                let gone = async {
                    while books.has_letter(place).unwrap_or(false) {
                        tokio::time::sleep(LOOK).await;
                    }
                };
                if self.house.notifies {
                    // After that the notice is simply late.
                    let _ = tokio::time::timeout(NOTICE, gone).await;
                }
                body
            }
        };
        if manner == Manner::Garbled(0) {
            body = Bytes::from_static(b"<html>502 Bad Gateway</html>");
        } else if manner == Manner::Garbled(1) {
            body.truncate(body.len() / 2);
        }
        let role = Role::Answer(parts.status.as_u16());
        let about = About { role, method, path, id, timestamp: sign::now() };
        for (name, value) in sign::headers(&self.house.secret, &about, &body) {
            let value = value.parse().map_err(|_| HungUp)?;
            parts.headers.insert(name, value);
        }
        if manner == Manner::Garbled(2) {
            let wrong = sign::signature(&self.house.secret, &about, b"something else");
            parts.headers.insert(sign::SIGNATURE, wrong.parse().map_err(|_| HungUp)?);
        }
        parts.headers.remove(http::header::CONTENT_LENGTH);
        Ok(Response::from_parts(parts, Body::from(body)))
    }
}
