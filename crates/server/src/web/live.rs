//! Live pages: a stream of server-sent events that says when something changed, and nothing else.
//!
//! A page that hears of a change loads itself again; what it shows is always what any reload would
//! show. The number of what was seen goes along, so that a change between page and stream is not
//! missed.

use super::page::Page;
use crate::http::codes;
use crate::http::problem::Problem;
use axum::body::Body;
use axum::response::IntoResponse as _;
use bytes::Bytes;
use http::header;
use http_body_util::channel::Channel;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

/// The most streams at a time; whoever comes later has a page that can be loaded again by hand.
const STREAMS_MAX: usize = 2_000;
/// How often the books are looked at.
const PAUSE: Duration = Duration::from_millis(400);
/// A stream ends after this, and the browser opens another: nobody is forgotten.
const LIFE: Duration = Duration::from_mins(5);
/// A word in between, so that nobody on the way thinks that the line is dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

static STREAMS: Semaphore = Semaphore::const_new(STREAMS_MAX);

/// A stream that tells each time that `look` sees another number than before. What the page has
/// seen already is `seen`.
pub fn changes(seen: Option<u64>, look: impl FnMut() -> Option<u64> + Send + 'static) -> Page {
    let permit = STREAMS.try_acquire().map_err(|_| Problem::of(&codes::TOO_MANY_REQUESTS))?;
    let (sender, body) = Channel::<Bytes, Infallible>::new(1);
    tokio::spawn(async move {
        watch(seen, look, sender).await;
        drop(permit);
    });
    let kind = [(header::CONTENT_TYPE, "text/event-stream")];
    Ok((kind, Body::new(body)).into_response())
}

async fn watch(
    mut seen: Option<u64>,
    mut look: impl FnMut() -> Option<u64>,
    mut sender: http_body_util::channel::Sender<Bytes, Infallible>,
) {
    let end = Instant::now() + LIFE;
    let mut said = Instant::now();
    let mut text = Some("retry: 1000\n\n".to_owned());
    while Instant::now() < end {
        let now = look();
        if now.is_some() && now != seen {
            let number = now.unwrap_or_default();
            let change = format!("id: {number}\ndata: {number}\n\n");
            *text.get_or_insert_default() += &change;
            seen = now;
        } else if said.elapsed() >= HEARTBEAT {
            *text.get_or_insert_default() += ":\n\n";
        }
        if let Some(text) = text.take() {
            said = Instant::now();
            if sender.send_data(Bytes::from(text)).await.is_err() {
                return;
            }
        }
        sleep(PAUSE).await;
    }
}
