//! Requests.

use super::{CodecError, Coded, coded_enum, coded_struct, decode};
use ledger::command::{
    AddCard, AddEndpoint, AddKey, AddUser, AdvanceClock, AdvanceTopUp, AdvanceWithdrawal,
    AnswerRefund, AskRefund, AwardOrder, CancelOrder, CaptureHold, Command, ConfirmOrder,
    CreateOrder, DecideProposal, DisputeOrder, ExtendOrder, Found, LINKED_MAX, LinkedTransfers,
    OpenAccount, PayOrder, PlaceHold, Propose, Receive, RecordAttempt, RecordReceipt, Redeliver,
    RefundOrder, ReleaseHold, RemoveEndpoint, Request, ResolveReceipt, RevokeKey, RotateEndpoint,
    SetAccountState, SetBalanceLimit, ShipOrder, StartTopUp, StartWithdrawal, Transfer,
    WithdrawRefund,
};
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
    RecordAttempt { delivery, status }
    OpenAccount { owner, currency, balance_limit }
    SetAccountState { account, change }
    Transfer { debit, credit, amount }
    PlaceHold { account, amount, expires_in }
    CaptureHold { hold, credit, amount, last }
    ReleaseHold { hold }
    CreateOrder { seller, buyer, number, price, mode, terms, subject }
    PayOrder { order, debit, amount, deliberate }
    ShipOrder { order }
    ConfirmOrder { order }
    CancelOrder { order, party }
    ExtendOrder { order, by }
    AskRefund { order, amount }
    WithdrawRefund { order }
    AnswerRefund { order, agree }
    RefundOrder { order, amount }
    DisputeOrder { order, party }
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
    30 = CreateOrder(it), 31 = PayOrder(it), 32 = ShipOrder(it), 33 = ConfirmOrder(it),
    34 = CancelOrder(it), 35 = ExtendOrder(it), 36 = AskRefund(it), 37 = WithdrawRefund(it),
    38 = AnswerRefund(it), 39 = RefundOrder(it), 40 = DisputeOrder(it), 41 = AwardOrder(it),
    50 = TopUp(it), 51 = AdvanceTopUp(it), 52 = Withdraw(it), 53 = AdvanceWithdrawal(it),
    54 = RecordReceipt(it), 55 = ResolveReceipt(it), 56 = Propose(it), 57 = DecideProposal(it),
    60 = Receive(it),
} }
