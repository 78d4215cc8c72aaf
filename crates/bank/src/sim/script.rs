//! What the bank will do with an instruction: decided when it comes, done when it is due.
//!
//! Deciding at once and keeping the decision is what makes a run repeatable: the same seed and the
//! same references give the same fate, whatever else happens, in whichever order.

use super::cards::Behaviour;
use super::faults::{Dice, Faults};
use crate::Kind;
use serde::{Deserialize, Serialize};

/// Something that the bank does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Act {
    /// Moves the money, once.
    Execute,
    /// Says that it will not.
    Reject(String),
    /// Sends the money back.
    Return(String),
}

/// Acts, each so many seconds after the instruction came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) acts: Vec<(u64, Act)>,
}

impl Script {
    pub(super) fn now(act: Act) -> Script {
        Script::after(0, act)
    }

    pub(super) fn after(seconds: u64, act: Act) -> Script {
        Script { acts: vec![(seconds, act)] }
    }

    pub(super) fn then(mut self, seconds: u64, act: Act) -> Script {
        self.acts.push((seconds, act));
        self
    }

    /// What happens to an instruction, and the name of the fault if there is one in it.
    pub(super) fn write(
        behaviour: Behaviour,
        kind: Kind,
        faults: &Faults,
        dice: &Dice<'_>,
    ) -> (Script, Option<&'static str>) {
        // A card with a behaviour of its own keeps it, or nobody could rely on it.
        if behaviour != Behaviour::Plain {
            return (behaviour.script(kind), None);
        }
        if dice.hits("rejected_then_executed", faults.rejected_then_executed) {
            let script = Script::now(Act::Reject("declined".to_owned()));
            let script = script.then(faults.late_seconds, Act::Execute);
            return (script, Some("rejected_then_executed"));
        }
        if dice.hits("executed_then_returned", faults.executed_then_returned) {
            let script = Script::now(Act::Execute);
            let script = script.then(faults.return_seconds, Act::Return("reversed".to_owned()));
            return (script, Some("executed_then_returned"));
        }
        if dice.hits("pending", faults.pending) {
            return (Script::after(faults.late_seconds, Act::Execute), Some("pending"));
        }
        (behaviour.script(kind), None)
    }
}

/// How the bank says what it has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// At once.
    Promptly,
    /// After so many seconds.
    Slowly(u64),
    /// Not at all: the connection ends.
    Never,
    /// In one of several ways that nobody can understand.
    Garbled(u64),
    /// After the notice with this place in the outbox.
    AfterNotice((u64, u64)),
}
