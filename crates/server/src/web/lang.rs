//! The two languages of the pages, and which one a visitor reads.

use http::{HeaderMap, header};

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// Simplified Chinese, the source language of what consumers read.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Its tag for `lang` attributes (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Lang {
        match self {
            Lang::Zh => Lang::En,
            Lang::En => Lang::Zh,
        }
    }

    /// Its place in pairs that have English first, as the problems and the trace have them.
    pub const fn of_pair<T: Copy>(self, [en, zh]: [T; 2]) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// The language with this tag, or one of its kind.
    pub fn parse(tag: &str) -> Option<Lang> {
        let first = tag.trim().split(['-', ';', '_']).next().unwrap_or_default();
        match first.to_ascii_lowercase().as_str() {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// What a browser asks for: the first that we have, Chinese if it says nothing.
    pub fn asked(headers: &HeaderMap) -> Lang {
        let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok());
        text.and_then(|it| it.split(',').find_map(Lang::parse)).unwrap_or(Lang::Zh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_reads_the_first_language_that_we_have() {
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, text.parse().unwrap());
            Lang::asked(&headers)
        };
        assert_eq!(asked("fr-FR, en;q=0.8, zh;q=0.5"), Lang::En);
        assert_eq!(asked("zh-TW,zh;q=0.9,en;q=0.8"), Lang::Zh);
        assert_eq!(asked("ja"), Lang::Zh);
        assert_eq!(Lang::asked(&HeaderMap::new()), Lang::Zh);
    }
}
