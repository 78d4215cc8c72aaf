//! Problems: the one shape of every error (RFC 9457), with a stable code, whether money moved, and
//! whether to ask again.

use axum::response::{IntoResponse, Response};
use engine::{EngineError, NotDone, Refused};
use http::{HeaderValue, StatusCode, header};
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
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable name.
    pub code: &'static str,
    /// What happened, for people.
    pub detail: String,
    /// The part of the body that is to blame, as a JSON pointer.
    pub field: Option<String>,
    /// Whether money moved.
    pub money_moved: MoneyMoved,
    /// Whether to ask again.
    pub retry: Retry,
}

impl Problem {
    /// A mistake of the caller's: nothing was written.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
        Problem {
            status,
            code,
            detail: detail.into(),
            field: None,
            money_moved: MoneyMoved::No,
            retry: Retry::Never,
        }
    }

    /// The same, with the part of the body that is to blame.
    #[must_use]
    pub fn at(self, field: impl Into<String>) -> Problem {
        Problem { field: Some(field.into()), ..self }
    }

    fn retry(self, retry: Retry) -> Problem {
        Problem { retry, ..self }
    }

    /// There is nothing here, or not for this caller.
    pub fn not_found(code: &'static str, what: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, code, format!("There is no such {what}."))
    }

    /// The key is good, but not for this.
    pub fn not_allowed() -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "not_allowed", "This key does not allow that.")
    }

    /// The same request is being worked on.
    pub fn in_progress() -> Problem {
        let detail =
            "A request with this Idempotency-Key is being worked on. Ask again in a moment.";
        let problem = Problem::new(StatusCode::CONFLICT, "request_in_progress", detail);
        Problem { money_moved: MoneyMoved::Unknown, ..problem }.retry(Retry::After(1))
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        let (status, code, detail) = match refused {
            Refused::QueueFull => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many requests are waiting. Nothing was done; ask again with the same key.",
            ),
            Refused::Stopping => (
                StatusCode::SERVICE_UNAVAILABLE,
                "stopping",
                "This server is stopping. Nothing was done; ask again with the same key.",
            ),
            Refused::NoSuchCell => {
                return Problem::not_found("cell_not_found", "cell");
            }
        };
        Problem::new(status, code, detail).retry(Retry::After(1))
    }
}

impl From<NotDone> for Problem {
    fn from(why: NotDone) -> Problem {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        match why {
            NotDone::DiskFull => {
                let detail = "The disk is full. Nothing was done; reading goes on.";
                Problem::new(status, "disk_full", detail).retry(Retry::After(60))
            }
            NotDone::Unknown => {
                let detail = "The server stopped before it could answer. Ask again with the same \
                              key: you will be told what happened.";
                let problem = Problem::new(status, "no_answer", detail);
                Problem { money_moved: MoneyMoved::Unknown, ..problem }.retry(Retry::SameKey)
            }
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Problem {
        // The cause is for the operator; the caller is told what it means for the money.
        eprintln!("danbao: the books could not be read: {error}");
        let detail = "The books could not be read just now. Nothing was changed.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "books_unreadable", detail)
            .retry(Retry::After(5))
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Problem {
        let (status, detail) = told(rejection);
        Problem::new(status, rejection.code(), detail)
    }
}

/// The status and the words for a rejection. Every one of them says that nothing was done.
fn told(rejection: Rejection) -> (StatusCode, String) {
    const MISSING: StatusCode = StatusCode::NOT_FOUND;
    const CONFLICT: StatusCode = StatusCode::CONFLICT;
    const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
    let (status, detail) = match rejection {
        Rejection::RequestIdTaken => (
            INVALID,
            "This Idempotency-Key was used for a different request. That one stands as it was \
             answered; use a new key for this one.",
        ),
        Rejection::NotInThisCell => {
            (INVALID, "These things live in different cells; this operation needs them in one.")
        }
        Rejection::SandboxOnly => (FORBIDDEN, "Only a sandbox may do this."),
        Rejection::CellExists => (CONFLICT, "The cell was founded before."),
        Rejection::UserNotFound => (MISSING, "There is no such user."),
        Rejection::AccountNotFound => (MISSING, "There is no such account."),
        Rejection::CardNotFound => (MISSING, "There is no such card."),
        Rejection::HoldNotFound => (MISSING, "There is no such hold."),
        Rejection::OrderNotFound => (MISSING, "There is no such order."),
        Rejection::TopUpNotFound => (MISSING, "There is no such top-up."),
        Rejection::WithdrawalNotFound => (MISSING, "There is no such withdrawal."),
        Rejection::KeyNotFound => (MISSING, "There is no such API key."),
        Rejection::EndpointNotFound => (MISSING, "There is no such webhook endpoint."),
        Rejection::DeliveryNotFound => (MISSING, "There is no such delivery."),
        Rejection::NotAllowed => (FORBIDDEN, "You may see this, but not do that with it."),
        Rejection::KindNotAllowed => (INVALID, "This kind does not go with that one."),
        Rejection::AmountOutOfRange => {
            (INVALID, "An amount is at least 1 and at most 100000000000000 minor units.")
        }
        Rejection::TimeOutOfRange => (INVALID, "The time is not ahead, or too far ahead."),
        Rejection::CountOutOfRange => (INVALID, "There are none of these, or too many."),
        Rejection::CurrencyDiffers => {
            (INVALID, "The amount is not in the currency of the account.")
        }
        Rejection::SameAccount => (INVALID, "Debit and credit are the same account."),
        Rejection::AccountKindNotAllowed => {
            (INVALID, "Money of this kind of account moves with what it is for, not like this.")
        }
        Rejection::OrderNumberTaken { order } => {
            let text = format!("The seller used this number for the order {order}.");
            return (CONFLICT, format!("{text} No money was moved."));
        }
        Rejection::EventNotAllowed { stage, event } => {
            let text =
                format!("The order is {}: {} cannot happen now.", stage.code(), event.code());
            return (CONFLICT, format!("{text} No money was moved."));
        }
        Rejection::AmountDiffers => (INVALID, "The amount is not the price of the order."),
        Rejection::RefundTooLarge => (INVALID, "That is more than is left to refund."),
        Rejection::HoldEnded => (CONFLICT, "The hold has ended."),
        Rejection::CaptureTooLarge => (INVALID, "That is more than the hold still keeps back."),
        Rejection::BankEventNotAllowed { event } => {
            let text = format!("What the bank says ({}) changes nothing now.", event.code());
            return (CONFLICT, format!("{text} No money was moved."));
        }
        Rejection::AccountFrozen => (CONFLICT, "The account is frozen."),
        Rejection::AccountClosed => (CONFLICT, "The account is closed."),
        Rejection::AccountInUse => (CONFLICT, "The account still has money, or money on its way."),
        Rejection::StateUnchanged => (CONFLICT, "It is in that state already."),
        Rejection::InsufficientFunds => (CONFLICT, "The account does not have that much free."),
        Rejection::BalanceLimitExceeded => (CONFLICT, "The account would have more than it may."),
        Rejection::BalanceOverflow => (CONFLICT, "The account's sums cannot grow any further."),
        Rejection::MessageOutOfOrder => {
            (CONFLICT, "The message was taken before, or is too early.")
        }
    };
    (status, format!("{detail} No money was moved."))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let money_moved = match self.money_moved {
            MoneyMoved::No => "no",
            MoneyMoved::Unknown => "unknown",
        };
        let (retry, after) = match self.retry {
            Retry::Never => ("never", None),
            Retry::SameKey => ("same_key", None),
            Retry::After(seconds) => ("after", Some(seconds)),
        };
        let body = json!({
            "type": format!("/docs/problems/{}", self.code),
            "title": self.code.replace('_', " "),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
            "field": self.field,
            "money_moved": money_moved,
            "retry": retry,
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, kind, body.to_string()).into_response();
        if let Some(seconds) = after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
