//! One row of the table of operations, and what the document says about it.

use super::shown;
use crate::http::codes::{self, Code};
use ledger::id::{
    AccountId, AnnouncementId, CardId, EndpointId, EventId, HoldId, KeyId, OrderId, ProposalId,
    ReceiptId, RemittanceId, TopUpId, TransferId, UserId, WithdrawalId,
};
use std::collections::BTreeMap;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::AllOfBuilder;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, ObjectBuilder, Ref, RefOr, Required, Response,
    ResponseBuilder, Responses, ResponsesBuilder, Schema, Type,
};

/// What an operation answers if all is well.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// JSON with this status and schema.
    Json(u16, &'static str),
    /// Plain text.
    Text,
    /// Bytes.
    Bytes,
    /// The document itself.
    Document,
    /// Nothing.
    Nothing,
}

/// A parameter of a query.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    name: &'static str,
    kind: Kind,
    says: &'static str,
    needed: bool,
}

/// What a parameter must be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// The name of a request.
    Name,
    /// A whole number: at least, at most.
    Number(u32, u32),
    /// An identifier that begins like this.
    Id(&'static str),
    /// One of the words of a type.
    Word(&'static str),
}

impl Asked {
    pub(super) const LIMIT: Asked =
        Asked::new("limit", Kind::Number(1, 100), "At most so many; 20 if it is missing.");
    pub(super) const CURSOR: Asked =
        Asked::new("cursor", Kind::Text, "`next_cursor` of the page before.");

    pub(super) const fn new(name: &'static str, kind: Kind, says: &'static str) -> Asked {
        Asked { name, kind, says, needed: false }
    }

    /// The same, but it must be there.
    pub(super) const fn needed(self) -> Asked {
        Asked { needed: true, ..self }
    }
}

impl Kind {
    pub(super) fn schema(self) -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        match self {
            Kind::Text => text.into(),
            Kind::Name => text.pattern(Some("^[!-~]([ -~]{0,253}[!-~])?$")).into(),
            Kind::Number(least, most) => ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(least))
                .maximum(Some(most))
                .into(),
            Kind::Id(prefix) => {
                text.pattern(Some(format!("^{prefix}_[0-9a-hjkmnp-tv-z]{{14}}$"))).into()
            }
            Kind::Word(name) => Ref::from_schema_name(name).into(),
        }
    }
}

/// Problems of the sum of money in a body.
pub(super) const SUM: &[&Code] =
    &[&codes::AMOUNT_INVALID, &codes::CURRENCY_UNKNOWN, &codes::CURRENCY_DIFFERS];
/// Problems of debiting the account of a user.
pub(super) const DEBIT: &[&Code] = &[
    &codes::INSUFFICIENT_FUNDS,
    &codes::ACCOUNT_FROZEN,
    &codes::ACCOUNT_CLOSED,
    &codes::ACCOUNT_KIND_NOT_ALLOWED,
    &codes::PAYMENT_LOCKED,
    &codes::LIMIT_EXCEEDED,
];
/// Problems of crediting an account.
pub(super) const CREDIT: &[&Code] = &[
    &codes::ACCOUNT_CLOSED,
    &codes::ACCOUNT_KIND_NOT_ALLOWED,
    &codes::BALANCE_LIMIT_EXCEEDED,
    &codes::BALANCE_OVERFLOW,
];
/// Problems of whatever is done with an order.
pub(super) const ORDER: &[&Code] =
    &[&codes::ID_INVALID, &codes::ORDER_NOT_FOUND, &codes::EVENT_NOT_ALLOWED];

/// One row.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(super) tag: &'static str,
    pub(super) id: &'static str,
    /// In English and in Chinese.
    pub(super) title: [&'static str; 2],
    pub(super) says: &'static str,
    pub(super) query: &'static [Asked],
    /// The schema of the body, and an example of it. `{buyer}` and the like stand for identifiers.
    pub(crate) body: Option<(&'static str, &'static str)>,
    /// The kind of a body that is no JSON.
    pub(super) takes: &'static str,
    pub(crate) answer: Answer,
    /// Problems besides those that every operation of its kind has.
    pub(super) codes: &'static [&'static Code],
    /// Problems that operations of several kinds have, such as those of debiting an account.
    pub(super) groups: &'static [&'static [&'static Code]],
    /// Whether it needs no key.
    pub(super) open: bool,
    /// Whether it waits for what is under way, if the caller wishes.
    pub(super) waits: bool,
    /// Whether money may still be on its way to another cell: then the answer is 202.
    pub(super) travels: bool,
}

impl Operation {
    pub(super) const NONE: Operation = Operation {
        method: "get",
        path: "",
        tag: "",
        id: "",
        title: ["", ""],
        says: "",
        query: &[],
        body: None,
        takes: "",
        answer: Answer::Nothing,
        codes: &[],
        groups: &[],
        open: false,
        waits: false,
        travels: false,
    };

    /// Whether it changes something, under a name that the caller chooses.
    fn is_named(&self) -> bool {
        !matches!(self.method, "get" | "put") && !self.open && self.path != "/v1/batches"
    }

    /// Every problem that it can end with, some of them twice.
    pub(super) fn problems(&self) -> impl Iterator<Item = &'static Code> {
        const ASKED: [&Code; 5] = [
            &codes::UNAUTHENTICATED,
            &codes::BOOKS_UNREADABLE,
            &codes::CELL_NOT_FOUND,
            &codes::MALFORMED_REQUEST,
            &codes::INTERNAL_ERROR,
        ];
        const CHANGES: [&Code; 14] = [
            &codes::MALFORMED_JSON,
            &codes::NESTED_TOO_DEEPLY,
            &codes::UNKNOWN_FIELD,
            &codes::DUPLICATE_FIELD,
            &codes::MISSING_FIELD,
            &codes::WRONG_TYPE,
            &codes::BODY_UNREADABLE,
            &codes::NOT_ALLOWED,
            &codes::BODY_TOO_LARGE,
            &codes::CONTENT_TYPE_UNSUPPORTED,
            &codes::TOO_MANY_REQUESTS,
            &codes::STOPPING,
            &codes::DISK_FULL,
            &codes::NO_ANSWER,
        ];
        const NAMED: [&Code; 4] = [
            &codes::IDEMPOTENCY_KEY_MISSING,
            &codes::IDEMPOTENCY_KEY_INVALID,
            &codes::REQUEST_IN_PROGRESS,
            &codes::REQUEST_ID_TAKEN,
        ];
        let asked: &'static [&Code] = if self.open { &[] } else { const { &ASKED } };
        let changes: &'static [&Code] =
            if self.method == "get" || self.open { &[] } else { const { &CHANGES } };
        let named: &'static [&Code] = if self.is_named() { const { &NAMED } } else { &[] };
        let more = self.groups.iter().copied().flatten();
        asked.iter().chain(changes).chain(named).chain(self.codes).chain(more).copied()
    }

    /// What a part of its path must be.
    fn kind_of(&self, name: &str) -> Kind {
        match (name, self.path.split('/').nth(2).unwrap_or_default()) {
            ("cell", _) => Kind::Number(0, 255),
            ("id", "users" | "operators") => Kind::Id(UserId::PREFIX),
            ("id", "accounts") => Kind::Id(AccountId::PREFIX),
            ("id", "transfers") => Kind::Id(TransferId::PREFIX),
            ("id", "remittances") => Kind::Id(RemittanceId::PREFIX),
            ("id", "holds") => Kind::Id(HoldId::PREFIX),
            ("id", "orders") => Kind::Id(OrderId::PREFIX),
            ("id", "cards") => Kind::Id(CardId::PREFIX),
            ("id", "top_ups") => Kind::Id(TopUpId::PREFIX),
            ("id", "announcements") => Kind::Id(AnnouncementId::PREFIX),
            ("id", "proposals") => Kind::Id(ProposalId::PREFIX),
            ("id", "receipts") => Kind::Id(ReceiptId::PREFIX),
            ("id", "withdrawals") => Kind::Id(WithdrawalId::PREFIX),
            ("id", "events") => Kind::Id(EventId::PREFIX),
            ("id", "keys") => Kind::Id(KeyId::PREFIX),
            ("id", "webhook_endpoints") => Kind::Id(EndpointId::PREFIX),
            _ => Kind::Text,
        }
    }

    fn parameters(&self) -> Vec<Parameter> {
        let parameter = |name: &str, place, needed, kind: Kind, says: &str| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(place)
                .required(if needed { Required::True } else { Required::False })
                .description(Some(says))
                .schema(Some(kind.schema()))
                .build()
        };
        let names = self.path.split('{').skip(1).filter_map(|it| it.split_once('}'));
        let mut parameters: Vec<_> = names
            .map(|(name, _)| {
                parameter(name, ParameterIn::Path, true, self.kind_of(name), "Which one.")
            })
            .collect();
        parameters.extend(
            self.query
                .iter()
                .map(|it| parameter(it.name, ParameterIn::Query, it.needed, it.kind, it.says)),
        );
        if self.is_named() {
            let says = "A name of your choice, 1 to 255 visible ASCII characters. Asking again \
                        with it repeats the answer, not the effect; for ever.";
            let place = ParameterIn::Header;
            parameters.push(parameter("Idempotency-Key", place, true, Kind::Name, says));
        }
        if self.waits {
            let says = "`wait=10` waits so many seconds, at most 20, while the bank owes its \
                        answer (RFC 7240).";
            parameters.push(parameter("Prefer", ParameterIn::Header, false, Kind::Text, says));
        }
        parameters
    }

    /// The answer if all is well.
    fn good(&self, status: u16, says: &str) -> Response {
        let response = match self.answer {
            Answer::Json(_, schema) => {
                let schema = Ref::from_schema_name(schema);
                let content = ContentBuilder::new().schema(Some(schema)).build();
                ResponseBuilder::new().content("application/json", content)
            }
            Answer::Nothing => ResponseBuilder::new(),
            Answer::Text => plain("text/plain"),
            Answer::Bytes => plain("application/octet-stream"),
            Answer::Document => plain("application/json"),
        };
        let read = self.method == "get" && matches!(self.answer, Answer::Json(..));
        let response = headers(response, status);
        let response = if read {
            response
                .header("Danbao-Cell", number("The cell that was read."))
                .header("Danbao-Position", number("The journal position it was read at."))
        } else if self.is_named() {
            let says = "`true` if this is the answer to an earlier request of the same name.";
            response.header("Idempotent-Replayed", text(says))
        } else {
            response
        };
        response.description(if status == 202 { IN_TRANSIT } else { says }).build()
    }

    fn responses(&self) -> Responses {
        let status = match self.answer {
            Answer::Json(status, _) => status,
            Answer::Nothing => 204,
            Answer::Text | Answer::Bytes | Answer::Document => 200,
        };
        let good = self.good(status, "Done.");
        let mut responses = ResponsesBuilder::new().response(status.to_string(), good);
        if self.travels {
            responses = responses.response("202", self.good(202, IN_TRANSIT));
        }
        let mut by_status: BTreeMap<u16, Vec<&'static Code>> = BTreeMap::new();
        for code in self.problems() {
            let told = by_status.entry(code.status().as_u16()).or_default();
            if !told.iter().any(|it| it.name == code.name) {
                told.push(code);
            }
        }
        for (status, told) in by_status {
            responses = responses.response(status.to_string(), problem(status, &told));
        }
        responses.build()
    }

    pub(super) fn build(&self) -> utoipa::openapi::path::Operation {
        let [title, title_zh] = self.title;
        let mut operation = OperationBuilder::new()
            .operation_id(Some(self.id))
            .tag(self.tag)
            .summary(Some(format!("{title} · {title_zh}")))
            .parameters(Some(self.parameters()))
            .responses(self.responses());
        if !self.says.is_empty() {
            operation = operation.description(Some(self.says));
        }
        if let Some((schema, example)) = self.body {
            let content = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name(schema)))
                .example(serde_json::from_str(&shown(example)).ok())
                .build();
            let body = RequestBodyBuilder::new()
                .content("application/json", content)
                .required(Some(Required::True));
            operation = operation.request_body(Some(body.build()));
        }
        if !self.takes.is_empty() {
            let bytes = ObjectBuilder::new().schema_type(Type::String).build();
            let content = ContentBuilder::new().schema(Some(bytes)).build();
            let body = RequestBodyBuilder::new()
                .content(self.takes, content)
                .required(Some(Required::True));
            operation = operation.request_body(Some(body.build()));
        }
        if self.open {
            // An empty requirement says that none is needed.
            operation = operation.security(SecurityRequirement::default());
        }
        operation.build()
    }
}

const IN_TRANSIT: &str = "Accepted; `id` names what is under way.";

fn plain(kind: &str) -> ResponseBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    ResponseBuilder::new().content(kind, ContentBuilder::new().schema(Some(text)).build())
}

fn text(says: &str) -> Header {
    HeaderBuilder::new().schema(Kind::Text.schema()).description(Some(says)).build()
}

fn number(says: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    HeaderBuilder::new().schema(schema).description(Some(says)).build()
}

/// The headers that every answer with this status has.
fn headers(response: ResponseBuilder, status: u16) -> ResponseBuilder {
    let response = response.header("Request-Id", text("Names this exchange in the logs."));
    match status {
        401 => response.header("WWW-Authenticate", text("How to say who asks.")),
        429 | 503 => response.header("Retry-After", number("Ask again after so many seconds.")),
        _ => response,
    }
}

/// What is answered if one of these problems comes up.
fn problem(status: u16, codes: &[&'static Code]) -> Response {
    let says: Vec<_> = codes.iter().map(|it| format!("`{}`: {}.", it.name, it.title[0])).collect();
    let names: Vec<&str> = codes.iter().map(|it| it.name).collect();
    let code = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names));
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name("ProblemDetails"))
        .item(ObjectBuilder::new().property("code", code));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    headers(ResponseBuilder::new(), status)
        .content("application/problem+json", content)
        .description(says.join(" "))
        .build()
}
