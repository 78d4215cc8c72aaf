//! Bodies, read strictly: what is not understood is refused, with the place that is to blame.
//!
//! A body is an object. Handlers take its members one by one, each as what it must be, and at the
//! end nothing may be left. So a misspelt member is never silently ignored, and a member that
//! stands twice is never half believed.

use super::codes;
use super::problem::Problem;
use jiff::Timestamp;
use ledger::currency::Currency;
use ledger::id::IdError;
use ledger::money::{AMOUNT_MAX, Money};
use ledger::name::{OrderNumber, Text};
use ledger::time::{Seconds, Time};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A JSON value that keeps what `serde_json::Value` would drop: members that stand twice.
#[derive(Debug)]
enum Json<'a> {
    Null,
    Bool(bool),
    Integer(u64),
    OtherNumber,
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, it: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(it))
    }
    fn visit_u64<E>(self, it: u64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(it))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Json<'de>, E> {
        Ok(Json::OtherNumber)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::OtherNumber)
    }
    fn visit_borrowed_str<E>(self, it: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(it)))
    }
    fn visit_str<E>(self, it: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(it.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json<'de>, A::Error> {
        let mut object = Vec::new();
        while let Some(Json::Text(name)) = members.next_key()? {
            object.push((name, members.next_value()?));
        }
        Ok(Json::Object(object))
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

fn bad(code: &'static codes::Code, detail: impl Into<String>, field: &str) -> Problem {
    Problem::new(code, detail).at(field)
}

/// An object whose members are taken one by one.
pub struct Body<'a> {
    members: Vec<(Cow<'a, str>, Json<'a>)>,
    /// Where it stands in the whole body.
    pointer: String,
}

impl<'a> Body<'a> {
    /// Reads a body. An empty one is an object without members.
    pub fn parse(bytes: &'a [u8]) -> Result<Body<'a>, Problem> {
        if bytes.is_empty() {
            return Ok(Body { members: Vec::new(), pointer: String::new() });
        }
        let json: Json<'a> = serde_json::from_slice(bytes).map_err(|error| {
            let deep = error.to_string().starts_with("recursion limit");
            let code = if deep { &codes::NESTED_TOO_DEEPLY } else { &codes::MALFORMED_JSON };
            Problem::new(code, format!("The body cannot be read: {error}."))
        })?;
        Body::of(json, String::new())
    }

    fn of(json: Json<'a>, pointer: String) -> Result<Body<'a>, Problem> {
        let Json::Object(members) = json else {
            return Err(bad(&codes::WRONG_TYPE, "An object is expected here.", &pointer));
        };
        for (at, (name, _)) in members.iter().enumerate() {
            if members.iter().take(at).any(|(other, _)| other == name) {
                let field = format!("{pointer}/{name}");
                return Err(bad(
                    &codes::DUPLICATE_FIELD,
                    format!("{name} stands here twice."),
                    &field,
                ));
            }
        }
        Ok(Body { members, pointer })
    }

    fn field(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    fn find(&mut self, name: &str) -> Option<Json<'a>> {
        let at = self.members.iter().position(|(it, _)| it == name)?;
        let value = self.members.swap_remove(at).1;
        if matches!(value, Json::Null) { None } else { Some(value) }
    }

    fn need(&mut self, name: &str) -> Result<Json<'a>, Problem> {
        let missing = format!("{name} is missing.");
        self.find(name).ok_or_else(|| bad(&codes::MISSING_FIELD, missing, &self.field(name)))
    }

    fn wrong_type<T>(&self, name: &str, expected: &str) -> Result<T, Problem> {
        Err(bad(&codes::WRONG_TYPE, format!("{name} must be {expected}."), &self.field(name)))
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &str) -> Result<Cow<'a, str>, Problem> {
        let Json::Text(text) = self.need(name)? else { return self.wrong_type(name, "a text") };
        Ok(text)
    }

    /// A text that may be there.
    pub fn optional_text(&mut self, name: &str) -> Result<Option<Cow<'a, str>>, Problem> {
        let Some(value) = self.find(name) else { return Ok(None) };
        let Json::Text(text) = value else { return self.wrong_type(name, "a text") };
        Ok(Some(text))
    }

    /// A text that the ledger keeps; empty if it is not there.
    pub fn note(&mut self, name: &str) -> Result<Text, Problem> {
        let text = self.optional_text(name)?.unwrap_or_default();
        let limit = format!("{name} has at most {} bytes and no control characters.", Text::MAX);
        Text::new(&text).ok_or_else(|| bad(&codes::TEXT_INVALID, limit, &self.field(name)))
    }

    /// An identifier.
    pub fn id<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, IdError>,
    ) -> Result<T, Problem> {
        let text = self.text(name)?;
        parse(&text).map_err(|error| {
            bad(&codes::ID_INVALID, format!("{name}: {error}."), &self.field(name))
        })
    }

    /// An identifier that may be there.
    pub fn optional_id<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, IdError>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.optional_text(name)? else { return Ok(None) };
        let parsed = parse(&text);
        let parsed = parsed.map_err(|error| {
            bad(&codes::ID_INVALID, format!("{name}: {error}."), &self.field(name))
        })?;
        Ok(Some(parsed))
    }

    /// `amount` in minor units, and `currency`.
    pub fn money(&mut self) -> Result<Money, Problem> {
        let amount = self.need("amount")?;
        let currency = self.currency()?;
        let field = self.field("amount");
        let minor = if let Json::Integer(minor) = amount { minor } else { 0 };
        if (1..=AMOUNT_MAX).contains(&minor) {
            return Ok(Money::new(minor, currency));
        }
        let detail = format!(
            "amount is a whole number of minor units (fen, cents, yen) from 1 to {AMOUNT_MAX}, \
             written with digits only and without quotes."
        );
        Err(bad(&codes::AMOUNT_INVALID, detail, &field))
    }

    /// `amount` and `currency`, if an amount is there.
    pub fn optional_money(&mut self) -> Result<Option<Money>, Problem> {
        let there =
            self.members.iter().any(|(it, value)| it == "amount" && !matches!(value, Json::Null));
        if there { self.money().map(Some) } else { Ok(None) }
    }

    /// `currency`, an ISO 4217 code; CNY if it is not there.
    pub fn currency(&mut self) -> Result<Currency, Problem> {
        let Some(code) = self.optional_text("currency")? else { return Ok(Currency::CNY) };
        let detail = "currency is a three-letter code of ISO 4217 in capitals, such as CNY.";
        Currency::from_code(&code)
            .ok_or_else(|| bad(&codes::CURRENCY_UNKNOWN, detail, &self.field("currency")))
    }

    /// A whole number that may be there.
    pub fn optional_integer(&mut self, name: &str, max: u64) -> Result<Option<u64>, Problem> {
        let Some(value) = self.find(name) else { return Ok(None) };
        let number = if let Json::Integer(it) = value { Some(it) } else { None };
        match number.filter(|it| *it <= max) {
            Some(number) => Ok(Some(number)),
            None => self.wrong_type(name, &format!("a whole number from 0 to {max}")),
        }
    }

    /// A whole number that must be there.
    pub fn integer(&mut self, name: &str, max: u64) -> Result<u64, Problem> {
        let missing = format!("{name} is missing.");
        let found = self.optional_integer(name, max)?;
        found.ok_or_else(|| bad(&codes::MISSING_FIELD, missing, &self.field(name)))
    }

    /// A length of time in seconds that may be there.
    pub fn seconds(&mut self, name: &str) -> Result<Option<Seconds>, Problem> {
        let seconds = self.optional_integer(name, u64::from(u32::MAX))?;
        Ok(seconds.and_then(|it| u32::try_from(it).ok()).map(Seconds))
    }

    /// A moment in RFC 3339 that may be there.
    pub fn time(&mut self, name: &str) -> Result<Option<Time>, Problem> {
        let Some(text) = self.optional_text(name)? else { return Ok(None) };
        let moment = text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
        match moment.and_then(|it| u64::try_from(it).ok()) {
            Some(ms) => Ok(Some(Time(ms))),
            None => self.wrong_type(name, "a moment in RFC 3339, such as 2026-11-26T15:30:00Z"),
        }
    }

    /// Yes or no, if it is there.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, Problem> {
        let Some(value) = self.find(name) else { return Ok(None) };
        let Json::Bool(flag) = value else { return self.wrong_type(name, "true or false") };
        Ok(Some(flag))
    }

    /// One of several words.
    pub fn choice<T: Copy>(
        &mut self,
        name: &str,
        words: &[(&str, T)],
        otherwise: Option<T>,
    ) -> Result<T, Problem> {
        let text = match (self.optional_text(name)?, otherwise) {
            (Some(text), _) => text,
            (None, Some(value)) => return Ok(value),
            (None, None) => {
                let missing = format!("{name} is missing.");
                return Err(bad(&codes::MISSING_FIELD, missing, &self.field(name)));
            }
        };
        let chosen = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        chosen.ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let detail = format!("{name} is one of: {}.", words.join(", "));
            bad(&codes::VALUE_UNKNOWN, detail, &self.field(name))
        })
    }

    /// A merchant's own number for an order.
    pub fn order_number(&mut self, name: &str) -> Result<OrderNumber, Problem> {
        let text = self.text(name)?;
        let detail = format!("{name} has 1 to 64 of the characters A-Z a-z 0-9 _ - and the dot.");
        OrderNumber::new(&text)
            .ok_or_else(|| bad(&codes::NUMBER_INVALID, detail, &self.field(name)))
    }

    /// An array of objects.
    pub fn objects(&mut self, name: &str) -> Result<Vec<Body<'a>>, Problem> {
        let Json::Array(items) = self.need(name)? else {
            return self.wrong_type(name, "an array");
        };
        let field = self.field(name);
        let each = items.into_iter().enumerate();
        each.map(|(at, item)| Body::of(item, format!("{field}/{at}"))).collect()
    }

    /// Refuses what nobody asked for.
    pub fn finish(self) -> Result<(), Problem> {
        match self.members.first() {
            None => Ok(()),
            Some((name, _)) => {
                let detail = format!("{name} is not known here.");
                Err(bad(&codes::UNKNOWN_FIELD, detail, &self.field(name)))
            }
        }
    }
}
