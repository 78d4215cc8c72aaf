//! `/ops/configuration`: how this server was started. It is only looked at here: whoever starts the
//! server says what it is.

use crate::app::App;
use crate::settings::{Setting, Source, Value};
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::words;
use askama::Template;
use axum::extract::State;

struct Row {
    name: String,
    variable: Option<String>,
    value: String,
    source: &'static str,
}

#[derive(Template)]
#[template(path = "ops/configuration.html")]
struct Configuration {
    shell: Shell,
    t: words::Ops,
    w: words::OpsConfiguration,
    rows: Vec<Row>,
}

fn row(w: words::OpsConfiguration, it: &Setting) -> Row {
    Row {
        name: it.name.clone(),
        variable: it.variable.clone(),
        value: match &it.value {
            Value::Unset => w.unset().to_owned(),
            Value::Secret => w.secret().to_owned(),
            Value::Shown(texts) => texts.join(", "),
        },
        source: w.named(it.source.code()).unwrap_or_default(),
    }
}

/// `GET /ops/configuration`
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Page {
    visit.operator()?;
    let (t, w) = (words::Ops(visit.lang), words::OpsConfiguration(visit.lang));
    let made = |source, name: &str, value: String| Setting {
        name: name.to_owned(),
        variable: None,
        value: Value::Shown(vec![value]),
        source,
    };
    let kind = if app.engine().sandbox() { w.sandbox() } else { w.live() };
    let of_data = [
        made(Source::Data, "cells", app.engine().cells().to_string()),
        made(Source::Data, "sandbox", kind.to_owned()),
        made(Source::Program, "version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let rows = app.configuration().iter().chain(&of_data).map(|it| row(w, it));
    render(&Configuration { rows: rows.collect(), shell: visit.shell(&app, w.title()), t, w })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn every_source_has_words_and_a_secret_is_only_said_to_be_set() {
        for lang in [Lang::Zh, Lang::En] {
            let w = words::OpsConfiguration(lang);
            for it in Source::ALL {
                assert!(w.named(it.code()).is_some(), "{}", it.code());
            }
            let (name, variable) = ("bank-secret".to_owned(), None);
            let it = Setting { name, variable, value: Value::Secret, source: Source::Flag };
            assert_eq!(row(w, &it).value, w.secret());
        }
    }
}
