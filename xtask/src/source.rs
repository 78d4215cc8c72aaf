//! Rust text, letter by letter told apart into code, comments and literals.
//!
//! Rules that search text would otherwise trip over their own names in a string, and count the
//! braces of a comment. This is not a parser: it knows just enough of the language to tell where a
//! comment or a literal begins and ends.

/// A Rust file in two copies with the same lines and columns: where one has a letter, the other has
/// a blank. Literals are blank in both.
pub(crate) struct Source {
    pub(crate) code: String,
    pub(crate) comments: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

struct Scanner {
    letters: Vec<char>,
    at: usize,
    source: Source,
}

impl Source {
    pub(crate) fn new(text: &str) -> Source {
        let source = Source { code: String::new(), comments: String::new() };
        let mut scanner = Scanner { letters: text.chars().collect(), at: 0, source };
        while scanner.at < scanner.letters.len() {
            scanner.step();
        }
        scanner.source
    }

    /// The code without its unit tests: it ends where the first test module begins, which is at the
    /// end of a file in this house.
    pub(crate) fn code_without_tests(&self) -> &str {
        self.code.find("#[cfg(test)]\nmod ").map_or(&self.code, |it| &self.code[..it])
    }

    /// The functions that have a body: their names, and the first and the last line of each.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let mut functions = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            let name: String = self.code[at + 3..].chars().take_while(|it| is_word(*it)).collect();
            if name.is_empty() || self.code[..at].ends_with(is_word) {
                continue;
            }
            if let Some(end) = end_of_body(&self.code[at..]) {
                let (first, last) = (line_at(&self.code, at), line_at(&self.code, at + end));
                functions.push(Function { name, first, last });
            }
        }
        functions
    }
}

/// A function and where it stands; lines count from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

impl Scanner {
    fn step(&mut self) {
        let next = self.letter(1);
        match self.letters[self.at] {
            '/' if next == Some('/') => {
                let length = self.rest().iter().take_while(|it| **it != '\n').count();
                self.take(length, Kind::Comment);
            }
            '/' if next == Some('*') => self.block_comment(),
            '"' => self.string(),
            'r' if !self.after_word() || self.after_prefix() => self.raw_string(),
            '\'' if next == Some('\\') => {
                // The letter behind the backslash may itself be a quote.
                let tail = self.rest().iter().skip(3).take_while(|it| **it != '\'').count();
                self.take(3 + tail + 1, Kind::Literal);
            }
            '\'' if self.letter(2) == Some('\'') => self.take(3, Kind::Literal),
            _ => self.take(1, Kind::Code),
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            match (self.letter(0), self.letter(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                (Some(_), _) => {
                    self.take(1, Kind::Comment);
                    continue;
                }
                (None, _) => return,
            }
            self.take(2, Kind::Comment);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.take(1, Kind::Literal);
        while let Some(letter) = self.letter(0) {
            self.take(if letter == '\\' { 2 } else { 1 }, Kind::Literal);
            if letter == '"' {
                return;
            }
        }
    }

    /// Takes `r"…"` and `r#"…"#`, or only the `r` if it begins a word.
    fn raw_string(&mut self) {
        let marks = self.rest().iter().skip(1).take_while(|it| **it == '#').count();
        if self.letter(1 + marks) != Some('"') {
            return self.take(1, Kind::Code);
        }
        self.take(2 + marks, Kind::Literal);
        while self.at < self.letters.len() {
            let end = self.letter(0) == Some('"')
                && self.rest().iter().skip(1).take(marks).filter(|it| **it == '#').count() == marks;
            if end {
                return self.take(1 + marks, Kind::Literal);
            }
            self.take(1, Kind::Literal);
        }
    }

    fn take(&mut self, count: usize, kind: Kind) {
        let end = self.letters.len().min(self.at + count);
        for letter in &self.letters[self.at..end] {
            let blank = if *letter == '\n' { '\n' } else { ' ' };
            self.source.code.push(if kind == Kind::Code { *letter } else { blank });
            self.source.comments.push(if kind == Kind::Comment { *letter } else { blank });
        }
        self.at = end;
    }

    fn rest(&self) -> &[char] {
        &self.letters[self.at..]
    }

    fn letter(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    fn after_word(&self) -> bool {
        self.at > 0 && is_word(self.letters[self.at - 1])
    }

    /// Whether the letter before is the `b` or `c` of `br"…"` and `cr"…"`.
    fn after_prefix(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).map(|it| self.letters[it]);
        matches!(before(1), Some('b' | 'c')) && !before(2).is_some_and(is_word)
    }
}

/// Whether `letter` may stand in a name.
pub(crate) fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The line, from 1, on which the byte `at` of `text` stands.
pub(crate) fn line_at(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Where `word` stands in `text` and is not a part of a longer one.
pub(crate) fn places(text: &str, word: &str) -> Vec<usize> {
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(|at| !text[..*at].ends_with(is_word) || !word.starts_with(is_word))
        .filter(|at| !text[at + word.len()..].starts_with(is_word) || !word.ends_with(is_word))
        .collect()
}

/// Where the body of the function that `code` begins with ends, if it has one.
fn end_of_body(code: &str) -> Option<usize> {
    let (mut nested, mut braces) = (0_i32, 0_i32);
    for (at, letter) in code.char_indices() {
        match letter {
            '(' | '[' => nested += 1,
            ')' | ']' => nested -= 1,
            ';' if nested == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces == 0 && nested == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Source::new(text).code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        assert_eq!(code("a // b\nc /* d /* e */ f */ g"), "a c g");
        assert_eq!(code(r#"a "b \" c" d"#), "a d");
        assert_eq!(code("a r\"b\\\" c r##\"d \"# e\"## f br\"g\" h"), "a c f b h");
        assert_eq!(code(r"a '{' '\'' '\u{7b}' b"), "a b");
        assert_eq!(code("fn f<'a>(it: &'a str) {}"), "fn f<'a>(it: &'a str) {}");
        assert_eq!(code("r#type for r in var\"x\""), "r#type for r in var");
    }

    #[test]
    fn lines_and_columns_stay() {
        let source = Source::new("a /* b\nc */ \"担\n保\" d\n");
        assert_eq!(source.code, "a     \n       \n   d\n");
        assert_eq!(source.comments, "  /* b\nc */   \n    \n");
    }

    #[test]
    fn a_function_reaches_from_its_name_to_its_last_brace() {
        let text = "\
trait T {
    fn none(&self) -> [u8; 4];
}
impl S {
    pub fn one(f: fn(u8), g: [u8; 2]) {
        let s = \"}\";
        if s { '}' } else { 2 }
    }
}
";
        let functions = Source::new(text).functions();
        assert_eq!(functions, [Function { name: "one".to_owned(), first: 5, last: 8 }]);
    }

    #[test]
    fn a_word_is_found_only_whole() {
        assert_eq!(places("dbg!(x) mydbg!(x)", "dbg!("), [0]);
        assert_eq!(places("Instant Instants", "Instant"), [0]);
    }
}
