//! `/ops/clock`: a sandbox's clock. It goes forward in steps, with a look at what happens by itself
//! before it does. A platform with real money has no such page.

use super::jobs::{Due, due};
use super::proposing::{Asking, fault, propose_everywhere};
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::form::Form;
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::{Query, State};
use ledger::command::{Action, AdvanceClock};
use ledger::id::CellId;
use ledger::time::Seconds;
use serde::Deserialize;
use store::View;

/// How far the clock may go at once.
const STEPS: [(&str, Seconds); 3] =
    [("1h", Seconds(3_600)), ("1d", Seconds::days(1)), ("10d", Seconds::days(10))];
/// What happens by itself that is listed.
const LISTED: usize = 20;

struct Step {
    href: String,
    name: &'static str,
    current: bool,
}

/// What is about to be done.
struct Review {
    by: &'static str,
    name: &'static str,
    until: String,
    asking: Asking,
}

#[derive(Template)]
#[template(path = "ops/clock.html")]
struct Clock {
    shell: Shell,
    t: words::Ops,
    w: words::OpsJobs,
    now: String,
    ahead: Option<String>,
    steps: Vec<Step>,
    review: Option<Review>,
    due: Vec<Due>,
    more: bool,
    done: bool,
}

/// Which step to look at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    by: String,
    done: bool,
}

impl Clock {
    fn new(app: &App, visit: &Visit, wanted: &Wanted) -> Result<Clock, Problem> {
        visit.operator()?;
        if !app.engine().sandbox() {
            return Err(Problem::of(&codes::ROUTE_NOT_FOUND));
        }
        let (t, w) = (words::Ops(visit.lang), words::OpsJobs(visit.lang));
        let now = app.engine().now(CellId::FIRST)?;
        let (settings, _) = app.read(CellId::FIRST, |view: &View<'_>| view.settings())?;
        let ahead = settings.map(|it| it.clock_ahead).filter(|it| it.0 > 0);
        let name = |step: &str| w.named(&format!("step_{step}")).unwrap_or_default();
        let step = STEPS.into_iter().find(|it| it.0 == wanted.by);
        let review = match step {
            Some((by, seconds)) => {
                let like = Action::AdvanceClock(AdvanceClock { by: seconds });
                Some(Review {
                    by,
                    name: name(by),
                    until: dates::second(now.after(seconds)),
                    asking: Asking::new(app, visit, CellId::FIRST, &like)?,
                })
            }
            None => None,
        };
        let until = step.map(|it| now.after(it.1));
        let mut due = due(app, visit, until, LISTED + 1)?;
        let more = due.len() > LISTED;
        due.truncate(LISTED);
        Ok(Clock {
            shell: visit.shell(app, w.clock()),
            now: dates::second(now),
            ahead: ahead.map(|it| span(w, it)),
            steps: STEPS
                .iter()
                .map(|it| Step {
                    href: format!("/ops/clock?by={}", it.0),
                    name: name(it.0),
                    current: it.0 == wanted.by,
                })
                .collect(),
            review,
            due,
            more,
            done: wanted.done,
            t,
            w,
        })
    }
}

/// A span in days, hours and minutes.
fn span(w: words::OpsJobs, it: Seconds) -> String {
    let minutes = it.0 / 60;
    w.span(minutes / 1_440, minutes / 60 % 24, minutes % 60)
}

/// `GET /ops/clock`
pub(super) async fn show(State(app): State<App>, visit: Visit, Query(it): Query<Wanted>) -> Page {
    render(&Clock::new(&app, &visit, &it)?)
}

/// `POST /ops/clock`: moves the clock of every cell.
pub(super) async fn advance(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let signed = visit.operator()?;
    if !app.engine().sandbox() {
        return Err(Problem::of(&codes::ROUTE_NOT_FOUND));
    }
    let step = STEPS.into_iter().find(|it| it.0 == form.text("by"));
    let (name, by) = step.ok_or_else(|| Problem::of(&codes::FORM_UNREADABLE))?;
    let action = Action::AdvanceClock(AdvanceClock { by });
    match propose_everywhere(&app, signed, &form, &action).await {
        Ok(_) => see("/ops/clock?done=true"),
        Err(problem) => {
            let wanted = Wanted { by: name.to_owned(), done: false };
            let said = fault(&visit, &problem)?;
            let mut page = Clock::new(&app, &visit, &wanted)?;
            page.review =
                page.review.map(|it| Review { asking: it.asking.wrong(&form, said), ..it });
            again(&page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn every_step_has_its_words() {
        for lang in [Lang::Zh, Lang::En] {
            let w = words::OpsJobs(lang);
            for (name, _) in STEPS {
                assert!(w.named(&format!("step_{name}")).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn a_span_is_told_to_the_minute() {
        let w = words::OpsJobs(Lang::En);
        assert_eq!(span(w, Seconds(90_061)), w.span(1, 1, 1));
        assert_eq!(span(w, Seconds::days(10)), w.span(10, 0, 0));
    }
}
