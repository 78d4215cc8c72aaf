//! QR codes as pictures inside a page: SVG without any style of its own, so that the strictest
//! content policy lets it through. Without a style sheet it is black on white, and scanners want no
//! more than that.

use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::{self, Write as _};

/// How many modules of empty paper the standard wants on every side.
const QUIET: usize = 4;

/// The text has more bytes than a QR code holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text has more bytes than a QR code holds")
    }
}

impl std::error::Error for TooLong {}

/// A QR code with the empty paper around it.
pub(super) struct Grid {
    /// How many modules a side has.
    pub side: usize,
    /// The dark modules.
    pub runs: Vec<Run>,
}

/// Dark modules beside each other.
pub(super) struct Run {
    /// The first of them, from the left.
    pub x: usize,
    /// Their row, from above.
    pub y: usize,
    /// How many they are.
    pub long: usize,
}

impl Grid {
    pub(super) fn new(text: &str) -> Result<Grid, TooLong> {
        let code = match QrCode::with_error_correction_level(text, EcLevel::M) {
            Ok(code) => code,
            Err(QrError::DataTooLong) => return Err(TooLong),
            // The others are about versions and character sets, which nobody chose here.
            Err(error) => unreachable!("bytes of any kind can be written: {error}"),
        };
        let mut runs = Vec::new();
        for (y, row) in code.to_colors().chunks(code.width()).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run.first() == Some(&Color::Dark) {
                    runs.push(Run { x: x + QUIET, y: y + QUIET, long: run.len() });
                }
                x += run.len();
            }
        }
        Ok(Grid { side: code.width() + 2 * QUIET, runs })
    }
}

/// The QR code of `text` as an `svg` element of class `qr`, that is called `name` where it is read
/// aloud. Its paper has the class `qr-paper` and its modules have `qr-ink`; both must differ as
/// much as black and white do, and the paper is the lighter one, also on dark pages.
pub fn svg(text: &str, name: &str) -> Result<String, TooLong> {
    let Grid { side, runs } = Grid::new(text)?;
    let mut ink = String::new();
    for Run { x, y, long } in runs {
        let _ = write!(ink, "M{x} {y}h{long}v1h-{long}z");
    }
    Ok(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{}\" \
         shape-rendering=\"crispEdges\" xmlns=\"http://www.w3.org/2000/svg\">\
         <path class=\"qr-paper\" fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path class=\"qr-ink\" fill=\"#000\" d=\"{ink}\"/></svg>",
        attribute(name)
    ))
}

/// Text inside the quotes of an attribute.
fn attribute(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}
