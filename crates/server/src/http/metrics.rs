//! `/healthz`, `/readyz` and `/metrics` (the text format of Prometheus).

use crate::app::App;
use crate::banks::Waiting;
use crate::http::Look;
use crate::http::problem::Problem;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use engine::metrics::{BOUNDS_US, Histogram};
use http::header;
use ledger::books::Series;
use ledger::id::CellId;
use std::fmt::Write as _;
use std::sync::atomic::Ordering::Relaxed;
use store::View;

pub(super) async fn health() -> &'static str {
    "ok\n"
}

/// Ready: every cell answers a look at its books.
pub(super) async fn ready(State(app): State<App>) -> Response {
    for cell in app.engine().all_cells() {
        if let Err(problem) = app.read(cell, |_| Ok(())) {
            return problem.into_response();
        }
    }
    "ready\n".into_response()
}

/// What the platform turns over is its own business: it takes a key of the platform.
pub(super) async fn metrics(State(app): State<App>, look: Look) -> Result<Response, Problem> {
    look.caller.platform_only()?;
    let mut text = String::new();
    for cell in app.engine().all_cells() {
        let Some(metrics) = app.engine().metrics(cell) else { continue };
        let label = format!("cell=\"{cell}\"");
        let each = [
            ("danbao_queue_wait_seconds", &metrics.queue_wait, 1e6),
            ("danbao_journal_sync_seconds", &metrics.sync, 1e6),
            ("danbao_apply_seconds", &metrics.apply, 1e6),
            ("danbao_frame_records", &metrics.frame_records, 1.0),
        ];
        for (name, histogram, unit) in each {
            write_histogram(&mut text, name, &label, histogram, unit);
        }
        let counters = [
            ("danbao_records_total", metrics.records.load(Relaxed)),
            ("danbao_turned_away_total", metrics.turned_away.load(Relaxed)),
            ("danbao_queue_records", metrics.waiting.load(Relaxed)),
        ];
        for (name, value) in counters {
            let _ = writeln!(text, "{name}{{{label}}} {value}");
        }
        let look = |view: &View<'_>| Ok((view.totals()?, view.count(Series::Orders)?));
        let Ok(((totals, orders), at)) = app.read(cell, look) else { continue };
        let _ = writeln!(text, "danbao_orders{{{label}}} {orders}");
        let _ = writeln!(text, "danbao_applied_position{{{label}}} {}", at.position);
        for total in totals {
            let (kind, currency) = (total.kind.code(), total.currency);
            let labels = format!("{label},kind=\"{kind}\",currency=\"{currency}\"");
            let _ = writeln!(text, "danbao_debits_minor_units{{{labels}}} {}", total.debits);
            let _ = writeln!(text, "danbao_credits_minor_units{{{labels}}} {}", total.credits);
        }
    }
    write_banks(&app, &mut text);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

/// What each bank owes, and whether it answers.
fn write_banks(app: &App, text: &mut String) {
    for desk in app.banks().all() {
        let Waiting { created, sent, unknown, oldest } = desk.waiting();
        let [instructions, questions, silences] = desk.calls();
        let now = app.engine().now(CellId::FIRST).unwrap_or_default();
        let waited = oldest.map_or(0, |it| now.0.saturating_sub(it.0) / 1_000);
        let each = [
            ("danbao_bank_paused", u64::from(desk.breaker().is_open())),
            ("danbao_bank_created", created),
            ("danbao_bank_sent", sent),
            ("danbao_bank_unknown", unknown),
            ("danbao_bank_oldest_unanswered_seconds", waited),
            ("danbao_bank_instructions_total", instructions),
            ("danbao_bank_questions_total", questions),
            ("danbao_bank_silences_total", silences),
            ("danbao_bank_notices_refused_total", desk.channel().refused_notices()),
        ];
        for (name, value) in each {
            let _ = writeln!(text, "{name}{{bank=\"{}\"}} {value}", desk.name());
        }
    }
}

#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "metrics are not money")]
fn write_histogram(text: &mut String, name: &str, label: &str, histogram: &Histogram, unit: f64) {
    let reading = histogram.read();
    for (bound, count) in BOUNDS_US.iter().zip(reading.buckets) {
        let bound = *bound as f64 / unit;
        let _ = writeln!(text, "{name}_bucket{{{label},le=\"{bound}\"}} {count}");
    }
    let _ = writeln!(text, "{name}_bucket{{{label},le=\"+Inf\"}} {}", reading.count);
    let _ = writeln!(text, "{name}_sum{{{label}}} {}", reading.sum_us as f64 / unit);
    let _ = writeln!(text, "{name}_count{{{label}}} {}", reading.count);
}
