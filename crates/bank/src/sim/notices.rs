//! Notices: what the bank tells the platform without being asked. Each is told until it is taken,
//! in order, also after a restart; so one may come twice, and late.
//!
//! One that the platform refuses (a status of the 400s) does not hold up the others: it is told
//! again a minute later, and given up after some time.

use super::books::{After, Books, Forgery, Letter};
use crate::sign::{self, About, Role, Secret};
use bytes::Bytes;
use http::{Method, Request, Uri, header};
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
/// Pause after a notice that did not reach anybody.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
/// Pause after a notice that was refused, in milliseconds of the bank.
const AFTER_REFUSAL: u64 = 60_000;
/// How often a notice may be refused before it is given up.
const REFUSALS_MAX: u32 = 10;
/// Notices that are read at once.
const ROUND: usize = 256;

/// How the platform took it.
enum Taken {
    Yes,
    /// It does not want it.
    Refused,
    /// Nobody knows.
    Unclear,
}

/// The platform, as the bank sees it.
pub(super) struct Teller {
    books: Arc<Books>,
    secret: Secret,
    url: Uri,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Teller {
    pub(super) fn new(books: Arc<Books>, secret: Secret, url: Uri) -> Teller {
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Teller { books, secret, url, client }
    }

    /// Tells until it is dropped.
    pub(super) async fn tell_all(self) {
        loop {
            let letters = self.books.letters(ROUND).unwrap_or_default();
            let mut pause = if letters.len() < ROUND { PAUSE } else { Duration::ZERO };
            let mut told = Vec::new();
            for (place, letter) in letters {
                let Some(after) = self.tell(&letter).await else {
                    pause = AFTER_FAILURE;
                    break;
                };
                told.push((place, after));
            }
            if !told.is_empty() && self.books.told(told).await.is_err() {
                pause = AFTER_FAILURE;
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Tells one as often as it has to be told; `None` if nobody was reached.
    async fn tell(&self, letter: &Letter) -> Option<After> {
        for _ in 0..letter.copies.max(1) {
            match self.post(letter).await {
                Taken::Yes => {}
                // Whoever forges does not wait.
                Taken::Refused | Taken::Unclear if letter.forgery.is_some() => {}
                Taken::Refused if letter.refused >= REFUSALS_MAX => {}
                Taken::Refused => {
                    let later = self.books.clock.now().saturating_add(AFTER_REFUSAL);
                    let refused = letter.refused + 1;
                    return Some(After::Later(later, Letter { refused, ..letter.clone() }));
                }
                Taken::Unclear => return None,
            }
        }
        Some(After::Forget)
    }

    async fn post(&self, letter: &Letter) -> Taken {
        let Some(request) = self.signed(letter) else { return Taken::Unclear };
        let answer = tokio::time::timeout(ANSWER, self.client.request(request)).await;
        match answer {
            Ok(Ok(answer)) if answer.status().is_success() => Taken::Yes,
            Ok(Ok(answer)) if answer.status().is_client_error() => Taken::Refused,
            Ok(_) | Err(_) => Taken::Unclear,
        }
    }

    fn signed(&self, letter: &Letter) -> Option<Request<Full<Bytes>>> {
        let mut body = serde_json::to_vec(&letter.notice).ok()?;
        let path = self.url.path_and_query().map_or("/", |it| it.as_str());
        let (id, timestamp) = (sign::fresh_id().ok()?, sign::now());
        let about = About { role: Role::Notice, method: "POST", path, id: &id, timestamp };
        let marks = sign::headers(&self.secret, &about, &body);
        if letter.forgery == Some(Forgery::Signature) {
            // Signed, and then changed.
            body.push(b' ');
        }
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in marks {
            request = request.header(name, value);
        }
        request.body(Full::new(Bytes::from(body))).ok()
    }
}
