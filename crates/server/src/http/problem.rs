//! Problems: the one shape of every error (RFC 9457), with a stable code, whether money moved, and
//! whether to ask again.
//!
//! A handler returns a [`Problem`]; it becomes a body in `seal`, which alone knows the name of the
//! HTTP request. What is in a body is for the caller; the cause is for the operator and is logged.

use super::codes::{self, Code};
use super::receipt::{REPLAYED, rfc3339};
use axum::response::{IntoResponse, Response};
use engine::{EngineError, NotDone, Refused};
use http::{HeaderValue, header};
use ledger::id::TopUpId;
use ledger::rejection::Rejection;
use serde_json::json;

/// Whether the request moved money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyMoved {
    /// No, and it will not.
    No,
    /// It may have. Ask again under the same name and be told.
    Unknown,
}

/// Whether asking again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same request will get the same answer.
    Never,
    /// Ask again under the same name.
    SameKey,
    /// Ask again, under the same name, after so many seconds.
    After(u32),
}

/// What is said about a request that was not done.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What it is.
    pub code: &'static Code,
    /// What happened, for people.
    pub detail: String,
    /// The part of the body that is to blame, as a JSON pointer.
    pub field: Option<String>,
    /// Whether money moved.
    pub money_moved: MoneyMoved,
    /// Whether to ask again.
    pub retry: Retry,
    /// Whether it is a kept answer to a request that was asked before.
    pub replayed: bool,
    /// Where to look what is under way instead.
    pub trace: Option<String>,
}

impl Problem {
    /// A mistake of the caller's: nothing was written.
    pub fn new(code: &'static Code, detail: impl Into<String>) -> Problem {
        Problem {
            code,
            detail: detail.into(),
            field: None,
            money_moved: MoneyMoved::No,
            retry: Retry::Never,
            replayed: false,
            trace: None,
        }
    }

    /// A problem whose title says everything.
    pub fn of(code: &'static Code) -> Problem {
        let [title, _] = code.title;
        Problem::new(code, format!("{title}."))
    }

    /// The same, with the part of the body that is to blame.
    #[must_use]
    pub fn at(self, field: impl Into<String>) -> Problem {
        Problem { field: Some(field.into()), ..self }
    }

    fn retry(self, retry: Retry) -> Problem {
        Problem { retry, ..self }
    }

    fn money_unknown(self) -> Problem {
        Problem { money_moved: MoneyMoved::Unknown, ..self }
    }

    /// The rejection that a request got, now or when it was asked first.
    pub fn rejected(rejection: &Rejection, replayed: bool) -> Problem {
        let code = codes::of(rejection);
        let detail = details(rejection, code);
        let trace = traced(rejection).map(|it| format!("/v1/trace/{it}"));
        Problem { replayed, trace, ..Problem::new(code, format!("{detail} No money was moved.")) }
    }

    /// The key is good, but not for this.
    pub fn not_allowed() -> Problem {
        Problem::of(&codes::NOT_ALLOWED)
    }

    /// The same request is being worked on.
    pub fn in_progress() -> Problem {
        Problem::of(&codes::REQUEST_IN_PROGRESS).money_unknown().retry(Retry::After(1))
    }

    /// There is too much of this to do just now; nothing was done.
    pub fn busy(seconds: u32) -> Problem {
        Problem::of(&codes::TOO_MANY_REQUESTS).retry(Retry::After(seconds))
    }

    /// The bank does not answer, so nothing new is asked of it.
    pub fn bank_paused() -> Problem {
        Problem::of(&codes::BANK_PAUSED).retry(Retry::After(10))
    }

    /// The body, with the name of the HTTP request.
    pub(super) fn render(&self, request_id: &str) -> String {
        let [title, title_zh] = self.code.title;
        let [remedy, remedy_zh] = self.code.remedy;
        let money_moved = match self.money_moved {
            MoneyMoved::No => "no",
            MoneyMoved::Unknown => "unknown",
        };
        let retry = match self.retry {
            Retry::Never => "never",
            Retry::SameKey => "same_key",
            Retry::After(_) => "after",
        };
        json!({
            "type": format!("/docs/problems/{}", self.code.name),
            "title": title, "title_zh": title_zh, "status": self.code.status().as_u16(),
            "code": self.code.name, "detail": self.detail, "field": self.field,
            "remedy": remedy, "remedy_zh": remedy_zh, "request_id": request_id,
            "money_moved": money_moved, "retry": retry, "trace": self.trace,
        })
        .to_string()
    }
}

/// What is under way instead, whose trace says where the money is.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing is under way in the others")]
fn traced(rejection: &Rejection) -> Option<TopUpId> {
    match rejection {
        Rejection::TopUpUnderWay { top_up } | Rejection::PaymentUnderWay { top_up } => {
            Some(*top_up)
        }
        _ => None,
    }
}

/// What happened, in words: the title of the code, unless the rejection knows more.
#[expect(clippy::wildcard_enum_match_arm, reason = "of the others the title says everything")]
fn details(rejection: &Rejection, code: &Code) -> String {
    match rejection {
        Rejection::OrderNumberTaken { order } => {
            format!("The seller has used this number for the order {order}.")
        }
        Rejection::EventNotAllowed { stage, event } => {
            format!("The order is {}: {} cannot happen now.", stage.code(), event.code())
        }
        Rejection::BankEventNotAllowed { event } => {
            format!("What the bank says ({}) changes nothing now.", event.code())
        }
        Rejection::TopUpUnderWay { top_up } => {
            format!("The bank has not answered for the top-up {top_up} of the same amount.")
        }
        Rejection::PaymentUnderWay { top_up } => {
            format!("The bank has not answered for the top-up {top_up} that pays the order.")
        }
        Rejection::ProposalUnderWay { proposal } => {
            format!("The proposal {proposal} about the same is open.")
        }
        Rejection::SignInLocked { until } | Rejection::PaymentLocked { until } => {
            format!("{} until {}.", code.title[0], rfc3339(*until))
        }
        Rejection::LimitExceeded { flow, kind, limit } => {
            format!("The limit {} of {} is {limit}.", kind.code(), flow.code())
        }
        _ => format!("{}.", code.title[0]),
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        match refused {
            Refused::QueueFull => Problem::of(&codes::TOO_MANY_REQUESTS).retry(Retry::After(1)),
            Refused::Stopping => Problem::of(&codes::STOPPING).retry(Retry::After(1)),
            Refused::NoSuchCell => Problem::of(&codes::CELL_NOT_FOUND),
        }
    }
}

impl From<NotDone> for Problem {
    fn from(why: NotDone) -> Problem {
        match why {
            NotDone::DiskFull => Problem::of(&codes::DISK_FULL).retry(Retry::After(60)),
            NotDone::Unknown => {
                Problem::of(&codes::NO_ANSWER).money_unknown().retry(Retry::SameKey)
            }
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Problem {
        // The cause is for the operator; the caller is told what it means for the money.
        eprintln!("danbao: the books could not be read: {error}");
        Problem::of(&codes::BOOKS_UNREADABLE).retry(Retry::After(5))
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Problem {
        Problem::rejected(&rejection, false)
    }
}

impl IntoResponse for Problem {
    /// A response whose body `seal` writes.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if let Retry::After(seconds) = self.retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.replayed {
            headers.insert(REPLAYED.clone(), HeaderValue::from_static("true"));
        }
        if self.code.name == codes::UNAUTHENTICATED.name {
            let scheme = "Bearer realm=\"danbao\", Basic realm=\"danbao\"";
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        response.extensions_mut().insert(Box::new(self));
        response
    }
}
