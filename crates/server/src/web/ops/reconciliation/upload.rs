//! A statement that people bring: a file for a day that the bank has not sent, or a corrected one.
//!
//! It is read to its end before anything else happens. A file because of which the books would be
//! told something is proposed; a file that tells them nothing counts at once.

use super::day::{DayPage, KEEPERS, Wanted};
use super::{chosen, failed, has};
use crate::app::App;
use crate::banks::Desk;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::reconciliation::{
    Files, Hands, Incoming, Offer, Refusal, Source, action, foresee, format, reconcile_by, settle,
    told,
};
use crate::web::form::Form;
use crate::web::ops::proposing::{fault, propose, reason};
use crate::web::page::{Page, again, see};
use crate::web::visit::Visit;
use crate::web::words;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Path, State};
use jiff::civil::Date;
use ledger::action::Action;
use ledger::hand::Hand;
use ledger::id::CellId;
use ledger::rejection::Rejection;
use std::sync::Arc;

/// What was sent.
struct Sent {
    form: Form,
    file: Incoming,
}

/// Why a file is not taken: what to say above the form, or a page of its own.
enum Wrong {
    Say(String),
    Problem(Problem),
}

impl From<Problem> for Wrong {
    fn from(problem: Problem) -> Wrong {
        Wrong::Problem(problem)
    }
}

/// The most bytes of a field that is not the file.
const FIELD_MAX: usize = 2_000;

async fn receive(app: &App, desk: &Desk, mut form: Multipart) -> Result<Sent, Problem> {
    let unreadable = |_| Problem::of(&codes::FORM_UNREADABLE);
    let file = Incoming::begin(app, desk).await.map_err(|it| failed(&it))?;
    let (mut sent, mut fields) = (file, Vec::new());
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let mut text = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(unreadable)? {
            if name == "file" {
                sent.add(&piece).await.map_err(|it| failed(&it))?;
            } else if text.len() + piece.len() <= FIELD_MAX {
                text.extend_from_slice(&piece);
            } else {
                return Err(Problem::of(&codes::FORM_UNREADABLE));
            }
        }
        fields.push((name, String::from_utf8_lossy(&text).into_owned()));
    }
    sent.end().await.map_err(|it| failed(&it))?;
    Ok(Sent { form: Form::of(fields), file: sent })
}

/// `POST /ops/reconciliation/{bank}/{day}/file`
pub(super) async fn take(
    State(app): State<App>,
    visit: Visit,
    Path((bank, day)): Path<(String, String)>,
    form: Result<Multipart, MultipartRejection>,
) -> Page {
    let signed = visit.operator()?;
    let (desk, day) = chosen(&app, &bank, &day)?;
    let form = form.map_err(|_| Problem::of(&codes::FORM_UNREADABLE))?;
    let sent = receive(&app, &desk, form).await?;
    let wrong = match offer(&app, &visit, signed, (&desk, day), &sent).await {
        Ok(()) => return see(&format!("/ops/reconciliation/{bank}/{day}")),
        Err(Wrong::Say(said)) => said,
        Err(Wrong::Problem(problem)) => fault(&visit, &problem)?,
    };
    let mut page = DayPage::new(&app, &visit, (&desk, day), &Wanted::default())?;
    page.fault = Some(wrong);
    sent.form.text("format").clone_into(&mut page.format);
    sent.form.text("columns").clone_into(&mut page.columns);
    sent.form.text("reason").clone_into(&mut page.reason);
    again(&page)
}

async fn offer(
    app: &App,
    visit: &Visit,
    signed: &Signed,
    (desk, day): (&Arc<Desk>, Date),
    sent: &Sent,
) -> Result<(), Wrong> {
    let w = words::OpsReconciliation(visit.lang);
    if !has(signed, &KEEPERS) {
        return Err(Problem::of(&codes::NOT_ALLOWED).into());
    }
    let reason = reason(&sent.form)?;
    if reason.as_str().is_empty() {
        return Err(Problem::from(Rejection::ReasonMissing).into());
    }
    if sent.file.size() == 0 {
        return Err(Wrong::Say(w.no_file().to_owned()));
    }
    let (name, columns) = (sent.form.text("format"), sent.form.text("columns"));
    let format = format(name, columns).map_err(|it| Wrong::Say(w.columns_wrong(it)))?;
    let format = format.ok_or_else(|| Problem::of(&codes::FORM_UNREADABLE))?;
    // What was decided about another file comes first: it is not replaced before it has counted.
    settle(app, desk, day).await.map_err(Problem::from)?;
    let source = Source::File(sent.file.path().to_owned(), format);
    let (app_too, desk_too) = (app.clone(), desk.clone());
    let foreseen = tokio::task::spawn_blocking(move || {
        let foreseen = foresee(&app_too, &desk_too, &source);
        foreseen.map(|it| (it, source))
    });
    let foreseen = foreseen.await.map_err(|it| Problem::from(Refusal::Failed(it.to_string())))?;
    let ((found, digest, report), source) = foreseen.map_err(|refusal| match refusal {
        Refusal::Unreadable(why) => Wrong::Say(w.unreadable(why.line, why.reason)),
        Refusal::NotYet | Refusal::Changed | Refusal::Silent(_) | Refusal::Failed(_) => {
            Wrong::Problem(refusal.into())
        }
    })?;
    if found != day {
        return Err(Wrong::Say(w.other_day(found, day)));
    }
    let told = told(&report);
    if told == 0 {
        let uploaded_by = Hand::Operator(signed.user);
        let reason = reason.as_str().to_owned();
        let hands = Hands { digest, uploaded_by, taken_over_by: None, reason };
        reconcile_by(app, desk, source, Some(hands)).await.map_err(Problem::from)?;
        return Ok(());
    }
    let action = action(desk, day, &digest).ok_or_else(|| Problem::of(&codes::INTERNAL_ERROR))?;
    let asked = (CellId::FIRST, Action::TakeStatement(action));
    // Proposed first: whoever is refused because another file waits does not replace that file.
    let proposal = propose(app, signed, &sent.form, asked).await?;
    let offer = Offer {
        proposal: proposal.to_string(),
        format: name.to_owned(),
        columns: columns.to_owned(),
        digest,
        lines: report.outcome.lines,
        differences: report.outcome.breaks.len() as u64,
        told,
        cases: report.cases().count() as u64,
    };
    let files = Files::new(app.data(), desk.name(), day);
    files.offer(sent.file.path(), &offer).map_err(|it| failed(&it).into())
}
