//! Text that people wrote, as lines that fit into a column.

use super::font::Fonts;

/// The most characters of one piece of text; it ends in `…` where more was written.
const TEXT_MAX: usize = 300;
/// What no line begins with.
const CLOSING: &str = "，。、；：？！）》」』】〉”’…%,.;:?!)]}";

/// Text without line breaks and other controls, and not longer than a page can bear.
pub(super) fn clean(text: &str) -> String {
    let plain = |it: char| if it.is_control() { ' ' } else { it };
    let mut short: String = text.trim().chars().take(TEXT_MAX).map(plain).collect();
    if text.trim().chars().nth(TEXT_MAX).is_some() {
        short.push('…');
    }
    short
}

/// The lines of a text in a size, each at most `width` wide. Chinese is broken anywhere but before
/// closing signs, other text between words, and a word that is wider than a line wherever it must.
pub(super) fn wrap(fonts: &mut Fonts, text: &str, size: i16, width: i16) -> Vec<String> {
    let text = clean(text);
    if !text.is_empty() && fonts.width(&text, size) <= i32::from(width) {
        return vec![text];
    }
    let mut lines = Vec::new();
    let (mut line, mut word) = (String::new(), String::new());
    let mut characters = text.chars().peekable();
    while let Some(it) = characters.next() {
        word.push(it);
        let next = characters.peek().copied();
        let ends = next.is_none_or(|next| may_break(it, next));
        if !ends && fonts.width(&word, size) <= i32::from(width) {
            continue;
        }
        if fonts.width(&format!("{line}{}", word.trim_end()), size) > i32::from(width) {
            if !line.is_empty() {
                lines.push(line.trim_end().to_owned());
            }
            line = String::new();
            split(fonts, &mut word, size, width, &mut lines);
        }
        line.push_str(&word);
        word.clear();
    }
    line.push_str(&word);
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Cuts lines from a word that is wider than a line.
fn split(fonts: &mut Fonts, word: &mut String, size: i16, width: i16, lines: &mut Vec<String>) {
    while fonts.width(word.trim_end(), size) > i32::from(width) {
        let mut end = 0;
        for (at, it) in word.char_indices() {
            let after = at + it.len_utf8();
            if end > 0 && fonts.width(&word[..after], size) > i32::from(width) {
                break;
            }
            end = after;
        }
        if end == word.len() {
            return;
        }
        lines.push(word.drain(..end).collect());
    }
}

fn may_break(before: char, after: char) -> bool {
    if CLOSING.contains(after) || "（《「『【〈“‘".contains(before) {
        return false;
    }
    before == ' ' || wide(before) || wide(after)
}

/// Whether a character is one of those that are not written in words.
fn wide(it: char) -> bool {
    matches!(it, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        // Ten characters of Chinese.
        wrap(&mut Fonts::new(), text, 100, 1_000)
    }

    #[test]
    fn lines_are_broken_where_readers_expect_it() {
        assert_eq!(lines("一二三四五六七八九十，甲"), ["一二三四五六七八九", "十，甲"]);
        assert_eq!(lines("the quick brown fox jumps"), ["the quick brown fox", "jumps"]);
        assert_eq!(lines("甲 order 88号楼"), ["甲 order 88号楼"]);
        assert_eq!(lines(" \n "), [""; 0]);
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_too_wide() {
        let mut fonts = Fonts::new();
        let texts =
            ["abcdefghij".repeat(20), "，".repeat(100), "一a ".repeat(90), "宽".repeat(299)];
        for text in texts {
            let lines = wrap(&mut fonts, &text, 100, 1_000);
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            assert!(lines.iter().all(|it| fonts.width(it, 100) <= 1_000));
        }
        assert_eq!(clean(&"长".repeat(301)).chars().count(), 301);
        assert!(clean(&"长".repeat(301)).ends_with('…'));
        assert_eq!(clean("a\tb\u{0}c"), "a b c");
    }
}
