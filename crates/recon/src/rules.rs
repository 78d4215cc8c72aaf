//! The rules by which lines and movements find each other, in their order.

mod leftovers;

use crate::calendar::Calendar;
use crate::statement::{Head, Line, Lines, Side};
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use std::collections::BTreeMap;

/// What our books believe of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// The bank did it.
    Executed,
    /// The bank did it and undid it.
    Returned,
    /// The bank did not do it.
    NotExecuted,
    /// The bank has not said what it did.
    Open,
}

/// A movement as our books have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The reference under which the bank was told.
    pub reference: String,
    /// Which way, as the account at the bank sees it.
    pub side: Side,
    /// How much the bank moved, or was told to.
    pub amount: Money,
    /// What we believe.
    pub belief: Belief,
    /// Since when.
    pub at: Time,
    /// What the bank calls it, if it told us.
    pub bank_reference: Option<String>,
    /// Whether an earlier statement was found to have it.
    pub found_before: bool,
}

/// The rule by which a movement was found in the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// One line has our reference and the same amount.
    Reference,
    /// Several lines have our reference and together the same amount.
    Split,
    /// A line and the line that undoes it.
    Undone,
    /// A line without our reference has the bank's, which it told us.
    BankReference,
    /// A line without our reference, and no other like it within a day, is the only one that can be
    /// a movement, and no other movement is like that.
    OnlyOne,
}

impl Rule {
    /// Every rule, in the order in which they are tried.
    pub const ALL: [Rule; 5] =
        [Rule::Reference, Rule::Split, Rule::Undone, Rule::BankReference, Rule::OnlyOne];

    /// Its name in reports.
    pub const fn code(self) -> &'static str {
        match self {
            Rule::Reference => "reference",
            Rule::Split => "split",
            Rule::Undone => "undone",
            Rule::BankReference => "bank_reference",
            Rule::OnlyOne => "only_one",
        }
    }
}

/// In which way books and statement differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BreakKind {
    /// It is not in this statement, and may be in the next.
    Timing,
    /// The bank did it, and our books did not know.
    MissingHere,
    /// Our books say that the bank did it, and no statement does.
    MissingAtBank,
    /// The amounts differ.
    Amount,
    /// The currencies differ.
    Currency,
    /// The statement has it more than once.
    Duplicate,
    /// The bank undid it.
    Returned,
    /// Nothing in our books is like this line.
    Unidentified,
}

impl BreakKind {
    /// Every kind.
    pub const ALL: [BreakKind; 8] = [
        BreakKind::Timing,
        BreakKind::MissingHere,
        BreakKind::MissingAtBank,
        BreakKind::Amount,
        BreakKind::Currency,
        BreakKind::Duplicate,
        BreakKind::Returned,
        BreakKind::Unidentified,
    ];

    /// Its name in reports.
    pub const fn code(self) -> &'static str {
        match self {
            BreakKind::Timing => "timing",
            BreakKind::MissingHere => "missing_here",
            BreakKind::MissingAtBank => "missing_at_bank",
            BreakKind::Amount => "amount",
            BreakKind::Currency => "currency",
            BreakKind::Duplicate => "duplicate",
            BreakKind::Returned => "returned",
            BreakKind::Unidentified => "unidentified",
        }
    }
}

/// What becomes of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    /// By itself: the next statement has it.
    Wait,
    /// By itself: the books are told that the bank did it.
    Confirm,
    /// By itself: the books are told that the bank did not do it.
    Reject,
    /// By itself: the books are told that the bank undid it.
    Return,
    /// By itself: the money is set aside until somebody says whose it is.
    SetAside,
    /// A person has to look.
    Case,
}

impl Resolution {
    /// Its name in reports.
    pub const fn code(self) -> &'static str {
        match self {
            Resolution::Wait => "wait",
            Resolution::Confirm => "confirm",
            Resolution::Reject => "reject",
            Resolution::Return => "return",
            Resolution::SetAside => "set_aside",
            Resolution::Case => "case",
        }
    }
}

/// A difference between the books and the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// In which way.
    pub kind: BreakKind,
    /// What becomes of it.
    pub resolution: Resolution,
    /// Our side of it.
    pub movement: Option<Movement>,
    /// The bank's side of it.
    pub line: Option<Line>,
}

impl Break {
    /// Since when it is open.
    pub fn since(&self) -> Time {
        let line = self.line.as_ref().map(|it| it.booked_at);
        let ours = self.movement.as_ref().map(|it| it.at);
        line.into_iter().chain(ours).min().unwrap_or_default()
    }
}

/// What a comparison comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many movements were compared.
    pub movements: u64,
    /// How many lines the statement has.
    pub lines: u64,
    /// How many movements were found, by rule.
    pub matched: BTreeMap<Rule, u64>,
    /// What the found movements did to the account, by currency.
    pub sums: BTreeMap<Currency, i128>,
    /// What the statement's lines did to the account, by currency.
    pub line_sums: BTreeMap<Currency, i128>,
    /// Every difference.
    pub breaks: Vec<Break>,
}

/// Compares a statement's lines with our movements.
///
/// Movements are those that the bank was told of, each once; which of them, is the caller's to
/// choose by time. `seen` is told of every one that this statement has a line of, right or wrong.
pub fn reconcile(
    head: &Head,
    mut lines: Lines,
    movements: impl IntoIterator<Item = Movement>,
    calendar: &Calendar,
    seen: &mut dyn FnMut(&Movement),
) -> Outcome {
    lines.sort();
    let (count, line_sums) = (u64::try_from(lines.len()).unwrap_or(u64::MAX), lines.sums());
    let outcome = Outcome { lines: count, line_sums, ..Outcome::default() };
    let taken = vec![false; lines.len()];
    let mut work = Work { head, lines, taken, calendar, outcome, absent: Vec::new(), seen };
    for movement in movements {
        work.outcome.movements += 1;
        work.look_for(movement);
    }
    work.by_bank_reference();
    work.by_likeness();
    work.absences();
    work.strangers();
    work.outcome
}

struct Work<'a> {
    head: &'a Head,
    lines: Lines,
    /// The lines that are accounted for.
    taken: Vec<bool>,
    calendar: &'a Calendar,
    outcome: Outcome,
    /// Movements that no line has the reference of.
    absent: Vec<Movement>,
    seen: &'a mut dyn FnMut(&Movement),
}

impl Work<'_> {
    fn take(&mut self, place: usize) {
        if let Some(taken) = self.taken.get_mut(place) {
            *taken = true;
        }
    }

    fn matched(&mut self, movement: &Movement, rule: Rule, signed: i128) {
        *self.outcome.matched.entry(rule).or_default() += 1;
        *self.outcome.sums.entry(movement.amount.currency()).or_default() += signed;
    }

    fn differs(
        &mut self,
        kind: BreakKind,
        resolution: Resolution,
        movement: Option<Movement>,
        line: Option<Line>,
    ) {
        self.outcome.breaks.push(Break { kind, resolution, movement, line });
    }

    /// Finds the lines with a movement's reference, and compares.
    fn look_for(&mut self, movement: Movement) {
        let places: Vec<usize> = self.lines.with_reference(&movement.reference).collect();
        if places.is_empty() {
            if !movement.found_before {
                self.absent.push(movement);
            }
            return;
        }
        (self.seen)(&movement);
        let all = places.iter().filter_map(|it| Some((*it, self.lines.get(*it)?)));
        let (there, back): (Vec<_>, Vec<_>) = all.partition(|(_, it)| it.returns.is_none());
        let (there, others): (Vec<_>, Vec<_>) =
            there.into_iter().partition(|(_, it)| it.side == movement.side);
        for (place, line) in others {
            self.take(place);
            self.differs(
                BreakKind::Unidentified,
                Resolution::Case,
                Some(movement.clone()),
                Some(line),
            );
        }
        let there = if movement.found_before { self.again(&movement, there) } else { there };
        match movement.belief {
            Belief::Executed => self.executed(movement, there, back),
            Belief::Returned => self.returned(movement, &there, &back),
            Belief::NotExecuted | Belief::Open => self.news(movement, there, back),
        }
    }

    /// An earlier statement had it: another line of the same is one too many. Returns nothing.
    fn again(&mut self, movement: &Movement, there: Placed) -> Placed {
        for (place, line) in there {
            self.take(place);
            let ours = Some(movement.clone());
            self.differs(BreakKind::Duplicate, Resolution::Case, ours, Some(line));
        }
        Placed::new()
    }

    /// We believe that the bank did it.
    fn executed(&mut self, movement: Movement, there: Placed, back: Placed) {
        let undone = back.into_iter().next();
        self.compare(&movement, there);
        if let Some((place, line)) = undone {
            self.take(place);
            // A payout that came back is the customer's again; a collection that was undone was
            // given to somebody already.
            let resolution = match movement.side {
                Side::Debit => Resolution::Return,
                Side::Credit => Resolution::Case,
            };
            self.differs(BreakKind::Returned, resolution, Some(movement), Some(line));
        }
    }

    /// We believe that the bank did it and undid it.
    fn returned(&mut self, movement: Movement, there: &Placed, back: &Placed) {
        let (first, last) = (there.first(), back.first());
        for (place, _) in first.into_iter().chain(last) {
            self.take(*place);
        }
        match (first, last) {
            (Some(_), Some(_)) => self.matched(&movement, Rule::Undone, 0),
            (None, None) => {}
            // The first half was in an earlier statement.
            (None, Some(_)) => {
                let signed = movement.side.other().signed(movement.amount);
                self.matched(&movement, Rule::Undone, signed);
            }
            (Some((_, line)), None) => {
                let line = Some(line.clone());
                self.differs(BreakKind::Timing, Resolution::Wait, Some(movement), line);
            }
        }
    }

    /// We believe that the bank did not do it, or do not know.
    fn news(&mut self, movement: Movement, there: Placed, back: Placed) {
        if let (Some((first, _)), Some((last, line))) = (there.first(), back.first()) {
            let (first, last, line) = (*first, *last, line.clone());
            self.take(first);
            self.take(last);
            if movement.belief == Belief::Open {
                self.differs(BreakKind::Returned, Resolution::Return, Some(movement), Some(line));
            } else {
                self.matched(&movement, Rule::Undone, 0);
            }
            return;
        }
        let Some((_, line)) = there.first().cloned() else {
            if let Some((place, line)) = back.into_iter().next() {
                self.take(place);
                let (kind, resolution) = (BreakKind::Unidentified, Resolution::Case);
                self.differs(kind, resolution, Some(movement), Some(line));
            }
            return;
        };
        // The first is what is told to the books; whatever is too much is compared with it.
        let whole = whole(&there, movement.amount);
        let amount = if whole { movement.amount } else { line.amount };
        let line = Line { amount, ..line };
        self.differs(
            BreakKind::MissingHere,
            Resolution::Confirm,
            Some(movement.clone()),
            Some(line),
        );
        if whole {
            for (place, _) in there {
                self.take(place);
            }
        } else {
            self.more_of_the_same(&movement, amount, there);
        }
    }

    /// Compares the amounts of a movement that was done with its lines.
    fn compare(&mut self, movement: &Movement, there: Placed) {
        let signed = movement.side.signed(movement.amount);
        match there.as_slice() {
            // What undoes it is all there is: it was in an earlier statement.
            [] => {}
            [(place, line)] => {
                self.take(*place);
                let (ours, theirs) = (movement.amount, line.amount);
                if ours == theirs {
                    return self.matched(movement, Rule::Reference, signed);
                }
                let kind = if ours.currency() == theirs.currency() {
                    BreakKind::Amount
                } else {
                    BreakKind::Currency
                };
                let line = Some(line.clone());
                self.differs(kind, Resolution::Case, Some(movement.clone()), line);
            }
            _ if whole(&there, movement.amount) => {
                for (place, _) in &there {
                    self.take(*place);
                }
                self.matched(movement, Rule::Split, signed);
            }
            _ if there.iter().any(|(_, it)| it.amount == movement.amount) => {
                self.matched(movement, Rule::Reference, signed);
                self.more_of_the_same(movement, movement.amount, there);
            }
            _ => {
                for (place, line) in there {
                    self.take(place);
                    let ours = Some(movement.clone());
                    self.differs(BreakKind::Amount, Resolution::Case, ours, Some(line));
                }
            }
        }
    }

    /// Of several lines, one is what was expected; the others are there once too often.
    fn more_of_the_same(&mut self, movement: &Movement, expected: Money, there: Placed) {
        let is_it = there.iter().position(|(_, it)| it.amount == expected);
        for (number, (place, line)) in there.into_iter().enumerate() {
            self.take(place);
            if Some(number) != is_it {
                let ours = Some(movement.clone());
                self.differs(BreakKind::Duplicate, Resolution::Case, ours, Some(line));
            }
        }
    }
}

/// Lines with their places.
type Placed = Vec<(usize, Line)>;

/// Whether several lines are the parts of an amount.
fn whole(lines: &[(usize, Line)], amount: Money) -> bool {
    let same = lines.iter().all(|(_, it)| it.amount.currency() == amount.currency());
    let sum: u128 = lines.iter().map(|(_, it)| u128::from(it.amount.minor())).sum();
    same && lines.len() > 1 && sum == u128::from(amount.minor())
}
