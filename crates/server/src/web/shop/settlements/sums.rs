//! What happened to an account of a shop, told as sales, fees, refunds and the rest.
//!
//! The books know entries; a shop thinks in orders. The fee of an order never was in its account,
//! so an entry of what was released is told as what was sold, less the fee. Whatever is told is
//! counted again, and what does not come to the balance of the books is not shown.

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::activity::books::{Found, Reach, left, opening, scan_within};
use crate::web::activity::wanted::Wanted;
use ledger::account::Account;
use ledger::event::Subject;
use ledger::id::AccountId;
use ledger::posting::{Posting, Reason};
use ledger::remittance::Purpose;
use ledger::time::Time;
use store::{Miss, View};

/// How far back a shop's history is looked through, and the most entries that are counted.
const REACH: Reach = Reach { looked_at: 1_000_000, entries: 100_000 };
/// Entries that are told at a time; the books are let go in between.
const STEP: usize = 500;

/// What an entry is to a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What an order released, and the fee that was kept of it.
    Sale { fee: u64 },
    /// Money that went back to a buyer after that.
    Refund,
    /// Anything else, such as a withdrawal.
    Other,
}

/// An entry with what it is.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) found: Found,
    pub(super) part: Part,
}

/// What a span of time comes to, in minor units: what there was, and sales less fees and refunds,
/// and what else came less what else went, is what there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) opening: u64,
    pub(super) sales: usize,
    pub(super) gross: u64,
    pub(super) fees: u64,
    pub(super) refunds: u64,
    pub(super) came: u64,
    pub(super) went: u64,
    pub(super) closing: u64,
}

impl Sums {
    /// Sums before anything happened.
    pub(super) fn new(opening: u64) -> Sums {
        Sums { opening, closing: opening, ..Sums::default() }
    }

    /// Counts one more entry, unless the books have another balance after it.
    pub(super) fn add(&mut self, own: AccountId, it: &Posting, part: Part) -> Option<()> {
        let income = it.credit == own;
        match part {
            Part::Sale { fee } => {
                self.sales += 1;
                self.gross = self.gross.checked_add(it.amount)?.checked_add(fee)?;
                self.fees = self.fees.checked_add(fee)?;
            }
            Part::Refund => self.refunds = self.refunds.checked_add(it.amount)?,
            Part::Other if income => self.came = self.came.checked_add(it.amount)?,
            Part::Other => self.went = self.went.checked_add(it.amount)?,
        }
        let plus = self.opening.checked_add(self.gross)?.checked_add(self.came)?;
        let minus = self.fees.checked_add(self.refunds)?.checked_add(self.went)?;
        self.closing = plus.checked_sub(minus)?;
        (self.closing == left(own, it)).then_some(())
    }
}

/// What happened to an account from one moment to another, the oldest first.
pub(super) struct Period {
    pub(super) own: AccountId,
    pub(super) opening: u64,
    pub(super) lines: Vec<Line>,
}

impl Period {
    /// Looks; nothing if there is more than can be counted.
    pub(super) fn look(
        app: &App,
        account: &Account,
        (from, to): (Time, Time),
    ) -> Result<Option<Period>, Problem> {
        let scan = scan_within(app, account.id, &Wanted::between(from, to), REACH)?;
        if !scan.whole {
            return Ok(None);
        }
        let opening = opening(account, &scan)?;
        let mut lines = Vec::with_capacity(scan.entries.len());
        for some in scan.entries.chunks(STEP) {
            let told = |view: &View<'_>| some.iter().map(|it| line(view, account.id, it)).collect();
            let (told, _): (Vec<Line>, _) = app.read(account.id.cell(), told)?;
            lines.extend(told);
        }
        lines.reverse();
        Ok(Some(Period { own: account.id, opening, lines }))
    }

    /// The sums of all of it, and of each day: by the first entry of the day.
    pub(super) fn sums(&self) -> Result<(Sums, Vec<(Time, Sums)>), Problem> {
        let broken = || Problem::of(&codes::INTERNAL_ERROR);
        let (mut all, mut days) = (Sums::new(self.opening), Vec::<(Time, Sums)>::new());
        for Line { found: (_, it, _), part } in &self.lines {
            let day = |time| crate::web::dates::local(time).date();
            if days.last().is_none_or(|last| day(last.0) != day(it.time)) {
                days.push((it.time, Sums::new(all.closing)));
            }
            let (_, today) = days.last_mut().ok_or_else(broken)?;
            today.add(self.own, it, *part).ok_or_else(broken)?;
            all.add(self.own, it, *part).ok_or_else(broken)?;
        }
        Ok((all, days))
    }
}

/// An entry, told to its shop.
fn line(view: &View<'_>, own: AccountId, found: &Found) -> Result<Line, Miss> {
    let it = &found.1;
    let part = if let Subject::Order(id) = it.subject {
        match it.reason == Reason::OrderRefunded {
            true if it.debit == own => Part::Refund,
            false if it.credit == own => Part::Sale { fee: view.order(id)?.map_or(0, |it| it.fee) },
            true | false => Part::Other,
        }
    } else if let Subject::Remittance(id) = it.subject {
        // A refund to a buyer whose account is in another cell.
        let refund = Some(Purpose::Credit(Reason::OrderRefunded));
        let left = it.debit == own && it.reason == Reason::Remitted;
        let refunds = left && view.remittance(id)?.map(|it| it.purpose) == refund;
        if refunds { Part::Refund } else { Part::Other }
    } else {
        Part::Other
    };
    Ok(Line { found: *found, part })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::currency::Currency;
    use ledger::id::{CellId, Position};

    const OWN: AccountId = AccountId::new(CellId::FIRST, 1);
    const OTHER: AccountId = AccountId::new(CellId::FIRST, 2);

    fn posting(income: bool, amount: u64, after: u64) -> Posting {
        let (debit, credit) = if income { (OTHER, OWN) } else { (OWN, OTHER) };
        let after = i64::try_from(after).unwrap();
        Posting {
            debit,
            credit,
            amount,
            currency: Currency::CNY,
            debit_balance: after,
            credit_balance: after,
            reason: Reason::Transfer,
            subject: Subject::Cell,
            position: Position(0),
            time: Time(0),
            debit_previous: None,
            credit_previous: None,
        }
    }

    #[test]
    fn what_there_was_and_what_happened_is_what_there_is() {
        let mut sums = Sums::new(1_000);
        let happened = [
            (posting(true, 8_747, 9_747), Part::Sale { fee: 53 }),
            (posting(false, 2_000, 7_747), Part::Refund),
            (posting(false, 5_000, 2_747), Part::Other),
            (posting(true, 300, 3_047), Part::Other),
        ];
        for (it, part) in &happened {
            sums.add(OWN, it, *part).unwrap();
        }
        let (gross, fees, refunds, came, went) = (8_800, 53, 2_000, 300, 5_000);
        let (opening, sales, closing) = (1_000, 1, 3_047);
        assert_eq!(sums, Sums { opening, sales, gross, fees, refunds, came, went, closing });
        assert_eq!(opening + gross - fees - refunds + came - went, closing);
    }

    #[test]
    fn what_does_not_come_to_the_balance_of_the_books_is_no_sum() {
        let mut sums = Sums::new(1_000);
        assert!(sums.add(OWN, &posting(true, 500, 1_501), Part::Other).is_none());
        let mut sums = Sums::new(100);
        assert!(sums.add(OWN, &posting(false, 500, 0), Part::Refund).is_none());
    }
}
