//! The entries of an account: those that are wanted, with what came before them.

use super::kind::Kind;
use super::wanted::Wanted;
use crate::app::App;
use crate::documents::LINES_MAX;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::http::receipt::named;
use crate::people::Signed;
use crate::web::visit::Visit;
use ledger::account::Account;
use ledger::event::Subject;
use ledger::id::{AccountId, EntryId, OrderId};
use ledger::posting::Posting;
use ledger::registry::UserKind;
use ledger::remittance::Purpose;
use store::View;

/// Postings that are looked at for one page, and how many at a time.
const LOOKED_AT_MAX: usize = 100_000;
const STEP: usize = 500;

/// Whoever may have accounts: operators have no money here.
pub(super) fn owner(visit: &Visit) -> Result<&Signed, Problem> {
    let signed = visit.signed()?;
    match signed.kind {
        UserKind::Customer | UserKind::Merchant => Ok(signed),
        UserKind::Operator => Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    }
}

/// An entry: the number of its posting, the posting, and what it was.
pub(super) type Found = (u64, Posting, Kind);

/// What a look at an account's history gave.
pub(super) struct Scan {
    /// The newest first.
    pub(super) entries: Vec<Found>,
    /// Whether these are all that are wanted.
    pub(super) whole: bool,
    /// The last entry before all that are wanted, for the balance that it left.
    pub(super) earlier: Option<Posting>,
}

/// The order that money between cells is for.
fn pays(view: &View<'_>, it: &Posting) -> Result<Option<OrderId>, store::Miss> {
    let Subject::Remittance(id) = it.subject else { return Ok(None) };
    let found = view.remittance(id)?.map(|it| it.purpose);
    Ok(match found {
        Some(Purpose::Pay(order)) => Some(order),
        Some(Purpose::Credit(_)) | None => None,
    })
}

/// Whether an entry is what is searched for: by its own name, by the name of what it belongs to,
/// or by the number that a seller gave to the order.
fn is_named(
    view: &View<'_>,
    id: &str,
    entry: EntryId,
    it: &Posting,
    pays: Option<OrderId>,
) -> Result<bool, store::Miss> {
    if named(it.subject).0 == id || entry.to_string() == id {
        return Ok(true);
    }
    if let Some(order) = pays {
        return Ok(order.to_string() == id);
    }
    let Subject::Order(order) = it.subject else { return Ok(false) };
    Ok(view.order(order)?.is_some_and(|it| it.number.as_str() == id))
}

/// What a posting was for the account.
pub(super) fn found(
    view: &View<'_>,
    own: AccountId,
    number: u64,
    it: &Posting,
) -> Result<Found, store::Miss> {
    let pays = if it.debit == own { pays(view, it)? } else { None };
    Ok((number, *it, Kind::of(it.reason, pays.is_some())))
}

/// The last entries of an account, the newest first.
pub(super) fn latest(app: &App, own: AccountId, limit: usize) -> Result<Vec<Found>, Problem> {
    let look = |view: &View<'_>| {
        let postings = view.postings_of(own, None, limit)?;
        postings.iter().map(|(number, it)| found(view, own, *number, it)).collect()
    };
    Ok(app.read(own.cell(), look)?.0)
}

/// What one step through a history gave.
struct Step {
    entries: Vec<Found>,
    looked_at: usize,
    /// The last posting that was looked at.
    last: Option<u64>,
    earlier: Option<Posting>,
}

/// Looks at the postings before one.
fn step(
    view: &View<'_>,
    own: AccountId,
    wanted: &Wanted,
    before: Option<u64>,
) -> Result<Step, store::Miss> {
    let postings = view.postings_of(own, before, STEP)?;
    let last = postings.last().map(|it| it.0);
    let mut step = Step { entries: Vec::new(), looked_at: postings.len(), last, earlier: None };
    for (number, it) in &postings {
        if wanted.ends_before(it.time) {
            step.earlier = Some(*it);
            break;
        }
        let searched = match &wanted.id {
            Some(id) => {
                let pays = if it.debit == own { pays(view, it)? } else { None };
                is_named(view, id, EntryId::new(own.cell(), *number), it, pays)?
            }
            None => true,
        };
        let found = found(view, own, *number, it)?;
        if searched && wanted.takes(own, it, found.2) {
            step.entries.push(found);
        }
    }
    Ok(step)
}

/// Every entry of an account that is wanted. The books are let go after each step: a long history
/// keeps nobody else waiting.
pub(super) fn scan(app: &App, own: AccountId, wanted: &Wanted) -> Result<Scan, Problem> {
    let mut scan = Scan { entries: Vec::new(), whole: true, earlier: None };
    let (mut before, mut looked_at) = (None, 0);
    loop {
        let (step, _) = app.read(own.cell(), |view| step(view, own, wanted, before))?;
        scan.entries.extend(step.entries);
        scan.earlier = step.earlier;
        looked_at += step.looked_at;
        if scan.earlier.is_some() || step.looked_at < STEP {
            return Ok(scan);
        }
        if looked_at >= LOOKED_AT_MAX || scan.entries.len() > LINES_MAX {
            scan.whole = false;
            return Ok(scan);
        }
        before = step.last;
    }
}

/// One entry of somebody's, with the account whose entry it is. For everybody else it is not there.
pub(super) fn entry(
    app: &App,
    accounts: &[Account],
    id: &str,
) -> Result<(Account, Found), Problem> {
    let missing = || Problem::of(&codes::ROUTE_NOT_FOUND);
    let id = EntryId::parse(id).map_err(|_| missing())?;
    let look = |view: &View<'_>| {
        let Some(it) = view.posting(id.number())? else { return Ok(None) };
        Ok(Some((it, pays(view, &it)?)))
    };
    let (found, _) = app.read(id.cell(), look).map_err(|_| missing())?;
    let (it, pays) = found.ok_or_else(missing)?;
    let here = accounts
        .iter()
        .find(|own| own.id.cell() == id.cell() && (it.debit == own.id || it.credit == own.id));
    let account = here.copied().ok_or_else(missing)?;
    let pays = pays.filter(|_| it.debit == account.id);
    Ok((account, (id.number(), it, Kind::of(it.reason, pays.is_some()))))
}

/// The postings that were made together with one, as far as they are somebody's or of the same
/// order: what else the same record did is for others.
pub(super) fn together(app: &App, own: AccountId, it: &Posting) -> Result<Vec<Posting>, Problem> {
    let look = |view: &View<'_>| {
        let mut found = Vec::new();
        let Some(answer) = view.answer_at(it.position)? else { return Ok(found) };
        for number in answer.first_posting..answer.first_posting + u64::from(answer.postings) {
            let Some(other) = view.posting(number)? else { continue };
            let mine = other.debit == own || other.credit == own;
            let same = other.subject == it.subject && matches!(it.subject, Subject::Order(_));
            if mine || same {
                found.push(other);
            }
        }
        Ok(found)
    };
    let (found, _) = app.read(own.cell(), look)?;
    Ok(if found.is_empty() { vec![*it] } else { found })
}
