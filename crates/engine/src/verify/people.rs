//! What people did by hand, in words of its own: where money moved there were two of them, and
//! neither did it alone.

use super::Faults;
use ledger::event::{Actor, EventKind, Subject};
use ledger::id::{CellId, Position};
use ledger::proposal::{Proposal, ProposalStage};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use store::Store;

/// Every receipt that left `open` by hand did so in the record of exactly one approved proposal
/// about it, of which two different people know; and no proposal says that it moved money
/// otherwise. What one person did alone was done at once, and moved nothing; when a sandbox's clock
/// is moved forward, what was due by then happens in the same record.
pub(super) fn check_people(store: &Store, cell: CellId, faults: &mut Faults) -> io::Result<()> {
    let mut approved: BTreeMap<(Position, Subject), u32> = BTreeMap::new();
    let mut alone = BTreeSet::new();
    store.each_proposal(|it| {
        if let Err(text) = check(it) {
            faults.add(format!("cell {cell}, {}: {text}", it.id));
        }
        if it.stage == ProposalStage::Approved && it.checker.is_none() {
            if it.subject != Subject::Cell {
                alone.insert(it.position);
            }
        } else if let (ProposalStage::Approved, Some(decided)) = (it.stage, it.decided) {
            *approved.entry((decided, it.subject)).or_default() += 1;
        }
    })?;
    store.each_answer(|it| {
        if it.postings > 0 && alone.contains(&it.position) {
            let text = "one person moved money alone";
            faults.add(format!("cell {cell}, position {}: {text}", it.position));
        }
    })?;
    store.each_happening(|_, it| {
        let given =
            [EventKind::ReceiptCredited, EventKind::ReceiptReturning, EventKind::ReceiptWrittenOff];
        // What belongs together, the platform's own programs may find by themselves.
        let matched = it.kind == EventKind::ReceiptMatched && it.actor != Actor::Bank;
        let by_hand = given.contains(&it.kind) || matched;
        let by_two = approved.get(&(it.position, it.subject)) == Some(&1);
        if by_hand && !by_two {
            let text = "money without an owner was given away without the approval of two people";
            faults.add(format!("cell {cell}, position {}: {text}", it.position));
        }
    })
}

fn check(it: &Proposal) -> Result<(), &'static str> {
    let said =
        (it.checker.is_some(), it.decided.is_some(), it.done.is_some(), it.failure.is_some());
    let (needed, own) = match it.stage {
        ProposalStage::Open => ((false, false, false, false), false),
        // Whatever one person may do alone is done in the record that proposed it.
        ProposalStage::Approved if it.decided == Some(it.position) => {
            ((false, true, true, false), false)
        }
        ProposalStage::Approved => ((true, true, true, false), false),
        ProposalStage::Refused => ((true, true, false, false), false),
        ProposalStage::Withdrawn => ((true, true, false, false), true),
        ProposalStage::Failed => ((true, true, false, true), false),
    };
    if said != needed {
        return Err("it does not say what its stage needs");
    }
    if (it.checker == Some(it.maker)) != own {
        return Err("whoever proposed it has also decided it, or somebody else withdrew it");
    }
    Ok(())
}
