//! Assignments: only to somebody who may resolve what they are given, and one at a time.

use super::{Done, Work};
use crate::action::Action;
use crate::assignment::AssignDifference;
use crate::books::{Books, Listing, Series};
use crate::event::Subject;
use crate::id::{CellId, ProposalId, UserId};
use crate::rejection::Rejection;

pub(super) fn assign<B: Books>(work: &mut Work<'_, B>, it: AssignDifference) -> Done {
    work.platform_only()?;
    if work.cell() != CellId::FIRST {
        return Err(Rejection::NotInThisCell);
    }
    let action = Action::AssignDifference(it);
    if let Some(user) = it.to {
        may_resolve(work, user, &action)?;
    }
    let about = action.about();
    let last = work.books.assignment(about);
    let had = last.and_then(|it| holder(work, it));
    if had == it.to {
        return Err(Rejection::StateUnchanged);
    }

    if let Some(last) = last {
        work.books.unlist(Listing::Assignment(about, last));
        if let Some(user) = had {
            work.books.unlist(Listing::AssignedTo(user, last));
        }
    }
    // Whoever acts by hand proposes: this is the number that the proposal gets, in the same step.
    let id = ProposalId::new(work.cell(), work.books.next_number(Series::Proposals));
    work.books.list(Listing::Assignment(about, id));
    if let Some(user) = it.to {
        work.books.list(Listing::AssignedTo(user, id));
    }
    Ok(action.subject())
}

/// To whom a proposal gave a difference.
fn holder<B: Books>(work: &mut Work<'_, B>, id: ProposalId) -> Option<UserId> {
    let Subject::User(user) = work.books.proposal(id)?.subject else { return None };
    Some(user)
}

/// Refuses operators who could do nothing about it: their duty is another, or they have none.
fn may_resolve<B: Books>(
    work: &mut Work<'_, B>,
    user: UserId,
    action: &Action,
) -> Result<(), Rejection> {
    let here = user.cell() == work.cell();
    let person = if here { work.books.person(user) } else { None };
    let operator = person.ok_or(Rejection::UserNotFound)?;
    let duty = operator.duty.ok_or(Rejection::OperatorDisabled)?;
    if duty.may_propose(action) { Ok(()) } else { Err(Rejection::NotAllowed) }
}
