//! The `OpenAPI` 3.1 document, made of one table of operations and one of types.
//!
//! The rows are beside each other in `wallets`, `trade` and `platform`; the types in `requests` and
//! `answers`. Tests compare the rows with the router and the types with what the server answers.

mod answers;
mod platform;
mod requests;
#[cfg(test)]
mod tests;
mod trade;
mod wallets;

use crate::http::codes::{self, Code};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi,
    OpenApiBuilder, PathItem, PathsBuilder, Ref, Required, ResponseBuilder, ResponsesBuilder, Type,
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

/// One row.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    tag: &'static str,
    id: &'static str,
    /// In English and in Chinese.
    title: [&'static str; 2],
    says: &'static str,
    /// Parameters of the query, and what they mean.
    query: &'static [(&'static str, &'static str)],
    /// The schema of the body, and an example of it. `{buyer}` and the like stand for identifiers.
    pub(crate) body: Option<(&'static str, &'static str)>,
    pub(crate) answer: Answer,
    /// Problems besides those that every operation of its kind has.
    codes: &'static [&'static Code],
    /// Whether it needs no key.
    open: bool,
}

impl Operation {
    const NONE: Operation = Operation {
        method: "get",
        path: "",
        tag: "",
        id: "",
        title: ["", ""],
        says: "",
        query: &[],
        body: None,
        answer: Answer::Nothing,
        codes: &[],
        open: false,
    };

    /// Every operation.
    pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
        let parts: [&'static [Operation]; 3] =
            [&wallets::OPERATIONS, &trade::OPERATIONS, &platform::OPERATIONS];
        parts.into_iter().flatten()
    }

    /// Whether it changes something, under a name that the caller chooses.
    fn is_named(&self) -> bool {
        self.method != "get" && !self.open && self.path != "/v1/batches"
    }

    /// Every problem that it can end with.
    fn problems(&self) -> impl Iterator<Item = &'static Code> {
        const ASKED: [&Code; 2] = [&codes::UNAUTHENTICATED, &codes::BOOKS_UNREADABLE];
        const CHANGES: [&Code; 15] = [
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
            &codes::MALFORMED_REQUEST,
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
        asked.iter().chain(changes).chain(named).chain(self.codes).copied()
    }

    fn parameters(&self) -> Vec<utoipa::openapi::path::Parameter> {
        let text = || ObjectBuilder::new().schema_type(Type::String).build();
        let parameter = |name: &str, place, needed, says: &str| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(place)
                .required(if needed { Required::True } else { Required::False })
                .description(Some(says))
                .schema(Some(text()))
                .build()
        };
        let names = self.path.split('{').skip(1).filter_map(|it| it.split_once('}'));
        let mut parameters: Vec<_> =
            names.map(|(name, _)| parameter(name, ParameterIn::Path, true, "Which one.")).collect();
        parameters.extend(
            self.query.iter().map(|(name, says)| parameter(name, ParameterIn::Query, false, says)),
        );
        if self.is_named() {
            let says = "A name of your choice, 1 to 255 visible ASCII characters. Asking again \
                        with it repeats the answer, not the effect; for ever.";
            parameters.push(parameter("Idempotency-Key", ParameterIn::Header, true, says));
        }
        parameters
    }

    fn responses(&self) -> utoipa::openapi::Responses {
        let content = |schema: &str| {
            ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build()
        };
        let (status, good) = match self.answer {
            Answer::Json(status, schema) => {
                let good = ResponseBuilder::new().content("application/json", content(schema));
                (status, good)
            }
            Answer::Nothing => (204, ResponseBuilder::new()),
            Answer::Text => (200, plain("text/plain")),
            Answer::Bytes => (200, plain("application/octet-stream")),
            Answer::Document => (200, plain("application/json")),
        };
        let mut responses =
            ResponsesBuilder::new().response(status.to_string(), good.description("Done.").build());
        let mut by_status: BTreeMap<u16, Vec<String>> = BTreeMap::new();
        for code in self.problems() {
            let told = format!("`{}`: {}.", code.name, code.title[0]);
            by_status.entry(code.status().as_u16()).or_default().push(told);
        }
        for (status, told) in by_status {
            let problem = ResponseBuilder::new()
                .description(told.join(" "))
                .content("application/problem+json", content("ProblemDetails"));
            responses = responses.response(status.to_string(), problem.build());
        }
        responses.build()
    }

    fn build(&self) -> utoipa::openapi::path::Operation {
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
        if self.open {
            // An empty requirement says that none is needed.
            operation = operation.security(SecurityRequirement::default());
        }
        operation.build()
    }
}

fn plain(kind: &str) -> ResponseBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    ResponseBuilder::new().content(kind, ContentBuilder::new().schema(Some(text)).build())
}

/// An example with identifiers that are spelt right.
fn shown(example: &str) -> String {
    let names = [
        ("{customer}", "usr_00000000000000"),
        ("{merchant}", "usr_0000000000001d"),
        ("{buyer}", "acc_000000000fm00x"),
        ("{seller}", "acc_000000000fm01b"),
        ("{card}", "card_00000000000000"),
    ];
    names.iter().fold(example.to_owned(), |text, (name, id)| text.replace(name, id))
}

/// The document.
pub fn document() -> Value {
    let info = InfoBuilder::new()
        .title("Danbao")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "An escrow payment platform. Amounts are whole minor units: 8800 is 88.00 CNY, or 8800 \
             JPY. Whatever changes something needs an `Idempotency-Key`. Every error is \
             `application/problem+json` and says whether money moved; `/docs/problems` explains \
             the codes. Answers name the journal position that they were read at in \
             `Danbao-Position`.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").build()));
    let mut paths = PathsBuilder::new();
    for operation in Operation::all() {
        let method = match operation.method {
            "post" => HttpMethod::Post,
            "delete" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        paths = paths.path(operation.path, PathItem::new(method, operation.build()));
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let basic = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("The key as the user name, and no password."))
        .build();
    let components = requests::add(answers::add(ComponentsBuilder::new()))
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .security_scheme("basic", SecurityScheme::Http(basic));
    let none: [&str; 0] = [];
    let document: OpenApi = OpenApiBuilder::new()
        .info(info.build())
        .paths(paths.build())
        .components(Some(components.build()))
        .security(Some([
            SecurityRequirement::new("bearer", none),
            SecurityRequirement::new("basic", none),
        ]))
        .build();
    serde_json::to_value(document).unwrap_or_else(|_| json!({}))
}
