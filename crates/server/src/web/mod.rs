//! Pages for people, in Chinese and English, on phones and desktops, with or without scripts.
//!
//! A handler looks at the books or submits a command, as the API's handlers do, and fills a
//! template; it decides nothing about money. `guard` stands around all of them, `visit` says who
//! asks, `words` has every sentence in both languages, and what goes wrong becomes a page that
//! says whether money moved.
//!
//! Read it in this order: `visit`, `guard`, `page`, `form`; then the areas, which mirror the
//! addresses.

mod activity;
mod apart;
pub mod assets;
pub mod dates;
mod developers;
mod door;
pub mod form;
mod guard;
mod holdings;
pub mod icon;
pub mod lang;
pub mod live;
mod mistake;
pub mod money;
mod movements;
mod notices;
mod ops;
mod orders;
pub mod page;
mod papers;
mod pay;
mod security;
mod shop;
mod start;
mod tour;
pub mod visit;
mod wallet;
mod whereabouts;
pub mod words;

use crate::app::App;
use axum::Router;
use axum::routing::get;
pub(crate) use developers::{cause_remedy, cause_title};
pub(crate) use guard::nowhere;

/// Every page.
pub fn routes(app: &App) -> Router<App> {
    let pages = Router::new()
        .route("/", get(start::home))
        .merge(door::routes())
        .merge(tour::routes())
        .merge(shop::routes())
        .merge(developers::routes())
        .merge(wallet::routes())
        .merge(activity::routes())
        .merge(movements::routes())
        .merge(orders::routes())
        .merge(pay::routes())
        .merge(security::routes())
        .merge(whereabouts::routes())
        .merge(ops::routes());
    let guarded = axum::middleware::from_fn_with_state(app.clone(), guard::guard);
    Router::new().merge(pages.layer(guarded)).route("/assets/{name}", get(assets::show))
}
