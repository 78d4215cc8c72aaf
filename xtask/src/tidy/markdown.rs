//! Rules for Markdown: every link to a file leads to one.

use super::Complaint;
use crate::house::House;

pub(super) fn check(house: &House, path: &str, text: &str) -> Vec<Complaint> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut complaints = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for target in targets(&without_code(line)) {
            let place = match target.strip_prefix('/') {
                Some(from_top) => house.path(from_top),
                None => house.path(folder).join(&target),
            };
            if !place.exists() {
                let what = format!("the link leads nowhere: {target}");
                complaints.push(Complaint::new(path, index + 1, what));
            }
        }
    }
    complaints
}

/// The line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// The files that the line links to, without their anchors.
fn targets(line: &str) -> Vec<String> {
    let inline = line.split("](").skip(1).filter_map(|it| it.split([')', ' ']).next());
    let reference = line
        .strip_prefix('[')
        .and_then(|it| it.split_once("]: "))
        .and_then(|(_, it)| it.split_whitespace().next());
    inline
        .chain(reference)
        .map(|it| it.trim_matches(['<', '>']))
        .filter(|it| !it.contains(':'))
        .filter_map(|it| it.split('#').next())
        .filter(|it| !it.is_empty())
        .map(|it| it.replace("%20", " "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_lead_somewhere() {
        // Paths are those of this crate: tests run in its folder.
        let house = House::at(".");
        let text = "\
[here](main.rs), [up](../Cargo.toml#dependencies), [top](/src/main.rs) and [a page](#anchor)
![no](no.png), then [no more](../no.md#x \"title\") and <https://example.org/no.md>
[far](https://example.org/no) and `[code](no.md)`
```text
[fenced](no.md)
```
[ref]: no-ref.md
";
        let found: Vec<String> =
            check(&house, "src/a.md", text).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "src/a.md:2: the link leads nowhere: no.png",
                "src/a.md:2: the link leads nowhere: ../no.md",
                "src/a.md:7: the link leads nowhere: no-ref.md",
            ]
        );
    }
}
