//! A page as an answer.

use crate::http::codes;
use crate::http::problem::Problem;
use askama::Template;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use http::StatusCode;

/// What a handler of pages answers with.
pub type Page = Result<Response, Problem>;

/// The page that a template makes of its values.
pub fn render(template: &impl Template) -> Page {
    let text = template.render().map_err(|error| {
        eprintln!("danbao: a page could not be written: {error}");
        Problem::of(&codes::INTERNAL_ERROR)
    })?;
    Ok(Html(text).into_response())
}

/// Goes on to another page after something was done, so that going back does not do it again.
pub fn see(path: &str) -> Page {
    Ok(Redirect::to(path).into_response())
}

/// Shows a form again that has to be mended; nothing was done.
pub fn again(template: &impl Template) -> Page {
    let mut response = render(template)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}
