//! Why a signature does not verify: the pasted headers and body are tried as they are, and then
//! with every mistake that receivers are known to make, until one explains what was pasted.
//!
//! It computes and compares, and knows nothing of HTTP, books or people, so the page and the
//! command line say the same.

mod bodies;
mod pasted;

pub use bodies::Difference;

use super::sign::tag;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bodies::variants;
use pasted::{Form, Pasted, Signature};

/// The most bytes of a body that are looked at.
pub const BODY_MAX: usize = 64 << 10;
/// How far the clock of a message may be from ours, in seconds, by the libraries of the
/// specification.
pub const TOLERANCE: u64 = 300;

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A header was not pasted.
    MissingHeader(&'static str),
    /// No signature of a version that is known here.
    NoSignature,
    /// The timestamp is no number of seconds.
    TimestampUnreadable,
    /// The message is so many seconds old.
    TooOld(u64),
    /// The message is so many seconds ahead of the clock.
    TooNew(u64),
    /// There is no body.
    EmptyBody,
    /// The body ends with a line feed that was not sent.
    TrailingNewline,
    /// Lines end in another way than they were sent.
    LineEnds,
    /// Spaces were added around the body.
    Whitespace,
    /// The body begins with a byte order mark.
    Mark,
    /// The body was read in another character set.
    Charset,
    /// Characters are written as escapes.
    Escapes,
    /// The body was parsed and written anew.
    Reserialised,
    /// The body is not what was sent.
    BodyChanged,
    /// The secret is no text of base64.
    SecretUnreadable,
    /// It is the secret before the last change.
    OldSecret,
    /// It is the secret of another endpoint.
    OtherEndpoint(String),
    /// The secret's text was used as the key instead of the bytes that it stands for.
    SecretNotDecoded,
    /// The same, with the prefix.
    SecretWithPrefix,
    /// It is none of the secrets that are known.
    WrongSecret,
    /// The timestamp was put before the id.
    Order,
    /// The body alone was signed.
    BodyOnly,
    /// The id or the timestamp was left out.
    PartsMissing,
    /// Base64 with the alphabet for addresses.
    Base64Url,
    /// Base64 without the signs that fill it up.
    NoPadding,
    /// Hexadecimal digits instead of base64.
    Hex,
}

/// Whose secret a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The one that was asked about.
    Asked,
    /// The same endpoint's, before the last change.
    Before,
    /// Another endpoint's.
    Other(String),
}

/// A secret that may have been used.
#[derive(Clone)]
pub struct Known {
    /// Whose it is.
    pub whose: Whose,
    /// Its bytes.
    pub key: Vec<u8>,
}

/// What is asked.
pub struct Question<'a> {
    /// The headers, a line for each.
    pub headers: &'a str,
    /// The body as it came.
    pub body: &'a [u8],
    /// What the receiver computed itself; empty if it does not say.
    pub computed: &'a str,
    /// The secret that was asked about, before others that are tried.
    pub keys: &'a [Known],
    /// What was sent, where that is known.
    pub sent: Option<&'a [u8]>,
    /// The time, in seconds.
    pub now: u64,
}

/// What is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Whether the signature verifies.
    pub good: bool,
    /// The signature over what was pasted, by the secret that was asked about.
    pub expected: Option<String>,
    /// The signatures that were pasted.
    pub got: Vec<String>,
    /// Where the body begins to differ from what was signed.
    pub body: Option<Difference>,
    /// Where the signature begins to differ from the one that was expected.
    pub signature: Option<Difference>,
    /// What is wrong, the likeliest first.
    pub causes: Vec<Cause>,
}

/// The bytes of a secret as merchants have it: `whsec_` and base64.
pub fn key_of(secret: &str) -> Result<Vec<u8>, Cause> {
    let text = secret.trim();
    let text = text.strip_prefix("whsec_").unwrap_or(text);
    let unreadable = |_| Cause::SecretUnreadable;
    let key = STANDARD.decode(text).map_err(unreadable)?;
    if key.is_empty() { Err(Cause::SecretUnreadable) } else { Ok(key) }
}

/// The name of the message that headers are of.
pub fn id_of(headers: &str) -> Option<String> {
    Pasted::read(headers).id
}

/// Looks for what is wrong.
pub fn look(question: &Question<'_>) -> Finding {
    let pasted = Pasted::read(question.headers);
    let missing = pasted.missing();
    let computed = question.computed.trim();
    let signed = pasted.signature.as_deref().unwrap_or_default();
    let said = if computed.is_empty() { signed } else { computed };
    let got: Vec<Signature> = said.split_whitespace().filter_map(Signature::read).collect();
    let mut finding = Finding {
        got: got.iter().map(|it| it.text.clone()).collect(),
        causes: missing.into_iter().map(Cause::MissingHeader).collect(),
        ..Finding::default()
    };
    let (Some(id), Some(time), Some(asked)) =
        (&pasted.id, &pasted.timestamp, question.keys.first())
    else {
        return finding;
    };
    let right = tag(&asked.key, &content(Order::Right, id, time, question.body));
    let expected = format!("v1,{}", STANDARD.encode(right));
    finding.good = got.iter().any(|it| it.bytes == right && it.form == Form::Standard);
    finding.expected = Some(expected.clone());
    if !finding.good {
        let search = Search { id, time, question, got: &got };
        explain(&search, &mut finding);
        let first = finding.got.first();
        finding.signature = first.and_then(|it| Difference::of(expected.as_bytes(), it.as_bytes()));
    }
    finding.causes.extend(clock(time, question.now));
    finding
}

/// What is wrong with a timestamp.
fn clock(time: &str, now: u64) -> Option<Cause> {
    let Ok(at) = time.parse::<u64>() else { return Some(Cause::TimestampUnreadable) };
    if time.len() >= 13 {
        return Some(Cause::TimestampUnreadable);
    }
    if now.saturating_sub(at) > TOLERANCE {
        return Some(Cause::TooOld(now - at));
    }
    (at.saturating_sub(now) > TOLERANCE).then(|| Cause::TooNew(at - now))
}

/// What was put together before it was signed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Right,
    TimeFirst,
    WithoutId,
    WithoutTime,
    BodyOnly,
}

impl Order {
    const ALL: [Order; 5] =
        [Order::Right, Order::TimeFirst, Order::WithoutId, Order::WithoutTime, Order::BodyOnly];

    const fn cause(self) -> Option<Cause> {
        match self {
            Order::Right => None,
            Order::TimeFirst => Some(Cause::Order),
            Order::WithoutId | Order::WithoutTime => Some(Cause::PartsMissing),
            Order::BodyOnly => Some(Cause::BodyOnly),
        }
    }
}

fn content(order: Order, id: &str, time: &str, body: &[u8]) -> Vec<u8> {
    let head = match order {
        Order::Right => format!("{id}.{time}."),
        Order::TimeFirst => format!("{time}.{id}."),
        Order::WithoutId => format!("{time}."),
        Order::WithoutTime => format!("{id}."),
        Order::BodyOnly => String::new(),
    };
    [head.as_bytes(), body].concat()
}

/// The bytes that may have been used as a key, and the mistake that this would be.
fn keys(known: &Known) -> [(Vec<u8>, Option<Cause>); 3] {
    let text = STANDARD.encode(&known.key);
    let whole = format!("whsec_{text}");
    [
        (known.key.clone(), None),
        (text.into_bytes(), Some(Cause::SecretNotDecoded)),
        (whole.into_bytes(), Some(Cause::SecretWithPrefix)),
    ]
}

fn whose(it: &Whose) -> Option<Cause> {
    match it {
        Whose::Asked => None,
        Whose::Before => Some(Cause::OldSecret),
        Whose::Other(name) => Some(Cause::OtherEndpoint(name.clone())),
    }
}

struct Search<'a> {
    id: &'a str,
    time: &'a str,
    question: &'a Question<'a>,
    got: &'a [Signature],
}

impl Search<'_> {
    /// The fewest mistakes that explain the signature, and the body that was signed.
    fn run(&self) -> Option<(Vec<Cause>, Vec<u8>)> {
        let bodies = variants(self.question.body, self.question.sent);
        let mut best: Option<(Vec<Cause>, Vec<u8>)> = None;
        for known in self.question.keys {
            for (key, spelt) in keys(known) {
                for (body, changed) in &bodies {
                    for order in Order::ALL {
                        let mistakes = [&whose(&known.whose), &spelt, changed, &order.cause()];
                        let mut causes: Vec<Cause> =
                            mistakes.into_iter().flatten().cloned().collect();
                        // More than two at a time are no explanation any more.
                        let worse = best.as_ref().is_some_and(|it| it.0.len() <= causes.len());
                        if causes.len() > 2 || worse {
                            continue;
                        }
                        let tag = tag(&key, &content(order, self.id, self.time, body));
                        let found = self.got.iter().find(|it| it.bytes == tag);
                        let Some(found) = found else { continue };
                        causes.extend(found.form.cause());
                        best = Some((causes, body.clone()));
                    }
                }
            }
        }
        best
    }
}

fn explain(search: &Search<'_>, finding: &mut Finding) {
    let question = search.question;
    if question.body.is_empty() {
        finding.causes.push(Cause::EmptyBody);
    }
    if search.got.is_empty() {
        finding.causes.push(Cause::NoSignature);
        return;
    }
    if let Some((causes, body)) = search.run() {
        finding.causes.extend(causes.into_iter().filter(|it| *it != Cause::EmptyBody));
        finding.body = Difference::of(&body, question.body);
        return;
    }
    if question.body.is_empty() {
        return;
    }
    match question.sent.map(|sent| Difference::of(sent, question.body)) {
        Some(Some(difference)) => {
            finding.body = Some(difference);
            finding.causes.extend([Cause::BodyChanged, Cause::WrongSecret]);
        }
        Some(None) => finding.causes.push(Cause::WrongSecret),
        None => finding.causes.extend([Cause::WrongSecret, Cause::BodyChanged]),
    }
}

#[cfg(test)]
mod tests;
