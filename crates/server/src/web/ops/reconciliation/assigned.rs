//! Who looks into a difference. Differences are found anew whenever a statement is read, so they
//! are known by the bank, the day and what the movement is called: see [`ledger::assignment`].

use super::report::{Difference, Report};
use super::{barred, chosen, has};
use crate::api::proposals::proposed;
use crate::app::App;
use crate::banks::Desk;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::reconciliation::Files;
use crate::web::dates;
use crate::web::form::{Form, new_key};
use crate::web::ops::approvals::who;
use crate::web::ops::proposing::ask;
use crate::web::ops::things;
use crate::web::page::{Page, again, see};
use crate::web::visit::Visit;
use crate::web::words;
use axum::extract::{Path, State};
use jiff::civil::Date;
use ledger::assignment::AssignDifference;
use ledger::command::Action;
use ledger::id::{CellId, ProposalId, UserId};
use ledger::name::{BankName, BankNumber};
use ledger::person::Duty;
use ledger::proposal::Proposal;
use std::collections::HashSet;
use store::List;
use store::index::Direction;

/// Whose duty differences are.
pub(super) const RESOLVERS: [Duty; 1] = [Duty::Finance];
/// The most differences that one operator is shown to have.
const MINE_MAX: usize = 500;

/// Who has a difference, and since when.
pub(super) struct Assigned {
    pub(super) name: String,
    pub(super) user: UserId,
    pub(super) since: String,
    pub(super) by: String,
    pub(super) note: String,
}

/// Somebody to whom it can be given.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) chosen: bool,
}

/// The form that gives a difference to somebody.
pub(super) struct Giving {
    pub(super) key: String,
    pub(super) choices: Vec<Choice>,
    pub(super) note: String,
    pub(super) fault: Option<String>,
    pub(super) barred: Option<String>,
}

/// A difference that somebody has, wherever it is.
pub(super) struct Held {
    pub(super) href: String,
    pub(super) day: String,
    pub(super) bank: BankName,
    pub(super) row: BankNumber,
    pub(super) since: String,
}

/// A day as a number of eight digits.
fn digits(day: Date) -> u32 {
    day.strftime("%Y%m%d").to_string().parse().unwrap_or_default()
}

/// What gives a difference to somebody. What neither side calls anything is known by its line.
fn giving(bank: BankName, day: Date, it: &Difference, to: Option<UserId>) -> AssignDifference {
    let side = it.banks.as_ref();
    let named = it.reference.as_deref().and_then(BankNumber::new);
    let named = named.or_else(|| BankNumber::new(side?.bank_reference.as_deref()?));
    let line = side.and_then(|it| it.line).unwrap_or_default();
    let row = named.or_else(|| BankNumber::new(&format!("line-{line}")));
    let row = row.expect("a line and its number are 35 visible characters at most");
    AssignDifference { bank, day: digits(day), row, to }
}

/// What tells the difference apart from all others.
pub(super) fn about(bank: BankName, day: Date, it: &Difference) -> u64 {
    Action::AssignDifference(giving(bank, day, it, None)).about()
}

/// Who has a difference, if anybody has.
pub(super) fn assigned(
    app: &App,
    bank: BankName,
    day: Date,
    it: &Difference,
) -> Result<Option<Assigned>, Problem> {
    let list = List::Assignments(about(bank, day, it));
    let found = last(app, list, 1)?.into_iter().next();
    let Some(proposal) = found else { return Ok(None) };
    let said = proposed(app, &proposal)?;
    let Action::AssignDifference(AssignDifference { to: Some(user), .. }) = said.action else {
        return Ok(None);
    };
    Ok(Some(Assigned {
        name: things::name_of(app, user),
        user,
        since: dates::second(proposal.created_at),
        by: who(app, proposal.maker),
        note: said.reason.as_str().trim().to_owned(),
    }))
}

fn last(app: &App, list: List, limit: usize) -> Result<Vec<Proposal>, Problem> {
    let (found, _) = app.read(CellId::FIRST, |view| {
        let ids = view.list(list, Direction::Backwards, None, limit)?;
        let rows = ids.into_iter().map(|it| view.proposal(ProposalId::from_raw(it)));
        rows.collect::<Result<Vec<_>, _>>()
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The differences that an operator has, by what tells them apart.
pub(super) fn mine(app: &App, signed: &Signed) -> Result<HashSet<u64>, Problem> {
    let held = last(app, List::AssignedTo(signed.user), MINE_MAX)?;
    Ok(held.into_iter().map(|it| it.about).collect())
}

/// The differences that an operator has and that are still open, on whatever day; the newest first.
pub(super) fn held(app: &App, signed: &Signed) -> Result<Vec<Held>, Problem> {
    let mut all = Vec::new();
    for proposal in last(app, List::AssignedTo(signed.user), MINE_MAX)? {
        let Action::AssignDifference(it) = proposed(app, &proposal)?.action else { continue };
        let Ok(day) = Date::strptime("%Y%m%d", it.day.to_string()) else { continue };
        let files = Files::new(app.data(), it.bank, day);
        let listed = Report::read(&files)?.map(|it| it.listed).unwrap_or_default();
        let place = listed.iter().position(|row| about(it.bank, day, row) == proposal.about);
        let Some(number) = place.filter(|place| listed.get(*place).is_some_and(|it| !it.resolved))
        else {
            continue;
        };
        all.push(Held {
            href: format!("/ops/reconciliation/{}/{day}/rows/{number}", it.bank),
            day: day.to_string(),
            bank: it.bank,
            row: it.row,
            since: dates::second(proposal.created_at),
        });
    }
    Ok(all)
}

impl Giving {
    /// The form as it is shown first: whoever looks takes it themselves.
    pub(super) async fn new(
        app: &App,
        visit: &Visit,
        has: Option<UserId>,
    ) -> Result<Giving, Problem> {
        let signed = visit.operator()?;
        let w = words::OpsReconciliation(visit.lang);
        let able = |duty: Duty| RESOLVERS.contains(&duty);
        let operators = app.people().operators().await?;
        let wanted = if has == Some(signed.user) { None } else { Some(signed.user) };
        let some = operators.into_iter().filter(|it| it.duty.is_some_and(able));
        let some = some.filter(|it| Some(it.user) != has).map(|it| Choice {
            id: it.user.to_string(),
            name: it.name.unwrap_or_else(|| it.user.to_string()),
            chosen: wanted == Some(it.user),
        });
        let nobody = has.map(|_| Choice {
            id: String::new(),
            name: w.nobody().to_owned(),
            chosen: wanted.is_none(),
        });
        Ok(Giving {
            key: new_key()?,
            choices: some.chain(nobody).collect(),
            note: String::new(),
            fault: None,
            barred: barred(words::Ops(visit.lang), signed, &RESOLVERS),
        })
    }

    /// The same, to be mended.
    fn wrong(self, form: &Form, fault: String) -> Giving {
        let to = form.text("to");
        let again = |it: Choice| Choice { chosen: it.id == to, ..it };
        let choices = self.choices.into_iter().map(again).collect();
        Giving { choices, note: form.text("reason").to_owned(), fault: Some(fault), ..self }
    }
}

/// What a form wants: the row it was shown for, given to whom it says.
fn wanted(
    desk: &Desk,
    day: Date,
    found: &super::row::Found,
    form: &Form,
) -> Result<(CellId, Action), Problem> {
    let unreadable = || Problem::of(&codes::FORM_UNREADABLE);
    let it = found.it().filter(|it| !it.resolved).ok_or_else(unreadable)?;
    let to = match form.text("to") {
        "" => None,
        to => Some(UserId::parse(to).map_err(|_| unreadable())?),
    };
    Ok((CellId::FIRST, Action::AssignDifference(giving(desk.name(), day, it, to))))
}

/// `POST /ops/reconciliation/{bank}/{day}/rows/{row}/assign`
pub(super) async fn assign(
    State(app): State<App>,
    visit: Visit,
    Path((bank, day, row)): Path<(String, String, String)>,
    form: Form,
) -> Page {
    let signed = visit.operator()?;
    let (desk, day) = chosen(&app, &bank, &day)?;
    let found = super::row::find(&app, &desk, day, &row)?;
    let action = if has(signed, &RESOLVERS) {
        wanted(&desk, day, &found, &form)
    } else {
        Err(Problem::of(&codes::NOT_ALLOWED))
    };
    let asked = if found.is_seen_by(&form) {
        ask(&app, &visit, &form, action).await?
    } else {
        Err(words::Ops(visit.lang).fault_changed().to_owned())
    };
    match asked {
        Ok(_) => see(&format!("/ops/reconciliation/{bank}/{day}/rows/{row}")),
        Err(fault) => {
            let mut page = super::row::RowPage::new(&app, &visit, &desk, day, &found).await?;
            page.giving = page.giving.map(|it| it.wrong(&form, fault));
            again(&page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Side;
    use super::*;

    #[test]
    fn a_difference_is_the_same_when_the_statement_is_read_again() {
        let bank = BankName::new("icbc").unwrap();
        let day: Date = "2026-11-23".parse().unwrap();
        let about = |it: &Difference| about(bank, day, it);
        let banks = |line, bank_reference: Option<&str>| {
            let bank_reference = bank_reference.map(str::to_owned);
            Some(Side { line: Some(line), bank_reference, ..Side::default() })
        };
        let of = |banks| Difference { banks, ..Difference::default() };
        let first = of(banks(3, Some("b1")));
        assert_eq!(about(&first), about(&of(banks(7, Some("b1")))), "it moved to another line");
        assert_ne!(about(&first), about(&of(banks(3, Some("b2")))));
        assert_ne!(about(&of(banks(3, None))), about(&of(banks(4, None))));
        let ours = Difference { reference: Some("top_1".to_owned()), ..first.clone() };
        let other = Difference { banks: None, ..ours.clone() };
        assert_eq!(about(&ours), about(&other), "what it is called here comes first");
    }
}
