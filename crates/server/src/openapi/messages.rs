//! What the platform sends to others by itself: the messages of webhooks.

use super::operation::Kind;
use ledger::id::EventId;
use serde_json::{Value, json};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{ContentBuilder, PathItem, Ref, Required, ResponseBuilder};

/// Each kind of message, by name.
pub(super) fn all() -> Value {
    let header = |name: &str, kind: Kind, says: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(says))
            .schema(Some(kind.schema()))
            .build()
    };
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name("WebhookMessage"))).build();
    let body = RequestBodyBuilder::new()
        .content("application/json", content)
        .required(Some(Required::True));
    let taken = ResponseBuilder::new().description("Any status of the 200s: it was taken.");
    let gone = ResponseBuilder::new().description("The endpoint is removed.");
    let operation = OperationBuilder::new()
        .operation_id(Some("event_happened"))
        .tag("webhooks")
        .summary(Some("Something happened · 事件通知"))
        .description(Some(
            "Signed as Standard Webhooks 1.0.0 says. Whatever is not taken within 15 seconds comes \
             again, so take each `webhook-id` once.",
        ))
        .parameter(header("webhook-id", Kind::Id(EventId::PREFIX), "The event."))
        .parameter(header("webhook-timestamp", Kind::Text, "Of this attempt, in seconds."))
        .parameter(header(
            "webhook-signature",
            Kind::Text,
            "`v1,` and base64 of HMAC-SHA-256 over `id.timestamp.body`; two, after a rotation.",
        ))
        .request_body(Some(body.build()))
        .response("200", taken.build())
        .response("410", gone.build());
    let message = PathItem::new(HttpMethod::Post, operation.build());
    json!({ "event": message })
}
