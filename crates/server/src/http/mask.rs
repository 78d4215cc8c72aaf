//! What must not stand in a log: passwords, secrets, keys, the numbers of cards, and what people
//! said about an order, which must be gone when they are forgotten.
//!
//! It works on text, not on JSON, so that it also holds for what is cut off or is no JSON at all.

/// What stands for what was taken out.
const GONE: &str = "••••";
/// Parts of the names of fields whose texts are nobody's business.
const SECRET: [&str; 7] =
    ["password", "secret", "token", "credential", "api_key", "authorization", "passkey"];
/// The same, where only the whole name says so: shipping is no secret.
const SHORT: [&str; 4] = ["cvv", "pin", "otp", "statement"];
/// How keys and secrets of ours begin, wherever they stand.
const OURS: [&str; 3] = ["sk_test_", "sk_live_", "whsec_"];
/// How many digits a card's number has.
const DIGITS: std::ops::RangeInclusive<usize> = 12..=19;

/// The beginning of a text, at most so many bytes, with everything taken out that is secret.
pub(super) fn masked(bytes: &[u8], most: usize) -> String {
    let cut = bytes.len() > most;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(most)]);
    let mut text = text.into_owned();
    if cut {
        // What was cut in the middle of a number, a key or a letter would not be known any more.
        let end =
            text.trim_end_matches(|it: char| it.is_alphanumeric() || " -_+/=\u{fffd}".contains(it));
        text.truncate(end.len());
    }
    let mut text = cards(&keys(&fields(&text)));
    if cut {
        text.push('…');
    }
    text
}

/// Takes out the texts of fields whose names say that they are secret.
fn fields(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((name, length)) = next_string(rest) {
        let after = &rest[length..];
        out.push_str(&rest[..length]);
        rest = after;
        let lower = name.to_ascii_lowercase();
        let secret = SECRET.iter().any(|it| lower.contains(it)) || SHORT.contains(&&*lower);
        if !secret {
            continue;
        }
        let value = after.trim_start().strip_prefix(':').map(str::trim_start);
        let Some(value) = value else { continue };
        let said = if value.starts_with('"') {
            next_string(value).map_or(value.len(), |it| it.1)
        } else {
            value.find([',', '}', ']', '\n']).unwrap_or(value.len())
        };
        if value.starts_with(['{', '[']) {
            continue;
        }
        out.push_str(&after[..after.len() - value.len()]);
        out.push('"');
        out.push_str(GONE);
        out.push('"');
        rest = &value[said..];
    }
    out.push_str(rest);
    out
}

/// The next text in quotes, and how many bytes there are up to its end.
fn next_string(text: &str) -> Option<(&str, usize)> {
    let begin = text.find('"')? + 1;
    let mut escaped = false;
    for (place, it) in text[begin..].char_indices() {
        match it {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((&text[begin..begin + place], begin + place + 1)),
            _ => {}
        }
    }
    None
}

/// Takes out our own keys and secrets.
fn keys(text: &str) -> String {
    let mut out = text.to_owned();
    for prefix in OURS {
        let mut parts = out.split(prefix);
        let mut said = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let inside = |it: char| !(it.is_ascii_alphanumeric() || "+/=_-%".contains(it));
            let end = part.find(inside).unwrap_or(part.len());
            said.push_str(prefix);
            said.push_str(GONE);
            said.push_str(&part[end..]);
        }
        out = said;
    }
    out
}

/// Takes out numbers of cards but for their last four digits.
fn cards(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(|it: char| it.is_ascii_digit()) {
        let alone = !rest[..begin].ends_with(|it: char| it.is_alphanumeric() || it == '_');
        out.push_str(&rest[..begin]);
        rest = &rest[begin..];
        let run = run(rest);
        let (number, after) = rest.split_at(run);
        let digits: Vec<u32> = number.chars().filter_map(|it| it.to_digit(10)).collect();
        let ends = !after.starts_with(|it: char| it.is_alphanumeric() || it == '_');
        if alone && ends && DIGITS.contains(&digits.len()) && luhn(&digits) {
            out.push_str(GONE);
            out.push_str(&number[number.len().saturating_sub(4)..]);
        } else {
            out.push_str(number);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// How many bytes of digits there are at the beginning, with single spaces or dashes in between.
fn run(text: &str) -> usize {
    let (mut end, mut gap) = (0, false);
    for (place, it) in text.bytes().enumerate() {
        match it {
            b'0'..=b'9' => (end, gap) = (place + 1, false),
            b' ' | b'-' if !gap => gap = true,
            _ => break,
        }
    }
    end
}

/// Whether the digits have the check digit of a card's number.
fn luhn(digits: &[u32]) -> bool {
    let sum = digits.iter().rev().enumerate().map(|(place, digit)| match (place % 2, digit * 2) {
        (0, _) => *digit,
        (_, twice) if twice > 9 => twice - 9,
        (_, twice) => twice,
    });
    sum.sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> String {
        masked(text.as_bytes(), 4_096)
    }

    #[test]
    fn numbers_of_cards_keep_their_last_four_digits() {
        assert_eq!(all(r#"{"number":"6200000000000005"}"#), r#"{"number":"••••0005"}"#);
        assert_eq!(all("6200 0000 0000 0005."), "••••0005.");
        assert_eq!(all("6200-0000-0000-0005"), "••••0005");
        assert_eq!(all("/v1/cards?number=6200000000000005"), "/v1/cards?number=••••0005");
    }

    #[test]
    fn identifiers_amounts_and_times_stay() {
        for text in [
            "ord_00000000000000",
            r#"{"amount":123456789012346}"#,
            "2026-11-23T10:05:00.000Z",
            r#"{"number":"B1001"}"#,
        ] {
            assert_eq!(all(text), text);
        }
    }

    #[test]
    fn secrets_go_by_the_names_of_their_fields() {
        let said = r#"{ "payment_password" : "13\"5246", "note": "hi", "otp":123456 }"#;
        let kept = r#"{ "payment_password" : "••••", "note": "hi", "otp":"••••"}"#;
        assert_eq!(all(said), kept);
        assert_eq!(all(r#"{"new_secret":"abc"#), r#"{"new_secret":"••••""#);
        assert_eq!(all(r#"{"shipping":"x"}"#), r#"{"shipping":"x"}"#);
        assert_eq!(all(r#"{"statement":"小红"}"#), r#"{"statement":"••••"}"#);
        assert_eq!(all(r#"["password","x"]"#), r#"["password","x"]"#);
    }

    #[test]
    fn our_keys_go_wherever_they_stand() {
        assert_eq!(all("see sk_test_abc0123, sk_live_x"), "see sk_test_••••, sk_live_••••");
        assert_eq!(all(r#"{"it":"whsec_ab+/c="}"#), r#"{"it":"whsec_••••"}"#);
    }

    #[test]
    fn nothing_secret_is_left_at_a_cut() {
        for most in 1..60 {
            let text =
                masked(br#"{"number":"6200000000000005","secret":"hunter2-and-more"}"#, most);
            assert!(!text.contains("6200000") && !text.contains("hunter"), "{most}: {text}");
        }
        assert_eq!(masked(b"0123456789", 4), "…");
        assert_eq!(masked("好好".as_bytes(), 4), "…");
    }
}
