//! What stands at the top of every page: maintenance and incidents, as operators announce them.

use super::lang::Lang;
use crate::api::announcements;
use crate::app::App;
use ledger::announcement::AnnouncementKind;
use ledger::id::CellId;

/// The most banners of a page; the newest are shown.
const SHOWN_MAX: usize = 3;

/// An announcement in the language of the page.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The class of its banner.
    pub class: &'static str,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub text: String,
}

/// What is announced now: what has begun, and neither is over by its own plan nor was ended. A page
/// whose banners cannot be read is shown without them: they must not be in its way.
pub(super) fn current(app: &App, lang: Lang) -> Vec<Shown> {
    let open = announcements::open(app).map(|it| it.0).unwrap_or_default();
    let now = app.engine().now(CellId::FIRST).unwrap_or_default();
    let current = open.into_iter().filter(|it| it.0.shown_at(now));
    let shown = current.take(SHOWN_MAX).map(|(row, words)| {
        let (title, text) = match lang {
            Lang::Zh => (words.title.zh, words.text.zh),
            Lang::En => (words.title.en, words.text.en),
        };
        let (title, text) = (title.as_str().to_owned(), text.as_str().to_owned());
        Shown { class: class(row.kind), title, text }
    });
    shown.collect()
}

/// The class of a banner; work that is planned has the colour that banners have anyway.
const fn class(kind: AnnouncementKind) -> &'static str {
    match kind {
        AnnouncementKind::Maintenance => "",
        AnnouncementKind::Incident => "bad",
        AnnouncementKind::Notice => "info",
    }
}
