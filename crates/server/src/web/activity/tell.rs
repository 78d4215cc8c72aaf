//! An entry in words: what it was, who was on the other side, how far it is.

use super::books::Found;
use super::kind::Kind;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::receipt::named;
use crate::web::visit::Visit;
use crate::web::{dates, money, movements, orders, words};
use ledger::account::System;
use ledger::event::Subject;
use ledger::id::{AccountId, CardId, EntryId, OrderId, UserId};
use ledger::order::Order;
use ledger::posting::{Posting, Reason};
use ledger::registry::UserKind;
use ledger::remittance::{Purpose, Remittance};

/// How far something is, as its chip shows it.
pub(crate) struct Chip {
    pub(crate) class: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) text: &'static str,
}

/// An entry on a list.
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) icon: &'static str,
    /// What it was: the subject of an order, or a word for it.
    pub(crate) what: String,
    /// A word for what it did.
    pub(crate) did: &'static str,
    /// Who was on the other side; empty if that was the platform.
    pub(crate) who: String,
    pub(crate) income: bool,
    pub(crate) amount: String,
    pub(crate) chip: Chip,
    pub(crate) at: dates::Moment,
    pub(crate) clock: String,
}

/// What an entry belongs to.
pub(crate) struct About {
    pub(crate) what: String,
    pub(crate) did: &'static str,
    pub(crate) who: String,
    /// The account or the card of the other side.
    pub(crate) account: String,
    pub(crate) chip: Chip,
    /// The page of what it belongs to.
    pub(crate) href: Option<String>,
    /// By what it is found again, also in the trace.
    pub(crate) reference: String,
    /// The order's own number, if it has one.
    pub(crate) number: Option<String>,
    pub(crate) order: bool,
}

/// Whoever tells it, to the owner of an account.
pub(crate) struct Teller<'a> {
    pub(crate) app: &'a App,
    pub(crate) visit: &'a Visit,
    pub(crate) own: AccountId,
}

impl Teller<'_> {
    /// A line for each.
    pub(super) fn lines(&self, found: &[Found]) -> Result<Vec<Line>, Problem> {
        found.iter().map(|it| self.line(it)).collect()
    }

    fn line(&self, found: &Found) -> Result<Line, Problem> {
        let (number, it, kind) = found;
        let about = self.about(found)?;
        let income = it.credit == self.own;
        Ok(Line {
            id: EntryId::new(self.own.cell(), *number).to_string(),
            icon: kind.icon(),
            what: about.what,
            did: about.did,
            who: about.who,
            income,
            amount: signed(it, income),
            chip: about.chip,
            at: dates::Moment::new(self.visit.lang, it.time),
            clock: dates::clock(it.time),
        })
    }

    /// What an entry belongs to, looked up.
    pub(super) fn about(&self, (_, it, kind): &Found) -> Result<About, Problem> {
        match it.subject {
            Subject::Order(id) => self.of_order(it, *kind, id),
            Subject::TopUp(id) => {
                let (found, _) = self.app.read(id.cell(), |view| view.top_up(id))?;
                let chip = found.map(|it| movements::top_up_chip(self.visit.lang, it.stage));
                let href = Some(format!("/top-ups/{id}"));
                self.of_card(it, *kind, found.map(|it| it.card), chip, href)
            }
            Subject::Withdrawal(id) => {
                let (found, _) = self.app.read(id.cell(), |view| view.withdrawal(id))?;
                let chip = found.map(|it| movements::withdrawal_chip(self.visit.lang, it.stage));
                let href = Some(format!("/withdrawals/{id}"));
                self.of_card(it, *kind, found.map(|it| it.card), chip, href)
            }
            Subject::Remittance(id) => {
                let (found, _) = self.app.read(id.cell(), |view| view.remittance(id))?;
                self.of_remittance(it, *kind, found.as_ref())
            }
            Subject::Cell
            | Subject::Account(_)
            | Subject::User(_)
            | Subject::Card(_)
            | Subject::Hold(_)
            | Subject::Transfer(_)
            | Subject::Key(_)
            | Subject::Endpoint(_)
            | Subject::Delivery(_)
            | Subject::Receipt(_)
            | Subject::Proposal(_)
            | Subject::Session(_)
            | Subject::Announcement(_) => Ok(self.plain(it, *kind, self.other(it))),
        }
    }

    /// The account on the other side of a posting.
    fn other(&self, it: &Posting) -> AccountId {
        if it.debit == self.own { it.credit } else { it.debit }
    }

    /// An entry of which no more is known than its two sides.
    fn plain(&self, it: &Posting, kind: Kind, other: AccountId) -> About {
        let (did, income) = (self.did(it.reason, kind), it.credit == self.own);
        let t = words::Activity(self.visit.lang);
        let opened = System::of(other).is_none();
        let who = if opened { self.called(other) } else { t.platform().to_owned() };
        let what = match kind {
            Kind::Transfer if income => t.transfer_from(&who),
            Kind::Transfer => t.transfer_to(&who),
            Kind::Order | Kind::Refund | Kind::TopUp | Kind::Withdrawal | Kind::Other => {
                did.to_owned()
            }
        };
        About {
            what,
            did,
            who,
            account: if opened { other.to_string() } else { String::new() },
            chip: Chip { class: "ok", icon: "circle-check", text: t.done() },
            href: None,
            reference: named(it.subject).0,
            number: None,
            order: false,
        }
    }

    fn of_order(&self, it: &Posting, kind: Kind, id: OrderId) -> Result<About, Problem> {
        let (found, _) = self.app.read(id.cell(), |view| view.order(id))?;
        let plain = self.plain(it, kind, self.other(it));
        let Some(order) = found else { return Ok(plain) };
        let signed = self.visit.signed()?;
        let sold = order.merchant == signed.user;
        let (class, icon) = orders::chip(order.stage);
        let base = match signed.kind {
            UserKind::Merchant if sold => Some("/shop/orders"),
            UserKind::Customer => Some("/orders"),
            UserKind::Merchant | UserKind::Operator => None,
        };
        let (who, account) = if sold {
            (self.buyer(&order)?, order.buyer)
        } else {
            (Some(order.merchant), order.seller)
        };
        Ok(About {
            what: orders::subject(self.app, &order)?,
            who: orders::name(self.app, self.visit, who),
            account: account.to_string(),
            chip: Chip { class, icon, text: orders::stage_name(self.visit, order.stage) },
            href: base.map(|base| format!("{base}/{id}")),
            reference: id.to_string(),
            number: Some(order.number.as_str().to_owned()).filter(|it| !it.is_empty()),
            order: true,
            ..plain
        })
    }

    /// Whoever paid an order.
    fn buyer(&self, order: &Order) -> Result<Option<UserId>, Problem> {
        if order.customer.is_some() {
            return Ok(order.customer);
        }
        let look = |view: &store::View<'_>| view.account(order.buyer);
        Ok(self.app.read(order.buyer.cell(), look)?.0.and_then(|it| it.owner))
    }

    fn of_card(
        &self,
        it: &Posting,
        kind: Kind,
        card: Option<CardId>,
        chip: Option<Chip>,
        href: Option<String>,
    ) -> Result<About, Problem> {
        let plain = self.plain(it, kind, self.other(it));
        let who = match card {
            Some(card) => movements::card_name(self.app, self.visit.lang, card)?,
            None => plain.who,
        };
        let chip = chip.unwrap_or(plain.chip);
        Ok(About { account: String::new(), who, chip, href, ..plain })
    }

    /// Money between cells, told as what it is for: cells are nothing that people know.
    fn of_remittance(
        &self,
        it: &Posting,
        kind: Kind,
        found: Option<&Remittance>,
    ) -> Result<About, Problem> {
        let Some(remittance) = found else { return Ok(self.plain(it, kind, self.other(it))) };
        let other = if it.debit == self.own || remittance.debit == self.own {
            remittance.credit
        } else {
            remittance.debit
        };
        match remittance.purpose {
            Purpose::Pay(order) if it.debit == self.own || remittance.debit == self.own => {
                self.of_order(it, Kind::Order, order)
            }
            Purpose::Pay(_) | Purpose::Credit(_) => Ok(self.plain(it, kind, other)),
        }
    }

    /// A word for what an entry did, on its owner's side.
    fn did(&self, reason: Reason, kind: Kind) -> &'static str {
        let t = words::Activity(self.visit.lang);
        match (reason, kind) {
            (Reason::Remitted, Kind::Order) => t.paid(),
            (Reason::Remitted, _) => t.sent(),
            (Reason::Received, _) => t.received(),
            (Reason::RemittanceReturned, _) => t.came_back(),
            (_, _) => {
                let key = format!("reason_{}", reason.code());
                words::Wallet(self.visit.lang).named(&key).unwrap_or_default()
            }
        }
    }

    /// What an account is called, as far as its owner may know.
    pub(super) fn called(&self, id: AccountId) -> String {
        if id == self.own {
            return words::Activity(self.visit.lang).own_account().to_owned();
        }
        if let Some((system, _)) = System::of(id) {
            let t = words::Whereabouts(self.visit.lang);
            let code = system.kind().code();
            return t.named(code).unwrap_or(code).to_owned();
        }
        let found = self.app.read(id.cell(), |view| view.account(id)).ok().and_then(|it| it.0);
        orders::name(self.app, self.visit, found.and_then(|it| it.owner))
    }
}

/// An amount with its sign.
pub(super) fn signed(it: &Posting, income: bool) -> String {
    if income {
        money::income(it.amount, it.currency)
    } else {
        money::expense(it.amount, it.currency)
    }
}
