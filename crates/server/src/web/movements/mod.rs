//! Money between accounts and bank cards: asked for, checked, and followed until it has arrived.

mod ask;
mod follow;
mod left;

use super::activity::Chip;
use super::form::Form;
use super::lang::Lang;
use super::page::Page;
use super::visit::Visit;
use super::words;
use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Signed;
use ask::Typed;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use ledger::bank::{TopUpStage, WithdrawalStage};
use ledger::id::CardId;
use ledger::limits::Flow;
use ledger::registry::UserKind;
use ledger::time::{Seconds, Time};

/// Every address here.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/wallet/top-up", get(top_up).post(do_top_up))
        .route("/wallet/top-up/review", get(review_top_up))
        .route("/wallet/withdraw", get(withdraw).post(do_withdraw))
        .route("/wallet/withdraw/review", get(review_withdrawal))
        .route("/top-ups/{id}", get(follow::show_top_up))
        .route("/withdrawals/{id}", get(follow::show_withdrawal))
        .route("/live/top-ups/{id}", get(follow::live_top_up))
        .route("/live/withdrawals/{id}", get(follow::live_withdrawal))
}

/// Which way money goes between a card and an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    TopUp,
    Withdraw,
}

impl Way {
    /// Its page.
    const fn base(self) -> &'static str {
        match self {
            Way::TopUp => "/wallet/top-up",
            Way::Withdraw => "/wallet/withdraw",
        }
    }

    const fn flow(self) -> Flow {
        match self {
            Way::TopUp => Flow::TopUp,
            Way::Withdraw => Flow::Withdraw,
        }
    }

    fn title(self, t: words::Movements) -> &'static str {
        match self {
            Way::TopUp => t.top_up(),
            Way::Withdraw => t.withdraw(),
        }
    }

    /// For templates.
    fn leaves(self) -> bool {
        self == Way::Withdraw
    }

    /// Whoever may do it: shops have their money from what they sell, and take it out like others.
    fn mover(self, visit: &Visit) -> Result<&Signed, Problem> {
        let signed = visit.signed()?;
        match (self, signed.kind) {
            (_, UserKind::Customer) | (Way::Withdraw, UserKind::Merchant) => Ok(signed),
            (Way::TopUp, UserKind::Merchant) | (_, UserKind::Operator) => {
                Err(Problem::of(&codes::ROUTE_NOT_FOUND))
            }
        }
    }
}

/// `GET /wallet/top-up`
async fn top_up(State(app): State<App>, visit: Visit, Query(typed): Query<Typed>) -> Page {
    ask::show(&app, &visit, Way::TopUp, &typed)
}

/// `GET /wallet/top-up/review`
async fn review_top_up(State(app): State<App>, visit: Visit, Query(typed): Query<Typed>) -> Page {
    ask::review(&app, &visit, Way::TopUp, &typed)
}

/// `POST /wallet/top-up`
async fn do_top_up(State(app): State<App>, visit: Visit, form: Form) -> Page {
    ask::act(&app, &visit, Way::TopUp, &form).await
}

/// `GET /wallet/withdraw`
async fn withdraw(State(app): State<App>, visit: Visit, Query(typed): Query<Typed>) -> Page {
    ask::show(&app, &visit, Way::Withdraw, &typed)
}

/// `GET /wallet/withdraw/review`
async fn review_withdrawal(
    State(app): State<App>,
    visit: Visit,
    Query(typed): Query<Typed>,
) -> Page {
    ask::review(&app, &visit, Way::Withdraw, &typed)
}

/// `POST /wallet/withdraw`
async fn do_withdraw(State(app): State<App>, visit: Visit, form: Form) -> Page {
    ask::act(&app, &visit, Way::Withdraw, &form).await
}

/// When a bank has certainly done what it is asked at some time: the end of its next business day.
fn arrival(app: &App, card: CardId, asked: Time) -> Time {
    let desk = app.banks().of_card(app, card);
    let calendar = desk.as_ref().map(|it| it.1.calendar());
    let end = calendar.and_then(|it| it.bounds(it.day_of(asked)?.tomorrow().ok()?)).map(|it| it.1);
    // Midnight belongs to the day after: people read the last minute of the day that is meant.
    Time(end.unwrap_or_else(|| asked.after(Seconds::days(2))).0.saturating_sub(60_000))
}

/// How far a top-up is.
pub(super) fn top_up_chip(lang: Lang, stage: TopUpStage) -> Chip {
    let (class, icon) = match stage {
        TopUpStage::Created | TopUpStage::Sent | TopUpStage::Paying => ("info", "hourglass"),
        TopUpStage::Unknown => ("warn", "circle-help"),
        TopUpStage::Credited => ("ok", "circle-check"),
        TopUpStage::Rejected => ("bad", "circle-x"),
        TopUpStage::Returned => ("", "undo-2"),
        TopUpStage::Investigating => ("warn", "search"),
        TopUpStage::Returning => ("warn", "undo-2"),
    };
    let key = format!("top_up_{}", stage.code());
    Chip { class, icon, text: words::Movements(lang).named(&key).unwrap_or_default() }
}

/// How far a withdrawal is.
pub(super) fn withdrawal_chip(lang: Lang, stage: WithdrawalStage) -> Chip {
    let (class, icon) = match stage {
        WithdrawalStage::Created | WithdrawalStage::Sent => ("info", "hourglass"),
        WithdrawalStage::Unknown => ("warn", "circle-help"),
        WithdrawalStage::Paid => ("ok", "circle-check"),
        WithdrawalStage::Rejected | WithdrawalStage::Returned => ("warn", "undo-2"),
        WithdrawalStage::Investigating => ("warn", "search"),
    };
    let key = format!("withdrawal_{}", stage.code());
    Chip { class, icon, text: words::Movements(lang).named(&key).unwrap_or_default() }
}

/// What a card is called: the end of its number.
pub(super) fn card_name(app: &App, lang: Lang, id: CardId) -> Result<String, Problem> {
    let (found, _) = app.read(id.cell(), |view| view.card(id))?;
    let t = words::Movements(lang);
    Ok(found.map_or_else(|| t.some_card().to_owned(), |it| t.card(format!("{:04}", it.last_four))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_words() {
        for lang in [Lang::Zh, Lang::En] {
            for stage in TopUpStage::ALL {
                assert_ne!(top_up_chip(lang, stage).text, "", "{}", stage.code());
            }
            for stage in WithdrawalStage::ALL {
                assert_ne!(withdrawal_chip(lang, stage).text, "", "{}", stage.code());
            }
        }
    }
}
