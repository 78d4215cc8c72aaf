//! One attempt: look the host up, connect to an address that is allowed, post, and read the status.

use super::{Policy, Target, target};
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::Full;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How long an endpoint has from the connection to its answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Posts to endpoints.
pub(super) struct Sender {
    policy: Policy,
    tls: TlsConnector,
}

/// Why there was no answer. For the operator's eyes only: what it says about a network is nothing
/// for whoever gave the address.
enum Failure {
    Address(&'static str),
    NotAllowed,
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Address(text) => f.write_str(text),
            Failure::NotAllowed => f.write_str("the host has no public address"),
            Failure::Other(text) => f.write_str(text),
        }
    }
}

fn other(error: impl fmt::Display) -> Failure {
    Failure::Other(error.to_string())
}

impl Sender {
    pub(super) fn new(policy: Policy) -> Sender {
        let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Sender { policy, tls: TlsConnector::from(Arc::new(config)) }
    }

    /// Posts once. The answer's status; 0 if there was no answer.
    pub(super) async fn post(
        &self,
        url: &str,
        headers: [(&'static str, String); 3],
        body: String,
    ) -> u16 {
        match tokio::time::timeout(PATIENCE, self.try_post(url, headers, body)).await {
            Ok(Ok(status)) => status,
            Ok(Err(failure)) => {
                eprintln!("danbao: no webhook to {url}: {failure}");
                0
            }
            Err(_) => 0,
        }
    }

    async fn try_post(
        &self,
        url: &str,
        headers: [(&'static str, String); 3],
        body: String,
    ) -> Result<u16, Failure> {
        let target = target(url, self.policy).map_err(Failure::Address)?;
        let stream = self.connect(&target).await?;
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
        let request = request.body(Full::new(Bytes::from(body))).map_err(other)?;
        if target.tls {
            let name = ServerName::try_from(target.host).map_err(other)?;
            let stream = self.tls.connect(name, stream).await.map_err(other)?;
            exchange(stream, request).await
        } else {
            exchange(stream, request).await
        }
    }

    async fn connect(&self, target: &Target) -> Result<TcpStream, Failure> {
        let found = lookup_host((target.host.as_str(), target.port)).await.map_err(other)?;
        let mut last = Failure::NotAllowed;
        for address in found.filter(|it| self.policy.allows(it.ip())) {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = other(error),
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

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<u16, Failure> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(other)?;
    let ended = tokio::spawn(async move {
        // A connection that ends badly is told to whoever waits on it.
        let _ = connection.await;
    });
    // Only the status counts; what follows it is not read.
    let answer = sender.send_request(request).await.map_err(other);
    ended.abort();
    Ok(answer?.status().as_u16())
}
