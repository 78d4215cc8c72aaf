//! Where a request becomes an outcome: all checks first, all writes after, and no write can fail.
//!
//! Idempotence is handled once, at the top, for every command there will ever be. Each file below
//! decides the commands of one theme: it works out what would change in a `Draft` and
//! keeps the draft only when nothing can fail any more. Money that belongs to somebody is never
//! dropped: where its taker is gone it is set aside in suspense.

mod accounts;
mod actions;
mod announcements;
mod assignments;
mod cells;
mod deliveries;
mod draft;
mod holds;
mod limits;
mod orders;
mod people;
mod proposals;
mod receipts;
mod refunds;
mod registry;
mod sessions;
mod timers;
mod top_ups;
mod transfers;
mod withdrawals;

use crate::books::{Books, Series, Settings};
use crate::command::{Answer, Command, Outcome, Request};
use crate::event::{Actor, Subject};
use crate::id::{CellId, Position, RequestId, UserId};
use crate::rejection::Rejection;
use crate::time::Time;

pub use timers::advance;

/// Where and when a record stands in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Its position.
    pub position: Position,
    /// The journal's time for it.
    pub time: Time,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The answer, as the books keep it. For a repeated request, its first answer.
    pub answer: Answer,
    /// Whether the request had been answered before.
    pub repeated: bool,
}

/// What a command is decided with.
struct Work<'a, B> {
    books: &'a mut B,
    settings: Settings,
    position: Position,
    now: Time,
    actor: Actor,
}

type Done = Result<Subject, Rejection>;

/// Decides `request` and writes down what follows.
///
/// `fingerprint` stands for the request's content: it tells a retry from another request under the
/// same name. Timers that are due come first.
pub fn apply<B: Books>(books: &mut B, at: At, request: &Request, fingerprint: u64) -> Decision {
    advance(books, at);
    let settings = books.settings();
    let now = settings.map_or(at.time, |it| at.time.after(it.clock_ahead));

    // A retry gets its first answer, whatever has changed since.
    if let Some(earlier) = earlier(books, request.id) {
        let same = earlier.fingerprint == fingerprint;
        let outcome = if same { earlier.outcome } else { rejected(Rejection::RequestIdTaken) };
        let (id, position, time) = (RequestId::UNNAMED, at.position, now);
        let kept = Answer { id, position, time, outcome, fingerprint, postings: 0, ..earlier };
        books.add_answer(&kept);
        let answer = if same { earlier } else { Answer { id: request.id, ..kept } };
        return Decision { answer, repeated: same };
    }

    let first_posting = books.next_number(Series::Postings);
    let result = match settings {
        Some(settings) => {
            let actor = request.actor;
            decide(
                &mut Work { books, settings, position: at.position, now, actor },
                &request.command,
            )
        }
        None => cells::found(books, &request.command),
    };
    let outcome = result.map_or_else(rejected, Outcome::Accepted);
    let postings = books.next_number(Series::Postings).saturating_sub(first_posting);
    let answer = Answer {
        id: request.id,
        fingerprint,
        position: at.position,
        time: now,
        outcome,
        first_posting,
        postings: u8::try_from(postings).unwrap_or(u8::MAX),
    };
    books.add_answer(&answer);
    Decision { answer, repeated: false }
}

fn earlier<B: Books>(books: &mut B, id: RequestId) -> Option<Answer> {
    if id == RequestId::UNNAMED { None } else { books.answer(id) }
}

fn rejected(rejection: Rejection) -> Outcome {
    Outcome::Rejected(rejection)
}

fn decide<B: Books>(work: &mut Work<'_, B>, command: &Command) -> Done {
    proposals::not_past_the_list(work, command)?;
    match command {
        Command::Found(_) => Err(Rejection::CellExists),
        Command::Tick => Ok(Subject::Cell),
        Command::AdvanceClock(it) => cells::advance_clock(work, *it),
        Command::SetBalanceLimit(it) => cells::set_balance_limit(work, *it),
        Command::Receive(it) => cells::receive(work, it),
        Command::AddUser(it) => registry::add_user(work, it),
        Command::AddCard(it) => registry::add_card(work, it),
        Command::AddKey(it) => registry::add_key(work, it),
        Command::RevokeKey(it) => registry::revoke_key(work, *it),
        Command::AddEndpoint(it) => deliveries::add_endpoint(work, it),
        Command::RotateEndpoint(it) => deliveries::rotate_endpoint(work, *it),
        Command::RemoveEndpoint(it) => deliveries::remove_endpoint(work, *it),
        Command::Redeliver(it) => deliveries::redeliver(work, *it),
        Command::RecordAttempt(it) => deliveries::record_attempt(work, *it),
        Command::OpenAccount(it) => accounts::open(work, *it),
        Command::SetAccountState(it) => accounts::set_state(work, *it),
        Command::Appeal(it) => accounts::appeal(work, it.account),
        Command::Transfer(it) => transfers::transfer(work, it),
        Command::LinkedTransfers(it) => transfers::linked(work, it),
        Command::PlaceHold(it) => holds::place(work, *it),
        Command::CaptureHold(it) => holds::capture(work, it),
        Command::ReleaseHold(it) => holds::release(work, *it),

        Command::CreateOrder(it) => orders::create(work, it),
        Command::PayOrder(it) => orders::pay(work, it),
        Command::ShipOrder(it) => orders::ship(work, *it),
        Command::CorrectShipment(it) => orders::correct_shipment(work, *it),
        Command::ConfirmOrder(it) => orders::confirm(work, *it),
        Command::CancelOrder(it) => orders::cancel(work, *it),
        Command::ExtendOrder(it) => orders::extend(work, *it),
        Command::AskRefund(it) => refunds::ask(work, it),
        Command::WithdrawRefund(it) => refunds::withdraw(work, *it),
        Command::AnswerRefund(it) => refunds::answer(work, it),
        Command::RefundOrder(it) => refunds::give(work, *it),
        Command::DisputeOrder(it) => refunds::dispute(work, it),
        Command::AddStatement(it) => refunds::add_statement(work, it),
        Command::AwardOrder(it) => refunds::award(work, *it),

        Command::TopUp(it) => top_ups::start(work, it),
        Command::AdvanceTopUp(it) => top_ups::advance_alone(work, *it),
        Command::Withdraw(it) => withdrawals::start(work, it),
        Command::AdvanceWithdrawal(it) => withdrawals::advance_alone(work, *it),
        Command::RecordReceipt(it) => receipts::record_alone(work, it),
        Command::ResolveReceipt(it) => receipts::resolve_alone(work, it),
        Command::Propose(it) => proposals::propose(work, it),
        Command::DecideProposal(it) => proposals::decide(work, it),

        Command::AddPerson(it) => people::add(work, it),
        Command::SetProfile(it) => people::set_profile(work, it),
        Command::SetCredential(it) => people::set_credential(work, it),
        Command::AskLevel(it) => people::ask_level(work, it),
        Command::SetLevel(it) => people::set_level(work, *it),
        Command::SetDuty(it) => people::set_duty(work, *it),
        Command::ErasePerson(it) => people::erase(work, *it),
        Command::SetLimit(it) => limits::set(work, *it),
        Command::OpenSession(it) => sessions::open(work, it),
        Command::FailSignIn(it) => sessions::fail_sign_in(work, it),
        Command::FailPayment(it) => sessions::fail_payment(work, *it),
        Command::PassPayment(it) => sessions::pass_payment(work, *it),
        Command::CloseSession(it) => sessions::close(work, *it),
        Command::CloseSessions(it) => sessions::close_all(work, *it),
        Command::AddSealedCard(it) => registry::add_sealed_card(work, it),
        Command::RemoveCard(it) => registry::remove_card(work, *it),
        Command::Announce(it) => announcements::announce(work, it),
        Command::EndAnnouncement(it) => announcements::end(work, *it),
    }
}

impl<B: Books> Work<'_, B> {
    fn cell(&self) -> CellId {
        self.settings.cell
    }

    /// Refuses everybody but the platform and its own programs.
    fn platform_only(&self) -> Result<(), Rejection> {
        match self.actor {
            Actor::User(_) | Actor::Operator(_) => Err(Rejection::NotAllowed),
            Actor::Platform | Actor::Bank | Actor::Clock | Actor::Cell => Ok(()),
        }
    }

    /// Whether the caller may act for `owner`: users and operators act for themselves only.
    fn acts_for(&self, owner: Option<UserId>) -> bool {
        match self.actor {
            Actor::User(user) | Actor::Operator(user) => owner == Some(user),
            Actor::Platform | Actor::Bank | Actor::Clock | Actor::Cell => true,
        }
    }
}
