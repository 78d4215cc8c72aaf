//! Requests.

use super::{CodecError, Coded, coded_enum, coded_struct, decode};
use ledger::appeal::RefuseAppeal;
use ledger::assignment::AssignDifference;
use ledger::command::{
    AddCard, AddEndpoint, AddKey, AddPerson, AddSealedCard, AddStatement, AddUser, AdvanceClock,
    AdvanceTopUp, AdvanceWithdrawal, Announce, AnswerRefund, Appeal, AskLevel, AskRefund,
    AwardOrder, CancelOrder, CaptureHold, CloseSession, CloseSessions, Command, ConfirmOrder,
    CorrectShipment, CreateOrder, DecideProposal, DisputeOrder, EndAnnouncement, ErasePerson,
    ExtendOrder, FailPayment, FailSignIn, Found, LINKED_MAX, LinkedTransfers, OpenAccount,
    OpenSession, PassPayment, PayOrder, PlaceHold, Propose, Receive, RecordAttempt, RecordReceipt,
    Redeliver, RefundOrder, ReleaseHold, RemoveCard, RemoveEndpoint, Request, ResolveReceipt,
    RevokeKey, RotateEndpoint, SetAccountState, SetBalanceLimit, SetCredential, SetDuty, SetLevel,
    SetLimit, SetProfile, ShipOrder, StartTopUp, StartWithdrawal, TakeStatement, Transfer,
    WithdrawRefund,
};
use ledger::id::OrderId;
use ledger::registry::DiscardDelivery;
use ledger::shipment::Shipment;
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of a record before what it asks for: the request's name.
const NAME: usize = 16;

/// Appends a request's bytes.
pub fn encode_request(request: &Request, out: &mut Vec<u8>) {
    request.put(out);
}

/// The request with these bytes.
pub fn decode_request(bytes: &[u8]) -> Result<Request, CodecError> {
    decode(bytes)
}

/// A number that tells requests with other content apart: XXH3 over everything but the name.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    xxh3_64(bytes.get(NAME..).unwrap_or_default())
}

coded_struct! {
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
    CorrectShipment { order, shipment }
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
    RecordReceipt { reference, amount }
    ResolveReceipt { receipt, resolution }
    Propose { maker, reason, action }
    DecideProposal { proposal, checker, verdict, reason }
    Receive { from, number, message }
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
    Announce { kind, starts_at, ends_at, title, text }
    EndAnnouncement { announcement }
    TakeStatement { bank, ends_at, digest }
    SetLimit { level, flow, limit }
}

/// Shipping without a shipment is written as all shipping was before shipments were kept, so that
/// what is in a journal stays readable, and asking again still means the same.
struct NoShipment;

impl NoShipment {
    const NUMBER: u8 = 32;

    fn put(command: &Command, out: &mut Vec<u8>) -> bool {
        let Command::ShipOrder(ShipOrder { order, shipment: None }) = command else {
            return false;
        };
        Self::NUMBER.put(out);
        order.put(out);
        true
    }

    fn take(number: u8, input: &mut &[u8]) -> Result<Option<Command>, CodecError> {
        if number != Self::NUMBER {
            return Ok(None);
        }
        let order = OrderId::take(input)?;
        Ok(Some(Command::ShipOrder(ShipOrder { order, shipment: None })))
    }
}

/// With a shipment. There is another form without; see [`NoShipment`].
impl Coded for ShipOrder {
    fn put(&self, out: &mut Vec<u8>) {
        self.order.put(out);
        if let Some(shipment) = &self.shipment {
            shipment.put(out);
        }
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        Ok(ShipOrder { order: OrderId::take(input)?, shipment: Some(Shipment::take(input)?) })
    }
}

impl Coded for LinkedTransfers {
    fn put(&self, out: &mut Vec<u8>) {
        let count = u16::try_from(self.transfers.len()).unwrap_or(u16::MAX);
        count.put(out);
        for transfer in self.transfers.iter().take(usize::from(count)) {
            transfer.put(out);
        }
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        let count = usize::from(u16::take(input)?);
        let mut transfers = Vec::with_capacity(count.min(LINKED_MAX));
        for _ in 0..count {
            transfers.push(Transfer::take(input)?);
        }
        Ok(LinkedTransfers { transfers })
    }
}

coded_enum! { "command" Command {
    1 = Found(it), 2 = Tick, 3 = AdvanceClock(it), 4 = SetBalanceLimit(it),
    10 = AddUser(it), 11 = AddCard(it), 12 = AddKey(it), 13 = RevokeKey(it), 14 = AddEndpoint(it),
    15 = RotateEndpoint(it), 16 = RemoveEndpoint(it), 17 = Redeliver(it), 18 = RecordAttempt(it),
    20 = OpenAccount(it), 21 = SetAccountState(it), 22 = Transfer(it), 23 = LinkedTransfers(it),
    24 = PlaceHold(it), 25 = CaptureHold(it), 26 = ReleaseHold(it),
    27 = Appeal(it),
    30 = CreateOrder(it), 31 = PayOrder(it), 33 = ConfirmOrder(it),
    34 = CancelOrder(it), 35 = ExtendOrder(it), 36 = AskRefund(it), 37 = WithdrawRefund(it),
    38 = AnswerRefund(it), 39 = RefundOrder(it), 40 = DisputeOrder(it), 41 = AwardOrder(it),
    42 = AddStatement(it), 43 = ShipOrder(it), 44 = CorrectShipment(it),
    50 = TopUp(it), 51 = AdvanceTopUp(it), 52 = Withdraw(it), 53 = AdvanceWithdrawal(it),
    54 = RecordReceipt(it), 55 = ResolveReceipt(it), 56 = Propose(it), 57 = DecideProposal(it),
    60 = Receive(it),
    70 = AddPerson(it), 71 = SetProfile(it), 72 = SetCredential(it), 73 = OpenSession(it),
    74 = FailSignIn(it), 75 = FailPayment(it), 76 = PassPayment(it), 77 = CloseSession(it),
    78 = CloseSessions(it), 79 = AskLevel(it), 80 = SetLevel(it), 81 = AddSealedCard(it),
    82 = RemoveCard(it), 83 = SetDuty(it), 84 = ErasePerson(it), 85 = SetLimit(it),
    90 = Announce(it), 91 = EndAnnouncement(it),
} or NoShipment }
