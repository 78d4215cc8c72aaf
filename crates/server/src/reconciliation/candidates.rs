//! The movements that a statement is compared with: those of its day and of two days before, what
//! is still open or was carried over, and whatever its lines name.

use super::source::{Refusal, Whole};
use crate::app::App;
use crate::banks::{Desk, Movement as Ours};
use ledger::bank::{BankReference, TopUp, TopUpStage, Withdrawal, WithdrawalStage};
use ledger::books::Series;
use ledger::event::Subject;
use ledger::id::{CellId, TopUpId, WithdrawalId};
use ledger::name::BankNumber;
use ledger::time::Time;
use recon::{Belief, Movement, Side};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use store::index::Direction;
use store::{List, Miss, View};

/// How long before a statement begins movements are looked at, in milliseconds: two days, so that a
/// movement that one statement missed is looked for in the next.
const LOOKBACK: u64 = 2 * 86_400_000;
/// Rows that are read at once.
const PAGE: u64 = 1_024;

/// A range of numbers of one kind in one cell, that is walked through.
struct Range {
    named: fn(CellId, u64) -> Ours,
    cell: CellId,
    next: u64,
    end: u64,
}

/// Every movement to compare, once.
pub(super) struct Candidates<'a> {
    app: &'a App,
    desk: &'a Desk,
    /// Whether every card is of this bank.
    only: bool,
    ranges: VecDeque<Range>,
    /// Those that are older than every range.
    older: VecDeque<Ours>,
    ready: VecDeque<Movement>,
    before: Vec<u64>,
    /// What the bank calls movements whose lines do not name them.
    names: BTreeMap<String, String>,
}

fn top_up(cell: CellId, number: u64) -> Ours {
    Ours::TopUp(TopUpId::new(cell, number))
}

fn withdrawal(cell: CellId, number: u64) -> Ours {
    Ours::Withdrawal(WithdrawalId::new(cell, number))
}

impl<'a> Candidates<'a> {
    /// `before` has the keys of movements that earlier statements had, sorted; `carried` the
    /// references that the last report carried over.
    pub(super) fn new(
        app: &'a App,
        desk: &'a Desk,
        whole: &Whole,
        before: Vec<u64>,
        carried: &[String],
    ) -> Result<Candidates<'a>, Refusal> {
        let from = Time(whole.head.from.0.saturating_sub(LOOKBACK));
        let mut ranges = VecDeque::new();
        let mut older: BTreeSet<u64> = BTreeSet::new();
        for cell in app.engine().all_cells() {
            for named in [top_up, withdrawal] {
                let (next, end) = begin(app, cell, named, from)?;
                ranges.push_back(Range { named, cell, next, end });
                let open = open(app, named(cell, 0))?;
                older.extend(open.into_iter().filter(|it| number(*it) < next));
            }
        }
        let is_older = |it: &Ours| {
            let mut ranges = ranges.iter();
            let range = ranges.find(|range| {
                let same = matches!(it, Ours::TopUp(_))
                    == matches!((range.named)(it.cell(), 0), Ours::TopUp(_));
                same && range.cell == it.cell()
            });
            range.is_some_and(|range| number(it.key()) < range.next)
        };
        let said = whole.lines.references().chain(carried.iter().map(String::as_str));
        older.extend(said.filter_map(Ours::parse).filter(is_older).map(Ours::key));
        let (names, ready) = strangers(app, desk, whole)?;
        let only = app.banks().all().len() == 1;
        let older = older.into_iter().map(Ours::from_key).collect();
        Ok(Candidates { app, desk, only, ranges, older, ready, before, names })
    }

    /// Reads the next page. Returns whether there was one.
    fn read_on(&mut self) -> bool {
        if let Some(range) = self.ranges.front_mut() {
            let end = range.end.min(range.next + PAGE);
            let each: Vec<Ours> =
                (range.next..end).map(|it| (range.named)(range.cell, it)).collect();
            range.next = end;
            if range.next >= range.end {
                self.ranges.pop_front();
            }
            self.take(&each);
            return true;
        }
        let each: Vec<Ours> = self.older.drain(..self.older.len().min(256)).collect();
        self.take(&each);
        !each.is_empty()
    }

    fn take(&mut self, each: &[Ours]) {
        let mut by_cell: BTreeMap<CellId, Vec<Ours>> = BTreeMap::new();
        for it in each {
            by_cell.entry(it.cell()).or_default().push(*it);
        }
        for (cell, each) in by_cell {
            let look = |view: &View<'_>| each.iter().map(|it| read(*it, view)).collect();
            // Books that cannot be read are broken; whatever is missing here becomes a difference.
            let Ok((rows, _)) = self.app.engine().read(cell, look) else { continue };
            let rows: Vec<Option<(ledger::id::CardId, Movement)>> = rows;
            for (it, (card, mut movement)) in
                each.iter().zip(rows).filter_map(|(it, row)| Some((it, row?)))
            {
                let ours = self.only || {
                    let of = self.app.banks().of_card(self.app, card);
                    of.is_some_and(|(_, desk, _)| desk.name() == self.desk.name())
                };
                if ours {
                    movement.found_before = self.before.binary_search(&it.key()).is_ok();
                    movement.bank_reference = self.names.get(&movement.reference).cloned();
                    self.ready.push_back(movement);
                }
            }
        }
    }
}

impl Iterator for Candidates<'_> {
    type Item = Movement;

    fn next(&mut self) -> Option<Movement> {
        loop {
            if let Some(movement) = self.ready.pop_front() {
                return Some(movement);
            }
            if !self.read_on() {
                return None;
            }
        }
    }
}

fn failed(problem: impl std::fmt::Display) -> Refusal {
    Refusal::Failed(problem.to_string())
}

/// The number of a movement among those of its kind and cell.
fn number(key: u64) -> u64 {
    match Ours::from_key(key) {
        Ours::TopUp(id) => id.number(),
        Ours::Withdrawal(id) => id.number(),
    }
}

/// The first movement of a kind that was intended at a time or later, and how many there are.
fn begin(
    app: &App,
    cell: CellId,
    named: fn(CellId, u64) -> Ours,
    from: Time,
) -> Result<(u64, u64), Refusal> {
    let series = match named(cell, 0) {
        Ours::TopUp(_) => Series::TopUps,
        Ours::Withdrawal(_) => Series::Withdrawals,
    };
    let look = |view: &View<'_>| {
        let end = view.count(series)?;
        let (mut low, mut high) = (0, end);
        while low < high {
            let middle = low + (high - low) / 2;
            let earlier = match named(cell, middle) {
                Ours::TopUp(id) => view.top_up(id)?.is_some_and(|it| it.created_at < from),
                Ours::Withdrawal(id) => view.withdrawal(id)?.is_some_and(|it| it.created_at < from),
            };
            if earlier { low = middle + 1 } else { high = middle }
        }
        Ok((low, end))
    };
    app.engine().read(cell, look).map(|it| it.0).map_err(failed)
}

/// Everything of a kind that its bank has not answered.
fn open(app: &App, kind: Ours) -> Result<Vec<u64>, Refusal> {
    let lists = match kind {
        Ours::TopUp(_) => [TopUpStage::Sent, TopUpStage::Unknown].map(List::StageTopUps),
        Ours::Withdrawal(_) => {
            [WithdrawalStage::Sent, WithdrawalStage::Unknown].map(List::StageWithdrawals)
        }
    };
    let mut keys = Vec::new();
    for list in lists {
        let look = |view: &View<'_>| view.list(list, Direction::Forwards, None, usize::MAX);
        let (ids, _) = app.engine().read(kind.cell(), look).map_err(failed)?;
        keys.extend(ids.into_iter().map(|it| match kind {
            Ours::TopUp(_) => Ours::TopUp(TopUpId::from_raw(it)).key(),
            Ours::Withdrawal(_) => Ours::Withdrawal(WithdrawalId::from_raw(it)).key(),
        }));
    }
    Ok(keys)
}

/// What the books know of lines that do not name a movement: which one it is, or that it was
/// recorded as a receipt.
fn strangers(
    app: &App,
    desk: &Desk,
    whole: &Whole,
) -> Result<(BTreeMap<String, String>, VecDeque<Movement>), Refusal> {
    let (mut names, mut known) = (BTreeMap::new(), VecDeque::new());
    for text in whole.lines.nameless() {
        let Some(number) = BankNumber::new(text) else { continue };
        let reference = BankReference { bank: desk.name(), number };
        for cell in app.engine().all_cells() {
            let look = |view: &View<'_>| {
                let found = view.referenced(&reference)?;
                let Some(Subject::Receipt(id)) = found else { return Ok((found, None)) };
                Ok((found, view.receipt(id)?))
            };
            let ((found, receipt), _) = app.engine().read(cell, look).map_err(failed)?;
            match (found, receipt) {
                (Some(Subject::TopUp(id)), _) => {
                    names.insert(id.to_string(), text.to_owned());
                }
                (Some(Subject::Withdrawal(id)), _) => {
                    names.insert(id.to_string(), text.to_owned());
                }
                (_, Some(it)) => known.push_back(Movement {
                    reference: it.id.to_string(),
                    side: if it.outgoing { Side::Debit } else { Side::Credit },
                    amount: it.amount,
                    belief: Belief::Executed,
                    at: it.created_at,
                    bank_reference: Some(text.to_owned()),
                    found_before: false,
                }),
                _ => {}
            }
        }
    }
    Ok((names, known))
}

/// A movement as `recon` has it, and its card; `None` if no bank was told of it.
fn read(it: Ours, view: &View<'_>) -> Result<Option<(ledger::id::CardId, Movement)>, Miss> {
    Ok(match it {
        Ours::TopUp(id) => view.top_up(id)?.and_then(|it| Some((it.card, of_top_up(&it)?))),
        Ours::Withdrawal(id) => {
            view.withdrawal(id)?.and_then(|it| Some((it.card, of_withdrawal(&it)?)))
        }
    })
}

fn of_top_up(it: &TopUp) -> Option<Movement> {
    let belief = match it.stage {
        TopUpStage::Created => return None,
        TopUpStage::Sent | TopUpStage::Unknown => Belief::Open,
        TopUpStage::Investigating if it.taken.is_none() => Belief::Open,
        TopUpStage::Rejected if it.late.is_none() => Belief::NotExecuted,
        // By the bank itself; what goes back by a withdrawal of ours was executed.
        TopUpStage::Returned if it.withdrawal.is_none() => Belief::Returned,
        TopUpStage::Credited
        | TopUpStage::Paying
        | TopUpStage::Returning
        | TopUpStage::Returned
        | TopUpStage::Rejected
        | TopUpStage::Investigating => Belief::Executed,
    };
    Some(Movement {
        reference: it.id.to_string(),
        side: Side::Credit,
        amount: it.taken.unwrap_or(it.amount),
        belief,
        at: it.changed_at,
        bank_reference: None,
        found_before: false,
    })
}

fn of_withdrawal(it: &Withdrawal) -> Option<Movement> {
    let belief = match it.stage {
        WithdrawalStage::Created => return None,
        WithdrawalStage::Sent | WithdrawalStage::Unknown => Belief::Open,
        WithdrawalStage::Investigating if it.paid.is_none() => Belief::Open,
        WithdrawalStage::Rejected if it.late.is_none() => Belief::NotExecuted,
        WithdrawalStage::Paid | WithdrawalStage::Investigating | WithdrawalStage::Rejected => {
            Belief::Executed
        }
        WithdrawalStage::Returned => Belief::Returned,
    };
    Some(Movement {
        reference: it.id.to_string(),
        side: Side::Debit,
        amount: it.paid.unwrap_or(it.amount),
        belief,
        at: it.changed_at,
        bank_reference: None,
        found_before: false,
    })
}
