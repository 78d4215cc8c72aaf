//! A long walk through whatever can be asked, mostly sensible and sometimes mad, with an audit
//! after each step. At the end it has to have met the cases that are hard to think of.

mod ask;

use super::audit::audit;
use super::script::action_of;
use super::world::{CELLS, World};
use crate::bank::TopUpStage;
use crate::command::{
    Action, AddCard, AddEndpoint, AddKey, AddUser, Command, DecideProposal, OpenAccount, Outcome,
    Propose, Transfer, Verdict,
};
use crate::currency::Currency;
use crate::event::{Actor, EventKind, Subject};
use crate::hand::Hand;
use crate::hold::HoldStage;
use crate::id::{CellId, KeyId, ProposalId};
use crate::memory::MemoryBooks;
use crate::money::Money;
use crate::name::{BankName, Text};
use crate::order::Stage;
use crate::posting::Reason;
use crate::registry::{Role, UserKind};
use crate::rejection::Rejection;
use crate::remittance::{Purpose, RemittanceStage};
use crate::time::Seconds;
use std::collections::{BTreeMap, BTreeSet};

const SEEDS: u64 = 160;
const STEPS: u32 = 500;

/// Numbers that look random and are the same every time (`SplitMix64`).
pub(super) struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    /// One of them, if there is one.
    pub(super) fn pick<T>(&mut self, all: impl ExactSizeIterator<Item = T>) -> Option<T> {
        let count = u64::try_from(all.len()).unwrap();
        let at = if count == 0 { 0 } else { self.roll(count) };
        let mut all = all;
        all.nth(usize::try_from(at).unwrap())
    }
}

#[test]
fn whatever_is_asked_the_books_are_right_and_the_hard_cases_are_met() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    let mut answers: BTreeSet<&str> = BTreeSet::new();
    for seed in 0..SEEDS {
        eprintln!("seed {seed}");
        let world = walk(seed);
        for books in &world.cells {
            for (case, met) in hard_cases(books).into_iter().chain(of_two_people(books)) {
                *seen.entry(case).or_default() += u64::from(met);
            }
            answers.extend(books.answers.iter().filter_map(|it| match it.outcome {
                Outcome::Accepted(_) => None,
                Outcome::Rejected(rejection) => Some(rejection.code()),
            }));
        }
    }
    let missed: Vec<_> = seen.iter().filter(|it| *it.1 == 0).collect();
    assert!(missed.is_empty(), "never met: {missed:?} of {seen:?}");
    assert!(answers.len() >= 25, "only {answers:?}");
}

fn walk(seed: u64) -> World {
    let mut dice = Dice(seed);
    let mut world = World::new();
    for cell in 0..CELLS {
        settle(&mut world, cell);
    }
    for hash in [[1; 32], [2; 32]] {
        let add = Command::AddKey(AddKey { hash, role: Role::Platform, user: None });
        world.ask(0, Actor::Platform, add);
    }
    let mut proposed = Vec::new();
    for _ in 0..STEPS {
        if dice.roll(6) == 0 {
            decide(&mut world, &mut dice, &mut proposed);
        }
        match dice.roll(100) {
            0..=11 => post(&mut world, &mut dice),
            12..=17 => {
                let hours = u32::try_from(dice.roll(60)).unwrap();
                world.now = world.now.after(Seconds(hours * 3_600));
            }
            _ => {
                let cell = u8::try_from(dice.roll(u64::from(CELLS))).unwrap();
                let (actor, command) = ask::anything(&world, &mut dice, cell);
                let outcome = world.ask(cell, actor, command.clone());
                if outcome == Outcome::Rejected(Rejection::NeedsApproval) {
                    propose(&mut world, &mut dice, cell, &command, &mut proposed);
                }
            }
        }
        audit(&mut world);
    }
    world.deliver();
    audit(&mut world);
    world
}

/// Two customers and two merchants with money, a card each, and somebody who listens.
fn settle(world: &mut World, cell: u8) {
    for kind in [UserKind::Customer, UserKind::Merchant, UserKind::Customer, UserKind::Merchant] {
        let mut ask = |command| match world.ask(cell, Actor::Platform, command) {
            Outcome::Accepted(subject) => subject,
            Outcome::Rejected(rejection) => panic!("{rejection:?}"),
        };
        let name = Text::new("somebody").unwrap();
        let Subject::User(user) = ask(Command::AddUser(AddUser { kind, name: name.clone() }))
        else {
            panic!("a user");
        };
        let (bank, token) = (BankName::new("icbc").unwrap(), name.clone());
        ask(Command::AddCard(AddCard { user, bank, token, last_four: 1 }));
        if kind == UserKind::Merchant {
            ask(Command::AddEndpoint(AddEndpoint { user, url: name }));
        }
        let open = OpenAccount { owner: user, currency: Currency::CNY, balance_limit: 0 };
        let Subject::Account(credit) = ask(Command::OpenAccount(open)) else { panic!("one") };
        let amount = Money::new(2_000, Currency::CNY);
        let capital = crate::account::System::Capital.id(CellId::new(cell), Currency::CNY);
        ask(Command::Transfer(Transfer { debit: capital, credit, amount }));
    }
}

/// One of two people proposes what nobody may do alone.
fn propose(
    world: &mut World,
    dice: &mut Dice,
    cell: u8,
    command: &Command,
    proposed: &mut Vec<(ProposalId, Action)>,
) {
    let maker = Hand::Key(KeyId::new(CellId::FIRST, dice.roll(2)));
    let reason = Text::new("so").unwrap();
    let action = action_of(command);
    let propose = Command::Propose(Propose { maker, reason, action: action.clone() });
    if let Outcome::Accepted(Subject::Proposal(id)) = world.ask(cell, Actor::Platform, propose) {
        proposed.push((id, action));
    }
}

/// One of two people decides, now and then a second time.
fn decide(world: &mut World, dice: &mut Dice, proposed: &mut Vec<(ProposalId, Action)>) {
    let Some((proposal, action)) = dice.pick(proposed.clone().into_iter()) else { return };
    let verdict = match dice.roll(8) {
        0 => Verdict::Refuse,
        1 => Verdict::Withdraw,
        _ => Verdict::Approve { action },
    };
    let checker = Hand::Key(KeyId::new(CellId::FIRST, dice.roll(2)));
    let decide = DecideProposal { proposal, checker, verdict, reason: Text::default() };
    let decide = Command::DecideProposal(decide);
    let outcome = world.ask(proposal.cell().number(), Actor::Platform, decide);
    if matches!(outcome, Outcome::Accepted(_)) && dice.roll(4) > 0 {
        proposed.retain(|(id, _)| *id != proposal);
    }
}

/// A letter arrives somewhere; now and then it is one that came before.
fn post(world: &mut World, dice: &mut Dice) {
    for (from, to) in super::world::pairs() {
        if dice.roll(2) == 0 {
            continue;
        }
        if let Some(letter) = world.outstanding(from, to).first().copied() {
            let taken = world.hand_over(from, &letter);
            assert!(matches!(taken, Outcome::Accepted(_)), "{taken:?}");
            if dice.roll(4) == 0 {
                let again = world.hand_over(from, &letter);
                assert!(matches!(again, Outcome::Rejected(_)), "{again:?}");
            }
        }
    }
}

use TopUpStage::Credited;

/// What is easily forgotten, and whether these books have it.
fn hard_cases(books: &MemoryBooks) -> Vec<(&'static str, bool)> {
    let happened = |kind: EventKind, by_itself: bool| {
        let all = books.happenings.iter();
        all.filter(|it| it.kind == kind).any(|it| (it.actor == Actor::Clock) == by_itself)
    };
    let posted = |reason: Reason| books.postings.iter().any(|it| it.reason == reason);
    let split = |it: &crate::order::Order| {
        it.stage == Stage::Completed && it.refunded > 0 && it.refunded < it.price.minor()
    };
    let awards = books.happenings.iter().filter(|it| it.kind == EventKind::OrderAwarded);
    let awarded: BTreeSet<Subject> = awards.map(|it| it.subject).collect();
    let returned = |it: &crate::remittance::Remittance, pay: bool| {
        let paying = matches!(it.purpose, Purpose::Pay(_));
        it.stage == RemittanceStage::Returned && paying == pay
    };
    let orders = || books.orders.values();
    let top_ups = || books.top_ups.values();
    let remittances = || books.remittances.values();
    let partly = |it: &crate::hold::Hold| it.stage == HoldStage::Expired && it.captured > 0;
    let late = |it: &crate::bank::TopUp| it.set_aside && it.stage == TopUpStage::Investigating;
    vec![
        (
            "a dispute is split",
            orders().any(|it| split(it) && awarded.contains(&Subject::Order(it.id))),
        ),
        ("a fee is kept of a part", orders().any(|it| split(it) && it.fee > 0)),
        ("a refund is granted by silence", happened(EventKind::OrderRefunded, true)),
        ("an order completes by itself", happened(EventKind::OrderCompleted, true)),
        ("an order closes by itself", happened(EventKind::OrderClosed, true)),
        ("a hold expires", happened(EventKind::HoldExpired, true)),
        ("a hold expires after a capture", books.holds.values().any(partly)),
        ("a payment is returned", remittances().any(|it| returned(it, true))),
        ("a transfer is returned", remittances().any(|it| returned(it, false))),
        (
            "a refund leaves for another cell",
            remittances().any(|it| it.purpose == Purpose::Credit(Reason::OrderRefunded)),
        ),
        ("money is set aside", posted(Reason::SetAside)),
        ("a bank confirms after a rejection", top_ups().any(|it| it.late.is_some())),
        ("a bank pays out after a rejection", books.receipts.values().any(|it| it.outgoing)),
        ("a receipt is matched", books.receipts.values().any(|it| it.stage.code() == "matched")),
        ("a top-up is set aside", books.top_ups.values().any(late)),
        ("a customer is compensated", happened(EventKind::TopUpCredited, true)),
        (
            "a bank takes another amount",
            top_ups().any(|it| it.set_aside && it.taken != Some(it.amount)),
        ),
        (
            "a bank pays out another amount",
            books.withdrawals.values().any(|it| it.paid.is_some_and(|paid| paid != it.amount)),
        ),
        ("a card pays an order", top_ups().any(|it| it.order.is_some() && it.stage == Credited)),
        ("a card's money goes back", top_ups().any(|it| it.stage == TopUpStage::Returned)),
        (
            "an order is refused to a card in another cell",
            remittances().any(|it| it.top_up.is_some() && returned(it, true)),
        ),
        ("a withdrawal comes back", posted(Reason::WithdrawalReturned)),
        ("an account is closed", happened(EventKind::AccountClosed, false)),
        ("an account is frozen", happened(EventKind::AccountFrozen, false)),
        ("its owner appeals", happened(EventKind::AccountAppealed, false)),
        ("a delivery is owed", !books.deliveries.is_empty()),
        (
            "an order is paid from afar",
            orders().any(|it| it.stage == Stage::Completed && it.buyer.cell() != it.seller.cell()),
        ),
    ]
}

/// What becomes of proposals.
fn of_two_people(books: &MemoryBooks) -> [(&'static str, bool); 4] {
    let met = |kind: EventKind| books.happenings.iter().any(|it| it.kind == kind);
    [
        ("two people decide", met(EventKind::ProposalApproved)),
        ("a proposal is refused", met(EventKind::ProposalRefused)),
        ("a proposal is taken back", met(EventKind::ProposalWithdrawn)),
        ("a proposal comes too late", met(EventKind::ProposalFailed)),
    ]
}
