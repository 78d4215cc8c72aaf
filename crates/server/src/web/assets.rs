//! Files that pages load, all of them in this program: style, scripts, icons.

use super::icon::ICONS;
use crate::http::codes;
use crate::http::problem::Problem;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};

/// A file as it is served.
struct Asset {
    /// Its name in the source.
    name: &'static str,
    /// Its address, with a digest of its content.
    address: &'static str,
    kind: &'static str,
    /// Whether its bytes are compressed, as every browser takes them.
    packed: bool,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The address of a file; its plain name if there is none, which then is not found.
pub fn address(name: &str) -> &'static str {
    ASSETS.iter().find(|it| it.name == name).map_or(ICONS, |it| it.address)
}

/// `GET /assets/{name}`: for ever, because another content has another address.
pub async fn show(Path(name): Path<String>) -> Result<Response, Problem> {
    let wanted = |it: &&Asset| it.address.strip_prefix("/assets/") == Some(&name);
    let asset = ASSETS.iter().find(wanted).ok_or_else(|| Problem::of(&codes::ROUTE_NOT_FOUND))?;
    let mut response = asset.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    if asset.packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, forever);
    Ok(response)
}
