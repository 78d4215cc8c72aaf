//! What the document of the API says, and where an answer differs from it.

use crate::shop::Answer;
use serde_json::{Value, json};

/// The document, as the server gave it.
pub(crate) struct Document(Value);

/// What a schema can say that is looked at here. Nothing else may stand in the document, so that
/// nothing in it goes unchecked.
const KNOWN: [&str; 17] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "propertyNames",
    "required",
    "type",
];

impl Document {
    pub(crate) fn new(document: Value) -> Document {
        for schema in document["components"]["schemas"].as_object().unwrap().values() {
            let keywords = schema.as_object().unwrap().keys();
            let strange: Vec<_> = keywords.filter(|it| !KNOWN.contains(&it.as_str())).collect();
            assert!(strange.is_empty(), "{strange:?} is not looked at");
        }
        Document(document)
    }

    /// The example of an operation's body.
    pub(crate) fn example(&self, path: &str) -> &Value {
        &self.0["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]
    }

    /// The operation that takes this method and path. A word in a path goes before a variable.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap();
        let takes = |template: &str| {
            let (mut one, mut other) = (template.split('/'), path.split('/'));
            loop {
                match (one.next(), other.next()) {
                    (None, None) => return true,
                    (Some(one), Some(other)) if one == other || one.starts_with('{') => {}
                    _ => return false,
                }
            }
        };
        let paths = self.0["paths"].as_object().unwrap();
        let exact = paths.get(path);
        let found = exact.or_else(|| paths.iter().find(|(it, _)| takes(it)).map(|(_, it)| it));
        found.and_then(|it| it.get(method))
    }

    /// Fails unless the answer is as described: its status, its headers, its body, and the code of
    /// a problem.
    pub(crate) fn check(&self, method: &str, path: &str, answer: &Answer) {
        let (status, body) = (answer.status, &answer.body);
        let Some(operation) = self.operation(method, path) else {
            assert!(matches!(status, 404 | 405), "{method} {path} is not described: {body}");
            return;
        };
        let response = &operation["responses"][status.to_string()];
        assert!(response.is_object(), "{method} {path}: {status} is not described: {body}");
        for name in response["headers"].as_object().into_iter().flatten().map(|(name, _)| name) {
            let there = answer.head.contains(&format!("\r\n{}: ", name.to_ascii_lowercase()));
            let only_then = name == "Idempotent-Replayed";
            assert!(there || only_then, "{method} {path}: no {name} in {}", answer.head);
        }
        let kind = if status < 300 { "application/json" } else { "application/problem+json" };
        let schema = &response["content"][kind]["schema"];
        assert!(answer.head.contains(&format!("\r\ncontent-type: {kind}\r\n")), "{}", answer.head);
        if schema["type"] == "string" {
            return;
        }
        let wrong = self.differs(body, schema, path);
        assert_eq!(wrong, None, "{method} {path}: {body}");
    }

    /// Where a value is not what a schema says.
    fn differs(&self, value: &Value, schema: &Value, at: &str) -> Option<String> {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            return self.differs(value, &self.0["components"]["schemas"][name], name);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            // The first says which members there are, the others more about some of them.
            let said = parts[1..].iter().flat_map(|it| it["properties"].as_object().unwrap());
            let mut said = said.filter_map(|(name, it)| self.differs(&value[name], it, name));
            return self.differs(value, &parts[0], at).or_else(|| said.next());
        }
        if let Some(parts) = schema["oneOf"].as_array() {
            let fits = parts.iter().any(|it| self.differs(value, it, at).is_none());
            return (!fits).then(|| format!("{at} is none of {parts:?}"));
        }
        let kinds = schema.get("type").map(|it| it.as_array().cloned().unwrap_or(vec![it.clone()]));
        if kinds.is_some_and(|it| !it.contains(&json!(kind(value)))) {
            return Some(format!("{at} is {value}, and not {}", schema["type"]));
        }
        if schema["enum"].as_array().is_some_and(|it| !it.contains(value)) {
            return Some(format!("{at} is {value}, which is none of {}", schema["enum"]));
        }
        if schema["minimum"].as_i64().is_some_and(|it| value.as_i64().is_some_and(|is| is < it)) {
            return Some(format!("{at} is {value}, which is too little"));
        }
        let time = value.as_str().filter(|_| schema["format"] == "date-time");
        if time.is_some_and(|it| it.parse::<jiff::Timestamp>().is_err()) {
            return Some(format!("{at} is {value}, and no time"));
        }
        match value {
            Value::Array(items) => {
                items.iter().find_map(|it| self.differs(it, &schema["items"], at))
            }
            Value::Object(members) => self.members_differ(members, schema, at),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    }

    fn members_differ(
        &self,
        members: &serde_json::Map<String, Value>,
        schema: &Value,
        at: &str,
    ) -> Option<String> {
        let lacking = schema["required"].as_array().into_iter().flatten();
        let mut lacking = lacking.filter(|it| !members.contains_key(it.as_str().unwrap()));
        if let Some(name) = lacking.next() {
            return Some(format!("{at} lacks {name}"));
        }
        members.iter().find_map(|(name, value)| match schema["properties"].get(name) {
            Some(schema) => self.differs(value, schema, name),
            None => Some(format!("{at} has {name}, which is not described")),
        })
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(it) if it.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
