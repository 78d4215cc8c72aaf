//! Rules for the glossary: every word once, in order, in both languages, with one sentence.

use super::Complaint;

pub(super) const PATH: &str = "docs/glossary.md";

/// Looks at the rows `| **term** | 中文 | definition |`.
pub(super) fn check(text: &str) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut before = String::new();
    for (index, line) in text.lines().enumerate() {
        let mut complain = |what: String| complaints.push(Complaint::new(PATH, index + 1, what));
        let Some((term, rest)) = line.strip_prefix("| **").and_then(|it| it.split_once("** |"))
        else {
            continue;
        };
        let cells: Vec<&str> = rest.trim_end_matches('|').split('|').map(str::trim).collect();
        match cells.as_slice() {
            [chinese, definition] if !chinese.is_empty() && definition.ends_with('.') => {}
            _ => complain(format!("`{term}` wants `| **term** | 中文 | A sentence. |`")),
        }
        let key = term.to_lowercase();
        if key == before {
            complain(format!("`{term}` is here twice"));
        } else if key < before {
            complain(format!("`{term}` belongs before `{before}`"));
        }
        before = key;
    }
    if before.is_empty() {
        complaints.push(Complaint::new(PATH, 1, "no rows `| **term** | 中文 | A sentence. |`"));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(rows: &str) -> Vec<String> {
        check(rows).iter().map(|it| it.what.clone()).collect()
    }

    #[test]
    fn words_are_unique_sorted_and_explained() {
        let good = "| **account** | 账户 | A. |\n| **API key** | 密钥 | B. |\n";
        assert_eq!(complaints(good), Vec::<String>::new());

        let twice = "| **fee** | 费 | A. |\n| **Fee** | 费 | B. |\n";
        assert_eq!(complaints(twice), ["`Fee` is here twice"]);

        let disorder = "| **hold** | 冻结 | A. |\n| **fee** | 费 | B. |\n";
        assert_eq!(complaints(disorder), ["`fee` belongs before `hold`"]);

        for poor in
            ["| **fee** | 费 | no full stop |\n", "| **fee** | A. |\n", "| **fee** | | A. |\n"]
        {
            assert!(complaints(poor)[0].contains("wants"), "{poor}");
        }
        assert_eq!(complaints("# Glossary\n").len(), 1);
    }
}
