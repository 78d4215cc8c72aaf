//! Icons: drawn from one sprite, beside words and never instead of them.

use super::assets;
use askama::filters::HtmlSafe;
use std::fmt;

/// The sprite.
pub(super) const ICONS: &str = "icons.svg";

/// An icon of the sprite, by its name there.
#[derive(Clone, Copy, Debug)]
pub struct Icon(pub &'static str);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sprite = assets::address(ICONS);
        let name = self.0;
        write!(f, "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"{sprite}#{name}\"/></svg>")
    }
}

// The name is a word of ours, not of a visitor.
impl HtmlSafe for Icon {}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    const HOME: &str = env!("CARGO_MANIFEST_DIR");

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }

    /// The files below a folder of this crate, with what is in them.
    fn texts(folder: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        files(&Path::new(HOME).join(folder), &mut found);
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).unwrap();
            (path.display().to_string(), text)
        };
        found.into_iter().map(read).collect()
    }

    fn asset(name: &str) -> String {
        fs::read_to_string(format!("{HOME}/assets/web/{name}")).unwrap()
    }

    #[test]
    fn every_icon_is_in_the_sprite() {
        let sprite = asset("icons.svg");
        for (path, text) in [texts("templates"), texts("src/web")].concat() {
            for begin in ["icon(\"", "Icon(\""] {
                for rest in text.split(begin).skip(1) {
                    let name = rest.split('"').next().unwrap();
                    let symbol = format!("id=\"{name}\"");
                    assert!(name.contains('{') || sprite.contains(&symbol), "{path}: {name}");
                }
            }
        }
    }

    #[test]
    fn every_class_has_a_style() {
        let style = asset("danbao.css");
        let hooks = ["receipt"];
        for (path, text) in texts("templates") {
            for rest in text.split("class=\"").skip(1) {
                let classes = rest.split('"').next().unwrap();
                let plain = |it: &&str| it.starts_with(|it: char| it.is_ascii_lowercase());
                // What a template fills in stands between braces, and so do its words.
                for class in classes.split('{').filter_map(|it| it.rsplit('}').next()) {
                    for class in class.split_whitespace().filter(plain) {
                        let styled = style.match_indices(&format!(".{class}")).any(|(at, it)| {
                            let next = style[at + it.len()..].chars().next();
                            next.is_none_or(|it| !it.is_ascii_alphanumeric() && it != '-')
                        });
                        assert!(styled || hooks.contains(&class), "{path}: {class}");
                    }
                }
            }
        }
    }
}
