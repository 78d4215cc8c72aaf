//! What the keys of each merchant asked of the API last, for the merchant's own eyes.
//!
//! It is in memory, so it begins anew with the process. There is a limit for each merchant and for
//! all of them; who has most makes room. Secrets and numbers of cards are taken out before anything
//! is kept.

use super::mask::masked;
use super::problem::Problem;
use super::{IDEMPOTENCY_KEY, REQUEST_ID};
use crate::app::App;
use axum::body::Body;
use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::header;
use http_body_util::BodyExt as _;
use ledger::id::{CellId, KeyId, UserId};
use ledger::time::Time;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most requests of a merchant that are kept.
pub const EACH: usize = 1_000;
/// The most bytes of a body that are kept.
const BODY: usize = 2 << 10;
/// Answers that are longer than this are not looked into.
const ANSWER_MAX: u64 = 64 << 10;
/// The most bytes that all requests take, as far as they are counted.
const ALL: usize = 32 << 20;

/// A request that was answered.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The name of the request.
    pub id: String,
    /// When it came.
    pub at: Time,
    /// How.
    pub method: String,
    /// Where, with the query.
    pub path: String,
    /// By which key.
    pub key: KeyId,
    /// The name that the caller chose.
    pub name: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// The code of the problem, if it was one.
    pub code: Option<&'static str>,
    /// How long it took.
    pub took: Duration,
    /// How the request's body begins.
    pub body: String,
    /// How the answer begins.
    pub answer: String,
}

impl Asked {
    fn weight(&self) -> usize {
        size_of::<Asked>() + self.path.len() + self.body.len() + self.answer.len()
    }
}

#[derive(Default)]
struct Kept {
    each: HashMap<UserId, VecDeque<Asked>>,
    weight: usize,
}

/// The last requests of every merchant.
#[derive(Default)]
pub struct Requests {
    kept: Mutex<Kept>,
}

impl Requests {
    /// Keeps a request; the oldest make room for it.
    fn keep(&self, user: UserId, asked: Asked, all: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.weight += asked.weight();
        let mine = kept.each.entry(user).or_default();
        mine.push_back(asked);
        let gone = if mine.len() > EACH { mine.pop_front() } else { None };
        kept.weight -= gone.map_or(0, |it| it.weight());
        while kept.weight > all {
            // Half of what whoever has most has, so that this is not done for each request.
            let Some(most) = kept.each.values_mut().max_by_key(|it| it.len()) else { return };
            let half = most.len().div_ceil(2);
            let gone: usize = most.drain(..half).map(|it| it.weight()).sum();
            kept.weight -= gone;
            kept.each.retain(|_, it| !it.is_empty());
        }
    }

    /// The requests of a merchant, the newest first.
    pub fn of(&self, user: UserId) -> Vec<Asked> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.each.get(&user).into_iter().flatten().rev().cloned().collect()
    }

    /// A request of a merchant.
    pub fn find(&self, user: UserId, id: &str) -> Option<Asked> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.each.get(&user)?.iter().find(|it| it.id == id).cloned()
    }
}

/// A request on its way, of which its merchant will be told.
pub(super) struct Watched {
    user: UserId,
    asked: Asked,
    begun: Instant,
    said: Arc<Mutex<Vec<u8>>>,
}

/// Notes what a merchant's key asks; nothing for everybody else and for pages.
pub(super) fn watch(app: &App, request: &mut Request) -> Option<Watched> {
    if !request.uri().path().starts_with("/v1/") {
        return None;
    }
    let caller = app.callers().find(request.headers()).ok()?;
    let user = caller.user?;
    let name = request.headers().get(&IDEMPOTENCY_KEY).and_then(|it| it.to_str().ok());
    let path = request.uri().path_and_query().map_or("", |it| it.as_str());
    let asked = Asked {
        id: String::new(),
        at: app.engine().now(CellId::FIRST).unwrap_or_default(),
        method: request.method().to_string(),
        path: masked(path.as_bytes(), 512),
        key: caller.key,
        name: name.map(|it| masked(it.as_bytes(), super::KEY_MAX)),
        status: 0,
        code: None,
        took: Duration::ZERO,
        body: String::new(),
        answer: String::new(),
    };
    let said: Arc<Mutex<Vec<u8>>> = Arc::default();
    if !request.body().is_end_stream() {
        let heard = said.clone();
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(body.map_frame(move |frame| {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            let room = (BODY + 1).saturating_sub(heard.len());
            heard.extend(frame.data_ref().into_iter().flatten().take(room));
            frame
        }));
    }
    Some(Watched { user, asked, begun: Instant::now(), said })
}

impl Watched {
    /// The code of an answer's problem, which is known until it is written out.
    pub(super) fn problem(&mut self, response: &Response) {
        self.asked.code = response.extensions().get::<Box<Problem>>().map(|it| it.code.name);
    }

    /// Keeps the request with its answer.
    pub(super) async fn done(mut self, app: &App, response: Response) -> Response {
        let (head, body) = response.into_parts();
        let short = body.size_hint().exact().is_some_and(|it| it <= ANSWER_MAX);
        let (said, body) = if short {
            // It is in memory already, so there is nothing to wait for.
            let said =
                body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            (said.clone(), Body::from(said))
        } else {
            (Bytes::new(), body)
        };
        let json = head.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let json = json.is_some_and(|it| it.contains("json"));
        let id = head.headers.get(&REQUEST_ID).and_then(|it| it.to_str().ok());
        self.asked.id = id.unwrap_or_default().to_owned();
        self.asked.status = head.status.as_u16();
        self.asked.took = self.begun.elapsed();
        let asked = std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner));
        self.asked.body = masked(&asked, BODY);
        self.asked.answer = if json { masked(&said, BODY) } else { String::new() };
        app.requests().keep(self.user, self.asked, ALL);
        Response::from_parts(head, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(number: usize) -> Asked {
        Asked {
            id: format!("req_{number}"),
            at: Time(0),
            method: "GET".to_owned(),
            path: "/v1/events".to_owned(),
            key: KeyId::from_raw(0),
            name: None,
            status: 200,
            code: None,
            took: Duration::ZERO,
            body: String::new(),
            answer: String::new(),
        }
    }

    #[test]
    fn a_merchants_oldest_requests_make_room() {
        let (requests, user) = (Requests::default(), UserId::new(CellId::FIRST, 1));
        (0..EACH + 5).for_each(|it| requests.keep(user, asked(it), ALL));
        assert_eq!(requests.of(user).len(), EACH);
        assert!(requests.find(user, "req_4").is_none());
        assert!(requests.find(user, "req_5").is_some());
        assert!(requests.find(UserId::new(CellId::FIRST, 2), "req_5").is_none());
    }

    #[test]
    fn whoever_has_most_makes_room_for_all() {
        let requests = Requests::default();
        let (busy, quiet) = (UserId::new(CellId::FIRST, 1), UserId::new(CellId::FIRST, 2));
        let all = 50 * asked(0).weight();
        requests.keep(quiet, asked(0), all);
        (0..500).for_each(|it| requests.keep(busy, asked(it), all));
        assert_eq!(requests.of(quiet).len(), 1);
        let most = requests.of(busy);
        assert!((20..50).contains(&most.len()), "{}", most.len());
        assert_eq!(most[0].id, "req_499");
        let kept = requests.kept.lock().unwrap();
        let weight: usize = kept.each.values().flatten().map(Asked::weight).sum();
        assert_eq!(kept.weight, weight);
    }
}
