//! The page that says what went wrong: what happened, whether money moved, and what to do.

use super::lang::Lang;
use super::visit::{CHOOSE_PASSWORD, Shell, Visit};
use super::{page, words};
use crate::app::App;
use crate::http::codes::{self, Code};
use crate::http::problem::{MoneyMoved, Problem};
use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{Method, StatusCode};

#[derive(Template)]
#[template(path = "mistake.html")]
struct Mistake<'a> {
    shell: Shell,
    t: words::Mistake,
    title: &'a str,
    remedy: &'a str,
    money: &'a str,
    code: &'a str,
    trace: Option<String>,
}

/// Whether money moved, in words of the visitor.
pub(super) fn money(visit: &Visit, problem: &Problem) -> &'static str {
    let t = words::Mistake(visit.lang);
    match problem.money_moved {
        MoneyMoved::No => t.money_not_moved(),
        MoneyMoved::Unknown => t.money_unknown(),
    }
}

/// What happened and what to do about it, for people: where the API speaks to programs, the pages
/// have words of their own.
pub(super) fn said(lang: Lang, code: &Code) -> [&'static str; 2] {
    let t = words::Mistake(lang);
    let title = t.named(&format!("title_{}", code.name));
    let fix = t.named(&format!("fix_{}", code.name));
    // What programs are told to check is nothing that people have typed.
    let remedy = if code.status() == StatusCode::NOT_FOUND { Some(t.gone()) } else { fix };
    [
        title.unwrap_or_else(|| lang.of_pair(code.title)),
        remedy.unwrap_or_else(|| lang.of_pair(code.remedy)),
    ]
}

/// The page of a problem; or the way to sign in.
pub(super) fn page(app: &App, visit: &Visit, method: &Method, problem: &Problem) -> Response {
    let t = words::Mistake(visit.lang);
    if problem.code.name == codes::SIGN_IN_FIRST.name {
        let back = if *method == Method::GET { visit.path.as_str() } else { "/" };
        return Redirect::to(&format!("/sign-in?next={back}")).into_response();
    }
    if problem.code.name == codes::PASSWORD_FOR_ONCE.name {
        return Redirect::to(CHOOSE_PASSWORD).into_response();
    }
    let [title, remedy] = said(visit.lang, problem.code);
    let mistake = Mistake {
        shell: visit.shell(app, title),
        t,
        title,
        remedy,
        money: money(visit, problem),
        code: problem.code.name,
        trace: problem.trace.as_ref().map(|it| it.replace("/v1/trace/", "/trace/")),
    };
    let mut response = page::render(&mistake).unwrap_or_else(|_| {
        // The page of last resort: a template of ours that does not render.
        (StatusCode::INTERNAL_SERVER_ERROR, problem.code.name).into_response()
    });
    *response.status_mut() = problem.code.status();
    response
}

/// What to say above a form about a problem that whoever sent it can mend: what happened, and
/// that nothing moved. Anything else is a page of its own.
pub(super) fn at_fault(visit: &Visit, problem: &Problem) -> Result<String, Problem> {
    let mended = problem.code.status().is_client_error() && problem.money_moved == MoneyMoved::No;
    let gone = problem.code.status() == StatusCode::NOT_FOUND;
    let led_on = [codes::SIGN_IN_FIRST.name, codes::PASSWORD_FOR_ONCE.name];
    if !mended || gone || led_on.contains(&problem.code.name) {
        return Err(problem.clone());
    }
    let [title, remedy] = said(visit.lang, problem.code);
    let t = words::Mistake(visit.lang);
    Ok(t.at_fault(title, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What only the API says: no page sends a body in JSON, names a field or has an API key.
    const TO_PROGRAMS: [&str; 12] = [
        "malformed_json",
        "nested_too_deeply",
        "unknown_field",
        "duplicate_field",
        "missing_field",
        "wrong_type",
        "currency_unknown",
        "id_invalid",
        "unauthenticated",
        "idempotency_key_missing",
        "idempotency_key_invalid",
        "content_type_unsupported",
    ];

    #[test]
    fn no_page_tells_people_what_programs_have_to_do() {
        // Whoever reads a page has no header, no field and no key but a passkey.
        let programs = ["`", "--", "/v1", "GET ", "POST ", "Retry-After", "Idempotency", "JSON"];
        let english = ["key", "keys", "header", "headers", "field", "endpoint", "body"];
        let chinese = ["键", "密钥", "请求头", "请求体", "字段", "接口"];
        for code in Code::all().filter(|it| !TO_PROGRAMS.contains(&it.name)) {
            for [title, remedy] in [said(Lang::En, code), said(Lang::Zh, code)] {
                assert!(!programs.iter().any(|it| title.contains(it)), "{}: {title}", code.name);
                let plain = remedy.replace("通行密钥", "");
                let word = |it: &str| english.contains(&it.to_lowercase().as_str());
                let mut parts = plain.split(|it: char| !it.is_ascii_alphanumeric());
                let spoken = programs.iter().chain(&chinese).any(|it| plain.contains(it));
                assert!(!spoken && !parts.any(word), "{}: {remedy}", code.name);
            }
        }
    }

    #[test]
    fn every_word_of_a_page_belongs_to_a_code() {
        let t = words::Mistake(Lang::En);
        let known = |it: &&Code| t.named(&format!("fix_{}", it.name)).is_some();
        let source = include_str!("../../words/mistake.toml");
        assert_eq!(Code::all().filter(known).count(), source.matches("[fix_").count());
    }
}
