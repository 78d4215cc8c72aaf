//! What may have been done to a body on its way, undone; and where two bodies begin to differ.

use super::Cause;
use serde_json::Value;

/// Characters that are shown around a difference.
const AROUND: usize = 16;

/// The body as it came, and what it may have been before, with the mistake that this would be.
pub(super) fn variants(body: &[u8], sent: Option<&[u8]>) -> Vec<(Vec<u8>, Option<Cause>)> {
    let mut found: Vec<(Vec<u8>, Option<Cause>)> = vec![(body.to_owned(), None)];
    let mut add = |it: Vec<u8>, cause: Cause| {
        if found.iter().all(|(known, _)| *known != it) {
            found.push((it, Some(cause)));
        }
    };
    let cut = |end: &[u8]| body.strip_suffix(end).map(<[u8]>::to_owned);
    for end in [b"\r\n".as_slice(), b"\n"] {
        if let Some(it) = cut(end) {
            add(it, Cause::TrailingNewline);
        }
    }
    let text = String::from_utf8_lossy(body).into_owned();
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        add(rest.as_bytes().to_owned(), Cause::Mark);
    }
    add(text.replace("\r\n", "\n").into_bytes(), Cause::LineEnds);
    add(text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes(), Cause::LineEnds);
    add(text.trim().as_bytes().to_owned(), Cause::Whitespace);
    if let Some(bytes) = narrow(&text) {
        add(bytes, Cause::Charset);
    }
    if let Ok(value) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) {
        let escapes = text.contains("\\u") || text.contains("\\/");
        let cause = if escapes { Cause::Escapes } else { Cause::Reserialised };
        add(value.to_string().into_bytes(), cause);
    }
    if let Some(sent) = sent {
        let lost = text.contains('\u{fffd}');
        let cause = if body.is_empty() {
            Cause::EmptyBody
        } else if lost {
            Cause::Charset
        } else {
            Cause::BodyChanged
        };
        add(sent.to_owned(), cause);
    }
    found
}

/// The bytes that were read as Latin-1, if that is what happened.
fn narrow(text: &str) -> Option<Vec<u8>> {
    if text.is_ascii() {
        return None;
    }
    text.chars().map(|it| u8::try_from(u32::from(it)).ok()).collect()
}

/// Where two texts begin to differ, with what is around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How many bytes are the same.
    pub place: usize,
    /// The end of what is the same.
    pub before: String,
    /// What should follow; empty at the end.
    pub expected: String,
    /// What follows instead; empty at the end.
    pub got: String,
}

impl Difference {
    /// The first difference; nothing if there is none.
    pub fn of(expected: &[u8], got: &[u8]) -> Option<Difference> {
        if expected == got {
            return None;
        }
        let same = expected.iter().zip(got).take_while(|(one, other)| one == other).count();
        // Never in the middle of a character.
        let inside = |it: &[u8], at: usize| it.get(at).is_some_and(|it| it & 0xc0 == 0x80);
        let mut place = same;
        while place > 0 && (inside(expected, place) || inside(got, place)) {
            place -= 1;
        }
        let before = String::from_utf8_lossy(&expected[..place]).into_owned();
        let skip = before.chars().count().saturating_sub(AROUND);
        Some(Difference {
            place,
            before: shown(before.chars().skip(skip)),
            expected: begins(&expected[place..]),
            got: begins(&got[place..]),
        })
    }
}

fn begins(bytes: &[u8]) -> String {
    let part = &bytes[..bytes.len().min(4 * AROUND)];
    shown(String::from_utf8_lossy(part).chars().take(AROUND))
}

/// Characters, with those that nobody sees written out.
fn shown(chars: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    for it in chars {
        match it {
            '\n' | '\r' | '\t' => out.extend(it.escape_default()),
            '\u{feff}' | '\u{a0}' | '\u{200b}' => out.extend(it.escape_unicode()),
            it if it.is_control() => out.extend(it.escape_unicode()),
            it => out.push(it),
        }
    }
    out
}
