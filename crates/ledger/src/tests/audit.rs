//! What must hold after every record, said once more without asking the code that should make it
//! so. Sums are done here by hand, from the rows.

use super::world::{CELLS, World, pairs};
use crate::account::{Account, AccountKind, AccountState, System};
use crate::bank::{TopUpStage, WithdrawalStage};
use crate::books::{Listing, Timer};
use crate::currency::Currency;
use crate::event::{Actor, EventKind, Subject};
use crate::hold::HoldStage;
use crate::id::{AccountId, CellId, EventId};
use crate::memory::MemoryBooks;
use crate::order::Stage;
use crate::proposal::{Proposal, ProposalStage};
use crate::receipt::ReceiptStage;
use crate::registry::DeliveryStage;
use crate::remittance::RemittanceStage;
use crate::time::Seconds;
use std::collections::{BTreeMap, BTreeSet};

type Sums = BTreeMap<Currency, i128>;

/// Panics if anything in any cell is not as it must be.
pub(super) fn audit(world: &mut World) {
    let mut signed = Sums::new();
    for (number, books) in (0..).zip(&world.cells) {
        let cell = CellId::new(number);
        accounts(books);
        histories(books);
        holds(books);
        escrow(cell, books);
        banks(cell, books);
        listings(cell, books);
        timelines(books);
        people(books);
        by_hand(books);
        for account in books.accounts.values() {
            let balance = i128::from(account.credits) - i128::from(account.debits);
            *signed.entry(account.currency).or_default() += balance;
        }
    }
    assert!(signed.values().all(|it| *it == 0), "money came from nowhere: {signed:?}");
    mirrors(world);
}

/// An account's sums are the sums of its postings, and only the platform may owe itself.
fn accounts(books: &MemoryBooks) {
    let mut debits: BTreeMap<AccountId, u64> = BTreeMap::new();
    let mut credits: BTreeMap<AccountId, u64> = BTreeMap::new();
    for posting in &books.postings {
        assert_ne!(posting.debit, posting.credit);
        assert!(posting.amount > 0, "{posting:?}");
        *debits.entry(posting.debit).or_default() += posting.amount;
        *credits.entry(posting.credit).or_default() += posting.amount;
        for id in [posting.debit, posting.credit] {
            assert_eq!(books.accounts[&id].currency, posting.currency);
        }
    }
    for account in books.accounts.values() {
        let debited = debits.remove(&account.id).unwrap_or(0);
        let credited = credits.remove(&account.id).unwrap_or(0);
        assert_eq!((account.debits, account.credits), (debited, credited), "{account:?}");
        let overdrawn = matches!(
            account.kind,
            AccountKind::BankClearing | AccountKind::Transit | AccountKind::Capital
        );
        let kept = credited.checked_sub(debited);
        assert!(overdrawn || kept.is_some_and(|it| it >= account.held), "{account:?}");
        if account.state == AccountState::Closed {
            assert_eq!((debited, account.held), (credited, 0), "closed with money: {account:?}");
        }
    }
    assert!(debits.is_empty() && credits.is_empty(), "postings without an account");
}

/// The chain of an account's postings reaches all of them, and each says the balance after it.
fn histories(books: &MemoryBooks) {
    let place = |number: u64| usize::try_from(number).unwrap();
    for account in books.accounts.values() {
        let mut balance = i128::from(account.credits) - i128::from(account.debits);
        let mut seen = 0;
        let mut next = account.last_posting;
        while let Some(number) = next {
            let posting = &books.postings[place(number)];
            let amount = i128::from(posting.amount);
            let (said, previous, change) = if posting.debit == account.id {
                (posting.debit_balance, posting.debit_previous, -amount)
            } else {
                assert_eq!(posting.credit, account.id);
                (posting.credit_balance, posting.credit_previous, amount)
            };
            assert_eq!(i128::from(said), balance, "{posting:?}");
            assert!(previous.is_none_or(|it| it < number));
            balance -= change;
            seen += 1;
            next = previous;
        }
        assert_eq!(balance, 0);
        let of_it = |it: &&crate::posting::Posting| [it.debit, it.credit].contains(&account.id);
        assert_eq!(seen, books.postings.iter().filter(of_it).count());
        assert_eq!(account.postings, u64::try_from(seen).unwrap());
    }
    for answer in books.answers.iter().filter(|it| it.postings > 0 && it.postings < u8::MAX) {
        for number in answer.first_posting..answer.first_posting + u64::from(answer.postings) {
            assert_eq!(books.postings[place(number)].position, answer.position, "{answer:?}");
        }
    }
}

/// What an account has held is what its open holds keep back.
fn holds(books: &MemoryBooks) {
    for account in books.accounts.values() {
        let open = books.holds.values().filter(|it| it.account == account.id);
        let open = open.filter(|it| it.stage == HoldStage::Open);
        let kept: u64 = open.map(|it| it.amount.minor() - it.captured).sum();
        assert_eq!(account.held, kept, "{account:?}");
    }
    for hold in books.holds.values() {
        assert!(hold.captured <= hold.amount.minor(), "{hold:?}");
        let ended = hold.stage != HoldStage::Open;
        assert!(!ended || hold.due.is_none(), "{hold:?}");
    }
}

/// The escrow account has what orders that are paid and not ended have left, and no more.
fn escrow(cell: CellId, books: &MemoryBooks) {
    let mut owed = Sums::new();
    for order in books.orders.values() {
        let price = order.price.minor();
        assert!(order.refunded <= price && order.asked <= price - order.refunded, "{order:?}");
        assert!(order.fee <= price, "{order:?}");
        let waits = match order.stage {
            Stage::Paid
            | Stage::Shipped
            | Stage::PaidRefundAsked
            | Stage::ShippedRefundAsked
            | Stage::Disputed => {
                let left = i128::from(price - order.refunded);
                assert!(left > 0, "{order:?}");
                *owed.entry(order.price.currency()).or_default() += left;
                true
            }
            Stage::Created => true,
            Stage::Completed => false,
            Stage::Refunded => {
                assert_eq!(order.refunded, price);
                false
            }
            Stage::Closed => {
                assert_eq!((order.refunded, order.paid_at), (0, None));
                false
            }
        };
        assert_eq!(order.ended_at.is_none(), waits, "{order:?}");
        assert_eq!(order.paid_at.is_some(), !matches!(order.stage, Stage::Created | Stage::Closed));
        let timed = matches!(
            order.stage,
            Stage::Created | Stage::Shipped | Stage::PaidRefundAsked | Stage::ShippedRefundAsked
        );
        assert_eq!(order.due.is_some(), timed, "{order:?}");
    }
    same(cell, books, System::Escrow, &owed);
}

/// Payouts has the withdrawals that the bank has not answered for, and suspense at least what
/// top-ups set aside; the bank has what it took and has not paid out.
fn banks(cell: CellId, books: &MemoryBooks) {
    let mut leaving = Sums::new();
    for it in books.withdrawals.values() {
        let under_way = match it.stage {
            WithdrawalStage::Created
            | WithdrawalStage::Sent
            | WithdrawalStage::Unknown
            | WithdrawalStage::Investigating => true,
            WithdrawalStage::Paid | WithdrawalStage::Rejected | WithdrawalStage::Returned => false,
        };
        if under_way {
            *leaving.entry(it.amount.currency()).or_default() += i128::from(it.amount.minor());
        }
    }
    same(cell, books, System::Payouts, &leaving);

    going_back(books);

    let mut aside = Sums::new();
    let mut taken = Sums::new();
    for it in books.top_ups.values() {
        assert!(!it.set_aside || it.stage == TopUpStage::Investigating, "{it:?}");
        assert!(!it.set_aside || it.taken.is_some(), "{it:?}");
        if it.stage == TopUpStage::Credited && it.order.is_none() {
            assert!(it.taken.is_some(), "{it:?}");
        }
        if let Some(amount) = it.taken {
            let minor = i128::from(amount.minor());
            *taken.entry(amount.currency()).or_default() -= minor;
            *aside.entry(amount.currency()).or_default() += i128::from(it.set_aside) * minor;
        }
    }
    for amount in books.withdrawals.values().filter_map(|it| it.paid) {
        *taken.entry(amount.currency()).or_default() += i128::from(amount.minor());
    }
    for it in books.receipts.values() {
        let minor = i128::from(it.amount.minor());
        let currency = it.amount.currency();
        // A top-up that a receipt was matched to has taken it.
        let matched = it.stage == ReceiptStage::Matched;
        let sign = if it.outgoing { 1 } else { -i128::from(!matched) };
        *taken.entry(currency).or_default() += sign * minor;
        let waits = it.stage == ReceiptStage::Open && !it.outgoing;
        *aside.entry(currency).or_default() += i128::from(waits) * minor;
    }
    same(cell, books, System::BankClearing, &taken);
    for (currency, aside) in aside {
        let has = balance(books, System::Suspense.id(cell, currency));
        assert!(has >= aside, "suspense has {has} and top-ups set aside {aside}");
    }
}

/// What a bank took for an order has one fate: the order, the way back, or the account.
fn going_back(books: &MemoryBooks) {
    for it in books.top_ups.values() {
        let back = it.withdrawal.map(|id| books.withdrawals[&id]);
        let sent = books.remittances.values().filter(|sent| sent.top_up == Some(it.id));
        let waiting = sent.filter(|it| it.stage == RemittanceStage::Sent).count();
        assert_eq!(waiting, usize::from(it.stage == TopUpStage::Paying), "{it:?}");
        if let Some(back) = back {
            assert_eq!(back.top_up, Some(it.id));
        }
        let stage = back.map(|it| it.stage);
        match it.stage {
            TopUpStage::Returning => assert!(
                stage.is_some_and(|it| { it.open() || it == WithdrawalStage::Investigating })
            ),
            TopUpStage::Returned if back.is_some() => assert!(matches!(
                stage,
                Some(WithdrawalStage::Paid | WithdrawalStage::Returned | WithdrawalStage::Rejected)
            )),
            TopUpStage::Returned
            | TopUpStage::Created
            | TopUpStage::Sent
            | TopUpStage::Unknown
            | TopUpStage::Credited
            | TopUpStage::Rejected
            | TopUpStage::Investigating
            | TopUpStage::Paying => assert!(stage.is_none_or(|it| !it.open()), "{it:?}"),
        }
    }
}

fn same(cell: CellId, books: &MemoryBooks, system: System, expected: &Sums) {
    for account in books.accounts.values() {
        if account.id == system.id(cell, account.currency) {
            let wanted = expected.get(&account.currency).copied().unwrap_or(0);
            assert_eq!(balance(books, account.id), wanted, "{system:?}");
        }
    }
    for (currency, wanted) in expected {
        assert_eq!(balance(books, system.id(cell, *currency)), *wanted, "{system:?}");
    }
}

fn balance(books: &MemoryBooks, id: AccountId) -> i128 {
    books.accounts.get(&id).map_or(0, |it| i128::from(it.credits) - i128::from(it.debits))
}

/// Where events and their deliveries are listed.
fn of_events(cell: CellId, books: &MemoryBooks) -> BTreeSet<Listing> {
    let mut places = BTreeSet::new();
    for it in books.deliveries.values() {
        places.insert(Listing::EndpointDelivery(it.endpoint, it.id));
        if it.stage == DeliveryStage::Pending {
            places.insert(Listing::PendingDelivery(it.next_at, it.id));
        }
    }
    for (number, it) in (0..).zip(&books.happenings) {
        let event = EventId::new(cell, number);
        places.extend(it.merchant.map(|user| Listing::UserEvent(user, event)));
        if let Subject::Delivery(id) = it.subject {
            places.insert(Listing::DeliveryEvent(id, event));
        }
    }
    places
}

/// The listings are exactly what the rows say, no more and no less.
fn listings(cell: CellId, books: &MemoryBooks) {
    let mut places = BTreeSet::new();
    for it in books.orders.values() {
        for party in [it.seller, it.buyer] {
            places.insert(Listing::PartyOrder(party, None, it.id));
            places.insert(Listing::PartyOrder(party, Some(it.stage), it.id));
        }
        places.insert(Listing::StageOrder(it.stage, it.id));
        places.extend(it.due.map(|due| Listing::Due(due, Timer::Order(it.id))));
    }
    for it in books.holds.values() {
        places.insert(Listing::AccountHold(it.account, it.id));
        places.extend(it.due.map(|due| Listing::Due(due, Timer::Hold(it.id))));
    }
    for it in books.top_ups.values() {
        places.insert(Listing::AccountTopUp(it.account, it.id));
        places.insert(Listing::StageTopUp(it.stage, it.id));
        if it.stage.code() == "investigating" && it.set_aside {
            let due = it.changed_at.after(Seconds::days(5));
            places.insert(Listing::Due(due, Timer::TopUp(it.id)));
        }
        if ["created", "sent", "unknown", "paying"].contains(&it.stage.code()) {
            places.insert(Listing::OpenTopUp(it.account, it.id));
        }
    }
    for it in books.top_ups.values() {
        places.extend(it.order.map(|order| Listing::OrderTopUp(order, it.id)));
    }
    places.extend(books.receipts.values().map(|it| Listing::StageReceipt(it.stage, it.id)));
    for it in books.proposals.values() {
        places.insert(Listing::StageProposal(it.stage, it.id));
        if it.stage.code() == "open" {
            places.insert(Listing::OpenProposal(it.about, it.id));
        }
    }
    let assigned = books.proposals.values().filter(|it| it.about >> 56 == 16);
    let last: BTreeMap<u64, &Proposal> = assigned.map(|it| (it.about, it)).collect();
    for (about, it) in last {
        places.insert(Listing::Assignment(about, it.id));
        if let Subject::User(user) = it.subject {
            places.insert(Listing::AssignedTo(user, it.id));
        }
    }
    let open = books.announcements.values().filter(|it| it.ended_at.is_none());
    places.extend(open.map(|it| Listing::OpenAnnouncement(it.id)));
    for it in books.withdrawals.values() {
        places.insert(Listing::AccountWithdrawal(it.account, it.id));
        places.insert(Listing::StageWithdrawal(it.stage, it.id));
    }
    for it in books.accounts.values() {
        let open = |place: &&Listing| matches!(place, Listing::OpenTopUp(id, _) if *id == it.id);
        assert_eq!(places.iter().filter(open).count(), usize::try_from(it.open_top_ups).unwrap());
        places.extend(it.owner.map(|owner| Listing::UserAccount(owner, it.id)));
        places.extend(it.appealed.then(|| appeal_of(books, it)));
    }
    places.extend(of_people(books));
    places.extend(books.keys.values().map(|it| Listing::UserKey(it.user, it.id)));
    let live = books.endpoints.values().filter(|it| it.disabled_at.is_none());
    places.extend(live.map(|it| Listing::UserEndpoint(it.user, it.id)));
    places.extend(of_events(cell, books));
    assert_eq!(books.listings, places);
    for user in books.users.values() {
        let accounts = books.accounts.values().filter(|it| it.owner == Some(user.id)).count();
        let endpoints = books.endpoints.values();
        let endpoints = endpoints.filter(|it| it.user == user.id && it.disabled_at.is_none());
        assert_eq!(usize::try_from(user.accounts).unwrap(), accounts);
        assert_eq!(usize::try_from(user.endpoints).unwrap(), endpoints.count());
    }
}

/// Where an appeal is listed: only a frozen account has one, and nothing happened to it since.
fn appeal_of(books: &MemoryBooks, it: &Account) -> Listing {
    assert_eq!(it.state, AccountState::Frozen, "{it:?}");
    let last = it.last_event.unwrap();
    let kind = books.happenings[usize::try_from(last).unwrap()].kind;
    assert_eq!(kind, EventKind::AccountAppealed, "{it:?}");
    Listing::OpenAppeal(EventId::new(it.id.cell(), last))
}

/// What is listed of people, their sessions and their cards.
fn of_people(books: &MemoryBooks) -> BTreeSet<Listing> {
    let cards = books.cards.values().filter(|it| it.removed_at.is_none());
    let mut places: BTreeSet<_> = cards.map(|it| Listing::UserCard(it.user, it.id)).collect();
    for it in books.people.values() {
        places.extend(it.login.map(|login| Listing::Login(login, it.user)));
        places.extend(it.level_asked.map(|_| Listing::AskedLevel(it.user)));
    }
    for it in books.sessions.values() {
        places.insert(Listing::UserSession(it.user, it.id));
        if it.ended_at.is_none() {
            places.insert(Listing::OpenSession(it.user, it.id));
        }
    }
    places
}

/// A person's timeline has whatever happened to the person, to their sessions and to their cards.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is a person's")]
fn people(books: &MemoryBooks) {
    for person in books.people.values() {
        let own = |subject: Subject| match subject {
            Subject::User(id) => id == person.user,
            Subject::Session(id) => books.sessions[&id].user == person.user,
            Subject::Card(id) => books.cards[&id].user == person.user,
            _ => false,
        };
        let mut reached = 0;
        let mut next = person.last_event;
        while let Some(number) = next {
            let event = &books.happenings[usize::try_from(number).unwrap()];
            assert!(own(event.subject) && event.merchant.is_none(), "{event:?}");
            reached += 1;
            next = event.previous;
        }
        assert_eq!(reached, books.happenings.iter().filter(|it| own(it.subject)).count());
        let open = books.sessions.values().filter(|it| it.user == person.user);
        let open = open.filter(|it| it.ended_at.is_none()).count();
        assert!(open <= 32 && (open == 0 || person.erased_at.is_none()), "{person:?}");
    }
}

/// Every event is reached from the thing that it happened to, once.
fn timelines(books: &MemoryBooks) {
    let orders = books.orders.values().map(|it| it.last_event);
    let holds = books.holds.values().map(|it| it.last_event);
    let top_ups = books.top_ups.values().map(|it| it.last_event);
    let withdrawals = books.withdrawals.values().map(|it| it.last_event);
    let remittances = books.remittances.values().map(|it| it.last_event);
    let receipts = books.receipts.values().map(|it| it.last_event);
    let proposals = books.proposals.values().map(|it| it.last_event);
    let announcements = books.announcements.values().map(|it| it.last_event);
    let accounts = books.accounts.values().filter(|it| it.owner.is_some()).map(|it| it.last_event);
    let remittances = remittances.chain(receipts).chain(proposals).chain(announcements);
    let remittances = remittances.chain(accounts);
    for head in orders.chain(holds).chain(top_ups).chain(withdrawals).chain(remittances) {
        let at = |number: u64| &books.happenings[usize::try_from(number).unwrap()];
        let subject = at(head.unwrap()).subject;
        let mut reached = 0;
        let mut next = head;
        while let Some(number) = next {
            assert_eq!(at(number).subject, subject);
            reached += 1;
            next = at(number).previous;
        }
        let all = books.happenings.iter().filter(|it| it.subject == subject).count();
        assert_eq!(reached, all, "{subject:?}");
    }
}

/// Every receipt that left `open` by hand was proposed and approved by two people, once each time.
/// What one did alone was done at once, and moved no money but what a clock moved forward was due.
fn by_hand(books: &MemoryBooks) {
    for it in books.proposals.values() {
        let alone = it.checker.is_none() && it.decided == Some(it.position);
        assert_eq!(it.checker.is_none(), it.stage == ProposalStage::Open || alone, "{it:?}");
        assert!(!alone || it.stage == ProposalStage::Approved, "{it:?}");
        assert_eq!(it.decided.is_none(), it.stage == ProposalStage::Open, "{it:?}");
        assert_eq!(it.done.is_some(), it.stage == ProposalStage::Approved, "{it:?}");
        assert_eq!(it.failure.is_some(), it.stage == ProposalStage::Failed, "{it:?}");
        let own = it.checker == Some(it.maker);
        assert_eq!(own, it.stage == ProposalStage::Withdrawn, "{it:?}");
        let decided = it.decided.map(|it| books.answers[usize::try_from(it.0).unwrap()]);
        let moved = decided.is_some_and(|it| it.postings > 0);
        assert!(!moved || it.stage == ProposalStage::Approved, "{it:?}");
        assert!(!moved || !alone || it.subject == Subject::Cell, "{it:?}");
    }
    for it in &books.happenings {
        let decided = match it.kind.code() {
            "receipt.credited" | "receipt.returning" | "receipt.written_off" => true,
            "receipt.matched" => it.actor != Actor::Bank,
            _ => false,
        };
        let mut approved = books.proposals.values();
        let by_two = approved.any(|two| {
            (two.subject, two.decided) == (it.subject, Some(it.position)) && two.done.is_some()
        });
        assert!(!decided || by_two, "{it:?}");
    }
}

/// Between two cells nothing is lost: with no letter under way the transit accounts mirror each
/// other, and nothing that was sent waits for an answer.
fn mirrors(world: &mut World) {
    let quiet = |world: &mut World, a, b| {
        world.outstanding(a, b).is_empty() && world.outstanding(b, a).is_empty()
    };
    for (here, there) in pairs() {
        if here > there || !quiet(world, here, there) {
            continue;
        }
        for currency in Currency::all() {
            let sums = [(here, there), (there, here)].map(|(own, other)| {
                let id = System::Transit(CellId::new(other)).id(CellId::new(own), currency);
                balance(&world.cells[usize::from(own)], id)
            });
            assert_eq!(sums[0] + sums[1], 0, "cells {here} and {there} in {currency}");
        }
    }
    let all: Vec<_> = pairs().collect();
    if all.into_iter().all(|(a, b)| quiet(world, a, b)) {
        for number in 0..CELLS {
            let sent = world.cells[usize::from(number)].remittances.values();
            let waiting: Vec<_> = sent.filter(|it| it.stage == RemittanceStage::Sent).collect();
            assert!(waiting.is_empty(), "no answer will come: {waiting:?}");
        }
    }
}
