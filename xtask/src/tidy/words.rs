//! Rules for the words of the pages: both languages say the same, and each says it in its own way.
//!
//! That no key lacks a language or a placeholder is the build's business. Here it is how a sentence
//! looks: Chinese has its own signs and no English in it, and nothing is left over that no page
//! says.

use toml::{Table, Value};

use super::Complaint;

/// Where the words are: one file for each area.
pub(super) const FOLDER: &str = "crates/server/words/";

/// What Chinese readers call so, too.
const ALSO_CHINESE: [&str; 37] = [
    "API",
    "App",
    "Authenticator",
    "CAMT",
    "CNY",
    "CSV",
    "Cookie",
    "Danbao",
    "English",
    "GET",
    "HTTP",
    "HTTPS",
    "IBAN",
    "ID",
    "IP",
    "ISO",
    "JSON",
    "JavaScript",
    "Key",
    "OpenAPI",
    "PDF",
    "POST",
    "Passkey",
    "QR",
    "RFC",
    "SDK",
    "SMS",
    "SSE",
    "SRE",
    "T",
    "TOTP",
    "UTC",
    "URL",
    "Webhook",
    "camt",
    "curl",
    "danbao",
];
/// English pages show these as they are.
const ALSO_ENGLISH: [&str; 2] = ["担保", "中文"];
/// ASCII signs of which Chinese has one of its own.
const SIGNS: &str = ",.;:!?()";

/// Complains about the words of one file.
pub(super) fn check(path: &str, text: &str) -> Vec<Complaint> {
    let Ok(table) = text.parse::<Table>() else {
        return vec![Complaint::new(path, 1, "this is not TOML")];
    };
    let mut complaints = Vec::new();
    for (key, said) in &table {
        let says = |lang: &str| said.get(lang).and_then(Value::as_str).unwrap_or_default();
        let wrong = wrong_with(says("zh"), says("en"), said.get("one").and_then(Value::as_str));
        let line = line_of(text, key);
        complaints
            .extend(wrong.into_iter().map(|it| Complaint::new(path, line, format!("{key}: {it}"))));
    }
    complaints
}

/// Complains about keys that none of the `sources` names: text of programs and of templates.
pub(super) fn unused(path: &str, text: &str, sources: &str) -> Vec<Complaint> {
    let Ok(table) = text.parse::<Table>() else { return Vec::new() };
    let idle = table.keys().filter(|key| !is_named(sources, key));
    let complain = |key: &String| Complaint::new(path, line_of(text, key), idle_says(key));
    idle.map(complain).collect()
}

fn idle_says(key: &str) -> String {
    format!("{key}: no page says it")
}

/// Whether a key is said: as a function, by its name in quotes, or as a prefix and a code, such as
/// `stage_` before `paid`, where the program puts them together.
fn is_named(sources: &str, key: &str) -> bool {
    let quoted = |name: &str| sources.contains(&format!("\"{name}\""));
    let called = [format!(".{key}("), format!("::{key}")];
    let together = |(at, _)| {
        let (before, code) = key.split_at(at + 1);
        sources.contains(&format!("\"{before}{{")) && quoted(code)
    };
    called.iter().any(|it| sources.contains(it))
        || quoted(key)
        || key.match_indices('_').any(together)
}

fn line_of(text: &str, key: &str) -> usize {
    let head = format!("[{key}]");
    text.lines().position(|it| it.trim() == head).unwrap_or(0) + 1
}

/// What is wrong with a sentence in both languages.
fn wrong_with(zh: &str, en: &str, one: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    if zh == en && bare(zh).chars().any(char::is_alphabetic) && !foreign(zh).is_empty() {
        wrong.push("Chinese and English are the same".to_owned());
    }
    for said in [Some(zh), Some(en), one].into_iter().flatten() {
        if said != said.trim() || said.is_empty() {
            wrong.push(format!("`{said}` is part of a sentence; say the whole in one key"));
        }
        if said.contains("...") {
            wrong.push("three full stops; write … (in Chinese ……)".to_owned());
        }
    }
    if let Some(sign) = sign_beside_chinese(zh) {
        wrong.push(format!("`{sign}` beside Chinese, which has a sign of its own for it"));
    }
    for word in foreign(zh) {
        wrong.push(format!("`{word}` is English in a Chinese sentence"));
    }
    for said in [Some(en), one].into_iter().flatten() {
        let rest = ALSO_ENGLISH.iter().fold(said.to_owned(), |it, word| it.replace(word, ""));
        if rest.chars().any(is_chinese) {
            wrong.push("Chinese in an English sentence".to_owned());
        }
    }
    wrong
}

fn is_chinese(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
}

/// A sentence without its placeholders, each of which leaves a blank.
fn bare(said: &str) -> String {
    let mut outside = true;
    let letter = |it| match it {
        '{' => {
            outside = false;
            ' '
        }
        '}' => {
            outside = true;
            ' '
        }
        other if outside => other,
        _ => ' ',
    };
    said.chars().map(letter).collect()
}

/// English words in a Chinese sentence that Chinese readers do not say. What has a digit, a dot, a
/// dash or a slash in it is an address or an example and no word.
fn foreign(zh: &str) -> Vec<String> {
    let bare = bare(zh);
    let pieces =
        bare.split(|it: char| is_chinese(it) || it.is_whitespace() || "“”‘’·…—".contains(it));
    let word = |it: &&str| {
        let letters = it.len() > 1 && it.chars().all(|it| it.is_ascii_alphabetic());
        letters && !ALSO_CHINESE.contains(it)
    };
    pieces
        .map(|it| it.trim_matches(|it: char| it.is_ascii_punctuation()))
        .filter(word)
        .map(str::to_owned)
        .collect()
}

fn sign_beside_chinese(zh: &str) -> Option<char> {
    let letters: Vec<char> = bare(zh).chars().collect();
    letters.windows(2).find_map(|pair| match *pair {
        [one, sign] if SIGNS.contains(sign) && is_chinese(one) => Some(sign),
        [sign, one] if SIGNS.contains(sign) && is_chinese(one) => Some(sign),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(zh: &str, en: &str) -> Vec<String> {
        let text =
            format!("[first]\nzh = \"好\"\nen = \"Good\"\n\n[it]\nzh = \"{zh}\"\nen = \"{en}\"\n");
        check("w.toml", &text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn both_languages_speak_for_themselves() {
        for (zh, en) in [
            ("付款 {amount}", "Pay {amount}"),
            ("请在 {date} 前确认，否则自动放款。", "Confirm by {date}, otherwise it is released."),
            ("用 curl 调用 API：/v1/orders", "Call the API with curl: /v1/orders"),
            ("Danbao", "Danbao"),
            ("{first} / {second}", "{first} / {second}"),
            ("切换到 English，再说“好”", "中文"),
        ] {
            assert_eq!(complaints(zh, en), Vec::<String>::new());
        }
    }

    #[test]
    fn what_a_reader_would_stumble_over_is_found_on_its_line() {
        for (zh, en, part) in [
            ("Settings", "Settings", "the same"),
            ("等待付款...", "Waiting", "three full stops"),
            ("付款,请确认", "Pay", "`,` beside"),
            ("余额(可用)", "Balance", "`(` beside"),
            ("订单 shipped 了", "Shipped", "`shipped` is English"),
            ("付款", "Pay 付款", "Chinese in an English"),
            ("由 ", "by ", "part of a sentence"),
            ("", "Nothing", "part of a sentence"),
        ] {
            let found = complaints(zh, en);
            assert!(found.iter().any(|it| it.contains(part)), "{zh}: {found:?}");
            assert!(found.iter().all(|it| it.starts_with("w.toml:5: it: ")), "{found:?}");
        }
    }

    #[test]
    fn words_that_no_page_says_are_found() {
        let text = "[pay]\nzh = \"付\"\nen = \"Pay\"\n[stage_paid]\nzh = \"已付\"\nen = \"Paid\"\n";
        let idle = |sources: &str| unused("w.toml", text, sources).len();
        assert_eq!(idle(""), 2);
        assert_eq!(idle("{{ w.pay() }} w.repay() w.stage_paid()"), 0);
        assert_eq!(idle("w.pays() w.named(&format!(\"stage_{}\", it.code())) => \"paid\""), 1);
    }
}
