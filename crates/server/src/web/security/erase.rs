//! `/security/erase`: how somebody is forgotten; not before everything that is theirs has ended.

use super::{Fault, Proof, holder};
use crate::app::App;
use crate::http::problem::Problem;
use crate::people::Signed;
use crate::web::door::clear_session;
use crate::web::form::{Form, new_key};
use crate::web::page::{Page, again, render, see};
use crate::web::visit::{Shell, Visit};
use crate::web::{money, words};
use askama::Template;
use axum::extract::State;
use ledger::account::Account;
use ledger::id::{AccountId, WithdrawalId};
use ledger::order::Stage;
use ledger::registry::UserKind;
use store::index::Direction;
use store::{List, View};

/// Accounts, orders of a stage, and withdrawals that are looked at.
const ACCOUNTS_MAX: usize = 256;
const ORDERS_MAX: usize = 100;
const WITHDRAWALS_MAX: usize = 1_000;

/// Why somebody cannot be forgotten yet, and where it can be mended.
struct Reason {
    icon: &'static str,
    text: String,
    href: &'static str,
    link: &'static str,
}

/// What stands in the way in the books. The ledger decides; this says it in words before.
#[derive(Default)]
struct InTheWay {
    /// Accounts with a balance, and whether it is owed to their owner.
    balances: Vec<(String, bool)>,
    held: Vec<String>,
    orders: usize,
    movements: usize,
}

impl InTheWay {
    fn find(app: &App, signed: &Signed) -> Result<InTheWay, Problem> {
        let found = app.read(signed.user.cell(), |view| {
            let list = List::UserAccounts(signed.user);
            let ids = view.list(list, Direction::Forwards, None, ACCOUNTS_MAX)?;
            let mut found = InTheWay::default();
            for id in ids.into_iter().map(AccountId::from_raw) {
                if let Some(account) = view.account(id)? {
                    found.look(view, &account)?;
                }
            }
            Ok(found)
        });
        Ok(found?.0)
    }

    fn look(&mut self, view: &View<'_>, it: &Account) -> Result<(), store::Miss> {
        if it.balance() != 0 {
            let size = u64::try_from(it.balance().unsigned_abs()).unwrap_or(u64::MAX);
            self.balances.push((money::minor(size, it.currency), it.balance() > 0));
        }
        if it.held != 0 {
            self.held.push(money::minor(it.held, it.currency));
        }
        for stage in Stage::ALL.into_iter().filter(|it| under_way(*it)) {
            let list = List::PartyOrders(it.id, Some(stage));
            self.orders += view.list(list, Direction::Forwards, None, ORDERS_MAX)?.len();
        }
        self.movements += usize::try_from(it.open_top_ups).unwrap_or(usize::MAX);
        let list = List::AccountWithdrawals(it.id);
        let ids = view.list(list, Direction::Backwards, None, WITHDRAWALS_MAX)?;
        for id in ids.into_iter().map(WithdrawalId::from_raw) {
            let going = view.withdrawal(id)?.is_some_and(|it| !it.stage.ended());
            self.movements += usize::from(going);
        }
        Ok(())
    }

    fn reasons(self, visit: &Visit, kind: UserKind) -> Vec<Reason> {
        let w = words::SecurityErase(visit.lang);
        let (money, orders) = match kind {
            UserKind::Customer => ("/wallet", "/orders"),
            UserKind::Merchant | UserKind::Operator => ("/shop", "/shop/orders"),
        };
        let balances = self.balances.into_iter().map(|(amount, owed)| Reason {
            icon: "wallet",
            text: if owed { w.has_balance(amount) } else { w.owes(amount) },
            href: money,
            link: w.to_money(),
        });
        let held = self.held.into_iter().map(|amount| Reason {
            icon: "lock",
            text: w.has_held(amount),
            href: money,
            link: w.to_money(),
        });
        let open = (self.orders > 0).then(|| Reason {
            icon: "package",
            text: w.has_orders(self.orders),
            href: orders,
            link: w.to_orders(),
        });
        let moving = (self.movements > 0).then(|| Reason {
            icon: "landmark",
            text: w.has_movements(self.movements),
            href: money,
            link: w.to_money(),
        });
        balances.chain(held).chain(open).chain(moving).collect()
    }
}

/// Whether an order of this stage keeps its parties here.
fn under_way(stage: Stage) -> bool {
    match stage {
        Stage::Created
        | Stage::Paid
        | Stage::Shipped
        | Stage::PaidRefundAsked
        | Stage::ShippedRefundAsked
        | Stage::Disputed => true,
        Stage::Completed | Stage::Refunded | Stage::Closed => false,
    }
}

#[derive(Template)]
#[template(path = "security/erase.html")]
struct ErasePage {
    shell: Shell,
    t: words::Security,
    w: words::SecurityErase,
    key: String,
    reasons: Vec<Reason>,
    merchant: bool,
    proof: Proof,
    fault: Option<Fault>,
}

impl ErasePage {
    fn new(app: &App, visit: &Visit) -> Result<ErasePage, Problem> {
        let w = words::SecurityErase(visit.lang);
        let signed = holder(visit)?;
        Ok(ErasePage {
            shell: visit.shell(app, w.title()),
            t: words::Security(visit.lang),
            w,
            key: new_key()?,
            reasons: InTheWay::find(app, signed)?.reasons(visit, signed.kind),
            merchant: signed.kind == UserKind::Merchant,
            proof: Proof::new(app, visit)?,
            fault: None,
        })
    }
}

/// `GET /security/erase`
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Page {
    render(&ErasePage::new(&app, &visit)?)
}

/// `POST /security/erase`
pub(super) async fn erase(State(app): State<App>, visit: Visit, form: Form) -> Page {
    let signed = holder(&visit)?;
    let w = words::SecurityErase(visit.lang);
    let name = form.name(&signed.scope())?;
    let fault = if form.has("sure") {
        match app.people().erase(signed, name, form.raw("password")).await {
            Ok(()) => {
                let mut response = see("/erased")?;
                clear_session(&visit, &mut response);
                return Ok(response);
            }
            Err(problem) => Fault::of(&visit, &problem)?,
        }
    } else {
        Fault::at("sure", w.not_sure())
    };
    again(&ErasePage { fault: Some(fault), ..ErasePage::new(&app, &visit)? })
}

#[derive(Template)]
#[template(path = "security/erased.html")]
struct ErasedPage {
    shell: Shell,
    w: words::SecurityErase,
}

/// `GET /erased`: for whoever is nobody here any more.
pub(super) async fn erased(State(app): State<App>, visit: Visit) -> Page {
    let w = words::SecurityErase(visit.lang);
    render(&ErasedPage { shell: visit.shell(&app, w.done()), w })
}
