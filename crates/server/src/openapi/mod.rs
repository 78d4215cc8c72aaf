//! The `OpenAPI` 3.1 document, made of one table of operations and one of types.
//!
//! The rows are beside each other in `wallets`, `trade`, `reconciliation`, `traces`, `people` and
//! `platform`; `operation` says what a row is. The types are beside them, and in `requests`,
//! `answers`, `movements` and `words`. Tests compare the rows with the router, and every answer
//! that any test from outside gets with what is described here.

mod answers;
mod messages;
mod movements;
mod operation;
mod people;
mod platform;
mod reconciliation;
mod requests;
#[cfg(test)]
mod tests;
mod traces;
mod trade;
mod wallets;
mod words;

use operation::Operation;
use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem,
    PathsBuilder, Server,
};

/// Every operation.
pub(crate) fn operations() -> impl Iterator<Item = &'static Operation> {
    let parts: [&'static [Operation]; 6] = [
        &wallets::OPERATIONS,
        &trade::OPERATIONS,
        &reconciliation::OPERATIONS,
        &traces::OPERATIONS,
        &people::OPERATIONS,
        &platform::OPERATIONS,
    ];
    parts.into_iter().flatten()
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
    for operation in operations() {
        let method = match operation.method {
            "post" => HttpMethod::Post,
            "delete" => HttpMethod::Delete,
            "put" => HttpMethod::Put,
            _ => HttpMethod::Get,
        };
        paths = paths.path(operation.path, PathItem::new(method, operation.build()));
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let basic = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("The key as the user name, and no password."))
        .build();
    let components = words::add(requests::add(answers::add(movements::add(reconciliation::add(
        traces::add(ComponentsBuilder::new()),
    )))))
    .security_scheme("bearer", SecurityScheme::Http(bearer))
    .security_scheme("basic", SecurityScheme::Http(basic));
    let none: [&str; 0] = [];
    let document: OpenApi = OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([Server::new("/")]))
        .paths(paths.build())
        .components(Some(components.build()))
        .security(Some([
            SecurityRequirement::new("bearer", none),
            SecurityRequirement::new("basic", none),
        ]))
        .build();
    let mut document = serde_json::to_value(document).unwrap_or_else(|_| json!({}));
    document["webhooks"] = messages::all();
    document
}
