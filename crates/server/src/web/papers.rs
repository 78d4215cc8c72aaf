//! What is the same for every paper that somebody takes home.

use super::visit::Visit;
use super::words;
use crate::app::App;
use crate::documents::pdf::Head;
use crate::documents::{Change, NotMade};
use crate::http::codes;
use crate::http::problem::Problem;
use axum::response::{IntoResponse as _, Response};
use http::header;
use ledger::id::{AccountId, CellId};
use ledger::money::Money;
use ledger::posting::Posting;

/// What every paper says about itself.
pub(super) fn head(app: &App, visit: &Visit) -> Head {
    Head {
        brand: words::Shell(visit.lang).brand().to_owned(),
        lang: visit.lang,
        sandbox: app.engine().sandbox(),
        made_at: app.engine().now(CellId::FIRST).unwrap_or_default(),
    }
}

/// A file to be kept. It is somebody's own: nobody in between keeps it.
pub(super) fn file(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let heads = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (heads, bytes).into_response()
}

/// A document that was not made is a mistake of ours, unless it became too long.
pub(super) fn not_made(error: NotMade) -> Problem {
    eprintln!("danbao: a document was not made: {error}");
    Problem::of(&codes::INTERNAL_ERROR)
}

/// What a posting did to an account.
pub(super) fn change(own: AccountId, it: &Posting) -> Change {
    let amount = Money::new(it.amount, it.currency);
    if it.credit == own { Change::Credit(amount) } else { Change::Debit(amount) }
}
