//! The document says what the router does, and nothing that it says leads nowhere.

use super::operation::Operation;
use super::{document, operations};
use crate::http::codes::Code;
use serde_json::Value;
use std::collections::BTreeSet;

/// What the router has, read from the source: each `.route("PATH", get(…).post(…))`.
fn routes() -> BTreeSet<(String, String)> {
    let sources = [include_str!("../api/mod.rs"), include_str!("../http/mod.rs")];
    let mut routes = BTreeSet::new();
    for route in sources.iter().flat_map(|it| it.split(".route(").skip(1)) {
        let path = route.split('"').nth(1).unwrap();
        if path.starts_with("/docs") {
            continue;
        }
        let handlers = route.split_once(',').unwrap().1.split(".route(").next().unwrap();
        let handlers = handlers.split(".merge").next().unwrap();
        for method in ["get", "post", "put", "delete"] {
            if handlers.contains(&format!("{method}(")) {
                routes.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    routes
}

/// Whether a path of the document is one that a route takes.
fn takes(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || one.starts_with('{') => {}
            _ => return false,
        }
    }
}

#[test]
fn the_document_has_every_route_and_no_other() {
    let routes = routes();
    assert!(routes.len() > 40, "{routes:?}");
    for it in operations() {
        let mut found = routes.iter().filter(|(method, _)| method == it.method);
        assert!(found.any(|(_, route)| takes(route, it.path)), "{} {}", it.method, it.path);
    }
    for (method, route) in &routes {
        let mut found = operations().filter(|it| it.method == method);
        assert!(found.any(|it| takes(route, it.path)), "{method} {route} is not described");
    }
}

#[test]
fn every_operation_is_in_the_document_once() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    let described = paths.values().map(|it| it.as_object().unwrap().len()).sum::<usize>();
    assert_eq!(described, operations().count());
    let ids: BTreeSet<&str> = paths
        .values()
        .flat_map(|it| it.as_object().unwrap().values())
        .map(|it| it["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), described, "each has a name of its own");
}

/// Codes that no operation ends with: those of addresses that are none, those that only a bank, a
/// cell or a deliverer is told, and those of amounts that were refused before the ledger saw them.
const NOWHERE: &[&str] = &[
    "amount_out_of_range",
    "cell_exists",
    "delivery_not_found",
    "message_out_of_order",
    "method_not_allowed",
    "needs_approval",
    "route_not_found",
];

/// Codes that only people meet, on pages.
const ON_PAGES: &[&str] = &[
    "code_wrong",
    "cross_site",
    "document_name_invalid",
    "document_number_invalid",
    "form_unreadable",
    "passkey_name_invalid",
    "passkey_not_made",
    "passkey_refused",
    "passkeys_full",
    "password_for_once",
    "password_wrong",
    "payment_password_easy",
    "payment_password_missing",
    "payment_password_shape",
    "payment_password_wrong",
    "session_not_found",
    "sign_in_first",
    "sign_in_locked",
    "sign_in_refused",
    "sign_in_too_late",
    "user_in_use",
];

#[test]
fn every_code_of_a_problem_is_somewhere_in_the_document() {
    let told = operations().flat_map(Operation::problems).map(|it| it.name);
    let told: BTreeSet<&str> =
        told.chain(NOWHERE.iter().copied()).chain(ON_PAGES.iter().copied()).collect();
    let known: BTreeSet<&str> = Code::all().map(|it| it.name).collect();
    assert_eq!(told, known);
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    for operation in paths.values().flat_map(|it| it.as_object().unwrap().values()) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let schema = &response["content"]["application/problem+json"]["schema"];
            let names = &schema["allOf"][1]["properties"]["code"]["enum"];
            for name in names.as_array().into_iter().flatten().map(|it| it.as_str().unwrap()) {
                assert_eq!(Code::named(name).unwrap().status().as_str(), status, "{name}");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_type_is_used() {
    let document = document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    let types = document["components"]["schemas"].as_object().unwrap();
    let known: BTreeSet<String> =
        types.keys().map(|it| format!("#/components/schemas/{it}")).collect();
    assert_eq!(references, known);
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|it| collect(it, references));
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_example_has_only_members_of_its_type() {
    let document = document();
    for it in operations() {
        let Some((name, example)) = it.body else { continue };
        let example: Value = serde_json::from_str(example).unwrap();
        let schema = &document["components"]["schemas"][name];
        // Whoever calls with a key is told of every mistake; a bank may say what it likes.
        assert_eq!(schema["additionalProperties"] == false, !it.open, "{name}");
        for member in example.as_object().unwrap().keys() {
            assert!(schema["properties"].get(member).is_some(), "{name} has no {member}");
        }
        for needed in schema["required"].as_array().into_iter().flatten() {
            assert!(example.get(needed.as_str().unwrap()).is_some(), "{name} needs {needed}");
        }
    }
}
