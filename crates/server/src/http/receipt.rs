//! Receipts: what is answered to a request that was accepted. They are made only of what was kept
//! with the answer, so asking again gets the same bytes.

use crate::app::Accepted;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use ledger::event::Subject;
use ledger::remittance::{Remittance, RemittanceStage};
use ledger::time::Time;
use std::fmt::Write as _;

pub(super) static REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A moment as RFC 3339, in UTC, to the millisecond.
pub fn rfc3339(time: Time) -> String {
    let ms = i64::try_from(time.0).unwrap_or(i64::MAX);
    let moment = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The identifier of a subject, and what kind of thing it is.
pub fn named(subject: Subject) -> (String, &'static str) {
    match subject {
        Subject::Cell => (String::new(), "cell"),
        Subject::Account(id) => (id.to_string(), "account"),
        Subject::User(id) => (id.to_string(), "user"),
        Subject::Card(id) => (id.to_string(), "card"),
        Subject::Hold(id) => (id.to_string(), "hold"),
        Subject::Order(id) => (id.to_string(), "order"),
        Subject::TopUp(id) => (id.to_string(), "top_up"),
        Subject::Withdrawal(id) => (id.to_string(), "withdrawal"),
        Subject::Remittance(id) => (id.to_string(), "remittance"),
        Subject::Transfer(id) => (id.to_string(), "transfer"),
        Subject::Key(id) => (id.to_string(), "key"),
        Subject::Endpoint(id) => (id.to_string(), "webhook_endpoint"),
        Subject::Delivery(id) => (id.to_string(), "delivery"),
        Subject::Receipt(id) => (id.to_string(), "receipt"),
        Subject::Proposal(id) => (id.to_string(), "proposal"),
        Subject::Session(id) => (id.to_string(), "session"),
        Subject::Announcement(id) => (id.to_string(), "announcement"),
    }
}

/// The receipt of a request that was accepted.
pub fn receipt(status: StatusCode, accepted: &Accepted, more: &[(&str, String)]) -> Response {
    let answer = &accepted.answered.answer;
    let (id, object) = named(accepted.subject);
    let mut body = format!(
        "{{\"id\":\"{id}\",\"object\":\"{object}\",\"status\":\"accepted\",\"cell\":{},\
         \"position\":{},\"time\":\"{}\"",
        accepted.cell,
        answer.position,
        rfc3339(answer.time)
    );
    for (name, value) in more {
        let _ = write!(body, ",\"{name}\":{value}");
    }
    body.push('}');
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let mut response = (status, kind, body).into_response();
    if accepted.answered.repeated {
        response.headers_mut().insert(REPLAYED.clone(), HeaderValue::from_static("true"));
    }
    response
}

/// The receipt of a request whose money went to another cell.
pub fn receipt_there(
    status: StatusCode,
    accepted: &Accepted,
    sent: Option<Remittance>,
) -> Response {
    match sent.map(|it| it.stage) {
        None => receipt(status, accepted, &[]),
        Some(stage @ (RemittanceStage::Settled | RemittanceStage::Returned)) => {
            receipt(status, accepted, &[("stage", format!("\"{}\"", stage.code()))])
        }
        Some(stage @ RemittanceStage::Sent) => {
            let more = [("stage", format!("\"{}\"", stage.code()))];
            receipt(StatusCode::ACCEPTED, accepted, &more)
        }
    }
}
