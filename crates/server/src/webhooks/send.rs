//! One attempt: look the host up, connect to an address that is allowed, post, and read the status.

use super::attempts::{SAID_MAX, Trouble, Went};
use super::{Policy, Target, Unfit, target};
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How long an endpoint has from the connection to its answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long it has for the beginning of what it says beside the status.
const LISTEN: Duration = Duration::from_millis(500);

/// Posts to endpoints.
pub(super) struct Sender {
    policy: Policy,
    tls: TlsConnector,
}

/// Why there was no answer. The cause is for the operator's eyes only: what it says about a network
/// is nothing for whoever gave the address.
struct Failure {
    trouble: Trouble,
    cause: String,
}

fn failed<E: fmt::Display>(trouble: Trouble) -> impl Fn(E) -> Failure {
    move |error| Failure { trouble, cause: error.to_string() }
}

/// The head of an answer, and the rest of it, which is still on its way.
struct Answer {
    status: u16,
    body: Incoming,
    connection: JoinHandle<()>,
    here: bool,
}

impl Answer {
    /// The beginning of what was said, as far as it came in time.
    async fn begins(&mut self) -> String {
        let mut said = Vec::new();
        let all = async {
            while said.len() < SAID_MAX {
                let Some(Ok(frame)) = self.body.frame().await else { return };
                said.extend(frame.data_ref().into_iter().flatten());
            }
        };
        let _ = tokio::time::timeout(LISTEN, all).await;
        said.truncate(SAID_MAX);
        String::from_utf8_lossy(&said).into_owned()
    }
}

impl Sender {
    pub(super) fn new(policy: Policy) -> Sender {
        let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Sender { policy, tls: TlsConnector::from(Arc::new(config)) }
    }

    /// Posts once, and says how that went. What this machine itself says is kept only where
    /// `curious`: a hosted sandbox must not read out to merchants what its own services answer.
    pub(super) async fn post(
        &self,
        url: &str,
        headers: [(&'static str, String); 3],
        body: String,
        curious: bool,
    ) -> Went {
        match tokio::time::timeout(PATIENCE, self.try_post(url, headers, body)).await {
            Ok(Ok(mut answer)) => {
                let may_show = curious || !answer.here;
                let said = if may_show { answer.begins().await } else { String::new() };
                answer.connection.abort();
                Went { status: answer.status, trouble: None, said }
            }
            Ok(Err(failure)) => {
                eprintln!("danbao: no webhook to {url}: {}", failure.cause);
                Went::failed(failure.trouble)
            }
            Err(_) => Went::failed(Trouble::TooSlow),
        }
    }

    async fn try_post(
        &self,
        url: &str,
        headers: [(&'static str, String); 3],
        body: String,
    ) -> Result<Answer, Failure> {
        let unfit = |it: Unfit| Failure { trouble: Trouble::Address, cause: it.said().to_owned() };
        let target = target(url, self.policy).map_err(unfit)?;
        let stream = self.connect(&target).await?;
        let here = stream.peer_addr().is_ok_and(|it| it.ip().to_canonical().is_loopback());
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&target.path)
            .header(header::HOST, host(&target))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("danbao/", env!("CARGO_PKG_VERSION")))
            .header(header::CONNECTION, "close");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request =
            request.body(Full::new(Bytes::from(body))).map_err(failed(Trouble::Address))?;
        let (status, body, connection) = if target.tls {
            let name = ServerName::try_from(target.host).map_err(failed(Trouble::Address))?;
            let stream = self.tls.connect(name, stream).await.map_err(failed(Trouble::Tls))?;
            exchange(stream, request).await?
        } else {
            exchange(stream, request).await?
        };
        Ok(Answer { status, body, connection, here })
    }

    async fn connect(&self, target: &Target) -> Result<TcpStream, Failure> {
        let found = lookup_host((target.host.as_str(), target.port))
            .await
            .map_err(failed(Trouble::NoHost))?;
        let cause = "the host has no public address".to_owned();
        let mut last = Failure { trouble: Trouble::NoHost, cause };
        for address in found.filter(|it| self.policy.allows(it.ip())) {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = failed(Trouble::NoConnection)(error),
            }
        }
        Err(last)
    }
}

fn host(target: &Target) -> String {
    let Target { tls, host, port, .. } = target;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    match (tls, port) {
        (true, 443) | (false, 80) => host,
        _ => format!("{host}:{port}"),
    }
}

/// The status, the rest of the answer, and the connection that it comes by.
type Exchanged = (u16, Incoming, JoinHandle<()>);

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Exchanged, Failure> {
    let (mut sender, connection) =
        handshake(TokioIo::new(stream)).await.map_err(failed(Trouble::NoAnswer))?;
    let connection = tokio::spawn(async move {
        // A connection that ends badly is told to whoever waits on it.
        let _ = connection.await;
    });
    match sender.send_request(request).await {
        Ok(answer) => {
            let (head, body) = answer.into_parts();
            Ok((head.status.as_u16(), body, connection))
        }
        Err(error) => {
            connection.abort();
            Err(failed(Trouble::NoAnswer)(error))
        }
    }
}
