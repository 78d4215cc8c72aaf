//! A small chart of bars, drawn here: it needs no script and no style of its own.

use askama::filters::HtmlSafe;
use std::fmt;

const WIDTH: u64 = 600;
const HEIGHT: u64 = 120;

/// Bars, one for each value, the oldest on the left, each from the floor.
pub(super) struct Bars {
    values: Vec<u64>,
    slots: u64,
    title: String,
}

impl Bars {
    /// A chart with room for so many values; the newest stands at the right.
    pub(super) fn new(values: Vec<u64>, slots: usize, title: String) -> Bars {
        Bars { values, slots: u64::try_from(slots).unwrap_or(1).max(1), title }
    }
}

/// A text that is nothing but text in HTML.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

impl fmt::Display for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.values.iter().copied().max().unwrap_or(0).max(1);
        let (slot, title) = (WIDTH / self.slots, plain(&self.title));
        write!(f, "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">")?;
        let count = u64::try_from(self.values.len()).unwrap_or(0);
        let free = self.slots.saturating_sub(count);
        for (value, place) in self.values.iter().zip(free..) {
            // What is not nothing is seen.
            let tall = u128::from(*value) * u128::from(HEIGHT - 4) / u128::from(most);
            let tall = u64::try_from(tall).unwrap_or(0).max(u64::from(*value > 0) * 2).max(1);
            let class = if *value > 0 { "bar" } else { "bar2" };
            let (x, y, wide) = (place * slot, HEIGHT - tall, slot.saturating_sub(2).max(1));
            write!(
                f,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{tall}\"/>"
            )?;
        }
        f.write_str("</svg>")
    }
}

// Numbers and words of ours.
impl HtmlSafe for Bars {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_is_the_tallest_and_the_newest_is_on_the_right() {
        let drawn = Bars::new(vec![0, 50, 100], 60, "a \"b\" <c>".to_owned()).to_string();
        assert!(drawn.contains("aria-label=\"a &quot;b&quot; &lt;c>\""), "{drawn}");
        assert_eq!(drawn.matches("<rect").count(), 3);
        assert!(drawn.contains("class=\"bar2\" x=\"570\" y=\"119\""), "{drawn}");
        assert!(drawn.contains("x=\"580\" y=\"62\" width=\"8\" height=\"58\""), "{drawn}");
        assert!(drawn.contains("x=\"590\" y=\"4\" width=\"8\" height=\"116\""), "{drawn}");
    }
}
