//! The rule for templates: every word that people see comes from the words, in both languages.

use super::Complaint;

/// Where the templates are.
pub(super) const FOLDER: &str = "crates/server/templates/";

/// What is the same in both languages.
const NAMES: [&str; 8] = ["Danbao", "担保", "CNY", "API", "CSV", "PDF", "English", "中文"];
/// Elements whose content is for machines, or is typed as it stands.
const AS_IT_IS: [&str; 6] = ["script", "style", "svg", "code", "pre", "kbd"];
/// Blocks of the layout that stand in a tag, so what they say is an attribute.
const IN_TAGS: [&str; 2] = ["width", "live"];
/// Attributes that people see or hear.
const SHOWN: [&str; 5] = ["alt", "aria-label", "placeholder", "title", "aria-description"];

/// Complains about text that does not come from the words.
pub(super) fn check(path: &str, text: &str) -> Vec<Complaint> {
    let mut text = without(text, "{#", "#}");
    for name in IN_TAGS {
        text = without(&text, &format!("{{% block {name} %}}"), "{% endblock %}");
    }
    let text = without(&text, "{{", "}}");
    let text = without(&text, "{%", "%}");
    let mut rest = without(&text, "<!--", "-->");
    for name in AS_IT_IS {
        rest = without_element(&rest, name);
    }
    let mut complaints = Vec::new();
    let mut line = 1;
    for (index, piece) in rest.split('<').enumerate() {
        // Before the first tag there is only text.
        let (tag, shown) =
            if index == 0 { ("", piece) } else { piece.split_once('>').unwrap_or((piece, "")) };
        let mut said: Vec<&str> = SHOWN.iter().filter_map(|it| attribute(tag, it)).collect();
        if tag.starts_with("input")
            && ["submit", "button"].iter().any(|it| attribute(tag, "type") == Some(it))
        {
            said.extend(attribute(tag, "value"));
        }
        said.push(shown);
        for said in said.into_iter().filter(|it| has_words(it)) {
            let before = piece.find(said).map_or(0, |at| lines(&piece[..at]));
            let blank = said.len() - said.trim_start().len();
            let at = line + before + lines(&said[..blank]);
            let what = format!("`{}` belongs into the words", said.trim());
            complaints.push(Complaint::new(path, at, what));
        }
        line += lines(piece);
    }
    complaints
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}

fn has_words(said: &str) -> bool {
    let without_names = NAMES.iter().fold(said.to_owned(), |it, name| it.replace(name, ""));
    let mut entity = false;
    without_names.chars().any(|it| {
        entity = it == '&' || entity && it != ';';
        !entity && it.is_alphabetic()
    })
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let begin = format!("{name}=\"");
    let found = tag.match_indices(&begin).find(|(at, _)| tag[..*at].ends_with(char::is_whitespace));
    let rest = &tag[found?.0 + begin.len()..];
    rest.split('"').next()
}

/// The text without everything between two marks; the lines stay.
fn without(text: &str, begin: &str, end: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(begin) {
        let (gone, behind) = from.split_once(end).unwrap_or((from, ""));
        kept.push_str(before);
        kept.extend(gone.matches('\n'));
        rest = behind;
    }
    kept + rest
}

/// The text without the content of one kind of element; its tags stay.
fn without_element(text: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(&open) {
        let tag = &rest[at + open.len()..];
        let end = rest.len() - tag.len();
        // `<pre` begins `<preview`, too.
        if !tag.starts_with(|it: char| it == '>' || it.is_whitespace()) {
            kept.push_str(&rest[..end]);
            rest = tag;
            continue;
        }
        let end = tag.find('>').map_or(rest.len(), |it| end + it + 1);
        kept.push_str(&rest[..end]);
        let (gone, behind) = rest[end..].split_once(&close).unwrap_or((&rest[end..], ""));
        kept.extend(gone.matches('\n'));
        rest = behind;
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> Vec<String> {
        check("t.html", text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_comes_from_the_words_may_stand_there() {
        for good in [
            "{% extends \"layout.html\" %}\n<h1>{{ w.title() }}</h1>&nbsp;· ¥88.00 →",
            "<a class=\"brand\" href=\"/\">担保 Danbao</a>",
            "<script src=\"a.js\">let a;</script><code>curl -d {}</code>{# A reason. #}",
            "<input name=\"amount\" placeholder=\"{{ w.amount() }}\" value=\"88.00\">",
            "{% block width %} narrow{% endblock %}\n\
             {% block live %} data-live=\"/x\"{% endblock %}",
            "<svg class=\"icon\"><title>x</title></svg><!-- why -->",
        ] {
            assert_eq!(complaints(good), Vec::<String>::new());
        }
    }

    #[test]
    fn what_does_not_is_found_on_its_line() {
        for (bad, found) in [
            ("<p>\n  Pay {{ amount }}\n</p>", "t.html:2: `Pay` belongs into the words"),
            ("<p>{{ a\n}}</p>\n<b>付款</b>", "t.html:3: `付款` belongs into the words"),
            ("<img\n alt=\"A shop\">", "t.html:2: `A shop` belongs into the words"),
            ("<input type=\"submit\" value=\"Go\">", "t.html:1: `Go` belongs into the words"),
            ("<preview>Look</preview>", "t.html:1: `Look` belongs into the words"),
        ] {
            assert_eq!(complaints(bad), [found]);
        }
    }
}
