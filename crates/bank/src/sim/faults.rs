//! What the bank gets wrong, how often, and by which dice.
//!
//! A rate is in ten-thousandths. Whether something happens depends on the seed, the fault, the
//! reference and how often that reference was seen before, and on nothing else: not on the time,
//! not on other instructions, not on the order in which they come.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What always happens.
pub const ALWAYS: u16 = 10_000;
/// The most times that one notice is told.
pub const COPIES_MAX: u16 = 100;
/// The longest delay, in seconds: a year.
pub const DELAY_MAX: u64 = 366 * 86_400;

/// What goes wrong, and how often in ten thousand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Where the dice begin.
    pub seed: u64,
    /// A notice is never sent.
    pub notice_lost: u16,
    /// A notice comes `notice_delay_seconds` late.
    pub notice_delayed: u16,
    /// How late.
    pub notice_delay_seconds: u64,
    /// A notice is told several times.
    pub notice_duplicated: u16,
    /// How often at most.
    pub notice_copies: u16,
    /// A notice is held back up to a minute, so that others overtake it.
    pub notice_reordered: u16,
    /// The notice comes before the answer to the instruction.
    pub notice_early: u16,
    /// Besides the true notice there is a wrong one: with a wrong signature, or well signed with a
    /// wrong amount, or well signed under a reference that nobody knows.
    pub notice_forged: u16,
    /// No answer comes. Half of the instructions never arrived.
    pub timeout: u16,
    /// Every answer takes `slow_seconds`.
    pub slow: u16,
    /// How long.
    pub slow_seconds: u64,
    /// The answer makes no sense, or has a wrong signature.
    pub garbled: u16,
    /// The bank says that it has the instruction, and does it after `late_seconds`.
    pub pending: u16,
    /// The bank says no, and does it after `late_seconds`.
    pub rejected_then_executed: u16,
    /// How late.
    pub late_seconds: u64,
    /// The bank does it, and undoes it after `return_seconds`.
    pub executed_then_returned: u16,
    /// How late.
    pub return_seconds: u64,
    /// Another amount moves than was instructed.
    pub amount_differs: u16,
    /// A movement is not in the statement.
    pub statement_missing: u16,
    /// The statement has a row that nothing moved for, beside the movement's.
    pub statement_extra: u16,
    /// A movement is in the statement twice.
    pub statement_doubled: u16,
    /// A movement is in the statement as two.
    pub statement_split: u16,
    /// A movement is in the next day's statement.
    pub statement_shifted: u16,
    /// A movement has another amount in the statement.
    pub statement_amount: u16,
}

impl Default for Faults {
    /// None. The delays are those that a fault has if nobody says anything else.
    fn default() -> Faults {
        Faults {
            seed: 1,
            notice_lost: 0,
            notice_delayed: 0,
            notice_delay_seconds: 3_600,
            notice_duplicated: 0,
            notice_copies: COPIES_MAX,
            notice_reordered: 0,
            notice_early: 0,
            notice_forged: 0,
            timeout: 0,
            slow: 0,
            slow_seconds: 30,
            garbled: 0,
            pending: 0,
            rejected_then_executed: 0,
            late_seconds: 600,
            executed_then_returned: 0,
            return_seconds: 86_400,
            amount_differs: 0,
            statement_missing: 0,
            statement_extra: 0,
            statement_doubled: 0,
            statement_split: 0,
            statement_shifted: 0,
            statement_amount: 0,
        }
    }
}

impl Faults {
    /// Reads faults from JSON, and then one `name=number` after the other over it.
    pub fn parse(json: Option<&str>, changes: &[String]) -> Result<Faults, String> {
        let read: Faults = match json {
            Some(json) => serde_json::from_str(json).map_err(|it| format!("faults: {it}"))?,
            None => Faults::default(),
        };
        let mut fields = serde_json::to_value(read).map_err(|it| it.to_string())?;
        for change in changes {
            let (name, number) = change.split_once('=').unwrap_or((change, ""));
            let number: u64 = number.parse().map_err(|_| {
                format!("{change}: a fault is written as NAME=NUMBER, in ten-thousandths")
            })?;
            let field = fields.get_mut(name).ok_or_else(|| format!("{name}: no such fault"))?;
            *field = number.into();
        }
        let faults: Faults =
            serde_json::from_value(fields).map_err(|it| format!("faults: {it}"))?;
        faults.check()?;
        Ok(faults)
    }

    /// Whether every number makes sense.
    pub(super) fn check(&self) -> Result<(), String> {
        let fields = serde_json::to_value(self).map_err(|it| it.to_string())?;
        for (name, value) in fields.as_object().into_iter().flatten() {
            let value = value.as_u64().unwrap_or(0);
            let (least, most) = match name.as_str() {
                "seed" => (0, u64::MAX),
                "notice_copies" => (2, u64::from(COPIES_MAX)),
                delay if delay.ends_with("_seconds") => (0, DELAY_MAX),
                _ => (0, u64::from(ALWAYS)),
            };
            if !(least..=most).contains(&value) {
                return Err(format!("{name} is from {least} to {most}"));
            }
        }
        Ok(())
    }
}

/// What is wrong with a movement in the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StatementFault {
    Missing,
    Extra,
    Doubled,
    Split,
    Shifted,
    Amount,
}

impl StatementFault {
    pub(super) fn name(self) -> &'static str {
        match self {
            StatementFault::Missing => "statement_missing",
            StatementFault::Extra => "statement_extra",
            StatementFault::Doubled => "statement_doubled",
            StatementFault::Split => "statement_split",
            StatementFault::Shifted => "statement_shifted",
            StatementFault::Amount => "statement_amount",
        }
    }

    /// The fault of one movement, of which there is at most one.
    pub(super) fn roll(faults: &Faults, dice: &Dice<'_>) -> Option<StatementFault> {
        let rates = [
            (StatementFault::Missing, faults.statement_missing),
            (StatementFault::Extra, faults.statement_extra),
            (StatementFault::Doubled, faults.statement_doubled),
            (StatementFault::Split, faults.statement_split),
            (StatementFault::Shifted, faults.statement_shifted),
            (StatementFault::Amount, faults.statement_amount),
        ];
        rates.into_iter().find(|(fault, rate)| dice.hits(fault.name(), *rate)).map(|(it, _)| it)
    }
}

/// Dice that fall the same way for the same reference.
pub(super) struct Dice<'a> {
    seed: u64,
    reference: &'a str,
    attempt: u32,
}

impl<'a> Dice<'a> {
    pub(super) fn new(faults: &Faults, reference: &'a str, attempt: u32) -> Dice<'a> {
        Dice { seed: faults.seed, reference, attempt }
    }

    /// A number below `sides`.
    pub(super) fn roll(&self, what: &str, sides: u64) -> u64 {
        let digest = Sha256::new()
            .chain_update(self.seed.to_le_bytes())
            .chain_update(self.attempt.to_le_bytes())
            .chain_update(what)
            .chain_update([0])
            .chain_update(self.reference)
            .finalize();
        u64::from_le_bytes(digest.first_chunk().copied().unwrap_or_default()) % sides.max(1)
    }

    pub(super) fn hits(&self, what: &str, rate: u16) -> bool {
        rate > 0 && self.roll(what, u64::from(ALWAYS)) < u64::from(rate)
    }
}
