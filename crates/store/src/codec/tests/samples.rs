//! Values for tests: of every enum every case, and of every number its ends.

use super::super::{Answered, Coded, decode};
pub(crate) use super::dice::Dice;
use crate::journal::Location;
use ledger::account::{Account, AccountKind, AccountState};
use ledger::announcement::{Announcement, AnnouncementKind, Words};
use ledger::appeal::{Appeal, RefuseAppeal};
use ledger::assignment::AssignDifference;
use ledger::bank::{BankEvent, BankReference, TopUp, TopUpStage, Withdrawal, WithdrawalStage};
use ledger::books::Settings;
use ledger::command::{
    AccountChange, AddCard, AddEndpoint, AddKey, AddStatement, AddUser, AdvanceClock, AdvanceTopUp,
    AdvanceWithdrawal, Announce, Answer, AnswerRefund, AskRefund, AwardOrder, CancelOrder,
    CaptureHold, Command, ConfirmOrder, CorrectShipment, CreateOrder, DecideProposal, DisputeOrder,
    EndAnnouncement, ExtendOrder, Found, LINKED_MAX, LinkedTransfers, OpenAccount, Outcome,
    PayOrder, PlaceHold, Propose, Receive, RecordAttempt, RecordReceipt, Redeliver, RefundOrder,
    ReleaseHold, RemoveEndpoint, Request, Resolution, ResolveReceipt, RevokeKey, RotateEndpoint,
    SetAccountState, SetBalanceLimit, ShipOrder, StartTopUp, StartWithdrawal, TakeStatement,
    Transfer, WithdrawRefund,
};
use ledger::currency::Currency;
use ledger::event::{Actor, EventKind, Happening, Subject};
use ledger::hand::Hand;
use ledger::hold::{Hold, HoldStage};
use ledger::id::{
    AccountId, AnnouncementId, CardId, CellId, DeliveryId, EndpointId, EventId, HoldId, KeyId,
    OrderId, Position, ProposalId, ReceiptId, RemittanceId, RequestId, SessionId, TopUpId,
    TransferId, UserId, WithdrawalId,
};
use ledger::limits::{Flow, Limit, LimitKind, Limits, SetLimit, Usage, Used};
use ledger::money::{Money, Share};
use ledger::name::{BankName, BankNumber, OrderNumber, Statement, Text, TrackingNumber};
use ledger::order::{Event, Grounds, Mode, Order, Party, Stage, Terms};
use ledger::person::{
    AddPerson, AddSealedCard, AskLevel, CloseSession, CloseSessions, Credential, Duty, ErasePerson,
    FailPayment, FailSignIn, Level, Method, OpenSession, PassPayment, Person, RemoveCard, Session,
    SetCredential, SetDuty, SetLevel, SetProfile,
};
use ledger::posting::{Posting, Reason};
use ledger::proposal::{Action, Proposal, ProposalStage, Verdict};
use ledger::receipt::{Receipt, ReceiptStage};
use ledger::registry::{
    Card, Delivery, DeliveryStage, DiscardDelivery, Endpoint, Key, Role, User, UserKind,
};
use ledger::rejection::Rejection;
use ledger::remittance::{Channel, Letter, Message, Purpose, Remit, Remittance, RemittanceStage};
use ledger::shipment::{Carrier, Shipment};
use ledger::time::{Seconds, Time};

/// What tests can have any value of.
pub(crate) trait Sample {
    fn sample(dice: &mut Dice) -> Self;
}

impl Sample for u64 {
    fn sample(dice: &mut Dice) -> u64 {
        match dice.roll(4) {
            0 => dice.roll(3),
            1 => u64::MAX - dice.roll(3),
            2 => dice.roll(1 << 20),
            _ => dice.word(),
        }
    }
}

impl Sample for u128 {
    fn sample(dice: &mut Dice) -> u128 {
        u128::from(u64::sample(dice)) << 64 | u128::from(u64::sample(dice))
    }
}

impl Sample for i64 {
    fn sample(dice: &mut Dice) -> i64 {
        u64::sample(dice).cast_signed()
    }
}

impl Sample for u32 {
    fn sample(dice: &mut Dice) -> u32 {
        u32::try_from(dice.word() >> 32).unwrap()
    }
}

impl Sample for u16 {
    fn sample(dice: &mut Dice) -> u16 {
        u16::try_from(dice.word() >> 48).unwrap()
    }
}

impl Sample for u8 {
    fn sample(dice: &mut Dice) -> u8 {
        u8::try_from(dice.word() >> 56).unwrap()
    }
}

impl Sample for bool {
    fn sample(dice: &mut Dice) -> bool {
        dice.roll(2) == 0
    }
}

macro_rules! samples {
    ($($name:ident $make:expr, $of:ty;)*) => {$(
        impl Sample for $name {
            fn sample(dice: &mut Dice) -> $name {
                let make: fn($of) -> $name = $make;
                make(<$of>::sample(dice))
            }
        }
    )*};
}

samples! {
    AccountId |it| AccountId::from_raw(it >> 8), u64;
    UserId |it| UserId::from_raw(it >> 8), u64;
    CardId |it| CardId::from_raw(it >> 8), u64;
    HoldId |it| HoldId::from_raw(it >> 8), u64;
    OrderId |it| OrderId::from_raw(it >> 8), u64;
    TopUpId |it| TopUpId::from_raw(it >> 8), u64;
    WithdrawalId |it| WithdrawalId::from_raw(it >> 8), u64;
    ProposalId |it| ProposalId::from_raw(it >> 8), u64;
    AnnouncementId |it| AnnouncementId::from_raw(it >> 8), u64;
    ReceiptId |it| ReceiptId::from_raw(it >> 8), u64;
    RemittanceId |it| RemittanceId::from_raw(it >> 8), u64;
    TransferId |it| TransferId::from_raw(it >> 8), u64;
    EventId |it| EventId::from_raw(it >> 8), u64;
    KeyId |it| KeyId::from_raw(it >> 8), u64;
    EndpointId |it| EndpointId::from_raw(it >> 8), u64;
    SessionId |it| SessionId::from_raw(it >> 8), u64;
    DeliveryId |it| DeliveryId::from_raw(it >> 8), u64;
    CellId CellId::new, u8;
    RequestId RequestId, u128;
    Position Position, u64;
    Location Location::from_raw, u64;
    Time Time, u64;
    Seconds Seconds, u32;
    Share |it| Share::new(it % 10_001).unwrap(), u16;
}

impl<T: Sample> Sample for Option<T> {
    fn sample(dice: &mut Dice) -> Option<T> {
        bool::sample(dice).then(|| T::sample(dice))
    }
}

impl<T: Sample, const N: usize> Sample for [T; N] {
    fn sample(dice: &mut Dice) -> [T; N] {
        std::array::from_fn(|_| T::sample(dice))
    }
}

impl Sample for Currency {
    fn sample(dice: &mut Dice) -> Currency {
        dice.pick(&Currency::all().collect::<Vec<_>>())
    }
}

impl Sample for Money {
    fn sample(dice: &mut Dice) -> Money {
        Money::new(u64::sample(dice), Currency::sample(dice))
    }
}

impl Sample for OrderNumber {
    fn sample(dice: &mut Dice) -> OrderNumber {
        OrderNumber::new(&dice.text(&['A', 'z', '0', '_', '-', '.'], 1, 64)).unwrap()
    }
}

impl Sample for BankName {
    fn sample(dice: &mut Dice) -> BankName {
        BankName::new(&dice.text(&['A', 'z', '0', '/', '-', '.'], 1, 35)).unwrap()
    }
}

impl Sample for BankNumber {
    fn sample(dice: &mut Dice) -> BankNumber {
        BankNumber::new(&dice.text(&['A', 'z', '0', '/', '-', '.'], 1, 35)).unwrap()
    }
}

impl Sample for TrackingNumber {
    fn sample(dice: &mut Dice) -> TrackingNumber {
        TrackingNumber::new(&dice.text(&['A', 'z', '0', '-'], 1, 35)).unwrap()
    }
}

impl Sample for Text {
    fn sample(dice: &mut Dice) -> Text {
        Text::new(&dice.text(&['A', ' ', '担', '保', '\u{1f600}'], 0, 256)).unwrap()
    }
}

impl Sample for Statement {
    fn sample(dice: &mut Dice) -> Statement {
        let most = u64::try_from(Statement::MAX).unwrap();
        Statement::new(&dice.text(&['A', 'z', '0', '_', '-', '.'], 1, most)).unwrap()
    }
}

impl Sample for LinkedTransfers {
    fn sample(dice: &mut Dice) -> LinkedTransfers {
        let most = u64::try_from(LINKED_MAX).unwrap();
        let count = if dice.roll(4) == 0 { most + 1 } else { dice.roll(4) };
        LinkedTransfers { transfers: (0..count).map(|_| Sample::sample(dice)).collect() }
    }
}

/// A case of an enum without payload: any byte that stands for one.
fn case<T: Coded>(dice: &mut Dice) -> T {
    loop {
        if let Ok(case) = decode(&[u8::try_from(dice.roll(64)).unwrap()]) {
            return case;
        }
    }
}

macro_rules! cases {
    ($($name:ident)*) => {$(
        impl Sample for $name {
            fn sample(dice: &mut Dice) -> $name {
                case(dice)
            }
        }
    )*};
}

cases! {
    AccountKind AccountState AccountChange UserKind Role Mode Party Stage Event HoldStage BankEvent
    TopUpStage WithdrawalStage ReceiptStage ProposalStage RemittanceStage DeliveryStage Reason
    EventKind Grounds Level Duty Method AnnouncementKind Flow LimitKind
    Carrier
}

macro_rules! payloads {
    ($($name:ident: $($case:expr),*;)*) => {$(
        impl Sample for $name {
            fn sample(dice: &mut Dice) -> $name {
                let all: &[fn(&mut Dice) -> $name] = &[$($case),*];
                dice.pick(all)(dice)
            }
        }
    )*};
}

payloads! {
    Actor: |_| Actor::Platform, |d| Actor::User(Sample::sample(d)), |_| Actor::Bank,
        |_| Actor::Clock, |_| Actor::Cell, |d| Actor::Operator(Sample::sample(d));
    Hand: |d| Hand::Key(Sample::sample(d)), |d| Hand::Operator(Sample::sample(d));
    Purpose: |d| Purpose::Credit(Sample::sample(d)), |d| Purpose::Pay(Sample::sample(d));
    Outcome: |d| Outcome::Accepted(Sample::sample(d)), |d| Outcome::Rejected(Sample::sample(d));
    Message: |d| Message::Remit(Sample::sample(d)),
        |d| Message::Reply { remittance: Sample::sample(d), refusal: Sample::sample(d) };
    Subject: |_| Subject::Cell, |d| Subject::Account(Sample::sample(d)),
        |d| Subject::User(Sample::sample(d)), |d| Subject::Card(Sample::sample(d)),
        |d| Subject::Hold(Sample::sample(d)), |d| Subject::Order(Sample::sample(d)),
        |d| Subject::TopUp(Sample::sample(d)), |d| Subject::Withdrawal(Sample::sample(d)),
        |d| Subject::Remittance(Sample::sample(d)), |d| Subject::Transfer(Sample::sample(d)),
        |d| Subject::Key(Sample::sample(d)), |d| Subject::Endpoint(Sample::sample(d)),
        |d| Subject::Delivery(Sample::sample(d)), |d| Subject::Receipt(Sample::sample(d)),
        |d| Subject::Proposal(Sample::sample(d)), |d| Subject::Session(Sample::sample(d)),
        |d| Subject::Announcement(Sample::sample(d));
    Credential: |d| Credential::Password(Sample::sample(d)),
        |d| Credential::PaymentPassword(Sample::sample(d)), |d| Credential::Totp(Sample::sample(d)),
        |d| Credential::AddPasskey(Sample::sample(d)),
        |d| Credential::ReplacePasskey { place: Sample::sample(d), passkey: Sample::sample(d) },
        |d| Credential::RemovePasskey { place: Sample::sample(d) };
    Resolution: |d| Resolution::Credit { account: Sample::sample(d) },
        |d| Resolution::Return { account: Sample::sample(d), card: Sample::sample(d) },
        |d| Resolution::Match { top_up: Sample::sample(d) }, |_| Resolution::WriteOff;
    Action: |d| Action::ResolveReceipt(Sample::sample(d)),
        |d| Action::AdvanceTopUp(Sample::sample(d)),
        |d| Action::AdvanceWithdrawal(Sample::sample(d)),
        |d| Action::RecordReceipt(Sample::sample(d)),
        |d| Action::AwardOrder(Sample::sample(d)),
        |d| Action::SetAccountState(Sample::sample(d)),
        |d| Action::SetBalanceLimit(Sample::sample(d)),
        |d| Action::Announce(Sample::sample(d)),
        |d| Action::EndAnnouncement(Sample::sample(d)),
        |d| Action::Redeliver(Sample::sample(d)),
        |d| Action::AdvanceClock(Sample::sample(d)),
        |d| Action::SetLevel(Sample::sample(d)),
        |d| Action::CloseSessions(Sample::sample(d)),
        |d| Action::RefundOrder(Sample::sample(d)), |d| Action::SetLimit(Sample::sample(d)),
        |d| Action::DiscardDelivery(Sample::sample(d)),
        |d| Action::TakeStatement(Sample::sample(d)),
        |d| Action::AssignDifference(Sample::sample(d)),
        |d| Action::RefuseAppeal(Sample::sample(d));
    Verdict: |d| Verdict::Approve { action: Sample::sample(d) }, |_| Verdict::Refuse,
        |_| Verdict::Withdraw;
    Rejection: |d| Rejection::OrderNumberTaken { order: Sample::sample(d) },
        |d| Rejection::EventNotAllowed { stage: Sample::sample(d), event: Sample::sample(d) },
        |d| Rejection::BankEventNotAllowed { event: Sample::sample(d) },
        |d| Rejection::TopUpUnderWay { top_up: Sample::sample(d) },
        |d| Rejection::ProposalUnderWay { proposal: Sample::sample(d) },
        |d| {
            let (flow, kind) = (Sample::sample(d), Sample::sample(d));
            Rejection::LimitExceeded { flow, kind, limit: Sample::sample(d) }
        },
        |d| Rejection::SignInLocked { until: Sample::sample(d) },
        |d| Rejection::PaymentLocked { until: Sample::sample(d) },
        |d| Rejection::PaymentUnderWay { top_up: Sample::sample(d) }, case, case, case;
    Command: |d| Command::Found(Sample::sample(d)), |_| Command::Tick,
        |d| Command::AdvanceClock(Sample::sample(d)),
        |d| Command::SetBalanceLimit(Sample::sample(d)),
        |d| Command::AddUser(Sample::sample(d)), |d| Command::AddCard(Sample::sample(d)),
        |d| Command::AddKey(Sample::sample(d)), |d| Command::RevokeKey(Sample::sample(d)),
        |d| Command::AddEndpoint(Sample::sample(d)),
        |d| Command::RotateEndpoint(Sample::sample(d)),
        |d| Command::RemoveEndpoint(Sample::sample(d)),
        |d| Command::Redeliver(Sample::sample(d)),
        |d| Command::RecordAttempt(Sample::sample(d)),
        |d| Command::OpenAccount(Sample::sample(d)),
        |d| Command::SetAccountState(Sample::sample(d)), |d| Command::Appeal(Sample::sample(d)),
        |d| Command::Transfer(Sample::sample(d)),
        |d| Command::LinkedTransfers(Sample::sample(d)),
        |d| Command::PlaceHold(Sample::sample(d)), |d| Command::CaptureHold(Sample::sample(d)),
        |d| Command::ReleaseHold(Sample::sample(d)),
        |d| Command::CreateOrder(Sample::sample(d)), |d| Command::PayOrder(Sample::sample(d)),
        |d| Command::ShipOrder(Sample::sample(d)), |d| Command::ConfirmOrder(Sample::sample(d)),
        |d| Command::CancelOrder(Sample::sample(d)), |d| Command::ExtendOrder(Sample::sample(d)),
        |d| Command::AskRefund(Sample::sample(d)), |d| Command::WithdrawRefund(Sample::sample(d)),
        |d| Command::AnswerRefund(Sample::sample(d)), |d| Command::RefundOrder(Sample::sample(d)),
        |d| Command::DisputeOrder(Sample::sample(d)), |d| Command::AwardOrder(Sample::sample(d)),
        |d| Command::CorrectShipment(Sample::sample(d)),
        |d| Command::AddStatement(Sample::sample(d)),
        |d| Command::TopUp(Sample::sample(d)), |d| Command::AdvanceTopUp(Sample::sample(d)),
        |d| Command::Withdraw(Sample::sample(d)),
        |d| Command::AdvanceWithdrawal(Sample::sample(d)),
        |d| Command::RecordReceipt(Sample::sample(d)),
        |d| Command::ResolveReceipt(Sample::sample(d)),
        |d| Command::Propose(Sample::sample(d)),
        |d| Command::DecideProposal(Sample::sample(d)),
        |d| Command::AddPerson(Sample::sample(d)), |d| Command::SetProfile(Sample::sample(d)),
        |d| Command::SetCredential(Sample::sample(d)),
        |d| Command::OpenSession(Sample::sample(d)), |d| Command::FailSignIn(Sample::sample(d)),
        |d| Command::FailPayment(Sample::sample(d)), |d| Command::PassPayment(Sample::sample(d)),
        |d| Command::CloseSession(Sample::sample(d)),
        |d| Command::CloseSessions(Sample::sample(d)), |d| Command::AskLevel(Sample::sample(d)),
        |d| Command::SetLevel(Sample::sample(d)), |d| Command::AddSealedCard(Sample::sample(d)),
        |d| Command::RemoveCard(Sample::sample(d)), |d| Command::SetDuty(Sample::sample(d)),
        |d| Command::ErasePerson(Sample::sample(d)), |d| Command::SetLimit(Sample::sample(d)),
        |d| Command::Receive(Sample::sample(d)), |d| Command::Announce(Sample::sample(d)),
        |d| Command::EndAnnouncement(Sample::sample(d));
}

macro_rules! structs {
    ($($name:ident { $($field:ident),* $(,)? })*) => {$(
        impl Sample for $name {
            fn sample(dice: &mut Dice) -> $name {
                $name { $($field: Sample::sample(dice)),* }
            }
        }
    )*};
}

structs! {
    Answered { answer, location }
    Terms { pay_within, ship_within, confirm_within, answer_within, fee }
    Remit { remittance, debit, payer, credit, amount, purpose }
    Request { id, actor, command }
    Found { cell, sandbox }
    AdvanceClock { by }
    SetBalanceLimit { kind, limit }
    AddUser { kind, name }
    AddCard { user, bank, token, last_four }
    AddKey { hash, role, user }
    RevokeKey { key }
    AddEndpoint { user, url }
    RotateEndpoint { endpoint }
    RemoveEndpoint { endpoint }
    Redeliver { endpoint, from, to }
    DiscardDelivery { delivery }
    AssignDifference { bank, day, row, to }
    RecordAttempt { delivery, status }
    OpenAccount { owner, currency, balance_limit }
    SetAccountState { account, change }
    Appeal { account, statement }
    RefuseAppeal { account }
    Transfer { debit, credit, amount }
    PlaceHold { account, amount, expires_in }
    CaptureHold { hold, credit, amount, last }
    ReleaseHold { hold }
    CreateOrder { seller, buyer, number, price, mode, terms, subject }
    PayOrder { order, debit, amount, deliberate }
    ShipOrder { order, shipment }
    CorrectShipment { order, shipment }
    Shipment { carrier, number }
    ConfirmOrder { order }
    CancelOrder { order, party }
    ExtendOrder { order, by }
    AskRefund { order, amount, grounds, statement }
    WithdrawRefund { order }
    AnswerRefund { order, agree, statement }
    RefundOrder { order, amount }
    DisputeOrder { order, party, grounds, statement }
    AddStatement { order, party, statement }
    AwardOrder { order, to_buyer }
    StartTopUp { account, card, amount, order, deliberate }
    AdvanceTopUp { top_up, event, reference, amount }
    StartWithdrawal { account, card, amount }
    AdvanceWithdrawal { withdrawal, event, reference, amount }
    BankReference { bank, number }
    Receive { from, number, message }
    Settings { cell, sandbox, clock_ahead, balance_limits }
    Account {
        id, kind, currency, state, debits, credits, held, balance_limit, opened_at, postings,
        open_top_ups, owner, last_posting, last_event, appealed,
    }
    Order {
        id, seller, buyer, merchant, customer, number, price, mode, terms, stage, refunded, asked,
        fee, buyer_statements, seller_statements, created_at, paid_at, shipped_at, ended_at, due,
        position, last_event,
    }
    Hold { id, account, amount, captured, stage, placed_at, due, last_event }
    TopUp {
        id, account, card, amount, stage, order, withdrawal, taken, set_aside, late, created_at,
        changed_at, last_event,
    }
    Withdrawal {
        id, account, card, amount, stage, paid, top_up, receipt, late, created_at,
        changed_at, last_event,
    }
    Receipt {
        id, amount, outgoing, stage, cause, taker, created_at, changed_at, position, last_event,
    }
    RecordReceipt { reference, amount }
    ResolveReceipt { receipt, resolution }
    Propose { maker, reason, action }
    Announce { kind, starts_at, ends_at, title, text }
    EndAnnouncement { announcement }
    TakeStatement { bank, ends_at, digest }
    Words { zh, en }
    Announcement { id, kind, starts_at, ends_at, ended_at, created_at, position, last_event }
    DecideProposal { proposal, checker, verdict, reason }
    Proposal {
        id, stage, subject, about, maker, checker, fingerprint, position, decided, done, failure,
        created_at, changed_at, last_event,
    }
    Remittance { id, debit, credit, amount, purpose, stage, top_up, refusal, sent_at, last_event }
    Channel { sent, received }
    User { id, kind, created_at, position, accounts, endpoints }
    Card { id, user, last_four, created_at, position, removed_at }
    Person {
        user, slot, login, duty, level, profile, password, payment_password, totp, passkeys,
        sign_in_failures, sign_in_locked_until, payment_failures, payment_locked_until, level_asked,
        erased_at, last_event,
    }
    Session { id, user, method, hash, opened_at, expires_at, ended_at, refused, position }
    AddPerson { kind, slot, login, profile, password, duty }
    SetProfile { user, profile, login }
    SetCredential { user, credential }
    OpenSession { user, hash, method, seen_from, lasts }
    FailSignIn { user, method, seen_from }
    FailPayment { user }
    PassPayment { user }
    CloseSession { session }
    CloseSessions { user, keep }
    AskLevel { user, papers }
    SetLevel { user, level }
    AddSealedCard { user, bank, token, last_four, sealed }
    RemoveCard { card }
    SetDuty { user, duty }
    ErasePerson { user }
    SetLimit { level, flow, limit }
    Limit { single_max, day_max, day_count, month_max }
    Limits { by_level }
    Used { day, count, month }
    Usage { account, day, month, flows }
    Key { id, hash, role, user, created_at, revoked_at }
    Endpoint { id, user, generation, rotated_at, created_at, disabled_at, position }
    Delivery {
        id, endpoint, event, stage, attempts, last_status, next_at, created_at,
    }
    Posting {
        position, time, reason, subject, debit, credit, amount, currency, debit_previous,
        credit_previous, debit_balance, credit_balance,
    }
    Happening { position, time, kind, actor, subject, merchant, amount, previous }
    Answer { id, fingerprint, position, time, outcome, first_posting, postings }
    Letter { to, number, message }
}
