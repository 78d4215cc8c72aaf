//! `/ops/movements/{id}` and `/ops/receipts/{id}`: one top-up, withdrawal or receipt, and the
//! proposal that settles it when neither bank nor statement can.

use super::proposing::{Asking, ask};
use super::things;
use crate::app::App;
use crate::banks::Movement;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::trace;
use crate::web::form::Form;
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, money, words};
use askama::Template;
use axum::extract::{Path, State};
use ledger::bank::{BankEvent, BankReference, TopUpStage, WithdrawalStage};
use ledger::command::{
    Action, AdvanceTopUp, AdvanceWithdrawal, Command, Resolution, ResolveReceipt, Verdict,
};
use ledger::event::Subject;
use ledger::id::{AccountId, CardId, CellId, ReceiptId, TopUpId};
use ledger::money::Money;
use ledger::name::BankNumber;
use ledger::receipt::{Receipt, ReceiptStage};

/// Events that are shown.
const EVENTS_MAX: usize = 30;
/// What a bank can have done in the end.
const ENDS: [BankEvent; 3] = [BankEvent::Confirm, BankEvent::Reject, BankEvent::Return];

/// A choice: its value, what it means, and whether it was chosen.
type Choice = (&'static str, &'static str, bool);

/// What the page of a thing shows, whatever it is.
struct Shown {
    id: String,
    kind: &'static str,
    stage: &'static str,
    amount: String,
    facts: Vec<(&'static str, String, Option<String>)>,
    events: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "ops/movement.html")]
struct MovementPage {
    shell: Shell,
    t: words::Ops,
    w: words::OpsMovements,
    it: Shown,
    settle: Option<Asking>,
    ends: Vec<Choice>,
    amount: String,
    reference: String,
}

#[derive(Template)]
#[template(path = "ops/receipt.html")]
struct ReceiptPage {
    shell: Shell,
    t: words::Ops,
    w: words::OpsMovements,
    it: Shown,
    resolve: Option<Asking>,
    choices: Vec<Choice>,
    account: String,
    card: String,
    top_up: String,
}

/// A movement as the books have it.
struct Found {
    movement: Movement,
    account: AccountId,
    card: CardId,
    amount: Money,
    /// What the bank moved, if that is known.
    moved: Option<Money>,
    stage: String,
    open: bool,
    created_at: ledger::time::Time,
    changed_at: ledger::time::Time,
    due: Option<ledger::time::Time>,
    related: Vec<Subject>,
    last_event: Option<u64>,
}

fn find(app: &App, id: &str) -> Result<Found, Problem> {
    let missing = || Problem::of(&codes::ROUTE_NOT_FOUND);
    let movement = Movement::parse(id).ok_or_else(missing)?;
    let found = match movement {
        Movement::TopUp(id) => things::row(app, id.cell(), |view| view.top_up(id))?.map(|it| {
            let order = it.order.map(Subject::Order);
            let back = it.withdrawal.map(Subject::Withdrawal);
            Found {
                movement,
                account: it.account,
                card: it.card,
                amount: it.amount,
                moved: it.taken,
                stage: format!("top_up_{}", it.stage.code()),
                open: it.stage == TopUpStage::Investigating,
                created_at: it.created_at,
                changed_at: it.changed_at,
                due: it.due(),
                related: [order, back, it.late.map(Subject::Receipt)]
                    .into_iter()
                    .flatten()
                    .collect(),
                last_event: it.last_event,
            }
        }),
        Movement::Withdrawal(id) => {
            things::row(app, id.cell(), |view| view.withdrawal(id))?.map(|it| {
                let top_up = it.top_up.map(Subject::TopUp);
                let receipt = it.receipt.map(Subject::Receipt);
                let late = it.late.map(Subject::Receipt);
                Found {
                    movement,
                    account: it.account,
                    card: it.card,
                    amount: it.amount,
                    moved: it.paid,
                    stage: format!("withdrawal_{}", it.stage.code()),
                    open: it.stage == WithdrawalStage::Investigating,
                    created_at: it.created_at,
                    changed_at: it.changed_at,
                    due: None,
                    related: [top_up, receipt, late].into_iter().flatten().collect(),
                    last_event: it.last_event,
                }
            })
        }
    };
    found.ok_or_else(missing)
}

impl Found {
    /// What is proposed: what the bank did in the end.
    fn action(
        &self,
        event: BankEvent,
        reference: Option<BankReference>,
        amount: Option<Money>,
    ) -> Action {
        match self.movement {
            Movement::TopUp(top_up) => {
                Action::AdvanceTopUp(AdvanceTopUp { top_up, event, reference, amount })
            }
            Movement::Withdrawal(withdrawal) => {
                let advance = AdvanceWithdrawal { withdrawal, event, reference, amount };
                Action::AdvanceWithdrawal(advance)
            }
        }
    }
}

fn link(subject: Subject) -> (String, Option<String>) {
    (crate::http::receipt::named(subject).0, things::page_of(subject))
}

/// The events of something, the oldest first.
fn events(
    app: &App,
    visit: &Visit,
    cell: CellId,
    last: Option<u64>,
) -> Result<Vec<(String, &'static str)>, Problem> {
    let (mut happened, _) = app.read(cell, |view| view.timeline(last, EVENTS_MAX))?;
    happened.reverse();
    let said = happened
        .iter()
        .map(|(_, it)| (dates::second(it.time), visit.lang.of_pair(trace::happened(it.kind))));
    Ok(said.collect())
}

fn movement_page(app: &App, visit: &Visit, it: &Found) -> Result<MovementPage, Problem> {
    let (t, w) = (words::Ops(visit.lang), words::OpsMovements(visit.lang));
    let things = words::OpsThings(visit.lang);
    let id = it.movement.reference();
    let (cell, kind) = match it.movement {
        Movement::TopUp(id) => (id.cell(), "kind_top_up"),
        Movement::Withdrawal(id) => (id.cell(), "kind_withdrawal"),
    };
    let account = link(Subject::Account(it.account));
    let bank = app.banks().of_card(app, it.card).map(|it| it.1.name().to_string());
    let ending = things::row(app, it.card.cell(), |view| view.card(it.card))?;
    let ending = ending.map(|it| things.ending(format!("{:04}", it.last_four)));
    let mut facts = vec![
        (w.account(), account.0, account.1),
        (w.bank(), bank.unwrap_or_default(), None),
        (w.card(), ending.unwrap_or_default(), None),
        (w.created(), dates::second(it.created_at), None),
        (w.changed(), dates::second(it.changed_at), None),
    ];
    if let Some(moved) = it.moved {
        facts.push((w.moved(), money::amount(moved), None));
    }
    if let Some(due) = it.due {
        facts.push((w.due(), dates::second(due), None));
    }
    facts.extend(it.related.iter().map(|it| {
        let (id, href) = link(*it);
        (w.related(), id, href)
    }));
    let like = it.action(BankEvent::Confirm, None, None);
    let settle = it.open.then(|| Asking::new(app, visit, cell, &like)).transpose()?;
    let shown = Shown {
        kind: things.named(kind).unwrap_or_default(),
        stage: things.named(&it.stage).unwrap_or_default(),
        amount: money::amount(it.amount),
        facts: facts.into_iter().filter(|it| !it.1.is_empty()).collect(),
        events: events(app, visit, cell, it.last_event)?,
        id,
    };
    let means = |it: BankEvent| w.named(&format!("end_{}", it.code())).unwrap_or_default();
    Ok(MovementPage {
        shell: visit.shell(app, shown.kind),
        it: shown,
        settle,
        ends: ENDS.map(|it| (it.code(), means(it), false)).into(),
        amount: String::new(),
        reference: String::new(),
        t,
        w,
    })
}

/// `GET /ops/movements/{id}`
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    visit.operator()?;
    render(&movement_page(&app, &visit, &find(&app, &id)?)?)
}

/// `POST /ops/movements/{id}/settle`: proposes what the bank did in the end.
pub(super) async fn settle(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    visit.operator()?;
    let it = find(&app, &id)?;
    match ask(&app, &visit, &form, settlement(&app, &it, &form)).await? {
        Ok(path) => see(&path),
        Err(fault) => {
            let mut page = movement_page(&app, &visit, &it)?;
            page.settle = page.settle.map(|it| it.wrong(&form, fault));
            form.text("amount").clone_into(&mut page.amount);
            form.text("reference").clone_into(&mut page.reference);
            page.ends.iter_mut().for_each(|it| it.2 = it.0 == form.text("event"));
            again(&page)
        }
    }
}

fn settlement(app: &App, it: &Found, form: &Form) -> Result<(CellId, Action), Problem> {
    let unreadable = || Problem::of(&codes::FORM_UNREADABLE);
    let event = ENDS.into_iter().find(|it| it.code() == form.text("event"));
    let event = event.ok_or_else(unreadable)?;
    let amount = match form.text("amount") {
        "" => None,
        typed => {
            let read = money::parse(typed, it.amount.currency());
            Some(read.ok_or_else(|| Problem::of(&codes::AMOUNT_OUT_OF_RANGE))?)
        }
    };
    let reference = match form.text("reference") {
        "" => None,
        typed => {
            let (_, desk, _) = app.banks().of_card(app, it.card).ok_or_else(unreadable)?;
            let number = BankNumber::new(typed);
            let number = number.ok_or_else(|| Problem::of(&codes::NUMBER_INVALID))?;
            Some(BankReference { bank: desk.name(), number })
        }
    };
    Ok((it.movement.cell(), it.action(event, reference, amount)))
}

fn find_receipt(app: &App, id: &str) -> Result<Receipt, Problem> {
    let missing = || Problem::of(&codes::ROUTE_NOT_FOUND);
    let id = ReceiptId::parse(id).map_err(|_| missing())?;
    things::row(app, id.cell(), |view| view.receipt(id))?.ok_or_else(missing)
}

/// What a bank calls the money, from the record that said so.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other command opens a receipt")]
fn called(app: &App, it: &Receipt) -> Option<BankReference> {
    let request = app.engine().request_at(it.id.cell(), it.position).ok()?;
    match request.command {
        Command::RecordReceipt(it) => Some(it.reference),
        Command::AdvanceTopUp(it) => it.reference,
        Command::AdvanceWithdrawal(it) => it.reference,
        Command::DecideProposal(it) => match it.verdict {
            Verdict::Approve { action: Action::RecordReceipt(it) } => Some(it.reference),
            Verdict::Approve { .. } | Verdict::Refuse | Verdict::Withdraw => None,
        },
        _ => None,
    }
}

fn receipt_page(app: &App, visit: &Visit, it: &Receipt) -> Result<ReceiptPage, Problem> {
    let (t, w) = (words::Ops(visit.lang), words::OpsMovements(visit.lang));
    let things = words::OpsThings(visit.lang);
    let way = if it.outgoing { w.went_out() } else { w.came_in() };
    let mut facts = vec![
        (w.way(), way.to_owned(), None),
        (w.created(), dates::second(it.created_at), None),
        (w.changed(), dates::second(it.changed_at), None),
    ];
    if let Some(called) = called(app, it) {
        facts.push((w.bank(), called.bank.as_str().to_owned(), None));
        facts.push((w.bank_reference(), called.number.as_str().to_owned(), None));
    }
    for (name, subject) in [(w.cause(), it.cause), (w.taker(), it.taker)] {
        facts.extend(subject.map(|it| {
            let (id, href) = link(it);
            (name, id, href)
        }));
    }
    let like = ResolveReceipt { receipt: it.id, resolution: Resolution::WriteOff };
    let like = Action::ResolveReceipt(like);
    let open = it.stage == ReceiptStage::Open;
    let resolve = open.then(|| Asking::new(app, visit, it.id.cell(), &like)).transpose()?;
    let ways: &[(&str, &str)] = if it.outgoing {
        &[("write_off", w.to_loss())]
    } else {
        &[
            ("credit", w.to_account()),
            ("return", w.to_card()),
            ("match", w.to_top_up()),
            ("write_off", w.to_gain()),
        ]
    };
    let shown = Shown {
        id: it.id.to_string(),
        kind: things.named("kind_receipt").unwrap_or_default(),
        stage: things.named(&format!("receipt_{}", it.stage.code())).unwrap_or_default(),
        amount: money::amount(it.amount),
        facts,
        events: events(app, visit, it.id.cell(), it.last_event)?,
    };
    Ok(ReceiptPage {
        shell: visit.shell(app, shown.kind),
        it: shown,
        resolve,
        choices: ways.iter().map(|it| (it.0, it.1, false)).collect(),
        account: String::new(),
        card: String::new(),
        top_up: String::new(),
        t,
        w,
    })
}

/// `GET /ops/receipts/{id}`
pub(super) async fn receipt(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Page {
    visit.operator()?;
    render(&receipt_page(&app, &visit, &find_receipt(&app, &id)?)?)
}

/// `POST /ops/receipts/{id}/resolve`: proposes whose money it is.
pub(super) async fn resolve(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Page {
    visit.operator()?;
    let it = find_receipt(&app, &id)?;
    let action = resolution(&form).map(|resolution| {
        (it.id.cell(), Action::ResolveReceipt(ResolveReceipt { receipt: it.id, resolution }))
    });
    match ask(&app, &visit, &form, action).await? {
        Ok(path) => see(&path),
        Err(fault) => {
            let mut page = receipt_page(&app, &visit, &it)?;
            page.resolve = page.resolve.map(|it| it.wrong(&form, fault));
            form.text("account").clone_into(&mut page.account);
            form.text("card").clone_into(&mut page.card);
            form.text("top_up").clone_into(&mut page.top_up);
            page.choices.iter_mut().for_each(|it| it.2 = it.0 == form.text("to"));
            again(&page)
        }
    }
}

fn resolution(form: &Form) -> Result<Resolution, Problem> {
    let account = || {
        let missing = || Problem::of(&codes::ACCOUNT_NOT_FOUND);
        form.id("account", AccountId::parse).ok_or_else(missing)
    };
    Ok(match form.text("to") {
        "credit" => Resolution::Credit { account: account()? },
        "return" => {
            let missing = || Problem::of(&codes::CARD_NOT_FOUND);
            let card = form.id("card", CardId::parse).ok_or_else(missing)?;
            Resolution::Return { account: account()?, card }
        }
        "match" => {
            let missing = || Problem::of(&codes::TOP_UP_NOT_FOUND);
            Resolution::Match { top_up: form.id("top_up", TopUpId::parse).ok_or_else(missing)? }
        }
        "write_off" => Resolution::WriteOff,
        _ => return Err(Problem::of(&codes::FORM_UNREADABLE)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn whatever_a_bank_did_in_the_end_has_words() {
        for lang in [Lang::Zh, Lang::En] {
            let w = words::OpsMovements(lang);
            for it in ENDS {
                assert!(w.named(&format!("end_{}", it.code())).is_some(), "{}", it.code());
            }
        }
    }
}
