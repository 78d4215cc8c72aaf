//! How something is proposed on a page: the form, who may send it, and what is said when it cannot
//! be done.

use super::things;
use crate::api::proposals::in_force;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::form::{Form, new_key};
use crate::web::mistake::{at_fault, money};
use crate::web::visit::Visit;
use crate::web::words;
use ledger::command::{Action, Command, Propose};
use ledger::event::Subject;
use ledger::hand::Hand;
use ledger::id::{CellId, ProposalId};
use ledger::name::Text;
use ledger::person::Duty;
use store::List;
use store::index::Direction;

/// A form by which something is proposed, or done if that takes nobody else.
pub(super) struct Asking {
    /// Its own key.
    pub(super) key: String,
    /// What was typed as the reason.
    pub(super) reason: String,
    /// What was wrong when it was sent.
    pub(super) fault: Option<String>,
    /// Why whoever looks may not send it.
    pub(super) barred: Option<String>,
    /// The proposal about the same that somebody has to decide first.
    pub(super) open: Option<ProposalId>,
}

impl Asking {
    /// The form for an action like this one, before anything was typed.
    pub(super) fn new(
        app: &App,
        visit: &Visit,
        cell: CellId,
        like: &Action,
    ) -> Result<Asking, Problem> {
        let open = things::row(app, cell, |view| {
            let list = List::OpenProposals(like.about());
            Ok(view.list(list, Direction::Forwards, None, 1)?.first().copied())
        })?;
        Ok(Asking {
            key: new_key()?,
            reason: String::new(),
            fault: None,
            barred: barred(words::Ops(visit.lang), visit.operator()?.duty, like),
            open: open.map(ProposalId::from_raw),
        })
    }

    /// The same, to be mended.
    pub(super) fn wrong(self, form: &Form, fault: String) -> Asking {
        Asking { reason: form.text("reason").to_owned(), fault: Some(fault), ..self }
    }

    /// Whether there is a form to fill in.
    pub(super) fn may(&self) -> bool {
        self.barred.is_none() && self.open.is_none()
    }
}

/// Why an operator with this duty may not propose such an action; nothing if they may.
fn barred(t: words::Ops, duty: Option<Duty>, like: &Action) -> Option<String> {
    if duty.is_some_and(|it| it.may_propose(like)) {
        return None;
    }
    let may = Duty::ALL.into_iter().filter(|it| it.may_propose(like));
    let names: Vec<&str> = may.filter_map(|it| t.named(it.code())).collect();
    Some(t.duty_of(names.join(" / ")))
}

/// Proposes what a form asks for. Gives the page to go on to, or what to say above the form.
pub(super) async fn ask(
    app: &App,
    visit: &Visit,
    form: &Form,
    asked: Result<(CellId, Action), Problem>,
) -> Result<Result<String, String>, Problem> {
    let signed = visit.operator()?;
    let done = match asked {
        Ok((cell, action)) => propose(app, signed, form, (cell, action)).await,
        Err(problem) => Err(problem),
    };
    Ok(match done {
        Ok(proposal) => Ok(format!("/ops/approvals/{proposal}")),
        Err(problem) => Err(fault(visit, &problem)?),
    })
}

/// Proposes something in the name of an operator; what takes nobody else is done.
pub(super) async fn propose(
    app: &App,
    signed: &Signed,
    form: &Form,
    (cell, action): (CellId, Action),
) -> Result<ProposalId, Problem> {
    let name = form.name(&signed.scope())?;
    let maker = Hand::Operator(signed.user);
    in_force(app, (cell, name), maker, |it| it.may_propose(&action))?;
    let command = Command::Propose(Propose { maker, reason: reason(form)?, action });
    let accepted = app.submit(signed, name, cell, command).await?;
    if let Subject::Proposal(id) = accepted.subject {
        Ok(id)
    } else {
        Err(Problem::of(&codes::INTERNAL_ERROR))
    }
}

/// Proposes the same in every cell, and gives one of the proposals. A cell where something like it
/// is under way keeps it from no other: the form says so, and what the others took stays.
pub(super) async fn propose_everywhere(
    app: &App,
    signed: &Signed,
    form: &Form,
    action: &Action,
) -> Result<ProposalId, Problem> {
    let mut made = Err(Problem::of(&codes::INTERNAL_ERROR));
    let mut refused = None;
    for cell in app.engine().all_cells() {
        match propose(app, signed, form, (cell, action.clone())).await {
            Ok(id) => made = Ok(id),
            Err(problem) => refused = refused.or(Some(problem)),
        }
    }
    refused.map_or(made, Err)
}

/// Why something is done by hand, as it was typed.
pub(super) fn reason(form: &Form) -> Result<Text, Problem> {
    form.note("reason").ok_or_else(|| Problem::of(&codes::FORM_UNREADABLE))
}

/// What to say above a form. Of what operators get wrong most, the console has words of its own:
/// those of the API speak to programs.
pub(super) fn fault(visit: &Visit, problem: &Problem) -> Result<String, Problem> {
    let t = words::Ops(visit.lang);
    match t.named(&format!("fault_{}", problem.code.name)) {
        Some(said) => Ok(t.fault(said, money(visit, problem))),
        None => at_fault(visit, problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use ledger::command::{AdvanceClock, AwardOrder};
    use ledger::id::OrderId;
    use ledger::time::Seconds;

    #[test]
    fn whoever_may_not_is_told_whose_duty_it_is() {
        let t = words::Ops(Lang::En);
        let order = OrderId::new(CellId::FIRST, 1);
        let award = Action::AwardOrder(AwardOrder { order, to_buyer: 0 });
        assert_eq!(barred(t, Some(Duty::Support), &award), None);
        assert_eq!(barred(t, Some(Duty::Finance), &award), None);
        let said = barred(t, Some(Duty::Auditor), &award).unwrap();
        assert!(said.contains("support") && said.contains("finance"), "{said}");
        let clock = Action::AdvanceClock(AdvanceClock { by: Seconds(1) });
        assert!(barred(t, Some(Duty::Finance), &clock).is_some());
        assert!(barred(t, None, &clock).is_some(), "without a duty nobody may anything");
    }
}
