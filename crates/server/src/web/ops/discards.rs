//! Deliveries that somebody discarded, with who it was and why: on the page of jobs they are found
//! as long as they are among the newest, in the audit log for ever.

use super::approvals::who;
use super::jobs::LISTED;
use super::things;
use crate::app::App;
use crate::http::problem::Problem;
use crate::web::dates;
use crate::webhooks::url_of;
use ledger::command::{Command, Outcome};
use ledger::event::Subject;
use ledger::id::EventId;
use ledger::registry::Delivery;
use store::List;
use store::index::Direction;

/// A delivery that somebody discarded.
pub(super) struct Discarded {
    pub(super) event: String,
    pub(super) merchant: String,
    pub(super) url: String,
    pub(super) who: String,
    pub(super) why: String,
    pub(super) at: String,
    /// The page of what was done by hand.
    pub(super) proposal: Option<String>,
}

/// The first of these deliveries.
pub(super) fn listed(app: &App, of: &[Delivery]) -> Result<Vec<Discarded>, Problem> {
    let rows = of.iter().take(LISTED).map(|it| row(app, it));
    Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn row(app: &App, it: &Delivery) -> Result<Option<Discarded>, Problem> {
    let cell = it.id.cell();
    let (found, _) = app.read(cell, |view| {
        let list = List::DeliveryEvents(it.id);
        let event = view.list(list, Direction::Backwards, None, 1)?.first().copied();
        let Some(event) = event.map(EventId::from_raw) else { return Ok(None) };
        let Some(happening) = view.happening(event.number())? else { return Ok(None) };
        let answer = view.answer_at(happening.position)?;
        Ok(Some((happening, answer, view.endpoint(it.endpoint)?)))
    })?;
    let Some((happening, answer, endpoint)) = found else { return Ok(None) };
    let request = app.engine().request_at(cell, happening.position)?;
    let Command::Propose(said) = request.command else { return Ok(None) };
    let proposal = answer.and_then(|it| match it.outcome {
        Outcome::Accepted(subject @ Subject::Proposal(_)) => things::page_of(subject),
        Outcome::Accepted(_) | Outcome::Rejected(_) => None,
    });
    Ok(Some(Discarded {
        event: it.event.to_string(),
        merchant: endpoint.map(|it| things::name_of(app, it.user)).unwrap_or_default(),
        url: endpoint.and_then(|it| url_of(app, &it)).unwrap_or_default(),
        who: who(app, said.maker),
        why: said.reason.as_str().to_owned(),
        at: dates::second(happening.time),
        proposal,
    }))
}
