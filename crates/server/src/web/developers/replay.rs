//! `/developers/webhooks/{id}/replay`: which events a span of time has, before they are sent again.

use super::{times, webhooks};
use crate::app::App;
use crate::web::form::new_key;
use crate::web::page::{Page, again, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use ledger::command::REDELIVER_MAX;
use serde::Deserialize;

/// The span, as two fields say it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Span {
    from: String,
    to: String,
}

/// What is about to be sent again.
struct Range {
    said: String,
    from: String,
    to: String,
}

#[derive(Template)]
#[template(path = "developers/replay.html")]
struct ReplayPage {
    shell: Shell,
    t: words::DevelopersWebhooks,
    key: String,
    it: webhooks::Line,
    span: Span,
    fault: Option<String>,
    range: Option<Range>,
}

/// `GET /developers/webhooks/{id}/replay`: says how many, and asks.
pub(super) async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(span): Query<Span>,
) -> Page {
    let signed = visit.merchant()?;
    let endpoint = webhooks::find(&app, signed, &id)?;
    let t = words::DevelopersWebhooks(visit.lang);
    let most = usize::try_from(REDELIVER_MAX).unwrap_or(usize::MAX);
    let times = dates::typed(&span.from).zip(dates::typed(&span.to));
    let found = match times.filter(|(from, to)| from < to) {
        None => Err(t.span_unreadable().to_owned()),
        Some((from, to)) => Ok(times::events(&app, signed.user, [from, to], most + 1)?),
    };
    let range = match found {
        Err(fault) => Err(fault),
        Ok(events) if events.len() > most => Err(t.span_too_many(most)),
        Ok(events) => match (events.first(), events.last()) {
            (Some(from), Some(to)) => Ok(Range {
                said: t.replay_count(events.len()),
                from: from.to_string(),
                to: to.to_string(),
            }),
            _ => Err(t.span_empty().to_owned()),
        },
    };
    let (range, fault) = match range {
        Ok(range) if endpoint.disabled_at.is_none() => (Some(range), None),
        Ok(_) => (None, Some(t.ended_note().to_owned())),
        Err(fault) => (None, Some(fault)),
    };
    let (shell, it) = (visit.shell(&app, t.replay()), webhooks::line(&app, &visit, &endpoint)?);
    let page = ReplayPage { shell, t, key: new_key()?, it, span, fault, range };
    if page.fault.is_some() { again(&page) } else { render(&page) }
}
