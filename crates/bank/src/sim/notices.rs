//! Notices: what the bank tells the platform without being asked. Each is told until it is taken,
//! in order, also after a restart; so one may come twice, and late.

use super::books::{Books, Notice};
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::sync::Arc;
use std::time::Duration;

/// How long the platform may take for one.
const ANSWER: Duration = Duration::from_secs(5);
/// Pause when there is nothing to tell.
const PAUSE: Duration = Duration::from_millis(20);
/// Pause after a notice that was not taken.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
/// Notices that are read at once.
const ROUND: usize = 256;

/// Tells until it is dropped.
pub(super) async fn tell(books: Arc<Books>, url: String) {
    let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    loop {
        let notices = books.notices(ROUND).unwrap_or_default();
        let mut pause = if notices.len() < ROUND { PAUSE } else { Duration::ZERO };
        for (number, notice) in notices {
            if !told(&client, &url, &notice).await || books.noticed(number).is_err() {
                pause = AFTER_FAILURE;
                break;
            }
        }
        tokio::time::sleep(pause).await;
    }
}

async fn told(client: &Client<HttpConnector, Full<Bytes>>, url: &str, notice: &Notice) -> bool {
    let Ok(body) = serde_json::to_vec(notice) else { return false };
    let request = Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)));
    let Ok(request) = request else { return false };
    let answer = tokio::time::timeout(ANSWER, client.request(request)).await;
    matches!(answer, Ok(Ok(answer)) if answer.status().is_success())
}
