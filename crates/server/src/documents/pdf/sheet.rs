//! One page: text, lines and colours at places.
//!
//! Places are counted from the upper left corner in twentieths of a point, and are whole numbers.
//! One matrix at the beginning of the page turns them into what PDF counts in.

use super::font::{Fonts, Glyph, NAMES};
use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Name, Str, TextStr};

/// The width of A4.
pub(super) const WIDTH: i16 = 11_906;
/// The height of A4.
pub(super) const HEIGHT: i16 = 16_838;
/// What is left empty at the left and at the right.
pub(super) const MARGIN: i16 = 900;
/// Where lines end.
pub(super) const RIGHT: i16 = WIDTH - MARGIN;
/// What is between the margins.
pub(super) const INSIDE: i16 = RIGHT - MARGIN;

/// How hard streams are packed: beyond it they take longer and get hardly smaller.
const EFFORT: u8 = 4;
/// The part of its size by which bold text is thicker.
const BOLD: i16 = 28;

/// A colour.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ink {
    Text,
    Soft,
    Line,
    Brand,
    Tint,
    Gold,
    White,
    Warning,
    WarningTint,
}

impl Ink {
    const fn rgb(self) -> [f32; 3] {
        match self {
            Ink::Text => [0.094, 0.129, 0.122],
            Ink::Soft => [0.337, 0.384, 0.373],
            Ink::Line => [0.882, 0.886, 0.863],
            Ink::Brand => [0.039, 0.392, 0.329],
            Ink::Tint => [0.937, 0.969, 0.957],
            Ink::Gold => [0.953, 0.761, 0.310],
            Ink::White => [1.0, 1.0, 1.0],
            Ink::Warning => [0.522, 0.314, 0.0],
            Ink::WarningTint => [0.992, 0.945, 0.851],
        }
    }
}

/// How text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub size: i16,
    pub bold: bool,
    pub ink: Ink,
}

impl Style {
    pub(super) const fn plain(size: i16) -> Style {
        Style { size, bold: false, ink: Ink::Text }
    }

    pub(super) const fn soft(size: i16) -> Style {
        Style { size, bold: false, ink: Ink::Soft }
    }

    pub(super) const fn bold(size: i16, ink: Ink) -> Style {
        Style { size, bold: true, ink }
    }
}

/// A page that is being drawn.
pub(super) struct Sheet(Content);

impl Sheet {
    pub(super) fn new() -> Sheet {
        let mut content = Content::new();
        content.transform([0.05, 0.0, 0.0, -0.05, 0.0, 841.9]);
        Sheet(content)
    }

    /// Fills a rectangle.
    pub(super) fn fill(&mut self, [x, y, width, height]: [i16; 4], ink: Ink) {
        let [x, y, width, height] = [x, y, width, height].map(f32::from);
        filling(&mut self.0, ink).rect(x, y, width, height).fill_nonzero();
    }

    /// A thin line from the left margin to the right one.
    pub(super) fn rule(&mut self, y: i16, ink: Ink) {
        self.fill([MARGIN, y, INSIDE, 10], ink);
    }

    /// Text that begins at `x` and stands on `y`.
    pub(super) fn text(&mut self, fonts: &mut Fonts, x: i16, y: i16, style: Style, text: &str) {
        let content = &mut self.0;
        filling(content, style.ink).begin_text();
        if style.bold {
            drawing(content, style.ink).set_line_width(f32::from(style.size / BOLD));
            content.set_text_rendering_mode(TextRenderingMode::FillStroke);
        }
        content.set_text_matrix([1.0, 0.0, 0.0, -1.0, f32::from(x), f32::from(y)]);
        let glyphs: Vec<(char, Glyph)> = text.chars().map(|it| (it, fonts.glyph(it))).collect();
        let mut file = None;
        for run in glyphs.chunk_by(|a, b| together(a.1, b.1)) {
            let Some((_, first)) = run.first() else { continue };
            if file != Some(first.file) {
                let name = NAMES.get(first.file).copied().unwrap_or(NAMES[0]);
                content.set_font(name, f32::from(style.size));
                file = Some(first.file);
            }
            show(content, run, first.speaks);
        }
        if style.bold {
            content.set_text_rendering_mode(TextRenderingMode::Fill);
        }
        content.end_text();
    }

    /// Text that ends at `x`.
    pub(super) fn text_to(&mut self, fonts: &mut Fonts, x: i16, y: i16, style: Style, text: &str) {
        let width = i16::try_from(fonts.width(text, style.size)).unwrap_or(INSIDE);
        self.text(fonts, x.saturating_sub(width), y, style, text);
    }

    /// The mark of the brand in a square of 24 points.
    pub(super) fn mark(&mut self, x: i16, y: i16) {
        let content = &mut self.0;
        content.save_state();
        content.transform([20.0, 0.0, 0.0, 20.0, f32::from(x), f32::from(y)]);
        filling(content, Ink::Brand);
        content.move_to(6.5, 0.0).line_to(17.5, 0.0).cubic_to(21.09, 0.0, 24.0, 2.91, 24.0, 6.5);
        content.line_to(24.0, 17.5).cubic_to(24.0, 21.09, 21.09, 24.0, 17.5, 24.0);
        content.line_to(6.5, 24.0).cubic_to(2.91, 24.0, 0.0, 21.09, 0.0, 17.5);
        content.line_to(0.0, 6.5).cubic_to(0.0, 2.91, 2.91, 0.0, 6.5, 0.0).fill_nonzero();
        drawing(content, Ink::White).set_line_width(2.0);
        content.move_to(8.6, 5.4).cubic_to(3.49, 8.32, 3.49, 15.68, 8.6, 18.6);
        content.move_to(15.4, 5.4).cubic_to(20.51, 8.32, 20.51, 15.68, 15.4, 18.6).stroke();
        filling(content, Ink::Gold).move_to(14.9, 12.0);
        content.cubic_to(14.9, 13.6, 13.6, 14.9, 12.0, 14.9);
        content.cubic_to(10.4, 14.9, 9.1, 13.6, 9.1, 12.0);
        content.cubic_to(9.1, 10.4, 10.4, 9.1, 12.0, 9.1);
        content.cubic_to(13.6, 9.1, 14.9, 10.4, 14.9, 12.0).fill_nonzero();
        content.restore_state();
    }

    /// The page as a stream, packed.
    pub(super) fn finish(self) -> Vec<u8> {
        packed(self.0.finish().as_slice())
    }
}

/// Fills with a colour from now on.
fn filling(content: &mut Content, ink: Ink) -> &mut Content {
    let [red, green, blue] = ink.rgb();
    content.set_fill_rgb(red, green, blue)
}

/// Draws lines in a colour from now on.
fn drawing(content: &mut Content, ink: Ink) -> &mut Content {
    let [red, green, blue] = ink.rgb();
    content.set_stroke_rgb(red, green, blue)
}

/// Whether two glyphs can be shown by one instruction.
fn together(a: Glyph, b: Glyph) -> bool {
    a.file == b.file && a.speaks == b.speaks
}

fn show(content: &mut Content, run: &[(char, Glyph)], speak: bool) {
    let bytes: Vec<u8> = run.iter().flat_map(|it| it.1.number.to_be_bytes()).collect();
    if speak {
        content.show(Str(&bytes));
        return;
    }
    let text: String = run.iter().map(|it| it.0).collect();
    let mut said = content.begin_marked_content_with_properties(Name(b"Span"));
    said.properties().actual_text(TextStr(&text));
    drop(said);
    content.show(Str(&bytes));
    content.end_marked_content();
}

pub(super) fn packed(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec_zlib(bytes, EFFORT)
}
