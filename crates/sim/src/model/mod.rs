//! The oracle: what the rules say, written a second time and as naively as possible.
//!
//! One [`Model`] per cell. It reads the requests that the cell decided and decides them itself:
//! balances are signed numbers in a map, stages are the words of the interface, timers are found by
//! looking at everything, and whatever is refused is undone by taking the copy from before. It uses
//! the ledger's names for things and its requests, and none of its decisions: where the two differ,
//! one of them misreads the rules.

mod banks;
mod cells;
mod holds;
mod money;
mod orders;
mod proposals;
mod receipts;
mod refunds;
mod registry;
mod timers;

use ledger::account::{AccountKind, AccountState};
use ledger::bank::BankReference;
use ledger::command::{Command, Request};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::id::{AccountId, CellId, OrderId, RequestId, UserId};
use ledger::money::Money;
use ledger::remittance::Purpose;
use proposals::Proposed;
use std::collections::{BTreeMap, BTreeSet};

/// Nothing, or the code of the rejection.
pub(crate) type Verdict = Result<(), &'static str>;
/// A value, or the code of the rejection.
type Found<T> = Result<T, &'static str>;

/// A rule that the model can be made to misread, to see that the comparison notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misreading {
    /// The platform takes no fee.
    NoFee,
    /// Held money may be spent.
    HeldIsFree,
    /// A buyer who says nothing has not consented.
    SilenceIsNothing,
    /// A request that comes again is done again.
    RetryIsNew,
    /// What another cell refused stays away.
    RefusedIsLost,
    /// A bank that first refuses is not believed when it confirms.
    FirstAnswerStands,
}

/// An account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) kind: AccountKind,
    pub(crate) owner: Option<UserId>,
    pub(crate) currency: Currency,
    pub(crate) state: AccountState,
    pub(crate) held: i128,
    pub(crate) limit: i128,
    /// Whether an appeal waits for an answer.
    pub(crate) appealed: bool,
}

/// An order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) seller: AccountId,
    pub(crate) buyer: AccountId,
    pub(crate) merchant: Option<UserId>,
    pub(crate) customer: Option<UserId>,
    pub(crate) number: String,
    pub(crate) price: i128,
    pub(crate) currency: Currency,
    pub(crate) escrow: bool,
    pub(crate) ship_within: u64,
    pub(crate) confirm_within: u64,
    pub(crate) answer_within: u64,
    pub(crate) fee_points: i128,
    pub(crate) stage: &'static str,
    pub(crate) refunded: i128,
    pub(crate) asked: i128,
    /// How many statements the buyer and the seller added.
    pub(crate) statements: [u8; 2],
    pub(crate) fee: i128,
    pub(crate) paid_at: u64,
    pub(crate) due: Option<u64>,
}

/// A hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    pub(crate) account: AccountId,
    pub(crate) currency: Currency,
    pub(crate) left: i128,
    pub(crate) captured: i128,
    pub(crate) stage: &'static str,
    pub(crate) due: Option<u64>,
}

/// A top-up or a withdrawal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    pub(crate) account: AccountId,
    pub(crate) amount: i128,
    pub(crate) currency: Currency,
    pub(crate) stage: &'static str,
    /// What the bank took or paid out.
    pub(crate) moved: Option<Money>,
    /// Whether that is set aside.
    pub(crate) aside: bool,
    /// Since when it is being looked into.
    pub(crate) looked_at: u64,
    pub(crate) created_at: u64,
    /// The order that a top-up pays.
    pub(crate) order: Option<OrderId>,
    /// The receipt that goes back by a withdrawal.
    pub(crate) receipt: Option<usize>,
    /// Whether a success came after the rejection.
    pub(crate) late: bool,
    /// The top-up that goes back by a withdrawal.
    pub(crate) top_up: Option<usize>,
}

/// Money that nothing accounted for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    pub(crate) amount: Money,
    pub(crate) outgoing: bool,
    pub(crate) stage: &'static str,
}

/// Money sent to another cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) debit: AccountId,
    pub(crate) credit: AccountId,
    pub(crate) amount: i128,
    pub(crate) currency: Currency,
    pub(crate) purpose: Purpose,
    pub(crate) top_up: Option<usize>,
    pub(crate) stage: &'static str,
}

/// A message that is owed: to which cell, about how much, and for a reply why it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owed {
    Remit { to: u8, credit: AccountId, amount: i128 },
    Reply { to: u8, number: u64, refusal: Option<&'static str> },
}

/// Something that happens by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Alarm {
    Order(u64),
    Hold(u64),
    TopUp(u64),
}

/// Everything a cell knows except its answers. It is copied before each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) users: Vec<bool>,
    pub(crate) cards: Vec<UserId>,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) balances: BTreeMap<AccountId, i128>,
    pub(crate) orders: Vec<Order>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) top_ups: Vec<Instruction>,
    pub(crate) withdrawals: Vec<Instruction>,
    pub(crate) remittances: Vec<Sent>,
    pub(crate) owed: Vec<Owed>,
    pub(crate) received: BTreeMap<u8, u64>,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) proposals: Vec<Proposed>,
    /// API keys: whether they are the platform's, and whether they were revoked.
    pub(crate) keys: Vec<(bool, bool)>,
    /// Top-ups, withdrawals and receipts, by what banks call them.
    pub(crate) references: BTreeMap<BankReference, (u8, usize)>,
    pub(crate) limits: BTreeMap<AccountKind, i128>,
}

/// What the model made of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// `accepted`, or the code of the rejection.
    pub(crate) code: &'static str,
    /// Whether it is the answer to an earlier request under the same name.
    pub(crate) repeated: bool,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Model {
    cell: Option<u8>,
    pub(crate) state: State,
    now: u64,
    actor: Actor,
    answers: BTreeMap<RequestId, (Request, &'static str)>,
    /// Timers as they fired.
    pub(crate) fired: Vec<(u64, Alarm)>,
    /// Hard cases that were reached.
    pub(crate) reached: BTreeSet<&'static str>,
    misreading: Option<Misreading>,
}

impl Model {
    pub(crate) fn new(misreading: Option<Misreading>) -> Model {
        Model {
            cell: None,
            state: State::default(),
            now: 0,
            actor: Actor::Platform,
            answers: BTreeMap::new(),
            fired: Vec::new(),
            reached: BTreeSet::new(),
            misreading,
        }
    }

    fn misreads(&self, it: Misreading) -> bool {
        self.misreading == Some(it)
    }

    fn reach(&mut self, case: &'static str) {
        self.reached.insert(case);
    }

    /// Decides a request that the journal gives this time, in milliseconds.
    pub(crate) fn apply(&mut self, now: u64, request: &Request) -> Judgement {
        self.now = now;
        self.actor = Actor::Clock;
        self.fire();
        if request.id != RequestId::UNNAMED
            && let Some((earlier, code)) = self.answers.get(&request.id)
            && !self.misreads(Misreading::RetryIsNew)
        {
            if earlier == request {
                return Judgement { code, repeated: true };
            }
            return Judgement { code: "request_id_taken", repeated: false };
        }
        self.actor = request.actor;
        let before = self.state.clone();
        let code = match self.decide(&request.command) {
            Ok(()) => "accepted",
            Err(code) => {
                self.state = before;
                code
            }
        };
        self.answers.insert(request.id, (request.clone(), code));
        Judgement { code, repeated: false }
    }

    fn found(&mut self, cell: CellId) -> Verdict {
        if self.cell.is_some() {
            return Err("cell_exists");
        }
        self.cell = Some(cell.number());
        Ok(())
    }

    fn is_founded(&self) -> Verdict {
        if self.cell.is_some() { Ok(()) } else { Err("not_in_this_cell") }
    }

    fn decide(&mut self, command: &Command) -> Verdict {
        if let Command::Found(it) = command {
            return self.found(it.cell);
        }
        self.is_founded().and_then(|()| self.not_alone(command))?;
        match command {
            Command::Tick => Ok(()),
            Command::SetBalanceLimit(it) => self.set_limit(it),
            Command::Receive(it) => self.receive(it),
            Command::AddUser(it) => self.add_user(it),
            Command::AddCard(it) => self.add_card(it),
            Command::OpenAccount(it) => self.open_account(it),
            Command::SetAccountState(it) => self.set_account_state(it),
            Command::Appeal(it) => self.appeal(it.account),
            Command::Transfer(it) => self.transfer(it),
            Command::LinkedTransfers(it) => self.linked(it),
            Command::PlaceHold(it) => self.place_hold(it),
            Command::CaptureHold(it) => self.capture_hold(it),
            Command::ReleaseHold(it) => self.release_hold(*it),
            Command::CreateOrder(it) => self.create_order(it),
            Command::PayOrder(it) => self.pay_order(it),
            Command::ShipOrder(it) => self.ship_order(it.order),
            Command::CorrectShipment(it) => self.correct_shipment(it.order),
            Command::ConfirmOrder(it) => self.confirm_order(it.order),
            Command::CancelOrder(it) => self.cancel_order(it.order, it.party),
            Command::ExtendOrder(it) => self.extend_order(it.order, it.by),
            Command::AskRefund(it) => self.ask_refund(it),
            Command::WithdrawRefund(it) => self.withdraw_refund(it.order),
            Command::AnswerRefund(it) => self.answer_refund(it.order, it.agree),
            Command::RefundOrder(it) => self.refund_order(it.order, it.amount),
            Command::DisputeOrder(it) => self.dispute_order(it),
            Command::AddStatement(it) => self.add_statement(it.order, it.party),
            Command::AwardOrder(it) => self.award_order(it.order, i128::from(it.to_buyer)),
            Command::TopUp(it) => self.start_top_up(it),
            Command::AdvanceTopUp(it) => self.advance_top_up(it),
            Command::Withdraw(it) => self.start_withdrawal(it),
            Command::RecordReceipt(it) => self.record_receipt(it),
            Command::ResolveReceipt(it) => self.resolve_receipt(it),
            Command::Propose(it) => self.propose(it),
            Command::DecideProposal(it) => self.decide_proposal(it),
            Command::AddKey(it) => self.add_key(it),
            Command::RevokeKey(it) => self.revoke_key(*it),
            Command::AdvanceWithdrawal(it) => self.advance_withdrawal(it),
            Command::Found(_)
            | Command::AdvanceClock(_)
            | Command::AddEndpoint(_)
            | Command::RotateEndpoint(_)
            | Command::RemoveEndpoint(_)
            | Command::Redeliver(_)
            | Command::RecordAttempt(_)
            | Command::AddPerson(_)
            | Command::SetProfile(_)
            | Command::SetCredential(_)
            | Command::OpenSession(_)
            | Command::FailSignIn(_)
            | Command::FailPayment(_)
            | Command::PassPayment(_)
            | Command::CloseSession(_)
            | Command::CloseSessions(_)
            | Command::AskLevel(_)
            | Command::SetLevel(_)
            | Command::AddSealedCard(_)
            | Command::RemoveCard(_)
            | Command::SetDuty(_)
            | Command::ErasePerson(_)
            | Command::Announce(_)
            | Command::EndAnnouncement(_)
            | Command::SetLimit(_) => unreachable!("the simulated clients never ask for it"),
        }
    }

    /// Whether whoever asks may do something with what belongs to `owner`.
    fn may_act_for(&self, owner: Option<UserId>) -> bool {
        !self.is_user() || owner.is_some_and(|it| self.actor == Actor::User(it))
    }

    fn is_user(&self) -> bool {
        matches!(self.actor, Actor::User(_))
    }

    fn platform_only(&self) -> Verdict {
        if self.is_user() { Err("not_allowed") } else { Ok(()) }
    }

    fn is_here(&self, cell: u8) -> bool {
        self.cell == Some(cell)
    }

    fn order_mut(&mut self, id: OrderId) -> &mut Order {
        &mut self.state.orders[place(id.number())]
    }
}

/// A number within a cell as a place in a list.
pub(crate) fn place(number: u64) -> usize {
    usize::try_from(number).expect("a run is short")
}
