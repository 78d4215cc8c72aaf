//! The font of the papers: which glyph a character has, and what of the font a document carries.
//!
//! The font is in two files, and a document carries of each only what is on its pages. A character
//! that neither file has is drawn as 〓, as printers do who lack a sort; what it stands for is in
//! the text layer, so that it can still be searched and copied.

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Finish as _, Name, Pdf, Rect, Ref, Str};
use std::collections::BTreeMap;
use subsetter::GlyphRemapper;
use ttf_parser::{Face, RawFace, Tag};

static FILES: [&[u8]; 2] = [
    include_bytes!("../../../assets/fonts/sans-1.otf"),
    include_bytes!("../../../assets/fonts/sans-2.otf"),
];
/// The names of the two in the content of pages.
pub(super) const NAMES: [Name<'static>; 2] = [Name(b"A"), Name(b"B")];
const BASES: [Name<'static>; 2] = [Name(b"DANBAO+DanbaoSans1"), Name(b"DANBAO+DanbaoSans2")];

/// Stands for a character that the font lacks.
const LACKING: char = '〓';
/// The units of the font in one em, as PDF counts them too.
const EM: i32 = 1_000;
const IDENTITY: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// How a character is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    /// In which of the two files it is.
    pub file: usize,
    /// Its number in what the document carries of that file.
    pub number: u16,
    /// How far the next one is from it, in thousandths of the size.
    advance: i32,
    /// Whether it says by itself which character it is. If not, the text beside it has to.
    pub speaks: bool,
}

/// What of the font one document carries.
pub(super) struct Fonts {
    files: Vec<Kept>,
    glyphs: BTreeMap<char, Glyph>,
    lacked: bool,
}

/// What is kept of one file.
struct Kept {
    bytes: &'static [u8],
    face: Face<'static>,
    numbers: GlyphRemapper,
    /// The character and the advance of each glyph but the first, by number.
    glyphs: Vec<(char, i32)>,
}

impl Fonts {
    pub(super) fn new() -> Fonts {
        let files = FILES.iter().map(|bytes| Kept {
            bytes,
            face: Face::parse(bytes, 0).expect("the font is part of the program"),
            numbers: GlyphRemapper::new(),
            glyphs: Vec::new(),
        });
        Fonts { files: files.collect(), glyphs: BTreeMap::new(), lacked: false }
    }

    /// The glyph of a character, which the document carries from now on.
    pub(super) fn glyph(&mut self, of: char) -> Glyph {
        if let Some(glyph) = self.glyphs.get(&of) {
            return *glyph;
        }
        let found = self.files.iter_mut().enumerate().find_map(|(file, it)| it.keep(file, of));
        let glyph = found.unwrap_or_else(|| {
            self.lacked = true;
            Glyph { speaks: false, ..self.glyph(LACKING) }
        });
        self.glyphs.insert(of, glyph);
        glyph
    }

    /// Whether some character had no glyph.
    pub(super) fn lacked(&self) -> bool {
        self.lacked
    }

    /// How wide text is in a size.
    pub(super) fn width(&mut self, text: &str, size: i16) -> i32 {
        let advances: i32 = text.chars().map(|it| self.glyph(it).advance).sum();
        advances * i32::from(size) / EM
    }

    /// Writes what is kept, and gives the place of each file in the document.
    pub(super) fn write(
        &self,
        pdf: &mut Pdf,
        mut fresh: impl FnMut() -> Ref,
    ) -> Vec<(Name<'static>, Ref)> {
        let mut written = Vec::new();
        for (it, (name, base)) in self.files.iter().zip(NAMES.into_iter().zip(BASES)) {
            if it.glyphs.is_empty() {
                continue;
            }
            written.push((name, it.write(pdf, base, [(); 5].map(|()| fresh()))));
        }
        written
    }
}

impl Kept {
    /// Keeps the glyph of a character, if the file has one.
    fn keep(&mut self, file: usize, of: char) -> Option<Glyph> {
        let id = self.face.glyph_index(of).filter(|it| it.0 > 0)?;
        let number = self.numbers.remap(id.0);
        let place = usize::from(number).checked_sub(1)?;
        if place == self.glyphs.len() {
            let advance = self.face.glyph_hor_advance(id).map_or(EM, i32::from);
            self.glyphs.push((of, advance));
        }
        // Some glyphs have several characters; such a glyph speaks for the first that came.
        let (first, advance) = self.glyphs.get(place).copied()?;
        Some(Glyph { file, number, advance, speaks: first == of })
    }

    fn write(&self, pdf: &mut Pdf, base: Name, [font, cid, about, data, cmap]: [Ref; 5]) -> Ref {
        pdf.type0_font(font)
            .base_font(base)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);

        let mut descendant = pdf.cid_font(cid);
        descendant
            .subtype(CidFontType::Type0)
            .base_font(base)
            .system_info(IDENTITY)
            .font_descriptor(about)
            .default_width(1_000.0);
        let advances = self.glyphs.iter().filter_map(|it| i16::try_from(it.1).ok());
        descendant.widths().consecutive(1, advances.map(f32::from));
        descendant.finish();

        pdf.font_descriptor(about)
            .name(base)
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(-1_002.0, -1_048.0, 2_928.0, 1_808.0))
            .italic_angle(0.0)
            .ascent(880.0)
            .descent(-120.0)
            .cap_height(733.0)
            .stem_v(80.0)
            .font_file3(data);

        let kept = subsetter::subset(self.bytes, 0, &self.numbers).expect("a sound font");
        let outlines =
            RawFace::parse(&kept, 0).ok().and_then(|it| it.table(Tag::from_bytes(b"CFF ")));
        let packed = super::sheet::packed(outlines.expect("outlines in what was just written"));
        let mut stream = pdf.stream(data, &packed);
        stream.filter(pdf_writer::Filter::FlateDecode);
        stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
        stream.finish();

        let mut characters = UnicodeCmap::new(Name(b"Danbao-Characters"), IDENTITY);
        for (number, (character, _)) in (1_u16..).zip(&self.glyphs) {
            characters.pair(number, *character);
        }
        pdf.cmap(cmap, characters.finish().as_slice());
        font
    }
}
