//! What was said about an order: grounds, the statements of both sides, and the reason of an award.
//!
//! Order rows have none of it. It is read back from the record of the event, and a statement is
//! opened with its author's key: once the author is erased, nobody can read it any more. Only text
//! is taken: pictures are no part of a statement.

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Opening;
use ledger::command::{Action, Command, Verdict};
use ledger::event::{EventKind, Happening};
use ledger::id::{CellId, RequestId, UserId};
use ledger::name::Statement;
use ledger::order::{Grounds, Order, Party};
use store::View;

/// The most characters of a statement.
pub(crate) const STATEMENT_MAX: usize = 500;

/// What was said when something happened.
pub(crate) struct Said {
    /// Who said it; the platform if it is no side of the order.
    pub(crate) party: Option<Party>,
    pub(crate) grounds: Option<Grounds>,
    pub(crate) statement: Option<Opening>,
    /// Why the platform decided as it did.
    pub(crate) reason: Option<String>,
}

/// What a command says, still sealed.
type Words = (Party, Option<Grounds>, Option<Statement>);

fn words(command: Command) -> Option<Words> {
    if let Command::AskRefund(it) = command {
        return Some((Party::Buyer, Some(it.grounds), it.statement));
    }
    if let Command::AnswerRefund(it) = command {
        return Some((Party::Seller, None, it.statement));
    }
    if let Command::DisputeOrder(it) = command {
        return Some((it.party, Some(it.grounds), it.statement));
    }
    if let Command::AddStatement(it) = command {
        return Some((it.party, None, Some(it.statement)));
    }
    None
}

/// Whether anything can have been said when this happened.
fn may_say(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::OrderRefundAsked
            | EventKind::OrderRefundRefused
            | EventKind::OrderRefunded
            | EventKind::OrderDisputed
            | EventKind::OrderStatementAdded
    )
}

/// What was said when this happened to an order.
pub(crate) fn said(app: &App, order: &Order, it: &Happening) -> Result<Option<Said>, Problem> {
    if it.kind == EventKind::OrderAwarded {
        let reason = reason(app, order.id.cell(), it)?;
        return Ok(Some(Said { party: None, grounds: None, statement: None, reason }));
    }
    if !may_say(it.kind) {
        return Ok(None);
    }
    let request = app.engine().request_at(order.id.cell(), it.position)?;
    let Some((party, grounds, sealed)) = words(request.command) else { return Ok(None) };
    let author = author(app, order, party)?;
    let open = |sealed: &Statement| app.people().open_statement(author, sealed);
    let statement = sealed.as_ref().map(open).transpose()?;
    Ok(Some(Said { party: Some(party), grounds, statement, reason: None }))
}

/// The grounds that were given when this happened, which everybody who hears of it may know.
pub(crate) fn grounds(app: &App, cell: CellId, it: &Happening) -> Option<Grounds> {
    if !matches!(it.kind, EventKind::OrderRefundAsked | EventKind::OrderDisputed) {
        return None;
    }
    let request = app.engine().request_at(cell, it.position).ok()?;
    words(request.command)?.1
}

/// Why an award was proposed that another person approved.
fn reason(app: &App, cell: CellId, it: &Happening) -> Result<Option<String>, Problem> {
    let request = app.engine().request_at(cell, it.position)?;
    let Command::DecideProposal(decided) = request.command else { return Ok(None) };
    if !matches!(decided.verdict, Verdict::Approve { action: Action::AwardOrder(_) }) {
        return Ok(None);
    }
    let (proposal, _) = app.read(cell, |view| view.proposal(decided.proposal))?;
    let Some(proposal) = proposal else { return Ok(None) };
    let proposed = app.engine().request_at(cell, proposal.position)?;
    let Command::Propose(it) = proposed.command else { return Ok(None) };
    Ok(Some(it.reason.as_str().to_owned()))
}

/// Whoever a side is. Before the payment an order knows no more of its buyer than the account.
pub(crate) fn author(app: &App, order: &Order, party: Party) -> Result<Option<UserId>, Problem> {
    let look = |view: &View<'_>| view.account(order.buyer);
    match (party, order.customer) {
        (Party::Seller, _) => Ok(Some(order.merchant)),
        (Party::Buyer, Some(user)) => Ok(Some(user)),
        (Party::Buyer, None) => Ok(app.read(order.buyer.cell(), look)?.0.and_then(|it| it.owner)),
    }
}

/// Seals what a side says, under the name of the request: a retry is then the same request.
/// Nothing is said by nothing but spaces.
pub(crate) fn seal(
    app: &App,
    order: &Order,
    party: Party,
    name: RequestId,
    plain: &str,
) -> Result<Option<Statement>, Problem> {
    let plain = tidy(plain)?;
    if plain.is_empty() {
        return Ok(None);
    }
    let author = author(app, order, party)?;
    app.people().seal_statement(author, name, &plain).map(Some)
}

/// A statement without what browsers add to it, if it is one.
pub(crate) fn tidy(plain: &str) -> Result<String, Problem> {
    let plain = plain.replace("\r\n", "\n").trim().to_owned();
    let odd = |it: char| it.is_control() && it != '\n' && it != '\t';
    if plain.chars().count() > STATEMENT_MAX || plain.chars().any(odd) {
        return Err(Problem::of(&codes::STATEMENT_INVALID).at("/statement"));
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_hundred_characters_are_a_statement_whatever_they_are_written_in() {
        assert_eq!(tidy(&"😀".repeat(500)).unwrap().chars().count(), 500);
        assert!(tidy(&"x".repeat(501)).is_err());
        assert_eq!(tidy("  \r\n ").unwrap(), "");
        assert_eq!(tidy("a\r\nb").unwrap(), "a\nb");
        assert!(tidy("a\u{0}b").is_err());
    }
}
