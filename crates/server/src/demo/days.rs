//! The days before the demonstration: money that came and went, and what the bank's statements say.

use super::seed::{Player, Stage, wrong, yuan};
use crate::client::Client;
use crate::http::problem::Problem;
use crate::reconciliation::{self, Source};
use ledger::command::{AdvanceClock, Command, StartWithdrawal};
use ledger::event::Actor;
use ledger::id::CellId;
use ledger::time::Seconds;
use serde_json::json;

/// Days that are over when the demonstration begins.
const DAYS: u64 = 3;
const DAY: Seconds = Seconds::days(1);
/// A card whose amount the bank writes wrongly into its statement: the one drift to find.
const DRIFTS: &str = "6200000000015003";
/// A card to which a payout comes back the next day.
const RETURNS: &str = "6200000000013008";

impl Stage<'_> {
    /// Lives through some days, and compares each with the bank's statement.
    pub(super) async fn days(&self, buyers: &[Player]) -> Result<(), Problem> {
        for day in 1..=DAYS {
            for (number, buyer) in buyers.iter().enumerate() {
                let fen = 60_000 + 10_000 * day + 5_000 * number as u64;
                self.topped_up(*buyer, "6200000000000005", fen, &format!("day:{day}")).await?;
            }
            if let (2, [_, _, buyer, _]) = (day, buyers) {
                self.topped_up(*buyer, DRIFTS, 12_000, "drift").await?;
            }
            if let (1, [_, _, _, buyer]) = (day, buyers) {
                self.withdrawn(*buyer).await?;
            }
            self.night(day).await?;
        }
        Ok(())
    }

    async fn withdrawn(&self, from: Player) -> Result<(), Problem> {
        let card = self.card(from, RETURNS).await?;
        let (account, amount) = (from.account, yuan(30_000));
        let withdraw = Command::Withdraw(StartWithdrawal { account, card, amount });
        self.ask(Actor::User(from.user), "withdrawal", withdraw).await?;
        Ok(())
    }

    /// Moves the bank's clock and the platform's to the next day, and compares the day that is
    /// over. A day that was lived through before is not lived through again.
    async fn night(&self, day: u64) -> Result<(), Problem> {
        let desk = self.app.need_banks()?.first().ok_or_else(wrong)?;
        let name = crate::app::request_name("demo", &format!("night:{day}"));
        let (answer, _) = self.app.read(CellId::FIRST, |view| view.answer(name))?;
        if answer.is_some() {
            return Ok(());
        }
        let now = self.app.engine().now(CellId::FIRST)?;
        let over = desk.calendar().day_of(now).ok_or_else(wrong)?;
        let bank = self.app.demo().ok_or_else(wrong)?.bank().map_err(|_| wrong())?;
        let client = Client::new(&bank, None).map_err(|_| wrong())?;
        let forward = json!({ "advance_seconds": DAY.0 });
        client.patient_post("/control/clock", "clock", &forward).await.map_err(|_| wrong())?;
        let advance = Command::AdvanceClock(AdvanceClock { by: DAY });
        self.ask(Actor::Platform, &format!("night:{day}"), advance).await?;
        // Without a statement the day stays open: the reconciliation asks for it again by itself.
        if let Ok(source) = Source::fetch(desk, &over.to_string()).await {
            let _ = reconciliation::reconcile(self.app, desk, source).await;
        }
        Ok(())
    }
}
