//! Things of the books, as the console names them: what each is, where it stands, and its page.

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::receipt::named;
use crate::web::lang::Lang;
use crate::web::{dates, money, words};
use ledger::account::Account;
use ledger::command::Outcome;
use ledger::event::Subject;
use ledger::id::{
    AccountId, AnnouncementId, CardId, CellId, DeliveryId, EndpointId, HoldId, KeyId, OrderId,
    Position, ProposalId, ReceiptId, RemittanceId, SessionId, TopUpId, TransferId, UserId,
    WithdrawalId,
};
use ledger::money::Money;
use ledger::order::Order;
use ledger::posting::Posting;
use ledger::time::Time;
use store::{Miss, View};

/// A thing in a list: enough to tell it from others.
pub(super) struct Thing {
    /// What it is.
    pub(super) kind: &'static str,
    /// Its name.
    pub(super) id: String,
    /// Where it stands, in a line.
    pub(super) said: String,
    /// Its page, if it has one.
    pub(super) href: Option<String>,
}

/// The thing that a text names.
pub(super) fn parse(text: &str) -> Option<Subject> {
    let each = [
        OrderId::parse(text).ok().map(Subject::Order),
        AccountId::parse(text).ok().map(Subject::Account),
        UserId::parse(text).ok().map(Subject::User),
        TopUpId::parse(text).ok().map(Subject::TopUp),
        WithdrawalId::parse(text).ok().map(Subject::Withdrawal),
        ReceiptId::parse(text).ok().map(Subject::Receipt),
        HoldId::parse(text).ok().map(Subject::Hold),
        RemittanceId::parse(text).ok().map(Subject::Remittance),
        TransferId::parse(text).ok().map(Subject::Transfer),
        CardId::parse(text).ok().map(Subject::Card),
        KeyId::parse(text).ok().map(Subject::Key),
        EndpointId::parse(text).ok().map(Subject::Endpoint),
        DeliveryId::parse(text).ok().map(Subject::Delivery),
        ProposalId::parse(text).ok().map(Subject::Proposal),
        SessionId::parse(text).ok().map(Subject::Session),
        AnnouncementId::parse(text).ok().map(Subject::Announcement),
    ];
    each.into_iter().flatten().next()
}

/// The page of a thing, if it has one of its own.
pub(super) fn page_of(subject: Subject) -> Option<String> {
    match subject {
        Subject::Order(id) => Some(format!("/ops/orders/{id}")),
        Subject::Account(id) => Some(format!("/ops/accounts/{id}")),
        Subject::User(id) => Some(format!("/ops/users/{id}")),
        Subject::TopUp(_) | Subject::Withdrawal(_) => {
            Some(format!("/ops/movements/{}", named(subject).0))
        }
        Subject::Receipt(id) => Some(format!("/ops/receipts/{id}")),
        Subject::Hold(_) | Subject::Remittance(_) | Subject::Transfer(_) => {
            Some(format!("/trace/{}", named(subject).0))
        }
        Subject::Proposal(id) => Some(format!("/ops/approvals/{id}")),
        Subject::Announcement(_) => Some("/ops/announcements".to_owned()),
        Subject::Cell
        | Subject::Card(_)
        | Subject::Key(_)
        | Subject::Session(_)
        | Subject::Endpoint(_)
        | Subject::Delivery(_) => None,
    }
}

/// Reads a row; a cell that is not there has none.
pub(super) fn row<T>(
    app: &App,
    cell: CellId,
    look: impl FnMut(&View<'_>) -> Result<Option<T>, Miss>,
) -> Result<Option<T>, Problem> {
    if cell.number() >= app.engine().cells() {
        return Ok(None);
    }
    Ok(app.read(cell, look)?.0)
}

/// The thing as a line, if it is there.
pub(super) fn find(app: &App, lang: Lang, subject: Subject) -> Result<Option<Thing>, Problem> {
    let t = words::OpsThings(lang);
    let line = Line { app, lang, t };
    let (id, object) = named(subject);
    let kind = t.named(&format!("kind_{object}")).unwrap_or(object);
    let Some(said) = line.of(subject)? else { return Ok(None) };
    let href = match page_of(subject) {
        Some(page) => Some(page),
        None => owner(app, subject)?.map(|it| format!("/ops/users/{it}")),
    };
    Ok(Some(Thing { kind, id, said: said.join(" · "), href }))
}

/// Whose something is that has no page of its own: it is shown with them.
fn owner(app: &App, subject: Subject) -> Result<Option<UserId>, Problem> {
    Ok(match subject {
        Subject::Card(id) => row(app, id.cell(), |it| it.card(id))?.map(|it| it.user),
        Subject::Session(id) => row(app, id.cell(), |it| it.session(id))?.map(|it| it.user),
        Subject::Endpoint(id) => row(app, id.cell(), |it| it.endpoint(id))?.map(|it| it.user),
        Subject::Key(id) => row(app, id.cell(), |it| it.key(id))?.and_then(|it| it.user),
        Subject::Delivery(id) => match row(app, id.cell(), |it| it.delivery(id))? {
            Some(it) => owner(app, Subject::Endpoint(it.endpoint))?,
            None => None,
        },
        Subject::Cell
        | Subject::Account(_)
        | Subject::User(_)
        | Subject::Order(_)
        | Subject::TopUp(_)
        | Subject::Withdrawal(_)
        | Subject::Hold(_)
        | Subject::Receipt(_)
        | Subject::Remittance(_)
        | Subject::Transfer(_)
        | Subject::Proposal(_)
        | Subject::Announcement(_) => None,
    })
}

struct Line<'a> {
    app: &'a App,
    lang: Lang,
    t: words::OpsThings,
}

impl Line<'_> {
    fn of(&self, subject: Subject) -> Result<Option<Vec<String>>, Problem> {
        let app = self.app;
        Ok(match subject {
            Subject::Cell => None,
            Subject::Order(id) => row(app, id.cell(), |it| it.order(id))?.map(|it| self.order(&it)),
            Subject::Account(id) => {
                row(app, id.cell(), |it| it.account(id))?.map(|it| self.account(&it))
            }
            Subject::User(id) => row(app, id.cell(), |it| it.user(id))?.map(|it| {
                let kind = self.word(&format!("user_{}", it.kind.code()));
                vec![self.name(id), kind, self.day(it.created_at)]
            }),
            Subject::TopUp(id) => row(app, id.cell(), |it| it.top_up(id))?.map(|it| {
                let stage = words::Wallet(self.lang).named(&format!("top_up_{}", it.stage.code()));
                let stage = stage.unwrap_or_default().to_owned();
                vec![stage, money::amount(it.amount), self.day(it.created_at)]
            }),
            Subject::Withdrawal(id) => row(app, id.cell(), |it| it.withdrawal(id))?.map(|it| {
                let stage = self.word(&format!("withdrawal_{}", it.stage.code()));
                vec![stage, money::amount(it.amount), self.day(it.created_at)]
            }),
            Subject::Receipt(id) => row(app, id.cell(), |it| it.receipt(id))?.map(|it| {
                let stage = self.word(&format!("receipt_{}", it.stage.code()));
                vec![stage, money::amount(it.amount), self.day(it.created_at)]
            }),
            Subject::Hold(id) => row(app, id.cell(), |it| it.hold(id))?.map(|it| {
                let stage = self.word(&format!("hold_{}", it.stage.code()));
                vec![stage, money::amount(it.amount), self.day(it.placed_at)]
            }),
            Subject::Remittance(id) => row(app, id.cell(), |it| it.remittance(id))?.map(|it| {
                let stage = self.word(&format!("remittance_{}", it.stage.code()));
                vec![stage, money::amount(it.amount), self.day(it.sent_at)]
            }),
            Subject::Transfer(id) => self.transfer(id)?,
            Subject::Card(id) => row(app, id.cell(), |it| it.card(id))?
                .map(|it| vec![self.t.ending(format!("{:04}", it.last_four)), self.name(it.user)]),
            Subject::Key(id) => row(app, id.cell(), |it| it.key(id))?.map(|it| {
                let owner = it.user.map(|it| self.name(it));
                [Some(self.word(&format!("key_{}", it.role.code()))), owner]
                    .into_iter()
                    .flatten()
                    .collect()
            }),
            Subject::Session(id) => row(app, id.cell(), |it| it.session(id))?
                .map(|it| vec![self.name(it.user), dates::second(it.opened_at)]),
            Subject::Endpoint(id) => {
                row(app, id.cell(), |it| it.endpoint(id))?.map(|it| vec![self.name(it.user)])
            }
            Subject::Delivery(id) => row(app, id.cell(), |it| it.delivery(id))?.map(|it| {
                vec![self.word(&format!("delivery_{}", it.stage.code())), it.event.to_string()]
            }),
            Subject::Proposal(id) => row(app, id.cell(), |it| it.proposal(id))?.map(|it| {
                vec![self.word(&format!("proposal_{}", it.stage.code())), self.day(it.created_at)]
            }),
            Subject::Announcement(id) => row(app, id.cell(), |it| it.announcement(id))?
                .map(|it| vec![self.day(it.created_at)]),
        })
    }

    fn order(&self, it: &Order) -> Vec<String> {
        let stage = words::Orders(self.lang).named(it.stage.code()).unwrap_or_default();
        let number = it.number.as_str().to_owned();
        vec![number, stage.to_owned(), money::amount(it.price), self.day(it.created_at)]
    }

    fn account(&self, it: &Account) -> Vec<String> {
        let owner = account_name(self.app, self.lang, it.id);
        vec![owner, self.word(&format!("account_{}", it.state.code())), balance(it)]
    }

    fn transfer(&self, id: TransferId) -> Result<Option<Vec<String>>, Problem> {
        let found = row(self.app, id.cell(), |view| {
            let Some(answer) = view.answer_at(Position(id.number()))? else { return Ok(None) };
            if answer.outcome != Outcome::Accepted(Subject::Transfer(id)) {
                return Ok(None);
            }
            view.posting(answer.first_posting)
        })?;
        let said = |it: Posting| {
            vec![money::amount(Money::new(it.amount, it.currency)), self.day(it.time)]
        };
        Ok(found.map(said))
    }

    fn name(&self, user: UserId) -> String {
        name_of(self.app, user)
    }

    fn word(&self, key: &str) -> String {
        self.t.named(key).unwrap_or_default().to_owned()
    }

    fn day(&self, time: Time) -> String {
        dates::day(self.lang, time)
    }
}

/// Those of several things that are there.
pub(super) fn all(
    app: &App,
    lang: Lang,
    subjects: impl Iterator<Item = Subject>,
) -> Result<Vec<Thing>, Problem> {
    let each: Vec<_> = subjects.map(|it| find(app, lang, it)).collect::<Result<_, _>>()?;
    Ok(each.into_iter().flatten().collect())
}

/// Whose account it is, or which of the platform's.
pub(super) fn account_name(app: &App, lang: Lang, id: AccountId) -> String {
    let account = row(app, id.cell(), |view| view.account(id)).ok().flatten();
    let Some(account) = account else { return id.to_string() };
    let kind = format!("account_{}", account.kind.code());
    match account.owner {
        Some(user) => name_of(app, user),
        None => words::OpsThings(lang).named(&kind).unwrap_or_default().to_owned(),
    }
}

/// What somebody is called; by number, if nobody knows any more.
pub(super) fn name_of(app: &App, user: UserId) -> String {
    app.people().name_of(user).ok().flatten().unwrap_or_else(|| user.to_string())
}

/// A balance with its sign.
pub(super) fn balance(it: &Account) -> String {
    let units = it.balance();
    let size = u64::try_from(units.unsigned_abs()).unwrap_or(u64::MAX);
    if units < 0 { money::expense(size, it.currency) } else { money::minor(size, it.currency) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::bank::WithdrawalStage;
    use ledger::proposal::ProposalStage;
    use ledger::receipt::ReceiptStage;

    #[test]
    fn every_kind_of_thing_is_found_by_its_name() {
        let cell = CellId::FIRST;
        for subject in [
            Subject::Order(OrderId::new(cell, 7)),
            Subject::Account(AccountId::new(cell, 7)),
            Subject::User(UserId::new(cell, 7)),
            Subject::TopUp(TopUpId::new(cell, 7)),
            Subject::Withdrawal(WithdrawalId::new(cell, 7)),
            Subject::Receipt(ReceiptId::new(cell, 7)),
            Subject::Hold(HoldId::new(cell, 7)),
            Subject::Remittance(RemittanceId::new(cell, 7)),
            Subject::Transfer(TransferId::new(cell, 7)),
            Subject::Card(CardId::new(cell, 7)),
            Subject::Key(KeyId::new(cell, 7)),
            Subject::Endpoint(EndpointId::new(cell, 7)),
            Subject::Delivery(DeliveryId::new(cell, 7)),
            Subject::Proposal(ProposalId::new(cell, 7)),
            Subject::Session(SessionId::new(cell, 7)),
            Subject::Announcement(AnnouncementId::new(cell, 7)),
        ] {
            let (id, object) = named(subject);
            assert_eq!(parse(&id), Some(subject));
            let kind = format!("kind_{object}");
            assert!(words::OpsThings(Lang::Zh).named(&kind).is_some(), "{kind}");
        }
        assert_eq!(parse("ord_nothing"), None);
    }

    #[test]
    fn every_stage_has_words() {
        let t = words::OpsThings(Lang::En);
        let known = |key: String| assert!(t.named(&key).is_some(), "{key}");
        for it in WithdrawalStage::ALL {
            known(format!("withdrawal_{}", it.code()));
        }
        for it in ReceiptStage::ALL {
            known(format!("receipt_{}", it.code()));
        }
        for it in ProposalStage::ALL {
            known(format!("proposal_{}", it.code()));
        }
    }
}
