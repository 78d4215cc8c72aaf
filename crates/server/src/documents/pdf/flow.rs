//! Pages, one after the other, with what is on all of them: who made the paper, what it is, that no
//! real money moved where that is so, and which page of how many this is.

use super::font::Fonts;
use super::lines;
use super::sheet::{HEIGHT, INSIDE, Ink, MARGIN, RIGHT, Sheet, Style};
use super::words::{GENERATED, LACKED, SANDBOX};
use super::{Head, time_in_zone};
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, TextStr};

/// Where the foot begins, and nothing else goes on.
const BOTTOM: i16 = HEIGHT - 1_000;

/// A paper that is being written.
pub(super) struct Flow<'a> {
    pub head: &'a Head,
    pub fonts: Fonts,
    /// Where the next thing goes.
    pub y: i16,
    title: &'a str,
    id: String,
    done: Vec<Sheet>,
    sheet: Sheet,
}

impl<'a> Flow<'a> {
    /// A paper of this title about what `id` names.
    pub(super) fn new(head: &'a Head, title: &'a str, id: &str) -> Flow<'a> {
        let fonts = Fonts::new();
        let (id, sheet) = (lines::clean(id), Sheet::new());
        let mut flow = Flow { head, fonts, y: 0, title, id, done: Vec::new(), sheet };
        flow.begin();
        flow
    }

    /// Begins another page if so much does not fit on this one.
    pub(super) fn need(&mut self, height: i16) -> bool {
        let turn = self.y.saturating_add(height) > BOTTOM;
        if turn {
            self.done.push(std::mem::replace(&mut self.sheet, Sheet::new()));
            self.begin();
        }
        turn
    }

    fn begin(&mut self) {
        let brand = lines::clean(&self.head.brand);
        self.sheet.mark(MARGIN, 640);
        let style = Style::bold(310, Ink::Text);
        self.sheet.text(&mut self.fonts, MARGIN + 620, 985, style, &brand);
        self.sheet.text_to(&mut self.fonts, RIGHT, 985, Style::bold(310, Ink::Brand), self.title);
        self.sheet.fill([MARGIN, 1_250, INSIDE, 30], Ink::Brand);
        self.y = 1_250 + 330;
        if self.head.sandbox {
            self.fill([MARGIN, 1_370, INSIDE, 420], Ink::WarningTint);
            let style = Style::bold(180, Ink::Warning);
            self.text(MARGIN + 180, 1_645, style, self.head.lang.of_pair(SANDBOX));
            self.y += 520;
        }
    }

    pub(super) fn fill(&mut self, place: [i16; 4], ink: Ink) {
        self.sheet.fill(place, ink);
    }

    pub(super) fn rule(&mut self, y: i16, ink: Ink) {
        self.sheet.rule(y, ink);
    }

    pub(super) fn text(&mut self, x: i16, y: i16, style: Style, text: &str) {
        self.sheet.text(&mut self.fonts, x, y, style, text);
    }

    pub(super) fn text_to(&mut self, x: i16, y: i16, style: Style, text: &str) {
        self.sheet.text_to(&mut self.fonts, x, y, style, text);
    }

    pub(super) fn wrap(&mut self, text: &str, size: i16, width: i16) -> Vec<String> {
        lines::wrap(&mut self.fonts, text, size, width)
    }

    /// Numbers the pages and gives the bytes of the paper.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.done.push(std::mem::replace(&mut self.sheet, Sheet::new()));
        let pages = self.done.len();
        let mut done = std::mem::take(&mut self.done);
        for (number, sheet) in (1..).zip(&mut done) {
            self.foot(sheet, &format!("{number}/{pages}"));
        }
        self.file(done)
    }

    fn foot(&mut self, sheet: &mut Sheet, number: &str) {
        let (lang, small) = (self.head.lang, Style::soft(140));
        sheet.rule(BOTTOM + 180, Ink::Line);
        let made = time_in_zone(self.head.made_at);
        let text = format!("{}  ·  {} {made}", self.id, lang.of_pair(GENERATED));
        sheet.text(&mut self.fonts, MARGIN, BOTTOM + 430, small, &text);
        sheet.text_to(&mut self.fonts, RIGHT, BOTTOM + 430, Style::plain(160), number);
        if self.fonts.lacked() {
            let text = lang.of_pair(LACKED);
            sheet.text(&mut self.fonts, MARGIN, BOTTOM + 640, small, text);
        }
    }

    fn file(self, sheets: Vec<Sheet>) -> Vec<u8> {
        let mut pdf = Pdf::new();
        pdf.set_version(1, 7);
        let mut fresh = (1..).map(Ref::new);
        let mut fresh = || fresh.next().expect("numbers do not end");
        let [catalog, tree, about] = [(); 3].map(|()| fresh());
        let title = format!("{} {} {}", self.head.brand, self.title, self.id);

        let mut root = pdf.catalog(catalog);
        root.pages(tree).lang(TextStr(self.head.lang.tag()));
        root.viewer_preferences().display_doc_title(true);
        root.finish();
        let mut info = pdf.document_info(about);
        info.title(TextStr(&lines::clean(&title))).producer(TextStr("Danbao"));
        info.creation_date(super::date(self.head));
        info.finish();

        let fonts = self.fonts.write(&mut pdf, &mut fresh);
        let mut kids = Vec::with_capacity(sheets.len());
        for sheet in sheets {
            let (page, content) = (fresh(), fresh());
            kids.push(page);
            write_page(&mut pdf, [page, tree, content], &fonts);
            pdf.stream(content, &sheet.finish()).filter(Filter::FlateDecode);
        }
        let count = i32::try_from(kids.len()).unwrap_or(i32::MAX);
        pdf.pages(tree).kids(kids).count(count);
        pdf.finish()
    }
}

fn write_page(pdf: &mut Pdf, [page, tree, content]: [Ref; 3], fonts: &[(Name, Ref)]) {
    let mut page = pdf.page(page);
    page.media_box(Rect::new(0.0, 0.0, 595.3, 841.9)).parent(tree).contents(content);
    let mut resources = page.resources();
    let mut named = resources.fonts();
    for (name, font) in fonts {
        named.pair(*name, *font);
    }
}
